"""CoinGecko: coin prices averaged over exchanges, with market capitalisation.

Format: docs.coingecko.com. Ids are CoinGecko's own ("bitcoin"). Demo plan: api.coingecko.com, header
x-cg-demo-api-key, history of the last 365 days only; its pages name 30 or 100 calls a minute and 10,000 a
month, and every call counts, failures too. Pro plan: pro-api.coingecko.com, header x-cg-pro-api-key.

Daily closes come from market_chart/range, which gives points, not bars. The rule: a point closes the day
that ends at or after it, so a point at exactly 00:00 UTC closes the day before (that is what interval=daily
gives, a few minutes after midnight); of several the last one counts; and it must lie in the last 90 minutes
of its day, because the series ends with a point of "now" that, served from a cache, would otherwise pass
for a close. A day without such a point has no bar. Open, high, low are unknown. So is the volume:
CoinGecko's is in USD and over the trailing 24 hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote as quoted

from chalicelib.sources.bars import Bar, BarPage, Quote, date_at, midnight_ms, moment_at
from chalicelib.sources.client import Budget, Http, Limiter, SourceRefused
from chalicelib.sources.errors import SourceHistoryLimited
from chalicelib.sources.fields import Fields, batches

SOURCE = "coingecko"
CALLS_PER_MINUTE = 25
CALLS_PER_MONTH = 10_000
DEMO_HISTORY = timedelta(days=365)
IDS_PER_CALL = 250
CLOSING_MS = 90 * 60 * 1000  # how near the end of its day a closing point lies
_DAY_MS = 86_400_000
_KEY_HEADER = {"demo": "x-cg-demo-api-key", "pro": "x-cg-pro-api-key"}


class CoinGecko:
    """Prices by CoinGecko id, in USD.

    Errors: any SourceError of errors.py; SourceRefused for a pro plan without key.
    """

    home = "https://api.coingecko.com"
    pro_home = "https://pro-api.coingecko.com"

    def __init__(
        self,
        base_url: str,
        limiter: Limiter,
        api_key: str | None,
        plan: Literal["demo", "pro"],
        *,
        calls_per_minute: int = CALLS_PER_MINUTE,
        calls_per_month: int = CALLS_PER_MONTH,
        contact: str | None = None,
    ) -> None:
        self._plan = plan
        self._api_key = api_key
        self._http = Http(
            SOURCE,
            base_url.rstrip("/").removesuffix("/api/v3"),
            limiter,
            [
                Budget.at_most(SOURCE, calls_per_minute, 60),
                # A tenth at once, so that a backfill does not eat the month of everybody else.
                Budget.at_most(f"{SOURCE}:month", calls_per_month, 31 * 86_400, at_once=0.1),
            ],
            headers={_KEY_HEADER[plan]: api_key} if api_key else {},
            secrets=[api_key or ""],
            contact=contact,
        )

    def daily_bars(self, symbol: str, start: date, end: date, now: datetime) -> BarPage:
        """The closes of the finished UTC days from start to end, both included; always one page.

        Raises SourceRefused, without a call, for a start that the demo plan's 365 days do not reach, and
        SourceNotFound for an unknown id.
        """
        last = min(end, now.astimezone(UTC).date() - timedelta(days=1))
        if start > last:
            return BarPage([], None)
        self._within_plan(start, now)
        query = {
            "vs_currency": "usd",
            "from": str(midnight_ms(start) // 1000),
            "to": str((midnight_ms(last) + _DAY_MS) // 1000 + 1),  # the closing midnight included
            "interval": "daily",
            "precision": "full",
        }
        chart = self._get(f"/coins/{quoted(symbol, safe='')}/market_chart/range", query)
        points = Fields(SOURCE, symbol, chart).part("prices", list)
        closes = _daily_closes(points)
        return BarPage([bar for day, bar in sorted(closes.items()) if start <= day <= last], None)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """The latest prices from /simple/price; unknown ids and coins without a price are absent."""
        quotes: dict[str, Quote] = {}
        for batch in batches(symbols, IDS_PER_CALL):
            prices = Fields(SOURCE, "simple/price", self._get("/simple/price", _simple_query(batch)))
            for symbol in batch:
                if prices.raw(symbol, None) is not None:
                    quotes |= _quote_of_simple(symbol, Fields(SOURCE, symbol, prices.raw(symbol)))
        return quotes

    def markets(self, ids: Sequence[str]) -> dict[str, Quote]:
        """The latest prices from /coins/markets: as quotes, with the day's change, high and low as well."""
        quotes: dict[str, Quote] = {}
        for batch in batches(ids, IDS_PER_CALL):
            query = {
                "vs_currency": "usd",
                "ids": ",".join(batch),
                "per_page": str(IDS_PER_CALL),
                "page": "1",
                "precision": "full",
            }
            rows = Fields(SOURCE, "coins/markets", self._get("/coins/markets", query), list)
            for number in range(len(rows.values)):
                quotes |= _quote_of_market(rows.part(number))
        return quotes

    def _get(self, path: str, query: Mapping[str, str]) -> Any:
        if self._plan == "pro" and not self._api_key:
            raise self._http.error(SourceRefused, "the pro plan needs an API key and none is configured")
        parsed, _ = self._http.get_json(f"/api/v3{path}", query)
        return parsed

    def _within_plan(self, start: date, now: datetime) -> None:
        reaches = (now.astimezone(UTC) - DEMO_HISTORY).date() + timedelta(days=1)
        if self._plan == "demo" and start < reaches:
            detail = f"the demo plan's history begins 365 days ago, on {reaches}; asked from {start}"
            raise SourceHistoryLimited(SOURCE, detail, reaches)


