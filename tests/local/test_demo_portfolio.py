"""The demo person's portfolio, as `up` makes it the first time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import db, settings
from local import demo_portfolio
from local.standins import Histories, Server
from tests.conftest import Database
from tests.identity import factory as people
from tests.identity.factory import Person
from tests.market import factory as market

CLOSES = {"BTC": "40000", "ETH": "2500", "MSTR": "160"}


def assets(database: Database) -> dict[str, int]:
    return {symbol: market.asset_id(database, symbol) for symbol in demo_portfolio.SOURCES}


def caller(person: Person) -> demo_portfolio.Call:
    def call(method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        answer = person.api.get(path) if method == "GET" else person.api.post(path, body)
        return answer.status, answer.json

    return call


def closes(symbol: str) -> dict[date, Decimal]:
    return {trade.day: Decimal(CLOSES[symbol]) for trade in demo_portfolio.TRADES}


def test_made_again_it_stays_the_same(database: Database) -> None:
    demo = people.sign_up()
    for _ in range(2):
        demo_portfolio.make(caller(demo), assets(database), closes)
    (portfolio,) = demo.api.get("/v1/portfolios").json["items"]
    assert (portfolio["name"], portfolio["currency"]) == ("Demo", "USD")
    booked = demo.api.get(f"/v1/portfolios/{portfolio['id']}/transactions").json["items"]
    assert [each["type"] for each in reversed(booked)] == [
        "deposit",
        "buy",
        "buy",
        "buy",
        "buy",
        "sell",
        "buy",
    ]
    assert not any(each["implied_deposits"] for each in booked)

    held = demo.api.get(f"/v1/portfolios/{portfolio['id']}/positions").json["items"]
    # BTC: 9,000 and 3,500 dollars at 40,000; ETH: half of 3,000 at 2,500; MSTR: 4,000 and 2,500 at 160
    assert {each["symbol"]: Decimal(each["quantity"]) for each in held} == {
        "BTC": Decimal("0.3125"),
        "ETH": Decimal("0.6"),
        "MSTR": Decimal("40.625"),
    }


def test_a_day_without_a_close_leaves_no_transactions(database: Database) -> None:
    demo = people.sign_up()
    with pytest.raises(demo_portfolio.Failed, match="no close of BTC on 2024-02-08 is known"):
        demo_portfolio.make(caller(demo), assets(database), lambda symbol: {})
    assert demo.api.get("/v1/portfolios").json["items"] == []


@pytest.fixture
def sources(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Histories]:
    """The stand-ins of the outside sources, which the settings point at."""
    histories = Histories.simulated()
    running = Server(histories).start()
    for name in ("binance", "alpaca"):
        monkeypatch.setenv(f"HOLDFAST_{name.upper()}_URL", running.url(name))
    for name in ("KEY_ID", "SECRET_KEY"):
        monkeypatch.setenv(f"HOLDFAST_ALPACA_{name}", "local")
    settings.forget()
    yield histories
    db.close_all()
    running.stop()


def test_it_buys_at_the_closes_that_the_sources_tell(sources: Histories) -> None:
    for symbol in demo_portfolio.SOURCES:
        days = {trade.day for trade in demo_portfolio.TRADES if trade.symbol == symbol}
        series = sources.coins.get(symbol) or sources.stocks[symbol]
        moment = datetime(2026, 3, 1, tzinfo=UTC)
        simulated = {
            day: Decimal(series.between(day.toordinal(), day.toordinal(), moment)[0].close) for day in days
        }
        assert demo_portfolio.closes_of(symbol) == simulated
