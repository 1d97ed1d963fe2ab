"""An administrator's word counts in the units of that role and below, and nowhere else; so does an auditor's eye."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import SYSTEM, Actor, NewUser, Role, actor_of, create_user, grant_role, withdraw_role
from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.db.people import Membership, Unit, User
from docsvc.db.records import Document
from docsvc.errors import DocsvcError, Forbidden, Invalid, NotFound
from docsvc.records import administration as administering
from docsvc.records.event_reading import EventFilters, events
from docsvc.records.terms import Access, Medium, State, Urgency
from docsvc.records.units import NewUnit, create_unit

PASSWORD = "mot-mat-khau-dai"
TREE = {"T": None, "T.1": "T", "T.1.VP": "T.1", "T.2": "T", "K": None}
"""A province with two communes, one with an office, and a neighbour outside the province."""


class Undone(Exception):
    """Rolls back what was allowed, so that the next person finds the same."""


class Office:
    """The tree with people, and nobody's documents yet."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.units: dict[str, int] = {}
        with database.write() as session:
            for code, above in TREE.items():
                new = NewUnit(code, f"Đơn vị {code}", "UBND", "agency", self.units.get(above or ""), issues=True)
                self.units[code] = create_unit(session, new, by=SYSTEM).id
            for username, role, code in (
                ("admin.t", Role.ADMINISTRATOR, "T"),
                ("admin.1", Role.ADMINISTRATOR, "T.1"),
                ("admin.2", Role.ADMINISTRATOR, "T.2"),
                ("audit.t", Role.AUDITOR, "T"),
                ("audit.1", Role.AUDITOR, "T.1"),
                ("clerk.1", Role.CLERK, "T.1"),
                ("clerk.2", Role.CLERK, "T.2"),
            ):
                user = create_user(session, NewUser(username, username, PASSWORD), by=SYSTEM)
                grant_role(session, user.id, self.units[code], role, by=SYSTEM)

    def actor(self, username: str) -> Actor:
        with self.database.read() as session:
            return actor_of(session, session.scalars(select(User).where(User.username == username)).one())

    def id(self, username: str) -> int:
        return self.actor(username).user_id

    def document_of(self, username: str, code: str) -> str:
        with self.database.write() as session:
            now = session.scalars(select(User.created_at).limit(1)).one()
            document = Document(
                id=uuid.uuid4().hex,
                unit_id=self.units[code],
                drafting_unit_id=self.units[code],
                type_key="qd",
                abstract="Về việc riêng",
                state=State.DRAFT,
                medium=Medium.ELECTRONIC,
                access=Access.RESTRICTED,
                urgency=Urgency.NORMAL,
                symbol="QĐ-UBND",
                places=None,
                created_by=self.id(username),
                created_at=now,
                changed_at=now,
            )
            session.add(document)
            return document.id


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    yield from opened(f"sqlite:///{tmp_path}/db.sqlite3")


def opened(url: str) -> Iterator[Office]:
    database = Database(url)
    upgrade(database)
    try:
        yield Office(database)
    finally:
        database.close()


Act = Callable[[Session, Office, Actor], object]
ON_COMMUNE_2: dict[str, Act] = {
    "add a unit": lambda session, office, by: administering.add_unit(
        session, NewUnit("X", "Đơn vị mới", "X", "department", office.units["T.2"]), by=by
    ),
    "add a user": lambda session, office, by: administering.add_user(
        session, NewUser("moi", "Người Mới", PASSWORD), unit_id=office.units["T.2"], role=Role.READER, by=by
    ),
    "give a role": lambda session, office, by: administering.give_role(
        session, "clerk.2", unit_id=office.units["T.2"], role=Role.LEADER, by=by
    ),
    "take a role": lambda session, office, by: administering.take_role(
        session, office.id("clerk.2"), unit_id=office.units["T.2"], role=Role.CLERK, by=by
    ),
    "set a password": lambda session, office, by: administering.reset_password(
        session, office.id("clerk.2"), "mat-khau-khac-han", by=by
    ),
    "close an account": lambda session, office, by: administering.close_user(session, office.id("clerk.2"), by=by),
    "see a user": lambda session, office, by: administering.visible_user(session, office.id("clerk.2"), by),
}


def done_and_undone(office: Office, act: Act, by: Actor) -> None:
    with office.database.write() as session:
        act(session, office, by)
        raise Undone


@pytest.mark.parametrize("act", ON_COMMUNE_2.values(), ids=ON_COMMUNE_2.keys())
def test_only_administrators_of_the_unit_or_above_may(office: Office, act: Act) -> None:
    for username in ("admin.1", "audit.t", "clerk.2"):
        by = office.actor(username)
        with pytest.raises((Forbidden, NotFound)), office.database.write() as session:
            act(session, office, by)
    for username in ("admin.2", "admin.t"):
        by = office.actor(username)
        with pytest.raises(Undone):
            done_and_undone(office, act, by)


def test_a_unit_is_added_below_another_one_only(office: Office) -> None:
    with pytest.raises(Forbidden), office.database.write() as session:
        administering.add_unit(session, NewUnit("N", "Gốc mới", "N", "agency", None), by=office.actor("admin.t"))


def test_a_role_in_ones_own_unit_makes_nobody_elses_account_ones_own(office: Office) -> None:
    by = office.actor("admin.1")
    with office.database.write() as session:
        administering.give_role(session, "clerk.2", unit_id=office.units["T.1"], role=Role.READER, by=by)
    with pytest.raises(Forbidden), office.database.write() as session:
        administering.close_user(session, office.id("clerk.2"), by=by)
    with pytest.raises(Forbidden), office.database.write() as session:
        administering.reset_password(session, office.id("clerk.2"), PASSWORD, by=by)


