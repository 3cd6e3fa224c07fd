"""Trading days for tests that act at moments of their own: known in the database, as the jobs keep them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core import clock, db
from chalicelib.exchange import trading_calendar


def know_days(at: datetime) -> None:
    """The trading days from before `at` (and the present moment) to a year after it are known."""
    now = clock.now()
    until = max(at, now)
    with db.job_transaction() as tx:
        needed = trading_calendar.queries.calendar_needed(
            tx.conn, now=at, until=until + trading_calendar.ENOUGH
        )
        if not needed["known"]:
            trading_calendar.write(tx, min(at, now), until)
