"""What narrows a search, said twice: as a condition for the database and as labels for the engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, or_
from sqlalchemy.orm import Session

from docsvc.accounts import Actor
from docsvc.db.records import Document
from docsvc.records.effects import effect_condition
from docsvc.records.filters import Filters
from docsvc.records.labels import (
    ABOUT,
    BELOW,
    EFFECT,
    MEDIUM,
    SIGNATORY,
    SIGNED,
    STATE,
    TYPE,
    WITHIN,
    label,
    named,
    open_to,
)
from docsvc.records.lineage import lineage
from docsvc.records.preferring import issued_within, of_types, told
from docsvc.records.reading import readable
from docsvc.records.registers import today_here
from docsvc.records.signature_results import signature_result
from docsvc.records.terms import REGISTERED
from docsvc.records.vocabulary import type_keys
from search.dates import Period
from search.engine import EVERYTHING, Narrowing
from search.query import Query
from search.said import name_of

Condition = ColumnElement[bool]

_DRIVERS = ("ids", "reference", "signatory", "unit", "type", "state", "medium")
"""What SQLite is to begin with, the most telling first; each has an index that goes on with the day."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One condition that every document found fulfils."""

    kind: str
    """What it is about: a name of :data:`docsvc.records.filters.NAMES`, ``period`` or ``reference``."""
    condition: Condition
    labels: tuple[frozenset[str], ...] = ()
    """Of each set at least one is borne."""
    first: date | None = None
    last: date | None = None
    ids: frozenset[str] | None = None
    """Only these documents; ``None`` for any."""
    branches: tuple[Condition, ...] = ()
    """Where the condition is a choice: each alternative by itself, so that each can use an index in order."""


@dataclass(frozen=True, slots=True)
class Limits:
    """All that narrows one search for one person."""

    is_sqlite: bool
    readable: Condition
    reading: frozenset[str] | None
    """For the engine: at least one of these is borne; ``None``: this person may read everything registered."""
    given: tuple[Limit, ...]

    def where(self, extra: Iterable[Limit] = (), *, walking: bool = False) -> tuple[Condition, ...]:
        """Everything that must hold, for the database.

        SQLite keeps no statistics: it would start from an index that nearly every document shares. So all but the
        most telling limit and the period are made values, which can only be checked row by row. ``walking`` leaves
        the order by day alone to begin with, for answers that are a large part of all documents.
        """
        limits = (*extra, *self.given)
        everything = (and_(Document.state.in_(REGISTERED), self.readable), *(limit.condition for limit in limits))
        if not self.is_sqlite:
            return everything
        present = [kind for kind in _DRIVERS if any(limit.kind == kind for limit in limits)]
        driving = () if walking else present[:1]
        return (
            *(limit.condition for limit in limits if limit.kind in {"period", *driving}),
            *(checked(limit.condition) for limit in limits if limit.kind not in {"period", *driving}),
            checked(everything[0]),
        )

    def holds(self) -> Condition:
        """Everything that must hold, of documents that are found by their ids already."""
        return checked(and_(*self.where())) if self.is_sqlite else and_(*self.where())

    def narrowing(
        self,
        extra: Iterable[Limit] = (),
        *,
        without: Collection[str] = (),
        ids: Iterable[str] | None = None,
    ) -> Narrowing:
        """Everything that must hold, for the engine."""
        limits = (*extra, *self.given)
        firsts = [limit.first for limit in limits if limit.first is not None]
        lasts = [limit.last for limit in limits if limit.last is not None]
        chosen = [limit.ids for limit in limits if limit.ids is not None]
        if ids is not None:
            chosen.append(frozenset(ids))
        reading = () if self.reading is None else (self.reading,)
        return Narrowing(
            labels=(*reading, *(labels for limit in limits for labels in limit.labels)),
            without=frozenset(without),
            first=max(firsts, default=EVERYTHING.first),
            last=min(lasts, default=EVERYTHING.last),
            ids=frozenset.intersection(*chosen) if chosen else None,
        )


def checked(condition: Condition) -> Condition:
    """The condition as a value that no index can answer."""
    return case((condition, 1), else_=0) == 1


