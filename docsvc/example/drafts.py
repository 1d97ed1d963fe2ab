"""Drafts as PDFs, laid out as Decree 30/2020/NĐ-CP asks (appendix I, part I).

The places that issuing fills, after ``Số:`` and in ``ngày      tháng      năm``, are left as real gaps, and so is
the room for the signature between position and full name. The same draft always gives the same bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from io import BytesIO
from threading import Lock
from typing import Any

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer
from reportlab.platypus import Table as PlatypusTable

from config.document_types import document_types

_LEFT, _RIGHT, _TOP, _BOTTOM = 30 * mm, 15 * mm, 20 * mm, 20 * mm
_WIDTH = A4[0] - _LEFT - _RIGHT
_HEAD_COLUMN = 66 * mm
_SIGNATURE_ROOM = 30 * mm
_NUMBER_GAP, _DATE_GAP = " " * 10, " " * 7
_FAMILY = "DocsvcTinos"
_REGULAR, _BOLD, _ITALIC, _BOLD_ITALIC = (f"{_FAMILY}{face}" for face in ("", "-Bold", "-Italic", "-BoldItalic"))
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_one_at_a_time = Lock()
"""ReportLab parses paragraphs with one parser for the whole process."""
_RED = (0.85, 0.05, 0.05)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the text, the first one a heading: the tasks of a plan, the figures of a report."""

    rows: tuple[tuple[str, ...], ...]
    widths_mm: tuple[float, ...]
    """Of the columns; 165 together."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands on the pages of one draft."""

    type_key: str
    """As in ``config.document_types``; ``cv`` for công văn, which has an addressee instead of a heading."""
    abstract: str
    superior: str
    """The agency above; empty for none."""
    agency: str
    """The issuing agency, in full; ``\n`` where its name breaks over two lines."""
    symbol: str
    """Without the number: ``QĐ-UBND``, ``UBND-VP``."""
    place: str
    year: int
    body: tuple[str | Table, ...]
    """Paragraphs, ``**…**`` around bold words."""
    signing: tuple[str, ...]
    """Authority and position, a line each: ``TM. ỦY BAN NHÂN DÂN``, ``CHỦ TỊCH``."""
    signatory: str
    recipients: tuple[str, ...]
    """Lines of "Nơi nhận"."""
    bases: tuple[str, ...] = ()
    """Legal bases, in italics."""
    decided_by: str = ""
    """Who decides: stands in capitals over the bases of a decision."""
    addressees: tuple[str, ...] = ()
    """Lines of "Kính gửi"."""
    stamp: str = ""
    """``KHẨN``, ``THƯỢNG KHẨN``, ``HỎA TỐC`` or empty."""


def draft_pdf(draft: Draft) -> bytes:
    """The draft as a PDF with embedded fonts and text that can be extracted."""
    with _one_at_a_time:
        return _built(draft)


def _built(draft: Draft) -> bytes:
    _register_fonts()
    output = BytesIO()
    document = BaseDocTemplate(
        output,
        pagesize=A4,
        leftMargin=_LEFT,
        rightMargin=_RIGHT,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        title=_nfc(draft.abstract),
        author=_nfc(draft.agency).replace("\n", " "),
        invariant=1,
        initialFontName=_REGULAR,
        lang="vi-VN",
    )
    frame = Frame(
        _LEFT, _BOTTOM, _WIDTH, A4[1] - _TOP - _BOTTOM, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0
    )
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=_page_number))
    document.build(list(_flowables(draft)))
    return output.getvalue()


@cache
def _register_fonts() -> None:
    folder = resources.files("signing") / "fonts"
    faces = ((_REGULAR, "Regular"), (_BOLD, "Bold"), (_ITALIC, "Italic"), (_BOLD_ITALIC, "BoldItalic"))
    for name, face in faces:
        with (folder / f"Tinos-{face}.ttf").open("rb") as file:
            pdfmetrics.registerFont(TTFont(name, BytesIO(file.read())))
    pdfmetrics.registerFontFamily(_FAMILY, normal=_REGULAR, bold=_BOLD, italic=_ITALIC, boldItalic=_BOLD_ITALIC)


def _style(name: str, font: str, size: float, **more: Any) -> ParagraphStyle:
    values = {"leading": size * 1.25, "alignment": TA_CENTER, "splitLongWords": 0} | more
    return ParagraphStyle(name, fontName=font, bulletFontName=font, fontSize=size, **values)


