"""Alpaca: daily bars and snapshots of US stocks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.sources.alpaca import Alpaca
from chalicelib.sources.bars import Bar, midnight_ms
from chalicelib.sources.client import SourceChangedFormat, SourceNotFound, SourceRateLimited, SourceRefused

BARS = (
    '{"bars":{"AAPL":['
    '{"c":174.61,"h":174.84,"l":172.31,"n":632010,"o":174.01,"t":"2022-02-01T05:00:00Z","v":86213911,"vw":173.59},'
    '{"c":175.84,"h":175.88,"l":173.33,"n":671221,"o":174.7500,"t":"2022-07-05T04:00:00Z","v":84914256,"vw":174.9}'
    ']},"next_page_token":null}'
)


def bar(t: str, c: float = 10.5) -> dict[str, Any]:
    return {"t": t, "o": 10, "h": 11, "l": 9.5, "c": c, "v": 100, "n": 3, "vw": 10.2}


def client(base_url: str, limiter: Any, feed: str = "iex") -> Alpaca:
    return Alpaca(base_url, limiter, "key-id-1", "secret-key-1", feed)


def test_a_bar_belongs_to_the_trading_date_in_new_york_winter_and_summer(
    canned: Any, limiter: Any, now: datetime
) -> None:
    canned.answer(BARS)
    page = client(canned.url, limiter).daily_bars("AAPL", date(2022, 2, 1), date(2022, 7, 5), now)
    assert page.bars == [
        Bar(midnight_ms(date(2022, 2, 1)), "174.01", "174.84", "172.31", "174.61", "86213911"),
        Bar(midnight_ms(date(2022, 7, 5)), "174.7500", "175.88", "173.33", "175.84", "84914256"),
    ]
    assert page.next_start is None


def test_bars_are_asked_for_adjusted_for_splits_with_the_keys_in_headers(
    canned: Any, limiter: Any, now: datetime
) -> None:
    canned.answer('{"bars":{},"next_page_token":null}')
    client(canned.url, limiter, "sip").daily_bars("AAPL", date(2026, 3, 2), date(2026, 3, 9), now)
    path, headers = canned.requests[0]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    assert asked == {
        "symbols": "AAPL", "timeframe": "1Day", "start": "2026-03-02T05:00:00Z",
        "end": "2026-03-10T03:59:59Z", "limit": "10000", "adjustment": "split", "feed": "sip",
    }  # fmt: skip
    assert (headers["APCA-API-KEY-ID"], headers["APCA-API-SECRET-KEY"]) == ("key-id-1", "secret-key-1")


@pytest.mark.parametrize(
    ("moment", "last"),
    [
        (datetime(2026, 3, 18, 15, 30, tzinfo=UTC), date(2026, 3, 17)),  # 11:30 in New York: the session runs
        (datetime(2026, 3, 18, 20, 14, tzinfo=UTC), date(2026, 3, 17)),  # 16:14: closed, not yet settled
        (datetime(2026, 3, 18, 20, 15, tzinfo=UTC), date(2026, 3, 18)),  # 16:15, summer time
        (datetime(2026, 1, 14, 20, 15, tzinfo=UTC), date(2026, 1, 13)),  # 15:15, winter time
        (datetime(2026, 1, 15, 2, 0, tzinfo=UTC), date(2026, 1, 14)),  # already tomorrow in London
    ],
)
def test_a_session_counts_from_a_quarter_past_four_in_new_york(
    standins: Any, limiter: Any, moment: datetime, last: date
) -> None:
    standins.now = lambda: moment
    page = client(standins.url("alpaca"), limiter).daily_bars(
        "MSFT", date(2026, 1, 2), date(2026, 12, 31), moment
    )
    assert page.bars[-1].day == last


def test_the_free_plan_never_asks_the_sip_feed_for_the_last_quarter_of_an_hour(
    standins: Any, limiter: Any
) -> None:
    moment = datetime(2026, 3, 18, 20, 20, tzinfo=UTC)
    standins.now = lambda: moment
    page = client(standins.url("alpaca"), limiter, "sip").daily_bars(
        "MSFT", date(2026, 3, 16), date(2026, 3, 18), moment
    )
    assert [bar.day.day for bar in page.bars] == [16, 17, 18]


def test_a_page_token_becomes_the_day_to_go_on_from(canned: Any, limiter: Any, now: datetime) -> None:
    canned.answer({"bars": {"AAPL": [bar("2026-01-05T05:00:00Z")]}, "next_page_token": "QUFQTHxE"})
    page = client(canned.url, limiter).daily_bars("AAPL", date(2026, 1, 5), date(2026, 1, 9), now)
    assert page.next_start == date(2026, 1, 6)


def test_an_empty_page_with_a_token_is_followed(canned: Any, limiter: Any, now: datetime) -> None:
    canned.answer({"bars": {}, "next_page_token": "abc"})
    canned.answer({"bars": {"AAPL": [bar("2026-01-05T05:00:00Z")]}, "next_page_token": None})
    page = client(canned.url, limiter).daily_bars("AAPL", date(2026, 1, 5), date(2026, 1, 9), now)
    assert ([bar.day for bar in page.bars], page.next_start) == ([date(2026, 1, 5)], None)
    assert "page_token=abc" in canned.requests[1][0]
    assert len(limiter.spent) == 2


def test_a_token_that_leads_nowhere_is_a_changed_format(canned: Any, limiter: Any, now: datetime) -> None:
    for _ in range(2):
        canned.answer({"bars": {}, "next_page_token": "abc"})
    with pytest.raises(SourceChangedFormat, match="token"):
        client(canned.url, limiter).daily_bars("AAPL", date(2026, 1, 5), date(2026, 1, 9), now)


@pytest.mark.parametrize("bars", [{}, None])
def test_a_symbol_without_bars_gives_an_empty_page(
    canned: Any, limiter: Any, now: datetime, bars: Any
) -> None:
    canned.answer({"bars": bars, "next_page_token": None})
    page = client(canned.url, limiter).daily_bars("ZZZZ", date(2026, 1, 5), date(2026, 1, 9), now)
    assert page == ([], None)


def test_what_is_no_us_symbol_is_not_found(standins: Any, limiter: Any, now: datetime) -> None:
    with pytest.raises(SourceNotFound, match=r"3350\.T"):
        client(standins.url("alpaca"), limiter).daily_bars("3350.T", date(2026, 1, 5), date(2026, 1, 9), now)


@pytest.mark.parametrize("t", ["2026-01-05T00:00:00Z", "2026-07-06T05:00:00Z", "2026-01-05", "x", 5])
def test_a_bar_that_does_not_begin_at_midnight_in_new_york_is_a_changed_format(
    canned: Any, limiter: Any, now: datetime, t: Any
) -> None:
    canned.answer({"bars": {"AAPL": [bar(t)]}, "next_page_token": None})
    with pytest.raises(SourceChangedFormat, match=r"AAPL\[0\]: t"):
        client(canned.url, limiter).daily_bars("AAPL", date(2026, 1, 5), date(2026, 1, 9), now)


def test_years_of_bars_fall_on_weekdays_without_holidays(standins: Any, limiter: Any, now: datetime) -> None:
    page = client(standins.url("alpaca"), limiter).daily_bars("SPY", date(2016, 1, 1), date(2026, 3, 17), now)
    days = {bar.day for bar in page.bars}
    assert len(days) == len(page.bars) > 2500
    assert all(day.weekday() < 5 for day in days)
    assert date(2025, 12, 25) not in days
    assert date(2026, 3, 17) in days


def test_a_quote_compares_with_the_previous_close(canned: Any, limiter: Any) -> None:
    canned.answer(
        {
            "AAPL": {
                "latestTrade": {"t": "2026-03-18T15:30:00.123456789Z", "p": 12.6, "s": 100, "x": "V", "i": 1},
                "latestQuote": {"ap": 12.61, "bp": 12.59, "t": "2026-03-18T15:30:00Z"},
                "minuteBar": bar("2026-03-18T15:29:00Z"),
                "dailyBar": bar("2026-03-18T04:00:00Z"),
                "prevDailyBar": bar("2026-03-17T04:00:00Z", 12),
            },
            "GONE": {},
            "NULL": None,
        }
    )
    quotes = client(canned.url, limiter).quotes(["AAPL", "GONE", "NULL", "ABSENT"])
    assert sorted(quotes) == ["AAPL"]
    quote = quotes["AAPL"]
    assert (quote.price, quote.currency) == (Decimal("12.6"), "USD")
    assert quote.as_of == datetime(2026, 3, 18, 15, 30, 0, 123456, tzinfo=UTC)
    assert (quote.change_24h, quote.change_pct_24h) == (Decimal("0.6"), Decimal(5))
    assert (quote.high_24h, quote.low_24h, quote.volume_24h) == (11, Decimal("9.5"), 100)
    assert quote.market_cap is None


def test_before_the_opening_the_last_session_is_the_reference(canned: Any, limiter: Any) -> None:
    canned.answer(
        {
            "AAPL": {
                "latestTrade": {"t": "2026-03-18T12:00:00Z", "p": 21},
                "dailyBar": bar("2026-03-17T04:00:00Z", 20),
                "prevDailyBar": bar("2026-03-16T04:00:00Z", 10),
            }
        }
    )
    quote = client(canned.url, limiter).quotes(["AAPL"])["AAPL"]
    assert (quote.change_24h, quote.change_pct_24h, quote.high_24h) == (1, 5, None)


def test_without_a_previous_session_there_is_no_change(canned: Any, limiter: Any) -> None:
    canned.answer({"NEW": {"latestTrade": {"t": "2026-03-18T15:00:00Z", "p": 21}, "prevDailyBar": None}})
    quote = client(canned.url, limiter).quotes(["NEW"])["NEW"]
    assert (quote.price, quote.change_24h, quote.change_pct_24h) == (21, None, None)


def test_a_malformed_snapshot_is_named(canned: Any, limiter: Any) -> None:
    canned.answer({"AAPL": {"latestTrade": {"t": "2026-03-18T15:00:00Z"}}})
    with pytest.raises(SourceChangedFormat, match=r"AAPL\.latestTrade: p is missing"):
        client(canned.url, limiter).quotes(["AAPL"])


def test_without_keys_nothing_is_asked(limiter: Any, now: datetime) -> None:
    with pytest.raises(SourceRefused, match="key"):
        Alpaca("http://127.0.0.1:9", limiter, None, "", "iex").quotes(["AAPL"])
    assert limiter.spent == []


def test_a_plan_that_does_not_cover_the_feed_is_a_refusal(canned: Any, limiter: Any) -> None:
    canned.answer({"message": "subscription does not permit querying recent SIP data"}, status=403)
    with pytest.raises(SourceRefused, match="recent SIP data"):
        client(canned.url, limiter).quotes(["AAPL"])


def test_the_last_calls_of_a_minute_are_left_to_others(canned: Any, limiter: Any) -> None:
    canned.answer(
        "{}", X_Ratelimit_Remaining="5", X_Ratelimit_Reset="1773847860", Date="Wed, 18 Mar 2026 15:30:40 GMT"
    )
    client(canned.url, limiter).quotes(["AAPL"])
    assert limiter.blocked == [("alpaca", 20.0)]


def test_a_429_waits_until_the_reset_that_alpaca_names(canned: Any, limiter: Any) -> None:
    canned.answer(
        {"message": "too many requests."},
        status=429,
        X_Ratelimit_Reset="1773847860",
        Date="Wed, 18 Mar 2026 15:30:40 GMT",
    )
    with pytest.raises(SourceRateLimited) as raised:
        client(canned.url, limiter).quotes(["AAPL"])
    assert raised.value.retry_after == 20.0
    assert limiter.blocked == [("alpaca", 20.0)]
    [(_, cost, burst, per_seconds)] = limiter.spent
    assert (cost, burst + 60 * burst / per_seconds) == (1, 200)
