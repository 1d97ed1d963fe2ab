"""A verification as pages that a judge can read: Vietnamese first, then English; what programs read is inside."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from pypdf import PdfReader, PdfWriter
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepTogether, PageBreak, PageTemplate, Paragraph, Table

from signing.reports import model
from signing.reports._account import Fact, Section
from signing.reports._json import as_json
from signing.reports._report import VerificationReport
from signing.reports._story import VI_EN, told
from signing.reports._xml import as_xml
from signing.typesetting import one_at_a_time

XML_NAME = "docsvc-verification-report.xml"
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_LEFT, _RIGHT, _TOP, _BOTTOM = 22 * mm, 20 * mm, 24 * mm, 20 * mm
_WIDTH = A4[0] - _LEFT - _RIGHT
_LABEL = 40 * mm
_FAMILY = "ReportTinos"
_REGULAR, _BOLD, _ITALIC, _BOLD_ITALIC = (f"{_FAMILY}{face}" for face in ("", "-Bold", "-Italic", "-BoldItalic"))
_COLOURS = {"good": "#1b6b3a", "unsure": "#8a5a00", "bad": "#a11d1d", "calm": "#444444"}
_PALE = {"good": "#eef7f0", "unsure": "#fdf6e6", "bad": "#fbeeee", "calm": "#f4f4f4"}


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who will sign the pages."""

    holder: str
    issuer: str
    certificate: bytes
    """DER."""
    for_trials: bool
    """The certificate is of a test infrastructure, without legal value: the pages say so."""


def as_pdf(report: VerificationReport, *, signatory: Signatory | None) -> bytes:
    """The report as pages with its JSON and XML inside; not signed yet."""
    with one_at_a_time:
        pages = _pages(report, signatory)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages)))
    writer.pdf_header = "%PDF-1.7"
    writer.add_attachment(model.FILE_NAME, as_json(report))
    writer.add_attachment(XML_NAME, as_xml(report, validator=signatory.certificate if signatory else None))
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _pages(report: VerificationReport, signatory: Signatory | None) -> bytes:
    _register_fonts()
    made = io.BytesIO()
    document = BaseDocTemplate(
        made,
        pagesize=A4,
        title="Báo cáo kiểm tra chữ ký số / Signature verification report",
        author=signatory.holder if signatory else report.program.name,
        subject=f"SHA-256 {report.file.sha256}",
        initialFontName=_REGULAR,
        lang="vi-VN",
    )
    frame = Frame(
        _LEFT, _BOTTOM, _WIDTH, A4[1] - _TOP - _BOTTOM, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0
    )

    def foot(canvas: Canvas, _document: Any) -> None:
        canvas.saveState()
        canvas.setFont(_REGULAR, 8)
        canvas.setFillColor(HexColor("#555555"))
        canvas.drawString(_LEFT, 12 * mm, f"SHA-256 {report.file.sha256}")
        canvas.drawRightString(A4[0] - _RIGHT, 12 * mm, f"{canvas.getPageNumber()}")
        canvas.restoreState()

    document.addPageTemplates(PageTemplate(frames=[frame], onPage=foot))
    story: list[Flowable] = []
    for language in VI_EN:
        if story:
            story.append(PageBreak())
        story.extend(_language(report, signatory, language))
    document.build(story)
    return made.getvalue()


