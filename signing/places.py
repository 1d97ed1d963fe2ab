"""Where an official document wants its number, its date and its signature (NĐ 30, appendix I).

Found by text on the page: ``Số:      /QĐ-UBND`` and ``ngày      tháng      năm 2026`` in the head, and the
signatory's full name at the end, above which the signature stands. What cannot be found is ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from signing._frames import Frame
from signing._glyphs import Glyph, Line, is_italic, lines_of, plain
from signing._pdfium import opened_pdf
from signing.sandbox import Limits, run

_LEADER = "[.…_·]*"
"""Rules of dots that some templates print into the gap."""
_NUMBER = re.compile(rf"so:?(?P<gap>{_LEADER})/(?=[a-z0-9])")
_DATE = re.compile(
    rf"ngay(?P<day>{_LEADER})thang(?P<month>{_LEADER}|\d{{1,2}})nam(?:(?P<printed>(?:19|20)\d\d)|(?P<year>{_LEADER}))"
)
_PAGES_WITH_HEAD = 3
"""A cover or a summary may come before the page with the document's head."""

ASCENT, DESCENT = 0.891, 0.216
"""Of Tinos, per em: a text box reaches this far above and below its baseline."""

_NARROWEST_GAP = 12.0
_SIGNATURE_WIDTH, _SIGNATURE_HEIGHT, _LEAST_SIGNATURE_HEIGHT = 150.0, 85.0, 26.0
_YEAR_EMS = 2.6


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page as it is shown, in points from the lower left corner that is seen."""

    page: int
    """From 0."""
    left: float
    bottom: float
    right: float
    top: float
    italic: bool = False
    """The text around it is slanted."""
    covered: bool = False
    """A rule of dots is printed there, which the filled-in text must cover."""

    @property
    def width(self) -> float:
        """In points."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """In points."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class IssuePlaces:
    """The places that issuing fills; ``None`` where the page shows none."""

    number: Box | None = None
    day: Box | None = None
    month: Box | None = None
    """``None`` too where the drafter printed the month."""
    year: Box | None = None
    """``None`` too where the drafter printed the year, as usual."""
    personal_signature: Box | None = None
    organisation_signature: Box | None = None
    """Only its middle counts, for a seal has its real size; ``None`` puts it over a third of the personal signature."""
    printed_month: int | None = None
    printed_year: int | None = None


def find_places(content: bytes, *, signatory_name: str, limits: Limits) -> IssuePlaces:
    """Find the places on an untrusted draft.

    Raises:
        SigningError: the file cannot be read within the limits.
    """
    return run(_find, content, signatory_name, limits=limits)


def _find(content: bytes, signatory_name: str) -> IssuePlaces:
    with opened_pdf(content) as document:
        places = IssuePlaces()
        for index in range(min(len(document), _PAGES_WITH_HEAD)):
            page = document[index]
            text_page = page.get_textpage()
            lines = lines_of(text_page, Frame.of(page))
            if places.number is None:
                places = replace(places, number=_number(lines, index, text_page))
            if places.day is None:
                places = _dated(places, lines, index, text_page)
            if places.number is not None and places.day is not None:
                break
        wanted = plain(signatory_name)
        if wanted:
            for index in reversed(range(len(document))):
                page = document[index]
                frame = Frame.of(page)
                box = _above_name(lines_of(page.get_textpage(), frame), wanted, index, frame.size)
                if box is not None:
                    return replace(places, personal_signature=box)
        return places


def _number(lines: Sequence[Line], page: int, text_page: Any) -> Box | None:
    for line, found in _matches(lines, _NUMBER):
        before, after = line.glyphs[found.start("gap") - 1], line.glyphs[found.end("gap")]
        if after.left - before.right >= _NARROWEST_GAP:
            return _gap(before, after.left, page, text_page, covered=bool(found.group("gap")))
    return None


def _dated(places: IssuePlaces, lines: Sequence[Line], page: int, text_page: Any) -> IssuePlaces:
    for line, found in _matches(lines, _DATE):
        month = found.group("month")
        day_end = line.glyphs[found.start("day") - 1]
        month_start = line.glyphs[found.end("day")]
        if month_start.left - day_end.right < _NARROWEST_GAP:
            continue
        places = replace(places, day=_gap(day_end, month_start.left, page, text_page, covered=bool(found.group("day"))))
        if month.isdigit():
            places = replace(places, printed_month=int(month))
        else:
            before, after = line.glyphs[found.start("month") - 1], line.glyphs[found.end("month")]
            if after.left - before.right >= _NARROWEST_GAP:
                places = replace(places, month=_gap(before, after.left, page, text_page, covered=bool(month)))
        if found.group("printed"):
            return replace(places, printed_year=int(found.group("printed")))
        last = line.glyphs[found.start("year") - 1]
        end = last.right + _YEAR_EMS * last.size
        return replace(places, year=_gap(last, end, page, text_page, covered=bool(found.group("year"))))
    return places


def _matches(lines: Sequence[Line], pattern: re.Pattern[str]) -> Iterator[tuple[Line, re.Match[str]]]:
    return ((line, found) for line in lines for found in line.finditer(pattern))


def _gap(before: Glyph, right: float, page: int, text_page: Any, *, covered: bool) -> Box:
    """The room after a letter up to ``right``, as high as text of the same size."""
    return Box(
        page=page,
        left=round(before.right + 1, 2),
        bottom=round(before.baseline - DESCENT * before.size, 2),
        right=round(right - 1, 2),
        top=round(before.baseline + ASCENT * before.size, 2),
        italic=is_italic(text_page, before),
        covered=covered,
    )


def _above_name(lines: Sequence[Line], wanted: str, page: int, size: tuple[float, float]) -> Box | None:
    """The free room above the last line that holds the name, between position and name."""
    for line in reversed(lines):
        place = line.text.rfind(wanted)
        if place < 0:
            continue
        name = line.glyphs[place : place + len(wanted)]
        middle = (name[0].left + name[-1].right) / 2
        left = max(middle - _SIGNATURE_WIDTH / 2, 10)
        right = min(middle + _SIGNATURE_WIDTH / 2, size[0] - 10)
        bottom = max(glyph.top for glyph in name) + 1
        above = [
            glyph.bottom
            for other in lines
            for glyph in other.glyphs
            if glyph.bottom >= bottom and glyph.right > left and glyph.left < right
        ]
        room = min(above, default=size[1] - 20) - 2 - bottom
        if room < _LEAST_SIGNATURE_HEIGHT:
            continue
        height = min(room, _SIGNATURE_HEIGHT)
        lift = (room - height) / 2
        return Box(page, round(left, 2), round(bottom + lift, 2), round(right, 2), round(bottom + lift + height, 2))
    return None
