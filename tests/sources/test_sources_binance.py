"""Binance: daily bars and tickers of coins."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.sources.bars import Bar, midnight_ms
from chalicelib.sources.binance import Binance
from chalicelib.sources.client import SourceChangedFormat, SourceNotFound

# As /api/v3/klines prints it: times in milliseconds, prices and volumes in quotes, trades a number.
KLINES = (
    '[[1707350400000,"44349.60000000","45614.30000000","44331.10000000","45288.65000000","33115.91000000",'
    '1707436799999,"1487834876.12345678",1205331,"16943.20000000","761234567.87654321","0"],'
    '[1707436800000,"45288.66000000","48200.00000000","45242.12000000","47132.77000000","73503.48000000",'
    '1707523199999,"3437000000.00000000",2345678,"37000.00000000","1730000000.00000000","0"]]'
)
TICKER = {
    "symbol": "BTCUSDT", "priceChange": "-94.99999800", "priceChangePercent": "-0.095",
    "weightedAvgPrice": "99000.29628482", "prevClosePrice": "99000.10002000", "lastPrice": "99004.00000200",
    "lastQty": "0.00200000", "bidPrice": "99003.00000000", "bidQty": "100.0", "askPrice": "99005.00000000",
    "askQty": "100.00000000", "openPrice": "99099.00000000", "highPrice": "100000.00000000",
    "lowPrice": "98000.10000000", "volume": "8913.30000000", "quoteVolume": "882401534.30000000",
    "openTime": 1499783499040, "closeTime": 1499869899040, "firstId": 28385, "lastId": 28460, "count": 76,
}  # fmt: skip


def test_a_bar_keeps_the_very_text_that_binance_prints(canned: Any, limiter: Any, now: datetime) -> None:
    canned.answer(KLINES)
    page = Binance(canned.url, limiter).daily_bars("BTCUSDT", date(2024, 2, 8), date(2024, 2, 9), now)
    assert page.bars[0] == Bar(
        at=1707350400000,
        open="44349.60000000",
        high="45614.30000000",
        low="44331.10000000",
        close="45288.65000000",
        volume="33115.91000000",
    )
    assert [bar.day for bar in page.bars] == [date(2024, 2, 8), date(2024, 2, 9)]
    assert page.next_start is None


def test_days_are_asked_for_from_the_first_to_the_last_millisecond(
    canned: Any, limiter: Any, now: datetime
) -> None:
    canned.answer(KLINES)
    Binance(canned.url, limiter).daily_bars("BTCUSDT", date(2024, 2, 8), date(2024, 2, 9), now)
    asked = urlsplit(canned.requests[0][0])
    assert asked.path == "/api/v3/klines"
    assert parse_qs(asked.query) == {
        "symbol": ["BTCUSDT"],
        "interval": ["1d"],
        "startTime": ["1707350400000"],
        "endTime": ["1707523199999"],
        "limit": ["1000"],
    }


def test_the_candle_that_is_still_moving_is_dropped(canned: Any, limiter: Any) -> None:
    canned.answer(KLINES)
    at_noon = datetime(2024, 2, 9, 12, tzinfo=UTC)
    page = Binance(canned.url, limiter).daily_bars("BTCUSDT", date(2024, 2, 8), date(2024, 2, 9), at_noon)
    assert [bar.day for bar in page.bars] == [date(2024, 2, 8)]


def test_a_range_without_a_finished_day_costs_no_call(canned: Any, limiter: Any, now: datetime) -> None:
    page = Binance(canned.url, limiter).daily_bars("BTCUSDT", now.date(), now.date(), now)
    assert page == ([], None)
    assert limiter.spent == []


def test_pages_of_1000_bars_join_without_gap_or_overlap(standins: Any, limiter: Any, now: datetime) -> None:
    client = Binance(standins.url("binance"), limiter)
    start: date | None = date(2020, 1, 1)
    days: list[date] = []
    sizes = []
    while start:
        page = client.daily_bars("BTCUSDT", start, date(2030, 1, 1), now)
        days += [bar.day for bar in page.bars]
        sizes.append(len(page.bars))
        start = page.next_start
    yesterday = now.date() - timedelta(days=1)
    assert days == [date(2020, 1, 1) + timedelta(n) for n in range((yesterday - date(2020, 1, 1)).days + 1)]
    assert sizes == [1000, 1000, 268]


def test_exactly_1000_bars_are_one_page(standins: Any, limiter: Any, now: datetime) -> None:
    start = date(2020, 1, 1)
    client = Binance(standins.url("binance"), limiter)
    page = client.daily_bars("BTCUSDT", start, start + timedelta(999), now)
    assert (len(page.bars), page.next_start) == (1000, None)


def test_an_unknown_pair_is_not_found(canned: Any, limiter: Any, now: datetime) -> None:
    canned.answer({"code": -1121, "msg": "Invalid symbol."}, status=400)
    with pytest.raises(SourceNotFound, match="Invalid symbol"):
        Binance(canned.url, limiter).daily_bars("NOPEUSDT", date(2024, 2, 8), date(2024, 2, 9), now)


def test_a_quote_reports_dollars_for_a_usdt_pair(canned: Any, limiter: Any) -> None:
    canned.answer([TICKER])
    quote = Binance(canned.url, limiter).quotes(["BTCUSDT"])["BTCUSDT"]
    assert quote.price == Decimal("99004.000002")
    assert quote.currency == "USD"
    assert quote.as_of == datetime(2017, 7, 12, 14, 31, 39, 40000, tzinfo=UTC)
    assert quote.change_24h == Decimal("-94.999998")
    assert quote.change_pct_24h == Decimal("-0.095")
    assert (quote.high_24h, quote.low_24h) == (Decimal(100000), Decimal("98000.1"))
    assert (quote.volume_24h, quote.volume_24h_quote) == (Decimal("8913.3"), Decimal("882401534.3"))
    assert quote.market_cap is None


def test_pairs_are_asked_in_lists_of_twenty_because_those_weigh_2(standins: Any, limiter: Any) -> None:
    pairs = [f"{coin}USDT" for coin in standins.histories.coins] * 2 + ["EXTRAUSDT"]
    quotes = Binance(standins.url("binance"), limiter).quotes(pairs)
    assert sorted(quotes) == sorted(set(pairs) - {"EXTRAUSDT"})
    assert {cost for _, cost, _, _ in limiter.spent} == {2}


def test_one_unknown_pair_does_not_spoil_the_others(standins: Any, limiter: Any) -> None:
    quotes = Binance(standins.url("binance"), limiter).quotes(["BTCUSDT", "NOPEUSDT", "ETHUSDT", "ÄUSDT"])
    assert sorted(quotes) == ["BTCUSDT", "ETHUSDT"]


def test_a_pair_that_does_not_trade_is_absent(canned: Any, limiter: Any) -> None:
    canned.answer([TICKER | {"lastPrice": "0.00000000"}])
    assert Binance(canned.url, limiter).quotes(["BTCUSDT"]) == {}


def test_a_pair_in_a_currency_of_no_use_is_not_found(canned: Any, limiter: Any) -> None:
    with pytest.raises(SourceNotFound, match="ETHBTC"):
        Binance(canned.url, limiter).quotes(["ETHBTC"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lastPrice", "abc"),
        ("lastPrice", None),
        ("highPrice", "-1"),
        ("closeTime", "soon"),
        ("volume", True),
        ("quoteVolume", "NaN"),
    ],
)
def test_a_malformed_ticker_is_named(canned: Any, limiter: Any, field: str, value: Any) -> None:
    canned.answer([TICKER | {field: value}])
    with pytest.raises(SourceChangedFormat, match=f"BTCUSDT.*{field}"):
        Binance(canned.url, limiter).quotes(["BTCUSDT"])


@pytest.mark.parametrize(
    "rows",
    [
        {"bars": []},
        [{"open": 1}],
        [[1707350400000, "1", "2"]],
        [[1707350400000, "zero", "2", "1", "1", "5"]],
        [[1707350400001, "1", "2", "1", "1", "5"]],
        [[midnight_ms(date(2024, 2, 9)), "1", "2", "1", "1", "5"], [1707350400000, "1", "2", "1", "1", "5"]],
    ],
)
def test_klines_of_another_shape_are_a_changed_format(
    canned: Any, limiter: Any, now: datetime, rows: Any
) -> None:
    canned.answer(rows)
    with pytest.raises(SourceChangedFormat):
        Binance(canned.url, limiter).daily_bars("BTCUSDT", date(2024, 2, 8), date(2024, 2, 9), now)


def test_klines_weigh_2_of_6000_a_minute(standins: Any, limiter: Any, now: datetime) -> None:
    Binance(standins.url("binance"), limiter).daily_bars("BTCUSDT", date(2024, 2, 8), date(2024, 2, 9), now)
    [(bucket, cost, burst, per_seconds)] = limiter.spent
    assert (bucket, cost) == ("binance", 2)
    assert burst + 60 * burst / per_seconds == 6000


def test_a_nearly_used_up_minute_makes_everybody_wait_for_the_next(
    canned: Any, limiter: Any, now: datetime
) -> None:
    date_header = "Fri, 09 Feb 2024 10:00:45 GMT"
    canned.answer(KLINES, X_MBX_USED_WEIGHT_1M="5400", Date=date_header)
    page = Binance(canned.url, limiter).daily_bars("BTCUSDT", date(2024, 2, 8), date(2024, 2, 9), now)
    assert len(page.bars) == 2
    assert limiter.blocked == [("binance", 15.0)]


def test_a_minute_with_weight_left_blocks_nobody(canned: Any, limiter: Any, now: datetime) -> None:
    canned.answer(KLINES, X_MBX_USED_WEIGHT_1M="5399")
    Binance(canned.url, limiter).daily_bars("BTCUSDT", date(2024, 2, 8), date(2024, 2, 9), now)
    assert limiter.blocked == []
