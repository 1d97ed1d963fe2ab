"""Appending to the event log and checking it.

An entry's hash covers its own fields and the hash of the entry before it, so that changing, removing or
inserting one breaks every later link. Writers queue on a single head row until their transaction ends: the
log has no gap, and an act that is rolled back leaves no entry.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.audit.entries import START, digest_of
from docsvc.audit.entries import head as _head
from docsvc.db.records import Event, EventHead


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first entry at which the log is not what was written."""

    event_id: int
    problem: str
    """``missing``, ``altered``, ``unlinked`` or ``cut`` (entries after the last one are gone)."""


def append(session: Session, *, actor: str, act: str, object_kind: str, object_id: object, **detail: Any) -> Event:
    """Add an entry in the caller's transaction. Take every other lock first: this one is the last.

    ``detail`` must be JSON; it must never hold a passphrase, a token or a file's bytes.
    """
    head = session.scalars(select(EventHead).with_for_update().execution_options(populate_existing=True)).one()
    event = Event(
        id=head.last_id + 1,
        happened_at=datetime.now(UTC),
        actor=actor,
        act=act,
        object_kind=object_kind,
        object_id=str(object_id),
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        previous_sha256=head.last_sha256,
        sha256="",
    )
    event.sha256 = digest_of(event)
    session.add(event)
    head.last_id, head.last_sha256 = event.id, event.sha256
    session.flush()
    return event


def check_chain(session: Session) -> ChainFault | None:
    """Read the whole log again; ``None`` means every entry is as it was written.

    Entries that others append meanwhile are checked as far as they are seen; what the head said before is what must
    be there at least, and what it says afterwards is the most.
    """
    before = _head(session)
    if before is None:
        return ChainFault(1, "cut")
    previous, expected, at_head = START, 0, START
    entries = select(Event).order_by(Event.id).execution_options(yield_per=1000, populate_existing=True)
    with closing(session.scalars(entries)) as events:
        for event in events:
            expected += 1
            if event.id != expected:
                return ChainFault(expected, "missing")
            if event.previous_sha256 != previous:
                return ChainFault(event.id, "unlinked")
            if event.sha256 != digest_of(event):
                return ChainFault(event.id, "altered")
            previous = event.sha256
            at_head = previous if event.id == before[0] else at_head
    if expected < before[0]:
        return ChainFault(expected + 1, "cut")
    if at_head != before[1]:
        return ChainFault(before[0], "altered")
    after = _head(session)
    if after is None or after[0] < expected:
        return ChainFault(before[0] + 1, "unlinked")
    return None
