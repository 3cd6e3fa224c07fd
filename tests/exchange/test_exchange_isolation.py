"""Nobody sees or moves what is somebody else's: in no table, by no route, and by no function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest

from chalicelib.core.operation import Operation, operations
from tests.conftest import Api, Database
from tests.exchange.factory import Offering, Trader, admin, offering, order, request_transfer, sold, trader

WHOSE = {
    "market_orders": "user_id = %(user)s",
    "market_trades": "%(user)s in (buyer_id, seller_id)",
    "share_holdings": "holder_id = %(user)s",
    "user_trading_stats": "user_id = %(user)s",
    "cash_accounts": "user_id = %(user)s",
    "cash_transfers": "user_id = %(user)s",
    "ledger_transfers": "(select id from exchange.cash_accounts where user_id = %(user)s) "
    "in (debit_account_id, credit_account_id)",
    "waiting_orders": "user_id = %(user)s",
}
"""Tables of people's own rows, and what makes a row somebody's."""

EVERYBODYS = {
    "vehicles", "vehicle_offerings", "market_snapshots", "price_discovery_events", "leaderboard_snapshots",
    "trading_calendar", "current_market_state", "trading_days",
}  # fmt: skip
VIEWS = {
    "marked_holdings": "holder_id = %(user)s",
    "portfolio_positions": "user_id = %(user)s",
    "ledger_entries": WHOSE["ledger_transfers"].replace(
        "(debit_account_id, credit_account_id)", "(account_id)"
    ),
}
BOBS_CASH = "777.77"

Sql = Callable[..., list[Any]]


@dataclass
class Town:
    """Ada, who has nothing but an account; Bob, who has something in every table; and whoever sold to Bob."""

    ada: Trader
    bob: Trader
    office: Trader
    listed: Offering
    order: int
    transfer: int

    @property
    def ids(self) -> dict[str, Any]:
        """What stands in the paths of routes: of Bob's, where it is a person's."""
        return {
            "offering_id": self.listed.id, "order_id": self.order, "transfer_id": self.transfer, "vehicle_id": 1,
            "day": "2026-03-06",
        }  # fmt: skip


@pytest.fixture
def town(database: Database, api: Api) -> Town:
    listed = offering(database)
    ada, bob, office = trader(database), trader(database, BOBS_CASH), admin(database)
    sold(listed, bob, 3)
    mine = order(bob, listed, "buy", 1, "77")
    asked = request_transfer(bob.api, "withdrawals", {"amount": "7.77"})
    database.run(
        "insert into exchange.user_trading_stats values (%s, '2026-03-06', 1, 3, 0, 300, 0, 6, 0, 0, 777.77, 771.77, 0, "
        "-6, -0.77, null)",
        bob.id,
    )
    database.run(
        "insert into exchange.waiting_orders (offering_id, user_id, request) values (%s, %s, '{\"secret\": 777}')",
        listed.id,
        bob.id,
    )
    return Town(ada, bob, office, listed, int(mine["id"]), int(asked.json["id"]))


@pytest.fixture
def sql(database: Database) -> Iterator[Sql]:
    """Runs a statement as the API's role, acting as somebody: its rows."""
    with psycopg.connect(database.url("api"), autocommit=True) as conn:

        def run(who: UUID | None, role: str, statement: str, params: Any = None) -> list[Any]:
            with conn.transaction():
                conn.execute("select app.act_as(%s, %s)", [who, role])
                return conn.execute(statement.encode(), params).fetchall()

        yield run


# ---------------------------------------------------------------- tables


def test_every_table_is_either_everybodys_or_somebodys(database: Database) -> None:
    rows = database.rows(
        "select relname as name from pg_class where relnamespace = 'exchange'::regnamespace "
        "and relkind in ('r', 'p') and not relispartition"
    )
    assert {row["name"] for row in rows} == EVERYBODYS | WHOSE.keys()


@pytest.mark.parametrize("table", [*WHOSE, *VIEWS])
def test_row_security_shows_people_their_own_rows(town: Town, sql: Sql, table: str) -> None:
    bobs = {"user": town.bob.id}
    count = f"select count(*) from exchange.{table}"
    theirs = f"{count} where {(WHOSE | VIEWS)[table]}"
    assert sql(town.bob.id, "user", theirs, bobs)[0][0] > 0
    for who, role in ((town.ada.id, "user"), (town.ada.id, "affiliate"), (None, "anonymous")):
        assert sql(who, role, count) == [(0,)], role
    if table != "ledger_entries":  # of which both accounts' lines are rows of a transfer that Bob may see
        assert sql(town.bob.id, "user", count) == sql(town.bob.id, "user", theirs, bobs)
    seen = sql(town.office.id, "admin", theirs, bobs)[0][0]
    assert (seen > 0) == (table != "waiting_orders"), (
        "administrators read the books, not what only passes through"
    )


@pytest.mark.parametrize("table", sorted(EVERYBODYS))
def test_what_is_everybodys_is_read_without_an_account(town: Town, sql: Sql, table: str) -> None:
    sql(None, "anonymous", f"select * from exchange.{table}")


