"""Real prices, from the source's wire format through the queue and the worker to the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import settings
from local.standins import Histories, Server
from tests.conftest import Database
from tests.identity.factory import sign_up
from tests.market import factory
from tests.market.conftest import URLS

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not (DATA / "prices").is_dir(), reason="no folder of real prices beside the repository"
)


@pytest.fixture
def real_world(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    running = Server(Histories.from_folder(DATA)).start()
    for name, source in URLS.items():
        monkeypatch.setenv(f"HOLDFAST_{name}_URL", running.url(source))
    monkeypatch.setenv("HOLDFAST_ALPACA_KEY_ID", "a-key-id")
    monkeypatch.setenv("HOLDFAST_ALPACA_SECRET_KEY", "a-secret")
    settings.forget()
    yield running
    running.stop()


def deliver(ids: list[int]) -> Any:
    """What the queue hands to the worker, and what the worker answers."""
    from chalice.test import Client

    from app import app

    client = Client(app)
    event = client.events.generate_sqs_event([json.dumps({"id": number}) for number in ids], "backfill")
    return client.lambda_.invoke("backfill", event).payload


@pytest.mark.parametrize(
    ("symbol", "day", "close"), [("BTC", "2024-02-08", "45304.61"), ("MSTR", "2020-08-03", "12.37")]
)
def test_a_known_close_comes_out_of_the_api(
    database: Database, real_world: Server, symbol: str, day: str, close: str
) -> None:
    asset = factory.asset_id(database, symbol)
    person = sign_up()
    watched = person.api.put(f"/v1/assets/{asset}/watch", {"since": day}).json
    assert deliver([number for _, number in database.rung]) == {"batchItemFailures": []}
    (backfill,) = person.api.get("/v1/backfills").json["items"]
    assert (backfill["id"], backfill["status"], backfill["progress_percent"]) == (
        watched["backfills"][0],
        "completed",
        100,
    )
    (bar,) = person.api.get(f"/v1/assets/{asset}/prices?from={day}&to={day}").json["items"]
    assert Decimal(bar["close"]) == Decimal(close)
    at = person.api.get(f"/v1/assets/{asset}/price-at?at={day[:-2]}{int(day[-2:]) + 1:02}T12:00:00Z").json
    assert (Decimal(at["close"]), at["timestamp"][:10]) == (Decimal(close), day)
