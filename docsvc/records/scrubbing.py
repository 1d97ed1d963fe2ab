"""Comparing the database with the object store: what is missing, damaged or left over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from docsvc.db import Database
from docsvc.db.records import Rendition
from docsvc.store import Damaged, NotStored, ObjectStore

GRACE = timedelta(hours=1)
"""A younger object may belong to a step that is still at work: its row comes after its bytes."""


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
        named = sorted(set(session.scalars(select(Rendition.sha256))))
    missing, damaged = [], []
    for sha256 in named:
        try:
            store.get(sha256)
        except NotStored:
            missing.append(sha256)
        except Damaged:
            damaged.append(sha256)
    latest = datetime.now(UTC) - grace
    orphans = sorted(
        stored.sha256
        for stored in store.walk()
        if stored.modified_at < latest and not _is_named(database, stored.sha256)
    )
    if delete_orphans:
        for sha256 in orphans:
            store.delete(sha256)
    return ScrubReport(len(named), tuple(missing), tuple(damaged), tuple(orphans))


def _is_named(database: Database, sha256: str) -> bool:
    """Asked object by object and late, so that a record made meanwhile counts."""
    with database.read() as session:
        return session.scalar(select(Rendition.id).where(Rendition.sha256 == sha256).limit(1)) is not None
