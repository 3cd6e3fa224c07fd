"""Binance's public spot market data: daily bars and 24-hour tickers of coins.

Format: github.com/binance/binance-spot-api-docs, rest-api.md. No key. Limits are counted by IP address,
which callers behind one NAT share: 6000 weight a minute, then 429, then a ban (418) of 2 minutes to 3 days.
api.binance.com answers 451 in some countries; data-api.binance.vision serves the same market data.

Pairs are quoted in stablecoins. A …USDT or …USDC price is reported as a USD price, although USDT is not
USD: the two have stayed within a fraction of a percent since 2018 (with hours beyond that in March 2023),
which is inside the spread between exchanges, and these are the deepest markets there are. Prices recorded
with the source "binance" carry this reservation; who cannot accept it asks CoinGecko.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from chalicelib.sources.bars import Bar, BarPage, Quote, midnight_ms, moment_at, within
from chalicelib.sources.client import (
    Answer,
    Budget,
    Http,
    Limiter,
    SourceChangedFormat,
    SourceError,
    SourceNotFound,
    server_time,
)
from chalicelib.sources.fields import Fields, are_numbers, batches

SOURCE = "binance"
WEIGHT_PER_MINUTE = 6000
NEARLY_USED_UP = 0.9  # of the weight of a minute: others behind this address may be using it too
BARS_PER_PAGE = 1000
KLINES_WEIGHT = 2
TICKERS_PER_CALL = 20  # up to 20 symbols weigh 2, up to 100 weigh 40: small calls are always cheaper
TICKERS_WEIGHT = 2
_DAY_MS = 86_400_000
_UNKNOWN_SYMBOL = (-1121, -1100)  # "Invalid symbol.", "Illegal characters found in parameter 'symbol'"
_OHLCV = (1, 2, 3, 4, 5)  # where a candle has open, high, low, close and volume
_QUOTED_IN = {"USDT": "USD", "USDC": "USD", "EUR": "EUR"}


class Binance:
    """Prices by trading pair, such as BTCUSDT. Errors: any SourceError of errors.py."""

    home = "https://data-api.binance.vision"

    def __init__(self, base_url: str, limiter: Limiter, *, contact: str | None = None) -> None:
        self._http = Http(
            SOURCE,
            base_url,
            limiter,
            [Budget.at_most(SOURCE, WEIGHT_PER_MINUTE, 60)],
            explain=self._explain,
            contact=contact,
        )

    def daily_bars(self, symbol: str, start: date, end: date, now: datetime) -> BarPage:
        """The finished UTC days from start to end, both included, at most 1000 of them.

        Today's candle, still moving at `now`, is left out. Raises SourceNotFound for an unknown pair.
        """
        last = min(end, now.astimezone(UTC).date() - timedelta(days=1))
        if start > last:
            return BarPage([], None)
        query = {
            "symbol": symbol,
            "interval": "1d",
            "startTime": str(midnight_ms(start)),
            "endTime": str(midnight_ms(last) + _DAY_MS - 1),
            "limit": str(BARS_PER_PAGE),
        }
        rows = Fields(SOURCE, symbol, self._get("/api/v3/klines", query, KLINES_WEIGHT), list).values
        bars = self._bars(symbol, rows)
        more = len(bars) >= BARS_PER_PAGE and bars[-1].day < last
        finished = within(bars, start, last)
        return BarPage(finished, bars[-1].day + timedelta(days=1) if more else None)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """The latest prices with their rolling 24-hour window; pairs unknown or not trading are absent.

        Raises SourceNotFound for a pair whose quote currency is none of ours (USDT, USDC, EUR).
        """
        quotes: dict[str, Quote] = {}
        for batch in batches(symbols, TICKERS_PER_CALL):
            for symbol in batch:
                self._currency(symbol)
            for ticker in self._tickers(batch):
                quote = self._quote(ticker)
                if quote is not None:
                    quotes[quote.symbol] = quote
        return quotes

    def _tickers(self, batch: list[str]) -> list[Any]:
        """One unknown pair makes Binance refuse the whole list: halve it until the culprits are alone."""
        query = {"symbols": json.dumps(batch, separators=(",", ":"))}
        try:
            tickers: list[Any] = Fields(
                SOURCE, "ticker/24hr", self._get("/api/v3/ticker/24hr", query, TICKERS_WEIGHT), list
            ).values
            return tickers
        except SourceNotFound:
            if len(batch) == 1:
                return []
        middle = len(batch) // 2
        return self._tickers(batch[:middle]) + self._tickers(batch[middle:])

    def _get(self, path: str, query: dict[str, str], weight: int) -> Any:
        parsed, answer = self._http.get_json(path, query, weight)
        self._heed_used_weight(answer)
        return parsed

    def _heed_used_weight(self, answer: Answer) -> None:
        """Stop everybody until the minute is over when this address has nearly used it up."""
        used = answer.headers.get("X-MBX-USED-WEIGHT-1M", "")
        if used.isdigit() and int(used) >= WEIGHT_PER_MINUTE * NEARLY_USED_UP:
            self._http.block(60.0 - server_time(answer.headers) % 60.0)

    def _explain(self, answer: Answer) -> SourceError | None:
        code, message = _code_and_message(answer.body)
        if answer.status == 400 and code in _UNKNOWN_SYMBOL:
            return self._http.error(SourceNotFound, message)
        if answer.status == 404:  # never about a symbol: the base URL is wrong or the path is gone
            return self._http.error(SourceChangedFormat, "HTTP 404: no such path")
        if answer.status == 418 and "Retry-After" not in answer.headers:
            until = re.search(r"banned until ([0-9]{13})", message)
            if until:
                seconds = max(0.0, int(until[1]) / 1000 - server_time(answer.headers))
                self._http.rate_limited(answer, message, seconds)
        return None

    def _bars(self, symbol: str, rows: list[Any]) -> list[Bar]:
        """A page of candles, checked as a whole; only a page that has something wrong is read field by field."""
        if all(map(_begins_a_day, rows)) and are_numbers([row[1:6] for row in rows]):
            bars = [Bar._make(row[:6]) for row in rows]
        else:
            bars = [self._bar(symbol, number, row) for number, row in enumerate(rows)]
        if any(later.at <= earlier.at for earlier, later in pairwise(bars)):
            raise self._http.error(SourceChangedFormat, f"{symbol}: days are not in ascending order")
        return bars

    def _bar(self, symbol: str, number: int, row: Any) -> Bar:
        fields = Fields(SOURCE, f"{symbol}[{number}]", row, list)
        if not _begins_a_day(row):
            raise fields.wrong(0, "the start of a UTC day")
        return Bar(row[0], *fields.ohlcv(_OHLCV))

    def _quote(self, ticker: Any) -> Quote | None:
        fields = Fields(SOURCE, "ticker/24hr", ticker)
        symbol = fields.what = fields.text("symbol")
        if fields.decimal("lastPrice") == 0:  # a pair that is not trading
            return None
        return Quote(
            symbol=symbol,
            price=Decimal(fields.price("lastPrice")),
            currency=self._currency(symbol),
            as_of=moment_at(fields.whole("closeTime")),
            change_24h=fields.decimal("priceChange"),
            change_pct_24h=fields.decimal("priceChangePercent"),
            high_24h=Decimal(fields.price("highPrice")),
            low_24h=Decimal(fields.price("lowPrice")),
            volume_24h=Decimal(fields.amount("volume")),
            volume_24h_quote=Decimal(fields.amount("quoteVolume")),
        )

    def _currency(self, symbol: str) -> str:
        for suffix, currency in _QUOTED_IN.items():
            if symbol.endswith(suffix):
                return currency
        raise self._http.error(SourceNotFound, f"{symbol}: quoted in none of {', '.join(_QUOTED_IN)}")


def _begins_a_day(row: Any) -> bool:
    return isinstance(row, list) and len(row) > 5 and type(row[0]) is int and row[0] % _DAY_MS == 0


def _code_and_message(body: bytes) -> tuple[int | None, str]:
    """Binance's error code and words, such as -1121 and "Invalid symbol."; none where there are none."""
    try:
        error = json.loads(body)
    except ValueError:
        return None, ""
    if not isinstance(error, dict):
        return None, ""
    return error.get("code"), str(error.get("msg", ""))
