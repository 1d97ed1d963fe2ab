"""Whether a text can be believed."""

from __future__ import annotations

import pytest

from docsvc.records.text_quality import PageMeasure, Quality, Source, is_syllable, measure, whole_quality
from tests.signing.texts import SENTENCES, in_tcvn3, in_vni

TEXT = "\n".join(SENTENCES)
ENGLISH = (
    "The committee shall meet on the first Monday of each month and report its findings to the provincial council, "
    "which may ask for further evidence, hear the parties concerned, and decide within thirty days of the report."
)


@pytest.mark.parametrize("text", [TEXT, TEXT.upper(), ENGLISH, "Số: 138/QĐ-UBND", "UBND xã Ea H'Leo, Đắk Lắk"])
def test_what_people_write_is_good(text: str) -> None:
    assert measure(text).quality is Quality.GOOD


@pytest.mark.parametrize(
    "text",
    [
        in_tcvn3(TEXT),
        in_vni(TEXT),
        TEXT.replace("ế", "\ue001").replace("ị", "\ue002").replace("n", "\ue003"),
        " ".join(TEXT),
        "".join(chr((ord(letter) - 97 + 13) % 26 + 97) if letter.isalpha() else letter for letter in ENGLISH * 2)
        .replace("a", "q")
        .replace("e", "z")
        .replace("u", "x"),
    ],
    ids=["TCVN3", "VNI", "private use", "one by one", "jumbled"],
)
def test_what_nobody_can_find_words_in_is_garbled(text: str) -> None:
    assert measure(text).quality is Quality.GARBLED


def test_glyphs_without_a_letter_count() -> None:
    assert measure(TEXT, unknown=5).quality is Quality.GOOD
    assert measure(TEXT, unknown=50).quality is Quality.GARBLED


def test_pictures_of_pages_are_told_from_pages_with_pictures() -> None:
    assert measure("", picture=0.98).quality is Quality.SCAN
    assert measure("Kiểm tra tại docs.example ABCD", picture=0.98).quality is Quality.SCAN, "a stamp on a scan"
    assert measure(TEXT, picture=0.98) == measure(TEXT, picture=0.98)
    assert measure(TEXT, picture=0.98).source is Source.SCANNER
    assert measure(TEXT, picture=0.3).source is Source.LAYER
    assert measure("", picture=0.1).quality is Quality.BLANK
    assert measure("", shapes=900).quality is Quality.SCAN, "letters drawn as shapes"


def test_the_worst_page_counts_but_blank_ones_do_not() -> None:
    good, scan, blank = measure(TEXT), measure("", picture=1), measure("")
    assert whole_quality([good, blank]) is Quality.GOOD
    assert whole_quality([good, scan, blank]) is Quality.SCAN
    assert whole_quality([blank]) is whole_quality([]) is Quality.BLANK


def test_a_measure_outlives_being_kept() -> None:
    for page in (measure(TEXT), measure(TEXT, confidence=88), measure(TEXT, encoding="VNI")):
        assert PageMeasure.from_json(page.as_json()) == page


@pytest.mark.parametrize("word", ["nghiêng", "quyết", "khuyến", "hòa", "hoà", "giữ", "ăn", "Đắk", "UYÊN", "quoc"])
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["QuyÕt", "®Þnh", "strength", "nghiêngg", "zebra", "ñònh"])
def test_no_syllables(word: str) -> None:
    assert not is_syllable(word)
