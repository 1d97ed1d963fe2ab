"""Dates and periods, as people write them in Vietnamese.

Understood, with and without diacritics: ``17/02/2014``, ``17.2.2014``, ``17-2-2014``, ``2014-02-17``, ``ngày 17
tháng 2 năm 2014``, ``tháng 2/2014``, ``tháng 2 năm 2014``, ``quý 1/2024``, ``quý I năm 2024``, ``6 tháng đầu năm
2024``, ``9 tháng đầu năm 2024``, ``6 tháng cuối năm 2024``, ``năm 2014``, and ``từ … đến …`` between any two, where
the first may leave out the year. A date that no calendar holds (31/2) is not a date.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from search.folding import fold_with_offsets, unify_dashes

FIRST_YEAR, LAST_YEAR = 1900, 2199
DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` to ``end``, both included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class FoundPeriod:
    """A period and its place in ``nfc(text)``."""

    period: Period
    start: int
    end: int


_DAY = r"(?:ngay\s+)?(?P<{0}d>\d{{1,2}})\s*(?P<{0}sep>[/.\-])\s*(?P<{0}m>\d{{1,2}})\s*(?P={0}sep)\s*(?P<{0}y>\d{{4}})"
_DAY_WORDS = (
    r"(?:ngay\s+)?(?P<{0}wd>\d{{1,2}})\s+thang\s+(?P<{0}wm>\d{{1,2}})(?:\s*,?\s*nam\s+|\s*/\s*)(?P<{0}wy>\d{{4}})"
)
_ISO = r"(?:ngay\s+)?(?P<{0}iy>\d{{4}})-(?P<{0}im>\d{{2}})-(?P<{0}id>\d{{2}})"
_MONTH = r"thang\s*(?P<{0}mm>\d{{1,2}})\s*(?:[/.\-]\s*|\s*,?\s*nam\s+|\s)(?P<{0}my>\d{{4}})"
_QUARTER = r"quy\s*(?P<{0}q>[1-4]|iv|i{{1,3}})\s*(?:[/.\-]\s*|,?\s*nam\s+|\s)(?P<{0}qy>\d{{4}})"
_MONTHS_OF_YEAR = r"(?P<{0}n>[69]|sau|chin)\s+thang\s+(?P<{0}side>dau|cuoi)(?:\s+nam)?\s+(?P<{0}ny>\d{{4}})"
_YEAR = r"nam\s+(?P<{0}yy>\d{{4}})"
_ONE = f"(?:{_ISO}|{_DAY}|{_DAY_WORDS}|{_MONTH}|{_QUARTER}|{_MONTHS_OF_YEAR}|{_YEAR})"

# The first end of a range may lean on the year of the second: từ 1/3 đến 15/4/2024, từ tháng 1 đến tháng 3/2024.
_SHORT = (
    r"(?:(?:ngay\s+)?(?P<sd>\d{1,2})\s*(?:[/.\-]|\s+thang\s+)\s*(?P<sm>\d{1,2})"
    r"|thang\s*(?P<smm>\d{1,2})|quy\s*(?P<sq>[1-4]|iv|i{1,3})|(?P<sy>\d{4}))"
)
_LATE_YEAR = r"(?P<ly>\d{4})"
_NO_WORD_BEFORE, _NO_WORD_AFTER = r"(?<![\w/])(?<![\w][.\-])", r"(?![\w/])(?![.\-]\w)"
_RANGE = re.compile(
    f"{_NO_WORD_BEFORE}(?:(?P<from>tu)\\s+)?(?:{_ONE.format('a')}|{_SHORT})(?![\\w/])"
    f"\\s*(?P<to>den(?:\\s+het)?(?=\\s)|-)\\s*(?:{_ONE.format('b')}|{_LATE_YEAR}){_NO_WORD_AFTER}"
)
_SINGLE = re.compile(f"{_NO_WORD_BEFORE}{_ONE.format('a')}{_NO_WORD_AFTER}")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_Groups = dict[str, str | None]


def _span(year: int, first_month: int, last_month: int) -> Period | None:
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= first_month <= last_month <= DECEMBER:
        return None
    return Period(date(year, first_month, 1), date(year, last_month, monthrange(year, last_month)[1]))


def _day(year: int, month: int, day: int) -> Period | None:
    month_span = _span(year, month, month)
    if month_span is None or not 1 <= day <= month_span.end.day:
        return None
    only = date(year, month, day)
    return Period(only, only)


def _quarter(year: int, text: str) -> Period | None:
    number = _ROMAN.get(text) or int(text)
    return _span(year, 3 * number - 2, 3 * number)


def _one(groups: _Groups, end: str) -> Period | None:
    def got(name: str) -> str | None:
        return groups.get(end + name)

    for prefix in ("", "w", "i"):
        day, month, year = got(prefix + "d"), got(prefix + "m"), got(prefix + "y")
        if day and month and year:
            return _day(int(year), int(month), int(day))
    if (month := got("mm")) and (year := got("my")):
        return _span(int(year), int(month), int(month))
    if (quarter := got("q")) and (year := got("qy")):
        return _quarter(int(year), quarter)
    if (count := got("n")) and (year := got("ny")):
        months = 9 if count in ("9", "chin") else 6
        return _span(int(year), 1, months) if got("side") == "dau" else _span(int(year), 13 - months, 12)
    if year := got("yy"):
        return _span(int(year), 1, 12)
    return None


def _short(groups: _Groups, late: Period) -> Period | None:
    """Read the first end of a range with the year of the second, or the year before when it would lie after it."""
    if year := groups.get("sy"):
        return _span(int(year), 1, 12)
    for candidate in (late.end.year, late.end.year - 1):
        found: Period | None = None
        if (day := groups.get("sd")) and (month := groups.get("sm")):
            found = _day(candidate, int(month), int(day))
        elif month := groups.get("smm"):
            found = _span(candidate, int(month), int(month))
        elif quarter := groups.get("sq"):
            found = _quarter(candidate, quarter)
        if found is not None and found.start <= late.end:
            return found
    return None


def _range(found: re.Match[str]) -> Period | None:
    groups: _Groups = found.groupdict()
    # Without "từ", a dash or "đến" joins only two whole dates: 2-3/4/2014 is no range of days.
    leaning = any(groups.get(name) for name in ("sd", "smm", "sq", "sy"))
    if leaning and not groups["from"]:
        return None
    if late_year := groups.get("ly"):
        # A bare year closes a range only when a year opened it.
        opened = groups.get("ayy") or (groups["from"] and groups.get("sy"))
        late = _span(int(late_year), 1, 12) if opened else None
    else:
        late = _one(groups, "b")
    if late is None:
        return None
    early = _short(groups, late) if leaning else _one(groups, "a")
    if early is None:
        return None
    if early.start > late.end:
        early, late = late, early
    return Period(early.start, max(early.end, late.end))


def find_periods(text: str) -> tuple[FoundPeriod, ...]:
    """Return the dates and periods in ``text``, in order; places count in ``nfc(text)``."""
    folded, places = fold_with_offsets(text)
    folded = unify_dashes(folded)
    found: list[FoundPeriod] = []
    single, spread = _SINGLE.search(folded), _RANGE.search(folded)
    while single is not None or spread is not None:
        best, period = single, None
        if spread is not None and (single is None or spread.start() <= single.start()):
            period = _range(spread)
            if period is not None or single is None or spread.end() <= single.start():
                best = spread
        if best is None:
            break
        if period is None and best is single:
            # An impossible date is passed over whole: "ngày 31 tháng 2 năm 2014" holds no February either.
            period = _one(best.groupdict(), "a")
        if period is not None:
            found.append(FoundPeriod(period, places[best.start()], places[best.end() - 1] + 1))
        if single is not None and single.start() < best.end():
            single = _SINGLE.search(folded, best.end())
        if spread is not None and spread.start() < best.end():
            spread = _RANGE.search(folded, best.end())
    return tuple(found)
