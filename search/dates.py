"""Dates and periods, as people write them in Vietnamese.

Understood, with and without diacritics: ``17/02/2014``, ``17.2.2014``, ``17-2-14``, ``2014-02-17``, ``ngày 17 tháng
2 năm 2014``, ``tháng 2/2014``, ``t2/2014``, ``quý 1/2024``, ``quý I năm 2024``, ``q1/2024``, ``6 tháng đầu năm 2024``,
``9 tháng năm 2024``, ``6 tháng cuối năm 2024``, ``năm 2014``; ``từ … đến …`` between any two, where the first may leave
out the year; ``trước``, ``sau``, ``từ``, ``đến`` one of them; and, when today is told, ``hôm nay``, ``tuần trước``,
``tháng này``, ``năm ngoái`` and the like. A date that no calendar holds (31/2) is not a date.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from search.folding import fold_with_offsets, forms, nfc, unify_dashes
from search.names import lacks_marks

FIRST_YEAR, LAST_YEAR = 1900, 2199
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
DECEMBER = 12
_FIRST_BARE_YEAR, _LAST_BARE_YEAR = 1945, 2100
"""Between these, two numbers joined by a dash are years: 2021-2025."""

_CENTURY_ENDS = 70
"""Years of two digits below this are of this century."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` to ``end``, both included; one that is open runs from FIRST_DAY or to LAST_DAY."""

    start: date
    end: date

    @property
    def is_open(self) -> bool:
        """Whether only one end was given."""
        return self.start == FIRST_DAY or self.end == LAST_DAY


@dataclass(frozen=True, slots=True)
class FoundPeriod:
    """A period and its place in ``nfc(text)``."""

    period: Period
    start: int
    end: int
    assumed: bool = False
    """Whether no year was said: the last one that has begun is meant, likely."""


_DAY = (
    r"(?:ngay\s*)?(?P<{0}d>\d{{1,2}})\s*(?P<{0}sep>[/.\-])\s*(?P<{0}m>\d{{1,2}})\s*(?P={0}sep)\s*(?P<{0}y>\d{{4}})"
    r"|ngay\s*(?P<{0}pd>\d{{1,2}})\.(?P<{0}pm>\d{{1,2}})\.(?P<{0}py>\d{{2}})"
    r"|(?:ngay\s*)?(?P<{0}sd>\d{{1,2}})(?P<{0}ssep>[/\-])(?P<{0}sm>\d{{1,2}})(?P={0}ssep)(?P<{0}sy>\d{{2}})"
)
_DAY_WORDS = (
    r"(?:ngay\s+)?(?P<{0}wd>\d{{1,2}})\s+thang\s+(?P<{0}wm>\d{{1,2}})(?:\s*,?\s*nam\s+|\s*/\s*|\s+)(?P<{0}wy>\d{{4}})"
)
_ISO = r"(?:ngay\s+)?(?P<{0}iy>\d{{4}})-(?P<{0}im>\d{{2}})-(?P<{0}id>\d{{2}})"
_MONTH = r"(?:thang\s*|th?\.?)(?P<{0}mm>\d{{1,2}})\s*(?:[/.\-]\s*|\s*,?\s*nam\s+|\s)(?P<{0}my>\d{{4}})"
_QUARTER = r"(?:qu[yi]\s*|q)(?P<{0}q>[1-4]|iv|i{{1,3}})\s*(?:[/.\-]\s*|,?\s*nam\s+|\s)(?P<{0}qy>\d{{4}})"
_MONTHS_OF_YEAR = (
    r"(?P<{0}n>sau|chin|ba|\d{{1,2}})\s+thang\s+(?:(?P<{0}side>dau|cuoi)(?:\s+nam)?|nam)\s+(?P<{0}ny>\d{{4}})"
    r"|(?:nua\s+)?(?P<{0}half>dau|cuoi)\s+nam\s+(?P<{0}hy>\d{{4}})"
)
_YEAR = r"nam\s+(?P<{0}yy>\d{{4}})"
_RELATIVE = (
    r"(?P<{0}rel>hom\s+(?:nay|qua|kia)|(?:tuan|thang|quy|nam)\s+(?:nay|truoc|roi|qua|ngoai)"
    r"|(?P<{0}ago>\d{{1,3}})\s+(?P<{0}agounit>ngay|tuan|thang|nam)\s+(?:gan\s+day|gan\s+nhat|qua|vua\s+qua|tro\s+lai)(?:\s+day)?)"
)
# Without a year the last one that has begun is meant: quý 3, tháng 2 năm ngoái, 6 tháng đầu năm.
_YEARLESS = (
    r"(?:thang\s*(?P<{0}um>\d{{1,2}})|qu[yi]\s*(?P<{0}uq>[1-4]|iv|i{{1,3}})|ngay\s*(?P<{0}ud>\d{{1,2}})"
    r"(?:\s*[/.\-]\s*|\s+thang\s+)(?P<{0}udm>\d{{1,2}})|(?P<{0}un>sau|chin|ba|\d{{1,2}})\s+thang\s+(?P<{0}uside>dau|cuoi))"
    r"(?:\s+nam(?:\s+(?P<{0}uy>nay|ngoai|truoc|roi|qua))?(?!\s*\d))?"
)
_WHOLE = f"(?:{_ISO}|{_DAY}|{_DAY_WORDS}|{_MONTH}|{_QUARTER}|{_MONTHS_OF_YEAR}|{_YEAR}|{_RELATIVE})"
_ONE = f"(?:{_WHOLE}|{_YEARLESS})"

