"""Recognising text on pictures of pages, in a process with limits."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from signing.errors import Crashed, OutOfMemory, TimedOut
from signing.ocr import PAGE_LIMITS, Recognised, Recogniser, letters_of
from signing.pages import render_page
from signing.sandbox import Limits
from signing.texts import WHOLE
from tests.services.tesseract import recogniser
from tests.signing.texts import SENTENCES, scanned, written

CUT = 0.3


def picture(turned: int = 0) -> bytes:
    return render_page(scanned(written(), turned=turned, cut=1 if turned else CUT), 0, width_px=1654, limits=Limits())


@pytest.fixture(scope="module")
def page() -> Recognised:
    return recogniser().recognise(picture(), dpi=200)


def test_vietnamese_is_read_from_a_scan_with_its_diacritics(page: Recognised) -> None:
    assert page.text.replace("\n\n", "\n").splitlines() == list(SENTENCES)
    assert page.confidence > 80


def test_every_word_has_its_place_on_the_page(page: Recognised) -> None:
    letters = letters_of(page.text, page.packed())
    assert len(letters.boxes) == len(letters.text) == len(page.text)
    left, top, right, bottom = letters.boxes[page.text.index("Quyết")] or (0, 0, 0, 0)
    assert left == pytest.approx(57 / 595 * WHOLE, abs=150)
    assert top < (842 - 740) / 842 / CUT * WHOLE < bottom + 100
    assert right - left < 300, "one letter"


def test_a_page_laid_on_the_glass_upside_down_is_read_all_the_same() -> None:
    assert SENTENCES[0] in recogniser().recognise(picture(turned=180), dpi=200).text


def test_an_empty_page_has_no_words() -> None:
    kept = io.BytesIO()
    Image.new("L", (800, 1000), 255).save(kept, "PNG")
    assert recogniser().recognise(kept.getvalue(), dpi=100) == Recognised("", 0, ())


def test_it_is_stopped_at_its_limits() -> None:
    with pytest.raises(TimedOut):
        recogniser().recognise(picture(), limits=Limits(seconds=0.2))
    with pytest.raises((OutOfMemory, Crashed)):
        recogniser().recognise(picture(), limits=Limits(memory_bytes=100 * 1024 * 1024))


@pytest.mark.parametrize("content", [b"", b"/etc/passwd\n", b"%PDF-1.7", b"\x89PNG\r\n\x1a\nrubbish"])
def test_what_is_no_picture_is_refused_and_never_taken_for_the_name_of_one(content: bytes) -> None:
    with pytest.raises(Crashed):
        recogniser().recognise(content)


def test_without_the_vietnamese_model_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recogniser()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    installed = Recogniser.installed()
    assert installed is not None
    assert "no model for Vietnamese" in installed.problem


def test_where_it_is_not_installed_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Recogniser.installed() is None


def test_it_may_write_no_file(tmp_path: Path) -> None:
    """Another program in its place, which tries."""
    file = tmp_path / "written"
    with pytest.raises(Crashed):
        Recogniser(Path("/bin/sh"))._run(("-c", f"echo x > {file}"), b"", PAGE_LIMITS)
    assert not file.exists() or file.stat().st_size == 0
