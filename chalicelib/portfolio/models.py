"""Portfolios, transactions and what is held: requests and responses."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from chalicelib.core.models import Amount, Day, Exact, Id, Model, Moment, PageQuery
from chalicelib.market.currencies import Currency
from chalicelib.portfolio.records import TransactionType

Name = Annotated[str, Field(min_length=1, max_length=255)]
CostMethod = Literal["average", "fifo"]
CashMode = Literal["automatic", "strict"]
Positive = Annotated[Amount, Field(gt=Decimal(0))]
NotNegative = Annotated[Amount, Field(ge=Decimal(0))]


class NewPortfolio(Model):
    name: Name
    currency: Currency = Field("USD", description="In which its value is told.")
    cost_method: CostMethod = Field("average", description="How the cost of what is sold is found.")
    cash_mode: CashMode = Field(
        "automatic",
        description="automatic: spending beyond the cash at hand implies a deposit. strict: it is refused.",
    )
    allow_short: bool = Field(False, description="Whether more may be sold than is held.")


class PortfolioChange(Model):
    name: Name | None = None
    currency: Currency | None = None
    cost_method: CostMethod | None = None
    cash_mode: CashMode | None = None
    allow_short: bool | None = None


class Portfolio(Model):
    id: int
    name: str
    currency: str
    cost_method: CostMethod
    cash_mode: CashMode
    allow_short: bool
    created_at: datetime
    updated_at: datetime


class Summary(Model):
    """Figures from the performance cache, in US dollars."""

    value_usd: Exact | None
    invested_usd: Exact | None
    total_return_pct: Exact | None = Field(
        description="In per cent of the average capital invested, in the portfolio's currency, like the other changes in "
        "/summary."
    )
    day_change_pct: Exact | None
    is_current: bool = Field(description="False: a transaction came in since, new figures are on their way.")
    as_of: datetime


class PortfolioDetail(Portfolio):
    summary: Summary | None = Field(description="What it was worth when last computed; null before that.")


class NewTransaction(Model):
    type: TransactionType
    asset_id: Id | None = Field(
        None,
        description="Needed to buy, sell, transfer and for dividends; fees, taxes and interest may have it.",
    )
    quantity: Positive = Field(
        description="Shares or coins, as traded then; for movements of cash the amount."
    )
    price: NotNegative | None = Field(
        None, description="For each, as traded then. 1 for dividends and movements of cash, unless given."
    )
    currency: Currency | None = Field(
        None,
        description="Of price and tax. The asset's own, or without an asset the portfolio's, unless given.",
    )
    fee: NotNegative = Decimal(0)
    fee_currency: Currency | None = Field(None, description="`currency` unless given.")
    tax: NotNegative = Field(Decimal(0), description="Withheld or paid with it.")
    timestamp: Moment
    notes: str | None = Field(None, max_length=2000)
    external_id: str | None = Field(
        None, min_length=1, max_length=200, description="Yours; a portfolio has each at most once."
    )


class TransactionChange(Model):
    """Fields left out stay as they are."""

    type: TransactionType | None = None
    asset_id: Id | None = None
    quantity: Positive | None = None
    price: NotNegative | None = None
    currency: Currency | None = None
    fee: NotNegative | None = None
    fee_currency: Currency | None = None
    tax: NotNegative | None = None
    timestamp: Moment | None = None
    notes: str | None = Field(None, max_length=2000, description="null removes it.")
    external_id: str | None = Field(None, min_length=1, max_length=200, description="null removes it.")


class Money(Model):
    currency: str
    amount: Exact


def _as_list(value: Any) -> Any:
    """Amounts by currency, as the table has them."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [{"currency": currency, "amount": amount} for currency, amount in value.items()]
    return value


class Transaction(Model):
    id: int
    portfolio_id: int
    type: TransactionType
    asset_id: int | None
    symbol: str | None
    quantity: Exact
    price: Exact
    currency: str
    fee: Exact
    fee_currency: str
    tax: Exact
    timestamp: datetime
    notes: str | None
    external_id: str | None
    realised_gain: Exact | None = Field(
        description="Proceeds less cost of what it closed, without fees and taxes, in the position's currency; null where "
        "it closed nothing, or the cost is not known."
    )
    implied_deposits: Annotated[list[Money], BeforeValidator(_as_list)] = Field(
        description="Cash that must have been paid in for it, where nothing else says so (cash_mode automatic)."
    )
    created_at: datetime
    updated_at: datetime


