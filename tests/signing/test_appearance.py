"""What is seen on an issued page, measured in its ink: by our own renderer, and by poppler's as a second opinion."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pypdf
import pytest
from PIL import Image, ImageChops, ImageDraw
from pypdf.generic import ArrayObject, NameObject, NumberObject

from signing.appearance import without_paper
from signing.errors import UnusablePicture
from signing.keys import SigningKey, open_pkcs12
from signing.pages import render_page
from signing.pki import KeyKind, TestPki
from signing.places import Box, IssuePlaces, find_places
from signing.sandbox import Limits
from signing.sign import seal, sign_personal
from tests.services.programs import program
from tests.signing.drafts import LEADER, Sketch, draw
from tests.signing.layouts import HEIGHT, WIDTH, Layout, laid

PASSPHRASE = "mat-khau-khoa"
DOTS = 3
"""Dots drawn per point: 216 in an inch."""
LONG_NAME = "Nguyễn Hoàng Phương Thảo Nguyên Thượng"
MM = 72 / 25.4
RED, BLUE = 0, 2
"""Bands of a picture."""

Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top in points."""


@dataclass(frozen=True, slots=True)
class Office:
    """A leader and an office with their keys."""

    leader: SigningKey
    organisation: SigningKey

    def issued(self, draft: bytes, places: IssuePlaces, *, number: str = "05", seal_mm: float | None = 36) -> bytes:
        """Signed and sealed; with neither picture's margin nor its resolution to be trusted."""
        signed = sign_personal(
            draft, key=self.leader, places=places, image_png=hand(), timestamper=None, seal_mm=seal_mm
        )
        return seal(
            signed.content,
            key=self.organisation,
            number=number,
            issued_on=date(2026, 3, 7),
            image_png=ring(),
            timestamper=None,
            seal_mm=seal_mm,
        ).content


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    pki = TestPki.create(tmp_path_factory.mktemp("office") / "pki", base_url="http://127.0.0.1:9/pki")
    kind = KeyKind.ECDSA_P256
    return Office(
        open_pkcs12(pki.issue_person(LEADER, PASSPHRASE, key_kind=kind), PASSPHRASE),
        open_pkcs12(pki.issue_organisation("UBND xã Tân Lập", PASSPHRASE, code="H99.1", key_kind=kind), PASSPHRASE),
    )


