"""Annexes and copies, signed in the corner of their first page: looked at as a reader and an auditor would."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pytest
from PIL import Image, ImageChops
from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from docsvc.example.images import seal_png, signature_png
from signing.annexes import require_annex
from signing.errors import AlreadySigned, EncryptedPdf, NoSuchPages, SigningError
from signing.keys import SigningKey, open_pkcs12
from signing.pages import extract_text, render_page
from signing.pki import KeyKind, TestPki
from signing.places import find_places
from signing.sandbox import Limits
from signing.sign import seal, sign_corner, sign_personal
from signing.transcripts import transcribe
from signing.verify import Trust, Verdict, verify
from tests.services.programs import program
from tests.signing import hostile
from tests.signing.drafts import LEADER, Sketch, draw

AGENCY = "Ủy ban nhân dân xã Tân Lập"
NOON = datetime(2026, 11, 23, 2, 30, 0, tzinfo=UTC)
TIME = "2026-11-23T09:30:00+07:00"
LIMITS = Limits()


class Office:
    """An organisation's key and a document that it has issued."""

    def __init__(self, folder: Path) -> None:
        self.pki = TestPki.create(folder / "pki", base_url="http://127.0.0.1:9/pki")
        kind = KeyKind.ECDSA_P256
        self.key = open_pkcs12(self.pki.issue_organisation(AGENCY, "mat-khau", code="H9", key_kind=kind), "mat-khau")
        leader = open_pkcs12(self.pki.issue_person(LEADER, "mat-khau", key_kind=kind), "mat-khau")
        draft = draw(Sketch(pages=3))
        places = find_places(draft, signatory_name=LEADER, limits=LIMITS)
        signed = sign_personal(
            draft, key=leader, places=places, image_png=signature_png(LEADER), timestamper=None, now=None
        )
        self.issued = seal(
            signed.content,
            key=self.key,
            number="05",
            issued_on=date(2026, 3, 7),
            image_png=seal_png(AGENCY, "Tỉnh mẫu"),
            timestamper=None,
        ).content

    def stamped(self, content: bytes, *lines: str, key: SigningKey | None = None) -> bytes:
        made = sign_corner(content, key=key or self.key, lines=lines, timestamper=None)
        return made.content


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


def laid_flat(content: bytes) -> pypdfium2.PdfDocument:
    """With the fields' words as text of the page."""
    document = pypdfium2.PdfDocument(content)
    document.init_forms()
    document[0].flatten()
    return document


def words_at_the_top_right(content: bytes, *, share: float = 0.5) -> str:
    """What stands at the right in the uppermost 20 mm, as shown."""
    document = laid_flat(content)
    page = document[0]
    width, height = page.get_size()
    textpage = page.get_textpage()
    found = textpage.get_text_bounded(left=width * (1 - share), bottom=height - 57, right=width, top=height)
    textpage.close()
    return " ".join(found.split())


def dark(content: bytes, part: tuple[float, float, float, float]) -> int:
    """Black pixels in a part of the first page, given as shares of its width and height from the upper left."""
    with Image.open(io.BytesIO(render_page(content, 0, width_px=1000, limits=LIMITS))) as opened:
        picture = opened.convert("RGB")
    sides = (picture.width, picture.height, picture.width, picture.height)
    area = picture.crop(tuple(int(share * side) for share, side in zip(part, sides, strict=True)))  # type: ignore[arg-type]
    brightest = ImageChops.lighter(ImageChops.lighter(*area.split()[:2]), area.split()[2])
    return sum(brightest.histogram()[:100])


def grey(content: bytes, page: int = 0) -> Image.Image:
    with Image.open(io.BytesIO(render_page(content, page, width_px=1000, limits=LIMITS))) as opened:
        return opened.convert("L")


CORNER = (0.6, 0.0, 1.0, 0.065)


def test_an_annex_shows_number_symbol_and_time_in_its_corner_and_nothing_else_changes(office: Office) -> None:
    draft = draw()
    stamped = sign_corner(draft, key=office.key, lines=("138/QĐ-UBND",), timestamper=None, now=None).content
    shown = words_at_the_top_right(stamped)
    assert re.fullmatch(r"138/QĐ-UBND \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00", shown), shown
    assert dark(draft, CORNER) == 0
    assert dark(stamped, CORNER) > 100
    rest = (0.0, 0.065, 1.0, 1.0)
    assert dark(stamped, rest) == dark(draft, rest)
    assert stamped.startswith(draft), "the drafter's bytes stand unchanged below the signature"


