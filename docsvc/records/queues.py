"""What waits for a person: own drafts, documents to sign, documents to number and seal."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, selectinload

from docsvc.accounts import Actor, Role
from docsvc.db.records import Document
from docsvc.records.reading import readable
from docsvc.records.terms import REGISTERED, State, Urgency

_TO_ISSUE = (State.SIGNED, State.NUMBERED, State.SEALED)
_UNDERWAY = (State.SUBMITTED, *_TO_ISSUE)
_BY_URGENCY = (
    case(
        (Document.urgency == Urgency.EXPRESS, 0),
        (Document.urgency == Urgency.VERY_URGENT, 1),
        (Document.urgency == Urgency.URGENT, 2),
        else_=3,
    ),
    Document.changed_at,
    Document.id,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many documents wait for a person, by kind of work."""

    drafts: int = 0
    """Own drafts, never submitted or sent back."""
    sent_back: int = 0
    """Of those, the ones the signatory returned with an opinion."""
    underway: int = 0
    """Own documents with the signatory or the clerk."""
    to_sign: int = 0
    to_issue: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    documents: tuple[Document, ...]
    total: int
    page: int
    pages: int


def waiting_for(session: Session, actor: Actor) -> Waiting:
    """Count what waits for the person."""
    return Waiting(
        drafts=_count(session, own_drafts(actor)),
        sent_back=_count(session, and_(own_drafts(actor), Document.note != "")),
        underway=_count(session, own_underway(actor)),
        to_sign=_count(session, to_sign(actor)) if actor.has(Role.LEADER) else 0,
        to_issue=_count(session, to_issue(actor)) if actor.has(Role.CLERK) else 0,
    )


def own_drafts(actor: Actor) -> ColumnElement[bool]:
    """The person's drafts, the ones sent back among them."""
    return and_(Document.created_by == actor.user_id, Document.state == State.DRAFT)


def own_underway(actor: Actor) -> ColumnElement[bool]:
    """The person's documents that wait for somebody else."""
    return and_(Document.created_by == actor.user_id, Document.state.in_(_UNDERWAY))


def own_finished(actor: Actor) -> ColumnElement[bool]:
    """The person's documents that were issued."""
    return and_(Document.created_by == actor.user_id, Document.state.in_(REGISTERED))


def to_sign(actor: Actor) -> ColumnElement[bool]:
    """Documents submitted to this person, while still a leader of their unit."""
    return and_(
        Document.signatory_id == actor.user_id,
        Document.state == State.SUBMITTED,
        or_(
            Document.unit_id.in_(actor.units(Role.LEADER)),
            Document.signatory_authority.in_(("TL.", "TUQ.")) if actor.has(Role.LEADER) else false(),
        ),
    )


def to_issue(actor: Actor) -> ColumnElement[bool]:
    """Signed documents that wait for number, seal or publication by a clerk of their unit."""
    return and_(Document.unit_id.in_(actor.units(Role.CLERK)), Document.state.in_(_TO_ISSUE))


def queue(session: Session, condition: ColumnElement[bool], *, page: int = 1, per_page: int = 20) -> Page:
    """A page of documents that wait: the most urgent first, then the longest waiting."""
    return _page(session, condition, _BY_URGENCY, page, per_page)


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a document stands among those that wait for one person, in the order of the list."""

    number: int
    """From 1; 0 where it does not wait."""
    total: int
    before: str | None
    """Id of the one before."""
    after: str | None
    """Id of the next one; after the last one comes the first, if that is another."""


def turn_to_sign(session: Session, actor: Actor, document_id: str) -> Turn:
    """A document's turn in the signatory's list."""
    waiting = list(session.scalars(select(Document.id).where(to_sign(actor)).order_by(*_BY_URGENCY)))
    if document_id not in waiting:
        return Turn(0, len(waiting), None, waiting[0] if waiting else None)
    place = waiting.index(document_id)
    following = waiting[(place + 1) % len(waiting)]
    return Turn(
        place + 1,
        len(waiting),
        waiting[place - 1] if place else None,
        following if following != document_id else None,
    )


def newest_changed(session: Session, condition: ColumnElement[bool], *, page: int = 1, per_page: int = 20) -> Page:
    """A page of documents, the last changed first."""
    return _page(session, condition, (Document.changed_at.desc(), Document.id), page, per_page)


def recently_issued(session: Session, actor: Actor, *, most: int = 8) -> tuple[Document, ...]:
    """The newest registered documents that this person may read."""
    rows = session.scalars(
        select(Document)
        .where(Document.state.in_(REGISTERED), readable(session, actor))
        .order_by(Document.issued_on.desc(), Document.published_at.desc(), Document.id)
        .limit(most)
        .options(selectinload(Document.unit))
    )
    return tuple(rows)


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Document).where(condition)) or 0


def _page(
    session: Session, condition: ColumnElement[bool], ordering: tuple[object, ...], page: int, per_page: int
) -> Page:
    total = _count(session, condition)
    pages = max(1, -(-total // per_page))
    page = min(max(page, 1), pages)
    rows = session.scalars(
        select(Document)
        .where(condition)
        .order_by(*ordering)  # type: ignore[arg-type]
        .offset((page - 1) * per_page)
        .limit(per_page)
        .options(selectinload(Document.unit), selectinload(Document.drafting_unit), selectinload(Document.author))
    )
    return Page(tuple(rows), total, page, pages)
