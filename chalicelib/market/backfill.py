"""The backfill worker: claims a row, fetches page after page from the asset's sources, lands each with its progress.

The row tells the whole story. A page lands in one transaction with the row's next date, so that whatever kills the worker,
the next one resumes where the last page ended; the lease tells the living from the dead.
"""

from __future__ import annotations

import json
import random
import time
from datetime import date, timedelta
from typing import Any, NamedTuple

from chalicelib.core import clock, db, log, outbox, queue
from chalicelib.market import feeds, health
from chalicelib.market.retries import Verdict, backoff, judge
from chalicelib.sources.bars import BarPage
from chalicelib.sources.client import SourceError
from chalicelib.sources.errors import SourceHistoryLimited

queries = db.Queries(__file__)

LEASE = timedelta(seconds=180)
"""Longer than one round of asking can take: a source may take a minute to answer, and there may be a second source."""
TIME_BUDGET = 200.0
"""Seconds of work in one invocation; a row not done by then goes back to the queue."""
PAGES_AT_ONCE = 5
"""Pages gathered before they land: fewer, larger transactions; a killed worker asks for as many again."""
GATHER_SECONDS = 15.0
"""A slow source's pages land sooner: the lease must not run out while they are gathered."""


class Fetched(NamedTuple):
    """What one round of asking gave: the source, its bars as JSON, the next day to ask for, and what cannot be had."""

    source: str
    bars: str
    next_date: date | None
    note: str | None = None


class Claim(NamedTuple):
    """A row that this worker holds: its range still to fetch, its attempt, and its asset as the catalogue has it.

    `number` counts every claim of the row: a worker that lost its lease has an old one, and can change nothing any more.
    """

    id: int
    number: int
    attempt: int
    next_date: date
    end_date: date
    asset: dict[str, Any]


def work_on(backfill_id: int) -> None:
    """Does one backfill as far as it goes. A row that is done, not due, or in other hands is left alone."""
    claim = _claim(backfill_id)
    if claim is None:
        log.info("backfill_skipped", backfill=backfill_id)
        return
    with log.bound(backfill=claim.id, symbol=claim.asset["symbol"], attempt=claim.attempt):
        try:
            _work_on(claim)
        except (
            Exception
        ) as exc:  # no fault of a source's, so ours: the row tells of it too, and is tried again
            reason = f"not the source's fault: {type(exc).__name__}: {exc}"
            _postpone(claim, Verdict("pending", backoff(claim.attempt, random.random), reason, counts=True))
            raise


def _work_on(claim: Claim) -> None:
    deadline = time.monotonic() + TIME_BUDGET
    start: date | None = claim.next_date
    while start is not None and start <= claim.end_date:
        if time.monotonic() > deadline:
            _postpone(claim, Verdict("pending", 0, "its time was over; goes on from here", counts=False))
            queue.ring(queue.BACKFILL, [claim.id])
            return
        start = _fetch_and_land(claim, start)


def _claim(backfill_id: int) -> Claim | None:
    with db.job_transaction() as tx:
        row = queries.claim_backfill(tx.conn, id=backfill_id, lease=LEASE)
        if row is None:
            return None
        asset = queries.asset_sources(tx.conn, id=row["asset_id"])
    return Claim(row["id"], row["claims"], row["attempts"], row["next_date"], row["end_date"], asset)


def _fetch_and_land(claim: Claim, start: date) -> date | None:
    """Fetches the next pages and lands them. Returns the next day to ask for; None where the worker is to stop."""
    fetched = _fetch(claim, start)
    if isinstance(fetched, list):
        _postpone(claim, judge(fetched, claim.attempt, random.random))
        return None
    next_date = fetched.next_date or claim.end_date + timedelta(days=1)
    with db.job_transaction() as tx:
        landed = queries.land_backfill(
            tx.conn,
            id=claim.id,
            claim=claim.number,
            source=fetched.source,
            bars=fetched.bars,
            next_date=next_date,
            lease=LEASE,
            note=fetched.note,
        )
        health.note(tx, fetched.source, None)
    if landed is None:
        log.warning("backfill_lease_lost")
        return None
    log.info(
        "backfill_landed",
        source=fetched.source,
        rows=landed["landed"],
        flagged=landed["flagged"],
        done=landed["done"],
    )
    return None if landed["done"] else next_date


def _fetch(claim: Claim, start: date) -> Fetched | list[SourceError]:
    """Bars from the first source that gives them, or each source's error.

    Where none reaches back to `start`, the one that reaches back furthest gives what it has; a note says what is missing.
    """
    fetched = _ask(claim, start)
    if isinstance(fetched, Fetched):
        return fetched
    limited = [error for error in fetched if isinstance(error, SourceHistoryLimited)]
    reach = min(limited, key=lambda error: error.available_from, default=None)
    if reach is None or reach.available_from > claim.end_date or reach.available_from <= start:
        return fetched
    later = _ask(claim, reach.available_from)
    return later._replace(note=str(reach)) if isinstance(later, Fetched) else later


def _ask(claim: Claim, start: date) -> Fetched | list[SourceError]:
    """Asks the asset's sources in order of preference."""
    errors: list[SourceError] = []
    for name in claim.asset["price_sources"]:
        symbol = claim.asset[feeds.SYMBOL_COLUMN[name]]
        if symbol is None:
            continue
        try:
            pages = _pages(feeds.price_source(name), symbol, start, claim.end_date)
        except SourceError as error:
            log.warning("source_failed", source=name, reason=type(error).__name__)
            errors.append(error)
            with db.job_transaction() as tx:
                health.note(tx, name, error)
        else:
            bars = [bar for page in pages for bar in page.bars]
            return Fetched(name, json.dumps(bars, separators=(",", ":")), pages[-1].next_start)
    return errors


def _pages(source: feeds.PriceSource, symbol: str, start: date, end: date) -> list[BarPage]:
    """Up to PAGES_AT_ONCE pages. If a later one fails, those before it are kept: the next round asks again."""
    enough = time.monotonic() + GATHER_SECONDS
    pages = [source.daily_bars(symbol, start, end, clock.now())]
    while pages[-1].next_start is not None and len(pages) < PAGES_AT_ONCE and time.monotonic() < enough:
        try:
            pages.append(source.daily_bars(symbol, pages[-1].next_start, end, clock.now()))
        except SourceError:
            log.debug("page_failed", symbol=symbol)
            break
    return pages


def _postpone(claim: Claim, verdict: Verdict) -> None:
    with db.job_transaction() as tx:
        status = queries.postpone_backfill(
            tx.conn,
            id=claim.id,
            claim=claim.number,
            status=verdict.status,
            wait=timedelta(seconds=verdict.wait),
            error=verdict.reason[:2000],
            counts=verdict.counts,
        )
        if status == "failed":
            outbox.publish(
                tx, "backfills", "backfill_failed",
                {"backfill_id": claim.id, "asset_id": claim.asset["id"], "reason": verdict.reason[:500]},
            )  # fmt: skip
    log.warning("backfill_postponed", status=status, wait=round(verdict.wait), reason=verdict.reason[:300])
