"""What clients do with the market: find assets, read prices and rates, watch an asset, follow its backfills."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from chalicelib.core import clock, db, queue
from chalicelib.core.db import Tx
from chalicelib.core.errors import Conflict, FieldError, InvalidInput, NotFound, name_constraints
from chalicelib.core.models import Page, decode_cursor
from chalicelib.market.models import (
    Asset,
    AssetChange,
    AssetsQuery,
    Bar,
    Conversion,
    ConvertQuery,
    ExchangeRate,
    ExchangeRates,
    LatestPrice,
    LatestPrices,
    MarketData,
    MarketDataList,
    NewAsset,
    PriceAt,
    PricesQuery,
    WatchedAsset,
    WatchedAssets,
    Watching,
)

queries = db.Queries(__file__)

WATCHED = "watch"
UNITS = {"1w": "week", "1M": "month"}
DAY = timedelta(days=1)

name_constraints(
    {
        "assets_symbol_exchange_key": (
            Conflict, "asset_exists", "This symbol is in the catalogue already, on that exchange."),
        "assets_coingecko_id_key": (Conflict, "coingecko_id_taken", "Another asset has this CoinGecko id."),
        "assets_binance_symbol_key": (Conflict, "binance_symbol_taken", "Another asset has this Binance symbol."),
        "assets_alpaca_symbol_key": (Conflict, "alpaca_symbol_taken", "Another asset has this Alpaca symbol."),
        "tracked_assets_asset_id_fkey": (NotFound, "asset_unknown", "There is no such asset in the catalogue."),
    }
)  # fmt: skip


class Landed(NamedTuple):
    """What became of bars: stored or changed, already there, and flagged for a person to look at."""

    landed: int
    unchanged: int
    flagged: int


def find_assets(tx: Tx, query: AssetsQuery) -> Page[Asset]:
    """Assets of the catalogue, the best match first."""
    after = decode_cursor(query.cursor, int, str, int)
    rank, symbol, asset_id = after or (None, None, None)
    text = query.q.lower() if query.q else None
    rows = list(
        queries.find_assets(
            tx.conn,
            words=words(text),
            prefix=_prefix(text),
            exact=text,
            asset_type=query.type,
            exchange=query.exchange,
            rank=rank,
            symbol=symbol,
            id=asset_id,
            limit=query.limit + 1,
        )
    )
    ranks = {row["id"]: row.pop("rank") for row in rows}
    found = [Asset.model_validate(row) for row in rows]
    return Page[Asset].of(found, query.limit, lambda asset: [ranks[asset.id], asset.symbol, asset.id])


def show_asset(tx: Tx, asset_id: int) -> Asset:
    """One asset. Raises NotFound."""
    row = queries.show_asset(tx.conn, id=asset_id)
    if row is None:
        raise NotFound("asset_unknown", f"There is no asset {asset_id} in the catalogue.")
    return Asset.model_validate(row)


def add_asset(tx: Tx, asset: NewAsset) -> Asset:
    """Puts an asset into the catalogue. Raises Conflict where it is there already."""
    fields = asset.model_dump() | {"metadata": json.dumps(asset.metadata)}
    return Asset.model_validate(queries.add_asset(tx.conn, **fields))


def change_asset(tx: Tx, asset_id: int, change: AssetChange) -> Asset:
    """Changes the fields that are given. Raises NotFound."""
    metadata = None if change.metadata is None else json.dumps(change.metadata)
    row = queries.change_asset(tx.conn, id=asset_id, **(change.model_dump() | {"metadata": metadata}))
    if row is None:
        raise NotFound("asset_unknown", f"There is no asset {asset_id} in the catalogue.")
    return Asset.model_validate(row)


def list_prices(tx: Tx, asset_id: int, query: PricesQuery) -> Page[Bar]:
    """An asset's bars from one day to another, oldest first. Raises NotFound, and InvalidInput for a range that ends
    before it begins."""
    show_asset(tx, asset_id)
    last = query.to or clock.today()
    first = query.from_ or last - 365 * DAY
    if first > last:
        raise InvalidInput(fields=[FieldError("query.from", "range", "`from` lies after `to`.")])
    after = decode_cursor(query.cursor, str)
    where = {
        "asset_id": asset_id,
        "start": _midnight(first),
        "end": _midnight(last),
        "after": _moment(after[0]) if after else None,
        "limit": query.limit + 1,
    }
    if query.interval == "1d":
        rows = queries.daily_prices(tx.conn, **where)
    else:
        rows = queries.grouped_prices(tx.conn, unit=UNITS[query.interval], **where)
    bars = [Bar.model_validate(row) for row in rows]
    return Page[Bar].of(bars, query.limit, lambda bar: [bar.timestamp.isoformat()])


def price_at(tx: Tx, asset_id: int, at: datetime) -> PriceAt:
    """The last close known at a moment, with its age. Raises NotFound where there is none: none is made up."""
    row = queries.price_at(tx.conn, asset_id=asset_id, at=at)
    if row is None:
        raise NotFound("asset_unknown", f"There is no asset {asset_id} in the catalogue.")
    if row["close"] is None:
        raise NotFound("price_unknown", "No price of this asset is known from before that moment.")
    age = (at - (row["timestamp"] + DAY)).days
    return PriceAt(asset_id=asset_id, at=at, age_days=age, **row)


def latest_prices(tx: Tx, symbols: Sequence[str]) -> LatestPrices:
    """The latest price of each asset with one of these symbols, and which symbols have none."""
    items = [LatestPrice.model_validate(row) for row in queries.latest_prices(tx.conn, symbols=list(symbols))]
    known = {item.symbol for item in items}
    return LatestPrices(items=items, unknown=[symbol for symbol in symbols if symbol not in known])


def market_data(tx: Tx, symbols: Sequence[str] | None) -> MarketDataList:
    """Latest prices in US and Australian dollars."""
    rows = queries.market_data(tx.conn, symbols=None if symbols is None else list(symbols))
    return MarketDataList(items=[MarketData.model_validate(row) for row in rows])


def exchange_rates(tx: Tx, at: datetime | None) -> ExchangeRates:
    """Every currency's rate to the US dollar as it was known at a moment, at most a week old."""
    rows = queries.exchange_rates(tx.conn, at=at or clock.now())
    return ExchangeRates(base="USD", items=[ExchangeRate.model_validate(row) for row in rows])


