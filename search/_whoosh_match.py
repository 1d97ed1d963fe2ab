"""Answers to word queries, read straight from Whoosh's posting blocks.

Whoosh's own matchers move one posting at a time in Python. Here each list is read block by block, kept, and joined
as sets, which takes about a tenth of the time on common words.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from search._whoosh_postings import Segment, Shelf
from search.engine import WordQuery
from search.folding import Term

_K1, _B = 1.2, 0.6
_EVERY_PART_ABOVE = 1.0


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that must (or must not) follow one another in one form; a single word is a phrase of one."""

    field: str
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Tier:
    """What a document must hold to stand in one group of the answer."""

    wanted: tuple[Clause, ...]
    excluded: tuple[Clause, ...]


def _clause(terms: Sequence[Term], *, exact: bool) -> Clause:
    if exact:
        return Clause("exact", tuple(term.text.encode() for term in terms))
    return Clause("folded", tuple(term.folded.encode() for term in terms))


def tiers(query: WordQuery) -> tuple[Tier, ...]:
    """Return the groups of the answer, best first; see ``Engine``."""
    wanted = [(word,) for word in query.words] + [phrase for phrase in query.phrases if phrase]
    excluded = tuple(_clause(terms, exact=any(term.accented for term in terms)) for terms in query.excluded if terms)
    accented = [any(term.accented for term in terms) for terms in wanted]
    as_typed = tuple(dict.fromkeys(_clause(t, exact=a) for t, a in zip(wanted, accented, strict=True)))
    if query.as_typed:
        return (Tier(as_typed, excluded),)
    loose = tuple(dict.fromkeys(_clause(terms, exact=False) for terms in wanted))
    found = [loose]
    if any(accented):
        found.insert(0, as_typed)
        found.insert(0, tuple(dict.fromkeys(_clause(terms, exact=True) for terms in wanted)))
    return tuple(Tier(clauses, excluded) for clauses in dict.fromkeys(found))


def _score(segments: Sequence[Segment], tier: Tier, found: Sequence[set[int]], totals: _Totals) -> list[_Scored]:
    scored: list[_Scored] = []
    keys = dict.fromkeys((clause.field, key) for clause in tier.wanted for key in clause.keys)
    for segment, documents in zip(segments, found, strict=True):
        if not documents:
            continue
        sums = dict.fromkeys(documents, 0.0)
        for field, key in keys:
            postings = segment.postings(field, key)
            if postings is None:
                continue
            lengths, per_word = segment.lengths(field), _K1 * _B / totals.average_length(field)
            best = totals.idf(field, key) * (_K1 + 1)
            for document, weight in zip(postings.ids, postings.weights, strict=True):
                if document in sums:
                    sums[document] += best * weight / (weight + _K1 * (1 - _B) + per_word * lengths[document])
        scored.extend((score, -(segment.first + document)) for document, score in sums.items())
    return scored


_Scored = tuple[float, int]
"""Score and negated number, so that of equal scores the earlier document is greater."""


class _Totals:
    """Figures over all segments that scoring needs."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._documents = sum(segment.reader.doc_count_all() for segment in segments) or 1

    def idf(self, field: str, key: bytes) -> float:
        frequency = sum(segment.frequency(field, key) for segment in self._segments)
        return log(1 + (self._documents - frequency + 0.5) / (frequency + 0.5))

    def average_length(self, field: str) -> float:
        """Return how many words a document has on average."""
        return sum(each.reader.field_length(field) for each in self._segments) / self._documents or 1.0


def answer(readers: Iterable[tuple[Any, int]], query: WordQuery, limit: int, shelf: Shelf) -> list[tuple[float, int]]:
    """Return scores and document numbers, best first, at most ``limit``."""
    segments = [Segment(reader, first, shelf) for reader, first in readers]
    totals = _Totals(segments)
    groups = tiers(query)
    hits: list[tuple[float, int]] = []
    seen: list[set[int]] = [set(segment.reader.deleted_docs_set) for segment in segments]
    for rank, tier in enumerate(groups):
        if len(hits) >= limit or not (tier.wanted or tier.excluded):
            break
        found = []
        for segment, passed in zip(segments, seen, strict=True):
            documents = _matching(segment, tier) - passed
            passed.update(documents)
            found.append(documents)
        best = heapq.nlargest(limit - len(hits), _score(segments, tier, found, totals))
        base = float(len(groups) - 1 - rank)
        # Squeezed between two whole numbers, a score never crosses into the group above.
        hits.extend((base + score / (1.0 + score), -number) for score, number in best)
    return hits


def _matching(segment: Segment, tier: Tier) -> set[int]:
    documents: set[int] | None = None
    for clause in sorted(tier.wanted, key=lambda one: min(segment.frequency(one.field, key) for key in one.keys)):
        holding = segment.holding(clause.field, clause.keys)
        documents = holding if documents is None else documents & holding
        if not documents:
            return set()
    if documents is None:
        documents = set(range(segment.reader.doc_count_all()))
    for clause in tier.excluded:
        documents -= segment.holding(clause.field, clause.keys)
    return documents
