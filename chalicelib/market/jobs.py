"""The market's jobs, by name: what app.py puts on the timetable and the command line runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.core import db, log, queue
from chalicelib.core.jobs import Job, Outcome
from chalicelib.core.later import later
from chalicelib.core.sessions import session_days

if TYPE_CHECKING:
    from chalicelib.market import refresh
else:
    (refresh,) = later("chalicelib.market", "refresh")

queries = db.Queries(__file__)

RING_AGAIN = timedelta(minutes=10)
SWEEP_LIMIT = 1000
FIRST_SESSION_DAY = date(2000, 1, 1)
DAY = timedelta(days=1)


def sweep_backfills(as_of: datetime) -> Outcome:  # noqa: ARG001
    """Rings for backfills that are due and that nobody is at work on: lost bells, waits that are over, dead workers."""
    with db.job_transaction() as tx:
        ids = [row["id"] for row in queries.due_backfills(tx.conn, again=RING_AGAIN, limit=SWEEP_LIMIT)]
        queue.ring_after_commit(tx, queue.BACKFILL, ids)
    return Outcome(len(ids))


def extend_histories(as_of: datetime) -> Outcome:
    """Queues what is missing from each tracked asset's history up to yesterday."""
    with db.job_transaction() as tx:
        ids = [row["id"] for row in queries.extend_histories(tx.conn, yesterday=_yesterday(as_of))]
        queue.ring_after_commit(tx, queue.BACKFILL, ids)
    return Outcome(len(ids))


def queue_gaps(as_of: datetime) -> Outcome:
    """Finds days without a bar inside fetched histories, and queues each once more."""
    yesterday = _yesterday(as_of)
    with db.job_transaction() as tx:
        days = session_days(FIRST_SESSION_DAY, yesterday)
        ids = [row["id"] for row in queries.queue_gaps(tx.conn, sessions=days, yesterday=yesterday)]
        queue.ring_after_commit(tx, queue.BACKFILL, ids)
    return Outcome(len(ids))


def keep_close_only(as_of: datetime) -> Outcome:
    """Of bars past two years, keeps only the close."""
    with db.job_transaction() as tx:
        return Outcome(queries.keep_close_only(tx.conn, as_of=as_of))


def maintain_partitions(as_of: datetime) -> Outcome:
    """Makes next year's partition ahead, and raises the alarm where a DEFAULT partition holds rows."""
    with db.job_transaction() as tx:
        made = queries.make_partitions(
            tx.conn,
            table_name="market.asset_prices",
            unit="year",
            from_moment=as_of,
            until=as_of + timedelta(days=366),
        )
        stray = {
            row["partition"]: row["rows"]
            for row in tx.execute("select partition, rows from app.default_partition_rows()")
        }
    for partition, rows in stray.items():
        log.metric("DefaultPartitionRows", rows, Partition=partition)
    return Outcome(made, {"stray": {name: rows for name, rows in stray.items() if rows}})


def _yesterday(as_of: datetime) -> date:
    return as_of.astimezone(UTC).date() - DAY


REFRESH_CRYPTO_PRICES = Job("refresh_crypto_prices", lambda as_of: refresh.refresh_crypto_prices(as_of))
REFRESH_STOCK_PRICES = Job("refresh_stock_prices", lambda as_of: refresh.refresh_stock_prices(as_of))
REFRESH_MARKET_CAPS = Job("refresh_market_caps", lambda as_of: refresh.refresh_market_caps(as_of))
REFRESH_EXCHANGE_RATES = Job("refresh_exchange_rates", lambda as_of: refresh.refresh_exchange_rates(as_of))
SWEEP_BACKFILLS = Job("sweep_backfills", sweep_backfills)
EXTEND_HISTORIES = Job("extend_histories", extend_histories, DAY)
QUEUE_GAPS = Job("queue_gaps", queue_gaps, DAY)
KEEP_CLOSE_ONLY = Job("keep_close_only", keep_close_only, DAY)
MAINTAIN_PARTITIONS = Job("maintain_partitions", maintain_partitions, DAY)
