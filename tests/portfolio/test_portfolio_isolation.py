"""Nobody reads or changes what is in somebody else's portfolio: by no route, and not by SQL as the API's role either."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.conftest import Api, Database
from tests.identity.factory import Person, make_admin, sign_up
from tests.portfolio.factory import Owned, new_portfolio, share

TABLES = (
    "portfolios", "transactions", "entries", "lots", "portfolio_positions", "cash_balances", "portfolio_snapshots",
    "portfolio_performance_cache", "rule_settings", "dividend_proposals",
)  # fmt: skip
WRITTEN_BY_THE_LEDGER = ("entries", "lots", "portfolio_positions", "cash_balances")

Sql = Callable[..., list[Any]]


@dataclass
class Town:
    ada: Person
    bob: Person
    admin: Person
    bobs: Owned
    transaction: int
    share: int


@pytest.fixture
def town(database: Database, api: Api) -> Town:
    """Ada, an administrator, and Bob, who has something in every table."""
    ada, bob, admin = sign_up(), sign_up(), make_admin()
    bobs, acme = new_portfolio(database, bob.id, "Bobs secret", cost_method="fifo"), share(database)
    bought = bobs.buy(acme, 777, 100).transaction.id
    new_portfolio(database, ada.id, "Adas own").cash("deposit", 1)
    action = database.row(
        "insert into market.corporate_actions (asset_id, action_type, ex_date, amount, currency, source) "
        "values (%s, 'dividend', '2024-05-02', 1, 'USD', 'test') returning id",
        acme,
    )["id"]
    database.run("insert into portfolio.rule_settings values (%s, 'fee_ratio', 1)", bobs.id)
    database.run(
        "insert into portfolio.portfolio_snapshots (portfolio_id, snapshot_date, positions_snapshot) "
        "values (%s, '2024-05-02', '[]')",
        bobs.id,
    )
    database.run(
        "insert into portfolio.dividend_proposals (portfolio_id, corporate_action_id, quantity, amount, currency) "
        "values (%s, %s, 777, 777, 'USD')",
        bobs.id,
        action,
    )
    return Town(ada, bob, admin, bobs, bought, acme)


@pytest.fixture
def sql(database: Database) -> Iterator[Sql]:
    """Runs a statement as the API's role, acting as somebody: its rows, or a list of how many it changed."""
    with psycopg.connect(database.url("api"), autocommit=True) as conn:

        def run(who: UUID | None, role: str, statement: str, params: Any = None) -> list[Any]:
            with conn.transaction():
                conn.execute("select app.act_as(%s, %s)", [who, role])
                cursor = conn.execute(statement, params)
                return cursor.fetchall() if cursor.description else [cursor.rowcount]

        yield run


def test_somebody_elses_portfolio_is_not_there(town: Town) -> None:
    path = f"/v1/portfolios/{town.bobs.id}"
    one = f"{path}/transactions/{town.transaction}"
    body = {"type": "deposit", "quantity": "1", "timestamp": "2024-03-01T00:00:00Z"}
    for person in (town.ada, town.admin):
        calls = [
            *(person.api.get(path + part) for part in ("", "/transactions", "/positions", "/lots", "/cash")),
            person.api.get(one),
            person.api.patch(path, {"name": "mine"}),
            person.api.delete(path),
            person.api.post(f"{path}/transactions", body),
            person.api.patch(one, {"quantity": "1"}),
            person.api.delete(one),
        ]
        assert {answer.status for answer in calls} == {404}
        assert "Bobs secret" not in person.api.get("/v1/portfolios").text
    assert town.bobs.quantity(town.share) == 777


def test_a_transaction_is_reached_through_its_own_portfolio_only(town: Town, database: Database) -> None:
    other = new_portfolio(database, town.bob.id)
    path = f"/v1/portfolios/{other.id}/transactions/{town.transaction}"
    assert town.bob.api.get(path).status == town.bob.api.patch(path, {"quantity": "1"}).status == 404
    assert town.bob.api.delete(path).status == 404


def test_nobody_without_an_account_gets_anywhere(town: Town) -> None:
    nobody = Api()
    assert nobody.get("/v1/portfolios").status == 401
    assert nobody.get(f"/v1/portfolios/{town.bobs.id}/positions").status == 401


@pytest.mark.parametrize("table", TABLES)
def test_row_security_shows_a_person_their_own_rows_and_no_others(town: Town, sql: Sql, table: str) -> None:
    key = "id" if table == "portfolios" else "portfolio_id"
    statement = f"select distinct {key} from portfolio.{table}"
    assert sql(town.bob.id, "user", statement) == [(town.bobs.id,)]
    for who, role in ((town.ada.id, "user"), (town.admin.id, "admin"), (None, "anonymous")):
        assert (town.bobs.id,) not in sql(who, role, statement)
    assert sql(None, "anonymous", statement) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update portfolio.portfolios set name = 'mine' where id = %s",
        "delete from portfolio.portfolios where id = %s",
        "update portfolio.transactions set quantity = 1 where portfolio_id = %s",
        "delete from portfolio.transactions where portfolio_id = %s",
        "delete from portfolio.rule_settings where portfolio_id = %s",
        "update portfolio.dividend_proposals set status = 'dismissed' where portfolio_id = %s",
    ],
)
def test_somebody_elses_rows_cannot_be_changed(town: Town, sql: Sql, statement: str) -> None:
    for who, role in ((town.ada.id, "user"), (town.admin.id, "admin"), (None, "anonymous")):
        assert sql(who, role, statement, [town.bobs.id]) == [0]


