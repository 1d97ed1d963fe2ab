"""Drawing two revisions of a page and marking where they differ. Runs in the sandbox."""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageDraw
from pyhanko.pdf_utils.reader import PdfFileReader

from signing._pdfium import opened_pdf
from signing.errors import NoSignedRevision, UnreadablePdf
from signing.pages import drawn_page
from signing.verify._compare_pages import pages_of, paired
from signing.verify._same import Budget

_FAINTEST = 24
"""Difference in brightness, of 255, that is seen."""
_CELL = 8
"""Pixels: differences are collected in squares of this side."""
_MOST_BOXES = 100
_MARGIN = 4
_HIGHLIGHT = (255, 236, 130)
_EDGE = (200, 20, 30)
_PAPER = (255, 255, 255)
_MOST_PIXELS = 8_000_000
"""Of one picture; four of them are held at once."""
_MOST_VISITS = 100_000

Box = tuple[int, int, int, int]


def opened_pages(content: bytes) -> int:
    """How many pages the file has.

    Raises:
        NoSignedRevision: it does not open by itself.
    """
    try:
        with opened_pdf(content) as document:
            count = len(document)
    except UnreadablePdf as error:
        raise NoSignedRevision(error.detail) from error
    if count == 0:
        raise NoSignedRevision("no pages")
    return count


def placed_pages(content: bytes, end: int) -> tuple[tuple[int | None, int | None], ...]:
    """Numbers of the pages then and now, in today's order.

    Raises:
        UnreadablePdf: one of the two is damaged.
    """
    budget = Budget(_MOST_VISITS)
    try:
        then = pages_of(PdfFileReader(io.BytesIO(content[:end]), strict=False).root, budget)
        now = pages_of(PdfFileReader(io.BytesIO(content), strict=False).root, budget)
    except MemoryError:
        raise
    except Exception as error:
        raise UnreadablePdf(f"{type(error).__name__}: {error}"[:200]) from error
    pairs = paired(then, now)
    return tuple((pair.then.number if pair.then else None, pair.now.number if pair.now else None) for pair in pairs)


def drawn_beside(
    content: bytes, end: int, then: int | None, now: int | None, width_px: int
) -> tuple[bytes | None, bytes | None, int]:
    """Both pictures as PNG, marked, and the number of places marked.

    Raises:
        UnreadablePdf: damaged, or there is no such page.
    """
    was = drawn_page(content[:end], then - 1, width_px, _MOST_PIXELS) if then is not None else None
    here = drawn_page(content, now - 1, width_px, _MOST_PIXELS) if now is not None else None
    boxes = _differing(was, here) if was is not None and here is not None else []
    return _marked(was, boxes), _marked(here, boxes), len(boxes)


def _differing(one: Image.Image, other: Image.Image) -> list[Box]:
    """Where the two differ, as boxes; what one of them lacks counts as paper."""
    size = max(one.width, other.width), max(one.height, other.height)
    first, second = (_on_paper(picture, size) for picture in (one, other))
    red, green, blue = ImageChops.difference(first, second).split()
    difference = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    seen = difference.point(lambda value: 255 if value >= _FAINTEST else 0)
    if seen.getbbox() is None:
        return []
    boxes = _joined(seen.reduce(_CELL))
    if len(boxes) > _MOST_BOXES:
        return [seen.getbbox() or (0, 0, *size)]
    return boxes


def _on_paper(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    if picture.size == size:
        return picture
    sheet = Image.new("RGB", size, _PAPER)
    sheet.paste(picture, (0, 0))
    return sheet


def _joined(cells: Image.Image) -> list[Box]:
    """Boxes around cells that touch, or are but one cell apart, in pixels."""
    width, height = cells.size
    dots = cells.tobytes()
    left = {index for index, value in enumerate(dots) if value}
    boxes: list[Box] = []
    while left:
        waiting = [left.pop()]
        columns, rows = set[int](), set[int]()
        while waiting:
            row, column = divmod(waiting.pop(), width)
            columns.add(column)
            rows.add(row)
            for near_row in range(max(row - 1, 0), min(row + 2, height)):
                for near in range(max(column - 2, 0), min(column + 3, width)):
                    if (index := near_row * width + near) in left:
                        left.remove(index)
                        waiting.append(index)
        boxes.append((min(columns) * _CELL, min(rows) * _CELL, (max(columns) + 1) * _CELL, (max(rows) + 1) * _CELL))
    return sorted(boxes, key=lambda box: (box[1], box[0]))


def _marked(picture: Image.Image | None, boxes: list[Box]) -> bytes | None:
    if picture is None:
        return None
    glass = Image.new("RGB", picture.size, _PAPER)
    marking = ImageDraw.Draw(glass)
    for left, top, right, low in boxes:
        box = (left - _MARGIN, top - _MARGIN, right + _MARGIN, low + _MARGIN)
        marking.rectangle(box, fill=_HIGHLIGHT, outline=_EDGE, width=2)
    marked = ImageChops.multiply(picture, glass)
    kept = io.BytesIO()
    marked.save(kept, "PNG", compress_level=4)
    return kept.getvalue()
