"""How the search index stands: what is in it, what waits, how quickly it answers, and whether it has been outgrown."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from docsvc.db import Database
from docsvc.db.indexing import IndexBuild
from docsvc.db.records import Document, DocumentText, Job
from docsvc.records import rebuilding
from docsvc.records.indexing import registered_count, waiting
from docsvc.records.terms import REGISTERED
from search.engine import Engine, Phrase, WordQuery
from search.errors import SearchError
from search.folding import terms

SLOW_MS = 100.0
"""Answers in more than this are noticed by people who type on."""
WHOOSH_DOCUMENTS = 100_000
"""Measured: there the embedded engine takes up to 120 ms for phrases of common words, and more with more."""
_QUESTIONS, _LONGEST_SECONDS, _LETTERS = 40, 10.0, 4_000


@dataclass(frozen=True, slots=True)
class Standing:
    """The index beside what the database knows."""

    registered: int
    indexed: int | None
    """``None`` if the index cannot be read; then ``problem`` says why."""
    size_bytes: int
    waiting: int
    failing: int
    """Of those that wait, how many were tried before."""
    waiting_since: datetime | None
    last: IndexBuild | None
    """The newest build, ended or not."""
    problem: SearchError | None


@dataclass(frozen=True, slots=True)
class Speed:
    """How quickly questions were answered here and now, with words of documents drawn by chance."""

    documents: int
    questions: int
    p50_ms: float
    p95_ms: float


def standing(database: Database, engine: Engine) -> Standing:
    """Look at the index and at what is owed to it."""
    with database.read() as session:
        owed = select(func.count(Job.document_id.distinct())).where(Job.kind == "index", Job.attempts > 0)
        registered, waits = registered_count(session), waiting(session)
        failing = session.scalar(owed) or 0
        since = session.scalar(select(func.min(Job.due_at)).where(Job.kind == "index", Job.attempts == 0))
        last = rebuilding.last(session)
    indexed, size, problem = None, 0, None
    try:
        indexed, size = engine.count(), engine.size_bytes()
    except SearchError as error:
        problem = error
    return Standing(registered, indexed, size, waits, failing, since, last, problem)


def measure(database: Database, engine: Engine, *, chance: random.Random | None = None) -> Speed | None:
    """Ask the engine questions of one to three words that stand together in some document, and time each.

    ``None`` if no document has words. Raises SearchError.
    """
    questions = _drawn(database, chance or random.Random())  # noqa: S311 - no secret
    durations: list[float] = []
    until = time.monotonic() + _LONGEST_SECONDS
    for words in questions:
        asked = WordQuery(words=words, near=(words,) if len(words) > 1 else ())
        began = time.perf_counter()
        engine.answer(asked, limit=20)
        durations.append(1000 * (time.perf_counter() - began))
        if time.monotonic() > until:
            break
    if not durations:
        return None
    durations.sort()
    return Speed(
        engine.count(), len(durations), durations[len(durations) // 2], durations[int(0.95 * (len(durations) - 1))]
    )


def outgrown(name: str, speed: Speed) -> str | None:
    """Say why an engine no longer fits and what to do; ``None`` if it does."""
    advice = " Set search_engine = tantivy, then run docsvc reindex." if name == "whoosh" else ""
    if speed.p95_ms > SLOW_MS:
        return (
            f"{name} is outgrown or short of power: of {speed.questions} questions over {speed.documents} documents "
            f"one in twenty took more than {speed.p95_ms:.0f} ms (limit {SLOW_MS:.0f} ms).{advice}"
        )
    if name == "whoosh" and speed.documents > WHOOSH_DOCUMENTS:
        return f"whoosh is meant for up to {WHOOSH_DOCUMENTS} documents; there are {speed.documents}.{advice}"
    return None


def _drawn(database: Database, chance: random.Random) -> Sequence[Phrase]:
    questions = []
    with database.read() as session:
        for number in range(_QUESTIONS):
            start = f"{chance.getrandbits(128):032x}"
            registered = select(Document.id, Document.abstract).where(Document.state.in_(REGISTERED))
            row = (
                session.execute(registered.where(Document.id >= start).order_by(Document.id).limit(1)).first()
                or session.execute(registered.order_by(Document.id).limit(1)).first()
            )
            if row is None:
                return []
            text = session.scalar(
                select(func.substr(DocumentText.text, 1, _LETTERS)).where(DocumentText.document_id == row.id).limit(1)
            )
            words = terms(text or row.abstract) or terms(row.abstract)
            count = number % 3 + 1
            at = chance.randrange(max(len(words) - count, 0) + 1)
            if words:
                questions.append(tuple(dict.fromkeys(words[at : at + count])))
    return questions
