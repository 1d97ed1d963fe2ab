"""Limits set beside the search box, and how they are written in an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from docsvc.errors import Invalid
from docsvc.records.periods import read_day
from docsvc.records.signature_results import SignatureResult
from docsvc.records.terms import REGISTERED, LegalEffect, Medium, State

_Word = TypeVar("_Word", bound=StrEnum)
_MOST_TYPES = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """Limits set beside the search box; ``None`` or empty means no limit."""

    unit_id: int | None = None
    """This unit, those below it, and those it took over from."""
    type_keys: tuple[str, ...] = ()
    """Any of these."""
    start: date | None = None
    end: date | None = None
    signatory: str = ""
    medium: Medium | None = None
    state: State | None = None
    signed: SignatureResult | None = None
    predecessors: bool = True
    """Whether documents of units that others took over from are found under these; also for units in the query."""
    ids: frozenset[str] | None = None
    """Only these documents, some thousands at most; no address asks for that."""
    effect: LegalEffect | None = None
    """Legal effect today."""


NAMES = ("unit", "type", "from", "to", "signatory", "medium", "state", "effect", "signed", "predecessors")
"""Of the values in an address, in the order of the page."""


def to_values(filters: Filters) -> tuple[tuple[str, str], ...]:
    """The limits as names and values of an address; those that do not limit are left out."""

    def values() -> Iterator[tuple[str, str | None]]:
        yield "unit", str(filters.unit_id) if filters.unit_id is not None else None
        yield from (("type", key) for key in filters.type_keys)
        yield "from", filters.start.isoformat() if filters.start else None
        yield "to", filters.end.isoformat() if filters.end else None
        yield "signatory", filters.signatory
        yield "medium", filters.medium
        yield "state", filters.state
        yield "effect", filters.effect
        yield "signed", filters.signed
        yield "predecessors", None if filters.predecessors else "0"

    return tuple((name, str(value)) for name, value in values() if value)


def from_values(values: Mapping[str, Sequence[str]]) -> tuple[Filters, tuple[Invalid, ...]]:
    """The limits that an address asks for; one that cannot be read limits nothing, and a date among these is told."""
    problems: list[Invalid] = []

    def first(name: str) -> str:
        return next((value for value in values.get(name, ()) if value.strip()), "")

    def day(name: str) -> date | None:
        try:
            return read_day(first(name)) if first(name) else None
        except Invalid as error:
            problems.append(error)
            return None

    unit = first("unit").strip()
    state = _one_of(State, first("state"))
    filters = Filters(
        unit_id=int(unit) if unit.isascii() and unit.isdigit() and len(unit) < 19 and int(unit) else None,  # noqa: PLR2004 - as many digits as an id has
        type_keys=tuple(dict.fromkeys(key for key in values.get("type", ()) if key.strip()))[:_MOST_TYPES],
        start=day("from"),
        end=day("to"),
        signatory=first("signatory"),
        medium=_one_of(Medium, first("medium")),
        state=state if state in REGISTERED else None,
        effect=_one_of(LegalEffect, first("effect")),
        signed=_one_of(SignatureResult, first("signed")),
        predecessors=first("predecessors") != "0",
    )
    return filters, tuple(problems)


def without(filters: Filters, facet: str) -> Filters:
    """The limits but for one, by its name in an address; a period is one limit, called ``year``."""
    bare = Filters()
    fields = {
        "unit": ("unit_id", "predecessors"),
        "type": ("type_keys",),
        "year": ("start", "end"),
        "from": ("start",),
        "to": ("end",),
    }.get(facet, (facet,))
    return replace(filters, **{field: getattr(bare, field) for field in fields})


def _one_of(kind: type[_Word], value: str) -> _Word | None:
    return next((member for member in kind if member == value), None)
