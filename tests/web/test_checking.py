"""The public check page: a clear answer for every file, and nothing told of what is not public."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from werkzeug.test import TestResponse

from config.settings import Settings
from docsvc.issue.paper import withdraw
from docsvc.records.terms import Access, RenditionRole
from tests.signing.authority import rewrite_page
from tests.web.office import Browser, Office, draft_file, text_of, upload

PAGE = "/kiem-tra"
UNKNOWN_HERE = "Không thấy trong các văn bản công khai của kho này."
ABSTRACT = "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số"


def check(browser: Browser, content: bytes, name: str = "tai-ve.pdf") -> TestResponse:
    return browser.send(PAGE, PAGE, file=upload(content, name))


def file_of(office: Office, document_id: str, role: RenditionRole = RenditionRole.ISSUED) -> bytes:
    rendition = next(one for one in office.document(document_id).renditions if one.role == role)
    return office.service.store.get(rendition.sha256)


def test_anybody_sees_who_signed_an_issued_file_when_and_that_it_is_ours(office: Office) -> None:
    document_id = office.issued()
    answer = check(office.browser(), file_of(office, document_id))
    assert answer.status_code == 200
    text = text_of(answer)
    assert "Tệp có 2 chữ ký số hợp lệ" in text
    assert "Lê Đình Khải" in text
    assert "Ủy ban nhân dân xã Vân Khê" in text
    assert text.count("có dấu thời gian chứng minh") == 2
    assert text.count("còn nguyên như khi ký") == 2
    assert text.count("được tin cậy , do") + text.count("được tin cậy, do") == 2
    assert "PAdES B-T" in text
    assert "Đúng. Đây chính là tệp của văn bản sau" in text
    assert str(office.document(document_id).reference) in text
    assert ABSTRACT in text
    assert f"/documents/{document_id}" not in answer.text, "a stranger gets no address that asks for a sign-in"


def test_one_changed_byte_is_noticed_and_the_file_is_no_longer_ours(office: Office) -> None:
    content = bytearray(file_of(office, office.issued()))
    place = content.index(b"stream", 2000) + 20
    content[place] ^= 1
    text = text_of(check(office.browser(), bytes(content)))
    assert "đã bị thay đổi" in text
    assert "hợp lệ; nội dung" not in text
    assert UNKNOWN_HERE in text


def test_what_was_appended_after_the_seal_is_told(office: Office) -> None:
    content = file_of(office, office.issued()) + b"\n% a comment that nobody signed\n"
    text = text_of(check(office.browser(), content))
    assert "Không được phép." in text
    assert "hợp lệ; nội dung" not in text


def test_an_attack_is_named_in_words_and_an_issued_file_bears_none(office: Office) -> None:
    content = file_of(office, office.issued())
    assert "Dấu hiệu tấn công" not in text_of(check(office.browser(), content))
    forged = text_of(check(office.browser(), rewrite_page(content, "Quyet dinh khac")))
    assert "Dấu hiệu tấn công" in forged
    assert "Nội dung khác được ghi thêm vào sau phần đã ký" in forged
    assert "xin lại bản gốc từ cơ quan ban hành" in forged


def test_an_earlier_file_of_an_issued_document_is_told_from_the_issued_one(office: Office) -> None:
    document_id = office.issued()
    for role in (RenditionRole.DRAFT, RenditionRole.SIGNED):
        text = text_of(check(office.browser(), file_of(office, document_id, role)))
        assert "Đây là một bản trước khi phát hành của văn bản sau" in text, role
        assert str(office.document(document_id).reference) in text


def test_nothing_is_told_of_a_document_before_it_is_issued(office: Office) -> None:
    document_id = office.signed()
    for role in (RenditionRole.DRAFT, RenditionRole.SIGNED):
        content = file_of(office, document_id, role)
        assert UNKNOWN_HERE in text_of(check(office.browser(), content))
        assert UNKNOWN_HERE in text_of(check(office.browser("doc"), content))


def test_a_withdrawn_document_is_told_as_withdrawn_and_its_reason_only_to_readers(office: Office) -> None:
    document_id = office.issued()
    withdraw(office.service.desk, document_id, "Sai thẩm quyền ban hành", by=office.actors["hien"])
    content = file_of(office, document_id)
    answer = text_of(check(office.browser(), content))
    assert "văn bản đã bị thu hồi ngày" in answer
    assert "Sai thẩm quyền ban hành" not in answer
    assert "Sai thẩm quyền ban hành" in text_of(check(office.browser("doc"), content))


@pytest.mark.parametrize("access", [Access.RESTRICTED, Access.INTERNAL])
def test_a_document_that_is_not_public_is_known_only_to_those_who_may_read_it(office: Office, access: Access) -> None:
    document_id = office.issued("Về việc xử lý kỷ luật một cán bộ", access=access)
    content = file_of(office, document_id)
    for browser in (office.browser(), office.browser("doc2")):
        answer = check(browser, content)
        assert UNKNOWN_HERE in text_of(answer)
        assert "kỷ luật" not in answer.text
        assert str(office.document(document_id).reference) not in answer.text
    answer = check(office.browser("hien"), content)
    assert "Đây chính là tệp của văn bản sau" in text_of(answer)
    assert f'href="/documents/{document_id}"' in answer.text


def _encrypted() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(draft_file())))
    writer.encrypt("mot-mat-khau", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (draft_file(), "không có chữ ký số"),
        (_encrypted(), "mật khẩu"),
        (b"MZ\x90\x00 not at all a PDF", "không phải PDF"),
        (b"%PDF-1.7\n" + b"\xff\x00[[[<<" * 5000, ""),
        (b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 1 0 R/AcroForm<</Fields[1 0 R]/SigFlags 3>>>>\nendobj\n%%EOF", ""),
        (draft_file()[:3000], ""),
        (b"\x00", "không phải PDF"),
    ],
    ids=["unsigned", "encrypted", "program", "garbage", "loop", "truncated", "byte"],
)
def test_every_file_has_an_answer_in_words(office: Office, content: bytes, verdict: str) -> None:
    answer = check(office.browser(), content)
    assert answer.status_code == 200
    assert 'class="verdict ' in answer.text
    assert 'class="verdict good"' not in answer.text
    assert verdict in text_of(answer)
    assert "SHA-256:" in text_of(answer)


def test_hostile_names_and_certificates_are_shown_as_text(office: Office) -> None:
    answer = check(office.browser(), b"%PDF-", '<script>alert(1)</script>"><img src=x>.pdf')
    assert "<script>alert" not in answer.text
    assert "<img src=x>" not in answer.text


def test_no_file_is_asked_for_again(office: Office) -> None:
    browser = office.browser()
    answer = browser.send(PAGE, PAGE)
    assert answer.status_code == 422
    assert "Hãy chọn một tệp PDF để kiểm tra." in text_of(answer)
    assert browser.send(PAGE, PAGE, file=upload(b"", "")).status_code == 422


def test_the_page_needs_no_sign_in_but_its_form_needs_its_token(office: Office) -> None:
    answer = office.browser().get(PAGE)
    assert answer.status_code == 200
    assert "Không cần đăng nhập." in text_of(answer)
    assert office.browser().post(PAGE, file=upload(b"%PDF-")).status_code == 400


def test_the_answer_is_given_in_english_too(office: Office) -> None:
    browser = office.browser()
    browser.send(PAGE, "/language", language="en", next=PAGE)
    text = text_of(check(browser, file_of(office, office.issued())))
    assert "The file has 2 valid signatures" in text
    assert "Yes. It is the very file of this document" in text


def test_nothing_of_a_checked_file_is_kept(office: Office) -> None:
    before = {stored.sha256 for stored in office.service.store.walk()}
    check(office.browser(), draft_file("Về việc không ai biết"))
    assert {stored.sha256 for stored in office.service.store.walk()} == before


class TestWithTightLimits:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data_dir=tmp_path / "var", checks_per_minute=2, upload_limit_bytes=50_000)

    def test_one_address_may_check_only_so_often(self, office: Office) -> None:
        browser = office.browser()
        answers = [check(browser, b"%PDF-") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
        assert "quá nhiều yêu cầu" in text_of(answers[2])
        other = browser.client.post(
            PAGE,
            data={"csrf_token": browser.token(PAGE), "file": upload(b"%PDF-")},
            content_type="multipart/form-data",
            environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
        )
        assert other.status_code == 200, "others are not kept waiting"

    def test_a_file_over_the_limit_is_refused_before_it_is_read(self, office: Office) -> None:
        answer = office.browser().client.post(
            PAGE,
            input_stream=io.BytesIO(b"nothing is read of this"),
            environ_overrides={"CONTENT_LENGTH": "2000000"},
            content_type="multipart/form-data; boundary=x",
        )
        assert answer.status_code == 413
