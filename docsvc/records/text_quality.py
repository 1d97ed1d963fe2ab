"""Whether the text read from a page can be believed: measures that are kept with it, and what they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Quality(StrEnum):
    """What is known of the text of a page, the worst first; a document has that of its worst page with anything on."""

    GARBLED = "garbled"
    """Letters without a meaning: an old font, a file that does not say what its glyphs are."""
    SCAN = "scan"
    """A picture of a page, nothing of it can be found."""
    OCR = "ocr"
    """Recognised from a picture, with the confidence that the recogniser tells."""
    GOOD = "good"
    BLANK = "blank"
    """Neither text nor picture."""


class Source(StrEnum):
    """Where the text of a page comes from."""

    LAYER = "layer"
    """What the file says."""
    SCANNER = "scanner"
    """What the file says behind a picture of the page: recognised by whoever scanned it."""
    OCR = "ocr"
    """Recognised here."""
    NONE = "none"


UNFINDABLE = (Quality.GARBLED, Quality.SCAN)
"""What recognition can help."""

_WORD = re.compile(r"[^\s\d.,;:!?()\[\]{}\"“”‘’'«»/\\\-–—…_|<>=+*&%$#@~^`]+")
_TONED = {
    ord(unicodedata.normalize("NFC", vowel + tone)): vowel
    for vowel in "aăâeêioôơuưy"
    for tone in "\u0300\u0301\u0303\u0309\u0323"
}
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|g|kh|k|ch|c|th|tr|t|ph|p|qu|b|d|đ|h|l|m|n|r|s|v|x)?"
    r"(?:uyê|iê|yê|uya|ia|ya|ua|ưa|uâ|uô|uơ|ươ|uê|uy|oa|oă|oe|oo|[aăâeêioôơuưy])"
    r"(?:ch|c|k|m|ng|nh|n|p|t|i|y|o|u)?"
)
_FEW_WORDS, _SOME_WORDS, _MANY_WORDS = 8, 25, 40
_MOST_UNREADABLE, _MOST_ODD, _MOST_SINGLE, _LEAST_VALID = 0.03, 0.15, 0.5, 0.06
_SCANNED, _MOST_SHAPES = 0.5, 40
_LONGEST_SYLLABLE = 7


@dataclass(frozen=True, slots=True)
class PageMeasure:
    """What was counted on one page."""

    quality: Quality
    source: Source
    letters: int = 0
    """White space not counted."""
    unreadable: int = 0
    """Replacement and private-use characters, glyphs without a letter."""
    words: int = 0
    odd: int = 0
    """Words with letters beyond ASCII that are no Vietnamese syllable."""
    syllables: int = 0
    """Words that are Vietnamese syllables, with or without diacritics."""
    confidence: int | None = None
    """Of recognised text, 0 to 100; ``None`` for text that was not recognised here."""
    encoding: str = ""
    """Old encodings that the text was converted from: ``TCVN3``, ``VNI``."""

    def as_json(self) -> dict[str, Any]:
        """As kept in the database."""
        return {
            "quality": self.quality.value,
            "source": self.source.value,
            "letters": self.letters,
            "unreadable": self.unreadable,
            "words": self.words,
            "odd": self.odd,
            "syllables": self.syllables,
            "confidence": self.confidence,
            "encoding": self.encoding,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> PageMeasure:
        """From the database."""
        values: dict[str, Any] = {name: kept[name] for name in cls.__slots__ if name in kept}
        values["quality"] = Quality(str(values["quality"]))
        values["source"] = Source(str(values["source"]))
        return cls(**values)


def measure(
    text: str,
    *,
    unknown: int = 0,
    picture: float = 0.0,
    shapes: int = 0,
    encoding: str = "",
    confidence: int | None = None,
) -> PageMeasure:
    """Judge the text of one page.

    Args:
        text: NFC.
        unknown: glyphs that stand for no letter.
        picture: share of the page that a picture covers.
        shapes: drawn shapes on a page without text.
        encoding: old encodings that the text was converted from.
        confidence: of recognised text.
    """
    letters = sum(not letter.isspace() for letter in text)
    unreadable = unknown + sum(unicodedata.category(letter) == "Co" for letter in text if letter >= "\ue000")
    words = odd = syllables = single = 0
    for found in _WORD.findall(text):
        if not any(letter.isalpha() for letter in found):
            continue
        words += 1
        single += len(found) == 1
        if is_syllable(found):
            syllables += 1
        elif not found.isascii():
            odd += 1
    if confidence is not None:
        quality, source = (Quality.OCR, Source.OCR) if words else (Quality.BLANK, Source.OCR)
    else:
        source = Source.NONE if not words else Source.SCANNER if picture >= _SCANNED else Source.LAYER
        quality = _judged(letters, unreadable, words, odd, syllables, single)
        if words < _SOME_WORDS and (picture >= _SCANNED or shapes >= _MOST_SHAPES):
            quality = Quality.SCAN
    return PageMeasure(quality, source, letters, unreadable, words, odd, syllables, confidence, encoding)


def is_syllable(word: str) -> bool:
    """Whether a word could be one Vietnamese syllable, with or without its diacritics."""
    if len(word) > _LONGEST_SYLLABLE:
        return False
    return _SYLLABLE.fullmatch(word.lower().translate(_TONED)) is not None


def _judged(letters: int, unreadable: int, words: int, odd: int, syllables: int, single: int) -> Quality:
    if not letters and not unreadable:
        return Quality.BLANK
    garbled = (
        unreadable > _MOST_UNREADABLE * max(letters, 1)
        or (words >= _FEW_WORDS and odd > _MOST_ODD * words)
        or (words >= _MANY_WORDS and (syllables < _LEAST_VALID * words or single > _MOST_SINGLE * words))
    )
    return Quality.GARBLED if garbled else Quality.GOOD


def whole_quality(pages: Iterable[PageMeasure]) -> Quality:
    """Of all pages together: that of the worst, blank ones aside."""
    found = {page.quality for page in pages}
    return next((quality for quality in Quality if quality in found), Quality.BLANK)
