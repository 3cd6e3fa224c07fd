"""CoinGecko: daily closes and prices of coins."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.sources.bars import Bar, midnight_ms
from chalicelib.sources.client import SourceChangedFormat, SourceNotFound, SourceRefused
from chalicelib.sources.coingecko import CoinGecko

DAY = 86_400_000
MARCH_1 = midnight_ms(date(2026, 3, 1))
SIMPLE = (
    '{"bitcoin":{"usd":67187.33589365664,"usd_market_cap":1317802988326.2493,"usd_24h_vol":31260929299.52484,'
    '"usd_24h_change":3.637278946773539,"last_updated_at":1711356300},'
    '"tiny":{"usd":1.2345e-9,"usd_market_cap":0.0,"usd_24h_vol":null,"usd_24h_change":null,'
    '"last_updated_at":1711356300},"dead":{"usd":null,"last_updated_at":null},"empty":{}}'
)
MARKET = {
    "id": "bitcoin", "symbol": "btc", "name": "Bitcoin", "current_price": 70187, "market_cap": 1381651251183,
    "market_cap_rank": 1, "fully_diluted_valuation": 1474623675796, "total_volume": 20154184933,
    "high_24h": 70215, "low_24h": 68060, "price_change_24h": 2126.88, "price_change_percentage_24h": 3.12502,
    "circulating_supply": 19675987, "max_supply": 21000000, "roi": None,
    "last_updated": "2024-04-07T16:49:31.736Z",
}  # fmt: skip


def chart(*points: tuple[int, Any]) -> dict[str, Any]:
    return {"prices": [list(point) for point in points], "market_caps": [], "total_volumes": []}


def demo(base_url: str, limiter: Any) -> CoinGecko:
    return CoinGecko(base_url, limiter, "demo-key-1", "demo")


def test_a_point_at_midnight_is_the_close_of_the_day_before(canned: Any, limiter: Any, now: datetime) -> None:
    canned.answer(f'{{"prices":[[{MARCH_1},61000.5],[{MARCH_1 + DAY},62000.123456789012345]]}}')
    page = demo(canned.url, limiter).daily_bars("bitcoin", date(2026, 2, 28), date(2026, 3, 1), now)
    assert page.bars == [
        Bar(MARCH_1 - DAY, None, None, None, "61000.5", None),
        Bar(MARCH_1, None, None, None, "62000.123456789012345", None),
    ]
    assert page.next_start is None


def test_of_hourly_points_the_last_one_closes_the_day(canned: Any, limiter: Any, now: datetime) -> None:
    hourly = [(MARCH_1 + hour * 3_600_000 + 41_331, 100 + hour) for hour in range(24)]
    canned.answer(chart(*hourly))
    page = demo(canned.url, limiter).daily_bars("bitcoin", date(2026, 3, 1), date(2026, 3, 1), now)
    assert [(bar.day, bar.close) for bar in page.bars] == [(date(2026, 3, 1), "123")]


def test_a_stale_point_of_now_does_not_pass_for_a_close(canned: Any, limiter: Any, now: datetime) -> None:
    canned.answer(chart((MARCH_1, 100), (MARCH_1 + 13 * 3_600_000, 101)))
    page = demo(canned.url, limiter).daily_bars("bitcoin", date(2026, 2, 28), date(2026, 3, 1), now)
    assert [bar.close for bar in page.bars] == ["100"]


def test_today_has_no_close_yet(standins: Any, limiter: Any, now: datetime) -> None:
    client = demo(standins.url("coingecko"), limiter)
    page = client.daily_bars("bitcoin", now.date() - timedelta(days=3), now.date(), now)
    assert [bar.day for bar in page.bars] == [now.date() - timedelta(days=back) for back in (3, 2, 1)]


def test_its_closes_are_those_of_the_same_days_elsewhere(standins: Any, limiter: Any, now: datetime) -> None:
    from chalicelib.sources.binance import Binance

    first, last = date(2026, 1, 1), date(2026, 3, 1)
    here = demo(standins.url("coingecko"), limiter).daily_bars("ethereum", first, last, now)
    there = Binance(standins.url("binance"), limiter).daily_bars("ETHUSDT", first, last, now)
    assert [(bar.at, bar.close) for bar in here.bars] == [(bar.at, bar.close) for bar in there.bars]


def test_the_demo_plan_refuses_what_is_older_than_365_days_without_a_call(
    standins: Any, limiter: Any, now: datetime
) -> None:
    client = demo(standins.url("coingecko"), limiter)
    with pytest.raises(SourceRefused, match="365 days"):
        client.daily_bars("bitcoin", date(2024, 1, 1), date(2024, 2, 1), now)
    assert limiter.spent == []


def test_the_oldest_day_of_the_demo_plan_is_served(standins: Any, limiter: Any, now: datetime) -> None:
    oldest = now.date() - timedelta(days=364)
    page = demo(standins.url("coingecko"), limiter).daily_bars("bitcoin", oldest, now.date(), now)
    assert page.bars[0].day == oldest


def test_the_pro_plan_reaches_further(standins: Any, limiter: Any, now: datetime) -> None:
    client = CoinGecko(standins.url("coingecko"), limiter, "pro-key-1", "pro")
    page = client.daily_bars("bitcoin", date(2024, 1, 1), date(2024, 1, 5), now)
    assert len(page.bars) == 5


def test_the_pro_plan_needs_a_key(limiter: Any) -> None:
    with pytest.raises(SourceRefused, match="key"):
        CoinGecko("http://127.0.0.1:9", limiter, None, "pro").quotes(["bitcoin"])
    assert limiter.spent == []


def test_an_unknown_id_has_no_chart(standins: Any, limiter: Any, now: datetime) -> None:
    with pytest.raises(SourceNotFound):
        demo(standins.url("coingecko"), limiter).daily_bars(
            "no-coin", date(2026, 3, 1), date(2026, 3, 2), now
        )


def test_quotes_keep_every_digit_and_leave_out_what_has_no_price(canned: Any, limiter: Any) -> None:
    canned.answer(SIMPLE)
    quotes = demo(canned.url, limiter).quotes(["bitcoin", "tiny", "dead", "empty", "unknown"])
    assert sorted(quotes) == ["bitcoin", "tiny"]
    bitcoin, tiny = quotes["bitcoin"], quotes["tiny"]
    assert bitcoin.price == Decimal("67187.33589365664")
    assert bitcoin.market_cap == Decimal("1317802988326.2493")
    assert bitcoin.volume_24h_quote == Decimal("31260929299.52484")
    assert bitcoin.change_pct_24h == Decimal("3.637278946773539")
    assert bitcoin.as_of == datetime(2024, 3, 25, 8, 45, tzinfo=UTC)
    assert (bitcoin.high_24h, bitcoin.volume_24h, bitcoin.change_24h) == (None, None, None)
    assert tiny.price == Decimal("0.0000000012345")
    assert (tiny.market_cap, tiny.change_pct_24h) == (None, None)


def test_quotes_ask_for_full_precision_with_the_key_in_a_header(canned: Any, limiter: Any) -> None:
    canned.answer("{}")
    demo(canned.url + "/api/v3/", limiter).quotes(["bitcoin", "ethereum", "bitcoin"])
    path, headers = canned.requests[0]
    asked = parse_qs(urlsplit(path).query)
    assert urlsplit(path).path == "/api/v3/simple/price"
    assert (asked["ids"], asked["precision"]) == (["bitcoin,ethereum"], ["full"])
    assert headers["x-cg-demo-api-key"] == "demo-key-1"
    assert "demo-key-1" not in path


def test_markets_add_high_low_and_change(canned: Any, limiter: Any) -> None:
    canned.answer([MARKET, MARKET | {"id": "dead", "current_price": None}])
    quotes = demo(canned.url, limiter).markets(["bitcoin", "dead"])
    assert sorted(quotes) == ["bitcoin"]
    quote = quotes["bitcoin"]
    assert (quote.price, quote.high_24h, quote.low_24h) == (70187, 70215, 68060)
    assert (quote.change_24h, quote.change_pct_24h) == (Decimal("2126.88"), Decimal("3.12502"))
    assert (quote.market_cap, quote.volume_24h_quote) == (1381651251183, 20154184933)
    assert quote.as_of == datetime(2024, 4, 7, 16, 49, 31, 736000, tzinfo=UTC)


@pytest.mark.parametrize(
    "entry", [{"usd": "x"}, {"usd": -1}, {"usd": 1}, {"usd": 1, "last_updated_at": "now"}, 5]
)
def test_a_malformed_price_is_named(canned: Any, limiter: Any, entry: Any) -> None:
    canned.answer({"bitcoin": entry})
    with pytest.raises(SourceChangedFormat, match="bitcoin"):
        demo(canned.url, limiter).quotes(["bitcoin"])


def test_each_call_spends_from_the_minute_and_from_the_month(standins: Any, limiter: Any) -> None:
    demo(standins.url("coingecko"), limiter).markets(["bitcoin", "no-coin"])
    assert [bucket for bucket, *_ in limiter.spent] == ["coingecko", "coingecko:month"]
    (_, _, burst, per_seconds), (_, _, month_burst, month_seconds) = limiter.spent
    assert burst + 60 * burst / per_seconds == pytest.approx(25)
    assert month_burst + 31 * 86_400 * month_burst / month_seconds == pytest.approx(10_000)
