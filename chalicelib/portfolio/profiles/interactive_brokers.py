"""Interactive Brokers: the activity statement as CSV.

One file of many tables: the first cell of a line names its section, the second says what the line is
(Header, Data, SubTotal, Total, Notes); a section's columns are those of its last Header. Quantities are
signed by direction, commissions negative when charged. Times are New York's. Dividends and the taxes
withheld from them are lines apart, joined here by asset, currency and day; reversed payments cancel out.
Splits are left out: Holdfast applies them for everyone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from chalicelib.portfolio.profiles import ibkr_income, values
from chalicelib.portfolio.profiles.drafts import (
    ONE,
    ZERO,
    AssetHint,
    Draft,
    Options,
    Reading,
    currency_of,
    fit,
    refund,
    with_ids,
)
from chalicelib.portfolio.profiles.ibkr_statement import (
    HELD,
    NEW_YORK,
    Row,
    Section,
    at,
    data,
    hint,
    instruments,
    sections_of,
)
from chalicelib.portfolio.profiles.table import clean

NAME = "interactive_brokers"
TITLE = "Interactive Brokers (activity statement, CSV)"

_SPLIT = re.compile(r"\bSplit\s+\d", re.IGNORECASE)
_MARK = re.compile(
    r"^(Statement|Account Information|Trades|Dividends|Deposits & Withdrawals),(Header|Data),", re.MULTILINE
)
_IGNORED = "a kind that a portfolio here does not hold"


def recognises(text: str) -> bool:
    return _MARK.search(clean(text)[:5000]) is not None


def read(text: str, options: Options) -> Reading:
    """Raises LineError where a quotation mark is missing."""
    options = replace(options, time_zone=options.time_zone or NEW_YORK)
    reading = Reading(delimiter=",", decimal=".", date_order="ymd", time_zone=str(options.time_zone))
    sections = sections_of(text)
    known = instruments(sections)
    reading.each(_trades(sections), lambda line, row: _trade(line, row, known, options, reading))
    movements = {
        "deposits withdrawals": _deposit,
        "interest": _interest,
        "fees": _fee,
        "broker fees": _fee,
        "other fees": _fee,
        "transaction fees": _fee,
    }
    for name, convert in movements.items():
        reading.each(
            data(sections, name),
            lambda line, row, as_=convert: _movement(line, row, options, as_),  # type: ignore[misc]
        )
    ibkr_income.read(
        reading,
        data(sections, "dividends", "payment in lieu of dividends"),
        data(sections, "withholding tax"),
        known,
        options,
    )
    _corporate_actions(reading, data(sections, "corporate actions"))
    reading.drafts = list(with_ids(sorted(reading.drafts, key=lambda one: (one.at, one.line)), "ibkr"))
    return reading


def _trades(sections: dict[str, Section]) -> Section:
    """Orders; where a statement has none, their executions."""
    rows = data(sections, "trades")
    orders = [one for one in rows if one[1].get("datadiscriminator", "").lower() == "order"]
    if orders:
        return orders
    return [
        one for one in rows if one[1].get("datadiscriminator", "trade").lower() in ("trade", "execution", "")
    ]


def _trade(
    line: int, row: Row, known: dict[str, AssetHint], options: Options, reading: Reading
) -> Iterator[Draft]:
    category = row.get("asset category", "").lower()
    quantity = values.number(row.get("quantity", ""), ".", "Quantity")
    commission = next((row[name] for name in row if name.startswith("comm") and row[name]), "0")
    fee = -values.number(commission, ".", "Comm/Fee")
    if category.startswith("forex"):
        yield from _exchange(line, row, quantity, fee, options, reading)
        return
    if category not in HELD:
        reading.skip(
            line,
            f"{row.get('asset category')} {row.get('symbol')}: {_IGNORED}. Cash that it moved is missing too.",
        )
        return
    if quantity == 0:
        reading.skip(line, "The quantity is zero.")
        return
    currency, unit = currency_of(row.get("currency", ""), options, "Currency")
    draft = Draft(
        line,
        "buy" if quantity > 0 else "sell",
        abs(quantity),
        fit(values.number(row.get("t price", ""), ".", "T. Price") * unit),
        currency,
        at(row.get("date time", ""), options),
        hint(known, row.get("symbol", ""), currency, HELD[category]),
        fee=max(fee, ZERO),
    )
    yield draft
    if fee < 0:
        yield refund(replace(draft, quantity=-fee, price=ONE, fee=ZERO, asset=None), "commission")


def _exchange(
    line: int, row: Row, quantity: Decimal, fee: Decimal, options: Options, reading: Reading
) -> Iterator[Draft]:
    """Currencies exchanged: what was given leaves, what was got arrives. USD.CHF: dollars for francs."""
    base, _, quote = row.get("symbol", "").partition(".")
    quote = quote or row.get("currency", "")
    got, _ = currency_of(base, options, "Symbol")
    paid, _ = currency_of(quote, options, "Symbol")
    proceeds = values.number(row.get("proceeds", ""), ".", "Proceeds")
    reading.note(
        "An exchange of currencies is booked as a withdrawal of one and a deposit of the other: both balances are "
        "right, and the two contributions cancel out but for the spread."
    )
    when = at(row.get("date time", ""), options)
    words = f"Exchange {base}.{quote}"
    for amount, currency in ((quantity, got), (proceeds, paid)):
        if amount:
            kind = "deposit" if amount > 0 else "withdrawal"
            yield Draft(line, kind, abs(amount), ONE, currency, when, notes=words)
    if fee > 0:
        column = next((name for name in row if name.startswith("comm in ")), None)
        of, _ = currency_of(column.removeprefix("comm in ") if column else quote, options, "Comm/Fee")
        yield Draft(line, "fee", fee, ONE, of, when, notes=words)


def _movement(
    line: int, row: Row, options: Options, convert: Callable[[Draft, bool], Draft]
) -> Iterator[Draft]:
    amount = values.number(row.get("amount", ""), ".", "Amount")
    if amount == 0:
        return
    currency, _ = currency_of(row.get("currency", ""), options, "Currency")
    when = at(row.get("date") or row.get("settle date") or "", options)
    draft = Draft(line, "", abs(amount), ONE, currency, when, notes=row.get("description") or None)
    yield convert(draft, amount > 0)


def _deposit(draft: Draft, incoming: bool) -> Draft:
    return replace(draft, type="deposit" if incoming else "withdrawal")


def _interest(draft: Draft, incoming: bool) -> Draft:
    return replace(draft, type="interest" if incoming else "fee")


def _fee(draft: Draft, incoming: bool) -> Draft:
    return refund(draft, "fee") if incoming else replace(draft, type="fee")


def _corporate_actions(reading: Reading, rows: Section) -> None:
    for line, row in rows:
        words = row.get("description", "")
        if not words:
            continue
        if _SPLIT.search(words):
            reading.skip(line, f"{words}: splits are applied for everyone, not imported.")
        else:
            reading.skip(
                line, f"{words}: a corporate action that has to be entered by hand (transfers out and in)."
            )
