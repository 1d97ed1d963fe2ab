"""Signing in, and everything that ends a sign-in."""

from __future__ import annotations

import threading
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from docsvc.accounts import (
    SYSTEM,
    Role,
    TooManyTries,
    WrongSignIn,
    deactivate_user,
    set_password,
    sign_in,
    sign_out,
    signed_in_actor,
    withdraw_role,
)
from docsvc.accounts.sign_in import TRIES_PER_ADDRESS
from docsvc.db.people import FailedSignIn, SignIn, User
from docsvc.db.records import Event
from tests.office import PASSWORD, STAFF, Office

TRIES = 3


def enter(
    office: Office, username: str = "drafter", password: str = PASSWORD, *, address: str = "192.0.2.1", hours: float = 1
) -> str:
    return sign_in(
        office.service.database,
        username=username,
        password=password,
        address=address,
        tries=TRIES,
        lasts=timedelta(hours=hours),
    )


def fails(office: Office, username: str = "drafter", address: str = "192.0.2.1") -> type[Exception]:
    with pytest.raises((WrongSignIn, TooManyTries)) as refused:
        enter(office, username, "not the password", address=address)
    return refused.type


def who(office: Office, token: str) -> str | None:
    with office.service.database.read() as session:
        actor = signed_in_actor(session, token)
        return actor.username if actor else None


def test_the_right_password_opens_a_session_that_only_its_token_finds(office: Office) -> None:
    token = enter(office, "  Drafter ")
    assert who(office, token) == "drafter"
    assert who(office, token + "x") is None
    assert who(office, "") is None
    assert who(office, "\udce9") is None
    with office.service.database.read() as session:
        kept = session.scalars(select(SignIn)).one()
        assert token not in (kept.token_sha256, kept.address)
        assert session.scalar(select(Event.act).order_by(Event.id.desc()).limit(1)) == "signed-in"


def test_a_password_is_kept_only_as_an_argon2_hash(office: Office) -> None:
    with office.service.database.read() as session:
        hashes = session.scalars(select(User.password_hash)).all()
    assert all(one.startswith("$argon2id$") and PASSWORD not in one for one in hashes)
    assert len(set(hashes)) == len(hashes), "the same password twice must not show"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("drafter", "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        ("dra\x00fter\udce9", "\x00\udce9"),
        ("x" * 300, "y" * 3000),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(office: Office, username: str, password: str) -> None:
    with pytest.raises(WrongSignIn):
        enter(office, username, password + "!")


def test_a_password_typed_on_another_keyboard_is_the_same(embedded: Office) -> None:
    password = "Mật khẩu của tôi"
    with embedded.service.database.write() as session:
        set_password(session, embedded.actor("drafter").user_id, unicodedata.normalize("NFD", password), by=SYSTEM)
    assert enter(embedded, "drafter", unicodedata.normalize("NFC", password))
    assert enter(embedded, "drafter", unicodedata.normalize("NFD", password))


def test_after_too_many_tries_even_the_right_password_waits(office: Office) -> None:
    assert [fails(office) for _ in range(TRIES)] == [WrongSignIn] * TRIES
    with pytest.raises(TooManyTries):
        enter(office)
    assert enter(office, "leader"), "others are not kept out"
    with office.service.database.write() as session:
        session.execute(update(FailedSignIn).values(failed_at=datetime.now(UTC) - timedelta(minutes=16)))
    assert enter(office), "after a quarter of an hour it is as before"


def test_a_success_clears_the_name_but_not_the_address(embedded: Office) -> None:
    fails(embedded)
    enter(embedded)
    assert [fails(embedded) for _ in range(TRIES)] == [WrongSignIn] * TRIES


def test_many_names_tried_from_one_address_are_stopped(embedded: Office) -> None:
    for number in range(TRIES * TRIES_PER_ADDRESS):
        assert fails(embedded, f"name{number}") is WrongSignIn
    assert fails(embedded, "another") is TooManyTries
    assert enter(embedded, address="192.0.2.2"), "another address is not kept out"


def test_failed_tries_are_in_the_log_without_what_was_typed(embedded: Office) -> None:
    fails(embedded, "drafter")
    fails(embedded, "mat-khau-go-nham-cho")
    with embedded.service.database.read() as session:
        rows = session.execute(select(Event.actor, Event.detail).where(Event.act == "sign-in-failed")).all()
    assert [row.actor for row in rows] == ["drafter", "unknown"]
    assert not any("not the password" in row.detail or "mat-khau" in row.detail for row in rows)


def test_a_session_ends_with_its_time(office: Office) -> None:
    token = enter(office, hours=0)
    assert who(office, token) is None
    enter(office)
    with office.service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SignIn)) == 1, "old ones are swept"


def test_signing_out_ends_this_session_alone(office: Office) -> None:
    here, there = enter(office), enter(office)
    with office.service.database.write() as session:
        sign_out(session, here, by=office.actor("drafter"))
    assert who(office, here) is None
    assert who(office, there) == "drafter"


def test_a_new_password_ends_every_session(office: Office) -> None:
    tokens = [enter(office), enter(office)]
    with office.service.database.write() as session:
        set_password(session, office.actor("drafter").user_id, "mot mat khau khac", by=SYSTEM)
    assert [who(office, token) for token in tokens] == [None, None]
    with pytest.raises(WrongSignIn):
        enter(office)
    assert enter(office, password="mot mat khau khac")


def test_closing_an_account_ends_its_sessions_and_lets_nobody_in(office: Office) -> None:
    token = enter(office)
    with office.service.database.write() as session:
        deactivate_user(session, office.actor("drafter").user_id, by=SYSTEM)
    assert who(office, token) is None
    with pytest.raises(WrongSignIn):
        enter(office)


def test_a_role_withdrawn_is_gone_at_the_next_request(office: Office) -> None:
    token = enter(office)
    drafter = office.actor("drafter")
    with office.service.database.write() as session:
        withdraw_role(session, drafter.user_id, office.units[STAFF], Role.DRAFTER, by=SYSTEM)
    with office.service.database.read() as session:
        actor = signed_in_actor(session, token)
        assert actor is not None
        assert actor.roles == frozenset()


def test_many_people_signing_in_at_once_all_get_in(office: Office) -> None:
    tokens: list[str] = []
    names = ["drafter", "leader", "clerk", "reader", "auditor", "outsider"]
    threads = [threading.Thread(target=lambda name=name: tokens.append(enter(office, name))) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(filter(None, (who(office, token) for token in tokens))) == sorted(names)
