"""The schedules keep latest prices and exchange rates fresh."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import db, jobs, settings
from chalicelib.market import feeds, refresh
from chalicelib.market.jobs import REFRESH_CRYPTO_PRICES
from chalicelib.sources.bars import Quote
from local.standins import Histories, Server
from tests.conftest import Api, Database
from tests.identity.factory import make_admin
from tests.market.factory import asset_id, hold, new_asset, new_holder, release, today

WEDNESDAY_NOON = datetime(2026, 3, 18, 16, tzinfo=UTC)  # noon in New York
SUNDAY = datetime(2026, 3, 22, 16, tzinfo=UTC)


def track(database: Database, *symbols: str) -> None:
    user = new_holder(database)
    for symbol in symbols:
        hold(user, asset_id(database, symbol), today())


def latest(database: Database) -> dict[str, dict[str, Any]]:
    rows = database.rows(
        "select asset.symbol, latest.* from market.latest_prices as latest join market.assets as asset on id = asset_id"
    )
    return {row["symbol"]: row for row in rows}


def told(database: Database) -> list[dict[str, Any]]:
    """What subscribers of prices were told."""
    return [
        row["payload"]
        for row in database.rows("select payload from app.outbox where topic = 'prices' order by seq")
    ]


def now() -> datetime:
    return datetime.now(UTC)


def test_what_somebody_holds_is_refreshed_and_nothing_else(
    database: Database, outside: Server, histories: Histories
) -> None:
    track(database, "BTC", "ETH", "MSTR")
    outcome = refresh.refresh_crypto_prices(now())
    assert (outcome.rows, outcome.details) == (2, {"binance": 2})
    held = latest(database)
    assert sorted(held) == ["BTC", "ETH"]
    window = histories.coins["BTC"].window(held["BTC"]["as_of"])
    assert window is not None
    assert held["BTC"]["price"] == pytest.approx(Decimal(window.last), rel=Decimal("1e-4"))
    assert held["BTC"]["high_24h"] >= held["BTC"]["price"] >= held["BTC"]["low_24h"]
    assert (held["BTC"]["currency"], held["BTC"]["source"], held["BTC"]["market_cap"]) == (
        "USD",
        "binance",
        None,
    )
    assert told(database) == [
        {
            "source": "binance",
            "prices": {symbol: format(held[symbol]["price"], "f") for symbol in ("BTC", "ETH")},
        }
    ]
    tracked = database.row(
        "select last_price_update from market.tracked_assets where asset_id = %s", asset_id(database, "BTC")
    )
    assert tracked["last_price_update"] is not None


def test_what_nobody_holds_any_more_is_left_alone(database: Database, outside: Server) -> None:
    user, btc = new_holder(database), asset_id(database, "BTC")
    hold(user, btc, today())
    release(user, btc)
    assert refresh.refresh_crypto_prices(now()) == jobs.Outcome(0, {})
    assert outside.requests("binance") == 0


def test_one_call_serves_many_coins(database: Database, outside: Server) -> None:
    track(database, "BTC", "ETH", "SOL", "XRP", "ADA", "DOGE")
    refresh.refresh_crypto_prices(now())
    assert outside.requests("binance") == 1


def test_where_the_preferred_source_fails_the_next_answers(database: Database, outside: Server) -> None:
    track(database, "BTC", "HYPE")
    outside.misbehave("binance", "500")
    outcome = refresh.refresh_crypto_prices(now())
    assert (outcome.rows, outcome.details) == (2, {"coingecko": 2})
    assert {row["source"] for row in latest(database).values()} == {"coingecko"}


def test_if_no_source_answers_the_run_fails_with_what_each_said(database: Database, outside: Server) -> None:
    track(database, "BTC")
    outside.misbehave("binance", "451")
    outside.misbehave("coingecko", "500")
    result = jobs.run(REFRESH_CRYPTO_PRICES)
    assert result["status"] == "failed"
    assert "binance: HTTP 451" in result["error"]
    assert "coingecko: HTTP 500" in result["error"]
    admin = make_admin()
    (run,) = admin.api.get("/v1/admin/job-runs?job=refresh_crypto_prices").json["items"]
    assert (run["status"], run["error"]) == ("failed", result["error"])
    health = {item["source"]: item for item in admin.api.get("/v1/admin/sources").json["items"]}
    assert health["binance"]["last_error"].startswith("SourceRefused: HTTP 451")
    assert (health["coingecko"]["consecutive_failures"], health["coingecko"]["last_success_at"]) == (1, None)


def test_a_coin_that_no_source_knows_is_named(database: Database, outside: Server) -> None:
    user = new_holder(database)
    unknown = new_asset(database, "NOWHERE", price_sources=["binance"], binance_symbol="NOWHEREUSDT")
    hold(user, unknown, today())
    track(database, "BTC")
    outcome = refresh.refresh_crypto_prices(now())
    assert outcome.details["unanswered"] == ["NOWHERE"]
    assert list(latest(database)) == ["BTC"]


def land(asset: int, price: str, as_of: datetime) -> list[int]:
    row = {"asset_id": asset, "price": price, "currency": "USD", "as_of": as_of.isoformat()}
    with db.job_transaction() as tx:
        return [
            found["asset_id"]
            for found in refresh.queries.land_quotes(tx.conn, source="test", quotes=json.dumps([row]))
        ]


def test_an_older_quote_never_replaces_a_newer_one(database: Database) -> None:
    coin, moment = new_asset(database, "COIN9"), now()
    assert land(coin, "100", moment) == [coin]
    assert land(coin, "90", moment - timedelta(seconds=1)) == []
    assert latest(database)["COIN9"]["price"] == 100
    assert land(coin, "110", moment) == [coin], "the same moment: what was said last counts"
    assert latest(database)["COIN9"]["price"] == 110


class Saying:
    """A source that answers with given quotes."""

    def __init__(self, *quotes: Quote) -> None:
        self._quotes = quotes

    def quotes(self, symbols: list[str]) -> dict[str, Quote]:
        return {quote.symbol: quote for quote in self._quotes if quote.symbol in symbols}


def test_subscribers_hear_only_of_what_became_the_latest_price(
    database: Database, outside: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    track(database, "BTC", "ETH", "SOL")
    land(asset_id(database, "ETH"), "3000", now())
    quotes = [
        Quote("BTCUSDT", Decimal("1E-7"), "USD", now()),
        Quote("ETHUSDT", Decimal("1"), "USD", now() - timedelta(hours=1)),  # older than what is held
        Quote("SOLUSDT", Decimal("1"), "EUR", now()),  # not the asset's currency
    ]
    monkeypatch.setitem(feeds._BUILDERS, "binance", lambda: Saying(*quotes))  # type: ignore[dict-item, return-value]
    monkeypatch.setitem(feeds._BUILDERS, "coingecko", lambda: Saying())  # type: ignore[dict-item, return-value]
    outcome = refresh.refresh_crypto_prices(now())
    assert told(database) == [{"source": "binance", "prices": {"BTC": "0.0000001"}}]
    assert (outcome.rows, outcome.details["unanswered"]) == (2, ["SOL"])
    assert latest(database)["ETH"]["price"] == 3000


def test_market_caps_come_from_coingecko_and_stay_when_binance_has_none(
    database: Database, outside: Server
) -> None:
    track(database, "BTC")
    refresh.refresh_crypto_prices(now())
    assert refresh.refresh_market_caps(now()).rows == 1
    held = latest(database)["BTC"]
    cap = held["market_cap"]
    assert cap > 10**11
    refresh.refresh_crypto_prices(now())
    assert latest(database)["BTC"]["market_cap"] == cap
    after = latest(database)["BTC"]
    assert after["circulating_supply"] == held["circulating_supply"] > 10**6
    assert after["supply_as_of"] == held["supply_as_of"] <= after["as_of"], "its age is its own"


@pytest.mark.parametrize(
    ("moment", "age", "asked"),
    [
        (WEDNESDAY_NOON, timedelta(minutes=5), 1),
        (SUNDAY, timedelta(minutes=59), 0),
        (SUNDAY, timedelta(minutes=60), 1),
        (SUNDAY, None, 1),
    ],
)
def test_shares_are_refreshed_around_the_session_and_hourly_outside(
    database: Database, outside: Server, moment: datetime, age: timedelta | None, asked: int
) -> None:
    track(database, "MSTR")
    if age is not None:
        land(asset_id(database, "MSTR"), "1", moment - timedelta(days=9))
        database.run("update market.latest_prices set updated_at = %s", moment - age)
    refresh.refresh_stock_prices(moment)
    assert outside.requests("alpaca") == asked


# ------------------------------------------------------------ exchange rates


def rates(database: Database) -> dict[str, int]:
    return {
        row["source"]: row["count"]
        for row in database.rows("select source, count(*) from market.exchange_rates group by 1")
    }


def test_the_first_run_reads_the_whole_history_and_later_ones_a_day(
    database: Database, outside: Server, histories: Histories
) -> None:
    outcome = refresh.refresh_exchange_rates(now())
    assert outcome.details == rates(database)
    oldest = database.row("select min(timestamp) as at from market.exchange_rates where source = 'ecb'")["at"]
    assert oldest == datetime(2016, 1, 4, 15, tzinfo=UTC), "16:00 in Frankfurt, on winter time"
    _, per_euro = histories.rates.latest(now())
    row = database.row(
        "select rate_to_usd from market.exchange_rates "
        "where source = 'ecb' and currency_code = 'GBP' order by timestamp desc limit 1"
    )
    assert row["rate_to_usd"] == pytest.approx(
        Decimal(per_euro["USD"]) / Decimal(per_euro["GBP"]), rel=Decimal("1e-16")
    )
    before = rates(database)["ecb"]
    assert refresh.refresh_exchange_rates(now()).rows == 0, (
        "nothing new was published, and nothing is made up"
    )
    assert rates(database)["ecb"] == before


def test_after_a_long_silence_what_was_missed_is_read_from_the_history(
    database: Database, outside: Server
) -> None:
    refresh.refresh_exchange_rates(now())
    whole = rates(database)
    database.run("delete from market.exchange_rates where timestamp > now() - interval '30 days'")
    refresh.refresh_exchange_rates(now())
    assert rates(database) == whole


@pytest.mark.parametrize(("down", "up"), [("ecb", "openexchangerates"), ("oxr", "ecb")])
def test_one_source_of_rates_down_does_not_stop_the_other(
    database: Database, outside: Server, down: str, up: str
) -> None:
    outside.misbehave(down, "500")
    assert list(refresh.refresh_exchange_rates(now()).details) == [up]
    assert list(rates(database)) == [up]


def test_both_down_is_a_failed_run(database: Database, outside: Server) -> None:
    outside.misbehave("ecb", "html")
    outside.misbehave("oxr", "429")
    with pytest.raises(refresh.NothingAnswered, match=r"openexchangerates: .*; ecb: "):
        refresh.refresh_exchange_rates(now())


def test_without_an_app_id_the_hourly_source_is_not_asked(
    database: Database, outside: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOLDFAST_OPENEXCHANGERATES_APP_ID")
    settings.forget()
    assert list(refresh.refresh_exchange_rates(now()).details) == ["ecb"]
    assert outside.requests("oxr") == 0


def test_what_was_refreshed_is_what_the_api_converts_with(
    database: Database, outside: Server, api: Api
) -> None:
    refresh.refresh_exchange_rates(now())
    listed = {item["currency_code"]: item for item in api.get("/v1/exchange-rates").json["items"]}
    assert {"EUR", "AUD", "JPY", "GBP"} <= set(listed)
    assert "USD" not in listed
    assert listed["EUR"]["source"] == "openexchangerates", "the fresher of the two"
    converted = api.get("/v1/exchange-rates/convert?amount=10&from=EUR&to=USD").json
    assert Decimal(converted["amount"]) == 10 * Decimal(listed["EUR"]["rate_to_usd"])
