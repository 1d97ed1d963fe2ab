"""A list of documents as a file: CSV and XLSX for spreadsheets, PDF for paper and files."""

from __future__ import annotations

import csv
import io
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import BinaryIO

import xlsxwriter
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from docsvc.web.shares import harmless
from signing.typesetting import one_at_a_time

MOST_PDF_ROWS = 2_000
_FONT, _BOLD = "ListTinos", "ListTinos-Bold"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list."""

    head: str
    width: int
    """In letters, about."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is written."""

    title: str
    notes: Sequence[str]
    """What was asked, when, by whom, whether the list is cut."""
    columns: Sequence[Column]
    rows: Iterable[Sequence[str]]
    cut: str = ""
    """Says that the list is cut, where it is."""


def as_csv(listing: Listing, *, delimiter: str) -> Iterator[str]:
    """The rows as spreadsheets take them, piece by piece."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    yield "\N{ZERO WIDTH NO-BREAK SPACE}"  # spreadsheets then read UTF-8
    writer.writerow([column.head for column in listing.columns])
    for row in listing.rows:
        writer.writerow([harmless(each) for each in row])
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    if listing.cut:
        writer.writerow([listing.cut])
    yield text.getvalue()


def as_xlsx(listing: Listing) -> BinaryIO:
    """A workbook in a temporary file that stands at its start; the caller closes it."""
    file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    book = xlsxwriter.Workbook(file, options)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(listing.title[:31])
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(listing.columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.head, bold)
    line = 0
    for line, row in enumerate(listing.rows, start=1):
        for place, each in enumerate(row):
            sheet.write_string(line, place, each, wrapped)
    if line:
        sheet.autofilter(0, 0, line, len(listing.columns) - 1)
    notes = book.add_worksheet("docsvc")
    for at, note in enumerate((listing.title, *listing.notes)):
        notes.write_string(at, 0, note)
    book.close()
    file.seek(0)
    return file


def as_pdf(listing: Listing) -> BinaryIO:
    """Pages across, every page with the heads and its number, in a temporary file; the caller closes it."""
    drawn = [list(row) for row in listing.rows]  # before others are made to wait
    with one_at_a_time:
        return _set(listing, drawn)


def _set(listing: Listing, drawn: Sequence[Sequence[str]]) -> BinaryIO:
    _fonts()
    plain = ParagraphStyle("plain", fontName=_FONT, fontSize=9, leading=11)
    strong = ParagraphStyle("strong", parent=plain, fontName=_BOLD)
    title = ParagraphStyle("title", parent=plain, fontName=_BOLD, fontSize=15, leading=19)
    width = landscape(A4)[0] - 24 * mm
    share = width / sum(column.width for column in listing.columns)
    rows = [[Paragraph(_escaped(column.head), strong) for column in listing.columns]]
    rows += [[Paragraph(_escaped(each), plain) for each in row] for row in drawn]
    table = Table(rows, colWidths=[column.width * share for column in listing.columns], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, HexColor("#b8c2cc")),
                ("BACKGROUND", (0, 0), (-1, 0), HexColor("#e8f0f7")),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's
    document = SimpleDocTemplate(
        file,
        pagesize=landscape(A4),
        leftMargin=12 * mm,
        rightMargin=12 * mm,
        topMargin=14 * mm,
        bottomMargin=14 * mm,
        title=listing.title,
    )
    head = [Paragraph(_escaped(listing.title), title), *(Paragraph(_escaped(note), plain) for note in listing.notes)]
    document.build([*head, Spacer(1, 4 * mm), table], onFirstPage=_numbered, onLaterPages=_numbered)
    file.seek(0)
    return file


def _numbered(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(_FONT, 8)
    canvas.drawRightString(landscape(A4)[0] - 12 * mm, 7 * mm, str(document.page))


def _escaped(text: str) -> str:
    """Fit for a paragraph, which takes markup and knows no control characters."""
    return escape("".join(letter for letter in text if unicodedata.category(letter) not in {"Cc", "Cs"}))


def _fonts() -> None:
    if _FONT in pdfmetrics.getRegisteredFontNames():
        return
    for name, file in ((_FONT, "Tinos-Regular.ttf"), (_BOLD, "Tinos-Bold.ttf")):
        with (resources.files("signing") / "fonts" / file).open("rb") as content:
            pdfmetrics.registerFont(TTFont(name, io.BytesIO(content.read())))
