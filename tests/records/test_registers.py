"""Registers: numbers without gap, in the order of their dates, per series and year (NĐ 30, art. 15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from docsvc.accounts import SYSTEM
from docsvc.audit import check_chain
from docsvc.db.people import Unit
from docsvc.db.records import Event, Number, Series
from docsvc.errors import Forbidden, Invalid
from docsvc.records.errors import DateOutOfOrder, NoRegister, NumberMovedOn, SeriesClosed
from docsvc.records.registers import (
    COMMON,
    SECRET,
    allocate,
    open_series,
    padded,
    reference_of,
    register_secret,
    series_for,
    symbol_of,
    upcoming,
)
from tests.issue.acting import at_once
from tests.office import COMMUNE, OTHER, STAFF, Office

YEAR = 2030
"""No register of it is open yet."""


def take(office: Office, on: date, *, type_key: str = "qd", unit: str = COMMUNE, secret: bool = False) -> int:
    """One number, in a transaction of its own."""
    with office.service.database.write() as session:
        series = series_for(session, session.get_one(Unit, office.units[unit]), type_key, on.year, secret=secret)
        return allocate(session, series, on, type_key=type_key, document=None, by=office.actor("clerk")).number


def taken(office: Office, code: str = COMMON, unit: str = COMMUNE, year: int = YEAR) -> list[int]:
    with office.service.database.read() as session:
        numbers = (
            select(Number.number)
            .join(Series, Series.id == Number.series_id)
            .where(Series.unit_id == office.units[unit], Series.year == year, Series.code == code)
        )
        return list(session.scalars(numbers.order_by(Number.number)))


def codes(office: Office, year: int) -> dict[str, str]:
    """Open registers of the commune: code to types."""
    with office.service.database.read() as session:
        rows = session.scalars(select(Series).where(Series.unit_id == office.units[COMMUNE], Series.year == year))
        return {series.code: series.type_keys for series in rows}


def test_numbers_run_from_1_without_gap_for_all_types_together(office: Office) -> None:
    day = date(YEAR, 1, 2)
    assert [take(office, day, type_key=key) for key in ("qd", "kh", "cv", "qd")] == [1, 2, 3, 4]
    assert taken(office) == [1, 2, 3, 4]


def test_two_agencies_count_for_themselves(office: Office) -> None:
    day = date(YEAR, 1, 2)
    assert [take(office, day), take(office, day, unit=OTHER), take(office, day)] == [1, 1, 2]


def test_a_number_given_up_is_given_again_to_the_next(office: Office) -> None:
    day = date(YEAR, 1, 2)
    take(office, day)
    with pytest.raises(ZeroDivisionError), office.service.database.write() as session:  # noqa: PT012 - fails after it
        series = series_for(session, session.get_one(Unit, office.units[COMMUNE]), "qd", YEAR)
        number = allocate(session, series, day, type_key="qd", document=None, by=office.actor("clerk"))
        assert number.number == 2
        _ = 1 / 0
    assert take(office, day) == 2
    assert taken(office) == [1, 2]


def test_a_later_number_never_has_an_earlier_date(office: Office) -> None:
    take(office, date(YEAR, 3, 2))
    with pytest.raises(DateOutOfOrder):
        take(office, date(YEAR, 3, 1))
    assert [take(office, date(YEAR, 3, 2)), take(office, date(YEAR, 3, 5))] == [2, 3]


def test_the_first_act_of_a_year_opens_its_register_at_01_and_notes_it(office: Office) -> None:
    this_year = office.today.year
    take(office, office.today)
    with office.service.database.read() as session:
        before = session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1))
    assert take(office, date(this_year + 1, 1, 2)) == 1
    with office.service.database.read() as session:
        noted = session.scalars(select(Event.act).where(Event.id > before)).all()
        assert noted == ["register-opened"]
        assert check_chain(session) is None
    assert taken(office, year=this_year) == [1]


def test_the_new_year_has_the_series_of_the_last_year_with_any(office: Office) -> None:
    with office.service.database.write() as session:
        commune = session.get_one(Unit, office.units[COMMUNE])
        open_series(session, commune, YEAR, code="qd", type_keys="qd qyd")
        open_series(session, commune, YEAR, code=SECRET, secret=True)
    assert take(office, date(YEAR + 2, 1, 2), type_key="bc") == 1
    assert codes(office, YEAR + 2) == {"qd": "qd qyd", SECRET: "", COMMON: ""}
    assert codes(office, YEAR + 1) == {}


def test_clerks_who_open_the_year_together_open_one_register_each_and_do_not_block(office: Office) -> None:
    with office.service.database.write() as session:
        commune = session.get_one(Unit, office.units[COMMUNE])
        open_series(session, commune, YEAR, code="qd", type_keys="qd qyd")
    day, taken_numbers = date(YEAR + 1, 1, 2), list[tuple[str, int]]()
    tries = [
        lambda key=key, secret=secret: taken_numbers.append(
            ("mat" if secret else key, take(office, day, type_key=key, secret=secret))
        )
        for key, secret in [("qd", False), ("bc", False), ("bc", True)] * 3
    ]
    assert at_once(*tries) == [None] * 9
    assert sorted(taken_numbers) == [(key, number) for key in ("bc", "mat", "qd") for number in (1, 2, 3)]
    assert codes(office, YEAR + 1) == {"qd": "qd qyd", COMMON: "", SECRET: ""}
    with office.service.database.read() as session:
        assert check_chain(session) is None


def test_a_type_with_a_series_of_its_own_counts_apart(office: Office) -> None:
    day = date(YEAR, 1, 2)
    with office.service.database.write() as session:
        commune = session.get_one(Unit, office.units[COMMUNE])
        open_series(session, commune, YEAR, code="qd", type_keys="qd qyd")
    assert [take(office, day, type_key=key) for key in ("qd", "kh", "qyd", "bc", "qd")] == [1, 1, 2, 2, 3]
    assert (taken(office, "qd"), taken(office)) == ([1, 2, 3], [1, 2])


def test_no_register_is_opened_for_a_year_gone_by(office: Office) -> None:
    take(office, date(YEAR, 1, 2))
    with pytest.raises(SeriesClosed):
        take(office, date(YEAR - 10, 5, 1))
    assert codes(office, YEAR - 10) == {}


def test_a_closed_register_gives_nothing(office: Office) -> None:
    take(office, date(YEAR, 1, 2))
    with office.service.database.write() as session:
        for series in session.scalars(select(Series).where(Series.year == YEAR)):
            series.closed_at = datetime.now(UTC)
    with pytest.raises(SeriesClosed):
        take(office, date(YEAR, 1, 3))
    assert taken(office) == [1]


def test_a_register_gives_no_number_for_another_year(office: Office) -> None:
    with office.service.database.write() as session:
        series = open_series(session, session.get_one(Unit, office.units[COMMUNE]), YEAR)
        with pytest.raises(SeriesClosed):
            allocate(session, series, date(YEAR + 1, 1, 1), type_key="qd", document=None, by=office.actor("clerk"))


def test_a_unit_without_a_seal_has_no_register(office: Office) -> None:
    with pytest.raises(NoRegister):
        take(office, date(YEAR, 1, 2), unit=STAFF)


def test_opening_a_register_twice_gives_the_same_one(office: Office) -> None:
    with office.service.database.write() as session:
        commune = session.get_one(Unit, office.units[COMMUNE])
        assert open_series(session, commune, YEAR).id == open_series(session, commune, YEAR).id


def test_the_forecast_tells_the_next_number_and_takes_none(office: Office) -> None:
    day = office.today
    with office.service.database.read() as session:
        commune = session.get_one(Unit, office.units[COMMUNE])
        assert upcoming(session, commune, "qd", YEAR).number == 1
    take(office, day)
    with office.service.database.read() as session:
        foreseen = upcoming(session, commune, "qd", day.year)
        assert (foreseen.number, foreseen.last_on) == (2, day)
        assert upcoming(session, commune, "bc", day.year, secret=True).number == 1
    assert taken(office, year=day.year) == [1]


def secret_number(
    office: Office, *, by: str = "clerk", type_key: str = "bc", on: date | None = None, **more: int
) -> int:
    with office.service.database.write() as session:
        commune = session.get_one(Unit, office.units[COMMUNE])
        actor = office.actor(by)
        number = register_secret(session, commune, type_key=type_key, on=on or office.today, by=actor, **more)
        return number.number


def test_secret_documents_have_their_own_series_and_no_facts(office: Office) -> None:
    take(office, office.today)
    assert [secret_number(office), secret_number(office)] == [1, 2]
    assert take(office, office.today) == 2
    with office.service.database.read() as session:
        kept = session.scalars(select(Number).join(Series).where(Series.secret)).all()
        assert [(number.number, number.document_id) for number in kept] == [(1, None), (2, None)]
        noted = session.scalars(select(Event.detail).where(Event.act == "secret-number-taken")).all()
        assert noted == ['{"number":1}', '{"number":2}']


def test_a_repeated_request_takes_no_second_secret_number(office: Office) -> None:
    assert secret_number(office, after=0) == 1
    with pytest.raises(NumberMovedOn):
        secret_number(office, after=0)
    assert secret_number(office, after=1) == 2


@pytest.mark.parametrize("username", ["leader", "drafter", "administrator", "other.clerk", "auditor"])
def test_only_the_clerk_notes_secret_numbers(embedded: Office, username: str) -> None:
    with pytest.raises(Forbidden):
        secret_number(embedded, by=username)


def test_a_secret_number_needs_a_known_type_and_a_day_that_has_come(embedded: Office) -> None:
    with pytest.raises(Invalid):
        secret_number(embedded, type_key="không")
    with pytest.raises(Invalid):
        secret_number(embedded, on=embedded.today + timedelta(days=1))


def test_the_symbol_names_type_and_agency_or_agency_and_department(embedded: Office) -> None:
    with embedded.service.database.read() as session:
        commune, staff = (session.get_one(Unit, embedded.units[code]) for code in (COMMUNE, STAFF))
    assert symbol_of("qd", commune, staff) == "QĐ-UBND"
    assert symbol_of("cv", commune, staff) == "UBND-VP"
    assert symbol_of("cv", commune, commune) == "UBND"


def test_numbers_below_10_are_written_with_a_leading_0() -> None:
    assert [padded(number) for number in (1, 9, 10, 138)] == ["01", "09", "10", "138"]
    assert reference_of(7, "QĐ-UBND") == "07/QĐ-UBND"


@dataclass
class Ledger:
    """What a register must look like after some transactions: the rules once more, in the plainest words."""

    numbers: list[date] = field(default_factory=list)

    def accepts(self, days: Sequence[date]) -> bool:
        """Whether a transaction that takes a number for each day goes through."""
        together = [*self.numbers[-1:], *days]
        return together == sorted(together)


@dataclass(frozen=True)
class Act:
    """A transaction: a number for each of its days, then committed or given up."""

    register: str
    days: tuple[date, ...]
    commits: bool


ACTS = st.lists(
    st.builds(
        Act,
        register=st.sampled_from(["qd", "bc"]),
        days=st.lists(st.integers(0, 3).map(lambda n: date(YEAR, 1, 1) + timedelta(days=n)), max_size=3).map(tuple),
        commits=st.booleans(),
    ),
    max_size=12,
)


class _GivenUp(Exception):
    pass


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, year=st.just(YEAR))
def test_whatever_is_committed_given_up_or_refused_no_number_is_lost_or_doubled(
    embedded: Office, acts: list[Act], year: int
) -> None:
    database, clerk = embedded.service.database, embedded.actor("clerk")
    with database.write() as session:
        for number in session.scalars(select(Number)):
            session.delete(number)
        session.flush()
        for old in session.scalars(select(Series).where(Series.year == year)):
            session.delete(old)
        session.flush()
        commune = session.get_one(Unit, embedded.units[COMMUNE])
        open_series(session, commune, year, code="qd", type_keys="qd", by=SYSTEM)
        open_series(session, commune, year)
    ledgers = {"qd": Ledger(), "bc": Ledger()}
    for act in acts:
        ledger = ledgers[act.register]
        try:
            with database.write() as session:
                series = series_for(session, commune, act.register, year)
                for place, day in enumerate(act.days, start=1):
                    number = allocate(session, series, day, type_key=act.register, document=None, by=clerk)
                    assert number.number == len(ledger.numbers) + place
                if not act.commits:
                    raise _GivenUp  # noqa: TRY301 - the block itself must fail
        except DateOutOfOrder:
            assert not ledger.accepts(act.days)
        except _GivenUp:
            assert ledger.accepts(act.days)
        else:
            assert ledger.accepts(act.days)
            ledger.numbers.extend(act.days)
    for code, ledger in (("qd", ledgers["qd"]), (COMMON, ledgers["bc"])):
        assert taken(embedded, code) == list(range(1, len(ledger.numbers) + 1))
