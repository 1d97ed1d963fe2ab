"""Pictures in signatures: the handwriting, the seal, or words drawn where no picture is kept."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from importlib import resources

from PIL import Image, ImageChops, ImageDraw, ImageFont, UnidentifiedImageError

from signing.errors import UnusablePicture

_LONGEST_SIDE = 900
"""Pixels kept of a picture's longer side: 600 dpi on a seal of 36 mm and more than enough on paper."""
_FAINTEST = 16
"""Opacity, of 255, below which a dot is no ink."""
_OPAQUE = 255
_PAPER, _STEEPNESS = 30, 3
"""So much darker than white is still paper; ink is opaque long before it is as dark as can be."""
_MOST_PIXELS = 40_000_000
_MOST_BYTES = 8 * 1024 * 1024

BLUE, RED = (20, 50, 150), (200, 20, 30)
"""NĐ 30, appendix I: the person's signature is blue, the organisation's red."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with transparency, as a PDF holds it (ISO 32000-2, 8.9.5 and 11.6.5.2)."""

    width: int
    height: int
    """Both in pixels."""
    colours: bytes
    """RGB, 8 bits each, deflated."""
    opacity: bytes
    """8 bits a pixel, deflated."""
    pixels_per_inch: float | None
    """Across; ``None`` where the picture does not say."""


def font_bytes(style: str = "Regular") -> bytes:
    """The Tinos font in Regular, Bold, Italic or BoldItalic."""
    return (resources.files("signing") / "fonts" / f"Tinos-{style}.ttf").read_bytes()


def read_picture(png: bytes) -> Picture:
    """A picture of bounded size, without the empty margin around its ink. Runs in the sandbox.

    Raises:
        UnusablePicture: no PNG, or far larger than a signature needs.
    """
    picture = _decoded(png)
    return _kept(_inked(picture) or picture)


def require_ink(png: bytes) -> None:
    """Refuse a picture on which nothing can be seen. Runs in the sandbox.

    Raises:
        UnusablePicture: nothing is drawn on it, or as for :func:`read_picture`.
    """
    if _inked(_decoded(png)) is None:
        raise UnusablePicture("nothing is drawn on it")


def without_paper(png: bytes) -> bytes:
    """The picture with its white paper taken away; as it is where it has transparency already. Runs in the sandbox.

    Raises:
        UnusablePicture: as for :func:`read_picture`, or there is nothing on it but paper.
    """
    picture = _decoded(png)
    faintest, _ = picture.getchannel("A").getextrema()
    if faintest != _OPAQUE:
        return png
    red, green, blue = picture.convert("RGB").split()
    darkness = ImageChops.invert(ImageChops.darker(ImageChops.darker(red, green), blue))
    picture.putalpha(darkness.point(lambda dark: min(max(dark - _PAPER, 0) * _STEEPNESS, _OPAQUE)))
    if _inked(picture) is None:
        raise UnusablePicture("nothing but paper")
    cut = io.BytesIO()
    picture.save(cut, "PNG", dpi=picture.info.get("dpi", (0, 0)))
    return cut.getvalue()


def _decoded(png: bytes) -> Image.Image:
    if len(png) > _MOST_BYTES:
        raise UnusablePicture("too many bytes")
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise UnusablePicture("too many pixels")
            opened = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnusablePicture(str(error)) from error
    return opened


def _inked(picture: Image.Image) -> Image.Image | None:
    """Without the empty margin around the ink, so that sizes and thirds are those of what is seen."""
    ink = picture.getchannel("A").point(lambda alpha: 255 if alpha >= _FAINTEST else 0).getbbox()
    if ink is None:
        return None
    cut = picture.crop(ink)
    cut.info.update(picture.info)
    return cut


def drawn_words(lines: tuple[str, ...], colour: tuple[int, int, int]) -> Picture:
    """Words on a transparent ground, for people and offices without a picture."""
    size, gap = 44, 14
    font = ImageFont.truetype(io.BytesIO(font_bytes("Regular")), size)
    width = max(int(font.getlength(line)) for line in lines) + 2 * gap
    height = len(lines) * (size + gap) + gap
    picture = Image.new("RGBA", (max(width, 1), height), (*colour, 0))
    drawing = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        drawing.text((gap, gap + row * (size + gap)), line, font=font, fill=(*colour, 255))
    return _kept(picture)


def _kept(picture: Image.Image) -> Picture:
    """At most so many pixels, and as large on paper as before."""
    before = picture.width
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    resolution: tuple[float, float] | None = picture.info.get("dpi")
    return Picture(
        picture.width,
        picture.height,
        colours=zlib.compress(picture.convert("RGB").tobytes()),
        opacity=zlib.compress(picture.getchannel("A").tobytes()),
        pixels_per_inch=float(resolution[0]) * picture.width / before if resolution and resolution[0] else None,
    )
