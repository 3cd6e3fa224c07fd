"""The parts every test may use: a real PostgreSQL, a migrated database of the test's own, and a client of the API."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import db, migrate, settings
from chalicelib.core import queue as queues
from local.embedded import Embedded

TEMPLATE = "holdfast_template"
TOKEN_KEYS = json.dumps({"test-1": "0123456789abcdef0123456789abcdef"})


@pytest.fixture(scope="session")
def server() -> Iterator[Embedded]:
    """One embedded PostgreSQL per test process, thrown away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="hf-test-"))
    running = Embedded(folder / "pg")
    running.create_database(TEMPLATE)
    migrate.migrate(running.url("owner", TEMPLATE))
    yield running
    db.close_all()
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Database:
    """A migrated database of one test's own."""

    server: Embedded
    name: str

    def url(self, role: str) -> str:
        return self.server.url(role, self.name)


@pytest.fixture
def database(server: Embedded, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A fresh copy of the migrated template; the settings point at it."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    server.create_database(name, TEMPLATE)
    fresh = Database(server, name)
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
        from chalice.test import Client

        from app import app

        self._client = Client(app)
        self.headers: dict[str, str] = {}

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """Calls a route. `body` is sent as JSON; text or bytes as they are."""
        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else b""
        if body is not None and not isinstance(body, str | bytes):
            raw = json.dumps(body, default=str).encode()
        sent = {"Content-Type": "application/json", **self.headers, **(headers or {})}
        response = self._client.http.request(method, path, headers=sent, body=raw)
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, names, response.body.decode())

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
