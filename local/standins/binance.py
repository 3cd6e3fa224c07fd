"""Binance's /api/v3/klines and /api/v3/ticker/24hr: numbers as text, rows as arrays, weights in a header.

Every coin is a …USDT pair. Prices are printed as the histories have them (Binance itself pads to 8 decimals).
"""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

from local.standins.series import Day, Series
from local.standins.wire import Reply, Request, answer

EPOCH = date(1970, 1, 1).toordinal()
DAY_MS = 86_400_000
WEIGHT_LIMIT = 6000
INVALID_SYMBOL = {"code": -1121, "msg": "Invalid symbol."}
RESTRICTED = {
    "code": 0,
    "msg": "Service unavailable from a restricted location according to 'b. Eligibility' in "
    "https://www.binance.com/en/terms. Please contact customer service if you believe you received this "
    "message in error.",
}


def weight(request: Request) -> int:
    """What Binance charges for the request."""
    if request.path != "/api/v3/ticker/24hr" or "symbol" in request.query:
        return 2
    if "symbols" not in request.query:
        return 80
    count = request.query["symbols"].count(",") + 1
    return 2 if count <= 20 else 40 if count <= 100 else 80


def reply(request: Request) -> Reply:
    """Answer one request."""
    if request.path == "/api/v3/klines":
        return _klines(request)
    if request.path == "/api/v3/ticker/24hr":
        return _tickers(request)
    return answer({"code": -1000, "msg": "Not found."}, 404)


def _series(request: Request, symbol: str) -> Series | None:
    return request.histories.coins.get(symbol.removesuffix("USDT")) if symbol.endswith("USDT") else None


def _klines(request: Request) -> Reply:
    symbol, interval = request.query.get("symbol"), request.query.get("interval")
    if not symbol or not interval:
        missing = "symbol" if not symbol else "interval"
        message = f"Mandatory parameter '{missing}' was not sent, was empty/null, or malformed."
        return answer({"code": -1102, "msg": message}, 400)
    series = _series(request, symbol)
    if series is None:
        return answer(INVALID_SYMBOL, 400)
    if interval != "1d":
        return answer({"code": -1120, "msg": "Invalid interval."}, 400)
    rows = ",".join(map(_row, _chosen_days(request, series)))
    return Reply(200, f"[{rows}]".encode(), "application/json;charset=UTF-8")


def _chosen_days(request: Request, series: Series) -> list[Day]:
    """Days that open between startTime and endTime; without a start, the newest ones."""
    limit = max(1, min(1000, int(request.query.get("limit", "500"))))
    until = int(request.query.get("endTime", "9999999999999")) // DAY_MS + EPOCH
    if "startTime" not in request.query:
        return series.between(0, until, request.now)[-limit:]
    since = -(-int(request.query["startTime"]) // DAY_MS) + EPOCH
    return series.between(since, min(until, since + 4 * limit), request.now)[:limit]


def _row(day: Day) -> str:
    opens = (day.day - EPOCH) * DAY_MS
    volume = float(day.volume)
    quoted = volume * (float(day.open) + float(day.close)) / 2
    return (
        f'[{opens},"{day.open}","{day.high}","{day.low}","{day.close}","{day.volume}",{opens + DAY_MS - 1},'
        f'"{quoted:.8f}",{int(quoted / 900) + 1},"{volume / 2:.8f}","{quoted / 2:.8f}","0"]'
    )


def _tickers(request: Request) -> Reply:
    if "symbol" in request.query:
        ticker = _ticker(request, request.query["symbol"])
        return answer(INVALID_SYMBOL, 400) if ticker is None else answer(ticker)
    symbols = [f"{coin}USDT" for coin in request.histories.coins]
    if "symbols" in request.query:
        asked = request.query["symbols"]
        if not re.fullmatch(r'\["[A-Z0-9_.-]{1,20}"(,"[A-Z0-9_.-]{1,20}")*\]', asked):
            return answer({"code": -1100, "msg": "Illegal characters found in parameter 'symbols'."}, 400)
        symbols = json.loads(asked)
    tickers = [_ticker(request, symbol) for symbol in symbols]
    return answer(INVALID_SYMBOL, 400) if None in tickers else answer(tickers)


def _ticker(request: Request, symbol: str) -> dict[str, Any] | None:
    series = _series(request, symbol)
    window = series.window(request.now) if series else None
    if window is None:
        return None
    change = float(window.last) - float(window.open)
    now_ms = int(request.now.timestamp() * 1000)
    mean = (float(window.open) + float(window.last)) / 2
    return {
        "symbol": symbol,
        "priceChange": f"{change:.8f}",
        "priceChangePercent": f"{change / float(window.open) * 100:.3f}",
        "weightedAvgPrice": f"{mean:.8f}",
        "prevClosePrice": window.open,
        "lastPrice": window.last,
        "lastQty": "0.00100000",
        "bidPrice": f"{float(window.last) * 0.9999:.8f}",
        "bidQty": "1.00000000",
        "askPrice": f"{float(window.last) * 1.0001:.8f}",
        "askQty": "1.00000000",
        "openPrice": window.open,
        "highPrice": window.high,
        "lowPrice": window.low,
        "volume": f"{window.volume:.8f}",
        "quoteVolume": f"{window.volume * mean:.8f}",
        "openTime": int((request.now - timedelta(days=1)).timestamp() * 1000),
        "closeTime": now_ms,
        "firstId": now_ms // 1000,
        "lastId": now_ms // 1000 + 999,
        "count": 1000,
    }
