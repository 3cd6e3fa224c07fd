"""The stand-ins of the outside world: their prices, their manners and their bad manners."""

from __future__ import annotations

import http.client
import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.standins import Histories, Server

NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)
KEYS = {"APCA-API-KEY-ID": "k", "APCA-API-SECRET-KEY": "s"}
REAL = Path(__file__).parents[2].parent / "shared" / "data"
needs_real_files = pytest.mark.skipif(not (REAL / "prices").is_dir(), reason="no folder of real files beside")
DAY_MS = 86_400_000


class Connection:
    """One kept-alive connection to the stand-ins."""

    def __init__(self, server: Server) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", server.port)

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        self._http.request("GET", path, headers=headers or {})
        response = self._http.getresponse()
        return response.status, dict(response.getheaders()), response.read()

    def json(self, path: str, headers: dict[str, str] | None = None) -> Any:
        return json.loads(self.get(path, headers)[2], parse_float=str)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        self._http.request("POST", path, json.dumps(body))
        response = self._http.getresponse()
        return response.status, json.loads(response.read())

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def simulation() -> Histories:
    return Histories.simulated()


@pytest.fixture
def server(simulation: Histories) -> Iterator[Server]:
    running = Server(simulation, now=lambda: NOW).start()
    yield running
    running.stop()


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    opened = Connection(server)
    yield opened
    opened.close()


def ms(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY_MS


def klines(connection: Connection, symbol: str, first: date, last: date) -> list[list[Any]]:
    query = f"symbol={symbol}&interval=1d&startTime={ms(first)}&endTime={ms(last)}&limit=1000"
    rows: list[list[Any]] = connection.json(f"/binance/api/v3/klines?{query}")
    return rows


def write_folder(folder: Path) -> Path:
    """A small folder of real files."""
    (folder / "prices" / "stocks").mkdir(parents=True)
    (folder / "fx").mkdir()
    closes = '{"2026-01-05": {"BTC": 93000.10, "HYPE": 32}, "2026-01-06": {"BTC": 92000.0}}'
    (folder / "prices" / "crypto_daily_close.json").write_text(closes)
    row = '{{"date": "{}", {}"open": {}, "high": {}, "low": {}, "close": {}, "volume": {}}}'
    rows = [
        row.format("2026-01-08", "", 10.50, 11, 10, 10.75, 1000),
        row.format("2026-01-09", '"time": "07:00", ', 10.50, 11, 10, 10.75, 1001),  # the day before, again
        row.format("2026-01-09", '"time": "10:00", ', 10.8, 12, 10.8, 11.5, 500),
        row.format("2026-01-09", '"time": "16:00", ', 10.8, 12.25, 10.8, 12, 900),
        row.format("2026-01-09", '"time": "17:00", ', 10.50, 11, 10, 10.75, 1000),  # and once more
        row.format("2026-01-10", '"time": "09:00", ', 10.8, 12.25, 10.8, 12, 900),  # a Saturday
    ]
    stock = f'{{"ticker": "MSTR", "exchange": "US", "currency": "USD", "prices": [{",".join(rows)}]}}'
    (folder / "prices" / "stocks" / "MSTR.json").write_text(stock)
    with zipfile.ZipFile(folder / "fx" / "eurofxref-hist.zip", "w") as archive:
        archive.writestr(
            "eurofxref-hist.csv",
            "Date,USD,JPY,CYP,\n2026-01-06,1.1707,183.50,N/A,\n2026-01-05,1.1664,183,N/A,\n",
        )
    return folder


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Connection]:
    running = Server(Histories.from_folder(write_folder(tmp_path)), now=lambda: NOW).start()
    opened = Connection(running)
    yield opened
    opened.close()
    running.stop()


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


def test_misbehaviour_is_told_over_http_and_wears_off(connection: Connection) -> None:
    status, state = connection.post("/_control/binance", {"mode": "429", "times": 2, "retry_after": 9})
    assert (status, state["mode"], state["times"]) == (200, "429", 2)
    path = "/binance/api/v3/klines?symbol=BTCUSDT&interval=1d&limit=1"
    answers = [connection.get(path) for _ in range(3)]
    assert [status for status, _, _ in answers] == [429, 429, 200]
    assert answers[0][1]["Retry-After"] == "9"
    state = connection.json("/_control")["binance"]
    assert (state["mode"], state["times"], state["requests"]) == ("ok", None, 3)


def test_misbehaviour_without_times_lasts_until_told_otherwise(
    server: Server, connection: Connection
) -> None:
    server.misbehave("ecb", "500")
    path = "/ecb/stats/eurofxref/eurofxref-daily.xml"
    assert [connection.get(path)[0] for _ in range(3)] == [500, 500, 500]
    server.misbehave("ecb", "ok")
    assert connection.get(path)[0] == 200
    assert server.requests("ecb") == 4


def test_one_source_misbehaves_alone(server: Server, connection: Connection) -> None:
    server.misbehave("binance", "451")
    assert connection.get("/binance/api/v3/ticker/24hr?symbol=BTCUSDT")[0] == 451
    assert connection.get("/coingecko/api/v3/simple/price?ids=bitcoin&vs_currencies=usd")[0] == 200


def test_a_truncated_answer_promises_more_than_it_sends(server: Server, connection: Connection) -> None:
    server.misbehave("binance", "truncated", times=1)
    with pytest.raises(http.client.IncompleteRead):
        connection.get("/binance/api/v3/ticker/24hr?symbol=BTCUSDT")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/_control/binance", {"mode": "dance"}, 400),
        ("/_control/binance", {}, 400),
        ("/_control/binance", [], 400),
        ("/_control/nobody", {"mode": "ok"}, 404),
        ("/binance/api/v3/order", {}, 404),
    ],
)
def test_what_cannot_be_told_is_refused(connection: Connection, path: str, body: Any, status: int) -> None:
    assert connection.post(path, body)[0] == status


