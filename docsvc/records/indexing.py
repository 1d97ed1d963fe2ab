"""Carrying documents from the database to the search index.

Jobs are written in the transaction that changed the document and removed only after the index has committed, so
a crash in between means indexing once more, never a document that cannot be found. Several processes may work at
once: whoever finds that a document changed while it was being indexed leaves a new job for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from config.document_types import document_types
from docsvc.db import Database
from docsvc.db.base import UtcInstant
from docsvc.db.indexing import IndexBuild
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
HELD = "index-held"
"""Kind of a job done for the live index while another is being built, which may not have it yet."""
SOON_AGAIN = timedelta(hours=1)
"""Built anew by itself so lately, an index that still does not hold what it should is left to people."""


@dataclass(frozen=True, slots=True)
class Batch:
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
        read = read_batch(session, {job.document_id for job in jobs})
        before = _building(session)
    if not jobs:
        return 0
    try:
        put(engine, read)
    except SearchError as error:
        _postpone(database, [job.id for job in jobs], f"{error.code}: {error}")
        raise
    covered = {*read.versions, *read.gone}
    done = [job.id for job in jobs if job.document_id in covered]
    settle(database, read, done, before)
    return len(done)


def waiting(session: Session) -> int:
    """How many documents wait to be indexed."""
    return session.scalar(select(func.count(Job.document_id.distinct())).where(Job.kind == "index")) or 0


def owe_missing(database: Database, engine: Engine) -> int:
    """See to it that every document is indexed again if the index does not hold as many as are registered.

    Gives how many. An index that answers, if not rightly, goes on answering until another is built beside it; into
    an empty one they go at once. It is so after the index was lost or made anew, after work on it was broken off, and
    after the database came back from a backup.

    Raises:
        SearchError: the index cannot be read.
    """
    with database.read() as session:
        # Jobs go after the index has committed: with none waiting, the index read later holds at least these.
        if waiting(session):
            return 0
        registered = registered_count(session)
    held = engine.count()
    if held == registered:
        return 0
    with database.read() as session:
        if waiting(session) or registered_count(session) != registered:
            return 0
    if held and hasattr(engine, "beside"):
        return registered if _ask_for_rebuild(database) else 0
    if held > registered:
        engine.clear()
    return _owe_all(database)


def _ask_for_rebuild(database: Database) -> bool:
    """An index that answers is replaced by one built beside it; says whether that was asked for now."""
    now = datetime.now(UTC)
    with database.write() as session:
        lately = select(IndexBuild.id).where(or_(IndexBuild.ended_at.is_(None), IndexBuild.ended_at > now - SOON_AGAIN))
        if session.scalar(lately.limit(1)) is not None:
            return False
        session.add(IndexBuild(asked_by="system", asked_at=now, started_at=None, moved_at=None, ended_at=None))
        return True


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
        return registered_count(session)


def registered_count(session: Session) -> int:
    """How many documents an index should hold."""
    return session.scalar(select(func.count()).select_from(Document).where(Document.state.in_(REGISTERED))) or 0


def put(engine: Engine, read: Batch) -> None:
    """Carry what was read to an index. Raises SearchError."""
    if read.gone:
        engine.delete(read.gone)
    if read.ready:
        engine.index(read.ready)


def settle(database: Database, read: Batch, done: Sequence[int] = (), before: tuple[int, bool] | None = None) -> None:
    """Take done jobs away; documents that changed meanwhile get another, for an older state may have come last.

    ``before``: the newest build of an index, and whether it was open, when the documents were read. While one is
    open, done jobs are held back for it. If one ended meanwhile, the documents may have gone into the old index: the
    jobs stay and are done again.
    """
    with database.write() as session:
        now_building = _building(session, locked=True)
        if now_building[1]:
            session.execute(update(Job).where(Job.id.in_(done)).values(kind=HELD))
        elif before is None or now_building == before:
            session.execute(delete(Job).where(Job.id.in_(done)))
        versions = select(Document.id, Document.version).where(Document.id.in_(read.versions))
        known = {row.id: row.version for row in session.execute(versions)}
        labels = labels_of(session, read.versions)
        changed = [
            one.id
            for one in read.ready
            if known.get(one.id) != read.versions[one.id] or labels.get(one.id) != one.labels
        ]
        now = datetime.now(UTC)
        session.add_all(Job(kind="index", document_id=one, due_at=now) for one in changed if one in known)


def _building(session: Session, *, locked: bool = False) -> tuple[int, bool]:
    newest = select(IndexBuild).order_by(IndexBuild.id.desc()).limit(1)
    build = session.scalars(newest.with_for_update() if locked else newest).first()
    return (build.id, build.ended_at is None) if build else (0, False)


def _postpone(database: Database, jobs: Sequence[int], problem: str) -> None:
    now = datetime.now(UTC)
    with database.write() as session:
        for job in session.scalars(select(Job).where(Job.id.in_(jobs))):
            job.attempts += 1
            job.problem = problem
            job.due_at = now + min(timedelta(seconds=2 ** min(job.attempts, 16)), LONGEST_WAIT)


def read_batch(session: Session, ids: Collection[str]) -> Batch:
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
    return Batch(tuple(ready), tuple(sorted(gone)), versions)


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


def owe_all(database: Database) -> int:
    """Write a job for every registered document, whatever the index holds; gives how many.

    For an index that was not kept up for a while: it may hold as many documents as it should, and older ones. It goes
    on to answer while they are replaced.
    """
    return _owe_all(database)
