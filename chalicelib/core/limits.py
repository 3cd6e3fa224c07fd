"""Budgets that all processes share, kept in the database: sign-in attempts, and calls to outside sources."""

from __future__ import annotations

from chalicelib.core import db
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.principal import ANONYMOUS

queries = db.Queries(__file__)


def spend(bucket: str, cost: int, burst: int, per_seconds: float) -> float:
    """Takes `cost` from `bucket`, which holds `burst` and refills over `per_seconds`.

    Returns 0 when granted, otherwise the seconds until it could be. In a transaction of its own, so that an attempt
    counts although the request that made it fails.
    """
    with db.transaction(ANONYMOUS) as tx:
        return float(queries.spend(tx.conn, bucket=bucket, cost=cost, burst=burst, per_seconds=per_seconds))


def block(bucket: str, seconds: float) -> None:
    """Nobody gets anything from `bucket` for that long."""
    with db.transaction(ANONYMOUS) as tx:
        queries.block(tx.conn, bucket=bucket, seconds=seconds)


def require(bucket: str, cost: int, burst: int, per_seconds: float, detail: str) -> None:
    """As `spend`, for a caller of ours: raises TooManyRequests when the budget is used up."""
    wait = spend(bucket, cost, burst, per_seconds)
    if wait > 0:
        raise TooManyRequests(wait, detail=detail)
