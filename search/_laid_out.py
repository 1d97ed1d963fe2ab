"""What every engine makes of texts and questions: words in order, and the groups of an answer.

Whoosh stacks a compound on the first of its parts. The other engines keep parts only in the stream of words, where
phrases are looked for, and compounds beside it, whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from search import _groups
from search.engine import Phrase, WordQuery
from search.folding import LONGEST_WORD, forms, nfc, parts, spans

_NUMBERS_A_DAY = 1 << 24


def newness_of(day: date | None, number: int | None) -> int:
    """Return a day and a number as one number that grows with both; without a number the day's last.

    Without a day it is below that of every day.
    """
    last = _NUMBERS_A_DAY - 1
    return (day.toordinal() if day else 0) * _NUMBERS_A_DAY + (last if number is None else min(max(number, 0), last))


def days(first: date | None, last: date | None) -> tuple[int, int] | None:
    """Return the least and the most newness that a period holds; ``None`` for any, also of undated documents."""
    if first is None and last is None:
        return None
    return newness_of(first or date.min, 0), newness_of(last or date.max, None)


@lru_cache(maxsize=1 << 17)
def laid(run: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, str] | None]:
    """Return the plain words of a word or compound, exact and folded, and both forms of the compound as a whole."""
    exact, folded = forms(run[:LONGEST_WORD])
    if exact.isalnum():
        return (exact,), (folded,), None
    both = [forms(run[start:end]) for start, end in parts(run[:LONGEST_WORD])]
    return tuple(one[0] for one in both), tuple(one[1] for one in both), (exact, folded)


def runs(text: str) -> Iterator[str]:
    """Yield the words and compounds of a text as they stand."""
    composed = nfc(text)
    for start, end in spans(composed):
        yield composed[start:end]


class Zone(NamedTuple):
    """One zone of a document, words and compounds parted by blanks."""

    exact: str
    folded: str
    whole_exact: str
    whole_folded: str


def zone(text: str) -> Zone:
    """Lay a text out: plain words in a stream, and its compounds as wholes beside it."""
    exact: list[str] = []
    folded: list[str] = []
    wholes: list[tuple[str, str]] = []
    for run in runs(text):
        here_exact, here_folded, whole = laid(run)
        exact += here_exact
        folded += here_folded
        if whole:
            wholes.append(whole)
    return Zone(
        " ".join(exact), " ".join(folded), " ".join(one for one, _ in wholes), " ".join(one for _, one in wholes)
    )


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that must (or must not) follow one another in one form; a single word is a phrase of one."""

    exact: bool
    keys: tuple[str, ...]
    """Plain words, or one compound."""


Tier = _groups.Tier[Clause]


def words_of(tier: Tier) -> tuple[tuple[bool, str], ...]:
    """Return every word that is wanted, with its form, once."""
    return tuple(dict.fromkeys((one.exact, key) for each in tier.wanted for one in each for key in one.keys))


def _clause(terms: Phrase, *, exact: bool) -> Clause:
    if len(terms) == 1:
        return Clause(exact, (terms[0].text if exact else terms[0].folded,))
    # In the stream of words a compound stands as its parts.
    each = (laid(term.text) for term in terms)
    return Clause(exact, tuple(word for exactly, folded, _ in each for word in (exactly if exact else folded)))


def tiers(query: WordQuery) -> tuple[Tier, ...]:
    """Return the groups of the answer, best first."""
    return _groups.tiers(query, lambda terms, exact: _clause(terms, exact=exact))
