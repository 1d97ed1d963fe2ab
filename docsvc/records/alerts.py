"""Looking whether documents published since are what somebody waits for.

Each search goes through the event log by itself, so that a run broken off anywhere goes on where it was: what was
found and how far the log was read are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor
from docsvc.accounts.actor import actor_of
from docsvc.db import Database
from docsvc.db.people import User
from docsvc.db.records import Event, EventHead, Job
from docsvc.db.saved_searches import SavedSearch, SavedSearchHit

AT_ONCE = 500
"""Documents that one search is asked about at a time."""
PASSED_AT_ONCE = 1_000
"""Entries of the log in which nothing was published are noted as read only when there are so many."""
Found = Callable[[Actor, str, Collection[str]], Collection[str]]
"""Which of some documents a person finds by what is asked."""


def look(database: Database, found: Found) -> int:
    """Ask every search that is to be told about what was published since; gives how many documents were found.

    A document that is not indexed yet waits, and so do those published after it: none is passed over.

    Raises:
        SearchError: the index cannot be asked; nothing is passed over.
    """
    with database.read() as session:
        head = session.scalar(select(EventHead.last_id)) or 0
        due = session.scalars(
            select(SavedSearch.id)
            .where(SavedSearch.alert, SavedSearch.checked_event_id < head)
            .order_by(SavedSearch.id)
        ).all()
    return sum(_look_for(database, search_id, found) for search_id in due)


def _look_for(database: Database, search_id: int, found: Found) -> int:
    count = 0
    while True:
        with database.read() as session:
            kept = session.get(SavedSearch, search_id)
            user = session.get(User, kept.user_id) if kept is not None else None
            if kept is None or user is None or not kept.alert or not user.active:
                return count  # somebody away is told when they are back
            actor = actor_of(session, user)
            asked, since = kept.asked, kept.checked_event_id
            ids, through = _published(session, since)
        if not ids and through - since < PASSED_AT_ONCE:
            return count
        hits = found(actor, asked, ids) if ids else ()
        with database.write() as session:
            kept = session.get(SavedSearch, search_id, with_for_update=True)
            if kept is None or not kept.alert or (kept.asked, kept.checked_event_id) != (asked, since):
                return count  # changed meanwhile: asked again the next time
            known = set(
                session.scalars(select(SavedSearchHit.document_id).where(SavedSearchHit.search_id == search_id))
            )
            fresh = [one for one in dict.fromkeys(hits) if one not in known]
            now = datetime.now(UTC)
            session.add_all(SavedSearchHit(search_id=search_id, document_id=one, found_at=now) for one in fresh)
            kept.checked_event_id = through
            count += len(fresh)


def _published(session: Session, since: int) -> tuple[list[str], int]:
    """Documents published after an entry of the log, and the entry up to which these are all."""
    # First: what is published after this moment is for the next look.
    end = session.scalar(select(func.max(Event.id))) or since
    rows = session.execute(
        select(Event.id, Event.object_id)
        .where(Event.id > since, Event.id <= end, Event.act == "published", Event.object_kind == "document")
        .order_by(Event.id)
        .limit(AT_ONCE)
    ).all()
    waiting = set(
        session.scalars(
            select(Job.document_id).where(Job.kind == "index", Job.document_id.in_({row.object_id for row in rows}))
        )
    )
    through = rows[-1].id if len(rows) == AT_ONCE else end
    ids: list[str] = []
    for row in rows:
        if row.object_id in waiting:
            return list(dict.fromkeys(ids)), row.id - 1
        ids.append(row.object_id)
    return list(dict.fromkeys(ids)), through
