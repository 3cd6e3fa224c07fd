"""Auctions: held when they are due, each once; and how the next one stands."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.core import db, outbox
from chalicelib.core.db import Tx
from chalicelib.core.errors import Conflict
from chalicelib.core.models import Page, decode_cursor
from chalicelib.exchange import offerings, schedule
from chalicelib.exchange.auction import Book, Clearing, Level, clearing_price
from chalicelib.exchange.auction_models import Auction, AuctionsQuery, Collected, IndicativeAuction

queries = db.Queries(__file__, "auctions.sql")

ANY_PRICE = Decimal(0)
"""What stands for the limit of a market sell where levels are counted: it takes any."""


def hold_if_due(offering_id: int, now: datetime) -> int:
    """Holds the auctions of one offering that are due, oldest first, each in a transaction of its own; returns how many.

    More than one is due where the machine was off: the first takes all that crosses, and the others are recorded without a
    price. Two callers at once hold each auction once: the second waits for the book and finds the schedule moved on.
    """
    held = 0
    while True:
        with db.job_transaction() as tx:
            offering = queries.claim_auction(tx.conn, offering_id=offering_id, now=now)
            if offering is None:
                return held
            _hold(tx, offering, now)
        held += 1


def _hold(tx: Tx, offering: dict[str, Any], now: datetime) -> None:
    levels = list(
        queries.auction_levels(tx.conn, offering_id=offering["id"], event_type=offering["next_auction"])
    )
    bids, asks = _collected(levels, "buy"), _collected(levels, "sell")
    collected = {
        "bids_collected": bids.orders,
        "asks_collected": asks.orders,
        "bid_shares": bids.shares,
        "ask_shares": asks.shares,
    }
    found = None
    if offering["status"] == "trading":
        found = clearing_price(_book(levels), offering["current_share_price"], offering["tick_size"])
    following = schedule.auction_after(offering["next_auction_at"], offering["hours"])
    queries.hold_auction(
        tx.conn,
        offering_id=offering["id"],
        price=found.price if found else None,
        shares=found.shares if found else 0,
        surplus=found.surplus if found else 0,
        collected=json.dumps(collected),
        next=json.dumps(following.columns),
        now=now,
    )


def indicative(tx: Tx, offering_id: int) -> IndicativeAuction:
    """How the next auction of an offering stands. Raises NotFound; Conflict once it is closed."""
    offering = offerings.show_offering(tx, offering_id)
    coming = offering.next_auction
    if coming is None:
        raise Conflict("offering_closed", "This offering is closed: no auction is held in it any more.")
    levels = list(queries.auction_levels(tx.conn, offering_id=offering_id, event_type=coming.event_type))
    found = clearing_price(_book(levels), offering.current_share_price, offering.tick_size)
    return IndicativeAuction(
        offering_id=offering_id,
        phase=offering.phase,
        event_type=coming.event_type,
        auction_day=coming.day,
        scheduled_at=coming.at,
        calls_from=coming.calls_from,
        bids=_collected(levels, "buy"),
        asks=_collected(levels, "sell"),
        reference_price=offering.current_share_price,
        **_outcome(found),
    )


def publish_indicative(now: datetime) -> int:
    """Tells of every offering that collects for an auction how that stands; returns how many."""
    with db.job_transaction() as tx:
        calling = [row["id"] for row in queries.offerings_calling(tx.conn, now=now)]
        for offering_id in calling:
            state = indicative(tx, offering_id).model_dump(mode="json")
            outbox.publish(tx, f"exchange-{offering_id}", "indicative", state)
    return len(calling)


def history(tx: Tx, offering_id: int, query: AuctionsQuery) -> Page[Auction]:
    """The auctions that were held in an offering, the newest first. Raises NotFound and InvalidInput."""
    offerings.show_offering(tx, offering_id)
    before = decode_cursor(query.cursor, int)
    rows = queries.list_auctions(
        tx.conn,
        offering_id=offering_id,
        event_type=query.event_type,
        before=before[0] if before else None,
        limit=query.limit + 1,
    )
    return Page[Auction].of([Auction.model_validate(row) for row in rows], query.limit, lambda one: [one.id])


def _book(levels: Iterable[dict[str, Any]]) -> Book:
    sides: dict[tuple[str, str], list[Level]] = {}
    for row in levels:
        price = ANY_PRICE if row["price_per_share"] is None else row["price_per_share"]
        sides.setdefault((row["order_type"], row["pricing"]), []).append(Level(price, row["shares"]))
    return Book(
        bids=sides.get(("buy", "limit"), []),
        asks=sides.get(("sell", "limit"), []),
        market_bids=sides.get(("buy", "market"), []),
        market_asks=sum(level.shares for level in sides.get(("sell", "market"), [])),
    )


def _collected(levels: Iterable[dict[str, Any]], side: str) -> Collected:
    rows = [row for row in levels if row["order_type"] == side]
    return Collected(
        orders=sum(row["orders"] for row in rows),
        shares=sum(row["shares"] for row in rows),
        market_shares=sum(row["shares"] for row in rows if row["pricing"] == "market"),
    )


def _outcome(found: Clearing | None) -> dict[str, Any]:
    if found is None:
        return {"price": None, "shares": 0, "surplus_side": None, "surplus_shares": 0}
    return {
        "price": found.price,
        "shares": found.shares,
        "surplus_side": found.surplus_side,
        "surplus_shares": abs(found.surplus),
    }
