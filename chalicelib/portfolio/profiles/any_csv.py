"""CSV files of any kind, read by their mapping.

A type may be left out where a sign tells it; a price where there is an amount; a currency where the asset
has one of its own. What a line lacks beyond that is said with the line.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.portfolio.csv_mapping import Guess, kind_of, mapping
from chalicelib.portfolio.profiles import values
from chalicelib.portfolio.profiles.drafts import (
    ONE,
    ZERO,
    AssetHint,
    DateOrder,
    Decimals,
    Draft,
    LineError,
    Options,
    Reading,
    currency_of,
    fit,
    quotient,
)
from chalicelib.portfolio.profiles.table import Table, table

NAME = "csv"
TITLE = "CSV of any kind"

_NUMBERS = ("quantity", "price", "amount", "fee", "tax")
_MONEY = ("interest", "fee", "tax", "deposit", "withdrawal")
_UTC = ZoneInfo("UTC")

Row = dict[str, str]


class Unmapped(LineError):
    """A file that needs an answer before it can be read; carries what was understood so far."""

    def __init__(self, reading: Reading, message: str, code: str = "mapping_needed") -> None:
        super().__init__(code, message)
        self.reading = reading


def read(text: str, options: Options) -> Reading:
    """Reads a file by its mapping, guessed or told. Raises LineError where the whole file cannot be read."""
    found = table(text)
    guesses = mapping(found, options.mapping)
    columns = {field: guess.column for field, guess in guesses.items() if guess.column}
    reading = Reading(columns=found.header, delimiter=found.delimiter, mapping=_shown(guesses))
    reading.time_zone = str(options.time_zone or _UTC)
    missing = "timestamp" not in columns
    if missing or not columns.keys() & {"quantity", "amount"}:
        what = "the date" if missing else "the quantity or the amount"
        raise Unmapped(
            reading, f"No column was recognised as {what}. Send `mapping` with the name of the column."
        )
    reading.decimal = options.decimal or _decimal(found, columns, reading)
    reading.date_order = options.date_order or _date_order(found, columns, reading)
    told = replace(options, decimal=reading.decimal, date_order=reading.date_order)
    reading.each(
        found.records(),
        lambda line, record: [
            _draft(line, {f: record[c].strip() for f, c in columns.items()}, told, reading)
        ],
    )
    return reading


def _decimal(found: Table, columns: dict[str, str], reading: Reading) -> Decimals:
    texts = [text for field in _NUMBERS if field in columns for text in found.column(columns[field])]
    style, doubtful = values.guess_decimal(texts)
    if style is None:
        raise Unmapped(
            reading,
            f'"{doubtful}" has two readings, and no number of the file decides. Send "decimal": "." or ",".',
            "decimal_ambiguous",
        )
    return style


def _date_order(found: Table, columns: dict[str, str], reading: Reading) -> DateOrder:
    order, doubtful = values.guess_date_order(found.column(columns["timestamp"]))
    if order is None:
        raise Unmapped(
            reading,
            f'"{doubtful}" has two readings, and no date of the file decides. Send "date_order": "dmy" or "mdy".',
            "date_order_ambiguous",
        )
    return order


def _shown(guesses: dict[str, Guess]) -> list[dict[str, Any]]:
    return [
        {"field": field, "column": guess.column, "confidence": guess.confidence, "others": list(guess.others)}
        for field, guess in guesses.items()
    ]


def _draft(line: int, row: Row, options: Options, reading: Reading) -> Draft:
    quantity, price, amount, fee, tax = (_number(row, name, options) for name in _NUMBERS)
    kind = _kind(row, quantity, amount, options)
    at = values.moment(
        row["timestamp"], options.date_order, options.time_zone or _UTC, row.get("time", ""), "timestamp"
    )
    currency, unit = _currency(row, options, reading)
    asset = _asset(row, currency)
    if kind in _MONEY or kind == "dividend":
        quantity, price = _sum_of_money(kind, quantity, price, amount), ONE
        if kind != "dividend" and not (asset and kind in ("interest", "fee", "tax")):
            asset = None
    else:
        quantity, price = _traded(kind, quantity, price, amount)
    return Draft(
        line,
        kind,
        fit(quantity * unit) if kind in _MONEY or kind == "dividend" else quantity,
        price if kind in _MONEY or kind == "dividend" else fit(price * unit),
        currency,
        at,
        asset,
        fit(abs(fee or ZERO) * (unit if not row.get("fee_currency") else ONE)),
        currency_of(row["fee_currency"], options, "fee_currency")[0]
        if row.get("fee_currency") and fee
        else None,
        fit(abs(tax or ZERO) * unit),
        row.get("notes") or None,
        row.get("external_id") or None,
    )


def _number(row: Row, name: str, options: Options) -> Decimal | None:
    text = row.get(name, "")
    if text in ("", "-", "–", "n/a", "N/A"):
        return None
    return values.number(text, options.decimal or ".", name)


def _kind(row: Row, quantity: Decimal | None, amount: Decimal | None, options: Options) -> str:
    """The type its word means; without a word, what the sign of the quantity (or of the money) says."""
    if row.get("type"):
        kind = kind_of(row["type"], options.type_words)
        if kind is None:
            raise LineError(
                "type_unknown",
                f'{row["type"]!r} is no type that is known. Send "type_words": {{"{row["type"]}": "buy"}}, or what it is.',
                "type",
            )
        return kind
    has_asset = bool(row.get("symbol") or row.get("name"))
    if has_asset and quantity:
        return "buy" if quantity > 0 else "sell"
    if not has_asset and amount:
        return "deposit" if amount > 0 else "withdrawal"
    raise LineError(
        "type_missing", "It does not say what happened: there is no type, and no sign to tell by.", "type"
    )


def _traded(
    kind: str, quantity: Decimal | None, price: Decimal | None, amount: Decimal | None
) -> tuple[Decimal, Decimal]:
    if not quantity:
        raise LineError("quantity_missing", f"A {kind} needs a quantity above zero.", "quantity")
    if quantity < 0 and kind in ("buy", "transfer_in"):
        raise LineError(
            "sign_contradicts",
            f"The quantity of a {kind} is negative. Correct the type or the sign.",
            "quantity",
        )
    if price is None and amount is not None:
        price = quotient(abs(amount), abs(quantity))
    if price is None:
        if kind in ("transfer_in", "transfer_out"):
            raise LineError(
                "price_missing", f"A {kind} needs a price: what it was worth, or had cost.", "price"
            )
        raise LineError("price_missing", f"A {kind} needs a price or an amount.", "price")
    if price < 0:
        raise LineError("price_negative", "A price cannot be negative.", "price")
    return abs(quantity), price


def _sum_of_money(
    kind: str, quantity: Decimal | None, price: Decimal | None, amount: Decimal | None
) -> Decimal:
    if amount is not None:
        found = amount
    elif quantity is not None:
        found = quantity * (price if price is not None else ONE)
    else:
        raise LineError("amount_missing", f"A {kind} needs an amount.", "amount")
    if found == 0:
        raise LineError("amount_zero", f"The amount of this {kind} is zero. Leave the line out.", "amount")
    if found < 0 and kind in ("deposit", "interest", "dividend"):
        raise LineError(
            "sign_contradicts",
            f"The amount of a {kind} is negative: money went out. Correct the type.",
            "amount",
        )
    return abs(found)


def _currency(row: Row, options: Options, reading: Reading) -> tuple[str | None, Decimal]:
    written = row.get("currency") or options.currency
    if written:
        return currency_of(written, options, "currency")
    reading.note(
        "Lines without a currency are taken to be in the asset's own, or without an asset in the portfolio's. "
        'Send "currency" if that is wrong.'
    )
    return None, ONE


def _asset(row: Row, currency: str | None) -> AssetHint | None:
    written = row.get("symbol") or row.get("name")
    if not written:
        return None
    return AssetHint(
        written,
        row["symbol"].upper() if row.get("symbol") else None,
        exchange=row.get("exchange") or None,
        currency=currency,
        name=row.get("name") or None,
        isin=written.upper() if _is_isin(written) else None,
    )


def _is_isin(text: str) -> bool:
    return len(text) == 12 and text[:2].isalpha() and text[-1].isdigit() and text.isalnum()
