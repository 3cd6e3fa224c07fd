"""Idempotency keys: the same request under the same key is done once, however often it is sent."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest

from chalicelib.market import service
from tests.conftest import Answer, Api, Database
from tests.identity.factory import Person, make_admin
from tests.market import factory

PATH = "/v1/admin/assets"
KEY = "7f6c1a52-0f6e-4a52-9d0c-2f6a35d1b9c4"


def asset(symbol: str = "NEW", **fields: Any) -> dict[str, Any]:
    return {"symbol": symbol, "name": "New", "asset_type": "crypto", "native_currency": "USD", **fields}


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def send(person: Person, body: Any, key: str = KEY, path: str = PATH) -> Answer:
    return person.api.post(path, body, Idempotency_Key=key)


def made(database: Database) -> list[str]:
    return [
        row["symbol"]
        for row in database.rows("select symbol from market.assets where name = 'New' order by id")
    ]


def test_the_same_request_again_gets_the_first_answer(database: Database, admin: Person) -> None:
    first, again = send(admin, asset()), send(admin, asset())
    assert (first.status, again.status) == (201, 201)
    assert again.text == first.text
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert made(database) == ["NEW"]


def test_an_answer_without_a_body_is_replayed_too(database: Database, admin: Person) -> None:
    day = date(2026, 3, 18)
    row = factory.queue_row(database, factory.new_asset(database), day, day)
    path = f"/v1/admin/backfills/{row}/retry"
    assert [send(admin, None, path=path).status for _ in range(3)] == [204] * 3
    assert len(database.rung) == 1


def test_another_body_under_the_key_is_a_conflict(database: Database, admin: Person) -> None:
    send(admin, asset())
    answer = send(admin, asset("OTHER"))
    assert (answer.status, answer.code) == (409, "idempotency_key_reused")
    assert made(database) == ["NEW"]


def test_another_path_under_the_key_is_a_conflict(database: Database, admin: Person) -> None:
    coin, day = factory.new_asset(database), date(2026, 3, 18)
    factory.land(coin, [factory.bar(day + n * factory.DAY, price) for n, price in enumerate(("1", "2", "4"))])
    flags = [f"/v1/admin/price-flags/{flag['id']}/resolve" for flag in factory.flags(database, coin)]
    assert send(admin, {"action": "kept"}, path=flags[0]).status == 200
    answer = send(admin, {"action": "kept"}, path=flags[1])
    assert (answer.status, answer.code) == (409, "idempotency_key_reused"), (
        "the path with its values, not its template"
    )


def test_a_request_that_failed_leaves_the_key_free(database: Database, admin: Person) -> None:
    assert send(admin, asset("BTC")).code == "asset_exists"
    assert send(admin, asset(asset_type="house")).status == 422
    assert send(admin, asset()).status == 201


def test_keys_belong_to_who_sends_them(database: Database, admin: Person) -> None:
    other = make_admin()
    send(admin, asset())
    assert send(other, asset()).code == "asset_exists", "not the first one's answer"
    assert send(other, asset("OTHER")).status == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "nul\x00"])
def test_a_key_is_up_to_255_printable_characters(admin: Person, key: str) -> None:
    answer = send(admin, asset(), key=key)
    assert (answer.status, [error["field"] for error in answer.json["errors"]]) == (
        422,
        ["header.Idempotency-Key"],
    )


def test_without_a_key_each_request_counts(admin: Person) -> None:
    assert admin.api.post(PATH, asset()).status == 201
    assert admin.api.post(PATH, asset()).code == "asset_exists"


def test_two_at_once_under_one_key_do_the_work_once(
    database: Database, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second waits for the first, and gets its answer."""
    working, go_on, calls = threading.Event(), threading.Event(), 0
    real = service.add_asset

    def slow(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        working.set()
        assert go_on.wait(30)
        return real(*arguments)

    monkeypatch.setattr(service, "add_asset", slow)
    answers: list[Answer] = []

    def request() -> None:
        own = Api()  # a client of its own for each thread, as each has its own process behind API Gateway
        own.headers = dict(admin.api.headers)
        answers.append(own.post(PATH, asset(), Idempotency_Key=KEY))

    threads = [threading.Thread(target=request) for _ in range(2)]
    threads[0].start()
    assert working.wait(30)
    threads[1].start()
    while not database.rows(
        "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    ):
        assert threads[1].is_alive(), "it did not wait"
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].text == answers[1].text
    assert sorted("idempotent-replayed" in answer.headers for answer in answers) == [False, True]
    assert (calls, made(database)) == (1, ["NEW"])
