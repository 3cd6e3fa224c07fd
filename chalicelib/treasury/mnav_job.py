"""The job that keeps mNAV by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.core import db
from chalicelib.core.jobs import Job, Outcome

queries = db.Queries(__file__, "reports.sql")

DAY = timedelta(days=1)


def snapshot_mnav(as_of: datetime) -> Outcome:
    """mNAV of every company at the end of the day before `as_of`, and once more of the day before that: closes of coins and
    late bars of it have landed since. May be run for any past moment; days that are stored as they are, are not touched."""
    midnight = as_of.astimezone(UTC).date()
    changed = {}
    for day in (midnight - 2 * DAY, midnight - DAY):
        with db.job_transaction() as tx:
            changed[str(day)] = queries.snapshot_mnav(tx.conn, day=day)
    return Outcome(sum(changed.values()), {"changed": changed})


SNAPSHOT_MNAV = Job("snapshot_mnav", snapshot_mnav, DAY)