def test_nor_does_it_after_the_person_has_left_the_other_unit_but_not_its_documents(office: Office) -> None:
    by = office.actor("admin.1")
    office.document_of("clerk.2", "T.2")
    with office.database.write() as session:
        withdraw_role(session, office.id("clerk.2"), office.units["T.2"], Role.CLERK, by=SYSTEM)
        administering.give_role(session, "clerk.2", unit_id=office.units["T.1"], role=Role.READER, by=by)
    with pytest.raises(Forbidden), office.database.write() as session:
        administering.reset_password(session, office.id("clerk.2"), "mat-khau-khac-han", by=by)
    with office.database.write() as session:
        administering.reset_password(session, office.id("clerk.2"), "mat-khau-khac-han", by=office.actor("admin.t"))


def test_nobody_locks_the_office_out_by_their_own_hand(office: Office) -> None:
    by = office.actor("admin.1")
    with pytest.raises(Invalid), office.database.write() as session:
        administering.take_role(session, by.user_id, unit_id=office.units["T.1"], role=Role.ADMINISTRATOR, by=by)
    with pytest.raises(Invalid), office.database.write() as session:
        administering.close_user(session, by.user_id, by=by)


def test_a_user_without_roles_is_for_those_who_administer_everything(office: Office) -> None:
    with office.database.write() as session:
        create_user(session, NewUser("khong-vai", "Không Vai", PASSWORD), by=SYSTEM)
    for username in ("admin.t", "admin.1"):
        with office.database.read() as session:
            seen = administering.users(session, office.actor(username), text="không vai")
            assert seen.total == 0, "the neighbour outside the province has an administrator's word of its own"
    with office.database.write() as session:
        grant_role(session, office.id("admin.t"), office.units["K"], Role.ADMINISTRATOR, by=SYSTEM)
    with office.database.read() as session:
        assert administering.users(session, office.actor("admin.t"), text="KHONG-VAI").total == 1


def test_an_administrator_sees_the_users_of_the_own_units_alone(office: Office) -> None:
    with office.database.read() as session:
        seen = administering.users(session, office.actor("admin.1"))
        assert {user.username for user in seen.users} == {"admin.1", "audit.1", "clerk.1"}
        assert administering.users(session, office.actor("clerk.1")).total == 0
        assert administering.administered(session, office.actor("admin.1")) == {
            office.units["T.1"],
            office.units["T.1.VP"],
        }


def test_what_was_refused_leaves_no_trace(office: Office) -> None:
    with office.database.read() as session:
        before = session.scalars(select(Membership.id)).all(), session.scalars(select(Unit.id)).all()
    for act in ON_COMMUNE_2.values():
        with pytest.raises(DocsvcError), office.database.write() as session:
            act(session, office, office.actor("clerk.1"))
    with office.database.read() as session:
        assert (session.scalars(select(Membership.id)).all(), session.scalars(select(Unit.id)).all()) == before
        assert audit.check_chain(session) is None


def test_an_auditor_reads_the_log_of_the_audited_units_alone(office: Office) -> None:
    with office.database.write() as session:
        for code in ("T.1", "T.2"):
            document_id = f"{code}".encode().hex().ljust(32, "0")
            audit.append(session, actor="system", act="withdrawn", object_kind="document", object_id=document_id)
    first, second = office.document_of("clerk.1", "T.1"), office.document_of("clerk.2", "T.2")
    with office.database.write() as session:
        for document_id in (first, second):
            audit.append(
                session, actor="clerk.1", act="withdrawn", object_kind="document", object_id=document_id, reason="vì"
            )
    with office.database.read() as session:
        seen = events(session, office.actor("audit.1"), per_page=500)
        documents = {event.object_id for event in seen.events if event.object_kind == "document"}
        assert documents == {first}
        people = {event.object_id for event in seen.events if event.object_kind == "user"}
        assert people == {str(office.id(name)) for name in ("admin.1", "audit.1", "clerk.1")}
        units = {event.object_id for event in seen.events if event.object_kind == "unit"}
        assert units == {str(office.units["T.1"]), str(office.units["T.1.VP"])}
        assert seen.total == len(seen.events)
        assert [event.id for event in seen.events] == sorted((event.id for event in seen.events), reverse=True)
        narrowed = events(session, office.actor("audit.1"), EventFilters(actor="clerk.1", object_id=second))
        assert narrowed.total == 0
        with pytest.raises(Forbidden):
            events(session, office.actor("admin.t"))


def test_who_audits_everything_reads_the_whole_log(office: Office) -> None:
    with office.database.write() as session:
        audit.append(session, actor="unknown", act="sign-in-failed", object_kind="user", object_id=0)
    with office.database.read() as session:
        assert "sign-in-failed" not in {event.act for event in events(session, office.actor("audit.t")).events}
    with office.database.write() as session:
        grant_role(session, office.id("audit.t"), office.units["K"], Role.AUDITOR, by=SYSTEM)
    with office.database.read() as session:
        assert "sign-in-failed" in {event.act for event in events(session, office.actor("audit.t")).events}


def test_the_same_holds_on_postgresql(postgres_url: str) -> None:
    with contextmanager(opened)(postgres_url) as office:
        test_only_administrators_of_the_unit_or_above_may(office, ON_COMMUNE_2["set a password"])
        test_an_auditor_reads_the_log_of_the_audited_units_alone(office)
        test_nor_does_it_after_the_person_has_left_the_other_unit_but_not_its_documents(office)
        test_a_user_without_roles_is_for_those_who_administer_everything(office)
