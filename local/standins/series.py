"""One asset's days: the known ones (real or simulated), then as many simulated ones as the clock asks for."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from local.standins.calendars import Calendar
from local.standins.simulation import STEPS, dice, next_close, path, printed, within


class Day(NamedTuple):
    """One trading day; `day` is the date's ordinal, prices and volume are text as a source prints them."""

    day: int
    open: str
    high: str
    low: str
    close: str
    volume: str


class Window(NamedTuple):
    """The 24 hours before a moment."""

    open: str
    high: str
    low: str
    last: str
    volume: float
    previous: str  # the close of the day before


class Nature(NamedTuple):
    """How an asset behaves where its days are simulated. `gaps`: it opens elsewhere than it closed."""

    name: str
    swing: float
    turnover: float
    gaps: bool
    volume_decimals: int


class Series:
    """The days of one asset, on its market's calendar. `known` is called once, at first use."""

    def __init__(self, nature: Nature, calendar: Calendar, known: Callable[[], list[Day]]) -> None:
        self.nature = nature
        self.calendar = calendar
        self._known = known
        self._days: list[Day] = []
        self._ordinals: list[int] = []
        self._lock = threading.Lock()

    def between(self, first: int, last: int, now: datetime) -> list[Day]:
        """The days from first to last, as they look at `now`: the running day is unfinished."""
        latest = self._grown_to(now)
        begin = bisect_left(self._ordinals, first)
        days = self._days[begin : bisect_right(self._ordinals, min(last, latest))]
        if days and days[-1].day == latest:
            days[-1] = self._so_far(days[-1], now)
        return days

    def latest(self, now: datetime, count: int) -> list[Day]:
        """The last `count` days, the running or last one included."""
        end = bisect_right(self._ordinals, self._grown_to(now))
        days = self._days[max(0, end - count) : end]
        if days:
            days[-1] = self._so_far(days[-1], now)
        return days

    def price(self, moment: datetime) -> str | None:
        """The price at a moment; None before the first day and at its very start, which no close precedes."""
        end = bisect_right(self._ordinals, self._grown_to(moment))
        if end == 0 or (end == 1 and self._part_of(self._ordinals[0], moment) == 0):
            return None
        return self._price_in(self._days[end - 1], moment)

    def window(self, now: datetime) -> Window | None:
        """The 24 hours before now; None before the second day."""
        days = self.latest(now, 2)
        if len(days) < 2:
            return None
        texts = [text for hour in range(25) if (text := self.price(now - timedelta(hours=hour)))]
        part = self._part_of(days[1].day, now)
        volume = float(days[1].volume) + float(days[0].volume) * (1 - part)
        return Window(
            texts[-1], max(texts, key=float), min(texts, key=float), texts[0], volume, days[0].close
        )

    def _grown_to(self, now: datetime) -> int:
        """Simulates the days since the last known one. Answers with the latest day that has begun."""
        latest = self.calendar.latest(now)
        with self._lock:
            if not self._days:
                self._days += self._known()
                self._ordinals += [day.day for day in self._days]
            for day in self.calendar.days(self._ordinals[-1] + 1, latest):
                self._days.append(simulated_day(self.nature, day, self._days[-1].close))
                self._ordinals.append(day)
        return latest

    def _part_of(self, day: int, moment: datetime) -> float:
        opens, closes = self.calendar.hours(day)
        return min(1.0, max(0.0, (moment - opens) / (closes - opens)))

    def _price_in(self, day: Day, moment: datetime) -> str:
        part = self._part_of(day.day, moment)
        if part in (0.0, 1.0):
            return day.close if part else day.open
        price = within(self.nature.name, day.day, float(day.open), float(day.close), self.nature.swing, part)
        text = printed(price)
        return min(max(text, day.low, key=float), day.high, key=float)

    def _so_far(self, day: Day, now: datetime) -> Day:
        """The day as it looks at now. A peak between two of its samples is forgotten when it is over."""
        part = self._part_of(day.day, now)
        if part == 1.0:
            return day
        current = self._price_in(day, now)
        samples = path(self.nature.name, day.day, float(day.open), float(day.close), self.nature.swing)
        seen = [printed(sample) for sample in samples[: int(part * STEPS) + 1]]
        seen = [min(max(text, day.low, key=float), day.high, key=float) for text in seen]
        seen += [day.open, current]
        volume = f"{float(day.volume) * part:.{self.nature.volume_decimals}f}"
        return Day(day.day, day.open, max(seen, key=float), min(seen, key=float), current, volume)


def simulated_day(nature: Nature, day: int, previous: str, close: float | None = None) -> Day:
    """A day after the close `previous`, ending at `close` or where the walk leads."""
    ends = printed(next_close(nature.name, float(previous), day, nature.swing) if close is None else close)
    gap = 1 + 0.3 * nature.swing * dice(nature.name, day).waves[1] if nature.gaps else 1.0
    opens = printed(float(previous) * gap) if nature.gaps else previous
    samples = path(nature.name, day, float(opens), float(ends), nature.swing)
    high = max(printed(max(samples)), opens, ends, key=float)
    low = min(printed(min(samples)), opens, ends, key=float)
    return Day(day, opens, high, low, ends, simulated_volume(nature, day, ends))


def simulated_volume(nature: Nature, day: int, close: str) -> str:
    """A day's volume in units of the asset."""
    units = nature.turnover * dice(nature.name, day).volume / float(close)
    return f"{units:.{nature.volume_decimals}f}"
