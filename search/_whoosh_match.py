"""Answers to word queries, from whole arrays.

Sets of documents are numbers with a bit for each document, weights are numbers with 16 bits for each: Python joins,
adds and counts them at the speed of C, some microseconds for a hundred thousand documents, where going through
postings one by one takes tens of milliseconds.
"""

from __future__ import annotations

import heapq
import sys
from array import array
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from math import log

from search import _groups
from search._whoosh_fields import EXACT, FOLDED, pattern
from search._whoosh_packing import bits_of, mask_of, numbers_of
from search._whoosh_segment import SegmentFile
from search.engine import Narrowing, Order, Phrase, WordQuery

_WHOLE_LANE, _HIGHEST_WEIGHT = 65_535, 255
_FEW_MATCHES = 400
"""Up to so many, weights are looked up one by one."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that must (or must not) follow one another in one form; a single word is a phrase of one."""

    prefix: bytes
    keys: tuple[bytes, ...]
    words: tuple[str, ...]


Tier = _groups.Tier[Clause]


def _clause(terms: Phrase, *, exact: bool) -> Clause:
    if exact:
        return _clause_of(EXACT, [term.text for term in terms])
    return _clause_of(FOLDED, [term.folded for term in terms])


def _clause_of(prefix: bytes, words: Sequence[str]) -> Clause:
    return Clause(prefix, tuple(dict.fromkeys(word.encode(errors="replace") for word in words)), tuple(words))


def tiers(query: WordQuery) -> tuple[Tier, ...]:
    """Return the groups of the answer, best first."""
    return _groups.tiers(query, lambda terms, exact: _clause(terms, exact=exact))


