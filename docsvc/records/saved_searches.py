"""Searches that people keep under a name; each belongs to one person and is seen by nobody else.

They are a person's own notes, not acts on records: the event log does not tell of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from docsvc.accounts import Actor
from docsvc.db.records import Document, EventHead
from docsvc.db.saved_searches import SavedSearch, SavedSearchHit
from docsvc.errors import Invalid, NotFound
from docsvc.records.reading import readable
from docsvc.records.terms import State
from search.folding import nfc

LONGEST_NAME, LONGEST_ASKED, MOST_A_PERSON = 100, 4_000, 50
_MOST_SHOWN = 200


def save(session: Session, name: str, asked: str, *, alert: bool, by: Actor) -> SavedSearch:
    """Keep a search under a name; one of the same name is replaced.

    Args:
        session: to write with.
        name: for the person to know it by.
        asked: the values of the search page's address.
        alert: whether documents published from now on are told.
        by: whose it is.

    Raises:
        Invalid: it has no name, one too long, or there are too many already.
    """
    name = " ".join(nfc(name).split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(
            f"Tên tìm kiếm phải có từ 1 đến {LONGEST_NAME} ký tự.",
            f"The name of a search has 1 to {LONGEST_NAME} letters.",
        )
    if len(asked) > LONGEST_ASKED:
        raise Invalid("Tìm kiếm quá dài để lưu.", "The search is too long to be kept.")
    kept = session.scalar(select(SavedSearch).where(SavedSearch.user_id == by.user_id, SavedSearch.name == name))
    head = session.scalar(select(EventHead.last_id)) or 0
    if kept is None:
        if (_counted(session, by) or 0) >= MOST_A_PERSON:
            raise Invalid(
                f"Mỗi người lưu được tối đa {MOST_A_PERSON} tìm kiếm. Hãy xóa bớt.",
                f"A person keeps at most {MOST_A_PERSON} searches. Remove some first.",
            )
        kept = SavedSearch(user_id=by.user_id, name=name, created_at=datetime.now(UTC))
        session.add(kept)
    else:
        session.execute(delete(SavedSearchHit).where(SavedSearchHit.search_id == kept.id))
    kept.asked, kept.alert, kept.checked_event_id = asked, alert, head
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid("Tên này vừa được lưu. Hãy thử lại.", "This name was saved just now. Try again.") from error
    return kept


def own(session: Session, by: Actor) -> tuple[SavedSearch, ...]:
    """The person's searches, by name."""
    return tuple(
        session.scalars(select(SavedSearch).where(SavedSearch.user_id == by.user_id).order_by(SavedSearch.name))
    )


def fetch(session: Session, search_id: int, *, by: Actor) -> SavedSearch:
    """One of the person's searches.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    kept = session.scalar(select(SavedSearch).where(SavedSearch.id == search_id, SavedSearch.user_id == by.user_id))
    if kept is None:
        raise NotFound
    return kept


def set_alert(session: Session, search_id: int, *, alert: bool, by: Actor) -> None:
    """Begin or cease to tell; beginning, only documents published from now on count.

    Raises:
        NotFound: see :func:`fetch`.
    """
    kept = fetch(session, search_id, by=by)
    if alert and not kept.alert:
        kept.checked_event_id = session.scalar(select(EventHead.last_id)) or 0
    kept.alert = alert


def remove(session: Session, search_id: int, *, by: Actor) -> None:
    """Forget a search and what it found.

    Raises:
        NotFound: see :func:`fetch`.
    """
    kept = fetch(session, search_id, by=by)
    session.execute(delete(SavedSearchHit).where(SavedSearchHit.search_id == kept.id))
    session.delete(kept)


def unseen(session: Session, by: Actor) -> Mapping[int, int]:
    """How many new documents each search has found that the person may still read and has not seen; none is 0."""
    rows = session.execute(
        select(SavedSearchHit.search_id, func.count())
        .join(SavedSearch, SavedSearch.id == SavedSearchHit.search_id)
        .join(Document, Document.id == SavedSearchHit.document_id)
        .where(SavedSearch.user_id == by.user_id, SavedSearchHit.seen_at.is_(None), *_news(session, by))
        .group_by(SavedSearchHit.search_id)
    )
    return {row[0]: row[1] for row in rows}


def news(session: Session, search_id: int, *, by: Actor) -> tuple[Document, ...]:
    """New documents of a search that the person may read and has not seen, the newest first.

    Raises:
        NotFound: see :func:`fetch`.
    """
    kept = fetch(session, search_id, by=by)
    return tuple(
        session.scalars(
            select(Document)
            .join(SavedSearchHit, SavedSearchHit.document_id == Document.id)
            .where(SavedSearchHit.search_id == kept.id, SavedSearchHit.seen_at.is_(None), *_news(session, by))
            .order_by(Document.issued_on.desc(), Document.number.desc(), Document.id)
            .limit(_MOST_SHOWN)
        )
    )


def mark_seen(session: Session, search_id: int, *, by: Actor) -> None:
    """Take note that the person has looked at what was new.

    Raises:
        NotFound: see :func:`fetch`.
    """
    kept = fetch(session, search_id, by=by)
    session.execute(
        update(SavedSearchHit)
        .where(SavedSearchHit.search_id == kept.id, SavedSearchHit.seen_at.is_(None))
        .values(seen_at=datetime.now(UTC))
    )


def _news(session: Session, by: Actor) -> tuple[ColumnElement[bool], ...]:
    """What may be told: the person may read it still, and it was not withdrawn meanwhile."""
    return readable(session, by), Document.state == State.ISSUED


def _counted(session: Session, by: Actor) -> int | None:
    return session.scalar(select(func.count()).select_from(SavedSearch).where(SavedSearch.user_id == by.user_id))
