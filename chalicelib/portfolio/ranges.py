"""Ranges of days: 1D, 1W, MTD, 1M, 3M, 6M, YTD, 1Y, 3Y, 5Y, max, and any days from … to.

A range is told by its first and last day. Its opening value is that of the end of the day before the first, its closing
value that of the end of the last: the range 1D of a day is that day, from the close before it to its own.

Months and years are counted back from the last day to the same day of the month, or to the month's last where it has no
such day (31 March less one month is 28 or 29 February; 29 February less one year is 28 February), and that day is the
opening. Weeks are seven days. MTD and YTD open at the end of the last month and year.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Literal, NamedTuple, get_args

RangeName = Literal["1D", "1W", "MTD", "1M", "3M", "6M", "YTD", "1Y", "3Y", "5Y", "max"]
NAMES: tuple[RangeName, ...] = get_args(RangeName)
DAY = timedelta(days=1)
_MONTHS = {"1M": 1, "3M": 3, "6M": 6, "1Y": 12, "3Y": 36, "5Y": 60}


class Range(NamedTuple):
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def opening(self) -> date:
        """The day at whose end the range begins."""
        return self.first - DAY

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class EmptyRange(Exception):
    """The range ends before it begins."""


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def named(name: RangeName, last: date, start: date | None) -> Range:
    """The range of that name that ends with `last`. `start` is the first day on which anything happened: what "max" goes
    back to (with None, there is only the last day)."""
    match name:
        case "1D":
            opening = last - DAY
        case "1W":
            opening = last - 7 * DAY
        case "MTD":
            opening = last.replace(day=1) - DAY
        case "YTD":
            opening = date(last.year - 1, 12, 31)
        case "max":
            opening = min(start or last, last) - DAY
        case _:
            opening = months_before(last, _MONTHS[name])
    return Range(opening + DAY, last)


def custom(first: date | None, last: date, start: date | None) -> Range:
    """The days from `first` (None: from the beginning) to `last`. Raises EmptyRange."""
    if first is None:
        return named("max", last, start)
    if first > last:
        raise EmptyRange
    return Range(first, last)


def periods(days: Range, interval: Literal["1d", "1w", "1M"]) -> list[date]:
    """The days that a chart shows: the opening, every day or the last of each week (Sunday) or month, and the last."""
    every = [days.opening + count * DAY for count in range(days.days + 1)]
    if interval == "1d":
        return every
    weekly = interval == "1w"
    return [
        day
        for day in every
        if day in (every[0], every[-1]) or (day.weekday() == 6 if weekly else (day + DAY).day == 1)
    ]
