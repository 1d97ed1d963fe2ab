"""A font of Vietnamese letters embedded with the words that a signature shows (ISO 32000-2, 9.7.4)."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing._pictures import font_bytes
from signing.places import ASCENT, DESCENT

_LETTERS = "".join(
    chr(code)
    for first, last in ((0x20, 0x7E), (0xA0, 0x1B0), (0x1EA0, 0x1EF9), (0x2010, 0x2026))
    for code in range(first, last + 1)
)
"""Latin with all of Vietnamese, and punctuation; anything else is shown as a question mark."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Tinos cut down to :data:`_LETTERS`, with what is needed to set a line."""

    font: bytes
    glyphs: dict[str, int]
    widths: dict[int, int]
    """Of each glyph, in thousandths of the font's size."""

    def fitting(self, text: str) -> str:
        """The text in NFC, of letters that are there."""
        composed = unicodedata.normalize("NFC", text)
        return "".join(letter if letter in self.glyphs else "?" for letter in composed)

    def width(self, text: str, size: float) -> float:
        """How long a line is, in points."""
        return sum(self.widths[self.glyphs[letter]] for letter in self.fitting(text)) * size / 1000

    def wrapped(self, text: str, size: float, widest: float) -> list[str]:
        """The text in lines no longer than ``widest``, broken between words."""
        lines: list[str] = []
        for word in self.fitting(text).split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size) <= widest:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def encoded(self, text: str) -> bytes:
        """A hexadecimal string of glyphs, as a page's content takes it."""
        return b"<" + b"".join(b"%04X" % self.glyphs[letter] for letter in self.fitting(text)) + b">"


@lru_cache(maxsize=1)
def upright_letters() -> Letters:
    """The one that the decree asks for: upright, regular (NĐ 30, appendix I names Times New Roman)."""
    # Here: readers of PDFs are handed the result, and need not load what cuts fonts.
    from fontTools import subset  # noqa: PLC0415
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    font = TTFont(io.BytesIO(font_bytes("Regular")))
    options = subset.Options(hinting=False, name_IDs=[1, 2, 4, 6], notdef_outline=True, layout_features=[])
    cutter = subset.Subsetter(options)
    cutter.populate(text=_LETTERS)
    cutter.subset(font)
    cut = io.BytesIO()
    font.save(cut)
    order = {name: place for place, name in enumerate(font.getGlyphOrder())}
    glyphs = {chr(code): order[name] for code, name in (font.getBestCmap() or {}).items()}
    head: Any = font["head"]
    units = head.unitsPerEm
    widths = {order[name]: round(width * 1000 / units) for name, (width, _) in font["hmtx"].metrics.items()}
    return Letters(cut.getvalue(), glyphs, widths)


def embedded(writer: IncrementalPdfFileWriter, letters: Letters, used: str) -> generic.IndirectObject:
    """The font as an object of the file; text set in it can be searched for and copied out."""
    name = pdf_name("/DCSVLT+Tinos")
    file = generic.StreamObject(
        {pdf_name("/Length1"): generic.NumberObject(len(letters.font))}, stream_data=letters.font
    )
    file.compress()
    descriptor = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/FontDescriptor"),
            pdf_name("/FontName"): name,
            pdf_name("/Flags"): generic.NumberObject(4 + 2),
            pdf_name("/FontBBox"): generic.ArrayObject(generic.NumberObject(edge) for edge in (-200, -303, 2000, 1050)),
            pdf_name("/ItalicAngle"): generic.NumberObject(0),
            pdf_name("/Ascent"): generic.NumberObject(round(ASCENT * 1000)),
            pdf_name("/Descent"): generic.NumberObject(-round(DESCENT * 1000)),
            pdf_name("/CapHeight"): generic.NumberObject(662),
            pdf_name("/StemV"): generic.NumberObject(80),
            pdf_name("/FontFile2"): writer.add_object(file),
        }
    )
    shown = sorted({letters.glyphs[letter]: letter for letter in letters.fitting(used)}.items())
    descendant = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/CIDFontType2"),
            pdf_name("/BaseFont"): name,
            pdf_name("/CIDSystemInfo"): generic.DictionaryObject(
                {
                    pdf_name("/Registry"): generic.TextStringObject("Adobe"),
                    pdf_name("/Ordering"): generic.TextStringObject("Identity"),
                    pdf_name("/Supplement"): generic.NumberObject(0),
                }
            ),
            pdf_name("/FontDescriptor"): writer.add_object(descriptor),
            pdf_name("/CIDToGIDMap"): pdf_name("/Identity"),
            pdf_name("/W"): generic.ArrayObject(
                part
                for glyph, _ in shown
                for part in (
                    generic.NumberObject(glyph),
                    generic.ArrayObject([generic.NumberObject(letters.widths[glyph])]),
                )
            ),
        }
    )
    return writer.add_object(
        generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Font"),
                pdf_name("/Subtype"): pdf_name("/Type0"),
                pdf_name("/BaseFont"): name,
                pdf_name("/Encoding"): pdf_name("/Identity-H"),
                pdf_name("/DescendantFonts"): generic.ArrayObject([writer.add_object(descendant)]),
                pdf_name("/ToUnicode"): writer.add_object(_to_unicode(shown)),
            }
        )
    )


def _to_unicode(shown: list[tuple[int, str]]) -> generic.StreamObject:
    """What the glyphs mean (ISO 32000-2, 9.10.3)."""
    parts = [
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Adobe-Identity-UCS def",
        b"/CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, len(shown), 100):
        some = shown[start : start + 100]
        parts.append(b"%d beginbfchar" % len(some))
        parts += [b"<%04X> <%04X>" % (glyph, ord(letter)) for glyph, letter in some]
        parts.append(b"endbfchar")
    parts.append(b"endcmap CMapName currentdict /CMap defineresource pop end end")
    return generic.StreamObject(stream_data=b"\n".join(parts))
