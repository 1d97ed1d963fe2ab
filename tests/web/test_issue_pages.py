"""The way of a document through the pages: drafter, leader, clerk, and what each sees."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from docsvc.db.people import SigningKeyFile
from docsvc.db.records import Document
from docsvc.issue import steps
from docsvc.issue.drafting import send_back
from docsvc.issue.form import RecipientEntry
from docsvc.pace import Pace
from docsvc.web.tries import EXTENSION, Secret
from signing.errors import TimestampUnavailable
from signing.timestamp import Timestamper
from tests.web.office import PASSPHRASE, Browser, Office, draft_file, text_of, upload


def typed(office: Office, **changes: Any) -> dict[str, Any]:
    """The form of a new draft, filled in."""
    return {
        "file": upload(),
        "type_key": "qd",
        "drafting_unit_id": str(office.units["VK.VP"]),
        "abstract": "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số",
        "signatory_id": str(office.actors["khai"].user_id),
        "authority": "TM.",
        "access": "public",
        "urgency": "urgent",
        "copies": "2",
        "recipient": ["Ủy ban nhân dân xã Thượng Lạc", "Trưởng các thôn", ""],
        "channel": ["electronic", "paper", "electronic"],
        **changes,
    }


def the_document(office: Office) -> Document:
    with office.service.database.read() as session:
        return office.document(session.scalars(select(Document.id)).one())


def test_a_decision_goes_from_the_drafters_form_to_the_register(office: Office) -> None:
    today = f"{office.service.desk.today():%d/%m/%Y}"
    drafter, leader, clerk = office.browser("soan"), office.browser("khai"), office.browser("hien")

    answer = drafter.send("/drafts/new", "/drafts/new", then="submit", **typed(office))
    assert answer.status_code == 303, text_of(answer)
    address = answer.location
    page = text_of(drafter.get(address))
    assert "Đã trình ký." in page
    assert "Chờ ký" in page
    document = the_document(office)
    assert [(row.recipient, row.channel, row.unit_id) for row in document.deliveries] == [
        ("Ủy ban nhân dân xã Thượng Lạc", "electronic", office.units["TL"]),
        ("Trưởng các thôn", "paper", None),
    ]
    assert (document.copies, document.urgency) == (2, "urgent")

    assert "kiện toàn Ban Chỉ đạo" in text_of(leader.get("/to-sign"))
    sign_page = leader.get(f"{address}/sign")
    assert "Lê Đình Khải" in text_of(sign_page)
    assert 'class="mark mark-personal_signature"' in sign_page.text
    answer = leader.send(f"{address}/sign", f"{address}/sign", passphrase=PASSPHRASE)
    assert (answer.status_code, answer.location) == (303, "/to-sign"), text_of(answer)
    assert "Không có văn bản nào chờ bạn ký." in text_of(leader.get("/to-sign"))

    assert "kiện toàn Ban Chỉ đạo" in text_of(clerk.get("/to-issue"))
    assert "01/QĐ-UBND" in text_of(clerk.get(f"{address}/issue"))
    answer = clerk.send(f"{address}/issue", f"{address}/issue", issued_on=today, passphrase=PASSPHRASE)
    assert (answer.status_code, answer.location) == (303, address), text_of(answer)
    page = text_of(clerk.get(address))
    assert "Đã phát hành văn bản 01/QĐ-UBND." in page
    assert "Đã ban hành" in page
    assert page.count("Hợp lệ") == 2
    document = the_document(office)
    assert (document.state, document.reference) == ("issued", "01/QĐ-UBND")
    assert [signature.kind for signature in document.signatures] == ["personal", "organisation"]


def test_a_refused_form_comes_back_with_everything_typed_and_says_why(office: Office) -> None:
    answer = office.browser("soan").send("/drafts/new", "/drafts/new", **typed(office, file=upload(b"no pdf at all")))
    assert answer.status_code == 422
    assert "Tệp tải lên không phải PDF đọc được." in text_of(answer)
    assert "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số</textarea>" in answer.text
    assert 'value="Trưởng các thôn"' in answer.text
    assert '<option value="urgent" selected>' in answer.text
    assert '<option value="qd" selected>' in answer.text


UNUSABLE: list[tuple[dict[str, Any], int, str]] = [
    ({"abstract": "  "}, 422, "Trích yếu cần từ 1 đến 500 ký tự."),
    ({"type_key": "nothing"}, 422, "Chưa chọn loại văn bản."),
    ({"signatory_id": ""}, 422, "Chưa chọn người ký."),
    ({"signatory_id": "999"}, 422, "không phải lãnh đạo của cơ quan ban hành"),
    ({"copies": "ba"}, 422, "«Số bản giấy» phải là một số."),
    ({"copies": "9" * 30}, 422, "«Số bản giấy» phải là một số."),
    ({"access": "everybody"}, 422, "Dữ liệu nhập chưa đúng."),
    ({"drafting_unit_id": ""}, 403, "Bạn không có quyền thực hiện việc này."),
    ({"recipient": ["x" * 201], "channel": ["paper"]}, 422, "Tên nơi nhận dài quá 200 ký tự."),
    ({"file": upload(b"")}, 422, "không phải PDF"),
]


def test_what_cannot_be_kept_is_told(office: Office) -> None:
    browser = office.browser("soan")
    for changes, status, told in UNUSABLE:
        answer = browser.send("/drafts/new", "/drafts/new", **typed(office, **changes))
        assert (answer.status_code, told in text_of(answer)) == (status, True), f"{changes}: {text_of(answer)}"
    with office.service.database.read() as session:
        assert session.scalar(select(Document.id)) is None


def test_nobody_drafts_for_a_unit_of_others(office: Office) -> None:
    fields = typed(office, drafting_unit_id=str(office.units["TL"]))
    assert office.browser("soan").send("/drafts/new", "/drafts/new", **fields).status_code == 403


def test_errors_are_told_in_english_to_those_who_read_english(office: Office) -> None:
    browser = office.browser("soan")
    browser.send("/", "/language", language="en", next="/")
    answer = browser.send("/drafts/new", "/drafts/new", **typed(office, abstract=""))
    assert "The abstract needs 1 to 500 characters." in text_of(answer)


def test_a_draft_without_its_places_is_kept_but_not_submitted(office: Office) -> None:
    browser = office.browser("soan")
    other = upload(draft_file(signatory="Người Khác"))
    answer = browser.send("/drafts/new", "/drafts/new", then="submit", **typed(office, file=other))
    assert answer.status_code == 303
    page = text_of(browser.get(answer.location))
    assert "Không tìm thấy trên trang: chỗ ký (giữa chức vụ và họ tên người ký)" in page
    assert "Dự thảo" in page
    assert the_document(office).state == "draft"


def test_a_draft_is_changed_with_and_without_a_new_file(office: Office) -> None:
    document_id = office.draft()
    browser = office.browser("soan")
    address = f"/documents/{document_id}/edit"
    page = browser.get(address)
    assert "Các thôn" in page.text
    fields = typed(office, abstract="Về việc khác", recipient=["Sở Nội vụ"], channel=["both"])
    del fields["file"]
    assert browser.send(address, address, **fields).status_code == 303
    document = the_document(office)
    assert (document.abstract, len(document.renditions)) == ("Về việc khác", 1)
    assert [(row.recipient, row.channel) for row in document.deliveries] == [("Sở Nội vụ", "both")]
    assert browser.send(address, address, **typed(office)).status_code == 303
    assert len(the_document(office).renditions) == 2


def test_a_recipient_s_own_wording_and_unit_survive_a_change(office: Office) -> None:
    departments = office.units["VK.VP"], office.units["VK"]
    rows = tuple(RecipientEntry("Như Điều 3", unit_id=unit) for unit in departments)
    document_id = office.draft(recipients=rows)
    browser = office.browser("soan")
    address = f"/documents/{document_id}/edit"
    assert browser.get(address).text.count("Như Điều 3") == 2
    fields = typed(office, recipient=["Như Điều 3", "Như Điều 3"], channel=["electronic", "both"])
    del fields["file"]
    assert browser.send(address, address, **fields).status_code == 303
    kept = [(row.recipient, row.unit_id) for row in the_document(office).deliveries]
    assert kept == [("Như Điều 3", unit) for unit in departments]


def test_a_leader_sends_a_draft_back_and_the_drafter_reads_why(office: Office) -> None:
    document_id = office.submitted()
    leader, drafter = office.browser("khai"), office.browser("soan")
    page, address = f"/documents/{document_id}/sign", f"/documents/{document_id}/send-back"
    answer = leader.send(page, address, reason="  ")
    assert (answer.status_code, "Hãy ghi lý do trả lại." in text_of(answer)) == (422, True)
    assert leader.send(page, address, reason="Bổ sung căn cứ <b>pháp lý</b>").status_code == 303
    assert "Bị trả lại" in text_of(drafter.get("/drafts"))
    assert "Bổ sung căn cứ <b>pháp lý</b>" in text_of(drafter.get(f"/documents/{document_id}")).replace("&lt;", "<")
    assert "<b>pháp lý" not in drafter.get(f"/documents/{document_id}").text
    assert drafter.send("/drafts", f"/documents/{document_id}/submit").status_code == 303
    assert the_document(office).state == "submitted"


def test_the_drafter_takes_back_what_nobody_has_signed(office: Office) -> None:
    document_id = office.submitted()
    page = f"/documents/{document_id}"
    leader, drafter = office.browser("khai"), office.browser("soan")
    assert f"{page}/take-back" not in leader.get(page).text
    assert drafter.send(page, f"{page}/take-back").status_code == 303
    assert "Đã rút lại dự thảo." in text_of(drafter.get(page))
    assert the_document(office).state == "draft"
    assert leader.get(page).status_code == 404
    assert "Rút lại" in text_of(drafter.get(page))


def test_a_wrong_passphrase_signs_nothing_and_is_neither_shown_nor_logged(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    document_id = office.submitted()
    address = f"/documents/{document_id}/sign"
    answer = office.browser("khai").send(address, address, passphrase="Tuyệt-mật-123")
    assert answer.status_code == 422
    assert "Mật khẩu khóa ký không đúng." in text_of(answer)
    assert "Tuyệt-mật-123" not in answer.text
    assert "Tuyệt-mật-123" not in caplog.text
    assert 'autocomplete="off"' in answer.text.split('id="passphrase"')[1].split(">")[0]
    assert the_document(office).state == "submitted"


def test_a_passphrase_cannot_be_guessed_in_an_open_browser(office: Office) -> None:
    office.app.extensions[EXTENSION][Secret.PASSPHRASE] = Pace(20, clock=lambda: 0.0)  # however slow the machine is
    address = f"/documents/{office.submitted()}/sign"
    leader = office.browser("khai")
    fields = {"csrf_token": leader.token(address), "passphrase": "sai"}
    assert [leader.post(address, **fields).status_code for _ in range(21)] == [422] * 20 + [429]


def test_a_leader_without_a_key_is_told_whom_to_ask(office: Office) -> None:
    document_id = office.submitted()
    with office.service.database.write() as session:
        for row in session.scalars(select(SigningKeyFile)):
            row.not_after = office.service.desk.clock() - timedelta(days=1)
    page = office.browser("khai").get(f"/documents/{document_id}/sign")
    assert "Hãy nhờ quản trị viên nạp khóa." in text_of(page)
    assert 'name="passphrase"' not in page.text


def test_signing_twice_says_that_it_is_signed_already(office: Office) -> None:
    document_id = office.submitted()
    address = f"/documents/{document_id}/sign"
    leader = office.browser("khai")
    token = leader.token(address)
    assert leader.post(address, csrf_token=token, passphrase=PASSPHRASE).status_code == 303
    answer = leader.post(address, csrf_token=token, passphrase=PASSPHRASE)
    assert answer.status_code == 409
    assert "Văn bản không ở bước cho phép làm việc này." in text_of(answer)
    assert len(the_document(office).renditions) == 2


IMPOSSIBLE = (
    ("31/02/2026", "không phải là ngày"),
    ("hôm nay", "không phải là ngày"),
    ("", "không phải là ngày"),
    ("01/01/2020", "Ngày văn bản không được trước ngày ký"),
    ("01/01/2099", "không được sau hôm nay"),
)


def test_a_date_that_cannot_be_takes_no_number(office: Office) -> None:
    document_id = office.signed()
    address = f"/documents/{document_id}/issue"
    clerk = office.browser("hien")
    for on, told in IMPOSSIBLE:
        answer = clerk.send(address, address, issued_on=on, passphrase=PASSPHRASE)
        assert (answer.status_code, told in text_of(answer)) == (422, True), f"{on}: {text_of(answer)}"
    assert the_document(office).number is None


def test_a_wrong_passphrase_of_the_seal_costs_no_number(office: Office) -> None:
    document_id = office.signed()
    address = f"/documents/{document_id}/issue"
    today = f"{office.service.desk.today():%d/%m/%Y}"
    answer = office.browser("hien").send(address, address, issued_on=today, passphrase="sai")
    assert answer.status_code == 422
    assert f'value="{today}"' in answer.text
    assert the_document(office).number is None


def test_issuing_goes_on_where_an_earlier_try_stopped(office: Office) -> None:
    document_id = office.signed()
    today = office.service.desk.today()

    steps.take_number(office.service.desk, document_id, today, by=office.actors["hien"])
    broken = replace(office.service.desk, timestamper=Timestamper.http("http://127.0.0.1:9", timeout_seconds=1))
    with pytest.raises(TimestampUnavailable):
        steps.seal_document(broken, document_id, PASSPHRASE, by=office.actors["hien"])
    clerk = office.browser("hien")
    address = f"/documents/{document_id}/issue"
    page = text_of(clerk.get(address))
    assert "Số đã cấp 01/QĐ-UBND" in page
    assert "Chờ dấu thời gian" in page
    assert "Số đã cấp được giữ nguyên" in page
    assert "Tiếp tục phát hành" in text_of(clerk.get(f"/documents/{document_id}"))
    assert clerk.send(address, address, passphrase=PASSPHRASE).status_code == 303
    assert (the_document(office).state, the_document(office).reference) == ("issued", "01/QĐ-UBND")


def test_a_withdrawn_document_keeps_its_number_and_is_marked_everywhere(office: Office) -> None:
    document_id = office.issued()
    clerk = office.browser("hien")
    address = f"/documents/{document_id}/withdraw"
    assert clerk.send(address, address, reason="").status_code == 422
    assert clerk.send(address, address, reason="Theo Quyết định 02/QĐ-UBND").status_code == 303
    reader = office.browser("doc")
    page = text_of(reader.get(f"/documents/{document_id}"))
    assert "Văn bản đã bị thu hồi ngày" in page
    assert "Theo Quyết định 02/QĐ-UBND" in page
    assert "01/QĐ-UBND" in page
    assert "Đã thu hồi" in text_of(reader.get("/"))
    assert clerk.get(address).status_code == 409, "it is not withdrawn twice"


def test_each_person_is_offered_only_what_they_may_do(office: Office) -> None:
    document_id = office.submitted()
    page = f"/documents/{document_id}"

    def offered(browser: Browser) -> set[str]:
        text = browser.get(page).text
        return {act for act in ("/submit", "/edit", "/sign", "/issue", "/withdraw") if f'"{page}{act}"' in text}

    drafter, leader, clerk = office.browser("soan"), office.browser("khai"), office.browser("hien")
    assert (offered(drafter), offered(leader)) == (set(), {"/sign"})
    assert clerk.get(page).status_code == 404, "until it is signed the clerk does not see it"
    send_back(office.service.desk, document_id, "Sửa lại", by=office.actors["khai"])
    assert offered(drafter) == {"/submit", "/edit"}
    assert leader.get(page).status_code == 404, "a draft is its author's alone"


def test_the_start_page_counts_what_waits(office: Office) -> None:
    office.submitted("Về việc thứ nhất")
    office.submitted("Về việc thứ hai", urgency="express")
    office.signed("Về việc thứ ba")
    assert "2 Chờ ký" in text_of(office.browser("khai").get("/"))
    assert "1 Chờ cấp số, đóng dấu" in text_of(office.browser("hien").get("/"))
    assert "3 Đang xử lý" in text_of(office.browser("soan").get("/"))
    queue = text_of(office.browser("khai").get("/to-sign"))
    assert queue.index("thứ hai") < queue.index("thứ nhất"), "the most urgent first"


def test_history_is_for_those_who_handle_the_document(office: Office) -> None:
    document_id = office.submitted()
    send_back(office.service.desk, document_id, "Chưa rõ kinh phí", by=office.actors["khai"])
    office.browser("soan").send("/drafts", f"/documents/{document_id}/submit")
    steps.sign(office.service.desk, document_id, PASSPHRASE, by=office.actors["khai"])
    steps.issue(office.service.desk, document_id, office.service.desk.today(), PASSPHRASE, by=office.actors["hien"])
    page = f"/documents/{document_id}"
    for username in ("soan", "khai", "hien", "chinh"):
        text = text_of(office.browser(username).get(page))
        assert "Trả lại Lê Đình Khải “Chưa rõ kinh phí”" in text.replace('"', "“") or "Chưa rõ kinh phí" in text, (
            username
        )
    for username in ("doc", "doc2"):
        text = text_of(office.browser(username).get(page))
        assert "Chưa rõ kinh phí" not in text
        assert "Lịch sử xử lý" not in text
