"""Schedules as AWS writes them: rate(5 minutes), and cron(minutes hours day-of-month month day-of-week year)
in UTC.

Written here because no maintained library reads AWS's dialect: six fields, days of the week from 1 (Sunday),
`?`, `L`, `W` and `#`. Chalice's Rate and Cron objects print themselves in the same form.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

MONTHS = {
    "JAN": 1,
    "FEB": 2,
    "MAR": 3,
    "APR": 4,
    "MAY": 5,
    "JUN": 6,
    "JUL": 7,
    "AUG": 8,
    "SEP": 9,
    "OCT": 10,
    "NOV": 11,
    "DEC": 12,
}
WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
LAST_YEAR = 2199

DayRule = Callable[[date], bool]


class BadSchedule(ValueError):
    """The expression is not one that EventBridge would take; the message says which part and why."""


@dataclass(frozen=True)
class Rate:
    """Every so often, from the start on."""

    every: timedelta

    def next_after(self, moment: datetime) -> datetime | None:
        return moment + self.every


@dataclass(frozen=True)
class Cron:
    """At each minute that fits all six fields."""

    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    years: frozenset[int]
    day_fits: DayRule

    def fits(self, moment: datetime) -> bool:
        moment = moment.astimezone(UTC)
        return self._date_fits(moment.date()) and moment.hour in self.hours and moment.minute in self.minutes

    def next_after(self, moment: datetime) -> datetime | None:
        """The first fitting minute after `moment`, or None when there is none any more."""
        start = moment.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        day, earliest = start.date(), start.time()
        while day.year <= LAST_YEAR:
            if day.year not in self.years:
                later = [year for year in self.years if year > day.year]
                if not later:
                    return None
                day, earliest = date(min(later), 1, 1), time(0)
                continue
            if self._date_fits(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        if time(hour, minute) >= earliest:
                            return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
            day, earliest = day + timedelta(days=1), time(0)
        return None

    def _date_fits(self, day: date) -> bool:
        return day.year in self.years and day.month in self.months and self.day_fits(day)


Schedule = Rate | Cron


def parse(expression: str) -> Schedule:
    """Reads a rate(…) or cron(…) expression. Raises BadSchedule."""
    found = re.fullmatch(r"(rate|cron)\((.*)\)", expression.strip())
    if not found:
        raise BadSchedule(f"{expression!r} is neither rate(…) nor cron(…)")
    kind, inner = found.groups()
    try:
        return _rate(inner) if kind == "rate" else _cron(inner)
    except BadSchedule as exc:
        raise BadSchedule(f"{expression}: {exc}") from None


def _rate(inner: str) -> Rate:
    found = re.fullmatch(r"([1-9][0-9]*) (minute|hour|day)(s?)", inner)
    if not found:
        raise BadSchedule("a rate is a number above zero and minute(s), hour(s) or day(s)")
    count, unit, plural = int(found[1]), found[2], found[3]
    if (count == 1) == (plural == "s"):
        raise BadSchedule(f"AWS wants '1 {unit}' and '{max(count, 2)} {unit}s'")
    return Rate(count * UNITS[unit])


def _cron(inner: str) -> Cron:
    fields = inner.upper().split()
    if len(fields) != 6:
        raise BadSchedule(
            f"cron has six fields (minutes hours day-of-month month day-of-week year), not {len(fields)}"
        )
    minutes, hours, month_day, months, weekday, years = fields
    if (month_day == "?") == (weekday == "?"):
        raise BadSchedule("exactly one of day-of-month and day-of-week must be ?")
    day_fits = _month_days(month_day) if weekday == "?" else _weekdays(weekday)
    return Cron(
        _numbers("minutes", minutes, 0, 59),
        _numbers("hours", hours, 0, 23),
        _numbers("month", months, 1, 12, MONTHS),
        _numbers("year", years, 1970, LAST_YEAR),
        day_fits,
    )


def _numbers(
    name: str, field: str, low: int, high: int, names: dict[str, int] | None = None
) -> frozenset[int]:
    """The numbers that a field of lists, ranges and steps stands for."""

    def number(text: str) -> int:
        value = (names or {}).get(text)
        if value is None and re.fullmatch(r"[0-9]+", text):
            value = int(text)
        if value is None or not low <= value <= high:
            raise BadSchedule(f"{name}: {text!r} is not within {low} to {high}")
        return value

    found: set[int] = set()
    for item in field.split(","):
        span, slash, step_text = item.partition("/")
        first_text, dash, last_text = span.partition("-")
        if span == "*":
            first, last = low, high
        else:
            first = number(first_text)
            last = number(last_text) if dash else high if slash else first
        if slash and not re.fullmatch(r"[1-9][0-9]*", step_text):
            raise BadSchedule(f"{name}: {item!r} has no step above zero after /")
        step = int(step_text) if slash else 1
        if last >= first:
            found.update(range(first, last + 1, step))
        elif names is WEEKDAYS:  # FRI-MON goes round the end of the week
            found.update((value - low) % 7 + low for value in range(first, last + 8, step))
        else:
            raise BadSchedule(f"{name}: {item!r} runs backwards")
    return frozenset(found)


def _month_days(field: str) -> DayRule:
    """Day of month: numbers, L (the last day), LW (the last weekday), 15W (the weekday nearest to the
    15th)."""
    if field == "L":
        return lambda day: day.day == _length(day)
    if field == "LW":
        return lambda day: day == _nearest_weekday(day, _length(day))
    nearest = re.fullmatch(r"([0-9]{1,2})W", field)
    if nearest and 1 <= int(nearest[1]) <= 31:
        wanted = int(nearest[1])
        return lambda day: wanted <= _length(day) and day == _nearest_weekday(day, wanted)
    days = _numbers("day-of-month", field, 1, 31)
    return lambda day: day.day in days


def _weekdays(field: str) -> DayRule:
    """Day of week: numbers from 1 (Sunday) or names, L (Saturday), 6L (the month's last Friday), 6#3 (its
    third)."""
    if field == "L":
        field = "SAT"
    special = re.fullmatch(r"([A-Z]{3}|[1-7])(?:L|#([1-5]))", field)
    if special and (special[1] in WEEKDAYS or special[1].isdigit()):
        wanted = WEEKDAYS.get(special[1]) or int(special[1])
        if special[2] is None:
            return lambda day: _weekday(day) == wanted and day.day + 7 > _length(day)
        nth = int(special[2])
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == nth
    days = _numbers("day-of-week", field, 1, 7, WEEKDAYS)
    return lambda day: _weekday(day) in days


def _weekday(day: date) -> int:
    """AWS's number: 1 is Sunday."""
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(month: date, wanted: int) -> date:
    """The weekday nearest to a day of the month, without leaving the month."""
    day = month.replace(day=wanted)
    if day.isoweekday() == 6:
        return day - timedelta(days=1) if wanted > 1 else day + timedelta(days=2)
    if day.isoweekday() == 7:
        return day + timedelta(days=1) if wanted < _length(month) else day - timedelta(days=2)
    return day
