"""Checks of the whole log that are kept: asked for by an auditor, or made once a day by the worker."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from docsvc.audit import telling
from docsvc.audit.anchoring import LogKeeping
from docsvc.audit.entries import head
from docsvc.audit.log import append
from docsvc.audit.verifying import LogReport, verify
from docsvc.db.anchors import EventAnchor, EventCheck
from docsvc.errors import DocsvcError

EVERY = timedelta(hours=24)
ABANDONED = timedelta(hours=2)
"""A check that began so long ago and has not ended was killed."""
AT_ONCE = 5_000
"""A log of so many entries is checked while the person waits."""
ANCHORS_AT_ONCE = 100
"""As above: each has a timestamp to judge."""
_NEWEST_COPIES = 20
_SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Checked:
    """A check that has ended, as it is shown."""

    ended_at: datetime
    asked_by: str
    is_sound: bool
    lines: tuple[tuple[str, str], ...]
    """Vietnamese and English; the verdict first."""


def ask(session: Session, *, by: str = _SYSTEM) -> EventCheck:
    """Have the log checked; one that waits already is enough. What a person asks stands in the log."""
    waiting = session.scalars(select(EventCheck).where(EventCheck.ended_at.is_(None)).limit(1)).first()
    if waiting is not None:
        return waiting
    asked = EventCheck(asked_by=by, asked_at=datetime.now(UTC), started_at=None, ended_at=None, is_sound=None)
    session.add(asked)
    session.flush()
    if by != _SYSTEM:
        append(session, actor=by, act="log-check-asked", object_kind="log", object_id=asked.id)
    return asked


def is_short(session: Session) -> bool:
    """Whether checking takes no longer than a person waits for a page."""
    found = head(session)
    anchors = session.scalar(select(func.count()).select_from(EventAnchor)) or 0
    return (found is None or found[0] <= AT_ONCE) and anchors <= ANCHORS_AT_ONCE


def waiting(session: Session) -> EventCheck | None:
    """One that was asked for and has not ended."""
    return session.scalars(select(EventCheck).where(EventCheck.ended_at.is_(None)).limit(1)).first()


def newest(session: Session) -> Checked | None:
    """The last that has ended."""
    ended = select(EventCheck).where(EventCheck.ended_at.is_not(None)).order_by(EventCheck.ended_at.desc())
    row = session.scalars(ended.limit(1)).first()
    if row is None or row.ended_at is None:
        return None
    try:
        lines = tuple((str(vi), str(en)) for vi, en in json.loads(row.report))
    except (ValueError, TypeError):
        lines = ()
    return Checked(row.ended_at, row.asked_by, bool(row.is_sound), lines)


def work_off(keeping: LogKeeping) -> LogReport | None:
    """Make the check that waits, or the daily one if it is due; ``None`` if there is nothing to do.

    Raises:
        StoreError: the store does not answer; the check goes on waiting.
    """
    now = keeping.clock()
    with keeping.database.write() as session:
        last = newest(session)
        if waiting(session) is None and (last is None or now - last.ended_at >= EVERY):
            ask(session)
    return run(keeping, whole_store=True)


def run(keeping: LogKeeping, *, whole_store: bool) -> LogReport | None:
    """Make the check that waits; ``None`` if there is none, or another process is at it.

    Raises:
        StoreError: the store does not answer; the check goes on waiting.
    """
    now = keeping.clock()
    free = or_(EventCheck.started_at.is_(None), EventCheck.started_at < now - ABANDONED)
    with keeping.database.write() as session:
        row = session.scalars(select(EventCheck).where(EventCheck.ended_at.is_(None), free).with_for_update()).first()
        if row is None:
            return None
        row.started_at, check_id = now, row.id
    try:
        report = verify(keeping, whole_store=whole_store, newest_copies=None if whole_store else _NEWEST_COPIES)
    except DocsvcError:
        with keeping.database.write() as session:
            session.get_one(EventCheck, check_id).started_at = None
        raise
    with keeping.database.write() as session:
        row = session.get_one(EventCheck, check_id)
        row.ended_at, row.is_sound = keeping.clock(), report.is_sound
        row.report = json.dumps(telling.summary(report, people=False), ensure_ascii=False)
    return report
