"""In which shares the counts of a history are, where a split lies inside it.

Counts are stored as stated, with the day in whose shares they are. A series that passes a split without a jump is in the
same shares on both sides of it. In which ones the series itself does not tell; where it is known, the table below says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

NEAR = timedelta(days=7)
"""Sources differ by some days about a split: its ex-date, its effect, its record date."""


class Split(NamedTuple):
    """`counts`: in which shares the known histories state their counts on both sides, where they show no jump."""

    ex_date: date
    new_shares: int | Decimal
    old_shares: int | Decimal
    counts: Literal["old", "new"] | None = None

    @property
    def ratio(self) -> Decimal:
        return Decimal(self.new_shares) / Decimal(self.old_shares)


KNOWN: dict[str, tuple[Split, ...]] = {
    # The counts of September and December 2024 are tens of millions, of which the reports of those quarters state hundreds.
    "MSTR": (Split(date(2024, 8, 8), 10, 1, "old"),),
    # Consolidated at the end of July 2024 (115 million shares before, 18 million in August), split back in 2025 (39 million
    # before). The history has tens of millions from its first day in April 2024 on.
    "3350.T": (Split(date(2024, 7, 30), 1, 10, "new"), Split(date(2025, 3, 28), 10, 1)),
    "KULR": (Split(date(2025, 6, 23), 1, 8),),
}
"""Splits of companies whose histories are known to contain one, from their own announcements."""


class Unit(NamedTuple):
    """`day`: in shares of which day a count is (None: of its own). `suspect`: a person should look at it."""

    day: date | None
    suspect: bool


def units(series: Sequence[tuple[date, Decimal | None]], splits: Sequence[Split]) -> list[Unit]:
    """The unit of each count of a series, which is in the order of its dates."""
    days: list[date | None] = [None] * len(series)
    suspect = [False] * len(series)
    for split in sorted(splits, key=lambda split: split.ex_date):
        before = [n for n, (day, count) in enumerate(series) if count and day < split.ex_date]
        after = [n for n, (day, count) in enumerate(series) if count and day >= split.ex_date]
        if not before or not after:
            continue
        last, first = before[-1], after[0]
        one, two = series[last][1], series[first][1]
        assert one is not None
        assert two is not None
        if _jumps(two / one, split.ratio):
            if days[last] is not None and days[first] is not None:
                # with this split but without an earlier one: no day has such shares
                for n in after:
                    days[n], suspect[n] = None, True
        elif split.counts == "old":
            for n in after:
                days[n], suspect[n] = days[last] or series[last][0], True
        elif split.counts == "new":
            for n in before:
                days[n], suspect[n] = series[first][0], True
        else:
            suspect[first] = True
    return [Unit(*both) for both in zip(days, suspect, strict=True)]


def all_splits(ticker: str, booked: Sequence[tuple[date, Decimal]]) -> list[Split]:
    """The splits of the table, and the booked ones that are not in it."""
    known = KNOWN.get(ticker, ())
    others = [
        Split(day, ratio, 1)
        for day, ratio in booked
        if not any(abs(one.ex_date - day) <= NEAR for one in known)
    ]
    return [*known, *others]


def not_booked(ticker: str, booked: Sequence[tuple[date, Decimal]]) -> list[Split]:
    """Splits of the table that nobody has booked."""
    return [
        split
        for split in KNOWN.get(ticker, ())
        if not any(abs(day - split.ex_date) <= NEAR for day, _ in booked)
    ]


def _jumps(growth: Decimal, ratio: Decimal) -> bool:
    """Whether a count grew rather as the split says than as if there had been none."""
    return abs((growth / ratio).ln()) < abs(growth.ln())
