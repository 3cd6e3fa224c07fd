"""The outside world on loopback, and settings that point at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.core import settings
from local.standins import Histories, Server
from tests.conftest import Database

URLS = {
    "BINANCE": "binance",
    "COINGECKO": "coingecko",
    "ALPACA": "alpaca",
    "ECB": "ecb",
    "OPENEXCHANGERATES": "oxr",
}


@pytest.fixture(scope="session")
def histories() -> Histories:
    """Every price that the outside world knows: the bundled simulation."""
    return Histories.simulated()


@pytest.fixture
def outside(database: Database, histories: Histories, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The stand-ins of all sources, which the settings point at, with keys for those that want one."""
    running = Server(histories).start()
    for name, source in URLS.items():
        monkeypatch.setenv(f"HOLDFAST_{name}_URL", running.url(source))
    monkeypatch.setenv("HOLDFAST_ALPACA_KEY_ID", "a-key-id")
    monkeypatch.setenv("HOLDFAST_ALPACA_SECRET_KEY", "a-secret")
    monkeypatch.setenv("HOLDFAST_OPENEXCHANGERATES_APP_ID", "an-app-id")
    settings.forget()
    yield running
    running.stop()
