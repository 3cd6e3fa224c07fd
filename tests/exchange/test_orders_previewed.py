"""Previews: what an order would do now, told by the pure rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from chalicelib.core.errors import Problem
from chalicelib.exchange.order_models import NewOrder, Preview
from chalicelib.exchange.previews import preview
from tests.conftest import Database
from tests.exchange.factory import Offering, Trader, offering, trader, wish
from tests.exchange.side_by_side import Exchange, asked
from tests.exchange.streams import Place, Stream, streams


@pytest.fixture
def listed(database: Database) -> Offering:
    return offering(database)


@pytest.fixture
def buyer(database: Database) -> Trader:
    return trader(database, "100000")


def path(listed: Offering, rest: str = "orders") -> str:
    return f"/v1/exchange/offerings/{listed.id}/{rest}"


def placed(person: Trader, listed: Offering, *what: Any, **more: Any) -> dict[str, Any]:
    answer = person.api.post(path(listed), wish(*what, **more))
    assert answer.status == 201, answer.text
    return dict(answer.json)


def test_a_preview_says_what_placing_then_does(listed: Offering, buyer: Trader) -> None:
    for shares, price in ((3, "100.05"), (4, "100.07"), (2, "100.05")):
        placed(listed.seller, listed, "sell", shares, price)
    before = buyer.cash
    body = wish("buy", 20, "100.06")
    seen = buyer.api.post(path(listed, "preview"), body).json
    assert seen["levels"] == [{"price_per_share": "100.05", "shares": 5, "value": "500.25"}]
    assert (buyer.cash, len(listed.orders())) == (before, 3), "nothing has happened"
    done = buyer.api.post(path(listed), body).json["order"]
    assert (seen["status"], seen["shares_filled"], seen["shares_open"]) == ("partially_filled", 5, 15)
    for name in (
        "status",
        "shares_filled",
        "average_fill_price",
        "filled_value",
        "commission",
        "reserved_cash",
    ):
        assert seen[name] == done[name], name
    assert Decimal(seen["available_after"]) == buyer.cash["available"]


def test_a_preview_of_fill_or_kill_and_of_a_market_sale(listed: Offering, buyer: Trader) -> None:
    placed(buyer, listed, "buy", 5, "99")
    killed = listed.seller.api.post(
        path(listed, "preview"), wish("sell", 6, None, force="fok", pricing="market")
    ).json
    assert (killed["status"], killed["shares_filled"], killed["levels"]) == ("cancelled", 0, [])
    partly = listed.seller.api.post(
        path(listed, "preview"), wish("sell", 6, None, force="ioc", pricing="market")
    ).json
    assert (partly["status"], partly["filled_value"], partly["commission"]) == ("cancelled", "495.00", "0")
    assert partly["available_after"] == "495.00"


def test_a_preview_leaves_the_own_resting_orders_out_of_the_way(listed: Offering, buyer: Trader) -> None:
    placed(buyer, listed, "buy", 5, "99")
    seen = buyer.api.post(path(listed, "preview"), wish("buy", 5, "99")).json
    assert (seen["status"], seen["shares_open"], seen["reserved_cash"]) == ("active", 5, "504.90")
    assert seen["available_after"] == "98990.20"


def test_over_random_streams_a_preview_tells_what_placing_then_does(database: Database) -> None:
    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(streams(places_only=True))
    def over_all(stream: Stream) -> None:
        exchange = Exchange(database, stream)
        for step in stream.steps:
            assert isinstance(step, Place)
            seen = previewed(exchange, step)
            told = exchange.take(step)
            if "problem" in told:
                assert seen == told["problem"]["code"]
                continue
            assert isinstance(seen, Preview)
            order = told["order"]
            amounts = (seen.average_fill_price, seen.filled_value, seen.commission, seen.reserved_cash)
            assert (seen.status, seen.shares_filled) == (order["status"], order["shares_filled"])
            assert amounts == tuple(
                None if order[name] is None else Decimal(order[name])
                for name in ("average_fill_price", "filled_value", "commission", "reserved_cash")
            )
            assert sum(level.shares for level in seen.levels) == seen.shares_filled
            assert seen.available_after == exchange.people[step.user].cash["available"]

    over_all()


def previewed(exchange: Exchange, step: Place) -> Preview | str:
    """What a preview says: the order's outcome, or the code of its refusal."""
    with exchange.people[step.user].tx() as tx:
        try:
            return preview(tx, exchange.listed.id, NewOrder.model_validate(asked(step.order)))
        except Problem as problem:
            return problem.code
