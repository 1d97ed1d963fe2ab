"""The text of a PDF: old fonts, decomposed letters, pictures, and where each letter stands."""

from __future__ import annotations

import io
import unicodedata

import pytest
from pypdf import PdfReader, PdfWriter

from signing._legacy_fonts import encoding_of
from signing.errors import UnreadablePdf
from signing.sandbox import Limits
from signing.texts import WHOLE, PageLetters, read_letters, read_text
from tests.signing.drafts import Sketch, draw
from tests.signing.texts import SENTENCES, in_tcvn3, in_vni, scanned, written

LIMITS = Limits(seconds=20)
PLAIN = tuple(line.replace("Ủ", "ủ") for line in SENTENCES)


def lines_of(content: bytes) -> tuple[str, ...]:
    return tuple(line.strip() for line in read_text(content, limits=LIMITS)[0].text.splitlines())


@pytest.mark.parametrize("name", [".VnTime", "ABCDEF+.VnTime,Bold", ".vnArial"])
def test_fonts_of_tcvn_5712_are_known_by_their_names(name: str) -> None:
    assert encoding_of(name) == "TCVN3"


@pytest.mark.parametrize("name", ["Times New Roman", "Vni", "Vnarial", "ABCDEF+TimesNewRomanPSMT"])
def test_other_fonts_are_taken_at_their_word(name: str) -> None:
    assert not encoding_of(name)


def test_a_page_in_an_old_font_is_read_as_what_it_shows() -> None:
    content = written(tuple(map(in_tcvn3, PLAIN)), name=".VnTime", encoding="TCVN3")
    assert lines_of(content) == PLAIN
    assert read_text(content, limits=LIMITS)[0].encodings == ("TCVN3",)


def test_a_font_that_draws_capitals_is_read_as_capitals() -> None:
    content = written((in_tcvn3("quyết định"),), name=".VnTimeH", encoding="TCVN3")
    assert lines_of(content) == ("QUYẾT ĐỊNH",)


def test_a_page_in_a_vni_font_is_read_as_what_it_shows() -> None:
    lines = (*SENTENCES, "ỦY BAN NHÂN DÂN XÃ – NGHỊ ĐỊNH, lý do, quỹ, kỳ, ưỡn, ẵm, ằm, ễ, Ỉ, Ĩ")
    content = written(tuple(map(in_vni, lines)), name="VNI-Times")
    assert lines_of(content) == lines
    assert read_text(content, limits=LIMITS)[0].encodings == ("VNI",)


def test_the_same_letters_in_another_font_stay_what_they_are() -> None:
    page = read_text(written(("Das große Übel: «cañón», œuvre, naïve",)), limits=LIMITS)[0]
    assert (page.text.strip(), page.encodings) == ("Das große Übel: «cañón», œuvre, naïve", ())


def test_marks_join_their_letters_and_ligatures_part() -> None:
    content = written((unicodedata.normalize("NFD", SENTENCES[2]), "of\ufb01ce"))
    assert lines_of(content) == (SENTENCES[2], "office")


def test_a_reference_broken_at_its_hyphen_stays_whole_and_a_broken_word_becomes_whole() -> None:
    content = written(("theo Quyết định số 138/QĐ-", "UBND về docu\u2010", "mentation", "kinh tế -", "xã hội"))
    text = read_text(content, limits=LIMITS)[0].text
    assert "138/QĐ-UBND" in text
    assert "documentation" in text
    assert "kinh tế -" in text


def test_a_page_that_is_a_picture_says_so() -> None:
    page = read_text(scanned(written(), dpi=50), limits=LIMITS)[0]
    assert not page.text.strip()
    assert page.picture > 0.9


@pytest.mark.parametrize(
    "content",
    [
        written(),
        draw(Sketch(pages=2)),
        written(tuple(map(in_vni, SENTENCES)), name="VNI-Times"),
        written((unicodedata.normalize("NFD", SENTENCES[0]), "of\ufb01ce")),
        written(("theo Quyết định số 138/QĐ-", "UBND về docu\u2010", "mentation", "và kinh tế -", "xã hội")),
    ],
    ids=["plain", "a draft", "an old font", "decomposed", "broken lines"],
)
def test_letters_with_places_are_the_very_text_that_is_kept(content: bytes) -> None:
    for index, page in enumerate(read_text(content, limits=LIMITS)):
        letters = read_letters(content, index, limits=LIMITS)
        assert letters.text == page.text
        assert len(letters.boxes) == len(letters.text)


def place(letters: PageLetters, word: str) -> tuple[int, int, int, int]:
    start = letters.text.index(word)
    boxes = [box for box in letters.boxes[start : start + len(word)] if box is not None]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def test_a_word_stands_where_it_is_drawn() -> None:
    left, top, right, bottom = place(read_letters(written(), 0, limits=LIMITS), "Quyết")
    assert left == pytest.approx(57 / 595 * WHOLE, abs=20)
    assert 57 / 595 * WHOLE < right < 100 / 595 * WHOLE
    # The line's foot is 740 points above the page's foot.
    assert top < (842 - 740) / 842 * WHOLE < bottom
    assert bottom - top < 20 / 842 * WHOLE


def turned(content: bytes, degrees: int) -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(content)))
    writer.pages[0].rotate(degrees)
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def test_on_a_turned_page_a_word_stands_where_it_is_seen() -> None:
    left, top, right, bottom = place(read_letters(written(), 0, limits=LIMITS), "Căn")
    # Clockwise: what was at the left is at the top, and what was at the top is at the right.
    seen = place(read_letters(turned(written(), 90), 0, limits=LIMITS), "Căn")
    assert seen == pytest.approx((WHOLE - bottom, left, WHOLE - top, right), abs=2)


@pytest.mark.parametrize("index", [-1, 1])
def test_there_are_no_letters_of_a_page_that_is_not_there(index: int) -> None:
    with pytest.raises(UnreadablePdf):
        read_letters(written(), index, limits=LIMITS)
