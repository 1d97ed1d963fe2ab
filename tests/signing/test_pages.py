"""Pages of a PDF, read without trusting it."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable

import pypdf
import pytest
from PIL import Image

from signing.errors import EncryptedPdf, OutOfMemory, TimedOut, TooLarge, UnreadablePdf
from signing.pages import PageSize, extract_text, page_sizes, render_page
from signing.sandbox import Limits
from tests.signing.drafts import Sketch, draw
from tests.signing.hostile import (
    bomb,
    claimed_pages,
    deep,
    looping_pages,
    looping_sections,
    many_pages,
    object_bomb,
    written,
)

LIMITS = Limits(seconds=10)


def claims() -> bytes:
    return claimed_pages(2_000_000_000)


def test_text_of_each_page_as_written_in_vietnamese() -> None:
    pages = extract_text(draw(Sketch(pages=2)), limits=LIMITS)
    assert len(pages) == 2
    assert "ỦY BAN NHÂN DÂN XÃ TÂN LẬP" in pages[0]
    assert "Nguyễn Thị Bình Minh" in pages[1]
    assert all(page == unicodedata.normalize("NFC", page) for page in pages)


def test_decomposed_text_is_composed() -> None:
    drawn = draw(Sketch(body=(unicodedata.normalize("NFD", "Điều khoản thi hành"),)))
    assert "Điều khoản thi hành" in extract_text(drawn, limits=LIMITS)[0]


def test_text_holds_nothing_that_a_database_refuses() -> None:
    text = "".join(extract_text(written("BT /F1 12 Tf 85 700 Td (a\\000b\\001c\\177) Tj ET"), limits=LIMITS))
    assert not any(unicodedata.category(letter) == "Cc" and letter != "\n" for letter in text)


def test_sizes_in_points() -> None:
    assert page_sizes(draw(Sketch(page_width=842)), limits=LIMITS) == (PageSize(842, 842),)


def test_a_picture_is_as_wide_as_asked() -> None:
    with Image.open(io.BytesIO(render_page(draw(), 0, width_px=300, limits=LIMITS))) as picture:
        assert picture.format == "PNG"
        assert picture.width in {300, 301}
        assert picture.convert("1").histogram()[0] > 100, "there is something black on it"


@pytest.mark.parametrize("width_px", [-5, 0, 10**9])
def test_an_absurd_width_is_brought_to_reason(width_px: int) -> None:
    with Image.open(io.BytesIO(render_page(draw(), 0, width_px=width_px, limits=LIMITS))) as picture:
        assert 1 <= picture.width <= 4001


@pytest.mark.parametrize("index", [-1, 1, 10**6])
def test_no_picture_of_a_page_that_is_not_there(index: int) -> None:
    with pytest.raises(UnreadablePdf):
        render_page(draw(), index, width_px=300, limits=LIMITS)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"rubbish" * 100, b"PK\x03\x04 a word file", draw()[:300]])
def test_what_is_no_pdf_is_named(content: bytes) -> None:
    for ask in (extract_text, page_sizes):
        with pytest.raises(UnreadablePdf):
            ask(content, limits=LIMITS)


def test_a_password_is_named() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draw()))
    writer.encrypt("secret", algorithm="AES-256")
    kept = io.BytesIO()
    writer.write(kept)
    with pytest.raises(EncryptedPdf):
        extract_text(kept.getvalue(), limits=LIMITS)


def test_more_pages_than_any_document_has_are_refused() -> None:
    for ask in (extract_text, page_sizes):
        with pytest.raises(TooLarge):
            ask(many_pages(20_001), limits=LIMITS)


@pytest.mark.parametrize("make", [looping_pages, looping_sections, bomb, object_bomb, deep, claims])
def test_hostile_files_end_in_text_or_in_a_named_error(make: Callable[[], bytes]) -> None:
    hostile = make()
    try:
        letters = sum(map(len, extract_text(hostile, limits=Limits(seconds=3, memory_bytes=200 * 1024 * 1024))))
    except (UnreadablePdf, TimedOut, OutOfMemory, TooLarge):
        letters = 0
    assert letters < 1000
