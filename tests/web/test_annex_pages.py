"""Annexes on the pages: added and taken out on the draft's form, read and downloaded on the document's page."""

from __future__ import annotations

from docsvc.records.annexes import annexes_of
from docsvc.records.reading import fetch
from tests.web.office import Office, text_of, upload


def titles(office: Office, document_id: str) -> list[tuple[int, str]]:
    with office.service.database.read() as session:
        document = fetch(session, office.actors["soan"], document_id)
        return [(annex.id, annex.title) for annex in annexes_of(document)]


def form(office: Office, **more: object) -> dict[str, object]:
    return {
        "type_key": "qd",
        "abstract": "Về việc kiện toàn Ban Chỉ đạo",
        "drafting_unit_id": str(office.units["VK.VP"]),
        "signatory_id": str(office.actors["khai"].user_id),
        "access": "public",
        "urgency": "normal",
        **more,
    }


def test_a_drafter_adds_annexes_and_takes_one_out_again(office: Office) -> None:
    browser = office.browser("soan")
    sent = form(office, file=upload(), annex=[upload(name="Danh sách.pdf"), upload(name="Biểu mẫu.pdf")], then="keep")
    answer = browser.send("/drafts/new", "/drafts/new", **sent)
    assert answer.status_code == 303, text_of(answer)
    document_id = (answer.location or "").rsplit("/", 1)[-1]
    assert [title for _, title in titles(office, document_id)] == ["Danh sách", "Biểu mẫu"]
    page = text_of(browser.get(f"/documents/{document_id}"))
    assert "Phụ lục I: Danh sách" in page
    assert "Phụ lục II: Biểu mẫu" in page
    edit = f"/documents/{document_id}/edit"
    assert "Bỏ phụ lục này" in text_of(browser.get(edit))
    first = titles(office, document_id)[0][0]
    answer = browser.send(edit, edit, **form(office, remove_annex=str(first), then="keep"))
    assert answer.status_code == 303, text_of(answer)
    assert [title for _, title in titles(office, document_id)] == ["Biểu mẫu"]


def test_an_unusable_annex_refuses_the_form_with_its_reason_and_keeps_nothing(office: Office) -> None:
    browser = office.browser("soan")
    sent = form(office, file=upload(), annex=[upload(b"no pdf", "x.pdf")])
    answer = browser.send("/drafts/new", "/drafts/new", **sent)
    assert answer.status_code == 422
    assert "không phải PDF đọc được" in text_of(answer)
    assert "Về việc kiện toàn" in answer.text


def test_everybody_who_reads_the_document_reads_and_downloads_its_annexes(office: Office) -> None:
    browser = office.browser("soan")
    sent = form(office, file=upload(), annex=[upload(name="Danh sách.pdf")], then="submit")
    document_id = (browser.send("/drafts/new", "/drafts/new", **sent).location or "").rsplit("/", 1)[-1]
    assert "Phụ lục: Danh sách" in text_of(office.browser("khai").get(f"/documents/{document_id}/sign"))
    signing = office.browser("khai")
    sign = f"/documents/{document_id}/sign"
    assert signing.send(sign, sign, passphrase="mo-khoa-de-ky").status_code == 303
    clerk, issue = office.browser("hien"), f"/documents/{document_id}/issue"
    assert "Phụ lục: Danh sách" in text_of(clerk.get(issue))
    today = office.service.desk.today()
    answer = clerk.send(issue, issue, passphrase="mo-khoa-de-ky", issued_on=f"{today:%d/%m/%Y}")
    assert answer.status_code == 303, text_of(answer)
    annex = next(one for one in office.document(document_id).renditions if one.role == "annex")
    reader = office.browser("doc2")
    assert "Phụ lục: Danh sách" in text_of(reader.get(f"/documents/{document_id}?file={annex.id}"))
    got = reader.get(f"/documents/{document_id}/files/{annex.id}")
    assert got.status_code == 200
    assert 'filename="01-QD-UBND Phu luc.pdf"' in got.headers["Content-Disposition"]
    draft = next(one for one in office.document(document_id).renditions if one.role == "annex-draft")
    assert reader.get(f"/documents/{document_id}/files/{draft.id}").status_code == 404
    checked = office.browser().send("/kiem-tra", "/kiem-tra", file=upload(got.data, "a.pdf"))
    assert "Phụ lục: Danh sách" in text_of(checked)
