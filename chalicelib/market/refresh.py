"""Refreshing latest prices and exchange rates: what the schedules run."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import db, log, outbox
from chalicelib.core.jobs import Outcome
from chalicelib.core.sessions import session_around
from chalicelib.market import feeds, health
from chalicelib.sources.bars import Quote, Rate
from chalicelib.sources.client import SourceError
from chalicelib.sources.coingecko import CoinGecko

queries = db.Queries(__file__)

OUT_OF_HOURS = timedelta(hours=1)
"""How often shares are looked at while their market is closed."""
ECB_DAILY_REACH = timedelta(days=4)
"""The ECB's daily file holds one day: after a longer silence the whole history is read."""


class NothingAnswered(Exception):
    """No source gave anything; the message says what each answered."""


def refresh_crypto_prices(as_of: datetime) -> Outcome:
    """The latest price of every tracked coin, from its preferred source, or the next that answers."""
    return _refresh(_tracked("crypto"), as_of)


def refresh_stock_prices(as_of: datetime) -> Outcome:
    """The latest price of every tracked share: in and around the session at every run, otherwise once an hour."""
    shares = _tracked("stock")
    if session_around(as_of) is None:
        shares = [share for share in shares if share["updated_at"] is None or _is_old(share, as_of)]
    return _refresh(shares, as_of)


def refresh_market_caps(as_of: datetime) -> Outcome:  # noqa: ARG001
    """Market capitalisations of tracked coins: only CoinGecko tells them, and its month's budget allows an hourly call."""
    coins = {asset["coingecko_id"]: asset["id"] for asset in _tracked("crypto") if asset["coingecko_id"]}
    if not coins:
        return Outcome()
    source = feeds.price_source("coingecko")
    if not isinstance(source, CoinGecko):
        raise TypeError("the source named coingecko is not CoinGecko")
    try:
        quotes = source.markets(list(coins))
    except SourceError as error:
        _note("coingecko", error)
        raise
    caps = [
        {
            "asset_id": coins[coin],
            "market_cap": str(quote.market_cap),
            "price": str(quote.price),
            "as_of": quote.as_of.isoformat(),
        }
        for coin, quote in quotes.items()
        if quote.market_cap is not None
    ]
    with db.job_transaction() as tx:
        health.note(tx, "coingecko", None)
        return Outcome(queries.land_market_caps(tx.conn, caps=json.dumps(caps)))


def refresh_exchange_rates(as_of: datetime) -> Outcome:
    """Exchange rates to the US dollar: hourly from Open Exchange Rates where configured, daily from the ECB.

    A rate keeps the moment it was published for: between two publications nothing is made up. One source failing does not
    stop the other; the run fails only if none answered.
    """
    landed: dict[str, int] = {}
    errors: list[SourceError] = []
    for name, fetch in (("openexchangerates", _hourly_rates), ("ecb", lambda: _ecb_rates(as_of))):
        try:
            rates = fetch()
        except SourceError as error:
            _note(name, error)
            errors.append(error)
            continue
        if rates is not None:
            landed[name] = _land_rates(name, rates)
    if errors and not landed:
        raise NothingAnswered("; ".join(str(error) for error in errors))
    return Outcome(sum(landed.values()), dict(landed))


def _hourly_rates() -> list[Rate] | None:
    source = feeds.open_exchange_rates()
    return source.latest() if source is not None else None


def _ecb_rates(as_of: datetime) -> list[Rate]:
    with db.job_transaction() as tx:
        last: datetime | None = queries.last_rate(tx.conn, source="ecb")
    if last is None:
        return feeds.ecb().history(None)
    if as_of - last > ECB_DAILY_REACH:
        return feeds.ecb().history(last.date())
    return feeds.ecb().daily()


