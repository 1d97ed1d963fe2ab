"""Choosing the days of a report: a named period, or any two dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from docsvc.errors import Invalid
from docsvc.records.periods import NamedPeriod, periods_of
from docsvc.web.document_form import read_date
from docsvc.web.i18n import pick

YEARS_BACK = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """Days of a report, both included."""

    start: date
    end: date
    name: str
    """What the period is called; empty for any dates."""
    key: str
    """Value of the named period in the list; empty for any dates."""


def chosen_period(values: MultiDict[str, str], today: date) -> Chosen:
    """The period asked for; this year where nothing was.

    Raises:
        Invalid: a date cannot be read, or the end lies before the start.
    """
    key = values.get("period", "")
    named = {period_key(period): period for year in _years(today) for period in periods_of(year)}
    typed = [values.get(name, "").strip() for name in ("from", "to")]
    if key in named:
        return _named(named[key])
    if not any(typed):
        return _named(periods_of(today.year)[0])
    if not all(typed):
        raise Invalid("Hãy ghi cả ngày đầu và ngày cuối.", "Give both the first and the last day.")
    start, end = (read_date(text) for text in typed)
    if end < start:
        raise Invalid("Ngày cuối phải bằng hoặc sau ngày đầu.", "The last day may not lie before the first.")
    same = next((period for period in named.values() if (period.start, period.end) == (start, end)), None)
    return _named(same) if same else Chosen(start, end, "", "")


def period_groups(today: date) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The named periods by year, for a list to choose from."""
    return tuple(
        (
            str(year),
            tuple((period_key(period), pick(period.name_vi, period.name_en)) for period in periods_of(year)),
        )
        for year in _years(today)
    )


def period_key(period: NamedPeriod) -> str:
    """Stable value of a named period."""
    return f"{period.start.isoformat()}--{period.end.isoformat()}"


def _named(period: NamedPeriod) -> Chosen:
    return Chosen(period.start, period.end, pick(period.name_vi, period.name_en), period_key(period))


def _years(today: date) -> range:
    return range(today.year, today.year - YEARS_BACK - 1, -1)
