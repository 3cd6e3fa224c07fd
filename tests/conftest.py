"""The parts every test may use: a real PostgreSQL, a migrated database of the test's own, and a client of the API."""

from __future__ import annotations

import base64
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples
from psycopg.rows import dict_row

from chalicelib.core import db, migrate, settings
from chalicelib.core import queue as queues
from local.embedded import Embedded

# An example takes as long as the machine lets it: being slow is no failure.
examples.register_profile("holdfast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("holdfast")

TEMPLATE = "holdfast_template"
REAL_RING = queues.ring
"""What `database` replaces: for tests that have a real queue."""
TOKEN_KEYS = json.dumps({"test-1": "0123456789abcdef0123456789abcdef"})


def roomy_folder() -> Path:
    """A new folder for data that is thrown away: in memory where there is room, which makes a clone 20 times faster."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    return Path(tempfile.mkdtemp(prefix="hf-test-", dir=memory if roomy else None))


@pytest.fixture(scope="session")
def server() -> Iterator[Embedded]:
    """One embedded PostgreSQL per test process, thrown away at the end."""
    folder = roomy_folder()
    running = Embedded(folder / "pg", durable=False)
    running.create_database(TEMPLATE)
    migrate.migrate(running.url("owner", TEMPLATE))
    yield running
    db.close_all()
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Database:
    """A migrated database of one test's own, and the bells that were rung meanwhile: (queue, id)."""

    server: Embedded
    name: str
    rung: list[tuple[str, int]] = field(default_factory=list)

    def url(self, role: str) -> str:
        return self.server.url(role, self.name)

    def ring(self, queue: queues.Queue, ids: Iterable[int]) -> int:
        """Takes the place of queue.ring: writes down what it would send."""
        wanted = [(queue.name, n) for n in ids]
        self.rung += wanted
        return len(wanted)

    @contextmanager
    def owner(self) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        """A connection of the server's administrator, whom row security does not touch: to look, and to prepare."""
        with psycopg.connect(self.url("owner"), autocommit=True, row_factory=dict_row) as conn:
            yield conn

    def rows(self, statement: str, *params: Any) -> list[dict[str, Any]]:
        """What a statement of the administrator's answers."""
        with self.owner() as conn:
            return conn.execute(statement, params or None).fetchall()  # type: ignore[arg-type]

    def row(self, statement: str, *params: Any) -> dict[str, Any]:
        """The one row that a statement of the administrator's answers."""
        (row,) = self.rows(statement, *params)
        return row

    def cut_off(self, role: str) -> None:
        """Ends every connection of a role, as a crash or a failover does."""
        self.run(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s and datname = current_database()",
            role,
        )

    def run(self, statement: str, *params: Any) -> int:
        """Executes a statement as the administrator; returns the rows it touched."""
        with self.owner() as conn:
            return conn.execute(statement, params or None).rowcount  # type: ignore[arg-type]


@pytest.fixture
def database(server: Embedded, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A fresh copy of the migrated template; the settings point at it. Bells are written down, not sent."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.url("owner", "postgres"), autocommit=True) as conn:
        conn.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
    fresh = Database(server, name)
    monkeypatch.setattr(queues, "ring", fresh.ring)
    for role in ("api", "jobs", "owner"):
        monkeypatch.setenv(f"HOLDFAST_{role.upper()}_DATABASE_URL", fresh.url(role))
    monkeypatch.setenv("HOLDFAST_TOKEN_KEYS", TOKEN_KEYS)
    monkeypatch.setenv("HOLDFAST_LOG_LEVEL", os.environ.get("HOLDFAST_LOG_LEVEL", "error"))
    settings.forget()
    queues.forget()
    db.close_all()
    yield fresh
    db.close_all()
    server.drop_database(name)
    settings.forget()
    queues.forget()


@dataclass
class Answer:
    """What the API answered."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The stable code of a problem."""
        return str(self.json["code"])


class Api:
    """A client that calls the handlers as API Gateway would, in this process."""

    def __init__(self) -> None:
        from chalice.config import Config
        from chalice.local import LocalGateway

        from app import app

        # Chalice's own test client would put .chalice/config.json into the environment during each call
        self._gateway = LocalGateway(app, Config.create())
        self.headers: dict[str, str] = {}

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """Calls a route. `body` is sent as JSON; text or bytes as they are."""
        from chalice.local import LocalGatewayException

        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else b""
        if body is not None and not isinstance(body, str | bytes):
            raw = json.dumps(body, default=str).encode()
        sent = {"Content-Type": "application/json", **self.headers, **(headers or {})}
        try:
            answer = self._gateway.handle_request(method, path, sent, raw)
        except LocalGatewayException as refused:  # what the gateway answers itself: no such route
            return Answer(refused.CODE, dict(refused.headers), (refused.body or b"").decode())
        names = {name.lower(): value for name, value in answer["headers"].items()}
        text = base64.b64decode(answer["body"]).decode() if answer.get("isBase64Encoded") else answer["body"]
        return Answer(answer["statusCode"], names, text)

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def put(self, path: str, body: Any = None) -> Answer:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any = None) -> Answer:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)


@pytest.fixture
def api(database: Database) -> Api:
    """A client that is not signed in, against a fresh database."""
    return Api()