# The first end of a range may lean on the year of the second: từ 1/3 đến 15/4/2024, từ tháng 1 đến tháng 3/2024.
_SHORT = (
    r"(?:(?:ngay\s+)?(?P<sd>\d{1,2})\s*(?:[/.\-]|\s+thang\s+)\s*(?P<sm>\d{1,2})"
    r"|(?:thang\s*|t)(?P<smm>\d{1,2})|(?:qu[yi]\s*|q)(?P<sq>[1-4]|iv|i{1,3})|(?P<sy>\d{4}))"
)
_LATE_YEAR = r"(?P<ly>\d{4})"
_NO_WORD_BEFORE, _NO_WORD_AFTER = r"(?<![\w/])(?<![\w][.\-])", r"(?![\w/])(?![.\-]\w)"
_RANGE = re.compile(
    f"{_NO_WORD_BEFORE}(?:(?P<from>tu)\\s+)?(?:{_WHOLE.format('a')}|{_SHORT})(?![\\w/])"
    f"\\s*(?P<to>(?:den|toi)(?:\\s+het)?(?=\\s)|-)\\s*(?:{_WHOLE.format('b')}|{_LATE_YEAR}){_NO_WORD_AFTER}"
)
_OPEN = re.compile(
    f"{_NO_WORD_BEFORE}(?P<side>truoc|sau|tu\\s+sau|tu|ke\\s+tu|den\\s+het|den|toi)\\s+"
    f"(?:{_ONE.format('a')}|{_LATE_YEAR}){_NO_WORD_AFTER}(?:\\s+(?:den\\s+nay|tro\\s+(?:di|ve\\s+sau|lai\\s+day))(?!\\w))?"
)
_SINGLE = re.compile(f"{_NO_WORD_BEFORE}{_ONE.format('a')}{_NO_WORD_AFTER}")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_COUNTS = {"ba": 3, "sau": 6, "chin": 9}
_Groups = dict[str, str | None]

_MEANT = {
    "ngay": "ngày",
    "thang": "tháng",
    "nam": "năm",
    "tuan": "tuần",
    "tu": "từ",
    "den": "đến",
    "toi": "tới",
    "truoc": "trước",
    "dau": "đầu",
    "cuoi": "cuối",
    "nua": "nửa",
    "hom": "hôm",
    "ngoai": "ngoái",
    "het": "hết",
    "gan": "gần",
    "nhat": "nhất",
    "vua": "vừa",
    "tro": "trở",
    "di": "đi",
    "ve": "về",
    "roi": "rồi",
    "chin": "chín",
    "lai": "lại",
    "day": "đây",
    "ke": "kể",
    "quy": "quý",
    "qui": "quí",
}
_WORD = re.compile(r"[^\W\d_]+")
# Without its marks "tu" may end "thông tư 2020", "nam" may end "Việt Nam 2014".
_NOT_BEFORE = {
    "tu": frozenset(("thong", "dau", "vat", "chu", "cu", "gia", "luat")),
    "nam": frozenset(("viet", "quang", "ha", "mien", "phia", "dong", "tay", "hai", "vinh")),
}


