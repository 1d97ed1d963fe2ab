"""The part of a query that engines answer, beyond single words: alternatives, and words that belong together.

What an engine should make of them:

* :class:`Alternatives`: the document must hold **any one** of the phrases, each as a phrase (its words in a row, in one
  zone). Several alternatives must all hold, as words do. The three groups of an answer (as typed, accented as typed,
  folded) are those of the phrases; the phrase that matches best counts once for the score, none counts twice.
* ``near``: runs of words that were typed side by side. They exclude nothing. A document where such words stand in a
  row comes before one where they stand apart: Vietnamese writes a word as several syllables, and ``thu hồi đất`` is
  meant, not ``thu`` and ``đất``. The whole run in a row in reference or abstract weighs most, then the whole run in the
  text, then each two neighbours in a row (once per pair, abstract before text). A run has two words or more.

An engine that knows neither is asked by :func:`search.asking.ask`, which spells alternatives out as several queries.
"""

from __future__ import annotations

from dataclasses import dataclass

from search.folding import Term

Phrase = tuple[Term, ...]
"""Words that stand in a row; a single word is a phrase of one."""


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Several ways to say one thing: any of them must stand in the document."""

    phrases: tuple[Phrase, ...]
    """The first is what was typed."""

    @property
    def typed(self) -> Phrase:
        """What was typed."""
        return self.phrases[0]