def _flowables(draft: Draft) -> Iterator[Flowable]:
    heading = _style("heading", _BOLD, 14)
    yield _Head(draft)
    yield Spacer(1, 14)
    if _has_heading(draft):
        yield Paragraph(_nfc(document_types()[draft.type_key].name.upper()), heading)
        yield Paragraph(_markup(draft.abstract), heading)
        yield _Rule(45 * mm)
        yield Spacer(1, 10)
    if draft.addressees:
        yield from _addressed(draft.addressees)
    if draft.decided_by:
        yield Paragraph(_nfc(draft.decided_by.upper()), heading)
        yield Spacer(1, 8)
    running = {"alignment": TA_JUSTIFY, "firstLineIndent": 12.7 * mm, "spaceAfter": 6, "leading": 18}
    slanted = _style("basis", _ITALIC, 14, **running)
    for basis in draft.bases:
        yield Paragraph(_markup(basis), slanted)
    if draft.decided_by:
        yield Spacer(1, 4)
        yield Paragraph(f"{_nfc(document_types()[draft.type_key].name.upper())}:", heading)
        yield Spacer(1, 8)
    upright = _style("text", _REGULAR, 14, allowWidows=0, allowOrphans=0, **running)
    kept = _style("kept", _REGULAR, 14, allowWidows=0, allowOrphans=0, keepWithNext=1, **running)
    for number, part in enumerate(draft.body, start=1):
        if isinstance(part, Table):
            yield _table(part)
            yield Spacer(1, 8)
        else:
            # A heading stays with its text, and the last words with the signature.
            together = number == len(draft.body) or (part.startswith("**") and part.endswith("**"))
            yield Paragraph(_markup(part), kept if together else upright)
    yield _End(draft)


def _has_heading(draft: Draft) -> bool:
    return bool(document_types()[draft.type_key].code)


def _addressed(addressees: tuple[str, ...]) -> Iterator[Flowable]:
    style = _style("addressee", _REGULAR, 14)
    if len(addressees) == 1:
        yield Paragraph(f"Kính gửi: {_markup(addressees[0])}", style)
    else:
        aside = _style("addressees", _REGULAR, 14, alignment=0, leftIndent=45 * mm)
        yield Paragraph("Kính gửi:", _style("to", _REGULAR, 14, alignment=0, leftIndent=30 * mm))
        for number, name in enumerate(addressees, start=1):
            yield Paragraph(f"- {_markup(name)}{'.' if number == len(addressees) else ';'}", aside)
    yield Spacer(1, 12)


def _table(table: Table) -> Flowable:
    heading, cell = _style("th", _BOLD, 12), _style("td", _REGULAR, 12, alignment=0)
    rows = [
        [Paragraph(_markup(text), cell if number else heading) for text in row] for number, row in enumerate(table.rows)
    ]
    return PlatypusTable(
        rows,
        colWidths=[width * mm for width in table.widths_mm],
        repeatRows=1,
        style=[
            ("FONT", (0, 0), (-1, -1), _REGULAR, 12),
            ("GRID", (0, 0), (-1, -1), 0.5, "black"),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ],
    )


