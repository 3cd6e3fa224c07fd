"""Holdfast's own exports, JSON and CSV: written and read here, side by side, so that reading what was
written gives the same.

The CSV begins each row with what it is: `setting`, `rule` or `transaction`. Text that a spreadsheet would
take for a formula gets an apostrophe in front, which reading takes away again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core.spreadsheet import guarded
from chalicelib.portfolio.profiles import values
from chalicelib.portfolio.profiles.drafts import (
    ZERO,
    AssetHint,
    Draft,
    LineError,
    Options,
    Reading,
    Remark,
    fit,
)
from chalicelib.portfolio.profiles.table import clean, has_columns, table

NAME = "holdfast"
TITLE = "Holdfast (its own export, JSON or CSV)"

FORMAT = "holdfast-portfolio"
VERSION = 1
SETTINGS = ("name", "currency", "cost_method", "cash_mode", "allow_short")
FIELDS = (
    "timestamp",
    "type",
    "symbol",
    "exchange",
    "quantity",
    "price",
    "currency",
    "fee",
    "fee_currency",
    "tax",
    "external_id",
    "notes",
)
_COLUMNS = ("record", *FIELDS, "name", "value")
_NUMBERS = ("quantity", "price", "fee", "tax")
_UTC = ZoneInfo("UTC")

Record = dict[str, Any]


def write_json(settings: Record, rules: list[Record], transactions: list[Record]) -> str:
    """An export as JSON, a transaction to a line. Numbers are texts with all their digits."""
    head = {"format": FORMAT, "version": VERSION, "portfolio": settings, "rules": rules}
    opening = json.dumps(head, ensure_ascii=False, default=_text, indent=1).removesuffix("\n}")
    lines = (
        json.dumps({name: _text(one[name]) for name in FIELDS}, ensure_ascii=False, separators=(",", ":"))
        for one in transactions
    )
    return f'{opening},\n "transactions": [\n' + ",\n".join(lines) + "\n ]\n}\n"


def write_csv(settings: Record, rules: list[Record], transactions: list[Record]) -> str:
    """An export as CSV: settings, rules and transactions, one to a row."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    blank = [""] * len(FIELDS)
    for name in SETTINGS:
        writer.writerow(["setting", *blank, name, _cell(name, settings[name])])
    for rule in rules:
        state = "on" if rule["enabled"] else "off"
        writer.writerow(["rule", *blank, f"{rule['rule']}:{state}", _text(rule["threshold"])])
    for one in transactions:
        writer.writerow(["transaction", *(_cell(name, one[name]) for name in FIELDS), "", ""])
    return out.getvalue()


def recognises(text: str) -> bool:
    if clean(text).lstrip().startswith("{"):
        return f'"{FORMAT}"' in text
    return has_columns(text, *_COLUMNS)


def read(text: str, options: Options) -> Reading:
    """Reads either form. The time zone and other options are not asked: an export says everything."""
    del options
    return _read_json(text) if clean(text).lstrip().startswith("{") else _read_csv(text)


def _read_json(text: str) -> Reading:
    try:
        whole = json.loads(clean(text))
    except (ValueError, RecursionError):
        raise LineError("malformed_json", "The file is not proper JSON: export it again.") from None
    if whole.get("version") != VERSION:
        raise LineError("version_unknown", f"This reads version {VERSION} of the export.")
    settings, rules = whole.get("portfolio", {}), whole.get("rules", [])
    transactions = whole.get("transactions", [])
    if not isinstance(settings, dict) or not _are_records(rules) or not isinstance(transactions, list):
        raise LineError("not_an_export", "This is not an export of Holdfast's, or it was changed.")
    reading = Reading(settings=dict(settings), rules=[dict(rule) for rule in rules])
    _check_settings(reading)
    reading.each(enumerate(transactions, 1), _draft)
    return reading


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _read_csv(text: str) -> Reading:
    found = table(text, _COLUMNS)
    settings: Record = {}
    reading = Reading(columns=found.header, delimiter=found.delimiter, decimal=".", date_order="ymd")
    reading.settings = settings
    transactions = []
    for line, row in found.records():
        if row["record"] == "setting":
            settings[row["name"]] = _plain(row["value"])
        elif row["record"] == "rule":
            rule, _, state = row["name"].partition(":")
            reading.rules.append({"rule": rule, "threshold": row["value"], "enabled": state == "on"})
        elif row["record"] == "transaction":
            transactions.append(
                (line, {name: _plain(row[name]) if name not in _NUMBERS else row[name] for name in FIELDS})
            )
        else:
            reading.errors.append(
                Remark(line, f"{row['record']!r} is no kind of record.", "record_unknown", "record")
            )
    _check_settings(reading)
    reading.each(transactions, _draft)
    return reading


def _check_settings(reading: Reading) -> None:
    """Settings as the API knows them: the CSV has texts."""
    settings = reading.settings or {}
    if "allow_short" in settings:
        settings["allow_short"] = settings["allow_short"] in (True, "true")
    for rule in reading.rules:
        try:
            rule["threshold"] = fit(Decimal(str(rule["threshold"])))
        except InvalidOperation:
            raise LineError("not_a_number", f"The threshold of {rule.get('rule')} is not a number.") from None


def _draft(line: int, one: Any) -> Iterator[Draft]:
    if not isinstance(one, dict) or not set(FIELDS) >= set(one):
        raise LineError("not_a_transaction", "This is not a transaction of an export.")
    numbers = {name: _number(one, name) for name in _NUMBERS}
    symbol, exchange = one.get("symbol") or None, one.get("exchange") or None
    written = symbol if exchange is None else f"{symbol}@{exchange}"
    yield Draft(
        line,
        str(one.get("type", "")),
        numbers["quantity"],
        numbers["price"],
        str(one.get("currency") or ""),
        values.moment(str(one.get("timestamp") or ""), "ymd", _UTC, column="timestamp"),
        AssetHint(str(written), str(symbol), exchange=exchange or "") if symbol else None,
        numbers["fee"],
        one.get("fee_currency") or None,
        numbers["tax"],
        one.get("notes") or None,
        one.get("external_id") or None,
    )


def _number(one: Record, name: str) -> Decimal:
    try:
        return fit(Decimal(str(one.get(name) or ZERO)))
    except InvalidOperation:
        raise LineError("not_a_number", f"{str(one.get(name))[:40]!r} is not a number.", name) from None


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if value is None or isinstance(value, str | bool):
        return value
    return value.isoformat().replace("+00:00", "Z")


def _cell(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(_text(value) if value is not None else "")
    return text if name in _NUMBERS else guarded(text)


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell
