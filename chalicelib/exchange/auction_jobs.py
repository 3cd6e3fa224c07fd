"""The jobs that hold auctions and tell how they stand: what app.py puts on the timetable."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.core import db, log
from chalicelib.core.jobs import Job, Outcome
from chalicelib.core.later import later

if TYPE_CHECKING:
    from chalicelib.exchange import auctions, trading_calendar
else:
    auctions, trading_calendar = later("chalicelib.exchange", "auctions", "trading_calendar")


class AuctionsFailed(Exception):
    """Some auctions could not be held; all others were."""


def hold_auctions(as_of: datetime) -> Outcome:
    """Holds every auction that is due. One that fails is told of and tried again a minute later; it stops no other."""
    import psycopg

    with db.job_transaction() as tx:
        trading_calendar.keep_ahead(tx, as_of)
    with db.job_transaction() as tx:
        due = [row["id"] for row in auctions.queries.due_auctions(tx.conn, now=as_of)]
    held, failed = 0, []
    for offering_id in due:
        try:
            held += auctions.hold_if_due(offering_id, as_of)
        except psycopg.Error as exc:  # the others are held all the same; the run is marked as failed below
            log.error("auction_failed", exc, offering=offering_id)
            failed.append(offering_id)
    if failed:
        raise AuctionsFailed(f"held {held}; the auctions of offerings {failed} failed, see the log")
    return Outcome(held)


HOLD_AUCTIONS = Job("hold_auctions", hold_auctions)
PUBLISH_INDICATIVE = Job(
    "publish_indicative_auctions", lambda as_of: Outcome(auctions.publish_indicative(as_of))
)
