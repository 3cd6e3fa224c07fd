"""The last 24 hours, what is trending, and each offering at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.jobs import run
from chalicelib.exchange import report_jobs
from tests.conftest import Api, Database
from tests.exchange import factory
from tests.exchange.days import funded, run_job, trade, utc
from tests.exchange.factory import Offering, Trader

LISTED = utc("2026-02-02 15:00")
NOW = utc("2026-02-06 15:30")
"""The last 24 hours count from 16:00 the day before."""
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def friday() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def buyer(database: Database) -> Trader:
    return funded(database, 1_000_000, LISTED)


def offering(database: Database, buyer: Trader, *trades: tuple[str, int, str]) -> Offering:
    """A new offering with these trades: when, how many, at which price."""
    listed = factory.offering(database, shares=1_000, at=LISTED)
    for at, shares, price in trades:
        trade(listed, listed.seller, buyer, shares, price, utc(at))
    return listed


def stats(api: Api, listed: Offering) -> dict[str, Any]:
    return dict(api.get(f"/v1/exchange/offerings/{listed.id}/stats").json)


def test_volume_high_low_and_change_of_24_hours(database: Database, api: Api, buyer: Trader) -> None:
    listed = offering(
        database, buyer,
        ("2026-02-05 15:59", 50, "105.00"),  # before them: the price they begin with
        ("2026-02-05 16:00", 10, "106.00"),
        ("2026-02-05 23:00", 5, "104.00"),
        ("2026-02-06 15:30", 20, "108.15"),
    )  # fmt: skip
    assert stats(api, listed) == {
        "offering_id": listed.id, "symbol": listed.symbol, "since": "2026-02-05T16:00:00Z", "current_mark": "108.15",
        "mark_before": "105.00", "change": "3.15", "change_pct": "3.00", "high_price": "108.15", "low_price": "104.00",
        "volume_shares": 35, "volume_usd": "3743.00", "trade_count": 3,
    }  # fmt: skip


def test_on_the_full_hour_they_are_24_whole_hours(database: Database, api: Api, buyer: Trader) -> None:
    listed = offering(database, buyer, ("2026-02-05 16:00", 10, "106.00"))
    with clock.at(utc("2026-02-06 16:00")):
        assert stats(api, listed)["volume_shares"] == 10
    with clock.at(utc("2026-02-06 16:00:01")):
        assert stats(api, listed)["volume_shares"] == 0


def test_before_any_trade_the_issue_price_is_what_it_was(database: Database, api: Api, buyer: Trader) -> None:
    fresh = offering(database, buyer)
    found = stats(api, fresh)
    assert (found["current_mark"], found["change"], found["high_price"], found["trade_count"]) == (
        "100.00", "0.00", None, 0)  # fmt: skip
    first = offering(database, buyer, ("2026-02-06 10:00", 1, "110.00"))
    assert (stats(api, first)["mark_before"], stats(api, first)["change_pct"]) == ("100.00", "10.00")


def test_of_all_offerings_page_by_page(database: Database, api: Api, buyer: Trader) -> None:
    made = [offering(database, buyer, ("2026-02-06 10:00", n + 1, "100.00")) for n in range(3)]
    page = api.get("/v1/exchange/stats?limit=2").json
    rest = api.get(f"/v1/exchange/stats?limit=2&cursor={page['next_cursor']}").json
    rows = page["items"] + rest["items"]
    assert [(row["offering_id"], row["volume_shares"]) for row in rows] == [
        (listed.id, n + 1) for n, listed in enumerate(made)
    ]
    assert rest["next_cursor"] is None
    assert rows[1] == stats(api, made[1])


def test_trending_by_volume_rise_and_trades(database: Database, api: Api, buyer: Trader) -> None:
    at = "2026-02-06 10:0"
    large = offering(database, buyer, (f"{at}0", 500, "99.00"))
    rising = offering(database, buyer, (f"{at}0", 1, "150.00"))
    busy = offering(database, buyer, *[(f"{at}{n}", 1, "100.00") for n in range(4)])
    closed = offering(database, buyer, (f"{at}0", 900, "200.00"))
    closed.set(status="closed")
    assert first(api, "volume") == [large.id, busy.id, rising.id]
    assert first(api, "change") == [rising.id, busy.id, large.id]
    assert first(api, "trades") == [busy.id, large.id, rising.id]
    assert first(api, "trades&limit=1") == [busy.id]
    assert api.get("/v1/exchange/trending?by=rumour").status == 422


def first(api: Api, by: str) -> list[int]:
    return [row["offering_id"] for row in api.get(f"/v1/exchange/trending?by={by}").json["items"]]


# ------------------------------------------------------------ at a glance


def test_each_offering_at_a_glance(database: Database, api: Api, buyer: Trader) -> None:
    listed = offering(database, buyer, ("2026-02-06 10:00", 10, "110.00"))
    factory.order(buyer, listed, "buy", 7, "99.00")
    factory.order(buyer, listed, "buy", 3, "98.00")
    factory.order(listed.seller, listed, "sell", 20, "120.00")
    factory.order(listed.seller, listed, "sell", 5, "130.00", force="at_close")  # rests in no book
    assert api.get("/v1/exchange/market-state").json["items"] == []
    run(report_jobs.REFRESH_MARKET_STATE, NOW)
    (found,) = api.get("/v1/exchange/market-state").json["items"]
    assert found == {
        "offering_id": listed.id, "symbol": listed.symbol, "status": "trading", "current_share_price": "110.00",
        "previous_close": None, "buy_side_depth": 2, "sell_side_depth": 1, "buy_side_shares": 10, "sell_side_shares": 20,
        "holders": 2, "volume_shares_24h": 10, "volume_usd_24h": "1100.00", "trades_24h": 1, "market_value": "110000.00",
        "refreshed_at": "2026-02-06T15:30:00Z",
    }  # fmt: skip


def test_it_is_counted_every_five_minutes(database: Database, api: Api, buyer: Trader) -> None:
    offering(database, buyer)
    counted = [run(report_jobs.REFRESH_MARKET_STATE, NOW + timedelta(minutes=n))["rows"] for n in range(11)]
    assert counted == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    offering(database, buyer)
    assert run(report_jobs.REFRESH_MARKET_STATE, NOW + timedelta(minutes=11))["rows"] == 2, (
        "a new one at once"
    )


def test_it_is_counted_when_a_trading_day_ends(database: Database, api: Api, buyer: Trader) -> None:
    listed = offering(database, buyer)
    run(report_jobs.REFRESH_MARKET_STATE, utc("2026-02-06 21:14"))
    factory.order(buyer, listed, "buy", 7, "99.00", force="day")
    run_job(utc("2026-02-06 21:15"))
    (found,) = api.get("/v1/exchange/market-state").json["items"]
    assert (found["refreshed_at"], found["buy_side_depth"]) == ("2026-02-06T21:15:00Z", 0)
