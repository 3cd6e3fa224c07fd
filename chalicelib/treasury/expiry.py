"""The job that ends overrides whose time is over. Reads ignore them from that moment on; this keeps the record true."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core import db
from chalicelib.core.jobs import Job, Outcome

queries = db.Queries(__file__)


def expire_overrides(as_of: datetime) -> Outcome:
    """Deactivates overrides that had expired by `as_of`."""
    with db.job_transaction() as tx:
        return Outcome(queries.expire_overrides(tx.conn, as_of=as_of))


EXPIRE_OVERRIDES = Job("expire_overrides", expire_overrides)
