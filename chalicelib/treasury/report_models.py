"""Companies with their figures, yields, purchases, tables: requests and responses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.core.models import Day, Exact, Model, PageQuery
from chalicelib.treasury.models import Company, Overrides

Symbol = Annotated[str, StringConstraints(to_upper=True, min_length=1, max_length=50)]
Sort = Literal["value", "mnav", "holdings", "name", "yield"]
Reasons = Annotated[
    dict[str, str], Field(description="Why a figure is null: {figure: code}, such as stale_share_price.")
]
Basis = Literal["basic", "assumed_diluted", "fully_diluted"]


class CompaniesQuery(PageQuery):
    asset: Symbol | None = Field(None, description="Symbol of the coin held.")
    tier: int | None = Field(None, ge=1, le=9)
    miner: bool | None = Field(None, description="Only miners, or only others.")
    q: str | None = Field(
        None, max_length=200, description="Words in name, ticker, strategy and notes; an exact ticker first."
    )
    sort: Sort | None = Field(
        None,
        description="The greatest first (names from A); by relevance with `q`, otherwise by value, unless given.",
    )


class ListQuery(Model):
    asset: Symbol | None = Field(None, description="Symbol of the coin held.")


class Figures(Model):
    """What holdings are worth and what the market pays for them, now. Money in US dollars unless it says otherwise."""

    holdings: Exact | None = Field(
        description="In coins: of the approved snapshot of the latest date, or a later statement of a tracker's file."
    )
    holdings_date: date | None
    holdings_source: Literal["snapshot", "stated", "override"] | None = Field(
        description="An approved snapshot, a tracker's file (nobody reviewed it), or an override."
    )
    days_since_update: int | None
    coin_price_usd: Exact | None
    coin_price_at: datetime | None
    holdings_value: Exact | None = Field(description="holdings × coin price.")
    supply_share_percent: Exact | None = Field(
        description="Of all coins in circulation (their market capitalisation ÷ price)."
    )
    share_price: Exact | None = Field(
        description="In share_currency: the live price, or where none is fresh the last stored daily close."
    )
    share_currency: str | None
    share_price_usd: Exact | None
    share_price_at: datetime | None = Field(description="Of a daily close: the end of its day, in UTC.")
    share_price_source: Literal["live", "daily_close"] | None
    share_price_day: date | None = Field(
        description="Of which day the daily close is; null for a live price."
    )
    share_rate: Exact | None = Field(description="US dollars for one unit of share_currency.")
    shares_basic: Exact | None = Field(description="Like all counts in today's shares.")
    shares_basic_date: date | None = Field(
        description="Like each figure's date: the day that it is stated of; null for an override."
    )
    shares_assumed_diluted: Exact | None
    shares_assumed_diluted_date: date | None
    shares_fully_diluted: Exact | None
    shares_fully_diluted_date: date | None
    market_cap_usd: Exact | None
    market_cap_method: Literal["price_times_shares", "stated"] | None = Field(
        description="Share price × basic shares, or as a source stated it."
    )
    market_cap_date: date | None = Field(description="Of the market cap that a source stated, if any.")
    diluted_market_cap_usd: Exact | None
    diluted_basis: Basis | None = Field(description="Which shares the diluted market cap counts.")
    total_debt: Exact | None = Field(
        description="Like preferred_equity and cash the latest that was stated, in the currency beside it."
    )
    total_debt_date: date | None
    total_debt_currency: str | None
    preferred_equity: Exact | None
    preferred_equity_date: date | None
    preferred_equity_currency: str | None
    cash: Exact | None
    cash_date: date | None
    cash_currency: str | None
    financials_currency: str | None
    financials_date: date | None = Field(description="Of the latest row of financials, whatever it states.")
    enterprise_value_usd: Exact | None = Field(
        description="market cap + total debt + preferred equity − cash."
    )
    mnav_basic: Exact | None = Field(description="Market cap ÷ holdings value.")
    mnav_diluted: Exact | None = Field(description="Diluted market cap ÷ holdings value.")
    mnav_ev: Exact | None = Field(description="Enterprise value ÷ holdings value.")
    premium_basic_percent: Exact | None = Field(
        description="(mNAV − 1) × 100; below zero the shares trade at a discount."
    )
    premium_diluted_percent: Exact | None
    premium_ev_percent: Exact | None
    cost_basis_avg: Exact | None = Field(description="Paid for one coin on average, in cost_basis_currency.")
    cost_basis_date: date | None
    cost_basis_currency: str | None
    cost_basis_source: Literal["snapshot", "financials", "override"] | None
    cost_basis_usd: Exact | None = Field(description="At today's exchange rate.")
    total_cost_usd: Exact | None
    unrealised_gain_usd: Exact | None
    unrealised_gain_percent: Exact | None
    holdings_per_share: Exact | None = Field(description="Coins for one of today's shares.")
    holdings_per_share_basis: Basis | None
    staking_pct: Exact | None
    staking_pct_date: date | None
    yield_date: date | None = Field(description="Of the snapshot that yields to date end with.")
    quarter_base_date: date | None = Field(description="Of the snapshot that the quarter began with.")
    yield_qtd_percent: Exact | None = Field(
        description="Growth of coins per assumed diluted share since the quarter began."
    )
    gain_qtd: Exact | None = Field(description="Yield × the coins that the quarter began with.")
    year_base_date: date | None
    yield_ytd_percent: Exact | None
    gain_ytd: Exact | None
    reasons: Reasons


class _Identity(Model):
    id: int
    external_id: str
    ticker: str
    name: str
    asset: str
    asset_id: int
    share_asset_id: int | None
    currency: str
    exchange: str | None
    country: str | None
    tier: int | None
    is_miner: bool
    overridden: Overrides


class CompanyFigures(Figures, _Identity):
    """A company of the list. Fields of the last base come first."""


class Statement(Model):
    """Which document says what the company holds, or which file of a tracker states it."""

    id: int | None = Field(
        description="The approved snapshot's. Null: a file states it, and nobody reviewed it."
    )
    snapshot_date: date
    holdings: Exact
    source: str
    source_url: str | None
    accession: str | None
    evidence: str | None = Field(description="The document's own words.")
    confidence: Exact | None
    flags: list[str] = Field(
        description="Why to look twice, such as fallback_value: the file states the amount as a fallback only."
    )
    reviewed_at: datetime | None


class CompanyReport(Company):
    """Everything about one company."""

    figures: Figures | None = Field(description="Null where the company is not tracked any more.")
    statement: Statement | None = Field(
        description="The approved snapshot of the latest date, or a later statement of a tracker's file."
    )


class YieldItem(Model):
    snapshot_id: int
    snapshot_date: date
    holdings: Exact
    share_basis: Literal["basic", "assumed_diluted", "fd_max"]
    shares: Exact = Field(description="In today's shares.")
    holdings_per_share: Exact
    previous_date: date | None
    period_percent: Exact | None = Field(description="Growth of coins per share since the snapshot before.")
    period_gain: Exact | None = Field(description="In coins: the yield × what the period began with.")
    quarter_base_date: date | None
    quarter_percent: Exact | None = Field(description="Quarter to date, on assumed diluted shares.")
    quarter_gain: Exact | None
    year_base_date: date | None
    year_percent: Exact | None
    year_gain: Exact | None
    reasons: Reasons


class Purchase(Model):
    snapshot_id: int
    snapshot_date: date
    amount: Exact = Field(description="In coins; below zero: sold.")
    method: Literal["stated", "difference"] = Field(
        description="As the document states it, or the difference from the snapshot before."
    )
    covering: bool = Field(
        description="Its period contains other purchases of this list, which count instead of it: it is in no sum."
    )
    change: Exact | None = Field(description="Holdings less those known before it.")
    holdings: Exact = Field(description="After it.")
    previous_date: date | None
    period_start: date | None
    period_end: date | None
    purchase_cost: Exact | None = Field(description="In currency, as stated.")
    purchase_average_price: Exact | None
    currency: str | None
    source: str
    source_url: str | None
    accession: str | None


class MnavQuery(PageQuery):
    from_: Day | None = Field(None, alias="from", description="First day.")
    to: Day | None = Field(None, description="Last day.")


class MnavDay(Model):
    day: date = Field(description="Figures are of the end of that day in UTC.")
    holdings: Exact | None
    coin_price_usd: Exact | None
    share_price_usd: Exact | None = Field(description="In the shares of when it was computed (created_at).")
    holdings_value_usd: Exact | None
    market_cap_usd: Exact | None
    market_cap_method: Literal["price_times_shares", "stated"] | None
    mnav_basic: Exact | None
    mnav_diluted: Exact | None
    mnav_ev: Exact | None
    reasons: Reasons
    overridden: Overrides
    created_at: datetime


class OverriddenCompany(Model):
    company_id: int
    ticker: str
    fields: list[str] = Field(description="What of it is overridden that the totals are computed from.")


class AssetTotal(Model):
    asset: str
    asset_id: int
    companies: int
    holdings: Exact = Field(description="In coins.")
    holdings_value: Exact = Field(description="Of the companies whose value is known.")
    unvalued: int = Field(description="Companies whose value is not known.")
    coin_price_usd: Exact | None
    supply_share_percent: Exact | None
    market_cap_usd: Exact | None = Field(description="Of the companies whose market cap is known.")
    reasons: Reasons
    overridden: list[OverriddenCompany] = Field(description="Companies with an override in these totals.")


class Summary(Model):
    companies: int
    holdings_value: Exact = Field(description="In US dollars, of the companies whose value is known.")
    unvalued: int
    assets: list[AssetTotal]


class LeadersQuery(ListQuery):
    count: int = Field(10, ge=1, le=50, description="Rows of each table.")
    days: int = Field(
        30,
        ge=1,
        le=366,
        description="How far back purchases are recent. What was bought at an unknown time in a longer period is not.",
    )


class Leader(Model):
    rank: int
    company_id: int
    ticker: str
    name: str
    asset: str
    figure: Exact | None = Field(description="What the table ranks by.")
    amount: Exact | None = Field(description="Coins: held, bought, or gained.")
    day: date | None = Field(description="Of the snapshot that says so.")
    reason: str | None = Field(description="Why the figure is null, such as stale_coin_price.")
    overridden: Overrides


class Leaders(Model):
    """Miners are not among mNAVs and yields: they hold what they mine."""

    largest_holders: list[Leader] = Field(description="By value in US dollars.")
    best_yield_ytd: list[Leader] = Field(description="By per cent.")
    highest_mnav: list[Leader] = Field(description="By basic mNAV.")
    lowest_mnav: list[Leader] = Field(description="By basic mNAV.")
    recent_purchases: list[Leader] = Field(description="By value at today's price in US dollars.")
