"""A portfolio's books kept in the plainest way: everything from the beginning, in exact fractions, with nothing stored.

Shares no code with the ledger: what it finds is what tests hold the stored state against.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

CASH = {
    "buy": -1,
    "sell": 1,
    "dividend": 1,
    "interest": 1,
    "fee": -1,
    "tax": -1,
    "deposit": 1,
    "withdrawal": -1,
}
PLACES = 18
"""Digits behind the point of a quantity: what a split leaves beyond them is rounded half to even."""
UNITS = {"buy": 1, "sell": -1, "transfer_in": 1, "transfer_out": -1}


@dataclass
class Done:
    """A transaction as a person would write it down."""

    id: int
    at: datetime
    type: str
    asset: int | None
    quantity: Fraction
    price: Fraction
    currency: str
    fee: Fraction
    fee_currency: str
    tax: Fraction


@dataclass
class Books:
    """What follows from everything that was done."""

    method: str
    strict: bool
    short: bool
    rates: dict[date, Fraction]
    """US dollars for one euro, on the days when a rate was published."""
    parcels: dict[int, list[list[Fraction | None]]] = field(default_factory=dict)
    """By asset: [quantity, cost], the oldest first."""
    currency: dict[int, str] = field(default_factory=dict)
    first: dict[int, date] = field(default_factory=dict)
    cash: dict[str, Fraction] = field(default_factory=dict)
    gains: dict[int, Fraction | None] = field(default_factory=dict)
    """By transaction, of those that closed something."""
    realised: dict[int, Fraction | None] = field(default_factory=dict)
    dividends: dict[int, Fraction | None] = field(default_factory=dict)
    implied: dict[int, dict[str, Fraction]] = field(default_factory=dict)


class Impossible(Exception):
    """(code, transaction, shortfall)"""


def keep(
    done: list[Done], splits: list[tuple[date, int, Fraction]], method: str, strict: bool, short: bool,
    rates: dict[date, Fraction],
) -> Books:  # fmt: skip
    """Keeps the books. Raises Impossible."""
    books = Books(method, strict, short, rates)
    happened: list[tuple[date, int, datetime | None, int, object]] = [
        (one.at.date(), 1, one.at, one.id, one) for one in done
    ]
    happened += [(day, 0, None, asset, ratio) for day, asset, ratio in splits]
    for _, kind, _, key, what in sorted(happened, key=lambda each: (*each[:2], str(each[2] or ""), each[3])):
        if kind == 0:
            for parcel in books.parcels.get(key, []):
                parcel[0] = round(parcel[0] * what * 10**PLACES) / Fraction(10**PLACES)  # type: ignore[operator]
        else:
            _happen(books, what)  # type: ignore[arg-type]
    return books


def held(books: Books, asset: int) -> Fraction:
    return sum((parcel[0] for parcel in books.parcels.get(asset, [])), Fraction(0))  # type: ignore[misc]


def cost(books: Books, asset: int) -> Fraction | None:
    return add(*(parcel[1] for parcel in books.parcels.get(asset, [])))


def add(*numbers: Fraction | None) -> Fraction | None:
    return None if None in numbers else sum(numbers, Fraction(0))  # type: ignore[arg-type]


def _rate(books: Books, one: str, other: str, day: date) -> Fraction | None:
    if one == other:
        return Fraction(1)
    known = [books.rates[day - timedelta(n)] for n in range(7) if day - timedelta(n) in books.rates]
    if not known:
        return None
    return known[0] if one == "EUR" else 1 / known[0]


def _happen(books: Books, one: Done) -> None:
    if one.type in UNITS:
        _trade(books, one)
    if one.type == "dividend" and one.asset in books.currency:
        rate = _rate(books, one.currency, books.currency[one.asset], one.at.date())
        got = None if rate is None else one.quantity * one.price * rate
        books.dividends[one.asset] = add(books.dividends[one.asset], got)
    moved: dict[str, Fraction] = {}
    moved[one.currency] = one.quantity * one.price * CASH.get(one.type, 0) - one.tax
    moved[one.fee_currency] = moved.get(one.fee_currency, Fraction(0)) - one.fee
    for currency, change in moved.items():
        left = books.cash.get(currency, Fraction(0)) + change
        if left < 0 and change < 0:
            if books.strict:
                raise Impossible("insufficient_cash", one.id, -left)
            books.implied.setdefault(one.id, {})[currency] = -left
            left = Fraction(0)
        if change or currency in books.cash:
            books.cash[currency] = left


def _trade(books: Books, one: Done) -> None:
    assert one.asset is not None
    signed = one.quantity * UNITS[one.type]
    have = held(books, one.asset)
    if signed < 0 and have + signed < 0 and not (books.short and one.type == "sell"):
        raise Impossible("insufficient_holding", one.id, one.quantity - max(have, Fraction(0)))
    if one.asset not in books.currency:
        books.currency[one.asset], books.first[one.asset] = one.currency, one.at.date()
        books.realised[one.asset] = books.dividends[one.asset] = Fraction(0)
    rate = _rate(books, one.currency, books.currency[one.asset], one.at.date())
    price = None if rate is None else one.price * rate
    parcels = books.parcels.setdefault(one.asset, [])
    while signed and parcels and (parcels[0][0] > 0) != (signed > 0):  # type: ignore[operator]
        quantity, paid = parcels[0]
        assert quantity is not None
        part = quantity if abs(quantity) <= abs(signed) else -signed
        share = None if paid is None else paid * part / quantity
        gain = None if share is None or price is None else part * price - share
        books.gains[one.id] = add(books.gains.get(one.id, Fraction(0)), gain)
        books.realised[one.asset] = add(books.realised[one.asset], gain)
        signed += part
        parcels[0] = [quantity - part, None if paid is None or share is None else paid - share]
        if not parcels[0][0]:
            parcels.pop(0)
    if signed:
        parcels.append([signed, None if price is None else signed * price])
    if books.method == "average" and len(parcels) > 1:
        parcels[:] = [[held(books, one.asset), cost(books, one.asset)]]