def test_an_unknown_source_is_named(server: Server, connection: Connection) -> None:
    assert connection.get("/kraken/0/public/Ticker")[0] == 404
    with pytest.raises(ValueError, match="kraken"):
        server.url("kraken")


def test_a_stopped_server_answers_no_kept_connection(simulation: Histories) -> None:
    running = Server(simulation, now=lambda: NOW).start()
    opened = Connection(running)
    assert opened.get("/_control")[0] == 200
    running.stop()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        opened.get("/_control")
    opened.close()


def test_the_stand_ins_run_alone_until_they_are_told_to_end() -> None:
    command = [sys.executable, "-m", "local.standins", "--port", "0"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        assert url.startswith("http://127.0.0.1:")
        process.terminate()
        assert process.wait(10) == 0


# Real files


def test_real_closes_keep_their_text(real: Connection) -> None:
    rows = klines(real, "BTCUSDT", date(2016, 1, 1), date(2026, 1, 6))
    assert [row[1:5] for row in rows] == [
        ["93000.10", "93000.10", "93000.10", "93000.10"],
        ["93000.10", "93000.10", "92000.0", "92000.0"],
    ]
    assert klines(real, "HYPEUSDT", date(2026, 1, 5), date(2026, 1, 5))[0][4] == "32"


def test_nothing_is_made_up_before_the_first_real_day(real: Connection) -> None:
    path = "/coingecko/api/v3/coins/bitcoin/market_chart/range?vs_currency=usd&from={}&to={}&interval=daily"
    points = real.json(path.format(ms(date(2026, 1, 1)) // 1000, ms(date(2026, 1, 6)) // 1000))["prices"]
    assert points == [[ms(date(2026, 1, 6)), "93000.10"]]


def test_real_series_go_on_where_they_end(real: Connection) -> None:
    rows = klines(real, "BTCUSDT", date(2026, 1, 6), date(2026, 3, 18))
    assert rows[1][1] == rows[0][4] == "92000.0"
    assert len(rows) == 72
    assert 0.5 < float(rows[-1][4]) / 92000 < 2


def test_coins_without_a_real_file_are_simulated(real: Connection) -> None:
    assert len(klines(real, "ETHUSDT", date(2026, 1, 1), date(2026, 1, 6))) == 6


def test_a_day_of_several_rows_is_one_bar_without_stale_copies_or_saturdays(real: Connection) -> None:
    path = "/alpaca/v2/stocks/bars?symbols=MSTR&timeframe=1Day&start=2016-01-01&end=2026-01-12"
    bars = real.json(path, KEYS)["bars"]["MSTR"]
    assert [(bar["t"][:10], bar["o"], bar["h"], bar["c"], bar["v"]) for bar in bars[:2]] == [
        ("2026-01-08", "10.5", 11, "10.75", 1000),
        ("2026-01-09", "10.8", "12.25", 12, 900),
    ]
    assert [bar["t"][:10] for bar in bars[2:]] == ["2026-01-12"]


def test_real_rates_keep_their_text_and_go_on(real: Connection) -> None:
    with zipfile.ZipFile(io.BytesIO(real.get("/ecb/stats/eurofxref/eurofxref-hist.zip")[2])) as archive:
        lines = archive.read("eurofxref-hist.csv").decode().splitlines()
    assert lines[0] == "Date,USD,JPY,CYP,"
    assert lines[1].startswith("2026-03-18,")
    assert lines[-2:] == ["2026-01-06,1.1707,183.50,N/A,", "2026-01-05,1.1664,183,N/A,"]
    assert lines[1].endswith(",N/A,")


@needs_real_files
def test_the_real_folder_is_served_number_for_number() -> None:
    histories = Histories.from_folder(REAL)
    [bitcoin] = histories.coins["BTC"].between(
        date(2024, 2, 8).toordinal(), date(2024, 2, 8).toordinal(), NOW
    )
    assert bitcoin.close == "45304.61"
    microstrategy = histories.stocks["MSTR"].between(0, date(2026, 2, 18).toordinal(), NOW)
    assert (date.fromordinal(microstrategy[0].day), microstrategy[0].close) == (date(2020, 8, 3), "12.37")
    rows = json.loads((REAL / "prices" / "stocks" / "MSTR.json").read_text())["prices"]
    assert len(rows) == 1627
    assert len({row["date"] for row in rows}) == 1396
    assert len(microstrategy) == 1393  # without 7 and 14 February (Saturdays) and 16 February (a holiday)
    assert [day.close for day in microstrategy if day.day == date(2026, 2, 10).toordinal()] == ["133"]
    day, rates = histories.rates.latest(datetime(2026, 4, 13, 15, tzinfo=UTC))
    assert (day, rates["USD"], rates["JPY"]) == (date(2026, 4, 13), "1.1684", "186.75")


@needs_real_files
def test_a_thousand_real_klines_come_quickly() -> None:
    running = Server(Histories.from_folder(REAL), now=lambda: datetime(2026, 11, 20, 12, tzinfo=UTC)).start()
    opened = Connection(running)
    path = f"/binance/api/v3/klines?symbol=BTCUSDT&interval=1d&limit=1000&startTime={ms(date(2024, 2, 8))}"
    assert len(opened.json(path)) == 1000
    times = []
    for _ in range(10):
        begun = time.perf_counter()
        opened.get(path)
        times.append(time.perf_counter() - begun)
    opened.close()
    running.stop()
    assert min(times) < 0.02  # 3 ms on an idle machine
