"""One client_order_id in two offerings at the same moment: only the index sees it, and one of the two is first."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from chalicelib.core import clock
from tests.conftest import Answer, Api, Database
from tests.exchange.factory import Offering, Trader, broken_books, offering, sold, trader, wish


@pytest.fixture
def owner(database: Database) -> Trader:
    """Somebody with shares of two offerings; sales touch no cash account, for which the two would queue."""
    return trader(database, "100000")


@pytest.fixture
def pair(database: Database, owner: Trader) -> tuple[Offering, Offering]:
    first, second = offering(database), offering(database)
    for listed in (first, second):
        sold(listed, owner, 5)
    return first, second


def sale(client_order_id: str | None) -> dict[str, Any]:
    return wish("sell", 1, "120", client_order_id=client_order_id)


def own_ids(listed: Offering, owner: Trader) -> list[str | None]:
    return [
        row["client_order_id"]
        for row in listed.orders()
        if row["user_id"] == owner.id and row["order_type"] == "sell"
    ]


def second_of_two(
    owner: Trader, first: Offering, second: Offering, way: str, body: Any, key: str | None = None
) -> Answer:
    """What a request in `second` is answered while an order "mine" in `first`, of another connection, commits."""
    own, answers = Api(), list[Answer]()
    owner.api.get("/v1/exchange/cash")  # signs the client in
    own.headers = dict(owner.api.headers) | ({"Idempotency-Key": key} if key else {})
    path = f"/v1/exchange/offerings/{second.id}/{way}"
    request = threading.Thread(target=lambda: answers.append(own.post(path, body)))
    with owner.tx() as tx:
        tx.execute(
            "select exchange.place_orders(%s, %s::jsonb, %s)",
            [first.id, json.dumps([sale("mine")]), clock.now()],
        )
        request.start()
        while not owner.database.rows(
            "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        ):
            assert request.is_alive(), answers
    request.join(30)
    (answer,) = answers
    return answer


def test_an_order_is_refused_and_sent_again_it_is_told_which_order_has_the_id(
    pair: tuple[Offering, Offering], owner: Trader
) -> None:
    first, second = pair
    answer = second_of_two(owner, first, second, "orders", sale("mine"), key="key-1")
    assert (answer.status, answer.code) == (409, "client_order_id_used")
    assert "nothing of this request was placed" in answer.json["detail"]
    assert "It may be sent again" in answer.json["detail"]
    assert (own_ids(first, owner), own_ids(second, owner)) == (["mine"], [])
    own = owner.api.post(f"/v1/exchange/offerings/{second.id}/orders", sale("mine"), Idempotency_Key="key-1")
    assert (own.status, own.code) == (409, "client_order_id_used")
    assert own.json["order_id"] == first.orders()[-1]["id"]
    assert broken_books() == []


def test_a_batch_is_not_placed_and_sent_again_refuses_only_the_order_with_that_id(
    pair: tuple[Offering, Offering], owner: Trader
) -> None:
    first, second = pair
    batch = {"orders": [sale("one"), sale("mine"), sale(None)]}
    answer = second_of_two(owner, first, second, "orders/batch", batch, key="key-1")
    assert (answer.status, answer.code) == (409, "client_order_id_used")
    assert "nothing of this request was placed" in answer.json["detail"]
    assert own_ids(second, owner) == [], "all of it was undone"
    again = owner.api.post(f"/v1/exchange/offerings/{second.id}/orders/batch", batch, Idempotency_Key="key-1")
    assert (again.status, again.json["accepted"], again.json["refused"]) == (200, 2, 1)
    assert again.json["results"][1]["problem"]["code"] == "client_order_id_used"
    assert own_ids(second, owner) == ["one", None]
    assert broken_books() == []
