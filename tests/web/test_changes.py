"""What came after each signature, and what was signed beside today's pages: stored files and dropped ones."""

from __future__ import annotations

import base64
import re

from sqlalchemy import select

from docsvc.db.records import Event
from docsvc.records.terms import Access, RenditionRole
from tests.signing import edits
from tests.web.office import Office, text_of, upload

PNG = b"\x89PNG"
ISSUED, SIGNED = RenditionRole.ISSUED, RenditionRole.SIGNED


def stored(office: Office, document_id: str, role: RenditionRole = ISSUED) -> tuple[str, bytes]:
    """The address of a stored file and its bytes."""
    rendition = next(one for one in office.document(document_id).renditions if one.role == role)
    return f"/documents/{document_id}/files/{rendition.id}", office.service.store.get(rendition.sha256)


def altered(content: bytes) -> bytes:
    """With a note on the first page that nobody allowed."""
    return edits.edited(content, edits.annotated(0, "/FreeText", "Da doi"), edits.page_added(1, "Trang la"))


def test_the_document_page_leads_to_all_that_came_after_each_signature(office: Office) -> None:
    document_id = office.issued()
    address, _ = stored(office, document_id)
    browser = office.browser("doc")
    assert f'href="{address}/changes"' in browser.get(f"/documents/{document_id}").text
    text = text_of(browser.get(f"{address}/changes"))
    assert "Đã điền" in text
    assert "Thêm chữ ký của Ủy ban nhân dân xã Vân Khê." in text
    assert "Trang 1" in text
    assert "Không có gì được thêm hay sửa." in text, "after the seal"


def test_what_the_leader_signed_comes_as_the_very_file_and_is_written_down(office: Office) -> None:
    document_id = office.issued()
    address, _ = stored(office, document_id)
    got = office.browser("doc").get(f"{address}/signatures/1/signed.pdf")
    assert got.data == stored(office, document_id, SIGNED)[1]
    assert got.mimetype == "application/pdf"
    assert "attachment" in got.headers["Content-Disposition"]
    with office.service.database.read() as session:
        acts = session.scalars(select(Event.act).where(Event.object_id == document_id)).all()
    assert acts[-1] == "file-downloaded"


def test_pages_as_signed_and_as_they_are_now_stand_side_by_side_with_the_differences_counted(office: Office) -> None:
    address, _ = stored(office, office.issued())
    browser = office.browser("doc")
    page = browser.get(f"{address}/signatures/1/compare")
    text = text_of(page)
    assert "Khi ký" in text
    assert "Hiện nay" in text
    assert re.search(r"[1-9]\d* chỗ khác nhau", text), "number, date and seal came after"
    pictures = re.findall(r'src="([^"]+/compare/[^"]+\.png)"', page.text)
    assert len(pictures) == 2
    then, now = (browser.get(picture) for picture in pictures)
    assert then.data.startswith(PNG)
    assert now.data.startswith(PNG)
    assert then.data != now.data
    again = browser.get(pictures[0], headers={"If-None-Match": then.headers["ETag"]})
    assert again.status_code == 304
    same = text_of(browser.get(f"{address}/signatures/2/compare"))
    assert "Hai trang trông giống hệt nhau." in same


def test_there_is_nothing_about_signatures_and_pages_that_are_not_there(office: Office) -> None:
    address, _ = stored(office, office.issued())
    browser = office.browser("doc")
    for path in ("signatures/9/compare", "signatures/0/signed.pdf", "signatures/1/compare/99-now.png"):
        assert browser.get(f"{address}/{path}").status_code == 404, path
    assert browser.get(f"{address}/signatures/1/compare?page=999").status_code == 200, "the last page"


def test_nobody_else_gets_a_restricted_document_s_revisions(office: Office) -> None:
    address, _ = stored(office, office.issued(access=Access.RESTRICTED))
    for path in ("changes", "signatures/1/signed.pdf", "signatures/1/compare", "signatures/1/compare/1-now.png"):
        assert office.browser("doc2").get(f"{address}/{path}").status_code == 404, path
        assert office.browser().get(f"{address}/{path}").status_code != 200, path
        assert office.browser("hien").get(f"{address}/{path}").status_code == 200, path


def test_a_stranger_sees_the_changes_of_a_dropped_file_page_by_page(office: Office) -> None:
    _, content = stored(office, office.issued())
    answer = office.browser().send("/kiem-tra", "/kiem-tra", file=upload(altered(content), "sua.pdf"))
    text = text_of(answer)
    assert "Thêm khung chữ trên trang 1: “Da doi”." in text
    assert "Trang 2 được thêm vào: “Trang la”." in text
    assert "Xem lại bản được ký" in text


def test_a_stranger_gets_what_was_signed_and_pictures_from_the_file_itself(office: Office) -> None:
    _, content = stored(office, office.issued())
    browser = office.browser()
    form = {"signature": "2"}
    page = browser.send("/kiem-tra", "/kiem-tra/so-sanh", file=upload(altered(content), "sua.pdf"), **form)
    assert page.status_code == 200
    assert "img-src 'self' data:;" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', page.text)
    assert len(pictures) == 3, "the page with the note then and now, and the one that was added"
    assert all(base64.b64decode(picture).startswith(PNG) for picture in pictures)
    assert "Trang này không có trong bản được ký." in text_of(page)
    got = browser.send("/kiem-tra", "/kiem-tra/ban-duoc-ky", file=upload(altered(content), "sua.pdf"), **form)
    assert got.data == content
    assert "data:" not in browser.get("/kiem-tra").headers["Content-Security-Policy"]


def test_a_dropped_file_that_cannot_be_compared_says_why(office: Office) -> None:
    _, content = stored(office, office.issued())
    browser = office.browser()
    for file, signature in ((b"no pdf", "1"), (content, "9"), (content, "abc")):
        for path in ("so-sanh", "ban-duoc-ky"):
            answer = browser.send("/kiem-tra", f"/kiem-tra/{path}", file=upload(file, "a.pdf"), signature=signature)
            assert answer.status_code == 422, (path, signature)
            assert 'role="alert"' in answer.text


def test_comparing_is_paced_as_checking_is(office: Office) -> None:
    browser = office.browser()
    codes = {
        browser.send("/kiem-tra", "/kiem-tra/so-sanh", file=upload(b"x", "a.pdf"), signature="1").status_code
        for _ in range(office.service.settings.checks_per_minute + 1)
    }
    assert 429 in codes
