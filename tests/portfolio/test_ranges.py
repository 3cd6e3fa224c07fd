"""Which days the ranges are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.portfolio import ranges
from chalicelib.portfolio.ranges import NAMES, EmptyRange, Range, RangeName

D = date.fromisoformat


@pytest.mark.parametrize(
    ("name", "last", "opening"),
    [
        ("1D", "2024-03-01", "2024-02-29"),
        ("1W", "2024-03-05", "2024-02-27"),
        ("MTD", "2024-03-31", "2024-02-29"),
        ("MTD", "2024-03-01", "2024-02-29"),
        ("1M", "2024-03-15", "2024-02-15"),
        ("1M", "2024-03-31", "2024-02-29"),
        ("1M", "2023-03-31", "2023-02-28"),
        ("1M", "2024-02-29", "2024-01-29"),
        ("1M", "2024-01-31", "2023-12-31"),
        ("3M", "2024-05-31", "2024-02-29"),
        ("6M", "2024-08-31", "2024-02-29"),
        ("YTD", "2024-01-01", "2023-12-31"),
        ("YTD", "2024-12-31", "2023-12-31"),
        ("1Y", "2024-02-29", "2023-02-28"),
        ("1Y", "2025-02-28", "2024-02-28"),
        ("3Y", "2024-02-29", "2021-02-28"),
        ("5Y", "2024-02-29", "2019-02-28"),
        ("max", "2024-02-29", "2019-07-06"),
    ],
)
def test_a_range_opens_at_the_end_of_this_day(name: RangeName, last: str, opening: str) -> None:
    assert ranges.named(name, D(last), D("2019-07-07")).opening == D(opening)


@given(st.sampled_from(NAMES), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_range_ends_with_its_last_day_and_has_at_least_that_one(name: RangeName, last: date) -> None:
    found = ranges.named(name, last, None)
    assert found.last == last
    assert found.days >= 1


def test_max_of_a_portfolio_in_which_nothing_happened_is_one_day() -> None:
    assert ranges.named("max", D("2024-05-05"), None) == Range(D("2024-05-05"), D("2024-05-05"))


def test_any_days() -> None:
    assert ranges.custom(D("2024-02-28"), D("2024-03-01"), None).days == 3
    assert ranges.custom(None, D("2024-03-01"), D("2024-02-28")).first == D("2024-02-28")
    assert ranges.custom(D("2024-03-01"), D("2024-03-01"), None).opening == D("2024-02-29")
    with pytest.raises(EmptyRange):
        ranges.custom(D("2024-03-02"), D("2024-03-01"), None)


def test_a_chart_shows_the_opening_the_ends_of_weeks_or_months_and_the_last_day() -> None:
    days = Range(D("2024-02-26"), D("2024-03-12"))  # Monday to Tuesday
    assert ranges.periods(days, "1w") == [D("2024-02-25"), D("2024-03-03"), D("2024-03-10"), D("2024-03-12")]
    assert ranges.periods(days, "1M") == [D("2024-02-25"), D("2024-02-29"), D("2024-03-12")]
    daily = ranges.periods(days, "1d")
    assert (daily[0], daily[-1], len(daily)) == (D("2024-02-25"), D("2024-03-12"), days.days + 1)
    assert daily[1] - daily[0] == timedelta(days=1)
