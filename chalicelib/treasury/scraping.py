"""The scraping worker: claims a job, asks its source what there is, reads what is new, proposes what it states.

The row tells the whole story. A filing lands with all its documents and candidates in one transaction, so that whatever
ends the worker, the next one goes on with the next filing. While a source is asked, no transaction is open.
"""

from __future__ import annotations

import json
import random
import time
import zlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from chalicelib.core import clock, db, log, queue
from chalicelib.market import health
from chalicelib.market.retries import backoff
from chalicelib.sources.client import SourceError, SourceRateLimited
from chalicelib.treasury import attempts, feeds, reading
from chalicelib.treasury.attempts import Verdict
from chalicelib.treasury.readers import Listed, Listing, Reader, Target

queries = db.Queries(__file__, "scraping.sql")

LEASE = timedelta(minutes=15)
"""A worker that has not ended by then is dead: a Lambda lives for five minutes, and TIME_BUDGET ends it before."""
TIME_BUDGET = 200.0
"""Seconds of work in one invocation; a job not done by then goes back to the queue."""
RAW_LIMIT = 2_000_000
"""Bytes of a source's answer that are kept with the job, compressed."""
GIVE_UP_AFTER = 3
"""Documents in a row that cannot be had: then it is the source, and the rest waits."""


def work_on(job_id: int) -> None:
    """Does one job as far as it goes. A job that is done, not due, or in other hands is left alone."""
    target = _claim(job_id)
    if target is None:
        log.info("scrape_skipped", job_row=job_id)
        return
    with log.bound(scrape=target.id, source=target.type, company=target.ticker, attempt=target.attempt):
        try:
            _look(target)
        except SourceError as error:
            with db.job_transaction() as tx:
                health.note(tx, error.source, error)
            _postpone(target, attempts.judge(error, target.attempt, random.random))
        except (
            Exception
        ) as exc:  # no fault of a source's, so ours: the row tells of it too, and is tried again
            reason = f"not the source's fault: {type(exc).__name__}: {exc}"
            wait = backoff(target.attempt, random.random)
            _postpone(target, Verdict(wait, "internal", reason))
            raise


def _look(target: Target) -> None:
    deadline = time.monotonic() + TIME_BUDGET
    reader = feeds.reader(target.type)
    listing = reader.listing(target, clock.now())
    unread = _note_listing(target, listing)
    if unread is None:
        return
    if not _land_skipped(target, [item for item in unread if item.skip]):
        return
    wanted = [item for item in unread if not item.skip]
    # Oldest first, so that each is compared with what was before it. Every other attempt begins at the other end: one that
    # ends its worker must not keep the rest from being read.
    wanted.sort(key=lambda item: (item.filed, item.key), reverse=target.attempt % 2 == 0)
    if _read_all(target, reader, listing, wanted, deadline):
        if listing.facts is not None:
            _read_balance(target, listing.facts, wanted)
        _finish(target, listing, wanted)


def _claim(job_id: int) -> Target | None:
    with db.job_transaction() as tx:
        row = queries.claim(tx.conn, id=job_id, lease=LEASE)
    if row is None:
        return None
    return Target(**{name: row[name] for name in Target._fields})


def _note_listing(target: Target, listing: Listing) -> list[Listed] | None:
    """Keeps the source's answer, and whether it means our company. What is new; None where the job is over."""
    packed = compressed(listing.raw)
    lines = [f"{len(listing.items)} listed", listing.identity.found, *listing.notes]
    with db.job_transaction() as tx:
        mine = queries.note(
            tx.conn, id=target.id, started=target.started_at, listed=len(listing.items), raw=packed,
            raw_size=len(listing.raw), log=_log(*lines),
        )  # fmt: skip
        if mine:
            queries.judge(
                tx.conn,
                id=target.id,
                started=target.started_at,
                external_id=target.external_id,
                agrees=listing.identity.agrees,
                verification=listing.identity.found,
            )
        keys = [item.key for item in listing.items]
        again = target.reason in ("manual", "retry")
        rows = queries.unread(
            tx.conn, id=target.id, company_source_id=target.company_source_id, keys=keys, again=again
        )
        new = {row["key"] for row in rows}
    if not mine:
        log.warning("scrape_lease_lost")
        return None
    if not listing.identity.agrees:
        _postpone(target, Verdict(0, "not_verified", listing.identity.found, final=True))
        return None
    return [item for item in listing.items if item.key in new]


def _land_skipped(target: Target, items: Sequence[Listed]) -> bool:
    """What its listing alone shows to be of no interest is noted, so that it is not looked at again."""
    documents = [
        reading.noted(item.key, item.form, item.title, item, item.url, "not_relevant", [item.skip or ""])
        for item in items
    ]
    lines = [f"{len(documents)} not relevant by their listing"]
    return not documents or _land(target, len(items), documents, [], lines)


