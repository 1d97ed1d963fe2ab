"""The page behind a check code: everybody learns of public documents, and nobody of any other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from config.settings import Settings
from docsvc.db.check_codes import CheckCode
from docsvc.db.records import Event
from docsvc.issue.annexes import add_annex
from docsvc.issue.drafting import submit
from docsvc.issue.paper import withdraw
from docsvc.issue.steps import issue, sign
from docsvc.records.annexes import annex_file, annexes_of
from docsvc.records.check_codes import ALPHABET, give_code, grouped
from docsvc.records.terms import Access, RenditionRole
from tests.web.office import PASSPHRASE, Office, draft_file, text_of, upload

ABSTRACT = "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số"
UNKNOWN = "Không có văn bản công khai nào mang mã này"


def code_for(office: Office, document_id: str) -> str:
    with office.service.database.write() as session:
        document = office.document(document_id)
        return grouped(give_code(session, document, office.service.desk.clock(), by="hien"))


def file_of(office: Office, document_id: str, role: RenditionRole = RenditionRole.ISSUED) -> bytes:
    rendition = next(one for one in office.document(document_id).renditions if one.role == role)
    return office.service.store.get(rendition.sha256)


def without_tokens(answer: TestResponse) -> bytes:
    """The answer's bytes, but for form tokens (each browser has its own) and the address in «next»."""
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text)
    return re.sub(r'name="next" value="[^"]*"', "", text).encode()


def compared(office: Office, code: str, content: bytes) -> str:
    browser = office.browser()
    answer = browser.send(f"/kt/{code}", f"/kt/{code}", file=upload(content))
    assert answer.status_code == 200
    return text_of(answer)


def test_a_stranger_sees_what_the_register_says_of_a_public_document(office: Office) -> None:
    document_id = office.issued()
    answer = office.browser().get(f"/kt/{code_for(office, document_id)}")
    assert answer.status_code == 200
    text = text_of(answer)
    document = office.document(document_id)
    for said in (document.reference, f"{document.issued_on:%d/%m/%Y}", "Quyết định", ABSTRACT, "Lê Đình Khải"):
        assert str(said) in text
    assert "Ủy ban nhân dân xã Vân Khê" in text
    assert "Đã phát hành, còn hiệu lực theo sổ đăng ký." in text
    assert document_id not in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Các thôn" not in text, "recipients are nobody's business"


def test_the_box_takes_a_code_however_it_is_typed_and_a_whole_address(office: Office) -> None:
    code = code_for(office, office.issued())
    browser = office.browser()
    assert "Tra theo mã in trên văn bản" in text_of(browser.get("/kiem-tra"))
    for typed in (code.lower().replace("-", ""), f" {code} ", f"https://kiemtra.vn/kt/{code}"):
        went = browser.get("/kt", query_string={"ma": typed})
        assert went.status_code == 303
        assert ABSTRACT in browser.get(went.location).text
    assert browser.get("/kt").location == "/kiem-tra"
    assert browser.get("/kt?ma=../../kiem-tra").location == "/kt/kiem-tra"


def test_a_withdrawn_document_is_told_as_withdrawn_without_the_grounds(office: Office) -> None:
    document_id = office.issued()
    code = code_for(office, document_id)
    withdraw(office.service.desk, document_id, "Sai thẩm quyền ban hành", by=office.actors["hien"])
    text = text_of(office.browser().get(f"/kt/{code}"))
    assert "Đã bị thu hồi ngày" in text
    assert "Sai thẩm quyền" not in text
    assert "Nhưng văn bản đã bị thu hồi." in compared(office, code, file_of(office, document_id))


def test_every_code_that_leads_to_nothing_public_gets_the_very_same_answer(office: Office) -> None:
    known = code_for(office, office.issued())
    slipped = known[:-1] + next(letter for letter in ALPHABET if letter != known[-1])
    codes = {
        "never given": "7K3M-Q9XA-2HTV4",
        "a slip": slipped,
        "no code at all": "kiem-tra",
        "very long": "A" * 3000,
        "a draft": code_for(office, office.draft("Về việc không ai biết")),
        "signed": code_for(office, office.signed("Về việc chờ cấp số")),
        "internal": code_for(office, office.issued("Về việc nội bộ", access=Access.INTERNAL)),
        "restricted": code_for(office, office.issued("Về việc kỷ luật", access=Access.RESTRICTED)),
    }
    browser = office.browser()
    browser.get("/kiem-tra")  # the form cookie comes with the first page
    answers = {name: browser.get(f"/kt/{code}") for name, code in codes.items()}
    assert {answer.status_code for answer in answers.values()} == {404}
    assert len({without_tokens(answer) for answer in answers.values()}) == 1
    assert len({tuple(sorted(answer.headers.keys())) for answer in answers.values()}) == 1
    assert UNKNOWN in text_of(answers["restricted"])
    token = browser.token("/kiem-tra")
    sent = [browser.post(f"/kt/{code}", csrf_token=token, file=upload(draft_file())) for code in codes.values()]
    assert {answer.status_code for answer in sent} == {404}
    assert len({without_tokens(answer) for answer in sent}) == 1


