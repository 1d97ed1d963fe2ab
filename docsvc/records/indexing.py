"""Carrying documents from the database to the search index.

Jobs are written in the transaction that changed the document and removed only after the index has committed, so
a crash in between means indexing once more, never a document that cannot be found. Several processes may work at
once: whoever finds that a document changed while it was being indexed leaves a new job for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import Session, joinedload, selectinload

from config.document_types import document_types
from docsvc.db import Database
from docsvc.db.base import UtcInstant
from docsvc.db.records import Document, Job
from docsvc.records.annexes import texts_of
from docsvc.records.labels import labels_of
from docsvc.records.terms import REGISTERED
from search.engine import Engine, IndexedDocument
from search.errors import SearchError

BATCH = 200
BATCH_LETTERS = 8_000_000
"""Text read at once, so that a batch of long documents does not fill the memory."""
LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What some documents were when they were read."""

    ready: tuple[IndexedDocument, ...]
    gone: tuple[str, ...]
    """No longer registered, or no longer there."""
    versions: Mapping[str, int]


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
        read = _read(session, {job.document_id for job in jobs})
    if not jobs:
        return 0
    try:
        _put(engine, read)
    except SearchError as error:
        _postpone(database, [job.id for job in jobs], f"{error.code}: {error}")
        raise
    covered = {*read.versions, *read.gone}
    done = [job.id for job in jobs if job.document_id in covered]
    _settle(database, read, done)
    return len(done)


def waiting(session: Session) -> int:
    """How many documents wait to be indexed."""
    return session.scalar(select(func.count(Job.document_id.distinct())).where(Job.kind == "index")) or 0


def reindex(database: Database, engine: Engine) -> Iterator[int]:
    """Build the whole index again from the database; yields how many documents are in so far.

    Until it is done fewer documents are found. Jobs that wait stay and are done by the worker; if the work is
    broken off, the worker notices what is missing, see :func:`owe_missing`.
    """
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
            read = _read(session, ids)
        if not ids:
            return
        _put(engine, read)
        _settle(database, read, [])
        last, done = max(read.versions, default=ids[-1]), done + len(read.versions)
        yield done


def owe_missing(database: Database, engine: Engine) -> int:
    """Write a job for every document if the index does not hold as many as are registered; gives how many.

    It is so after the index was lost or made anew, after a rebuild that was broken off, and after the database
    came back from a backup.

    Raises:
        SearchError: the index cannot be read.
    """
    with database.read() as session:
        # Jobs go after the index has committed: with none waiting, the index read later holds at least these.
        if waiting(session):
            return 0
        registered = _registered(session)
    held = engine.count()
    if held == registered:
        return 0
    with database.read() as session:
        if waiting(session) or _registered(session) != registered:
            return 0
    if held > registered:
        engine.clear()
    return _owe_all(database)


def begin_anew(database: Database, engine: Engine) -> int:
    """Empty a damaged or outdated index and write a job for every registered document; gives how many.

    The jobs come last: broken off in between, the empty index shows that they are owed.

    Raises:
        SearchError: the index cannot be written.
    """
    engine.clear()
    return _owe_all(database)


def _owe_all(database: Database) -> int:
    with database.write() as session:
        due = literal(datetime.now(UTC), UtcInstant())
        owed = select(literal("index"), Document.id, due, literal(0), literal("")).where(Document.state.in_(REGISTERED))
        session.execute(insert(Job).from_select(["kind", "document_id", "due_at", "attempts", "problem"], owed))
        return _registered(session)


def _registered(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Document).where(Document.state.in_(REGISTERED))) or 0


def _put(engine: Engine, read: _Batch) -> None:
    if read.gone:
        engine.delete(read.gone)
    if read.ready:
        engine.index(read.ready)


def _settle(database: Database, read: _Batch, done: Sequence[int]) -> None:
    """Take done jobs away; documents that changed meanwhile get another, for an older state may have come last."""
    with database.write() as session:
        versions = select(Document.id, Document.version).where(Document.id.in_(read.versions))
        known = {row.id: row.version for row in session.execute(versions)}
        labels = labels_of(session, read.versions)
        changed = [
            one.id
            for one in read.ready
            if known.get(one.id) != read.versions[one.id] or labels.get(one.id) != one.labels
        ]
        now = datetime.now(UTC)
        session.execute(delete(Job).where(Job.id.in_(done)))
        session.add_all(Job(kind="index", document_id=one, due_at=now) for one in changed if one in known)


def _postpone(database: Database, jobs: Sequence[int], problem: str) -> None:
    now = datetime.now(UTC)
    with database.write() as session:
        for job in session.scalars(select(Job).where(Job.id.in_(jobs))):
            job.attempts += 1
            job.problem = problem
            job.due_at = now + min(timedelta(seconds=2 ** min(job.attempts, 16)), LONGEST_WAIT)


def _read(session: Session, ids: Collection[str]) -> _Batch:
    """Read documents until there is enough text for one commit; those left out are in neither part."""
    documents = session.scalars(
        select(Document)
        .where(Document.id.in_(ids), Document.state.in_(REGISTERED))
        .order_by(Document.id)
        .options(joinedload(Document.unit), joinedload(Document.drafting_unit), selectinload(Document.deliveries))
    ).all()
    labels = labels_of(session, [document.id for document in documents])
    ready: list[IndexedDocument] = []
    versions: dict[str, int] = {}
    letters = 0
    for document in documents:
        text = texts_of(session, [document.id]).get(document.id, "")
        letters += len(text)
        ready.append(indexed(document, text, labels[document.id]))
        versions[document.id] = document.version
        if letters > BATCH_LETTERS:
            break
    gone = set(ids) - {document.id for document in documents}
    return _Batch(tuple(ready), tuple(sorted(gone)), versions)


def indexed(document: Document, text: str, labels: tuple[str, ...] = ()) -> IndexedDocument:
    """A document as the engine wants it."""
    kind = document_types().get(document.type_key)
    extra = [
        kind.name if kind else document.type_key,
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
        labels=labels,
        issued_on=document.issued_on,
        number=document.number or 0,
    )
