"""An order only goes forward: nobody, not even who owns the table, opens one again or makes it another one."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.conftest import Database
from tests.exchange import factory
from tests.exchange.factory import Offering


@pytest.fixture
def orders(database: Database) -> dict[str, Any]:
    """One order in each state, by that state; and another offering."""
    listed: Offering = factory.offering(database)
    factory.offering(database)
    buyer = factory.trader(database, 10_000)
    factory.sold(listed, buyer, 3)
    factory.order(listed.seller, listed, "sell", 2, "100.00")
    factory.order(buyer, listed, "buy", 5, "100.00")
    factory.order(buyer, listed, "buy", 1, "90.00")
    factory.order(buyer, listed, "buy", 1, "80.00", force="ioc")
    return {row["status"]: row for row in listed.orders()}


def change(database: Database, role: str, statement: str, order_id: int) -> None:
    with psycopg.connect(database.url("owner")) as conn:
        # a superuser may even turn ordinary triggers off
        conn.execute(
            "set role holdfast_owner" if role == "owner" else "set session_replication_role = replica"
        )
        conn.execute(f"update exchange.market_orders set {statement} where id = %s".encode(), [order_id])


@pytest.mark.parametrize("role", ["owner", "superuser"])
@pytest.mark.parametrize(
    ("status", "statement"),
    [
        ("cancelled", "status = 'active', cancel_reason = null"),
        ("cancelled", "status = 'filled', shares_filled = shares_requested, cancel_reason = null"),
        ("filled", "status = 'partially_filled', shares_filled = 1"),
        ("filled", "status = 'active', shares_filled = 0"),
        ("filled", "status = 'cancelled', shares_filled = 1, cancel_reason = 'admin'"),
        ("partially_filled", "status = 'active', shares_filled = 0"),
        ("partially_filled", "shares_filled = shares_filled - 1"),
        ("active", "user_id = (select user_id from exchange.market_orders order by id limit 1)"),
        ("active", "order_type = 'sell'"),
        ("active", "offering_id = (select max(id) from exchange.vehicle_offerings)"),
        ("active", "id = default"),
        ("filled", "user_id = (select id from identity.users where id <> user_id order by id limit 1)"),
    ],
)
def test_no_order_goes_back_or_becomes_another(
    database: Database, orders: dict[str, Any], role: str, status: str, statement: str
) -> None:
    before = orders[status]
    with pytest.raises(psycopg.errors.RestrictViolation, match="cannot become"):
        change(database, role, statement, before["id"])
    assert database.row("select * from exchange.market_orders where id = %s", before["id"]) == before


@pytest.mark.parametrize(
    ("status", "statement"),
    [
        ("active", "status = 'cancelled', cancel_reason = 'admin'"),
        ("active", "status = 'filled', shares_filled = shares_requested"),
        ("partially_filled", "status = 'cancelled', cancel_reason = 'admin'"),
    ],
)
def test_forward_it_goes(database: Database, orders: dict[str, Any], status: str, statement: str) -> None:
    change(database, "owner", statement, orders[status]["id"])
    assert database.row("select status from exchange.market_orders where id = %s", orders[status]["id"])[
        "status"
    ] in {"cancelled", "filled"}