def _language(report: VerificationReport, signatory: Signatory | None, language: str) -> Iterator[Flowable]:
    account = told(
        report,
        language,
        signatory=(signatory.holder, signatory.issuer) if signatory else None,
        for_trials=bool(signatory and signatory.for_trials),
        moment=lambda at: _moment(at, language),
    )
    yield Paragraph(_text(account.title), _style(16, _BOLD, leading=20, spaceAfter=2))
    yield Paragraph(_text(account.subtitle), _style(10, _ITALIC, textColor=HexColor("#555555"), spaceAfter=8))
    if account.warning:
        yield _box([Paragraph(_text(account.warning), _style(10.5, _BOLD, textColor=HexColor(_COLOURS["bad"])))], "bad")
        yield Paragraph("&nbsp;", _style(4))
    colour = HexColor(_COLOURS[account.kind])
    verdict = [
        Paragraph(_text(account.verdict), _style(13, _BOLD, textColor=colour, spaceAfter=2)),
        Paragraph(_text(account.sentence), _style(12, _REGULAR)),
    ]
    yield _box(verdict, account.kind)
    for section in account.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[Flowable]:
    heading = Paragraph(_text(section.heading), _style(12.5, _BOLD, spaceBefore=12, spaceAfter=4, keepWithNext=1))
    rows = [_row(fact) for fact in section.facts]
    if rows:
        # A section stays on one page where it fits on one.
        yield KeepTogether([heading, _table(rows)])
    else:
        yield heading
    for text in section.texts:
        yield Paragraph(_text(text), _style(10.5, _REGULAR, spaceAfter=4))


def _row(fact: Fact) -> list[Any]:
    label = Paragraph(_text(fact.label), _style(10.5, _REGULAR, textColor=HexColor("#444444")))
    face = {"plain": _REGULAR, "code": _REGULAR}.get(fact.kind, _BOLD)
    size = 9 if fact.kind == "code" else 10.5
    colour = HexColor(_COLOURS.get(fact.kind, "#000000"))
    first, *more = fact.lines or ("–",)
    cell = [Paragraph(_text(first), _style(size, face, textColor=colour))]
    cell += [Paragraph(_text(line), _style(min(size, 10), _REGULAR, textColor=HexColor("#222222"))) for line in more]
    return [label, cell]


def _table(rows: list[list[Any]]) -> Table:
    return Table(
        rows,
        colWidths=[_LABEL, _WIDTH - _LABEL],
        hAlign="LEFT",
        style=[
            ("FONT", (0, 0), (-1, -1), _REGULAR, 10),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 6),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor("#d5d5d5")),
        ],
    )


def _box(content: list[Any], kind: str) -> Table:
    return Table(
        [[content]],
        colWidths=[_WIDTH],
        hAlign="LEFT",
        style=[
            ("FONT", (0, 0), (-1, -1), _REGULAR, 10),
            ("BOX", (0, 0), (-1, -1), 1, HexColor(_COLOURS[kind])),
            ("BACKGROUND", (0, 0), (-1, -1), HexColor(_PALE[kind])),
            ("LEFTPADDING", (0, 0), (-1, -1), 9),
            ("RIGHTPADDING", (0, 0), (-1, -1), 9),
            ("TOPPADDING", (0, 0), (-1, -1), 6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
        ],
    )


def _style(size: float, font: str = _REGULAR, **more: Any) -> ParagraphStyle:
    values = {"leading": size * 1.28} | more
    return ParagraphStyle("report", fontName=font, bulletFontName=font, fontSize=size, splitLongWords=1, **values)


@cache
def _register_fonts() -> None:
    folder = resources.files("signing") / "fonts"
    faces = ((_REGULAR, "Regular"), (_BOLD, "Bold"), (_ITALIC, "Italic"), (_BOLD_ITALIC, "BoldItalic"))
    for name, face in faces:
        with (folder / f"Tinos-{face}.ttf").open("rb") as file:
            pdfmetrics.registerFont(TTFont(name, io.BytesIO(file.read())))
    pdfmetrics.registerFontFamily(_FAMILY, normal=_REGULAR, bold=_BOLD, italic=_ITALIC, boldItalic=_BOLD_ITALIC)


def _moment(at: datetime, language: str) -> str:
    local = at.astimezone(_VIETNAM)
    if language == "vi":
        return f"{local:%H:%M:%S} ngày {local:%d/%m/%Y} (giờ Việt Nam)"
    return f"{local:%d/%m/%Y %H:%M:%S} (Vietnam time, UTC+7)"


def _text(text: str) -> str:
    shown = "".join(one for one in unicodedata.normalize("NFC", text) if unicodedata.category(one)[0] != "C")
    return escape(shown, quote=False)