@pytest.mark.parametrize("access", [Access.RESTRICTED, Access.INTERNAL])
def test_who_may_read_a_document_sees_it_by_its_code_after_signing_in(office: Office, access: Access) -> None:
    code = code_for(office, office.issued("Về việc kỷ luật", access=access))
    assert "Về việc kỷ luật" in office.browser("hien").get(f"/kt/{code}").text
    assert office.browser("doc2").get(f"/kt/{code}").status_code == 404


def test_a_file_is_told_for_what_it_is(office: Office) -> None:
    document_id = office.issued()
    code = code_for(office, document_id)
    issued = file_of(office, document_id)
    assert "Đúng tệp đã phát hành" in compared(office, code, issued)
    appended = compared(office, code, issued + b"\n% nobody signed this\n")
    assert "Bản đã phát hành, có phần thêm vào phía sau" in appended
    assert "Không được phép." in appended, "the check of the signatures says what it is"
    for role in (RenditionRole.DRAFT, RenditionRole.SIGNED):
        assert "Chưa phải bản phát hành" in compared(office, code, file_of(office, document_id, role))
    other = compared(office, code, file_of(office, office.issued("Về việc khác hẳn")))
    assert "Không phải tệp của văn bản này" in other
    assert "Tệp có 2 chữ ký số hợp lệ" in other, "and still the signatures on it are told"
    assert "Không phải tệp của văn bản này" in compared(office, code, b"%PDF-1.7 broken")


def test_an_issued_file_with_data_added_later_is_the_same_document(office: Office) -> None:
    document_id = office.issued()
    code = code_for(office, document_id)
    first = file_of(office, document_id)
    later = first + b"\n% stands for validation data added by the service\n"
    with office.service.database.write() as session:
        document = session.get_one(type(office.document(document_id)), document_id)
        issued = next(one for one in document.renditions if one.role == RenditionRole.ISSUED)
        document.renditions.append(
            type(issued)(
                role=RenditionRole.ISSUED,
                sha256=office.service.store.put(later),
                size_bytes=len(later),
                file_name=issued.file_name,
                store=issued.store,
                created_at=issued.created_at,
                created_by=issued.created_by,
            )
        )
    assert "Đúng văn bản này" in compared(office, code, later)
    assert "Đúng tệp đã phát hành" in compared(office, code, first)


def test_annexes_are_listed_and_their_files_known_by_the_documents_code(office: Office) -> None:
    document_id = office.draft()
    desk = office.service.desk
    add_annex(desk, document_id, draft_file("Danh sách"), "ds.pdf", "Danh sách thành viên", by=office.actors["soan"])
    submit(desk, document_id, by=office.actors["soan"])
    sign(desk, document_id, PASSPHRASE, by=office.actors["khai"])
    issue(desk, document_id, desk.today(), PASSPHRASE, by=office.actors["hien"])
    code = code_for(office, document_id)
    assert "Phụ lục: Danh sách thành viên" in text_of(office.browser().get(f"/kt/{code}"))
    with office.service.database.read() as session:
        document = session.get_one(type(office.document(document_id)), document_id)
        sealed = office.service.store.get(annex_file(annexes_of(document)[0]).sha256)
    text = compared(office, code, sealed)
    assert "Đúng tệp đã phát hành" in text
    assert "Tệp này là Phụ lục: Danh sách thành viên." in text
    assert "Chưa phải bản phát hành" in compared(office, code, draft_file("Danh sách"))


def test_nothing_of_a_compared_file_is_kept(office: Office) -> None:
    code = code_for(office, office.issued())
    before = {stored.sha256 for stored in office.service.store.walk()}
    compared(office, code, draft_file("Về việc không ai biết"))
    assert {stored.sha256 for stored in office.service.store.walk()} == before


