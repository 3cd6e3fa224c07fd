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

STATE_AGE = timedelta(minutes=5)


class DayNotClosed(Exception):
    """Something of a trading day's end could not be done; all else was."""


def close_trading_day(as_of: datetime) -> Outcome:
    """Closes every trading day that has ended and is not closed, and lets the day orders of the last one expire.

    Each day and each offering is a transaction of its own. What fails is tried again a minute later and stops nothing else
    but the days after it, which build on it. A run for a moment just after the end of a past day computes that day anew.
    """
    with db.job_transaction() as tx:
        ended = statistics.ended_days(tx, as_of)
        due = statistics.due_days(tx, as_of)[:DAYS]
    if not ended:
        return Outcome()
    changed = 0
    for day in due:
        with db.job_transaction() as tx:
            changed += statistics.close_day(tx, day, as_of).changed
    expired, failed = expire_day_orders(trading_hours(ended[-1])[1], as_of)
    wrong = wrong_candles(due)
    if due or expired:
        with db.job_transaction() as tx:
            queries.refresh_market_state(tx.conn, now=as_of)
    if failed or wrong:
        raise DayNotClosed(
            f"day orders of offerings {failed} did not expire; candles that are not what the trades make of them: {wrong}"
        )
    return Outcome(
        changed + expired, {"closed": [str(day) for day in due], "expired": expired} if due or expired else {}
    )


def expire_day_orders(placed_until: datetime, now: datetime) -> tuple[int, list[int]]:
    """Cancels the day orders placed up to a moment: how many, and the offerings in which it failed."""
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
            failed.append(offering_id)
    return expired, failed


def wrong_candles(days: list[date]) -> list[str]:
    """Which candles of these days are not what their trades make of them."""
    if not days:
        return []
    with db.job_transaction() as tx:
        found = queries.wrong_candles(
            tx.conn, from_moment=trading_hours(days[0])[0], until=trading_hours(days[-1])[1]
        )
        return [f"{row['offering_id']} at {row['snapshot_hour'].isoformat()}" for row in found]


def refresh_market_state(as_of: datetime) -> Outcome:
    """Counts the state of every offering, unless that was done less than five minutes ago."""
    with db.job_transaction() as tx:
        if not queries.market_state_is_stale(tx.conn, refreshed_until=as_of - STATE_AGE):
            return Outcome()
        return Outcome(queries.refresh_market_state(tx.conn, now=as_of))


CLOSE_TRADING_DAY = Job("close_trading_day", close_trading_day)
REFRESH_MARKET_STATE = Job("refresh_market_state", refresh_market_state)