def test_the_words_are_upright_tinos_of_ten_points_in_black_without_a_picture(office: Office) -> None:
    stamped = office.stamped(draw(), "138/QĐ-UBND")
    annotations: Any = pypdf.PdfReader(io.BytesIO(stamped)).pages[0]["/Annots"]
    field = annotations[0].get_object()
    appearance = field["/AP"]["/N"]
    drawn = appearance.get_data()
    assert b"/Letters 10.0 Tf" in drawn
    assert b" 0 g " in drawn
    assert b" Do" not in drawn
    assert "/XObject" not in appearance["/Resources"]
    font = appearance["/Resources"]["/Font"]["/Letters"]
    assert font["/BaseFont"].endswith("+Tinos")
    descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
    assert "/FontFile2" in descriptor
    assert descriptor["/ItalicAngle"] == 0


def test_the_time_is_vietnams_whatever_the_clock_says(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # The test key is younger than the moment on which the wording is checked.
    monkeypatch.setattr(SigningKey, "require_usable", lambda *_: None)
    stamped = sign_corner(draw(), key=office.key, lines=("SAO Y", AGENCY), timestamper=None, now=NOON).content
    assert words_at_the_top_right(stamped) == f"SAO Y {AGENCY} {TIME}"


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_the_corner_is_the_readers_on_turned_and_cut_pages(office: Office, turned: int) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draw()))
    page = writer.pages[0]
    page.mediabox.lower_left = (-50, -20)
    page.cropbox.lower_left = (10, 20)
    page.cropbox.upper_right = (585, 830)
    page.rotate(turned)
    written = io.BytesIO()
    writer.write(written)
    stamped = office.stamped(written.getvalue(), "138/QĐ-UBND")
    before, after = grey(written.getvalue()), grey(stamped)
    changed = ImageChops.difference(before, after)
    left, top, right, bottom = changed.getbbox() or (0, 0, 0, 0)
    points = before.width / (575 if turned in (0, 180) else 810)
    assert before.width - right < 40 * points, "at the right"
    assert top < 20 * points, "at the top"
    assert (right - left) > 3 * (bottom - top), "reads from left to right"


def test_programs_accept_a_stamped_file_and_it_is_locked(office: Office, tmp_path: Path) -> None:
    stamped = office.stamped(draw(), "138/QĐ-UBND")
    file = tmp_path / "annex.pdf"
    file.write_bytes(stamped)
    checked = subprocess.run(
        [program("qpdf", "apt-get install qpdf"), "--check", file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    told = subprocess.run(
        [program("pdfsig", "apt-get install poppler-utils"), "-nocert", file],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    report = verify(stamped, trust=Trust(roots=office.pki.roots()))
    assert report.verdict == Verdict.VALID
    assert [one.covers_whole_file for one in report.signatures] == [True]
    with pytest.raises(AlreadySigned):
        office.stamped(stamped, "again")


def test_a_signed_or_locked_file_is_refused_as_an_annex_before_anything_is_kept(office: Office) -> None:
    require_annex(draw(), limits=LIMITS)
    with pytest.raises(AlreadySigned):
        require_annex(office.issued, limits=LIMITS)
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draw()))
    writer.encrypt("x")
    written = io.BytesIO()
    writer.write(written)
    with pytest.raises(EncryptedPdf):
        require_annex(written.getvalue(), limits=LIMITS)
    with pytest.raises(SigningError):
        require_annex(b"%PDF-1.7 nothing", limits=LIMITS)


def test_a_copy_looks_like_the_issued_document(office: Office) -> None:
    made = transcribe(office.issued, limits=LIMITS)
    assert len(pypdf.PdfReader(io.BytesIO(made)).pages) == 3
    for page in range(3):
        one, two = (grey(content, page) for content in (office.issued, made))
        assert one.size == two.size
        differing = ImageChops.difference(one, two).histogram()
        assert not any(differing[32:]), "but for the smoothing of edges"
    text = " ".join(extract_text(made, limits=LIMITS))
    assert "05" in text, "the number that the clerk filled in is text of the page now"


def test_a_copy_has_no_fields_no_signatures_and_no_scripts(office: Office) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draw(Sketch(pages=2))))
    writer.add_attachment("secret.txt", b"hidden bytes")
    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("evil()")}
    )
    writer.root_object[NameObject("/OpenAction")] = script
    writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): script})
    writer.add_uri(0, "http://example.test/", pypdf.generic.RectangleObject((0, 0, 100, 100)))
    written = io.BytesIO()
    writer.write(written)
    for source in (written.getvalue(), office.issued):
        reader = pypdf.PdfReader(io.BytesIO(transcribe(source, limits=LIMITS)))
        assert set(reader.root_object) <= {"/Type", "/Pages", "/Lang"}
        assert all("/Annots" not in page and "/AA" not in page for page in reader.pages)
        everything = b"".join(repr(reader.get_object(number)).encode() for number in range(1, len(reader.xref[0]) + 1))
        assert b"JavaScript" not in everything
        assert b"EmbeddedFile" not in everything
        assert b"/ByteRange" not in everything


