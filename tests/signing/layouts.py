"""The same draft on pages that lie otherwise in the file: turned, moved, cut, of another unit. Seen, all are alike."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pypdf
from pypdf.generic import ArrayObject, FloatObject, NameObject, NumberObject

WIDTH, HEIGHT = 595.0, 842.0


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pages lie in the file."""

    turn: int = 0
    """Degrees that a viewer turns the page clockwise."""
    origin: tuple[float, float] = (0, 0)
    """Lower left corner of the MediaBox."""
    cut: float = 0
    """Points that a CropBox takes off every side."""
    unit: float = 1
    on_pages: bool = False
    """Boxes and turn are inherited from the tree of pages."""


def laid(draft: bytes, layout: Layout) -> bytes:
    """The draft with its pages laid so."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draft))
    across, up = layout.origin
    width, height = (HEIGHT, WIDTH) if layout.turn in (90, 270) else (WIDTH, HEIGHT)
    matrix = {
        0: (1, 0, 0, 1, across, up),
        90: (0, 1, -1, 0, across + HEIGHT, up),
        180: (-1, 0, 0, -1, across + WIDTH, up + HEIGHT),
        270: (0, -1, 1, 0, across, up + WIDTH),
    }[layout.turn]
    cut = layout.cut
    media = (across, up, across + width, up + height)
    for page in writer.pages:
        page.add_transformation(matrix)
        holder: Any = page["/Parent"].get_object() if layout.on_pages else page
        holder[NameObject("/MediaBox")] = ArrayObject(FloatObject(edge) for edge in media)
        if layout.on_pages:
            del page["/MediaBox"]
        if cut:
            shown = (across + cut, up + cut, across + width - cut, up + height - cut)
            holder[NameObject("/CropBox")] = ArrayObject(FloatObject(edge) for edge in shown)
        if layout.turn:
            holder[NameObject("/Rotate")] = NumberObject(layout.turn)
        if "/Rotate" in page and layout.on_pages:
            del page["/Rotate"]
        if layout.unit != 1:
            page[NameObject("/UserUnit")] = FloatObject(layout.unit)
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()
