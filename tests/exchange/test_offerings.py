"""Vehicles and offerings: listed by administrators, seen by everybody, halted, resumed and closed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from chalicelib.core import clock
from tests.conftest import Answer, Api, Database
from tests.exchange.factory import (
    Offering,
    Trader,
    admin,
    broken_books,
    offering,
    order,
    refused,
    sold,
    trader,
)

FRIDAY_NOON = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)


@pytest.fixture
def office(database: Database) -> Trader:
    return admin(database)


@pytest.fixture
def seller(database: Database) -> Trader:
    return trader(database)


def new_vehicle(office: Trader, name: str = "1967 Ferrari 275 GTB/4") -> int:
    answer = office.api.post("/v1/admin/exchange/vehicles", {"name": name, "description": "Red."})
    assert answer.status == 201, answer.text
    return int(answer.json["id"])


def lists(office: Trader, seller: Trader, **fields: Any) -> Answer:
    body = {
        "vehicle_id": 1,
        "symbol": "GTB4",
        "seller_id": str(seller.id),
        "shares_issued": 1000,
        "issue_price": "100",
    }
    return office.api.post("/v1/admin/exchange/offerings", body | fields)


def turn(office: Trader, listed: Offering, how: str, note: str | None = None) -> Answer:
    return office.api.post(f"/v1/admin/exchange/offerings/{listed.id}/{how}", {"note": note})


# ---------------------------------------------------------------- vehicles


def test_everybody_sees_vehicles_and_administrators_change_them(office: Trader, database: Database) -> None:
    vehicle = new_vehicle(office)
    changed = office.api.patch(f"/v1/admin/exchange/vehicles/{vehicle}", {"description": None})
    assert (changed.status, changed.json["description"]) == (200, None)
    assert changed.json["name"] == "1967 Ferrari 275 GTB/4"
    assert Api().get(f"/v1/exchange/vehicles/{vehicle}").json == changed.json
    assert Api().get("/v1/exchange/vehicles").json["items"] == [changed.json]
    log = database.rows("select action from app.audit_log where table_name = 'exchange.vehicles' order by id")
    assert [row["action"] for row in log] == ["insert", "update"]


def test_a_vehicle_has_a_name_of_its_own(office: Trader) -> None:
    vehicle = new_vehicle(office)
    again = office.api.post("/v1/admin/exchange/vehicles", {"name": "1967 Ferrari 275 GTB/4"})
    assert (again.status, again.code) == (409, "vehicle_exists")
    path = f"/v1/admin/exchange/vehicles/{vehicle}"
    assert office.api.patch(path, {"name": None}).json["errors"][0]["field"] == "body.name"
    assert office.api.patch("/v1/admin/exchange/vehicles/99", {"name": "x"}).code == "vehicle_unknown"
    assert Api().get("/v1/exchange/vehicles/99").code == "vehicle_unknown"


# ---------------------------------------------------------------- listing


def test_all_shares_of_a_new_offering_are_the_sellers(office: Trader, seller: Trader) -> None:
    new_vehicle(office)
    with clock.at(FRIDAY_NOON):
        answer = lists(office, seller, symbol="gtb4", tick_size="0.05", lot_size=10)
        assert answer.status == 201, answer.text
        shown = Api().get(f"/v1/exchange/offerings/{answer.json['id']}").json
    assert shown == answer.json
    assert (shown["symbol"], shown["phase"], shown["current_share_price"]) == ("GTB4", "continuous", None)
    assert shown["next_auction"] == {
        "event_type": "closing_auction", "day": "2026-03-06", "at": "2026-03-06T21:00:00Z",
        "calls_from": "2026-03-06T20:50:00Z",
    }  # fmt: skip
    (held,) = seller.api.get("/v1/exchange/holdings").json["items"]
    assert (held["shares_owned"], held["cost"], held["entry_price"]) == (1000, "100000.00", "100.000000")
    assert (held["current_mark"], held["unrealized_gain_loss"]) == ("100.00", "0.00")
    assert broken_books() == []


def test_outside_the_session_an_offering_of_the_session_collects(office: Trader, seller: Trader) -> None:
    new_vehicle(office)
    with clock.at(datetime(2026, 3, 7, 12, tzinfo=UTC)):  # a Saturday; summer time begins on Sunday
        shown = lists(office, seller, hours="session").json
        assert shown["phase"] == "call"
        assert shown["next_auction"] == {
            "event_type": "opening_auction", "day": "2026-03-09", "at": "2026-03-09T13:30:00Z",
            "calls_from": "2026-03-06T21:00:00Z",
        }  # fmt: skip
        assert lists(office, seller, symbol="OPEN").json["phase"] == "continuous"


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"vehicle_id": 9}, 404, "vehicle_unknown", None),
        ({"seller_id": "3f2b8c1e-1f0a-4f57-9f6e-0a4d6f1b2c3d"}, 404, "seller_unknown", None),
        ({"symbol": "OLD"}, 409, "symbol_taken", None),
        ({"issue_price": "100.03", "tick_size": "0.05"}, 422, "off_tick", "body.issue_price"),
        ({"shares_issued": 1001, "lot_size": 10}, 422, "odd_lot", "body.shares_issued"),
        ({"shares_issued": 10**12, "issue_price": "1.01"}, 422, "too_large", "body.issue_price"),
        ({"issue_price": "100.001"}, 422, "decimal_max_places", "body.issue_price"),
        ({"tick_size": "0.001"}, 422, "greater_than_equal", "body.tick_size"),
        ({"symbol": "1UP"}, 422, "string_pattern_mismatch", "body.symbol"),
        ({"shares_issued": 0}, 422, "greater_than_equal", "body.shares_issued"),
        ({"shares_issued": True}, 422, "int_type", "body.shares_issued"),
        ({"lot_size": True}, 422, "int_type", "body.lot_size"),
    ],
)
def test_what_cannot_be_listed_leaves_nothing_behind(
    office: Trader,
    seller: Trader,
    database: Database,
    fields: dict[str, Any],
    status: int,
    code: str,
    field: str | None,
) -> None:
    new_vehicle(office)
    assert lists(office, seller, symbol="OLD").status == 201
    before = database.row("select count(*) as n from exchange.cash_accounts")
    answer = lists(office, seller, **fields)
    assert answer.status == status
    assert answer.code == code if field is None else answer.json["errors"][0]["code"] == code
    assert field is None or answer.json["errors"][0]["field"] == field
    assert database.row("select count(*) as n from exchange.vehicle_offerings") == {"n": 1}
    assert database.row("select count(*) as n from exchange.cash_accounts") == before


def test_offerings_are_found_by_vehicle_status_and_symbol(database: Database, office: Trader) -> None:
    one, two = offering(database, symbol="ONE"), offering(database, symbol="TWO")
    turn(office, two, "halt")

    def found(query: str) -> list[str]:
        return [item["symbol"] for item in Api().get(f"/v1/exchange/offerings{query}").json["items"]]

    assert found("") == ["ONE", "TWO"]
    assert found("?status=halted") == ["TWO"]
    assert found(f"?vehicle_id={one.row['vehicle_id']}") == ["ONE"]
    assert found("?symbol=two") == ["TWO"]
    page = Api().get("/v1/exchange/offerings?limit=1").json
    assert found(f"?limit=1&cursor={page['next_cursor']}") == ["TWO"]
    assert Api().get("/v1/exchange/offerings/99").code == "offering_unknown"


def test_only_administrators_list_halt_and_close_also_in_sql(database: Database, seller: Trader) -> None:
    listed = offering(database, seller)
    assert lists(seller, seller).status == 403
    assert {turn(seller, listed, how).status for how in ("halt", "resume", "close")} == {403}
    for call in (
        "select exchange.add_vehicle('x', null)",
        "select exchange.change_vehicle(1, '{}')",
        "select exchange.list_offering('{}', null, now())",
        "select exchange.set_offering_status(1, 'closed', null, now())",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), seller.tx() as tx:
            tx.execute(call)


# ---------------------------------------------------------------- halted, resumed, closed


def test_a_halted_offering_takes_no_orders_but_lets_them_go(office: Trader, database: Database) -> None:
    listed = offering(database)
    ann = trader(database, "1000")
    mine = order(ann, listed, "buy", 2, "90")
    halted = turn(office, listed, "halt", "News is expected.")
    told = (halted.json["status"], halted.json["phase"], halted.json["status_note"])
    assert told == ("halted", "halted", "News is expected.")
    assert refused(ann, listed, "buy", 1, "90")["code"] == "offering_halted"
    with ann.tx() as tx:
        tx.execute("select exchange.cancel_order(%s, now())", [mine["id"]])
    assert ann.cash["reserved"] == 0
    assert turn(office, listed, "halt").code == "offering_halted"

    resumed = turn(office, listed, "resume")
    assert (resumed.json["phase"], resumed.json["status_note"]) == ("continuous", None)
    assert order(ann, listed, "buy", 1, "90")["status"] == "active"
    assert turn(office, listed, "resume").code == "offering_trading"
    assert broken_books() == []


def test_a_call_cut_short_by_a_halt_goes_on_when_trading_resumes(office: Trader, database: Database) -> None:
    """What crosses is left to the next auction: in continuous trading it would rest against the rules."""
    before, during = datetime(2026, 3, 6, 20, 40, tzinfo=UTC), datetime(2026, 3, 6, 20, 55, tzinfo=UTC)
    after, next_morning = datetime(2026, 3, 6, 22, 0, tzinfo=UTC), datetime(2026, 3, 9, 13, 30, tzinfo=UTC)
    listed = offering(
        database,
        auction_at=datetime(2026, 3, 6, 21, 0, tzinfo=UTC),
        next_auction="closing_auction",
        at=before,
    )
    ann = trader(database, "1000")
    order(ann, listed, "buy", 2, "105", at=during)
    order(listed.seller, listed, "sell", 2, "100", at=during)
    with clock.at(during):
        turn(office, listed, "halt")
    # the auction came and went without a price, and the schedule moved on
    listed.set(next_auction_at=next_morning, calls_from=datetime(2026, 3, 9, 13, 20, tzinfo=UTC))
    with clock.at(after):
        assert turn(office, listed, "resume").json["phase"] == "call"
    assert broken_books(after) == []


def test_closing_cancels_every_order_and_frees_what_it_held(office: Trader, database: Database) -> None:
    listed = offering(database)
    ann, bob = trader(database, "1000"), trader(database, "1000")
    sold(listed, bob, 3)
    order(ann, listed, "buy", 2, "90")
    order(ann, listed, "buy", 2, "80", force="at_open")
    order(bob, listed, "sell", 3, "130")
    other = order(ann, offering(database, symbol="OTHER"), "buy", 1, "50")

    closed = turn(office, listed, "close", "The vehicle was sold.")
    assert closed.status == 200
    assert (closed.json["phase"], closed.json["next_auction"]) == ("closed", None)
    assert (closed.json["highest_bid"], closed.json["lowest_ask"]) == (None, None)
    ended = [row for row in listed.orders() if row["status"] == "cancelled"]
    assert {row["cancel_reason"] for row in ended} == {"offering_closed"}
    assert len(ended) == 3
    assert ann.cash["reserved"] == Decimal(other["reserved_cash"])
    assert bob.holding(listed)["shares_reserved"] == 0
    assert bob.shares(listed) == 3, "shares stay whose they are"

    (event,) = ann.api.get(f"/v1/events/exchange-{listed.id}?after=0").json["items"][-2:-1]
    assert event["kind"] == "orders"
    assert {told["cancel_reason"] for told in event["payload"]["orders"]} == {"offering_closed"}
    assert refused(ann, listed, "buy", 1, "90")["code"] == "offering_closed"
    for how in ("resume", "halt", "close"):
        assert turn(office, listed, how).code == "offering_closed"
    assert broken_books() == []


def test_what_administrators_decide_is_audited_and_trades_are_not(office: Trader, database: Database) -> None:
    listed = offering(database)
    sold(listed, trader(database, "1000"), 2)
    turn(office, listed, "halt", "News.")
    rows = database.rows(
        "select action, user_id, new_values ->> 'status' as status from app.audit_log "
        "where table_name = 'exchange.vehicle_offerings' order by id"
    )
    assert [(row["action"], row["status"]) for row in rows] == [("insert", "trading"), ("update", "halted")]
    assert rows[1]["user_id"] == office.id
