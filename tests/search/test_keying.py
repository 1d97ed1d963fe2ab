"""Words typed while the input method was off, and slips of the fingers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.folding import fold, forms
from search.keying import unkeyed
from search.spelling import slips
from search.syllables import is_syllable, with_tone

TELEX = {
    "quyeets": "quyết",
    "ddinhj": "định",
    "hooif": "hồi",
    "ddaats": "đất",
    "dduwowngf": "đường",
    "dduongwf": "đường",
    "nguwowif": "người",
    "thuys": "thúy",
    "hoaf": "hòa",
    "giaos": "giáo",
    "Truwowngf": "trường",
    "uyr": "ủy",
    "luaatj": "luật",
    "hienje": "hiện",
    "quye61t": "quyết",
    "d9i5nh": "định",
    "hoi62": "hồi",
    "d9u7o7ng2": "đường",
}


@pytest.mark.parametrize(("typed", "meant"), TELEX.items())
def test_a_word_typed_with_the_input_method_off_is_read_by_its_keys(typed: str, meant: str) -> None:
    assert unkeyed(typed) == forms(meant)[0]


@pytest.mark.parametrize("typed", ["thu", "ban", "qd", "ubnd", "2024", "kh12", "đất", "", "s", "138/qd", "h" * 50])
def test_what_is_no_telex_stays_as_it_is(typed: str) -> None:
    assert unkeyed(typed) is None


ONSETS = ("", "b", "đ", "ngh", "tr", "qu", "gi", "th")
RHYMES = ("a", "ươ", "iê", "oa", "uy", "ê", "â", "ă", "u", "ươi", "oai")
KEYS = {"đ": "dd", "ươ": "uow", "ê": "ee", "â": "aa", "ă": "aw", "ô": "oo", "ơ": "ow", "ư": "uw"}


@given(st.sampled_from(ONSETS), st.sampled_from(RHYMES), st.sampled_from(("", "n", "ng", "c")), st.integers(0, 5))
def test_every_syllable_comes_back_from_its_keys(onset: str, rhyme: str, coda: str, tone: int) -> None:
    plain = onset + rhyme + coda
    if not is_syllable(plain, tone):
        return
    keys = plain
    for letter, typed in KEYS.items():
        keys = keys.replace(letter, typed)
    keys += " sfrxj"[tone].strip()
    expected = with_tone(plain, tone)
    assert fold(expected) == fold(plain)
    if keys == plain:
        assert unkeyed(keys) is None
    elif onset != "đ" or "uow" not in keys:
        assert unkeyed(keys) == forms(expected)[0]


def test_a_slip_is_one_letter_out_in_wrong_or_swapped() -> None:
    near = slips("quyet")
    assert {"quyt", "quyeet", "queyt", "quyex"} <= near
    assert "quyet" not in near
    assert slips("qd") == slips("138") == slips("x" * 40) == frozenset()


@settings(max_examples=30)
@given(st.text("abcdeghiklmn", min_size=3, max_size=8))
def test_slips_go_both_ways(word: str) -> None:
    assert all(word in slips(near) for near in list(slips(word))[:40] if len(near) >= 3)
