"""Where the words asked for stand: on which page of which file of a document, and how often."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from docsvc.db.records import Document
from docsvc.records.annexes import TextPart, annexes_of, label_of, text_parts
from docsvc.records.vocabulary import vocabulary
from search.folding import nfc
from search.highlight import Passage, Span, page_marks
from search.query import Query, parse_query

LONGEST_QUERY = 1000


@dataclass(frozen=True, slots=True)
class PassagePlace:
    """Where a passage of a result stands."""

    page: int
    """From 1, of its own file."""
    annex_id: int | None = None
    """``None`` for the document's own file."""
    label: str = ""
    """«Phụ lục II»; empty for the document's own file."""


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """One page that holds words asked for."""

    page: int
    """From 1, of its own file."""
    annex_id: int | None
    first: int
    """Number of its first mark among all of the document, from 1."""
    count: int


@dataclass(frozen=True, slots=True)
class Marks:
    """The words asked for in all texts of a document."""

    pages: tuple[MarkedPage, ...]
    total: int

    def of_page(self, annex_id: int | None, page: int) -> MarkedPage | None:
        """The page, if anything is marked on it."""
        return next((one for one in self.pages if (one.annex_id, one.page) == (annex_id, page)), None)

    def holding(self, number: int) -> MarkedPage | None:
        """The page with that mark; the nearest mark there is for a number out of range."""
        number = min(max(number, 1), self.total)
        return next((one for one in self.pages if one.first <= number < one.first + one.count), None)

    def around(self, annex_id: int | None, page: int, order: Sequence[int | None]) -> tuple[int | None, int | None]:
        """The last mark before a page without any, and the first behind it."""
        here = (order.index(annex_id), page)
        places = [((order.index(one.annex_id), one.page), one) for one in self.pages]
        before = [one.first + one.count - 1 for place, one in places if place < here]
        behind = [one.first for place, one in places if place > here]
        return (before[-1] if before else None), (behind[0] if behind else None)


class Asked:
    """What was searched for, held against the texts of one document."""

    def __init__(self, query: Query, parts: Sequence[TextPart]) -> None:
        self.parts = tuple(parts)
        self._query = query
        self._places = [(part.annex_id, number) for part in parts for number, _ in enumerate(_pages(part), 1)]
        self._texts = [page for part in parts for page in _pages(part)]
        self._spans = page_marks(self._texts, query)

    def marks(self) -> Marks:
        """Count the marks on all pages."""
        found: list[MarkedPage] = []
        total = 0
        for (annex_id, number), spans in zip(self._places, self._spans, strict=True):
            if spans:
                found.append(MarkedPage(number, annex_id, total + 1, len(spans)))
                total += len(spans)
        return Marks(tuple(found), total)

    def on_page(self, annex_id: int | None, page: int, text: str) -> tuple[Span, ...]:
        """The marks on one page, whose text may have been read from a later file than the one that is kept."""
        if (annex_id, page) not in self._places:
            return ()
        place = self._places.index((annex_id, page))
        if text == self._texts[place]:
            return self._spans[place]
        # Which forms are marked depends on the whole text.
        return page_marks([*self._texts[:place], text, *self._texts[place + 1 :]], self._query)[place]


def _pages(part: TextPart) -> list[str]:
    return part.text.split("\f")


def asked(session: Session, document: Document, text: str, *, among: Collection[int | None]) -> Asked:
    """What a search for ``text`` marks in a document.

    Args:
        session: open.
        document: one that the person may read.
        text: as typed into the search box.
        among: annexes whose files the person may read; ``None`` stands for the document's own file.
    """
    query = parse_query(nfc(text)[:LONGEST_QUERY], vocabulary(session))
    parts = text_parts(session, [document.id]).get(document.id, [])
    return Asked(query, [part for part in parts if part.annex_id in among])


def places_of(document: Document, parts: Sequence[TextPart], passages: Sequence[Passage]) -> tuple[PassagePlace, ...]:
    """Where passages stand whose pages are counted through all parts."""
    return tuple(_place(document, parts, passage.page) for passage in passages)


def _place(document: Document, parts: Sequence[TextPart], page: int) -> PassagePlace:
    left = page
    for part in parts:
        pages = part.text.count("\f") + 1
        if left <= pages:
            annex = next((one for one in annexes_of(document) if one.id == part.annex_id), None)
            return PassagePlace(left, part.annex_id, label_of(document, annex) if annex is not None else "")
        left -= pages
    return PassagePlace(page)
