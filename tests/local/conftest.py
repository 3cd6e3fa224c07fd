"""The parts that the local cloud's tests share: a state folder of the test's own, a queue server, small apps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import queue, settings
from local import environment, state
from local import queues as local_queues


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    folder = tmp_path / "state"
    monkeypatch.setenv("HOLDFAST_HOME", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return folder


@pytest.fixture(scope="session")
def queue_server() -> Iterator[local_queues.QueueServer]:
    """One queue server per test process; tests tell their queues apart by name."""
    server = local_queues.QueueServer().start()
    yield server
    server.stop()


@pytest.fixture
def sqs(
    queue_server: local_queues.QueueServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """An SQS client; the settings point at the queue server with a prefix of the test's own."""
    for name, value in environment.DUMMY.items():
        monkeypatch.setenv(name, value)
    for name in environment.AMBIENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOLDFAST_AWS_ENDPOINT_URL", queue_server.url)
    monkeypatch.setenv("HOLDFAST_QUEUE_PREFIX", f"{tmp_path.name.replace('_', '-')[-40:]}-")
    settings.forget()
    queue.forget()
    client = local_queues.client()
    yield client
    client.close()
    settings.forget()
    queue.forget()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is logged during the test."""
    from chalicelib.core import log

    found: list[dict[str, Any]] = []
    monkeypatch.setattr(log, "write", found.append)
    return found


@pytest.fixture
def prices_folder() -> Path:
    """Real price files, where a folder with them lies beside the repository; elsewhere their tests are skipped."""
    for found in sorted(state.ROOT.parent.glob("*/data/prices")):
        return found
    pytest.skip("no real price files beside the repository")
