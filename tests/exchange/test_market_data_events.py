"""A copy of the book that is kept by the topic's events stays exact, whatever happens; and owners hear of their orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.exchange import auctions
from tests.conftest import Api, Database
from tests.exchange import factory
from tests.exchange.days import funded, trade, utc
from tests.exchange.factory import Offering, Trader

OPEN = utc("2026-02-09 14:30")
NOW = OPEN - timedelta(minutes=5)
BEFORE = OPEN - timedelta(days=1)


@pytest.fixture(autouse=True)
def in_the_call() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def listed(database: Database) -> Offering:
    return factory.offering(database, shares=10_000, at=BEFORE, auction_at=OPEN, auction_day=date(2026, 2, 9))


class Copy:
    """A client's copy of the book: begun with the book, kept by events."""

    def __init__(self, api: Api, listed: Offering) -> None:
        self.api, self.path = api, f"/v1/exchange/offerings/{listed.id}/book?levels=200"
        begun = api.get(self.path).json
        self.topic, self.seq, self.levels = begun["topic"], begun["seq"], levels(begun)

    def follow(self) -> list[str]:
        """Adds what has happened since; returns the kinds of events."""
        events = self.api.get(f"/v1/events/{self.topic}?after={self.seq}").json["items"]
        for event in events:
            self.seq = event["seq"]
            for side, price, change in event["payload"].get("book", []):
                self.levels[side, price] = self.levels.get((side, price), 0) + change
        self.levels = {key: shares for key, shares in self.levels.items() if shares}
        return [event["kind"] for event in events]

    def as_it_is(self) -> dict[tuple[str, str], int]:
        return levels(self.api.get(self.path).json)


def levels(book: dict[str, Any]) -> dict[tuple[str, str], int]:
    sides = {"buy": book["bids"], "sell": book["asks"]}
    return {(side, line["price_per_share"]): line["shares"] for side in sides for line in sides[side]}


def collected(database: Database, listed: Offering) -> tuple[Trader, Trader, list[dict[str, Any]]]:
    """Bids for 100 at 115 and 200 at 110, and 7 at 90 for this auction alone; a few others that it leaves as they are."""
    alice, bob = funded(database, 1_000_000, BEFORE), funded(database, 1_000_000, BEFORE)
    trade(listed, listed.seller, alice, 1, "108.00", BEFORE)
    orders = [
        factory.order(alice, listed, "buy", 100, "115.00"),
        factory.order(bob, listed, "buy", 200, "110.00"),
        factory.order(bob, listed, "buy", 7, "90.00", force="at_open"),
    ]
    factory.order(listed.seller, listed, "sell", 150, "116.00", force="at_close")
    factory.order(funded(database, 1_000_000, BEFORE), listed, "buy", 3, "80.00")
    return alice, bob, orders


def test_an_auction_is_told_as_changes_of_the_book(database: Database, api: Api, listed: Offering) -> None:
    collected(database, listed)
    copy = Copy(api, listed)
    factory.order(listed.seller, listed, "sell", 150, "118.00")
    factory.place(listed.seller, listed, [factory.wish("sell", 150, None, pricing="market", force="at_open")])
    assert auctions.hold_if_due(listed.id, OPEN) == 1
    kinds = copy.follow()
    assert kinds[-2:] == ["market", "auction"]
    with clock.at(OPEN):
        assert copy.levels == copy.as_it_is()
    assert copy.levels["buy", "110.00"] == 150, "50 of Bob's 200 traded"


def test_owners_hear_what_the_auction_made_of_their_orders(
    database: Database, api: Api, listed: Offering
) -> None:
    alice, bob, placed = collected(database, listed)
    seen = api.get(f"/v1/events/exchange-{listed.id}").json["last_seq"]
    factory.place(listed.seller, listed, [factory.wish("sell", 150, None, pricing="market", force="at_open")])
    auctions.hold_if_due(listed.id, OPEN)

    def told(person: Trader) -> dict[int, tuple[str, int]]:
        events = person.api.get(f"/v1/events/exchange-{listed.id}?after={seen}").json["items"]
        found = [event["payload"]["orders"] for event in events if event["kind"] == "orders"]
        return {row["id"]: (row["status"], row["shares_filled"]) for orders in found for row in orders}

    assert told(alice) == {placed[0]["id"]: ("filled", 100)}
    assert told(bob) == {placed[1]["id"]: ("partially_filled", 50), placed[2]["id"]: ("cancelled", 0)}


def test_an_auction_without_a_price_is_told_too(database: Database, api: Api, listed: Offering) -> None:
    copy = Copy(api, listed)
    auctions.hold_if_due(listed.id, OPEN)
    assert copy.follow() == ["market", "auction"]
    assert copy.levels == {}


def test_every_trade_of_an_auction_is_told_at_most_a_thousand_an_event(
    database: Database, api: Api, listed: Offering
) -> None:
    """1,203 sales of 1 and 2 shares in turn meet one purchase of all 1,804 shares: 601 times 1 + 2, and 1."""
    buyer = funded(database, 1_000_000, BEFORE)
    copy = Copy(api, listed)
    factory.order(buyer, listed, "buy", 1_804, "108.00")
    sales = [factory.wish("sell", 1 + turn % 2, "108.00") for turn in range(1_203)]
    for begins in range(0, 1_203, 401):
        factory.place(listed.seller, listed, sales[begins : begins + 401])
    seen = api.get(copy.path).json["seq"]
    auctions.hold_if_due(listed.id, OPEN)

    events = api.get(f"/v1/events/exchange-{listed.id}?after={seen}").json["items"]
    market = [event["payload"] for event in events if event["kind"] == "market"]
    assert [len(payload["trades"]) for payload in market] == [1_000, 203]
    told = [trade for payload in market for trade in payload["trades"]]
    assert told == [
        [row["id"], "108.00", row["shares_traded"], None]
        for row in database.rows("select id, shares_traded from exchange.market_trades order by id")
    ]
    assert sum(shares for _, _, shares, _ in told) == 1_804
    assert {(payload["last"], payload["bid"], payload["phase"]) for payload in market} == {
        ("108.00", None, "continuous")
    }
    copy.follow()
    assert copy.levels == {}


def test_a_closing_is_told_as_changes_of_the_book(database: Database, api: Api, listed: Offering) -> None:
    collected(database, listed)
    copy = Copy(api, listed)
    assert len(copy.levels) == 3
    office = factory.admin(database)
    assert office.api.post(f"/v1/admin/exchange/offerings/{listed.id}/close", {}).status == 200
    assert copy.follow() == ["market", "status"]
    assert copy.levels == copy.as_it_is() == {}
    (last,) = [
        event["payload"]
        for event in api.get(f"/v1/events/{copy.topic}?after={copy.seq - 10}").json["items"]
        if event["kind"] == "market" and event["payload"]["phase"] == "closed"
    ]
    assert (last["trades"], last["bid"], last["ask"], last["last"]) == ([], None, None, "108.00")


def test_closing_an_offering_without_orders_is_told_by_its_status_alone(
    database: Database, api: Api, listed: Offering
) -> None:
    copy = Copy(api, listed)
    factory.admin(database).api.post(f"/v1/admin/exchange/offerings/{listed.id}/close", {})
    assert copy.follow() == ["status"]
