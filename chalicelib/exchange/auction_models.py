"""Auctions over HTTP: what is collected, and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from chalicelib.core.models import Exact, Model, PageQuery

EventType = Literal["opening_auction", "closing_auction"]
Side = Literal["buy", "sell"]


class Collected(Model):
    """What one side has brought to an auction."""

    orders: int
    shares: int
    market_shares: int = Field(
        description="Of these, how many at any price (market buys: up to their maximum)."
    )


class IndicativeAuction(Model):
    """The next auction as it stands: what it would come to if it were held now."""

    offering_id: int
    phase: Literal["continuous", "call", "halted", "closed"]
    event_type: EventType
    auction_day: date
    scheduled_at: datetime
    calls_from: datetime = Field(
        description="From then on orders collect, and nothing matches until the auction."
    )
    bids: Collected
    asks: Collected
    reference_price: Exact | None = Field(description="Of the last trade; null before the first.")
    price: Exact | None = Field(description="Null where nothing crosses.")
    shares: int = Field(description="How many would trade.")
    surplus_side: Side | None = Field(description="Which side would have shares left at the price.")
    surplus_shares: int


class Auction(Model):
    """An auction that was held."""

    id: int
    offering_id: int
    event_type: EventType
    auction_day: date
    scheduled_at: datetime
    executed_at: datetime
    equilibrium_price: Exact | None = Field(description="Null where nothing crossed.")
    reference_price: Exact | None
    bids_collected: int
    asks_collected: int
    bid_shares: int
    ask_shares: int
    orders_matched: int
    trades: int
    shares_matched: int
    surplus_side: Side | None
    surplus_shares: int


class AuctionsQuery(PageQuery):
    """Which auctions."""

    event_type: EventType | None = None