def limits_of(session: Session, actor: Actor, query: Query, filters: Filters, *, is_sqlite: bool) -> Limits:
    """What the person may read, what was set beside the box, and what was understood of the query."""
    return Limits(
        is_sqlite=is_sqlite,
        readable=readable(session, actor),
        reading=open_to(session, actor),
        given=(*_filtered(session, filters), *_understood(session, query, filters)),
    )


def _filtered(session: Session, filters: Filters) -> Iterator[Limit]:
    if filters.unit_id is not None:
        yield _units(session, [filters.unit_id], filters)
    if filters.type_keys:
        yield _types([_storable(key) for key in filters.type_keys])
    if filters.start is not None or filters.end is not None:
        yield _period(filters.start, filters.end)
    if filters.signatory:
        yield _signatories([_storable(filters.signatory)])
    if filters.medium is not None:
        yield Limit("medium", Document.medium == filters.medium, (frozenset((label(MEDIUM, filters.medium),)),))
    if filters.state is not None:
        yield Limit("state", Document.state == filters.state, (frozenset((label(STATE, filters.state),)),))
    if filters.effect is not None:
        labels = (frozenset((label(EFFECT, filters.effect),)),)
        yield Limit("effect", effect_condition(filters.effect, today_here()), labels)
    if filters.ids is not None:
        yield Limit("ids", Document.id.in_(filters.ids), ids=filters.ids)
    if filters.signed is not None:
        labels = (frozenset((label(SIGNED, filters.signed),)),)
        yield Limit("signed", signature_result() == filters.signed.value, labels)


def _understood(session: Session, query: Query, filters: Filters) -> Iterator[Limit]:
    if query.type_codes and all(type_keys((code,)) for code in query.type_codes):
        yield _types(type_keys(query.type_codes))
    elif query.type_codes:
        yield Limit("type", of_types(query.type_codes))
    if query.period is not None:
        yield _period_asked(query, query.period)
    if query.units:
        yield _units(session, [int(key) for key in query.units], filters)
    if query.signatories:
        yield _signatories(query.signatories)


def _units(session: Session, roots: Sequence[int], filters: Filters) -> Limit:
    units = sorted(lineage(session).within(roots, predecessors=filters.predecessors))
    kind = WITHIN if filters.predecessors else BELOW
    columns = (Document.unit_id, Document.drafting_unit_id)
    return Limit(
        "unit",
        or_(*(column.in_(units) for column in columns)),
        (frozenset(label(kind, root) for root in roots),),
        branches=tuple(column == unit for unit in units for column in columns),
    )


def _types(keys: Sequence[str]) -> Limit:
    branches = tuple(Document.type_key == key for key in keys)
    return Limit(
        "type", Document.type_key.in_(keys), (frozenset(label(TYPE, _ascii(key)) for key in keys),), branches=branches
    )


def _signatories(names: Sequence[str]) -> Limit:
    labels = frozenset(named(SIGNATORY, name) for name in names)
    branches = tuple(Document.signatory_name == name for name in names)
    return Limit("signatory", Document.signatory_name.in_(names), (labels,), branches=branches)


def _period(start: date | None, end: date | None) -> Limit:
    conditions = []
    if start is not None:
        conditions.append(Document.issued_on >= start)
    if end is not None:
        conditions.append(Document.issued_on <= end)
    return Limit("period", and_(*conditions), first=start, last=end)


def _period_asked(query: Query, period: Period) -> Limit:
    """The day of issue, or, where that may be, the abstract must name the period."""
    name = name_of(period)
    if name is None or not query.period_may_be_told:
        return _period(period.start, period.end)
    return Limit("period", or_(issued_within(period), told(period)), (frozenset((label(ABOUT, name),)),))


def _ascii(key: str) -> str:
    """No type has a key in other letters; one that is asked for is borne by no document."""
    return key if key.isascii() and key.isalnum() else "-"


def _storable(text: str) -> str:
    """Without what no database column can hold."""
    return text.replace("\x00", "").encode(errors="ignore").decode()
