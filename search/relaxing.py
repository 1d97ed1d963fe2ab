"""Asking again for nearly all the words, where no document holds all of them.

One word mistyped or remembered wrongly should not hide a document that holds all the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from search.engine import WordQuery

FEWEST, MOST = 2, 10
"""Words of a query that can do without one; of a longer one the loss of any would not tell."""

_STEADY = 3.0


def without_one(query: WordQuery) -> tuple[WordQuery, ...]:
    """Return the query without each of its words, or of its words with other names, in turn; phrases all stay."""
    parts = len(query.words) + len(query.alternatives)
    if query.as_typed or not FEWEST <= parts <= MOST:
        return ()
    words, others = query.words, query.alternatives
    return (
        *(replace(query, words=words[:at] + words[at + 1 :]) for at in range(len(words))),
        *(replace(query, alternatives=others[:at] + others[at + 1 :]) for at in range(len(others))),
    )


def joined(answers: Iterable[Sequence[str]]) -> list[str]:
    """Put several answers together: what stands high in a short answer comes first, for few hold the rarer words."""
    points: dict[str, float] = {}
    for ids in answers:
        for place, identifier in enumerate(ids):
            points[identifier] = points.get(identifier, 0.0) + 1.0 / ((_STEADY + place) * (_STEADY + len(ids)) ** 0.5)
    return sorted(points, key=lambda identifier: -points[identifier])
