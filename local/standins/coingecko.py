"""CoinGecko's /simple/price, /coins/markets and /coins/{id}/market_chart/range.

Numbers are JSON numbers, unknown ids are absent, history without a pro key reaches back 365 days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from local.standins.catalogue import COINS
from local.standins.series import Series, Window
from local.standins.wire import Number, Reply, Request, answer

_SYMBOLS = {coin.gecko_id: symbol for symbol, coin in COINS.items()}
WRONG_KEY = "invalid"  # the one key that is refused, so that a wrong key can be tried out
_PER_PAGE = 250
_TOO_OLD = (
    "Your request exceeds the allowed time range. Public API users are limited to querying historical data "
    "within the past 365 days. Upgrade to a paid plan to enjoy full historical data access: "
    "https://www.coingecko.com/en/api/pricing. "
)


def reply(request: Request) -> Reply:
    """Answer one request."""
    if WRONG_KEY in (request.headers.get("x-cg-demo-api-key"), request.headers.get("x-cg-pro-api-key")):
        return _error(401, 10002, "API Key Missing")
    path = request.path.removeprefix("/api/v3")
    if path == "/simple/price":
        return answer(dict(_simple(request)))
    if path == "/coins/markets":
        return answer(list(_markets(request)))
    parts = path.split("/")
    if parts[:2] == ["", "coins"] and parts[3:] == ["market_chart", "range"]:
        return _chart(request, parts[2])
    return answer({"error": "Incorrect path. Please check https://docs.coingecko.com/"}, 404)


def _error(status: int, code: int, message: str) -> Reply:
    return answer({"status": {"error_code": code, "error_message": message}}, status)


def _asked(request: Request, ids: list[str]) -> Iterator[tuple[str, Series, Window]]:
    for gecko_id in ids:
        series = request.histories.coins.get(_SYMBOLS.get(gecko_id, ""))
        window = series.window(request.now) if series else None
        if series and window:
            yield gecko_id, series, window


def _figures(gecko_id: str, window: Window) -> tuple[float, float, float]:
    """Market capitalisation, volume in USD, change in percent."""
    last, first = float(window.last), float(window.open)
    return last * COINS[_SYMBOLS[gecko_id]].supply, window.volume * last * 8, (last / first - 1) * 100


def _simple(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    for gecko_id, _, window in _asked(request, request.query.get("ids", "").split(",")):
        cap, volume, change = _figures(gecko_id, window)
        given = {
            "include_market_cap": ("usd_market_cap", Number(repr(cap))),
            "include_24hr_vol": ("usd_24h_vol", Number(repr(volume))),
            "include_24hr_change": ("usd_24h_change", Number(repr(change))),
            "include_last_updated_at": ("last_updated_at", int(request.now.timestamp())),
        }
        wanted = [field for flag, field in given.items() if request.query.get(flag) == "true"]
        yield gecko_id, {"usd": Number(window.last), **dict(wanted)}


def _markets(request: Request) -> Iterator[dict[str, Any]]:
    ids = request.query["ids"].split(",") if "ids" in request.query else list(_SYMBOLS)
    per_page, page = int(request.query.get("per_page", "100")), int(request.query.get("page", "1"))
    per_page = min(per_page, _PER_PAGE)
    for gecko_id, _, window in list(_asked(request, ids))[(page - 1) * per_page : page * per_page]:
        cap, volume, change = _figures(gecko_id, window)
        symbol = _SYMBOLS[gecko_id]
        yield {
            "id": gecko_id,
            "symbol": symbol.lower(),
            "name": COINS[symbol].name,
            "current_price": Number(window.last),
            "market_cap": int(cap),
            "market_cap_rank": list(COINS).index(symbol) + 1,
            "fully_diluted_valuation": None,
            "total_volume": Number(repr(volume)),
            "high_24h": Number(window.high),
            "low_24h": Number(window.low),
            "price_change_24h": Number(f"{float(window.last) - float(window.open):.8f}"),
            "price_change_percentage_24h": Number(f"{change:.5f}"),
            "circulating_supply": COINS[symbol].supply,
            "max_supply": None,
            "last_updated": request.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.")
            + f"{request.now.microsecond // 1000:03d}Z",
        }


def _chart(request: Request, gecko_id: str) -> Reply:
    series = request.histories.coins.get(_SYMBOLS.get(gecko_id, ""))
    if series is None:
        return answer({"error": "coin not found"}, 404)
    first = datetime.fromtimestamp(int(request.query["from"]), UTC)
    last = min(datetime.fromtimestamp(int(request.query["to"]), UTC), request.now)
    if "x-cg-pro-api-key" not in request.headers and first < request.now - timedelta(days=365):
        timestamp = request.now.isoformat(timespec="milliseconds")
        status = {"timestamp": timestamp, "error_code": 10012, "error_message": _TOO_OLD}
        return answer({"error": {"status": status}}, 401)
    points = list(_points(request, series, first, last))
    supply = COINS[_SYMBOLS[gecko_id]].supply
    return answer(
        {
            "prices": [[at, Number(price)] for at, price in points],
            "market_caps": [[at, Number(repr(float(price) * supply))] for at, price in points],
            "total_volumes": [[at, Number(repr(supply * 0.02 * float(price)))] for at, price in points],
        }
    )


def _points(request: Request, series: Series, first: datetime, last: datetime) -> Iterator[tuple[int, str]]:
    """A point at each full step, and "now" at the end when the range reaches it."""
    daily = request.query.get("interval") == "daily" or last - first > timedelta(days=90)
    step = timedelta(days=1) if daily else timedelta(hours=1)
    at = datetime(first.year, first.month, first.day, 0 if daily else first.hour, tzinfo=UTC)
    while at <= last:
        price = series.price(at) if at >= first else None
        if price is not None:
            yield int(at.timestamp() * 1000), price
        at += step
    now = series.price(request.now)
    if last == request.now and now is not None:
        yield int(last.timestamp() * 1000), now
