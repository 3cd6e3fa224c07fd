"""The jobs that keep snapshots and cached figures: what app.py puts on the timetable."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.core import db
from chalicelib.core.jobs import Job, Outcome
from chalicelib.core.later import later
from chalicelib.core.models import BIGGEST
from chalicelib.core.sessions import NEW_YORK, session

if TYPE_CHECKING:
    from chalicelib.portfolio import dividends
else:
    (dividends,) = later("chalicelib.portfolio", "dividends")

queries = db.Queries(__file__, "reports.sql")

DAY = timedelta(days=1)
IN_SESSION = timedelta(minutes=15)
BATCH = 100
BATCHES = 200
"""Portfolios whose figures one run computes at most: BATCHES times BATCH. The next run goes on with the oldest."""
RETAKEN = 100


def take_snapshots(as_of: datetime) -> Outcome:
    """Of every portfolio at the midnight of `as_of`: the value at the end of the day before.

    The day before that is taken again: coins' closes and late bars of it have landed since. Snapshots that are stored as
    they are, are not touched.
    """
    midnight = as_of.astimezone(UTC).date()
    taken = {}
    for day in (midnight - 2 * DAY, midnight - DAY):
        taken[str(day)] = take_day(day)
    return Outcome(sum(taken.values()), {"taken": taken})


def take_day(day: date) -> int:
    """Stores everybody's snapshots of one day; returns how many are new or changed.

    Both halves at once, each in a transaction of its own: one statement keeps one processor of the database busy. A half
    that fails is taken by the next run, which finds the other half stored.
    """
    from concurrent.futures import ThreadPoolExecutor

    with db.job_transaction() as tx:
        middle = queries.middle_portfolio(tx.conn) or 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        return sum(pool.map(lambda part: _taken(day, *part), [(0, middle), (middle, BIGGEST)]))


def _taken(day: date, after: int, up_to: int) -> int:
    with db.job_transaction() as tx:
        return int(queries.take_snapshots(tx.conn, day=day, after=after, up_to=up_to))


def retake_snapshots(as_of: datetime) -> Outcome:  # noqa: ARG001
    """Takes snapshots again that backdated, changed or deleted transactions made untrue."""
    with db.job_transaction() as tx:
        return Outcome(queries.retake_stale_snapshots(tx.conn, limit=RETAKEN))


def refresh_performance_cache(as_of: datetime) -> Outcome:
    """Computes cached figures anew: those that a transaction made invalid at once, all others every 15 minutes while the
    New York Stock Exchange trades, and otherwise once a UTC day has begun."""
    older_than = as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    trading = session(as_of.astimezone(NEW_YORK).date())
    if trading is not None and trading.opens <= as_of <= trading.closes + IN_SESSION:
        older_than = max(older_than, as_of - IN_SESSION)
    rows = 0
    for _ in range(BATCHES):
        with db.job_transaction() as tx:
            due = [row["id"] for row in queries.due_performance(tx.conn, older_than=older_than, limit=BATCH)]
            if due:
                rows += queries.refresh_performance(tx.conn, ids=due, now=as_of)
        if len(due) < BATCH:
            break
    return Outcome(rows)


TAKE_SNAPSHOTS = Job("take_snapshots", take_snapshots, DAY)
RETAKE_SNAPSHOTS = Job("retake_snapshots", retake_snapshots)
REFRESH_PERFORMANCE_CACHE = Job("refresh_performance_cache", refresh_performance_cache)
PROPOSE_DIVIDENDS = Job("propose_dividends", lambda as_of: dividends.propose_dividends(as_of), DAY)
