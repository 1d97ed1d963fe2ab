"""Ways in which a text says a period: a plan for 2025 is issued in 2024, a report on a quarter after it."""

from __future__ import annotations

from datetime import timedelta

from search.dates import DECEMBER, Period

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
