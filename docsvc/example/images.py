"""Pictures for the example office: handwritten-looking signatures in blue and seals in red, on nothing.

NĐ 30 appendix I asks for transparent PNG: the signature blue (II.7d), the seal red and in its real size (II.8a).
"""

from __future__ import annotations

import math
import random
import unicodedata
from collections.abc import Iterator, Sequence
from importlib import resources
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

SEAL_MM = 36
"""Diameter of the seal of a people's committee of a commune."""

_DPI = 300
_FINER = 3  # drawn this much larger, then made smaller: smooth edges
_BLUE, _RED = (22, 58, 160), (214, 20, 32)

Point = tuple[float, float]


def signature_png(seed: str) -> bytes:
    """A signature that no hand wrote, always the same for the same ``seed``; 50 mm by 24 mm."""
    chance = random.Random(seed)  # noqa: S311 - a picture, not a secret
    width, height = _pixels(50) * _FINER, _pixels(24) * _FINER
    ink = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(ink)
    for stroke in _strokes(chance):
        points = [(x * width, y * height) for x, y in _spline(stroke)]
        _draw_stroke(pen, points, thickest=height / 32)
    return _png(ink, _BLUE)


def seal_png(organisation: str, above: str) -> bytes:
    """A round seal of 36 mm with a star, the organisation's name around it and the agency above at its foot."""
    size = _pixels(SEAL_MM) * _FINER
    ink = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(ink)
    middle = size / 2
    for share, line in ((0.495, 0.016), (0.455, 0.006), (0.27, 0.006)):
        pen.ellipse(_circle(middle, share * size), outline=255, width=round(line * size))
    pen.polygon(list(_star(middle, 0.2 * size)), fill=255)
    _around(ink, unicodedata.normalize("NFC", organisation).upper(), radius=0.363 * size, size=0.078 * size, span=236)
    foot = unicodedata.normalize("NFC", above).upper()
    _around(ink, f"★ {foot} ★", radius=0.363 * size, size=0.058 * size, span=104, below=True)
    return _png(ink, _RED)


def _strokes(chance: random.Random) -> Iterator[Sequence[Point]]:
    """Points each stroke passes through, in shares of the picture: a tall initial, a run of letters, a flourish."""
    x = 0.1 + chance.random() * 0.05
    yield [(x + right, down + chance.uniform(-0.03, 0.03)) for right, down in chance.choice(_INITIALS)]
    run: list[Point] = [(x + 0.13, 0.55)]
    at, step = x + 0.16, chance.uniform(0.04, 0.06)
    slant, deep = chance.uniform(0.35, 0.8), chance.randint(0, 4)
    for number in range(chance.randint(5, 9)):
        tall = chance.random() < 0.28  # noqa: PLR2004 - about one letter in four
        run += [
            (at, (0.2 if tall else 0.42) + chance.random() * 0.08),
            (at + step * (slant + 0.2), 0.5 + chance.random() * 0.04),
            (at + step * slant, (0.86 if number == deep else 0.62) + chance.random() * 0.06),
        ]
        at += step * chance.uniform(0.9, 1.4)
    run += [(at + 0.06, 0.42), (min(at + 0.2, 0.95), 0.3 + chance.random() * 0.12)]
    yield run
    drop = chance.uniform(-0.06, 0.05)
    yield [(right, down + drop) for right, down in chance.choice(_FLOURISHES)]


_INITIALS: Sequence[Sequence[Point]] = (
    ((0.05, 0.62), (-0.03, 0.44), (0.07, 0.12), (0.13, 0.2), (0.05, 0.75), (-0.02, 0.86), (0.03, 0.6), (0.17, 0.4)),
    (
        (0.0, 0.3),
        (0.08, 0.14),
        (0.06, 0.5),
        (0.0, 0.82),
        (0.02, 0.4),
        (0.12, 0.14),
        (0.13, 0.4),
        (0.06, 0.52),
        (0.18, 0.5),
    ),
    ((0.16, 0.2), (0.08, 0.12), (0.0, 0.3), (-0.01, 0.62), (0.06, 0.74), (0.14, 0.6), (0.08, 0.46), (0.19, 0.46)),
    ((-0.04, 0.24), (0.16, 0.16), (0.08, 0.2), (0.05, 0.5), (0.02, 0.8), (-0.03, 0.7), (0.06, 0.56), (0.18, 0.48)),
)
_FLOURISHES: Sequence[Sequence[Point]] = (
    ((0.93, 0.6), (0.62, 0.78), (0.26, 0.86), (0.34, 0.91), (0.86, 0.75)),
    ((0.16, 0.88), (0.45, 0.82), (0.9, 0.78), (0.7, 0.86), (0.52, 0.92)),
    ((0.9, 0.4), (0.96, 0.6), (0.6, 0.84), (0.12, 0.9)),
)


