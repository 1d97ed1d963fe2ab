"""Passages that show why a text was found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.folding import fold, nfc
from search.highlight import Passage, page_marks, passages, whole
from search.query import parse_query
from tests.search.office_words import VOCABULARY

quickly = settings(max_examples=150, derandomize=True, deadline=None)
FILLING = "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015. " * 40


def marked(passage: Passage) -> list[str]:
    return [piece for piece, is_marked in passage.pieces if is_marked]


def shown(text: str, query: str, most: int = 2) -> tuple[Passage, ...]:
    return passages(text, parse_query(query, VOCABULARY), most)


def marks_of(text: str, query: str) -> list[str]:
    return marked(whole(text, parse_query(query, VOCABULARY)))


def test_with_diacritics_words_are_marked_as_they_were_typed() -> None:
    assert marks_of("Bán nhà, ban hành, bạn bè, BÁN", "bán") == ["Bán", "BÁN"]


def test_without_diacritics_every_form_is_marked() -> None:
    assert marks_of("Bán nhà, ban hành, bạn bè, bản Đất", "ban dat") == ["Bán", "ban", "bạn", "bản", "Đất"]


def test_either_place_of_a_tone_mark_is_the_same_word() -> None:
    assert marks_of("hoà bình, HÒA, hỏa", "hòa") == ["hoà", "HÒA"]
    assert marks_of("quý, qúy, quỹ", "quý") == ["quý", "qúy"]


def test_only_whole_words_are_marked() -> None:
    assert marks_of("thu, thuế, nhuthu, thu_hồi A4thu", "thu") == ["thu", "thu"]
    assert marks_of("138/QĐ-UBND; 1380; 2138", "138") == ["138"]


def test_phrases_are_marked_as_wholes_across_white_space_and_marks() -> None:
    assert marks_of("việc thu\nhồi   đất và thu tiền hồi đất", '"thu hồi đất"') == ["thu hồi đất"]
    assert marks_of("THU HỒI ĐẤT, thu hoi dat", '"thu hoi dat"') == ["THU HỒI ĐẤT", "thu hoi dat"]


def test_a_reference_in_full_is_marked_where_it_is_cited() -> None:
    assert marks_of("Sửa đổi Quyết định số 138/QĐ-UBND", "138/qd-ubnd") == ["138/QĐ-UBND"]
    assert marks_of("theo 12/HD-UBND", "12/HĐ-UBND") == []


def test_what_was_excluded_and_what_only_filters_is_not_marked() -> None:
    assert marks_of("thu hồi đất năm 2014", "thu -đất năm 2014") == ["thu"]


def test_a_text_that_holds_only_other_marks_is_shown_in_them() -> None:
    (passage,) = shown("quyet dinh thu hoi dat", "thu hồi đất")
    assert marked(passage) == ["thu", "hoi", "dat"]


def test_nothing_to_show_shows_nothing() -> None:
    assert shown("thu hồi đất", "rừng") == ()
    assert shown("", "rừng") == ()
    assert shown("thu hồi đất", "năm 2014") == ()
    assert shown("thu hồi đất", "thu", 0) == ()
    assert whole("thu hồi", parse_query("", VOCABULARY)).pieces == (("thu hồi", False),)


def test_a_passage_tells_its_page_and_stays_on_it() -> None:
    text = "\f".join((FILLING, "trang hai", f"{FILLING} bồi thường {FILLING}", "cuối"))
    (passage,) = shown(text, "bồi thường")
    assert passage.page == 3
    assert "\f" not in passage.text
    assert "trang hai" not in passage.text


def test_passages_are_short_and_say_where_they_are_cut() -> None:
    (passage,) = shown(f"{FILLING} bồi thường {FILLING}", "bồi thường")
    assert passage.text.startswith("…")
    assert passage.text.endswith("…")
    assert len(passage.text) < 300
    (passage,) = shown("bồi thường", "bồi thường")
    assert passage.text == "bồi thường"


def test_the_place_with_all_words_wins_over_places_with_some() -> None:
    text = "\f".join(
        (f"{FILLING} đất đai {FILLING}", f"hồi âm {FILLING}", f"{FILLING} về việc thu hồi đất rừng {FILLING}")
    )
    best = shown(text, "thu hồi đất", 1)
    assert [passage.page for passage in best] == [3]


def test_a_second_passage_shows_what_the_first_does_not() -> None:
    text = "\f".join((f"đất {FILLING}", f"đất đai {FILLING}", f"{FILLING} rừng", FILLING))
    assert [passage.page for passage in shown(text, "đất rừng")] == [1, 3]


def test_two_passages_never_overlap() -> None:
    first, second = shown(f"đất {'x ' * 30} đất {FILLING} đất", "đất")
    assert marked(first) == ["đất", "đất"]
    assert marked(second) == ["đất"]


def test_a_rare_word_at_the_end_of_five_hundred_pages_is_found() -> None:
    pages = [f"{FILLING} đất số {page}" for page in range(500)]
    pages[491] += " nơi có quặng bauxite và đất"
    found = shown("\f".join(pages), "bauxite đất")
    assert 492 in [passage.page for passage in found]


def test_text_in_another_normal_form_comes_out_composed() -> None:
    (passage,) = shown("thu ho\u0302\u0300i đa\u0302\u0301t", "hồi")
    assert passage.text == nfc(passage.text) == "thu hồi đất"
    assert marked(passage) == ["hồi"]


words = st.lists(
    st.sampled_from(["đất", "dat", "thu", "HỒI", "hoà", "138/QĐ-UBND", "\f", "x\u0301", ",", "bán"]), max_size=60
)


@quickly
@given(
    words.map(" ".join) | st.text(max_size=200),
    st.sampled_from(["đất", "dat thu", '"thu hoi"', "138/QĐ-UBND", "hòa -bán", "x", "138", "\u0301", ""])
    | st.text(max_size=30),
)
def test_no_text_makes_showing_fail_and_marks_are_words_asked_for(text: str, typed: str) -> None:
    query = parse_query(typed, VOCABULARY)
    pages = nfc(text).count("\f") + 1
    asked = {term.folded for terms in (query.words, query.mentions, *query.phrases) for term in terms}
    for passage in (*passages(text, query), whole(text, query)):
        assert 1 <= passage.page <= pages
        assert all(piece for piece, _ in passage.pieces)
        for mark in marked(passage):
            assert any(part in fold(mark) for part in asked)


@pytest.mark.parametrize("typed", ["(", "[a", "a|b", "\\", "a.b*", "^$"])
def test_signs_of_regular_expressions_are_only_signs(typed: str) -> None:
    shown("(a) [a] a|b a.b* ^$ \\", typed)


def test_marks_of_pages_are_those_of_passages_with_words_in_a_row_as_one() -> None:
    pages = ("Thu hồi đất; thu, chi", "", "THU HOI DAT và thu\nhồi")
    typed = parse_query("thu hồi", VOCABULARY)
    assert page_marks(pages, typed) == (((0, 7), (13, 16)), (), ((0, 3), (15, 22)))
    plain = parse_query("thu hoi", VOCABULARY)
    assert page_marks(pages, plain) == (((0, 7), (13, 16)), (), ((0, 7), (15, 22)))
    assert page_marks((), plain) == ()
