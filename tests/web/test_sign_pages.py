"""One waiting document after the other: a leader's pile, cleared one by one."""

from __future__ import annotations

import re

from docsvc.records.queues import turn_to_sign
from docsvc.records.terms import Urgency
from tests.web.office import PASSPHRASE, Office, text_of


def test_the_next_most_urgent_opens_after_signing_and_after_sending_back(office: Office) -> None:
    plain, express, urgent = (
        office.submitted(f"Về việc {urgency}", urgency=urgency)
        for urgency in (Urgency.NORMAL, Urgency.EXPRESS, Urgency.URGENT)
    )
    leader = office.browser("khai")
    page = leader.get(f"/documents/{express}/sign")
    assert "Văn bản 1 / 3 chờ ký" in text_of(page)
    assert "Ký xong sẽ mở văn bản tiếp theo: Về việc urgent" in text_of(page)
    assert re.search(rf'rel="next" href="/documents/{urgent}/sign"', page.text)
    answer = leader.send(f"/documents/{express}/sign", f"/documents/{express}/sign", passphrase=PASSPHRASE)
    assert (answer.status_code, answer.location) == (303, f"/documents/{urgent}/sign")
    page = leader.get(answer.location)
    assert "Đã ký số. Văn bản đã chuyển đến văn thư" in text_of(page)
    assert "Văn bản 1 / 2 chờ ký" in text_of(page)
    answer = leader.send(answer.location, f"/documents/{urgent}/send-back", reason="Thiếu căn cứ.")
    assert (answer.status_code, answer.location) == (303, f"/documents/{plain}/sign")
    page = leader.get(answer.location)
    assert "chờ ký" not in text_of(page).split("Quyết định")[1].split("Nội dung")[0], "the only one has no turn"
    answer = leader.send(answer.location, f"/documents/{plain}/sign", passphrase=PASSPHRASE)
    assert (answer.status_code, answer.location) == (303, "/to-sign")


def test_a_wrong_passphrase_stays_with_the_document(office: Office) -> None:
    first, _ = office.submitted(), office.submitted("Về việc khác")
    leader = office.browser("khai")
    answer = leader.send(f"/documents/{first}/sign", f"/documents/{first}/sign", passphrase="sai")
    assert answer.status_code == 422
    assert "Văn bản 1 / 2 chờ ký" in text_of(answer)


def test_what_was_left_for_later_comes_again_after_the_last(office: Office) -> None:
    first, second = office.submitted("Một"), office.submitted("Hai")
    with office.service.database.read() as session:
        turn = turn_to_sign(session, office.actors["khai"], second)
        assert (turn.number, turn.total, turn.before, turn.after) == (2, 2, first, first)
        foreign = turn_to_sign(session, office.actors["tung"], second)
        assert (foreign.number, foreign.total, foreign.after) == (0, 0, None)
