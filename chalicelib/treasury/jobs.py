"""The tracker's jobs of scraping, by name: what app.py puts on the timetable and the command line runs."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core import db, queue
from chalicelib.core.jobs import Job, Outcome
from chalicelib.core.later import later

(scraping, attempts) = later("chalicelib.treasury", "scraping", "attempts")

queries = db.Queries(__file__, "scraping.sql")

PLAN_LIMIT = 1000
RING_AGAIN = timedelta(minutes=10)
STALE_AFTER = timedelta(days=45)
"""A company that reports by the quarter says something within that time, as a rule; one that does not is looked at."""
DAY = timedelta(days=1)


def plan_scrapes(as_of: datetime) -> Outcome:
    """Opens a job for each source that is due, and rings for it."""
    with db.job_transaction() as tx:
        ids = [row["id"] for row in queries.plan(tx.conn, as_of=as_of, limit=PLAN_LIMIT)]
        queue.ring_after_commit(tx, queue.SCRAPE, ids)
    return Outcome(len(ids))


def sweep_scrapes(as_of: datetime) -> Outcome:  # noqa: ARG001
    """Rings for jobs that are due and that nobody is at work on: lost bells, waits that are over, dead workers."""
    with db.job_transaction() as tx:
        due = queries.due(
            tx.conn, lease=scraping.LEASE, again=RING_AGAIN, most=attempts.MOST, limit=PLAN_LIMIT
        )
        ids = [row["id"] for row in due]
        queue.ring_after_commit(tx, queue.SCRAPE, ids)
    return Outcome(len(ids))


def sweep_staleness(as_of: datetime) -> Outcome:
    """Opens jobs for companies whose latest approved number is old; `companies` in the details says how many those are."""
    with db.job_transaction() as tx:
        rows = list(queries.sweep_stale(tx.conn, as_of=as_of, after=STALE_AFTER, limit=PLAN_LIMIT))
        queue.ring_after_commit(tx, queue.SCRAPE, [row["job_id"] for row in rows])
    return Outcome(len(rows), {"companies": len({row["company_id"] for row in rows})})


PLAN_SCRAPES = Job("plan_scrapes", plan_scrapes)
SWEEP_SCRAPES = Job("sweep_scrapes", sweep_scrapes)
SWEEP_STALENESS = Job("sweep_staleness", sweep_staleness, DAY)
