"""Vietnamese letters: normal form, folding, and words with their places.

Three forms of a word live side by side: as typed (NFC), *exact* (lower case, one way of placing tone marks and of
writing an open i, so that ``hoà`` equals ``hòa`` and ``lí`` equals ``lý``) and *folded* (no diacritics, ``đ`` as
``d``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_DASHES = "‐‑‒–—−"
_UNIFY_DASHES = str.maketrans(dict.fromkeys(_DASHES, "-") | {"⁄": "/", "∕": "/"})
# Eth and African D look like Đ and come out of old fonts and of wrong keyboards.
_REAL_D = str.maketrans({"ð": "đ", "ɖ": "đ"})
_D_TO_PLAIN = str.maketrans({"đ": "d", "ð": "d", "ɖ": "d"})

_PART = "(?:[^\\W_]++|[\u0300-\u036f]++)++"
_PARTS = re.compile(_PART)
_RUN = re.compile(f"{_PART}(?:[/.,\\-{_DASHES}⁄∕]{_PART})*")
_NUMERIC = re.compile(r"[0-9]+(?:[/.,\-][0-9]+)+")
LONGEST_WORD = 64
"""Longer runs of letters are cut for matching: they are noise (encoded images, rules of dots)."""

_MOST_TURNS = 8
_TONES = {"a": "aàáảãạ", "e": "eèéẻẽẹ", "o": "oòóỏõọ", "u": "uùúủũụ", "y": "yỳýỷỹỵ"}
_TONE_OF = {letter: (base, tone) for base, row in _TONES.items() for tone, letter in enumerate(row) if tone}
# "lý" and "lí", "kỹ" and "kĩ", "quý" and "quí" are one word in two spellings: open syllables on i after these letters.
_OPEN_I = re.compile("(?P<head>[hklmst]|qu)(?P<i>[iìíỉĩị])")
_I_TO_Y = str.maketrans("iìíỉĩị", "yỳýỷỹỵ")
_Y_TO_I = str.maketrans("yỳýỷỹỵ", "iìíỉĩị")
_OPEN_Y = re.compile("([hklmst]|qu)[yỳýỷỹỵ]")
_CLUSTER = re.compile("(?<!q)(?:[oòóỏõọ][aàáảãạeèéẻẽẹ]|[uùúủũụ][yỳýỷỹỵ])(?P<closed>[^\\W\\d_])?|(?P<qu>q[ùúủũụ][yaeo])")


def nfc(text: str) -> str:
    """Return ``text`` in Unicode normal form C, the only form that is stored or compared."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return ``text`` in lower case without diacritics, ``đ`` as ``d``. The length may change; idempotent."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", nfc(text).lower())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare).translate(_D_TO_PLAIN)


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """Fold letter by letter and tell, for each letter of the result, its place in ``nfc(text)``.

    The list holds one more entry, the length of the text, so that it also maps ends.
    """
    composed = nfc(text)
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(composed):
        for folded in fold(letter):
            letters.append(folded)
            places.append(place)
    places.append(len(composed))
    return "".join(letters), places


def unify_dashes(text: str) -> str:
    """Write every kind of dash as ``-`` and every slash as ``/``; places stay the same."""
    return text if text.isascii() else text.translate(_UNIFY_DASHES)


def _split_tone(cluster: str) -> tuple[str, int]:
    plain, tone = "", 0
    for letter in cluster:
        base, found = _TONE_OF.get(letter, (letter, 0))
        plain += base
        tone = tone or found
    return plain, tone


def _place_tone(found: re.Match[str]) -> str:
    cluster = found.group()
    if found.group("qu"):
        plain, tone = _split_tone(cluster)
        return plain[:2] + _TONES[plain[2]][tone]
    closing = found.group("closed") or ""
    plain, tone = _split_tone(cluster[:2])
    if not tone:
        return cluster
    # An open syllable carries the mark on the first vowel (hòa), a closed one on the second (hoàn).
    first, second = plain[0], plain[1]
    return (first + _TONES[second][tone] if closing else _TONES[first][tone] + second) + closing


@lru_cache(maxsize=1 << 16)
def forms(word: str) -> tuple[str, str]:
    """Return the exact and the folded form of one word or one compound such as ``138/QĐ-UBND``."""
    exact = unify_dashes(nfc(word).lower()).translate(_REAL_D)
    if exact.isascii():
        exact = _with_y(exact)
        return exact, exact
    # Once is enough for Vietnamese; nonsense with several marks a syllable needs another turn to come to rest.
    for _ in range(_MOST_TURNS):
        placed = nfc(_CLUSTER.sub(_place_tone, exact))
        if placed == exact:
            break
        exact = placed
    exact = _with_y(exact)
    return exact, fold(exact)


def _with_y(syllable: str) -> str:
    found = _OPEN_I.fullmatch(syllable)
    return syllable if found is None else found.group("head") + found.group("i").translate(_I_TO_Y)


def spellings(exact: str) -> tuple[str, ...]:
    """Return every spelling that has this exact form: ``hòa`` and ``hoà``, ``lý`` and ``lí``."""
    found = {exact: None}
    for place in range(len(exact) - 1):
        plain, tone = _split_tone(exact[place : place + 2])
        if tone and plain[0] in _TONES and plain[1] in _TONES:
            for pair in (_TONES[plain[0]][tone] + plain[1], plain[0] + _TONES[plain[1]][tone]):
                spelled = exact[:place] + pair + exact[place + 2 :]
                if forms(spelled)[0] == exact:
                    found[spelled] = None
    if _OPEN_Y.fullmatch(exact):
        found[exact.translate(_Y_TO_I)] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text, or one compound that must not be cut (reference, date, number)."""

    text: str
    """Exact form: lower case, NFC, tone marks in one place."""

    folded: str
    """Without diacritics."""

    start: int
    """First letter, counted in ``nfc(text)``."""

    end: int
    """One past the last letter, counted in ``nfc(text)``."""


def is_compound(run: str) -> bool:
    """Tell whether a run of letters, digits and joining marks is one word: with slash and digit, or a number."""
    if len(run) > LONGEST_WORD:
        return False
    unified = unify_dashes(run)
    if "/" in unified:
        return any(letter.isdigit() for letter in unified)
    return _NUMERIC.fullmatch(unified) is not None


def parts(run: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the plain words inside a compound."""
    return (part.span() for part in _PARTS.finditer(run))


def runs(text: str) -> list[str]:
    """Return the runs of letters and joining marks of ``text``, which must be NFC: words before they are cut."""
    return _RUN.findall(text)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the words and compounds of ``text``, which must be NFC."""
    for run in _RUN.finditer(text):
        start, end = run.span()
        if end - start <= LONGEST_WORD and (run.group().isalpha() or is_compound(run.group())):
            yield start, end
            continue
        for part in _PARTS.finditer(text, start, end):
            yield part.span()


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of ``text`` in order.

    Hyphens and commas part words, except inside references, dates and numbers: ``138/QĐ-UBND`` is one token.
    """
    composed = nfc(text)
    for start, end in spans(composed):
        exact, folded = forms(composed[start : min(end, start + LONGEST_WORD)])
        yield Token(exact, folded, start, end)


@dataclass(frozen=True, slots=True)
class Term:
    """One word asked for."""

    text: str
    """Exact form."""

    folded: str
    """Without diacritics."""

    accented: bool
    """Typed with diacritics, so that its exact form is meant."""


def terms(text: str) -> tuple[Term, ...]:
    """Return the words of ``text`` as terms to search for."""
    return tuple(Term(token.text, token.folded, token.text != token.folded) for token in tokens(text))