def _is_meant(text: str, start: int, end: int) -> bool:
    """Tell whether the words of a period that was read without marks are spelled like it: ``quỹ 1`` is no ``quý 1``."""
    before = _WORD.findall(text, 0, start)[-1:]
    for word in _WORD.finditer(text, start, end):
        exact, folded = forms(word.group())
        meant = _MEANT.get(folded)
        if meant is not None and (not lacks_marks(exact, meant) or exact == "tư"):
            return False
        if word.start() == start and exact == folded and forms("".join(before))[1] in _NOT_BEFORE.get(folded, ()):
            return False
    return True


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


def year_of(text: str) -> Period | None:
    """Return the year that four digits name, if they name one."""
    return _span(int(text), 1, DECEMBER) if len(text) == 4 and text.isascii() and text.isdigit() else None  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class _Day:
    """A day that was said; no calendar may hold it."""

    period: Period | None


def _day_said(groups: _Groups, end: str) -> _Day | None:
    for prefix in ("", "w", "i", "s", "p"):
        day, month, year = (groups.get(f"{end}{prefix}{unit}") for unit in "dmy")
        if day and month and year:
            full = int(year) + (0 if len(year) > 2 else 2000 if int(year) < _CENTURY_ENDS else 1900)  # noqa: PLR2004
            return _Day(_day(full, int(month), int(day)))
    return None


def _one(groups: _Groups, end: str, today: date | None) -> Period | None:
    def got(name: str) -> str | None:
        return groups.get(end + name)

    day = _day_said(groups, end)
    if day is not None:
        return day.period
    if (month := got("mm")) and (year := got("my")):
        return _span(int(year), int(month), int(month))
    if (quarter := got("q")) and (year := got("qy")):
        return _quarter(int(year), quarter)
    if (count := got("n")) and (year := got("ny")):
        months = _COUNTS.get(count) or int(count)
        return _span(int(year), 13 - months, DECEMBER) if got("side") == "cuoi" else _span(int(year), 1, months)
    if (half := got("half")) and (year := got("hy")):
        return _span(int(year), 1, 6) if half == "dau" else _span(int(year), 7, DECEMBER)
    if year := got("yy"):
        return _span(int(year), 1, DECEMBER)
    return None if today is None else _from(groups, end, today)


def _from(groups: _Groups, end: str, today: date) -> Period | None:
    def got(name: str) -> str | None:
        return groups.get(end + name)

    if told := got("rel"):
        return _relative(told, got("ago"), got("agounit"), today)
    return _yearless({name: got(name) for name in ("um", "uq", "ud", "udm", "un", "uside", "uy")}, today)


def _yearless(told: _Groups, today: date) -> Period | None:
    said = told["uy"]
    for year in (today.year, today.year - 1) if said is None else (today.year - (said != "nay"),):
        found: Period | None = None
        if month := told["um"]:
            found = _span(year, int(month), int(month))
        elif quarter := told["uq"]:
            found = _quarter(year, quarter)
        elif (day := told["ud"]) and (month := told["udm"]):
            found = _day(year, int(month), int(day))
        elif count := told["un"]:
            months = _COUNTS.get(count) or int(count)
            found = _span(year, 13 - months, DECEMBER) if told["uside"] == "cuoi" else _span(year, 1, months)
        if found is not None and (said is not None or found.start <= today):
            return found
    return None