def _simple_query(ids: list[str]) -> dict[str, str]:
    return {
        "ids": ",".join(ids),
        "vs_currencies": "usd",
        "include_market_cap": "true",
        "include_24hr_vol": "true",
        "include_24hr_change": "true",
        "include_last_updated_at": "true",
        "precision": "full",
    }


def _daily_closes(points: Fields) -> dict[date, Bar]:
    """The last point in the closing minutes of each day."""
    latest: dict[date, tuple[int, Bar]] = {}
    for number in range(len(points.values)):
        point = points.part(number, list)
        at = point.whole(0)
        day = date_at(at - 1)
        midnight = midnight_ms(day)
        if point.raw(1) is None or at < midnight + _DAY_MS - CLOSING_MS:
            continue
        if day not in latest or at >= latest[day][0]:
            latest[day] = (at, Bar(midnight, None, None, None, point.price(1), None))
    return {day: bar for day, (_, bar) in latest.items()}


def _quote_of_simple(symbol: str, fields: Fields) -> dict[str, Quote]:
    if not fields.optional("usd"):
        return {}
    quote = Quote(
        symbol=symbol,
        price=Decimal(fields.price("usd")),
        currency="USD",
        as_of=moment_at(fields.whole("last_updated_at") * 1000),
        change_pct_24h=fields.optional("usd_24h_change"),
        volume_24h_quote=fields.optional("usd_24h_vol"),
        market_cap=_known(fields.optional("usd_market_cap")),
    )
    return {symbol: quote}


def _quote_of_market(fields: Fields) -> dict[str, Quote]:
    symbol = fields.what = fields.text("id")
    if not fields.optional("current_price"):
        return {}
    quote = Quote(
        symbol=symbol,
        price=Decimal(fields.price("current_price")),
        currency="USD",
        as_of=fields.moment("last_updated"),
        change_24h=fields.optional("price_change_24h"),
        change_pct_24h=fields.optional("price_change_percentage_24h"),
        high_24h=fields.optional("high_24h"),
        low_24h=fields.optional("low_24h"),
        volume_24h_quote=fields.optional("total_volume"),
        market_cap=_known(fields.optional("market_cap")),
    )
    return {symbol: quote}


def _known(market_cap: Decimal | None) -> Decimal | None:
    """CoinGecko prints 0 where it does not know a coin's supply."""
    return market_cap or None
