"""References: how people write them, and what is understood."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.document_types import document_types
from search.references import Reference, format_reference, match_key, parse_reference
from search.vocabulary import NORMATIVE_CODES, Vocabulary
from tests.search.office_words import VOCABULARY

quickly = settings(max_examples=150, derandomize=True, deadline=None)
LEGAL_TEXTS = Path(os.environ.get("DOCSVC_CORPORA", Path(__file__).parents[3] / "shared" / "corpora")) / "legal-texts"

printed_references = st.builds(
    lambda number, year, code, agency, unit: (
        f"{number:02d}/{f'{year}/' if year else ''}{f'{code}-{agency}' if code else agency}{f'-{unit}' if unit else ''}"
    ),
    st.integers(1, 99_999),
    st.none() | st.integers(1946, 2100),
    st.sampled_from([kind.code for kind in document_types().values() if kind.code]),
    st.sampled_from(["UBND", "HĐND", "SXD"]),
    st.none() | st.sampled_from(["VP", "KTHT-ĐT", "HC"]),
)


@quickly
@given(printed_references)
def test_a_printed_reference_is_read_and_written_the_same(printed: str) -> None:
    reference = parse_reference(printed, VOCABULARY)
    assert reference is not None
    assert format_reference(reference) == printed


@quickly
@given(printed_references)
def test_a_reference_in_lower_case_with_its_diacritics_is_the_same(printed: str) -> None:
    read, expected = parse_reference(printed.lower(), VOCABULARY), parse_reference(printed, VOCABULARY)
    assert read is not None
    assert expected is not None
    assert format_reference(read) == format_reference(expected)


@quickly
@given(printed_references)
def test_without_diacritics_what_was_meant_is_among_the_candidates(printed: str) -> None:
    bare = printed.replace("Đ", "D")
    read, meant = parse_reference(bare, VOCABULARY), parse_reference(printed, VOCABULARY)
    assert read is not None
    assert meant is not None
    assert meant.type_code in read.type_candidates
    assert match_key(read) == match_key(meant)


TYPED = [
    ("138/QĐ-UBND", "138/QĐ-UBND"),
    ("138/QD-UBND", "138/QĐ-UBND"),
    ("138/qd-ubnd", "138/QĐ-UBND"),
    ("138 / QĐ - UBND", "138/QĐ-UBND"),
    ("138/QÐ–UBND", "138/QĐ-UBND"),
    ("138 QĐ-UBND", "138/QĐ-UBND"),
    ("QĐ-UBND số 138", "138/QĐ-UBND"),
    ("Số: 138/QĐ-UBND", "138/QĐ-UBND"),
    ("quyết định số 138/QĐ-UBND ngày 17/02/2014", "138/QĐ-UBND"),
    ("QĐ 138", "138/QĐ"),
    ("QD138", "138/QĐ"),
    ("qd138 ubnd", "138/QĐ-UBND"),
    ("138 qd ubnd", "138/QĐ-UBND"),
    ("quyet dinh 138", "138/QĐ"),
    ("số 138", "138"),
    ("138", "138"),
    ("5/KH-UBND", "05/KH-UBND"),
    ("18-NQ/TW", "18-NQ/TW"),
    ("63/2025/QH15", "63/2025/QH15"),
    ("12/UBND-VX", "12/UBND-VX"),
    ("15/UBND-KTHT-ĐT", "15/UBND-KTHT-ĐT"),
    ("2029/2015/QĐ-UBND", "2029/2015/QĐ-UBND"),
    ("15/2021", "15/2021"),
    ("công văn 15/UBND-VP", "15/UBND-VP"),
    ("30/2020/NĐ-CP", "30/2020/NĐ-CP"),
]


@pytest.mark.parametrize(("typed", "printed"), TYPED)
def test_what_people_type_is_understood(typed: str, printed: str) -> None:
    reference = parse_reference(typed, VOCABULARY)
    assert reference is not None
    assert format_reference(reference) == printed


@pytest.mark.parametrize(
    "text",
    ["", "thu hồi đất", "17/02/2014", "3/công-tơ", "1.500.000", "và/hoặc", "138/QĐ-UBND và 139/QĐ-UBND", "NĐ 30"],
)
def test_what_is_no_single_reference_is_not_taken_for_one(text: str) -> None:
    assert parse_reference(text, VOCABULARY) is None


def test_hd_may_be_either_code_but_with_its_stroke_only_one() -> None:
    bare, stroked = parse_reference("12/hd-ubnd", VOCABULARY), parse_reference("12/hđ-ubnd", VOCABULARY)
    assert bare is not None
    assert bare.type_candidates == ("HD", "HĐ")
    assert not bare.exact
    assert stroked is not None
    assert stroked.type_candidates == ("HĐ",)
    assert stroked.exact


def test_codes_of_laws_and_decrees_are_understood_without_being_listed() -> None:
    for code in NORMATIVE_CODES:
        reference = parse_reference(f"12/2024/{code}-CP", Vocabulary())
        assert reference is not None
        assert reference.type_code == code


def test_a_reference_that_says_nothing_is_written_as_nothing() -> None:
    assert format_reference(Reference()) == ""


@quickly
@given(st.text(max_size=80) | st.text("0123456789/-. qđdubnhsốSO–\n\0", max_size=40))
def test_no_text_makes_reading_fail(text: str) -> None:
    reference = parse_reference(text, VOCABULARY)
    if reference is not None:
        format_reference(reference)


def test_references_of_real_documents_are_read_with_number_year_and_type() -> None:
    if not LEGAL_TEXTS.is_dir():
        pytest.skip(f"no corpus of legal texts at {LEGAL_TEXTS}: set DOCSVC_CORPORA")
    printed = {
        found.group(1)
        for file in sorted(LEGAL_TEXTS.glob("*.md"))
        if (
            found := re.search(
                r"^so_hieu:\s*[\"']?([^\"'\n]+?)[\"']?\s*$", file.read_text("utf-8")[:4000], re.MULTILINE
            )
        )
    }
    well_formed = [
        (text, found)
        for text in printed
        if (found := re.fullmatch(r"(\d+)/(?:(\d{4})/)?(?:(NĐ|TT|NQ|QĐ|CT|TTLT|KH)-)?[A-ZĐ]+\d*", text))
    ]
    assert len(well_formed) >= 60
    for text, found in well_formed:
        reference = parse_reference(text, VOCABULARY)
        assert reference is not None, text
        assert format_reference(reference) == text
        assert reference.number == int(found.group(1))
        assert reference.year == (int(found.group(2)) if found.group(2) else None)
        assert reference.type_code == found.group(3)
