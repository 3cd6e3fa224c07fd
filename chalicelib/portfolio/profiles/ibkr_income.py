"""Interactive Brokers' dividends with the taxes withheld from them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from chalicelib.portfolio.profiles import values
from chalicelib.portfolio.profiles.drafts import (
    ONE,
    ZERO,
    AssetHint,
    Draft,
    LineError,
    Options,
    Reading,
    Remark,
    currency_of,
    refund,
)
from chalicelib.portfolio.profiles.ibkr_statement import Row, at, hint

Key = tuple[str, str, datetime]
_SYMBOL = re.compile(r"^\s*([A-Za-z0-9. /-]+?)\s*\(")


@dataclass
class Payment:
    """What an asset paid on a day, net of reversals, and what was withheld."""

    lines: list[int] = field(default_factory=list)
    gross: Decimal = ZERO
    withheld: Decimal = ZERO
    words: str = ""


def read(
    reading: Reading,
    dividends: list[tuple[int, Row]],
    taxes: list[tuple[int, Row]],
    known: dict[str, AssetHint],
    options: Options,
) -> None:
    """Adds one dividend for each asset, currency and day, with its tax; taxes that belong to no dividend stand alone."""
    payments: dict[Key, Payment] = defaultdict(Payment)
    for rows, is_tax in ((dividends, False), (taxes, True)):
        for line, row in rows:
            try:
                _add(payments, line, row, is_tax, options)
            except LineError as error:
                reading.errors.append(Remark(line, error.message, error.code, error.column))
    for (symbol, currency, day), payment in payments.items():
        _book(reading, symbol, currency, day, payment, known)


def _add(payments: dict[Key, Payment], line: int, row: Row, is_tax: bool, options: Options) -> None:
    words = row.get("description", "")
    found = _SYMBOL.match(words)
    symbol = row.get("symbol") or (found[1] if found else "")
    if not symbol and not is_tax:
        raise LineError(
            "symbol_missing", f"{words!r} does not begin with the symbol of an asset.", "Description"
        )
    currency, unit = currency_of(row.get("currency", ""), options, "Currency")
    amount = values.number(row.get("amount", ""), ".", "Amount") * unit
    payment = payments[symbol, currency, at(row.get("date", ""), options)]
    payment.lines.append(line)
    payment.words = payment.words or words
    if is_tax:
        payment.withheld -= amount
    else:
        payment.gross += amount


def _book(
    reading: Reading, symbol: str, currency: str, day: datetime, payment: Payment, known: dict[str, AssetHint]
) -> None:
    line = min(payment.lines)
    asset = hint(known, symbol, currency) if symbol else None
    draft = Draft(line, "dividend", payment.gross, ONE, currency, day, asset, notes=payment.words or None)
    if payment.gross > 0:
        tax = max(payment.withheld, ZERO)
        reading.drafts.append(replace(draft, tax=tax))
        if payment.withheld < 0:
            reading.drafts.append(refund(replace(draft, quantity=-payment.withheld), "withholding tax"))
    elif payment.gross == 0 and payment.withheld > 0:
        reading.drafts.append(replace(draft, type="tax", quantity=payment.withheld))
    elif payment.gross == 0 and payment.withheld < 0:
        reading.drafts.append(refund(replace(draft, quantity=-payment.withheld), "withholding tax"))
    elif payment.gross == 0:
        reading.skip(line, f"{payment.words}: paid and reversed.")
    else:
        reading.errors.append(
            Remark(
                line,
                f"{payment.words}: {-payment.gross:f} {currency} was taken back without being paid on that day. "
                "Correct the dividend it belongs to, and leave this line out.",
                "dividend_reversed",
                "Amount",
            )
        )
