"""Series of days: quantities from their changes, and prices from bars. Pure.

Days are numbers: 0 is the opening day of a range, 1 its first day, and so on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from decimal import Decimal
from itertools import repeat
from operator import add, mul
from typing import Any, NamedTuple

GAP = 10
"""Days after which a close is too old to stand for a day without one."""
RATE_AGE = 6
"""The same for rates: at the end of day d + 6 a rate of day d is at most seven days old, a day later it is older."""
ZERO = Decimal(0)
ONE = Decimal(1)

Changes = Sequence[tuple[int, Decimal]]
"""(day number, amount), ascending; what lies before the range is summed up under 0."""


Number = int | Decimal
"""An amount, or how often a unit is in it. Python reads, multiplies and adds whole numbers in half the time that Decimals
take, and as exactly: what there is of every asset and day is counted in a unit so small that the numbers are whole."""


class Bars(NamedTuple):
    """An asset's closes by day number (below 0: before the range), ascending, per share after all splits booked.

    They reach GAP days beyond the range on both sides: which close is an asset's last is seen from what follows it.
    """

    numbers: Sequence[int]
    closes: Sequence[Number]
    unit: Decimal = ONE
    """What the closes are counted in: a power of ten, as all units here."""


class Series(NamedTuple):
    """Numbers of a unit by day. None is not known."""

    numbers: list[Number | None]
    unit: Decimal

    def plus(self, other: Series) -> Series:
        unit = min(self.unit, other.unit)
        return Series(plus(self._of(unit), other._of(unit)), unit)

    def decimals(self) -> list[Decimal | None]:
        """The amounts themselves."""
        try:
            return list(map(mul, self.numbers, repeat(self.unit)))
        except TypeError:
            return [None if number is None else number * self.unit for number in self.numbers]

    def _of(self, unit: Decimal) -> list[Number | None]:
        if unit == self.unit:
            return self.numbers
        factor = int(self.unit / unit)
        return [None if number is None else number * factor for number in self.numbers]


def plus(one: Sequence[Number | None], other: Sequence[Number | None]) -> list[Any]:
    """The sums by day; not known where one of both is not."""
    try:
        return list(map(add, one, other))
    except TypeError:  # slower, and only then
        return [None if a is None or b is None else a + b for a, b in zip(one, other, strict=True)]


def whole(changes: Changes) -> tuple[list[tuple[int, int]], Decimal]:
    """Changes as whole numbers of a unit, and that unit."""
    total = sum(
        (amount for _, amount in changes), ZERO
    )  # has as many decimal places as the amount with most of them
    places = -int(total.as_tuple().exponent)
    return [(number, int(amount.scaleb(places))) for number, amount in changes], ONE.scaleb(-places)


def levels(changes: Sequence[tuple[int, Number]], last: int) -> list[Any]:
    """The running sum of changes at the end of each day."""
    found: list[Number] = []
    level: Number = 0
    for number, change in changes:
        found.extend([level] * (number - len(found)))
        level += change
        if len(found) > number:
            found[number] = level
        else:
            found.append(level)
    found.extend([level] * (last + 1 - len(found)))
    return found


def in_present_units(changes: Changes, splits: Changes) -> list[tuple[int, Decimal]]:
    """Changes of the quantity in the units of the stored bars: as if all splits had come before everything.

    A split's own change of the quantity becomes nothing by it.
    """
    found: list[tuple[int, Decimal]] = []
    before = level = ZERO
    for number, change in changes:
        before += change
        factor = Decimal(1)
        for day, ratio in splits:
            factor = factor * ratio if day > number else factor
        found.append((number, before * factor - level))
        level = before * factor
    return found


def filled(bars: Bars, last: int, active: bool) -> list[Any]:
    """The price of each day: its close, or the last one that is not too old; counted as the bars are."""
    numbers, closes, _ = bars
    if not numbers or numbers[0] > 0 or numbers[-1] < 0 or numbers[-1] - numbers[0] != len(numbers) - 1:
        return last_known(numbers, closes, GAP, last, goes_on=active)
    found: list[Number | None] = [*closes[-numbers[0] : last + 1 - numbers[0]]]  # a bar every day: quicker
    late = last + 1 - len(found)
    bridged = min(late, GAP) if active else 0
    return found + [closes[-1]] * bridged + [None] * (late - bridged)


def last_known(
    numbers: Sequence[int], values: Sequence[Number], age: int, last: int, *, goes_on: bool = True
) -> list[Any]:
    """Of each day the last value up to it, unless that is more than `age` days old; of several of a day the last.

    `goes_on` False: the very last value is good for its own day only.
    """
    begin, end = bisect_left(numbers, 0), bisect_right(numbers, last)
    own: list[Number | None] = [None] * (last + 1)
    for number, value in zip(numbers[begin:end], values[begin:end], strict=True):
        own[number] = value
    known: Number | None = None
    days_left = -1
    if begin and (days_left := numbers[begin - 1] + age) >= 0:
        known = values[begin - 1]
    found: list[Number | None] = []
    for one in own:
        if one is not None:
            known, days_left = one, age
        elif days_left < 0:
            known = None
        found.append(known)
        days_left -= 1
    if not goes_on and end == len(numbers):
        ended = numbers[-1] + 1 if numbers else 0
        found[max(ended, 0) :] = [None] * (last + 1 - max(ended, 0))
    return found
