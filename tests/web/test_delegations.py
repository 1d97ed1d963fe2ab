"""Authority to sign on the pages: given, listed with its dates, shown before signing, ended."""

from __future__ import annotations

from sqlalchemy import select

from docsvc.db.authority import Delegation
from tests.web.office import PASSPHRASE, Office, text_of

PLACE = "/admin/delegations"


def give(office: Office, **changes: str) -> str:
    """Let the leader sign by order of a head who does not sign in here; gives the page that answers."""
    today = office.service.desk.today()
    fields = {
        "unit": str(office.units["VK"]),
        "user": str(office.actors["khai"].user_id),
        "authority": "KT.",
        "giver_position": "Chủ tịch",
        "basis": "Quy chế làm việc",
        "valid_from": f"{today:%d/%m/%Y}",
        "valid_to": f"{today:%d/%m/%Y}",
    }
    browser = office.browser("minh")
    answer = browser.send(PLACE, PLACE, **(fields | changes))
    return text_of(browser.get(PLACE) if answer.status_code == 303 else answer)


def test_an_authority_is_given_shown_before_signing_and_ended(office: Office) -> None:
    document_id = office.submitted(authority="KT.")
    page = give(office)
    assert "Lê Đình Khải" in page
    assert "Quy chế làm việc" in page
    assert "Đang hiệu lực" in page
    leader = office.browser("khai")
    before = text_of(leader.get(f"/documents/{document_id}/sign"))
    assert "Quy chế làm việc" in before
    assert "giao ký số 1" in before
    assert "Quy chế làm việc" in text_of(leader.get("/to-sign/pile?all=1"))
    administrator = office.browser("minh")
    assert administrator.send(PLACE, f"{PLACE}/1/end", reason="Đã đổi người").status_code == 303
    page = text_of(administrator.get(PLACE))
    assert "Đã chấm dứt" in page
    assert "Đã đổi người" in page
    address = f"/documents/{document_id}/sign"
    assert leader.send(address, address, passphrase=PASSPHRASE).status_code == 409
    shown = text_of(leader.get(f"/documents/{document_id}/sign"))
    assert "số 1 (KT. Chủ tịch, Quy chế làm việc) đã hết hiệu lực" in shown
    assert 'name="passphrase"' not in leader.get(f"/documents/{document_id}/sign").text


def test_what_does_not_fit_comes_back_with_the_reason(office: Office) -> None:
    assert "phải có ngày hết hạn" in give(office, authority="TUQ.", valid_to="")
    assert "không phải là ngày" in give(office, valid_from="32/01/2026")
    assert "Ngày hết hạn trước" in give(office, valid_to="01/01/2020")
    with office.service.database.read() as session:
        assert session.scalars(select(Delegation)).all() == []


def test_administrators_elsewhere_neither_give_nor_end(office: Office) -> None:
    give(office)
    for username in ("khai", "hien", "chinh"):
        browser = office.browser(username)
        token = browser.token("/")
        assert browser.post(f"{PLACE}/1/end", csrf_token=token).status_code == 403
        assert browser.post(PLACE, csrf_token=token).status_code == 403
    assert "Quy chế làm việc" in text_of(office.browser("chinh").get(PLACE)), "an auditor reads them"
