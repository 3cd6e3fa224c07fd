"""Alpaca market data: daily bars and snapshots of US-listed stocks and ETFs, in USD.

Format: docs.alpaca.markets, historical stock data. Free plan: 200 calls a minute; feed "iex" only for what
is recent (2 to 3 % of the market's trades: its prices are good, its volumes are not comparable with other
sources'), feed "sip" for what is older than 15 minutes. Only US listings: no .T, .HK, .ST.

A bar's time is midnight in New York, 05:00 UTC in winter and 04:00 in summer, so the trading date is read
there. Bars are adjusted for splits, not for dividends; snapshots are as traded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.sources.bars import Bar, BarPage, Quote, midnight_ms, within
from chalicelib.sources.client import (
    Answer,
    Budget,
    Http,
    Limiter,
    SourceChangedFormat,
    SourceError,
    SourceNotFound,
    SourceRefused,
    retry_after,
    server_time,
)
from chalicelib.sources.fields import Fields, batches

SOURCE = "alpaca"
CALLS_PER_MINUTE = 200
NEARLY_USED_UP = 5  # calls left in the minute
BARS_PER_PAGE = 10_000
SYMBOLS_PER_CALL = 200
NEW_YORK = ZoneInfo("America/New_York")
# From here on a session's prices stand; its volume may still grow with after-hours trades.
FINISHED_AT = time(16, 15)
TOO_RECENT = timedelta(minutes=16)  # the free plan may not ask the sip feed for the last 15


class Alpaca:
    """Prices by US ticker, such as MSTR or BRK.B.

    Errors: any SourceError of errors.py; SourceRefused without keys.
    """

    home = "https://data.alpaca.markets"

    def __init__(
        self,
        base_url: str,
        limiter: Limiter,
        key_id: str | None,
        secret_key: str | None,
        feed: str,
        *,
        contact: str | None = None,
    ) -> None:
        self._has_keys = bool(key_id and secret_key)
        self._feed = feed
        self._http = Http(
            SOURCE,
            base_url,
            limiter,
            [Budget.at_most(SOURCE, CALLS_PER_MINUTE, 60)],
            headers={"APCA-API-KEY-ID": key_id or "", "APCA-API-SECRET-KEY": secret_key or ""},
            secrets=[key_id or "", secret_key or ""],
            explain=self._explain,
            contact=contact,
        )

    def daily_bars(self, symbol: str, start: date, end: date, now: datetime) -> BarPage:
        """The finished sessions from start to end, both included, adjusted for splits.

        The session of `now` is left out until 16:15 New York. A symbol that Alpaca does not know cannot be
        told from one without trades: both give an empty page. Raises SourceNotFound for what is no US
        symbol at all.
        """
        last = min(end, _last_finished(now))
        if start > last:
            return BarPage([], None)
        query = {
            "symbols": symbol,
            "timeframe": "1Day",
            "start": _rfc3339(datetime.combine(start, time(), NEW_YORK)),
            "end": _rfc3339(min(datetime.combine(last, time(23, 59, 59), NEW_YORK), now - TOO_RECENT)),
            "limit": str(BARS_PER_PAGE),
            "adjustment": "split",
            "feed": self._feed,
        }
        rows, token = self._rows(symbol, query)
        bars = [self._bar(f"{symbol}[{number}]", row) for number, row in enumerate(rows)]
        if any(later.at <= earlier.at for earlier, later in pairwise(bars)):
            raise self._http.error(SourceChangedFormat, f"{symbol}: days are not in ascending order")
        next_start = bars[-1].day + timedelta(days=1) if token and bars else None
        finished = within(bars, start, last)
        return BarPage(finished, next_start if next_start and next_start <= last else None)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """The latest trades; symbols without one are absent.

        "24 hours" means the session: high, low and volume so far, and the change since the previous close.
        """
        quotes: dict[str, Quote] = {}
        for batch in batches(symbols, SYMBOLS_PER_CALL):
            query = {"symbols": ",".join(batch), "feed": self._feed}
            snapshots = Fields(SOURCE, "snapshots", self._get("/v2/stocks/snapshots", query))
            for symbol in batch:
                if snapshots.raw(symbol, None):
                    quotes |= _quote(symbol, Fields(SOURCE, symbol, snapshots.raw(symbol)))
        return quotes

    def _rows(self, symbol: str, query: dict[str, str]) -> tuple[list[Any], str | None]:
        """One page of bars, and a token if there are more. A page may be empty and still have a next one."""
        while True:
            page = Fields(SOURCE, symbol, self._get("/v2/stocks/bars", query))
            token = page.raw("next_page_token")
            rows = page.part("bars").raw(symbol, []) if page.raw("bars") else []
            if rows or not token:
                return Fields(SOURCE, symbol, rows, list).values, token
            if token == query.get("page_token"):
                raise self._http.error(SourceChangedFormat, f"{symbol}: the page token does not advance")
            query = {**query, "page_token": token}

    def _get(self, path: str, query: dict[str, str]) -> Any:
        if not self._has_keys:
            raise self._http.error(SourceRefused, "a key id and a secret key are needed and not configured")
        parsed, answer = self._http.get_json(path, query)
        left = answer.headers.get("X-Ratelimit-Remaining", "")
        if left.isdigit() and int(left) <= NEARLY_USED_UP:
            self._http.block(_until_reset(answer) or 60.0)
        return parsed

    def _explain(self, answer: Answer) -> SourceError | None:
        if answer.status == 400 and "invalid symbol" in _message(answer.body):
            return self._http.error(SourceNotFound, _message(answer.body))
        if answer.status == 429 and retry_after(answer.headers) is None:
            self._http.rate_limited(answer, _message(answer.body), _until_reset(answer))
        return None

    def _bar(self, what: str, row: Any) -> Bar:
        fields = Fields(SOURCE, what, row)
        opened = fields.moment("t").astimezone(NEW_YORK)
        if opened.time() != time():
            raise fields.wrong("t", "midnight in New York")
        return Bar(midnight_ms(opened.date()), *fields.ohlcv("ohlcv"))


def _quote(symbol: str, snapshot: Fields) -> dict[str, Quote]:
    if not snapshot.raw("latestTrade", None):
        return {}
    trade = snapshot.part("latestTrade")
    price, as_of = Decimal(trade.price("p")), trade.moment("t")
    session, reference = _session_and_reference(snapshot, as_of.astimezone(NEW_YORK).date())
    change = None if reference is None else price - reference
    quote = Quote(
        symbol=symbol,
        price=price,
        currency="USD",
        as_of=as_of,
        change_24h=change,
        change_pct_24h=None if change is None or reference is None else change / reference * 100,
        high_24h=session.optional("h") if session else None,
        low_24h=session.optional("l") if session else None,
        volume_24h=session.optional("v") if session else None,
    )
    return {symbol: quote}


def _session_and_reference(snapshot: Fields, traded_on: date) -> tuple[Fields | None, Decimal | None]:
    """The bar of the trade's own session, if there is one, and the close before it.

    Before the opening, dailyBar is still the previous session's: then its close is what the price is
    compared with.
    """
    daily = snapshot.part("dailyBar") if snapshot.raw("dailyBar", None) else None
    if daily and daily.moment("t").astimezone(NEW_YORK).date() < traded_on:
        return None, Decimal(daily.price("c"))
    previous = snapshot.part("prevDailyBar") if snapshot.raw("prevDailyBar", None) else None
    return daily, Decimal(previous.price("c")) if previous else None


def _last_finished(now: datetime) -> date:
    there = now.astimezone(NEW_YORK)
    return there.date() if there.time() >= FINISHED_AT else there.date() - timedelta(days=1)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _until_reset(answer: Answer) -> float | None:
    reset = answer.headers.get("X-Ratelimit-Reset", "")
    return max(0.0, int(reset) - server_time(answer.headers)) if reset.isdigit() else None


def _message(body: bytes) -> str:
    try:
        error = json.loads(body)
    except ValueError:
        return ""
    return str(error.get("message", "")) if isinstance(error, dict) else ""
