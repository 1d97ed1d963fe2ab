"""Requests that a program may send twice without making anything twice."""

from __future__ import annotations

import hashlib
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor
from docsvc.db.records import Document


def document_id(by: Actor, request_key: str) -> str:
    """The id for a new document: random, or for a person's request key always the same one."""
    if not request_key:
        return uuid.uuid4().hex
    return hashlib.sha256(f"{by.user_id}:{request_key}".encode()).hexdigest()[:32]


def made_before(session: Session, identifier: str, by: Actor) -> bool:
    """Whether an earlier sending of the same request has made the document."""
    return (
        session.scalar(select(Document.id).where(Document.id == identifier, Document.created_by == by.user_id))
        is not None
    )
