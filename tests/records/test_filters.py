"""Filters survive the way through an address, and whatever else stands in one does no harm."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from docsvc.records.filters import Filters, from_values, to_values, without
from docsvc.records.signature_results import SignatureResult
from docsvc.records.terms import REGISTERED, Medium

DAYS = st.none() | st.dates(date(1000, 1, 1))
FILTERS = st.builds(
    Filters,
    unit_id=st.none() | st.integers(1, 10**17),
    type_keys=st.lists(st.sampled_from(["qd", "kh", "bc"]), unique=True).map(tuple),
    start=DAYS,
    end=DAYS,
    signatory=st.text(max_size=20).filter(lambda text: not text or bool(text.strip())),
    medium=st.none() | st.sampled_from(list(Medium)),
    state=st.none() | st.sampled_from(REGISTERED),
    signed=st.none() | st.sampled_from(list(SignatureResult)),
    predecessors=st.booleans(),
)


def grouped(pairs: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


@given(FILTERS)
def test_filters_come_back_as_they_were_written(filters: Filters) -> None:
    assert from_values(grouped(to_values(filters))) == (filters, ())


@given(st.dictionaries(st.sampled_from(["unit", "type", "from", "to", "state", "signed"]), st.lists(st.text())))
def test_nothing_in_an_address_is_refused(values: dict[str, list[str]]) -> None:
    filters, problems = from_values(values)
    assert len(problems) <= 2
    assert from_values(grouped(to_values(filters)))[0] == filters


def test_a_filter_can_be_taken_away_by_its_name() -> None:
    filters = Filters(unit_id=3, type_keys=("qd",), start=date(2024, 1, 1), end=date(2024, 12, 31))
    assert without(filters, "year") == Filters(unit_id=3, type_keys=("qd",))
    assert without(filters, "unit").unit_id is None
    assert without(filters, "from").end == date(2024, 12, 31)
