"""The text of an untrusted PDF, page by page, and where each of its letters stands. Read in the sandbox.

pdfium reads it (docs/decisions/026): it is several times faster than pypdf on Vietnamese pages, and a damaged file
ends its own process only.
"""

from __future__ import annotations

import ctypes
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from signing._legacy_fonts import SUSPECT, converted, encoding_of
from signing._pdfium import opened_pdf, pdfium
from signing.errors import TooLarge, UnreadablePdf
from signing.sandbox import Limits, run

EXTRACTOR = "pdfium-2"
"""Told with each text that is kept; another name means that texts read before would now come out otherwise."""

MOST_PAGES = 20_000
"""A file that claims more is no document."""
_MOST_LETTERS = 50_000_000
_MOST_OBJECTS, _MOST_IN_FORM, _DEEPEST_FORM = 100, 20, 3
"""Looked at for pictures: at either end of a page, in each form, and so deep."""
_MOST_SHAPES = 200
_MOST_BOXED = 200_000
"""Letters of one page that are given with their places."""

WHOLE = 10_000
"""Width and height of every page in the measure of boxes."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom from the upper left corner of the page as shown, in ten-thousandths of its sides."""

_UNWRITTEN = dict.fromkeys(
    [*(code for code in range(32) if chr(code) not in "\t\n"), 0x7F, 0xFFFE, 0xFFFF, 0xAD, 0x200B, 0x2060, 0xFEFF]
)
"""What pdfium leaves of unknown glyphs, and signs that show nothing; databases refuse some of it."""
_LIGATURES = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0xFB00, 0xFB07), 0x132, 0x133, 0x1C7, 0x1C8)
}
_WRITTEN = {**_UNWRITTEN, **_LIGATURES, 0xA0: " ", 0x2028: "\n", 0x2029: "\n"}
_LINE_END = re.compile("[\x02\ufffe]\r?\n?|(?<=[^\\W\\d_])\u2010\r?\n(?=[^\\W\\d_])")
"""A hyphen at the end of a line, which pdfium gives as U+0002 or U+FFFE, and one with which a program broke a word."""


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page and what tells whether it can be believed."""

    text: str
    """NFC."""
    unknown: int = 0
    """Glyphs that stand for no letter anybody knows."""
    encodings: tuple[str, ...] = ()
    """Old encodings that it was converted from."""
    picture: float = 0.0
    """Share of the page that its largest picture covers."""
    shapes: int = 0
    """Lines and surfaces on a page without any text."""


@dataclass(frozen=True, slots=True)
class PageLetters:
    """The text of one page with the place of each letter."""

    text: str
    boxes: tuple[Box | None, ...]
    """One for each letter of the text; ``None`` for what shows nothing, such as the end of a line."""


def read_text(content: bytes, *, limits: Limits) -> tuple[PageText, ...]:
    """The text of each page.

    Raises:
        EncryptedPdf, UnreadablePdf, TooLarge, TimedOut, OutOfMemory, Crashed
    """
    return run(_texts, content, limits=limits)


def read_letters(content: bytes, page_index: int, *, limits: Limits) -> PageLetters:
    """The text of one page, the same as :func:`read_text` gives, and where it stands.

    Raises:
        UnreadablePdf: damaged, or there is no such page.
        EncryptedPdf, TooLarge, TimedOut, OutOfMemory, Crashed
    """
    return run(_letters, content, page_index, limits=limits)


def _texts(content: bytes) -> tuple[PageText, ...]:
    with opened_pdf(content) as document:
        if not 0 < len(document) <= MOST_PAGES:
            raise TooLarge(f"{len(document)} pages") if len(document) else UnreadablePdf("no pages")
        found: list[PageText] = []
        letters = 0
        for page in document:
            one = _text(page)
            letters += len(one.text)
            if letters > _MOST_LETTERS:
                raise TooLarge("more text than a document holds")
            found.append(one)
            page.close()
        return tuple(found)


def _text(page: Any) -> PageText:
    textpage = page.get_textpage()
    raw: str = textpage.get_text_range()
    # Glyphs for which the file names no letter at all are missing in the text.
    nameless = max(0, int(textpage.count_chars()) - len(raw))
    encodings: set[str] = set()
    if SUSPECT.search(raw):
        pieces = list(_pieces(textpage, encodings))
        raw = "".join(text for text, _, _ in pieces) if encodings else raw
    unknown = raw.count("\uffff") + raw.count("\ufffd")
    text = unicodedata.normalize("NFC", _LINE_END.sub(_mended, raw).translate(_WRITTEN))
    return PageText(text, nameless + unknown, tuple(sorted(encodings)), _largest_picture(page), _shapes(page, text))


def _mended(found: re.Match[str]) -> str:
    """The hyphen of ``138/QĐ-UBND`` stays, and the line goes on; that of a broken word goes."""
    return "-" if found.group()[0] in "\x02\ufffe" else ""


def _largest_picture(page: Any) -> float:
    """Looked for among the first and the last things on the page: thousands of letters may stand between."""
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        return 0.0
    number = pdfium.FPDFPage_CountObjects(page)
    ends = range(number) if number <= 2 * _MOST_OBJECTS else (*range(_MOST_OBJECTS), *range(number)[-_MOST_OBJECTS:])
    largest = 0.0
    for index in ends:
        one = pdfium.FPDFPage_GetObject(page, index)
        if not _is_picture(one, 0):
            continue
        sides = [ctypes.c_float() for _ in range(4)]
        if pdfium.FPDFPageObj_GetBounds(one, *map(ctypes.byref, sides)):
            left, bottom, right, top = (side.value for side in sides)
            largest = max(largest, abs((right - left) * (top - bottom)) / (width * height))
    return round(min(largest, 1.0), 3)


def _is_picture(one: Any, depth: int) -> bool:
    """Whether it is a picture, or a form that holds one."""
    kind = pdfium.FPDFPageObj_GetType(one)
    if kind != pdfium.FPDF_PAGEOBJ_FORM or depth >= _DEEPEST_FORM:
        return bool(kind == pdfium.FPDF_PAGEOBJ_IMAGE)
    inside = range(min(pdfium.FPDFFormObj_CountObjects(one), _MOST_IN_FORM))
    return any(_is_picture(pdfium.FPDFFormObj_GetObject(one, index), depth + 1) for index in inside)


def _shapes(page: Any, text: str) -> int:
    """Shapes on a page without text: letters may have been drawn as such."""
    if text.strip():
        return 0
    shapes = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING], max_depth=3)
    return sum(1 for _ in islice(shapes, _MOST_SHAPES))


# --- letters and their places


def _letters(content: bytes, page_index: int) -> PageLetters:
    with opened_pdf(content) as document:
        if not 0 <= page_index < len(document):
            raise UnreadablePdf(f"no page {page_index}")
        page = document[page_index]
        textpage = page.get_textpage()
        if textpage.count_chars() > _MOST_BOXED:
            raise TooLarge("more letters than a page holds")
        text: list[str] = []
        boxes: list[Box | None] = []
        for written, first, last in _composed(_pieces(textpage, set())):
            box = _union(_box(page, textpage, index) for index in range(first, last)) if written.strip() else None
            text.append(written)
            boxes.extend([box] * len(written))
        return PageLetters("".join(text), tuple(boxes))


def _pieces(textpage: Any, encodings: set[str]) -> Iterator[tuple[str, int, int]]:
    """The page's signs in order with their places among pdfium's; those of old fonts converted and named."""
    signs: list[str] = []
    fonts: list[str] = []
    for index in range(textpage.count_chars()):
        sign = chr(min(pdfium.FPDFText_GetUnicode(textpage, index), sys.maxunicode))
        signs.append("" if "\ud800" <= sign <= "\udfff" else sign)  # half of a sign that pdfium gave in two
        fonts.append(_font(textpage, index) if signs[-1] > " " else fonts[-1] if fonts else "")
    start = 0
    while start < len(signs):
        end = start + 1
        while end < len(signs) and fonts[end] == fonts[start]:
            end += 1
        encoding = encoding_of(fonts[start])
        if encoding:
            encodings.add(encoding)
            for text, first, last in converted(signs[start:end], fonts[start]):
                yield text, start + first, start + last
        else:
            yield from ((signs[place], place, place + 1) for place in range(start, end))
        start = end


def _composed(pieces: Iterator[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    """As :func:`_text` writes it: without what is unwritten, broken words mended, marks joined to their letters."""
    known = list(pieces)
    raw = "".join(text for text, _, _ in known)
    # Each piece is one sign; those of nothing or of two, which old fonts have, are counted with.
    starts = [place for place, (text, _, _) in enumerate(known) for _ in text]
    for found in reversed(list(_LINE_END.finditer(raw))):
        first, last = starts[found.start()], starts[found.end() - 1] + 1
        known[first:last] = [(_mended(found), *known[first][1:])] if _mended(found) else []
    held: tuple[str, int, int] | None = None
    for text, first, last in known:
        written = text.translate(_WRITTEN)
        if not written:
            continue
        if held is not None and unicodedata.combining(written[0]):
            held = (held[0] + written, held[1], last)
            continue
        if held is not None:
            yield unicodedata.normalize("NFC", held[0]), held[1], held[2]
        held = (written, first, last)
    if held is not None:
        yield unicodedata.normalize("NFC", held[0]), held[1], held[2]


_LONGEST_FONT_NAME = 128


def _font(textpage: Any, index: int) -> str:
    name = ctypes.create_string_buffer(_LONGEST_FONT_NAME)
    pdfium.FPDFText_GetFontInfo(textpage, index, name, _LONGEST_FONT_NAME, ctypes.byref(ctypes.c_int()))
    return name.value.decode("latin-1")


def _box(page: Any, textpage: Any, index: int) -> Box | None:
    found = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(textpage, index, ctypes.byref(found)):
        return None
    corners = [_shown(page, x, y) for x, y in ((found.left, found.top), (found.right, found.bottom))]
    (left, top), (right, bottom) = (
        (min(one) for one in zip(*corners, strict=True)),
        (max(one) for one in zip(*corners, strict=True)),
    )
    return (left, top, right, bottom) if right > left and bottom > top else None


def _shown(page: Any, x: float, y: float) -> tuple[int, int]:
    """A point of the page as it is shown: turned and cropped."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, WHOLE, WHOLE, 0, x, y, ctypes.byref(across), ctypes.byref(down))
    return min(max(across.value, 0), WHOLE), min(max(down.value, 0), WHOLE)


def _union(boxes: Iterator[Box | None]) -> Box | None:
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    lefts, tops, rights, bottoms = zip(*known, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
