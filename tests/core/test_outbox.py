"""Events: numbered without gaps, in the transaction that made them true, and seen by whom they are for."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

import pytest

from chalicelib.core import db, outbox
from tests.conftest import Api, Database
from tests.identity.factory import sign_up


def publish(kind: str, topic: str = "news", audience: UUID | None = None, **payload: Any) -> int:
    with db.job_transaction() as tx:
        return outbox.publish(tx, topic, kind, payload, audience)


def test_events_are_read_in_order_from_where_one_was(api: Api) -> None:
    assert [publish("told", n=n) for n in range(5)] == [1, 2, 3, 4, 5]
    answer = api.get("/v1/events/news?after=2&limit=2").json
    assert [(item["seq"], item["payload"]) for item in answer["items"]] == [(3, {"n": 2}), (4, {"n": 3})]
    assert answer["last_seq"] == 4
    assert api.get("/v1/events/news?after=5").json == {"items": [], "last_seq": 5}
    assert api.get("/v1/events/news").json == {"items": [], "last_seq": 5}, "where the topic stands"
    assert api.get("/v1/events/nothing").json == {"items": [], "last_seq": 0}


def test_each_topic_counts_for_itself(database: Database) -> None:
    assert [publish("told", topic) for topic in ("a", "b", "a")] == [1, 1, 2]


def test_an_event_of_work_that_was_undone_was_never_there(database: Database) -> None:
    publish("first")

    def change_one_s_mind() -> None:
        with db.job_transaction() as tx:
            assert outbox.publish(tx, "news", "undone", {}) == 2
            raise InterruptedError

    with pytest.raises(InterruptedError):
        change_one_s_mind()
    assert publish("second") == 2, "and leaves no gap"


def test_many_at_once_are_numbered_without_gaps_in_the_order_of_their_commits(database: Database) -> None:
    barrier = threading.Barrier(6)

    def writer() -> None:
        barrier.wait()
        for _ in range(10):
            publish("told")

    threads = [threading.Thread(target=writer) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = database.rows("select seq from app.outbox where topic = 'news' order by seq")
    assert [row["seq"] for row in rows] == list(range(1, 61))


def test_an_event_for_one_person_is_seen_by_them_alone(database: Database, api: Api) -> None:
    me, other = sign_up(), sign_up()
    publish("for all")
    publish("for me", audience=me.id)
    publish("for all again")

    def kinds(client: Api) -> list[str]:
        return [item["kind"] for item in client.get("/v1/events/news?after=0").json["items"]]

    assert kinds(me.api) == ["for all", "for me", "for all again"]
    assert kinds(other.api) == kinds(api) == ["for all", "for all again"]
