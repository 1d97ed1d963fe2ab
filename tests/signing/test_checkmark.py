"""The mark of the public check: a QR code that can be read, where nothing stands, on pages that lie in any way."""

from __future__ import annotations

import io

import pypdf
import pytest
from pypdf.generic import NameObject, StreamObject
from reportlab.pdfgen.canvas import Canvas

from signing.checkmark import Marked, draw_mark
from signing.errors import AlreadySigned, EncryptedPdf
from signing.keys import open_pkcs12
from signing.pages import extract_text
from signing.places import Box, find_places
from signing.sandbox import Limits
from signing.sign import sign_personal
from tests.office import PASSPHRASE, issued_keys
from tests.signing.drafts import LEADER, Sketch, draw
from tests.signing.layouts import Layout, laid
from tests.signing.marks import drawn_by_poppler, symbol_on

ADDRESS = "https://kiemtra.giangkhe.gov.vn/kt/7K3M-Q9XA-2HTV4"
LINES = ("Kiểm tra văn bản tại:", "kiemtra.giangkhe.gov.vn/kt/", "7K3M-Q9XA-2HTV4")


def marked(content: bytes, *keep_free: Box) -> Marked:
    return draw_mark(content, ADDRESS, LINES, keep_free=keep_free, limits=Limits())


def with_ink(content: bytes, page: int, *rectangles: tuple[float, float, float, float]) -> bytes:
    """The file with black rectangles (left, bottom, width, height) on a page."""
    drawn = io.BytesIO()
    canvas = Canvas(drawn, pagesize=(595, 842))
    for rectangle in rectangles:
        canvas.rect(*rectangle, fill=1)
    canvas.save()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    writer.pages[page].merge_page(pypdf.PdfReader(drawn).pages[0])
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def test_it_stands_at_the_foot_of_the_last_page_and_can_be_read() -> None:
    made = marked(draw(Sketch(pages=3)))
    assert made.content is not None
    assert (made.page, made.left, made.bottom, made.problem) == (2, 85, 12, "")
    assert symbol_on(drawn_by_poppler(made.content, 2), made.left, made.bottom, ADDRESS)
    text = extract_text(made.content, limits=Limits())
    for line in LINES:
        assert line in text[2], "the address is on the page for those who type, and can be copied out"
        assert line not in text[0]


def test_the_file_so_far_stays_as_it_was_and_only_grows() -> None:
    draft = draw()
    made = marked(draft)
    assert made.content is not None
    assert made.content.startswith(draft)
    assert len(made.content) - len(draft) < 40_000


@pytest.mark.parametrize(
    "layout",
    [
        Layout(turn=90),
        Layout(turn=180),
        Layout(turn=270),
        Layout(origin=(-200, 350)),
        Layout(turn=90, origin=(30, -40), cut=8),
        Layout(cut=8, on_pages=True),
        Layout(turn=270, on_pages=True),
    ],
    ids=str,
)
def test_it_is_upright_on_pages_that_lie_otherwise(layout: Layout) -> None:
    made = marked(laid(draw(), layout))
    assert made.content is not None
    assert symbol_on(drawn_by_poppler(made.content, 0), made.left, made.bottom, ADDRESS)


def test_it_keeps_its_size_on_pages_of_another_unit() -> None:
    made = marked(laid(draw(), Layout(unit=2)))
    assert made.content is not None
    assert symbol_on(drawn_by_poppler(made.content, 0), made.left, made.bottom, ADDRESS, unit=2)


def test_it_gives_way_to_what_stands_there_and_to_what_will() -> None:
    aside = marked(with_ink(draw(), 0, (80, 20, 60, 40)))
    assert aside.content is not None
    assert (aside.left >= 145, aside.bottom) == (True, 12)
    beside = marked(draw(), Box(0, 60, 0, 300, 90))
    assert (beside.content is not None, beside.left > 300) == (True, True)
    above = marked(with_ink(draw(), 0, (20, 15, 560, 12)))
    assert above.content is not None
    assert above.bottom > 27


def test_where_the_last_page_is_full_it_goes_to_the_one_that_is_signed_then_to_the_first() -> None:
    full = (10, 5, 575, 300)
    draft = with_ink(draw(Sketch(pages=4)), 3, full)
    assert marked(draft).page == 0
    assert marked(draft, Box(1, 350, 300, 500, 400)).page == 1


def test_where_no_foot_is_free_it_is_left_out_and_told() -> None:
    made = marked(with_ink(draw(), 0, *((10, 10 + 16 * row, 575, 4) for row in range(16))))
    assert (made.content, made.page, made.problem) == (None, None, "no-room")


@pytest.mark.parametrize("left_behind", [b"q q 0.5 0 0 0.5 40 40 cm", b"q 0 0 100 100 re W n"])
def test_a_page_that_leaves_its_state_behind_gets_a_whole_mark_or_none(left_behind: bytes) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draw()))
    page = writer.pages[0]
    stream = StreamObject()
    stream.set_data(page.get_contents().get_data() + b"\n" + left_behind)  # type: ignore[union-attr]
    page[NameObject("/Contents")] = writer._add_object(stream)
    kept = io.BytesIO()
    writer.write(kept)
    made = marked(kept.getvalue())
    if made.content is None:
        assert made.problem == "unfaithful"
    else:
        assert symbol_on(drawn_by_poppler(made.content, 0), made.left, made.bottom, ADDRESS)


def test_pages_that_share_content_and_resources_are_not_marked_with_it() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draw(Sketch(pages=2))))
    for key in ("/Contents", "/Resources"):
        writer.pages[0][NameObject(key)] = writer.pages[1].raw_get(key)
    kept = io.BytesIO()
    writer.write(kept)
    made = marked(kept.getvalue())
    assert made.content is not None
    text = extract_text(made.content, limits=Limits())
    assert (LINES[2] in text[0], LINES[2] in text[1]) == (False, True)


def test_a_page_without_any_content_can_be_marked() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draw()))
    writer.add_blank_page(595, 842)
    kept = io.BytesIO()
    writer.write(kept)
    assert marked(kept.getvalue()).page == 1


def test_a_signed_file_is_left_alone() -> None:
    draft = draw()
    places = find_places(draft, signatory_name=LEADER, limits=Limits())
    key = open_pkcs12(issued_keys()["leader"], PASSPHRASE)
    signed = sign_personal(draft, key=key, places=places, image_png=None, timestamper=None)
    with pytest.raises(AlreadySigned):
        marked(signed.content)


def test_an_encrypted_file_is_refused() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draw()))
    writer.encrypt("", "chủ", algorithm="AES-256")
    kept = io.BytesIO()
    writer.write(kept)
    with pytest.raises(EncryptedPdf):
        marked(kept.getvalue())


def test_places_are_found_as_before_on_a_marked_draft() -> None:
    draft = draw()
    before = find_places(draft, signatory_name=LEADER, limits=Limits())
    made = marked(draft)
    assert made.content is not None
    assert find_places(made.content, signatory_name=LEADER, limits=Limits()) == before
