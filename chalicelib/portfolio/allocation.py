"""What a portfolio is made of, now: by asset, type, currency and exchange, and how concentrated it is.

Shares are per cent of the total of what is known, with two decimals, and add up to exactly 100: each is
rounded down, and what is missing is given in hundredths to those that lost most by it (the method of the
largest remainder, also Hamilton's method, as parliaments apportion seats). Concentration is the
Herfindahl–Hirschman index on the scale of 0 to 10,000 that the US Department of Justice uses (the sum of
the squared shares in per cent), from shares that are not rounded; 10,000 divided by it is the number of
equal positions that would be as concentrated. Short positions and debts count there by their size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import prod

HUNDREDTHS = 10_000
OLDEST_PRICE_DAYS = 10
"""A close stands in for the days after it for that long: weekends, holidays, gaps. Older is unknown."""
ONE = Decimal(1)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """One asset held, or the cash in one currency, with its worth in the portfolio's currency; None with the reason."""

    kind: str
    key: str
    name: str
    asset_id: int | None
    asset_type: str
    exchange: str | None
    currency: str
    quantity: Decimal
    price: Decimal | None
    value: Decimal | None
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """A group's worth and its share of the total, in per cent (None where the total is not above zero)."""

    key: str
    value: Decimal
    share: Decimal | None
    parts: int


@dataclass(frozen=True, slots=True)
class Concentration:
    """How much hangs on few: see the module's words."""

    herfindahl: Decimal | None
    effective_positions: Decimal | None
    top_1: Decimal | None
    top_5: Decimal | None


def shares_of_hundred(values: Sequence[Decimal]) -> list[Decimal | None]:
    """Each value's share of their sum in per cent, two decimals, together exactly 100.00.

    None where the sum is not above zero: then there is no whole that parts could be shares of.
    """
    if sum(map(Fraction, values), Fraction(0)) <= 0:
        return [None] * len(values)
    return [Decimal(units).scaleb(-2) for units in apportioned(values, HUNDREDTHS)]


def apportioned(values: Sequence[Decimal], units: int) -> list[int]:
    """`units` given out in proportion to values, whose sum is above zero: each gets what its exact share has of whole
    ones, and those with the largest remainders one more, the earlier first where remainders are equal."""
    total = sum(map(Fraction, values), Fraction(0))
    exact = [Fraction(value) * units / total for value in values]
    given = [share.__floor__() for share in exact]
    by_remainder = sorted(range(len(values)), key=lambda index: (given[index] - exact[index], index))
    for index in by_remainder[: units - sum(given)]:
        given[index] += 1
    return given


def slices(parts: Iterable[Part], by: str) -> list[Slice]:
    """Known parts summed up by one of their properties, the largest first."""
    sums: dict[str, Decimal] = {}
    counts: dict[str, int] = {}
    for part in parts:
        if part.value is not None:
            key = str(getattr(part, by) or "none")
            sums[key] = sums.get(key, ZERO) + part.value
            counts[key] = counts.get(key, 0) + 1
    ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    shares = shares_of_hundred([value for _, value in ordered])
    return [
        Slice(key, value, share, counts[key]) for (key, value), share in zip(ordered, shares, strict=True)
    ]


def concentration(parts: Iterable[Part]) -> Concentration:
    """Of the known parts, cash included."""
    sizes = sorted((abs(Fraction(part.value)) for part in parts if part.value), reverse=True)
    total = sum(sizes, Fraction(0))
    if total == 0:
        return Concentration(None, None, None, None)
    shares = [size / total for size in sizes]
    index = sum((share * share for share in shares), Fraction(0))
    return Concentration(
        _rounded(index * HUNDREDTHS),
        _rounded(Fraction(1) / index),
        _rounded(shares[0] * 100),
        _rounded(sum(shares[:5], Fraction(0)) * 100),
    )


def in_units_held(price: Decimal, splits: Iterable[tuple[date, Decimal]], priced_on: date) -> Decimal:
    """What one unit of a holding is worth, where splits (day of effect, ratio) are not applied to it yet.

    A price of the day of a split, or later, is that of new shares; an old share becomes `ratio` of them.
    """
    return price * prod((ratio for day, ratio in splits if day <= priced_on), start=ONE)


def tidy(value: Decimal) -> Decimal:
    """An amount without the digits that only a division made: twelve behind the point."""
    rounded = round(value, 12).normalize()
    return rounded if rounded else ZERO


def _rounded(share: Fraction) -> Decimal:
    return Decimal(round(share * 100)).scaleb(-2)
