"""Market data, statistics and leaderboards: requests and responses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from chalicelib.core.models import Day, Exact, Model, Moment, PageQuery
from chalicelib.exchange.records import OrderType, Phase

Depth = Literal["best", "levels", "orders"]
Interval = Literal["1h", "4h", "1d"]
Trend = Literal["volume", "change", "trades"]

# ---------------------------------------------------------------- the book and the tape


class BookQuery(Model):
    depth: Depth = Field(
        "levels",
        description="best: the best price of each side (L1). levels: shares and orders by price (L2). "
        "orders: single orders (L3).",
    )
    levels: int = Field(
        10,
        ge=1,
        le=200,
        description="How many prices of each side at most; with `depth=orders`, how many orders.",
    )


class BookLine(Model):
    """A price level, or with `depth=orders` one order."""

    price_per_share: Exact
    shares: int = Field(description="Not filled yet.")
    orders: int | None = Field(
        description="How many orders there are at this price; null for a single order."
    )
    order_id: int | None = Field(description="Of a single order; null for a level.")


class OrderBook(Model):
    """What rests for continuous trading, the best and oldest first. Whose orders they are is nobody's business."""

    offering_id: int
    depth: Depth
    topic: str = Field(description="Where changes of this book are published: /v1/events/{topic}.")
    seq: int = Field(
        description="Number of the topic's last event that is in this book. Ask for events `after` it to keep up."
    )
    phase: Phase = Field(description="In a `call` nothing matches, so that bids may lie above asks.")
    current_share_price: Exact | None = Field(description="Of the last trade; null before the first.")
    highest_bid: Exact | None
    lowest_ask: Exact | None
    bid_ask_spread: Exact | None
    bids: list[BookLine]
    asks: list[BookLine]


class PublicTrade(Model):
    """A trade, without who traded."""

    id: int
    price_per_share: Exact
    shares_traded: int
    total_value: Exact
    trade_type: Literal["continuous", "opening", "closing"]
    taker: OrderType | None = Field(description="Whose order came second; null in an auction.")
    executed_at: datetime


# ---------------------------------------------------------------- candles and statistics


class CandlesQuery(Model):
    interval: Interval = Field(
        "1h", description="4h: from midnight, 4, 8, 12, 16 and 20 o'clock; 1d: from midnight; in UTC."
    )
    from_: Moment | None = Field(
        None,
        alias="from",
        description="Candles that begin at or after it; 100 intervals before `to` unless given.",
    )
    to: Moment | None = Field(None, description="Candles that begin before it; now unless given.")


class Candle(Model):
    """What was traded from `opens_at` on, for as long as the interval is."""

    opens_at: datetime
    open_price: Exact
    high_price: Exact
    low_price: Exact
    close_price: Exact
    volume_shares: int
    volume_usd: Exact
    trade_count: int


class Candles(Model):
    offering_id: int
    interval: Interval
    items: list[Candle] = Field(
        description="The oldest first. An interval in which nothing was traded is not in it: its price is the close before."
    )


class Statistics24h(Model):
    """The last 24 hours of an offering, from their first full hour (`since`) until now."""

    offering_id: int
    symbol: str
    since: datetime
    current_mark: Exact = Field(description="The last trade's price; the issue price before any trade.")
    mark_before: Exact = Field(description="The same at `since`.")
    change: Exact = Field(description="current_mark less mark_before.")
    change_pct: Exact = Field(description="In per cent of mark_before.")
    high_price: Exact | None = Field(description="null where nothing was traded.")
    low_price: Exact | None
    volume_shares: int
    volume_usd: Exact
    trade_count: int


class TrendingQuery(Model):
    by: Trend = Field(
        "volume",
        description="volume: in US dollars. change: of the price in per cent, upwards. trades: how many.",
    )
    limit: int = Field(10, ge=1, le=100)


class Trending(Model):
    by: Trend
    items: list[Statistics24h] = Field(description="The most first.")


class MarketState(Model):
    """An offering at a glance, counted every five minutes and when a trading day ends."""

    offering_id: int
    symbol: str
    status: Literal["trading", "halted", "closed"]
    current_share_price: Exact | None
    previous_close: Exact | None
    buy_side_depth: int = Field(description="How many orders to buy rest in the book.")
    sell_side_depth: int
    buy_side_shares: int = Field(description="How many shares they are for.")
    sell_side_shares: int
    holders: int = Field(description="How many people hold shares.")
    volume_shares_24h: int
    volume_usd_24h: Exact
    trades_24h: int
    market_value: Exact = Field(
        description="All shares issued, at the last trade's price or the issue price."
    )
    refreshed_at: datetime


# ---------------------------------------------------------------- trading days


class TradingDay(Model):
    """A day whose statistics and leaderboard are there."""

    day: date
    starts_after: datetime = Field(description="A quarter of an hour after the close of the session before.")
    ends_at: datetime = Field(
        description="A quarter of an hour after the close of this day's session; included."
    )
    closed_at: datetime = Field(description="When it was computed, the last time.")
    traders: int = Field(description="How many people traded.")
    trades: int
    volume_usd: Exact


class DailyStats(Model):
    """A trading day of one person, in US dollars.

    daily_gain_loss = realised_gain + unrealised_change - commission = closing_equity - opening_equity - net_deposits.
    """

    stat_date: date
    rank: int | None = Field(description="On that day's leaderboard.")
    trades_executed: int
    shares_bought: int
    shares_sold: int
    value_bought: Exact = Field(description="Without commission.")
    value_sold: Exact
    commission: Exact = Field(description="Paid on what was bought.")
    realised_gain: Exact = Field(description="Proceeds less what the sold shares had cost on average.")
    unrealised_change: Exact = Field(
        description="Of what the shares held are worth above their cost, from the day's beginning to its end."
    )
    opening_equity: Exact = Field(description="Cash and shares at their marks when the day began.")
    closing_equity: Exact
    net_deposits: Exact = Field(
        description="Deposits less withdrawals, and shares that were issued to you, at the issue price."
    )
    daily_gain_loss: Exact
    daily_gain_loss_pct: Exact | None = Field(description="Of the opening equity; null where there was none.")
    win_rate_pct: Exact | None = Field(description="How many of the sales gained; null without sales.")
    consecutive_profitable_days: int | None = Field(
        description="Trading days in a row with a gain, up to this one."
    )


class LeaderboardQuery(PageQuery):
    date: Day | None = Field(None, description="A trading day; the last one unless given.")


class Ranked(Model):
    rank: int
    user_id: UUID
    display_name: str | None = Field(description="As chosen in the profile; null where none was.")
    daily_gain_loss: Exact
    daily_gain_loss_pct: Exact | None = Field(
        description="Of the day's opening equity; null where there was none."
    )
    portfolio_value: Exact = Field(description="Cash and shares when the day ended.")
    consecutive_profitable_days: int


class Leaderboard(Model):
    trading_day: TradingDay | None = Field(description="null before the first trading day has ended.")
    items: list[Ranked] = Field(
        description="By gain; equal gains by per cent of the opening equity, and then by user."
    )
    next_cursor: str | None = Field(description="Send it as `cursor` to get the next page.")


class ClosedDay(Model):
    trading_day: TradingDay
    changed: int = Field(description="How many people's statistics are new or not as they were.")
    ranked: int = Field(description="How many places of the leaderboard are.")
