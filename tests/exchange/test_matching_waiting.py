"""A busy book: orders wait together, and whoever gets the book places all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.db import Tx
from tests.conftest import Database
from tests.exchange.factory import Offering, Trader, broken_books, offering, order, trader, traders, wish


@pytest.fixture
def listed(database: Database) -> Offering:
    return offering(database)


def answer(tx: Tx, statement: str, *params: Any) -> Any:
    row = tx.execute(f"select {statement} as answer", params).fetchone()
    assert row is not None
    return row["answer"]


def ask(person: Trader, listed: Offering, wanted: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    with person.tx() as tx:
        return dict(
            answer(
                tx,
                "exchange.place_order(%s, %s::jsonb, %s, %s)",
                listed.id,
                json.dumps(wanted),
                key,
                clock.now(),
            )
        )


def await_result(person: Trader, waiting: int) -> dict[str, Any]:
    with person.tx() as tx:
        return dict(answer(tx, "exchange.await_order(%s, %s)", waiting, clock.now()))


@contextmanager
def busy(listed: Offering) -> Iterator[None]:
    """Somebody holds the book meanwhile."""
    with listed.database.owner() as conn, conn.transaction():
        conn.execute("select exchange.lock_book(%s)", [listed.id])
        yield


def test_a_free_book_takes_an_order_at_once(database: Database, listed: Offering) -> None:
    result = ask(listed.seller, listed, wish("sell", 1, "100.00"), "key-1")["result"]
    assert result["order"]["status"] == "active"
    assert database.rows("select id from exchange.waiting_orders") == []


def test_orders_that_find_the_book_taken_wait_and_are_placed_in_their_order(
    database: Database, listed: Offering
) -> None:
    buyers = traders(database, 3, cash="1000")
    order(listed.seller, listed, "sell", 4, "100.00")
    with busy(listed):
        waiting = [ask(buyer, listed, wish("buy", 3, "100.00"))["waiting"] for buyer in buyers]
        assert len(listed.orders()) == 1
    results = [
        await_result(buyer, number) for buyer, number in zip(reversed(buyers), reversed(waiting), strict=True)
    ]
    assert [result["order"]["shares_filled"] for result in reversed(results)] == [3, 1, 0]
    assert [result["order"]["user_id"] for result in reversed(results)] == [str(buyer.id) for buyer in buyers]
    told = database.rows("select audience, payload from app.outbox where kind = 'orders'")
    assert {row["audience"] for row in told} == {listed.seller.id, *(buyer.id for buyer in buyers)}
    assert len(database.rows("select from app.outbox where kind = 'market'")) == 2, (
        "one event for all that waited"
    )
    assert broken_books() == []


def test_the_next_order_places_those_that_wait_before_itself(database: Database, listed: Offering) -> None:
    first, second = traders(database, 2, cash="1000")
    order(listed.seller, listed, "sell", 1, "100.00")
    with busy(listed):
        waiting = ask(first, listed, wish("buy", 1, "100.00"))["waiting"]
    assert ask(second, listed, wish("buy", 1, "100.00"))["result"]["order"]["status"] == "active"
    assert await_result(first, waiting)["order"]["status"] == "filled"


def test_one_key_is_one_order(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    with busy(listed):
        waiting = ask(buyer, listed, wish("buy", 1, "100.00"), "key-1")["waiting"]
        assert ask(buyer, listed, wish("buy", 1, "100.00"), "key-1")["waiting"] == waiting
    made = await_result(buyer, waiting)
    assert ask(buyer, listed, wish("buy", 1, "100.00"), "key-1")["waiting"] == waiting
    assert await_result(buyer, waiting) == made
    assert len(listed.orders()) == 1


def test_nobody_awaits_an_order_of_somebody_else(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    with busy(listed):
        waiting = ask(buyer, listed, wish("buy", 1, "100.00"))["waiting"]
    assert await_result(listed.seller, waiting)["problem"]["code"] == "order_unknown"


def test_orders_whose_senders_have_gone_are_placed_by_a_job(database: Database, listed: Offering) -> None:
    from chalicelib.core import db
    from chalicelib.core.principal import JOB

    buyer = trader(database, "1000")
    with busy(listed):
        waiting = ask(buyer, listed, wish("buy", 1, "100.00"))["waiting"]
    with db.transaction(JOB) as tx:
        assert answer(tx, "exchange.serve_waiting(%s, %s)", listed.id, clock.now()) == 1
    assert await_result(buyer, waiting)["order"]["status"] == "active"


def test_one_order_that_cannot_be_placed_stops_no_other(database: Database, listed: Offering) -> None:
    broken, buyer, last = traders(database, 3, cash="1000")
    with busy(listed):
        refused = ask(broken, listed, wish("buy", 1, "100.00") | {"shares_requested": "a few"})["waiting"]
        waiting = ask(buyer, listed, wish("buy", 2, "100.00"))["waiting"]
    assert ask(last, listed, wish("buy", 3, "100.00"))["result"]["order"]["status"] == "active"
    assert await_result(broken, refused)["problem"]["code"] == "order_failed"
    assert await_result(buyer, waiting)["order"]["status"] == "active"
    assert [row["user_id"] for row in listed.orders()] == [buyer.id, last.id]
    assert broken_books() == []


def test_many_at_once_on_one_book(database: Database, listed: Offering) -> None:
    """Each of sixteen people places ten orders as fast as the book allows; every order is placed once and answered."""
    people = traders(database, 16, cash="100000")
    order(listed.seller, listed, "sell", 500, "100.00")

    def trade(person: Trader) -> list[dict[str, Any]]:
        results = []
        for _ in range(10):
            asked = ask(person, listed, wish("buy", 2, "100.00"))
            results.append(asked.get("result") or await_result(person, asked["waiting"]))
        return results

    with ThreadPoolExecutor(16) as pool:
        results = [result for found in pool.map(trade, people) for result in found]

    assert len({result["order"]["id"] for result in results}) == 160
    assert all(result["order"]["status"] == "filled" for result in results)
    assert [person.shares(listed) for person in people] == [20] * 16
    assert database.rows("select from exchange.waiting_orders where result is null") == []
    assert broken_books() == []
