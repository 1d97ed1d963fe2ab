"""Drawing a QR code and an address into a page, where nothing stands. Runs in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pypdfium2
from PIL import Image, ImageChops, ImageDraw
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing._form import drawing
from signing._frames import Frame, frames_in, inherited
from signing._letters import Letters, embedded
from signing._pdfium import opened_pdf
from signing._prepare import _appended, _require_unsigned, opened
from signing.places import ASCENT, DESCENT, Box

QUIET = 4
"""Modules left white around the symbol (ISO/IEC 18004, 5.3.8)."""
TEXT_SIZE, _LEADING = 8.5, 10.5
_POINTS_PER_MM = 72 / 25.4
_FOOT, _USUAL_LEFT, _EDGE = 12.0, 85.0, 20.0
"""Points from the paper's edges: what printers reach; the usual left margin (30 mm); the least at the sides."""
_STEP = 8.0
_HIGHEST_SHARE = 0.2
"""Of the page's height, above which the mark would stand among the text."""
_LIGHT = 200
"""Grey from which on paper is empty."""
_LOOKED_AT_PIXELS = 1700
_PIXELS_PER_MODULE = 6
_ALIKE, _MOST_UNLIKE = 100, 6
"""Grey levels by which pixels may differ, smoothing of edges; and how many may differ more."""
_NAME = "/DocsvcCheckMark"

Modules = tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """What came of it."""

    content: bytes | None
    """The file with the mark; ``None`` where it could not be drawn."""
    page: int | None
    """From 0."""
    left: float
    bottom: float
    """Of the symbol's lower left corner on the page as shown, in points."""
    problem: str = ""
    """``no-room``: nothing is free at the foot of a page; ``unfaithful``: drawing it would have changed the page."""


@dataclass(frozen=True, slots=True)
class _Block:
    """The mark with all that it needs around it, in units of the page."""

    side: float
    """Of the symbol."""
    quiet: float
    text_width: float
    size: float
    leading: float

    @property
    def width(self) -> float:
        return self.side + 2 * self.quiet + self.text_width

    @property
    def height(self) -> float:
        return self.side + 2 * self.quiet


def drawn(
    content: bytes,
    modules: Modules,
    lines: tuple[str, ...],
    letters: Letters,
    keep_free: tuple[Box, ...],
    side_mm: float,
) -> Marked:
    """Find a free place, draw the mark there, and look at the result.

    1. Look at the last page, then at those to be signed on, then at the first; take the first free place.
    2. Append the drawing to that page in a revision of its own.
    3. Draw the page again: every module must be read where it was put, and the rest be as before.

    Raises:
        AlreadySigned, EncryptedPdf, UnreadablePdf
    """
    with opened(content) as writer:
        _require_unsigned(writer)
        with opened_pdf(content) as document:
            document.init_forms()
            for index in _in_turn(len(document), keep_free):
                frame = frames_in(writer, content, {index})[index]
                unit = float(writer.find_page_for_modification(index)[0].get_object().get("/UserUnit", 1)) or 1.0
                block = _block(modules, lines, letters, side_mm * _POINTS_PER_MM / unit, unit)
                look = _look(document, index)
                place = _free(look, frame, block, [box for box in keep_free if box.page == index])
                if place is not None:
                    break
            else:
                return Marked(None, None, 0, 0, "no-room")
        left, bottom = place[0] + block.quiet, place[1] + block.quiet
        _draw(writer, index, frame, (left, bottom), block, modules, lines, letters)
        made = _appended(writer)
    if not _faithful(made, index, look, frame, (left, bottom), block, modules):
        return Marked(None, None, 0, 0, "unfaithful")
    return Marked(made, index, round(left, 1), round(bottom, 1))


def _in_turn(pages: int, keep_free: tuple[Box, ...]) -> list[int]:
    wanted = [pages - 1, *sorted({box.page for box in keep_free}, reverse=True), 0]
    return [page for page in dict.fromkeys(wanted) if 0 <= page < pages]


def _block(modules: Modules, lines: tuple[str, ...], letters: Letters, side: float, unit: float) -> _Block:
    size = TEXT_SIZE / unit
    width = max((letters.width(line, size) for line in lines), default=0.0)
    return _Block(side, QUIET * side / len(modules), width, size, _LEADING / unit)


def _look(document: pypdfium2.PdfDocument, index: int) -> Image.Image:
    """The page as a grey picture."""
    page = document[index]
    scale = min(2.0, _LOOKED_AT_PIXELS / max(page.get_size()))
    picture: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil()
    page.close()
    return picture.convert("L")


def _pixels(
    look: Image.Image, frame: Frame, left: float, bottom: float, right: float, top: float
) -> tuple[int, int, int, int]:
    """A rectangle of the page as shown, in the picture's pixels."""
    across, down = look.width / frame.size[0], look.height / frame.size[1]
    return (
        round(left * across),
        round((frame.size[1] - top) * down),
        round(right * across),
        round((frame.size[1] - bottom) * down),
    )


def _free(look: Image.Image, frame: Frame, block: _Block, keep_free: list[Box]) -> tuple[float, float] | None:
    """The lower left corner of the lowest, then the leftmost free place; the usual left margin comes first."""
    width, height = frame.size
    for bottom in _steps(_FOOT - block.quiet, height * _HIGHEST_SHARE - block.height):
        beside = _steps(_EDGE - block.quiet, width - _EDGE - block.width)
        for left in (_USUAL_LEFT - block.quiet, *beside):
            right, top = left + block.width, bottom + block.height
            if right > width - _EDGE:
                continue
            if any(
                box.left < right and box.right > left and box.bottom < top and box.top > bottom for box in keep_free
            ):
                continue
            seen = look.crop(_pixels(look, frame, left, max(bottom, 0), right, top))
            if seen.width and seen.height and seen.getextrema()[0] >= _LIGHT:  # type: ignore[operator] # of a grey one
                return left, bottom
    return None