class _Head(Flowable):
    """Agency, number and symbol at the left; country, motto, place and date at the right (II.1 to II.4)."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        about = f"V/v {draft.abstract}" if not _has_heading(draft) else ""
        self.above = _wrapped(draft.superior.upper(), _REGULAR, 13, _HEAD_COLUMN)
        self.agency = _wrapped(draft.agency.upper(), _BOLD, 13, _HEAD_COLUMN)
        self.about = _wrapped(about, _REGULAR, 12, _HEAD_COLUMN)
        names = len(self.above) + len(self.agency)
        self.height = max(names, 2) * 16 + 14 + 16 + len(self.about) * 15 + (8 if about else 0)
        if draft.stamp:
            self.height += 30

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        return width, self.height

    def draw(self) -> None:
        canvas, draft = self.canv, self.draft
        left, right = _HEAD_COLUMN / 2, _HEAD_COLUMN + (_WIDTH - _HEAD_COLUMN) / 2
        _centred(canvas, right, self.height - 13, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", _BOLD, 13)
        width = _centred(canvas, right, self.height - 29, "Độc lập - Tự do - Hạnh phúc", _BOLD, 14)
        canvas.setLineWidth(0.7)
        canvas.line(right - width / 2, self.height - 35, right + width / 2, self.height - 35)
        y = self.height - 13
        for line in self.above:
            _centred(canvas, left, y, line, _REGULAR, 13)
            y -= 16
        for line in self.agency:
            width = _centred(canvas, left, y, line, _BOLD, 13)
            y -= 16
        rule = max(width * 0.4, 20 * mm)
        canvas.line(left - rule / 2, y + 10, left + rule / 2, y + 10)
        # Number and date share a line, under the longer of the two columns.
        y = min(y, self.height - 45) - 8
        _centred(canvas, left, y, f"Số:{_NUMBER_GAP}/{_nfc(draft.symbol)}", _REGULAR, 13)
        date = f"{_nfc(draft.place)}, ngày{_DATE_GAP}tháng{_DATE_GAP}năm {draft.year}"
        _centred(canvas, right, y, date, _ITALIC, 14 if _width(date, _ITALIC, 14) < _WIDTH - _HEAD_COLUMN else 13)
        y -= 6
        for line in self.about:
            y -= 15
            _centred(canvas, left, y, line, _REGULAR, 12)
        if draft.stamp:
            self._stamp(left, y - 28)

    def _stamp(self, middle: float, y: float) -> None:
        width = {"KHẨN": 20 * mm, "HỎA TỐC": 30 * mm}.get(self.draft.stamp, 40 * mm)
        self.canv.saveState()
        self.canv.setStrokeColorRGB(*_RED)
        self.canv.setFillColorRGB(*_RED)
        self.canv.setLineWidth(1.2)
        self.canv.rect(middle - width / 2, y, width, 8 * mm)
        _centred(self.canv, middle, y + 7, self.draft.stamp, _BOLD, 13)
        self.canv.restoreState()


class _Rule(Flowable):
    """The line under the abstract."""

    def __init__(self, length: float) -> None:
        super().__init__()
        self.length = length

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self.width = width
        return width, 10

    def draw(self) -> None:
        self.canv.setLineWidth(0.7)
        self.canv.line((self.width - self.length) / 2, 3, (self.width + self.length) / 2, 3)


class _End(Flowable):
    """Recipients at the left; authority, position, room to sign and full name at the right (II.7, II.9)."""

    _column = 70 * mm

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        last = len(draft.recipients)
        lines = [f"- {text}{'.' if number == last else ';'}" for number, text in enumerate(draft.recipients, start=1)]
        self.recipients = [part for line in lines for part in _wrapped(line, _REGULAR, 11, self._column)]
        right = len(draft.signing) * 18 + _SIGNATURE_ROOM + 20
        self.height = max(right, 18 + len(self.recipients) * 13.5) + 6

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        return width, self.height

    def draw(self) -> None:
        canvas, middle = self.canv, self._column + (_WIDTH - self._column) / 2
        y = self.height - 20
        canvas.setFont(_BOLD_ITALIC, 12)
        canvas.drawString(0, y, "Nơi nhận:")
        canvas.setFont(_REGULAR, 11)
        for number, line in enumerate(self.recipients, start=1):
            canvas.drawString(0, y - number * 13.5, line)
        for line in self.draft.signing:
            _centred(canvas, middle, y, line.upper(), _BOLD, 14)
            y -= 18
        _centred(canvas, middle, y - _SIGNATURE_ROOM, self.draft.signatory, _BOLD, 14)


def _page_number(canvas: Canvas, _document: Any) -> None:
    """From the second page on, at the middle of the upper margin (I.7)."""
    if canvas.getPageNumber() > 1:
        _centred(canvas, A4[0] / 2, A4[1] - 13 * mm, str(canvas.getPageNumber()), _REGULAR, 13)


def _centred(canvas: Canvas, middle: float, y: float, text: str, font: str, size: float) -> float:
    """Draw a line around ``middle``; gives its width."""
    text = _nfc(text)
    canvas.setFont(font, size)
    canvas.drawCentredString(middle, y, text)
    return _width(text, font, size)


def _wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """Break a short text into lines that fit."""
    _register_fonts()
    lines: list[str] = []
    for wanted in _nfc(text).splitlines():
        first, *rest = wanted.split() or [""]
        lines.append(first)
        for word in rest:
            if _width(f"{lines[-1]} {word}", font, size) <= width:
                lines[-1] = f"{lines[-1]} {word}"
            else:
                lines.append(word)
    return lines


def _width(text: str, font: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, font, size))


def _markup(text: str) -> str:
    return _STRONG.sub(r"<b>\1</b>", escape(_nfc(text), quote=False))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
