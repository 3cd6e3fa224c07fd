"""What identity does by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core import db
from chalicelib.core.jobs import Job, Outcome

queries = db.Queries(__file__)


def sweep(as_of: datetime) -> Outcome:
    """Removes refresh tokens that expired before `as_of`, and API keys revoked 90 days before it."""
    with db.job_transaction() as tx:
        removed = queries.sweep(tx.conn, as_of=as_of)
    return Outcome(removed["tokens"] + removed["keys"], dict(removed))


SWEEP = Job("sweep_identity", sweep, timedelta(days=1))
