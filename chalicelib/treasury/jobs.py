"""The tracker's jobs of scraping, by name: what app.py puts on the timetable and the command line runs."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core import db, queue
from chalicelib.core.jobs import Job, Outcome
from chalicelib.core.later import later
from chalicelib.sources.errors import SourceError

(scraping, attempts, feeds, wire_feeds) = later(
    "chalicelib.treasury", "scraping", "attempts", "feeds", "wire_feeds"
)
(health,) = later("chalicelib.market", "health")

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


def poll_newswires(as_of: datetime) -> Outcome:  # noqa: ARG001
    """Fetches the feeds of the newswires at which companies are looked for, where that was not done within five minutes:
    they have only their newest releases. One that fails is tried again by the next run; `failed` names it."""
    with db.job_transaction() as tx:
        wires = [row["wire"] for row in wire_feeds.queries.watched(tx.conn)]
    added, failed = 0, []
    for wire in wires:
        error: SourceError | None = None
        try:
            added += feeds.newswire(wire).refresh()
        except SourceError as exc:
            error = exc
            failed.append(f"{wire}: {exc}")
        with db.job_transaction() as tx:
            health.note(tx, wire, error)
    return Outcome(added, {"failed": failed} if failed else {})


def settle_priced(as_of: datetime) -> Outcome:  # noqa: ARG001
    """Has prices kept of what active companies hold and are, also of shares that have a source of prices only now, and of
    nothing else; how many histories that began."""
    with db.job_transaction() as tx:
        ids = [row["backfill"] for row in queries.settle_all_priced(tx.conn)]
        queue.ring_after_commit(tx, queue.BACKFILL, ids)
    return Outcome(len(ids))


PLAN_SCRAPES = Job("plan_scrapes", plan_scrapes)
SWEEP_SCRAPES = Job("sweep_scrapes", sweep_scrapes)
SWEEP_STALENESS = Job("sweep_staleness", sweep_staleness, DAY)
POLL_NEWSWIRES = Job("poll_newswires", poll_newswires)
SETTLE_PRICED = Job("settle_priced", settle_priced, DAY)
