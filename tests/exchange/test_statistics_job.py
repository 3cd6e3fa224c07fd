"""The end of a trading day: what the job does once it is over, late, and where something is amiss."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from chalicelib.core.jobs import run
from chalicelib.exchange import report_jobs
from tests.conftest import Api, Database
from tests.exchange import factory
from tests.exchange.days import funded, ranking, run_job, trade, utc
from tests.exchange.factory import Offering

LISTED = utc("2026-02-02 15:00")
DAYS = [date(2026, 2, day) for day in (2, 3, 4, 5, 6)]
ENDS = [utc(f"2026-02-0{day.day} 21:15") for day in DAYS]
NOON = timedelta(hours=9)
LATER = utc("2026-02-07 12:00")


@pytest.fixture
def listed(database: Database) -> Offering:
    return factory.offering(database, at=LISTED)


def test_missed_days_are_caught_up_and_nothing_before_the_first_listing(
    database: Database, listed: Offering
) -> None:
    assert run_job(ENDS[0] - timedelta(minutes=1))["rows"] == 0
    run_job(LATER)
    assert [row["day"] for row in database.rows("select day from exchange.trading_days order by day")] == DAYS


def test_without_offerings_there_are_no_days(database: Database) -> None:
    run_job(LATER)
    assert database.rows("select * from exchange.trading_days") == []


def test_day_orders_expire_with_their_day_and_others_stay(database: Database, listed: Offering) -> None:
    buyer = funded(database, 10_000, LISTED)
    at = ENDS[1] - NOON
    day = factory.order(buyer, listed, "buy", 5, 90, at, force="day")
    partly = factory.order(listed.seller, listed, "sell", 8, 120, at, force="day")
    factory.order(buyer, listed, "buy", 2, 120, at, force="ioc")
    kept = factory.order(buyer, listed, "buy", 5, 80, at)
    evening = factory.order(buyer, listed, "buy", 5, 85, ENDS[1] + timedelta(seconds=1), force="day")

    run_job(ENDS[1] + timedelta(minutes=1))
    states = {row["id"]: (row["status"], row["cancel_reason"]) for row in listed.orders()}
    assert states[day["id"]] == states[partly["id"]] == ("cancelled", "expired")
    assert states[kept["id"]] == states[evening["id"]] == ("active", None)
    assert (listed.row["highest_bid"], listed.row["lowest_ask"]) == (85, None)
    assert buyer.cash["reserved"] == Decimal("400") + 8 + 425 + Decimal("8.50")
    assert listed.seller.holding(listed)["shares_reserved"] == 0
    assert factory.broken_books(ENDS[2]) == []

    run_job(ENDS[2])
    assert {row["status"] for row in listed.orders() if row["id"] == evening["id"]} == {"cancelled"}


def test_owners_and_the_world_hear_that_day_orders_expired(
    database: Database, api: Api, listed: Offering
) -> None:
    buyer = funded(database, 10_000, LISTED)
    order = factory.order(buyer, listed, "buy", 5, 90, ENDS[1] - NOON, force="day")
    topic = f"/v1/events/exchange-{listed.id}"
    seen = api.get(topic).json["last_seq"]
    run_job(ENDS[1])
    (public,) = api.get(f"{topic}?after={seen}").json["items"]
    assert (public["kind"], public["payload"]["book"], public["payload"]["bid"]) == (
        "market",
        [["buy", "90.00", -5]],
        None,
    )
    mine = [
        event for event in buyer.api.get(f"{topic}?after={seen}").json["items"] if event["kind"] == "orders"
    ]
    assert [
        (told["id"], told["status"], told["cancel_reason"]) for told in mine[-1]["payload"]["orders"]
    ] == [(order["id"], "cancelled", "expired")]


def test_one_offering_whose_orders_cannot_expire_does_not_keep_the_others(
    database: Database, listed: Offering
) -> None:
    other = factory.offering(database, at=LISTED)
    buyer = funded(database, 10_000, LISTED)
    for place in (listed, other):
        factory.order(buyer, place, "buy", 5, 90, ENDS[1] - NOON, force="day")
    database.run(
        "create function exchange.broken() returns trigger language plpgsql as "
        "$$ begin raise exception 'a broken row'; end $$"
    )
    database.run(
        "create trigger broken before update on exchange.market_orders for each row "
        f"when (old.offering_id = {listed.id}) execute function exchange.broken()"
    )
    result = run(report_jobs.CLOSE_TRADING_DAY, ENDS[1])
    assert result["status"] == "failed"
    assert f"the day orders of offering {listed.id} did not expire" in result["error"]
    assert [row["status"] for row in other.orders()] == ["cancelled"]
    assert len(ranking(database, DAYS[1])) == 2
    database.run("drop trigger broken on exchange.market_orders")
    run_job(ENDS[1] + timedelta(minutes=5))
    assert [row["status"] for row in listed.orders()] == ["cancelled"]


def test_a_candle_that_is_not_what_its_trades_make_of_it_fails_the_run(
    database: Database, listed: Offering
) -> None:
    trade(listed, listed.seller, funded(database, 5_000, LISTED), 10, 100, LISTED)
    database.run("update exchange.market_snapshots set volume_shares = volume_shares + 1")
    result = run(report_jobs.CLOSE_TRADING_DAY, ENDS[0])
    assert result["status"] == "failed"
    assert f"candle of offering {listed.id} at 2026-02-02T15:00:00+00:00" in result["error"]
    assert len(ranking(database, DAYS[0])) == 2, "and the day is closed all the same"


def test_a_day_whose_two_sums_differ_is_not_closed_and_day_orders_expire_all_the_same(
    database: Database, listed: Offering
) -> None:
    """Money from nowhere: what everything is worth and what was gained do not agree, so nothing of it is said."""
    buyer = funded(database, 10_000, LISTED)
    trade(listed, listed.seller, buyer, 10, 100, LISTED)
    factory.order(buyer, listed, "buy", 5, 90, ENDS[1] - NOON, force="day")
    database.run(
        "insert into exchange.ledger_transfers (debit_account_id, credit_account_id, amount, kind, trade_id, created_at) "
        "select id, (select id from exchange.cash_accounts where user_id = %s), 7, 'trade', 1, %s "
        "from exchange.cash_accounts where kind = 'outside'",
        buyer.id,
        ENDS[1] - NOON,
    )
    result = run(report_jobs.CLOSE_TRADING_DAY, ENDS[2])
    assert result["status"] == "failed"
    assert "the day 2026-02-03" in result["error"]
    assert [row["day"] for row in database.rows("select day from exchange.trading_days")] == [DAYS[0]]
    assert ranking(database, DAYS[1]) == []
    assert [row["status"] for row in listed.orders()][-1] == "cancelled"
