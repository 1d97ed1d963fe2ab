"""Who may see which document: one condition, used for every list, count, suggestion and single fetch."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor, Role
from docsvc.db.records import Delivery, Document
from docsvc.errors import NotFound
from docsvc.records.terms import REGISTERED, Access, State
from docsvc.records.units import subtree, with_agencies

WHO_READ = tuple(role for role in Role if role is not Role.ADMINISTRATOR)
"""An administrator keeps accounts and keys; that role opens no document but the public ones."""
_SEEN_BY_CLERK = (State.SIGNED, State.NUMBERED, State.SEALED, *REGISTERED)


def readable(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The condition on :class:`Document` under which this person may read it.

    Drafts belong to their author; from submission on the signatory sees them, from the signature on the
    clerk; registered ones follow their access (see :class:`Access`).
    """
    clerk_of = list(actor.units(Role.CLERK))
    own = list(with_agencies(session, actor.units(*WHO_READ)))
    overseen = subtree(actor.units(Role.AUDITOR, Role.LEADER))
    audited = subtree(actor.units(Role.AUDITOR))
    received = _sent_to(own)
    received_in_office = _sent_to(list(actor.units(Role.CLERK, Role.LEADER)))
    registered = and_(
        Document.state.in_(REGISTERED),
        or_(
            Document.access == Access.PUBLIC if actor.roles else false(),  # first: most documents pass here
            and_(
                Document.access == Access.INTERNAL,
                or_(Document.unit_id.in_(own), Document.unit_id.in_(overseen), received),
            ),
            Document.unit_id.in_(audited),
            received_in_office,
        ),
    )
    return or_(
        registered,
        Document.created_by == actor.user_id,
        and_(Document.signatory_id == actor.user_id, Document.state != State.DRAFT),
        and_(Document.unit_id.in_(clerk_of), Document.state.in_(_SEEN_BY_CLERK)),
    )


def fetch(session: Session, actor: Actor, document_id: str) -> Document:
    """One document, if this person may read it.

    Raises:
        NotFound: there is none, or it is not for this person: the answer is the same.
    """
    document = session.scalar(select(Document).where(Document.id == document_id, readable(session, actor)))
    if document is None:
        raise NotFound
    return document


def _sent_to(units: list[int]) -> ColumnElement[bool]:
    return (
        select(Delivery.id)
        .where(Delivery.document_id == Document.id, Delivery.unit_id.in_(units))
        .correlate(Document)
        .exists()
    )
