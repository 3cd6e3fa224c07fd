"""What the rules of trading speak of: orders, accounts, holdings, trades, and the book of an offering. All immutable."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from chalicelib.exchange import money

OrderType = Literal["buy", "sell"]
Pricing = Literal["limit", "market"]
TimeInForce = Literal["day", "gtc", "ioc", "fok", "at_open", "at_close"]
Status = Literal["active", "partially_filled", "filled", "cancelled"]
Phase = Literal["continuous", "call", "halted", "closed"]
User = Hashable

RESTING: frozenset[TimeInForce] = frozenset({"day", "gtc"})
"""What stays in the book of continuous trading until it is filled."""

IMMEDIATE: frozenset[TimeInForce] = frozenset({"ioc", "fok"})
"""What is over at once, filled or not."""

NOTHING = Decimal(0)


class Refused(Exception):
    """An order, amendment or cancellation that is not accepted: a stable code, and the facts behind it."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What somebody wants to buy or sell.

    `price_per_share` is the limit; of a market buy the most it may pay a share; None for a market sell, which takes any.
    """

    order_type: OrderType
    pricing: Pricing
    time_in_force: TimeInForce
    shares_requested: int
    price_per_share: Decimal | None
    client_order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the exchange keeps it. Among equal prices the smaller `priority` goes first."""

    id: int
    user: User
    order_type: OrderType
    pricing: Pricing
    time_in_force: TimeInForce
    shares_requested: int
    price_per_share: Decimal | None
    client_order_id: str | None
    lot_size: int
    priority: int
    status: Status = "active"
    shares_filled: int = 0
    filled_value: Decimal = NOTHING
    commission: Decimal = NOTHING
    cancel_reason: str | None = None

    @property
    def remaining(self) -> int:
        """Shares that are not filled."""
        return self.shares_requested - self.shares_filled

    @property
    def is_open(self) -> bool:
        return self.status in ("active", "partially_filled")

    @property
    def rests(self) -> bool:
        """Whether it can be traded against in continuous trading."""
        return self.is_open and self.time_in_force in RESTING

    @property
    def reserved_cash(self) -> Decimal:
        """What an open buy order holds back of its owner's cash: all that the open shares can cost, commission included."""
        if self.order_type == "sell" or not self.is_open or self.price_per_share is None:
            return NOTHING
        return money.cost_at_most(self.price_per_share, self.remaining, self.lot_size)

    @property
    def reserved_shares(self) -> int:
        """The shares that an open sell order offers."""
        return self.remaining if self.order_type == "sell" and self.is_open else 0

    def crosses(self, order_type: OrderType, price: Decimal | None) -> bool:
        """Whether this order and one of `order_type` at `price` could trade with each other."""
        if self.order_type == order_type:
            return False
        bid, ask = (price, self.price_per_share) if order_type == "buy" else (self.price_per_share, price)
        return bid is None or ask is None or bid >= ask

    def filled(self, fill: Fill) -> Order:
        """The order after a trade of its own."""
        shares = self.shares_filled + fill.shares
        return replace(
            self,
            shares_filled=shares,
            status="filled" if shares == self.shares_requested else "partially_filled",
            filled_value=self.filled_value + fill.value,
            commission=self.commission + (fill.commission if self.order_type == "buy" else NOTHING),
        )

    def cancelled(self, reason: str) -> Order:
        return replace(self, status="cancelled", cancel_reason=reason)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's cash: all of it, and how much open buy orders and requested withdrawals hold back."""

    balance: Decimal = NOTHING
    reserved: Decimal = NOTHING

    @property
    def available(self) -> Decimal:
        return self.balance - self.reserved


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody's shares of the offering: all of them, those offered in open sell orders, and what they cost.

    `cost` is without commission; `realised_gain` is the proceeds of all sales less the average cost of what was sold.
    """

    shares_owned: int = 0
    shares_reserved: int = 0
    cost: Decimal = NOTHING
    realised_gain: Decimal = NOTHING

    @property
    def free(self) -> int:
        return self.shares_owned - self.shares_reserved

    def bought(self, fill: Fill) -> Holding:
        return replace(self, shares_owned=self.shares_owned + fill.shares, cost=self.cost + fill.value)

    def sold(self, fill: Fill) -> Holding:
        return replace(
            self,
            shares_owned=self.shares_owned - fill.shares,
            cost=self.cost - fill.seller_cost,
            realised_gain=self.realised_gain + fill.value - fill.seller_cost,
        )


@dataclass(frozen=True, slots=True)
class Fill:
    """A trade. `seller_cost` is what the sold shares had cost the seller on average; `taker` is whose order came second."""

    buy_order_id: int
    sell_order_id: int
    buyer: User
    seller: User
    shares: int
    price: Decimal
    taker: OrderType
    seller_cost: Decimal

    @property
    def value(self) -> Decimal:
        return self.price * self.shares

    @property
    def commission(self) -> Decimal:
        """What the buyer pays on top."""
        return money.commission(self.value)


@dataclass(frozen=True, slots=True)
class Book:
    """Everything of one offering that trading depends on and changes. `ends_at` is when a call phase ends."""

    tick_size: Decimal
    lot_size: int
    phase: Phase = "continuous"
    ends_at: datetime | None = None
    orders: Mapping[int, Order] = field(default_factory=dict)
    accounts: Mapping[User, Account] = field(default_factory=dict)
    holdings: Mapping[User, Holding] = field(default_factory=dict)
    commission_earned: Decimal = NOTHING
    last_price: Decimal | None = None
    next_id: int = 1
    next_priority: int = 1

    def account(self, user: User) -> Account:
        return self.accounts.get(user, Account())

    def holding(self, user: User) -> Holding:
        return self.holdings.get(user, Holding())

    def open_orders(self, user: User) -> list[Order]:
        """Somebody's open orders, the oldest first."""
        return [order for _, order in sorted(self.orders.items()) if order.user == user and order.is_open]

    def resting(self, order_type: OrderType) -> list[Order]:
        """One side of what can be traded against, in the order in which it would be: by price, then by priority."""
        found = [order for order in self.orders.values() if order.order_type == order_type and order.rests]
        sign = -1 if order_type == "buy" else 1
        return sorted(found, key=lambda order: (sign * (order.price_per_share or NOTHING), order.priority))

    @property
    def highest_bid(self) -> Decimal | None:
        bids = self.resting("buy")
        return bids[0].price_per_share if bids else None

    @property
    def lowest_ask(self) -> Decimal | None:
        asks = self.resting("sell")
        return asks[0].price_per_share if asks else None
