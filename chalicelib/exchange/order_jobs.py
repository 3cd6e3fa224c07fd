"""Jobs that look after orders that wait for a busy book."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core import db, log
from chalicelib.core.jobs import Job, Outcome

queries = db.Queries(__file__, "orders.sql")

LEFT_BEHIND = timedelta(seconds=5)
"""Who waits for a book gives up after that (lock_timeout): what waits longer has nobody who would place it."""

KEPT = timedelta(days=3)
"""Longer than idempotency keys, so that a key always finds the order that was placed under it."""


class OrdersLeftBehind(Exception):
    """Some books could not be served; all others were."""


def serve_waiting(as_of: datetime) -> Outcome:
    """Places the orders whose callers died while they waited, each book by itself: one that fails stops no other."""
    import psycopg

    with db.job_transaction() as tx:
        books = [row["offering_id"] for row in queries.books_left_behind(tx.conn, before=as_of - LEFT_BEHIND)]
    placed, failed = 0, []
    for offering_id in books:
        try:
            with db.job_transaction() as tx:
                placed += queries.serve_waiting(tx.conn, offering_id=offering_id, now=as_of)
        except psycopg.Error as exc:  # told below, when the other books have been served
            log.error("book_not_served", exc, offering=offering_id)
            failed.append(offering_id)
    if failed:
        raise OrdersLeftBehind(f"placed {placed}; orders for offerings {failed} still wait, see the log")
    return Outcome(placed)


def sweep_waiting(as_of: datetime) -> Outcome:
    """Removes what waited and has long been placed."""
    with db.job_transaction() as tx:
        return Outcome(queries.sweep_waiting(tx.conn, before=as_of - KEPT))


SERVE_WAITING = Job("serve_waiting_orders", serve_waiting)
SWEEP_WAITING = Job("sweep_waiting_orders", sweep_waiting, timedelta(days=1))
