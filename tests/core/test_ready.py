"""/ready says whether it can serve, and which part is missing if not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core import db, queue, settings
from local import queues
from tests.conftest import Api, Database


@pytest.fixture(scope="module")
def sqs_server() -> Iterator[str]:
    running = queues.QueueServer().start()
    yield running.url
    running.stop()


@pytest.fixture
def queues_at(sqs_server: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    """Settings that point at a server of queues, none of which is made yet."""
    monkeypatch.setenv("HOLDFAST_AWS_ENDPOINT_URL", sqs_server)
    monkeypatch.setenv("HOLDFAST_QUEUE_PREFIX", f"{database.name}-")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    settings.forget()
    queue.forget()
    return sqs_server


@pytest.fixture
def ready(queues_at: str) -> None:
    queues.create(queues.client())


def state(api: Api) -> tuple[int, dict[str, Any]]:
    answer = api.get("/ready")
    return answer.status, answer.json


def test_ready_when_all_parts_are(api: Api, ready: None) -> None:
    assert state(api) == (
        200,
        {"status": "ready", "database": True, "migrations_current": True, "queues": True},
    )


def test_not_without_the_database(api: Api, ready: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_API_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    settings.forget()
    db.close_all()
    assert state(api) == (
        503,
        {"status": "not ready", "database": False, "migrations_current": False, "queues": True},
    )


def test_not_while_a_migration_is_missing_or_older(api: Api, ready: None, database: Database) -> None:
    database.run("update app.schema_migrations set checksum = 'other' where name = 'routines/market.sql'")
    assert state(api)[0] == 503
    assert state(api)[1]["migrations_current"] is False
    database.run("delete from app.schema_migrations where name = 'routines/market.sql'")
    assert state(api)[1] == {
        "status": "not ready",
        "database": True,
        "migrations_current": False,
        "queues": True,
    }


def test_not_on_a_database_that_was_never_migrated(
    api: Api, ready: None, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.server.create_database(f"{database.name}_empty")
    monkeypatch.setenv("HOLDFAST_API_DATABASE_URL", database.server.url("api", f"{database.name}_empty"))
    settings.forget()
    db.close_all()
    assert state(api) == (
        503,
        {"status": "not ready", "database": True, "migrations_current": False, "queues": True},
    )
    database.server.drop_database(f"{database.name}_empty")


def test_not_without_its_queues(api: Api, queues_at: str) -> None:
    assert state(api)[1] == {
        "status": "not ready",
        "database": True,
        "migrations_current": True,
        "queues": False,
    }
    queues.create(queues.client())
    assert state(api)[0] == 200, "as soon as they are there, with no restart"


def test_not_while_the_queues_cannot_be_reached(
    api: Api, ready: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    settings.forget()
    queue.forget()
    assert state(api)[1]["queues"] is False


# ------------------------------------------------------------ ringing, for which a real queue is needed


@pytest.fixture
def ring(ready: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """queue.ring itself, which tests otherwise replace."""
    from tests import conftest

    return conftest.REAL_RING


def received() -> list[str]:
    sqs = queues.client()
    url = sqs.get_queue_url(QueueName=queue.full_name(queue.BACKFILL))["QueueUrl"]
    bodies = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get(
        "Messages"
    ):
        bodies += [message["Body"] for message in messages]
    return bodies


def test_a_bell_is_a_message_with_the_rows_id(ring: Any) -> None:
    assert ring(queue.BACKFILL, [7]) == 1
    assert received() == ['{"id": 7}']


def test_many_bells_go_in_batches(ring: Any) -> None:
    assert ring(queue.BACKFILL, range(1, 26)) == 25
    assert sorted(received()) == sorted(f'{{"id": {n}}}' for n in range(1, 26))


def test_a_queue_that_cannot_be_reached_is_no_error_of_the_callers(
    ring: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOLDFAST_AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    settings.forget()
    queue.forget()
    assert ring(queue.BACKFILL, [7]) == 0
    assert "queue_ring_failed" in capsys.readouterr().out


def test_a_bell_rings_after_the_commit_and_not_for_what_was_rolled_back(database: Database) -> None:
    with db.job_transaction() as tx:
        queue.ring_after_commit(tx, queue.BACKFILL, [1])
        assert database.rung == []
    assert database.rung == [("backfill", 1)]

    def change_one_s_mind() -> None:
        with db.job_transaction() as tx:
            queue.ring_after_commit(tx, queue.BACKFILL, [2])
            raise InterruptedError

    with pytest.raises(InterruptedError):
        change_one_s_mind()
    assert database.rung == [("backfill", 1)]