def _steps(first: float, last: float) -> Iterator[float]:
    while first <= last:
        yield first
        first += _STEP


def _draw(
    writer: IncrementalPdfFileWriter,
    index: int,
    frame: Frame,
    corner: tuple[float, float],
    block: _Block,
    modules: Modules,
    lines: tuple[str, ...],
    letters: Letters,
) -> None:
    """Append the mark to the page's content, apart from whatever state that leaves behind."""
    font = embedded(writer, letters, "".join(lines))
    mark = drawing(
        _operators(block, modules, lines, letters),
        block.width,
        block.height,
        0,
        {"/Font": generic.DictionaryObject({pdf_name("/Letters"): font})},
    )
    mark.compress()
    reference, _ = writer.find_page_for_modification(index)
    page = reference.get_object()
    resources = _copied(inherited(page, "/Resources"))
    pictures = _copied(resources.get("/XObject"))
    # A copy's page holds its source's mark.
    name = next(name for number in count(1) if (name := f"{_NAME}{number}") not in pictures)
    pictures[pdf_name(name)] = writer.add_object(mark)
    resources[pdf_name("/XObject")] = pictures
    page[pdf_name("/Resources")] = resources
    left, bottom = corner[0] - block.quiet, corner[1] - block.quiet
    placed = b"Q /Artifact BMC q %d %d %d %d %.3f %.3f cm %s Do Q EMC" % (
        *frame.matrix,
        *frame.on_page(left, bottom),
        name.encode(),
    )
    page[pdf_name("/Contents")] = generic.ArrayObject(
        [
            writer.add_object(generic.StreamObject(stream_data=b"q\n")),
            *_contents(page),
            writer.add_object(generic.StreamObject(stream_data=b"\n" + placed + b"\n")),
        ]
    )
    writer.mark_update(reference)


def _contents(page: generic.DictionaryObject) -> list[generic.PdfObject]:
    """The references to the page's content streams, in a list of its own: pages may share one."""
    if "/Contents" not in page:
        return []
    held = page["/Contents"]
    if isinstance(held, generic.ArrayObject):
        return [held.raw_get(place) for place in range(len(held))]
    return [page.raw_get("/Contents")]


def _copied(held: generic.DictionaryObject | None) -> generic.DictionaryObject:
    """A dictionary of the page's own: what it inherits is shared with others."""
    if held is None:
        return generic.DictionaryObject()
    return generic.DictionaryObject({pdf_name(key): held.raw_get(key) for key in held})


def _operators(block: _Block, modules: Modules, lines: tuple[str, ...], letters: Letters) -> bytes:
    """Black modules in white, runs of them in one, and the lines of text beside the middle of the symbol."""
    module = block.side / len(modules)
    operators = [
        b"q 1 g 0 0 %.3f %.3f re f 0 g" % (block.height, block.height),
        b"%.5f 0 0 %.5f %.3f %.3f cm" % (module, -module, block.quiet, block.quiet + block.side),
    ]
    operators += [b"%d %d %d 1 re" % (start, row, length) for row, start, length in _runs(modules)]
    operators.append(b"f Q")
    first = block.height / 2 + block.leading * len(lines) / 2 - (block.leading + (ASCENT - DESCENT) * block.size) / 2
    operators.append(b"BT 0 g /Letters %.2f Tf %.2f TL %.3f %.3f Td" % (block.size, block.leading, block.height, first))
    for place, line in enumerate(lines):
        operators.append((b"T* " if place else b"") + letters.encoded(line) + b" Tj")
    operators.append(b"ET")
    return b"\n".join(operators)


def _runs(modules: Modules) -> Iterator[tuple[int, int, int]]:
    """Row, first column and length of each run of dark modules."""
    for row, line in enumerate(modules):
        start: int | None = None
        for column, dark in enumerate((*line, False)):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                yield row, start, column - start
                start = None


def _faithful(
    made: bytes,
    index: int,
    before: Image.Image,
    frame: Frame,
    corner: tuple[float, float],
    block: _Block,
    modules: Modules,
) -> bool:
    """Whether every module is seen where it was put, and nothing else has changed."""
    with opened_pdf(made) as document:
        document.init_forms()
        after = _look(document, index)
        symbol = _symbol(document, index, frame, corner, block.side, len(modules))
    if after.size != before.size or symbol != modules:
        return False
    left, bottom = corner[0] - block.quiet, corner[1] - block.quiet
    changed = ImageChops.difference(before, after)
    where = _pixels(after, frame, left, max(bottom, 0), left + block.width, bottom + block.height)
    ImageDraw.Draw(changed).rectangle(where, fill=0)
    return sum(changed.histogram()[_ALIKE:]) <= _MOST_UNLIKE


def _symbol(
    document: pypdfium2.PdfDocument, index: int, frame: Frame, corner: tuple[float, float], side: float, rank: int
) -> Modules:
    """What is read from the page where the symbol should be, module by module."""
    page = document[index]
    points = page.get_size()[0] / frame.size[0]
    width, height = frame.size
    left, bottom = corner
    margins = (left, bottom, width - left - side, height - bottom - side)
    picture: Image.Image = page.render(
        scale=_PIXELS_PER_MODULE * rank / (side * points), crop=tuple(margin * points for margin in margins)
    ).to_pil()
    page.close()
    grey = picture.convert("L").resize((rank * 3, rank * 3), Image.Resampling.BOX)
    return tuple(
        tuple(grey.getpixel((column * 3 + 1, row * 3 + 1)) < _LIGHT / 2 for column in range(rank))  # type: ignore[operator] # of a grey one
        for row in range(rank)
    )
