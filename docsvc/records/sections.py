"""An answer is made of sections that follow one another: some from the database's indexes, some from the engine.

No document stands in two of them. Each section gives one stretch of its documents and figures over all of them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

from sqlalchemy import ARRAY, ColumnElement, FromClause, String, and_, func, literal, not_, select, true, union
from sqlalchemy.orm import Session

from docsvc.db.records import Document
from docsvc.records.labels import counts_of, labels_of
from docsvc.records.limits import Limit, Limits
from docsvc.records.matching import Matching
from docsvc.records.preferring import REORDERED, first_rank, own, reordered
from search.engine import Engine, Narrowing, WordQuery
from search.errors import SearchError
from search.folding import Term
from search.query import Query
from search.relaxing import joined, without_one

FEW = 200
"""So many documents are read at once rather than page by page: then the total is exact and sorting costs nothing."""
COUNTED_BY_DATABASE = 50
"""Of so many documents the labels are read from the database, so that figures are those of this moment."""
DEEPEST = 10_000
"""Nobody turns pages further than this; the database counts no further either."""
MOST_NARROWED = 5_000
"""Documents that bear a reference which only the database can tell: the newest of these are asked for words."""
_MOST_BRANCHES, _DEEPEST_BRANCHES = 48, 1_000

_NOTHING = "0khongvanbannaoco0"
ALL = WordQuery(excluded=((Term(_NOTHING, _NOTHING, accented=False),),))
"""Every document: an engine answers what only excludes with all the others."""


class Order(StrEnum):
    """How results are ordered."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"


