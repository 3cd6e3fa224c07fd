"""What an order would do now: the pure rules, run on what it would meet in the book."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import Any

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.exchange import matching, problems, records
from chalicelib.exchange.order_models import NewOrder, Preview, PreviewLevel
from chalicelib.exchange.records import Account, Book, Fill, Holding, Order, OrderType, Refused, User

queries = db.Queries(__file__, "orders.sql")

SOMEBODY: User = "somebody"
"""Owns all orders of others: whose they are makes no difference, and is not told."""


def preview(tx: Tx, offering_id: int, wanted: NewOrder) -> Preview:
    """What would become of an order placed now; nothing is written. Raises NotFound, and Conflict like placing it would."""
    market = queries.market_for(tx.conn, offering_id=offering_id, user_id=tx.who.user_id, now=clock.now())
    if market is None:
        raise problems.offering_unknown(offering_id)
    new = records.NewOrder(
        wanted.order_type, wanted.pricing, wanted.time_in_force or "gtc", wanted.shares_requested,
        wanted.price_per_share, wanted.client_order_id,
    )  # fmt: skip
    book = _book(tx, offering_id, market, new)
    try:
        outcome = matching.place(book, tx.who.user_id, new)
    except Refused as refused:
        raise problems.refusal(refused) from refused
    order = outcome.order
    return Preview(
        phase=book.phase,
        status=order.status,
        shares_filled=order.shares_filled,
        shares_open=order.remaining if order.is_open else 0,
        average_fill_price=_average(order),
        filled_value=order.filled_value,
        commission=order.commission,
        reserved_cash=order.reserved_cash,
        available_after=outcome.book.account(tx.who.user_id).available,
        levels=_levels(outcome.fills),
    )


def _book(tx: Tx, offering_id: int, market: dict[str, Any], new: records.NewOrder) -> Book:
    """As much of the book as the order would meet: what it would trade with, its owner's orders, cash and shares."""
    me = tx.who.user_id
    own = queries.own_open_orders(
        tx.conn, offering_id=offering_id, user_id=me, client_order_id=new.client_order_id
    )
    met = queries.preview_fills(
        tx.conn,
        offering_id=offering_id,
        order_type=new.order_type,
        price=new.price_per_share,
        shares=new.shares_requested,
    )
    orders = {row["id"]: Order(user=me, **row) for row in own}
    first = max(orders, default=0) + 1
    makers = [_maker(first + place, new.order_type, row, market["lot_size"]) for place, row in enumerate(met)]
    orders |= {maker.id: maker for maker in makers}
    offered = sum(maker.reserved_shares for maker in makers)
    reserved = sum((maker.reserved_cash for maker in makers), Decimal(0))
    return Book(
        tick_size=market["tick_size"],
        lot_size=market["lot_size"],
        phase=market["phase"],
        ends_at=market["ends_at"],
        orders=orders,
        accounts={me: Account(market["balance"], market["reserved"]), SOMEBODY: Account(reserved, reserved)},
        holdings={
            me: Holding(market["shares_owned"], market["shares_reserved"], market["cost"]),
            SOMEBODY: Holding(offered, offered),
        },
        next_id=first + len(makers),
        next_priority=first + len(makers),
    )


def _maker(number: int, taker: OrderType, row: dict[str, Any], lot_size: int) -> Order:
    """Somebody's resting order; they are numbered in the order in which they would trade."""
    side: OrderType = "sell" if taker == "buy" else "buy"
    return Order(number, SOMEBODY, side, "limit", "gtc", row["shares"], row["price"], None, lot_size, number)


def _average(order: Order) -> Decimal | None:
    if not order.shares_filled:
        return None
    return (order.filled_value / order.shares_filled).quantize(Decimal("0.000001"))


def _levels(fills: Any) -> list[PreviewLevel]:
    levels = []
    for price, same in groupby(fills, key=_price):
        shares = sum(fill.shares for fill in same)
        levels.append(PreviewLevel(price_per_share=price, shares=shares, value=price * shares))
    return levels


def _price(fill: Fill) -> Decimal:
    return fill.price
