"""The demo person's portfolio: three assets bought over two years, so that the console has something to show.

What was paid are the closes of those days as the price sources tell them: the simulation's or, with a folder of real files,
the real ones. Gains then fit the history that is fetched meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

NAME = "Demo"
SOURCES = {"BTC": ("binance", "BTCUSDT"), "ETH": ("binance", "ETHUSDT"), "MSTR": ("alpaca", "MSTR")}
"""Symbol: which source knows its closes, and by which name."""
STEP = Decimal("0.0001")
"""Quantities are whole multiples of it."""
HEADER = "timestamp,type,symbol,quantity,price,currency,fee,external_id"

Call = Callable[[str, str, Any], tuple[int, dict[str, Any]]]
"""Method, path and body of a request; its status and answer."""


class Trade(NamedTuple):
    """What happened on a day: `spent` US dollars at its close, or a part of what was bought before sold again."""

    day: date
    type: str
    symbol: str
    spent: Decimal | None = None
    part: Decimal | None = None


TRADES = (
    Trade(date(2024, 2, 8), "buy", "BTC", spent=Decimal(9000)),
    Trade(date(2024, 6, 3), "buy", "MSTR", spent=Decimal(4000)),
    Trade(date(2024, 10, 10), "buy", "ETH", spent=Decimal(3000)),
    Trade(date(2025, 4, 9), "buy", "BTC", spent=Decimal(3500)),
    Trade(date(2025, 9, 12), "sell", "ETH", part=Decimal("0.5")),
    Trade(date(2025, 12, 10), "buy", "MSTR", spent=Decimal(2500)),
)
"""All on days on which the New York Stock Exchange traded."""
DEPOSIT = "2024-02-07T09:00:00Z,deposit,,25000,1,USD,0,demo-deposit"
"""More than all purchases and fees together: what was paid in is then the same, whatever the prices were."""
FEE = "12.50"


class Failed(Exception):
    """The demo portfolio could not be made; the message says why."""


def make(
    call: Call, assets: dict[str, int], closes: Callable[[str], dict[date, Decimal]] | None = None
) -> None:
    """Makes the portfolio unless it is there, with all its transactions or none; made again it stays the same.

    `assets`: the numbers of the symbols in the catalogue. Raises Failed, and SourceError where a source does not answer.
    """
    lines = [HEADER, DEPOSIT, *_lines(closes or closes_of)]
    answer = _done(call("GET", "/v1/portfolios?limit=200", None))
    found = [each["id"] for each in answer["items"] if each["name"] == NAME]
    if not found:
        found = [_done(call("POST", "/v1/portfolios", {"name": NAME, "currency": "USD"}))["id"]]
    body = {
        "format": "csv",
        "content": "\n".join(lines) + "\n",
        "mapping": {name: name for name in HEADER.split(",")},
        "assets": assets,
        "dry_run": False,
        "limit": 0,
    }
    _done(call("POST", f"/v1/portfolios/{found[0]}/import", body))


def _lines(closes: Callable[[str], dict[date, Decimal]]) -> list[str]:
    known = {symbol: closes(symbol) for symbol in SOURCES}
    held = dict.fromkeys(SOURCES, Decimal(0))
    lines = []
    for number, trade in enumerate(TRADES, 1):
        price = known[trade.symbol].get(trade.day)
        if price is None:
            raise Failed(f"no close of {trade.symbol} on {trade.day} is known")
        bought = trade.spent / price if trade.spent is not None else held[trade.symbol] * (trade.part or 0)
        quantity = bought.quantize(STEP, ROUND_DOWN)
        held[trade.symbol] += quantity if trade.type == "buy" else -quantity
        lines.append(
            f"{trade.day}T20:00:00Z,{trade.type},{trade.symbol},{quantity},{price},USD,{FEE},demo-{number}"
        )
    return lines


def closes_of(symbol: str) -> dict[date, Decimal]:
    """The closes of a symbol on the days of its trades. Raises SourceError."""
    from chalicelib.market import feeds

    name, known_as = SOURCES[symbol]
    source, now = feeds.price_source(name), datetime.now(UTC)
    found: dict[date, Decimal] = {}
    for day in {trade.day for trade in TRADES if trade.symbol == symbol}:
        page = source.daily_bars(known_as, day, day + timedelta(days=1), now)
        found |= {bar.day: Decimal(bar.close) for bar in page.bars if bar.day == day}
    return found


def _done(answered: tuple[int, dict[str, Any]]) -> dict[str, Any]:
    status, answer = answered
    if status >= 400:
        raise Failed(f"{status} {answer.get('detail', '')}")
    return answer
