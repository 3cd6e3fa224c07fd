"""Market data, statistics and leaderboards over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.later import later
from chalicelib.core.models import Day, Id, Page, PageQuery
from chalicelib.exchange import report_examples as examples

if TYPE_CHECKING:
    from chalicelib.exchange import market_data, statistics
    from chalicelib.exchange import report_models as models
else:
    market_data, statistics, models = later(
        "chalicelib.exchange", "market_data", "statistics", "report_models"
    )

routes = Routes(__name__, "exchange")


@routes.get("/v1/exchange/offerings/{offering_id}/book", access="public", example=examples.SHOW_BOOK)
def show_book(tx: Tx, offering_id: Id, query: models.BookQuery) -> models.OrderBook:
    """What rests in the book of an offering: the best prices (L1), price levels (L2) or single orders (L3).

    To keep a copy up to date, ask the offering's topic for events after `seq`: each `market` event tells by how many shares
    which price changed.
    """
    return market_data.show_book(tx, offering_id, query)


@routes.get("/v1/exchange/offerings/{offering_id}/trades", access="public", example=examples.LIST_TRADES)
def list_public_trades(tx: Tx, offering_id: Id, query: PageQuery) -> Page[models.PublicTrade]:
    """The trades of an offering, the newest first, without who traded."""
    return market_data.list_trades(tx, offering_id, query)


@routes.get("/v1/exchange/offerings/{offering_id}/candles", access="public", example=examples.LIST_CANDLES)
def list_candles(tx: Tx, offering_id: Id, query: models.CandlesQuery) -> models.Candles:
    """Open, high, low, close and volume by 1 hour, 4 hours or 1 day, the oldest first; the running one is in it.

    An interval in which nothing was traded is left out. At most 1,000 intervals at a time.
    """
    return market_data.list_candles(tx, offering_id, query)


@routes.get("/v1/exchange/offerings/{offering_id}/stats", access="public", example=examples.SHOW_STATISTICS)
def show_offering_stats(tx: Tx, offering_id: Id) -> models.Statistics24h:
    """The last 24 hours of an offering: change, high, low, volume, trades. Counted from their first full hour on."""
    return market_data.show_statistics(tx, offering_id)


@routes.get("/v1/exchange/stats", access="public", example=examples.LIST_STATISTICS)
def list_offering_stats(tx: Tx, query: PageQuery) -> Page[models.Statistics24h]:
    """The last 24 hours of every offering, the oldest offering first."""
    return market_data.list_statistics(tx, query)


@routes.get("/v1/exchange/trending", access="public", example=examples.LIST_TRENDING)
def list_trending(tx: Tx, query: models.TrendingQuery) -> models.Trending:
    """Where most happened in the last 24 hours: by volume, by rise of the price, or by number of trades."""
    return market_data.list_trending(tx, query)


@routes.get("/v1/exchange/market-state", access="public", example=examples.LIST_MARKET_STATES)
def list_market_states(tx: Tx, query: PageQuery) -> Page[models.MarketState]:
    """Every offering at a glance: depth of the book, holders, volume, what all shares are worth.

    Counted every five minutes, and when a trading day ends; the book, price and statistics of this moment have routes of
    their own.
    """
    return market_data.list_market_states(tx, query)


@routes.get("/v1/exchange/trading-days", access="public", example=examples.LIST_TRADING_DAYS)
def list_trading_days(tx: Tx, query: PageQuery) -> Page[models.TradingDay]:
    """The trading days whose leaderboards are there, the newest first.

    A trading day ends a quarter of an hour after the close of its session on the New York Stock Exchange; what happens
    afterwards, and on days without a session, belongs to the next one.
    """
    return statistics.list_trading_days(tx, query)


@routes.get("/v1/exchange/leaderboard", access="public", example=examples.SHOW_LEADERBOARD)
def show_leaderboard(tx: Tx, query: models.LeaderboardQuery) -> models.Leaderboard:
    """Who gained most on a trading day: everybody who held shares or traded, by gain, then per cent, then user.

    Gains count realised and unrealised changes less commission; deposits and withdrawals do not. New ones are published
    under the topic `exchange-leaderboard`.
    """
    return statistics.show_leaderboard(tx, query)


@routes.get("/v1/exchange/stats/mine", example=examples.LIST_OWN_STATS)
def list_own_stats(tx: Tx, query: PageQuery) -> Page[models.DailyStats]:
    """Your trading days, the newest first: what you traded, gained and were worth.

    A day on which you neither held shares nor traded is not in it.
    """
    return statistics.list_own_stats(tx, query)


@routes.post(
    "/v1/admin/exchange/trading-days/{day}/close",
    access="admin",
    scope=None,
    example=examples.CLOSE_TRADING_DAY,
)
def close_trading_day(tx: Tx, day: Day) -> models.ClosedDay:
    """Compute the statistics and the leaderboard of a past trading day again.

    The result is that of the day, whenever it is computed: `changed` and `ranked` are 0 unless something was amiss.
    """
    return statistics.close_again(tx, day)
