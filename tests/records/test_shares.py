"""Shares: counted from records, opened to their documents, rolled up the tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from docsvc.db.people import Unit
from docsvc.db.records import Delivery, Document, Signature
from docsvc.errors import NotFound
from docsvc.records.periods import month, periods_of, quarter
from docsvc.records.registers import register_secret
from docsvc.records.shares import Metric, Part, Share, UnitShares, documents_behind, shares
from docsvc.records.terms import Access, Channel, Medium, State
from tests.office import COMMUNE, ECONOMY, OTHER, PROVINCE, STAFF, Office
from tests.records.documents import DOUBTFUL, VALID, add, put

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
SEALED = [("organisation", VALID)]
BOTH = [("personal", VALID), ("organisation", VALID)]


def report(office: Office, start: date = FIRST, end: date = LAST, root: str | None = None) -> dict[str, UnitShares]:
    """Unit code to its shares."""
    codes = {unit_id: code for code, unit_id in office.units.items()}
    with office.service.database.read() as session:
        rows = shares(session, start, end, office.units[root] if root else None)
    return {codes[row.unit_id]: row for row in rows}


def counts(row: UnitShares) -> tuple[int, int, int, int]:
    return row.documents, row.electronic, row.paperless, row.personal


def behind(office: Office, code: str, metric: Metric, part: Part, *, by: str = "auditor") -> list[str]:
    """Every document behind a count, page by page."""
    found: list[str] = []
    with office.service.database.read() as session:
        for page in range(1, 100):
            listing = documents_behind(
                session,
                office.actor(by),
                unit_id=office.units[code],
                start=FIRST,
                end=LAST,
                metric=metric,
                part=part,
                page=page,
                per_page=7,
            )
            found.extend(document.id for document in listing.documents)
            if len(found) >= listing.total - listing.hidden:
                return found
    raise AssertionError("pages without end")


def test_the_known_figures_come_from_records(office: Office) -> None:
    with office.service.database.write() as session:
        for number in range(500):
            if number < 490:
                add(session, office, signed=BOTH if number < 432 else SEALED)
            else:
                add(session, office, medium=Medium.PAPER)
    row = report(office)[COMMUNE]
    assert counts(row) == (500, 490, 490, 432)
    assert row.share(Metric.ELECTRONIC).percent() == "98,0%"
    assert row.share(Metric.PERSONAL).percent() == "88,2%"
    assert row.share(Metric.PERSONAL).percent(".") == "88.2%"


def test_each_kind_of_document_counts_where_it_belongs(office: Office) -> None:
    put(office, signed=BOTH, sent=[(None, Channel.ELECTRONIC)])
    put(office, signed=SEALED, sent=[(None, Channel.ELECTRONIC), (OTHER, Channel.BOTH)])
    put(office, signed=BOTH, sent=[(None, Channel.PAPER)], state=State.WITHDRAWN)
    put(office, signed=[("personal", VALID), ("organisation", DOUBTFUL)])
    put(office, signed=[("personal", DOUBTFUL), ("organisation", VALID)])
    put(office, medium=Medium.PAPER)
    put(office, signed=BOTH, state=State.SEALED)
    put(office, signed=BOTH, issued_on=date(2025, 12, 31))
    put(office, signed=BOTH, issued_on=date(2027, 1, 1))
    assert counts(report(office)[COMMUNE]) == (6, 4, 2, 2)


def test_the_first_and_the_last_day_belong_to_the_period(office: Office) -> None:
    for day in (FIRST, LAST):
        put(office, signed=BOTH, issued_on=day)
    assert counts(report(office)[COMMUNE]) == (2, 2, 2, 2)
    assert counts(report(office, FIRST, FIRST)[COMMUNE]) == (1, 1, 1, 1)
    assert counts(report(office, FIRST + timedelta(days=1), LAST)[COMMUNE]) == (1, 1, 1, 1)


def test_departments_roll_up_to_the_commune_and_communes_to_the_province(office: Office) -> None:
    put(office, signed=BOTH)
    put(office, signed=BOTH, drafting_unit_id=office.units[ECONOMY])
    put(office, drafting_unit_id=office.units[COMMUNE], medium=Medium.PAPER)
    put(office, signed=SEALED, unit_id=office.units[OTHER], drafting_unit_id=office.units[OTHER])
    rows = report(office)
    assert list(rows) == [PROVINCE, COMMUNE, STAFF, ECONOMY, OTHER], "each unit before those below it"
    assert {code: (row.documents, row.electronic, row.depth) for code, row in rows.items()} == {
        PROVINCE: (4, 3, 0),
        COMMUNE: (3, 2, 1),
        STAFF: (1, 1, 2),
        ECONOMY: (1, 1, 2),
        OTHER: (1, 1, 1),
    }
    below = report(office, root=COMMUNE)
    assert {code: row.depth for code, row in below.items()} == {COMMUNE: 0, STAFF: 1, ECONOMY: 1}


def test_secret_numbers_are_counted_out_of_every_share(office: Office) -> None:
    put(office, signed=BOTH, issued_on=office.today)
    with office.service.database.write() as session:
        commune = session.get_one(Unit, office.units[COMMUNE])
        register_secret(session, commune, type_key="bc", on=office.today, by=office.actor("clerk"))
    assert counts(report(office, office.today, office.today)[COMMUNE]) == (1, 1, 1, 1)


def test_documents_that_the_asker_may_not_read_are_counted_and_named_to_nobody(office: Office) -> None:
    put(office, signed=BOTH, access=Access.RESTRICTED)
    public = put(office, signed=BOTH)
    with office.service.database.read() as session:
        listing = documents_behind(
            session,
            office.actor("outsider"),
            unit_id=office.units[COMMUNE],
            start=FIRST,
            end=LAST,
            metric=Metric.ELECTRONIC,
            part=Part.COUNTED,
            page=10**30,
        )
    assert ([document.id for document in listing.documents], listing.total, listing.hidden) == ([public], 2, 1)


def test_an_unknown_unit_has_no_documents_behind_it(embedded: Office) -> None:
    with embedded.service.database.read() as session, pytest.raises(NotFound):
        documents_behind(
            session,
            embedded.actor("auditor"),
            unit_id=999_999,
            start=FIRST,
            end=LAST,
            metric=Metric.ELECTRONIC,
            part=Part.COUNTED,
        )


@dataclass(frozen=True)
class Paper:
    """A document as far as shares look at it."""

    code: str
    medium: Medium
    state: State
    signed: frozenset[tuple[str, str]]
    channels: tuple[Channel, ...]
    days: int

    @property
    def counts(self) -> bool:
        """In the period and registered."""
        return self.state in {State.ISSUED, State.WITHDRAWN} and FIRST <= self.on <= LAST

    @property
    def on(self) -> date:
        return FIRST + timedelta(days=self.days)

    @property
    def electronic(self) -> bool:
        return self.medium == Medium.ELECTRONIC and ("organisation", VALID) in self.signed

    @property
    def paperless(self) -> bool:
        return self.electronic and set(self.channels) <= {Channel.ELECTRONIC}

    @property
    def personal(self) -> bool:
        return self.electronic and ("personal", VALID) in self.signed


PAPERS = st.builds(
    Paper,
    code=st.sampled_from([PROVINCE, COMMUNE, STAFF, ECONOMY, OTHER]),
    medium=st.sampled_from(Medium),
    state=st.sampled_from([State.ISSUED, State.WITHDRAWN, State.SEALED]),
    signed=st.frozensets(
        st.tuples(st.sampled_from(["personal", "organisation"]), st.sampled_from([VALID, DOUBTFUL])), max_size=3
    ),
    channels=st.lists(st.sampled_from(Channel), max_size=3).map(tuple),
    days=st.sampled_from([-1, 0, 200, 364, 365]),
)
BELOW = {
    PROVINCE: {PROVINCE, COMMUNE, STAFF, ECONOMY, OTHER},
    COMMUNE: {COMMUNE, STAFF, ECONOMY},
    STAFF: {STAFF},
    ECONOMY: {ECONOMY},
    OTHER: {OTHER},
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(papers=st.lists(PAPERS, max_size=14))
def test_every_count_is_right_and_opens_to_exactly_its_documents(embedded: Office, papers: list[Paper]) -> None:
    made: dict[str, Paper] = {}
    with embedded.service.database.write() as session:
        for table in (Signature, Delivery, Document):
            session.execute(delete(table))
        for paper in papers:
            document = add(
                session,
                embedded,
                unit_id=embedded.units[COMMUNE if paper.code in BELOW[COMMUNE] else paper.code],
                drafting_unit_id=embedded.units[paper.code],
                medium=paper.medium,
                state=paper.state,
                signed=paper.signed,
                sent=[(None, channel) for channel in paper.channels],
                issued_on=paper.on,
            )
            made[document.id] = paper
    rows = report(embedded)
    for code, inside in BELOW.items():
        counted = {one: paper for one, paper in made.items() if paper.counts and paper.code in inside}
        electronic = _those(counted, "electronic")
        assert counts(rows[code]) == (
            len(counted),
            len(electronic),
            len(_those(counted, "paperless")),
            len(_those(counted, "personal")),
        )
        for metric, whole in ((Metric.ELECTRONIC, counted), (Metric.PAPERLESS, counted), (Metric.PERSONAL, electronic)):
            in_it = _those(counted, metric.value)
            assert sorted(behind(embedded, code, metric, Part.COUNTED)) == sorted(in_it)
            assert sorted(behind(embedded, code, metric, Part.REMAINDER)) == sorted(set(whole) - set(in_it))


def _those(papers: dict[str, Paper], what: str) -> list[str]:
    return [one for one, paper in papers.items() if getattr(paper, what)]


@given(st.integers(1, 10**7).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_a_share_has_one_decimal_rounded_half_up(pair: tuple[int, int]) -> None:
    counted, total = pair
    exact = (Decimal(counted) * 100 / Decimal(total)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert Share(counted, total).percent(".") == f"{exact}%"


def test_halves_go_up_and_nothing_issued_is_no_share() -> None:
    assert [Share(counted, 2000).percent() for counted in (1, 3, 1999, 2000, 0)] == [
        "0,1%",
        "0,2%",
        "100,0%",
        "100,0%",
        "0,0%",
    ]
    assert Share(0, 0).percent() == "–"


def test_the_named_periods_cover_the_year() -> None:
    year = periods_of(2024)
    assert [period.name_vi for period in year[:5]] == [
        "Năm 2024",
        "9 tháng đầu năm 2024",
        "6 tháng đầu năm 2024",
        "6 tháng cuối năm 2024",
        "Quý I/2024",
    ]
    assert (month(2024, 2).end, month(2023, 2).end) == (date(2024, 2, 29), date(2023, 2, 28))
    assert (quarter(2024, 4).start, quarter(2024, 4).end) == (date(2024, 10, 1), date(2024, 12, 31))
    days = [period.start for period in year[8:]]
    assert days == [date(2024, number, 1) for number in range(1, 13)]
    assert all(later - period.end == timedelta(days=1) for period, later in zip(year[8:], days[1:], strict=False))
