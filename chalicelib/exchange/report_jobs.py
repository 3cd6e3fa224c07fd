"""The jobs that close trading days and count the state of the market: what app.py puts on the timetable."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.core import db, log
from chalicelib.core.jobs import Job, Outcome
from chalicelib.core.later import later
from chalicelib.exchange.schedule import trading_hours

if TYPE_CHECKING:
    from datetime import date

    from chalicelib.exchange import statistics
else:
    (statistics,) = later("chalicelib.exchange", "statistics")

queries = db.Queries(__file__, "reports.sql")

DAYS = 60
"""Trading days that one run closes at most; the next run goes on from there."""

SAID = 20
"""Failures named in the record of a run."""

STATE_AGE = timedelta(minutes=5)


class DayNotClosed(Exception):
    """Something of a trading day's end could not be done; all else was."""


def close_trading_day(as_of: datetime) -> Outcome:
    """Closes every trading day that has ended and is not closed, and lets the day orders of the last one expire.

    Each day and each offering is a transaction of its own. What fails is tried again a minute later and stops nothing else
    but the days after it, which build on it. A run for a moment just after the end of a past day computes that day anew.

    Raises DayNotClosed at the end where something failed.
    """
    with db.job_transaction() as tx:
        ended = statistics.ended_days(tx, as_of)
        due = statistics.due_days(tx, ended, as_of)[:DAYS]
    if not ended:
        return Outcome()
    closed, failures = close_days(due, as_of)
    expired, failed = expire_day_orders(trading_hours(ended[-1])[1], as_of)
    failures += failed + wrong_candles(closed)
    if closed or expired:
        with db.job_transaction() as tx:
            queries.refresh_market_state(tx.conn, now=as_of)
    if failures:
        raise DayNotClosed("; ".join(failures[:SAID]))
    return Outcome(
        len(closed) + expired, {"closed": [str(day) for day in closed], "expired": expired} if closed else {}
    )


def close_days(days: list[date], now: datetime) -> tuple[list[date], list[str]]:
    """Closes days, in their order, up to the first that cannot be: the days that were closed, and what went wrong."""
    import psycopg

    closed: list[date] = []
    for day in days:
        try:
            with db.job_transaction() as tx:
                statistics.close_day(tx, day, now)
        except psycopg.Error as exc:  # day orders expire all the same; the run is marked as failed
            log.error("trading_day_not_closed", exc, day=day)
            return closed, [f"the day {day}: {exc.diag.message_primary or exc}"]
        closed.append(day)
    return closed, []


def expire_day_orders(placed_until: datetime, now: datetime) -> tuple[int, list[str]]:
    """Cancels the day orders placed up to a moment: how many, and where it failed."""
    import psycopg

    with db.job_transaction() as tx:
        due = [row["id"] for row in queries.offerings_with_day_orders(tx.conn, placed_until=placed_until)]
    expired, failed = 0, []
    for offering_id in due:
        try:
            with db.job_transaction() as tx:
                expired += queries.expire_day_orders(
                    tx.conn, offering_id=offering_id, placed_until=placed_until, now=now
                )
        except psycopg.Error as exc:  # the others expire all the same; the run is marked as failed
            log.error("day_orders_not_expired", exc, offering=offering_id)
            failed.append(f"the day orders of offering {offering_id} did not expire")
    return expired, failed


def wrong_candles(days: list[date]) -> list[str]:
    """Which candles of these days are not what their trades make of them."""
    if not days:
        return []
    with db.job_transaction() as tx:
        found = queries.wrong_candles(
            tx.conn, from_moment=trading_hours(days[0])[0], until=trading_hours(days[-1])[1]
        )
        return [
            f"the candle of offering {row['offering_id']} at {row['snapshot_hour'].isoformat()} is not its trades"
            for row in found
        ]


def refresh_market_state(as_of: datetime) -> Outcome:
    """Counts the state of every offering, unless that was done less than five minutes ago."""
    with db.job_transaction() as tx:
        if not queries.market_state_is_stale(tx.conn, refreshed_until=as_of - STATE_AGE):
            return Outcome()
        return Outcome(queries.refresh_market_state(tx.conn, now=as_of))


CLOSE_TRADING_DAY = Job("close_trading_day", close_trading_day)
REFRESH_MARKET_STATE = Job("refresh_market_state", refresh_market_state)
