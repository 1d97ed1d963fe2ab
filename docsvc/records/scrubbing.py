"""Comparing the database with the object store: what is missing, damaged or left over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.audit.evidence import is_piece
from docsvc.db import Database
from docsvc.db.anchors import EventAnchor
from docsvc.db.records import BegunSigning, Rendition
from docsvc.db.trust import TrustedList
from docsvc.store import Damaged, NotStored, ObjectStore

_NAMES = (
    Rendition.sha256,
    BegunSigning.prepared_sha256,
    EventAnchor.statement_sha256,
    EventAnchor.token_sha256,
    EventAnchor.hashes_sha256,
    TrustedList.sha256,
)
"""Columns that name objects."""
GRACE = timedelta(hours=1)
"""A younger object may belong to a step that is still at work: its row comes after its bytes. Putting bytes again
that are there already makes the object young again."""


@dataclass(frozen=True, slots=True)
class ScrubReport:
    """What scrubbing found; hashes in order."""

    checked: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    orphans: tuple[str, ...]
    """Objects that no record names, older than the grace time."""

    @property
    def sound(self) -> bool:
        """Whether every record has its bytes, unchanged."""
        return not self.missing and not self.damaged


def scrub(
    database: Database, store: ObjectStore, *, delete_orphans: bool = False, grace: timedelta = GRACE
) -> ScrubReport:
    """Read every stored rendition again and look for objects that no record names.

    Raises:
        StoreError: the store cannot be reached.
    """
    with database.read() as session:
        lists = session.scalars(select(TrustedList.sha256))
        named = sorted({*session.scalars(select(Rendition.sha256)), *_anchored(session), *lists})
    missing, damaged = [], []
    for sha256 in named:
        try:
            with store.open(sha256) as reading:
                for _ in reading:
                    pass
        except NotStored:
            missing.append(sha256)
        except Damaged:
            damaged.append(sha256)
    latest = datetime.now(UTC) - grace
    left_over = orphans(database, store, grace=grace)
    if delete_orphans:
        for sha256 in left_over:
            _delete(database, store, sha256, latest)
    return ScrubReport(len(named), tuple(missing), tuple(damaged), left_over)


def orphans(database: Database, store: ObjectStore, *, grace: timedelta = GRACE) -> tuple[str, ...]:
    """Objects older than the grace time that no record names.

    Raises:
        StoreError: the store cannot be reached.
    """
    latest = datetime.now(UTC) - grace
    old = [stored for stored in store.walk() if stored.modified_at < latest]
    # What anchored the event log stays even if its row was deleted: it proves that.
    return tuple(sorted(one.sha256 for one in old if not _is_named(database, one.sha256) and not is_piece(store, one)))


def _anchored(session: Session) -> Iterator[str]:
    """What keeps the event log's anchors."""
    columns = (EventAnchor.statement_sha256, EventAnchor.token_sha256, EventAnchor.hashes_sha256)
    for row in session.execute(select(*columns).where(EventAnchor.token.is_not(None))):
        yield from filter(None, row)


def _delete(database: Database, store: ObjectStore, sha256: str, latest: datetime) -> None:
    """Remove an orphan, unless a step has put the same bytes again since it was seen."""
    try:
        still_old = store.stat(sha256).modified_at < latest
    except NotStored:
        return
    if still_old and not _is_named(database, sha256):
        store.delete(sha256)


def _is_named(database: Database, sha256: str) -> bool:
    """Asked object by object and late, so that a record made meanwhile counts."""
    with database.read() as session:
        return any(session.scalar(select(column).where(column == sha256).limit(1)) is not None for column in _NAMES)
