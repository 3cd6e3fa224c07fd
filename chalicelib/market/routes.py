"""The market over HTTP: the catalogue, prices, exchange rates, watching, backfills, and what administrators look after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.later import later
from chalicelib.core.models import Id, Page, PageQuery
from chalicelib.market import examples

if TYPE_CHECKING:
    from chalicelib.market import action_models, actions, admin, models, service
else:
    action_models, actions, admin, models, service = later(
        "chalicelib.market", "action_models", "actions", "admin", "models", "service"
    )

routes = Routes(__name__, "market")


@routes.get(
    "/v1/assets",
    access="public",
    cache_seconds=30,
    example=examples.LIST_ASSETS,
)
def list_assets(tx: Tx, query: models.AssetsQuery) -> Page[models.Asset]:
    """Find assets in the catalogue.

    `q` matches words and beginnings of words in symbol and name: an exact symbol comes first, then symbols and names that
    begin so. Without it, the whole catalogue by symbol.
    """
    return service.find_assets(tx, query)


@routes.get(
    "/v1/assets/{asset_id}",
    access="public",
    cache_seconds=30,
    example=examples.SHOW_ASSET,
)
def show_asset(tx: Tx, asset_id: Id) -> models.Asset:
    """One asset of the catalogue."""
    return service.show_asset(tx, asset_id)


@routes.get(
    "/v1/assets/{asset_id}/prices",
    access="public",
    cache_seconds=30,
    example=examples.LIST_PRICES,
)
def list_prices(tx: Tx, asset_id: Id, query: models.PricesQuery) -> Page[models.Bar]:
    """An asset's price history by day, week or month, oldest first, in its own currency.

    Bars older than two years keep only their close. Weeks begin on Monday. The history of an asset that nobody holds or
    watches may be missing: watch it, and it is fetched.
    """
    return service.list_prices(tx, asset_id, query)


@routes.get(
    "/v1/assets/{asset_id}/price-at",
    access="public",
    example=examples.PRICE_AT,
)
def price_at(tx: Tx, asset_id: Id, query: models.PriceAtQuery) -> models.PriceAt:
    """The last close that was known at a moment, and how old it was then.

    A day's close is known once the day has ended in UTC.
    """
    return service.price_at(tx, asset_id, query.at)


@routes.get(
    "/v1/prices/latest",
    access="public",
    example=examples.LIST_LATEST_PRICES,
)
def list_latest_prices(tx: Tx, query: models.LatestQuery) -> models.LatestPrices:
    """The latest prices of some symbols, with change, range and volume of the last 24 hours."""
    return service.latest_prices(tx, query.symbols)


@routes.get(
    "/v1/market-data",
    access="public",
    example=examples.LIST_MARKET_DATA,
)
def list_market_data(tx: Tx, query: models.MarketDataQuery) -> models.MarketDataList:
    """Latest prices in US and in Australian dollars.

    A figure whose exchange rate is not known is null.
    """
    return service.market_data(tx, query.symbols)


@routes.get(
    "/v1/exchange-rates",
    access="public",
    example=examples.LIST_EXCHANGE_RATES,
)
def list_exchange_rates(tx: Tx, query: models.ExchangeRatesQuery) -> models.ExchangeRates:
    """What one unit of each currency is worth in US dollars, and since when that is known."""
    return service.exchange_rates(tx, query.at)


@routes.get(
    "/v1/exchange-rates/convert",
    access="public",
    example=examples.CONVERT,
)
def convert(tx: Tx, query: models.ConvertQuery) -> models.Conversion:
    """Convert an amount between two currencies, now or at a past moment.

    A rate may be at most a week old; where none is known the answer is 404 `rate_unknown`, never a guess.
    """
    return service.convert(tx, query)


@routes.get(
    "/v1/watched-assets",
    example=examples.LIST_WATCHED_ASSETS,
)
def list_watched_assets(tx: Tx) -> models.WatchedAssets:
    """What you watch, with its latest price."""
    return service.watched_assets(tx)


@routes.put(
    "/v1/assets/{asset_id}/watch",
    example=examples.WATCH_ASSET,
)
def watch_asset(tx: Tx, asset_id: Id, body: models.Watch) -> models.Watching:
    """Watch an asset: its price is kept fresh, and its history fetched from one year before `since`.

    models.Watching again changes nothing but may reach further back. Follow the fetching at /v1/backfills.
    """
    return service.watch(tx, asset_id, body.since)


@routes.delete("/v1/assets/{asset_id}/watch", example=examples.UNWATCH_ASSET)
def unwatch_asset(tx: Tx, asset_id: Id) -> None:
    """Stop watching an asset.

    What was fetched stays.
    """
    service.unwatch(tx, asset_id)


@routes.get("/v1/backfills", example=examples.LIST_BACKFILLS)
def list_backfills(tx: Tx, query: models.BackfillsQuery) -> Page[models.Backfill]:
    """The fetching of histories of what you hold or watch, the newest first: how far it is, and why it waits."""
    return admin.list_backfills(tx, query)


@routes.post(
    "/v1/admin/backfills/{backfill_id}/retry",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.RETRY_BACKFILL,
)
def retry_backfill(tx: Tx, backfill_id: Id) -> None:
    """Let a failed or waiting backfill start over at once, from where it stands."""
    admin.retry_backfill(tx, backfill_id)


@routes.get(
    "/v1/admin/sources",
    access="admin",
    scope=None,
    example=examples.LIST_SOURCES,
)
def list_sources(tx: Tx) -> models.SourceHealthList:
    """How the outside sources are doing."""
    return admin.source_health(tx)


@routes.get(
    "/v1/admin/price-flags",
    access="admin",
    scope=None,
    example=examples.LIST_PRICE_FLAGS,
)
def list_price_flags(tx: Tx, query: models.FlagsQuery) -> Page[models.PriceFlag]:
    """Bars that need a person: impossible ones, which were not stored, and moves over 50 % in a day, which were."""
    return admin.list_flags(tx, query)


@routes.post(
    "/v1/admin/price-flags/{flag_id}/resolve",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.RESOLVE_PRICE_FLAG,
)
def resolve_price_flag(tx: Tx, flag_id: Id, body: models.Resolution) -> models.PriceFlag:
    """Decide about a flagged bar: keep it, or take it out of the history."""
    return admin.resolve_flag(tx, flag_id, body.action)


@routes.post(
    "/v1/admin/assets",
    access="admin",
    scope=None,
    status=201,
    idempotent=True,
    example=examples.ADD_ASSET,
)
def add_asset(tx: Tx, body: models.NewAsset) -> models.Asset:
    """Put an asset into the catalogue."""
    return service.add_asset(tx, body)


@routes.patch(
    "/v1/admin/assets/{asset_id}",
    access="admin",
    scope=None,
    example=examples.CHANGE_ASSET,
)
def change_asset(tx: Tx, asset_id: Id, body: models.AssetChange) -> models.Asset:
    """Change an asset's name, its ids at the sources, or whether it is active.

    Fields left out stay as they are.
    """
    return service.change_asset(tx, asset_id, body)


@routes.get(
    "/v1/assets/{asset_id}/corporate-actions",
    access="public",
    example=examples.LIST_ACTIONS,
)
def list_corporate_actions(tx: Tx, asset_id: Id, query: PageQuery) -> Page[action_models.CorporateAction]:
    """An asset's splits and dividends, the newest first."""
    return actions.of_asset(tx, asset_id, query)


@routes.post(
    "/v1/admin/corporate-actions",
    access="admin",
    scope=None,
    status=201,
    idempotent=True,
    example=examples.BOOK_ACTION,
)
def book_corporate_action(tx: Tx, body: action_models.NewCorporateAction) -> action_models.CorporateAction:
    """Book a split or dividend of an asset, for everyone who holds it; also ahead of its day.

    On the day of a split our older prices are brought into new shares, unless their source has done so, and every portfolio
    that holds the asset has its new quantity: within a minute, or within a minute from now for a day that is past.
    """
    return actions.book(tx, body)
