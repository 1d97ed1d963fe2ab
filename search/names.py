"""Names in a text: the longest one that begins at a word, whether typed with all its diacritics or without some."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.folding import fold, tokens

_STROKE = "\u0335"


@dataclass(frozen=True, slots=True)
class Name:
    """One way to name something: the words of the name, in exact and folded form, and the code it stands for."""

    words: tuple[str, ...]
    folded: tuple[str, ...]
    code: str


@lru_cache(maxsize=1 << 14)
def _marks(word: str) -> tuple[frozenset[str], ...]:
    """The diacritics of each letter; the stroke of đ is one."""
    found: list[set[str]] = []
    for sign in unicodedata.normalize("NFD", word.replace("đ", "d" + _STROKE)):
        if unicodedata.combining(sign):
            if found:
                found[-1].add(sign)
        else:
            found.append(set())
    return tuple(frozenset(marks) for marks in found)


def lacks_marks(typed: str, meant: str) -> bool:
    """Tell whether ``typed`` is ``meant`` with none, some or all of its diacritics, and with none that it has not.

    ``đinh`` may be ``định``; ``để`` is not ``đề``. Both are exact forms.
    """
    if typed == meant:
        return True
    if fold(typed) != fold(meant):
        return False
    if typed.isascii():
        return True
    given, full = _marks(typed), _marks(meant)
    return len(given) == len(full) and all(one <= other for one, other in zip(given, full, strict=True))


class NameTable:
    """Names by their folded words, so that the longest one at a place is found without looking at all."""

    def __init__(self, named: Mapping[str, Iterable[str]]) -> None:
        self._by_words: dict[tuple[str, ...], dict[Name, None]] = {}
        for code, names in named.items():
            for name in names:
                words = tuple(token.text for token in tokens(name))
                if words:
                    entry = Name(words, tuple(fold(word) for word in words), code)
                    self._by_words.setdefault(entry.folded, {})[entry] = None
        self._longest = max((len(words) for words in self._by_words), default=0)

    def __bool__(self) -> bool:
        return bool(self._by_words)

    def at(self, words: Sequence[tuple[str, str]], *, most: int | None = None) -> tuple[Name, ...]:
        """Return the names that ``words`` (exact, folded) begin with: of the longest length, all of them.

        Those spelled just as typed alone, if there are any; else those of which the typed words lack marks.
        """
        limit = min(self._longest, len(words), self._longest if most is None else most)
        for length in range(limit, 0, -1):
            found = self._by_words.get(tuple(folded for _, folded in words[:length]))
            if not found:
                continue
            typed = tuple(exact for exact, _ in words[:length])
            spelled = tuple(name for name in found if name.words == typed)
            if spelled:
                return spelled
            lacking = tuple(name for name in found if all(map(lacks_marks, typed, name.words)))
            if lacking:
                return lacking
        return ()
