"""The job that keeps the trading days known a year ahead: what app.py puts on the timetable."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.core import db
from chalicelib.core.jobs import Job, Outcome
from chalicelib.core.later import later

if TYPE_CHECKING:
    from chalicelib.exchange import trading_calendar
else:
    (trading_calendar,) = later("chalicelib.exchange", "trading_calendar")


def extend_calendar(as_of: datetime) -> Outcome:
    """Writes the trading days of a year ahead anew: another one, and what was announced since."""
    with db.job_transaction() as tx:
        return Outcome(trading_calendar.write(tx, as_of, as_of))


EXTEND_CALENDAR = Job("extend_trading_calendar", extend_calendar, timedelta(days=1))
