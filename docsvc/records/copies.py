"""The relation between copies and what they were made from, for a person to follow."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor
from docsvc.db.records import CopySource, Document
from docsvc.records.reading import readable
from docsvc.records.terms import REGISTERED


def source_for(session: Session, actor: Actor, document: Document) -> Document | None:
    """The document that this one is a copy of, if it is here and this person may read it."""
    known = document.copied_from
    if known is None or known.source_id is None:
        return None
    return session.scalar(select(Document).where(Document.id == known.source_id, readable(session, actor)))


def copies_for(session: Session, actor: Actor, document: Document) -> tuple[Document, ...]:
    """Registered copies of a document that this person may read, in the order of their numbers."""
    rows = session.scalars(
        select(Document)
        .join(CopySource, CopySource.document_id == Document.id)
        .where(CopySource.source_id == document.id, Document.state.in_(REGISTERED), readable(session, actor))
        .order_by(Document.issued_on, Document.number, Document.id)
    )
    return tuple(rows)
