"""What administrators do with the market: look after backfills, sources and flagged bars."""

from __future__ import annotations

from datetime import date
from typing import Any

from chalicelib.core import db, queue
from chalicelib.core.db import Tx
from chalicelib.core.errors import Conflict, NotFound, name_constraints
from chalicelib.core.models import Page, PageQuery, decode_cursor
from chalicelib.market.models import (
    Backfill,
    BackfillsQuery,
    FlagsQuery,
    PriceFlag,
    SourceHealth,
    SourceHealthList,
)

queries = db.Queries(__file__)

name_constraints(
    {
        "price_flags_resolved_once": (Conflict, "flag_resolved", "The flag was resolved before."),
        "price_flags_impossible_kept": (Conflict, "impossible_bar", ""),
    }
)


def list_backfills(tx: Tx, query: BackfillsQuery) -> Page[Backfill]:
    """Backfills of the caller's assets (all of them for an administrator), the newest first."""
    rows = queries.list_backfills(
        tx.conn, status=query.status, asset_id=query.asset_id, before=_before(query), limit=query.limit + 1
    )
    return Page[Backfill].of([_backfill(row) for row in rows], query.limit, lambda backfill: [backfill.id])


def retry_backfill(tx: Tx, backfill_id: int) -> None:
    """Lets a backfill start over from where it stands. Raises NotFound unless it is there and waits or failed."""
    if not queries.retry_backfill(tx.conn, id=backfill_id):
        raise NotFound("backfill_not_retryable", "There is no such backfill, or it is at work or completed.")
    queue.ring_after_commit(tx, queue.BACKFILL, [backfill_id])


def source_health(tx: Tx) -> SourceHealthList:
    """The last answer and the last failure of each outside source."""
    return SourceHealthList(
        items=[SourceHealth.model_validate(row) for row in queries.source_health(tx.conn)]
    )


def list_flags(tx: Tx, query: FlagsQuery) -> Page[PriceFlag]:
    """Flagged bars, the newest first."""
    rows = queries.list_flags(tx.conn, status=query.status, before=_before(query), limit=query.limit + 1)
    return Page[PriceFlag].of(
        [PriceFlag.model_validate(row) for row in rows], query.limit, lambda flag: [flag.id]
    )


def resolve_flag(tx: Tx, flag_id: int, action: str) -> PriceFlag:
    """Keeps a flagged bar or takes it out. Raises NotFound, and Conflict for a flag that was resolved before."""
    row = queries.resolve_flag(tx.conn, id=flag_id, action=action)
    if row is None:
        raise NotFound("flag_unknown", f"There is no flag {flag_id}.")
    return PriceFlag.model_validate(row)


def _backfill(row: dict[str, Any]) -> Backfill:
    return Backfill(progress_percent=progress(row["start_date"], row["end_date"], row["next_date"]), **row)


def progress(start: date, end: date, following: date) -> int:
    """The share of the days from `start` to `end` that lie before `following`, in whole per cent."""
    return (following - start).days * 100 // ((end - start).days + 1)


def _before(query: PageQuery) -> int | None:
    key = decode_cursor(query.cursor, int)
    return key[0] if key else None
