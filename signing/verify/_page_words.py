"""Which words on changed pages are others than those that were signed.

pdfium reads them, in a sandbox process of its own: whatever it makes of the pages, the verdict stands already.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from signing._pdfium import opened_pdf
from signing.errors import SigningError
from signing.sandbox import Limits, run
from signing.verify._change_words import change
from signing.verify._report import Change, SignatureReport, TimestampReport
from signing.verify._same import shortened

_TOLD = frozenset({"page-content-changed", "page-replaced", "page-added", "page-removed"})
"""Changes that words may have come or gone with."""
_MOST_PAGES = 40
_MOST_SECONDS = 5.0
_MOST_LETTERS = 200_000
"""Of one page."""
_AROUND = 3
"""Words shown on each side of those that changed."""
_EXCERPT = 160

Numbers = tuple[int | None, int | None]
Report = TypeVar("Report", SignatureReport, TimestampReport)
Words = dict[tuple[int, Numbers], tuple[str, str]]
"""By the end of the revision and the numbers of the page: its words then and now."""


def with_words(
    content: bytes,
    signatures: tuple[SignatureReport, ...],
    timestamps: tuple[TimestampReport, ...],
    *,
    limits: Limits,
    started: float,
) -> tuple[tuple[SignatureReport, ...], tuple[TimestampReport, ...]]:
    """The reports with the words on changed pages, where they can be read in what is left of the time."""
    reports: tuple[SignatureReport | TimestampReport, ...] = (*signatures, *timestamps)
    wanted = [
        (report.covered_bytes[1], (one.page_then, one.page))
        for report in reports
        for one in report.changes
        if one.code in _TOLD
    ][:_MOST_PAGES]
    seconds = min(limits.seconds - (time.monotonic() - started), _MOST_SECONDS)
    if not wanted or seconds <= 0:
        return signatures, timestamps
    try:
        words = run(words_on, content, tuple(dict.fromkeys(wanted)), limits=replace(limits, seconds=seconds))
    except SigningError:
        return signatures, timestamps
    return _told(signatures, words), _told(timestamps, words)


def words_on(content: bytes, wanted: tuple[tuple[int, Numbers], ...]) -> Words:
    """The words of pages then and now. Runs in the sandbox."""
    now = _texts(content, {numbers[1] for _, numbers in wanted})
    then = {end: _texts(content[:end], {n[0] for other, n in wanted if other == end}) for end in {e for e, _ in wanted}}
    return {
        (end, numbers): (then[end].get(numbers[0], ""), now.get(numbers[1], ""))
        for end, numbers in wanted
        if (numbers[0] is None or numbers[0] in then[end]) and (numbers[1] is None or numbers[1] in now)
    }


def _texts(content: bytes, numbers: set[int | None]) -> dict[int | None, str]:
    found: dict[int | None, str] = {}
    with opened_pdf(content) as document:
        for number in numbers:
            if number is not None and 0 < number <= len(document):
                page = document[number - 1]
                text = page.get_textpage().get_text_range()[:_MOST_LETTERS]
                found[number] = unicodedata.normalize("NFC", text)
                page.close()
    return found


def _told(reports: Sequence[Report], words: Words) -> tuple[Report, ...]:
    return tuple(
        replace(report, changes=tuple(_worded(one, report.covered_bytes[1], words) for one in report.changes))
        if any(one.code in _TOLD for one in report.changes)
        else report
        for report in reports
    )


def _worded(one: Change, end: int, words: Words) -> Change:
    numbers = one.page_then, one.page
    if one.code not in _TOLD or (end, numbers) not in words:
        return one
    then, now = words[end, numbers]
    if one.code != "page-content-changed":
        before, after = shortened(then, _EXCERPT), shortened(now, _EXCERPT)
        return change(one.code, allowed=one.allowed, page=one.page, page_then=one.page_then, before=before, after=after)
    if then.split() == now.split():
        return one
    code, before, after = _difference(then.split(), now.split())
    return change(code, allowed=one.allowed, page=one.page, page_then=one.page_then, before=before, after=after)


def _difference(then: list[str], now: list[str]) -> tuple[str, str, str]:
    """Where the words begin and stop to differ, with some words around."""
    start = 0
    while start < min(len(then), len(now)) and then[start] == now[start]:
        start += 1
    rest = 0
    while rest < min(len(then), len(now)) - start and then[-1 - rest] == now[-1 - rest]:
        rest += 1
    before, after = then[start : len(then) - rest], now[start : len(now) - rest]
    if not before:
        return "page-text-added", "", shortened(" ".join(after), _EXCERPT)
    if not after:
        return "page-text-removed", shortened(" ".join(before), _EXCERPT), ""
    lead = then[max(start - _AROUND, 0) : start]
    tail = then[len(then) - rest : len(then) - rest + _AROUND]
    was, here = (shortened(" ".join([*lead, *middle, *tail]), _EXCERPT) for middle in (before, after))
    return "page-text-changed", was, here
