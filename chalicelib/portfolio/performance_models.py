"""Requests and responses about what portfolios were worth: performance, charts, benchmarks, snapshots."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from chalicelib.core.models import Amount, Day, Exact, Id, Model, PageQuery
from chalicelib.portfolio import methods
from chalicelib.portfolio.ranges import RangeName

Symbol = Annotated[str, StringConstraints(to_upper=True, min_length=1, max_length=50)]


class RangeQuery(Model):
    """A named range that ends today, or the days from … to (each optional: the beginning, today)."""

    range: RangeName | None = Field(None, description="1M … max, up to today; max unless anything is given.")
    from_: Day | None = Field(None, alias="from", description="First day; instead of `range`.")
    to: Day | None = Field(None, description="Last day; today unless given. With `range`: where it ends.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.range is not None and self.from_ is not None:
            raise ValueError("give either `range` or `from`")
        return self


class PerformanceQuery(RangeQuery):
    benchmark: Symbol | None = Field(None, description="Symbol of an asset to compare with.")
    risk_free_rate: Amount = Field(
        Decimal(0), gt=-100, le=1000, description="Per cent a year, for the Sharpe and Sortino ratios."
    )


class ChartQuery(RangeQuery):
    interval: Literal["1d", "1w", "1M"] = Field(
        "1d", description="Every day, or the last of each week or month."
    )
    benchmark: Symbol | None = Field(None, description="Symbol of an asset whose index is shown too.")


class BenchmarkQuery(RangeQuery):
    asset_id: Id


class Span(Model):
    """Which days are told about."""

    model_config = ConfigDict(serialize_by_alias=True)

    range: str = Field(description="The range's name, or custom.")
    from_: date = Field(alias="from", description="First day asked for.")
    to: date = Field(description="Last day.")
    measured_from: date = Field(
        description="First day measured: not before anything happened in the portfolio."
    )
    days: int = Field(description="Days from `measured_from` to `to`.")


class Change(Model):
    """Why the value changed: opening_value + net_flows + realised + unrealised + dividends + interest − fees − taxes +
    currency_effect = closing_value, to the last digit. Nothing is rounded; each line is defined on its own."""

    opening_value: Exact = Field(description="At the end of the day before `measured_from`.")
    net_flows: Exact = Field(
        description="Deposits, transfers in and implied deposits, less withdrawals and transfers out."
    )
    realised: Exact = Field(description="Proceeds less cost of what was sold, before fees and taxes.")
    unrealised: Exact = Field(description="How much the price gain on what is held grew.")
    dividends: Exact = Field(description="Gross.")
    interest: Exact = Field(description="Gross.")
    fees: Exact = Field(description="A cost, as a positive number.")
    taxes: Exact = Field(description="A cost, as a positive number.")
    currency_effect: Exact = Field(
        description="What was held in other currencies at each day's start, times the change of its rate that day."
    )
    closing_value: Exact = Field(description="At the end of `to`.")


class Measure(Model):
    """One way to measure the return. A share that cannot be told is null, and `reason` says why."""

    percent: Exact | None = Field(description="Over the days measured: 3.70 is 3.70 %.")
    annual_percent: Exact | None = Field(
        description="As a yearly rate; null under a year for returns of the period."
    )
    absolute: Exact | None = Field(
        description="Gain in the portfolio's currency: closing − opening − net flows."
    )
    method: str
    denominator: str = Field(description="What the percentage is a part of.")
    reason: str | None = None


class Drawdown(Model):
    percent: Exact = Field(description="Zero or negative.")
    peak: date
    trough: date
    recovered: date | None = Field(
        description="When the height was reached again; null: not within the range."
    )


class Risk(Model):
    volatility_percent: Exact | None = Field(description="Annualised.")
    max_drawdown: Drawdown | None = Field(description="Null where the index never fell.")
    sharpe: Exact | None
    sortino: Exact | None
    risk_free_rate_percent: Exact
    daily_returns: int = Field(description="How many the figures stand on.")
    method: str


class Benchmark(Model):
    """The same payments, made into another asset on the same days."""

    asset_id: int
    symbol: str
    plain_return_percent: Exact | None = Field(description="Of its price, in the portfolio's currency.")
    equivalent_value: Exact | None = Field(
        description="What the portfolio would be worth, had its opening value and all flows gone into this asset."
    )
    difference: Exact | None = Field(description="Closing value less `equivalent_value`.")
    money_weighted_percent: Exact | None = Field(
        description="Yearly rate of the same payments into this asset."
    )
    method: str
    reason: str | None = None


class AssetName(Model):
    asset_id: int
    symbol: str


class Gap(Model):
    """Days on which the value is not known, and what was lacking."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: date = Field(alias="from")
    to: date
    prices: list[AssetName] = Field(description="Assets without a price.")
    rates: list[str] = Field(description="Currencies without a rate.")


class Performance(Span):
    portfolio_id: int
    currency: str
    change: Change | None = Field(
        description="Null where a value or rate that it needs is not known; see `gaps`."
    )
    time_weighted: Measure
    money_weighted: Measure
    simple: Measure
    risk: Risk
    benchmark: Benchmark | None
    gaps: list[Gap]
    notes: list[str] = Field(description="What else should be known about these figures.")


class ChartPoint(Model):
    day: date
    value: Exact | None = Field(description="At the end of the day; null where not known.")
    invested: Exact | None = Field(description="Opening value plus net flows since.")
    index: Exact | None = Field(description="Time-weighted, 100 at the opening.")
    benchmark_index: Exact | None = Field(None, description="The benchmark's price, 100 at the opening.")


class Chart(Span):
    portfolio_id: int
    currency: str
    benchmark: AssetName | None
    points: list[ChartPoint]
    gaps: list[Gap]


class BenchmarkComparison(Span):
    portfolio_id: int
    currency: str
    closing_value: Exact | None
    time_weighted_percent: Exact | None
    money_weighted_percent: Exact | None = Field(description="Yearly rate.")
    benchmark: Benchmark


class SnapshotPosition(Model):
    asset_id: int
    symbol: str
    quantity: Exact = Field(description="In shares of that day.")
    price: Exact | None = Field(description="In `currency`; null where not known.")
    currency: str
    rate: Exact | None = Field(description="US dollars for one unit of the currency; null where not known.")
    value: Exact | None = Field(description="In US dollars; null where price or rate is not known.")


class SnapshotCash(Model):
    currency: str
    amount: Exact
    rate: Exact | None
    value: Exact | None = Field(description="In US dollars.")


class Snapshot(Model):
    snapshot_date: date = Field(description="The day at whose end, midnight UTC, it was taken.")
    total_value_usd: Exact | None = Field(description="Null where the value of something in it is not known.")
    positions: list[SnapshotPosition]
    cash: list[SnapshotCash]
    created_at: datetime


class SnapshotsQuery(PageQuery):
    pass


class PerformanceSummary(Model):
    """The cached figures: changes are in per cent of the average capital invested, in the portfolio's currency."""

    current_value_usd: Exact | None
    total_invested_usd: Exact | None = Field(description="Net contributions, at the rates of their days.")
    total_return_pct: Exact | None
    day_change_pct: Exact | None
    week_change_pct: Exact | None
    month_change_pct: Exact | None
    year_change_pct: Exact | None
    last_updated: datetime
    method: str = Field(methods.SIMPLE[0], description="Of the changes and the total return.")
    denominator: str = Field(
        methods.SIMPLE[1], description="What they are per cent of, in the portfolio's currency."
    )
