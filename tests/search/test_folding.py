"""Vietnamese letters: normal form, folding, words and their places."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.folding import (
    fold,
    fold_with_offsets,
    forms,
    is_compound,
    nfc,
    spellings,
    terms,
    tokens,
    unify_dashes,
)

VIETNAMESE = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"
quickly = settings(max_examples=200, derandomize=True, deadline=None)
vietnamese_words = st.text(VIETNAMESE + VIETNAMESE.upper(), min_size=1, max_size=9)
any_text = st.text(max_size=60) | st.text(VIETNAMESE + " /-–.,0123456789\u0300\u0301\n\f\0", max_size=60)


@quickly
@given(any_text)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    exact, folded = forms(text)
    assert forms(exact) == (exact, folded)
    assert forms(folded) == (folded, folded)


@quickly
@given(any_text)
def test_every_normal_form_folds_alike(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert fold(decomposed) == fold(nfc(text))
    assert forms(decomposed) == forms(nfc(text))
    assert [token.text for token in tokens(decomposed)] == [token.text for token in tokens(nfc(text))]


@quickly
@given(vietnamese_words)
def test_case_does_not_matter(word: str) -> None:
    assert forms(word.upper()) == forms(word)
    assert forms(word.title()) == forms(word)


@quickly
@given(vietnamese_words)
def test_a_folded_vietnamese_word_has_plain_letters_only(word: str) -> None:
    assert fold(word).isascii()
    assert len(fold(word)) == len(word)


@quickly
@given(any_text)
def test_folding_with_places_maps_every_letter_to_where_it_came_from(text: str) -> None:
    folded, places = fold_with_offsets(text)
    assert len(places) == len(folded) + 1
    assert places == sorted(places)
    assert places[-1] == len(nfc(text))
    assert all(fold(nfc(text)[place]) for place in places[:-1])


@quickly
@given(any_text)
def test_tokens_stand_where_they_say(text: str) -> None:
    composed = nfc(text)
    last = 0
    for token in tokens(text):
        assert last <= token.start < token.end <= len(composed)
        last = token.end
        if token.end - token.start <= 64:
            assert forms(composed[token.start : token.end]) == (token.text, token.folded)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà", "hòa"),
        ("HOÀ", "hòa"),
        ("thuý", "thúy"),
        ("uỷ", "ủy"),
        ("khoẻ", "khỏe"),
        ("hoàn", "hòan"),
        ("toán", "tóan"),
        ("huỳnh", "hùynh"),
        ("quý", "qúy"),
        ("quả", "qủa"),
        ("ho\u0300a", "hoa\u0300"),
        ("Ðất", "đất"),
    ],
)
def test_one_word_written_two_ways_has_one_exact_form(one: str, other: str) -> None:
    assert forms(one)[0] == forms(other)[0]


@pytest.mark.parametrize(
    ("one", "other"), [("hòa", "hỏa"), ("hoa", "hòa"), ("hd", "hđ"), ("múa", "mùa"), ("của", "cua"), ("quá", "qua")]
)
def test_different_words_keep_different_exact_forms(one: str, other: str) -> None:
    assert forms(one)[0] != forms(other)[0]
    assert forms(one)[1] == forms(other)[1]


@pytest.mark.parametrize(("one", "other"), [("lí", "lý"), ("kĩ", "kỹ"), ("sĩ", "sỹ"), ("quí", "quý"), ("ki", "ky")])
def test_an_open_i_may_be_written_as_y(one: str, other: str) -> None:
    assert forms(one) == forms(other)


@pytest.mark.parametrize(("one", "other"), [("tai", "tay"), ("thi", "thy"), ("tiếng", "tyếng"), ("ui", "uy")])
def test_elsewhere_i_and_y_are_two_letters(one: str, other: str) -> None:
    assert forms(one) != forms(other)


def test_every_spelling_of_a_word_is_known() -> None:
    assert set(spellings(forms("hoà")[0])) == {"hòa", "hoà"}
    assert set(spellings(forms("toán")[0])) == {"toán", "tóan"}
    assert set(spellings(forms("quý")[0])) == {"quý", "qúy", "quí"}
    assert set(spellings(forms("lí")[0])) == {"lý", "lí"}
    assert spellings("đất") == ("đất",)


@quickly
@given(vietnamese_words)
def test_all_spellings_have_the_same_exact_form(word: str) -> None:
    exact = forms(word)[0]
    assert {forms(spelled)[0] for spelled in spellings(exact)} == {exact}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Quyết định số 138/QĐ-UBND ngày 17/02/2014", ["quyết", "định", "số", "138/qđ-ubnd", "ngày", "17/02/2014"]),
        ("18–NQ/TW; 63/2025/QH15.", ["18-nq/tw", "63/2025/qh15"]),
        ("kinh tế-xã hội, và/hoặc", ["kinh", "tế", "xã", "hội", "và", "hoặc"]),
        ("1.500.000 đồng; 17.2.2014", ["1.500.000", "đồng", "17.2.2014"]),
        ("người_ký A4 x", ["người", "ký", "a4", "x"]),
        ("...///---", []),
    ],
)
def test_references_dates_and_numbers_stay_whole_and_other_marks_part_words(text: str, expected: list[str]) -> None:
    assert [token.text for token in tokens(text)] == expected


def test_a_term_knows_whether_it_was_typed_with_diacritics() -> None:
    assert [term.accented for term in terms("thu hồi dat 138/QĐ-UBND 12")] == [False, True, False, True, False]


def test_a_run_longer_than_any_word_is_no_compound() -> None:
    assert is_compound("1/" * 10 + "a")
    assert not is_compound("1/" * 40 + "a")


def test_dashes_and_slashes_of_every_kind_are_one() -> None:
    assert unify_dashes("138⁄QĐ–UBND") == "138/QĐ-UBND"
