"""References (số và ký hiệu) in every way people write them, also without their marks.

``QĐ 138``, ``qd138 ubnd``, ``138 qd ubnd``, ``quyết định số 138``, ``số 138``; with their marks see
:mod:`search.marked_references`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from search.dates import find_periods
from search.folding import fold, forms, nfc, unify_dashes
from search.marked_references import (
    NUMBER,
    NUMBER_SIGN,
    FoundReference,
    Reference,
    find_strict,
    find_symbols,
    find_yeared,
    format_reference,
    has_diacritics,
    is_code,
    parted,
    with_type_name,
)
from search.vocabulary import Vocabulary

__all__ = [
    "FoundReference",
    "MatchKey",
    "Reference",
    "agency_after",
    "find_loose",
    "find_marked",
    "format_reference",
    "match_key",
    "parse_reference",
]

_WORD = re.compile(r"\w+")
_LETTERS_DIGITS = re.compile(r"([^\W\d_]+)(\d{1,7})")
_DIGITS_LETTERS = re.compile(r"(\d{1,7})([^\W\d_]{2,})")
_COUNTED = frozenset(("thang", "ngay", "tuan", "nguoi", "trieu", "ty", "ha", "m2", "dong", "ho", "phan", "lan"))
"""Words, folded, that are counted: "báo cáo 6 tháng" has no number 6."""

_LONGEST = 40
"""Words of a text that are looked at."""


def _never(_number: int) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Words:
    """The words at the beginning of a text, letters and digits that were typed together taken apart."""

    text: str
    typed: tuple[str, ...]
    forms: tuple[tuple[str, str], ...]
    spans: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.typed)

    def follows_closely(self, index: int) -> bool:
        """Tell whether a word hangs on the last by a mark: "138/24", "138.000" are no loose references."""
        between = self.text[self.spans[index - 1][1] : self.spans[index][0]]
        return unify_dashes(between) in {"/", ".", "-", ","}


def _split(text: str, vocabulary: Vocabulary) -> _Words:
    typed: list[str] = []
    places: list[tuple[int, int]] = []
    for found in _WORD.finditer(text):
        word = found.group()
        pieces = [(0, len(word))]
        if glued := _LETTERS_DIGITS.fullmatch(word):
            pieces = [glued.span(1), glued.span(2)]
        elif glued := _DIGITS_LETTERS.fullmatch(word):
            letters = parted([glued[2]], vocabulary)
            if len(letters) > 1:
                middle = glued.start(2) + len(letters[0])
                pieces = [glued.span(1), (glued.start(2), middle), (middle, glued.end(2))]
            elif vocabulary.type_candidates(glued[2]):
                pieces = [glued.span(1), glued.span(2)]
        for start, end in pieces:
            typed.append(word[start:end])
            places.append((found.start() + start, found.start() + end))
        if len(typed) >= _LONGEST:
            break
    return _Words(text, tuple(typed), tuple(forms(word) for word in typed), tuple(places))


class _Reader:
    """Reads a loose reference word by word; each step takes words off the beginning of what is left."""

    def __init__(self, words: _Words, vocabulary: Vocabulary) -> None:
        self.words, self.vocabulary = words, vocabulary
        self.index = 0
        self.number: int | None = None
        self.signed = False
        """Whether "số" stood before the number."""
        self.types: tuple[str, ...] = ()
        self.in_full = False
        """Whether the type was named, not abbreviated."""
        self.agencies: tuple[str, ...] = ()
        self.unit: str | None = None
        self.spelled: list[str] = []
        """The words that tell type and agency, as typed."""

    def take_number(self) -> bool:
        words, taken = self.words, 0
        if self.index < len(words) and words.forms[self.index][0] in NUMBER_SIGN:
            taken = 1
        place = self.index + taken
        if place >= len(words) or not NUMBER.fullmatch(words.typed[place]):
            return False
        self.number, self.signed = int(words.typed[place]), bool(taken)
        self.index = place + 1
        return True

    def take_type(self) -> bool:
        names = self.vocabulary.type_names.at(self.words.forms[self.index :])
        if names:
            count = len(names[0].words)
            self.types, self.in_full = tuple(dict.fromkeys(name.code for name in names)), True
        elif self.index < len(self.words):
            # Of codes only those that the office gives numbers under: "NĐ 30" is looked for where it is cited.
            known = self.vocabulary.type_candidates(self.words.typed[self.index])
            self.types, count = tuple(code for code in known if code in self.vocabulary.type_codes), 1
        if self.types:
            self.spelled += self.words.typed[self.index : self.index + count]
            self.index += count
        return bool(self.types)

    def take_agency(self, *, by_look: bool) -> bool:
        """Take an agency's abbreviation, one that only looks like it among them, but no longer name of a unit."""
        words = self.words
        if self.index >= len(words):
            return False
        typed = words.typed[self.index]
        named = self.vocabulary.unit_names.at(words.forms[self.index :])
        if named and len(named[0].words) > 1:
            return False
        found = self.vocabulary.agency_candidates(typed)
        if not found and by_look and is_code(typed) and not self.vocabulary.type_candidates(typed):
            found = (typed.upper() if typed.islower() else typed,)
        if not found:
            return False
        self.agencies = found
        self.spelled.append(typed)
        self.index += 1
        return True

    def take_unit(self) -> None:
        """Take the drafting unit of a letter: ``12 ubnd vx``."""
        if self.index < len(self.words) and is_code(self.words.typed[self.index]):
            typed = self.words.typed[self.index]
            self.unit = typed.upper() if typed.islower() else typed
            self.index += 1


