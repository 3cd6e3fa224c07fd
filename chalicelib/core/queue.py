"""Queues are doorbells: the row in the database is the truth, a message carries only its id.

A bell is rung after the transaction that wrote the row has been committed. A bell that gets lost is rung again by a
sweep, and a bell that rings twice finds the row done: so losing or doubling a message does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.core import log
from chalicelib.core.settings import settings

if TYPE_CHECKING:
    from chalicelib.core.db import Tx


class Queue(NamedTuple):
    """A queue and its limits. Its dead-letter queue has the same name with "-dead" behind it."""

    name: str
    visibility_seconds: int
    """At least six times the worker's time limit, so that a slow worker's message is not handed out again."""
    max_receives: int
    batch_size: int


BACKFILL = Queue("backfill", visibility_seconds=6 * 300, max_receives=5, batch_size=5)
SCRAPE = Queue("scrape", visibility_seconds=6 * 300, max_receives=5, batch_size=1)
"""One job at a time: a first look at a company reads years of filings at the pace that the source allows."""
QUEUES: dict[str, Queue] = {queue.name: queue for queue in (BACKFILL, SCRAPE)}

MAX_BATCH = 10
"""What SQS takes in one call."""


def full_name(queue: Queue) -> str:
    """The queue's name in SQS, which tells stages of one account apart."""
    return settings().queue_prefix + queue.name


def ring_after_commit(tx: Tx, queue: Queue, ids: Iterable[int]) -> None:
    """Rings for each id once `tx` has been committed."""
    wanted = list(ids)
    if wanted:
        tx.after_commit(lambda: ring(queue, wanted))


def ring(queue: Queue, ids: Iterable[int]) -> int:
    """Sends one message per id and returns how many were accepted.

    Never raises for a queue that cannot be reached: the rows are there, and the sweep rings for them again.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    wanted, accepted = list(ids), 0
    for start in range(0, len(wanted), MAX_BATCH):
        entries = [
            {"Id": str(n), "MessageBody": json.dumps({"id": n})} for n in wanted[start : start + MAX_BATCH]
        ]
        try:
            answer = _sqs().send_message_batch(QueueUrl=_url(full_name(queue)), Entries=entries)
        except (BotoCoreError, ClientError) as exc:
            _url.cache_clear()
            log.error("queue_ring_failed", exc, queue=queue.name, messages=len(entries))
            break
        accepted += len(answer.get("Successful", []))
    return accepted


def reachable() -> bool:
    """Whether every queue answers: for /ready."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        for queue in QUEUES.values():
            _sqs().get_queue_attributes(QueueUrl=_url(full_name(queue)), AttributeNames=["QueueArn"])
    except (BotoCoreError, ClientError) as exc:
        _url.cache_clear()
        log.error("queue_unreachable", exc)
        return False
    return True


def consume(records: Iterable[dict[str, Any]], work: Callable[[int], None]) -> dict[str, Any]:
    """Does `work` for the id in each record of an SQS event. A bad message fails alone.

    Answers which messages failed, in the form of a partial batch response; the others are deleted.
    """
    failed = []
    for record in records:
        with log.bound(message_id=record["messageId"]):
            try:
                work(int(json.loads(record["body"])["id"]))
            except Exception as exc:  # whatever is wrong with one message must not hold up the others
                log.error("queue_message_failed", exc)
                failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def forget() -> None:
    """Drops the client and the addresses: for a launcher or test that changes the settings."""
    _sqs.cache_clear()
    _url.cache_clear()


@cache
def _sqs() -> Any:
    import boto3  # 100 ms: only in a process that rings
    from botocore.config import Config

    return boto3.client(
        "sqs",
        region_name=settings().aws_region,
        endpoint_url=settings().aws_endpoint_url,
        config=Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2}),
    )


@cache
def _url(name: str) -> str:
    return str(_sqs().get_queue_url(QueueName=name)["QueueUrl"])
