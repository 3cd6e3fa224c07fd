"""The market's requests and responses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from chalicelib.core.models import Amount, Day, Exact, Id, Model, Moment, PageQuery

AssetType = Literal["stock", "crypto", "commodity", "bond", "cash"]
Interval = Literal["1d", "1w", "1M"]
BackfillStatus = Literal["pending", "in_progress", "rate_limited", "completed", "failed"]
FlagStatus = Literal["open", "kept", "removed"]
PriceSource = Literal["binance", "coingecko", "alpaca"]

Currency = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{3}$")]
Symbol = Annotated[str, StringConstraints(to_upper=True, min_length=1, max_length=50)]

MAX_SYMBOLS = 100


def _split(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("give the parameter once, with the symbols separated by commas")
    return [part.strip().upper() for part in value.split(",") if part.strip()]


def _few(value: list[str]) -> list[str]:
    if not 1 <= len(value) <= MAX_SYMBOLS:
        raise ValueError(f"name 1 to {MAX_SYMBOLS} symbols, separated by commas")
    return value


Symbols = Annotated[
    list[str],
    BeforeValidator(_split),
    AfterValidator(_few),
    WithJsonSchema({"type": "string", "minLength": 1}, mode="validation"),
]
"""Symbols separated by commas in a query."""


class Asset(Model):
    id: int
    symbol: str
    name: str
    asset_type: AssetType
    exchange: str | None
    native_currency: str
    is_active: bool
    price_sources: list[str] = Field(description="Where its prices come from, the preferred source first.")
    metadata: dict[str, Any]


class AssetsQuery(PageQuery):
    q: str | None = Field(
        None, min_length=1, max_length=100, description="Words or beginnings of the symbol or name."
    )
    type: AssetType | None = None
    exchange: str | None = Field(None, max_length=50)


class NewAsset(Model):
    symbol: Symbol
    name: str = Field(min_length=1, max_length=255)
    asset_type: AssetType
    exchange: str | None = Field(None, min_length=1, max_length=50)
    native_currency: Currency
    coingecko_id: str | None = Field(None, max_length=100)
    binance_symbol: str | None = Field(None, max_length=50)
    alpaca_symbol: str | None = Field(None, max_length=50)
    price_sources: list[PriceSource] = []
    metadata: dict[str, Any] = {}


class AssetChange(Model):
    name: str | None = Field(None, min_length=1, max_length=255)
    is_active: bool | None = None
    coingecko_id: str | None = Field(None, max_length=100)
    binance_symbol: str | None = Field(None, max_length=50)
    alpaca_symbol: str | None = Field(None, max_length=50)
    price_sources: list[PriceSource] | None = None
    metadata: dict[str, Any] | None = None


class Bar(Model):
    timestamp: datetime = Field(description="Start of the day, week or month, 00:00 UTC of the trading date.")
    open: Exact | None
    high: Exact | None
    low: Exact | None
    close: Exact
    volume: Exact | None
    source: str


class PricesQuery(PageQuery):
    from_: Day | None = Field(None, alias="from", description="First day; a year before `to` unless given.")
    to: Day | None = Field(None, description="Last day; today unless given.")
    interval: Interval = "1d"
    limit: int = Field(400, ge=1, le=5000, description="Bars on a page.")


class PriceAtQuery(Model):
    at: Moment


class PriceAt(Model):
    asset_id: int
    at: datetime
    close: Exact
    currency: str
    timestamp: datetime = Field(description="The trading date that the close is of.")
    age_days: int = Field(description="Whole days from the end of that date to `at`: how stale the price is.")
    source: str


class LatestPrice(Model):
    asset_id: int
    symbol: str
    exchange: str | None
    price: Exact
    currency: str
    as_of: datetime
    change_24h: Exact | None
    change_percentage_24h: Exact | None
    high_24h: Exact | None
    low_24h: Exact | None
    volume_24h: Exact | None = Field(description="In units of the asset.")
    volume_24h_value: Exact | None = Field(description="In `currency`.")
    market_cap: Exact | None
    source: str
    updated_at: datetime


class LatestQuery(Model):
    symbols: Symbols = Field(description="Symbols separated by commas.")


class LatestPrices(Model):
    items: list[LatestPrice]
    unknown: list[str] = Field(
        description="Symbols asked for that have no latest price: nothing is made up for them."
    )


class MarketData(Model):
    asset_id: int
    symbol: str
    name: str
    exchange: str | None
    asset_type: AssetType
    price_usd: Exact | None
    price_aud: Exact | None
    volume_24h_usd: Exact | None
    volume_24h_aud: Exact | None
    change_24h: Exact | None
    change_percentage_24h: Exact | None
    market_cap_usd: Exact | None
    market_cap_aud: Exact | None
    high_24h: Exact | None
    low_24h: Exact | None
    source: str
    last_updated: datetime


class MarketDataQuery(Model):
    symbols: Symbols | None = Field(None, description="Symbols separated by commas; all unless given.")


class MarketDataList(Model):
    items: list[MarketData]


class ExchangeRate(Model):
    currency_code: str
    rate_to_usd: Exact = Field(description="US dollars for one unit.")
    timestamp: datetime = Field(description="When the rate was published.")
    source: str


class ExchangeRatesQuery(Model):
    at: Moment | None = Field(None, description="The rates as known at that moment; now unless given.")


class ExchangeRates(Model):
    base: str
    items: list[ExchangeRate]


class ConvertQuery(Model):
    amount: Amount
    from_: Currency = Field(alias="from")
    to: Currency
    at: Moment | None = None


class Conversion(Model):
    amount: Exact
    currency: str
    rate: Exact = Field(description="Units of the target currency for one unit of the source currency.")
    from_as_of: datetime
    from_source: str
    to_as_of: datetime
    to_source: str


class Watch(Model):
    since: date = Field(
        description="The history is fetched from one year before this day.",
        ge=date(1970, 1, 1),
        le=date(2199, 12, 31),
    )


class Watching(Model):
    asset_id: int
    since: date
    backfills: list[int] = Field(
        description="Backfills that this caused; empty where the history is there or on its way."
    )


class WatchedAsset(Model):
    id: int
    symbol: str
    name: str
    exchange: str | None
    since: date
    price: Exact | None
    currency: str | None
    as_of: datetime | None


class WatchedAssets(Model):
    items: list[WatchedAsset]


class Backfill(Model):
    id: int
    asset_id: int
    symbol: str
    start_date: date
    end_date: date
    next_date: date = Field(description="The first day not yet fetched.")
    status: BackfillStatus
    reason: str
    source: str | None
    attempts: int
    max_attempts: int
    retry_after: datetime | None
    rows_landed: int
    rows_flagged: int
    error_message: str | None
    note: str | None = Field(
        description="What a completed backfill lacks, such as days that no source serves."
    )
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    progress_percent: int = Field(description="Share of the range of days that is done.")


class BackfillsQuery(PageQuery):
    status: BackfillStatus | None = None
    asset_id: Id | None = None


class SourceHealth(Model):
    source: str
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None
    consecutive_failures: int


class SourceHealthList(Model):
    items: list[SourceHealth]


class PriceFlag(Model):
    id: int
    asset_id: int
    symbol: str
    timestamp: datetime
    kind: Literal["impossible_bar", "large_move"]
    reason: str
    source: str
    bar: dict[str, Any]
    previous_close: Exact | None
    status: FlagStatus
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: UUID | None


class FlagsQuery(PageQuery):
    status: FlagStatus | None = "open"


class Resolution(Model):
    action: Literal["kept", "removed"] = Field(description="Keep the bar in the history, or take it out.")
