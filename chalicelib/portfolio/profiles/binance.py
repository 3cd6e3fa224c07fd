"""Binance: the spot trade history and the account statement ("transaction records"), both CSV, times in UTC.

The trade history has a row for each trade, with the units behind the amounts (0.5BTC), or in older files
as columns. The statement has a row for each change of a coin's balance: what belongs to one trade stands
at one moment and is put together again. Fees are mostly paid in coins: the coins are sold at what they
were worth, and the proceeds are the fee. A trade of one coin for another is a sale and a purchase; what
they were worth is not in the file, so it is the close of that day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.portfolio.profiles import binance_statement, values
from chalicelib.portfolio.profiles.binance_trades import Leg, booked
from chalicelib.portfolio.profiles.drafts import Draft, LineError, Options, Reading, with_ids
from chalicelib.portfolio.profiles.table import has_columns, normal, table

NAME = "binance"
TITLE = "Binance (trade history or account statement, CSV)"

_TRADES = ("Side", "Price", "Executed", "Amount", "Fee")
_OLDER = ("Market", "Type", "Price", "Amount", "Total", "Fee", "Fee Coin")
_STATEMENT = ("Account", "Operation", "Coin", "Change")
_UNITS = re.compile(r"^\s*([-\d.,]+(?:[eE][-+]?\d+)?)\s*([A-Z0-9]*[A-Z][A-Z0-9]*)\s*$")
_QUOTES = (
    "FDUSD",
    "USDT",
    "BUSD",
    "USDC",
    "TUSD",
    "DAI",
    "EUR",
    "GBP",
    "TRY",
    "BRL",
    "AUD",
    "USD",
    "BTC",
    "ETH",
    "BNB",
)
_UTC = ZoneInfo("UTC")

Row = dict[str, str]


def recognises(text: str) -> bool:
    return has_columns(text, *_TRADES, "Pair") or has_columns(text, *_OLDER) or has_columns(text, *_STATEMENT)


def read(text: str, options: Options) -> Reading:
    if has_columns(text, *_STATEMENT):
        found = table(text, _STATEMENT)
        reading = Reading(columns=found.header, delimiter=found.delimiter, decimal=".")
        binance_statement.read(reading, list(found.by_words()), options)
    else:
        older = not has_columns(text, *_TRADES, "Pair")
        found = table(text, _OLDER if older else (*_TRADES, "Pair"))
        reading = Reading(columns=found.header, delimiter=found.delimiter, decimal=".")
        legs = _older if older else _legs
        reading.each(found.by_words(), lambda line, row: _trade(line, row, legs(row), options))
    reading.drafts = list(with_ids(reading.drafts, NAME))
    return reading


def _trade(line: int, row: Row, legs: tuple[Leg, Leg, Leg | None], options: Options) -> Iterator[Draft]:
    base, quote, fee = legs
    side = (row.get("side") or row.get("type") or "").lower()
    if side not in ("buy", "sell"):
        raise LineError("type_unknown", f"{side!r} is neither buy nor sell.", "Side")
    got, given = (base, quote) if side == "buy" else (quote, base)
    identity = row.get("trade id") or row.get("order id") or None
    yield from booked(line, _when(row), got, given, fee, options, identity and f"{NAME}:{identity}")


def _when(row: Row) -> datetime:
    text = next((row[name] for name in row if normal(name).startswith(("date", "utc time", "time"))), "")
    return values.moment(text, "ymd", _UTC, column="Date(UTC)")


def _legs(row: Row) -> tuple[Leg, Leg, Leg | None]:
    """Executed and amount with their units; where a file has the pair without units, the pair says them."""
    base_unit, quote_unit = _pair(row["pair"])
    base = _with_unit(row["executed"], base_unit, "Executed")
    quote = _with_unit(row["amount"], quote_unit, "Amount")
    fee = _with_unit(row["fee"], row.get("fee coin", ""), "Fee") if row.get("fee") else None
    return base, quote, fee if fee and fee.quantity else None


def _older(row: Row) -> tuple[Leg, Leg, Leg | None]:
    base_unit, quote_unit = _pair(row["market"])
    base = Leg(base_unit, values.number(row["amount"], ".", "Amount"))
    quote = Leg(quote_unit, values.number(row["total"], ".", "Total"))
    fee = Leg(row["fee coin"], values.number(row["fee"], ".", "Fee")) if row.get("fee") else None
    return base, quote, fee if fee and fee.quantity else None


def _with_unit(text: str, unit: str, column: str) -> Leg:
    found = _UNITS.match(text.upper())
    if found:
        return Leg(found[2], values.number(found[1], ".", column))
    if not unit:
        raise LineError("unit_missing", f"{text!r} does not say of which coin.", column)
    return Leg(unit, values.number(text, ".", column))


def _pair(written: str) -> tuple[str, str]:
    """BTCUSDT or BTC/USDT: ("BTC", "USDT"). ("", "") where its end is not known."""
    plain = written.upper().strip()
    for mark in "/-_":
        if mark in plain:
            base, _, quote = plain.partition(mark)
            return base, quote
    for quote in _QUOTES:
        if plain.endswith(quote) and plain != quote:
            return plain.removesuffix(quote), quote
    return "", ""
