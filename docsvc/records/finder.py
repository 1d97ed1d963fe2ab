"""Finding registered documents: references and dates from the database's indexes, words from the engine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, FromClause, String, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, selectinload

from docsvc.accounts import Actor
from docsvc.db import Database
from docsvc.db.records import Document
from docsvc.records.annexes import texts_of
from docsvc.records.matching import Matching, is_full, matching
from docsvc.records.preferring import REORDERED, reordered, told_first, understood
from docsvc.records.reading import readable
from docsvc.records.registers import today_here
from docsvc.records.terms import REGISTERED, Medium, State
from docsvc.records.units import subtree
from docsvc.records.vocabulary import vocabulary
from search.engine import Engine, WordQuery
from search.errors import SearchError
from search.folding import Term, nfc, terms
from search.highlight import Passage, passages, whole
from search.query import Chip, Query, parse_query
from search.references import format_reference
from search.relaxing import joined, without_one

PER_PAGE, MOST_PER_PAGE = 20, 200
LONGEST_QUERY = 1000
MOST_CANDIDATES = 100_000
"""Best word matches taken from the engine before the database narrows them."""

_NEWEST = (Document.issued_on.desc(), Document.number.desc(), Document.id)


class Order(StrEnum):
    """How results are ordered."""

    BEST = "best"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Filters:
    """Limits set beside the search box; ``None`` or empty means no limit."""

    unit_id: int | None = None
    """This unit and those below it."""
    type_key: str = ""
    start: date | None = None
    end: date | None = None
    signatory: str = ""
    medium: Medium | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One document found, with the passages that show why."""

    document: Document
    abstract: Passage
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of results."""

    query: Query
    chips: tuple[Chip, ...]
    results: tuple[Result, ...]
    total: int
    page: int
    pages: int
    order: Order
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
    today: date | None = None,
) -> ResultPage:
    """Find documents that this person may read.

    Every part of the query holds at once, but for a bare number, which may be a reference or a word. References come
    first, the ones typed exactly before the ones that only fold alike; then, for references in full, documents that
    cite them; words are ranked by the engine. Without words and references the newest come first. A page past the
    last one gives the last.

    Raises:
        SearchError: the index is damaged or missing and must be rebuilt. Queries without words do not need it.
    """
    per_page = min(max(per_page, 1), MOST_PER_PAGE)
    with database.read() as session:
        query = parse_query(nfc(text)[:LONGEST_QUERY], vocabulary(session), today or today_here())
        ranked = query.asks_words or query.references or told_first(query) is not None
        order = order or (Order.BEST if ranked else Order.NEWEST)
        search = _Search(database, engine, session, query)
        search.narrow([_open_to(session, actor, driving=not database.is_sqlite)])
        search.narrow(_filtered(filters or Filters()))
        search.narrow(understood(query))
        search.match()
        page = max(page, 1)
        ids, total = search.ids(order, (page - 1) * per_page, per_page)
        pages = max(1, -(-total // per_page))
        if page > pages:
            page = pages
            ids, total = search.ids(order, (page - 1) * per_page, per_page)
        results = _results(session, ids, query)
    return ResultPage(
        query=query,
        chips=query.chips,
        results=results,
        total=total,
        page=page,
        pages=pages,
        order=order,
        nearly=search.nearly,
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """Document ids in an order of their own, as a table for one statement."""

    table: FromClause
    id: ColumnElement[str]
    place: ColumnElement[int]


class _Search:
    """One query on its way: conditions for the database, and ids listed best first where the engine was asked."""

    def __init__(self, database: Database, engine: Engine, session: Session, query: Query) -> None:
        self._database, self._engine, self._session, self._query = database, engine, session, query
        self._conditions: list[ColumnElement[bool]] = []
        self._matching: Matching | None = None
        self._listed: _Listed | None = None
        self.nearly = False
        """Whether no document holds all the words, and those are taken that hold all but one."""

    def narrow(self, conditions: Iterable[ColumnElement[bool]]) -> None:
        """Keep to documents for which all of these hold."""
        self._conditions.extend(conditions)

    def match(self) -> None:
        """Apply references and words."""
        query = self._query
        found = self._preferred(self._asked_nearly(query)) if query.asks_words else None
        cited = self._citing()
        if query.references:
            self._matching = matching(self._session, query.references)
        if query.number_or_word:
            self._keep(dict.fromkeys((*self._bearing(), *(found or ()))))
        elif cited:
            either = dict.fromkeys((*self._bearing(), *cited))
            self._keep(either if found is None else {one: None for one in either if one in found})
        else:
            if self._matching is not None:
                self._conditions.append(self._matching.either)
            if found is not None:
                self._keep(found)
        if query.excluded and found is None:
            unwanted = dict.fromkeys(one for words in query.excluded for one in self._asked(_only(words)))
            self._conditions.append(Document.id.not_in(select(self._table(unwanted).id)))

    def ids(self, order: Order, offset: int, limit: int) -> tuple[list[str], int]:
        """One page of document ids, and how many there are on all pages."""
        ordering: list[ColumnElement[Any]] = []
        if order is Order.BEST and self._matching is not None:
            ordering.append(self._matching.rank)
        if order is Order.BEST and self._listed is not None:
            ordering.append(self._listed.place)
        elif order is Order.BEST and (first := told_first(self._query)) is not None:
            ordering.append(first)
        found = select(Document.id, func.count().over()).where(*self._conditions)
        if self._listed is not None:
            found = found.join(self._listed.table, self._listed.id == Document.id)
        rows = self._session.execute(found.order_by(*ordering, *_NEWEST).offset(offset).limit(limit)).all()
        if rows or not offset:
            return [row[0] for row in rows], rows[0][1] if rows else 0
        return [], self._session.scalar(select(func.count()).select_from(found.subquery())) or 0

    def _asked_nearly(self, query: Query) -> dict[str, None]:
        """What holds all the words; where nothing does, what holds all but one."""
        found = self._asked(query.word_query)
        if found or query.references:
            return found
        answers = (self._engine.search(one, limit=REORDERED) for one in without_one(query.word_query))
        nearly = joined([hit.id for hit in hits] for hits in answers)
        self.nearly = bool(nearly)
        return dict.fromkeys(nearly)

    def _preferred(self, found: dict[str, None]) -> dict[str, None]:
        return dict.fromkeys(reordered(self._session, self._query, list(found)))

    def _asked(self, words: WordQuery) -> dict[str, None]:
        return dict.fromkeys(hit.id for hit in self._engine.search(words, limit=MOST_CANDIDATES))

    def _bearing(self) -> Sequence[str]:
        """Ids of the documents that bear one of the references."""
        assert self._matching is not None  # noqa: S101 - both callers have references
        statement = select(Document.id).where(*self._conditions, self._matching.either)
        return self._session.scalars(statement.order_by(self._matching.rank, *_NEWEST)).all()

    def _citing(self) -> dict[str, None]:
        """Ids of documents that cite one of the references that are given in full."""
        found: dict[str, None] = {}
        for reference in self._query.references:
            if is_full(reference):
                words = WordQuery(terms(format_reference(reference)), as_typed=reference.exact)
                try:
                    found.update(self._asked(words))
                except SearchError:
                    # A reference is answered by the database alone, also while the index is being rebuilt.
                    return {}
        return found

    def _keep(self, ids: Iterable[str]) -> None:
        self._listed = self._table(ids)

    def _table(self, ids: Iterable[str]) -> _Listed:
        """The ids as a table, bound as one parameter: databases limit how many parameters they take."""
        if self._database.is_sqlite:
            table = func.json_each(json.dumps(list(ids))).table_valued("key", "value")
            return _Listed(table, id=table.c.value, place=table.c.key)
        # Of an array, other than of JSON, PostgreSQL knows the length when it plans.
        elements = func.unnest(literal(list(ids), ARRAY(String(32))))
        table = elements.table_valued("value", with_ordinality="place").render_derived()
        return _Listed(table, id=table.c.value, place=table.c.place)


def _open_to(session: Session, actor: Actor, *, driving: bool) -> ColumnElement[bool]:
    """Registered, and for this person to read.

    SQLite keeps no statistics: it would start from the index on the state, which nearly every document shares, and
    leave the ones on reference, date and id alone. As a value the condition can only be checked row by row.
    """
    condition = and_(Document.state.in_(REGISTERED), readable(session, actor))
    return condition if driving else case((condition, 1), else_=0) == 1


def _filtered(filters: Filters) -> Iterable[ColumnElement[bool]]:
    if filters.unit_id is not None:
        units = subtree([filters.unit_id])
        yield or_(Document.unit_id.in_(units), Document.drafting_unit_id.in_(units))
    if filters.type_key:
        yield Document.type_key == _storable(filters.type_key)
    if filters.start is not None:
        yield Document.issued_on >= filters.start
    if filters.end is not None:
        yield Document.issued_on <= filters.end
    if filters.signatory:
        yield Document.signatory_name == _storable(filters.signatory)
    if filters.medium is not None:
        yield Document.medium == filters.medium
    if filters.state is not None:
        yield Document.state == filters.state


def _only(unwanted: tuple[Term, ...]) -> WordQuery:
    """What an exclusion excludes: with diacritics its exact form only."""
    return WordQuery(phrases=(unwanted,), as_typed=True)


def _storable(text: str) -> str:
    """Without what no database column can hold."""
    return text.replace("\x00", "").encode(errors="ignore").decode()


def _results(session: Session, ids: list[str], query: Query) -> tuple[Result, ...]:
    rows = session.scalars(
        select(Document)
        .where(Document.id.in_(ids))
        .options(selectinload(Document.unit), selectinload(Document.drafting_unit))
    )
    documents = {document.id: document for document in rows}
    texts = texts_of(session, ids)
    return tuple(
        Result(
            document=documents[identifier],
            abstract=whole(documents[identifier].abstract, query),
            passages=passages(texts.get(identifier, ""), query, most=2),
        )
        for identifier in ids
    )