class OpenSegment:
    """A segment as one question sees it."""

    def __init__(self, file: SegmentFile, deleted: int, first: int) -> None:
        self.file = file
        self.deleted = deleted
        """A bit for each document that is deleted."""
        self.first = first
        """What the segments before this one hold."""

    def standing(self, clause: Clause, among: int) -> int:
        """Return those of the documents in which a clause's words follow one another."""
        for key in clause.keys:
            if not among:
                return 0
            among &= self.file.bits(clause.prefix, key)
        if len(clause.words) == 1 or not among:
            return among
        numbers = numbers_of(among, self.file.documents)
        found = self.file.holding(numbers, pattern(clause.words), folded=clause.prefix == FOLDED)
        return among if len(found) == len(numbers) else bits_of(found, self.file.documents)

    def matching(self, tier: Tier, among: int) -> int:
        """Return those of the documents that hold what a group asks for; phrases are looked for last."""
        every = [each[0] for each in tier.wanted if len(each) == 1]
        for clause in every:
            for key in clause.keys:
                if not among:
                    return 0
                among &= self.file.bits(clause.prefix, key)
        for each in tier.wanted:
            if len(each) > 1:
                either = 0
                for clause in each:
                    either |= self.standing(clause, among)
                among = either
        for clause in every:
            if len(clause.words) > 1:
                among = self.standing(clause, among)
        for clause in tier.excluded:
            among ^= self.standing(clause, among)
        return among


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that goes with it; see :meth:`search.engine.Engine.answer`."""

    query: WordQuery
    narrowing: Narrowing
    counted: Collection[str]
    most: int
    """Documents to give, from the first on."""
    order: Order


class _Weighing:
    """How much each word of a group counts, the same in all segments."""

    def __init__(self, segments: Sequence[OpenSegment], tier: Tier) -> None:
        documents = sum(segment.file.documents for segment in segments)
        keys = list(dict.fromkeys((one.prefix, key) for each in tier.wanted for one in each for key in one.keys))
        worth = {}
        for prefix, key in keys:
            frequency = sum(segment.file.frequency(prefix, key) for segment in segments)
            if frequency:
                worth[prefix, key] = log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
        room, whole = _WHOLE_LANE // _HIGHEST_WEIGHT - len(worth), sum(worth.values()) or 1.0
        # Together they stay below what a lane holds, whatever a document weighs.
        self._factors = {each: 1 + int(max(room, 0) * one / whole) for each, one in worth.items()}
        self._near = tier.near

    def scores(self, segment: OpenSegment, documents: int, most: int) -> list[tuple[float, int]]:
        """Return the best documents of a set and at least as many of equal score as there are."""
        numbers, sums = self._sums(segment, documents)
        if self._near:
            return self._with_near(segment, numbers, sums, most)
        if len(numbers) > 2 * most:
            least = heapq.nlargest(most, sums)[-1] if most else _WHOLE_LANE + 1
            chosen = bytes(map(least.__le__, sums))
            numbers, sums = list(compress(numbers, chosen)), list(compress(sums, chosen))
        return [(one / (_WHOLE_LANE + 1), number) for one, number in zip(sums, numbers, strict=True)]

    def _sums(self, segment: OpenSegment, documents: int) -> tuple[list[int], list[int]]:
        size = segment.file.documents
        if documents.bit_count() <= min(_FEW_MATCHES, size // 50 + 8):
            numbers = numbers_of(documents, size)
            sums = [0] * len(numbers)
            for (prefix, key), factor in self._factors.items():
                weights = segment.file.weights(prefix, key, numbers)
                sums = [one + factor * weight for one, weight in zip(sums, weights, strict=True)]
            return numbers, sums
        total = sum(factor * segment.file.lanes(prefix, key) for (prefix, key), factor in self._factors.items())
        lanes = array("H")
        lanes.frombytes(total.to_bytes(2 * size, "little"))
        if BIG_ENDIAN:
            lanes.byteswap()
        mask = mask_of(documents, size)
        return list(compress(range(size), mask)), list(compress(lanes, mask))

    def _with_near(
        self, segment: OpenSegment, numbers: list[int], sums: list[int], most: int
    ) -> list[tuple[float, int]]:
        """Look for the phrases in the best documents first, and stop when enough hold all of them."""
        share = len(self._near) + 1
        wanted = [(pattern(clause.words), clause.prefix == FOLDED) for clause in self._near]
        found: list[tuple[float, int]] = []
        held_all = 0
        last = -1
        for one, number in sorted(zip(sums, numbers, strict=True), key=_by_sum, reverse=True):
            if held_all >= most and one < last:
                break
            standing = sum(bool(segment.file.holding((number,), each, folded=folded)) for each, folded in wanted)
            held_all += standing == len(wanted)
            last = one
            found.append(((standing + one / (_WHOLE_LANE + 1)) / share, number))
        return found


BIG_ENDIAN = sys.byteorder == "big"


def _by_sum(each: tuple[int, int]) -> int:
    return each[0]


@dataclass(frozen=True, slots=True)
class Found:
    """Scores and documents, best first, each by its segment and its number there; and figures over all found."""

    best: list[tuple[float, OpenSegment, int]]
    total: int
    counts: Mapping[str, int]


def answer(segments: Sequence[OpenSegment], asked: Asked) -> Found:
    """Answer a question over all segments of an index."""
    if asked.query.is_empty:
        return Found([], 0, {})
    groups = tiers(asked.query)
    matched = [_grouped(segment, groups, asked.narrowing) for segment in segments]
    total = 0
    counts: Counter[str] = Counter()
    for segment, found in zip(segments, matched, strict=True):
        union = 0
        for group in found:
            union |= group
        total += union.bit_count()
        if union and asked.counted:
            mask = mask_of(union, segment.file.documents)
            for kind in asked.counted:
                counts.update(segment.file.label_counts(kind, union, mask))
    if asked.order == "best":
        best = _best(segments, groups, matched, asked.most)
    else:
        best = _by_day(segments, matched, asked.most, newest=asked.order == "newest")
    return Found(best, total, counts)


def _grouped(segment: OpenSegment, groups: Sequence[Tier], narrowing: Narrowing) -> list[int]:
    """The documents of each group, none in two."""
    among = (1 << segment.file.documents) - 1
    open_to = segment.file.narrowed(narrowing)
    if open_to is not None:
        among &= open_to
    among ^= among & segment.deleted
    found = []
    for tier in groups:
        documents = segment.matching(tier, among)
        among ^= documents
        found.append(documents)
    return found


def _best(
    segments: Sequence[OpenSegment], groups: Sequence[Tier], matched: Sequence[Sequence[int]], most: int
) -> list[tuple[float, OpenSegment, int]]:
    hits: list[tuple[float, OpenSegment, int]] = []
    for rank, tier in enumerate(groups):
        wanted = most - len(hits)
        if wanted <= 0:
            break
        if not any(found[rank] for found in matched):
            continue
        weighing = _Weighing(segments, tier)
        scored = [
            # Of equal scores the newer document comes first, then the one that came in earlier.
            (score, segment.file.newness[number], -segment.first - number, at, number)
            for at, (segment, found) in enumerate(zip(segments, matched, strict=True))
            if found[rank]
            for score, number in weighing.scores(segment, found[rank], wanted)
        ]
        base = float(len(groups) - 1 - rank)
        hits.extend((base + each[0], segments[each[3]], each[4]) for each in heapq.nlargest(wanted, scored))
    return hits


def _by_day(
    segments: Sequence[OpenSegment], matched: Sequence[Sequence[int]], most: int, *, newest: bool
) -> list[tuple[float, OpenSegment, int]]:
    keyed: list[tuple[int, int, int, int]] = []
    choose = heapq.nlargest if newest else heapq.nsmallest
    for at, (segment, found) in enumerate(zip(segments, matched, strict=True)):
        union = 0
        for group in found:
            union |= group
        mask = mask_of(union, segment.file.documents)
        days = list(compress(segment.file.newness, mask))
        numbers = compress(range(segment.file.documents), mask)
        keyed.extend(
            (day, segment.first + number, at, number) for day, number in choose(most, zip(days, numbers, strict=True))
        )
    return [(0.0, segments[at], number) for _, _, at, number in choose(most, keyed)]
