"""Documents as PostgreSQL's ``tsvector``, made here so that words are cut and folded as everywhere else.

A ``tsvector`` holds positions up to 16,383, at most 255 positions of one word and at most 1 MB. So a document is one
row with every word it holds, and positions as far as they go; what follows of a long text lies in further rows, in
stretches that overlap, where phrases alone are looked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from search._laid_out import laid, runs
from search.engine import IndexedDocument

HEAD = "^"
"""Before a word: it stands in reference, abstract or extra. No word begins so."""

_LAST_POSITION = 16_000
_MOST_POSITIONS = 250
_MOST_BYTES = 800_000
_OVERLAP = 64
"""Words that two stretches share: longer phrases are found only where no border falls into them."""
_ZONE_GAP = 2

_Laid = tuple[tuple[str, ...], tuple[str, ...], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Vectors:
    """A document's words, or a stretch of them, in PostgreSQL's notation."""

    exact: str
    folded: str


class _Stretch:
    def __init__(self) -> None:
        self.exact: dict[str, list[str]] = {}
        self.folded: dict[str, list[str]] = {}
        self.position = 1
        self.size = 0

    def has_room(self, laid_down: _Laid) -> bool:
        """Tell whether one more word or compound goes in without a limit being met."""
        if self.position + len(laid_down[0]) > _LAST_POSITION or self.size > _MOST_BYTES:
            return False
        keys = laid_down[1] if laid_down[2] is None else (*laid_down[1], laid_down[2][1])
        return all(len(self.folded.get(key, ())) < _MOST_POSITIONS - len(keys) for key in keys)

    def add(self, laid_down: _Laid, weight: str = "") -> None:
        exact, folded, whole = laid_down
        if whole:
            self._put(*whole, f"{self.position}{weight}")
        for both in zip(exact, folded, strict=True):
            self._put(*both, f"{self.position}{weight}")
            self.position += 1

    def _put(self, exact: str, folded: str, place: str) -> None:
        for words, key in ((self.exact, exact), (self.folded, folded)):
            places = words.get(key)
            if places is None:
                words[key] = [place]
                self.size += len(key.encode()) + 8
            else:
                places.append(place)
                self.size += 2

    def vectors(self) -> Vectors:
        return Vectors(_vector(self.exact), _vector(self.folded))


def _vector(words: dict[str, list[str]]) -> str:
    # No letter, digit or joining mark needs more than the quotation marks.
    return " ".join(f"'{word}':{','.join(places)}" if places else f"'{word}'" for word, places in words.items())


def vectors_of(document: IndexedDocument) -> tuple[Vectors, tuple[Vectors, ...]]:
    """Return the row of a document, and the further stretches of a long one."""
    first = here = _Stretch()
    heads: dict[str, None] = {}
    folded_heads: dict[str, None] = {}
    further: list[_Stretch] = []
    zones = ((document.reference, "A"), (document.abstract, "A"), (document.extra, "B"), (document.text, ""))
    for text, weight in zones:
        recent: list[_Laid] = []
        for run in runs(text):
            laid_down = laid(run)
            if not here.has_room(laid_down):
                here = _Stretch()
                further.append(here)
                for each in recent[-_OVERLAP:]:
                    here.add(each, weight)
            here.add(laid_down, weight)
            recent.append(laid_down)
            if weight:
                exact, folded, whole = laid_down
                heads |= dict.fromkeys((*exact, whole[0]) if whole else exact)
                folded_heads |= dict.fromkeys((*folded, whole[1]) if whole else folded)
        here.position += _ZONE_GAP
    rests = tuple(stretch.vectors() for stretch in further)
    for stretch in further:
        _join(first.exact, stretch.exact)
        _join(first.folded, stretch.folded)
    _join(first.exact, (HEAD + word for word in heads))
    _join(first.folded, (HEAD + word for word in folded_heads))
    return first.vectors(), rests


def _join(words: dict[str, list[str]], others: Iterable[str]) -> None:
    size = sum(len(word.encode()) + 8 + 2 * len(places) for word, places in words.items())
    for word in others:
        if word not in words:
            size += len(word.encode()) + 8
            if size > _MOST_BYTES + _MOST_BYTES // 8:
                return  # some fifty thousand different words: noise, not language
            words[word] = []
