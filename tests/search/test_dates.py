"""Dates and periods as people write them."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.dates import FIRST_DAY as FIRST
from search.dates import LAST_DAY as LAST
from search.dates import find_periods
from search.folding import fold, nfc

quickly = settings(max_examples=150, derandomize=True, deadline=None)
FIRST_DAY, LAST_DAY = (FIRST.year, FIRST.month, FIRST.day), (LAST.year, LAST.month, LAST.day)

TYPED = [
    ("17/02/2014", (2014, 2, 17), (2014, 2, 17)),
    ("17.2.2014", (2014, 2, 17), (2014, 2, 17)),
    ("17-2-2014", (2014, 2, 17), (2014, 2, 17)),
    ("2014-02-17", (2014, 2, 17), (2014, 2, 17)),
    ("ngày 17 tháng 02 năm 2014", (2014, 2, 17), (2014, 2, 17)),
    ("ngay 17 thang 2 nam 2014", (2014, 2, 17), (2014, 2, 17)),
    ("tháng 2/2014", (2014, 2, 1), (2014, 2, 28)),
    ("tháng 2 năm 2016", (2016, 2, 1), (2016, 2, 29)),
    ("thang 12 2014", (2014, 12, 1), (2014, 12, 31)),
    ("năm 2014", (2014, 1, 1), (2014, 12, 31)),
    ("quý 1 2024", (2024, 1, 1), (2024, 3, 31)),
    ("quý IV/2024", (2024, 10, 1), (2024, 12, 31)),
    ("quy ii nam 2024", (2024, 4, 1), (2024, 6, 30)),
    ("6 tháng đầu năm 2024", (2024, 1, 1), (2024, 6, 30)),
    ("6 tháng cuối năm 2024", (2024, 7, 1), (2024, 12, 31)),
    ("9 tháng đầu năm 2024", (2024, 1, 1), (2024, 9, 30)),
    ("từ 1/3 đến 15/4/2024", (2024, 3, 1), (2024, 4, 15)),
    ("từ 1/12 đến 15/1/2024", (2023, 12, 1), (2024, 1, 15)),
    ("từ 01/03/2024 đến hết 15/04/2024", (2024, 3, 1), (2024, 4, 15)),
    ("01/03/2024 - 15/04/2024", (2024, 3, 1), (2024, 4, 15)),
    ("15/04/2024 đến 01/03/2024", (2024, 3, 1), (2024, 4, 15)),
    ("từ tháng 1 đến tháng 3/2024", (2024, 1, 1), (2024, 3, 31)),
    ("từ quý 1 đến quý 2 năm 2024", (2024, 1, 1), (2024, 6, 30)),
    ("từ năm 2014 đến năm 2016", (2014, 1, 1), (2016, 12, 31)),
    ("từ 2014 đến 2016", (2014, 1, 1), (2016, 12, 31)),
    ("2014-2016", (2014, 1, 1), (2016, 12, 31)),
    ("17-2-14", (2014, 2, 17), (2014, 2, 17)),
    ("ngày 17.02.14", (2014, 2, 17), (2014, 2, 17)),
    ("t2/2014", (2014, 2, 1), (2014, 2, 28)),
    ("q1/2024", (2024, 1, 1), (2024, 3, 31)),
    ("quí I/2024", (2024, 1, 1), (2024, 3, 31)),
    ("9 tháng năm 2024", (2024, 1, 1), (2024, 9, 30)),
    ("nửa đầu năm 2024", (2024, 1, 1), (2024, 6, 30)),
    ("trước 2020", FIRST_DAY, (2019, 12, 31)),
    ("trước ngày 1 tháng 7 năm 2025", FIRST_DAY, (2025, 6, 30)),
    ("sau 1/7/2025", (2025, 7, 2), LAST_DAY),
    ("từ 2020", (2020, 1, 1), LAST_DAY),
    ("từ 1/7/2025 đến nay", (2025, 7, 1), LAST_DAY),
    ("đến hết 31/12/2024", FIRST_DAY, (2024, 12, 31)),
]

FROM_TODAY = [
    ("hôm nay", (2026, 4, 15), (2026, 4, 15)),
    ("hôm qua", (2026, 4, 14), (2026, 4, 14)),
    ("tuần này", (2026, 4, 13), (2026, 4, 19)),
    ("tuần trước", (2026, 4, 6), (2026, 4, 12)),
    ("tháng này", (2026, 4, 1), (2026, 4, 30)),
    ("tháng trước", (2026, 3, 1), (2026, 3, 31)),
    ("quý này", (2026, 4, 1), (2026, 6, 30)),
    ("quý trước", (2026, 1, 1), (2026, 3, 31)),
    ("năm nay", (2026, 1, 1), (2026, 12, 31)),
    ("năm ngoái", (2025, 1, 1), (2025, 12, 31)),
    ("30 ngày qua", (2026, 3, 16), (2026, 4, 15)),
    ("quý 3", (2025, 7, 1), (2025, 9, 30)),
    ("quý 4 năm ngoái", (2025, 10, 1), (2025, 12, 31)),
    ("tháng 2", (2026, 2, 1), (2026, 2, 28)),
    ("ngày 17/2", (2026, 2, 17), (2026, 2, 17)),
    ("6 tháng đầu năm", (2026, 1, 1), (2026, 6, 30)),
    ("từ tháng trước đến hôm nay", (2026, 3, 1), (2026, 4, 15)),
]


@pytest.mark.parametrize(("typed", "start", "end"), FROM_TODAY)
def test_what_counts_from_today_is_a_period(typed: str, start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    for text in (typed, fold(typed), typed.upper()):
        (found,) = find_periods(text, date(2026, 4, 15))
        assert (found.period.start, found.period.end) == (date(*start), date(*end)), text
    assert not find_periods(typed)


@pytest.mark.parametrize(
    "text", ["thông tư 2020", "đầu tư 2024", "dau tu 2024", "quỹ 1 2024", "Việt Nam 2014", "1.2.14"]
)
def test_words_that_fold_like_those_of_periods_are_none(text: str) -> None:
    assert find_periods(text, date(2026, 4, 15)) == ()


@quickly
@given(st.sampled_from([typed for typed, *_ in FROM_TODAY]), st.dates(date(1901, 1, 1), date(2198, 12, 31)))
def test_every_day_may_be_today(typed: str, today: date) -> None:
    for found in find_periods(typed, today):
        assert found.period.start <= found.period.end


@pytest.mark.parametrize(("typed", "start", "end"), TYPED)
def test_what_people_type_is_a_period(typed: str, start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    for text in (typed, fold(typed), typed.upper()):
        (found,) = find_periods(text)
        assert (found.period.start, found.period.end) == (date(*start), date(*end)), text
        assert (found.start, found.end) == (0, len(nfc(text)))


@pytest.mark.parametrize(
    "text",
    [
        *("31/2/2014", "ngày 31 tháng 2 năm 2014", "0/1/2014", "tháng 13/2014", "quý 5/2014", "1/2", "138/2014"),
        *("2014", "12/05/20144", "1.17.2.2014", "năm 1500", "138/2014/QĐ-UBND", "từ nay đến mai", "2/2014/TT"),
    ],
)
def test_what_no_calendar_holds_or_nobody_means_is_no_period(text: str) -> None:
    assert find_periods(text) == ()


def test_several_dates_are_found_in_their_order_and_place() -> None:
    text = "Căn cứ Quyết định ngày 17/02/2014, sửa đổi tháng 3 năm 2015"
    first, second = find_periods(text)
    assert text[first.start : first.end] == "ngày 17/02/2014"
    assert text[second.start : second.end] == "tháng 3 năm 2015"


@quickly
@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_in_every_form(day: date) -> None:
    for text in (f"{day:%d/%m/%Y}", f"{day.day}.{day.month}.{day.year}", f"{day:%Y-%m-%d}"):
        (found,) = find_periods(text)
        assert found.period.start == found.period.end == day


@quickly
@given(st.text(max_size=80) | st.text("0123456789/-. ngàythángnămquýtừđến\n\0", max_size=60))
def test_no_text_makes_reading_fail_and_periods_run_forward(text: str) -> None:
    for found in find_periods(text):
        assert found.period.start <= found.period.end
        assert 0 <= found.start < found.end <= len(nfc(text))
