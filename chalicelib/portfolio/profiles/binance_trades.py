"""What a trade on an exchange of coins amounts to: what was got, what was given, and a fee in whatever coin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from chalicelib.portfolio.profiles.drafts import (
    ONE,
    STABLECOINS,
    Draft,
    Options,
    Worth,
    coin,
    currency_of,
    fee_in_kind,
    is_money,
    quotient,
)


class Leg(NamedTuple):
    """An amount of a coin or a currency, without a sign."""

    unit: str
    quantity: Decimal


def booked(
    line: int, at: datetime, got: Leg, given: Leg, fee: Leg | None, options: Options, identity: str | None
) -> Iterator[Draft]:
    """Its transactions. Raises LineError for a trade in a stablecoin that is not to count as dollars."""
    _no_silent_dollars(got, given, fee, options)
    if is_money(got.unit, options) and is_money(given.unit, options):
        yield from _exchanged(line, at, got, given, options, identity)
    else:
        yield from _traded(line, at, got, given, options, identity)
    if fee is not None:
        yield from _fee(line, at, got, given, fee, options, identity)


def _traded(
    line: int, at: datetime, got: Leg, given: Leg, options: Options, identity: str | None
) -> Iterator[Draft]:
    if is_money(given.unit, options):
        currency, _ = currency_of(given.unit, options)
        price = quotient(given.quantity, got.quantity)
        yield Draft(line, "buy", got.quantity, price, currency, at, coin(got.unit), external_id=identity)
    elif is_money(got.unit, options):
        currency, _ = currency_of(got.unit, options)
        price = quotient(got.quantity, given.quantity)
        yield Draft(line, "sell", given.quantity, price, currency, at, coin(given.unit), external_id=identity)
    else:
        worth = Worth(coin(given.unit), given.quantity)
        words = f"Exchanged {given.quantity:f} {given.unit} for {got.quantity:f} {got.unit}"
        sold = Draft(line, "sell", given.quantity, None, None, at, coin(given.unit), notes=words, worth=worth)
        yield replace(sold, external_id=identity and f"{identity}:sell")
        bought = replace(sold, type="buy", quantity=got.quantity, asset=coin(got.unit))
        yield replace(bought, external_id=identity and f"{identity}:buy")


def _exchanged(
    line: int, at: datetime, got: Leg, given: Leg, options: Options, identity: str | None
) -> Iterator[Draft]:
    words = f"Exchanged {given.quantity:f} {given.unit} for {got.quantity:f} {got.unit}"
    for kind, leg in (("withdrawal", given), ("deposit", got)):
        currency, _ = currency_of(leg.unit, options)
        yield Draft(
            line,
            kind,
            leg.quantity,
            ONE,
            currency,
            at,
            notes=words,
            external_id=identity and f"{identity}:{kind}",
        )


def _fee(
    line: int, at: datetime, got: Leg, given: Leg, fee: Leg, options: Options, identity: str | None
) -> Iterator[Draft]:
    """A fee in money is a fee. One in a coin of the trade has the trade's price; of another coin, the day's."""
    words = f"Fee of a trade in {got.unit} and {given.unit}"
    if is_money(fee.unit, options):
        currency, _ = currency_of(fee.unit, options)
        yield Draft(
            line,
            "fee",
            fee.quantity,
            ONE,
            currency,
            at,
            notes=words,
            external_id=identity and f"{identity}:fee",
        )
        return
    price, currency_code = None, None
    for one, other in ((got, given), (given, got)):
        if fee.unit == one.unit and is_money(other.unit, options):
            currency_code, _ = currency_of(other.unit, options)
            price = quotient(other.quantity, one.quantity)
    worth = None if price is not None else Worth(coin(fee.unit), fee.quantity)
    draft = Draft(
        line,
        "",
        fee.quantity,
        price,
        currency_code,
        at,
        coin(fee.unit),
        notes=words,
        external_id=identity,
        worth=worth,
    )
    yield from fee_in_kind(draft)


def _no_silent_dollars(got: Leg, given: Leg, fee: Leg | None, options: Options) -> None:
    if options.stablecoins_are_usd:
        return
    for leg in (got, given, fee):
        if leg is not None and leg.unit in STABLECOINS:
            currency_of(leg.unit, options)  # raises, and says what to do
