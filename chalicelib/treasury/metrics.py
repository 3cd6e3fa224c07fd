"""What the market pays for a company's coins, and how many of them a share stands for. Pure rules; the database computes
the same for all companies at once (treasury.figures), and a test holds the two against each other.

Definitions and where they come from:

- mNAV, basic: market capitalisation ÷ value of the coins (mnav.com's "basic"; CoinGecko's m_nav).
- mNAV, diluted: share price × diluted shares ÷ value of the coins (mnav.com's "diluted"; bitcointreasuries.net's "fully
  diluted"). Assumed diluted shares, where a company states them, else all shares that may come.
- mNAV, EV: (market capitalisation + total debt + preferred equity − cash) ÷ value of the coins. So defined by Strategy
  and, as its default since 2026, by bitcointreasuries.net ("How BitcoinTreasuries.net Calculates mNAV").

An input that is missing or stale makes what needs it None, and a reason code says why. A zero is a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from chalicelib.treasury.exact import EXACT, first, percent, ratio, rounded, times

COIN_PRICE_FRESH = timedelta(days=2)
SHARE_PRICE_FRESH = timedelta(days=7)
"""Over a long weekend with holidays no exchange trades shares for five days; coins trade always."""

MARKET_CAP_FRESH = timedelta(days=7)
"""A stated market cap stands in for a share's price, and may be as old as one."""

STATED_FRESH = timedelta(days=280)
"""Debt, cash, share counts: half a year, whose report comes three months later. Of coins per share and of cost, how much
older than the coins they may be."""

SUPPLY_FRESH = timedelta(days=7)
"""Coins in circulation change slowly; a count that is older than its source's longest outage is not shown as today's."""


@dataclass(frozen=True)
class Price:
    """A price in its own currency, the moment it is of, and US dollars for one unit of that currency (None: not known)."""

    amount: Decimal
    at: datetime
    rate: Decimal | None = Decimal(1)

    def dollars(self) -> Decimal | None:
        return None if self.rate is None else EXACT.multiply(self.amount, self.rate)


@dataclass(frozen=True)
class Stated:
    """A count, or an amount of which `rate` is the US dollars for one unit of its currency (None: not known), and the day
    that it is stated of (None: an override's, which does not age)."""

    amount: Decimal
    day: date | None = None
    rate: Decimal | None = Decimal(1)

    def dollars(self) -> Decimal | None:
        return None if self.rate is None else EXACT.multiply(self.amount, self.rate)

    def older(self, day: date, limit: timedelta) -> bool:
        return self.day is not None and self.day < day - limit


@dataclass(frozen=True)
class Inputs:
    """What is known of a company at a moment. Shares are in the shares that the price is of."""

    at: datetime
    holdings: Decimal | None = None
    coin: Price | None = None
    supply: Decimal | None = None
    """Coins in circulation, as of `supply_at`."""
    supply_at: datetime | None = None
    share: Price | None = None
    basic: Stated | None = None
    assumed_diluted: Stated | None = None
    fully_diluted: Stated | None = None
    market_cap: Stated | None = None
    debt: Stated | None = None
    preferred: Stated | None = None
    cash: Stated | None = None
    cost: Stated | None = None
    """Paid for one coin on average."""
    held_day: date | None = None
    """Of which the holdings are; None where they are an override's."""

    @property
    def day(self) -> date:
        return self.at.astimezone(UTC).date()

    def fresh(self, stated: Stated | None) -> Decimal | None:
        """A count or amount, if it is not too old for today's price."""
        return None if stated is None or stated.older(self.day, STATED_FRESH) else stated.amount

    def of_then(self, stated: Stated | None) -> Decimal | None:
        """A count or amount, if it is not much older than the coins that it goes with."""
        late = stated is None or stated.older(self.held_day or self.day, STATED_FRESH)
        return None if stated is None or late else stated.amount


