"""Places chosen by hand, settled on the page: number and date come to stand on the printed line they are near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from signing._frames import Frame
from signing._glyphs import Glyph, Line, is_italic, lines_of
from signing._pdfium import opened_pdf
from signing.errors import PlaceNotFound
from signing.places import ASCENT, DESCENT, Box, IssuePlaces
from signing.sandbox import Limits, run

TEXTS = ("number", "day", "month", "year")
"""Places that are written into; the others are drawn on."""
_NEAR_LINE, _NEAR_LETTERS = 5.0, 60.0
"""Points between a chosen baseline and the printed one, and between the place and the nearest letter on it."""
_ALIKE = 0.4
"""A line of a far other size is none to stand on."""
_RULED = frozenset(".…_·")
_TOUCH = 1.0


@dataclass(frozen=True, slots=True)
class Settled:
    """Places as they will be used."""

    places: IssuePlaces
    on_line: frozenset[str]
    """Names of those that stand on a printed line, in its size."""
    covering: tuple[str, ...]
    """Names of those that lie over printed text."""
    adrift: tuple[str, ...]
    """Names of those to write into that are near no line, though their page has some."""


def settle_places(content: bytes, places: IssuePlaces, *, limits: Limits) -> Settled:
    """Settle places on an untrusted draft.

    Raises:
        PlaceNotFound: one lies on a page that is not there.
        SigningError: the file cannot be read within the limits.
    """
    return run(_settled, content, places, limits=limits)


def _settled(content: bytes, places: IssuePlaces) -> Settled:
    on_line: set[str] = set()
    covering: list[str] = []
    adrift: list[str] = []
    settled: dict[str, Any] = {}
    with opened_pdf(content) as document:
        for name in (*TEXTS, "personal_signature"):
            box: Box | None = getattr(places, name)
            if box is None:
                continue
            if not 0 <= box.page < len(document):
                raise PlaceNotFound(f"no page {box.page}")
            page = document[box.page]
            text_page = page.get_textpage()
            lines = lines_of(text_page, Frame.of(page))
            near = _nearest(lines, box) if name in TEXTS else None
            if near is not None:
                italic = is_italic(text_page, near)
                box = _standing_on(near, box, italic=italic)
                on_line.add(name)
            elif name in TEXTS and lines:
                adrift.append(name)
            beneath = [glyph for line in lines for glyph in line.glyphs if _touch(glyph, box)]
            ruled = bool(beneath) and name in TEXTS and all(glyph.letter in _RULED for glyph in beneath)
            if beneath and not ruled:
                covering.append(name)
            settled[name] = replace(box, covered=ruled)
    return Settled(replace(places, **settled), frozenset(on_line), tuple(covering), tuple(adrift))


def _nearest(lines: Sequence[Line], box: Box) -> Glyph | None:
    """The letter beside the place whose line it should stand on."""
    size = box.height / (ASCENT + DESCENT)
    baseline = box.bottom + DESCENT * size
    beside = [
        (max(glyph.left - box.right, box.left - glyph.right, 0), abs(glyph.baseline - baseline), glyph)
        for line in lines
        for glyph in line.glyphs
        if abs(glyph.baseline - baseline) <= _NEAR_LINE
        and glyph.letter not in _RULED
        and abs(glyph.size - size) <= _ALIKE * glyph.size
    ]
    near = [found for found in beside if found[0] <= _NEAR_LETTERS]
    return min(near, key=lambda found: (found[1] > 1, found[0]))[2] if near else None


def _standing_on(letter: Glyph, box: Box, *, italic: bool) -> Box:
    return replace(
        box,
        bottom=round(letter.baseline - DESCENT * letter.size, 2),
        top=round(letter.baseline + ASCENT * letter.size, 2),
        italic=italic,
    )


def _touch(glyph: Glyph, box: Box) -> bool:
    """Whether ink lies inside; letters that end or begin at an edge do not count."""
    return (
        glyph.right > box.left + _TOUCH
        and glyph.left < box.right - _TOUCH
        and glyph.top > box.bottom + _TOUCH
        and glyph.bottom < box.top - _TOUCH
    )
