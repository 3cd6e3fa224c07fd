"""The queue poller, against a real queue server."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from chalice.app import Chalice

from chalicelib.core.queue import Queue, full_name
from local import queues
from local.poller import Lane, Poller

WORK = Queue("work", visibility_seconds=600, max_receives=2, batch_size=3)


class Worker:
    """An app with one queue handler whose answer the test chooses."""

    def __init__(self) -> None:
        self.answer: Any = None
        self.batches: list[list[str]] = []
        self.seen = threading.Semaphore(0)
        self.app = Chalice("worker", configure_logs=False)

        @self.app.on_sqs_message(queue=full_name(WORK), batch_size=WORK.batch_size, name="worker")
        def work(event: Any) -> Any:
            records = event.to_dict()["Records"]
            self.batches.append([record["body"] for record in records])
            self.event = event.to_dict()
            self.seen.release()
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer(records) if callable(self.answer) else self.answer


@pytest.fixture
def worker(sqs: Any) -> Worker:
    queues.create(sqs, [WORK])
    return Worker()


def url(sqs: Any, name: str = "") -> str:
    return str(sqs.get_queue_url(QueueName=full_name(WORK) + name)["QueueUrl"])


def send(sqs: Any, *bodies: str) -> None:
    for body in bodies:
        sqs.send_message(QueueUrl=url(sqs), MessageBody=body)


def counts(sqs: Any, name: str = "") -> tuple[int, int]:
    """Messages waiting, and messages handed out and not deleted."""
    found = sqs.get_queue_attributes(QueueUrl=url(sqs, name), AttributeNames=["All"])["Attributes"]
    return int(found["ApproximateNumberOfMessages"]), int(found["ApproximateNumberOfMessagesNotVisible"])


def make_visible(sqs: Any, messages: list[dict[str, Any]]) -> None:
    """What the visibility timeout does in time."""
    for message in messages:
        sqs.change_message_visibility(
            QueueUrl=url(sqs), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )


def lane_of(worker: Worker, sqs: Any) -> Lane:
    (lane,) = Poller(worker.app, sqs).lanes
    return lane


def test_the_event_is_that_of_lambda(worker: Worker, sqs: Any) -> None:
    send(sqs, '{"id": 7}')
    lane = lane_of(worker, sqs)
    lane.work(lane.poll())
    (record,) = worker.event["Records"]
    assert record["body"] == '{"id": 7}'
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(full_name(WORK))
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageId"]


def test_successes_are_deleted(worker: Worker, sqs: Any) -> None:
    send(sqs, "a", "b")
    lane = lane_of(worker, sqs)
    assert lane.work(lane.poll()) == []
    assert counts(sqs) == (0, 0)


def test_batches_have_the_handlers_size(worker: Worker, sqs: Any) -> None:
    send(sqs, "a", "b", "c", "d")
    lane = lane_of(worker, sqs)
    lane.work(lane.poll())
    lane.work(lane.poll())
    assert [len(batch) for batch in worker.batches] == [3, 1]


def test_a_bad_message_fails_alone(worker: Worker, sqs: Any) -> None:
    worker.answer = lambda records: {
        "batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in records if r["body"] == "bad"]
    }
    send(sqs, "good", "bad")
    lane = lane_of(worker, sqs)
    assert len(lane.work(lane.poll())) == 1
    assert counts(sqs) == (0, 1)


@pytest.mark.parametrize(
    "answer",
    [
        RuntimeError("broken"),
        {"batchItemFailures": [{"wrong": "key"}]},
        {"batchItemFailures": [{"itemIdentifier": "of no message"}]},
        {"batchItemFailures": 7},
        "no answer at all",
    ],
)
def test_an_error_or_a_malformed_answer_fails_the_batch(
    worker: Worker, sqs: Any, answer: Any, lines: list[Any]
) -> None:
    worker.answer = answer
    send(sqs, "a", "b")
    lane = lane_of(worker, sqs)
    assert len(lane.work(lane.poll())) == 2
    assert counts(sqs) == (0, 2)


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_empty_answer_is_success(worker: Worker, sqs: Any, answer: Any) -> None:
    worker.answer = answer
    send(sqs, "a")
    lane = lane_of(worker, sqs)
    lane.work(lane.poll())
    assert counts(sqs) == (0, 0)


def test_what_always_fails_ends_in_the_dead_letter_queue(worker: Worker, sqs: Any, lines: list[Any]) -> None:
    worker.answer = RuntimeError("broken")
    send(sqs, "poison")
    lane = lane_of(worker, sqs)
    for _ in range(WORK.max_receives):
        messages = lane.poll()
        assert len(messages) == 1
        lane.work(messages)
        make_visible(sqs, messages)
    assert lane.poll() == []
    assert counts(sqs) == (0, 0)
    assert counts(sqs, queues.DEAD) == (1, 0)
    assert [line["event"] for line in lines] == ["queue_handler_failed"] * WORK.max_receives


def test_it_runs_by_itself_and_stops(worker: Worker, sqs: Any) -> None:
    poller = Poller(worker.app, sqs).start()
    send(sqs, "a")
    assert worker.seen.acquire(timeout=20)
    assert poller.stop() is True
    assert worker.batches == [["a"]]


def test_it_survives_a_queue_that_is_away(
    worker: Worker, sqs: Any, lines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.poller.RETRY_SECONDS", 0.01)
    sqs.delete_queue(QueueUrl=url(sqs))
    said = threading.Event()
    monkeypatch.setattr("chalicelib.core.log.write", lambda line: (lines.append(line), said.set()))
    poller = Poller(worker.app, sqs).start()
    assert said.wait(20)
    queues.create(sqs, [WORK])
    send(sqs, "back")
    assert worker.seen.acquire(timeout=20)
    poller.stop()
    assert [line["event"] for line in lines] == ["queue_away"]


def test_at_most_so_many_batches_at_once(worker: Worker, sqs: Any) -> None:
    gate = threading.Event()
    worker.answer = lambda records: gate.wait(20) and None
    send(sqs, *"abcdefghi")
    poller = Poller(worker.app, sqs, workers=2).start()
    assert worker.seen.acquire(timeout=20)
    assert worker.seen.acquire(timeout=20)
    assert not worker.seen.acquire(timeout=0.2)
    gate.set()
    assert worker.seen.acquire(timeout=20)
    poller.stop()


def test_queues_are_made_as_they_are_deployed(worker: Worker, sqs: Any) -> None:
    queues.create(sqs, [WORK])  # again: nothing happens
    found = sqs.get_queue_attributes(QueueUrl=url(sqs), AttributeNames=["All"])["Attributes"]
    assert found["VisibilityTimeout"] == "600"
    assert '"maxReceiveCount": 2' in found["RedrivePolicy"]
    assert f"{full_name(WORK)}-dead" in found["RedrivePolicy"]


def test_the_queue_server_listens_on_loopback(queue_server: queues.QueueServer) -> None:
    assert queue_server.url.startswith("http://127.0.0.1:")