_BY_DAY: dict[Order, tuple[ColumnElement[Any], ...]] = {
    Order.NEWEST: (Document.issued_on.desc(), Document.number.desc(), Document.id.desc()),
    Order.OLDEST: (Document.issued_on.asc(), Document.number.asc(), Document.id.asc()),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """How many documents there are, and how many of them bear each label."""

    total: int
    exact: bool = True
    """If not, there are at least this many."""
    counts: dict[str, int] | None = None
    """``None``: not known."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some document ids of a section, in order, and figures over the whole section."""

    ids: Sequence[str]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers come from."""

    session: Session
    engine: Engine
    is_sqlite: bool


class Section(Protocol):
    """A part of an answer."""

    def look(self, offset: int, limit: int, order: Order, counted: Collection[str]) -> Stretch:
        """Give at most ``limit`` documents from ``offset`` on, and figures.

        Raises:
            SearchError: the engine is needed and cannot answer.
        """


class Words:
    """Documents that the engine finds."""

    def __init__(
        self,
        sources: Sources,
        query: WordQuery,
        narrowing: Narrowing,
        *,
        ranks: dict[str, int] | None = None,
        asked: Query | None = None,
    ) -> None:
        """``ranks`` come before what the engine thinks best; only for as many documents as are read at once.

        What ``asked`` prefers comes forward among the best.
        """
        self._engine, self._query, self._narrowing, self._ranks = sources.engine, query, narrowing, ranks
        self._session, self._asked = sources.session, asked

    def look(self, offset: int, limit: int, order: Order, counted: Collection[str]) -> Stretch:
        """See :class:`Section`."""
        ranked = self._ranks is not None and order is Order.BEST
        forward = not ranked and self._asked is not None and order is Order.BEST and limit > 0 and offset < REORDERED
        first, most = (0, len(self._ranks or ())) if ranked else (offset, limit)
        if forward:
            first, most = 0, max(REORDERED, offset + limit)
        answer = self._engine.answer(
            self._query, narrowing=self._narrowing, counted=counted, limit=most, offset=first, order=order.value
        )
        ids = [hit.id for hit in answer.hits]
        if ranked:
            ids = sorted(ids, key=(self._ranks or {}).__getitem__)[offset : offset + limit]
        if forward and self._asked is not None:
            ids = reordered(self._session, self._asked, ids)[offset : offset + limit]
        return Stretch(ids, Figures(answer.total, counts=dict(answer.counts)))


class Nearly:
    """Documents that hold all the words but one, for a query that nothing answers in full."""

    def __init__(self, sources: Sources, query: WordQuery, narrowing: Narrowing, asked: Query) -> None:
        self._sources, self._narrowing = sources, narrowing
        engine = sources.engine
        answers = (engine.answer(one, narrowing=narrowing, limit=REORDERED).hits for one in without_one(query))
        ids = joined([hit.id for hit in hits] for hits in answers)
        self.ids = reordered(sources.session, asked, ids)

    def look(self, offset: int, limit: int, order: Order, counted: Collection[str]) -> Stretch:
        """See :class:`Section`."""
        ids = self.ids if order is Order.BEST else by_day(self._sources, self.ids, order)
        labels = labels_of(self._sources.session, self.ids, reading=False) if counted else {}
        return Stretch(ids[offset : offset + limit], Figures(len(ids), counts=counts_of(labels, counted)))


class Citing(Words):
    """Documents that cite; without the engine there are none, for the reference itself needs no engine."""

    def look(self, offset: int, limit: int, order: Order, counted: Collection[str]) -> Stretch:
        """See :class:`Section`. Never raises."""
        try:
            return super().look(offset, limit, order, counted)
        except SearchError:
            return Stretch((), Figures(0))


class Rows:
    """Documents that the database finds by its indexes."""

    def __init__(
        self,
        sources: Sources,
        limits: Limits,
        matching: Matching | None = None,
        *,
        asked: Query | None = None,
    ) -> None:
        """With ``matching`` those that bear a reference, the exact ones first; then what ``asked`` puts first."""
        self._sources, self._limits, self._matching = sources, limits, matching
        first = None if asked is None else first_rank(asked)
        self._first = literal(0) if first is None else first
        self._own = None if asked is None else own(asked)
        self._extra = () if matching is None else (Limit("reference", matching.either),)

    @cached_property
    def probed(self) -> Sequence[Any]:
        """Documents in no order, one more than is read at once if there are more."""
        rank = self._first if self._matching is None else self._matching.rank * 4 + self._first
        columns = (Document.id, Document.issued_on, Document.number, Document.reference, rank.label("rank"))
        return self._sources.session.execute(
            select(*columns).where(*self._limits.where(self._extra)).limit(FEW + 1)
        ).all()

    @property
    def are_few(self) -> bool:
        """Whether all were read at once."""
        return len(self.probed) <= FEW

    def look(self, offset: int, limit: int, order: Order, counted: Collection[str]) -> Stretch:
        """See :class:`Section`. Never raises."""
        ids = self._sorted(order)[offset : offset + limit] if self.are_few else self._ordered(offset, limit, order)
        return Stretch(ids, self._figures(counted))

    def _sorted(self, order: Order) -> list[str]:
        def day(row: Any) -> tuple[Any, ...]:
            return (row.issued_on or date.min, row.number or 0, row.id)

        rows = sorted(self.probed, key=day, reverse=order is not Order.OLDEST)
        if order is Order.BEST:
            rows.sort(key=lambda row: row.rank)
        return [row.id for row in rows]

    def _ordered(self, offset: int, limit: int, order: Order) -> list[str]:
        if order is not Order.BEST:
            return self._by_day(self._extra, offset, limit, order)
        if self._matching is not None:
            either, exactly = self._matching.either, self._matching.exactly
        elif self._own is not None:
            either, exactly = true(), self._own
        else:
            return self._by_day(self._extra, offset, limit, Order.NEWEST)
        first = (Limit("reference", and_(either, exactly)),)
        ids = self._by_day(first, offset, limit, Order.NEWEST)
        if len(ids) < limit:
            before = self._counted(first)
            rest = (Limit("reference", and_(either, not_(exactly))),)
            ids += self._by_day(rest, max(offset - before, 0), limit - len(ids), Order.NEWEST)
        return ids

    def _by_day(self, extra: tuple[Limit, ...], offset: int, limit: int, order: Order) -> list[str]:
        """Ids in order of their days, without sorting all that match where that can be helped."""
        session, ordering = self._sources.session, _BY_DAY[order]
        if not limit:
            return []
        branches = self._branches(extra)
        if not branches:
            found = select(Document.id).where(*self._limits.where(extra)).order_by(*ordering)
        elif len(branches) > _MOST_BRANCHES or offset + limit > _DEEPEST_BRANCHES:
            found = select(Document.id).where(*self._limits.where(extra, walking=True)).order_by(*ordering)
        else:
            others = replace(self._limits, given=tuple(one for one in self._limits.given if one.branches != branches))
            # Each alternative in order by its own index, and then the first of all.
            each = [
                select(Document.id, Document.issued_on, Document.number)
                .where(branch, *others.where(extra, walking=True))
                .order_by(*ordering)
                .limit(offset + limit)
                .subquery()
                for branch in branches
            ]
            merged = union(*(select(one.c.id, one.c.issued_on, one.c.number) for one in each)).subquery()
            days = (merged.c.issued_on, merged.c.number, merged.c.id)
            sorting = [day.asc() if order is Order.OLDEST else day.desc() for day in days]
            found = select(merged.c.id).order_by(*sorting)
        return list(session.scalars(found.offset(offset).limit(limit)))

    def _branches(self, extra: tuple[Limit, ...]) -> tuple[ColumnElement[bool], ...]:
        """The alternatives of the most telling limit, where SQLite would have to sort all that match."""
        if not self._sources.is_sqlite or extra:
            return ()
        chosen = [one for kind in ("signatory", "unit", "type") for one in self._limits.given if one.kind == kind]
        return chosen[0].branches if chosen and len(chosen[0].branches) > 1 else ()

    def _figures(self, counted: Collection[str]) -> Figures:
        session = self._sources.session
        total = len(self.probed)
        if self.are_few and (total <= COUNTED_BY_DATABASE or not counted):
            labels = labels_of(session, [row.id for row in self.probed], reading=False) if counted else {}
            return Figures(total, counts=counts_of(labels, counted))
        asked = self._asked()
        if asked is not None:
            try:
                answer = self._sources.engine.answer(ALL, narrowing=asked, counted=counted, limit=0)
            except SearchError:
                pass  # References and days are answered without the engine, also while it is built anew.
            else:
                counts = dict(answer.counts)
                return Figures(total, counts=counts) if self.are_few else Figures(max(answer.total, FEW), counts=counts)
        if self.are_few:
            labels = labels_of(session, [row.id for row in self.probed], reading=False)
            return Figures(total, counts=counts_of(labels, counted))
        least = self._counted(self._extra)
        return Figures(min(least, DEEPEST), exact=least <= DEEPEST)

    def holding(self, words: WordQuery) -> Words:
        """Those of these documents in which the words stand."""
        if self.are_few:
            ranks = {row.id: int(row.rank) for row in self.probed}
            return Words(self._sources, words, self._limits.narrowing(ids=ranks), ranks=ranks)
        asked = self._asked()
        if asked is None:
            asked = self._limits.narrowing(ids=self._by_day(self._extra, 0, MOST_NARROWED, Order.NEWEST))
        return Words(self._sources, words, asked)

    def _asked(self) -> Narrowing | None:
        """The same documents for the engine; ``None`` where it cannot be told which."""
        if self._matching is None:
            return self._limits.narrowing()
        if self._matching.labels is not None:
            return self._limits.narrowing((Limit("reference", self._matching.either, self._matching.labels),))
        return self._limits.narrowing(ids=[row.id for row in self.probed]) if self.are_few else None

    def _counted(self, extra: tuple[Limit, ...]) -> int:
        bounded = select(literal(1)).select_from(Document).where(*self._limits.where(extra)).limit(DEEPEST + 1)
        return self._sources.session.scalar(select(func.count()).select_from(bounded.subquery())) or 0


class Checked(Rows):
    """Documents of which the engine knows what was found of their signatures; without it the database looks."""

    def look(self, offset: int, limit: int, order: Order, counted: Collection[str]) -> Stretch:
        """See :class:`Section`. Never raises."""
        day = Order.OLDEST if order is Order.OLDEST else Order.NEWEST
        try:
            return Words(self._sources, ALL, self._limits.narrowing()).look(offset, limit, day, counted)
        except SearchError:
            return super().look(offset, limit, order, counted)


def by_day(sources: Sources, ids: Iterable[str], order: Order) -> list[str]:
    """The ids in the order of their documents' days."""
    table, value = _table(sources, ids)
    found = select(Document.id).join(table, value == Document.id).order_by(*_BY_DAY[order])
    return list(sources.session.scalars(found))


def _table(sources: Sources, ids: Iterable[str]) -> tuple[FromClause, ColumnElement[str]]:
    """The ids as a table, bound as one parameter: databases limit how many parameters they take."""
    if sources.is_sqlite:
        listed = func.json_each(json.dumps(list(ids))).table_valued("key", "value")
        return listed, listed.c.value
    # Of an array, other than of JSON, PostgreSQL knows the length when it plans.
    unnested = func.unnest(literal(list(ids), ARRAY(String(32)))).table_valued("value").render_derived()
    return unnested, unnested.c.value
