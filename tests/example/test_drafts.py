"""Drafts are laid out as Decree 30/2020 asks, and every example document is one."""

import unicodedata
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfReader

from config.document_types import document_types
from docsvc.example.catalogue import Paper, papers, working_day
from docsvc.example.drafts import draft_pdf
from docsvc.example.images import SEAL_MM, seal_png, signature_png
from signing.places import find_places
from signing.sandbox import Limits

TODAY = date(2026, 11, 24)
DRAFTS = [paper for paper in papers(TODAY) if not paper.on_paper]
POINTS_PER_MM = 72 / 25.4


def text_of(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def letters(content: bytes) -> Iterator[tuple[int, tuple[float, float, float, float]]]:
    """Page number and box of every letter, in points."""
    with pypdfium2.PdfDocument(content) as document:
        for index, page in enumerate(document):
            text = page.get_textpage()
            for number in range(text.count_chars()):
                if text.get_text_range(number, 1).strip():
                    yield index, text.get_charbox(number)


@pytest.fixture(scope="module")
def longest() -> bytes:
    paper = max(DRAFTS, key=lambda paper: sum(len(str(part)) for part in paper.body))
    return draft_pdf(paper.draft())


@pytest.mark.parametrize("paper", DRAFTS, ids=lambda paper: paper.file_name)
def test_every_example_draft_can_be_read_and_embeds_its_fonts(paper: Paper) -> None:
    content = draft_pdf(paper.draft())
    text = text_of(content)
    words = " ".join(text.split())
    assert unicodedata.is_normalized("NFC", text)
    assert paper.abstract in words
    assert paper.signatory.full_name in words
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in words
    assert document_types()[paper.type_key].name.upper() in words or paper.type_key == "cv"
    assert {str(font["/BaseFont"]).partition("+")[2].partition("-")[0] for font in fonts(content)} == {"Tinos"}
    assert all(embedded(font) for font in fonts(content))


def test_issuing_finds_its_places_on_every_type_of_draft() -> None:
    kinds = {(paper.type_key, paper.signing, paper.issuer_code): paper for paper in DRAFTS}
    for paper in kinds.values():
        found = find_places(draft_pdf(paper.draft()), signatory_name=paper.signatory.full_name, limits=Limits())
        assert found.number and found.day and found.month and found.personal_signature, paper.file_name
        assert found.printed_year == paper.on.year
        assert found.personal_signature.height >= 20 * POINTS_PER_MM


def test_the_same_draft_always_gives_the_same_bytes() -> None:
    assert draft_pdf(DRAFTS[0].draft()) == draft_pdf(DRAFTS[0].draft())


def test_letters_keep_to_the_margins_of_the_decree(longest: bytes) -> None:
    for _, (left, bottom, right, top) in letters(longest):
        assert left >= 30 * POINTS_PER_MM - 1
        assert right <= (210 - 15) * POINTS_PER_MM + 1
        assert bottom >= 20 * POINTS_PER_MM - 4
        assert top <= 297 * POINTS_PER_MM - 20  # page numbers stand in the upper margin


def test_page_numbers_begin_on_the_second_page(longest: bytes) -> None:
    with pypdfium2.PdfDocument(longest) as document:
        first_lines = [page.get_textpage().get_text_range().split()[0] for page in document]
    assert len(first_lines) > 1
    assert not first_lines[0].isdigit()
    assert first_lines[1:] == [str(number) for number in range(2, len(first_lines) + 1)]


def test_the_signature_never_stands_alone_on_a_page(longest: bytes) -> None:
    for paper in DRAFTS:
        with pypdfium2.PdfDocument(draft_pdf(paper.draft())) as document:
            last = document[len(document) - 1].get_textpage().get_text_range()
        assert not last.split("\n", 2)[1].startswith("Nơi nhận"), paper.file_name


def test_example_dates_are_working_days_and_never_ahead() -> None:
    for today in (date(2026, 11, 22), TODAY, date(2027, 1, 1), date(2028, 2, 29)):
        found = papers(today)
        assert all(paper.on <= today for paper in found)
        assert all(paper.on.weekday() < 5 for paper in found if paper.on != today)
        assert len({(paper.unit_code, paper.abstract) for paper in found}) == len(found)
    assert working_day(date(2026, 11, 24), 2) == date(2026, 11, 20)


def test_signatures_are_blue_ink_on_nothing_and_differ_from_person_to_person() -> None:
    mine, again, other = signature_png("chutich"), signature_png("chutich"), signature_png("phochutich")
    assert mine == again
    assert mine != other
    red, green, blue, alpha = (Image.open(BytesIO(mine)).getchannel(name).tobytes() for name in "RGBA")
    assert (min(alpha), max(alpha)) == (0, 255)
    assert max(*red, *green) < min(blue) / 2


def test_the_seal_is_red_and_has_its_real_size() -> None:
    seal = Image.open(BytesIO(seal_png("Ủy ban nhân dân xã Vân Khê", "tỉnh Giang Khê")))
    assert seal.mode == "RGBA"
    assert seal.width == seal.height
    assert abs(seal.width / seal.info["dpi"][0] * 25.4 - SEAL_MM) < 0.1
    assert seal.getpixel((0, 0)) == (214, 20, 32, 0)
    assert seal.getchannel("A").getextrema() == (0, 255)


def fonts(content: bytes) -> list[Any]:
    found: dict[str, Any] = {}
    for page in PdfReader(BytesIO(content)).pages:
        resources: Any = page["/Resources"]
        for reference in resources["/Font"].values():
            font = reference.get_object()
            found[font["/BaseFont"]] = font
    return list(found.values())


def embedded(font: Any) -> bool:
    return "/FontFile2" in font["/FontDescriptor"]
