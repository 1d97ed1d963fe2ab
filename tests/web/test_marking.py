"""From a result to the page it was found on, with the words marked there."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from docsvc.issue import drafting, steps
from docsvc.issue.annexes import add_annex
from docsvc.issue.form import DocumentForm
from docsvc.issue.paper import register_paper
from docsvc.issue.recognising import owe_missing, work_off
from docsvc.records.indexing import index_pending
from docsvc.records.terms import Access
from tests.services.tesseract import recogniser
from tests.signing.texts import SENTENCES, leaves, scanned, written
from tests.web.office import PASSPHRASE, Browser, Office, text_of

VILLAGES = ("Thôn Đồi Mây có mười hai hộ", "Thôn Suối Lớn, cạnh thôn Đồi Mây")


@pytest.fixture
def document_id(office: Office) -> str:
    """An issued decision with two annexes; the second names villages on its second page."""
    return issued(office)


def issued(office: Office, **changes: Any) -> str:
    made = office.draft(**changes)
    for title, content in (("Dự toán", written(SENTENCES)), ("Danh sách", leaves(("Danh sách thôn",), VILLAGES))):
        add_annex(office.service.desk, made, content, f"{title}.pdf", title, by=office.actors["soan"])
    desk = office.service.desk
    drafting.submit(desk, made, by=office.actors["soan"])
    steps.sign(desk, made, PASSPHRASE, by=office.actors["khai"])
    steps.issue(desk, made, desk.today(), PASSPHRASE, by=office.actors["hien"])
    while index_pending(office.service.database, office.service.engine):
        pass
    return made


def found(browser: Browser, text: str) -> list[tuple[str, str]]:
    """Addresses and names of the places that results name."""
    page = browser.get("/search", query_string={"q": text}).text
    links = re.findall(r'<a class="passage-page" href="([^"]+)">([^<]+)</a>', page)
    return [(unescape(address), unescape(name)) for address, name in links]


def marks(page: str) -> list[tuple[float, ...]]:
    """Left, top, width and height of each, in hundredths."""
    rects = re.findall(r'<rect class="hit[^>]*?x="([\d.]+)%" y="([\d.]+)%" width="([\d.]+)%" height="([\d.]+)%"', page)
    return [tuple(map(float, rect)) for rect in rects]


def link(page: str, rel: str) -> str:
    (address,) = re.findall(rf'rel="{rel}" href="([^"]+#hit)"', page)
    return unescape(address)


def test_a_result_opens_the_annex_at_the_page_with_the_words_marked(office: Office, document_id: str) -> None:
    browser = office.browser("doc")
    ((address, name),) = found(browser, '"Đồi Mây"')
    assert name == "Phụ lục II, tr. 2"
    answer = browser.get(address.partition("#")[0])
    told = text_of(answer)
    assert "chỗ" in told
    assert "Phụ lục II" in told
    assert "Hình trang 2" in answer.text
    assert 'id="hit"' in answer.text
    drawn = marks(answer.text)
    assert len(drawn) == 2
    for left, top, width, height in drawn:
        assert 9 < left < 60
        assert 9 < top < 17, "the first two lines of the page"
        assert 1 < width < 40
        assert 1 < height < 3


def test_the_way_leads_through_all_files_and_back(office: Office, document_id: str) -> None:
    browser = office.browser("doc")
    base = f"/documents/{document_id}"
    page = browser.get(base, query_string={"q": '"chuyển đổi số"', "hit": "1"}).text
    total = int(re.findall(r"chỗ 1 / (\d+)", page)[0])
    assert total >= 2, "in the document's own text and in the first annex"
    seen = [page]
    for number in range(2, total + 1):
        page = browser.get(link(page, "next").partition("#")[0]).text
        assert f"chỗ {number} / {total}" in page
        assert page.count('id="hit"') == 1
        seen.append(page)
    assert 'rel="next"' not in page.split("hit-bar")[1].split("</nav>")[0]
    assert "Phụ lục I" in page.split("hit-bar")[1].split("</nav>")[0]
    assert f"chỗ {total - 1} / {total}" in browser.get(link(page, "prev").partition("#")[0]).text


def test_words_without_diacritics_mark_every_form_and_typed_ones_only_theirs(office: Office, document_id: str) -> None:
    browser = office.browser("doc")
    base = f"/documents/{document_id}"
    folded = browser.get(base, query_string={"q": '"chuyen doi so"', "hit": "1"}).text
    typed = browser.get(base, query_string={"q": '"chuyển đổi số"', "hit": "1"}).text
    assert marks(folded) == marks(typed) != []
    other = browser.get(base, query_string={"q": '"chuyển đội số"'}).text
    assert "Không có từ cần tìm" not in other, "found all the same, every form is shown, as in the results"


def test_a_page_without_the_words_leads_to_those_with_them(office: Office, document_id: str) -> None:
    browser = office.browser("doc")
    annex = max(one.id for one in office.document(document_id).renditions)
    page = browser.get(f"/documents/{document_id}", query_string={"q": "Đồi Mây", "file": annex, "page": 1}).text
    assert "trang này không có" in page
    assert marks(page) == []
    assert "Hình trang 2" in browser.get(link(page, "next").partition("#")[0]).text


@pytest.mark.parametrize("query", [{"q": "xyzzy"}, {"q": "xyzzy", "hit": "3"}, {"q": "%\x00", "hit": "-1"}])
def test_words_that_are_not_there_say_so(office: Office, document_id: str, query: dict[str, str]) -> None:
    answer = office.browser("doc").get(f"/documents/{document_id}", query_string=query)
    assert answer.status_code == 200
    assert "Không có từ cần tìm" in answer.text
    assert "Hình trang 1" in answer.text


@pytest.mark.parametrize("hit", ["0", "-5", "99999999999999999999", "x"])
def test_numbers_out_of_range_find_the_nearest_mark(office: Office, document_id: str, hit: str) -> None:
    answer = office.browser("doc").get(f"/documents/{document_id}", query_string={"q": "quyết", "hit": hit})
    assert answer.status_code == 200
    assert marks(answer.text)


def test_what_is_not_for_a_person_is_not_marked_for_that_person(office: Office) -> None:
    hidden = issued(office, access=Access.RESTRICTED)
    for query in ({"q": "Đồi Mây"}, {"q": "Đồi Mây", "hit": "1"}):
        answer = office.browser("doc2").get(f"/documents/{hidden}", query_string=query)
        assert answer.status_code == 404
        assert "hit-bar" not in answer.text


def test_the_page_tells_clerks_how_well_the_text_was_read(office: Office, document_id: str) -> None:
    assert "Lớp chữ đọc được" in text_of(office.browser("hien").get(f"/documents/{document_id}"))
    assert "Lớp chữ" not in text_of(office.browser("doc").get(f"/documents/{document_id}"))


def test_on_a_scan_words_are_marked_where_they_were_recognised(office: Office) -> None:
    desk = replace(office.service.desk, recogniser=recogniser())
    form = DocumentForm(
        drafting_unit_id=office.units["VK.VP"],
        type_key="qd",
        abstract="Về việc giao đất",
        signatory_name="Lê Đình Khải",
    )
    scan = scanned(leaves(VILLAGES), dpi=130, cut=0.3)
    made = register_paper(desk, form, desk.today(), scan=scan, by=office.actors["hien"])
    clerk = office.browser("hien")
    assert "hình quét, chưa có chữ" in text_of(clerk.get(f"/documents/{made}"))
    owe_missing(desk)
    assert [one.pages for one in work_off(desk, recogniser())] == [1]
    page = clerk.get(f"/documents/{made}", query_string={"q": '"Suối Lớn"', "hit": "1"})
    assert "Độ tin cậy của nhận dạng" in text_of(page)
    ((left, top, width, height),) = marks(page.text)
    # The second line: 24 points below one whose foot is 102 points below the edge of a page cut to three tenths.
    assert 14 < left < 22
    assert 42 < top < 51
    assert 6 < width < 16
    assert 3 < height < 8
