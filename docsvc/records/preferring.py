"""What a query understood, as conditions on documents, and as weights where it only prefers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Float, and_, case, cast, false, or_, select
from sqlalchemy.orm import Session

from docsvc.db.records import Document
from docsvc.records.vocabulary import type_keys
from search.dates import Period
from search.query import Query
from search.said import TOLD_WITHIN, is_told, ways_to_say

REORDERED = 200
"""So many of the best are looked at for what is preferred."""

_FIRST_PLACES = 2
"""Added to places before they are weighed, so that the very first can be overtaken, too."""

_OTHER_TYPE, _OTHER_UNIT, _OTHER_SIGNATORY, _OTHER_PERIOD = 2.0, 3.0, 3.0, 2.0
"""By how much the place of a document counts as worse when it is not what is preferred."""


def reordered(session: Session, query: Query, ids: Sequence[str]) -> list[str]:
    """Bring documents forward that are what the query prefers, among the first :data:`REORDERED`.

    The place of a document counts as so many times worse for each fact that it lacks: a good match of another type
    still comes before a poor one of the right type.
    """
    factor, first = _worse(query), ids[:REORDERED]
    if factor is None or len(first) < 2:  # noqa: PLR2004 - one has no order
        return list(ids)
    rows = session.execute(select(Document.id, factor).where(Document.id.in_(first)))
    factors = {identifier: float(times) for identifier, times in rows}
    places = {one: (place + _FIRST_PLACES) * factors.get(one, 1.0) for place, one in enumerate(first)}
    return [*sorted(first, key=places.__getitem__), *ids[REORDERED:]]


def own(query: Query) -> ColumnElement[bool] | None:
    """Of the units that are named themselves, before those below them and those that they took over from."""
    return of_units(query.units) if query.units else None


def first_rank(query: Query) -> ColumnElement[int] | None:
    """What comes first where nothing is ranked by words, from 0 on; ``None``: all are alike.

    A named unit's own documents, and reports whose abstract names the month or quarter asked for.
    """
    ranks: list[ColumnElement[int]] = []
    mine = own(query)
    if mine is not None:
        ranks.append(case((mine, 0), else_=2))
    if query.period is not None and query.period_may_be_told and is_told(query.period):
        ranks.append(case((says(query.period), 0), else_=1))
    return sum(ranks[1:], start=ranks[0]) if ranks else None


def _worse(query: Query) -> ColumnElement[float] | None:
    """By how much a document's place counts as worse for not being what is preferred; ``None``: all count alike."""
    preferred = query.preferred
    facts: list[tuple[ColumnElement[bool], float]] = []
    if preferred.type_codes:
        facts.append((of_types(preferred.type_codes), _OTHER_TYPE))
    if units := (*preferred.units, *query.units):
        facts.append((of_units(units), _OTHER_UNIT))
    if preferred.signatories:
        facts.append((Document.signatory_name.in_(preferred.signatories), _OTHER_SIGNATORY))
    if preferred.period is not None:
        facts.append((or_(issued_within(preferred.period), says(preferred.period)), _OTHER_PERIOD))
    if query.period is not None and query.period_may_be_told and ways_to_say(query.period):
        facts.append((says(query.period), _OTHER_PERIOD))
    factor: ColumnElement[float] | None = None
    for condition, otherwise in facts:
        one = cast(case((condition, 1.0), else_=otherwise), Float)
        factor = one if factor is None else factor * one
    return factor


def of_types(codes: Sequence[str]) -> ColumnElement[bool]:
    """Of one of these types; one that the office does not list is known by its symbol."""
    keys = type_keys(tuple(codes))
    listed = {code for code in codes if type_keys((code,))}
    alone = [*(Document.symbol.like(f"{code}-%") for code in codes if code not in listed)]
    yeared = [*(Document.symbol.like(f"____/{code}-%") for code in codes if code not in listed)]
    return or_(Document.type_key.in_(keys) if keys else false(), *alone, *yeared)


def of_units(keys: Sequence[str]) -> ColumnElement[bool]:
    """Issued or drafted by one of these units."""
    named = [int(key) for key in keys]
    return or_(Document.unit_id.in_(named), Document.drafting_unit_id.in_(named))


def issued_within(period: Period) -> ColumnElement[bool]:
    """Issued on one of these days."""
    return Document.issued_on.between(period.start, period.end)


def says(period: Period) -> ColumnElement[bool]:
    """Whose abstract names the period."""
    return or_(false(), *(Document.abstract.contains(way, autoescape=True) for way in ways_to_say(period)))


def told(period: Period) -> ColumnElement[bool]:
    """Whose abstract names the period, issued not too far from it."""
    if period.is_open:
        return false()
    near = Document.issued_on.between(period.start - TOLD_WITHIN, period.end + TOLD_WITHIN)
    return and_(near, says(period))
