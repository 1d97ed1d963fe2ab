"""The page on which places are moved, by numbers as a browser without scripts sends them."""

from __future__ import annotations

import re

from docsvc.issue import places
from docsvc.issue.drafting import create_draft
from docsvc.issue.form import DocumentForm
from tests.issue.test_placing import scan
from tests.web.office import PASSPHRASE, Browser, Office, text_of

MM = 72 / 25.4


def fields(browser: Browser, page: str) -> dict[str, str]:
    """What the form on the page would send."""
    form = re.search(r"<form[^>]*data-places.*?</form>", browser.get(page).text, re.DOTALL)
    assert form
    return {name: value for name, value in fields_of(form[0]).items() if name != "csrf_token"}


def scanned(office: Office) -> str:
    form = DocumentForm(
        drafting_unit_id=office.units["VK.VP"],
        type_key="qd",
        abstract="Về việc quét",
        signatory_id=office.actors["khai"].user_id,
        authority="TM.",
    )
    return create_draft(office.service.desk, form, scan(), "quet.pdf", by=office.actors["soan"])


def test_a_scan_is_placed_submitted_signed_and_issued_on_the_pages(office: Office) -> None:
    document_id = scanned(office)
    drafter, leader, clerk = office.browser("soan"), office.browser("khai"), office.browser("hien")
    address = f"/documents/{document_id}"
    page = drafter.get(address)
    assert "Chưa tìm thấy trên trang: chỗ ghi số" in text_of(page)
    assert f'href="{address}/places"' in page.text
    typed = {
        **{f"{name}-page": "1" for name in ("number", "day", "month", "personal_signature")},
        "number-left": "42",
        "number-top": "38",
        "number-width": "14",
        "number-height": "5,1",
        "day-left": "135",
        "day-top": "38",
        "day-width": "8",
        "day-height": "5.1",
        "month-left": "156",
        "month-top": "38",
        "month-width": "8",
        "month-height": "5.1",
        **{f"personal_signature-{side}": mm for side, mm in (("left", "120"), ("top", "200"), ("width", "53"))},
        "personal_signature-height": "25",
        "printed_year": str(office.service.desk.today().year),
    }
    answer = drafter.send(f"{address}/places", f"{address}/places", **typed)
    assert (answer.status_code, answer.location) == (303, address), text_of(answer)
    assert "Đã lưu vị trí" in text_of(drafter.get(address))
    number = places.from_json(office.document(document_id).places).number
    assert number
    assert abs(number.left - 42 * MM) < 0.01
    assert abs(842 - number.top - 38 * MM) < 0.01
    drafter.send(address, f"{address}/submit")
    answer = leader.send(f"{address}/sign", f"{address}/sign", passphrase=PASSPHRASE)
    assert answer.status_code == 303, text_of(answer)
    today = f"{office.service.desk.today():%d/%m/%Y}"
    answer = clerk.send(f"{address}/issue", f"{address}/issue", issued_on=today, passphrase=PASSPHRASE)
    assert answer.status_code == 303, text_of(answer)
    assert office.document(document_id).state == "issued"


def test_what_is_found_comes_back_as_it_was_when_nothing_was_changed(office: Office) -> None:
    document_id = office.draft()
    drafter, address = office.browser("soan"), f"/documents/{document_id}/places"
    sent = fields(drafter, address)
    assert sent["number-page"] == "1"
    assert sent["organisation_signature-left"] == ""
    assert drafter.send(address, address, **sent).status_code == 303
    assert places.by_hand(office.document(document_id).places) == ()


def test_a_leader_moves_the_seal_sees_a_warning_and_finds_it_back(office: Office) -> None:
    document_id = office.submitted()
    leader, address = office.browser("khai"), f"/documents/{document_id}/places"
    sent = fields(leader, address) | {"organisation_signature-left": "20", "organisation_signature-top": "100"}
    answer = leader.send(address, address, **(sent | {"organisation_signature-page": "1"}))
    assert (answer.status_code, answer.location) == (303, address)
    assert "không trùm lên khoảng 1/3 chữ ký" in text_of(leader.get(address))
    assert "mark-organisation_signature" in leader.get(f"/documents/{document_id}/sign").text
    answer = leader.send(address, f"{address}/found")
    assert answer.status_code == 303
    assert places.from_json(office.document(document_id).places).organisation_signature is None


def test_a_refused_form_comes_back_with_everything_typed(office: Office) -> None:
    document_id = office.draft()
    drafter, address = office.browser("soan"), f"/documents/{document_id}/places"
    for change, words in (
        ({"number-left": "abc"}, "«abc» không phải số mm"),
        ({"number-left": "nan"}, "«nan» không phải số mm"),
        ({"number-left": "1e400"}, "«1e400» không phải số mm"),
        ({"number-page": "9"}, "không có trang 9"),
        ({"number-left": "400"}, "nằm ngoài trang"),
        ({"printed_year": "hai"}, "«Năm đã in sẵn» phải là một số."),
    ):
        answer = drafter.send(address, address, **(fields(drafter, address) | change))
        assert answer.status_code == 422
        assert words in text_of(answer)
        ((name, value),) = change.items()
        assert fields_of(answer.text)[name] == value


def fields_of(page: str) -> dict[str, str]:
    inputs = re.findall(r"<input\b[^>]*>", page)
    named = ((re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in inputs)
    return {name[1]: value[1] for name, value in named if name and value}


def test_nobody_else_reaches_the_page(office: Office) -> None:
    document_id = office.submitted()
    address = f"/documents/{document_id}/places"
    assert office.browser("soan").get(address).status_code == 403
    assert office.browser("tung").get(address).status_code == 404
    assert office.browser("hien").get(address).status_code == 403
    assert office.browser("khai").get(f"{address}?page=99999").status_code == 200
