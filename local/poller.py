"""Lambda's event source mapping for SQS on one machine: receives batches, calls the handler, deletes what
succeeded.

What a handler reports as failed stays, becomes visible again after the queue's visibility timeout, and moves
to the dead-letter queue after so many receives: that is the queue's own doing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalice.app import Chalice, SQSEventConfig

from chalicelib.core import log
from local.lambdas import Context, queue_event

TIMEOUT_SECONDS = 300
LONG_POLL_SECONDS = 5
RETRY_SECONDS = 2.0


class Poller:
    """One receiving thread per queue, and at most `workers` batches of it being worked on at once."""

    def __init__(self, app: Chalice, sqs: Any, workers: int = 2) -> None:
        self._stop = threading.Event()
        self.lanes = [
            Lane(app, sqs, source, workers, self._stop)
            for source in app.event_sources
            if isinstance(source, SQSEventConfig)
        ]

    def start(self) -> Poller:
        for lane in self.lanes:
            lane.thread.start()
        return self

    def stop(self, patience: float = 10) -> bool:
        """Receives no more and waits for batches in work. False: some were not done in time (they come
        again)."""
        self._stop.set()
        waiting = [threading.Thread(target=lane.finish, daemon=True) for lane in self.lanes]
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join(patience)
        return not any(thread.is_alive() for thread in waiting)


class Lane:
    """One queue and its handler."""

    def __init__(
        self, app: Chalice, sqs: Any, source: SQSEventConfig, workers: int, stop: threading.Event
    ) -> None:
        self.queue_name = source.queue or str(source.queue_arn).rpartition(":")[2]
        self._name = source.name
        self._handler = app.handler_map[source.name]
        self._batch_size = min(10, source.batch_size)
        self._sqs = sqs
        self._stop = stop
        self._free = threading.BoundedSemaphore(workers)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=f"queue-{source.name}")
        self._url: str | None = None
        self._away = False
        self.thread = threading.Thread(target=self._run, name=f"poll-{source.name}", daemon=True)

    def finish(self) -> None:
        """Waits for the batches in work, not for the long poll: what it may still receive becomes visible
        again."""
        self._pool.shutdown(wait=True)

    def poll(self, wait_seconds: int = 0) -> list[dict[str, Any]]:
        """Receives up to one batch."""
        if self._url is None:
            self._url = str(self._sqs.get_queue_url(QueueName=self.queue_name)["QueueUrl"])
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self._batch_size,
            WaitTimeSeconds=wait_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def work(self, messages: list[dict[str, Any]]) -> list[str]:
        """Calls the handler with one batch, deletes the successes and returns the ids of the failures."""
        try:
            answer = self._handler(
                queue_event(self.queue_name, messages), Context(self._name, TIMEOUT_SECONDS)
            )
            failed = _failures(answer, [message["MessageId"] for message in messages])
        except Exception as exc:  # as on Lambda: an error means that the whole batch failed
            log.error("queue_handler_failed", exc, queue=self.queue_name, messages=len(messages))
            failed = {message["MessageId"] for message in messages}
        self._delete(message for message in messages if message["MessageId"] not in failed)
        return sorted(failed)

    def _delete(self, messages: Iterable[dict[str, Any]]) -> None:
        entries = [
            {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)
        ]
        if entries:
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def _run(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        while not self._stop.is_set():
            if not self._free.acquire(timeout=0.5):
                continue
            try:
                messages = self.poll(LONG_POLL_SECONDS)
                self._away = False
            except (BotoCoreError, ClientError) as exc:
                messages = []
                self._report(exc)
                self._stop.wait(RETRY_SECONDS)
            if not messages or not self._hand_over(messages):
                self._free.release()

    def _hand_over(self, messages: list[dict[str, Any]]) -> bool:
        """False: the pool has been shut down meanwhile, and takes no more."""
        try:
            self._pool.submit(self._work_and_free, messages)
        except RuntimeError:
            return False
        return True

    def _work_and_free(self, messages: list[dict[str, Any]]) -> None:
        try:
            self.work(messages)
        except Exception as exc:  # deleting failed: the messages come again, and their rows are done
            log.error("queue_delete_failed", exc, queue=self.queue_name)
        finally:
            self._free.release()

    def _report(self, exc: Exception) -> None:
        """Says once, not every two seconds, that the queue does not answer."""
        self._url = None  # it may come back as a new one
        if not self._away and not self._stop.is_set():
            log.error("queue_away", exc, queue=self.queue_name)
        self._away = True


def _failures(answer: Any, ids: list[str]) -> set[str]:
    """The ids in a partial batch response. As AWS reads it: nothing is success of all, a malformed one
    failure of all."""
    if not answer:
        return set()
    try:
        failed = {item["itemIdentifier"] for item in answer.get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError):
        return set(ids)
    return failed if failed <= set(ids) else set(ids)
