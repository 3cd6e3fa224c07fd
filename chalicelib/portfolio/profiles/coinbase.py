"""Coinbase: the transaction history as CSV (with or without the column ID, with its few lines before the
header).

Every row has the coin's price in the account's currency at that moment. `Subtotal` is what the coins cost
or brought, `Total` what left or reached the account: the price is subtotal ÷ quantity, and what lies
between the two is the fee (the stated fee does not always explain all of it: the rest is the spread).
Rewards are income at market value, and a purchase at it. A conversion is a sale and a purchase of the
same worth. Amounts may carry a currency sign, quantities a minus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.portfolio.profiles import values
from chalicelib.portfolio.profiles.drafts import (
    ONE,
    ZERO,
    Draft,
    LineError,
    Options,
    Reading,
    coin,
    currency_of,
    fit,
    income_in_kind,
    is_money,
    quotient,
    with_ids,
)
from chalicelib.portfolio.profiles.table import has_columns, table

NAME = "coinbase"
TITLE = "Coinbase (transaction history, CSV)"

_COLUMNS = ("Timestamp", "Transaction Type", "Asset", "Quantity Transacted")
_BUYS = {"buy", "advanced trade buy", "advance trade buy"}
_SELLS = {"sell", "advanced trade sell", "advance trade sell"}
_IN = {"receive", "deposit", "pro withdrawal", "exchange withdrawal", "coinbase earn deposit"}
_OUT = {"send", "withdrawal", "pro deposit", "exchange deposit", "card spend", "payment"}
_INCOME = ("reward", "income", "earn", "airdrop", "inflation", "bonus", "rebate", "interest")
_INTERNAL = (
    "staking transfer",
    "unstaking transfer",
    "vault",
    "retail staking transfer",
    "retail unstaking",
    "eth2",
)
_CONVERTED = re.compile(r"Converted\s+([\d.,]+)\s+(\w+)\s+to\s+([\d.,]+)\s+(\w+)", re.IGNORECASE)
_CENT = Decimal("0.015")
_UTC = ZoneInfo("UTC")

Row = dict[str, str]


def recognises(text: str) -> bool:
    return has_columns(text, *_COLUMNS)


def read(text: str, options: Options) -> Reading:
    found = table(text, _COLUMNS)
    reading = Reading(columns=found.header, delimiter=found.delimiter, decimal=".", date_order="ymd")
    reading.each(found.by_words(), lambda line, row: _read(line, row, options, reading))
    reading.drafts = list(with_ids(reading.drafts, NAME))
    return reading


def _read(line: int, row: Row, options: Options, reading: Reading) -> Iterator[Draft]:
    kind = row["transaction type"].lower()
    quantity = abs(values.number(row["quantity transacted"], ".", "Quantity Transacted"))
    if quantity == 0:
        reading.skip(line, "The quantity is zero.")
        return
    if any(word in kind for word in _INTERNAL):
        reading.skip(line, f"{row['transaction type']}: moves within Coinbase change nothing.")
        return
    base = _draft(line, row, quantity, options)
    if is_money(row["asset"], options):
        yield _money(base, row, kind, options)
    elif kind in _BUYS or kind in _SELLS:
        yield _trade(base, row, "buy" if kind in _BUYS else "sell", reading)
    elif kind == "convert":
        yield from _conversion(base, row)
    elif kind in _IN or kind in _OUT:
        yield replace(base, type="transfer_in" if kind in _IN else "transfer_out")
    elif any(word in kind for word in _INCOME):
        yield from income_in_kind(base)
    else:
        raise LineError(
            "type_unknown",
            f"{row['transaction type']!r} is a type that is not known. Enter it by hand, and leave this line out.",
            "Transaction Type",
        )


def _draft(line: int, row: Row, quantity: Decimal, options: Options) -> Draft:
    written = row.get("price currency") or row.get("spot price currency") or ""
    currency, _ = currency_of(written, options, "Price Currency")
    at = values.moment(row["timestamp"], "ymd", options.time_zone or _UTC, column="Timestamp")
    subtotal = _amount(row, "subtotal")
    stated = _amount(row, "price at transaction", "spot price at transaction")
    price = quotient(subtotal, quantity) if subtotal else stated
    if price is None:
        raise LineError(
            "price_missing", "The row has neither a price nor a subtotal.", "Price at Transaction"
        )
    return Draft(
        line,
        "",
        quantity,
        price,
        currency,
        at,
        coin(row["asset"]),
        notes=row.get("notes") or None,
        external_id=f"{NAME}:{row['id']}" if row.get("id") else None,
    )


def _trade(base: Draft, row: Row, kind: str, reading: Reading) -> Draft:
    subtotal, total = _amount(row, "subtotal"), _amount(row, *_TOTALS)
    stated = _amount(row, *_FEES) or ZERO
    between = stated
    if subtotal is not None and total is not None:
        between = total - subtotal if kind == "buy" else subtotal - total
        if between < 0:
            between = stated
        elif abs(between - stated) > _CENT:
            reading.note(
                f"Line {base.line}: {between:f} lies between subtotal and total, but the stated fee is {stated:f}. "
                "All of it is booked as the fee: the account was charged so."
            )
    return replace(base, type=kind, fee=fit(between))


_TOTALS = ("total inclusive of fees and or spread", "total inclusive of fees", "total")
_FEES = ("fees and or spread", "fees")


def _conversion(base: Draft, row: Row) -> Iterator[Draft]:
    """A sale of what was given and a purchase of what was got, at what the given was worth; the fee is the purchase's."""
    found = _CONVERTED.search(row.get("notes", ""))
    if found is None:
        raise LineError(
            "conversion_unclear",
            'The notes do not say what was converted ("Converted 1 ETH to 0.05 BTC"). Enter it by hand, '
            "and leave this line out.",
            "Notes",
        )
    given, got = values.number(found[1], "."), values.number(found[3], ".")
    if found[2].upper() != row["asset"].upper():  # newer exports have a second row, for what was got
        return
    fee = _amount(row, *_FEES) or ZERO
    worth = fit((base.price or ZERO) * given)
    identity = base.external_id
    yield replace(base, type="sell", quantity=given, external_id=identity and f"{identity}:sell")
    yield replace(
        base,
        type="buy",
        asset=coin(found[4]),
        quantity=got,
        price=quotient(max(worth - fee, ZERO), got),
        fee=fee,
        external_id=identity and f"{identity}:buy",
    )


def _money(base: Draft, row: Row, kind: str, options: Options) -> Draft:
    currency, _ = currency_of(row["asset"], options, "Asset")
    sign = row["quantity transacted"].strip().startswith("-")
    cash = replace(base, asset=None, price=ONE, currency=currency)
    if any(word in kind for word in _INCOME):
        return replace(cash, type="interest")
    if kind in _OUT or (sign and kind not in _IN):
        return replace(cash, type="withdrawal")
    return replace(cash, type="deposit")


def _amount(row: Row, *names: str) -> Decimal | None:
    for name in names:
        if row.get(name):
            return abs(values.number(row[name], ".", name))
    return None
