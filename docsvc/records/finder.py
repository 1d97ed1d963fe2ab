"""Finding registered documents: references and dates from the database's indexes, words from the engine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from docsvc.accounts import Actor
from docsvc.db import Database
from docsvc.db.records import Document
from docsvc.records.annexes import joined, text_parts
from docsvc.records.facets import FACETS, Facet, facets_of, kind_of
from docsvc.records.filters import Filters, without
from docsvc.records.labels import NUMBER, REFERENCE, label, named
from docsvc.records.limits import Limit, Limits, limits_of
from docsvc.records.marking import PassagePlace, places_of
from docsvc.records.matching import Matching, is_full, matching
from docsvc.records.preferring import first_rank
from docsvc.records.registers import today_here
from docsvc.records.sections import (
    DEEPEST,
    Checked,
    Citing,
    Figures,
    Nearly,
    Order,
    Rows,
    Section,
    Sources,
    Words,
    by_day,
)
from docsvc.records.vocabulary import vocabulary
from search.engine import Engine
from search.folding import nfc, terms
from search.highlight import Passage, passages, whole
from search.query import Chip, Query, parse_query
from search.references import format_reference

__all__ = ["Filters", "Order", "Result", "ResultPage", "find"]

PER_PAGE, MOST_PER_PAGE = 20, 200
LONGEST_QUERY = 1000
MOST_REFERENCES = 1_000
"""Printed references that are kept out of what cites them."""


@dataclass(frozen=True, slots=True)
class Result:
    """One document found, with the passages that show why."""

    document: Document
    abstract: Passage
    passages: tuple[Passage, ...]
    places: tuple[PassagePlace, ...] = ()
    """Where each of the passages stands."""


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of results."""

    query: Query
    chips: tuple[Chip, ...]
    results: tuple[Result, ...]
    total: int
    page: int
    pages: int
    """As many as can be turned to: no more than :data:`docsvc.records.sections.DEEPEST` results."""
    order: Order
    exact: bool = True
    """Whether ``total`` is exact; if not, there are more."""
    facets: tuple[Facet, ...] = ()
    """Those that were asked for and could be counted."""
    nearly: bool = False
    """Whether no document holds all the words: these hold all but one."""


