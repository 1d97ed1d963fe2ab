"""Reading a QR code back from a page, as poppler draws it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import segno
from PIL import Image

from signing.checkmark import SIDE_MM
from tests.services.programs import program

_DPI = 300
_SIDE = SIDE_MM / 25.4 * 72


def drawn_by_poppler(content: bytes, page: int) -> Image.Image:
    """A page in grey, at 300 dpi, as others see it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file.pdf"
        file.write_bytes(content)
        number = str(page + 1)
        words = ["-r", str(_DPI), "-f", number, "-l", number, "-cropbox", "-gray", "-singlefile"]
        subprocess.run([program("pdftoppm", "install poppler-utils"), *words, file, Path(folder) / "page"], check=True)
        with Image.open(Path(folder) / "page.pgm") as picture:
            return picture.convert("L")


def symbol_on(picture: Image.Image, left: float, bottom: float, address: str, unit: float = 1) -> bool:
    """Whether the QR code of the address stands there (points from the lower left corner), white all around it."""
    rows = [[bool(module) for module in row] for row in segno.make_qr(address, error="m").matrix]
    count, scale = len(rows), _DPI / 72  # poppler passes over a page's unit
    side = _SIDE / unit * scale / count
    x, y = left * scale, picture.height - (bottom + _SIDE / unit) * scale
    for row in range(-4, count + 4):
        for column in range(-4, count + 4):
            dark = 0 <= row < count and 0 <= column < count and rows[row][column]
            seen = picture.getpixel((int(x + (column + 0.5) * side), int(y + (row + 0.5) * side)))
            if (seen < 128) is not dark:  # type: ignore[operator] # of a grey picture
                return False
    return True
