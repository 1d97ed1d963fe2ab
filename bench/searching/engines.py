"""Every engine behind one small face, so that all are loaded and asked alike."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol

from bench.searching.fts5 import Fts5
from bench.searching.made import Made
from search.engine import Engine, Narrowing, WordQuery
from search.folding import terms
from search.whoosh_engine import WhooshEngine

BATCH = 5_000


class Asked(Protocol):
    """What is measured."""

    def load(self, documents: Iterable[Made], batch: int) -> None: ...

    def add(self, one: Made) -> None: ...

    def ask(self, text: str, *, is_phrase: bool, figures: bool) -> object: ...

    def size_bytes(self) -> int: ...

    def close(self) -> None: ...


class Ours:
    """One of our engines."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def load(self, documents: Iterable[Made], batch: int) -> None:
        """Add documents, one commit a batch."""
        documents = iter(documents)
        while some := [one.indexed() for one in islice(documents, batch)]:
            self.engine.index(some)

    def add(self, one: Made) -> None:
        """Add one document in a commit of its own."""
        self.engine.index([one.indexed()])

    def ask(self, text: str, *, is_phrase: bool, figures: bool) -> object:
        """The best 20; with ``figures`` also how many there are of each type and year."""
        asked = terms(text)
        query = WordQuery(phrases=(asked,)) if is_phrase else WordQuery(words=asked)
        return self.engine.answer(query, narrowing=Narrowing(), counted=("type", "year") if figures else (), limit=20)

    def size_bytes(self) -> int:
        """What the index takes on disk."""
        return self.engine.size_bytes()

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()


def _whoosh(folder: Path) -> Asked:
    return Ours(WhooshEngine(folder))


OPENERS: dict[str, Callable[[Path], Asked]] = {"FTS5": Fts5, "Whoosh": _whoosh}


@contextlib.contextmanager
def opened(name: str, folder: Path) -> Iterator[Asked]:
    """An engine in a folder, closed at the end."""
    engine = OPENERS[name](folder)
    try:
        yield engine
    finally:
        engine.close()
