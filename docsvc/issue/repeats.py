"""Requests that a program may send twice without making anything twice."""

from __future__ import annotations

import hashlib
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor
from docsvc.db.people import User
from docsvc.db.records import Document


def document_id(by: Actor, request_key: str) -> str:
    """The id for a new document: random, or for a person's request key always the same one."""
    if not request_key:
        return uuid.uuid4().hex
    return hashlib.sha256(f"{by.user_id}:{request_key}".encode()).hexdigest()[:32]


def queue(session: Session, by: Actor, request_key: str) -> None:
    """Wait for a request that the same person sent at the same time: it may be this very one."""
    if request_key:
        session.execute(select(User.id).where(User.id == by.user_id).with_for_update(key_share=True))


def made_before(session: Session, identifier: str, by: Actor) -> bool:
    """Whether an earlier sending of the same request has made the document."""
    return (
        session.scalar(select(Document.id).where(Document.id == identifier, Document.created_by == by.user_id))
        is not None
    )
