"""Users, roles and tokens."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from docsvc.accounts import (
    SYSTEM,
    BadToken,
    NewUser,
    Role,
    WeakPassword,
    WrongPassword,
    change_password,
    create_token,
    create_user,
    deactivate_user,
    grant_role,
    note_use,
    own_tokens,
    revoke_token,
    set_language,
    token_actor,
    withdraw_role,
)
from docsvc.db.people import ApiToken, Membership, User
from docsvc.db.records import Event
from docsvc.errors import Invalid, NotFound
from tests.office import COMMUNE, PASSWORD, STAFF, Office


def add(office: Office, username: str, *, name: str = "Trần Thị Mới", password: str = PASSWORD) -> int:
    with office.service.database.write() as session:
        return create_user(session, NewUser(username, name, password), by=SYSTEM).id


def token_for(office: Office, username: str = "drafter", lasts: timedelta | None = timedelta(days=1)) -> str:
    with office.service.database.write() as session:
        actor = office.actor(username)
        return create_token(session, user_id=actor.user_id, name="  máy \n nhập\x00 ", lasts=lasts, by=actor)


def opens(office: Office, token: str) -> str:
    with office.service.database.read() as session:
        return token_actor(session, token).username


def at_once(count: int, act: Callable[[], object]) -> list[BaseException]:
    """Do it in several threads; gives what was raised."""
    raised: list[BaseException] = []
    gate = threading.Barrier(count)

    def one() -> None:
        gate.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            raised.append(error)

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_user_is_kept_with_composed_names(office: Office) -> None:
    user_id = add(office, "moi", name=unicodedata.normalize("NFD", "  Trần   Thị\tMới\x00 "))
    with office.service.database.read() as session:
        assert session.get_one(User, user_id).full_name == "Trần Thị Mới"


@pytest.mark.parametrize("username", ["", "a", "Moi", "mới", "a b", ".moi", "moi@xa", "m" * 60, "moi\n", "drafter"])
def test_a_user_name_that_cannot_be_used_is_refused(office: Office, username: str) -> None:
    with pytest.raises(Invalid):
        add(office, username)


@pytest.mark.parametrize("name", ["", " \x00 ", "X" * 51])
def test_a_full_name_has_1_to_50_letters(embedded: Office, name: str) -> None:
    with pytest.raises(Invalid):
        add(embedded, "moi", name=name)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "ngan",
        "chin-ky-t",
        "1234567890",
        "MatKhau123",
        "Password1234",
        "aaaaaaaaaaaa",
        "1212121212",
        "Nguyen.Van.A",
    ],
)
def test_a_weak_password_is_refused(embedded: Office, password: str) -> None:
    with pytest.raises(WeakPassword):
        add(embedded, "nguyen.van.a", password=password)


def test_two_administrators_adding_the_same_name_at_once_make_one_user(office: Office) -> None:
    raised = at_once(4, lambda: add(office, "cung-ten"))
    assert [type(error) for error in raised] == [Invalid] * 3
    with office.service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(User).where(User.username == "cung-ten")) == 1


def test_a_role_given_twice_or_at_once_is_held_once(office: Office) -> None:
    user_id, unit_id = office.actor("reader").user_id, office.units[COMMUNE]

    def give() -> None:
        with office.service.database.write() as session:
            grant_role(session, user_id, unit_id, Role.CLERK, by=SYSTEM)

    assert at_once(4, give) == []
    assert office.actor("reader").holds(Role.CLERK, [unit_id])
    with office.service.database.write() as session:
        held = select(func.count()).select_from(Membership).where(Membership.user_id == user_id)
        assert session.scalar(held) == 2
        noted = select(func.count()).select_from(Event).where(Event.act == "role-granted")
        assert session.scalar(noted.where(Event.object_id == str(user_id))) == 2
        withdraw_role(session, user_id, unit_id, Role.CLERK, by=SYSTEM)
    assert not office.actor("reader").has(Role.CLERK)


def test_roles_need_a_user_and_a_unit(office: Office) -> None:
    with pytest.raises(NotFound), office.service.database.write() as session:
        grant_role(session, 999_999, office.units[COMMUNE], Role.CLERK, by=SYSTEM)
    with pytest.raises(NotFound), office.service.database.write() as session:
        grant_role(session, office.actor("reader").user_id, 999_999, Role.CLERK, by=SYSTEM)


def test_a_role_counts_in_its_unit_alone(embedded: Office) -> None:
    drafter = embedded.actor("drafter")
    assert drafter.holds(Role.DRAFTER, [embedded.units[STAFF], 999])
    assert not drafter.holds(Role.DRAFTER, [embedded.units[COMMUNE]])
    assert not drafter.holds(Role.CLERK, [embedded.units[STAFF]])
    assert drafter.units() == drafter.units(Role.DRAFTER) == {embedded.units[STAFF]}


def test_ones_own_password_is_changed_with_the_old_one_only(office: Office) -> None:
    drafter = office.actor("drafter")
    with pytest.raises(WrongPassword), office.service.database.write() as session:
        change_password(session, "not this one", "a new pass phrase", by=drafter)
    with office.service.database.write() as session:
        change_password(session, PASSWORD, "a new pass phrase", by=drafter)
    with pytest.raises(WrongPassword), office.service.database.write() as session:
        change_password(session, PASSWORD, "yet another phrase", by=drafter)


def test_the_language_is_remembered(office: Office) -> None:
    with office.service.database.write() as session:
        set_language(session, office.actor("drafter").user_id, "en")
    assert office.actor("drafter").language == "en"


def test_a_token_opens_the_api_with_its_owners_roles(office: Office) -> None:
    token = token_for(office)
    assert token.startswith("docsvc_")
    assert opens(office, token) == "drafter"
    with office.service.database.read() as session:
        kept = session.scalars(select(ApiToken)).one()
        assert token not in kept.token_sha256
        assert kept.name == "máy nhập"
        assert token_actor(session, token).roles == office.actor("drafter").roles


@pytest.mark.parametrize("token", ["", "docsvc_", "docsvc_unknown", "\udce9"])
def test_an_unknown_token_opens_nothing(office: Office, token: str) -> None:
    with pytest.raises(BadToken):
        opens(office, token)


def test_a_token_ends_when_it_expires_is_revoked_or_its_account_is_closed(office: Office) -> None:
    expired, lasting, unlimited = (token_for(office, lasts=lasts) for lasts in (timedelta(0), timedelta(days=1), None))
    with pytest.raises(BadToken):
        opens(office, expired)
    drafter = office.actor("drafter")
    with office.service.database.write() as session:
        newest, older = own_tokens(session, drafter)
        with pytest.raises(NotFound):
            revoke_token(session, newest.id, by=office.actor("leader"))
        revoke_token(session, older.id, by=drafter)
    with pytest.raises(BadToken):
        opens(office, lasting)
    with pytest.raises(NotFound), office.service.database.write() as session:
        revoke_token(session, older.id, by=drafter)
    assert opens(office, unlimited) == "drafter"
    with office.service.database.write() as session:
        deactivate_user(session, drafter.user_id, by=SYSTEM)
    with pytest.raises(BadToken):
        opens(office, unlimited)
    with pytest.raises(NotFound):
        token_for(office)


def test_the_use_of_a_token_is_noted_to_the_hour(office: Office) -> None:
    token = token_for(office)
    note_use(office.service.database, token)
    with office.service.database.read() as session:
        first = session.scalars(select(ApiToken.used_at)).one()
    assert first is not None
    assert abs(datetime.now(UTC) - first) < timedelta(minutes=1)
    note_use(office.service.database, token)
    with office.service.database.read() as session:
        assert session.scalars(select(ApiToken.used_at)).one() == first


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(username=st.text(max_size=12), name=st.text(max_size=60))
def test_whatever_is_typed_either_makes_a_user_or_says_why_not(embedded: Office, username: str, name: str) -> None:
    with embedded.service.database.write() as session:
        try:
            user = create_user(session, NewUser(username, name, "mot mat khau dai"), by=SYSTEM)
        except (Invalid, WeakPassword):
            return
        assert user.username == username
        assert 0 < len(user.full_name) <= 50
