"""The market over HTTP: the catalogue, prices, exchange rates, watching, backfills, and what administrators look after."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.models import Page
from chalicelib.market import admin, service
from chalicelib.market.models import (
    Asset,
    AssetChange,
    AssetsQuery,
    Backfill,
    BackfillsQuery,
    Bar,
    Conversion,
    ConvertQuery,
    ExchangeRates,
    ExchangeRatesQuery,
    FlagsQuery,
    LatestPrices,
    LatestQuery,
    MarketDataList,
    MarketDataQuery,
    NewAsset,
    PriceAt,
    PriceAtQuery,
    PriceFlag,
    PricesQuery,
    Resolution,
    SourceHealthList,
    Watch,
    WatchedAssets,
    Watching,
)

routes = Routes(__name__, "market")

BITCOIN = {
    "id": 1, "symbol": "BTC", "name": "Bitcoin", "asset_type": "crypto", "exchange": None, "native_currency": "USD",
    "is_active": True, "price_sources": ["binance", "coingecko"], "metadata": {},
}  # fmt: skip
BAR = {
    "timestamp": "2024-02-08T00:00:00Z", "open": "44349.60", "high": "45614.30", "low": "44336.40",
    "close": "45304.61", "volume": "32126.31", "source": "binance",
}  # fmt: skip
LATEST = {
    "asset_id": 1, "symbol": "BTC", "exchange": None, "price": "70214.05", "currency": "USD",
    "as_of": "2026-02-07T12:00:00Z", "change_24h": "-310.20", "change_percentage_24h": "-0.44", "high_24h": "71000.00",
    "low_24h": "69100.10", "volume_24h": "20111.52", "volume_24h_value": "1412113000.12",
    "market_cap": "1400000000000", "source": "binance", "updated_at": "2026-02-07T12:00:01Z",
}  # fmt: skip
MARKET_DATA = {
    "asset_id": 1, "symbol": "BTC", "name": "Bitcoin", "exchange": None, "asset_type": "crypto",
    "price_usd": "70214.05", "price_aud": "99500.12", "volume_24h_usd": "1412113000.12", "volume_24h_aud": None,
    "change_24h": "-310.20", "change_percentage_24h": "-0.44", "market_cap_usd": "1400000000000",
    "market_cap_aud": None, "high_24h": "71000.00", "low_24h": "69100.10", "source": "binance",
    "last_updated": "2026-02-07T12:00:00Z",
}  # fmt: skip
BACKFILL = {
    "id": 7, "asset_id": 1, "symbol": "BTC", "start_date": "2023-02-08", "end_date": "2026-02-06",
    "next_date": "2026-02-07", "status": "completed", "reason": "holder", "source": "binance", "attempts": 1,
    "max_attempts": 5, "retry_after": None, "rows_landed": 1095, "rows_flagged": 0, "error_message": None, "note": None,
    "created_at": "2026-02-07T11:59:58Z", "updated_at": "2026-02-07T12:00:00Z",
    "completed_at": "2026-02-07T12:00:00Z", "progress_percent": 100,
}  # fmt: skip
FLAG = {
    "id": 3, "asset_id": 9, "symbol": "KULR", "timestamp": "2025-06-23T00:00:00Z", "kind": "large_move",
    "reason": "612.00 % from the close before", "source": "alpaca",
    "bar": {"open": "9.1", "high": "9.4", "low": "8.8", "close": "9.0", "volume": "100000"}, "previous_close": "1.26",
    "status": "open", "created_at": "2025-06-24T00:15:02Z", "resolved_at": None, "resolved_by": None,
}  # fmt: skip


def _page(item: Mapping[str, object]) -> dict[str, object]:
    return {"items": [item], "next_cursor": None}


@routes.get(
    "/v1/assets",
    access="public",
    cache_seconds=30,
    example={"query": {"q": "bitc", "type": "crypto"}, "answer": _page(BITCOIN)},
)
def list_assets(tx: Tx, query: AssetsQuery) -> Page[Asset]:
    """Find assets in the catalogue.

    `q` matches words and beginnings of words in symbol and name: an exact symbol comes first, then symbols and names that
    begin so. Without it, the whole catalogue by symbol.
    """
    return service.find_assets(tx, query)


@routes.get(
    "/v1/assets/{asset_id}",
    access="public",
    cache_seconds=30,
    example={"path": {"asset_id": 1}, "answer": BITCOIN},
)
def show_asset(tx: Tx, asset_id: int) -> Asset:
    """One asset of the catalogue."""
    return service.show_asset(tx, asset_id)


@routes.get(
    "/v1/assets/{asset_id}/prices",
    access="public",
    cache_seconds=30,
    example={
        "path": {"asset_id": 1},
        "query": {"from": "2024-02-08", "to": "2024-02-08", "interval": "1d"},
        "answer": _page(BAR),
    },
)
def list_prices(tx: Tx, asset_id: int, query: PricesQuery) -> Page[Bar]:
    """An asset's price history by day, week or month, oldest first, in its own currency.

    Bars older than two years keep only their close. Weeks begin on Monday. The history of an asset that nobody holds or
    watches may be missing: watch it, and it is fetched.
    """
    return service.list_prices(tx, asset_id, query)


@routes.get(
    "/v1/assets/{asset_id}/price-at",
    access="public",
    example={
        "path": {"asset_id": 1},
        "query": {"at": "2024-02-09T12:00:00Z"},
        "answer": {
            "asset_id": 1,
            "at": "2024-02-09T12:00:00Z",
            "close": "45304.61",
            "currency": "USD",
            "timestamp": "2024-02-08T00:00:00Z",
            "age_days": 0,
            "source": "binance",
        },  # fmt: skip
    },
)
def price_at(tx: Tx, asset_id: int, query: PriceAtQuery) -> PriceAt:
    """The last close that was known at a moment, and how old it was then.

    A day's close is known once the day has ended in UTC.
    """
    return service.price_at(tx, asset_id, query.at)


@routes.get(
    "/v1/prices/latest",
    access="public",
    example={"query": {"symbols": "BTC,XYZ"}, "answer": {"items": [LATEST], "unknown": ["XYZ"]}},
)
def list_latest_prices(tx: Tx, query: LatestQuery) -> LatestPrices:
    """The latest prices of some symbols, with change, range and volume of the last 24 hours."""
    return service.latest_prices(tx, query.symbols)


@routes.get(
    "/v1/market-data",
    access="public",
    example={"query": {"symbols": "BTC"}, "answer": {"items": [MARKET_DATA]}},
)
def list_market_data(tx: Tx, query: MarketDataQuery) -> MarketDataList:
    """Latest prices in US and in Australian dollars. A figure whose exchange rate is not known is null."""
    return service.market_data(tx, query.symbols)


@routes.get(
    "/v1/exchange-rates",
    access="public",
    example={
        "query": {"at": "2026-02-07T12:00:00Z"},
        "answer": {
            "base": "USD",
            "items": [
                {
                    "currency_code": "EUR",
                    "rate_to_usd": "1.1794",
                    "timestamp": "2026-02-06T15:00:00Z",
                    "source": "ecb",
                }
            ],
        },
    },
)
def list_exchange_rates(tx: Tx, query: ExchangeRatesQuery) -> ExchangeRates:
    """What one unit of each currency is worth in US dollars, and since when that is known."""
    return service.exchange_rates(tx, query.at)


@routes.get(
    "/v1/exchange-rates/convert",
    access="public",
    example={
        "query": {"amount": "100", "from": "EUR", "to": "USD"},
        "answer": {
            "amount": "117.94",
            "currency": "USD",
            "rate": "1.1794",
            "from_as_of": "2026-02-06T15:00:00Z",
            "from_source": "ecb",
            "to_as_of": "2026-02-07T12:00:00Z",
            "to_source": "definition",
        },  # fmt: skip
    },
)
def convert(tx: Tx, query: ConvertQuery) -> Conversion:
    """Convert an amount between two currencies, now or at a past moment.

    A rate may be at most a week old; where none is known the answer is 404 `rate_unknown`, never a guess.
    """
    return service.convert(tx, query)


@routes.get(
    "/v1/watched-assets",
    example={
        "answer": {
            "items": [
                {
                    "id": 1,
                    "symbol": "BTC",
                    "name": "Bitcoin",
                    "exchange": None,
                    "since": "2024-02-08",
                    "price": "70214.05",
                    "currency": "USD",
                    "as_of": "2026-02-07T12:00:00Z",
                }  # fmt: skip
            ]
        }
    },
)
def list_watched_assets(tx: Tx) -> WatchedAssets:
    """What you watch, with its latest price."""
    return service.watched_assets(tx)


@routes.put(
    "/v1/assets/{asset_id}/watch",
    example={
        "path": {"asset_id": 1},
        "body": {"since": "2024-02-08"},
        "answer": {"asset_id": 1, "since": "2024-02-08", "backfills": [7]},
    },
)
def watch_asset(tx: Tx, asset_id: int, body: Watch) -> Watching:
    """Watch an asset: its price is kept fresh, and its history fetched from one year before `since`.

    Watching again changes nothing but may reach further back. Follow the fetching at /v1/backfills.
    """
    return service.watch(tx, asset_id, body.since)


@routes.delete("/v1/assets/{asset_id}/watch", example={"path": {"asset_id": 1}})
def unwatch_asset(tx: Tx, asset_id: int) -> None:
    """Stop watching an asset. What was fetched stays."""
    service.unwatch(tx, asset_id)


@routes.get("/v1/backfills", example={"query": {"status": "completed"}, "answer": _page(BACKFILL)})
def list_backfills(tx: Tx, query: BackfillsQuery) -> Page[Backfill]:
    """The fetching of histories of what you hold or watch, the newest first: how far it is, and why it waits."""
    return admin.list_backfills(tx, query)


@routes.post("/v1/admin/backfills/{backfill_id}/retry", access="admin", scope=None, idempotent=True,
             example={"path": {"backfill_id": 7}})  # fmt: skip
def retry_backfill(tx: Tx, backfill_id: int) -> None:
    """Let a failed or waiting backfill start over at once, from where it stands."""
    admin.retry_backfill(tx, backfill_id)


@routes.get(
    "/v1/admin/sources",
    access="admin",
    scope=None,
    example={
        "answer": {
            "items": [
                {
                    "source": "binance",
                    "last_success_at": "2026-02-07T12:00:00Z",
                    "last_failure_at": None,
                    "last_error": None,
                    "consecutive_failures": 0,
                }  # fmt: skip
            ]
        }
    },
)
def list_sources(tx: Tx) -> SourceHealthList:
    """How the outside sources are doing."""
    return admin.source_health(tx)


@routes.get(
    "/v1/admin/price-flags",
    access="admin",
    scope=None,
    example={"query": {"status": "open"}, "answer": _page(FLAG)},
)
def list_price_flags(tx: Tx, query: FlagsQuery) -> Page[PriceFlag]:
    """Bars that need a person: impossible ones, which were not stored, and moves over 50 % in a day, which were."""
    return admin.list_flags(tx, query)


@routes.post(
    "/v1/admin/price-flags/{flag_id}/resolve",
    access="admin",
    scope=None,
    idempotent=True,
    example={
        "path": {"flag_id": 3},
        "body": {"action": "kept"},
        "answer": FLAG | {"status": "kept", "resolved_at": "2025-06-24T08:00:00Z",
                          "resolved_by": "3f2b8c1e-1f0a-4f57-9f6e-0a4d6f1b2c3d"},
    },
)  # fmt: skip
def resolve_price_flag(tx: Tx, flag_id: int, body: Resolution) -> PriceFlag:
    """Decide about a flagged bar: keep it, or take it out of the history."""
    return admin.resolve_flag(tx, flag_id, body.action)


@routes.post(
    "/v1/admin/assets",
    access="admin",
    scope=None,
    status=201,
    idempotent=True,
    example={
        "body": {"symbol": "KULR", "name": "KULR Technology Group", "asset_type": "stock", "exchange": "NYSE",
                 "native_currency": "USD", "alpaca_symbol": "KULR", "price_sources": ["alpaca"]},
        "answer": BITCOIN | {"id": 99, "symbol": "KULR", "name": "KULR Technology Group", "asset_type": "stock",
                             "exchange": "NYSE", "price_sources": ["alpaca"]},
    },
)  # fmt: skip
def add_asset(tx: Tx, body: NewAsset) -> Asset:
    """Put an asset into the catalogue."""
    return service.add_asset(tx, body)


@routes.patch(
    "/v1/admin/assets/{asset_id}",
    access="admin",
    scope=None,
    example={"path": {"asset_id": 1}, "body": {"is_active": True}, "answer": BITCOIN},
)
def change_asset(tx: Tx, asset_id: int, body: AssetChange) -> Asset:
    """Change an asset's name, its ids at the sources, or whether it is active. Fields left out stay as they are."""
    return service.change_asset(tx, asset_id, body)
