"""How many more coins a share stands for than before: pure rules; the database computes the same for all companies at once
(treasury.yields, treasury.v_company_yields), and a test holds the two against each other.

Definitions and where they come from:

- BTC Yield: the change in per cent, from period to period, of the ratio between coins and assumed diluted shares: all
  shares outstanding and all that would come from convertibles, options and stock units (Strategy's 8-K of 2024-12-30;
  Metaplanet took the figure over on 2024-10-25).
- BTC Gain: the coins at the opening of the period × BTC Yield (Metaplanet's notice of 2025-02-26; Strategy's 8-K of
  2025-02-10).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.treasury.exact import EXACT, round_to


@dataclass(frozen=True)
class Holding:
    """What was held on a day, and of how many shares (in today's shares) which kind of count was stated."""

    day: date
    holdings: Decimal
    shares: Decimal
    basis: str = "assumed_diluted"


@dataclass(frozen=True)
class Growth:
    """Growth of coins per share in per cent and, at the opening's coins, in coins; None with a reason."""

    base_day: date | None
    percent: Decimal | None = None
    gain: Decimal | None = None
    reason: str | None = None


def period_yield(before: Holding | None, now: Holding) -> Growth:
    """Against the snapshot before: only where both count the same kind of shares."""
    if before is None:
        return Growth(None, reason="no_previous")
    if before.basis != now.basis:
        return Growth(before.day, reason="basis_differs")
    return _growth(before, now)


def yield_to_date(series: Sequence[Holding], now: Holding, start: date) -> Growth:
    """Since `start`, the first day of a quarter or year, on assumed diluted shares alone: against the last snapshot before
    that day. `series` is in the order of days."""
    if now.basis != "assumed_diluted":
        return Growth(_base_day(series, start), reason="basis_differs")
    before = [held for held in series if held.basis == "assumed_diluted" and held.day < start]
    return _growth(before[-1], now) if before else Growth(None, reason="no_base")


def quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def year_start(day: date) -> date:
    return date(day.year, 1, 1)


def growth_percent(base: Holding, now: Holding) -> Decimal:
    """By how many per cent coins per share grew."""
    grown = EXACT.divide(EXACT.multiply(now.holdings, base.shares), EXACT.multiply(base.holdings, now.shares))
    return round_to(EXACT.multiply(EXACT.subtract(grown, Decimal(1)), Decimal(100)), 8)


def _growth(base: Holding, now: Holding) -> Growth:
    if base.holdings == 0:
        return Growth(base.day, reason="no_opening_holdings")
    percent = growth_percent(base, now)
    gain = round_to(EXACT.divide(EXACT.multiply(percent, base.holdings), Decimal(100)), 8)
    return Growth(base.day, percent, gain)


def _base_day(series: Sequence[Holding], start: date) -> date | None:
    days = [held.day for held in series if held.basis == "assumed_diluted" and held.day < start]
    return days[-1] if days else None
