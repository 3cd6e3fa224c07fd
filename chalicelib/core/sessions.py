"""Trading sessions of the New York Stock Exchange: which days it trades, and from when to when.

Holidays and early closes come from the `holidays` library (financial calendar NYSE), which also knows the unplanned ones.
Imported where used: it takes 0.1 s.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
OPENS = time(9, 30)
CLOSES = time(16, 0)
CLOSES_EARLY = time(13, 0)
BEFORE_OPEN = timedelta(hours=5, minutes=30)
AFTER_CLOSE = timedelta(hours=4)


class Session(NamedTuple):
    """One trading day: its date in New York, and when regular trading opens and closes, in UTC."""

    day: date
    opens: datetime
    closes: datetime

    @property
    def around(self) -> tuple[datetime, datetime]:
        """The hours in and around it in which shares change hands: 4:00 to 20:00 on a regular day."""
        return self.opens - BEFORE_OPEN, self.closes + AFTER_CLOSE


def session(day: date) -> Session | None:
    """The session of `day`, or None where the exchange is closed: weekends and holidays."""
    if day.weekday() >= 5 or day in _calendar("public"):
        return None
    closes = CLOSES_EARLY if day in _calendar("half_day") else CLOSES
    return Session(day, _in_utc(day, OPENS), _in_utc(day, closes))


def session_days(first: date, last: date) -> list[date]:
    """The trading days from `first` to `last`, both included."""
    days = (first + timedelta(days=count) for count in range((last - first).days + 1))
    return [day for day in days if session(day) is not None]


def session_around(moment: datetime) -> Session | None:
    """The session in or around whose hours `moment` falls, None outside."""
    found = session(moment.astimezone(NEW_YORK).date())
    if found is None:
        return None
    start, end = found.around
    return found if start <= moment <= end else None


def _in_utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)


@cache
def _calendar(category: str) -> Any:
    from holidays import financial_holidays

    return financial_holidays("NYSE", categories=(category,))