def find_loose(text: str, vocabulary: Vocabulary, *, is_year: Callable[[int], bool] = _never) -> FoundReference | None:
    """Return the reference that ``text`` (NFC) begins with, written without its marks.

    A type and a number in either order, an agency after them or between; "số" and a number. What follows may be
    words: ``quyết định 138 thu hồi đất``; but a number and a lower-case code alone (``12 da``) must end the text, for
    Vietnamese syllables look like codes, and a number that ``is_year`` is one only where "số" says so.
    """
    # What others have taken out of a query stands as NUL: it may come before, but nothing reaches across it.
    start = len(text) - len(text.lstrip(" \t\r\n\f,;:.\0"))
    text = text[:start] + text[start:].partition("\0")[0]
    words = _split(text, vocabulary)
    if not words.typed or words.spans[0][0] != start:
        return None
    reader = _Reader(words, vocabulary)
    numbered_first = reader.take_number()
    reader.take_type()
    if not numbered_first and not reader.take_number() and not _agency_then_number(reader):
        return None
    if not reader.types and not reader.signed and not _agency_next(reader):
        return None
    if not reader.agencies:
        closely = reader.index < len(words) and words.follows_closely(reader.index)
        reader.take_agency(by_look=bool(reader.types) and not closely and _capital_or_last(reader))
    if reader.agencies and not reader.types:
        reader.take_unit()
    shaky = numbered_first and reader.types and not reader.in_full and not reader.agencies
    if shaky and reader.index < len(words) and reader.spelled[-1] not in reader.types:
        return None
    if reader.index < len(words) and words.follows_closely(reader.index):
        return None
    if _is_count(reader):
        return None
    assert reader.number is not None  # noqa: S101 - taken above in every way
    if is_year(reader.number) and not reader.signed and not reader.agencies:
        return None
    reference = Reference(
        number=reader.number,
        type_code=reader.types[0] if reader.types else None,
        agency=reader.agencies[0] if reader.agencies else None,
        unit=reader.unit,
        exact=has_diacritics(*reader.spelled),
        type_candidates=reader.types,
        agency_candidates=reader.agencies,
    )
    return FoundReference(reference, words.spans[0][0], words.spans[reader.index - 1][1])


