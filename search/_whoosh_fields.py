"""How documents are laid down in Whoosh: one posting per word and form, weighed by where the word stands."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from whoosh.fields import ID, STORED, FieldType, Schema
from whoosh.formats import Format

from search.engine import IndexedDocument
from search.folding import LONGEST_WORD, forms, nfc, parts, spans

Posting = tuple[bytes, int, float, bytes]

_ZONE_GAP = 16
"""Positions left free between zones, so that no phrase reaches from one into the next."""

_REFERENCE_BONUS, _ABSTRACT_BONUS, _EXTRA_BONUS = 8.0, 8.0, 3.0
_TEXT_WEIGHT_LIMIT = 6.0
"""A word said often in a long text weighs less than one word in the abstract."""


def positions_of(packed: bytes) -> array[int]:
    """Read positions that :class:`PackedPositions` keeps."""
    positions = array("I")
    positions.frombytes(packed)
    return positions


class PackedPositions(Format):
    """Word positions as plain 32-bit numbers: read at once by phrases, never unpacked otherwise."""

    def fixed_value_size(self) -> int | None:
        return None

    def word_values(self, value: Any, analyzer: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("words are split by WeighedWords")

    def decode_positions(self, valuestring: bytes) -> list[int]:
        return positions_of(valuestring).tolist()

    def decode_frequency(self, valuestring: bytes) -> int:
        return len(valuestring) // 4


class WeighedWords(FieldType):
    """A field that takes ready postings: the zones of a document are weighed before they get here."""

    def __init__(self) -> None:
        super().__init__(PackedPositions(), analyzer=None, scorable=True)  # type: ignore[arg-type]

    def index(self, value: Sequence[Posting], **_options: Any) -> Iterator[Posting]:  # type: ignore[override]
        return iter(value)


_NUMBERS_A_DAY = 1 << 24


def newness_of(day: date | None, number: int | None) -> int:
    """Return a day and a number as one number that grows with both; without a number the day's last.

    Without a day it is below that of every day.
    """
    last = _NUMBERS_A_DAY - 1
    return (day.toordinal() if day else 0) * _NUMBERS_A_DAY + (last if number is None else min(max(number, 0), last))


def schema() -> Schema:
    """Return the layout: the id, the words in exact and in folded form, and what narrows."""
    return Schema(
        id=ID(unique=True, stored=True),
        exact=WeighedWords(),
        folded=WeighedWords(),
        labels=WeighedWords(),
        newness=STORED(),
    )


def label_postings(labels: Iterable[str]) -> list[Posting]:
    """Return the postings of a document's labels."""
    return sorted((label.encode(), 1, 1.0, b"") for label in set(labels))


class _Word:
    """Where one word stands in one document, and how much it weighs there."""

    __slots__ = ("bonus", "positions")

    def __init__(self) -> None:
        self.positions = array("I")
        self.bonus = 0.0

    def posting(self, key: str) -> Posting:
        # The bonus already holds what the zones outside the text weigh beyond their count.
        weight = self.bonus + min(float(len(self.positions)), _TEXT_WEIGHT_LIMIT)
        return key.encode(), len(self.positions), weight, self.positions.tobytes()


def _read_zone(text: str, position: int, bonus: float, words: dict[str, _Word]) -> int:
    composed = nfc(text)
    for start, end in spans(composed):
        run = composed[start : min(end, start + LONGEST_WORD)]
        exact = forms(run)[0]
        word = words.get(exact)
        if word is None:
            word = words[exact] = _Word()
        word.positions.append(position)
        word.bonus += bonus
        if not exact.isalnum():
            # A compound also stands as its parts, so that "ubnd" finds 138/QĐ-UBND; the whole sits on the first.
            for part_start, part_end in parts(run):
                word = words.setdefault(forms(run[part_start:part_end])[0], _Word())
                word.positions.append(position)
                word.bonus += bonus
                position += 1
        else:
            position += 1
    return position + _ZONE_GAP


def postings_of(document: IndexedDocument) -> tuple[list[Posting], list[Posting]]:
    """Return the exact and the folded postings of a document, each sorted by word."""
    words: dict[str, _Word] = {}
    position = _read_zone(document.reference, 0, _REFERENCE_BONUS, words)
    position = _read_zone(document.abstract, position, _ABSTRACT_BONUS, words)
    position = _read_zone(document.extra, position, _EXTRA_BONUS, words)
    _read_zone(document.text, position, 0.0, words)
    folded: dict[str, _Word] = {}
    for exact, word in words.items():
        key = forms(exact)[1]
        known = folded.get(key)
        if known is None:
            folded[key] = word
            continue
        merged = _Word()
        merged.positions = array("I", sorted(known.positions + word.positions))
        merged.bonus = known.bonus + word.bonus
        folded[key] = merged
    return (
        sorted(word.posting(key) for key, word in words.items()),
        sorted(word.posting(key) for key, word in folded.items()),
    )
