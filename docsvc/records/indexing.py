"""Carrying documents from the database to the search index.

Jobs are written in the transaction that changed the document and removed only after the index has committed, so
a crash in between means indexing once more, never a document that cannot be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from config.document_types import document_types
from docsvc.db import Database
from docsvc.db.records import Document, DocumentText, Job
from docsvc.records.terms import REGISTERED
from search.engine import Engine, IndexedDocument
from search.errors import SearchError

BATCH = 200
LONGEST_WAIT = timedelta(minutes=10)


def index_pending(database: Database, engine: Engine, *, batch: int = BATCH) -> int:
    """Index what waits, oldest first; gives how many jobs were done.

    Raises:
        SearchError: the index cannot be written; the jobs stay, with the problem noted and a later due time.
    """
    now = datetime.now(UTC)
    with database.read() as session:
        jobs = session.scalars(
            select(Job).where(Job.kind == "index", Job.due_at <= now).order_by(Job.id).limit(batch)
        ).all()
        ready, gone = _divided(session, {job.document_id for job in jobs})
    if not jobs:
        return 0
    done = [job.id for job in jobs]
    try:
        if gone:
            engine.delete(gone)
        if ready:
            engine.index(ready)
    except SearchError as error:
        with database.write() as session:
            for job in session.scalars(select(Job).where(Job.id.in_(done))):
                job.attempts += 1
                job.problem = f"{error.code}: {error}"
                job.due_at = now + min(timedelta(seconds=2**job.attempts), LONGEST_WAIT)
        raise
    with database.write() as session:
        session.execute(delete(Job).where(Job.id.in_(done)))
    return len(done)


def waiting(session: Session) -> int:
    """How many documents wait to be indexed."""
    return session.scalar(select(func.count()).select_from(Job).where(Job.kind == "index")) or 0


def reindex(database: Database, engine: Engine) -> Iterator[int]:
    """Build the whole index again from the database; yields how many documents are in so far."""
    engine.clear()
    last, done = "", 0
    while True:
        with database.read() as session:
            ids = session.scalars(
                select(Document.id)
                .where(Document.state.in_(REGISTERED), Document.id > last)
                .order_by(Document.id)
                .limit(BATCH)
            ).all()
            ready, _ = _divided(session, set(ids))
        if not ids:
            return
        engine.index(ready)
        last, done = ids[-1], done + len(ids)
        yield done


def _divided(session: Session, ids: set[str]) -> tuple[list[IndexedDocument], list[str]]:
    """What to put into the index, and ids that must leave it."""
    documents = session.scalars(select(Document).where(Document.id.in_(ids), Document.state.in_(REGISTERED))).all()
    texts = dict(
        session.execute(select(DocumentText.document_id, DocumentText.text).where(DocumentText.document_id.in_(ids)))
        .tuples()
        .all()
    )
    ready = [indexed(document, texts.get(document.id, "")) for document in documents]
    return ready, sorted(ids - {document.id for document in documents})


def indexed(document: Document, text: str) -> IndexedDocument:
    """A document as the engine wants it."""
    extra = [
        document_types()[document.type_key].name,
        document.unit.name,
        document.drafting_unit.name,
        document.signatory_name,
        document.signatory_position,
        *(delivery.recipient for delivery in document.deliveries),
    ]
    return IndexedDocument(
        id=document.id,
        reference=document.reference or "",
        abstract=document.abstract,
        text=text,
        extra="\n".join(extra),
    )
