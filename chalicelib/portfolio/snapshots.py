"""Snapshots of midnight, and the cached figures of a portfolio."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

from chalicelib.core import clock
from chalicelib.core.db import Tx
from chalicelib.core.models import Page, decode_cursor
from chalicelib.portfolio import inputs
from chalicelib.portfolio.inputs import queries
from chalicelib.portfolio.performance_models import PerformanceSummary, Snapshot, SnapshotsQuery


def list_snapshots(tx: Tx, portfolio_id: int, query: SnapshotsQuery) -> Page[Snapshot]:
    """A portfolio's snapshots, the newest first. Raises NotFound."""
    inputs.portfolio(tx, portfolio_id)
    after = decode_cursor(query.cursor, str)
    before = _day(after[0]) if after else None
    rows = queries.list_snapshots(tx.conn, id=portfolio_id, before=before, limit=query.limit + 1)
    found = [_snapshot(row) for row in rows]
    return Page[Snapshot].of(found, query.limit, lambda one: [one.snapshot_date.isoformat()])


def _snapshot(row: dict[str, Any]) -> Snapshot:
    stored = row.pop("positions_snapshot")
    positions = [dict(zip(stored["columns"], each, strict=True)) for each in stored["positions"]]
    positions.sort(key=lambda each: (each["symbol"], each["asset_id"]))
    return Snapshot.model_validate({**row, "positions": positions, "cash": stored["cash"]})


def summary(tx: Tx, portfolio_id: int) -> PerformanceSummary:
    """The cached figures of a portfolio; what is out of date is computed first. Raises NotFound."""
    inputs.portfolio(tx, portfolio_id)
    row = queries.cached_performance(tx.conn, id=portfolio_id)
    now = clock.now()
    if row is None or not row["valid"] or row["last_updated"].astimezone(UTC).date() != now.date():
        queries.refresh_performance(tx.conn, ids=[portfolio_id], now=now)
        row = queries.cached_performance(tx.conn, id=portfolio_id)
    return PerformanceSummary.model_validate(
        {name: figure for name, figure in row.items() if name != "valid"}
    )


def _day(text: str) -> date:
    from chalicelib.core.errors import FieldError, InvalidInput

    try:
        return date.fromisoformat(text)
    except ValueError:
        words = "Send next_cursor exactly as a page gave it."
        raise InvalidInput(
            "invalid_cursor", fields=[FieldError("query.cursor", "invalid_cursor", words)]
        ) from None
