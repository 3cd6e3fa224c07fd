"""What a trade names exists and stays: an order of that person in that offering, whoever writes it and wherever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from chalicelib.core import db
from tests.conftest import Database
from tests.exchange.factory import Offering, Trader, offering, sold, trader

UNKNOWN = 9_000_001
COLUMNS = (
    "offering_id, buyer_id, seller_id, buy_order_id, sell_order_id, shares_traded, price_per_share, trade_type, taker, "
    "seller_cost, executed_at"
)
SESSIONS = ["set session_replication_role = origin", "set session_replication_role = replica"]


@dataclass(frozen=True)
class Market:
    """Two offerings, each with a trade between the one to whom its shares were issued and the same buyer."""

    database: Database
    first: Offering
    second: Offering
    buyer: Trader

    @property
    def trade(self) -> dict[str, Any]:
        """The first offering's trade, as its row names people and orders."""
        return self.first.trades()[0]

    def others(self) -> dict[str, dict[str, Any]]:
        """What a trade like that must not say: by what is wrong with it, the columns that say so."""
        own, other = self.trade, self.second.trades()[0]
        return {
            "an unknown purchase": {"buy_order_id": UNKNOWN},
            "an unknown sale": {"sell_order_id": UNKNOWN},
            "a purchase in another offering": {"buy_order_id": other["buy_order_id"]},
            "a sale in another offering": {"sell_order_id": other["sell_order_id"]},
            "another offering's trade": {"offering_id": other["offering_id"]},
            "somebody else's purchase": {"buy_order_id": own["sell_order_id"]},
            "somebody else's sale": {"sell_order_id": own["buy_order_id"]},
            "somebody else as buyer": {"buyer_id": other["seller_id"]},
            "somebody else as seller": {"seller_id": other["seller_id"]},
        }


WRONG = [
    "an unknown purchase",
    "an unknown sale",
    "a purchase in another offering",
    "a sale in another offering",
    "another offering's trade",
    "somebody else's purchase",
    "somebody else's sale",
    "somebody else as buyer",
    "somebody else as seller",
]


@pytest.fixture
def market(database: Database) -> Market:
    buyer = trader(database, "10000")
    listed = Market(database, offering(database), offering(database), buyer)
    sold(listed.first, buyer, 2)
    sold(listed.second, buyer, 3)
    return listed


def write(conn: psycopg.Connection[Any], table: str, rows: list[dict[str, Any]]) -> int:
    """Copies the row's columns into a table of trades, past everything but what the table itself checks."""
    values = [tuple(row[name.strip()] for name in COLUMNS.split(",")) for row in rows]
    places = ", ".join(["(" + ", ".join(["%s"] * 11) + ")"] * len(values))
    statement = f"insert into {table} ({COLUMNS}) values {places}"
    return conn.execute(statement.encode(), [value for row in values for value in row]).rowcount


def partitions(database: Database) -> list[tuple[str, Any]]:
    """Every partition, and a moment that belongs into it."""
    rows = database.rows(
        "select relid::regclass::text as name, substring(pg_get_expr(relpartbound, relid) from "
        "$$FROM \\('([^']+)'\\)$$)::timestamptz as since "
        "from pg_partition_tree('exchange.market_trades') join pg_class on pg_class.oid = relid where isleaf order by 1"
    )
    return [(row["name"], row["since"] or "2199-01-01T00:00:00Z") for row in rows]


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_trade_that_names_an_order_wrongly_is_refused(market: Market, wrong: str, session: str) -> None:
    before = market.first.trades()
    with market.database.owner() as conn:
        conn.execute(session.encode())
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="there is no order"):
            write(conn, "exchange.market_trades", [market.trade | market.others()[wrong]])
    assert market.first.trades() == before


@pytest.mark.parametrize("session", SESSIONS)
def test_no_partition_is_a_way_around(market: Market, session: str) -> None:
    known = partitions(market.database)
    assert len(known) >= 5
    wrong = market.others()
    for name, since in known:
        for kind in WRONG:
            with market.database.owner() as conn:
                conn.execute(session.encode())
                with pytest.raises(psycopg.errors.ForeignKeyViolation, match="there is no order"):
                    write(conn, name, [market.trade | {"executed_at": since} | wrong[kind]])
        with market.database.owner() as conn:
            conn.execute("begin")
            assert write(conn, name, [market.trade | {"executed_at": since}]) == 1, "a true one is taken"
            conn.execute("rollback")


def test_a_partition_made_later_is_as_well_checked(market: Market) -> None:
    with db.job_transaction() as tx:
        tx.execute("select exchange.make_trade_partitions('2040-01-15', '2040-01-20')")
    with market.database.owner() as conn, pytest.raises(psycopg.errors.ForeignKeyViolation):
        write(
            conn,
            "exchange.market_trades_2040_01",
            [market.trade | {"executed_at": "2040-01-17T00:00:00Z", "buy_order_id": UNKNOWN}],
        )


def test_one_wrong_trade_among_many_refuses_them_all(market: Market) -> None:
    rows = [market.trade] * 500
    with market.database.owner() as conn:
        conn.execute("begin")
        assert write(conn, "exchange.market_trades", rows) == 500, "all of them true: taken"
        conn.execute("rollback")
    rows[345] = market.trade | {"sell_order_id": UNKNOWN}
    with (
        market.database.owner() as conn,
        pytest.raises(psycopg.errors.ForeignKeyViolation, match=f"no order {UNKNOWN}"),
    ):
        write(conn, "exchange.market_trades", rows)
    assert len(market.first.trades()) == 1


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize(
    "statement",
    [
        "delete from exchange.market_orders",
        "truncate exchange.market_orders",
        "truncate exchange.market_orders cascade",
        "update exchange.market_orders set id = default",
        "update exchange.market_orders set user_id = (select id from identity.users where id <> user_id limit 1)",
        "update exchange.market_orders set offering_id = (select id from exchange.vehicle_offerings as listed "
        "where listed.id <> offering_id limit 1)",
    ],
)
def test_an_order_is_neither_removed_nor_renumbered_nor_given_away(
    market: Market, statement: str, session: str
) -> None:
    before = market.database.rows("select * from exchange.market_orders order by id")
    with market.database.owner() as conn:
        conn.execute(session.encode())
        with pytest.raises(psycopg.errors.RestrictViolation):
            conn.execute(statement.encode())
    assert market.database.rows("select * from exchange.market_orders order by id") == before
    assert len(before) >= 4


def test_the_triggers_fire_whatever_the_session_says(database: Database) -> None:
    rows = database.rows(
        "select tgrelid::regclass::text as name, tgname, tgenabled::text as enabled from pg_trigger where tgfoid in "
        "('exchange.check_trade_orders()'::regprocedure, 'exchange.keep_order()'::regprocedure, "
        "'exchange.refuse_going_back()'::regprocedure)"
    )
    tables = ["exchange.market_trades", *(name for name, _ in partitions(database))]
    assert {(row["name"], row["tgname"], row["enabled"]) for row in rows} == {
        *((name, "orders_exist", "A") for name in tables),
        ("exchange.market_orders", "kept", "A"),
        ("exchange.market_orders", "kept_whole", "A"),
        ("exchange.market_orders", "forward", "A"),
    }
