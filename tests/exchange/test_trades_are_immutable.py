"""Trades and ledger rows are final: neither the API nor jobs, neither the owner nor a superuser changes or removes one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from chalicelib.core import db
from chalicelib.core.principal import JOB
from chalicelib.exchange import book_jobs
from tests.conftest import Database
from tests.exchange.factory import Offering, offering, sold, trader
from tests.exchange.known_days import know_days

MAY_2031 = datetime(2031, 5, 5, 15, tzinfo=UTC)
TABLES = ("market_trades", "ledger_transfers")
WAYS = (
    "update exchange.{table} set {column} = {column}",
    "delete from exchange.{table}",
    "truncate exchange.{table}",
    "truncate exchange.{table} cascade",
)
COLUMNS = {"market_trades": "shares_traded", "ledger_transfers": "amount"}
STATEMENTS = [(table, way.format(table=table, column=COLUMNS[table])) for table in TABLES for way in WAYS]


@pytest.fixture
def traded(database: Database) -> Offering:
    """An offering with a trade in this month's partition, one in the DEFAULT partition, and their rows in the ledger."""
    listed = offering(database)
    buyer = trader(database, "1000")
    sold(listed, buyer, 2)
    know_days(MAY_2031)
    sold(listed, buyer, 1, at=MAY_2031)
    return listed