def convert(tx: Tx, query: ConvertQuery) -> Conversion:
    """An amount in another currency. Raises NotFound naming the currency whose rate is not known at that moment."""
    at = query.at or clock.now()
    row = queries.convert(
        tx.conn, amount=query.amount, from_currency=query.from_, to_currency=query.to, at=at
    )
    if row is None:
        missing = [
            code
            for code in (query.from_, query.to)
            if not queries.known_currency(tx.conn, currency=code, at=at)
        ]
        raise NotFound(
            "rate_unknown",
            f"No rate of {' or '.join(missing)} is known from the week before {at:%Y-%m-%d %H:%M} UTC.",
            currencies=missing,
        )
    return Conversion(currency=query.to, **row)


def watch(tx: Tx, asset_id: int, since: date) -> Watching:
    """Has the caller watch an asset: its prices are kept fresh, its history fetched from a year before `since`."""
    if since > clock.today():
        raise InvalidInput(fields=[FieldError("body.since", "in_the_future", "Name a day that has begun.")])
    ids = hold(tx, asset_id, WATCHED, since)
    return Watching(asset_id=asset_id, since=since, backfills=ids)


def hold(tx: Tx, asset_id: int, kind: str, since: date) -> list[int]:
    """Records that the caller holds an asset (`kind` says in which way) and returns the backfills that this caused."""
    held = queries.hold_asset(tx.conn, asset_id=asset_id, user_id=tx.who.user_id, kind=kind, since=since)
    ids = [row["id"] for row in held]
    queue.ring_after_commit(tx, queue.BACKFILL, ids)
    return ids


def unwatch(tx: Tx, asset_id: int) -> None:
    """Ends the watch; the history stays. Raises NotFound where the caller did not watch the asset."""
    if not release(tx, asset_id, WATCHED):
        raise NotFound("not_watched", "You do not watch this asset.")


def release(tx: Tx, asset_id: int, kind: str) -> bool:
    """Ends one kind of holding of the caller's. False where there was none."""
    return bool(queries.release_asset(tx.conn, asset_id=asset_id, user_id=tx.who.user_id, kind=kind))


def watched_assets(tx: Tx) -> WatchedAssets:
    """What the caller watches, with its latest price."""
    rows = queries.my_assets(tx.conn, user_id=tx.who.user_id, kind=WATCHED)
    return WatchedAssets(items=[WatchedAsset.model_validate(row) for row in rows])


def land_bars(tx: Tx, asset_id: int, source: str, bars: Sequence[Sequence[Any]]) -> Landed:
    """Stores daily bars in a job's transaction: (epoch ms at 00:00 UTC, open, high, low, close, volume), prices as text
    or None, days strictly ascending. Bad bars are flagged, not stored."""
    if not bars:
        return Landed(0, 0, 0)
    row = queries.land_bars(
        tx.conn, asset_id=asset_id, source=source, bars=json.dumps(bars, separators=(",", ":"))
    )
    return Landed(**row)


def words(text: str | None) -> str | None:
    """Every word of `text` as a beginning, as to_tsquery writes it; word characters only, so nothing can break out."""
    words = re.findall(r"\w+", text or "")
    return " & ".join(f"{word}:*" for word in words) or None


def _prefix(text: str | None) -> str | None:
    return None if text is None else re.sub(r"([\\%_])", r"\\\1", text) + "%"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "Send next_cursor exactly as a page gave it."
        raise InvalidInput(
            "invalid_cursor", fields=[FieldError("query.cursor", "invalid_cursor", message)]
        ) from None
