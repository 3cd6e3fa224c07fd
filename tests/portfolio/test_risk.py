"""The measures of risk, held against published examples."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from chalicelib.portfolio import risk

START = date(2024, 1, 1)
BACON = [
    0.003, 0.026, 0.011, -0.010, 0.015, 0.025, 0.016, 0.067, -0.014, 0.040, -0.005, 0.081,
    0.040, -0.037, -0.061, 0.017, -0.049, -0.022, 0.070, 0.058, -0.065, 0.024, -0.005, -0.009,
]  # fmt: skip
"""Monthly returns of Carl Bacon, Practical Portfolio Performance Measurement and Attribution (2nd edition 2008), as R's
PerformanceAnalytics has them (portfolio_bacon)."""
EMPYRICAL = [0.01, 0.10, -0.04, 0.02, 0.03, 0.02, 0.01, -0.10]
"""Daily returns of the tests of the library empyrical (mixed_returns)."""


def series(*levels: float) -> list[tuple[date, float]]:
    return [(START + timedelta(days=number), level) for number, level in enumerate(levels)]


def test_microsofts_stdev_example() -> None:
    """Microsoft's documentation of STDEV: breaking strength of ten tools, 27.46391572."""
    strengths = [1345, 1301, 1368, 1322, 1310, 1370, 1318, 1350, 1303, 1299]
    assert risk.deviation(strengths) == pytest.approx(27.46391572, abs=1e-8)


def test_bacons_downside_deviation_and_sortino() -> None:
    """PerformanceAnalytics: DownsideDeviation 0.02553674, and Kappa of order 2 (which is the Sortino ratio) 0.157, both at
    a target of 0.005 a month."""
    assert risk.downside_deviation(BACON, 0.005) == pytest.approx(0.02553674, abs=1e-8)
    assert risk.sortino(BACON, 0.005, periods=1) == pytest.approx(0.157, abs=5e-4)


def test_red_rock_capitals_sortino_example() -> None:
    """Rollinger and Hoffman, Sortino: A 'Sharper' Ratio: eight annual returns, target 0: 10 % / 2.264 % = 4.417."""
    yearly = [0.17, 0.15, 0.23, -0.05, 0.12, 0.09, 0.13, -0.04]
    assert risk.downside_deviation(yearly) == pytest.approx(0.02264, abs=5e-6)
    assert risk.sortino(yearly, periods=1) == pytest.approx(4.417, abs=5e-4)


def test_empyricals_sharpe_and_sortino() -> None:
    """empyrical's tests: Sharpe 1.7238613961706866 and Sortino 2.605531251673693, annualised by 252."""
    assert risk.sharpe(EMPYRICAL, periods=252) == pytest.approx(1.7238613961706866)
    assert risk.sortino(EMPYRICAL, periods=252) == pytest.approx(2.605531251673693)


def test_ycharts_maximum_drawdown() -> None:
    """YCharts' glossary: 100,000, 150,000, 90,000, 120,000, 80,000, 200,000: (150,000 − 80,000) / 150,000 = 46.67 %."""
    fall = risk.max_drawdown(series(100_000, 150_000, 90_000, 120_000, 80_000, 200_000))
    assert fall is not None
    assert fall.ratio == pytest.approx(-0.4667, abs=5e-5)
    days = [START + timedelta(days=number) for number in (1, 4, 5)]
    assert [fall.peak, fall.trough, fall.recovered] == days


def test_investopedias_maximum_drawdown() -> None:
    """Investopedia: 500,000, 750,000, 400,000, 600,000, 350,000, 800,000: −53.33 %."""
    fall = risk.max_drawdown(series(500, 750, 400, 600, 350, 800))
    assert fall is not None
    assert round(fall.ratio, 4) == -0.5333


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
