"""Periods that texts name: a plan for 2025 is issued in 2024."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.dates import Period, find_periods
from search.said import about, is_told, name_of, ways_to_say

quickly = settings(max_examples=150, derandomize=True, deadline=None)

NAMED = [
    ("tháng 4/2024", "2024-04"),
    ("quý II/2024", "2024q2"),
    ("6 tháng đầu năm 2024", "2024h1"),
    ("6 tháng cuối năm 2024", "2024h2"),
    ("năm 2024", "2024"),
]


@pytest.mark.parametrize(("said", "name"), NAMED)
def test_months_quarters_halves_and_years_have_names(said: str, name: str) -> None:
    (found,) = find_periods(said)
    assert name_of(found.period) == name


@pytest.mark.parametrize(
    "said", ["17/2/2014", "từ 1/3 đến 15/4/2024", "9 tháng đầu năm 2024", "trước 2020", "2021-2025"]
)
def test_other_periods_have_none(said: str) -> None:
    (found,) = find_periods(said)
    assert name_of(found.period) is None


@pytest.mark.parametrize(
    ("abstract", "asked"),
    [
        ("Kế hoạch tiêm chủng năm 2025", "năm 2025"),
        ("Kế hoạch tiêm chủng 2025", "năm 2025"),
        ("Báo cáo giải ngân quý I/2024", "quý 1 2024"),
        ("Báo cáo giải ngân Quý 1 năm 2024", "q1/2024"),
        ("Báo cáo cấp phép tháng 04/2024", "tháng 4 năm 2024"),
        ("Báo cáo kinh tế - xã hội 6 tháng đầu năm 2024", "6 tháng đầu năm 2024"),
        ("Công tác từ ngày 05/02/2014", "5.2.2014"),
        ("Kế hoạch đầu tư công giai đoạn 2021 - 2025", "2021-2025"),
    ],
)
def test_what_people_ask_for_is_found_where_an_abstract_says_it(abstract: str, asked: str) -> None:
    (found,) = find_periods(asked)
    assert any(way in abstract for way in ways_to_say(found.period))


def test_a_document_is_about_its_day_and_what_its_abstract_names() -> None:
    assert about(date(2024, 12, 20), "Kế hoạch tiêm chủng năm 2025") == {"2024", "2024-12", "2024q4", "2024h2", "2025"}
    assert "2024q1" in about(date(2024, 4, 8), "Báo cáo quý I/2024")


def test_what_was_long_ago_is_only_mentioned() -> None:
    assert "2010" not in about(date(2024, 4, 8), "Bãi bỏ Quyết định năm 2010")


def test_only_parts_of_a_year_are_what_reports_are_told_by() -> None:
    told = {
        said: is_told(find_periods(said)[0].period) for said in ("quý II/2024", "năm 2024", "17/2/2014", "trước 2020")
    }
    assert told == {"quý II/2024": True, "năm 2024": False, "17/2/2014": False, "trước 2020": False}


@quickly
@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.sampled_from(NAMED))
def test_every_named_period_is_told_by_each_of_its_ways(day: date, named: tuple[str, str]) -> None:
    said = named[0].replace("2024", str(day.year))
    (found,) = find_periods(said)
    for way in ways_to_say(found.period):
        first = {"h": "t", "u": "q", "á": "s"}.get(way[0], "")
        abstract = f"Báo cáo {first}{way}"
        assert name_of(found.period) in about(found.period.end, abstract), abstract


@quickly
@given(st.text(max_size=80), st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_no_abstract_makes_reading_fail(abstract: str, day: date) -> None:
    assert f"{day.year}" in about(day, abstract)
    assert ways_to_say(Period(day, day))