@pytest.mark.parametrize("table", sorted(EVERYBODYS | WHOSE.keys()))
def test_the_api_writes_nothing_by_itself(town: Town, sql: Sql, table: str, database: Database) -> None:
    (column,) = database.rows(
        "select attname as name from pg_attribute where attrelid = %s::regclass and attnum = 2",
        f"exchange.{table}",
    )
    for statement in (
        f"update exchange.{table} set {column['name']} = {column['name']}",
        f"delete from exchange.{table}",
        f"insert into exchange.{table} default values",
        f"truncate exchange.{table}",
    ):
        for who, role in ((town.bob.id, "user"), (town.office.id, "admin"), (None, "anonymous")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                sql(who, role, statement)


# ---------------------------------------------------------------- routes


def ours(method: str | None = None, access: str | None = None) -> list[Operation]:
    import app  # noqa: F401 - declares them

    return [
        each
        for each in operations
        if each.tag == "exchange" and method in (None, each.method) and access in (None, each.access)
    ]


def test_who_is_not_signed_in_gets_nobodys_anything(town: Town) -> None:
    """What is public names no person; everything else asks who is calling."""
    nobody = Api()
    for each in ours():
        answer = nobody.call(each.method, each.path.format(**town.ids), None if each.method == "GET" else {})
        if each.access != "public":
            assert answer.status == 401, each.template
        assert str(town.bob.id) not in answer.text, each.template
        assert str(town.listed.seller.id) not in answer.text, each.template
    assert len(ours()) > 25


def test_nothing_of_bobs_is_shown_to_ada(town: Town) -> None:
    for each in ours("GET"):
        answer = town.ada.api.get(each.path.format(**town.ids))
        assert str(town.bob.id) not in answer.text, each.template
        assert "777" not in answer.text, each.template
        if each.access == "user":
            wanted = 404 if "_id}" in each.path else 200
            assert answer.status == wanted, (each.template, answer.text)
            assert answer.json.get("items", []) == [], each.template
        if each.access == "admin":
            assert answer.code == "admins_only", each.template


def test_what_is_bobs_is_not_there_for_ada_to_change(town: Town, database: Database) -> None:
    changes = {"PATCH": {"shares_requested": 2}, "DELETE": None, "POST": {}}
    touched = 0
    for person in (town.ada, town.office):
        for each in ours(access="user"):
            if each.method in changes and ("{order_id}" in each.path or "{transfer_id}" in each.path):
                answer = person.api.call(each.method, each.path.format(**town.ids), changes[each.method])
                assert answer.status == 404, (each.template, answer.text)
                touched += 1
        for path in (f"/v1/exchange/offerings/{town.listed.id}/orders", "/v1/exchange/orders"):
            assert person.api.delete(path).status == 200
    assert touched >= 6
    row = database.row("select status from exchange.market_orders where id = %s", town.order)
    assert row["status"] == "active"
    assert str(town.bob.cash["reserved"]) == "86.31"  # 77 + 1.54 for the order, 7.77 for the withdrawal


def test_administrators_routes_are_closed_to_people_and_machines(town: Town) -> None:
    closed = ours(access="admin")
    for each in closed:
        assert each.path.startswith("/v1/admin/exchange/"), each.template
        assert each.scope is None, each.template
        assert town.bob.api.call(each.method, each.path.format(**town.ids), {}).status == 403, each.template
    assert len(closed) >= 10


def test_private_events_reach_their_owner_alone(town: Town) -> None:
    topic = f"/v1/events/exchange-{town.listed.id}?after=0"
    for person in (town.listed.seller, town.bob):
        own = {row["id"] for row in town.listed.orders() if row["user_id"] == person.id}
        events = [event for event in person.api.get(topic).json["items"] if event["kind"] == "orders"]
        assert {order["id"] for event in events for order in event["payload"]["orders"]} == own != set()
    for client in (town.ada.api, Api()):
        for event in client.get(topic).json["items"]:
            assert event["kind"] != "orders"
            assert str(town.bob.id) not in str(event["payload"])


# ---------------------------------------------------------------- functions


def test_functions_act_for_who_calls_and_nobody_else(town: Town, sql: Sql) -> None:
    for statement in (
        f"select exchange.cancel_order({town.order}, now())",
        f"select exchange.amend_order({town.order}, 2, null, now())",
        f"select exchange.cancel_transfer({town.transfer}, now())",
    ):
        ((answer,),) = sql(town.ada.id, "user", statement)
        assert answer["problem"]["code"].endswith("_unknown"), statement
    assert sql(None, "anonymous", "select exchange.cancel_orders(null, now())") == [({"cancelled": []},)]
    with pytest.raises(psycopg.IntegrityError):
        sql(None, "anonymous", "select exchange.request_transfer('deposit', 1, null, now())")


def test_what_the_api_may_call_and_what_not(database: Database) -> None:
    """Functions that keep the books are not callable by themselves: each that is, asks who is calling, or only reads."""
    rows = database.rows(
        "select proname as name, prosecdef as definer, provolatile as volatility from pg_proc "
        "where pronamespace = 'exchange'::regnamespace and has_function_privilege('holdfast_api', oid, 'execute')"
    )
    writing = {row["name"] for row in rows if row["volatility"] == "v"}
    assert writing == {
        "add_vehicle", "amend_order", "await_order", "await_order_as", "cancel_order", "cancel_orders", "cancel_transfer",
        "change_vehicle", "close_trading_day", "decide_transfer", "keep_calendar", "list_offering", "place_order",
        "place_order_as", "place_orders", "request_transfer", "set_offering_status",
    }  # fmt: skip
