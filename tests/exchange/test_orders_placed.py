"""Orders over HTTP once they are placed: amended, cancelled, listed; and their trades."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Database
from tests.exchange.factory import Offering, Trader, broken_books, offering, order, sold, trader, wish


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


# ------------------------------------------------------------ amending and cancelling


def test_an_amended_order_may_trade_at_once(listed: Offering, buyer: Trader) -> None:
    placed(listed.seller, listed, "sell", 2, "100")
    mine = placed(buyer, listed, "buy", 5, "95")["order"]["id"]
    answer = buyer.api.patch(f"/v1/exchange/orders/{mine}", {"price_per_share": "101"})
    assert answer.status == 200, answer.text
    assert (answer.json["order"]["shares_filled"], answer.json["trades"][0]["price_per_share"]) == (
        2,
        "100.00",
    )
    answer = buyer.api.patch(f"/v1/exchange/orders/{mine}", {"shares_requested": 2})
    assert (answer.status, answer.code, answer.json["shares_filled"]) == (409, "already_filled", 2)
    assert broken_books() == []


def test_an_amendment_changes_something(listed: Offering, buyer: Trader) -> None:
    mine = placed(buyer, listed, "buy", 5, "95")["order"]["id"]
    for body in ({}, {"shares_requested": None, "price_per_share": None}):
        answer = buyer.api.patch(f"/v1/exchange/orders/{mine}", body)
        assert (answer.status, answer.json["errors"][0]["code"]) == (422, "nothing_to_change")


def test_cancelling_frees_the_cash_and_works_once(listed: Offering, buyer: Trader) -> None:
    mine = placed(buyer, listed, "buy", 5, "95")["order"]["id"]
    answer = buyer.api.delete(f"/v1/exchange/orders/{mine}")
    assert (answer.status, answer.json["status"], answer.json["cancel_reason"]) == (200, "cancelled", "user")
    assert buyer.cash["reserved"] == 0
    again = buyer.api.delete(f"/v1/exchange/orders/{mine}")
    assert (again.status, again.code, again.json["order_status"]) == (409, "order_not_open", "cancelled")
    assert again.json["status"] == 409, "as RFC 9457 has it"


def test_cancelling_all_of_one_offering_or_of_all(
    database: Database, listed: Offering, buyer: Trader
) -> None:
    other = offering(database)
    ids = [
        placed(buyer, each, "buy", 1, price)["order"]["id"]
        for each in (listed, other)
        for price in ("1", "2")
    ]
    placed(listed.seller, listed, "sell", 1, "200")
    answer = buyer.api.delete(path(listed))
    assert answer.json == {"cancelled": 2, "order_ids": ids[:2]}
    assert buyer.api.delete("/v1/exchange/orders").json == {"cancelled": 2, "order_ids": ids[2:]}
    assert buyer.api.delete("/v1/exchange/orders").json == {"cancelled": 0, "order_ids": []}
    assert buyer.cash["reserved"] == 0
    assert [each["is_open"] for each in listed.orders()] == [False, False, True], "nobody else's"


def test_cancelling_in_an_offering_that_there_is_not_is_a_404(buyer: Trader) -> None:
    answer = buyer.api.delete("/v1/exchange/offerings/999999/orders")
    assert (answer.status, answer.code) == (404, "offering_unknown")


def test_somebody_elses_order_is_not_there(database: Database, listed: Offering, buyer: Trader) -> None:
    mine = placed(buyer, listed, "buy", 1, "1")["order"]["id"]
    url, stranger = f"/v1/exchange/orders/{mine}", trader(database)
    for answer in (
        stranger.api.get(url),
        stranger.api.patch(url, {"shares_requested": 2}),
        stranger.api.delete(url),
    ):
        assert (answer.status, answer.code) == (404, "order_unknown")
    assert stranger.api.get("/v1/exchange/orders").json["items"] == []
    assert buyer.api.get(url).json["status"] == "active"


# ------------------------------------------------------------ looking


def test_ones_orders_are_listed_the_newest_first_and_page_by_page(
    database: Database, listed: Offering, buyer: Trader
) -> None:
    other = offering(database)
    ids = [placed(buyer, listed, "buy", 1, str(price))["order"]["id"] for price in range(1, 6)]
    elsewhere = placed(buyer, other, "buy", 1, "1", client_order_id="x")["order"]["id"]
    buyer.api.delete(f"/v1/exchange/orders/{ids[1]}")

    def found(query: str = "") -> list[int]:
        answer = buyer.api.get(f"/v1/exchange/orders?{query}")
        assert answer.status == 200, answer.text
        return [each["id"] for each in answer.json["items"]]

    assert found() == [elsewhere, *reversed(ids)]
    assert found("status=open") == [elsewhere, ids[4], ids[3], ids[2], ids[0]]
    assert found("status=cancelled") == [ids[1]]
    assert found(f"offering_id={other.id}") == [elsewhere]
    assert found("client_order_id=x") == [elsewhere]
    assert found("order_type=sell") == []
    page = buyer.api.get("/v1/exchange/orders?limit=4").json
    rest = buyer.api.get(f"/v1/exchange/orders?limit=4&cursor={page['next_cursor']}").json
    assert [each["id"] for each in page["items"] + rest["items"]] == [elsewhere, *reversed(ids)]
    assert rest["next_cursor"] is None


def test_both_sides_of_a_trade_see_it_as_their_own(
    database: Database, listed: Offering, buyer: Trader
) -> None:
    sale = placed(listed.seller, listed, "sell", 10, "108")["order"]["id"]
    purchase = placed(buyer, listed, "buy", 4, "110")["order"]["id"]
    placed(buyer, listed, "sell", 1, "107")
    order(trader(database, "1000"), listed, "buy", 1, "120", force="ioc")
    bought = buyer.api.get("/v1/exchange/fills").json["items"]
    assert [(fill["order_type"], fill["role"], fill["nuke_commission_amount"]) for fill in bought] == [
        ("sell", "maker", "0.00"),
        ("buy", "taker", "8.64"),
    ]
    assert bought[0]["realised_gain"] == "-1.000000", "bought at 108, sold at 107"
    assert (bought[1]["order_id"], bought[1]["realised_gain"]) == (purchase, None)
    (theirs,) = listed.seller.api.get(f"/v1/exchange/fills?order_id={sale}").json["items"]
    assert (theirs["order_type"], theirs["role"], theirs["symbol"]) == ("sell", "maker", listed.symbol)
    assert (theirs["total_value"], theirs["realised_gain"]) == ("432.00", "32.000000")
    assert buyer.api.get("/v1/exchange/fills?offering_id=999").json["items"] == []


def test_fills_page_by_page(listed: Offering, buyer: Trader) -> None:
    for _ in range(5):
        sold(listed, buyer, 1)
    page = buyer.api.get("/v1/exchange/fills?limit=3").json
    rest = buyer.api.get(f"/v1/exchange/fills?limit=3&cursor={page['next_cursor']}").json
    ids = [fill["trade_id"] for fill in page["items"] + rest["items"]]
    assert ids == sorted((trade["id"] for trade in listed.trades()), reverse=True)
    assert rest["next_cursor"] is None