def test_an_excerpt_holds_the_chosen_pages_alone(office: Office) -> None:
    many = draw(Sketch(pages=3, body=("Trang này.",)))
    made = transcribe(many, (1, 2), limits=LIMITS)
    assert len(extract_text(made, limits=LIMITS)) == 2
    assert render_page(made, 1, width_px=600, limits=LIMITS) == render_page(many, 2, width_px=600, limits=LIMITS)
    for wrong in ((3,), (0, 7), (1, 1), (2, 1), (-1,)):
        with pytest.raises(NoSuchPages):
            transcribe(many, wrong, limits=LIMITS)


def test_an_excerpt_carries_no_picture_of_the_pages_left_out(office: Office) -> None:
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(595, 842), pageCompression=0)
    for shade in (50, 200):
        canvas.drawImage(ImageReader(Image.effect_noise((60, 60), shade)), 100, 400, 200, 200)
        canvas.showPage()
    canvas.save()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(written.getvalue()))
    shared = DictionaryObject()
    for page in writer.pages:
        shared.update(page["/Resources"]["/XObject"])  # type: ignore[index]
    for page in writer.pages:
        page["/Resources"][NameObject("/XObject")] = shared  # type: ignore[index]
    both = io.BytesIO()
    writer.write(both)
    one = pypdf.PdfReader(io.BytesIO(transcribe(both.getvalue(), (1,), limits=LIMITS)))
    assert len(one.pages[0].images) == 1
    pictures = [one.get_object(number) for number in range(1, len(one.xref[0]) + 1)]
    assert sum(isinstance(found, StreamObject) and found.get("/Subtype") == "/Image" for found in pictures) == 1


def test_the_signature_of_a_copys_copy_stands_beside_that_of_the_copy(office: Office) -> None:
    copy = office.stamped(transcribe(office.issued, limits=LIMITS), "SAO Y", "UBND xã Tân Lập")
    again = office.stamped(transcribe(copy, limits=LIMITS), "SAO LỤC", "UBND xã Bình An")
    shown = words_at_the_top_right(again, share=0.8)
    for word in ("SAO Y", "UBND xã Tân Lập", "SAO LỤC", "UBND xã Bình An"):
        assert word in shown
    assert dark(again, (0.3, 0.0, 1.0, 0.065)) > 1.7 * dark(copy, (0.3, 0.0, 1.0, 0.065))
    assert verify(again, trust=Trust(roots=office.pki.roots())).verdict == Verdict.VALID


def test_a_long_name_is_broken_between_words_and_stays_on_the_page(office: Office) -> None:
    name = "Ủy ban nhân dân xã có một cái tên thật là dài, thuộc tỉnh có một cái tên còn dài hơn thế nữa"
    shown = words_at_the_top_right(office.stamped(draw(), "SAO Y", name))
    assert name in shown


@pytest.mark.parametrize(
    "make",
    [
        hostile.looping_pages,
        hostile.looping_sections,
        hostile.bomb,
        hostile.object_bomb,
        hostile.deep,
        lambda: hostile.claimed_pages(10_000_000),
        lambda: b"%PDF-1.7\n" + bytes(range(256)) * 50,
    ],
)
def test_a_hostile_file_is_copied_or_signed_or_ends_in_a_named_error(office: Office, make: Callable[[], bytes]) -> None:
    content = make()
    tight = Limits(seconds=3, memory_bytes=200 * 1024 * 1024)
    for act in (
        lambda: transcribe(content, limits=tight),
        lambda: transcribe(content, (0,), limits=tight),
        lambda: require_annex(content, limits=tight),
        lambda: sign_corner(content, key=office.key, lines=("x",), timestamper=None, limits=tight),
    ):
        with contextlib.suppress(SigningError):
            act()