def test_the_clerk_gives_an_old_document_its_code_once_and_prints_the_sheet(office: Office) -> None:
    document_id = office.issued()
    clerk = office.browser("hien")
    page = f"/documents/{document_id}"
    assert clerk.get(f"{page}/check-sheet").status_code == 404
    assert "Cấp mã kiểm tra" not in text_of(office.browser("doc").get(page)), "a reader gives none"
    for _ in range(2):
        assert clerk.send(page, f"{page}/check-code").location == f"{page}/check-sheet"
    with office.service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CheckCode)) == 1
        assert session.scalar(select(func.count()).select_from(Event).where(Event.act == "check-code-given")) == 1
        code = grouped(session.scalars(select(CheckCode.code)).one())
    sheet = office.browser("doc").get(f"{page}/check-sheet")
    assert f"http://127.0.0.1:8080/kt/{code}" in text_of(sheet)
    assert '<svg class="qr"' in sheet.text
    assert f'href="/kt/{code}"' in office.browser("doc").get(page).text


def test_nobody_else_gives_a_code_and_no_draft_gets_one_there(office: Office) -> None:
    issued, draft = office.issued(), office.signed("Về việc khác")
    for username, document_id, status in (("soan", issued, 403), ("oanh", issued, 403), ("hien", draft, 409)):
        browser = office.browser(username)
        answer = browser.post(f"/documents/{document_id}/check-code", csrf_token=browser.token("/"))
        assert answer.status_code == status, username
    with office.service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CheckCode)) == 0


def test_the_answer_is_given_in_english_too(office: Office) -> None:
    code = code_for(office, office.issued())
    browser = office.browser()
    browser.send("/kiem-tra", "/language", language="en", next="/kiem-tra")
    assert "Issued, in force by the register." in text_of(browser.get(f"/kt/{code}"))
    assert "No public document has this code" in text_of(browser.get("/kt/7K3M-Q9XA-2HTV4"))


class TestWithTightLimits:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data_dir=tmp_path / "var", code_lookups_per_minute=3)

    def test_codes_cannot_be_tried_one_after_the_other(self, office: Office) -> None:
        code = code_for(office, office.issued())
        browser = office.browser()
        for _ in range(3):
            assert browser.get("/kt/7K3M-Q9XA-2HTV4").status_code == 404
        answer = browser.get(f"/kt/{code}")
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert ABSTRACT not in answer.text
        assert without_tokens(answer) == without_tokens(browser.get("/kt/7K3M-Q9XA-2HTV4"))

    def test_a_customers_whole_network_counts_as_one_address(self, office: Office) -> None:
        browser = office.browser()
        asked = [
            browser.client.get("/kt/7K3M-Q9XA-2HTV4", environ_overrides={"REMOTE_ADDR": address}).status_code
            for address in ("2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3", "2001:db8:1:2:9::4")
        ]
        assert asked == [404, 404, 404, 429]
        for address in ("2001:db8:1:3::1", "192.0.2.1"):
            answer = browser.client.get("/kt/7K3M-Q9XA-2HTV4", environ_overrides={"REMOTE_ADDR": address})
            assert answer.status_code == 404, "others are not kept waiting"


class TestWithAnAddressToPrint:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data_dir=tmp_path / "var", public_address="https://kiemtra.vankhe.vn")

    def test_the_documents_page_tells_which_file_bears_the_code_and_the_form_can_do_without(
        self, office: Office
    ) -> None:
        document_id = office.issued()
        with office.service.database.read() as session:
            code = grouped(session.scalars(select(CheckCode.code)).one())
        clerk = text_of(office.browser("hien").get(f"/documents/{document_id}"))
        assert f"Mã kiểm tra {code}" in clerk
        assert "Mã QR được in vào tệp này trước khi ký:" in clerk
        reader = text_of(office.browser("doc").get(f"/documents/{document_id}"))
        assert "Mã QR được in vào tệp này" not in reader, "earlier files are for those who handle it"
        sheet = text_of(office.browser("doc").get(f"/documents/{document_id}/check-sheet"))
        assert f"https://kiemtra.vankhe.vn/kt/{code}" in sheet
        drafter = office.browser("soan")
        page = f"/documents/{office.draft('Về việc khác')}/edit"
        assert 'name="without_mark"' in drafter.get(page).text
