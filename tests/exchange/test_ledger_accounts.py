"""What the ledger names exists and stays: no row without its two accounts, and no account is removed or renumbered."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.conftest import Database
from tests.exchange.factory import Offering, offering, sold, trader

UNKNOWN = 9_000_001
ROWS = (
    "insert into exchange.ledger_transfers (debit_account_id, credit_account_id, amount, kind, trade_id, created_at) "
    "select debit, credit, 1, 'trade', 1, now() from unnest(%s::bigint[], %s::bigint[]) as pair (debit, credit)"
)
SESSIONS = ["set role holdfast_owner", "set session_replication_role = replica", "reset role"]


@pytest.fixture
def traded(database: Database) -> Offering:
    """An offering with a trade, so that the ledger names a buyer's, a seller's and a commission account."""
    listed = offering(database)
    sold(listed, trader(database, "1000"), 2)
    return listed


def accounts(database: Database) -> list[int]:
    return [row["id"] for row in database.rows("select id from exchange.cash_accounts order by id")]


def entries(database: Database) -> list[dict[str, Any]]:
    return database.rows("select * from exchange.ledger_transfers order by id")


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize("side", ["debit", "credit"])
def test_a_row_that_names_an_unknown_account_is_refused(
    database: Database, traded: Offering, side: str, session: str
) -> None:
    known = accounts(database)
    pair = ([UNKNOWN], known[:1]) if side == "debit" else (known[:1], [UNKNOWN])
    before = entries(database)
    with database.owner() as conn:
        conn.execute(session.encode())
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match=f"no cash account {UNKNOWN}"):
            conn.execute(ROWS, pair)
    assert entries(database) == before


def test_one_unknown_account_among_many_rows_refuses_them_all(database: Database, traded: Offering) -> None:
    known = accounts(database)
    debits, credits = known[:1] * 5_000, known[1:2] * 5_000
    with database.owner() as conn:
        conn.execute("begin")
        assert conn.execute(ROWS, (debits, credits)).rowcount == 5_000, "all of them known: taken"
        conn.execute("rollback")
    credits[3_456] = UNKNOWN
    before = entries(database)
    with database.owner() as conn, pytest.raises(psycopg.errors.ForeignKeyViolation):
        conn.execute(ROWS, (debits, credits))
    assert entries(database) == before


def test_copied_rows_are_checked_like_inserted_ones(database: Database, traded: Offering) -> None:
    columns = "debit_account_id, credit_account_id, amount, kind, trade_id, created_at"
    row = (UNKNOWN, accounts(database)[0], 1, "trade", 1, "2026-02-09T15:00:00Z")
    with (
        database.owner() as conn,
        pytest.raises(psycopg.errors.ForeignKeyViolation),
        conn.cursor().copy(f"copy exchange.ledger_transfers ({columns}) from stdin".encode()) as copy,
    ):
        copy.write_row(row)


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize(
    "statement",
    [
        "delete from exchange.cash_accounts",
        "delete from exchange.cash_accounts where kind = 'commission'",
        "update exchange.cash_accounts set id = default",
        "update exchange.cash_accounts set id = default where kind = 'outside'",
        "truncate exchange.cash_accounts",
        "truncate exchange.cash_accounts cascade",
    ],
)
def test_an_account_is_neither_removed_nor_renumbered(
    database: Database, traded: Offering, statement: str, session: str
) -> None:
    before = accounts(database)
    with database.owner() as conn:
        conn.execute(session.encode())
        with pytest.raises(psycopg.errors.RestrictViolation, match="neither removed nor renumbered"):
            conn.execute(statement.encode())
    assert accounts(database) == before
    assert len(before) >= 3


def test_the_triggers_fire_whatever_the_session_says(database: Database) -> None:
    rows = database.rows(
        "select tgrelid::regclass::text as name, tgname, tgenabled::text as enabled from pg_trigger "
        "where tgfoid in ('exchange.check_ledger_accounts()'::regprocedure, 'exchange.keep_account()'::regprocedure)"
    )
    assert {(row["name"], row["tgname"], row["enabled"]) for row in rows} == {
        ("exchange.ledger_transfers", "accounts_exist", "A"),
        ("exchange.cash_accounts", "kept", "A"),
        ("exchange.cash_accounts", "kept_number", "A"),
        ("exchange.cash_accounts", "kept_whole", "A"),
    }
