"""Auctions, and beside each what its writes cost by themselves: the rows that it left, written again without a single rule.

Nothing is looked for and nothing is checked but what the tables check: it is the most that holding an auction in the
database can reach, whatever the rules do.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg import Connection

from chalicelib.core import db
from chalicelib.exchange import auctions
from local.embedded import Embedded

TRADE: LiteralString = (
    "id, offering_id, buyer_id, seller_id, buy_order_id, sell_order_id, shares_traded, price_per_share, "
    "trade_type, taker, seller_cost, executed_at"
)

ROWS: dict[LiteralString, tuple[LiteralString, LiteralString]] = {
    "trades": (
        f"select {TRADE} from exchange.market_trades where offering_id = {{offering}} and taker is null",
        f"insert into exchange.market_trades ({TRADE}) overriding system value select * from kept.trades",
    ),
    "entries": (
        "select entry.* from exchange.ledger_transfers as entry "
        "join exchange.market_trades as trade on trade.id = entry.trade_id "
        "where trade.offering_id = {offering} and trade.taker is null order by entry.id",
        "insert into exchange.ledger_transfers overriding system value select * from kept.entries",
    ),
    "orders": (
        "select id, status, shares_filled, filled_value, commission, cancel_reason, updated_at from exchange.market_orders "
        "where offering_id = {offering} and (shares_filled > 0 or cancel_reason = 'auction_over') order by id",
        "update exchange.market_orders as held set status = now.status, shares_filled = now.shares_filled, "
        "filled_value = now.filled_value, commission = now.commission, cancel_reason = now.cancel_reason, "
        "updated_at = now.updated_at from kept.orders as now where held.id = now.id",
    ),
    "accounts": (
        "select id, balance, reserved from exchange.cash_accounts where kind = 'user' or offering_id = {offering}",
        "update exchange.cash_accounts as held set balance = now.balance, reserved = now.reserved "
        "from kept.accounts as now where held.id = now.id",
    ),
    "holdings": (
        "select * from exchange.share_holdings where offering_id = {offering}",
        "update exchange.share_holdings as held set shares_owned = now.shares_owned, cost = now.cost, "
        "shares_reserved = now.shares_reserved, realised_gain = now.realised_gain, updated_at = now.updated_at "
        "from kept.holdings as now where held.offering_id = now.offering_id and held.holder_id = now.holder_id",
    ),
    "topic": (
        "select * from app.outbox_topics where topic = 'exchange-{offering}'",
        "insert into app.outbox_topics select * from kept.topic",
    ),
    "events": (
        "select * from app.outbox where topic = 'exchange-{offering}' order by seq",
        "insert into app.outbox select * from kept.events",
    ),
}
"""What an auction leaves: the rows as they are afterwards, and how they are written where it has not been held."""


def hold(
    server: Embedded, database: str, offerings: Iterable[int], at: datetime
) -> tuple[list[float], list[float]]:
    """Milliseconds of the auction of each offering that is due, and of its writes alone in a copy of the database.

    Nobody but the services may be connected.
    """
    db.close_all()
    server.create_database("unheld", database)
    held, written = [], []
    with (
        psycopg.connect(server.url("owner", database), autocommit=True) as afterwards,
        psycopg.connect(server.url("owner", "unheld"), autocommit=True) as unheld,
    ):
        for offering_id in offerings:
            started = time.perf_counter()
            auctions.hold_if_due(offering_id, at)
            held.append((time.perf_counter() - started) * 1000)
            written.append(write_again(afterwards, unheld, offering_id))
    server.drop_database("unheld")
    return held, written


def write_again(held: Connection[Any], unheld: Connection[Any], offering_id: int) -> float:
    """Milliseconds that the rows of an auction that was held take to write where it was not, in one transaction."""
    unheld.execute("drop schema if exists kept cascade")
    unheld.execute("create schema kept")
    for name, (rows, _) in ROWS.items():
        chosen = rows.replace("{offering}", str(offering_id))
        unheld.execute(f"create unlogged table kept.{name} as {chosen} limit 0".encode())
        with (
            held.cursor().copy(f"copy ({chosen}) to stdout".encode()) as read,
            unheld.cursor().copy(f"copy kept.{name} from stdin".encode()) as write,
        ):
            for data in read:
                write.write(data)
    unheld.execute("analyze")
    started = time.perf_counter()
    with unheld.transaction():
        unheld.execute("set local work_mem = '64MB'")
        unheld.execute("set local jit = off")
        for _, written in ROWS.values():
            unheld.execute(written.encode())
    return (time.perf_counter() - started) * 1000
