"""Alpaca's /v2/stocks/bars and /v2/stocks/snapshots.

Numbers are JSON numbers, a bar's time is midnight in New York, more bars than `limit` give a page token.
Unknown tickers are absent from bars and empty in snapshots. `adjustment` and `feed` do not change the prices.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from local.standins.calendars import NEW_YORK, NYSE_DAYS
from local.standins.series import Day, Series
from local.standins.wire import Number, Reply, Request, answer

CALL_LIMIT = 200
_US_TICKER = re.compile(r"[A-Z]{1,5}(\.[A-Z])?\Z")
_RECENT = timedelta(minutes=15)


def reply(request: Request) -> Reply:
    """Answer one request."""
    if not request.headers.get("APCA-API-KEY-ID") or not request.headers.get("APCA-API-SECRET-KEY"):
        return answer({"message": "unauthorized."}, 401)
    symbols = [symbol for symbol in request.query.get("symbols", "").split(",") if symbol]
    wrong = [symbol for symbol in symbols if not _US_TICKER.match(symbol)]
    if wrong or not symbols:
        message = f"invalid symbol: {', '.join(wrong)}" if wrong else "symbols is required"
        return answer({"message": message}, 400)
    if request.path == "/v2/stocks/bars":
        return _bars(request, sorted(symbols))
    if request.path == "/v2/stocks/snapshots":
        return answer({symbol: _snapshot(request, symbol) for symbol in symbols})
    return answer({"message": "endpoint not found."}, 404)


def _series(request: Request, symbol: str) -> Series | None:
    series = request.histories.stocks.get(symbol)
    return series if series and series.calendar is NYSE_DAYS else None


def _bars(request: Request, symbols: list[str]) -> Reply:
    if request.query.get("timeframe") != "1Day":
        return answer({"message": "invalid timeframe: only 1Day is simulated"}, 400)
    end = _moment(request.query.get("end"), time(23, 59, 59)) or request.now
    if request.query.get("feed") == "sip" and end > request.now - _RECENT:
        return answer({"message": "subscription does not permit querying recent SIP data"}, 403)
    limit = int(request.query.get("limit", "1000"))
    if not 1 <= limit <= 10_000:
        return answer({"message": "invalid limit: must be between 1 and 10000"}, 400)
    chosen = [
        (symbol, day)
        for symbol in symbols
        for day in _days(request, symbol, end)
        if (symbol, day.day) >= _token(request)
    ]
    page, rest = chosen[:limit], chosen[limit:]
    bars: dict[str, list[str]] = {}
    for symbol, day in page:
        bars.setdefault(symbol, []).append(_bar_text(day))
    body = ",".join(f'"{symbol}":[{",".join(rows)}]' for symbol, rows in bars.items())
    token = f'"{_new_token(*rest[0][:1], rest[0][1].day)}"' if rest else "null"
    text = f'{{"bars":{{{body}}},"next_page_token":{token}}}'
    return Reply(200, text.encode(), "application/json; charset=utf-8")


def _days(request: Request, symbol: str, end: datetime) -> Iterator[Day]:
    series = _series(request, symbol)
    start = _moment(request.query.get("start"), time()) or request.now.replace(hour=0, minute=0)
    if series:
        first, last = (moment.astimezone(NEW_YORK).date().toordinal() for moment in (start, end))
        for day in series.between(first, last, request.now):
            if start <= _midnight(day.day) <= end:
                yield day


def _moment(text: str | None, at: time) -> datetime | None:
    if not text:
        return None
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), at, NEW_YORK)
    return datetime.fromisoformat(text)


def _token(request: Request) -> tuple[str, int]:
    token = request.query.get("page_token")
    if not token:
        return "", 0
    symbol, _, day = base64.urlsafe_b64decode(token).decode().rpartition("|")
    return symbol, int(day)


def _new_token(symbol: str, day: int) -> str:
    return base64.urlsafe_b64encode(f"{symbol}|{day}".encode()).decode()


def _midnight(day: int) -> datetime:
    return datetime.combine(date.fromordinal(day), time(), NEW_YORK).astimezone(UTC)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bar_text(day: Day) -> str:
    mean = (float(day.high) + float(day.low) + float(day.close)) / 3
    return (
        f'{{"c":{day.close},"h":{day.high},"l":{day.low},"n":{int(float(day.volume) / 90) + 1},'
        f'"o":{day.open},"t":"{_rfc3339(_midnight(day.day))}","v":{day.volume},"vw":{mean:.6f}}}'
    )


def _snapshot(request: Request, symbol: str) -> dict[str, Any]:
    series = _series(request, symbol)
    days = series.latest(request.now, 2) if series else []
    if not days:
        return {}
    day = days[-1]
    traded = min(request.now, NYSE_DAYS.hours(day.day)[1])
    price = float(day.close)
    nanoseconds = traded.microsecond * 1000 + 271
    at = traded.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{nanoseconds:09d}Z"
    return {
        "dailyBar": Number(_bar_text(day)),
        "latestQuote": {
            "ap": Number(f"{price * 1.0002:.2f}"), "as": 2, "ax": "V",
            "bp": Number(f"{price * 0.9998:.2f}"), "bs": 3, "bx": "V", "c": ["R"], "t": at, "z": "C",
        },
        "latestTrade": {
            "c": ["@"], "i": 52983525029461, "p": Number(day.close), "s": 100, "t": at, "x": "V", "z": "C",
        },
        "minuteBar": {
            "c": Number(day.close), "h": Number(day.close), "l": Number(day.close), "n": 12,
            "o": Number(day.close), "t": _rfc3339(traded.replace(second=0)), "v": 1200,
            "vw": Number(day.close),
        },
        "prevDailyBar": Number(_bar_text(days[0])) if len(days) > 1 else None,
    }  # fmt: skip