def _land_rates(source: str, rates: Iterable[Rate]) -> int:
    rows = [
        {"currency": rate.currency, "rate_to_usd": str(rate.rate_to_usd), "as_of": rate.as_of.isoformat()}
        for rate in rates
        if rate.currency != "USD"
    ]
    with db.job_transaction() as tx:
        health.note(tx, source, None)
        return int(queries.land_rates(tx.conn, source=source, rates=json.dumps(rows)))


def _refresh(assets: Sequence[dict[str, Any]], as_of: datetime) -> Outcome:
    """Asks each asset's sources in its order of preference until one has answered for it."""
    waiting = {asset["id"]: asset for asset in assets}
    errors: list[SourceError] = []
    answered: dict[str, int] = {}
    for preference in range(max((len(asset["price_sources"]) for asset in assets), default=0)):
        by_source: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        for asset in waiting.values():
            if preference < len(asset["price_sources"]):
                name = asset["price_sources"][preference]
                symbol = asset[feeds.SYMBOL_COLUMN[name]]
                if symbol is not None:
                    by_source[name][symbol] = asset
        for name, by_symbol in by_source.items():
            try:
                quotes = feeds.price_source(name).quotes(list(by_symbol))
            except SourceError as error:
                _note(name, error)
                errors.append(error)
                continue
            done = _land_quotes(name, quotes, by_symbol)
            answered[name] = answered.get(name, 0) + len(done)
            for asset_id in done:
                del waiting[asset_id]
    if errors and not answered:
        raise NothingAnswered("; ".join(str(error) for error in errors))
    missing = sorted(asset["symbol"] for asset in waiting.values() if asset["price_sources"])
    details: dict[str, Any] = {**answered, **({"unanswered": missing[:20]} if missing else {})}
    return Outcome(sum(answered.values()), {**details, "as_of": as_of.isoformat()} if missing else details)


def _land_quotes(source: str, quotes: dict[str, Quote], by_symbol: dict[str, dict[str, Any]]) -> list[int]:
    """Lands quotes in one call; returns the assets that they answered for. A quote in another currency is left out.

    What became the latest price is told to subscribers; an older quote than the one held did not.
    """
    rows, landed = [], {}
    for symbol, quote in quotes.items():
        asset = by_symbol[symbol]
        if quote.currency != asset["native_currency"]:
            log.warning(
                "quote_in_other_currency", symbol=asset["symbol"], source=source, currency=quote.currency
            )
            continue
        landed[asset["id"]] = (asset["symbol"], quote.price)
        rows.append(_row(asset["id"], quote))
    with db.job_transaction() as tx:
        health.note(tx, source, None)
        stored = queries.land_quotes(tx.conn, source=source, quotes=json.dumps(rows, default=str))
        fresh = [landed[row["asset_id"]] for row in stored]
        if fresh:
            prices = {symbol: format(price, "f") for symbol, price in fresh}
            outbox.publish(tx, "prices", "prices_refreshed", {"source": source, "prices": prices})
    return list(landed)


def _row(asset_id: int, quote: Quote) -> dict[str, Any]:
    return {
        "asset_id": asset_id,
        "price": quote.price,
        "currency": quote.currency,
        "as_of": quote.as_of.isoformat(),
        "change_24h": quote.change_24h,
        "change_percentage_24h": quote.change_pct_24h,
        "high_24h": quote.high_24h,
        "low_24h": quote.low_24h,
        "volume_24h": quote.volume_24h,
        "volume_24h_value": quote.volume_24h_quote,
        "market_cap": quote.market_cap,
    }


def _is_old(asset: dict[str, Any], as_of: datetime) -> bool:
    return bool(as_of - asset["updated_at"] >= OUT_OF_HOURS)


def _tracked(asset_type: str) -> list[dict[str, Any]]:
    with db.job_transaction() as tx:
        return list(queries.tracked_assets(tx.conn, asset_types=[asset_type]))


def _note(source: str, error: SourceError) -> None:
    log.warning("source_failed", source=source, reason=type(error).__name__, detail=error.detail[:200])
    with db.job_transaction() as tx:
        health.note(tx, source, error)
