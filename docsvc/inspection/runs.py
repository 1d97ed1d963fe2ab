"""Starting, stopping and reading audits; carrying them out is in :mod:`docsvc.inspection.carrying`."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, selectinload

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.inspection import AuditResult, AuditRun
from docsvc.db.records import Document, Event, EventHead, Rendition
from docsvc.errors import Forbidden, NotFound
from docsvc.inspection.checking import IN_ORDER, OBJECT_EXTRA
from docsvc.inspection.choice import OVERSEERS, Choice, Scope, extent, may_see, permitted
from docsvc.inspection.errors import AuditOver
from docsvc.issue.desk import Desk
from docsvc.records.reading import readable

STILL_AT_WORK = timedelta(minutes=2)
"""A run that moved so recently may be at work on another machine: no file takes longer."""
TRY_AGAIN_AFTER = timedelta(minutes=10)
"""So long after an error that interrupted it a run is gone on with."""
_ME = secrets.token_hex(4)
"""Tells this process from an earlier one of the same number: after a restart of a container both are 1."""


class State(StrEnum):
    """A run's life."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"
    """By somebody; goes on when somebody says so."""
    DONE = "done"


class Origin(StrEnum):
    """What began a run."""

    PERSON = "person"
    COMMAND = "command"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Cause:
    """How many files of a run ended alike."""

    code: str
    files: int

    @property
    def in_order(self) -> bool:
        """Whether nothing is wrong with them."""
        return self.code in IN_ORDER


@dataclass(frozen=True, slots=True)
class Line:
    """One file of a run; ``document`` is ``None`` for one that is not for this person to read, or gone."""

    result: AuditResult
    document: Document | None
    file_name: str


@dataclass(frozen=True, slots=True)
class Lines:
    """One page of a run's files."""

    lines: tuple[Line, ...]
    total: int
    page: int
    pages: int


def start(session: Session, desk: Desk, choice: Choice, *, by: Actor) -> AuditRun:
    """Put a run where the worker finds it.

    Raises:
        Forbidden, Invalid: see :func:`docsvc.inspection.choice.permitted`.
    """
    return begin(session, desk, permitted(session, choice, by), by=by, origin=Origin.PERSON)


def begin(session: Session, desk: Desk, choice: Choice, *, by: Actor, origin: Origin) -> AuditRun:
    """As :func:`start`; who may, the caller has seen to."""
    now = desk.clock()
    run = AuditRun(
        origin=origin,
        started_by=by.username,
        state=State.WAITING,
        scope=choice.scope,
        unit_ids=" ".join(map(str, choice.unit_ids)),
        type_keys=" ".join(choice.type_keys),
        issued_from=choice.start,
        issued_to=choice.end,
        created_at=now,
        moved_at=now,
        total=extent(session, choice).files,
    )
    session.add(run)
    session.flush()
    note(session, run, "audit-started", by.username, scope=run.scope, files=run.total)
    return run


def stop(session: Session, desk: Desk, run_id: int, *, by: Actor) -> None:
    """Stop a run after the files at hand.

    Raises:
        NotFound: there is none for this person.
        AuditOver: it is stopped or done already.
    """
    run = _locked(session, run_id, by)
    if run.state not in {State.WAITING, State.RUNNING} or run.stop_asked:
        raise AuditOver
    run.stop_asked = True
    if not at_work(run, desk.clock()):
        run.state, run.holder, run.ended_at = State.STOPPED, "", desk.clock()
    note(session, run, "audit-stopped", by.username)


def resume(session: Session, desk: Desk, run_id: int, *, by: Actor) -> None:
    """Let the worker go on with what is left of a run that was stopped, or whose command was cut off.

    Raises:
        NotFound: there is none for this person.
        AuditOver: it is done, or somebody is at work on it.
    """
    run = _locked(session, run_id, by)
    if not resumable(run, desk.clock()):
        raise AuditOver
    run.state, run.holder, run.stop_asked, run.ended_at, run.problem = State.WAITING, "", False, None, ""
    run.origin = Origin.PERSON if run.origin == Origin.COMMAND else run.origin
    note(session, run, "audit-resumed", by.username)


def seen(session: Session, run_id: int, by: Actor) -> AuditRun:
    """One run, if everything in it is overseen by this person.

    Raises:
        NotFound: there is none, or it is not for this person: the answer is the same.
    """
    run = session.get(AuditRun, run_id)
    if run is None or not may_see(session, run, by):
        raise NotFound
    return run


def listed(session: Session, by: Actor, *, most: int = 50) -> tuple[AuditRun, ...]:
    """The newest runs that this person may see.

    Raises:
        Forbidden: this person oversees nothing.
    """
    if not by.units(*OVERSEERS):
        raise Forbidden
    runs = session.scalars(select(AuditRun).order_by(AuditRun.id.desc()).limit(most * 4))
    return tuple([run for run in runs if may_see(session, run, by)][:most])


def causes(session: Session, run: AuditRun) -> tuple[Cause, ...]:
    """How the files checked so far ended: what is wrong first, the most first."""
    rows = session.execute(
        select(AuditResult.cause, func.count())
        .where(AuditResult.run_id == run.id, AuditResult.cause != "")
        .group_by(AuditResult.cause)
    )
    return tuple(sorted((Cause(*row) for row in rows), key=lambda one: (one.in_order, -one.files, one.code)))