@contextmanager
def session(database: Database, role: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of a role that could hope to change something."""
    with psycopg.connect(database.url(role if role in ("api", "jobs") else "owner"), autocommit=True) as conn:
        if role == "owner":
            conn.execute("set role holdfast_owner")
        yield conn


def content(database: Database, table: str) -> list[dict[str, Any]]:
    return database.rows(f"select * from exchange.{table} order by id")


@pytest.mark.parametrize(("table", "statement"), STATEMENTS)
@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_who_owns_them_or_everything_is_refused(
    database: Database, traded: Offering, role: str, table: str, statement: str
) -> None:
    before = content(database, table)
    with session(database, role) as conn, pytest.raises(psycopg.errors.RestrictViolation, match="final"):
        conn.execute(statement)
    assert content(database, table) == before
    assert len(before) >= 2


@pytest.mark.parametrize(("table", "statement"), STATEMENTS)
@pytest.mark.parametrize(("role", "acts_as"), [("api", "user"), ("api", "admin"), ("jobs", "job")])
def test_who_logs_in_has_no_right_to_try(
    database: Database, traded: Offering, role: str, acts_as: str, table: str, statement: str
) -> None:
    before = content(database, table)
    with session(database, role) as conn:
        conn.execute("begin")
        conn.execute("select app.act_as(%s, %s)", [traded.seller.id, acts_as])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement)
    assert content(database, table) == before


def partitions(database: Database) -> list[str]:
    rows = database.rows(
        "select relid::regclass::text as name from pg_partition_tree('exchange.market_trades') where isleaf order by 1"
    )
    return [row["name"] for row in rows]


@pytest.mark.parametrize("way", ["update {} set shares_traded = 1", "delete from {}", "truncate {}"])
def test_no_partition_is_a_way_around(database: Database, traded: Offering, way: str) -> None:
    filled = [
        name for name in partitions(database) if database.row(f"select count(*) as n from {name}")["n"] > 0
    ]
    assert len(filled) == 2
    assert "exchange.market_trades_default" in filled
    for name in filled:
        with pytest.raises(psycopg.errors.RestrictViolation, match="final"):
            database.run(way.format(name))


def test_a_partition_made_later_is_as_final(database: Database, traded: Offering) -> None:
    known = set(partitions(database))
    with db.job_transaction() as tx:
        tx.execute("select exchange.make_trade_partitions('2040-01-15', '2040-02-15')")
    new = set(partitions(database)) - known
    assert new == {"exchange.market_trades_2040_01", "exchange.market_trades_2040_02"}
    know_days(datetime(2040, 1, 20, tzinfo=UTC))
    sold(traded, trader(database, "1000"), 1, at=datetime(2040, 1, 20, tzinfo=UTC))
    for way in ("delete from {}", "update {} set taker = null", "truncate {}"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="final"):
            database.run(way.format("exchange.market_trades_2040_01"))
    for name in new:
        with pytest.raises(psycopg.errors.RestrictViolation, match="final"):
            database.run(f"truncate {name}")


def test_every_partition_refuses_truncation_whatever_the_session_says(database: Database) -> None:
    """A session that turns triggers off (session_replication_role) does not turn these off."""
    for name in partitions(database):
        with database.owner() as conn:
            conn.execute("set session_replication_role = replica")
            with pytest.raises(psycopg.errors.RestrictViolation, match="final"):
                conn.execute(f"truncate {name}")


def test_every_partition_has_both_triggers_and_they_always_fire(database: Database) -> None:
    rows = database.rows(
        "select tgrelid::regclass::text as name, tgname, tgenabled::text as enabled from pg_trigger "
        "where tgfoid = 'exchange.refuse_change()'::regprocedure"
    )
    wanted = {*partitions(database), "exchange.market_trades", "exchange.ledger_transfers"}
    assert {(row["name"], row["tgname"], row["enabled"]) for row in rows} == {
        (name, trigger, "A") for name in wanted for trigger in ("final", "final_whole")
    }


@pytest.mark.parametrize("table", TABLES)
def test_rows_too_are_final_whatever_the_session_says(
    database: Database, traded: Offering, table: str
) -> None:
    with database.owner() as conn:
        conn.execute("set session_replication_role = replica")
        with pytest.raises(psycopg.errors.RestrictViolation, match="final"):
            conn.execute(f"delete from exchange.{table}")
        with pytest.raises(psycopg.errors.RestrictViolation, match="final"):
            conn.execute(f"update exchange.{table} set id = default")


@pytest.mark.parametrize("role", ["api", "jobs"])
@pytest.mark.parametrize(
    "statement",
    [
        "update exchange.cash_accounts set balance = balance + 1000000",
        "insert into exchange.cash_accounts (kind, user_id, balance) values ('user', %(user)s, 1000000)",
        "insert into exchange.ledger_transfers (debit_account_id, credit_account_id, amount, kind, cash_transfer_id, "
        "created_at) values (1, 2, 5, 'deposit', 1, now())",
        "insert into exchange.market_trades (offering_id, buyer_id, seller_id, buy_order_id, sell_order_id, "
        "shares_traded, price_per_share, trade_type, taker, seller_cost, executed_at) "
        "values (1, %(user)s, %(user)s, 1, 1, 1, 1, 'continuous', 'buy', 0, now())",
        "update exchange.share_holdings set shares_owned = 1000000",
        "update exchange.market_orders set price_per_share = 1",
        "update exchange.cash_transfers set status = 'confirmed', decided_at = now()",
        "update exchange.vehicle_offerings set current_share_price = 1",
        "delete from exchange.market_snapshots",
        "select exchange.end_transfer(null, 'confirmed', null, now())",
        "select exchange.cancel_open_orders(1, null, 'admin', now())",
        "select exchange.account_of(%(user)s)",
    ],
)
def test_books_are_written_by_their_functions_only(
    database: Database, traded: Offering, role: str, statement: str
) -> None:
    with psycopg.connect(database.url(role)) as conn:
        acts_as = "job" if role == "jobs" else "admin"
        conn.execute("select app.act_as(%s, %s)", [traded.seller.id, acts_as])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement, {"user": traded.seller.id})


def test_the_commission_is_two_per_cent_and_nobody_s_to_choose(database: Database, traded: Offering) -> None:
    first = traded.trades()[0]
    assert (first["nuke_commission_pct"], first["nuke_commission_amount"]) == (2, 4)
    columns = (
        "offering_id, buyer_id, seller_id, buy_order_id, sell_order_id, shares_traded, price_per_share, trade_type, "
        "taker, seller_cost, executed_at"
    )
    with pytest.raises(psycopg.errors.CheckViolation, match="fixed_commission"):
        database.run(
            f"insert into exchange.market_trades ({columns}, nuke_commission_pct) "
            f"select {columns}, 1.0 from exchange.market_trades"
        )
    with pytest.raises(psycopg.errors.GeneratedAlways):
        database.run(
            f"insert into exchange.market_trades ({columns}, nuke_commission_amount) "
            f"select {columns}, 0 from exchange.market_trades"
        )


def test_a_job_makes_the_months_ahead(database: Database) -> None:
    month = (datetime.now(UTC) + timedelta(days=400)).replace(day=2)
    outcome = book_jobs.MAKE_TRADE_PARTITIONS.work(month)
    assert outcome.rows in (3, 4, 5)
    assert book_jobs.MAKE_TRADE_PARTITIONS.work(month).rows == 0
    assert f"exchange.market_trades_{month:%Y_%m}" in partitions(database)
    with db.transaction(JOB) as tx:
        assert tx.execute("select count(*) as n from exchange.market_trades").fetchone() == {"n": 0}
