"""The font of number and date: Tinos with the ten digits only, embedded into the document."""

from __future__ import annotations

import io
import os
import pickle
import zlib
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing._pictures import font_bytes
from signing.places import ASCENT, DESCENT

_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class _Font:
    length: int
    deflated: bytes
    widths: tuple[int, ...]
    """Of the digits, in thousandths of an em, as is the box."""
    box: tuple[int, ...]


_cut: dict[bool, _Font] = {}
"""By whether it is italic; cut once, before any reader is forked."""


def embedded_digits(writer: IncrementalPdfFileWriter, *, italic: bool) -> generic.IndirectObject:
    """A simple TrueType font of the ten digits (ISO 32000-2, 9.6.3)."""
    if italic not in _cut:
        _cut[italic] = _font(italic=italic)
    font = _cut[italic]
    file = generic.StreamObject(
        {pdf_name("/Length1"): generic.NumberObject(font.length), pdf_name("/Filter"): pdf_name("/FlateDecode")},
        encoded_data=font.deflated,
    )
    name = pdf_name(f"/DCSVDG+Tinos{'-Italic' if italic else ''}")
    descriptor = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/FontDescriptor"),
            pdf_name("/FontName"): name,
            pdf_name("/Flags"): generic.NumberObject(2 + 32 + (64 if italic else 0)),
            pdf_name("/FontBBox"): generic.ArrayObject(map(generic.NumberObject, font.box)),
            pdf_name("/ItalicAngle"): generic.NumberObject(-17 if italic else 0),
            pdf_name("/Ascent"): generic.NumberObject(round(ASCENT * 1000)),
            pdf_name("/Descent"): generic.NumberObject(-round(DESCENT * 1000)),
            pdf_name("/CapHeight"): generic.NumberObject(662),
            pdf_name("/StemV"): generic.NumberObject(80),
            pdf_name("/FontFile2"): writer.add_object(file),
        }
    )
    return writer.add_object(
        generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Font"),
                pdf_name("/Subtype"): pdf_name("/TrueType"),
                pdf_name("/BaseFont"): name,
                pdf_name("/FirstChar"): generic.NumberObject(ord(_DIGITS[0])),
                pdf_name("/LastChar"): generic.NumberObject(ord(_DIGITS[-1])),
                pdf_name("/Widths"): generic.ArrayObject(map(generic.NumberObject, font.widths)),
                pdf_name("/Encoding"): pdf_name("/WinAnsiEncoding"),
                pdf_name("/FontDescriptor"): writer.add_object(descriptor),
            }
        )
    )


def cut_aside() -> None:
    """Cut both fonts in a process that ends with it.

    The library that cuts is as large as all others together, and whatever the process that forks readers holds, every
    reader takes over. To be called where no other thread runs.
    """
    outgoing, incoming = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with os.fdopen(incoming, "wb") as answer:
                pickle.dump({italic: _font(italic=italic) for italic in (False, True)}, answer)
        finally:
            os._exit(0)
    os.close(incoming)
    with os.fdopen(outgoing, "rb") as answer:
        _cut.update(pickle.load(answer))  # noqa: S301 - our own child's
    os.waitpid(child, 0)


def _font(*, italic: bool) -> _Font:
    from fontTools import subset  # noqa: PLC0415 - see cut_aside
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    font = TTFont(io.BytesIO(font_bytes("Italic" if italic else "Regular")))
    options = subset.Options(hinting=False, name_IDs=[1, 2, 4, 6], notdef_outline=True, drop_tables=["GSUB", "GPOS"])
    cutter = subset.Subsetter(options)
    cutter.populate(text=_DIGITS)
    cutter.subset(font)
    cut = io.BytesIO()
    font.save(cut)
    head: Any = font["head"]
    units = head.unitsPerEm
    glyphs, advances = font.getBestCmap() or {}, font["hmtx"].metrics
    return _Font(
        len(cut.getvalue()),
        zlib.compress(cut.getvalue(), 9),
        widths=tuple(round(advances[glyphs[ord(digit)]][0] * 1000 / units) for digit in _DIGITS),
        box=tuple(round(getattr(head, edge) * 1000 / units) for edge in ("xMin", "yMin", "xMax", "yMax")),
    )
