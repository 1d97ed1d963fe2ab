"""The run over what is due: documents below the office's level, and archive timestamps that end soon.

Due is what the records say, so that a run asks nothing and reads no file for documents that are in order. It can be
stopped or killed at any moment: each document is done by itself, and the next run finds those that are left.
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.records import Annex, Document, Rendition, Signature
from docsvc.db.upkeep import PreserveRun, Proof, Wait
from docsvc.issue import waits
from docsvc.issue.desk import Desk
from docsvc.issue.extending import Done, Outcome
from docsvc.issue.preserving import asking_once, lasting_now, preserve_one
from docsvc.records.terms import REGISTERED, RenditionRole
from signing.errors import TimestampUnavailable, Unanswered
from signing.preserve import Level

_BATCH = 200
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
STILL_AT_WORK = timedelta(minutes=10)
"""A run that moved so recently may be at work in another process."""
GIVE_UP_AFTER = 20
"""Documents in a row for which authorities did not answer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the office wants."""

    level: Level
    """Of every issued document."""
    within: timedelta
    """So long before a timestamp ends it is renewed."""


def plan_of(desk: Desk) -> Plan:
    """As the office has set it."""
    return Plan(desk.level, desk.renew_within)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why documents could not be done."""

    code: str
    server: str
    documents: int
    since: datetime
    tried_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How the archive stands."""

    issued: int
    """Documents with a file."""
    below: int
    """Of those, below the office's level."""
    ending: int
    """Of those, with an archive timestamp that ends soon, or of which that is not known."""
    failing: tuple[Reason, ...]
    """Why the last try failed, the most documents first."""
    last: PreserveRun | None
    first_end: datetime | None
    """When the first certificate of a timestamp ends."""

    @property
    def due(self) -> int:
        """Documents with something to do."""
        return self.below + self.ending

    @property
    def done(self) -> int:
        """Documents in order."""
        return self.issued - self.due

    @property
    def failed(self) -> int:
        """Documents that could not be done."""
        return sum(reason.documents for reason in self.failing)


def standing(session: Session, desk: Desk, plan: Plan) -> Standing:
    """Count what is due, done and failed."""
    reasons = session.execute(
        select(Wait.code, Wait.server, func.count(), func.min(Wait.since), func.max(Wait.tried_at))
        .where(Wait.step == waits.PRESERVE)
        .group_by(Wait.code, Wait.server)
        .order_by(func.count().desc(), Wait.code)
        .limit(20)
    ).all()
    return Standing(
        issued=_count(session, _issued()),
        below=_count(session, and_(_issued(), _below(plan.level))),
        ending=_count(session, and_(_issued(), ~_below(plan.level), _ending(desk, plan))),
        failing=tuple(Reason(*row) for row in reasons),
        last=session.scalars(select(PreserveRun).order_by(PreserveRun.id.desc()).limit(1)).first(),
        first_end=session.scalar(select(func.min(Proof.certificate_until))),
    )


def run(desk: Desk, plan: Plan, *, stopped: Callable[[], bool] = lambda: False) -> Iterator[tuple[Outcome, int]]:
    """Do what is due, the soonest to end first; gives each outcome with how many were due at the start.

    Another run that is at work, in whichever process, is left to it: then nothing is given.
    """
    begun = _begin(desk, plan)
    if begun is None:
        return
    run_id, due = begun
    counted, unanswered, stopped_by = Counter[Done](), 0, ""
    desk = asking_once(desk)
    try:
        lasting = lasting_now(desk) if plan.level is Level.B_LTA else None
    except TimestampUnavailable as error:
        _end(desk, run_id, counted, error.code)
        raise
    try:
        for document_id in _due_ids(desk, plan):
            if stopped():
                break
            outcome = preserve_one(
                desk,
                document_id,
                plan.level,
                within=plan.within if plan.level is Level.B_LTA else None,
                lasting=lasting,
            )
            counted[outcome.done] += 1
            _move(desk, run_id, counted)
            yield outcome, due
            unanswered = unanswered + 1 if isinstance(outcome.problem, Unanswered) else 0
            if unanswered >= GIVE_UP_AFTER and outcome.problem is not None:
                stopped_by = outcome.problem.code
                break
    finally:
        _end(desk, run_id, counted, stopped_by)


