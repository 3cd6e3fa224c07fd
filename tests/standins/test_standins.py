"""The stand-ins of the outside world: the simulation, and the manners of each source."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from local.standins import Histories, Server
from tests.standins.asking import (
    DAY_MS,
    KEYS,
    NOW,
    Connection,
    klines,
    ms,
)

# The simulation


def test_the_simulation_is_the_same_every_time(simulation: Histories) -> None:
    again = Histories.simulated()
    first, last = date(2025, 12, 1).toordinal(), date(2026, 3, 1).toordinal()
    assert again.coins["HYPE"].between(first, last, NOW) == simulation.coins["HYPE"].between(first, last, NOW)
    assert again.stocks["COIN"].between(first, last, NOW) == simulation.stocks["COIN"].between(
        first, last, NOW
    )


def test_the_past_does_not_depend_on_when_it_was_first_asked_for() -> None:
    step_by_step, at_once = Histories.simulated().coins["TAO"], Histories.simulated().coins["TAO"]
    for days in range(60):
        step_by_step.latest(NOW + timedelta(days=days), 1)
    later = NOW + timedelta(days=59)
    span = (NOW.date().toordinal(), later.date().toordinal())
    assert step_by_step.between(*span, later) == at_once.between(*span, later)


def test_coins_trade_every_day_and_open_where_they_closed(connection: Connection) -> None:
    rows = klines(connection, "SOLUSDT", date(2025, 12, 20), date(2026, 3, 18))
    assert [row[0] for row in rows] == [ms(date(2025, 12, 20)) + n * DAY_MS for n in range(89)]
    assert [row[1] for row in rows[1:]] == [row[4] for row in rows[:-1]]
    for row in rows:
        opened, high, low, close = map(float, row[1:5])
        assert 0 < low <= min(opened, close) <= max(opened, close) <= high


def test_a_coin_has_no_past_before_its_first_day(connection: Connection) -> None:
    assert klines(connection, "HYPEUSDT", date(2016, 1, 1), date(2024, 11, 1)) == []


def test_a_ticker_moves_from_minute_to_minute_inside_its_days_bar(simulation: Histories) -> None:
    bitcoin = simulation.coins["BTC"]
    prices = [bitcoin.price(NOW + timedelta(minutes=n)) for n in range(30)]
    [day] = bitcoin.between(NOW.date().toordinal(), NOW.date().toordinal(), NOW + timedelta(days=1))
    assert len(set(prices)) > 25
    assert all(float(day.low) <= float(price or 0) <= float(day.high) for price in prices)


def test_a_running_day_grows_into_the_finished_one(simulation: Histories) -> None:
    today = NOW.date().toordinal()
    seen = [simulation.coins["ETH"].between(today, today, NOW.replace(hour=hour))[0] for hour in range(1, 24)]
    [done] = simulation.coins["ETH"].between(today, today, NOW + timedelta(days=1))
    assert {day.open for day in seen} == {done.open}
    for day in seen:
        assert float(done.low) <= float(day.low) <= float(day.close) <= float(day.high) <= float(done.high)
    volumes = [float(day.volume) for day in [*seen, done]]
    assert volumes == sorted(volumes)


# Wire formats


def test_binance_prints_numbers_as_text_in_rows_of_twelve(connection: Connection) -> None:
    [row] = klines(connection, "BTCUSDT", date(2026, 3, 1), date(2026, 3, 1))
    assert [type(value) for value in row] == [int, str, str, str, str, str, int, str, int, str, str, str]
    assert (row[0], row[6], row[11]) == (ms(date(2026, 3, 1)), ms(date(2026, 3, 2)) - 1, "0")


def test_binance_includes_the_unfinished_candle(connection: Connection) -> None:
    rows = connection.json("/binance/api/v3/klines?symbol=BTCUSDT&interval=1d&limit=2")
    assert [row[0] for row in rows] == [ms(date(2026, 3, 17)), ms(date(2026, 3, 18))]


def test_binance_counts_weight_in_a_header(connection: Connection) -> None:
    path = "/binance/api/v3/ticker/24hr"
    before = int(connection.get(f"{path}?symbol=BTCUSDT")[1]["X-MBX-USED-WEIGHT-1M"])
    after = int(connection.get(path)[1]["X-MBX-USED-WEIGHT-1M"])
    assert after - before in (80, after)  # a new minute may have begun in between


def test_binance_stops_at_6000_a_minute(
    server: Server, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.meters["binance"], "add", lambda cost: (6001, int(time.time()) + 30))
    status, headers, body = connection.get("/binance/api/v3/klines?symbol=BTCUSDT&interval=1d")
    assert (status, json.loads(body)["code"]) == (429, -1003)
    assert 0 < int(headers["Retry-After"]) <= 30


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("symbol=NOPEUSDT&interval=1d", -1121),
        ("interval=1d", -1102),
        ("symbol=BTCUSDT&interval=9d", -1120),
    ],
)
def test_binance_explains_what_it_cannot_serve(connection: Connection, query: str, code: int) -> None:
    status, _, body = connection.get(f"/binance/api/v3/klines?{query}")
    assert (status, json.loads(body)["code"]) == (400, code)


def test_coingecko_leaves_out_unknown_ids(connection: Connection) -> None:
    query = "ids=bitcoin,no-coin&vs_currencies=usd&include_last_updated_at=true"
    prices = connection.json(f"/coingecko/api/v3/simple/price?{query}")
    assert list(prices) == ["bitcoin"]
    assert prices["bitcoin"]["last_updated_at"] == int(NOW.timestamp())


def test_coingecko_gives_hours_for_short_ranges_and_midnights_for_long_ones(connection: Connection) -> None:
    def times(days: int) -> list[int]:
        until = int(NOW.timestamp())
        span = f"vs_currency=usd&from={until - days * 86400}&to={until}"
        path = f"/coingecko/api/v3/coins/bitcoin/market_chart/range?{span}"
        return [at for at, _ in connection.json(path)["prices"]]

    assert len(times(2)) == 49
    assert all(at % DAY_MS == 0 for at in times(100)[:-1])
    assert times(100)[-1] == int(NOW.timestamp() * 1000)


def test_coingecko_refuses_history_beyond_365_days_without_a_pro_key(connection: Connection) -> None:
    path = "/coingecko/api/v3/coins/bitcoin/market_chart/range?vs_currency=usd&from=1700000000&to=1700600000"
    status, _, body = connection.get(path)
    assert (status, json.loads(body)["error"]["status"]["error_code"]) == (401, 10012)
    assert connection.get(path, {"x-cg-pro-api-key": "k"})[0] == 200


def test_alpaca_puts_bars_at_midnight_in_new_york(connection: Connection) -> None:
    path = "/alpaca/v2/stocks/bars?symbols=SPY&timeframe=1Day&start=2026-03-05&end=2026-03-10"
    bars = connection.json(path, KEYS)["bars"]["SPY"]
    assert [bar["t"] for bar in bars] == [
        "2026-03-05T05:00:00Z",
        "2026-03-06T05:00:00Z",
        "2026-03-09T04:00:00Z",
        "2026-03-10T04:00:00Z",
    ]
    assert isinstance(bars[0]["v"], int)


def test_alpaca_pages_over_all_symbols_with_a_token(connection: Connection) -> None:
    path = (
        "/alpaca/v2/stocks/bars?symbols=SPY,AAPL,ZZZZ&timeframe=1Day&start=2026-03-02&end=2026-03-06&limit=4"
    )
    token, pages = "", []
    while token is not None:
        page = connection.json(path + (f"&page_token={token}" if token else ""), KEYS)
        pages.append({symbol: len(bars) for symbol, bars in page["bars"].items()})
        token = page["next_page_token"]
    assert pages == [{"AAPL": 4}, {"AAPL": 1, "SPY": 3}, {"SPY": 2}]


def test_alpaca_snapshots_have_no_wrapper_and_nothing_for_the_unknown(connection: Connection) -> None:
    snapshots = connection.json("/alpaca/v2/stocks/snapshots?symbols=AAPL,ZZZZ", KEYS)
    assert snapshots["ZZZZ"] == {}
    assert sorted(snapshots["AAPL"]) == [
        "dailyBar",
        "latestQuote",
        "latestTrade",
        "minuteBar",
        "prevDailyBar",
    ]


def test_alpaca_shows_the_last_session_before_the_opening(server: Server, connection: Connection) -> None:
    server.now = lambda: datetime(2026, 3, 16, 12, 0, tzinfo=UTC)  # a Monday, 8:00 in New York
    snapshot = connection.json("/alpaca/v2/stocks/snapshots?symbols=AAPL", KEYS)["AAPL"]
    assert snapshot["dailyBar"]["t"] == "2026-03-13T04:00:00Z"
    assert snapshot["latestTrade"]["t"].startswith("2026-03-13T20:00:00")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("bars?symbols=AAPL&timeframe=1Day", {}, 401),
        ("bars?symbols=AAPL&timeframe=1Day&feed=sip", KEYS, 403),
        ("bars?symbols=3350.T&timeframe=1Day", KEYS, 400),
        ("bars?symbols=AAPL&timeframe=1Day&limit=10001", KEYS, 400),
        ("bars?symbols=AAPL&timeframe=1Day&limit=many", KEYS, 400),
        ("trades?symbols=AAPL", KEYS, 404),
    ],
)
def test_alpaca_refuses(connection: Connection, path: str, headers: dict[str, str], status: int) -> None:
    assert connection.get(f"/alpaca/v2/stocks/{path}", headers)[0] == status


def test_alpaca_tells_how_many_calls_are_left(connection: Connection) -> None:
    _, headers, _ = connection.get("/alpaca/v2/stocks/snapshots?symbols=AAPL", KEYS)
    assert headers["X-Ratelimit-Limit"] == "200"
    assert int(headers["X-Ratelimit-Remaining"]) < 200
    assert int(headers["X-Ratelimit-Reset"]) >= int(time.time())


def test_the_ecb_publishes_at_four_in_the_afternoon(server: Server, connection: Connection) -> None:
    path = "/ecb/stats/eurofxref/eurofxref-daily.xml"
    server.now = lambda: datetime(2026, 3, 18, 14, 59, tzinfo=UTC)
    before = connection.get(path)[2]
    server.now = lambda: datetime(2026, 3, 18, 15, 0, tzinfo=UTC)
    assert b"time='2026-03-17'" in before
    assert b"time='2026-03-18'" in connection.get(path)[2]


def test_open_exchange_rates_change_by_the_hour(server: Server, connection: Connection) -> None:
    path = "/oxr/api/latest.json?app_id=x"
    now, server.now = connection.json(path), lambda: NOW + timedelta(minutes=29)
    same, server.now = connection.json(path), lambda: NOW + timedelta(minutes=30)
    assert now == same != connection.json(path)
    assert (now["base"], now["rates"]["USD"]) == ("USD", 1)
    assert connection.get("/oxr/api/latest.json")[0] == 401


# Misbehaviour
