"""Every engine behind one small face, so that all are loaded and asked alike."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol

from bench.searching.archive import BATCH, Archive
from bench.searching.fts5 import Fts5
from bench.searching.made import Made, Office
from search.engine import Engine, IndexedDocument, WordQuery
from search.folding import terms
from search.postgres_engine import PostgresEngine
from search.tantivy_engine import TantivyEngine
from search.whoosh_engine import WhooshEngine

POSTGRES = "BENCH_POSTGRES"
"""Names the environment variable with a PostgreSQL server to use; without it that engine is left out."""


class Asked(Protocol):
    """What is measured."""

    def load(self, archive: Archive, office: Office, count: int) -> None:
        """Index the first documents."""

    def add(self, one: Made) -> None:
        """Index one more, in a commit of its own."""

    def ask(self, text: str, *, is_phrase: bool) -> object:
        """The best 20, how many there are, and how many of each type and year."""

    def size_bytes(self) -> int:
        """What it takes on disk."""

    def close(self) -> None:
        """Let go of files."""


class Peer:
    """FTS5."""

    def __init__(self, folder: Path) -> None:
        self._peer = Fts5(folder)

    def load(self, archive: Archive, office: Office, count: int) -> None:  # noqa: ARG002 - the others need it
        self._peer.load(office.documents(count), BATCH)

    def add(self, one: Made) -> None:
        self._peer.add(one)

    def ask(self, text: str, *, is_phrase: bool) -> object:
        return self._peer.ask(text, is_phrase=is_phrase, figures=True)

    def size_bytes(self) -> int:
        return self._peer.size_bytes()

    def close(self) -> None:
        self._peer.close()


class Ours:
    """One of our engines."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def load(self, archive: Archive, office: Office, count: int) -> None:
        documents = archive.indexed(office.documents(count))
        while some := list(islice(documents, BATCH)):
            self.engine.index(some)

    def add(self, one: Made) -> None:
        labels = (f"type:{one.type_key}", f"year:{one.issued_on.year}", "read:public")
        document = IndexedDocument(one.id, one.reference, one.abstract, one.text, "", labels, one.issued_on, one.number)
        self.engine.index([document])

    def ask(self, text: str, *, is_phrase: bool) -> object:
        asked = terms(text)
        query = WordQuery(phrases=(asked,)) if is_phrase else WordQuery(words=asked)
        return self.engine.answer(query, counted=("type", "year"), limit=20)

    def size_bytes(self) -> int:
        return self.engine.size_bytes()

    def close(self) -> None:
        self.engine.close()


OPENERS: dict[str, Callable[[Path], Asked]] = {
    "FTS5": Peer,
    "Whoosh": lambda folder: Ours(WhooshEngine(folder)),
    "tantivy": lambda folder: Ours(TantivyEngine(folder)),
}
if os.environ.get(POSTGRES):
    OPENERS["PostgreSQL"] = lambda _: Ours(PostgresEngine.at(os.environ[POSTGRES]))


@contextlib.contextmanager
def opened(name: str, folder: Path) -> Iterator[Asked]:
    """An engine in a folder, closed at the end."""
    engine = OPENERS[name](folder)
    try:
        yield engine
    finally:
        engine.close()
