"""Market data: what everybody may see of an offering, signed in or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from tests.conftest import Answer, Api, Database
from tests.exchange import factory
from tests.exchange.days import funded, trade, utc
from tests.exchange.factory import Offering, Trader

LISTED = utc("2026-02-02 15:00")
NOW = utc("2026-02-06 15:30")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def friday() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def listed(database: Database) -> Offering:
    return factory.offering(database, shares=10_000, at=LISTED)


@pytest.fixture
def buyer(database: Database) -> Trader:
    return funded(database, 1_000_000, LISTED)


def book(api: Api, listed: Offering, query: str = "") -> dict[str, Any]:
    answer = api.get(f"/v1/exchange/offerings/{listed.id}/book{query}")
    assert answer.status == 200, answer.text
    return dict(answer.json)


def lines(side: list[dict[str, Any]]) -> list[tuple[str, int, int | None]]:
    return [(line["price_per_share"], line["shares"], line["orders"]) for line in side]


def filled_book(listed: Offering, buyer: Trader) -> list[dict[str, Any]]:
    """Three bids on two prices, two asks on one."""
    return [
        factory.order(buyer, listed, "buy", 10, "99.50"),
        factory.order(buyer, listed, "buy", 5, "99.00"),
        factory.order(buyer, listed, "buy", 7, "99.50", force="day"),
        factory.order(listed.seller, listed, "sell", 20, "101.00"),
        factory.order(listed.seller, listed, "sell", 30, "101.00"),
    ]


# ------------------------------------------------------------ the book


def test_levels_add_up_what_rests_at_each_price(api: Api, listed: Offering, buyer: Trader) -> None:
    filled_book(listed, buyer)
    found = book(api, listed)
    assert lines(found["bids"]) == [("99.50", 17, 2), ("99.00", 5, 1)]
    assert lines(found["asks"]) == [("101.00", 50, 2)]
    assert (found["highest_bid"], found["lowest_ask"], found["bid_ask_spread"]) == ("99.50", "101.00", "1.50")
    assert (found["depth"], found["phase"], found["current_share_price"]) == ("levels", "continuous", None)


def test_the_best_is_one_level_of_each_side(api: Api, listed: Offering, buyer: Trader) -> None:
    filled_book(listed, buyer)
    found = book(api, listed, "?depth=best&levels=50")
    assert (lines(found["bids"]), lines(found["asks"])) == ([("99.50", 17, 2)], [("101.00", 50, 2)])


def test_single_orders_stand_in_the_order_in_which_they_trade(
    api: Api, listed: Offering, buyer: Trader
) -> None:
    placed = filled_book(listed, buyer)
    found = book(api, listed, "?depth=orders")
    bids = [(line["order_id"], line["price_per_share"], line["shares"]) for line in found["bids"]]
    assert bids == [
        (placed[0]["id"], "99.50", 10),
        (placed[2]["id"], "99.50", 7),
        (placed[1]["id"], "99.00", 5),
    ]
    assert [line["order_id"] for line in found["asks"]] == [placed[3]["id"], placed[4]["id"]]
    assert {line["orders"] for line in found["bids"] + found["asks"]} == {None}
    assert len(book(api, listed, "?depth=orders&levels=2")["bids"]) == 2


def test_what_is_filled_is_gone_and_the_rest_stays(api: Api, listed: Offering, buyer: Trader) -> None:
    filled_book(listed, buyer)
    factory.order(buyer, listed, "buy", 25, "101.00", force="ioc")
    assert lines(book(api, listed)["asks"]) == [("101.00", 25, 1)]
    assert book(api, listed)["current_share_price"] == "101.00"


def test_orders_for_auctions_are_not_in_the_continuous_book(
    api: Api, listed: Offering, buyer: Trader
) -> None:
    factory.order(buyer, listed, "buy", 10, "99.50", force="at_open")
    factory.order(buyer, listed, "buy", 10, "98.00", force="at_close")
    assert (book(api, listed)["bids"], book(api, listed)["highest_bid"]) == ([], None)


def test_an_empty_book_has_no_lines(api: Api, listed: Offering) -> None:
    found = book(api, listed)
    assert (found["bids"], found["asks"], found["seq"]) == ([], [], 1)


def test_no_more_levels_than_asked_for(api: Api, listed: Offering, buyer: Trader) -> None:
    factory.place(buyer, listed, [factory.wish("buy", 1, f"{90 - n}.00") for n in range(30)])
    assert len(book(api, listed)["bids"]) == 10
    assert lines(book(api, listed, "?levels=3")["bids"]) == [
        ("90.00", 1, 1),
        ("89.00", 1, 1),
        ("88.00", 1, 1),
    ]
    for wrong in ("levels=0", "levels=201", "depth=everything"):
        assert api.get(f"/v1/exchange/offerings/{listed.id}/book?{wrong}").status == 422


def test_events_after_its_number_bring_a_book_up_to_date(api: Api, listed: Offering, buyer: Trader) -> None:
    """A client adds the changes of the topic to the book it began with, and has the book as it is."""
    placed = filled_book(listed, buyer)
    begun = book(api, listed, "?levels=200")
    held = {("buy", line["price_per_share"]): line["shares"] for line in begun["bids"]}
    held |= {("sell", line["price_per_share"]): line["shares"] for line in begun["asks"]}

    factory.order(buyer, listed, "buy", 25, "101.00", force="ioc")
    factory.order(listed.seller, listed, "sell", 12, "99.25")
    buyer.api.delete(f"/v1/exchange/orders/{placed[1]['id']}")
    factory.order(listed.seller, listed, "sell", 4, "103.00")

    events = api.get(f"/v1/events/{begun['topic']}?after={begun['seq']}").json["items"]
    for event in events:
        for side, price, change in event["payload"].get("book", []):
            held[side, price] = held.get((side, price), 0) + change
    now = book(api, listed, "?levels=200")
    expected = {("buy", line["price_per_share"]): line["shares"] for line in now["bids"]}
    expected |= {("sell", line["price_per_share"]): line["shares"] for line in now["asks"]}
    assert {key: shares for key, shares in held.items() if shares} == expected
    assert now["seq"] >= events[-1]["seq"]


# ------------------------------------------------------------ the tape


def test_the_tape_tells_trades_and_nobodys_name(api: Api, listed: Offering, buyer: Trader) -> None:
    trade(listed, listed.seller, buyer, 5, "108.00", NOW - HOUR)
    trade(listed, listed.seller, buyer, 3, "107.50", NOW)
    answer = api.get(f"/v1/exchange/offerings/{listed.id}/trades?limit=1")
    (newest,) = answer.json["items"]
    newest.pop("id")
    assert newest == {
        "price_per_share": "107.50", "shares_traded": 3, "total_value": "322.50", "trade_type": "continuous",
        "taker": "buy", "executed_at": "2026-02-06T15:30:00Z",
    }  # fmt: skip
    rest = api.get(f"/v1/exchange/offerings/{listed.id}/trades?cursor={answer.json['next_cursor']}").json
    assert [row["price_per_share"] for row in rest["items"]] == ["108.00"]
    assert rest["next_cursor"] is None


PUBLIC = [
    "offerings/{id}/book", "offerings/{id}/book?depth=orders", "offerings/{id}/book?depth=best", "offerings/{id}/trades",
    "offerings/{id}/candles", "offerings/{id}/stats", "stats", "trending", "market-state", "trading-days",
]  # fmt: skip


@pytest.mark.parametrize("path", PUBLIC)
def test_everybody_sees_it_and_nobody_sees_whose_it_is(
    api: Api, listed: Offering, buyer: Trader, path: str
) -> None:
    filled_book(listed, buyer)
    factory.order(buyer, listed, "buy", 5, "101.00", force="ioc")
    answer = api.get("/v1/exchange/" + path.format(id=listed.id))
    assert answer.status == 200
    assert str(buyer.id) not in answer.text
    assert str(listed.seller.id) not in answer.text


@pytest.mark.parametrize("what", ["book", "trades", "candles", "stats"])
def test_an_unknown_offering_has_no_market(api: Api, listed: Offering, what: str) -> None:
    answer = api.get(f"/v1/exchange/offerings/{listed.id + 1}/{what}")
    assert (answer.status, answer.code) == (404, "offering_unknown")


# ------------------------------------------------------------ candles


def candles(api: Api, listed: Offering, query: str) -> Answer:
    return api.get(f"/v1/exchange/offerings/{listed.id}/candles?{query}")


@pytest.fixture
def traded(listed: Offering, buyer: Trader) -> Offering:
    """Thursday 1:10 and 3:50, then nothing until 8:00; Friday 0:00 and 15:10 (UTC)."""
    for at, shares, price in [
        ("2026-02-05 01:10", 10, "100.00"),
        ("2026-02-05 01:20", 5, "104.00"),
        ("2026-02-05 03:50", 1, "98.00"),
        ("2026-02-05 08:00", 2, "99.00"),
        ("2026-02-06 00:00", 4, "101.50"),
        ("2026-02-06 15:10", 3, "103.00"),
    ]:
        trade(listed, listed.seller, buyer, shares, price, utc(at))
    return listed


def bars(answer: Answer) -> list[tuple[Any, ...]]:
    assert answer.status == 200, answer.text
    names = (
        "opens_at",
        "open_price",
        "high_price",
        "low_price",
        "close_price",
        "volume_shares",
        "trade_count",
    )
    return [tuple(row[name] for name in names) for row in answer.json["items"]]


def test_an_hours_candle(api: Api, traded: Offering) -> None:
    found = bars(candles(api, traded, "interval=1h&from=2026-02-05T00:00:00Z&to=2026-02-05T04:00:00Z"))
    assert found == [
        ("2026-02-05T01:00:00Z", "100.00", "104.00", "100.00", "104.00", 15, 2),
        ("2026-02-05T03:00:00Z", "98.00", "98.00", "98.00", "98.00", 1, 1),
    ], "the hours in which nothing was traded are not there"


def test_four_hours_and_a_day_are_put_together(api: Api, traded: Offering) -> None:
    span = "from=2026-02-05T00:00:00Z&to=2026-02-06T00:00:00Z"
    assert bars(candles(api, traded, f"interval=4h&{span}")) == [
        ("2026-02-05T00:00:00Z", "100.00", "104.00", "98.00", "98.00", 16, 3),
        ("2026-02-05T08:00:00Z", "99.00", "99.00", "99.00", "99.00", 2, 1),
    ]
    assert bars(candles(api, traded, f"interval=1d&{span}")) == [
        ("2026-02-05T00:00:00Z", "100.00", "104.00", "98.00", "99.00", 18, 4)
    ]


def test_a_candle_is_whole_also_where_the_range_cuts_it(api: Api, traded: Offering) -> None:
    found = bars(candles(api, traded, "interval=1d&from=2026-02-04T12:00:00Z&to=2026-02-05T02:00:00Z"))
    assert found == [("2026-02-05T00:00:00Z", "100.00", "104.00", "98.00", "99.00", 18, 4)]
    assert bars(candles(api, traded, "interval=1d&from=2026-02-05T00:00:01Z&to=2026-02-06T00:00:00Z")) == []


def test_unless_told_the_last_hundred_and_the_running_one(api: Api, traded: Offering) -> None:
    found = bars(candles(api, traded, ""))
    assert [row[0] for row in found][-1] == "2026-02-06T15:00:00Z"
    assert len(found) == 5


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=2026-02-06T00:00:00Z&to=2026-02-05T00:00:00Z", "range"),
        ("interval=1h&from=2025-12-01T00:00:00Z", "range_too_long"),
        ("interval=5m", "literal_error"),
        ("from=2026-02-06T00:00:00", "timezone_aware"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(api: Api, listed: Offering, query: str, code: str) -> None:
    answer = candles(api, listed, query)
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, code)


def test_private_things_are_in_no_public_answer(api: Api, listed: Offering, buyer: Trader) -> None:
    placed = factory.order(buyer, listed, "buy", 5, "99.00", client_order_id="my secret")
    text = json.dumps(book(api, listed, "?depth=orders"))
    assert "my secret" not in text
    assert api.get(f"/v1/exchange/orders/{placed['id']}").status == 401
