"""Auctions: what has been collected trades at one price, once, on its day; and what the world hears of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from chalicelib.core import clock, jobs
from chalicelib.exchange import auction_jobs, auctions
from tests.conftest import Api, Database
from tests.exchange import factory
from tests.exchange.monday import (
    BEFORE,
    CLOSE,
    COLLECTING,
    MONDAY,
    OPEN,
    events,
    opening_soon,
    rich,
    supplied,
)


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(COLLECTING):
        yield


# ------------------------------------------------------------ one price for everybody


def test_the_book_of_alice_and_bob_opens_at_108_for_150_shares(database: Database) -> None:
    listed = opening_soon(database)
    alice, bob, seller, charlie = rich(database, 4)
    supplied(listed, [seller, charlie], 200)
    factory.order(alice, listed, "buy", 100, "115")
    factory.order(bob, listed, "buy", 200, "110")
    factory.order(seller, listed, "sell", 150, "108")
    factory.order(charlie, listed, "sell", 100, "112")

    assert auctions.hold_if_due(listed.id, OPEN) == 1

    opening = [
        (row["buyer_id"], row["seller_id"], row["shares_traded"], row["price_per_share"], row["taker"])
        for row in listed.trades()
        if row["trade_type"] == "opening"
    ]
    assert opening == [(alice.id, seller.id, 100, 108, None), (bob.id, seller.id, 50, 108, None)]
    after = listed.row
    assert (after["opening_price"], after["current_share_price"]) == (108, 108)
    assert (after["highest_bid"], after["lowest_ask"], after["bid_ask_spread"]) == (110, 112, 2)
    assert alice.cash["reserved"] == 0, "what the limit of 115 held back is free"
    assert alice.cash["balance"] == 1_000_000 - Decimal("10800.00") - Decimal("216.00")
    assert factory.broken_books() == []


def test_market_orders_come_first_then_price_then_time(database: Database) -> None:
    listed = opening_soon(database)
    early, late, best, market, seller = rich(database, 5)
    supplied(listed, [seller], 100)
    factory.order(early, listed, "buy", 40, "110")
    factory.order(late, listed, "buy", 40, "110")
    factory.order(best, listed, "buy", 40, "111")
    factory.order(market, listed, "buy", 40, "120", pricing="market", force="at_open")
    factory.order(seller, listed, "sell", 100, "110")
    auctions.hold_if_due(listed.id, OPEN)
    got = {person.id: person.shares(listed) for person in (market, best, early, late)}
    assert got == {market.id: 40, best.id: 40, early.id: 20, late.id: 0}


def test_an_offering_with_no_cross_opens_without_a_price(database: Database) -> None:
    listed = opening_soon(database)
    buyer, seller = rich(database, 2)
    supplied(listed, [seller], 10)
    factory.order(buyer, listed, "buy", 10, "100")
    factory.order(seller, listed, "sell", 10, "101")
    auctions.hold_if_due(listed.id, OPEN)
    (event,) = events(database, listed)
    assert (event["equilibrium_price"], event["shares_matched"], event["orders_matched"]) == (None, 0, 0)
    assert (event["bids_collected"], event["asks_collected"]) == (1, 1)
    assert listed.row["opening_price"] is None
    assert (listed.row["highest_bid"], listed.row["lowest_ask"]) == (100, 101), (
        "they rest for continuous trading"
    )


def test_orders_for_the_opening_only_end_with_it(database: Database) -> None:
    listed = opening_soon(database)
    buyer, other, seller = rich(database, 3)
    supplied(listed, [seller], 50)
    lucky = factory.order(buyer, listed, "buy", 30, "110", force="at_open")
    left = factory.order(other, listed, "buy", 30, "109", force="at_open")
    later = factory.order(other, listed, "buy", 5, "107", force="at_close")
    factory.order(seller, listed, "sell", 50, pricing="market", force="at_open")
    auctions.hold_if_due(listed.id, OPEN)
    states = {
        row["id"]: (row["status"], row["shares_filled"], row["cancel_reason"]) for row in listed.orders()
    }
    assert states[lucky["id"]] == ("filled", 30, None)
    assert states[left["id"]] == ("cancelled", 20, "auction_over")
    assert states[later["id"]] == ("active", 0, None), "it waits for the close"
    assert factory.broken_books() == []


def test_the_close_sets_the_closing_price_and_keeps_the_one_before(database: Database) -> None:
    listed = factory.offering(
        database, shares=1000, next_auction="closing_auction", auction_at=CLOSE, auction_day=MONDAY, at=BEFORE
    )
    listed.set(closing_price=95)
    buyer, seller = rich(database, 2)
    supplied(listed, [seller], 20)
    with clock.at(CLOSE - timedelta(minutes=1)):
        factory.order(buyer, listed, "buy", 20, "110", force="at_close")
        factory.order(seller, listed, "sell", 20, "104")
    auctions.hold_if_due(listed.id, CLOSE)
    assert (listed.row["closing_price"], listed.row["previous_close"]) == (108, 95)
    assert [row["trade_type"] for row in listed.trades()][-1] == "closing"


# ------------------------------------------------------------ once, and on time


def test_the_schedule_moves_on_to_the_close_and_then_to_tuesday(database: Database) -> None:
    listed = opening_soon(database)
    auctions.hold_if_due(listed.id, OPEN)
    assert (listed.row["next_auction"], listed.row["next_auction_at"]) == ("closing_auction", CLOSE)
    auctions.hold_if_due(listed.id, CLOSE)
    assert listed.row["next_auction"] == "opening_auction"
    assert listed.row["next_auction_at"] == OPEN + timedelta(days=1)
    assert listed.row["next_auction_day"] == date(2026, 2, 10)


def test_before_its_time_no_auction_is_held(database: Database) -> None:
    listed = opening_soon(database)
    assert auctions.hold_if_due(listed.id, OPEN - timedelta(seconds=1)) == 0
    assert events(database, listed) == []


def test_many_at_once_hold_it_once(database: Database) -> None:
    listed = opening_soon(database)
    buyer, seller = rich(database, 2)
    supplied(listed, [seller], 10)
    factory.order(buyer, listed, "buy", 10, "110")
    factory.order(seller, listed, "sell", 10, "105")
    held: list[int] = []
    gate = threading.Barrier(8)

    def hold() -> None:
        gate.wait()
        held.append(auctions.hold_if_due(listed.id, OPEN))

    threads = [threading.Thread(target=hold) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == [0] * 7 + [1]
    assert len(events(database, listed)) == 1
    assert buyer.shares(listed) == 10


def test_auctions_missed_while_the_machine_was_off_are_held_in_order(database: Database) -> None:
    listed = opening_soon(database)
    buyer, seller = rich(database, 2)
    supplied(listed, [seller], 10)
    factory.order(buyer, listed, "buy", 10, "110")
    factory.order(seller, listed, "sell", 10, "105")
    late = OPEN + timedelta(days=1, hours=1)
    assert jobs.run(auction_jobs.HOLD_AUCTIONS, late)["rows"] == 3
    found = [
        (row["event_type"], row["auction_day"], row["shares_matched"]) for row in events(database, listed)
    ]
    assert found == [
        ("opening_auction", MONDAY, 10),
        ("closing_auction", MONDAY, 0),
        ("opening_auction", date(2026, 2, 10), 0),
    ]


def test_a_halted_offering_trades_nothing_and_its_schedule_goes_on(database: Database) -> None:
    listed = opening_soon(database)
    buyer, seller = rich(database, 2)
    supplied(listed, [seller], 10)
    factory.order(buyer, listed, "buy", 10, "110")
    factory.order(seller, listed, "sell", 10, "105")
    listed.set(status="halted")
    auctions.hold_if_due(listed.id, OPEN)
    (event,) = events(database, listed)
    assert (event["equilibrium_price"], event["shares_matched"]) == (None, 0)
    assert listed.row["next_auction"] == "closing_auction"


def test_one_that_fails_stops_no_other(database: Database) -> None:
    broken, fine = opening_soon(database), opening_soon(database)
    # an event of this auction that should not be there yet
    database.run(
        "insert into exchange.price_discovery_events (offering_id, event_type, auction_day, scheduled_at, executed_at,"
        " bids_collected, asks_collected, bid_shares, ask_shares, orders_matched, trades, shares_matched)"
        " values (%s, 'opening_auction', %s, %s, %s, 0, 0, 0, 0, 0, 0, 0)",
        broken.id,
        MONDAY,
        OPEN,
        OPEN,
    )
    result = jobs.run(auction_jobs.HOLD_AUCTIONS, OPEN)
    assert result["status"] == "failed"
    assert str(broken.id) in result["error"]
    assert len(events(database, fine)) == 1


# ------------------------------------------------------------ what the world sees


def test_the_next_auction_as_it_stands(database: Database, api: Api) -> None:
    listed = opening_soon(database)
    buyer, seller = rich(database, 2)
    supplied(listed, [seller], 100)
    factory.order(buyer, listed, "buy", 30, "110")
    factory.order(seller, listed, "sell", 100, "105")
    answer = api.get(f"/v1/exchange/offerings/{listed.id}/auction").json
    assert answer["phase"] == "call"
    assert answer["event_type"] == "opening_auction"
    assert (answer["price"], answer["shares"]) == ("108.00", 30), (
        "the last trade's price lies between the limits"
    )
    assert (answer["surplus_side"], answer["surplus_shares"]) == ("sell", 70)
    assert answer["bids"] == {"orders": 1, "shares": 30, "market_shares": 0}
    assert api.get("/v1/exchange/offerings/999999/auction").status == 404


def test_calls_are_told_of_every_minute(database: Database, api: Api) -> None:
    listed = opening_soon(database)
    assert jobs.run(auction_jobs.PUBLISH_INDICATIVE, BEFORE)["rows"] == 0, "nothing is collected yet"
    assert jobs.run(auction_jobs.PUBLISH_INDICATIVE, COLLECTING)["rows"] == 1
    told = api.get(f"/v1/events/exchange-{listed.id}?after=0").json["items"]
    (event,) = [event for event in told if event["kind"] == "indicative"]
    assert event["payload"]["price"] is None


def test_the_auctions_of_an_offering_by_pages(database: Database, api: Api) -> None:
    listed = opening_soon(database)
    auctions.hold_if_due(listed.id, OPEN + timedelta(days=1))
    path = f"/v1/exchange/offerings/{listed.id}/auctions"
    first = api.get(f"{path}?limit=2").json
    second = api.get(f"{path}?limit=2&cursor={first['next_cursor']}").json
    kinds = [item["event_type"] for item in (*first["items"], *second["items"])]
    assert kinds == ["opening_auction", "closing_auction", "opening_auction"]
    assert api.get(f"{path}?event_type=closing_auction").json["items"][0]["auction_day"] == "2026-02-09"