def lines(
    session: Session, run: AuditRun, by: Actor, *, cause: str = "", wrong: bool = False, page: int = 1, per_page: int
) -> Lines:
    """The files of a run, those of a cause, or those with something wrong; a page past the last one gives the last."""
    condition = _of_run(run, cause, wrong=wrong)
    total = session.scalar(select(func.count()).select_from(AuditResult).where(condition)) or 0
    pages = max(1, -(-total // per_page))
    page = min(max(page, 1), pages)
    return Lines(_lines(session, by, condition, offset=(page - 1) * per_page, limit=per_page), total, page, pages)


def after(session: Session, run: AuditRun, by: Actor, last: int, *, most: int = 500) -> tuple[Line, ...]:
    """The checked files behind a result's number, for exports that take them piece by piece."""
    return _lines(session, by, and_(_of_run(run, ""), AuditResult.id > last), offset=0, limit=most)


def wrong_after(session: Session, run: AuditRun, last: int, *, most: int = 500) -> tuple[AuditResult, ...]:
    """Results with something wrong behind a result's number."""
    condition = and_(_of_run(run, "", wrong=True), AuditResult.id > last)
    return tuple(session.scalars(select(AuditResult).where(condition).order_by(AuditResult.id).limit(most)))


def _lines(session: Session, by: Actor, condition: ColumnElement[bool], *, offset: int, limit: int) -> tuple[Line, ...]:
    rows = session.execute(
        select(AuditResult, Document, Rendition.file_name)
        .select_from(AuditResult)
        .outerjoin(Document, and_(Document.id == AuditResult.document_id, readable(session, by)))
        .outerjoin(Rendition, Rendition.id == AuditResult.rendition_id)
        .where(condition)
        .options(selectinload(Document.drafting_unit))
        .order_by(AuditResult.id)
        .offset(offset)
        .limit(limit)
    )
    found: list[tuple[AuditResult, Document | None, str | None]] = [
        (one, document, name) for one, document, name in rows
    ]
    return tuple(Line(one, document, (name or "") if document is not None else "") for one, document, name in found)


def _of_run(run: AuditRun, cause: str, *, wrong: bool = False) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [AuditResult.run_id == run.id, AuditResult.cause != ""]
    if cause:
        conditions.append(AuditResult.cause == cause)
    if wrong:
        conditions.append(AuditResult.cause.not_in(IN_ORDER))
    return and_(*conditions)


def resumable(run: AuditRun, now: datetime) -> bool:
    """Whether it goes on only when somebody says so."""
    if run.state == State.STOPPED:
        return True
    return run.origin == Origin.COMMAND and run.state != State.DONE and not at_work(run, now)


def at_work(run: AuditRun, now: datetime) -> bool:
    """Whether somebody is at work on it, as far as can be known from here."""
    if not run.holder or run.moved_at <= now - STILL_AT_WORK:
        return False
    machine, process, name = run.holder.rsplit(":", 2)
    if machine != socket.gethostname()[:150]:
        return True
    if int(process) == os.getpid():
        return name == _ME
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def holder() -> str:
    """This process, for the row of the run that it works on."""
    return f"{socket.gethostname()[:150]}:{os.getpid()}:{_ME}"


def due(session: Session, now: datetime) -> int | None:
    """The oldest run to work on: one that waits, or one whose process is gone; a while after an error."""
    runs = session.scalars(
        select(AuditRun)
        .where(
            AuditRun.state.in_((State.WAITING, State.RUNNING)),
            or_(AuditRun.problem == "", AuditRun.moved_at <= now - TRY_AGAIN_AFTER),
            AuditRun.origin != Origin.COMMAND,
        )
        .order_by(case((AuditRun.state == State.RUNNING, 0), else_=1), AuditRun.id)
    )
    return next((run.id for run in runs if not at_work(run, now)), None)


def schedule(session: Session, desk: Desk, every: timedelta, *, by: Actor) -> AuditRun | None:
    """Begin a run over everything, if the last such one began that long ago; the first, so long after the first act.

    Takes the log's head first, so that of two workers one begins it.
    """
    now = desk.clock()
    session.execute(select(EventHead.id).with_for_update())
    last = session.scalar(
        select(func.max(AuditRun.created_at)).where(
            AuditRun.scope == Scope.ALL,
            AuditRun.unit_ids == "",
            AuditRun.type_keys == "",
            AuditRun.issued_from.is_(None),
            AuditRun.issued_to.is_(None),
        )
    )
    since = last or session.scalar(select(func.min(Event.happened_at)))
    if since is None or now - since < every:
        return None
    return begin(session, desk, Choice(scope=Scope.ALL), by=by, origin=Origin.SCHEDULE)


def note(session: Session, run: AuditRun, act: str, actor: str, **detail: object) -> None:
    """Put an act of a run into the event log."""
    audit.append(session, actor=actor, act=act, object_kind="audit", object_id=run.id, **detail)


def extras(session: Session, run: AuditRun) -> int:
    """How many objects no record names, as this run found."""
    condition = and_(AuditResult.run_id == run.id, AuditResult.cause == OBJECT_EXTRA)
    return session.scalar(select(func.count()).select_from(AuditResult).where(condition)) or 0


def _locked(session: Session, run_id: int, by: Actor) -> AuditRun:
    run = session.get(AuditRun, run_id, with_for_update=True)
    if run is None or not may_see(session, run, by):
        raise NotFound
    return run
