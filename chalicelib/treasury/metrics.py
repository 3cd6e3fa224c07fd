"""What the market pays for a company's coins, and how many of them a share stands for. Pure rules; the database computes
the same for all companies at once (sql/routines/treasury_reports.sql), and a test holds the two against each other.

Definitions and where they come from:

- mNAV, basic: market capitalisation ÷ value of the coins (mnav.com's "basic"; CoinGecko's m_nav).
- mNAV, diluted: share price × diluted shares ÷ value of the coins (mnav.com's "diluted"; bitcointreasuries.net's "fully
  diluted"). Assumed diluted shares, where a company states them, else all shares that may come.
- mNAV, EV: (market capitalisation + total debt + preferred equity − cash) ÷ value of the coins. So defined by Strategy
  and, as its default since 2026, by bitcointreasuries.net ("How BitcoinTreasuries.net Calculates mNAV").
- BTC Yield: the change in per cent, from period to period, of the ratio between coins and assumed diluted shares: all
  shares outstanding and all that would come from convertibles, options and stock units (Strategy's 8-K of 2024-12-30;
  Metaplanet took the figure over on 2024-10-25).
- BTC Gain: the coins at the opening of the period × BTC Yield (Metaplanet's notice of 2025-02-26; Strategy's 8-K of
  2025-02-10).

An input that is missing or stale makes what needs it None, and a reason code says why. A zero is a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

COIN_PRICE_FRESH = timedelta(days=2)
SHARE_PRICE_FRESH = timedelta(days=7)
"""Over a long weekend with holidays no exchange trades shares for five days; coins trade always."""

_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
"""More digits than any product of our inputs has."""


@dataclass(frozen=True)
class Price:
    """A price in its own currency, the moment it is of, and US dollars for one unit of that currency (None: not known)."""

    amount: Decimal
    at: datetime
    rate: Decimal | None = Decimal(1)

    def dollars(self) -> Decimal | None:
        return None if self.rate is None else _EXACT.multiply(self.amount, self.rate)


@dataclass(frozen=True)
class Inputs:
    """What is known of a company at a moment. Shares are in the shares that the price is of."""

    at: datetime
    holdings: Decimal | None = None
    coin: Price | None = None
    coin_market_cap: Decimal | None = None
    """In the currency of the coin's price."""
    share: Price | None = None
    basic: Decimal | None = None
    assumed_diluted: Decimal | None = None
    fully_diluted: Decimal | None = None
    market_cap: Decimal | None = None
    """As stated; like debt, preferred equity and cash in a currency of which `rate` is the US dollars for one unit."""
    debt: Decimal | None = None
    preferred: Decimal | None = None
    cash: Decimal | None = None
    rate: Decimal | None = Decimal(1)
    cost: Decimal | None = None
    """Paid for one coin on average."""
    cost_rate: Decimal | None = Decimal(1)


@dataclass(frozen=True)
class Figures:
    """What follows, in US dollars, multiples, per cent and coins per share. `reasons`: why a figure is None."""

    holdings_value_usd: Decimal | None = None
    supply_share_percent: Decimal | None = None
    market_cap_usd: Decimal | None = None
    market_cap_method: str | None = None
    enterprise_value_usd: Decimal | None = None
    mnav_basic: Decimal | None = None
    mnav_diluted: Decimal | None = None
    mnav_ev: Decimal | None = None
    total_cost_usd: Decimal | None = None
    unrealised_gain_usd: Decimal | None = None
    unrealised_gain_percent: Decimal | None = None
    holdings_per_share: Decimal | None = None
    holdings_per_share_basis: str | None = None
    reasons: dict[str, str] = field(default_factory=dict)


def figures(known: Inputs) -> Figures:
    """All figures of one company."""
    why: dict[str, str | None] = {}
    coin = coin_reason(known.coin, known.at)
    value = _value(known, coin)
    why["holdings_value_usd"] = None if value is not None else _no_snapshot(known) or coin
    share = share_reason(known.share, known.at)
    price = known.share.dollars() if known.share and share is None else None
    cap, method, why["market_cap_usd"] = market_cap(known, price, share)
    diluted = _times(price, _first(known.assumed_diluted, known.fully_diluted))
    no_diluted = None
    if diluted is None:
        none_stated = known.assumed_diluted is None and known.fully_diluted is None
        no_diluted = "no_diluted_shares" if none_stated else share
    enterprise, why["enterprise_value_usd"] = enterprise_value(known, cap, why["market_cap_usd"])
    nav = "no_holdings" if known.holdings == 0 else why["holdings_value_usd"]
    why["mnav_basic"] = nav or why["market_cap_usd"]
    why["mnav_diluted"] = nav or no_diluted
    why["mnav_ev"] = nav or why["enterprise_value_usd"]
    why["cost_basis_usd"] = (
        "no_cost_basis" if known.cost is None else "no_rate" if known.cost_rate is None else None
    )
    cost = _times(_times(known.holdings, known.cost), known.cost_rate)
    why["total_cost_usd"] = _no_snapshot(known) or why["cost_basis_usd"]
    why["unrealised_gain_usd"] = why["holdings_value_usd"] or why["cost_basis_usd"]
    gain = None if value is None or cost is None else _EXACT.subtract(value, cost)
    why["unrealised_gain_percent"] = why["unrealised_gain_usd"] or ("no_cost" if cost == 0 else None)
    why["supply_share_percent"] = (
        _no_snapshot(known) or coin or (None if known.coin_market_cap else "no_supply")
    )
    shares = _first(known.assumed_diluted, known.basic)
    why["holdings_per_share"] = _no_snapshot(known) or ("no_shares" if shares is None else None)
    return Figures(
        holdings_value_usd=rounded(value),
        supply_share_percent=_supply_share(known) if why["supply_share_percent"] is None else None,
        market_cap_usd=rounded(cap),
        market_cap_method=method,
        enterprise_value_usd=rounded(enterprise),
        mnav_basic=ratio(cap, value),
        mnav_diluted=ratio(diluted, value),
        mnav_ev=ratio(enterprise, value),
        total_cost_usd=rounded(cost),
        unrealised_gain_usd=rounded(gain),
        unrealised_gain_percent=_percent(gain, cost),
        holdings_per_share=ratio(known.holdings, shares, 18),
        holdings_per_share_basis=_basis(known),
        reasons={name: reason for name, reason in why.items() if reason is not None},
    )  # fmt: skip


