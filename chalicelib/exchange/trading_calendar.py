"""The trading days that the database knows, told ahead: so a book ends its day by itself, whether or not a job runs."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.errors import Unavailable, name_constraints
from chalicelib.core.sessions import session_days
from chalicelib.exchange.schedule import trading_hours

queries = db.Queries(__file__, "calendar.sql")

AHEAD = timedelta(days=400)
"""How far the calendar reaches: a year, and time enough to notice that it is not kept any more."""

ENOUGH = timedelta(days=300)
"""With less than this it is written anew by the first to look, and not left to the daily job."""

BEHIND = timedelta(days=10)
"""Longer than any row of days without a session: so the day that is under way is in it."""

name_constraints(
    {
        # the database's own words say of which moment; an alarm of the jobs goes with it
        "trading_calendar_known": (
            Unavailable,
            "trading_days_unknown",
            "It is not known when this trading day ends, so no order is taken. Try again in a minute.",
        )
    }
)


def keep_ahead(tx: Tx, now: datetime) -> None:
    """Makes the calendar reach from the oldest auction not yet held to months ahead; for jobs and administrators."""
    needed = queries.calendar_needed(tx.conn, now=now, until=now + ENOUGH)
    if not needed["known"]:
        write(tx, needed["since"], now)


def write(tx: Tx, since: datetime, now: datetime) -> int:
    """Writes the trading days around `since` to a year after `now`; returns how many were not as they should be.

    Days that are known already are corrected: closings are sometimes announced a few days ahead.
    """
    return write_days(tx, (since - BEHIND).date(), (now + AHEAD).date())


def write_days(tx: Tx, first: date, last: date) -> int:
    """Writes the trading days from `first` to `last`, both included: these and no others."""
    days = session_days(first, last)
    hours = [trading_hours(day) for day in days]
    changed: int = queries.keep_calendar(
        tx.conn,
        first=first,
        last=last,
        days=days,
        starts_after=[starts_after for starts_after, _ in hours],
        ends_at=[ends_at for _, ends_at in hours],
    )
    return changed
