"""Orders over HTTP: placed, previewed, amended, cancelled, listed."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import clock
from tests.conftest import Api, Database
from tests.exchange.factory import (
    FAR_AUCTION,
    Offering,
    Trader,
    broken_books,
    offering,
    sold,
    trader,
    wish,
)


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


# ------------------------------------------------------------ placing


def test_five_shares_wanted_at_110_are_bought_at_108(listed: Offering, buyer: Trader) -> None:
    first = placed(listed.seller, listed, "sell", 10, "108")
    answer = placed(buyer, listed, "buy", 5, "110", client_order_id="mine")
    bought = answer["order"]
    assert first["trades"] == []
    assert (bought["status"], bought["shares_filled"], bought["average_fill_price"]) == (
        "filled",
        5,
        "108.000000",
    )
    assert (bought["filled_value"], bought["commission"], bought["reserved_cash"]) == (
        "540.00",
        "10.80",
        "0.00",
    )
    assert (bought["client_order_id"], bought["cancel_reason"]) == ("mine", None)
    (trade,) = answer["trades"]
    assert trade.pop("id") == listed.trades()[0]["id"]
    assert trade.pop("executed_at")
    assert trade == {
        "price_per_share": "108.00",
        "shares_traded": 5,
        "total_value": "540.00",
        "nuke_commission_amount": "10.80",
    }
    assert buyer.cash["available"] == Decimal("99449.20")
    assert broken_books() == []


def test_an_order_says_nothing_about_its_owner_or_others(listed: Offering, buyer: Trader) -> None:
    answer = placed(buyer, listed, "buy", 5, "99")
    assert set(answer["order"]) == {
        "id", "offering_id", "order_type", "pricing", "time_in_force", "status", "shares_requested", "shares_filled",
        "price_per_share", "average_fill_price", "filled_value", "commission", "reserved_cash", "client_order_id",
        "cancel_reason", "created_at", "updated_at",
    }  # fmt: skip


@pytest.mark.parametrize(("pricing", "force"), [("limit", "gtc"), ("market", "ioc")])
def test_how_long_an_order_lives_goes_without_saying(
    listed: Offering, buyer: Trader, pricing: str, force: str
) -> None:
    body = {"order_type": "buy", "pricing": pricing, "shares_requested": 1, "price_per_share": "1"}
    assert buyer.api.post(path(listed), body).json["order"]["time_in_force"] == force


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"price_per_share": None}, "price_missing", "body"),
        ({"pricing": "market", "price_per_share": None, "time_in_force": "ioc"}, "price_missing", "body"),
        ({"pricing": "market", "order_type": "sell", "time_in_force": "ioc"}, "price_not_taken", "body"),
        ({"pricing": "market"}, "time_in_force", "body"),
        ({"pricing": "market", "time_in_force": "day"}, "time_in_force", "body"),
        ({"shares_requested": 0}, "greater_than_equal", "body.shares_requested"),
        ({"shares_requested": "1.5"}, "int_type", "body.shares_requested"),
        ({"shares_requested": True}, "int_type", "body.shares_requested"),
        ({"shares_requested": 10**13}, "less_than_equal", "body.shares_requested"),
        ({"price_per_share": "0"}, "greater_than", "body.price_per_share"),
        ({"price_per_share": 1.5}, "value_error", "body.price_per_share"),
        ({"price_per_share": "1.005"}, "decimal_max_places", "body.price_per_share"),
        ({"price_per_share": "1000000001"}, "less_than_equal", "body.price_per_share"),
        ({"order_type": "short"}, "literal_error", "body.order_type"),
        ({"client_order_id": ""}, "string_too_short", "body.client_order_id"),
        ({"nuke_commission_amount": "0"}, "extra_forbidden", "body.nuke_commission_amount"),
    ],
)
def test_what_is_no_order_is_refused_field_by_field(
    listed: Offering, buyer: Trader, change: dict[str, Any], code: str, field: str
) -> None:
    answer = buyer.api.post(path(listed), wish("buy", 1, "1") | change)
    assert answer.status == 422
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [(field, code)]
    assert listed.orders() == []


REFUSED = [
    ("buy", 1_000, "100", {}, "insufficient_cash", {"needed": "102000.00", "available": "100000.00"}),
    ("sell", 1, "100", {}, "insufficient_shares", {"offered": 1, "free": 0}),
    ("buy", 10, "100.01", {"tick": "0.05"}, "off_tick", {"tick_size": "0.05"}),
    ("buy", 10, "100", {"lot": 25}, "odd_lot", {"lot_size": 25}),
    ("buy", 10**11, "11", {}, "too_large", {"maximum": "1000000000000"}),
]


@pytest.mark.parametrize(("side", "shares", "price", "rules", "code", "facts"), REFUSED)
@pytest.mark.parametrize("way", ["orders", "preview"])
def test_what_is_refused_is_refused_with_the_facts_and_previewed_alike(
    database: Database,
    buyer: Trader,
    way: str,
    side: str,
    shares: int,
    price: str,
    rules: Any,
    code: str,
    facts: Any,
) -> None:
    listed = offering(database, **rules)
    answer = buyer.api.post(path(listed, way), wish(side, shares, price))
    assert (answer.status, answer.code) == (409, code)
    assert {name: answer.json[name] for name in facts} == facts
    assert answer.json["detail"]
    assert (listed.orders(), buyer.cash["reserved"]) == ([], 0)


@pytest.mark.parametrize("way", ["orders", "preview"])
def test_ones_own_orders_are_named_where_they_are_in_the_way(
    listed: Offering, buyer: Trader, way: str
) -> None:
    sold(listed, buyer, 10)
    mine = placed(buyer, listed, "sell", 5, "120", client_order_id="mine")["order"]["id"]
    answer = buyer.api.post(path(listed, way), wish("buy", 1, "120"))
    assert (answer.code, answer.json["order_id"]) == ("self_trade", mine)
    answer = buyer.api.post(path(listed, way), wish("buy", 1, "90", client_order_id="mine"))
    assert (answer.code, answer.json["order_id"]) == ("client_order_id_used", mine)


@pytest.mark.parametrize("way", ["orders", "preview"])
def test_phases_decide_what_is_accepted(listed: Offering, buyer: Trader, way: str) -> None:
    listed.set(calls_from=clock.now() - timedelta(minutes=1))
    answer = buyer.api.post(path(listed, way), wish("buy", 1, "90", force="ioc"))
    assert answer.code == "call_phase"
    assert answer.json["ends_at"].startswith(FAR_AUCTION.strftime("%Y-%m-%d"))
    assert buyer.api.post(path(listed, way), wish("buy", 1, "90")).status < 300
    listed.set(status="halted")
    assert buyer.api.post(path(listed, way), wish("buy", 1, "90")).code == "offering_halted"
    listed.set(status="closed")
    assert buyer.api.post(path(listed, way), wish("buy", 1, "90")).code == "offering_closed"


@pytest.mark.parametrize("way", ["orders", "preview", "orders/batch"])
def test_an_offering_that_is_not_there_is_404(buyer: Trader, way: str) -> None:
    body = wish("buy", 1, "1")
    answer = buyer.api.post(
        f"/v1/exchange/offerings/999/{way}", {"orders": [body]} if "batch" in way else body
    )
    assert (answer.status, answer.code) == (404, "offering_unknown")


def test_the_same_key_is_the_same_order(listed: Offering, buyer: Trader) -> None:
    body = wish("buy", 1, "90")
    answers = [buyer.api.post(path(listed), body, Idempotency_Key="one") for _ in range(3)]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert len(listed.orders()) == 1
    assert (
        buyer.api.post(path(listed), wish("buy", 2, "90"), Idempotency_Key="one").code
        == "idempotency_key_reused"
    )


# ------------------------------------------------------------ many at once


def test_a_batch_has_a_result_for_each_and_acts_like_one_after_the_other(
    listed: Offering, buyer: Trader
) -> None:
    placed(listed.seller, listed, "sell", 3, "100")
    answer = buyer.api.post(
        path(listed, "orders/batch"),
        {
            "orders": [
                wish("buy", 5, "101"),  # takes the three, two rest
                wish("sell", 3, "102"),  # what was bought just now can be offered
                wish("sell", 1, "103"),  # no more than that
                wish("buy", 1, "102"),  # would meet the own offer
            ]
        },
    )
    assert answer.status == 200, answer.text
    assert (answer.json["accepted"], answer.json["refused"]) == (2, 2)
    first, second, third, fourth = answer.json["results"]
    assert (first["order"]["status"], first["trades"][0]["shares_traded"]) == ("partially_filled", 3)
    assert second["order"]["status"] == "active"
    assert (third["order"], third["problem"]["code"]) == (None, "insufficient_shares")
    assert third["problem"]["facts"] == {"offered": 1, "free": 0}
    assert fourth["problem"]["facts"] == {"order_id": second["order"]["id"]}
    assert broken_books() == []


def test_a_batch_is_one_to_a_thousand_orders_of_which_each_is_one(listed: Offering, buyer: Trader) -> None:
    for orders in ([], [wish("buy", 1, "1")] * 1_001):
        answer = buyer.api.post(path(listed, "orders/batch"), {"orders": orders})
        assert (answer.status, answer.json["errors"][0]["field"]) == (422, "body.orders")
    answer = buyer.api.post(path(listed, "orders/batch"), {"orders": [wish("buy", 1, "1"), wish("buy", 1)]})
    assert answer.json["errors"][0]["field"] == "body.orders.1"


@pytest.mark.parametrize("indent", [None, 4])
def test_a_thousand_orders_fit_into_a_request_in_their_longest_form(
    listed: Offering, buyer: Trader, indent: int | None
) -> None:
    """Beyond the basic plane JSON may write a character as two escapes: twelve bytes."""
    thousand = [
        wish("buy", 1, "1", client_order_id=f"order {number:3}".ljust(64, "\N{ROCKET}"))
        for number in range(1_000)
    ]
    body = json.dumps({"orders": thousand}, indent=indent)
    assert len(body) > 800_000
    answer = buyer.api.post(path(listed, "orders/batch"), body)
    assert (answer.status, answer.json["accepted"]) == (200, 1_000)


# ------------------------------------------------------------ who may


def test_nobody_trades_without_signing_in_or_with_a_key_that_only_reads(
    listed: Offering, buyer: Trader
) -> None:
    api, body = Api(), wish("buy", 1, "1")
    for method, url in (
        ("POST", path(listed)), ("POST", path(listed, "orders/batch")), ("POST", path(listed, "preview")),
        ("GET", "/v1/exchange/orders"), ("DELETE", "/v1/exchange/orders"), ("GET", "/v1/exchange/fills"),
    ):  # fmt: skip
        assert api.call(method, url, body).status == 401
    made = buyer.api.post("/v1/api-keys", {"name": "looks only", "scopes": ["exchange:read"]})
    reader = {"X-Api-Key": made.json["key"]}
    assert api.call("GET", "/v1/exchange/orders", headers=reader).status == 200
    assert api.call("POST", path(listed, "preview"), body, reader).status == 200
    assert api.call("POST", path(listed), body, reader).code == "missing_scope"
    assert listed.orders() == []
