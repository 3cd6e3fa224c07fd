"""On which days each market trades, as ordinals of dates; and when its day begins and ends."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
FRANKFURT = ZoneInfo("Europe/Berlin")


@lru_cache(maxsize=8)
def _business_days(market: str) -> list[int]:
    import holidays

    closed = holidays.financial_holidays(market, years=range(1998, 2041)) if market else {}
    days = range(date(1998, 1, 1).toordinal(), date(2041, 1, 1).toordinal())
    shut = {day.toordinal() for day in closed}
    return [day for day in days if day % 7 not in (6, 0) and day not in shut]


class Calendar:
    """A market's days and hours. `market` is a code of the holidays library, or None: weekdays only.

    Early closes are not kept: such a day trades until the usual hour.
    """

    def __init__(self, market: str | None, zone: ZoneInfo, opens: time, closes: time) -> None:
        self._market = market or ""
        self._zone, self._opens, self._closes = zone, opens, closes

    def days(self, first: int, last: int) -> list[int]:
        """The trading days from first to last, both included."""
        days = _business_days(self._market)
        return days[bisect_left(days, first) : bisect_right(days, last)]

    def hours(self, day: int) -> tuple[datetime, datetime]:
        """When trading opens and closes on a day, in UTC."""
        on = date.fromordinal(day)
        opens = datetime.combine(on, self._opens, self._zone).astimezone(UTC)
        return opens, datetime.combine(on, self._closes, self._zone).astimezone(UTC)

    def latest(self, now: datetime) -> int:
        """The day whose trading has begun last."""
        today = now.astimezone(self._zone).date().toordinal()
        return next(day for day in reversed(self.days(today - 15, today)) if self.hours(day)[0] <= now)


class EveryDay(Calendar):
    """Coins: every UTC day, all day."""

    def __init__(self) -> None:
        super().__init__(None, ZoneInfo("UTC"), time(), time())

    def days(self, first: int, last: int) -> list[int]:
        """Every day."""
        return list(range(first, last + 1))

    def hours(self, day: int) -> tuple[datetime, datetime]:
        """From midnight to midnight."""
        opens = datetime.combine(date.fromordinal(day), time(), UTC)
        return opens, opens + timedelta(days=1)


COIN_DAYS = EveryDay()
NYSE_DAYS = Calendar("NYSE", NEW_YORK, time(9, 30), time(16, 0))
WEEKDAYS = Calendar(None, ZoneInfo("UTC"), time(1, 0), time(7, 0))  # a stand-in for other exchanges' sessions
ECB_DAYS = Calendar("ECB", FRANKFURT, time(16, 0), time(16, 0))  # a day "opens" when its rates are published

Clock = Callable[[], datetime]
