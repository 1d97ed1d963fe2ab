"""Places are found by the words around them, however the drafter spaced or dotted them."""

from __future__ import annotations

import io
import unicodedata

import pypdf
import pytest

from signing.errors import EncryptedPdf, UnreadablePdf
from signing.places import IssuePlaces, find_places
from signing.sandbox import Limits
from tests.signing.drafts import LEADER, Sketch, draw


def places_of(sketch: Sketch, signatory_name: str = LEADER) -> IssuePlaces:
    return find_places(draw(sketch), signatory_name=signatory_name, limits=Limits())


def test_a_draft_as_the_decree_asks_has_every_place() -> None:
    found = places_of(Sketch())
    assert found.number and found.day and found.month and found.personal_signature
    assert found.year is None
    assert found.printed_year == 2026
    assert 110 < found.number.left < found.number.right < 200
    assert found.number.bottom < 750 < found.number.top
    assert found.day.right < found.month.left
    assert found.day.italic
    assert not found.number.italic


def test_the_signature_stands_between_position_and_name() -> None:
    box = places_of(Sketch(room_points=90)).personal_signature
    assert box is not None
    assert 384 - 90 + 8 < box.bottom < box.top < 384
    assert abs((box.left + box.right) / 2 - 430) < 1


def test_dots_in_the_gaps_are_marked_to_be_covered() -> None:
    found = places_of(Sketch(number="Số: ............../QĐ-UBND", dated="Tân Lập, ngày ….. tháng ….. năm 2026"))
    assert found.number and found.number.covered
    assert found.day and found.day.covered
    assert found.month and found.month.covered


def test_a_printed_month_needs_no_place_and_is_told() -> None:
    found = places_of(Sketch(dated="Tân Lập, ngày        tháng 11 năm 2026"))
    assert found.day is not None
    assert found.month is None
    assert (found.printed_month, found.printed_year) == (11, 2026)


def test_a_blank_year_has_a_place() -> None:
    found = places_of(Sketch(dated="Tân Lập, ngày       tháng       năm"))
    assert found.year is not None
    assert found.printed_year is None


@pytest.mark.parametrize("number", ["Số: 15/QĐ-UBND", "QĐ-UBND"])
def test_no_place_is_made_up_where_the_number_is_typed_or_missing(number: str) -> None:
    assert places_of(Sketch(number=number)).number is None


def test_a_typed_date_leaves_no_place_for_another() -> None:
    assert places_of(Sketch(dated="Tân Lập, ngày 05 tháng 11 năm 2026")).day is None


def test_dates_in_the_text_are_not_the_document_s_own() -> None:
    body = ("Căn cứ Quyết định số 12/QĐ-UBND ngày 03 tháng 4 năm 2025;",)
    found = places_of(Sketch(body=body))
    assert found.day is not None
    assert found.day.bottom > 700


def test_the_name_is_found_on_the_last_page_and_not_in_the_text() -> None:
    body = (f"Giao ông {LEADER} chủ trì thực hiện;",)
    box = places_of(Sketch(body=body, pages=3)).personal_signature
    assert box is not None
    assert box.page == 2
    assert box.top < 400


def test_capitals_and_decomposed_letters_name_the_same_person() -> None:
    assert places_of(Sketch(name=LEADER.upper())).personal_signature is not None
    assert places_of(Sketch(), unicodedata.normalize("NFD", LEADER)).personal_signature is not None


def test_nobody_s_name_has_no_place() -> None:
    assert places_of(Sketch(), "Trần Văn Khác").personal_signature is None
    assert places_of(Sketch(), "").personal_signature is None


def test_no_room_above_the_name_is_no_place() -> None:
    assert places_of(Sketch(room_points=18)).personal_signature is None


def test_damaged_and_locked_files_have_names_for_what_is_wrong() -> None:
    with pytest.raises(UnreadablePdf):
        find_places(b"%PDF-1.7\nrubbish", signatory_name=LEADER, limits=Limits())
    locked = pypdf.PdfWriter(clone_from=io.BytesIO(draw()))
    locked.encrypt("secret", algorithm="AES-256")
    kept = io.BytesIO()
    locked.write(kept)
    with pytest.raises(EncryptedPdf):
        find_places(kept.getvalue(), signatory_name=LEADER, limits=Limits())
