"""The part of a query that engines answer, beyond single words: other names for words, and words that belong together.

Engines are told both by :class:`search.engine.WordQuery`:

* ``alternatives``: of each, any one phrase must stand. ``gpmb`` is answered by ``giải phóng mặt bằng`` as well.
* ``near``: phrases that had better stand. Vietnamese writes a word as several syllables, and ``thu hồi đất`` is meant,
  not ``thu`` and ``hồi`` and ``đất`` anywhere. Each run of words that was typed side by side is one phrase, and so are
  its neighbours two by two: the more of them stand, the more of the words stand together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from search.engine import Phrase

LONGEST_RUN = 8
"""A longer run of words stands nowhere in a row; its beginning may."""

MOST_NEAR = 8
"""Each costs an engine about as much as a phrase that is asked for."""


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Several ways to say one thing: any of them must stand in the document."""

    phrases: tuple[Phrase, ...]
    """The first is what was typed."""

    @property
    def typed(self) -> Phrase:
        """What was typed."""
        return self.phrases[0]


def side_by_side(runs: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """Return the phrases that had better stand: each run, and then its neighbours two by two."""

    def phrases() -> Iterator[Phrase]:
        yield from (run[:LONGEST_RUN] for run in runs if len(run) > 1)
        for run in runs:
            yield from pairwise(run[:LONGEST_RUN])

    return tuple(dict.fromkeys(phrases()))[:MOST_NEAR]
