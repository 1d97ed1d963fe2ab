"""The log's entries as they stand in the database, read once, in order, in bounded memory.

Whoever can write the database may have put anything into a column: what cannot be read is an altered entry, not an
error.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from typing import Any

from sqlalchemy import ColumnElement, String, func, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from docsvc.db import Database
from docsvc.db.records import Event, EventHead

START = "0" * 64
"""Stands for the entry before the first."""
_SHA256 = re.compile("[0-9a-f]{64}")
_BATCH = 5000
_BEFORE_ALL = -(2**63)


@dataclass(slots=True)
class Entry:
    """One entry, as it stands."""

    id: int
    moment: str
    """ISO 8601, UTC; whatever stands there if it is no moment."""
    actor: str
    act: str
    object_kind: str
    object_id: str
    detail: str
    previous_sha256: str
    sha256: str

    @property
    def happened_at(self) -> datetime | None:
        """When; ``None`` if that cannot be read."""
        try:
            return datetime.fromisoformat(self.moment).astimezone(UTC)
        except (TypeError, ValueError):
            return None

    def hashed(self) -> bytes:
        """The bytes that its hash is of: the JSON list of its fields, the hash of the entry before among them."""
        return (
            f"[{self.id}, {quoted(self.moment)}, {quoted(self.actor)}, {quoted(self.act)}, "
            f"{quoted(self.object_kind)}, {quoted(self.object_id)}, {quoted(self.detail)}, "
            f"{quoted(self.previous_sha256)}]"
        ).encode()

    def digest(self) -> str:
        """The hash that its own fields give; empty if they cannot be hashed."""
        try:
            return hashlib.sha256(self.hashed()).hexdigest()
        except (TypeError, ValueError):
            return ""


def digest_of(event: Event) -> str:
    """The hash of an entry: of the JSON list of its fields, the hash of the entry before among them."""
    moment = event.happened_at.astimezone(UTC).isoformat()
    named = (event.actor, event.act, event.object_kind, event.object_id, event.detail, event.previous_sha256)
    return Entry(event.id, moment, *named, sha256="").digest()


def entries(database: Database, *, after: int | None = None, until: int | None = None) -> Iterator[Entry]:
    """Entries in the order of their numbers; those that others append meanwhile come too, unless ``until`` ends it.

    Writers queue on the head until they have committed, so that none appears behind one that was read.
    """
    last = _BEFORE_ALL if after is None else after
    while True:
        with database.read() as session:
            batch = _batch(session, database, last, until)
        if not batch:
            return
        yield from batch
        last = batch[-1].id


def hash_line(sha256: object) -> str:
    """An entry's hash as a list of hashes has it; zeros for what is none."""
    return sha256 if isinstance(sha256, str) and _SHA256.fullmatch(sha256) else START


def head(session: Session) -> tuple[int, str] | None:
    """Number and hash of the last entry, as the head says; ``None`` if there is no head."""
    row = session.execute(select(EventHead.last_id, EventHead.last_sha256).limit(1)).one_or_none()
    return (row.last_id, row.last_sha256) if row is not None else None


def _batch(session: Session, database: Database, last: int, until: int | None) -> list[Entry]:
    within = [Event.id > last] if until is None else [Event.id > last, Event.id <= until]
    columns = _columns(database)
    try:
        return [
            _entry(row) for row in session.execute(select(*columns).where(*within).order_by(Event.id).limit(_BATCH))
        ]
    except (DBAPIError, ValueError):
        session.rollback()
    # One of them cannot even be fetched: each by itself.
    numbers = list(session.scalars(select(Event.id).where(*within).order_by(Event.id).limit(_BATCH)))
    return [_one(session, columns, number) for number in numbers]


def _one(session: Session, columns: tuple[Any, ...], number: int) -> Entry:
    try:
        return _entry(session.execute(select(*columns).where(Event.id == number)).one())
    except (DBAPIError, ValueError):
        session.rollback()
        return Entry(number, "?", "?", "?", "?", "?", "?", "?", "?")


def _entry(row: Any) -> Entry:
    entry = Entry(*row)
    moment: object = entry.moment  # whatever SQLite was told to keep
    if isinstance(moment, str) and moment[10:11] == " ":
        entry.moment = f"{moment[:10]}T{moment[11:].removesuffix('.000000')}+00:00"
    return entry


def _columns(database: Database) -> tuple[ColumnElement[Any], ...]:
    """The moment comes as text: the driver fails on one that the database keeps but Python does not know."""
    moment: ColumnElement[Any]
    if database.is_sqlite:
        moment = type_coerce(Event.happened_at, String)
    else:
        moment = func.to_char(func.timezone("UTC", Event.happened_at), "YYYY-MM-DD HH24:MI:SS.US", type_=String)
    named = (Event.actor, Event.act, Event.object_kind, Event.object_id, Event.detail)
    return (Event.id.expression, moment, *(one.expression for one in (*named, Event.previous_sha256, Event.sha256)))
