"""Registers: series of numbers, and taking the next one (NĐ 30, art. 15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.document_types import document_types, drafted_types, is_copy
from docsvc import audit
from docsvc.accounts import SYSTEM, Actor, Role
from docsvc.db.people import Unit
from docsvc.db.records import Document, Number, Series
from docsvc.errors import Forbidden, Invalid
from docsvc.records.errors import DateOutOfOrder, NoRegister, NumberMovedOn, SeriesClosed

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_COPY_TYPES = " ".join(key for key, kind in document_types().items() if kind.copy)
COMMON = "chung"
COPIES = "sao"
"""One series for the three forms of copies together (NĐ 30, appendix I, part II, II.1.c)."""
SECRET = "mat"  # noqa: S105 - the secret documents' series, not a secret


def open_series(
    session: Session,
    unit: Unit,
    year: int,
    *,
    code: str = COMMON,
    type_keys: str = "",
    secret: bool = False,
    by: Actor = SYSTEM,
) -> Series:
    """Open a register of a unit for a year, starting from 01; opening it again gives the same one.

    Raises:
        NoRegister: the unit issues no documents of its own.
    """
    if not unit.issues:
        raise NoRegister
    # Queue on the unit's row: two clerks on the morning of 1 January must not open the same register twice.
    session.execute(select(Unit.id).where(Unit.id == unit.id).with_for_update(key_share=True))
    found = session.scalar(select(Series).where(Series.unit_id == unit.id, Series.year == year, Series.code == code))
    if found is not None:
        return found
    series = Series(
        unit_id=unit.id, year=year, code=code, type_keys=type_keys, secret=secret, last_number=0, last_on=None
    )
    session.add(series)
    session.flush()
    audit.append(
        session,
        actor=by.username,
        act="register-opened",
        object_kind="series",
        object_id=series.id,
        unit=unit.id,
        year=year,
        code=code,
    )
    return series


def series_for(session: Session, unit: Unit, type_key: str, year: int, *, secret: bool = False) -> Series:
    """The register that numbers this type of document, opened as in the last year with any if the year is new.

    Raises:
        NoRegister: the unit issues no documents of its own.
        SeriesClosed: the unit has no register for that year but has one for a later year: time does not go back.
    """
    candidates = _series_of(session, unit, year)
    if not candidates:
        _open_year(session, unit, year)
        candidates = _series_of(session, unit, year)
    if secret:
        chosen = [series for series in candidates if series.secret]
        return chosen[0] if chosen else open_series(session, unit, year, code=SECRET, secret=True)
    open_ones = [series for series in candidates if not series.secret]
    own = [series for series in open_ones if type_key in series.type_keys.split()]
    common = [series for series in open_ones if not series.type_keys]
    if not own and is_copy(type_key):
        return open_series(session, unit, year, code=COPIES, type_keys=_COPY_TYPES)
    return (own or common or [open_series(session, unit, year)])[0]


def _open_year(session: Session, unit: Unit, year: int) -> None:
    latest = session.scalar(select(func.max(Series.year)).where(Series.unit_id == unit.id))
    if latest is not None and latest > year:
        raise SeriesClosed
    before = _series_of(session, unit, latest) if latest is not None else []
    for old in before:
        open_series(session, unit, year, code=old.code, type_keys=old.type_keys, secret=old.secret)
    if not any(not old.secret and not old.type_keys for old in before):
        open_series(session, unit, year)


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What the register would give next: a forecast, for another clerk may be faster."""

    number: int
    last_on: date | None
    """Date of the last number given; the next may not lie before it. ``None``: none was given yet."""


def upcoming(session: Session, unit: Unit, type_key: str, year: int, *, secret: bool = False) -> Upcoming:
    """The number that :func:`allocate` would give now; nothing is opened or taken."""
    candidates = [series for series in _series_of(session, unit, year) if series.secret == secret]
    own = [series for series in candidates if type_key in series.type_keys.split()]
    common = [series for series in candidates if secret or not (series.type_keys or is_copy(type_key))]
    for series in (*own, *common):
        return Upcoming(series.last_number + 1, series.last_on)
    return Upcoming(1, None)


def allocate(
    session: Session, series: Series, on: date, *, type_key: str, document: Document | None, by: Actor
) -> Number:
    """Take the next number of ``series`` for the date ``on``.

    Holds the series' row until the transaction ends, so that two clerks can never take the same number and
    a rollback leaves no gap (NĐ 30, art. 15).

    Raises:
        DateOutOfOrder: ``on`` lies before the last number's date.
        SeriesClosed: the register is closed, or ``on`` is not in its year.
    """
    locked = session.scalars(
        select(Series)
        .where(Series.id == series.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if locked.closed_at is not None or on.year != locked.year:
        raise SeriesClosed
    if locked.last_on is not None and on < locked.last_on:
        raise DateOutOfOrder
    locked.last_number += 1
    locked.last_on = on
    number = Number(
        series_id=locked.id,
        number=locked.last_number,
        type_key=type_key,
        document_id=document.id if document is not None else None,
        taken_on=on,
        taken_at=datetime.now(UTC),
        taken_by=by.user_id,
    )
    session.add(number)
    session.flush()
    return number


def register_secret(
    session: Session, unit: Unit, *, type_key: str, on: date, by: Actor, after: int | None = None
) -> Number:
    """Note that a number of the secret series was used: no file, no abstract (Law on State Secrets 2018).

    ``after`` is the last number that the caller knows of; a repeated request then takes no second number.

    Raises:
        Forbidden: only a clerk of the unit may.
        Invalid: unknown type of document, or a day that has not come.
        NumberMovedOn: another number was taken after ``after``; none is taken now.
        SeriesClosed: see :func:`series_for` and :func:`allocate`.
    """
    if not by.holds(Role.CLERK, [unit.id]):
        raise Forbidden
    if type_key not in drafted_types():
        raise Invalid("Loại văn bản không có trong danh mục.", "There is no such document type.")
    if on > datetime.now(_VIETNAM).date():
        raise Invalid("Ngày văn bản không được sau hôm nay.", "The document's date may not lie after today.")
    series = series_for(session, unit, type_key, on.year, secret=True)
    number = allocate(session, series, on, type_key=type_key, document=None, by=by)
    if after is not None and number.number != after + 1:
        raise NumberMovedOn
    audit.append(
        session,
        actor=by.username,
        act="secret-number-taken",
        object_kind="series",
        object_id=series.id,
        number=number.number,
    )
    return number


def symbol_of(type_key: str, unit: Unit, drafting_unit: Unit) -> str:
    """The symbol: type and agency, or agency and drafting unit for types without abbreviation (appendix I)."""
    code = document_types()[type_key].code
    if code:
        return f"{code}-{unit.abbreviation}"
    if drafting_unit.id != unit.id:
        return f"{unit.abbreviation}-{drafting_unit.abbreviation}"
    return unit.abbreviation


def today_here() -> date:
    """Today in Vietnam, whatever the machine's zone."""
    return datetime.now(_VIETNAM).date()


def padded(number: int) -> str:
    """The number as printed: Arabic, with a leading 0 below 10."""
    return f"{number:02d}"


def reference_of(number: int, symbol: str) -> str:
    """Number and symbol: ``138/QĐ-UBND``."""
    return f"{padded(number)}/{symbol}"


def _series_of(session: Session, unit: Unit, year: int) -> list[Series]:
    rows = session.scalars(select(Series).where(Series.unit_id == unit.id, Series.year == year).order_by(Series.id))
    return list(rows)
