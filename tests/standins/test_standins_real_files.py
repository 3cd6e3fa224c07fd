"""The stand-ins on a folder of real files."""

from __future__ import annotations

import io
import json
import time
import zipfile
from datetime import UTC, date, datetime

from local.standins import Histories, Server
from tests.standins.asking import (
    KEYS,
    NOW,
    REAL,
    Connection,
    klines,
    ms,
    needs_real_files,
)


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
