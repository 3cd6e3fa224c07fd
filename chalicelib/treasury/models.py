"""Companies and their financials: requests and responses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from chalicelib.core.models import Amount, Day, Exact, Id, Model, PageQuery
from chalicelib.market.currencies import Currency

Country = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{2}$")]
Ticker = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$")]
"""What exchanges and their suffixes are written with (BRK.B, 3350.T): a short name can be made of it."""
ExternalId = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://.", max_length=2000)]
Money = Annotated[Amount, Field(ge=0)]
Shares = Annotated[Amount, Field(gt=0)]
Percent = Annotated[Amount, Field(ge=0, le=100)]
Confidence = Annotated[Amount, Field(ge=0.5, le=1)]


class Overridden(Model):
    """A stored value that another one stands in for."""

    value: str
    original: str | None = Field(description="What was stored when it was overridden.")
    reason: str
    source: Literal["admin", "csv"]
    since: datetime
    expires_at: datetime | None


Overrides = Annotated[
    dict[str, Overridden], Field(description="Which fields show another value than the stored one, and why.")
]


class Company(Model):
    id: int
    external_id: str
    ticker: str
    name: str
    asset_id: int = Field(description="The coin that it holds.")
    asset: str = Field(description="Its symbol.")
    share_asset_id: int | None = Field(description="Its own listed share in the catalogue.")
    currency: str
    exchange: str | None
    country: str | None
    tier: int | None
    is_miner: bool
    is_active: bool
    website: str | None
    twitter: str | None
    leader: str | None
    strategy: str | None
    notes: str | None
    dat_start_date: date | None = Field(description="Since when it holds digital assets as its treasury.")
    tokenized_address: str | None
    tokenized_chain: str | None
    current_holdings: Exact | None = Field(
        description="Of the latest approved snapshot, or a tracker's file."
    )
    current_holdings_date: date | None
    current_snapshot_id: int | None
    overridden: Overrides
    updated_at: datetime


class AdminCompany(Company):
    auto_approve_confidence: Exact | None = Field(
        description="From which confidence on a snapshot that two sources agree on is approved without a look."
    )
    stored: dict[str, str | None] = Field(
        description="What is stored now of each field that is overridden: `original` is what was when the override began."
    )


class AdminCompaniesQuery(PageQuery):
    q: str | None = Field(
        None, max_length=200, description="Words in name, ticker, strategy and notes, or a ticker."
    )
    active: bool | None = Field(
        None, description="Only those that are tracked, or only those that are not any more."
    )


class _CompanyFields(Model):
    exchange: str | None = Field(None, min_length=1, max_length=50)
    country: Country | None = None
    tier: int | None = Field(None, ge=1, le=9)
    website: Url | None = None
    twitter: str | None = Field(None, max_length=2000)
    leader: str | None = Field(None, max_length=255)
    strategy: str | None = Field(None, max_length=4000)
    notes: str | None = Field(None, max_length=4000)
    dat_start_date: Day | None = None
    tokenized_address: str | None = Field(None, max_length=255)
    tokenized_chain: str | None = Field(None, max_length=50)
    auto_approve_confidence: Confidence | None = None


class NewCompany(_CompanyFields):
    ticker: Ticker
    name: str = Field(min_length=1, max_length=255)
    asset: Annotated[str, StringConstraints(to_upper=True, min_length=1, max_length=50)] = Field(
        description="The symbol of the coin that it holds, such as BTC."
    )
    external_id: ExternalId | None = Field(
        None, description="A short name of its own; its ticker in small letters unless given."
    )
    currency: Currency = Field("USD", description="Of its listing.")
    is_miner: bool = False
    is_active: bool = True
    share_asset_id: Id | None = Field(
        None, description="Its listed share; found by its ticker and currency, or added, unless given."
    )


class CompanyChange(_CompanyFields):
    ticker: Ticker | None = None
    name: str | None = Field(None, min_length=1, max_length=255)
    external_id: ExternalId | None = None
    currency: Currency | None = None
    is_miner: bool | None = None
    is_active: bool | None = None
    share_asset_id: Id | None = None


class _FinancialFigures(Model):
    market_cap: Money | None = Field(None, description="As stated; used where price × shares is not known.")
    shares_basic: Shares | None = None
    shares_assumed_diluted: Shares | None = None
    shares_fully_diluted: Shares | None = None
    shares_unit_date: Day | None = Field(
        None, description="The counts are in shares of that day; of effective_date unless given."
    )
    total_debt: Money | None = None
    preferred_equity: Money | None = None
    cash: Money | None = None
    cost_basis_avg: Money | None = Field(None, description="Paid for one coin on average.")
    staking_pct: Percent | None = Field(None, description="In per cent: 85 is 85 %.")
    staking_apy: Amount | None = None
    staking_method: str | None = Field(None, max_length=255)
    capital_raised_atm: Amount | None = None
    capital_raised_pipe: Amount | None = None
    capital_raised_converts: Amount | None = None
    quarterly_burn: Amount | None = None
    avg_daily_volume: Amount | None = None
    leverage_ratio: Amount | None = None
    mined_annual: Amount | None = None
    has_options: bool | None = None
    options_open_interest: Amount | None = None
    source_url: Url | None = None
    accession: str | None = Field(None, max_length=100)


class NewFinancials(_FinancialFigures):
    effective_date: Day = Field(description="From when on it holds, until the next row's date.")
    currency: Currency | None = Field(None, description="The company's unless given.")
    source: str = Field(min_length=1, max_length=255, description="Where this is known from.")
    carry_forward: bool = Field(
        False,
        description=(
            "State what is left out anew as the row before does. Otherwise it stays known as of that row's date. Share "
            "counts are taken over only all together."
        ),
    )


class Financials(Model):
    id: int
    effective_date: date
    end_date: date | None = Field(description="The first day on which it holds no more; null: still.")
    currency: str
    market_cap: Exact | None
    shares_basic: Exact | None
    shares_assumed_diluted: Exact | None
    shares_fully_diluted: Exact | None
    shares_unit_date: date | None
    total_debt: Exact | None
    preferred_equity: Exact | None
    cash: Exact | None
    cost_basis_avg: Exact | None
    staking_pct: Exact | None
    staking_apy: Exact | None
    staking_method: str | None
    capital_raised_atm: Exact | None
    capital_raised_pipe: Exact | None
    capital_raised_converts: Exact | None
    quarterly_burn: Exact | None
    avg_daily_volume: Exact | None
    leverage_ratio: Exact | None
    mined_annual: Exact | None
    has_options: bool | None
    options_open_interest: Exact | None
    source: str
    source_url: str | None
    accession: str | None
    flags: list[str] = Field(
        description="Why to look twice: fallback_value, where an imported file states a figure as a fallback only."
    )
    created_at: datetime


class KnownFigure(Model):
    """The latest value that was stated of a field."""

    value: str
    effective_date: date = Field(description="The day that it is stated of.")
    currency: str = Field(description="Of amounts of money.")
    financials_id: int
    source: str
    source_url: str | None
    accession: str | None
    reason: str | None = Field(
        description="Why it is not computed with: it is too old (stale_debt, stale_cash, …)."
    )


class FinancialsQuery(Model):
    as_of: Day | None = Field(None, description="Only what held on that day; the whole history unless given.")


class FinancialsHistory(Model):
    items: list[Financials] = Field(description="As stored, the newest first. Periods never overlap.")
    known: dict[str, KnownFigure] = Field(
        description=(
            "What is known on the day of `as_of`, or today: of each field the latest that was stated. What a row does "
            "not state hides nothing that an earlier one does."
        )
    )
    overridden: Overrides


def unknown_nulls(change: Model, required: tuple[str, ...]) -> list[str]:
    """Fields among `required` that a change sets to null although they cannot be empty."""
    return [name for name in required if name in change.model_fields_set and getattr(change, name) is None]


def given(change: Model) -> dict[str, Any]:
    """What a change names, nulls included, as JSON holds it."""
    return change.model_dump(mode="json", exclude_unset=True)
