"""Nearly all the words, where nothing holds all of them."""

from search.engine import WordQuery
from search.folding import terms
from search.query import parse_query
from search.relaxing import MOST, joined, without_one
from tests.search.office_words import VOCABULARY


def test_each_word_is_left_out_once_and_phrases_stay() -> None:
    query = WordQuery(words=terms("quy chế nghĩa"), phrases=(terms("thu hồi"),))
    left = [" ".join(term.text for term in one.words) for one in without_one(query)]
    assert left == ["chế nghĩa", "quy nghĩa", "quy chế"]
    assert all(one.phrases == query.phrases for one in without_one(query))


def test_an_abbreviation_is_left_out_as_a_whole() -> None:
    query = WordQuery(words=terms("kinh phí"), alternatives=((terms("gpmb"), terms("giải phóng mặt bằng")),))
    assert [len(one.alternatives) for one in without_one(query)] == [1, 1, 0]


def test_one_word_and_very_many_words_cannot_do_without_one() -> None:
    assert without_one(WordQuery(words=terms("đất"))) == ()
    assert without_one(WordQuery(words=terms(" ".join(f"từ{n}" for n in range(MOST + 1))))) == ()
    assert without_one(WordQuery(words=terms("thu hồi"), as_typed=True)) == ()


def test_what_several_answers_and_short_ones_hold_comes_first() -> None:
    assert joined([["a", "b"], ["b", "c"]])[0] == "b"
    assert joined([["a"], [f"d{n}" for n in range(50)]])[0] == "a"
    assert joined([]) == []


def test_words_that_say_nothing_are_not_asked_for_beside_others() -> None:
    assert parse_query("thu hồi đất của ông Tám tại ấp", VOCABULARY).words == terms("thu hồi đất ông Tám ấp")
    assert parse_query("của", VOCABULARY).words == terms("của")
    assert parse_query("văn bản về nghĩa trang", VOCABULARY).words == terms("nghĩa trang")