class TransactionsQuery(PageQuery):
    asset_id: Id | None = None
    type: TransactionType | None = None
    from_: Day | None = Field(None, alias="from", description="First day in UTC.")
    to: Day | None = Field(None, description="Last day in UTC.")


Unknown = Literal["no_price", "no_rate", "no_cost"]


class Position(Model):
    asset_id: int
    symbol: str
    name: str
    asset_type: str
    exchange: str | None
    quantity: Exact = Field(description="Negative where sold short; 0 once closed.")
    average_buy_price: Exact | None = Field(description="Cost for each, in `cost_currency`.")
    cost: Exact | None = Field(description="Of what is held, without fees and taxes, in `cost_currency`.")
    cost_currency: str = Field(description="That of the first purchase.")
    first_purchase_date: date
    realised_gain: Exact | None = Field(description="So far, in `cost_currency`.")
    dividends: Exact | None = Field(description="So far, gross, in `cost_currency`.")
    currency: str = Field(description="The asset's own: that of `price` and `value`.")
    price: Exact | None
    price_as_of: datetime | None
    value: Exact | None
    unrealised_gain: Exact | None = Field(description="Value less cost, in `cost_currency`.")
    unrealised_gain_pct: Exact | None = Field(description="In per cent of the cost.")
    base_currency: str = Field(description="The portfolio's.")
    value_base: Exact | None = Field(description="In the portfolio's currency.")
    cost_base: Exact | None = Field(description="In the portfolio's currency, at today's rate.")
    unrealised_gain_base: Exact | None = Field(
        description="In the portfolio's currency, at today's rate: what rates did meanwhile is a line of its own in the "
        "performance."
    )
    unknown: list[Unknown] = Field(
        description="Why figures are null: no price of the last ten days, no exchange rate of the last seven, or a "
        "purchase in another currency on a day without a rate."
    )


class PositionsQuery(Model):
    closed: bool = Field(False, description="Also what was held once and is not any more.")


class Positions(Model):
    items: list[Position]


class Lot(Model):
    """An open lot, or a part of one that was closed. By average cost there is one open lot for each asset."""

    asset_id: int
    symbol: str
    status: Literal["open", "closed"]
    quantity: Exact = Field(
        description="Open: in units of today. Closed: in units of the day it was closed. Negative: short."
    )
    cost: Exact | None
    proceeds: Exact | None = Field(description="Of a closed lot.")
    gain: Exact | None = Field(description="Of a closed lot: proceeds less cost, without fees and taxes.")
    currency: str
    opened_at: datetime
    opened_by: int | None = Field(description="The transaction; null by average cost, where many did.")
    closed_at: datetime | None
    closed_by: int | None = Field(description="The transaction.")


class LotsQuery(Model):
    asset_id: Id | None = None
    status: Literal["open", "closed", "all"] = "open"


class Lots(Model):
    cost_method: CostMethod
    items: list[Lot]


class Balance(Model):
    currency: str
    amount: Exact
    base_currency: str = Field(description="The portfolio's.")
    amount_base: Exact | None = Field(description="In the portfolio's currency; null where no rate is known.")


class Cash(Model):
    items: list[Balance]


class BackfillState(Model):
    id: int
    asset_id: int
    start_date: date
    end_date: date
    next_date: date = Field(description="The first day not yet fetched.")
    status: Literal["pending", "in_progress", "rate_limited", "completed", "failed"]
    retry_after: datetime | None


class Booked(Model):
    """A transaction that was booked, and what it brought about."""

    transaction: Transaction
    position: Position | None = Field(description="Of its asset, after all transactions.")
    backfills: list[BackfillState] = Field(
        description="Price histories that are being fetched because of it; empty where they are there or on their way."
    )
