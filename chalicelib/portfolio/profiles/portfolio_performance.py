"""Portfolio Performance: the CSV of account and of securities-account transactions, with English or German
headers.

`Value` is the net amount in the account's currency, signed by the direction of cash in an account's file
and by that of shares in a securities account's; the type says the same, so that signs are not needed.
Gross is net less fees and taxes for a purchase, net plus both for a sale and a dividend; the price is
gross ÷ shares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.portfolio.profiles import values
from chalicelib.portfolio.profiles.drafts import (
    ONE,
    ZERO,
    AssetHint,
    Decimals,
    Draft,
    LineError,
    Options,
    Reading,
    currency_of,
    fit,
    quotient,
    refund,
    with_ids,
)
from chalicelib.portfolio.profiles.table import Table, has_columns, normal, table

NAME = "portfolio_performance"
TITLE = "Portfolio Performance (CSV, English or German)"

_ENGLISH = ("Date", "Type", "Value", "Transaction Currency")
_GERMAN = ("Datum", "Typ", "Wert", "Buchungswährung")
_FIELDS = {
    "date": ("date", "datum"),
    "time": ("time", "uhrzeit"),
    "type": ("type", "typ"),
    "value": ("value", "wert"),
    "currency": ("transaction currency", "buchungswährung"),
    "fees": ("fees", "gebühren"),
    "taxes": ("taxes", "steuern"),
    "shares": ("shares", "stück"),
    "isin": ("isin",),
    "wkn": ("wkn",),
    "ticker": ("ticker symbol", "ticker symbol 2"),
    "name": ("security name", "wertpapiername"),
    "note": ("note", "notiz"),
}
_TYPES = {
    "buy": ("buy", "kauf"),
    "sell": ("sell", "verkauf"),
    "transfer_in": ("delivery inbound", "einlieferung"),
    "transfer_out": ("delivery outbound", "auslieferung"),
    "dividend": ("dividend", "dividends", "dividende", "dividenden"),
    "interest": ("interest", "zinsen"),
    "interest_charge": ("interest charge", "zinsbelastung"),
    "deposit": ("deposit", "einlage"),
    "withdrawal": ("removal", "entnahme", "withdrawal"),
    "fee": ("fees", "gebühren"),
    "fee_refund": ("fees refund", "gebührenerstattung"),
    "tax": ("taxes", "steuern"),
    "tax_refund": ("tax refund", "steuerrückerstattung", "steuererstattung"),
    "moved_in": ("transfer inbound", "transfer in", "umbuchung eingang", "security transfer inbound"),
    "moved_out": ("transfer outbound", "transfer out", "umbuchung ausgang", "security transfer outbound"),
}
_BY_WORDS = {words: kind for kind, alternatives in _TYPES.items() for words in alternatives}
_UTC = ZoneInfo("UTC")

Row = dict[str, str]


def recognises(text: str) -> bool:
    return has_columns(text, *_ENGLISH) or has_columns(text, *_GERMAN)


def read(text: str, options: Options) -> Reading:
    german = not has_columns(text, *_ENGLISH)
    found = table(text, _GERMAN if german else _ENGLISH)
    decimal = options.decimal or _decimal(found, german)
    reading = Reading(columns=found.header, delimiter=found.delimiter, decimal=decimal, date_order="ymd")
    order = options.date_order or ("dmy" if german else None)
    reading.each(
        ((line, _fields(row)) for line, row in found.by_words()),
        lambda line, row: _read(line, row, replace(options, decimal=decimal, date_order=order)),
    )
    reading.drafts = list(with_ids(reading.drafts, "pp"))
    return reading


def _decimal(found: Table, german: bool) -> Decimals:
    """As the numbers show; where they leave it open, as the program writes in that language."""
    wanted = {words for name in ("value", "fees", "taxes", "shares") for words in _FIELDS[name]}
    texts = [text for column in found.header if normal(column) in wanted for text in found.column(column)]
    shown, doubtful = values.guess_decimal(texts)
    if shown is None or (doubtful is None and not any("," in text or "." in text for text in texts)):
        return "," if german else "."
    return shown


def _fields(row: Row) -> Row:
    return {
        field: next((row[name] for name in names if row.get(name)), "") for field, names in _FIELDS.items()
    }


def _read(line: int, row: Row, options: Options) -> Iterator[Draft]:
    kind = _BY_WORDS.get(normal(row["type"]))
    if kind is None:
        raise LineError("type_unknown", f"{row['type']!r} is a type that is not known.", "Type")
    decimal = options.decimal or "."
    net, fees, taxes, shares = (
        abs(values.number(row[name], decimal, name)) if row[name] else ZERO
        for name in ("value", "fees", "taxes", "shares")
    )
    currency, _ = currency_of(row["currency"], options, "Transaction Currency")
    at = values.moment(row["date"], options.date_order, options.time_zone or _UTC, row["time"], "Date")
    asset = _asset(row)
    if kind in ("moved_in", "moved_out"):
        moved = ("transfer_in", "transfer_out") if asset and shares else ("deposit", "withdrawal")
        kind = moved[kind == "moved_out"]
    cash = Draft(line, kind, net, ONE, currency, at, asset, notes=row["note"] or None)
    if kind in ("buy", "sell", "transfer_in", "transfer_out"):
        yield _trade(cash, shares, net, fees, taxes)
    elif kind == "dividend":
        yield replace(cash, quantity=fit(net + fees + taxes), fee=fees, tax=taxes)
    elif kind in ("fee_refund", "tax_refund"):
        yield refund(cash, kind.removesuffix("_refund"))
    elif kind == "interest_charge":
        yield replace(cash, type="fee", notes="; ".join(filter(None, ["Interest charged", row["note"]])))
    elif kind == "interest":
        yield replace(cash, quantity=fit(net + fees + taxes), fee=fees, tax=taxes)
    else:
        yield cash


def _trade(cash: Draft, shares: Decimal, net: Decimal, fees: Decimal, taxes: Decimal) -> Draft:
    if cash.asset is None:
        raise LineError("symbol_missing", "It does not say which security.", "Security Name")
    paid = cash.type in ("buy", "transfer_in")
    gross = net - fees - taxes if paid else net + fees + taxes
    if gross < 0:
        raise LineError("costs_exceed_value", "Fees and taxes are more than the value.", "Value")
    return replace(cash, quantity=shares, price=quotient(gross, shares), fee=fees, tax=taxes)


def _asset(row: Row) -> AssetHint | None:
    written = row["ticker"] or row["isin"] or row["wkn"] or row["name"]
    if not written:
        return None
    return AssetHint(
        written, row["ticker"].upper() or None, name=row["name"] or None, isin=row["isin"].upper() or None
    )
