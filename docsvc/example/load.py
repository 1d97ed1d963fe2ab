"""Filling an empty database with the example office, through the same use cases that people use.

It can be killed at any moment and run again: the office comes in one transaction, and every document then goes on
from the step it has reached.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import SYSTEM, Actor, NewUser, Role, actor_of, create_user, grant_role
from docsvc.db.people import Unit, User
from docsvc.db.records import Document, Event, Number, Series
from docsvc.errors import Invalid
from docsvc.example.catalogue import Paper, papers, working_day
from docsvc.example.drafts import draft_pdf
from docsvc.example.images import seal_png, signature_png
from docsvc.example.office import (
    GIVEN,
    KEY_PASSPHRASE,
    PASSWORD,
    PEOPLE,
    ROLE_NAMES,
    UNITS,
    VAN_KHE,
    clerk_of,
    unit_named,
)
from docsvc.issue import drafting, paper, steps
from docsvc.issue.desk import VIETNAM, Desk
from docsvc.issue.form import DocumentForm, RecipientEntry
from docsvc.issue.keys import add_key, read_key
from docsvc.records.delegations import NewDelegation, record
from docsvc.records.effect_keeping import record as record_effect
from docsvc.records.indexing import index_pending
from docsvc.records.registers import open_series, register_secret
from docsvc.records.terms import Access, Channel, State, Urgency
from docsvc.records.units import NewUnit, create_unit
from docsvc.wiring import Service
from signing.pki import TestPki
from signing.preserve import Level

__all__ = ["KEY_PASSPHRASE", "PASSWORD", "load_example", "sign_ins", "wanted"]

_READY = "example-ready"
_OFFICE = "example-office-made"
_BEGAN_DAYS_AGO = 2 * 365
_SECRET_DAYS_AGO = (134, 41)


def wanted(session: Session) -> bool:
    """Whether the database is empty, or an example was begun there and not finished."""
    if session.scalar(select(func.count()).select_from(Unit)):
        return _begun_on(session) is not None and not session.scalar(select(Event.id).where(Event.act == _READY))
    return True


def load_example(service: Service) -> None:
    """Make the example office and its documents, or finish what an interrupted run has begun.

    1. Units, people, keys and registers, in one transaction.
    2. Drafts: uploaded, submitted, signed or sent back, each on its day.
    3. Numbers, in the order of the dates; then seals and publication.
    4. A withdrawal, numbers of the secret register, what documents do to older ones, the search index.

    Raises:
        Invalid: the service has no embedded PKI, so nobody could sign.
        DocsvcError, SigningError: a step was refused.
    """
    if service.pki is None:
        raise Invalid("Cơ quan mẫu cần PKI nhúng (pki = embedded).", "The example office needs pki = embedded.")
    with service.database.read() as session:
        begun_on = _begun_on(session)
    if begun_on is None:
        begun_on = service.desk.today()
        _make_office(service, service.pki, begun_on)
    office = _Office(service.desk, service.pki, service.desk.clock())
    journeys = [_Journey(office, entry, number) for number, entry in enumerate(papers(begun_on))]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as threads:
        _side_by_side(threads, [journey.to_signature for journey in journeys])
        for journey in journeys:
            journey.take_number()
        _side_by_side(threads, [journey.to_register for journey in journeys])
    _take_secret_numbers(office)
    for journey in journeys:
        journey.to_effect()
    while index_pending(service.database, service.engine):
        pass
    with service.database.write() as session:
        audit.append(session, actor=SYSTEM.username, act=_READY, object_kind="example", object_id="1")


def sign_ins() -> Iterator[str]:
    """A line for each person who can sign in."""
    for person in PEOPLE:
        role, unit_code = person.roles[0]
        unit = unit_named(unit_code)
        yield f"{person.username:<16} {ROLE_NAMES[role]:<25} {person.full_name}, {unit.name}"


class _Office:
    """What every step needs: a desk on any day, people who act, ids of units and users."""

    def __init__(self, desk: Desk, pki: TestPki, now: datetime) -> None:
        self._desk, self._pki, self.now = desk, pki, now
        self.database = desk.database
        with desk.database.read() as session:
            users = session.scalars(select(User).where(User.username.in_([person.username for person in PEOPLE]))).all()
            self.users = {user.username: user.id for user in users}
            self.actors = {user.username: actor_of(session, user) for user in users}
            self.units = {unit.code: unit.id for unit in session.scalars(select(Unit))}
            self._found = {
                (row.drafting_unit_id, row.abstract): row.id
                for row in session.execute(select(Document.drafting_unit_id, Document.abstract, Document.id))
            }

    def desk(self, moment: datetime) -> Desk:
        """The desk as on that day: its clock and its timestamps tell the time then."""
        # What is asked about certificates is answered for the present alone: the invented past is signed at B-T.
        stamps = self._pki.timestamper(lambda: moment)
        return replace(self._desk, clock=lambda: moment, timestamper=stamps, level=Level.B_T, revocation=None)

    def document_of(self, entry: Paper) -> str | None:
        """The document, if an earlier run has made it."""
        return self._found.get((self.units[entry.unit_code], entry.abstract))

    def moment(self, on: date, number: int, step: int) -> datetime:
        """When a step of a document happened: in office hours of its day, or a little while ago if that is today."""
        if on == self.now.astimezone(VIETNAM).date():
            midnight = datetime.combine(on, time.min, VIETNAM)
            span = min(timedelta(minutes=50), self.now - midnight)
            return (self.now - span * (50 - 10 * step - number % 10) / 50).astimezone(UTC)
        opening = datetime.combine(on, time(7, 45), VIETNAM)
        return (opening + timedelta(minutes=70 * step + number * 7 % 55, seconds=number * 13 % 60)).astimezone(UTC)


class _Journey:
    """One document on its way, going on from where it is."""

    def __init__(self, office: _Office, entry: Paper, number: int) -> None:
        self._office, self._entry, self._number = office, entry, number
        self._clerk = office.actors[clerk_of(entry.issuer_code).username]
        self._id = office.document_of(entry)

    def to_signature(self) -> None:
        """Draft, submit, and sign or send back."""
        entry, drafter = self._entry, self._office.actors[self._entry.drafter.username]
        if entry.on_paper:
            return
        leader = self._office.actors[entry.signatory.username]
        if self._id is None:
            content = draft_pdf(entry.draft())
            self._id = drafting.create_draft(self._desk(0), self._form(), content, entry.file_name, by=drafter)
        state, note = self._state()
        if entry.stage == "draft" or (entry.stage == "sent back" and note):
            return
        if state == State.DRAFT:
            drafting.submit(self._desk(1), self._id, by=drafter)
            state = State.SUBMITTED
        if state == State.SUBMITTED and entry.stage == "sent back":
            drafting.send_back(self._desk(2), self._id, entry.opinion, by=leader)
        elif state == State.SUBMITTED and entry.stage in ("signed", "issued"):
            steps.sign(self._desk(2), self._id, KEY_PASSPHRASE, by=leader)

    def take_number(self) -> None:
        """Take the number; a paper document is registered with it at once."""
        entry = self._entry
        if entry.on_paper and self._id is None:
            self._id = paper.register_paper(self._desk(3), self._form(), entry.on, by=self._clerk)
        elif entry.stage == "issued" and self._state()[0] == State.SIGNED:
            steps.take_number(self._desk(3), str(self._id), entry.on, by=self._clerk)

    def to_register(self) -> None:
        """Seal and publish, and withdraw what was withdrawn."""
        entry = self._entry
        if entry.stage != "issued":
            return
        # Not steps.issue, which opens the key once more to be sure before it takes a number.
        if self._state()[0] == State.NUMBERED:
            steps.seal_document(self._desk(3), str(self._id), KEY_PASSPHRASE, by=self._clerk)
        if self._state()[0] == State.SEALED:
            steps.publish(self._desk(3), str(self._id), by=self._clerk)
        if entry.withdrawn_on and self._state()[0] == State.ISSUED:
            desk = self._office.desk(self._office.moment(entry.withdrawn_on, self._number, 2))
            paper.withdraw(desk, str(self._id), entry.withdrawn_because, by=self._clerk)

    def to_effect(self) -> None:
        """Record what it does to an older document."""
        entry = self._entry
        if entry.effect is None:
            return
        with self._office.database.write() as session:
            older = select(Document.id).where(
                Document.drafting_unit_id == self._office.units[entry.unit_code],
                Document.abstract.startswith(entry.target, autoescape=True),
                Document.issued_on < entry.on,
            )
            record_effect(session, str(self._id), session.scalars(older).one(), entry.effect, by=self._clerk)

    def _desk(self, step: int) -> Desk:
        return self._office.desk(self._office.moment(self._entry.on, self._number, step))

    def _state(self) -> tuple[State, str]:
        with self._office.database.read() as session:
            state, note = session.execute(select(Document.state, Document.note).where(Document.id == self._id)).one()
        return State(state), note

    def _form(self) -> DocumentForm:
        entry, units = self._entry, self._office.units
        return DocumentForm(
            drafting_unit_id=units[entry.unit_code],
            type_key=entry.type_key,
            abstract=entry.abstract,
            signatory_id=self._office.users[entry.signatory.username],
            authority=entry.authority,
            access=Access(entry.access),
            urgency=Urgency(entry.urgency),
            copies=sum(line.channel != Channel.ELECTRONIC for line in entry.recipients),
            recipients=tuple(
                RecipientEntry(line.name, line.channel, units[line.unit_code] if line.unit_code else None)
                for line in entry.recipients
            ),
        )


def _make_office(service: Service, pki: TestPki, today: date) -> None:
    """Units, people with their roles, keys and registers: all of it or nothing."""
    began = service.desk.clock() - timedelta(days=_BEGAN_DAYS_AGO)
    leaders = [person for person in PEOPLE if any(role == Role.LEADER for role, _ in person.roles)]
    issuers = [unit for unit in UNITS if unit.issues]
    # Making keys takes a second or two: not while the database is locked.
    personal = {
        person.username: read_key(
            pki.issue_person(
                person.full_name,
                KEY_PASSPHRASE,
                organisation=unit_named(person.roles[0][1]).name,
                position=person.position,
                valid_from=began,
            ),
            KEY_PASSPHRASE,
            signature_png(person.username),
        )
        for person in leaders
    }
    seals = {
        unit.code: read_key(
            pki.issue_organisation(unit.name, KEY_PASSPHRASE, code=unit.code, valid_from=began),
            KEY_PASSPHRASE,
            seal_png(unit.name, f"tỉnh {unit_named('H77').place}"),
        )
        for unit in issuers
    }
    with service.database.write() as session:
        if session.scalar(select(func.count()).select_from(Unit)):
            raise Invalid("Cơ sở dữ liệu đã có dữ liệu.", "The database is not empty.")
        units: dict[str, Unit] = {}
        for unit in UNITS:
            above = units[unit.above].id if unit.above else None
            new = NewUnit(
                unit.code, unit.name, unit.abbreviation, unit.kind, above, unit.place, unit.issues, began.date()
            )
            units[unit.code] = create_unit(session, new, by=SYSTEM)
        for person in PEOPLE:
            user = create_user(
                session, NewUser(person.username, person.full_name, PASSWORD, person.position), by=SYSTEM
            )
            for role, code in person.roles:
                grant_role(session, user.id, units[code].id, role, by=SYSTEM)
            if person.username in personal:
                add_key(session, personal[person.username], owner=user, by=SYSTEM)
        _give_authority(session, units, began, today)
        for code, key in seals.items():
            add_key(session, key, owner=units[code], by=SYSTEM)
            for year in sorted({entry.on.year for entry in papers(today)}):
                open_series(session, units[code], year)
        audit.append(
            session, actor=SYSTEM.username, act=_OFFICE, object_kind="example", object_id="1", on=today.isoformat()
        )


def _give_authority(session: Session, units: dict[str, Unit], began: datetime, today: date) -> None:
    users = {user.username: user.id for user in session.scalars(select(User))}
    for given in GIVEN:
        record(
            session,
            NewDelegation(
                unit_id=units[given.unit_code].id,
                user_id=users[given.username],
                authority=given.authority,
                giver_id=users[given.giver] if given.giver else None,
                giver_position="" if given.giver else "Chủ tịch",
                type_keys=given.type_keys,
                basis=given.basis,
                valid_from=began.date(),
                valid_to=None if given.until_days_ago is None else today - timedelta(days=given.until_days_ago),
            ),
            by=SYSTEM,
        )


def _take_secret_numbers(office: _Office) -> None:
    """Numbers of the secret register: their documents are kept outside any network."""
    clerk: Actor = office.actors[clerk_of(VAN_KHE).username]
    today = office.now.astimezone(VIETNAM).date()
    with office.database.write() as session:
        taken = session.scalar(
            select(func.count())
            .select_from(Number)
            .join(Series, Series.id == Number.series_id)
            .where(Series.secret, Series.unit_id == office.units[VAN_KHE])
        )
        unit = session.get(Unit, office.units[VAN_KHE])
        assert unit is not None  # noqa: S101 - made above
        for days_ago in _SECRET_DAYS_AGO[taken or 0 :]:
            register_secret(session, unit, type_key="bc", on=working_day(today, days_ago), by=clerk)


def _begun_on(session: Session) -> date | None:
    """The day from which the example's dates are counted; ``None`` where there is no example office."""
    detail = session.scalar(select(Event.detail).where(Event.act == _OFFICE))
    return date.fromisoformat(json.loads(detail)["on"]) if detail else None


def _side_by_side(threads: Executor, acts: Sequence[Callable[[], None]]) -> None:
    """Do all of them; after the first failure, or Ctrl-C, nothing more is begun."""
    doing = [threads.submit(act) for act in acts]
    try:
        for one in doing:
            one.result()
    finally:
        for one in doing:
            one.cancel()
