"""Pages in old fonts, in decomposed letters and as pictures, for tests and measurements of reading text."""

from __future__ import annotations

import io
import tempfile
import unicodedata
from functools import cache
from pathlib import Path

import pypdfium2
from fontTools.ttLib import TTFont as FontFile
from PIL import Image, ImageFilter
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from signing._legacy_fonts import _LETTERS

TINOS = Path(__file__).parents[2] / "signing" / "fonts" / "Tinos-Regular.ttf"
SENTENCES = (
    "Quyết định về việc phê duyệt kế hoạch sử dụng đất năm 2026 của Ủy ban nhân dân xã Tân Lập.",
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025 và đề nghị của Văn phòng.",
    "Điều 1. Kiện toàn Ban Chỉ đạo chuyển đổi số, hướng dẫn các thôn thực hiện đúng thời hạn.",
    "Điều 2. Quyết định này có hiệu lực kể từ ngày ký; người dân được ưu tiên giải quyết thủ tục.",
)
_TO_TCVN3 = dict(zip(*_LETTERS, strict=True))
_VNI_TONES = dict(zip("\u0301\u0300\u0309\u0303\u0323", "ùøûõï", strict=True))
_VNI_BREVE = dict(zip("\u0301\u0300\u0309\u0303\u0323", "éèúüë", strict=True))
_VNI_CIRCUMFLEX = dict(zip("\u0301\u0300\u0309\u0303\u0323", "áàåãä", strict=True))
_VNI_WHOLE = dict(zip("íìỉĩịỵđơưÍÌỈĨỊỴĐƠƯ", "íìæóòîñôöÍÌÆÓÒÎÑÔÖ", strict=True))


def in_tcvn3(text: str) -> str:
    """As a file in an old font of TCVN 5712 says it; it has no capitals with tones."""
    return "".join(_TO_TCVN3.get(letter, letter) for letter in text)


def in_vni(text: str) -> str:
    """As a file in a VNI font says it."""
    return "".join(map(_vni, text))


def _vni(letter: str) -> str:
    if letter in _VNI_WHOLE:
        return _VNI_WHOLE[letter]
    parts = unicodedata.normalize("NFD", letter)
    base, marks = parts[0], parts[1:]
    if not marks:
        return letter
    tone = next((mark for mark in marks if mark in _VNI_TONES), "")
    if "\u031b" in marks:  # the horn of ơ and ư
        written = {"o": "ô", "u": "ö", "O": "Ô", "U": "Ö"}[base] + _VNI_TONES.get(tone, "")
    elif "\u0306" in marks:
        written = base + (_VNI_BREVE[tone] if tone else "ê")
    elif "\u0302" in marks:
        written = base + (_VNI_CIRCUMFLEX[tone] if tone else "â")
    else:
        written = base + _VNI_TONES[tone]
    return written.upper() if letter.isupper() else written


@cache
def font(name: str, encoding: str = "") -> str:
    """The name of a font as reportlab knows it; with ``TCVN3`` letters stand at the places of that encoding."""
    key = f"{name}-{encoding}"
    file = FontFile(TINOS)
    if encoding == "TCVN3":
        known = file.getBestCmap() or {}
        table = {code: glyph for code, glyph in known.items() if code < 0x80}
        table |= {ord(old): known[ord(letter)] for letter, old in _TO_TCVN3.items()}
        for one in file["cmap"].tables:
            one.cmap = {code: glyph for code, glyph in table.items() if one.format or code < 0x100}
    for record in file["name"].names:
        if record.nameID in {1, 4, 6, 16}:
            record.string = name
    with tempfile.NamedTemporaryFile(suffix=".ttf") as kept:
        file.save(kept.name)
        pdfmetrics.registerFont(TTFont(key, kept.name))
    return key


def written(lines: tuple[str, ...] = SENTENCES, *, name: str = "Tinos", encoding: str = "", pages: int = 1) -> bytes:
    """A PDF with these lines on each page, in a font of that name."""
    return leaves(*[lines] * pages, name=name, encoding=encoding)


def leaves(*pages: tuple[str, ...], name: str = "Tinos", encoding: str = "") -> bytes:
    """A PDF with lines of its own on each page."""
    kept = io.BytesIO()
    canvas = Canvas(kept, pagesize=(595, 842), invariant=1)
    for lines in pages:
        canvas.setFont(font(name, encoding), 13)
        for number, line in enumerate(lines):
            canvas.drawString(57, 740 - 24 * number, line)
        canvas.showPage()
    canvas.save()
    return kept.getvalue()


def scanned(content: bytes, *, dpi: int = 200, skew: float = 0.3, turned: int = 0, cut: float = 1.0) -> bytes:
    """The pages of a PDF as pictures, as a scanner in an office gives them; with ``cut`` only their upper part."""
    kept = io.BytesIO()
    canvas = Canvas(kept, pagesize=(595, 842), invariant=1)
    for page in pypdfium2.PdfDocument(content):
        picture: Image.Image = page.render(scale=dpi / 72).to_pil().convert("L")
        picture = picture.rotate(skew, fillcolor=255, resample=Image.Resampling.BICUBIC)
        picture = picture.filter(ImageFilter.GaussianBlur(0.6)).rotate(turned, expand=True)
        picture = picture.crop((0, 0, picture.width, round(picture.height * cut)))
        width, height = picture.width * 72 / dpi, picture.height * 72 / dpi
        jpeg = io.BytesIO()
        picture.save(jpeg, "JPEG", quality=75)
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(jpeg), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return kept.getvalue()
