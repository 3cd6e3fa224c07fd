"""Auctions: what has been collected trades at one price, once, on its day; and what the world hears of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core import clock, jobs
from chalicelib.exchange import auction_jobs, auctions
from chalicelib.exchange.auction import Book, Level, clearing_price
from tests.conftest import Api, Database
from tests.exchange import factory
from tests.exchange.factory import Offering, Trader

MONDAY = date(2026, 2, 9)
OPEN = datetime(2026, 2, 9, 14, 30, tzinfo=UTC)
"""9:30 in New York, in winter."""
CALL = OPEN - timedelta(minutes=10)
BEFORE = OPEN - timedelta(hours=2)
COLLECTING = OPEN - timedelta(minutes=5)
CLOSE = datetime(2026, 2, 9, 21, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(COLLECTING):
        yield


def opening_soon(database: Database, **more: Any) -> Offering:
    """An offering that collects for Monday's opening auction, of which much was sold to nobody yet."""
    return factory.offering(
        database, shares=100_000, auction_at=OPEN, auction_day=MONDAY, at=BEFORE - timedelta(days=1), **more
    )


def rich(database: Database, count: int) -> list[Trader]:
    return factory.traders(database, count, cash=1_000_000)


def supplied(listed: Offering, people: Sequence[Trader], shares: int, price: str = "108") -> None:
    """Each of `people` has bought so many shares, so that there is a last trade at that price."""
    for person in people:
        factory.sold(listed, person, shares, price, at=BEFORE)


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
    events = api.get(f"/v1/events/exchange-{listed.id}?after=0").json["items"]
    (event,) = [event for event in events if event["kind"] == "indicative"]
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


# ------------------------------------------------------------ any book


class Wish(NamedTuple):
    """One order of a person of its own."""

    side: str
    shares: int
    price: int | None
    """None: at any price (a market buy: up to 120)."""


wishes = st.lists(
    st.builds(Wish, st.sampled_from(["buy", "sell"]), st.integers(1, 30), st.none() | st.integers(98, 106)),
    max_size=12,
)


def by_hand(orders: Sequence[Wish], price: Decimal, volume: int) -> list[int]:
    """How many shares each order gets at a price: everybody in line, one share after the other."""
    got = [0] * len(orders)
    for side, sign in (("buy", -1), ("sell", 1)):
        line = [
            (wish.price is not None, sign * (wish.price or 0), place)
            for place, wish in enumerate(orders)
            if wish.side == side and (wish.price is None or sign * wish.price <= sign * price)
        ]
        left = volume
        for _, _, place in sorted(line):
            got[place] = min(left, orders[place].shares)
            left -= got[place]
        assert left == 0
    return got


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(wishes)
def test_everybody_gets_what_the_rule_says(database: Database, orders: list[Wish]) -> None:
    listed = opening_soon(database)
    people = rich(database, len(orders) or 1)
    if orders:
        supplied(listed, people, 30, "101")
    for person, wish in zip(people, orders, strict=False):
        if wish.price is None:
            most = 120 if wish.side == "buy" else None
            factory.order(person, listed, wish.side, wish.shares, most, pricing="market", force="at_open")
        else:
            factory.order(person, listed, wish.side, wish.shares, wish.price)
    limits = {
        side: [Level(Decimal(each.price), each.shares) for each in orders if each.side == side and each.price]
        for side in ("buy", "sell")
    }
    market = {
        side: sum(each.shares for each in orders if each.side == side and not each.price) for side in limits
    }
    book = Book(limits["buy"], limits["sell"], [Level(Decimal(120), market["buy"])], market["sell"])
    rule = clearing_price(book, Decimal(101) if orders else None, Decimal("0.01"))

    auctions.hold_if_due(listed.id, OPEN)

    (event,) = events(database, listed)
    if rule is None:
        assert event["equilibrium_price"] is None
        assert not [row for row in listed.trades() if row["trade_type"] == "opening"]
        return
    assert (event["equilibrium_price"], event["shares_matched"]) == (rule.price, rule.shares)
    expected = by_hand(orders, rule.price, rule.shares)
    assert [person.shares(listed) - 30 for person in people] == [
        count if wish.side == "buy" else -count for wish, count in zip(orders, expected, strict=True)
    ]
    assert event["orders_matched"] == sum(count > 0 for count in expected)
    row = listed.row
    assert row["highest_bid"] is None or row["lowest_ask"] is None or row["highest_bid"] < row["lowest_ask"]
    assert factory.broken_books() == []


def events(database: Database, listed: Offering) -> list[dict[str, Any]]:
    return database.rows(
        "select * from exchange.price_discovery_events where offering_id = %s order by id", listed.id
    )
