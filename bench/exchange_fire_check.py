"""What must hold after the fire, by plain reading of the tables and arithmetic of its own; and what the database checks."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from bench.exchange_market import DEPOSIT, HELD
from chalicelib.exchange.order_models import NewOrder, OrderResult, OrderTrade

CENT = Decimal("0.01")


@dataclass
class Acknowledged:
    """What clients were told is done, of orders whose ids are above `before`."""

    before: int = 0
    orders: dict[int, tuple[str, NewOrder]] = field(default_factory=dict)
    """By id: whose, and what was asked for."""
    answers: int = 0
    trades: dict[int, OrderTrade] = field(default_factory=dict)
    filled: dict[int, int] = field(default_factory=dict)
    """By order: shares that are filled, as far as its owner was told."""
    changed: dict[int, tuple[int, Decimal | None]] = field(default_factory=dict)
    """By order: shares and price after the last amendment."""
    doubtful: dict[int, tuple[int | None, Decimal | None]] = field(default_factory=dict)
    """By order: an amendment whose answer was lost; it has no key under which to ask for it again."""
    cancelled: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def placed(self, owner: str, wanted: NewOrder, done: OrderResult) -> None:
        with self._lock:
            self.answers += 1
            self.orders[done.order.id] = owner, wanted
            self._traded(done)

    def amended(self, done: OrderResult) -> None:
        with self._lock:
            self.changed[done.order.id] = done.order.shares_requested, done.order.price_per_share
            self._traded(done)

    def _traded(self, done: OrderResult) -> None:
        self.filled[done.order.id] = done.order.shares_filled
        self.trades.update({trade.id: trade for trade in done.trades})


def violations(conn: Connection[Any], told: Acknowledged) -> list[str]:
    """Sentences; [] if everything is as it must be."""
    with conn.cursor(row_factory=dict_row) as cursor:

        def rows(statement: str) -> list[dict[str, Any]]:
            return cursor.execute(statement.encode()).fetchall()

        books = [str(row) for row in rows("select * from exchange.check_books()")]
        orders = {row["id"]: row for row in rows("select * from exchange.market_orders")}
        trades = rows("select * from exchange.market_trades order by id")
        holdings = rows("select * from exchange.share_holdings")
        accounts = rows("select * from exchange.cash_accounts")
        issued = {row["id"]: row["shares_issued"] for row in rows("select * from exchange.vehicle_offerings")}
        waiting = rows("select * from exchange.waiting_orders where result is null")
    known = {row["id"]: row for row in trades}
    return [
        *books,
        *_orders(told, orders),
        *_trades(told, known),
        *_replayed(orders, trades, holdings, accounts, issued),
        *_uncrossed(orders),
        *[f"order {row['id']} still waits" for row in waiting],
    ]


def _orders(told: Acknowledged, orders: dict[int, dict[str, Any]]) -> Iterator[str]:
    """Exactly what was acknowledged is there, as it was asked for."""
    if told.answers != len(told.orders):
        yield f"{told.answers} answers speak of {len(told.orders)} orders"
    made = {id for id in orders if id > told.before}
    for id in sorted(made - told.orders.keys()):
        yield f"order {id} is there, and nobody was told"
    for id in sorted(told.orders.keys() - orders.keys()):
        yield f"order {id} was acknowledged and is lost"
    for id, (owner, wanted) in told.orders.items():
        if (row := orders.get(id)) is None:
            continue
        shares, price = told.changed.get(id, (wanted.shares_requested, wanted.price_per_share))
        found = str(row["user_id"]), row["order_type"], row["pricing"], row["time_in_force"]
        if found != (owner, wanted.order_type, wanted.pricing, wanted.time_in_force):
            yield f"order {id} is not what was asked for: {found}"
        stands = row["shares_requested"], row["price_per_share"]
        if stands not in ((shares, price), told.doubtful.get(id)):
            yield f"order {id} is for {row['shares_requested']} at {row['price_per_share']}, not {shares} at {price}"
        if row["shares_filled"] < told.filled[id]:
            yield f"order {id} was filled with {told.filled[id]}, and now with {row['shares_filled']}"
        if id in told.cancelled and row["status"] != "cancelled":
            yield f"order {id} was cancelled and is {row['status']}"


def _trades(told: Acknowledged, known: dict[int, dict[str, Any]]) -> Iterator[str]:
    for id, trade in told.trades.items():
        row = known.get(id)
        if row is None:
            yield f"trade {id} was acknowledged and is lost"
        elif (row["shares_traded"], row["price_per_share"]) != (trade.shares_traded, trade.price_per_share):
            yield f"trade {id} is not as it was told"


def _replayed(
    orders: dict[int, dict[str, Any]],
    trades: list[dict[str, Any]],
    holdings: list[dict[str, Any]],
    accounts: list[dict[str, Any]],
    issued: dict[int, int],
) -> Iterator[str]:
    """Cash, shares and fills from the trades alone, one after the other."""
    issuer = min(str(row["holder_id"]) for row in holdings)
    people = {str(row["user_id"]) for row in accounts if row["kind"] == "user"} - {issuer}
    cash = dict.fromkeys(people, Decimal(DEPOSIT)) | {issuer: Decimal(0)}
    shares: dict[tuple[int, str], int] = defaultdict(int)
    shares.update({(offering, issuer): count for offering, count in issued.items()})
    filled: dict[int, int] = defaultdict(int)
    house = Decimal(0)
    for trade in trades:
        buyer, seller, count = str(trade["buyer_id"]), str(trade["seller_id"]), trade["shares_traded"]
        value = count * trade["price_per_share"]
        commission = (value * 2 / 100).quantize(CENT, ROUND_HALF_EVEN)
        cash[buyer] -= value + commission
        cash[seller] += value
        house += commission
        shares[trade["offering_id"], buyer] += count
        shares[trade["offering_id"], seller] -= count
        filled[trade["buy_order_id"]] += count
        filled[trade["sell_order_id"]] += count
        if cash[buyer] < 0 or shares[trade["offering_id"], seller] < 0:
            yield f"trade {trade['id']} was made with what was not there"
    needed: dict[str, Decimal] = defaultdict(Decimal)
    offered: dict[tuple[int, str], int] = defaultdict(int)
    for id, row in orders.items():
        if row["shares_filled"] != filled[id]:
            yield f"order {id} is filled with {row['shares_filled']}, its trades with {filled[id]}"
        still = row["shares_requested"] - row["shares_filled"]
        if row["status"] in ("active", "partially_filled"):
            if row["order_type"] == "buy":
                needed[str(row["user_id"])] += row["price_per_share"] * still * Decimal("1.02")
            else:
                offered[row["offering_id"], str(row["user_id"])] += still
    for row in accounts:
        owner = str(row["user_id"])
        if row["kind"] == "user" and (row["balance"], row["reserved"]) != (cash[owner], needed[owner]):
            yield f"{owner} has {row['balance']}, {row['reserved']} reserved, not {cash[owner]}, {needed[owner]}"
        if row["kind"] != "outside" and not 0 <= row["reserved"] <= row["balance"]:
            yield f"account {row['id']} has {row['balance']}, {row['reserved']} reserved"
    if house != sum(row["balance"] for row in accounts if row["kind"] == "commission"):
        yield f"the house has not earned {house}"
    if sum(row["balance"] for row in accounts) != 0:
        yield "all balances together are not zero"
    for row in holdings:
        place = row["offering_id"], str(row["holder_id"])
        if (row["shares_owned"], row["shares_reserved"]) != (shares.pop(place, 0), offered.pop(place, 0)):
            yield f"{place} holds {row['shares_owned']}, {row['shares_reserved']} reserved"
    if any(shares.values()) or any(offered.values()):
        yield f"holdings are missing: {dict(shares)}, {dict(offered)}"
    for offering, count in issued.items():
        if sum(row["shares_owned"] for row in holdings if row["offering_id"] == offering) != count:
            yield f"offering {offering} has not {count} shares any more"
    assert all(count == len(people) * HELD for count in issued.values())


def _uncrossed(orders: dict[int, dict[str, Any]]) -> Iterator[str]:
    books: dict[int, dict[str, list[Decimal]]] = defaultdict(lambda: {"buy": [], "sell": []})
    for row in orders.values():
        if row["status"] in ("active", "partially_filled") and row["time_in_force"] in ("day", "gtc"):
            books[row["offering_id"]][row["order_type"]].append(row["price_per_share"])
    for offering, book in books.items():
        if book["buy"] and book["sell"] and max(book["buy"]) >= min(book["sell"]):
            yield f"the book of offering {offering} is crossed"