def coin_reason(coin: Price | None, at: datetime) -> str | None:
    """Why a coin's price cannot be used: it is missing, older than two days, or in a currency without a rate."""
    if coin is None:
        return "no_coin_price"
    if coin.at < at - COIN_PRICE_FRESH:
        return "stale_coin_price"
    return "no_rate" if coin.rate is None else None


def share_reason(share: Price | None, at: datetime) -> str | None:
    """As `coin_reason`, of a share's price, which may be seven days old."""
    if share is None:
        return "no_share_price"
    if share.at < at - SHARE_PRICE_FRESH:
        return "stale_share_price"
    return "no_rate" if share.rate is None else None


def market_cap(
    known: Inputs, price: Decimal | None, share: str | None
) -> tuple[Decimal | None, str | None, str | None]:
    """Market capitalisation in US dollars, how it is known, and why it is not: share price × basic shares where both are
    known and fresh, else the one that a source stated."""
    computed = _times(price, known.basic)
    if computed is not None:
        return computed, "price_times_shares", None
    if known.market_cap is not None:
        stated = _times(known.market_cap, known.rate)
        return (stated, "stated", None) if stated is not None else (None, None, "no_rate")
    if known.basic is None or known.share is None:
        return None, None, "no_market_cap"
    return None, None, share


def enterprise_value(
    known: Inputs, cap: Decimal | None, no_cap: str | None
) -> tuple[Decimal | None, str | None]:
    """Market capitalisation + total debt + preferred equity − cash in US dollars, or why it is not known."""
    if cap is None:
        return None, no_cap
    if known.debt is None:
        return None, "no_debt"
    if known.preferred is None:
        return None, "no_preferred"
    if known.cash is None:
        return None, "no_cash"
    if known.rate is None:
        return None, "no_rate"
    owed = _EXACT.subtract(_EXACT.add(known.debt, known.preferred), known.cash)
    return _EXACT.add(cap, _EXACT.multiply(owed, known.rate)), None


def premium_percent(mnav: Decimal) -> Decimal:
    """By how much the market pays more than the coins are worth: (mNAV − 1) × 100; negative is a discount."""
    return (mnav - 1) * 100


# Yields ------------------------------------------------------------------------------------------------------------------


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
    grown = _EXACT.divide(
        _EXACT.multiply(now.holdings, base.shares), _EXACT.multiply(base.holdings, now.shares)
    )
    return _round(_EXACT.multiply(_EXACT.subtract(grown, Decimal(1)), Decimal(100)), 8)


def _growth(base: Holding, now: Holding) -> Growth:
    if base.holdings == 0:
        return Growth(base.day, reason="no_opening_holdings")
    percent = growth_percent(base, now)
    gain = _round(_EXACT.divide(_EXACT.multiply(percent, base.holdings), Decimal(100)), 8)
    return Growth(base.day, percent, gain)


def _base_day(series: Sequence[Holding], start: date) -> date | None:
    days = [held.day for held in series if held.basis == "assumed_diluted" and held.day < start]
    return days[-1] if days else None


# Small parts -------------------------------------------------------------------------------------------------------------


def rounded(amount: Decimal | None) -> Decimal | None:
    """An amount of money with eight digits behind the point."""
    return None if amount is None else _round(amount, 8)


def ratio(part: Decimal | None, whole: Decimal | None, digits: int = 8) -> Decimal | None:
    """part ÷ whole; None where one is not known, or the whole is nothing."""
    if part is None or not whole:
        return None
    return _round(_EXACT.divide(part, whole), digits)


def _value(known: Inputs, coin: str | None) -> Decimal | None:
    if known.holdings == 0:
        return Decimal(0)
    return _times(known.holdings, known.coin.dollars()) if known.coin and coin is None else None


def _supply_share(known: Inputs) -> Decimal | None:
    """Of all coins in circulation, which are their market capitalisation ÷ price."""
    if known.holdings is None or known.coin is None or not known.coin_market_cap:
        return None
    part = _EXACT.multiply(_EXACT.multiply(known.holdings, known.coin.amount), Decimal(100))
    return _round(_EXACT.divide(part, known.coin_market_cap), 8)


def _percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return ratio(None if part is None else _EXACT.multiply(part, Decimal(100)), whole)


def _basis(known: Inputs) -> str | None:
    if known.assumed_diluted is not None:
        return "assumed_diluted"
    return "basic" if known.basic is not None else None


def _no_snapshot(known: Inputs) -> str | None:
    return "no_snapshot" if known.holdings is None else None


def _first(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one if one is not None else other


def _times(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else _EXACT.multiply(one, other)


def _round(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), context=_EXACT)