def _spline(points: Sequence[Point], steps: int = 40) -> Iterator[Point]:
    """A smooth line through every point (Catmull-Rom)."""
    padded = [points[0], *points, points[-1]]
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            yield _catmull_rom(ax, bx, cx, dx, t), _catmull_rom(ay, by, cy, dy, t)
    yield points[-1]


def _catmull_rom(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def _draw_stroke(pen: ImageDraw.ImageDraw, points: Sequence[Point], *, thickest: float) -> None:
    """A nib: thick where the hand goes down, thin where it goes up or begins or ends."""
    total = len(points)
    for number, ((ax, ay), (bx, by)) in enumerate(pairwise(points)):
        length = math.hypot(bx - ax, by - ay) or 1
        downward = (by - ay) / length
        taper = min(1, number / (0.06 * total), (total - number) / (0.16 * total))
        radius = thickest * (0.36 + 0.2 * downward) * (0.35 + 0.65 * taper)
        count = max(1, round(length / 2))
        for part in range(count):
            x, y = ax + (bx - ax) * part / count, ay + (by - ay) * part / count
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _star(middle: float, radius: float) -> Iterator[Point]:
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.382
        angle = math.radians(corner * 36 - 90)
        yield middle + reach * math.cos(angle), middle + reach * math.sin(angle)


def _around(ink: Image.Image, text: str, *, radius: float, size: float, span: float, below: bool = False) -> None:
    """Write letters on a circle, over at most ``span`` degrees, centred at the top or at the foot."""
    middle = ink.width / 2
    while True:
        font = _font(size)
        widths = [font.getlength(letter) + size * 0.06 for letter in text]
        degrees = math.degrees(sum(widths) / radius)
        if degrees <= span:
            break
        size *= 0.95
    turned = -degrees / 2
    for letter, width in zip(text, widths, strict=True):
        share = math.degrees(width / radius)
        angle = turned + share / 2
        turned += share
        tile = Image.new("L", (math.ceil(size * 2), math.ceil(size * 2)), 0)
        if letter == "★":
            ImageDraw.Draw(tile).polygon(list(_star(size, size * 0.36)), fill=255)
        else:
            # Anchored at the middle of capitals, so that marks above and below do not move the letter.
            baseline = size + size * 0.33
            ImageDraw.Draw(tile).text((size, baseline), letter, fill=255, font=font, anchor="ms")
        direction = angle - 90 if not below else 90 - angle
        tile = tile.rotate(-angle if not below else angle, resample=Image.Resampling.BICUBIC)
        x = middle + radius * math.cos(math.radians(direction)) - size
        y = middle + radius * math.sin(math.radians(direction)) - size
        ink.paste(255, (round(x), round(y)), tile)


def _font(size: float) -> ImageFont.FreeTypeFont:
    with (resources.files("signing") / "fonts" / "Tinos-Bold.ttf").open("rb") as file:
        return ImageFont.truetype(BytesIO(file.read()), size)


def _circle(middle: float, radius: float) -> tuple[float, float, float, float]:
    return middle - radius, middle - radius, middle + radius, middle + radius


def _pixels(millimetres: float) -> int:
    return round(millimetres / 25.4 * _DPI)


def _png(ink: Image.Image, colour: tuple[int, int, int]) -> bytes:
    """The ink as opacity of one colour."""
    smooth = ink.resize((ink.width // _FINER, ink.height // _FINER), Image.Resampling.LANCZOS)
    picture = Image.new("RGBA", smooth.size, (*colour, 0))
    picture.putalpha(smooth)
    output = BytesIO()
    picture.save(output, "PNG", dpi=(_DPI, _DPI))
    return output.getvalue()
