"""Ways in which a text says a period: a plan for 2025 is issued in 2024, a report on a quarter after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from search.dates import DECEMBER, Period, find_periods, year_of

_ROMAN = ("I", "II", "III", "IV")
_QUARTER = 3
_COUNTED = {6: ("6", "06", "áu"), 9: ("9", "09", "hín")}


def ways_to_say(period: Period) -> tuple[str, ...]:
    """Return pieces of text, any of which says the period; without first letters, whose case is not known."""
    start, end = period.start, period.end
    if start == end:
        return _day(period)
    if period.is_open or start.day != 1 or (end + timedelta(days=1)).day != 1:
        return ()
    if start.year == end.year:
        return _months(start.year, start.month, end.month)
    if (start.month, end.month) != (1, DECEMBER):
        return ()
    return tuple(f"{start.year}{joint}{end.year}" for joint in ("-", " - ", "–", " – ", " đến ", " đến năm "))


TOLD_WITHIN = timedelta(days=400)
"""A document that names a period is about it when it was issued no further from it than this."""

_BARE_YEAR = re.compile(r"(?<![\d/.\-])(?:19|20)\d{2}(?![\d/.\-]?\d)")


def name_of(period: Period) -> str | None:
    """Return a short name of a month, quarter, half-year or year: ``2024-04``, ``2024q2``, ``2024h1``, ``2024``."""
    start, end = period.start, period.end
    if start.year != end.year or start.day != 1 or (end + timedelta(days=1)).day != 1:
        return None
    months = end.month - start.month + 1
    part = (start.month - 1) // months + 1
    if (start.month - 1) % months:
        return None
    shapes = {1: f"{start.year}-{part:02d}", _QUARTER: f"{start.year}q{part}", 6: f"{start.year}h{part}"}
    return f"{start.year}" if months == DECEMBER else shapes.get(months)


def about(issued_on: date, abstract: str) -> frozenset[str]:
    """Return the names of the periods in which a document was issued or which its abstract names.

    It is what :func:`ways_to_say` asks, for an index that compares names: those of the two agree where a period has
    a name.
    """
    month, year = issued_on.month, issued_on.year
    names = {f"{year}", f"{year}-{month:02d}", f"{year}q{(month + 2) // 3}", f"{year}h{(month + 5) // 6}"}
    for period in _named_in(abstract):
        name = name_of(period)
        if name is not None and period.start - TOLD_WITHIN <= issued_on <= period.end + TOLD_WITHIN:
            names.add(name)
    return frozenset(names)


def _named_in(abstract: str) -> Iterator[Period]:
    for found in find_periods(abstract):
        yield found.period
        whole_year = year_of(f"{found.period.start.year:04d}")
        if whole_year is not None and found.period.end.year == found.period.start.year:
            yield whole_year
    for bare in _BARE_YEAR.finditer(abstract):
        whole_year = year_of(bare.group())
        if whole_year is not None:
            yield whole_year


def is_told(period: Period) -> bool:
    """Tell whether it is part of a year that reports name: a month, a quarter, a half-year."""
    return period.start.year == period.end.year and period.start.day == 1 and bool(ways_to_say(period)[1:])


def _months(year: int, first: int, last: int) -> tuple[str, ...]:
    count = last - first + 1
    if count == DECEMBER:
        return (f"{year}",)
    if count == 1:
        names = sorted({f"háng {first}", f"háng {first:02d}"})
        return tuple(f"{way}{joint}{year}" for way in names for joint in ("/", " năm ", "-", "."))
    ways: list[str] = []
    if count == _QUARTER and first % _QUARTER == 1:
        quarter = first // _QUARTER + 1
        numbers = (f"{quarter}", _ROMAN[quarter - 1])
        ways += [f"uý {number}{joint}{year}" for number in numbers for joint in ("/", " năm ", "-", " ")]
    counted = _COUNTED.get(count, (f"{count}", f"{count:02d}"))
    if first == 1:
        ways += [f"{number} tháng{joint}năm {year}" for number in counted for joint in (" đầu ", " ")]
    elif last == DECEMBER:
        ways += [f"{number} tháng cuối năm {year}" for number in counted]
    return tuple(ways)


def _day(period: Period) -> tuple[str, ...]:
    day = period.start
    days, months = {f"{day.day}", f"{day.day:02d}"}, {f"{day.month}", f"{day.month:02d}"}
    return tuple(
        sorted(
            {f"{one}{joint}{other}{joint}{day.year}" for one in days for other in months for joint in "/.-"}
            | {f"{one} tháng {other} năm {day.year}" for one in days for other in months}
        )
    )