def hand() -> bytes:
    """A blue stroke with much empty paper around it."""
    picture = Image.new("RGBA", (700, 400), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((200, 120, 560, 290), outline=(20, 50, 200, 255), width=14)
    return png(picture)


def ring() -> bytes:
    """A red seal, off the middle of its picture, that claims a resolution of a screen."""
    picture = Image.new("RGBA", (640, 560), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((30, 40, 530, 540), outline=(220, 10, 20, 255), width=16)
    return png(picture, dpi=(96, 96))


def png(picture: Image.Image, **options: object) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "PNG", **options)
    return kept.getvalue()


def by_pdfium(content: bytes, page: int, folder: Path) -> Image.Image:
    width = WIDTH * DOTS
    first = Image.open(io.BytesIO(render_page(content, page, width_px=round(width), limits=Limits())))
    return first.convert("RGB")


def by_poppler(content: bytes, page: int, folder: Path) -> Image.Image:
    file = folder / "page.pdf"
    file.write_bytes(content)
    command = [program("pdftoppm", "apt-get install poppler-utils"), "-cropbox", "-r", str(72 * DOTS), "-png"]
    command += ["-f", str(page + 1), "-singlefile", str(file), str(folder / "page")]
    subprocess.run(command, check=True)
    with Image.open(folder / "page.png") as picture:
        return picture.convert("RGB")


Renderer = Callable[[bytes, int, Path], Image.Image]
RENDERERS = (by_pdfium, by_poppler)


@dataclass(frozen=True, slots=True)
class Case:
    """A draft, and where its printed lines stand on the page as shown."""

    layout: Layout = field(default_factory=Layout)
    sketch: Sketch = field(default_factory=Sketch)

    @property
    def cut(self) -> float:
        """What a CropBox takes off at the left and below."""
        return self.layout.cut

    @property
    def line(self) -> float:
        """Baseline of number and date."""
        return 750 - self.cut

    @property
    def between(self) -> tuple[float, float]:
        """From the top of the name to the bottom of the position."""
        return 384 - self.sketch.room_points + 8 - self.cut, 384 - 1 - self.cut


CASES = {
    "A4": Case(),
    "a long name and little room": Case(sketch=Sketch(name=LONG_NAME, room_points=52)),
    "much room": Case(sketch=Sketch(room_points=150)),
    "turned by 90": Case(Layout(turn=90)),
    "turned by 180": Case(Layout(turn=180, origin=(50, -20))),
    "turned by 270, cut": Case(Layout(turn=270, origin=(-7.5, 12), cut=24), Sketch(pages=2)),
    "origin elsewhere": Case(Layout(origin=(-20.25, -300))),
    "cut": Case(Layout(cut=36)),
    "unit of two points": Case(Layout(unit=2)),
    "inherited": Case(Layout(turn=90, origin=(10, 10), on_pages=True)),
}


@pytest.mark.parametrize("name", CASES)
def test_everything_stands_in_its_place_in_every_renderer(office: Office, name: str, tmp_path: Path) -> None:
    case = CASES[name]
    draft = laid(draw(case.sketch), case.layout)
    places = find_places(draft, signatory_name=case.sketch.name, limits=Limits())
    assert places.number and places.day and places.month and places.personal_signature
    issued = office.issued(draft, places)
    last = case.sketch.pages - 1
    for render in RENDERERS:
        before, after = (scaled(render(content, 0, tmp_path), case) for content in (draft, issued))
        for box, digits in ((places.number, 2), (places.day, 2), (places.month, 1)):
            require_digits(before, after, box, case.line, digits)
        require_signatures(scaled(render(issued, last, tmp_path), case), case)


def require_digits(before: Image.Image, after: Image.Image, box: Box, line: float, digits: int) -> None:
    """On the printed line, of its size, black, and clear of what is printed beside them."""
    ink = written(before, after, box)
    left, bottom, right, top = ink
    assert abs(bottom - line) <= 0.5, f"on the baseline {line}, not {bottom}"
    assert top - bottom == pytest.approx(0.676 * 13, abs=0.5), "of the line's size: a digit is 0.676 em high"
    assert right - left <= digits * 0.5 * 13 + 0.5
    around = before.crop(dots((left - 0.6, bottom - 1, right + 0.6, top + 1), before))
    assert darkest(around) > 200, "nothing printed there"
    assert darkest(after.crop(dots(ink, after))) < 60, "black"


def require_signatures(page: Image.Image, case: Case) -> None:
    """Blue between position and name; red in its real size over the left third of the blue."""
    blue = coloured(page, BLUE)
    red = coloured(page, RED)
    lowest, highest = case.between
    assert lowest <= blue[1] < blue[3] <= highest
    assert abs((blue[0] + blue[2]) / 2 - (430 - case.cut)) < 1, "in the middle above the name"
    assert (blue[1] + blue[3]) / 2 == pytest.approx((lowest + highest) / 2, abs=4)
    diameter = 36 * MM / case.layout.unit
    assert red[2] - red[0] == pytest.approx(diameter, abs=1)
    assert red[3] - red[1] == pytest.approx(diameter, abs=1)
    assert (red[2] - blue[0]) / (blue[2] - blue[0]) == pytest.approx(1 / 3, abs=0.03)
    assert red[0] < blue[0]
    assert (red[1] + red[3]) / 2 == pytest.approx((blue[1] + blue[3]) / 2, abs=1.5)


def scaled(page: Image.Image, case: Case) -> Image.Image:
    """With as many dots per point as the tests count with."""
    width, height = WIDTH - 2 * case.cut, HEIGHT - 2 * case.cut
    return page.resize((round(width * DOTS), round(height * DOTS)), Image.Resampling.BILINEAR)


def written(before: Image.Image, after: Image.Image, box: Box) -> Rectangle:
    """Where ink came onto the page, around a place."""
    area = dots((box.left - 4, box.bottom - 6, box.right + 4, box.top + 6), before)
    change = ImageChops.difference(before.crop(area).convert("L"), after.crop(area).convert("L"))
    return measured(change.point(lambda dot: 255 if dot > 110 else 0), area, before)


def coloured(page: Image.Image, colour: int) -> Rectangle:
    """Where the page is of that colour: by far more so than of the other two."""
    bands = page.split()
    others = [ImageChops.subtract(bands[colour], band) for place, band in enumerate(bands) if place != colour]
    mask = ImageChops.darker(*others).point(lambda more: 255 if more > 60 else 0)
    return measured(mask, (0, 0, *page.size), page)


def measured(mask: Image.Image, area: tuple[int, int, int, int], page: Image.Image) -> Rectangle:
    found = mask.getbbox()
    assert found, "no ink"
    left, upper, right, lower = (edge + area[index % 2] for index, edge in enumerate(found))
    return left / DOTS, (page.height - lower) / DOTS, right / DOTS, (page.height - upper) / DOTS


def darkest(part: Image.Image) -> float:
    grey, _ = part.convert("L").getextrema()
    assert isinstance(grey, int | float)
    return grey


def dots(rectangle: Rectangle, page: Image.Image) -> tuple[int, int, int, int]:
    left, bottom, right, top = (round(edge * DOTS) for edge in rectangle)
    return left, page.height - top, right, page.height - bottom


def test_a_seal_is_as_wide_as_its_office_says(office: Office, tmp_path: Path) -> None:
    draft = draw()
    places = find_places(draft, signatory_name=LEADER, limits=Limits())
    for seal_mm in (30.0, 42.0):
        page = scaled(by_pdfium(office.issued(draft, places, seal_mm=seal_mm), 0, tmp_path), Case())
        red = coloured(page, RED)
        assert red[2] - red[0] == pytest.approx(seal_mm * MM, abs=0.8)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_places_chosen_by_hand_are_where_ink_comes_to_stand(office: Office, turn: int, tmp_path: Path) -> None:
    draft = laid(draw(Sketch(number="", dated="", name="", pages=2)), Layout(turn=turn, origin=(9, -4)))
    assert find_places(draft, signatory_name=LEADER, limits=Limits()) == IssuePlaces()
    chosen = IssuePlaces(
        number=Box(0, 100, 600, 140, 614.39),
        day=Box(1, 300, 600, 330, 614.39, italic=True),
        month=Box(1, 360, 600, 390, 614.39),
        personal_signature=Box(1, 300, 200, 460, 260),
        organisation_signature=Box(1, 100, 500, 130, 530),
    )
    issued = office.issued(draft, chosen, number="123")
    for render in RENDERERS:
        pages = [scaled(render(issued, index, tmp_path), Case()) for index in (0, 1)]
        blank = Image.new("RGB", pages[0].size, "white")
        assert chosen.number and chosen.day
        line = 600 + 13 * 0.216
        require_digits(blank, pages[0], chosen.number, line, 3)
        require_digits(blank, pages[1], chosen.day, line, 2)
        blue = coloured(pages[1], BLUE)
        red = coloured(pages[1], RED)
        assert blue[3] - blue[1] == pytest.approx(60, abs=1)
        assert (blue[0] + blue[2]) / 2 == pytest.approx(380, abs=1)
        middle = (red[0] + red[2]) / 2, (red[1] + red[3]) / 2
        assert middle == pytest.approx((115, 515), abs=1), "by its middle: a seal has its own size"


def test_a_number_longer_than_its_gap_stays_clear_of_its_neighbours(office: Office, tmp_path: Path) -> None:
    draft = draw(Sketch(number="Số:       /QĐ-UBND"))
    places = find_places(draft, signatory_name=LEADER, limits=Limits())
    assert places.number
    issued = office.issued(draft, places, number="12345")
    for render in RENDERERS:
        before, after = (scaled(render(content, 0, tmp_path), Case()) for content in (draft, issued))
        left, bottom, right, top = written(before, after, replace(places.number, covered=False))
        around = before.crop(dots((left - 0.3, bottom - 1, right + 0.3, top + 1), before))
        assert darkest(around) > 150


def test_white_paper_is_taken_away_and_ink_keeps_its_colour() -> None:
    scanned = Image.new("RGB", (300, 120), (247, 246, 242))
    ImageDraw.Draw(scanned).line((30, 60, 270, 60), fill=(30, 60, 170), width=10)
    with Image.open(io.BytesIO(without_paper(png(scanned, dpi=(300, 300))))) as cut:
        assert cut.mode == "RGBA"
        assert cut.getpixel((5, 5)) == (247, 246, 242, 0)
        assert cut.getpixel((150, 60)) == (30, 60, 170, 255)
        assert cut.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert without_paper(hand()) == hand(), "it has transparency already"
    with pytest.raises(UnusablePicture):
        without_paper(png(Image.new("RGB", (50, 50), "white")))


def test_boxes_that_say_nothing_usable_are_read_as_they_are_shown(office: Office) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draw()))
    writer.pages[0][NameObject("/CropBox")] = ArrayObject([NumberObject(0)])
    kept = io.BytesIO()
    writer.write(kept)
    places = find_places(kept.getvalue(), signatory_name=LEADER, limits=Limits())
    assert places == find_places(draw(), signatory_name=LEADER, limits=Limits())
    assert office.issued(kept.getvalue(), places)
