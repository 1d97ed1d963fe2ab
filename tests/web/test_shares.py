"""The pages of the paperless shares: true counts, each open to its documents, and a table for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import update

from docsvc.accounts import SYSTEM
from docsvc.db.people import Unit
from docsvc.issue.form import DocumentForm, RecipientEntry
from docsvc.issue.paper import register_paper
from docsvc.records.registers import register_secret
from docsvc.records.terms import Access, Channel
from docsvc.records.units import NewUnit, create_unit
from docsvc.web.shares import harmless
from tests.web.office import Office, text_of


@pytest.fixture
def counted(office: Office) -> Office:
    """Two electronic documents, one of them also sent on paper; two on paper, one restricted; a secret number."""
    office.issued("Về việc một")
    office.issued("Về việc hai", recipients=(RecipientEntry("Sở Nội vụ", Channel.BOTH),))
    for abstract, access in (("Về việc ba", Access.PUBLIC), ("Về việc kín", Access.RESTRICTED)):
        form = DocumentForm(office.units["VK.VP"], "qd", abstract, signatory_name="Lê Đình Khải", access=access)
        register_paper(office.service.desk, form, office.service.desk.today(), by=office.actors["hien"])
    with office.service.database.write() as session:
        unit = session.get_one(Unit, office.units["VK"])
        register_secret(session, unit, type_key="bc", on=office.service.desk.today(), by=office.actors["hien"])
    return office


def link(page: str, text: str) -> str:
    """The address behind a link, by what it says."""
    found = re.search(rf'href="([^"]+)"[^>]*>{re.escape(text)}', page)
    assert found, text
    return unescape(found[1])


def row_of(page: str, unit: str) -> str:
    found = re.search(rf"<tr>(?:(?!</tr>).)*{re.escape(unit)}.*?</tr>", page, flags=re.DOTALL)
    assert found, unit
    return found[0]


def test_the_shares_of_a_unit_add_up_the_tree_and_leave_secret_documents_out(counted: Office) -> None:
    answer = counted.browser("doc").get("/shares")
    row = re.sub(r"<[^>]+>", " ", row_of(answer.text, "Ủy ban nhân dân xã Vân Khê"))
    assert " ".join(row.split()) == (
        "Ủy ban nhân dân xã Vân Khê 4 "
        "50,0% 2 văn bản tính vào / 4 · còn 2 "
        "25,0% 1 văn bản tính vào / 4 · còn 3 "
        "100,0% 2 văn bản tính vào / 2"
    )
    assert "Ủy ban nhân dân xã Thượng Lạc" in answer.text, "a root is shown also without documents"
    assert "style=" not in answer.text


def test_each_number_opens_to_its_documents_and_tells_how_many_are_hidden(counted: Office) -> None:
    browser = counted.browser("doc")
    row = row_of(browser.get("/shares").text, "Văn phòng HĐND và UBND xã Vân Khê")
    remainder = text_of(browser.get(link(row, "còn 2")))
    assert "Văn bản không phải điện tử" in remainder
    assert "2 văn bản , trong đó 1 văn bản bạn không được xem" in remainder
    assert "Về việc ba" in remainder
    assert "Về việc kín" not in remainder
    electronic = browser.get(link(row, "2"))
    assert "Về việc một" in electronic.text
    assert "Về việc hai" in electronic.text
    assert "Về việc ba" not in electronic.text
    other = browser.get(link(electronic.text, "Văn bản không phải điện tử"))
    assert text_of(other) == remainder
    assert "Về việc kín" in counted.browser("hien").get(link(row, "còn 2")).text


def test_the_period_is_named_or_any_two_dates(counted: Office) -> None:
    browser, today = counted.browser("doc"), counted.service.desk.today()
    assert f"Năm {today.year} (01/01/{today.year} – 31/12/{today.year})" in text_of(browser.get("/shares"))
    month = (
        browser.get("/shares")
        .text.split(f">Tháng {today.month}/{today.year}<")[0]
        .rsplit('value="', 1)[1]
        .split('"')[0]
    )
    assert f"Tháng {today.month}/{today.year}" in text_of(browser.get(f"/shares?period={month}"))
    tomorrow = today + timedelta(days=1)
    later = browser.get("/shares", query_string={"from": f"{tomorrow:%d/%m/%Y}", "to": f"{tomorrow:%d/%m/%Y}"})
    assert "50,0%" not in text_of(later)
    assert f"{tomorrow:%d/%m/%Y} – {tomorrow:%d/%m/%Y}" in text_of(later)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "x", "to": "01/01/2026"}, "không phải là ngày"),
        ({"from": "02/01/2026", "to": "01/01/2026"}, "Ngày cuối phải bằng hoặc sau ngày đầu."),
        ({"from": "02/01/2026"}, "Hãy ghi cả ngày đầu và ngày cuối."),
    ],
)
def test_days_that_make_no_period_are_told(office: Office, query: dict[str, str], words: str) -> None:
    answer = office.browser("doc").get("/shares", query_string=query)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert office.browser("doc").get("/shares.csv", query_string=query).status_code == 404


def test_one_unit_is_chosen_and_an_unknown_one_has_nothing(counted: Office) -> None:
    browser = counted.browser("doc")
    answer = browser.get(f"/shares?unit={counted.units['VK.VP']}")
    assert "Thượng Lạc" not in re.sub(r"<option.*?</option>", "", answer.text)
    for unit in ("987654", str(2**70), "-1", "x"):
        assert browser.get(f"/shares?unit={unit}").status_code == 200
    period = "from=2026-01-01&to=2026-12-31"
    assert browser.get(f"/shares/documents?unit=987654&metric=electronic&part=counted&{period}").status_code == 404
    assert browser.get(f"/shares/documents?unit=1&metric=nonsense&part=counted&{period}").status_code == 404


def test_the_table_for_spreadsheets_holds_the_same_counts(counted: Office) -> None:
    answer = counted.browser("doc").get("/shares.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data.startswith(b"\xef\xbb\xbf"), "spreadsheets read UTF-8 by this mark"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][0] == "Đơn vị"
    year = counted.service.desk.today().year
    assert ["Ủy ban nhân dân xã Vân Khê", "0", f"{year}-01-01", f"{year}-12-31", "4", "2", "50,0%"] == rows[1][:7]


def test_a_unit_named_like_a_formula_is_text_in_a_spreadsheet(office: Office) -> None:
    with office.service.database.write() as session:
        new = NewUnit("F", '=HYPERLINK("http://elsewhere.example")', "F", "department", office.units["VK"])
        create_unit(session, new, by=SYSTEM)
        session.execute(update(Unit).where(Unit.code == "VK.VP").values(name="-2+3"))
    browser = office.browser("doc")
    browser.send("/", "/language", language="en", next="/")
    rows = list(csv.reader(io.StringIO(browser.get("/shares.csv").data.decode("utf-8-sig"))))
    names = [row[0] for row in rows]
    assert '\'=HYPERLINK("http://elsewhere.example")' in names
    assert "'-2+3" in names
    assert not any(name.startswith(("=", "-", "+", "@")) for name in names)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "|x", "%x"])
def test_every_beginning_of_a_formula_is_disarmed(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless("Ủy ban nhân dân") == "Ủy ban nhân dân"


def test_strangers_see_no_shares(office: Office) -> None:
    browser = office.browser()
    for address in ("/shares", "/shares.csv", "/shares/documents"):
        assert browser.get(address).status_code == 303


def test_long_lists_come_in_pages(counted: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docsvc.web.shares.PER_PAGE", 1)
    browser = counted.browser("doc")
    first = browser.get(link(row_of(browser.get("/shares").text, "Văn phòng HĐND và UBND xã Vân Khê"), "2"))
    assert "Trang 1 / 2" in text_of(first)
    second = browser.get(link(first.text, "Sau →"))
    assert "Trang 2 / 2" in text_of(second)
    assert {"Về việc một" in first.text, "Về việc một" in second.text} == {True, False}
