"""What was signed can be had as a file, and be looked at beside the file as it is now."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache

import pypdf
import pytest
from PIL import Image
from pyhanko.pdf_utils import generic

from signing.errors import NoSignedRevision
from signing.revisions import Compared, Sheet, compare, sheets, signed_revision
from signing.sandbox import Limits
from signing.verify import FileReport, Trust, Verdict, verify
from tests.signing import edits
from tests.signing.authority import fill, sign, standard, with_text_field
from tests.signing.edits import edited

LIMITS = Limits()
RED = (200, 20, 30)


@cache
def signed() -> bytes:
    return sign(with_text_field(edits.pages("Trang mot", "Trang hai", "Trang ba")), standard().person())


def check(content: bytes) -> FileReport:
    return verify(content, trust=Trust((standard().root.certificate,)))


def compared(content: bytes, sheet: Sheet) -> Compared:
    revision = signed_revision(content, check(content).signatures[0], limits=LIMITS)
    return compare(content, revision, sheet, width_px=600, limits=LIMITS)


def reds(png: bytes | None) -> list[tuple[int, int]]:
    """Where the marks are drawn."""
    assert png is not None
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    dots = picture.load()
    assert dots is not None
    return [(x, y) for y in range(picture.height) for x in range(picture.width) if dots[x, y] == RED]


def test_what_was_signed_is_a_file_by_itself_and_valid_as_a_whole() -> None:
    content = edited(signed(), edits.new_words(1, "Trang hai da sua"))
    revision = signed_revision(content, check(content).signatures[0], limits=LIMITS)
    assert revision.content == signed()
    assert revision.pages == len(pypdf.PdfReader(io.BytesIO(revision.content)).pages) == 3
    again = check(revision.content)
    assert again.verdict is Verdict.VALID
    assert again.signatures[0].covers_whole_file


def test_each_signature_has_a_revision_of_its_own() -> None:
    twice = sign(fill(signed(), "05"), standard().person("UBND xã Thử"), field_name="Dau")
    report = check(twice)
    first, second = (signed_revision(twice, one, limits=LIMITS).content for one in report.signatures)
    assert first == signed()
    assert second == twice


def test_a_signature_that_covers_nothing_sensible_has_no_revision() -> None:
    report = check(signed()).signatures[0]
    for span in ((0, 0), (0, 10**9), (5, 100), (0, 40)):
        with pytest.raises(NoSignedRevision):
            signed_revision(signed(), replace(report, covered_bytes=span), limits=LIMITS)


def test_changed_words_are_marked_on_both_pages_where_they_stand() -> None:
    found = compared(edited(signed(), edits.new_words(1, "Trang HAI")), Sheet(2, 2))
    assert found.places == 1
    for png in (found.then_png, found.now_png):
        marks = reds(png)
        assert marks
        assert all(115 < y < 165 for _, y in marks), "700 points up a page of 842, 600 pixels for 595 points"
        assert all(85 < x < 165 for x, _ in marks)


def test_an_unchanged_page_has_no_marks() -> None:
    found = compared(edited(signed(), edits.new_words(1, "Trang HAI")), Sheet(1, 1))
    assert found.places == 0
    assert found.then_png == found.now_png
    assert not reds(found.now_png)


def test_a_page_that_was_turned_is_marked() -> None:
    turned = edited(signed(), edits.page_entry(0, "/Rotate", generic.NumberObject(90)))
    assert compared(turned, Sheet(1, 1)).places > 0


def test_pages_lie_beside_themselves_when_others_came_or_went() -> None:
    def placed(content: bytes) -> list[tuple[int | None, int | None]]:
        revision = signed_revision(content, check(content).signatures[0], limits=LIMITS)
        return [(sheet.then, sheet.now) for sheet in sheets(content, revision, limits=LIMITS)]

    assert placed(edited(signed(), edits.page_removed(0))) == [(1, None), (2, 1), (3, 2)]
    assert placed(edited(signed(), edits.page_added(1, "Moi"))) == [(1, 1), (None, 2), (2, 3), (3, 4)]
    assert placed(edited(signed(), edits.pages_ordered(2, 0, 1))) == [(3, 1), (1, 2), (2, 3)]
    assert placed(signed()) == [(1, 1), (2, 2), (3, 3)]


def test_a_page_that_is_not_there_has_no_picture() -> None:
    found = compared(edited(signed(), edits.page_removed(0)), Sheet(1, None))
    assert found.now_png is None
    assert found.then_png is not None