def _relative(told: str, ago: str | None, unit: str | None, today: date) -> Period | None:
    if ago and unit:
        days = {"ngay": 1, "tuan": 7, "thang": 30, "nam": 365}[unit] * int(ago)
        return Period(max(today - timedelta(days=days), FIRST_DAY), today) if days < 100 * 365 else None
    unit, which = told.split()
    back = 0 if which == "nay" else 1
    if unit == "hom":
        day = today - timedelta(days={"nay": 0, "qua": 1, "kia": 2}[which])
        return Period(day, day)
    if unit == "tuan":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return Period(monday, monday + timedelta(days=6))
    if unit == "thang":
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        return _span(year, month + 1, month + 1)
    if unit == "quy":
        year, quarter = divmod(today.year * 4 + (today.month - 1) // 3 - back, 4)
        return _span(year, 3 * quarter + 1, 3 * quarter + 3)
    return _span(today.year - back, 1, DECEMBER)


def _short(groups: _Groups, late: Period) -> Period | None:
    """Read the first end of a range with the year of the second, or the year before when it would lie after it."""
    if year := groups.get("sy"):
        return _span(int(year), 1, DECEMBER)
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


def _range(found: re.Match[str], today: date | None) -> Period | None:
    groups: _Groups = found.groupdict()
    # Without "từ", a dash or "đến" joins only two whole dates: 2-3/4/2014 is no range of days.
    leaning = any(groups.get(name) for name in ("sd", "smm", "sq", "sy"))
    years = bool(groups.get("sy") and groups.get("ly"))
    if years and not _FIRST_BARE_YEAR <= int(groups["sy"] or 0) < int(groups["ly"] or 0) <= _LAST_BARE_YEAR:
        return None
    if leaning and not groups["from"] and not years:
        return None
    if late_year := groups.get("ly"):
        # A bare year closes a range only when a year opened it.
        opened = groups.get("ayy") or years
        late = _span(int(late_year), 1, DECEMBER) if opened else None
    else:
        late = _one(groups, "b", today)
    if late is None:
        return None
    early = _short(groups, late) if leaning else _one(groups, "a", today)
    if early is None:
        return None
    if early.start > late.end:
        early, late = late, early
    return Period(early.start, max(early.end, late.end))


def _alone(found: re.Match[str], today: date | None) -> Period | None:
    return _one(found.groupdict(), "a", today)


def _opened(found: re.Match[str], today: date | None) -> Period | None:
    """Read ``trước 2020``, ``sau ngày 1/7/2025``, ``từ 2020``, ``đến hết 31/12/2024``."""
    groups: _Groups = found.groupdict()
    year = groups.get("ly")
    one = year_of(year) if year else _one(groups, "a", today)
    if one is None:
        return None
    side = (groups["side"] or "").split()
    if side[0] == "truoc":
        return Period(FIRST_DAY, one.start - timedelta(days=1)) if one.start > FIRST_DAY else None
    if "sau" in side:
        return Period(one.end + timedelta(days=1), LAST_DAY) if one.end < LAST_DAY else None
    return Period(one.start, LAST_DAY) if "tu" in side else Period(FIRST_DAY, one.end)


def find_periods(text: str, today: date | None = None) -> tuple[FoundPeriod, ...]:
    """Return the dates and periods in ``text``, in order; places count in ``nfc(text)``.

    Without ``today`` what counts from it (``tháng trước``) is not understood.
    """
    composed = nfc(text)
    folded, places = fold_with_offsets(composed)
    folded = unify_dashes(folded)
    readers = (
        (_RANGE, _range),
        (_OPEN, _opened),
        # An impossible date is passed over whole: "ngày 31 tháng 2 năm 2014" holds no February either.
        (_SINGLE, _alone),
    )
    nexts = [pattern.search(folded) for pattern, _ in readers]
    found: list[FoundPeriod] = []
    while any(nexts):
        first = min(match.start() for match in nexts if match)
        end = first + 1
        for match, (_, read) in zip(nexts, readers, strict=True):
            if match is None or match.start() != first:
                continue
            period = read(match, today)
            if period is not None and not _is_meant(composed, places[match.start()], places[match.end() - 1] + 1):
                period = None
            if period is not None:
                groups = match.groupdict()
                assumed = any(groups.get(name) for name in ("aum", "auq", "aud", "aun")) and not groups.get("auy")
                found.append(FoundPeriod(period, places[match.start()], places[match.end() - 1] + 1, assumed))
            if period is not None or read is readers[-1][1]:
                end = match.end()
                break
        nexts = [
            pattern.search(folded, end) if match is not None and match.start() < end else match
            for match, (pattern, _) in zip(nexts, readers, strict=True)
        ]
    return tuple(found)
