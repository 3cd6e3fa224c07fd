"""Arithmetic of the tracker's rules: exact products, quotients rounded once, and None where an operand is not known."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
"""More digits than any product of our inputs has."""


def rounded(amount: Decimal | None) -> Decimal | None:
    """An amount of money with eight digits behind the point."""
    return None if amount is None else round_to(amount, 8)


def ratio(part: Decimal | None, whole: Decimal | None, digits: int = 8) -> Decimal | None:
    """part ÷ whole; None where one is not known, or the whole is nothing."""
    if part is None or not whole:
        return None
    return round_to(EXACT.divide(part, whole), digits)


def percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """How many hundredths of the whole a part is."""
    return ratio(None if part is None else EXACT.multiply(part, Decimal(100)), whole)


def first(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """The first that is known."""
    return one if one is not None else other


def times(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """A product with all its digits."""
    return None if one is None or other is None else EXACT.multiply(one, other)


def round_to(amount: Decimal, digits: int) -> Decimal:
    """With that many digits behind the point, half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-digits), context=EXACT)
