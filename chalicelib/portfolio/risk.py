"""Risk: how much returns sway, how far value fell, and what the swaying brought. Pure; ratios are plain (0.05 is 5 %).

Daily returns are of calendar days: over a weekend or holiday the value stands still and the return is zero. A year has 365
such days, so a deviation of daily returns is annualised by √365. (For a portfolio of shares that is the same as √252 over
trading days only: the zeros add to the count and to nothing else.) Days on which nothing was invested do not count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

PERIODS = 365
FEWEST = 2


class Drawdown(NamedTuple):
    """The deepest fall from a height: how far, from when to when, and when the height was reached again (None: not yet)."""

    ratio: float
    peak: date
    trough: date
    recovered: date | None


def mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers)


def deviation(numbers: Sequence[float]) -> float | None:
    """The standard deviation of a sample (n − 1): Excel's STDEV.S. None for fewer than two."""
    if len(numbers) < FEWEST:
        return None
    middle = mean(numbers)
    return math.sqrt(math.fsum((number - middle) ** 2 for number in numbers) / (len(numbers) - 1))


def downside_deviation(returns: Sequence[float], target: float = 0.0) -> float | None:
    """The target downside deviation: √(Σ min(0, return − target)² / n), over all n returns and not only the bad ones.

    Thomas N. Rollinger, Scott T. Hoffman, Sortino: A 'Sharper'Ratio (Red Rock Capital, 2013).
    """
    if len(returns) < FEWEST:
        return None
    return math.sqrt(math.fsum(min(0.0, one - target) ** 2 for one in returns) / len(returns))


def volatility(returns: Sequence[float], periods: int = PERIODS) -> float | None:
    """The annualised volatility: the deviation of the returns × √(periods of a year)."""
    found = deviation(returns)
    return None if found is None else found * math.sqrt(periods)


def per_period(yearly: float, periods: int = PERIODS) -> float:
    """A yearly rate as the rate of one period that compounds to it."""
    return float((1 + yearly) ** (1 / periods) - 1)


def sharpe(returns: Sequence[float], risk_free: float = 0.0, periods: int = PERIODS) -> float | None:
    """The annualised Sharpe ratio: mean of (return − risk-free) / its deviation × √(periods of a year).

    William F. Sharpe, The Sharpe Ratio, Journal of Portfolio Management, 1994 (https://web.stanford.edu/~wfsharpe/art/sr/sr.htm).
    `risk_free` is the rate of one period. None without two returns, and where nothing sways.
    """
    spread = deviation(returns)
    if spread is None or spread < 1e-15:
        return None
    return (mean(returns) - risk_free) / spread * math.sqrt(periods)


def sortino(returns: Sequence[float], target: float = 0.0, periods: int = PERIODS) -> float | None:
    """The annualised Sortino ratio: mean of (return − target) / downside deviation × √(periods of a year).

    Source as for `downside_deviation`. `target` is the rate of one period. None without two returns, and where no return
    fell short of the target.
    """
    downside = downside_deviation(returns, target)
    if downside is None or downside < 1e-15:
        return None
    return (mean(returns) - target) / downside * math.sqrt(periods)


def max_drawdown(index: Sequence[tuple[date, float]]) -> Drawdown | None:
    """The deepest fall of an index of value (free of flows, such as the chained time-weighted one).

    (trough − peak) / peak, which is zero or negative. The peak is the last day of the height before the fall; of equal
    falls the first is told. None where the index never fell.
    """
    worst: Drawdown | None = None
    height, deepest = 0.0, 0.0
    peak: date | None = None
    for day, level in index:
        if peak is None or level >= height:
            height, peak = level, day
        elif (ratio := level / height - 1) < (worst.ratio if worst else 0.0):
            worst, deepest = Drawdown(ratio, peak, day, None), height
    if worst is None:
        return None
    back = (day for day, level in index if day > worst.trough and level >= deepest)
    return worst._replace(recovered=next(back, None))