def find(
    database: Database,
    engine: Engine,
    actor: Actor,
    text: str,
    *,
    filters: Filters | None = None,
    order: Order | None = None,
    page: int = 1,
    per_page: int = PER_PAGE,
    counted: Collection[str] = (),
    today: date | None = None,
) -> ResultPage:
    """Find documents that this person may read, and count them by the facets in ``counted``.

    Every part of the query holds at once, but for a bare number, which may be a reference or a word. References come
    first, the ones typed exactly before the ones that only fold alike; then, for references in full, documents that
    cite them; words are ranked by the engine. Without words and references the newest come first. A page past the
    last one gives the last.

    Raises:
        SearchError: the index is damaged or missing and must be rebuilt. Queries without words do not need it.
    """
    per_page, page = min(max(per_page, 1), MOST_PER_PAGE), max(page, 1)
    filters = filters or Filters()
    with database.read() as session:
        query = parse_query(nfc(text)[:LONGEST_QUERY], vocabulary(session), today or today_here())
        search = _Search(Sources(session, engine, database.is_sqlite), actor, query, filters)
        ranked = query.references or query.asks_words or first_rank(query) is not None
        order = order or (Order.BEST if ranked else Order.NEWEST)
        page = min(page, DEEPEST // per_page)
        ids, figures = search.page(order, (page - 1) * per_page, per_page, search.kinds(counted))
        if not figures.total and search.do_without_one():
            ids, figures = search.page(order, (page - 1) * per_page, per_page, search.kinds(counted))
        pages = max(1, min(-(-figures.total // per_page), DEEPEST // per_page))
        if page > pages:
            page = pages
            ids, figures = search.page(order, (page - 1) * per_page, per_page, search.kinds(counted))
        results = _results(session, ids, search.limits, query)
        facets = facets_of(session, filters, search.counts(figures, counted))
    return ResultPage(
        query=query,
        chips=query.chips,
        results=results,
        # What the index does not know yet has changed: such documents are not shown.
        total=figures.total - (len(ids) - len(results)),
        page=page,
        pages=pages,
        order=order,
        exact=figures.exact,
        facets=facets,
        nearly=search.nearly,
    )


class _Search:
    """One query: its limits, and the sections that make up the answer."""

    def __init__(self, sources: Sources, actor: Actor, query: Query, filters: Filters) -> None:
        self._sources, self._actor, self._query, self._filters = sources, actor, query, filters
        self.limits = self._limits(filters)
        self._matching = matching(sources.session, query.references) if query.references else None
        self._sections = self._sections_under(self.limits)
        self.nearly = False
        """Whether no document holds all the words, and those are taken that hold all but one."""

    def do_without_one(self) -> bool:
        """Look for documents that hold all the words but one; tells whether there are any."""
        query = self._query
        if query.references or not query.asks_words:
            return False
        found = Nearly(self._sources, query.word_query, self.limits.narrowing(), query)
        self._sections, self.nearly = [found], bool(found.ids)
        return self.nearly

    def _limits(self, filters: Filters) -> Limits:
        sources = self._sources
        return limits_of(sources.session, self._actor, self._query, filters, is_sqlite=sources.is_sqlite)

    def kinds(self, facets: Collection[str]) -> list[str]:
        """Labels to be counted together with the page: of facets of which nothing is chosen."""
        return [kind_of(facet, self._filters) for facet in facets if not self._chosen(facet)]

    def page(self, order: Order, offset: int, limit: int, kinds: Collection[str]) -> tuple[Sequence[str], Figures]:
        """One page of document ids, and figures over all pages."""
        return _page(self._sources, self._sections, order, offset, limit, kinds)

    def counts(self, figures: Figures, facets: Collection[str]) -> dict[str, dict[str, int]]:
        """By facet the counts of its labels; those of a facet of which something is chosen as if nothing were."""
        counted: dict[str, dict[str, int]] = {}
        for facet in (facet for facet in FACETS if facet in facets):
            kind = kind_of(facet, self._filters)
            known: Figures = figures
            if self._chosen(facet):
                sections = self._sections_under(self._limits(without(self._filters, facet)))
                _, known = _page(self._sources, sections, Order.NEWEST, 0, 0, [kind])
            if known.counts is not None:
                counted[facet] = {one: count for one, count in known.counts.items() if one.startswith(f"{kind}:")}
        return counted

    def _chosen(self, facet: str) -> bool:
        bare = without(self._filters, facet)
        return replace(bare, predecessors=True) != replace(self._filters, predecessors=True)

    def _sections_under(self, limits: Limits) -> list[Section]:
        query, sources, words = self._query, self._sources, self._query.word_query
        if self._matching is None:
            unworded = Checked if self._filters.signed is not None else Rows
            if words.is_empty:
                return [unworded(sources, limits, asked=query)]
            return [Words(sources, words, limits.narrowing(), asked=query)]
        bearing = Rows(sources, limits, self._matching, asked=query)
        if query.number_or_word:
            number = label(NUMBER, query.references[0].number)
            return [bearing, Citing(sources, words, limits.narrowing(without=[number]))]
        sections: list[Section] = [bearing]
        if not words.is_empty:
            sections = [bearing.holding(words)]
        full = [reference for reference in query.references if is_full(reference)]
        if full:
            cited = replace(
                words,
                alternatives=(*words.alternatives, tuple(terms(format_reference(one)) for one in full)),
                as_typed=all(one.exact for one in full),
            )
            narrowing = limits.narrowing(without=self._printed(limits, bearing, self._matching))
            sections.append((Citing if words.is_empty else Words)(sources, cited, narrowing))
        return sections

    def _printed(self, limits: Limits, bearing: Rows, borne: Matching) -> list[str]:
        """Labels of the references that the documents bear which stand before those that cite them."""
        if bearing.are_few:
            return [named(REFERENCE, one) for one in {row.reference for row in bearing.probed}]
        conditions = limits.where((Limit("reference", borne.either),))
        printed = select(Document.reference).where(*conditions).distinct().limit(MOST_REFERENCES)
        return [named(REFERENCE, one) for one in self._sources.session.scalars(printed) if one]


def _page(
    sources: Sources, sections: Sequence[Section], order: Order, offset: int, limit: int, kinds: Collection[str]
) -> tuple[Sequence[str], Figures]:
    """One page over all sections."""
    mixed = len(sections) > 1 and order is not Order.BEST and limit > 0
    ids: list[str] = []
    figures = Figures(0, counts={})
    for section in sections:
        if mixed:
            stretch = section.look(0, offset + limit, order, kinds)
        else:
            stretch = section.look(max(offset - figures.total, 0), limit - len(ids), order, kinds)
        ids += stretch.ids
        figures = _added(figures, stretch.figures)
    return (by_day(sources, ids, order)[offset : offset + limit] if mixed else ids), figures


def _added(one: Figures, other: Figures) -> Figures:
    counts = None
    if one.counts is not None and other.counts is not None:
        counts = {label: one.counts.get(label, 0) + other.counts.get(label, 0) for label in one.counts | other.counts}
    return Figures(one.total + other.total, one.exact and other.exact, counts)


def _results(session: Session, ids: Sequence[str], limits: Limits, query: Query) -> tuple[Result, ...]:
    """The documents, if the database lets them through: the engine may not know yet what has changed."""
    rows = session.scalars(
        select(Document)
        .where(Document.id.in_(ids), limits.holds())
        .options(selectinload(Document.unit), selectinload(Document.drafting_unit))
    )
    documents = {document.id: document for document in rows}
    parts = text_parts(session, ids)
    found = {one: passages(joined(parts.get(one, ())), query, most=2) for one in ids}
    return tuple(
        Result(
            document=documents[one],
            abstract=whole(documents[one].abstract, query),
            passages=found[one],
            places=places_of(documents[one], parts.get(one, ()), found[one]),
        )
        for one in ids
        if one in documents
    )
