"""A limiter that only writes down what it is asked, canned answers over real HTTP, and the stand-ins."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local.standins import Histories, Server

NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)  # a Wednesday; New York has been on summer time since the 8th


@dataclass
class RecordingLimiter:
    """Lets everything pass and remembers it."""

    spent: list[tuple[str, int, int, float]] = field(default_factory=list)
    blocked: list[tuple[str, float]] = field(default_factory=list)

    def spend(self, bucket: str, cost: int, burst: int, per_seconds: float) -> None:
        self.spent.append((bucket, cost, burst, per_seconds))

    def block(self, bucket: str, seconds: float) -> None:
        self.blocked.append((bucket, seconds))


class Canned:
    """An HTTP server that gives the next canned answer, whatever is asked, and keeps the requests."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        canned = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canned.requests.append((self.path, dict(self.headers.items())))
                status, headers, body = canned.answers.pop(0)
                self.send_response_only(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def answer(self, body: Any, status: int = 200, **headers: str) -> None:
        """Queues an answer: bytes as they are, text as it is, anything else as JSON."""
        raw = (
            body
            if isinstance(body, bytes)
            else (body if isinstance(body, str) else json.dumps(body)).encode()
        )
        self.answers.append((status, {name.replace("_", "-"): text for name, text in headers.items()}, raw))

    def stop(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@pytest.fixture
def limiter() -> RecordingLimiter:
    return RecordingLimiter()


@pytest.fixture
def canned() -> Iterator[Canned]:
    server = Canned()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _simulation() -> Histories:
    return Histories.simulated()


@pytest.fixture
def standins(_simulation: Histories) -> Iterator[Server]:
    """The simulated outside world, at half past three in the afternoon (UTC) of 18 March 2026."""
    running = Server(_simulation, now=lambda: NOW).start()
    yield running
    running.stop()


@pytest.fixture
def now() -> datetime:
    return NOW
