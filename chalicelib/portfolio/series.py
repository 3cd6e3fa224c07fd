"""Series of days: quantities from their changes, and prices from bars. Pure.

Days are numbers: 0 is the opening day of a range, 1 its first day, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

GAP = 10
"""Days after which a close is too old to stand for a day without one."""
ZERO = Decimal(0)

Changes = Sequence[tuple[int, Decimal]]
"""(day number, amount), ascending; what lies before the range is summed up under 0."""


class Bars(NamedTuple):
    """An asset's closes by day number (below 0: before the range), ascending, in units after all splits booked.

    They reach GAP days beyond the range on both sides: which close is an asset's last is seen from what follows it.
    """

    numbers: Sequence[int]
    closes: Sequence[Decimal]


def levels(changes: Changes, last: int) -> list[Decimal]:
    """The running sum of changes at the end of each day."""
    found: list[Decimal] = []
    level = ZERO
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


def filled(bars: Bars, last: int, active: bool) -> list[Decimal | None]:
    """The price of each day: its close, or the last one that is not too old."""
    numbers, closes = bars
    if numbers and numbers[-1] >= last and numbers[-1] - numbers[0] == len(numbers) - 1 and numbers[0] <= 0:
        return list(closes[-numbers[0] : last + 1 - numbers[0]])
    found: list[Decimal | None] = []
    for place, (number, close) in enumerate(zip(numbers, closes, strict=True)):
        if number > last:
            break
        following = numbers[place + 1] if place + 1 < len(numbers) else last + 1 if active else number + 1
        until = min(following, number + GAP + 1, last + 1)
        if until > 0:
            start = max(number, 0)
            found.extend([None] * (start - len(found)))
            found.extend([close] * (until - start))
    found.extend([None] * (last + 1 - len(found)))
    return found
