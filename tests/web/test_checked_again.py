"""A stored document's verification with attacks and warnings, the event log in words, and the mark under the seal."""

from __future__ import annotations

from sqlalchemy import update

from docsvc import audit
from docsvc.accounts import SYSTEM
from docsvc.db.records import Rendition
from tests.signing import edits
from tests.web.office import Office, text_of
from tests.web.test_changes import stored


def replaced(office: Office, document_id: str) -> str:
    """The address of the document's file, which somebody has exchanged in the store for a forged one."""
    address, content = stored(office, document_id)
    forged = edits.edited(content, edits.new_words(0, "Chi 900 trieu dong"))
    sha256 = office.service.store.put(forged)
    with office.service.database.write() as session:
        number = int(address.rsplit("/", 1)[1])
        session.execute(update(Rendition).where(Rendition.id == number).values(sha256=sha256))
    return address


def test_attacks_and_warnings_of_a_stored_file_are_named_where_its_page_leads(office: Office) -> None:
    document_id = office.issued()
    address = replaced(office, document_id)
    browser = office.browser("doc")
    assert "Kiểm tra lại: cảnh báo, dấu hiệu tấn công" in text_of(browser.get(f"/documents/{document_id}"))
    text = text_of(browser.get(f"{address}/changes"))
    assert "Dấu hiệu tấn công" in text
    assert "Đừng dựa vào tệp này" in text
    assert "Sau khi ký, tệp đã bị thay đổi theo cách chữ ký không cho phép." in text
    good = text_of(browser.get(f"{stored(office, office.issued())[0]}/changes"))
    assert "Dấu hiệu tấn công" not in good


def test_the_event_log_has_words_for_codes_in_both_languages(office: Office) -> None:
    document_id = office.submitted()
    with office.service.database.write() as session:
        for act, detail in (
            ("example-ready", {}),
            ("signed", {"revocation": "unknown", "revocation_problem": "Lê Đình Khải: nobody to ask"}),
            ("key-added", {"kind": "pkcs12", "holder_confirmed": "yes"}),
            ("check-mark-left-out", {"reason": "no-room"}),
        ):
            audit.append(
                session, actor=SYSTEM.username, act=act, object_kind="document", object_id=document_id, **detail
            )
        audit.append(session, actor="unknown", act="signed-out", object_kind="document", object_id=document_id)
    page = office.browser("chinh").get("/admin/events")
    text = text_of(page)
    for words in (
        "Lập xong văn bản mẫu",
        "trạng thái thu hồi không biết",
        "không có nơi nào để hỏi",
        "loại khóa tệp PKCS#12",
        "lý do cuối trang không còn chỗ trống",
        "không rõ ai",
        "hệ thống",
    ):
        assert words in text, words
    shown = page.text[page.text.index("<tbody>") :]
    for code in (">example-ready<", ">unknown<", "> nobody to ask<", "no-room<"):
        assert code not in shown, code
