"""Orders that find the book taken: they wait in line, whoever gets the book places all of them, none is placed twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from chalicelib.core import clock, db
from chalicelib.exchange import orders
from chalicelib.exchange.order_jobs import serve_waiting, sweep_waiting
from tests.conftest import Answer, Api, Database
from tests.exchange.factory import Offering, Trader, broken_books, deposit, offering, trader, traders, wish


@pytest.fixture
def listed(database: Database) -> Offering:
    return offering(database)


@contextmanager
def taken(listed: Offering) -> Iterator[None]:
    """Somebody else holds the book meanwhile."""
    with listed.database.owner() as conn, conn.transaction():
        conn.execute("select exchange.lock_book(%s)", [listed.id])
        yield


class Caller:
    """A request on its way, from a process of its own."""

    def __init__(
        self, person: Trader, listed: Offering, body: dict[str, Any], key: str | None = None
    ) -> None:
        self.answers: list[Answer] = []
        own = Api()
        person.api.get("/v1/exchange/cash")  # signs the client in
        own.headers = dict(person.api.headers) | ({"Idempotency-Key": key} if key else {})
        path = f"/v1/exchange/offerings/{listed.id}/orders"
        self.thread = threading.Thread(target=lambda: self.answers.append(own.post(path, body)))
        self.thread.start()

    @property
    def answer(self) -> Answer:
        self.thread.join(30)
        (answer,) = self.answers
        return answer

    def until(self, happened: Callable[[], bool]) -> Caller:
        while not happened():
            assert self.thread.is_alive(), self.answers
        return self


def waiting(listed: Offering, count: int) -> Callable[[], bool]:
    """Whether so many orders wait for the book."""
    statement = "select from exchange.waiting_orders where offering_id = %s and result is null"
    return lambda: len(listed.database.rows(statement, listed.id)) == count


def at_the_lock(listed: Offering, count: int) -> Callable[[], bool]:
    """Whether so many callers wait for a lock."""
    statement = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    return lambda: len(listed.database.rows(statement)) >= count


def test_an_order_waits_for_the_book_and_is_then_placed(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    with taken(listed):
        caller = Caller(buyer, listed, wish("buy", 5, "100")).until(waiting(listed, 1))
        assert listed.orders() == []
    answer = caller.answer
    assert (answer.status, answer.json["order"]["status"]) == (201, "active")
    assert len(listed.orders()) == 1
    assert broken_books() == []


def test_who_gets_the_book_places_all_that_wait_in_the_order_in_which_they_came(
    database: Database, listed: Offering
) -> None:
    people = traders(database, 4, "1000")
    with taken(listed):
        callers = [
            Caller(person, listed, wish("buy", 1, str(90 + number))).until(waiting(listed, number + 1))
            for number, person in enumerate(people)
        ]
    answers = [caller.answer for caller in callers]
    assert [answer.status for answer in answers] == [201] * 4
    rows = listed.orders()
    assert [row["user_id"] for row in rows] == [person.id for person in people]
    assert [row["id"] for row in rows] == [answer.json["order"]["id"] for answer in answers]
    assert broken_books() == []


def test_where_the_one_that_was_to_place_them_fails_another_of_those_that_wait_does(
    database: Database, listed: Offering
) -> None:
    people = traders(database, 3, "1000")
    at_the_book = (
        "select pg_cancel_backend(pid) from pg_locks where locktype = 'advisory' and classid = 1163 and not granted "
        "and database = (select oid from pg_database where datname = current_database())"
    )
    with taken(listed):
        first = Caller(people[0], listed, wish("buy", 1, "90")).until(at_the_lock(listed, 1))
        others = [
            Caller(person, listed, wish("buy", 1, "91")).until(at_the_lock(listed, number))
            for number, person in enumerate(people[1:], 2)
        ]
        assert len(database.rows(at_the_book)) == 1
        assert (first.answer.status, first.answer.code) == (503, "order_waits")
        assert waiting(listed, 3)()
    assert [caller.answer.status for caller in others] == [201] * 2
    assert [row["user_id"] for row in listed.orders()] == [person.id for person in people]
    assert broken_books() == []


def test_two_requests_under_one_key_wait_for_one_order(database: Database, listed: Offering) -> None:
    buyer, body = trader(database, "1000"), wish("buy", 5, "100")
    with taken(listed):
        first = Caller(buyer, listed, body, "one").until(waiting(listed, 1)).until(at_the_lock(listed, 1))
        second = Caller(buyer, listed, body, "one").until(at_the_lock(listed, 2))
        assert waiting(listed, 1)()
    assert (first.answer.status, second.answer.status) == (201, 201)
    assert first.answer.text == second.answer.text
    assert len(listed.orders()) == 1
    again = buyer.api.post(f"/v1/exchange/offerings/{listed.id}/orders", body, Idempotency_Key="one")
    assert (again.text, again.headers["idempotent-replayed"]) == (first.answer.text, "true")


@contextmanager
def dying_callers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who has to wait for the book meanwhile dies after their order was written down."""

    def died(*arguments: Any, **named: Any) -> Any:
        raise psycopg.OperationalError("the connection was lost")

    with monkeypatch.context() as patched:
        patched.setattr(orders.queries, "await_order_alone", died, raising=False)
        yield


