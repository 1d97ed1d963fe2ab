"""One box: what is understood of what a clerk types."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.dates import Period
from search.folding import forms, nfc, terms
from search.query import LONGEST_QUERY, MOST_TERMS, Preferred, Query, as_words, cut, parse_query
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


def test_names_among_words_stay_words_and_are_preferred() -> None:
    query = understood("trần văn bình thu hồi đất ubnd xã tân an")
    assert not query.units
    assert not query.signatories
    assert plain_words(query) == "trần văn bình thu hồi đất ubnd xã tân an"
    assert query.preferred == Preferred(units=("1",), signatories=("Trần Văn Bình",))
    assert [(chip.kind, chip.preferred) for chip in query.chips] == [
        ("signatory", True),
        ("words", False),
        ("unit", True),
    ]


@pytest.mark.parametrize(
    ("typed", "types", "units", "signatories"),
    [
        ("báo cáo ubnd xã tân an quý 1/2024", ("BC",), ("1",), ()),
        ("bc ubnd xã tân an q1/2024", ("BC",), ("1",), ()),
        ("kế hoạch ủy ban nhân dân tỉnh đồng nai 2024", ("KH",), ("2",), ()),
        ("trần văn bình 2014", (), (), ("Trần Văn Bình",)),
        ("quyết định do le thi hoa ký tháng 2/2014", ("QĐ",), (), ("Lê Thị Hoà",)),
        ("quyết đinh của van phong năm 2014", ("QĐ",), ("3",), ()),
    ],
)
def test_names_narrow_where_there_are_no_other_words(
    typed: str, types: tuple[str, ...], units: tuple[str, ...], signatories: tuple[str, ...]
) -> None:
    query = understood(typed)
    assert (query.type_codes, query.units, query.signatories) == (types, units, signatories)
    assert query.period is not None
    assert not query.words
    assert not any(chip.preferred for chip in query.chips)


def test_a_person_spoken_of_is_no_signatory() -> None:
    query = understood("khen thưởng ông Trần Văn Bình")
    assert not query.preferred
    assert plain_words(query) == "khen thưởng ông trần văn bình"


def test_a_name_with_marks_that_it_does_not_have_is_another_word() -> None:
    assert understood("để án năm 2024").type_codes == ()
    assert understood("đê án năm 2024").type_codes == ("ĐA",)


def test_a_type_by_name_that_the_words_begin_with_is_preferred() -> None:
    assert understood("kế hoạch phòng chống dịch").preferred.type_codes == ("KH",)
    assert understood("phòng chống dịch kế hoạch").preferred.type_codes == ()


def test_a_year_among_words_is_preferred_and_beside_names_it_is_the_period() -> None:
    assert understood("thu hồi đất 2014").preferred.period == Period(date(2014, 1, 1), date(2014, 12, 31))
    assert understood("QĐ 138 2014").period == Period(date(2014, 1, 1), date(2014, 12, 31))
    assert understood("138 2014").period == Period(date(2014, 1, 1), date(2014, 12, 31))
    assert understood("thu hồi 138 thửa").preferred == Preferred()


def test_a_code_and_a_number_that_may_be_a_year_is_either() -> None:
    number, year = understood("QĐ 2014").references
    assert (number.number, number.year, number.type_code) == (2014, None, "QĐ")
    assert (year.number, year.year, year.type_code) == (None, 2014, "QĐ")
    assert references("QĐ số 2014") == ["2014/QĐ"]


def test_a_month_is_a_month_beside_a_unit_and_a_number_alone() -> None:
    assert understood("thông báo ubnd xã tân an 1/2026").period == Period(date(2026, 1, 1), date(2026, 1, 31))
    assert references("1/2026") == ["01/2026"]


def test_counted_things_are_no_numbers_of_documents() -> None:
    assert references("báo cáo 6 tháng công tác đảng") == []
    assert references("kế hoạch 90 ngày làm sạch dữ liệu") == []


def test_the_rest_of_an_agency_s_name_says_which_unit_it_is() -> None:
    query = understood("138/QĐ-UBND xã Tân An")
    assert references("138/QĐ-UBND xã Tân An") == ["138/QĐ-UBND"]
    assert query.units == ("1",)
    assert not query.words


def test_what_counts_from_today_needs_to_be_told_today() -> None:
    today = date(2026, 4, 15)
    assert parse_query("tháng trước", VOCABULARY, today).period == Period(date(2026, 3, 1), date(2026, 3, 31))
    assert understood("tháng trước").period is None


def test_a_period_without_its_year_narrows_alone_and_is_preferred_beside_words() -> None:
    today, third = date(2026, 4, 15), Period(date(2025, 7, 1), date(2025, 9, 30))
    assert parse_query("báo cáo quý 3", VOCABULARY, today).period == third
    beside = parse_query("giải ngân quý 3", VOCABULARY, today)
    assert beside.period is None
    assert beside.preferred.period == third
    assert plain_words(beside) == "giải ngân quý 3"


WITH_SYNONYMS = replace(VOCABULARY, synonym_groups=(("GPMB", "giải phóng mặt bằng"), ("BCH", "Ban chấp hành")))


@pytest.mark.parametrize("typed", ["gpmb", "GPMB", "giải phóng mặt bằng", "giai phong mat bang"])
def test_an_abbreviation_and_what_it_stands_for_are_alternatives(typed: str) -> None:
    query = parse_query(f"dự án {typed}", WITH_SYNONYMS)
    (found,) = query.alternatives
    said = {" ".join(term.folded for term in phrase) for phrase in found.phrases}
    assert said == {"gpmb", "giai phong mat bang"}
    assert found.typed == terms(typed)
    assert plain_words(query) == "dự án"
    assert query.word_query.alternatives == (found.phrases,)


def test_a_phrase_in_quotation_marks_has_no_alternatives() -> None:
    assert not parse_query('"giải phóng mặt bằng"', WITH_SYNONYMS).alternatives


def test_words_typed_side_by_side_had_better_stand_so() -> None:
    near = {" ".join(term.text for term in phrase) for phrase in understood("thu hồi đất, bồi thường").word_query.near}
    assert near == {"thu hồi đất", "thu hồi", "hồi đất", "bồi thường"}


def test_a_chip_that_was_misunderstood_becomes_words() -> None:
    text = "kế hoạch năm 2014"
    chips = {chip.kind: chip for chip in understood(text).chips}
    again = as_words(text, chips["period"])
    assert again == 'kế hoạch "năm 2014"'
    query = understood(again)
    assert query.period is None
    assert [[term.text for term in phrase] for phrase in query.phrases] == [["năm", "2014"]]
    assert as_words('"thu hồi"', understood('"thu hồi"').chips[0]) is None


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


REFERENCE_WAYS = (
    "{n}/{t}-{a}",
    "{n} / {t} - {a}",
    "{n}/{t}–{a}",
    "{n}-{t}/{a}",
    "{n}{t}-{a}",
    "{n} {t}-{a}",
    "{t}-{a} {n}",
    "{t}-{a} số {n}",
    "{t} {n} {a}",
    "{t}{n} {a}",
    "{t} số {n} {a}",
    "số {n}/{t}-{a}",
    "{n} {t} {a}",
    "{t} {a} {n}",
)


@quickly
@given(
    st.integers(1, 99_999).filter(lambda number: not 1945 <= number <= 2035),
    st.sampled_from([code for code in VOCABULARY.type_codes if code != "CV"]),
    st.sampled_from(["UBND", "HĐND", "SXD"]),
    st.sampled_from(REFERENCE_WAYS),
    st.sampled_from([str, str.lower, str.upper, lambda text: unicodedata.normalize("NFD", text)]),
)
def test_every_way_to_write_a_reference_means_the_same(
    number: int, code: str, agency: str, way: str, written: Callable[[str], str]
) -> None:
    typed = written(way.format(n=number, t=code, a=agency))
    found = understood(typed).references
    assert [(one.number, one.type_code, one.agency) for one in found] == [(number, code, agency)], typed
    assert not understood(typed).words, typed


@quickly
@given(any_query)
def test_composed_and_decomposed_text_is_understood_alike(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    if len(decomposed) < LONGEST_QUERY:
        assert parse_query(composed, VOCABULARY) == parse_query(decomposed, VOCABULARY)


PARTS = {
    "reference": ("138/QĐ-UBND", "12/HĐ-UBND", "18-NQ/TW", "63/2025/QH15"),
    "period": ("ngày 17/02/2014", "tháng 2/2014", "quý I/2024", "từ 1/3 đến 15/4/2024"),
    "phrase": ('"thu hồi đất"', '"bồi thường"'),
    "excluded": ("-tạm", '-"dự thảo"'),
    "words": ("rừng phòng hộ", "hạt điều"),
}


@quickly
@given(st.permutations(sorted(PARTS)), st.data())
def test_taking_out_one_part_keeps_the_others(order: list[str], data: st.DataObject) -> None:
    text = " ; ".join(data.draw(st.sampled_from(PARTS[kind])) for kind in order)
    chips = understood(text).chips
    assert sorted(chip.kind for chip in chips) == sorted(PARTS)
    for chip in chips:
        left = understood(cut(text, chip)).chips
        assert [(one.kind, one.label) for one in left] == [(one.kind, one.label) for one in chips if one != chip]
