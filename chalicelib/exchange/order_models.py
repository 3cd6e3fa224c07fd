"""Orders and their trades: requests and responses."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.core.models import Amount, Exact, Id, Model, PageQuery
from chalicelib.exchange.records import OrderType, Phase, Pricing, Status, TimeInForce

MOST_IN_A_BATCH = 1_000
Price = Annotated[Amount, Field(gt=Decimal(0), le=Decimal(10**9), decimal_places=2)]
Shares = Annotated[int, Field(ge=1, le=10**12)]
CancelReason = Literal[
    "user", "immediate_or_cancel", "fill_or_kill", "expired", "auction_over", "offering_closed", "admin"
]


class NewOrder(Model):
    order_type: OrderType
    pricing: Pricing = Field(
        "limit", description="market: at whatever price there is, at once or in an auction."
    )
    time_in_force: TimeInForce | None = Field(
        None,
        description="day: rests until a quarter of an hour after the session's close. gtc: rests until cancelled. ioc: "
        "what is not filled at once is cancelled. fok: all at once or nothing. at_open, at_close: for that auction only. "
        "Unless given, gtc for a limit order and ioc for a market order.",
    )
    shares_requested: Shares = Field(description="A multiple of the offering's `lot_size`.")
    price_per_share: Price | None = Field(
        None,
        description="The limit, a multiple of the offering's `tick_size`. A market order to buy needs it, too: it is the "
        "most that it may pay for a share. A market order to sell has none.",
    )
    client_order_id: str | None = Field(
        None, min_length=1, max_length=64, description="Yours; no two orders of yours have the same."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        market = self.pricing == "market"
        if self.time_in_force is None:
            self.time_in_force = "ioc" if market else "gtc"
        if market and self.time_in_force in ("day", "gtc"):
            message = "A market order is ioc, fok, at_open or at_close: it does not rest in the book."
            raise PydanticCustomError("time_in_force", message)
        if market and self.order_type == "sell":
            if self.price_per_share is not None:
                message = "A market order to sell takes any price. Leave price_per_share out, or make it a limit order."
                raise PydanticCustomError("price_not_taken", message)
        elif self.price_per_share is None:
            message = (
                "Say in price_per_share the most that it may pay for a share."
                if market
                else "A limit order needs price_per_share."
            )
            raise PydanticCustomError("price_missing", message)
        return self


class NewOrders(Model):
    orders: list[NewOrder] = Field(min_length=1, max_length=MOST_IN_A_BATCH)


class OrderChange(Model):
    """What is left out stays as it is."""

    shares_requested: Shares | None = Field(
        None, description="All the shares of the order, those already filled included."
    )
    price_per_share: Price | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.shares_requested is None and self.price_per_share is None:
            raise PydanticCustomError("nothing_to_change", "Name shares_requested, price_per_share, or both.")
        return self


class Order(Model):
    id: int
    offering_id: int
    order_type: OrderType
    pricing: Pricing
    time_in_force: TimeInForce
    status: Status
    shares_requested: int
    shares_filled: int
    price_per_share: Exact | None = Field(
        description="The limit; of a market order to buy the most it may pay for a share; null for a market order to sell."
    )
    average_fill_price: Exact | None = Field(description="Null before anything was filled.")
    filled_value: Exact
    commission: Exact = Field(description="Paid so far, on top of `filled_value`; 0 for a sale.")
    reserved_cash: Exact = Field(description="Held for what is open of a purchase, commission included.")
    client_order_id: str | None
    cancel_reason: CancelReason | None
    created_at: datetime
    updated_at: datetime


class OrderTrade(Model):
    """A trade of an order with one that was in the book."""

    id: int
    price_per_share: Exact
    shares_traded: int
    total_value: Exact
    nuke_commission_amount: Exact = Field(
        description="2 % of the value, half-even; the buyer pays it on top."
    )
    executed_at: datetime


class OrderResult(Model):
    order: Order
    trades: list[OrderTrade] = Field(
        description="What it traded at once, in the order in which that happened."
    )


class Refusal(Model):
    """Why an order of a batch was not accepted: as a problem would say it."""

    code: str
    detail: str
    facts: dict[str, Any] = Field(
        description="What the problem would carry besides, such as `needed` and `available`."
    )


class BatchResult(Model):
    """Of one order of a batch: `order` and `trades`, or `problem`."""

    order: Order | None
    trades: list[OrderTrade]
    problem: Refusal | None


class BatchResults(Model):
    accepted: int
    refused: int
    results: list[BatchResult] = Field(description="One for each order, as they were sent.")


class Cancelled(Model):
    cancelled: int
    order_ids: list[int]


class OrdersQuery(PageQuery):
    status: Status | Literal["open"] | None = Field(
        None, description="open: active or partially filled, so that it can still trade."
    )
    offering_id: Id | None = None
    order_type: OrderType | None = None
    client_order_id: str | None = Field(None, min_length=1, max_length=64)


class FillsQuery(PageQuery):
    offering_id: Id | None = None
    order_id: Id | None = None


class OwnFill(Model):
    """A trade, as one of its two people sees it."""

    trade_id: int
    order_id: int
    offering_id: int
    symbol: str
    order_type: OrderType = Field(description="Whether you bought or sold.")
    shares_traded: int
    price_per_share: Exact
    total_value: Exact
    nuke_commission_amount: Exact = Field(description="What you paid on top; 0 for a sale.")
    realised_gain: Exact | None = Field(
        description="Of a sale: value less the average cost of what was sold."
    )
    trade_type: Literal["continuous", "opening", "closing"]
    role: Literal["maker", "taker", "auction"] = Field(
        description="maker: your order was there first; taker: it came second."
    )
    executed_at: datetime


class PreviewLevel(Model):
    price_per_share: Exact
    shares: int
    value: Exact


class Preview(Model):
    phase: Phase
    status: Status = Field(description="What the order's status would be.")
    shares_filled: int
    shares_open: int = Field(description="What would rest in the book, or wait for the auction.")
    average_fill_price: Exact | None
    filled_value: Exact
    commission: Exact = Field(description="On what is filled; 0 for a sale.")
    reserved_cash: Exact = Field(description="What would be held for the open shares.")
    available_after: Exact = Field(description="Your free cash afterwards.")
    levels: list[PreviewLevel] = Field(description="What it would trade, by price, the best first.")
