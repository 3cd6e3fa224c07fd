"""A Monday in winter on which auctions are held, and what tests of them begin with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.conftest import Database
from tests.exchange import factory
from tests.exchange.factory import Offering, Trader

MONDAY = date(2026, 2, 9)
OPEN = datetime(2026, 2, 9, 14, 30, tzinfo=UTC)
"""9:30 in New York, in winter."""
CALL = OPEN - timedelta(minutes=10)
BEFORE = OPEN - timedelta(hours=2)
COLLECTING = OPEN - timedelta(minutes=5)
CLOSE = datetime(2026, 2, 9, 21, 0, tzinfo=UTC)


def opening_soon(database: Database, **more: Any) -> Offering:
    """An offering that collects for Monday's opening auction, of which much was sold to nobody yet."""
    return factory.offering(
        database, shares=100_000, auction_at=OPEN, auction_day=MONDAY, at=BEFORE - timedelta(days=1), **more
    )


def rich(database: Database, count: int) -> list[Trader]:
    return factory.traders(database, count, cash=1_000_000)


def supplied(listed: Offering, people: Sequence[Trader], shares: int, price: str = "108") -> None:
    """Each of `people` has bought so many shares, so that there is a last trade at that price."""
    for person in people:
        factory.sold(listed, person, shares, price, at=BEFORE)


def events(database: Database, listed: Offering) -> list[dict[str, Any]]:
    return database.rows(
        "select * from exchange.price_discovery_events where offering_id = %s order by id", listed.id
    )
