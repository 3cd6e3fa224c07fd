"""SQS on loopback: moto's server in this process, with the queues that the code declares.

Its memory is lost at a stop. That does no harm: messages are doorbells, and a sweep rings again for what is
due.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from chalicelib.core.queue import QUEUES, Queue, full_name

DEAD = "-dead"
FOURTEEN_DAYS = 14 * 24 * 3600


class QueueServer:
    """moto's server. It speaks SQS (and Secrets Manager) at `url`."""

    def __init__(self, port: int = 0) -> None:
        import logging

        from moto.moto_server.threaded_moto_server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for every long poll
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)

    def start(self) -> QueueServer:
        self._server.start()
        return self

    @property
    def url(self) -> str:
        host, port = self._server.get_host_and_port()
        return f"http://{host}:{port}"

    def stop(self) -> None:
        self._server.stop()


def client(connections: int = 10) -> Any:
    """An SQS client for the address in the settings. Its clients may be used from several threads."""
    import boto3
    from botocore.config import Config

    from chalicelib.core.settings import settings

    return boto3.client(
        "sqs",
        region_name=settings().aws_region,
        endpoint_url=settings().aws_endpoint_url,
        config=Config(
            connect_timeout=3,
            read_timeout=40,
            retries={"total_max_attempts": 1},
            max_pool_connections=connections,
        ),
    )


def create(sqs: Any, queues: Iterable[Queue] = tuple(QUEUES.values())) -> None:
    """Creates the queues and their dead-letter queues as they are deployed. May be run again."""
    for queue in queues:
        name = full_name(queue)
        dead = sqs.create_queue(
            QueueName=name + DEAD, Attributes={"MessageRetentionPeriod": str(FOURTEEN_DAYS)}
        )["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.create_queue(
            QueueName=name,
            Attributes={
                "VisibilityTimeout": str(queue.visibility_seconds),
                "ReceiveMessageWaitTimeSeconds": "20",
                "RedrivePolicy": json.dumps(
                    {"deadLetterTargetArn": arn, "maxReceiveCount": queue.max_receives}
                ),
            },
        )
