"""A leader clears the morning's pile on the pages: looks at each, types the passphrase once, follows how far it is."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from docsvc.app import create_app
from docsvc.issue.drafting import send_back
from docsvc.issue.piles import Piles
from docsvc.pace import Pace
from docsvc.web.context import PILES
from docsvc.web.tries import EXTENSION, Secret
from signing.errors import TimestampUnavailable
from signing.timestamp import Timestamper
from tests.web.office import PASSPHRASE, Browser, Office, text_of

SECONDS = 60


def the_pile(answer: TestResponse) -> str:
    found = re.search(r'name="pile" value="([^"]+)"', answer.text)
    assert found, text_of(answer)
    return unescape(found[1])


def settled(office: Office, username: str = "khai") -> None:
    piles: Piles = office.app.extensions[PILES]
    run = piles.of(office.actors[username].user_id)
    assert run is not None and run.wait(SECONDS)


def chosen(*documents: str) -> dict[str, Any]:
    return {"query_string": [("document", one) for one in documents]}


def sign(leader: Browser, documents: list[str], passphrase: str = PASSPHRASE, ticked: list[str] | None = None) -> Any:
    page = leader.get("/to-sign/pile", **chosen(*documents))
    ticks = documents if ticked is None else ticked
    fields = {"pile": the_pile(page), "document": ticks, "passphrase": passphrase}
    return leader.send("/to-sign", "/to-sign/pile", **fields)


def with_stamps(office: Office, answer: Any) -> Office:
    """The same office, its timestamps given by a function."""
    desk = replace(office.service.desk, timestamper=Timestamper(answer))
    service = replace(office.service, desk=desk)
    return Office(service, create_app(service))


def test_a_leader_ticks_looks_signs_and_sees_what_was_signed(office: Office) -> None:
    documents = [office.submitted(f"Về việc thứ {number}") for number in (1, 2, 3)]
    leader = office.browser("khai")
    queue = leader.get("/to-sign")
    assert all(f'name="document" value="{one}" form="pile"' in queue.text for one in documents)

    page = leader.get("/to-sign/pile", **chosen(*documents[:2]))
    shown = text_of(page)
    assert "Về việc thứ 1" in shown and "Về việc thứ 2" in shown and "Về việc thứ 3" not in shown
    assert page.text.count('class="mark mark-personal_signature"') == 2
    assert "Nguyễn Thị Soạn" in shown and "Các thôn" in shown
    assert f'href="/documents/{documents[0]}/sign"' in page.text
    picture = re.search(r'<img src="(/documents/[^"]+)"', page.text)
    assert picture and leader.get(unescape(picture[1])).mimetype == "image/png"

    answer = sign(leader, documents[:2])
    assert answer.status_code == 303, text_of(answer)
    settled(office)
    progress = leader.get(answer.location)
    assert "Đã ký 2 / 2 văn bản" in text_of(progress)
    assert '<progress max="2" value="2"' in progress.text
    assert 'http-equiv="refresh"' not in progress.text
    assert [office.document(one).state for one in documents] == ["signed", "signed", "submitted"]


def test_all_that_waits_is_chosen_with_one_button_and_none_is_told(office: Office) -> None:
    leader = office.browser("khai")
    for query in ("?all=1", "", "?document=1", f"?document={office.draft()}"):
        answer = leader.get(f"/to-sign/pile{query}")
        assert (answer.status_code, answer.location) == (303, "/to-sign"), query
    assert "Hãy chọn ít nhất một văn bản" in text_of(leader.get("/to-sign"))
    for number in range(3):
        office.submitted(f"Về việc thứ {number}")
    assert "Xem và ký tất cả (3)" in text_of(leader.get("/to-sign"))
    assert leader.get("/to-sign/pile?all=1").text.count('name="document"') == 3


def test_what_is_not_ticked_on_the_page_or_was_not_shown_is_not_signed(office: Office) -> None:
    first, second, other = (office.submitted(f"Về việc {word}") for word in ("một", "hai", "ba"))
    leader = office.browser("khai")
    answer = sign(leader, [first, second], ticked=[first, other])
    settled(office)
    assert "Đã ký 1 / 1 văn bản" in text_of(leader.get(answer.location))
    assert [office.document(one).state for one in (first, second, other)] == ["signed", "submitted", "submitted"]
    answer = sign(leader, [second], ticked=[])
    assert answer.status_code == 422
    assert "Hãy chọn từ 1 đến 100 văn bản." in text_of(answer)


def test_what_changed_after_the_page_was_shown_is_left_out_with_the_reason(office: Office) -> None:
    documents = [office.submitted(f"Về việc thứ {number}") for number in (1, 2)]
    leader = office.browser("khai")
    pile = the_pile(leader.get("/to-sign/pile", **chosen(*documents)))
    send_back(office.service.desk, documents[0], "Sửa lại", by=office.actors["khai"])
    fields = {"pile": pile, "document": documents, "passphrase": PASSPHRASE}
    answer = leader.send("/to-sign", "/to-sign/pile", **fields)
    settled(office)
    said = text_of(leader.get(answer.location))
    assert "Đã ký 1 / 2 văn bản" in said
    assert "Văn bản đã thay đổi sau khi bạn xem, nên không được ký." in said
    assert office.document(documents[0]).state == "draft"
    assert "changed after you looked at it" in text_of(in_english(leader, answer.location))


def in_english(browser: Browser, address: str) -> TestResponse:
    browser.client.set_cookie("docsvc_language", "en")
    return browser.get(address)


def test_a_wrong_passphrase_comes_back_with_the_same_ticks_and_tries_are_counted(office: Office) -> None:
    office.app.extensions[EXTENSION][Secret.PASSPHRASE] = Pace(20, clock=lambda: 0.0)  # however slow the machine is
    documents = [office.submitted(f"Về việc thứ {number}") for number in (1, 2)]
    leader = office.browser("khai")
    answer = sign(leader, documents, passphrase="không phải", ticked=documents[1:])
    assert answer.status_code == 422
    assert "Mật khẩu khóa ký không đúng." in text_of(answer)
    assert re.findall(r'name="document" value="(\w+)"[^>]* checked', answer.text) == documents[1:]
    assert "không phải" not in answer.text
    pile = the_pile(answer)
    token = leader.token("/to-sign")
    fields = {"csrf_token": token, "pile": pile, "document": documents, "passphrase": "sai"}
    statuses = [leader.post("/to-sign/pile", **fields).status_code for _ in range(22)]
    assert statuses[0] == 422 and statuses[-1] == 429
    assert {office.document(one).state for one in documents} == {"submitted"}


def test_a_pile_is_followed_stopped_and_gone_on_with(office: Office) -> None:
    asked, may = threading.Semaphore(0), threading.Semaphore(0)
    assert office.service.pki is not None
    pki = office.service.pki

    def answer_when_told(request: bytes) -> bytes:
        asked.release()
        assert may.acquire(timeout=SECONDS)
        return pki.timestamp_response(request)

    slow = with_stamps(office, answer_when_told)
    documents = [slow.submitted(f"Về việc thứ {number}") for number in (1, 2, 3)]
    leader = slow.browser("khai")
    address = sign(leader, documents).location
    assert asked.acquire(timeout=SECONDS)
    page = leader.get(address)
    assert "Đã ký 0 / 3 văn bản" in text_of(page)
    assert re.search(r'<noscript><meta http-equiv="refresh" content="\d+"></noscript>', page.text)
    assert 'name="passphrase"' not in page.text
    assert address in unescape(leader.get("/to-sign").text), "who left the page finds back"
    answer = sign(leader, documents[1:])
    assert answer.status_code == 409
    assert "chưa xong" in text_of(answer)

    assert leader.send(address, f"{address}/stop").status_code == 303
    assert "Sẽ dừng sau văn bản đang làm." in text_of(leader.get(address))
    may.release(100)
    settled(slow)
    page = leader.get(address)
    assert "Đã ký 1 / 3 văn bản" in text_of(page) and "Ký tiếp 2 văn bản" in text_of(page)
    leader.send(address, f"{address}/stop")
    assert "không có gì để dừng" in text_of(leader.get(address))

    refused = leader.send(address, address, passphrase="sai")
    assert (refused.status_code, "Mật khẩu khóa ký không đúng." in text_of(refused)) == (422, True)
    assert leader.send(address, address, passphrase=PASSPHRASE).location == address
    settled(slow)
    assert "Đã ký 3 / 3 văn bản" in text_of(leader.get(address))


def test_one_file_that_fails_says_why_and_another_process_still_knows_what_is_left(office: Office) -> None:
    assert office.service.pki is not None
    pki = office.service.pki
    answers = iter([False, True])

    def moody(request: bytes) -> bytes:
        if not next(answers):
            raise TimestampUnavailable
        return pki.timestamp_response(request)

    sick = with_stamps(office, moody)
    documents = [sick.submitted(f"Về việc thứ {number}") for number in (1, 2)]
    leader = sick.browser("khai")
    address = sign(leader, documents).location
    settled(sick)
    said = text_of(leader.get(address))
    assert "Đã ký 1 / 2 văn bản" in said and "Không lấy được dấu thời gian" in said and "Ký tiếp 1 văn bản" in said

    elsewhere = office.browser("khai")  # the other application shares the database and the cookie key, no memory
    assert "Đã ký 1 / 2 văn bản" in text_of(elsewhere.get(address))
    assert elsewhere.send("/to-sign", address, passphrase=PASSPHRASE).status_code == 303
    settled(office)
    for browser in (leader, elsewhere):
        assert "Đã ký 2 / 2 văn bản" in text_of(browser.get(address))


@pytest.mark.parametrize("username", ["tung", "soan", "hien", "minh"])
def test_a_pile_is_its_leaders_alone(office: Office, username: str) -> None:
    document_id = office.submitted()
    leader = office.browser("khai")
    pile = the_pile(leader.get("/to-sign/pile", **chosen(document_id)))
    other = office.browser(username)
    token = other.token("/")
    wanted = {404} if username == "tung" else {403}
    assert other.get(f"/to-sign/pile/{pile}").status_code in wanted
    fields = {"csrf_token": token, "pile": pile, "document": document_id, "passphrase": PASSPHRASE}
    for address in ("/to-sign/pile", f"/to-sign/pile/{pile}", f"/to-sign/pile/{pile}/stop"):
        answer = other.post(address, **fields)
        assert answer.status_code in wanted | {303}, address
        assert "kiện toàn" not in answer.text
    assert "kiện toàn" not in other.get("/to-sign/pile", **chosen(document_id)).text
    assert office.document(document_id).state == "submitted"


def test_a_pile_somebody_made_up_is_no_pile(office: Office) -> None:
    document_id = office.submitted()
    leader = office.browser("khai")
    pile = the_pile(leader.get("/to-sign/pile", **chosen(document_id)))
    for made_up in (pile[:-1], f"x{pile}", "", "1", pile.replace(".", "..")):
        fields = {"pile": made_up, "document": document_id, "passphrase": PASSPHRASE}
        assert leader.send("/to-sign", "/to-sign/pile", **fields).status_code == 404
    assert office.document(document_id).state == "submitted"


def test_a_clerk_numbers_and_seals_a_pile_with_one_date_and_one_passphrase(office: Office) -> None:
    documents = [office.signed(f"Về việc thứ {number}") for number in (1, 2, 3)]
    clerk = office.browser("hien")
    assert 'name="document"' in clerk.get("/to-issue").text
    page = clerk.get("/to-issue/pile", **chosen(*documents))
    assert page.text.index("Về việc thứ 1") < page.text.index("Về việc thứ 3")
    fields = {
        "pile": the_pile(page),
        "document": documents[:2],
        "issued_on": f"{office.service.desk.today():%d/%m/%Y}",
        "passphrase": PASSPHRASE,
    }
    refused = clerk.send("/to-issue", "/to-issue/pile", **(fields | {"passphrase": "sai"}))
    assert (refused.status_code, "Mật khẩu khóa ký không đúng." in text_of(refused)) == (422, True)
    refused = clerk.send("/to-issue", "/to-issue/pile", **(fields | {"issued_on": "hôm nay"}))
    assert (refused.status_code, 'value="hôm nay"' in refused.text) == (422, True)
    address = clerk.send("/to-issue", "/to-issue/pile", **fields).location
    settled(office, "hien")
    said = text_of(clerk.get(address))
    assert "Đã phát hành 2 / 2 văn bản" in said and "01/QĐ-UBND" in said and "02/QĐ-UBND" in said
    assert [office.document(one).reference for one in documents] == ["01/QĐ-UBND", "02/QĐ-UBND", None]


def test_a_clerks_date_that_is_refused_leaves_the_pile_unnumbered_and_says_why(office: Office) -> None:
    documents = [office.signed(f"Về việc thứ {number}") for number in (1, 2)]
    clerk = office.browser("hien")
    pile = the_pile(clerk.get("/to-issue/pile", **chosen(*documents)))
    fields = {"pile": pile, "document": documents, "issued_on": "01/01/2020", "passphrase": PASSPHRASE}
    address = clerk.send("/to-issue", "/to-issue/pile", **fields).location
    settled(office, "hien")
    page = clerk.get(address)
    assert text_of(page).count("Ngày văn bản không được trước ngày ký") == 2
    assert [office.document(one).reference for one in documents] == [None, None]


def test_a_clerks_pile_is_no_leaders_and_no_other_clerks(office: Office) -> None:
    document_id = office.signed()
    clerk, other, leader = office.browser("hien"), office.browser("oanh"), office.browser("khai")
    pile = the_pile(clerk.get("/to-issue/pile", **chosen(document_id)))
    assert other.get(f"/to-issue/pile/{pile}").status_code == 404
    assert leader.get(f"/to-issue/pile/{pile}").status_code == 403
    assert leader.get(f"/to-sign/pile/{pile}").status_code == 404, "and not to be used on the other page"
    assert other.get("/to-issue/pile", **chosen(document_id)).location == "/to-issue"
    fields = {"pile": pile, "document": document_id, "issued_on": "01/01/2026", "passphrase": PASSPHRASE}
    assert other.send("/to-issue", "/to-issue/pile", **fields).status_code == 404
    assert office.document(document_id).state == "signed"
