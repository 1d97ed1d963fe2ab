"""What every search engine behind docsvc does, and the plain values it takes and gives.

An engine answers *words*. Numbers, dates, units and types are answered by the database's own columns; the caller
joins both by document id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from search.folding import Term

Order = Literal["best"]


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """What an engine reads of one document. Nothing of it is stored, only indexed."""

    id: str
    reference: str
    """As printed, ``138/QĐ-UBND``; weighs most."""

    abstract: str
    """Trích yếu; weighs much."""

    text: str
    """The document's text; pages parted by form feeds."""

    extra: str
    """Type name, unit, signatory, recipients."""


@dataclass(frozen=True, slots=True)
class WordQuery:
    """Words that must all stand in a document, phrases likewise, and what must not."""

    words: tuple[Term, ...] = ()
    phrases: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[tuple[Term, ...], ...] = ()
    """Each one word or one phrase. An accented one excludes its exact form only."""

    as_typed: bool = False
    """Whether accented words must stand as typed: no third group."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found."""

    id: str
    score: float
    """Higher is better. Only comparable within one answer."""


class Engine(Protocol):
    """A search engine over documents, shared by several processes: one writes at a time, many read.

    Every method raises only :class:`search.errors.SearchError`.

    How an answer is ordered, whatever the engine:

    1. documents that hold every word as it was typed (tone marks compared in one placement) come first;
    2. then those where accented words stand as typed and unaccented ones with any diacritics;
    3. then those where every word stands with some diacritics or none.

    A query typed wholly without diacritics has only the last group.
    """

    def index(self, documents: Iterable[IndexedDocument]) -> None:
        """Add documents, or replace those of the same id, in one commit: all become visible at once or none.

        Of two documents with one id in the same call the later wins. The batch is held in memory.
        """

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents in one commit; unknown ids are passed over."""

    def search(self, query: WordQuery, *, limit: int, order: Order = "best") -> tuple[Hit, ...]:
        """Return at most ``limit`` documents, best first.

        A query that asks for nothing finds nothing; one that only excludes finds all other documents.
        """

    def count(self) -> int:
        """Return how many documents are indexed."""

    def clear(self) -> None:
        """Start over with an empty index, also when the old one is damaged or outdated."""

    def close(self) -> None:
        """Let go of files. The engine may not be used afterwards."""
