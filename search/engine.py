"""What every search engine behind docsvc does, and the plain values it takes and gives.

An engine answers *words*. References, and questions without words, are answered by the database's own columns; what
narrows a question of words (unit, type, period, who may read) goes with it as labels and days, so that neither side
hands the other more than it needs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal, Protocol

from search.folding import Term

Order = Literal["best", "newest", "oldest"]
Phrase = tuple[Term, ...]
"""Words that follow one another; one word alone is the shortest."""


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

    labels: tuple[str, ...] = ()
    """What narrows answers and is counted: ``kind:value``, plain ASCII without spaces, compared letter by letter; a
    document may bear several of one kind."""

    issued_on: date | None = None
    """``None`` where it is unknown: then no period holds the document."""

    number: int = 0
    """Of documents issued on one day the one with the higher number is newer."""


@dataclass(frozen=True, slots=True)
class WordQuery:
    """Words that must all stand in a document, phrases likewise, and what must not."""

    words: tuple[Term, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()
    """Each one word or one phrase. An accented one excludes its exact form only."""

    as_typed: bool = False
    """Whether accented words must stand as typed: no third group."""

    alternatives: tuple[tuple[Phrase, ...], ...] = ()
    """Of each, at least one phrase must stand: an abbreviation, or what it stands for."""

    near: tuple[Phrase, ...] = ()
    """Phrases that need not stand; documents in which they do come first within their group."""

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing, and so finds nothing."""
        asked = (*self.phrases, *self.excluded, *(one for each in self.alternatives for one in each))
        return not (self.words or any(asked))


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which documents are asked about at all. All parts hold at once; the default lets everything through."""

    labels: tuple[frozenset[str], ...] = ()
    """Of each set the document bears at least one; an empty set lets nothing through."""

    without: frozenset[str] = frozenset()
    """The document bears none of these."""

    first: date | None = None
    last: date | None = None
    """Issued from ``first`` to ``last``, both included."""

    ids: frozenset[str] | None = None
    """Only these; ``None`` for any. Meant for some thousands at most."""


EVERYTHING = Narrowing()


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found."""

    id: str
    score: float
    """Higher is better. Only comparable within one answer, and 0 where the order is not by score."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of what was found, and figures over all of it."""

    hits: tuple[Hit, ...]
    total: int
    """How many documents were found, on all pages: exact."""

    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Each label of the kinds asked for, borne by at least one document found, and by how many: exact."""


class Engine(Protocol):
    """A search engine over documents, shared by several processes: one writes at a time, many read.

    Every method raises only :class:`search.errors.SearchError`.

    How an answer is ordered by ``best``, whatever the engine:

    1. documents that hold every word as it was typed (tone marks compared in one placement) come first;
    2. then those where accented words stand as typed and unaccented ones with any diacritics;
    3. then those where every word stands with some diacritics or none.

    A query typed wholly without diacritics has only the last group. Within a group, documents in which the phrases of
    ``near`` stand come before those in which they do not. ``newest`` and ``oldest`` go by day, then by number.
    """

    def index(self, documents: Iterable[IndexedDocument]) -> None:
        """Add documents, or replace those of the same id, in one commit: all become visible at once or none.

        Of two documents with one id in the same call the later wins. The batch is held in memory.
        """

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents in one commit; unknown ids are passed over."""

    def answer(
        self,
        query: WordQuery,
        *,
        narrowing: Narrowing = EVERYTHING,
        counted: Collection[str] = (),
        limit: int,
        offset: int = 0,
        order: Order = "best",
    ) -> Answer:
        """Answer a question of words within ``narrowing``, counting the labels of the kinds in ``counted``.

        A query that asks for nothing finds nothing; one that only excludes finds all other documents.
        """

    def search(self, query: WordQuery, *, limit: int, order: Order = "best") -> tuple[Hit, ...]:
        """Return at most ``limit`` documents, best first: :meth:`answer` without narrowing or figures."""

    def count(self) -> int:
        """Return how many documents are indexed."""

    def size_bytes(self) -> int:
        """Return what the index takes on disk."""

    def clear(self) -> None:
        """Start over with an empty index, also when the old one is damaged or outdated."""

    def close(self) -> None:
        """Let go of files. The engine may not be used afterwards."""


class Rebuildable(Engine, Protocol):
    """An engine whose index can be built anew beside the one that answers."""

    def beside(self) -> Engine:
        """Return the index being built: what an earlier build that was broken off left, or an empty one."""

    def promote(self) -> None:
        """Put the index built beside in the place of the one that answers, in one step, and drop the old one.

        Other processes see it at their next call. Without one built beside nothing happens.
        """

    def abandon(self) -> None:
        """Throw away what was built beside, if anything."""
