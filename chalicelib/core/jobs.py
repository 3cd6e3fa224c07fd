"""Jobs: work that a schedule starts. Each run is for a moment (`as_of`), is recorded, and never overlaps with itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.core import clock, db, log

queries = db.Queries(__file__)

MAX_CATCH_UP = 60
"""Periods made up for in one run; the next run goes on from there."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead of ours the clock of whoever starts a schedule may be."""


@dataclass(frozen=True)
class Outcome:
    """What a run did: rows changed, and whatever else is worth keeping with its record."""

    rows: int = 0
    details: dict[str, Any] = field(default_factory=dict)


registry: dict[str, Job] = {}
"""Every job of the process by name."""


@dataclass(frozen=True)
class Job:
    """A job's name, what it does for a moment, and how often it is due.

    `period` set means that every period counts: a run makes up for those since the last success, oldest first. None
    means that only the present matters (a price refreshed late is not refreshed twice).
    """

    name: str
    work: Callable[[datetime], Outcome]
    period: timedelta | None = None

    def __post_init__(self) -> None:
        registry[self.name] = self

    def moment(self, at: datetime) -> datetime:
        """The moment a run at `at` is for: the start of its period."""
        if self.period is None:
            return at
        epoch = datetime(2000, 1, 1, tzinfo=UTC)
        return epoch + (at - epoch) // self.period * self.period


class NotYet(ValueError):
    """A run was asked for a moment that has not come."""


class JobFailed(Exception):
    """A run failed; its record in app.job_runs says why."""


def run_due(event: Any, *due: Job) -> list[dict[str, Any]]:
    """What a schedule calls: runs each of `due` for the event's time. One that fails does not stop the others.

    A job whose period was already done is left alone, so that a daily job may stand on an hourly schedule: it runs within
    an hour of midnight, or within an hour of the machine coming back.

    Raises JobFailed at the end if any did, so that the platform counts an error too. Raises NotYet, and runs nothing, for
    an event of the future: an auction held before its time cannot be held again.
    """
    at = _event_time(event)
    refuse_the_future(at, clock.now() + CLOCKS_DIFFER)
    results = [result for job in due if (result := _run_unless_done(job, at))]
    failed = [result["job"] for result in results if result["status"] == "failed"]
    if failed:
        raise JobFailed(f"failed: {', '.join(failed)}; see app.job_runs")
    return results


def refuse_the_future(moment: datetime, now: datetime) -> None:
    """Raises NotYet for a moment after `now`: what jobs do for a moment is done as if it had come, and stays done."""
    if moment > now:
        raise NotYet(
            f"{moment:%Y-%m-%d %H:%M:%S} UTC has not come yet: it is {now:%Y-%m-%d %H:%M:%S} UTC. A job runs for now or "
            "for a past moment."
        )


def run(job: Job, at: datetime | None = None, *, catch_up: bool = True) -> dict[str, Any]:
    """Runs `job` for the moment `at`, after the periods missed since its last success.

    Returns {"job", "status": succeeded | failed | skipped, "rows", …}. Skipped: another process is running it.
    The lock is an advisory lock of a transaction that stays open meanwhile: it ends with the process, however that ends.
    """
    wanted = job.moment(at or clock.now())
    with db.job_transaction() as lock:
        if not queries.try_job_lock(lock.conn, job=job.name):
            log.info("job_skipped", job=job.name, reason="running elsewhere")
            return {"job": job.name, "status": "skipped", "rows": 0}
        rows = 0
        for moment in _moments(job, wanted, catch_up):
            result = _run_once(job, moment)
            rows += result["rows"]
            if result["status"] == "failed":
                return {**result, "rows": rows}
        return {"job": job.name, "status": "succeeded", "rows": rows, "as_of": wanted.isoformat()}


def _run_unless_done(job: Job, at: datetime) -> dict[str, Any] | None:
    try:
        return None if _done(job, at) else run(job, at)
    except Exception as exc:  # not the job's own work, which `run` records: the database was lost, say
        log.error("job_not_recorded", exc, job=job.name)
        return {"job": job.name, "status": "failed", "rows": 0}


def _done(job: Job, at: datetime) -> bool:
    if job.period is None:
        return False
    return _last_success(job, job.moment(at)) == job.moment(at)


def _last_success(job: Job, until: datetime) -> datetime | None:
    with db.job_transaction() as tx:
        last: datetime | None = queries.last_success(tx.conn, job=job.name, until=until)
    return last


def _moments(job: Job, wanted: datetime, catch_up: bool) -> list[datetime]:
    if job.period is None or not catch_up:
        return [wanted]
    last = _last_success(job, wanted)
    if last is None or last == wanted:
        return [wanted]
    missed = min((wanted - last) // job.period, MAX_CATCH_UP)
    return [last + job.period * count for count in range(1, missed + 1)]


def _run_once(job: Job, moment: datetime) -> dict[str, Any]:
    with db.job_transaction() as tx:
        run_id = queries.start_run(tx.conn, job=job.name, as_of=moment)
    started = time.perf_counter()
    error = None
    outcome = Outcome()
    with log.bound(job=job.name, run=run_id):
        try:
            outcome = job.work(moment)
        except Exception as exc:  # recorded with the run, reported by run_due
            error = f"{type(exc).__name__}: {exc}"[:2000]
            log.error("job_failed", exc)
        milliseconds = round((time.perf_counter() - started) * 1000)
        status = "failed" if error else "succeeded"
        with db.job_transaction() as tx:
            queries.finish_run(
                tx.conn,
                id=run_id,
                status=status,
                rows_changed=outcome.rows,
                error=error,
                details=json.dumps(outcome.details, default=str),
            )
        log.info("job_done", status=status, rows=outcome.rows, ms=milliseconds, **outcome.details)
        log.metric("JobFailures", 1 if error else 0, Job=job.name)
    return {"job": job.name, "status": status, "rows": outcome.rows, "error": error}


def _event_time(event: Any) -> datetime:
    fields = event if isinstance(event, dict) else event.to_dict()
    text = fields.get("time")
    return datetime.fromisoformat(text).astimezone(UTC) if text else clock.now()


def _sweep_ground_floor(as_of: datetime) -> Outcome:
    """Removes kept answers, idle budgets, old events and old runs."""
    with db.job_transaction() as tx:
        return Outcome(queries.sweep_ground_floor(tx.conn, as_of=as_of))


SWEEP_GROUND_FLOOR = Job("sweep_ground_floor", _sweep_ground_floor, timedelta(days=1))
