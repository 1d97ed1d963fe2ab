"""One box: what is understood of what a clerk types."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.dates import Period
from search.folding import forms, nfc
from search.query import LONGEST_QUERY, MOST_TERMS, Query, parse_query
from search.references import Reference, format_reference
from search.vocabulary import Vocabulary
from tests.search.office_words import VOCABULARY

quickly = settings(max_examples=250, derandomize=True, deadline=None)


def understood(text: str) -> Query:
    return parse_query(text, VOCABULARY)


def references(text: str) -> list[str]:
    return [format_reference(reference) for reference in understood(text).references]


def plain_words(query: Query) -> str:
    return " ".join(term.text for term in query.words)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("138/QĐ-UBND", "138/QĐ-UBND"),
        ("138/QD-UBND", "138/QĐ-UBND"),
        ("QĐ 138", "138/QĐ"),
        ("qd138 ubnd", "138/QĐ-UBND"),
        ("138 qd ubnd", "138/QĐ-UBND"),
        ("138 QĐ-UBND", "138/QĐ-UBND"),
        ("18-NQ/TW", "18-NQ/TW"),
        ("63/2025/QH15", "63/2025/QH15"),
        ("12/UBND-VX", "12/UBND-VX"),
        ("2029/2015/QĐ-UBND", "2029/2015/QĐ-UBND"),
        ("công văn 15", "15/CV"),
    ],
)
def test_a_reference_alone_is_only_a_reference(typed: str, printed: str) -> None:
    query = understood(typed)
    assert references(typed) == [printed]
    assert not query.words
    assert not query.number_or_word


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("tháng 2/2014", date(2014, 2, 1), date(2014, 2, 28)),
        ("năm 2014", date(2014, 1, 1), date(2014, 12, 31)),
        ("quý 1 2024", date(2024, 1, 1), date(2024, 3, 31)),
        ("từ 1/3 đến 15/4/2024", date(2024, 3, 1), date(2024, 4, 15)),
    ],
)
def test_a_period_alone_is_only_a_period(typed: str, start: date, end: date) -> None:
    query = understood(typed)
    assert query.period == Period(start, end)
    assert not query.words
    assert not query.references


def test_a_reference_and_its_date_are_both_understood() -> None:
    query = understood("số 138 ngày 17/02/2014")
    assert query.references == (Reference(number=138),)
    assert query.period == Period(date(2014, 2, 17), date(2014, 2, 17))
    assert not query.words


@pytest.mark.parametrize("typed", ["138", "00138", "138 năm 2014", "17/02/2014 138"])
def test_a_bare_number_may_be_a_reference_or_a_word(typed: str) -> None:
    query = understood(typed)
    assert query.number_or_word
    assert query.references == (Reference(number=138),)


def test_a_number_among_words_is_a_word() -> None:
    query = understood("thu hồi 138 thửa đất")
    assert not query.references
    assert plain_words(query) == "thu hồi 138 thửa đất"


def test_words_may_follow_a_reference() -> None:
    query = understood("quyết định 138 thu hồi đất")
    assert references("quyết định 138 thu hồi đất") == ["138/QĐ"]
    assert plain_words(query) == "thu hồi đất"


def test_a_code_of_no_type_of_the_office_stays_words() -> None:
    query = understood("NĐ 30")
    assert not query.references
    assert plain_words(query) == "nđ 30"


def test_two_references_are_alternatives() -> None:
    assert references("138/QĐ-UBND, 139/QĐ-UBND") == ["138/QĐ-UBND", "139/QĐ-UBND"]


def test_quotation_marks_of_every_kind_make_phrases() -> None:
    for typed in ('"thu hồi đất"', "“thu hồi đất”", "«thu hồi đất»"):
        query = understood(typed)
        assert [[term.text for term in phrase] for phrase in query.phrases] == [["thu", "hồi", "đất"]]
        assert not query.words


def test_an_open_quotation_mark_is_passed_over() -> None:
    assert plain_words(understood('"thu hồi')) == "thu hồi"


def test_a_minus_excludes_a_word_or_a_phrase_but_not_inside_words_and_references() -> None:
    query = understood('đất -dự -"bồi thường" kinh tế-xã hội 12/UBND-VX')
    assert {" ".join(term.text for term in terms) for terms in query.excluded} == {"bồi thường", "dự"}
    assert plain_words(query) == "đất kinh tế xã hội"
    assert not understood("138/QĐ -UBND").excluded


def test_prefixes_name_types_units_and_signatories() -> None:
    assert understood("loại: kế hoạch").type_codes == ("KH",)
    assert understood("loại: hd").type_codes == ("HD", "HĐ")
    assert understood("loại: hđ").type_codes == ("HĐ",)
    assert understood("đơn vị: UBND xã Tân An").units == ("1",)
    assert understood("cơ quan: van phong").units == ("3",)
    assert understood("người ký: Lê Thị Hòa").signatories == ("Lê Thị Hoà",)
    assert understood("ký bởi trần văn bình").signatories == ("Trần Văn Bình",)


def test_a_name_that_several_units_bear_means_any_of_them() -> None:
    query = understood("đơn vị: ubnd")
    assert set(query.units) == {"1", "2"}
    assert query.chips[0].label == "ubnd"


def test_a_name_that_nobody_bears_becomes_words() -> None:
    query = understood("đơn vị: Sở Bí mật")
    assert not query.units
    assert plain_words(query) == "sở bí mật"


def test_names_without_a_prefix_stay_words() -> None:
    query = understood("trần văn bình sở xây dựng")
    assert not query.units
    assert not query.signatories
    assert plain_words(query) == "trần văn bình sở xây dựng"


def test_a_type_is_a_type_only_beside_a_period_a_unit_or_a_signatory() -> None:
    assert understood("báo cáo quý 1/2024").type_codes == ("BC",)
    assert understood("báo cáo người ký: Trần Văn Bình").type_codes == ("BC",)
    assert understood("QĐ").type_codes == ("QĐ",)
    assert understood("báo cáo").type_codes == ()
    assert understood("kế hoạch phòng chống dịch").type_codes == ()
    assert plain_words(understood("kế hoạch phòng chống dịch năm 2024")) == "kế hoạch phòng chống dịch"


def test_full_references_are_also_looked_for_where_they_are_cited() -> None:
    assert [term.text for term in understood("138/QD-UBND").mentions] == ["138/qđ-ubnd"]
    assert understood("QĐ 138").mentions == ()


def test_chips_tell_what_was_understood_and_where_it_stood() -> None:
    text = 'quyết định số 138/QĐ-UBND ngày 17/02/2014 "thu hồi" đất -rừng'
    chips = understood(text).chips
    assert [(chip.kind, chip.label) for chip in chips] == [
        ("reference", "138/QĐ-UBND"),
        ("period", "17/02/2014"),
        ("phrase", "thu hồi"),
        ("words", "đất"),
        ("excluded", "rừng"),
    ]
    assert all(text[chip.start : chip.end] == chip.text for chip in chips)


any_query = st.text(max_size=120) | st.lists(
    st.sampled_from(
        [
            *(
                "138",
                "/",
                "QĐ",
                "-",
                "UBND",
                " ",
                " ",
                '"',
                "“",
                "loại:",
                "đơn vị:",
                "người ký:",
                "ký bởi ",
                "kế hoạch",
            ),
            *("năm 2014", "từ", "đến", "17/02/2014", "tháng 2", "\0", "\n", "số", "hd", "thu hồi đất", "\ud800", "1"),
        ]
    ),
    max_size=25,
).map("".join)


@quickly
@given(any_query)
def test_no_text_makes_understanding_fail(text: str) -> None:
    for vocabulary in (VOCABULARY, Vocabulary()):
        query = parse_query(text, vocabulary)
        assert all(chip.text == nfc(text)[chip.start : chip.end] for chip in query.chips)
        assert [chip.start for chip in query.chips] == sorted(chip.start for chip in query.chips)
        ends = [0, *(chip.end for chip in query.chips)]
        assert all(chip.start >= end for chip, end in zip(query.chips, ends, strict=False))
        assert query.word_query.words == query.words


@quickly
@given(st.text("aăâbcdđeêghiklmnoôơpqrstuưvxy áàảãạ", min_size=1, max_size=60))
def test_plain_words_are_never_lost(text: str) -> None:
    query = understood(text)
    taken = [chip for chip in query.chips if chip.kind in {"type", "unit", "signatory"}]
    if not taken and query.words:
        assert {forms(word)[1] for word in text.split()} == {term.folded for term in query.words}


def test_a_very_long_query_is_cut_and_its_terms_are_counted() -> None:
    query = understood("đất" + " nước" * 10 + "".join(f" từ{n}" for n in range(5000)))
    assert len(query.words) == MOST_TERMS
    assert all(chip.end <= LONGEST_QUERY for chip in query.chips)
