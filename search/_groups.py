"""The groups of an answer, best first, whatever an engine makes of a phrase: see :class:`search.engine.Engine`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from search.engine import Phrase, WordQuery

C = TypeVar("C")
"""What an engine looks for in the place of a phrase in one form."""


@dataclass(frozen=True, slots=True)
class Tier(Generic[C]):
    """What a document must hold to stand in one group of the answer."""

    wanted: tuple[tuple[C, ...], ...]
    """Of each, at least one."""
    excluded: tuple[C, ...]
    near: tuple[C, ...]


def tiers(query: WordQuery, clause_of: Callable[[Phrase, bool], C]) -> tuple[Tier[C], ...]:
    """Return the groups of the answer, each holding all documents of those before it.

    ``clause_of`` makes a clause of a phrase, in its exact form or folded.
    """
    wanted: list[tuple[Phrase, ...]] = [((word,),) for word in query.words]
    wanted += [(phrase,) for phrase in query.phrases if phrase]
    wanted += [kept for kept in (tuple(filter(None, each)) for each in query.alternatives) if kept]
    excluded = tuple(clause_of(terms, _accented(terms)) for terms in query.excluded if terms)
    near = tuple(terms for terms in query.near if terms)

    def tier(*, exact: bool, as_typed: bool = False) -> Tier[C]:
        def clause(terms: Phrase) -> C:
            return clause_of(terms, _accented(terms) if as_typed else exact)

        clauses = tuple(dict.fromkeys(tuple(dict.fromkeys(map(clause, each))) for each in wanted))
        return Tier(clauses, excluded, tuple(dict.fromkeys(map(clause, near))))

    if query.as_typed:
        return (tier(exact=True, as_typed=True),)
    if not any(_accented(terms) for each in wanted for terms in each):
        return (tier(exact=False),)
    return tuple(dict.fromkeys((tier(exact=True), tier(exact=True, as_typed=True), tier(exact=False))))


def _accented(terms: Phrase) -> bool:
    return any(term.accented for term in terms)
