"""One package for the whole session, made by whichever test process comes first, and handlers called from it alone."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local import package as packaging
from local.packaging import checks, isolated
from local.standins import Histories, Server
from tests.conftest import TOKEN_KEYS, Database

Invoke = Callable[..., Any]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> packaging.Package:
    """The package of the stage dev."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # each worker has a folder of its own in it
    place = shared / "package"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = place / "made"
        if not done.exists():
            made = packaging.main("dev", place, say=lambda _: None)
            done.write_bytes(pickle.dumps(made))
        kept: packaging.Package = pickle.loads(done.read_bytes())
    return kept


@pytest.fixture(scope="session")
def template(package: packaging.Package) -> dict[str, Any]:
    """The merged template of the stage dev."""
    content: dict[str, Any] = json.loads(package.template.read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="session")
def runnable(package: packaging.Package) -> packaging.Package:
    """The package, where this machine can run what is made for Lambda."""
    if not checks.runs_here(package.target):
        pytest.skip("the archive holds Linux libraries, which this machine cannot load")
    return package


@pytest.fixture(scope="session")
def histories() -> Histories:
    return Histories.simulated()


@pytest.fixture
def sources(histories: Histories) -> Iterator[Server]:
    """The stand-ins of the outside sources."""
    running = Server(histories).start()
    yield running
    running.stop()


@pytest.fixture
def invoke(runnable: packaging.Package, database: Database, sources: Server, tmp_path: Path) -> Invoke:
    """Calls a handler ("app.every_minute") in the unpacked archive with an event, against the test's own database."""
    settings = {
        "HOLDFAST_STAGE": "dev",
        "HOLDFAST_QUEUE_PREFIX": "holdfast-dev-",
        "HOLDFAST_AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # nothing listens there: no test may reach AWS
        "HOLDFAST_API_DATABASE_URL": database.url("api"),
        "HOLDFAST_JOBS_DATABASE_URL": database.url("jobs"),
        "HOLDFAST_TOKEN_KEYS": TOKEN_KEYS,
        "HOLDFAST_ALPACA_KEY_ID": "test",
        "HOLDFAST_ALPACA_SECRET_KEY": "test",
        **{
            f"HOLDFAST_{name.upper()}_URL": sources.url(name)
            for name in ("binance", "coingecko", "alpaca", "ecb")
        },
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def call(handler: str, event: Any, **others: str) -> Any:
        return isolated.invoke(runnable.unpacked, runnable.runtime, handler, event, {**settings, **others})

    return call
