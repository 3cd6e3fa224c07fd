"""Binance's account statement: changes of balances, put together to trades, deposits, withdrawals and
rewards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.portfolio.profiles import values
from chalicelib.portfolio.profiles.binance_trades import Leg, booked
from chalicelib.portfolio.profiles.drafts import (
    ONE,
    ZERO,
    Draft,
    LineError,
    Options,
    Reading,
    Remark,
    Worth,
    coin,
    currency_of,
    income_in_kind,
    is_money,
)

_FEES = {"fee", "transaction fee"}
_TRADES = {
    "buy",
    "sell",
    "transaction buy",
    "transaction sold",
    "transaction spend",
    "transaction revenue",
    "transaction related",
    "binance convert",
    "large otc trading",
    "small assets exchange bnb",
    "small assets exchange bnb (spot)",
    "buy crypto with fiat",
    "buy crypto",
    "sell crypto to fiat",
    "fiat ocbs - add fiat and fees",
} | _FEES
_INCOME = (
    "reward",
    "interest",
    "distribution",
    "airdrop",
    "rebate",
    "kickback",
    "voucher",
    "bonus",
    "cashback",
    "mining",
)
_INTERNAL = (
    "subscription",
    "redemption",
    "purchase",
    "transfer between",
    "main and",
    "transfer_",
    "lock",
    "unlock",
)
_APART = timedelta(seconds=2)
_UTC = ZoneInfo("UTC")

Row = dict[str, str]


class Change(NamedTuple):
    """One row: a change of one coin's balance."""

    line: int
    at: datetime
    operation: str
    unit: str
    amount: Decimal


def read(reading: Reading, rows: list[tuple[int, Row]], options: Options) -> None:
    trades: list[Change] = []
    for line, row in rows:
        try:
            change = _change(line, row)
            if change.operation in _TRADES:
                trades.append(change)
            else:
                reading.drafts.extend(_single(change, row["operation"], options, reading))
        except LineError as error:
            reading.errors.append(Remark(line, error.message, error.code, error.column))
    for group in _groups(sorted(trades, key=lambda change: (change.at, change.line))):
        try:
            reading.drafts.extend(_put_together(group, options))
        except LineError as error:
            reading.errors.append(Remark(group[0].line, error.message, error.code, error.column))
    reading.drafts.sort(key=lambda draft: (draft.at, draft.line))


def _change(line: int, row: Row) -> Change:
    when = row.get("utc time") or row.get("time") or row.get("date utc") or ""
    at = values.moment(when, "dmy", _UTC, column="UTC_Time")
    return Change(
        line, at, row["operation"].lower(), row["coin"].upper(), values.number(row["change"], ".", "Change")
    )


def _single(change: Change, written: str, options: Options, reading: Reading) -> Iterator[Draft]:
    """A row that stands alone: money or coins in or out, a reward; moves within Binance change nothing."""
    words = change.operation
    if change.amount == 0:
        return
    if any(word in words for word in _INTERNAL):
        reading.skip(change.line, f"{written}: moves within Binance change nothing.")
    elif any(word in words for word in _INCOME):
        yield from _income(change, written, options)
    elif "deposit" in words or "withdraw" in words or "p2p" in words:
        yield _moved(change, written, options)
    else:
        raise LineError(
            "operation_unknown",
            f"{written!r} is an operation that is not known. Enter it by hand, and leave this line out.",
            "Operation",
        )


def _income(change: Change, written: str, options: Options) -> list[Draft]:
    if change.amount < 0:
        raise LineError(
            "reward_negative", f"{written} is negative. Enter it by hand, and leave this line out.", "Change"
        )
    if is_money(change.unit, options):
        currency, _ = currency_of(change.unit, options)
        return [Draft(change.line, "interest", change.amount, ONE, currency, change.at, notes=written)]
    return income_in_kind(_valued(change, "", written))


def _moved(change: Change, written: str, options: Options) -> Draft:
    incoming = change.amount > 0
    if is_money(change.unit, options):
        currency, _ = currency_of(change.unit, options)
        kind = "deposit" if incoming else "withdrawal"
        return Draft(change.line, kind, abs(change.amount), ONE, currency, change.at, notes=written)
    return _valued(change, "transfer_in" if incoming else "transfer_out", written)


def _valued(change: Change, kind: str, written: str) -> Draft:
    quantity, asset = abs(change.amount), coin(change.unit)
    return Draft(
        change.line, kind, quantity, None, None, change.at, asset, notes=written, worth=Worth(asset, quantity)
    )


def _groups(changes: list[Change]) -> Iterator[list[Change]]:
    """Rows of one moment; a group that lacks a side goes on with the next moment, if it is seconds away."""
    group: list[Change] = []
    for change in changes:
        if group and change.at != group[-1].at and (_whole(group) or change.at - group[-1].at > _APART):
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _whole(group: list[Change]) -> bool:
    amounts = [change.amount for change in group if change.operation not in _FEES]
    return any(amount > 0 for amount in amounts) and any(amount < 0 for amount in amounts)


def _put_together(group: list[Change], options: Options) -> Iterator[Draft]:
    """One trade where one coin came and one went; else neighbouring rows of opposite signs are a trade each."""
    fees = [change for change in group if change.operation in _FEES]
    legs = [change for change in group if change.operation not in _FEES and change.amount]
    got, given = _sums(legs, 1), _sums(legs, -1)
    first = group[0]
    plain = len(got) == 1 and len(given) == 1
    trades = [(first, next(iter(got.items())), next(iter(given.items())))] if plain else _pairs(legs, first)
    for number, (change, came, went) in enumerate(trades):
        fee = _sums(fees, -1) if number == 0 else {}
        if len(fee) > 1:
            raise LineError(
                "fees_unclear", "The fees of this trade are in several coins. Enter it by hand.", "Coin"
            )
        charged = next((Leg(unit, amount) for unit, amount in fee.items()), None)
        yield from booked(change.line, change.at, Leg(*came), Leg(*went), charged, options, None)


def _sums(changes: list[Change], sign: int) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for change in changes:
        if change.amount * sign > 0:
            sums[change.unit] = sums.get(change.unit, ZERO) + abs(change.amount)
    return sums


Pair = tuple[Change, tuple[str, Decimal], tuple[str, Decimal]]


def _pairs(legs: list[Change], first: Change) -> list[Pair]:
    pairs: list[Pair] = []
    for one, other in zip(legs[::2], legs[1::2], strict=False):
        came, went = (one, other) if one.amount > 0 else (other, one)
        if came.amount <= 0 or went.amount >= 0 or came.unit == went.unit:
            break
        pairs.append((one, (came.unit, came.amount), (went.unit, -went.amount)))
    if not legs or len(pairs) * 2 != len(legs):
        raise LineError(
            "trade_unclear",
            f"The rows of {first.at:%Y-%m-%d %H:%M:%S} cannot be put together to trades. Import the trade history instead, "
            "and leave these lines out.",
            "Operation",
        )
    return pairs
