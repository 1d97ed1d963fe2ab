"""Letters of a page with their places, gathered into lines. Runs in the sandbox."""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw

from signing._frames import Frame

pdfium: Any = pypdfium2.raw
"""Its functions come from the C library; nothing says their types."""
_ITALIC_FLAG = 64  # ISO 32000-2, table 121
_SAME_LINE_POINTS = 2.0
_MOST_LETTERS = 200_000


@dataclass(frozen=True, slots=True)
class Glyph:
    """One visible letter on the page as shown (points, origin at the lower left)."""

    letter: str
    """Lower case without diacritics: one ASCII letter where it is a Vietnamese one."""

    left: float
    right: float
    bottom: float
    top: float
    baseline: float
    size: float
    """Height of the font as drawn, points."""

    index: int
    """Place in the text page, for asking about its font."""


@dataclass(frozen=True, slots=True)
class Line:
    """Letters on one baseline from left to right, blanks left out."""

    glyphs: tuple[Glyph, ...]
    text: str
    """Their letters; ``text[n]`` is ``glyphs[n]``."""

    def finditer(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches that begin where a word begins."""
        return (found for found in pattern.finditer(self.text) if self._begins_word(found.start()))

    def _begins_word(self, place: int) -> bool:
        if place == 0:
            return True
        before, here = self.glyphs[place - 1], self.glyphs[place]
        return here.left - before.right > 0.12 * here.size or not before.letter.isalnum()


def plain(text: str) -> str:
    """Lower case without diacritics and without blanks, as lines are compared."""
    bare = unicodedata.normalize("NFD", text.lower()).replace("đ", "d")
    return "".join(sign for sign in bare if not unicodedata.combining(sign) and not sign.isspace())


def lines_of(text_page: Any, frame: Frame) -> list[Line]:
    """The page's lines from top to bottom; letters seen on their side or upside down are left out."""
    glyphs = sorted(_glyphs(text_page.raw, frame), key=lambda glyph: (-glyph.baseline, glyph.left))
    rows: list[list[Glyph]] = []
    for glyph in glyphs:
        if rows and abs(rows[-1][0].baseline - glyph.baseline) <= _SAME_LINE_POINTS:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    found = []
    for row in rows:
        ordered = tuple(sorted(row, key=lambda glyph: glyph.left))
        found.append(Line(ordered, "".join(glyph.letter for glyph in ordered)))
    return found


def is_italic(text_page: Any, glyph: Glyph) -> bool:
    """Whether the letter's font is slanted, by its flags or its name."""
    flags = ctypes.c_int(0)
    name = ctypes.create_string_buffer(200)
    pdfium.FPDFText_GetFontInfo(text_page.raw, glyph.index, name, len(name), flags)
    lowered = name.value.lower()
    return bool(flags.value & _ITALIC_FLAG) or b"italic" in lowered or b"oblique" in lowered


def _glyphs(raw: Any, frame: Frame) -> Iterator[Glyph]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    x, baseline = ctypes.c_double(), ctypes.c_double()
    matrix = pdfium.FS_MATRIX()
    for index in range(min(pdfium.FPDFText_CountChars(raw), _MOST_LETTERS)):
        letter = plain(chr(pdfium.FPDFText_GetUnicode(raw, index)))
        if len(letter) != 1 or not letter.isprintable():
            continue
        if not pdfium.FPDFText_GetCharBox(raw, index, left, right, bottom, top):
            continue
        pdfium.FPDFText_GetCharOrigin(raw, index, x, baseline)
        pdfium.FPDFText_GetMatrix(raw, index, matrix)
        along, tilt = frame.seen(matrix.a, matrix.b)
        _, upright = frame.seen(matrix.c, matrix.d)
        size = pdfium.FPDFText_GetFontSize(raw, index) * abs(upright)
        if upright <= 0 or abs(tilt) > 0.05 * abs(along) or not 2 <= size <= 200:  # noqa: PLR2004 - legible
            continue
        edges = frame.shown_rectangle(left.value, bottom.value, right.value, top.value)
        yield Glyph(
            letter, edges[0], edges[2], edges[1], edges[3], frame.shown(x.value, baseline.value)[1], size, index
        )
