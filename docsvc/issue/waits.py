"""Documents that wait for an authority: why, since when, and the honest level of those that did not wait.

A step that gets no timestamp leaves its document where it is, with its number if it has one, and the reason beside it.
Where the office prefers a lower level to waiting (``floor``), the document goes on at that level and the run over the
archive brings it up later. Nothing ever claims a level that verification did not find in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor, Role
from docsvc.db.records import Document
from docsvc.db.upkeep import Wait
from docsvc.errors import DocsvcError
from docsvc.issue.desk import Desk
from docsvc.records.terms import REGISTERED, State
from signing.errors import SigningError, TimestampUnavailable, Unanswered
from signing.preserve import Level
from signing.sign import SignedFile
from signing.timestamp import Timestamper

SIGN, SEAL, PRESERVE = "sign", "seal", "preserve"
_AT = {SIGN: State.SUBMITTED, SEAL: State.NUMBERED}


@dataclass(frozen=True, slots=True)
class Made:
    """A signed file, and what kept it from a higher level."""

    signed: SignedFile
    problem: SigningError | None = None


def timestamped(desk: Desk, document_id: str, step: str, make: Callable[[Timestamper | None], SignedFile]) -> Made:
    """Sign with a timestamp; without one, only where the office would rather have B-B than wait.

    Raises:
        TimestampUnavailable: none could be had; the document waits, and the reason is on record.
    """
    try:
        return Made(make(desk.timestamper))
    except TimestampUnavailable as error:
        if desk.floor is not Level.B_B:
            with desk.database.write() as session:
                put(session, desk, document_id, step, desk.level, error)
            raise
        return Made(make(None), error)


def put(
    session: Session, desk: Desk, document_id: str, step: str, level: Level, problem: DocsvcError | SigningError
) -> None:
    """Note why a document waits, in the caller's transaction."""
    now = desk.clock()
    row = session.get(Wait, document_id)
    first = next(iter(problem.faults), None) if isinstance(problem, Unanswered) else None
    since = first.since if first is not None else now
    if row is None:
        row = Wait(document_id=document_id, attempts=0, since=since)
        session.add(row)
    elif (row.step, row.code) != (step, problem.code):
        row.attempts, row.since = 0, since
    row.since = min(row.since, since)
    row.step, row.level, row.code = step, level, problem.code
    row.server = ", ".join(dict.fromkeys(one.server for one in getattr(problem, "faults", ())))[:200]
    row.detail = str(getattr(problem, "detail", ""))[:2000]
    row.tried_at = now
    row.attempts += 1


def settle(
    session: Session, desk: Desk, document_id: str, reached: Level, problem: DocsvcError | SigningError | None
) -> None:
    """With a step done: forget why it waited, or note what keeps it below the office's level."""
    row = session.get(Wait, document_id)
    if problem is not None:
        put(session, desk, document_id, PRESERVE, desk.level, problem)
    elif row is not None and (row.step != PRESERVE or reached.covers(Level(row.level))):
        session.delete(row)


def waits_of(session: Session, documents: Iterable[Document]) -> Mapping[str, Wait]:
    """Why these documents wait, by their ids; one whose step was taken or taken back since waits no more."""
    found = {one.id: one for one in documents}
    rows = session.scalars(select(Wait).where(Wait.document_id.in_(found)))
    return {row.document_id: row for row in rows if _still(row, found[row.document_id])}


def wait_for(session: Session, actor: Actor, document: Document) -> Wait | None:
    """Why a document waits, for those who handle it; others are not told."""
    handles = actor.holds(Role.CLERK, [document.unit_id]) or actor.user_id in (
        document.signatory_id,
        document.created_by,
    )
    return waits_of(session, [document]).get(document.id) if handles else None


def lowered(session: Session, actor: Actor, most: int = 20) -> Sequence[tuple[Document, Wait]]:
    """Issued documents of a clerk's units that wait to be brought to the office's level, the longest waiting first."""
    rows = session.execute(
        select(Document, Wait)
        .join(Wait, Wait.document_id == Document.id)
        .where(
            Wait.step == PRESERVE,
            Document.state.in_(REGISTERED),
            Document.unit_id.in_(actor.units(Role.CLERK)),
        )
        .order_by(Wait.since, Document.id)
        .limit(most)
    )
    return [(document, wait) for document, wait in rows]


def _still(row: Wait, document: Document) -> bool:
    if row.step == PRESERVE:
        return document.state in (*REGISTERED, State.SIGNED, State.NUMBERED, State.SEALED)
    anew = row.step == SIGN and document.submitted_at is not None and document.submitted_at > row.tried_at
    return document.state == _AT[row.step] and not anew