def one(desk: Desk, document_id: str, plan: Plan, *, by: Actor | None = None) -> Outcome:
    """Do what is due for one document, because somebody asks for it now; that goes to the log.

    Raises:
        TimestampUnavailable: whether a renewal would help cannot be known.
    """
    if by is not None:
        with desk.database.write() as session:
            audit.append(
                session, actor=by.username, act="preserve-asked", object_kind="document", object_id=document_id
            )
    renews = plan.level is Level.B_LTA
    lasting = lasting_now(desk) if renews else None
    return preserve_one(desk, document_id, plan.level, within=plan.within if renews else None, lasting=lasting)


def _begin(desk: Desk, plan: Plan) -> tuple[int, int] | None:
    now = desk.clock()
    with desk.database.write() as session:
        last = session.scalars(select(PreserveRun).order_by(PreserveRun.id.desc()).limit(1).with_for_update()).first()
        if last is not None and at_work(last, now):
            return None
        in_order = select(Document.id).where(_issued(), ~_due(desk, plan))
        # A date or a level was changed since: what was due then is so no more.
        session.execute(delete(Wait).where(Wait.step == waits.PRESERVE, Wait.document_id.in_(in_order)))
        due = _count(session, and_(_issued(), _due(desk, plan)))
        begun = PreserveRun(started_at=now, moved_at=now, ended_at=None, holder=_holder(), due=due)
        session.add(begun)
        session.flush()
        return begun.id, due


def at_work(run: PreserveRun, now: datetime) -> bool:
    """Whether somebody is at work on it, as far as can be known from here."""
    if run.ended_at is not None or run.moved_at <= now - STILL_AT_WORK:
        return False
    machine, _, process = run.holder.rpartition(":")
    if machine != socket.gethostname():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _holder() -> str:
    return f"{socket.gethostname()[:180]}:{os.getpid()}"


def _move(desk: Desk, run_id: int, counted: Counter[Done]) -> None:
    with desk.database.write() as session:
        _noted(session, desk, run_id, counted)


def _end(desk: Desk, run_id: int, counted: Counter[Done], stopped_by: str) -> None:
    with desk.database.write() as session:
        row = _noted(session, desk, run_id, counted)
        row.ended_at, row.stopped_by = desk.clock(), stopped_by


def _noted(session: Session, desk: Desk, run_id: int, counted: Counter[Done]) -> PreserveRun:
    row = session.get_one(PreserveRun, run_id)
    row.moved_at = desk.clock()
    row.extended, row.renewed = counted[Done.EXTENDED], counted[Done.RENEWED]
    row.kept, row.failed = counted[Done.KEPT], counted[Done.FAILED]
    return row


def _due_ids(desk: Desk, plan: Plan) -> Iterator[str]:
    """Documents that are due: without a timestamp first, then the soonest to end; each once."""
    ends = func.coalesce(Proof.certificate_until, _NEVER)
    after: tuple[datetime, str] = (_NEVER, "")
    while True:
        further = or_(ends > after[0], and_(ends == after[0], Document.id > after[1]))
        with desk.database.read() as session:
            rows = session.execute(
                select(Document.id, ends)
                .outerjoin(Proof, Proof.document_id == Document.id)
                .where(_issued(), _due(desk, plan), further)
                .order_by(ends, Document.id)
                .limit(_BATCH)
            ).all()
        if not rows:
            return
        for document_id, until in rows:
            after = (until, document_id)
            yield document_id


def _due(desk: Desk, plan: Plan) -> ColumnElement[bool]:
    return or_(_below(plan.level), _ending(desk, plan))


def _issued() -> ColumnElement[bool]:
    with_file = select(Rendition.id).where(Rendition.document_id == Document.id, Rendition.role == RenditionRole.ISSUED)
    return and_(Document.state.in_(REGISTERED), with_file.correlate(Document).exists())


def _below(level: Level) -> ColumnElement[bool]:
    enough = [str(one) for one in Level if one.covers(level)]
    lower = select(Signature.id).where(Signature.document_id == Document.id, Signature.level.not_in(enough))
    annexes = select(Annex.id).where(Annex.document_id == Document.id, Annex.level.not_in(enough))
    return or_(lower.correlate(Document).exists(), annexes.correlate(Document).exists())


def _ending(desk: Desk, plan: Plan) -> ColumnElement[bool]:
    """With an archive timestamp that ends soon, or of which nothing is on record."""
    if plan.level is not Level.B_LTA:
        return Document.id.is_(None)
    until = desk.clock() + plan.within
    ended = [name for name, end in desk.algorithm_ends.items() if end <= until]
    lasting = select(Proof.document_id).where(
        Proof.document_id == Document.id,
        Proof.certificate_until > until,
        *(Proof.algorithms.not_like(f"% {name} %") for name in ended),
    )
    return ~lasting.correlate(Document).exists()


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Document).where(condition)) or 0
