"""Small drafts laid out as the decree asks, to sign in tests."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

LEADER = "Nguyễn Thị Bình Minh"


@dataclass(frozen=True, slots=True)
class Sketch:
    """What stands on the pages."""

    number: str = "Số:              /QĐ-UBND"
    dated: str = "Tân Lập, ngày       tháng       năm 2026"
    name: str = LEADER
    body: Sequence[str] = ("Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",)
    pages: int = 1
    room_points: float = 80
    """Between position and name."""
    page_width: float = 595


def draw(sketch: Sketch | None = None) -> bytes:
    """The PDF."""
    sketch = sketch or Sketch()
    for style in ("Regular", "Bold", "Italic"):
        file = resources.files("signing") / "fonts" / f"Tinos-{style}.ttf"
        pdfmetrics.registerFont(TTFont(f"Tinos-{style}", io.BytesIO(file.read_bytes())))
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(sketch.page_width, 842), invariant=True)
    canvas.setFont("Tinos-Bold", 13)
    canvas.drawString(85, 780, "ỦY BAN NHÂN DÂN XÃ TÂN LẬP")
    canvas.setFont("Tinos-Regular", 13)
    canvas.drawString(110, 750, sketch.number)
    canvas.setFont("Tinos-Italic", 13)
    canvas.drawString(320, 750, sketch.dated)
    for page in range(sketch.pages):
        canvas.setFont("Tinos-Regular", 13)
        for row, line in enumerate(sketch.body):
            canvas.drawString(85, 680 - 20 * row, line)
        if page < sketch.pages - 1:
            canvas.showPage()
    canvas.setFont("Tinos-Bold", 13)
    canvas.drawCentredString(430, 400, "TM. ỦY BAN NHÂN DÂN")
    canvas.drawCentredString(430, 384, "CHỦ TỊCH")
    canvas.drawCentredString(430, 384 - sketch.room_points, sketch.name)
    canvas.setFont("Tinos-Regular", 11)
    canvas.drawString(85, 384, "Nơi nhận:")
    canvas.drawString(85, 384 - sketch.room_points, "- Lưu: VT.")
    canvas.save()
    return written.getvalue()
