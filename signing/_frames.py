"""How a page lies: the part of it that is shown, and its turn (ISO 32000-2, 7.7.3.3). Runs in the sandbox.

Places are measured on the page as people see it; a file says everything in the page's own coordinates, whose origin
may lie anywhere and which may be turned.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pypdfium2
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, PdfObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing._pdfium import opened_pdf
from signing.errors import PlaceNotFound

Point = tuple[float, float]
_DEEPEST_TREE = 50
"""Of pages that inherit."""
TURNS: dict[int, tuple[int, int, int, int]] = {
    0: (1, 0, 0, 1),
    90: (0, 1, -1, 0),
    180: (-1, 0, 0, -1),
    270: (0, -1, 1, 0),
}
"""Linear part of the matrix that turns upright drawing for a page shown turned by so many degrees."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The shown part of a page, in the page's own coordinates, and how far it is turned clockwise to be shown."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int
    """0, 90, 180 or 270 degrees."""

    @classmethod
    def of(cls, page: pypdfium2.PdfPage) -> Frame:
        """As pdfium shows the page."""
        left, bottom, right, top = page.get_bbox()
        return cls(left, bottom, right, top, page.get_rotation() % 360)

    @property
    def matrix(self) -> tuple[int, int, int, int]:
        """Turns what is drawn upright so that it is upright on the page as shown."""
        return TURNS[self.turn]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turn in (90, 270) else (width, height)

    def shown(self, x: float, y: float) -> Point:
        """Where a point of the page is seen, from the lower left corner."""
        right, up = self.seen(x - self.left, y - self.bottom)
        width, height = self.size
        return (right + (width if self.turn in (180, 270) else 0), up + (height if self.turn in (90, 180) else 0))

    def seen(self, x: float, y: float) -> Point:
        """The direction in which a direction of the page is seen."""
        a, b, c, d = self.matrix
        return x * a + y * b, x * c + y * d

    def on_page(self, x: float, y: float) -> Point:
        """The point of the page that is seen there."""
        width, height = self.size
        x -= width if self.turn in (180, 270) else 0
        y -= height if self.turn in (90, 180) else 0
        a, b, c, d = self.matrix
        return x * a + y * c + self.left, x * b + y * d + self.bottom

    def rectangle(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """A rectangle as seen, in the page's own coordinates."""
        (ax, ay), (bx, by) = self.on_page(left, bottom), self.on_page(right, top)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def shown_rectangle(
        self, left: float, bottom: float, right: float, top: float
    ) -> tuple[float, float, float, float]:
        """A rectangle of the page, as seen."""
        (ax, ay), (bx, by) = self.shown(left, bottom), self.shown(right, top)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def frames_of(content: bytes, pages: set[int]) -> dict[int, Frame]:
    """How the pages of those indexes lie.

    Raises:
        PlaceNotFound: there is no such page.
        EncryptedPdf, UnreadablePdf
    """
    with opened_pdf(content) as document:
        if any(not 0 <= page < len(document) for page in pages):
            raise PlaceNotFound("no such page")
        return {index: Frame.of(document[index]) for index in pages}


def frames_in(writer: IncrementalPdfFileWriter, content: bytes, pages: set[int]) -> dict[int, Frame]:
    """How pages lie, from what they say; as pdfium makes of it where they say anything strange.

    Raises:
        PlaceNotFound, EncryptedPdf, UnreadablePdf: as :func:`frames_of`.
    """
    said = {page: _frame_said(writer.find_page_for_modification(page)[0].get_object()) for page in pages}
    frames = {page: frame for page, frame in said.items() if frame is not None}
    return frames if len(frames) == len(pages) else frames_of(content, pages)


def _frame_said(page: DictionaryObject) -> Frame | None:
    shown = _edges_said(inherited(page, "/MediaBox"))
    cut, turn = inherited(page, "/CropBox"), inherited(page, "/Rotate") or 0
    if shown is not None and cut is not None:
        edges = _edges_said(cut)
        shown = edges and (
            max(shown[0], edges[0]),
            max(shown[1], edges[1]),
            min(shown[2], edges[2]),
            min(shown[3], edges[3]),
        )
    if shown is None or not isinstance(turn, int) or turn % 90 or shown[2] <= shown[0] or shown[3] <= shown[1]:
        return None
    return Frame(*shown, turn % 360)


def _edges_said(said: PdfObject | None) -> tuple[float, float, float, float] | None:
    if not isinstance(said, ArrayObject) or not all(isinstance(edge, int | Decimal) for edge in said):
        return None
    try:
        ax, ay, bx, by = (float(edge) for edge in said)
    except ValueError:
        return None
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def inherited(page: DictionaryObject, name: str) -> Any:
    """A page's own entry, or the one of the nearest node above (ISO 32000-2, 7.7.3.4)."""
    node = page
    for _ in range(_DEEPEST_TREE):
        if name in node:
            return node[name]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return None
