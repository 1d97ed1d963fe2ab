"""Recognising the text on pictures of pages, with tesseract and its Vietnamese model, where they are installed.

The file itself never reaches tesseract: a page is drawn by :mod:`signing.pages` in the sandbox, and only that picture
is handed over, to a process with limits of time, memory and files of its own (docs/decisions/026).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from signing.errors import Crashed, OutOfMemory, TimedOut
from signing.sandbox import Limits
from signing.texts import WHOLE, Box, PageLetters

PROGRAM, LANGUAGE = "tesseract", "vie"
PAGE_LIMITS = Limits(seconds=90, memory_bytes=1536 * 1024 * 1024)
"""For one page."""
DOTS_PER_INCH = 300
"""What tesseract's models were trained for."""

_PNG = b"\x89PNG\r\n\x1a\n"
_START = Path(__file__).with_name("_ocr_start.py")
_ASK_SECONDS = 20.0
_MOST_WORDS = 20_000
_WORD_LEVEL, _COLUMNS = "5", 12
_KEPT_ENVIRONMENT = ("TESSDATA_PREFIX", "PATH")


@dataclass(frozen=True, slots=True)
class Word:
    """One word that was recognised."""

    text: str
    box: Box
    confidence: float
    """0 to 100."""
    line: tuple[int, int, int]
    """Block, paragraph and line that it stands in."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised on one page."""

    text: str
    """NFC; lines as on the page."""
    confidence: int
    """Mean of the words by their length, 0 to 100."""
    places: tuple[tuple[int, int, Box], ...]
    """Of each word: where it starts and ends in the text, and where it stands on the page."""

    def packed(self) -> bytes:
        """The places, small enough to be kept."""
        return zlib.compress(json.dumps([[start, end, *box] for start, end, box in self.places]).encode(), 9)


def letters_of(text: str, packed: bytes) -> PageLetters:
    """The text with a box for each letter; in a word all are taken to be of one width."""
    boxes: list[Box | None] = [None] * len(text)
    for start, end, left, top, right, bottom in json.loads(zlib.decompress(packed)):
        wide = (right - left) / max(end - start, 1)
        for place in range(start, min(end, len(text))):
            boxes[place] = (
                round(left + wide * (place - start)),
                top,
                round(left + wide * (place - start + 1)),
                bottom,
            )
    return PageLetters(text, tuple(boxes))


@dataclass(frozen=True)
class Recogniser:
    """tesseract, as it is installed here; nothing is started before it is asked for."""

    program: Path

    @classmethod
    def installed(cls) -> Recogniser | None:
        """The one on the path; ``None`` where there is none."""
        found = shutil.which(PROGRAM)
        return cls(Path(found)) if found else None

    @cached_property
    def name(self) -> str:
        """Program and version, as kept with each text."""
        said = self._asked("--version").split()
        return f"{PROGRAM}-{said[1]}"[:30] if len(said) > 1 else PROGRAM

    @cached_property
    def problem(self) -> str:
        """Why it cannot be used; empty if it can."""
        if LANGUAGE in self._asked("--list-langs").split():
            return ""
        return f"{self.program} has no model for Vietnamese: install {PROGRAM}-ocr-{LANGUAGE}"

    def recognise(self, picture: bytes, *, dpi: int = DOTS_PER_INCH, limits: Limits = PAGE_LIMITS) -> Recognised:
        """Read the picture of a page.

        Raises:
            TimedOut, OutOfMemory, Crashed: within its limits nothing came of it.
        """
        if not picture.startswith(_PNG):  # tesseract would take anything else for the names of files
            raise Crashed("no picture")
        has_turns = "osd" in self._asked("--list-langs").split()
        answer = self._run(
            ("stdin", "stdout", "-l", LANGUAGE, "--dpi", str(dpi), "--psm", "1" if has_turns else "3", "tsv"),
            picture,
            limits,
        )
        return _recognised(answer.decode("utf-8", "replace"))

    def _asked(self, option: str) -> str:
        known: dict[str, str] = self.__dict__.setdefault("_answers", {})
        if option not in known:
            try:
                known[option] = self._run((option,), b"", Limits(seconds=_ASK_SECONDS)).decode("utf-8", "replace")
            except (TimedOut, OutOfMemory, Crashed):
                return ""
        return known[option]

    def _run(self, words: tuple[str, ...], sent: bytes, limits: Limits) -> bytes:
        environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        command = [
            sys.executable,
            "-I",
            "-S",
            str(_START),
            str(int(limits.seconds) + 1),
            str(limits.memory_bytes),
            str(self.program),
            *words,
        ]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env={**environment, "OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"},
        ) as started:
            try:
                answer, complaint = started.communicate(sent, timeout=limits.seconds)
            except subprocess.TimeoutExpired as error:
                started.kill()
                started.communicate()
                raise TimedOut(f"more than {limits.seconds:g} s") from error
        if started.returncode == 0:
            return answer
        said = complaint.decode("utf-8", "replace").strip()[-300:]
        if "alloc" in said.lower():
            raise OutOfMemory(said)
        raise Crashed(f"{PROGRAM} ended with {started.returncode}: {said}")


def _recognised(table: str) -> Recognised:
    text, places, line = "", [], None
    weight = total = 0.0
    for word in _words(table):
        if line is not None:
            # A new paragraph is parted by an empty line.
            text += " " if word.line == line else "\n" if word.line[:2] == line[:2] else "\n\n"
        line = word.line
        places.append((len(text), len(text) + len(word.text), word.box))
        text += word.text
        weight += len(word.text)
        total += len(word.text) * word.confidence
    return Recognised(text, round(total / weight) if weight else 0, tuple(places))


def _words(table: str) -> Iterator[Word]:
    """The words of tesseract's table (TSV), whose first line of level 1 names the size of the page."""
    width = height = 0
    count = 0
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) != _COLUMNS:
            continue
        level, _, block, paragraph, line, _, left, top, wide, high, confidence, text = cells
        if level == "1":
            width, height = int(wide), int(high)
        text = unicodedata.normalize("NFC", text.strip().replace("\f", " "))
        if level != _WORD_LEVEL or not text or width <= 0 or height <= 0:
            continue
        count += 1
        if count > _MOST_WORDS:
            return
        x, y = int(left), int(top)
        box = (
            _share(x, width),
            _share(y, height),
            _share(x + int(wide), width),
            _share(y + int(high), height),
        )
        yield Word(text, box, min(max(float(confidence), 0.0), 100.0), (int(block), int(paragraph), int(line)))


def _share(place: int, whole: int) -> int:
    return min(max(round(place * WHOLE / whole), 0), WHOLE)