@dataclass(frozen=True)
class Figures:
    """What follows, in US dollars, multiples, per cent and coins per share. `reasons`: why a figure is None."""

    holdings_value: Decimal | None = None
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
    unpriced = coin_reason(known.coin, known.at)
    value = _value(known, unpriced)
    no_value = None if value is not None else _no_snapshot(known) or unpriced
    unlisted = share_reason(known.share, known.at)
    price = known.share.dollars() if known.share and unlisted is None else None
    cap, method, no_cap = market_cap(known, price, unlisted)
    diluted = times(price, first(known.fresh(known.assumed_diluted), known.fresh(known.fully_diluted)))
    enterprise, no_enterprise = enterprise_value(known, cap, no_cap)
    nav = "no_holdings" if known.holdings == 0 else no_value
    no_cost = cost_reason(known)
    paid = known.cost.dollars() if known.cost is not None and no_cost is None else None
    cost = times(known.holdings, paid)
    gain = None if value is None or cost is None else EXACT.subtract(value, cost)
    no_gain = no_value or no_cost
    shares = first(known.of_then(known.assumed_diluted), known.of_then(known.basic))
    no_diluted = diluted_reason(known, unlisted)
    why = {
        "holdings": _no_snapshot(known),
        "coin_price_usd": unpriced,
        "share_price_usd": unlisted,
        "holdings_value": no_value,
        "supply_share_percent": _no_snapshot(known) or supply_reason(known),
        "market_cap_usd": no_cap,
        "diluted_market_cap_usd": no_diluted,
        "enterprise_value_usd": no_enterprise,
        "mnav_basic": nav or no_cap,
        "mnav_diluted": nav or no_diluted,
        "mnav_ev": nav or no_enterprise,
        "premium_basic_percent": nav or no_cap,
        "premium_diluted_percent": nav or no_diluted,
        "premium_ev_percent": nav or no_enterprise,
        "cost_basis_usd": no_cost,
        "total_cost_usd": _no_snapshot(known) or no_cost,
        "unrealised_gain_usd": no_gain,
        "unrealised_gain_percent": no_gain or ("no_cost" if cost == 0 else None),
        "holdings_per_share": _no_snapshot(known) or (_no_shares(known) if shares is None else None),
    }
    return Figures(
        holdings_value=rounded(value),
        supply_share_percent=percent(known.holdings, known.supply) if why["supply_share_percent"] is None else None,
        market_cap_usd=rounded(cap),
        market_cap_method=method,
        enterprise_value_usd=rounded(enterprise),
        mnav_basic=ratio(cap, value),
        mnav_diluted=ratio(diluted, value),
        mnav_ev=ratio(enterprise, value),
        total_cost_usd=rounded(cost),
        unrealised_gain_usd=rounded(gain),
        unrealised_gain_percent=percent(gain, cost),
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


def supply_reason(known: Inputs) -> str | None:
    """Why the coins in circulation cannot be used: not known, or as of more than seven days ago."""
    if not known.supply or known.supply_at is None:
        return "no_supply"
    return "stale_supply" if known.supply_at < known.at - SUPPLY_FRESH else None


def diluted_reason(known: Inputs, share: str | None) -> str | None:
    """Why the diluted market cap is not known: no such shares are, their count is too old, or the price's reason."""
    counts = (known.assumed_diluted, known.fully_diluted)
    if all(count is None for count in counts):
        return "no_diluted_shares"
    return share if any(known.fresh(count) is not None for count in counts) else "stale_shares"


def cost_reason(known: Inputs) -> str | None:
    """Why the average cost cannot be used: not stated, of long before the coins, or in a currency without a rate."""
    if known.cost is None:
        return "no_cost_basis"
    if known.of_then(known.cost) is None:
        return "stale_cost_basis"
    return "no_rate" if known.cost.rate is None else None


def market_cap(
    known: Inputs, price: Decimal | None, share: str | None
) -> tuple[Decimal | None, str | None, str | None]:
    """Market capitalisation in US dollars, how it is known, and why it is not: share price × basic shares where both are
    known and fresh, else the one that a source stated within the last seven days."""
    computed = times(price, known.fresh(known.basic))
    if computed is not None:
        return computed, "price_times_shares", None
    if known.market_cap is not None:
        if known.market_cap.older(known.day, MARKET_CAP_FRESH):
            return None, None, "stale_market_cap"
        stated = known.market_cap.dollars()
        return (stated, "stated", None) if stated is not None else (None, None, "no_rate")
    if known.basic is None or known.share is None:
        return None, None, "no_market_cap"
    return None, None, "stale_shares" if known.fresh(known.basic) is None else share


def enterprise_value(
    known: Inputs, cap: Decimal | None, no_cap: str | None
) -> tuple[Decimal | None, str | None]:
    """Market capitalisation + total debt + preferred equity − cash in US dollars, or why it is not known."""
    if cap is None:
        return None, no_cap
    dollars = []
    for name, stated in (("debt", known.debt), ("preferred", known.preferred), ("cash", known.cash)):
        if stated is None:
            return None, f"no_{name}"
        if known.fresh(stated) is None:
            return None, f"stale_{name}"
        dollars.append(stated.dollars())
    debt, preferred, cash = dollars
    if debt is None or preferred is None or cash is None:
        return None, "no_rate"
    return EXACT.add(cap, EXACT.subtract(EXACT.add(debt, preferred), cash)), None


def premium_percent(mnav: Decimal) -> Decimal:
    """By how much the market pays more than the coins are worth: (mNAV − 1) × 100; negative is a discount."""
    return (mnav - 1) * 100


def _value(known: Inputs, coin: str | None) -> Decimal | None:
    if known.holdings == 0:
        return Decimal(0)
    return times(known.holdings, known.coin.dollars()) if known.coin and coin is None else None


def _basis(known: Inputs) -> str | None:
    if known.of_then(known.assumed_diluted) is not None:
        return "assumed_diluted"
    return "basic" if known.of_then(known.basic) is not None else None


def _no_shares(known: Inputs) -> str:
    return "no_shares" if known.assumed_diluted is None and known.basic is None else "stale_shares"


def _no_snapshot(known: Inputs) -> str | None:
    return "no_snapshot" if known.holdings is None else None


CODES = {
    "market_cap": "stale_market_cap",
    "total_debt": "stale_debt",
    "preferred_equity": "stale_preferred",
    "cash": "stale_cash",
    "shares_basic": "stale_shares",
    "shares_assumed_diluted": "stale_shares",
    "shares_fully_diluted": "stale_shares",
    "cost_basis_avg": "stale_cost_basis",
}
"""By field of the financials, what says that it is too old."""


def stated_reason(name: str, stated_of: date, day: date) -> str | None:
    """Why a stated value of the financials says nothing about a day any more; None while it does."""
    limit = MARKET_CAP_FRESH if name == "market_cap" else STATED_FRESH
    return CODES.get(name, "stale_figure") if stated_of < day - limit else None
