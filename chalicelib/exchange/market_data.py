"""Market data for everybody: the book, the tape, candles, the last 24 hours."""

from __future__ import annotations

from datetime import UTC, timedelta

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, InvalidInput, NotFound
from chalicelib.core.models import Page, PageQuery, decode_cursor
from chalicelib.exchange import offerings
from chalicelib.exchange.report_models import (
    BookQuery,
    Candle,
    Candles,
    CandlesQuery,
    Interval,
    MarketState,
    OrderBook,
    PublicTrade,
    Statistics24h,
    Trending,
    TrendingQuery,
)

queries = db.Queries(__file__, "reports.sql")

WIDTHS: dict[Interval, timedelta] = {
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
}
USUAL_CANDLES = 100
MOST_CANDLES = 1_000


def show_book(tx: Tx, offering_id: int, query: BookQuery) -> OrderBook:
    """What rests in the book of an offering, and where its topic stood at that moment. Raises NotFound."""
    levels = 1 if query.depth == "best" else query.levels
    found = queries.order_book(
        tx.conn, offering_id=offering_id, depth=query.depth, limit=levels, now=clock.now()
    )
    if found is None:
        raise NotFound("offering_unknown", f"There is no offering {offering_id}.")
    return OrderBook(offering_id=offering_id, depth=query.depth, topic=f"exchange-{offering_id}", **found)


def list_trades(tx: Tx, offering_id: int, query: PageQuery) -> Page[PublicTrade]:
    """Trades of an offering, the newest first, without who traded. Raises NotFound."""
    offerings.show_offering(tx, offering_id)
    before = decode_cursor(query.cursor, int)
    rows = queries.list_trades(
        tx.conn, offering_id=offering_id, before=before[0] if before else None, limit=query.limit + 1
    )
    found = [PublicTrade.model_validate(row) for row in rows]
    return Page[PublicTrade].of(found, query.limit, lambda trade: [trade.id])


def list_candles(tx: Tx, offering_id: int, query: CandlesQuery) -> Candles:
    """Candles of an offering, the oldest first; intervals without a trade are left out.

    Raises NotFound, and InvalidInput for a range that ends before it begins or spans more than MOST_CANDLES intervals.
    """
    offerings.show_offering(tx, offering_id)
    width = WIDTHS[query.interval]
    end = query.to or clock.now().astimezone(UTC)
    start = query.from_ or end - USUAL_CANDLES * width
    if start > end:
        raise InvalidInput(fields=[FieldError("query.from", "range", "`from` lies after `to`.")])
    if end - start > MOST_CANDLES * width:
        words = f"At most {MOST_CANDLES} intervals at a time: ask for a part, or for longer intervals."
        raise InvalidInput(fields=[FieldError("query.from", "range_too_long", words)])
    rows = queries.list_candles(tx.conn, offering_id=offering_id, width=width, start=start, end=end)
    return Candles(
        offering_id=offering_id,
        interval=query.interval,
        items=[Candle.model_validate(row) for row in rows],
    )


def show_statistics(tx: Tx, offering_id: int) -> Statistics24h:
    """The last 24 hours of an offering. Raises NotFound."""
    rows = list(
        queries.list_statistics(tx.conn, offering_id=offering_id, after=None, limit=1, now=clock.now())
    )
    if not rows:
        raise NotFound("offering_unknown", f"There is no offering {offering_id}.")
    return Statistics24h.model_validate(rows[0])


def list_statistics(tx: Tx, query: PageQuery) -> Page[Statistics24h]:
    """The last 24 hours of every offering, the oldest offering first."""
    after = decode_cursor(query.cursor, int)
    rows = queries.list_statistics(
        tx.conn,
        offering_id=None,
        after=after[0] if after else None,
        limit=query.limit + 1,
        now=clock.now(),
    )
    found = [Statistics24h.model_validate(row) for row in rows]
    return Page[Statistics24h].of(found, query.limit, lambda one: [one.offering_id])


def list_trending(tx: Tx, query: TrendingQuery) -> Trending:
    """The offerings with the most volume, rise or trades of the last 24 hours; closed ones are left out."""
    rows = queries.list_trending(tx.conn, by=query.by, limit=query.limit, now=clock.now())
    return Trending(by=query.by, items=[Statistics24h.model_validate(row) for row in rows])


def list_market_states(tx: Tx, query: PageQuery) -> Page[MarketState]:
    """Every offering at a glance, as it was counted the last time; the oldest offering first."""
    after = decode_cursor(query.cursor, int)
    rows = queries.list_market_states(tx.conn, after=after[0] if after else None, limit=query.limit + 1)
    found = [MarketState.model_validate(row) for row in rows]
    return Page[MarketState].of(found, query.limit, lambda state: [state.offering_id])