def _read_all(
    target: Target, reader: Reader, listing: Listing, wanted: Sequence[Listed], deadline: float
) -> bool:
    """Reads and lands one filing after the other. False where the job is over, or goes on later.

    A filing that cannot be had now is left for the next attempt, and the others are read; its error is raised at the end.
    """
    failed: list[SourceError] = []
    in_a_row = 0
    for item in wanted:
        if time.monotonic() > deadline:
            _postpone(target, Verdict(0, "time_over", "its time was over; goes on from here", counts=False))
            queue.ring(queue.SCRAPE, [target.id])
            return False
        try:
            parts = reader.parts(item)
        except SourceRateLimited:
            raise
        except SourceError as error:
            log.warning("document_failed", key=item.key, reason=type(error).__name__)
            failed.append(error)
            in_a_row += 1
            if in_a_row == GIVE_UP_AFTER:
                raise
            continue
        in_a_row = 0
        read = reading.read(target, listing, item, parts)
        if not _land(target, 1, read.documents, read.candidates, read.log):
            return False
    if failed:
        raise failed[0]
    return True


def _land(
    target: Target,
    filings: int,
    documents: list[dict[str, Any]],
    candidates: list[dict[str, Any]],
    lines: Sequence[str],
) -> bool:
    """False: another worker has the job now."""
    from psycopg.errors import DataError, IntegrityError

    try:
        landed = _land_once(target, filings, documents, candidates, lines)
    except (DataError, IntegrityError) as error:
        # what this filing states cannot be stored: it is told, and the next one goes on
        reason = f"cannot be stored: {str(error).splitlines()[0][:300]}"
        log.error("scrape_not_storable", error, keys=[document["key"] for document in documents])
        refused = [
            {**document, "outcome": "unreadable", "warnings": [reason], "title": ""} for document in documents
        ]
        landed = _land_once(target, filings, refused, [], [reason])
    if landed is None:
        log.warning("scrape_lease_lost")
        return False
    return True


def _land_once(
    target: Target,
    filings: int,
    documents: list[dict[str, Any]],
    candidates: list[dict[str, Any]],
    lines: Sequence[str],
) -> Any:
    with db.job_transaction() as tx:
        return queries.land(
            tx.conn,
            id=target.id,
            started=target.started_at,
            filings=filings,
            documents=json.dumps(documents, default=str),
            candidates=json.dumps(candidates, default=str),
            log=_log(*lines),
        )


def _read_balance(target: Target, facts: Callable[[], bytes | None], read: Sequence[Listed]) -> None:
    """The balance sheet that the filer reported to the SEC, after a quarterly or yearly report or where none is known."""
    from chalicelib.treasury import balance_sheets

    with db.job_transaction() as tx:
        known = queries.reported(tx.conn, company_id=target.company_id)
    if known and not any(item.form in balance_sheets.FORMS for item in read):
        return
    body = facts()
    figures = balance_sheets.latest(body, clock.now().date()) if body is not None else None
    with db.job_transaction() as tx:
        if not queries.is_held(tx.conn, id=target.id, started=target.started_at):
            return
        made = None
        if figures is not None:
            made = queries.propose_financials(
                tx.conn, company_id=target.company_id, figures=json.dumps(figures, default=str)
            )
        lines = [balance_sheets.told(figures, made is not None)]
        queries.note(
            tx.conn,
            id=target.id,
            started=target.started_at,
            listed=None,
            raw=None,
            raw_size=None,
            log=_log(*lines),
        )


def _finish(target: Target, listing: Listing, read: Sequence[Listed]) -> None:
    with db.job_transaction() as tx:
        health.note(tx, feeds.CLIENTS[target.type], None)
        queries.finish(tx.conn, id=target.id, started=target.started_at, log=_log(f"{len(read)} read; done"))
    log.info("scrape_done", listed=len(listing.items), read=len(read))


def _postpone(target: Target, verdict: Verdict) -> None:
    with db.job_transaction() as tx:
        status = queries.postpone(
            tx.conn,
            id=target.id,
            started=target.started_at,
            wait=timedelta(seconds=verdict.wait),
            code=verdict.code,
            error=verdict.reason,
            counts=verdict.counts,
            final=verdict.final,
            most=attempts.MOST,
            log=_log(f"{verdict.code}: {verdict.reason[:500]}"),
        )
    log.warning("scrape_postponed", status=status, wait=round(verdict.wait), reason=verdict.reason[:300])


def compressed(raw: bytes) -> bytes:
    """A source's answer, compressed, its end cut off where it would be too large to keep."""
    packed = zlib.compress(raw, 6)
    while len(packed) > RAW_LIMIT:
        raw = raw[: len(raw) * RAW_LIMIT // len(packed) * 9 // 10]
        packed = zlib.compress(raw, 6)
    return packed


def _log(*lines: str) -> str:
    at = clock.now().isoformat(timespec="seconds")
    return json.dumps([{"at": at, "what": line[:1000]} for line in lines if line])
