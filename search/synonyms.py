"""Ways to say the same, found in the words of a query and spelled out as alternatives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from search.engine import Phrase
from search.folding import Term, terms
from search.names import NameTable
from search.words import Alternatives

MOST_PHRASES = 6
"""Alternatives to what was typed, at most."""


class Synonyms:
    """Groups of phrases that mean the same; a phrase may stand in several."""

    def __init__(self, groups: Iterable[Sequence[str]] = ()) -> None:
        kept = [tuple(group) for group in groups]
        self._groups = tuple(tuple(filter(None, map(terms, group))) for group in kept)
        self._table = NameTable({str(place): group for place, group in enumerate(kept)})

    def at(self, words: Sequence[Term]) -> tuple[Alternatives, int] | None:
        """Return what the words at the beginning may also be called, and how many words that takes.

        ``bch`` without marks may be several things: then all their names are alternatives.
        """
        names = self._table.at([(word.text, word.folded) for word in words])
        if not names:
            return None
        length = len(names[0].words)
        phrases: dict[tuple[str, ...], Phrase] = {}
        typed = tuple(words[:length])
        phrases[tuple(word.folded for word in typed)] = typed
        for name in names:
            for phrase in self._groups[int(name.code)]:
                phrases.setdefault(tuple(word.folded for word in phrase), phrase)
        if len(phrases) == 1:
            return None
        return Alternatives(tuple(phrases.values())[: MOST_PHRASES + 1]), length
