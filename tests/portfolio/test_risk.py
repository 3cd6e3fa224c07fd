"""The measures of risk, held against published examples."""

from __future__ import annotations

import itertools
import math
import operator
from datetime import date, timedelta

import pytest

from chalicelib.portfolio import risk

START = date(2024, 1, 1)
BACON = [
    0.003, 0.026, 0.011, -0.010, 0.015, 0.025, 0.016, 0.067, -0.014, 0.040, -0.005, 0.081,
    0.040, -0.037, -0.061, 0.017, -0.049, -0.022, 0.070, 0.058, -0.065, 0.024, -0.005, -0.009,
]  # fmt: skip
"""Monthly returns of Carl Bacon, Practical Portfolio Performance Measurement and Attribution (2nd edition 2008), as R's
PerformanceAnalytics has them (https://github.com/braverock/PerformanceAnalytics, data/portfolio_bacon.csv)."""
EMPYRICAL = [0.01, 0.10, -0.04, 0.02, 0.03, 0.02, 0.01, -0.10]
"""Daily returns of the tests of the library empyrical (https://github.com/quantopian/empyrical,
empyrical/tests/test_stats.py: mixed_returns)."""
NEGATIVE = [0.0, -0.06, -0.07, -0.01, -0.09, -0.02, -0.06, -0.08, -0.05]
"""The same file's negative_returns."""


def series(*levels: float) -> list[tuple[date, float]]:
    return [(START + timedelta(days=number), level) for number, level in enumerate(levels)]


def test_microsofts_stdev_example() -> None:
    """Microsoft's documentation (https://support.microsoft.com/en-gb/office/stdev-function-3dd63cd4-d7d8-48b7-8c45-
    f9b9d6cc86cc): breaking strength of ten tools, 27.46391572."""
    strengths = [1345, 1301, 1368, 1322, 1310, 1370, 1318, 1350, 1303, 1299]
    assert risk.deviation(strengths) == pytest.approx(27.46391572, abs=1e-8)


def test_bacons_downside_deviation_and_sortino() -> None:
    """PerformanceAnalytics at a target of 0.5 % a month: DownsideDeviation 0.02553674 (man/DownsideDeviation.Rd to four
    digits, tests/testthat/_snaps/all_snapshots.md to eight), and Kappa of order 2, which is the Sortino ratio, 0.157
    (man/Kappa.Rd)."""
    assert risk.downside_deviation(BACON, 0.005) == pytest.approx(0.02553674, abs=1e-8)
    assert risk.sortino(BACON, 0.005, periods=1) == pytest.approx(0.157, abs=5e-4)


def test_red_rock_capitals_sortino_example() -> None:
    """Rollinger and Hoffman, Sortino: A 'Sharper' Ratio
    (http://www.redrockcapital.com/Sortino__A__Sharper__Ratio_Red_Rock_Capital.pdf): eight annual returns, target 0: 4.417.
    The deviation of 2.264 % is √((5² + 4²) / 8) %."""
    yearly = [0.17, 0.15, 0.23, -0.05, 0.12, 0.09, 0.13, -0.04]
    assert risk.downside_deviation(yearly) == pytest.approx(0.02264, abs=5e-6)
    assert risk.sortino(yearly, periods=1) == pytest.approx(4.417, abs=5e-4)


def test_empyricals_sharpe_and_sortino() -> None:
    """empyrical's tests (test_sharpe_ratio, test_sortino), annualised by 252 days."""
    assert risk.sharpe(EMPYRICAL, periods=252) == pytest.approx(1.7238613961706866)
    assert risk.sortino(EMPYRICAL, periods=252) == pytest.approx(2.605531251673693)


def test_empyricals_annual_volatility() -> None:
    """empyrical's test_annual_volatility, daily, annualised by 252 days."""
    assert risk.volatility(EMPYRICAL, periods=252) == pytest.approx(0.9136465399704637)


@pytest.mark.parametrize(("daily", "fall"), [(EMPYRICAL, -0.1), (NEGATIVE, -0.36590730349873601)])
def test_empyricals_maximum_drawdowns(daily: list[float], fall: float) -> None:
    """empyrical's test_max_drawdown."""
    levels = itertools.accumulate((1 + one for one in daily), operator.mul, initial=1.0)
    found = risk.max_drawdown(series(*levels))
    assert found is not None
    assert found.ratio == pytest.approx(fall)


def test_ycharts_maximum_drawdown() -> None:
    """YCharts (https://ycharts.com/glossary/terms/max_drawdown): 100,000, 150,000, 90,000, 120,000, 80,000,
    200,000: (150,000 − 80,000) / 150,000 = 46.67 %."""
    fall = risk.max_drawdown(series(100_000, 150_000, 90_000, 120_000, 80_000, 200_000))
    assert fall is not None
    assert fall.ratio == pytest.approx(-0.4667, abs=5e-5)
    days = [START + timedelta(days=number) for number in (1, 4, 5)]
    assert [fall.peak, fall.trough, fall.recovered] == days


def test_a_fall_that_has_not_been_made_up_for() -> None:
    fall = risk.max_drawdown(series(100, 80, 99, 70, 90))
    assert fall is not None
    assert (fall.trough, fall.recovered) == (START + timedelta(days=3), None)


def test_a_later_deeper_fall_counts_and_the_earlier_height_is_no_recovery_of_it() -> None:
    fall = risk.max_drawdown(series(100, 90, 120, 60, 110))
    assert fall is not None
    assert (fall.peak, fall.recovered) == (START + timedelta(days=2), None)


@pytest.mark.parametrize("levels", [(), (100.0,), (100.0, 100.0), (100.0, 110.0, 120.0)])
def test_what_never_fell_has_no_drawdown(levels: tuple[float, ...]) -> None:
    assert risk.max_drawdown(series(*levels)) is None


def test_days_off_do_not_change_the_annual_volatility() -> None:
    """A week of five trading days by √(365 · 5 / 7), or of seven calendar days by √365: up to the sample's n − 1 and the
    mean, the same. With a mean of zero and many weeks they agree."""
    week = [0.01, -0.01, 0.02, -0.02, 0.0]
    trading = risk.volatility(week * 200)
    calendar = risk.volatility([*week, 0.0, 0.0] * 200, 365)
    assert trading is not None
    assert calendar == pytest.approx(trading * math.sqrt(5 / 7), rel=1e-3)


def test_a_yearly_rate_by_the_day_compounds_to_it() -> None:
    assert (1 + risk.per_period(0.05)) ** 365 == pytest.approx(1.05)


def test_too_little_to_tell() -> None:
    assert risk.volatility([0.01]) is None
    assert risk.sharpe([0.01, 0.01]) is None
    assert risk.sortino([0.01, 0.02]) is None
    assert risk.sortino([]) is None