def test_nothing_can_be_put_into_somebody_elses_portfolio(town: Town, sql: Sql) -> None:
    insert = (
        "insert into portfolio.transactions (portfolio_id, transaction_type, quantity, price, currency, fee_currency, "
        "timestamp) values (%s, 'deposit', 1, 1, 'USD', 'USD', now())"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(town.ada.id, "user", insert, [town.bobs.id])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(
            town.ada.id,
            "user",
            "insert into portfolio.portfolios (user_id, name) values (%s, 'x')",
            [town.bob.id],
        )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(town.ada.id, "user", "update portfolio.portfolios set user_id = %s", [town.bob.id])


def test_the_ledger_of_somebody_else_cannot_be_written(town: Town, sql: Sql) -> None:
    names = ("transactions", "entries", "lots", "positions", "cash")
    changes = json.dumps({"whole": True, **{name: [] for name in names}})
    for who, role in ((town.ada.id, "user"), (town.admin.id, "admin"), (None, "anonymous")):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql(who, role, "select portfolio.write_ledger(%s, %s)", [town.bobs.id, changes])
    assert town.bobs.quantity(town.share) == 777


def test_the_ledger_writes_into_one_portfolio_only(town: Town, sql: Sql, database: Database) -> None:
    """Even with another's transaction among the changes."""
    adas = database.row("select id from portfolio.portfolios where user_id = %s", town.ada.id)["id"]
    changes = {"whole": False, "transactions": [[town.transaction, 1, "5", None]]}
    sql(town.ada.id, "user", "select portfolio.write_ledger(%s, %s)", [adas, json.dumps(changes)])
    kept = database.row("select realised_gain from portfolio.transactions where id = %s", town.transaction)
    assert kept["realised_gain"] is None
    assert len(town.bobs.entries("holding")) == 1


@pytest.mark.parametrize("table", WRITTEN_BY_THE_LEDGER)
def test_what_follows_from_transactions_is_written_by_the_ledger_only(
    town: Town, sql: Sql, table: str
) -> None:
    for statement in (
        f"delete from portfolio.{table}",
        f"update portfolio.{table} set portfolio_id = portfolio_id",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql(town.bob.id, "user", statement)


@pytest.mark.parametrize("column", ["realised_gain", "place", "implied", "portfolio_id"])
def test_a_person_cannot_write_their_own_gains(town: Town, sql: Sql, column: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(town.bob.id, "user", f"update portfolio.transactions set {column} = null")


def test_the_cache_of_somebody_else_stays_valid(town: Town, sql: Sql, database: Database) -> None:
    database.run("update portfolio.portfolio_performance_cache set valid = true")
    sql(town.ada.id, "user", "select portfolio.invalidate_cache(%s)", [town.bobs.id])
    valid = "select valid from portfolio.portfolio_performance_cache where portfolio_id = %s"
    assert database.row(valid, town.bobs.id)["valid"] is True
    sql(town.bob.id, "user", "select portfolio.invalidate_cache(%s)", [town.bobs.id])
    assert database.row(valid, town.bobs.id)["valid"] is False


def test_a_person_who_is_deleted_leaves_nothing_behind(town: Town, database: Database) -> None:
    database.run("delete from identity.users where id = %s", town.bob.id)
    for table in TABLES:
        key = "id" if table == "portfolios" else "portfolio_id"
        assert database.rows(f"select 1 from portfolio.{table} where {key} = %s", town.bobs.id) == []


def test_policies_look_up_the_callers_portfolios_once(town: Town, database: Database) -> None:
    """Not once a row: the plan has the owner's portfolios in a subplan that is hashed, or a join."""
    with psycopg.connect(database.url("api"), autocommit=True) as conn, conn.transaction():
        conn.execute("select app.act_as(%s, 'user')", [town.bob.id])
        for table in ("transactions", "entries", "lots", "portfolio_positions"):
            statement = (
                f"explain (analyze, costs off) select * from portfolio.{table} where portfolio_id = %s"
            )
            plan = "\n".join(row[0] for row in conn.execute(statement, [town.bobs.id]))
            assert "hashed SubPlan" in plan or "Join" in plan or "Nested Loop" in plan, plan
            assert "app.user_id" not in plan.split("InitPlan")[0], plan


def test_every_function_is_granted_by_name_and_safe_to_run_with_the_owners_rights(database: Database) -> None:
    rows = database.rows(
        "select proname, prosecdef, coalesce(proconfig @> array['search_path=pg_catalog'], false) as pinned, "
        "has_function_privilege('public', oid, 'execute') as public, prorettype = 'trigger'::regtype as trigger, "
        "has_function_privilege('holdfast_api', oid, 'execute') as api "
        "from pg_proc where pronamespace = 'portfolio'::regnamespace"
    )
    assert len(rows) >= 5
    for row in rows:
        assert not row["public"], row
        assert row["pinned"] or not row["prosecdef"], row
        assert not (row["trigger"] and row["api"]), row
