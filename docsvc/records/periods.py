"""Reporting periods by name: month, quarter, half-year, nine months, year, any dates."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from docsvc.errors import Invalid

_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """Days ``start`` to ``end``, both included, under the name the report uses."""

    name_vi: str
    name_en: str
    start: date
    end: date


def read_day(text: str) -> date:
    """A date as people type it: ``24/11/2026``; also ``2026-11-24``.

    Raises:
        Invalid: it is no date.
    """
    text = text.strip()
    if found := _DATE.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
    elif found := _ISO_DATE.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    else:
        raise _no_date(text)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _no_date(text) from error


def month(year: int, number: int) -> NamedPeriod:
    """A calendar month."""
    return _span(year, number, number, f"Tháng {number}/{year}", f"{year}-{number:02d}")


def quarter(year: int, number: int) -> NamedPeriod:
    """A quarter, 1 to 4."""
    return _span(
        year, number * 3 - 2, number * 3, f"Quý {['I', 'II', 'III', 'IV'][number - 1]}/{year}", f"Q{number} {year}"
    )


def periods_of(year: int) -> tuple[NamedPeriod, ...]:
    """Every named period of a year, longest first: the year, nine months, half-years, quarters, months."""
    return (
        _span(year, 1, 12, f"Năm {year}", f"Year {year}"),
        _span(year, 1, 9, f"9 tháng đầu năm {year}", f"First nine months {year}"),
        _span(year, 1, 6, f"6 tháng đầu năm {year}", f"First half {year}"),
        _span(year, 7, 12, f"6 tháng cuối năm {year}", f"Second half {year}"),
        *(quarter(year, number) for number in range(1, 5)),
        *(month(year, number) for number in range(1, 13)),
    )


def _span(year: int, first: int, last: int, name_vi: str, name_en: str) -> NamedPeriod:
    return NamedPeriod(name_vi, name_en, date(year, first, 1), date(year, last, monthrange(year, last)[1]))


def _no_date(text: str) -> Invalid:
    return Invalid(
        f"«{text[:20]}» không phải là ngày. Hãy ghi ngày/tháng/năm, ví dụ 05/01/2026.",
        f"«{text[:20]}» is no date. Write day/month/year, for example 05/01/2026.",
    )