def test_an_order_whose_caller_died_is_placed_once_and_found_under_its_key(
    database: Database, listed: Offering, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer, body = trader(database, "1000"), wish("buy", 5, "100")
    with dying_callers(monkeypatch), taken(listed):
        assert Caller(buyer, listed, body, "one").answer.status == 503
    assert waiting(listed, 1)()
    other = trader(database, "1000")
    other.api.post(f"/v1/exchange/offerings/{listed.id}/orders", wish("buy", 1, "90"))
    assert waiting(listed, 0)(), "who came next has placed it"
    answer = buyer.api.post(f"/v1/exchange/offerings/{listed.id}/orders", body, Idempotency_Key="one")
    assert answer.status == 201
    assert [row["id"] for row in listed.orders() if row["user_id"] == buyer.id] == [
        answer.json["order"]["id"]
    ]
    assert buyer.api.post(
        f"/v1/exchange/offerings/{listed.id}/orders", wish("buy", 6, "100"), Idempotency_Key="one"
    ).code == "idempotency_key_reused"  # fmt: skip
    assert broken_books() == []


def test_an_order_whose_caller_died_may_be_placed_by_the_callers_own_second_try(
    database: Database, listed: Offering, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer, body = trader(database, "1000"), wish("buy", 5, "100")
    with dying_callers(monkeypatch), taken(listed):
        assert Caller(buyer, listed, body, "one").answer.code == "database_unavailable"
    answer = buyer.api.post(f"/v1/exchange/offerings/{listed.id}/orders", body, Idempotency_Key="one")
    assert (answer.status, len(listed.orders())) == (201, 1)


def test_a_job_places_what_was_left_behind(
    database: Database, listed: Offering, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = trader(database, "1000")
    with dying_callers(monkeypatch), taken(listed):
        assert Caller(buyer, listed, wish("buy", 5, "100")).answer.status == 503
    now = clock.now()
    assert serve_waiting(now).rows == 0, "its caller may still be about to"
    assert serve_waiting(now + timedelta(seconds=10)).rows == 1
    assert [row["user_id"] for row in listed.orders()] == [buyer.id]
    assert serve_waiting(now + timedelta(seconds=20)).rows == 0
    assert broken_books() == []


def test_what_was_placed_is_kept_as_long_as_its_key_may_be_used_and_then_removed(
    database: Database, listed: Offering
) -> None:
    buyer = trader(database, "1000")
    with taken(listed):
        caller = Caller(buyer, listed, wish("buy", 5, "100"), "one").until(waiting(listed, 1))
    assert caller.answer.status == 201
    assert sweep_waiting(clock.now() + timedelta(days=2)).rows == 0
    assert sweep_waiting(clock.now() + timedelta(days=4)).rows == 1


def test_a_key_that_is_free_again_is_not_taken_for_its_old_request(
    database: Database, listed: Offering
) -> None:
    """A day later keys are forgotten, and may come again with another request."""
    buyer = trader(database, "1000")
    with taken(listed):
        caller = Caller(buyer, listed, wish("buy", 5, "100"), "one").until(waiting(listed, 1))
    assert caller.answer.status == 201
    database.run("delete from app.idempotency_keys")
    path = f"/v1/exchange/offerings/{listed.id}/orders"
    answer = buyer.api.post(path, wish("buy", 1, "90"), Idempotency_Key="one")
    assert (answer.status, answer.json["order"]["price_per_share"]) == (201, "90.00")


def test_an_order_refused_after_waiting_stays_refused_and_its_key_is_free(
    database: Database, listed: Offering
) -> None:
    poor, rich = trader(database, "1"), trader(database, "1000")
    body = wish("buy", 5, "100")
    with taken(listed):
        refused = Caller(poor, listed, body, "one").until(waiting(listed, 1))
        placed = Caller(rich, listed, wish("buy", 1, "90")).until(waiting(listed, 2))
    assert (refused.answer.status, refused.answer.code) == (409, "insufficient_cash")
    assert placed.answer.status == 201
    deposit(poor, "1000")
    rich.api.post(f"/v1/exchange/offerings/{listed.id}/orders", wish("buy", 1, "91"))
    assert [row["user_id"] for row in listed.orders()] == [rich.id] * 2, "nobody places it later"
    smaller = wish("buy", 4, "100")
    again = poor.api.post(f"/v1/exchange/offerings/{listed.id}/orders", smaller, Idempotency_Key="one")
    assert (again.status, again.json["order"]["status"]) == (201, "active")
    assert broken_books() == []


def test_a_refusal_does_not_undo_what_was_placed_for_others(
    database: Database, listed: Offering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever finds the book free places first what was left waiting, and is then refused themselves."""
    rich, poor = trader(database, "1000"), trader(database)
    with dying_callers(monkeypatch), taken(listed):
        assert Caller(rich, listed, wish("buy", 5, "100")).answer.status == 503
    path = f"/v1/exchange/offerings/{listed.id}/orders"
    refused = poor.api.post(path, wish("buy", 5, "100"), Idempotency_Key="one")
    assert refused.code == "insufficient_cash"
    assert [row["user_id"] for row in listed.orders()] == [rich.id]
    assert database.rows("select from app.idempotency_keys") == []


def test_a_book_that_stays_taken_for_too_long_is_said_to_leave_the_order_waiting(
    database: Database, listed: Offering
) -> None:
    buyer, body = trader(database, "1000"), wish("buy", 5, "100")
    database.run(f"alter role holdfast_api in database {database.name} set lock_timeout = '100ms'")
    db.close_all()
    with taken(listed):
        answer = Caller(buyer, listed, body, "one").answer
        assert (answer.status, answer.code) == (503, "order_waits")
        assert answer.headers["retry-after"]
    again = buyer.api.post(f"/v1/exchange/offerings/{listed.id}/orders", body, Idempotency_Key="one")
    assert (again.status, len(listed.orders())) == (201, 1)


def test_an_offering_that_is_not_there_is_unknown_also_while_somebody_else_asks_for_it(
    database: Database,
) -> None:
    nowhere = Offering(database, 999, "NONE", trader(database))
    with taken(nowhere):
        assert Caller(trader(database), nowhere, wish("buy", 1, "1")).answer.code == "offering_unknown"
