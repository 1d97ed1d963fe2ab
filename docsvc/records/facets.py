"""How many documents there are behind each choice of a filter, over those that this person may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from docsvc.records.filters import Filters
from docsvc.records.labels import BELOW, EFFECT, MEDIUM, SIGNATORY, SIGNED, STATE, TYPE, WITHIN, YEAR, named
from docsvc.records.vocabulary import vocabulary

FACETS = ("unit", "type", "year", "signatory", "medium", "state", "effect", "signed")
_KINDS = {
    "type": TYPE,
    "year": YEAR,
    "signatory": SIGNATORY,
    "medium": MEDIUM,
    "state": STATE,
    "effect": EFFECT,
    "signed": SIGNED,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a filter."""

    value: str
    """As in an address; of the facet ``year`` the year."""
    count: int
    """Documents, were it chosen instead of what is chosen now."""
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """The choices of a filter that some document bears, most documents first, years the newest first."""

    name: str
    choices: tuple[Choice, ...]


def kind_of(facet: str, filters: Filters) -> str:
    """The kind of label that a facet counts."""
    if facet == "unit":
        return WITHIN if filters.predecessors else BELOW
    return _KINDS[facet]


def facets_of(session: Session, filters: Filters, counted: Mapping[str, Mapping[str, int]]) -> tuple[Facet, ...]:
    """Turn counted labels into choices."""
    return tuple(Facet(name, _choices(session, name, filters, labels)) for name, labels in counted.items())


def _choices(session: Session, name: str, filters: Filters, labels: Mapping[str, int]) -> tuple[Choice, ...]:
    counts = {one.partition(":")[2]: count for one, count in labels.items()}
    if name == "signatory":
        names = {named(SIGNATORY, one).partition(":")[2]: one for one in vocabulary(session).signatories}
        counts = {names[value]: count for value, count in counts.items() if value in names}
    chosen = _chosen(name, filters)
    for value in chosen:
        counts.setdefault(value, 0)
    choices = [Choice(value, count, value in chosen) for value, count in counts.items()]
    if name == "year":
        return tuple(sorted(choices, key=lambda choice: choice.value, reverse=True))
    return tuple(sorted(choices, key=lambda choice: (-choice.count, choice.value)))


def _chosen(name: str, filters: Filters) -> frozenset[str]:
    if name == "type":
        return frozenset(filters.type_keys)
    if name == "year":
        start, end = filters.start, filters.end
        whole = (
            start and end and start.year == end.year and (start.month, start.day, end.month, end.day) == (1, 1, 12, 31)
        )
        return frozenset((str(start.year),)) if start and whole else frozenset()
    value = filters.unit_id if name == "unit" else getattr(filters, name)
    return frozenset((str(value),)) if value else frozenset()
