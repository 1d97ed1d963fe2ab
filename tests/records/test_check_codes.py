"""Check codes: hard to guess, forgiving to type, noticing every slip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docsvc.records.check_codes import ALPHABET, LENGTH, address_of, check_character, grouped, new_code, read_code

drawn = st.text(ALPHABET, min_size=12, max_size=12)


def test_a_code_has_sixty_random_bits_and_comes_back_as_it_was_given() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == LENGTH and read_code(code) == code for code in codes)
    for place in range(12):
        assert len({code[place] for code in codes}) > 25, "every place is drawn from the whole alphabet"


@pytest.mark.parametrize(
    "typed",
    [
        "7K3M-Q9XA-2HTV4",
        "7k3mq9xa2htv4",
        " 7K3M Q9XA 2HTV4 ",
        "7K3M–Q9XA–2HTV4",
        "7Ｋ3M-Q9XA-2HTV4",
        "https://kiemtra.giangkhe.gov.vn/kt/7K3M-Q9XA-2HTV4",
        "kiemtra.giangkhe.gov.vn/kt/7K3M-Q9XA-2HTV4/",
        "7K3M-Q9XA-2HTU4",
    ],
)
def test_however_it_is_typed_it_is_the_same_code(typed: str) -> None:
    assert read_code(typed) == "7K3MQ9XA2HTV4"


def test_letters_that_look_like_others_are_taken_for_them() -> None:
    code = "0101" + "AAAA" + "BBBB"
    code += check_character(code)
    assert read_code("OIoL" + code[4:].lower()) == code


@pytest.mark.parametrize(
    "typed", ["", "7K3M-Q9XA-2HTV", "7K3M-Q9XA-2HTV44", "7K3M-Q9XA-2HTV5", "a" * 10_000, "\x00", "Đ" * 13]
)
def test_what_is_no_code_is_not_read(typed: str) -> None:
    assert read_code(typed) is None


@given(drawn, st.integers(0, 12), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_noticed(letters: str, place: int, wrong: str) -> None:
    code = letters + check_character(letters)
    slipped = code[:place] + wrong + code[place + 1 :]
    assert (read_code(slipped) is not None) == (slipped == code)


@given(drawn, st.integers(0, 12), st.integers(0, 12))
def test_any_two_that_changed_places_are_noticed(letters: str, one: int, other: int) -> None:
    code = list(letters + check_character(letters))
    slipped = code.copy()
    slipped[one], slipped[other] = code[other], code[one]
    assert (read_code("".join(slipped)) is not None) == (slipped == code)


def test_it_is_printed_in_groups_below_the_address_of_the_service() -> None:
    assert grouped("7K3MQ9XA2HTV4") == "7K3M-Q9XA-2HTV4"
    assert address_of("https://kt.vn/", "7K3MQ9XA2HTV4") == "https://kt.vn/kt/7K3M-Q9XA-2HTV4"
