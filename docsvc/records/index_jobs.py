"""Owing the index a document: written in the transaction that changed what the index knows of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, insert, literal, select
from sqlalchemy.orm import Session

from docsvc.db.base import UtcInstant
from docsvc.db.records import Document, Job
from docsvc.records.terms import REGISTERED


def owe(session: Session, document_ids: Iterable[str], at: datetime) -> None:
    """Have these documents indexed again."""
    session.add_all(Job(kind="index", document_id=one, due_at=at) for one in dict.fromkeys(document_ids))


def owe_where(session: Session, condition: ColumnElement[bool], at: datetime) -> None:
    """Have every registered document for which the condition holds indexed again."""
    due = literal(at, UtcInstant())
    owed = select(literal("index"), Document.id, due, literal(0), literal(""))
    statement = owed.where(Document.state.in_(REGISTERED), condition)
    session.execute(insert(Job).from_select(["kind", "document_id", "due_at", "attempts", "problem"], statement))
