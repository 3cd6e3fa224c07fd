"""Ghostfolio: its JSON export (`activities`, `assetProfiles`) and its CSV file (Date, Code, DataSource,
Currency, Price, Quantity, Action, Fee, Note).

BUY and SELL carry quantity and unit price; DIVIDEND and INTEREST amount to quantity × unit price; FEE
stands in `fee`. ITEM and LIABILITY (a flat, a debt) are valuations and not movements: they are left out
and said so. Symbols are those of the data source: Yahoo's BTCUSD, CoinGecko's bitcoin. Cash balances are
states and not movements either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.portfolio.profiles import values
from chalicelib.portfolio.profiles.drafts import (
    ONE,
    ZERO,
    AssetHint,
    Draft,
    LineError,
    Options,
    Reading,
    currency_of,
    fit,
    with_ids,
)
from chalicelib.portfolio.profiles.table import clean, has_columns, table

NAME = "ghostfolio"
TITLE = "Ghostfolio (JSON or CSV)"

_COLUMNS = ("Date", "Code", "Currency", "Price", "Quantity", "Action")
_TYPES = {"BUY", "SELL", "DIVIDEND", "INTEREST", "FEE"}
_LEFT_OUT = {
    "ITEM": "a valuable without a market is not a transaction",
    "LIABILITY": "a debt is not a transaction",
}
_UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-")
_YAHOO_COIN = re.compile(r"^([A-Z0-9]{2,10})-?(USD|EUR|GBP|CHF)$")
_UTC = ZoneInfo("UTC")


def recognises(text: str) -> bool:
    """JSON with activities that have unit prices, or CSV with its columns."""
    if clean(text).lstrip().startswith("{"):
        return '"activities"' in text and '"unitPrice"' in text
    return has_columns(text, *_COLUMNS)


def read(text: str, options: Options) -> Reading:
    """Reads either of the two. Lines of a JSON file are activities, counted from 1. Raises LineError for bad JSON."""
    reading = Reading()
    if clean(text).lstrip().startswith("{"):
        activities, names = _activities(text)
        reading.each(enumerate(activities, 1), lambda line, one: _read(line, one, names, options, reading))
    else:
        found = table(text, _COLUMNS)
        reading.columns, reading.delimiter, reading.date_order = found.header, found.delimiter, "dmy"
        reading.each(found.by_words(), lambda line, row: _read(line, _as_activity(row), {}, options, reading))
    reading.drafts = list(with_ids(reading.drafts, "ghostfolio"))
    return reading


def _activities(text: str) -> tuple[list[Any], dict[str, str]]:
    try:
        whole = json.loads(clean(text), parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError):
        raise LineError("malformed_json", "The file is not proper JSON: export it again.") from None
    activities = whole.get("activities")
    if not isinstance(activities, list):
        raise LineError("no_activities", "The file has no list of activities: is it a Ghostfolio export?")
    profiles = whole.get("assetProfiles") or whole.get("symbolProfiles") or []
    names = {
        str(one.get("symbol")): str(one["name"])
        for one in profiles
        if isinstance(one, dict) and one.get("name")
    }
    return activities, names


def _as_activity(row: dict[str, str]) -> dict[str, Any]:
    def amount(name: str) -> Any:
        return values.number(row[name], ".", name) if row.get(name) else ZERO

    return {
        "date": row["date"],
        "symbol": row["code"],
        "dataSource": row.get("datasource", ""),
        "currency": row["currency"],
        "unitPrice": amount("price"),
        "quantity": amount("quantity"),
        "type": row["action"],
        "fee": amount("fee"),
        "comment": row.get("note"),
    }


def _read(line: int, one: Any, names: dict[str, str], options: Options, reading: Reading) -> Iterator[Draft]:
    if not isinstance(one, dict):
        raise LineError("not_an_activity", "This is not an activity.")
    kind = str(one.get("type", "")).upper()
    if kind in _LEFT_OUT:
        reading.skip(line, f"{kind}: {_LEFT_OUT[kind]}.")
        return
    if kind not in _TYPES:
        raise LineError(
            "type_unknown", f"{kind or 'Nothing'!r} is no type of activity that is known.", "type"
        )
    quantity, price, fee = (_number(one, name) for name in ("quantity", "unitPrice", "fee"))
    if kind == "FEE":
        quantity, price, fee = fee or quantity * price, ONE, ZERO
    if quantity == 0:
        reading.skip(line, "The quantity is zero.")
        return
    currency, unit = currency_of(str(one.get("currency") or ""), options, "currency")
    at = values.moment(str(one.get("date", "")), "dmy", options.time_zone or _UTC, column="date")
    draft = Draft(
        line,
        kind.lower(),
        quantity,
        fit(price * unit),
        currency,
        at,
        _asset(one, names, currency) if kind not in ("FEE", "INTEREST") else None,
        fit(fee * unit),
        notes=str(one["comment"]) if one.get("comment") else _name(one, names, kind),
        external_id=f"ghostfolio:{one['id']}" if one.get("id") else None,
    )
    yield draft


def _number(one: dict[str, Any], name: str) -> Decimal:
    value = one.get(name)
    if value is None:
        return ZERO
    try:
        result = fit(Decimal(str(value)))
    except InvalidOperation:
        raise LineError("not_a_number", f"{str(value)[:40]!r} is not a number.", name) from None
    if result < 0:
        raise LineError(
            "negative", f"{name} is negative: Ghostfolio says by the type what comes and goes.", name
        )
    return result


def _asset(one: dict[str, Any], names: dict[str, str], currency: str) -> AssetHint:
    symbol = str(one.get("symbol") or "").strip()
    if not symbol:
        raise LineError("symbol_missing", "It does not say which asset.", "symbol")
    source = str(one.get("dataSource") or "").upper()
    name = names.get(symbol)
    if source == "COINGECKO":
        return AssetHint(symbol, name=name, kind="crypto", coingecko_id=symbol.lower())
    if _UUID.match(symbol) and name:
        return AssetHint(name, name=name, currency=currency)
    pair = _YAHOO_COIN.match(symbol) if source == "YAHOO" else None
    if pair:
        return AssetHint(symbol, pair[1], name=name, kind="crypto")
    return AssetHint(symbol, symbol.upper(), name=name, currency=currency)


def _name(one: dict[str, Any], names: dict[str, str], kind: str) -> str | None:
    symbol = str(one.get("symbol") or "")
    return names.get(symbol, symbol) or None if kind in ("FEE", "INTEREST") else None