def _is_count(reader: _Reader) -> bool:
    """Tell whether the number counts what follows right after it; "ngày" before a date begins one."""
    words, at = reader.words, reader.index
    if reader.signed or at >= len(words) or reader.number is None or words.typed[at - 1] != str(reader.number):
        return False
    return words.forms[at][1] in _COUNTED and not (at + 1 < len(words) and words.typed[at + 1].isdigit())


def _agency_then_number(reader: _Reader) -> bool:
    return bool(reader.types) and reader.take_agency(by_look=False) and reader.take_number()


def _agency_next(reader: _Reader) -> bool:
    words = reader.words
    return reader.index < len(words) and bool(reader.vocabulary.agency_candidates(words.typed[reader.index]))


def _capital_or_last(reader: _Reader) -> bool:
    words = reader.words
    return reader.index < len(words) and (words.typed[reader.index].isupper() or reader.index + 1 == len(words))


def agency_after(text: str, found: FoundReference, vocabulary: Vocabulary) -> FoundReference:
    """Take the agency after a number and its year into the reference: ``thông tư 66/2026 BTC``."""
    if found.reference.agency is not None or not found.reference.type_candidates:
        return found
    words = _split(text[found.end :].partition("\0")[0], vocabulary)
    reader = _Reader(words, vocabulary)
    if not words.typed or words.text[: words.spans[0][0]].strip() or not reader.take_agency(by_look=True):
        return found
    reference = found.reference
    told = Reference(
        number=reference.number,
        year=reference.year,
        type_code=reference.type_code,
        agency=reader.agencies[0],
        exact=reference.exact or has_diacritics(*reader.spelled),
        type_candidates=reference.type_candidates,
        agency_candidates=reader.agencies,
    )
    return FoundReference(told, found.start, found.end + words.spans[0][1])


def find_marked(text: str, vocabulary: Vocabulary) -> Iterator[FoundReference]:
    """Yield references that are written with some mark, "quyết định số" before them taken along."""
    for found in find_strict(text, vocabulary):
        yield agency_after(text, with_type_name(text, found, vocabulary), vocabulary)
    for found in find_yeared(text):
        yield agency_after(text, with_type_name(text, found, vocabulary), vocabulary)
    for found in find_symbols(text, vocabulary):
        yield with_type_name(text, found, vocabulary)


def parse_reference(text: str, vocabulary: Vocabulary) -> Reference | None:
    """Read ``text`` as one reference, a date after it allowed; None when it is anything else or more.

    A bare number is a reference by number alone.
    """
    composed = nfc(text)
    for period in reversed(find_periods(composed)):
        composed = composed[: period.start] + " " + composed[period.end :]
    composed = composed.strip(" \t\r\n\f\v,;:.")
    if NUMBER.fullmatch(composed):
        return Reference(number=int(composed))
    for whole in find_marked(composed, vocabulary):
        if whole.start == 0 and whole.end == len(composed):
            return whole.reference
    loose = find_loose(composed, vocabulary)
    return loose.reference if loose is not None and loose.end == len(composed) else None


@dataclass(frozen=True, slots=True)
class MatchKey:
    """A reference in the form in which columns are compared: folded, ``None`` where not said."""

    number: int | None
    year: int | None
    type_code: str | None
    agency: str | None
    unit: str | None


def match_key(reference: Reference | str, vocabulary: Vocabulary | None = None) -> MatchKey:
    """Return the key under which a reference is found by folded columns.

    Two references typed differently but meant alike have one key. It finds candidates only: HD and HĐ share a
    key, so compare ``type_candidates`` with the exact column before believing it.
    """
    if isinstance(reference, str):
        reference = parse_reference(reference, vocabulary or Vocabulary()) or Reference()
    return MatchKey(
        reference.number,
        reference.year,
        fold(reference.type_code) if reference.type_code else None,
        fold(reference.agency) if reference.agency else None,
        fold(reference.unit) if reference.unit else None,
    )
