"""The outside sources as the market uses them: built from the settings, sharing one limiter in the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol

from chalicelib.core import limits
from chalicelib.core.settings import has, reveal, settings
from chalicelib.sources.alpaca import Alpaca
from chalicelib.sources.bars import BarPage, Quote
from chalicelib.sources.binance import Binance
from chalicelib.sources.client import SourceRateLimited, SourceRefused
from chalicelib.sources.coingecko import CoinGecko
from chalicelib.sources.ecb import Ecb
from chalicelib.sources.openexchangerates import OpenExchangeRates

LONGEST_BLOCK = 7 * 86_400.0
"""Seconds for which a source is left alone at most, whatever its Retry-After says: a slip of its must not be for ever."""


class PriceSource(Protocol):
    """What a source of prices offers. Symbols are the source's own ids."""

    def daily_bars(self, symbol: str, start: date, end: date, now: datetime) -> BarPage: ...

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]: ...


class OwnBudgetUsedUp(SourceRateLimited):
    """We held ourselves back: the shared budget is used up, or the source told another worker to wait."""


class SharedLimiter:
    """The budgets of all workers, wherever they run, in app.rate_limits."""

    def spend(self, bucket: str, cost: int, burst: int, per_seconds: float) -> None:
        wait = limits.spend(f"source:{bucket}", cost, burst, per_seconds)
        if wait > 0:
            raise OwnBudgetUsedUp(bucket, f"the shared budget is used up for {wait:.0f} s", retry_after=wait)

    def block(self, bucket: str, seconds: float) -> None:
        limits.block(f"source:{bucket}", min(seconds, LONGEST_BLOCK))


SYMBOL_COLUMN = {"binance": "binance_symbol", "coingecko": "coingecko_id", "alpaca": "alpaca_symbol"}
"""Which column of market.assets holds the id that a source knows an asset by."""


def price_source(name: str) -> PriceSource:
    """The source of that name. Raises SourceRefused where its keys are not configured."""
    return _BUILDERS[name]()


def ecb() -> Ecb:
    """The European Central Bank's daily reference rates."""
    return Ecb(settings().ecb_url, SharedLimiter(), contact=settings().contact)


def open_exchange_rates() -> OpenExchangeRates | None:
    """The hourly source of exchange rates; None where no app id is configured."""
    if not has("openexchangerates_app_id"):
        return None
    return OpenExchangeRates(
        settings().openexchangerates_url,
        SharedLimiter(),
        reveal("openexchangerates_app_id"),
        contact=settings().contact,
    )


def _binance() -> PriceSource:
    return Binance(settings().binance_url, SharedLimiter(), contact=settings().contact)


def _coingecko() -> PriceSource:
    key = reveal("coingecko_key") if has("coingecko_key") else None
    return CoinGecko(
        settings().coingecko_url, SharedLimiter(), key, settings().coingecko_plan, contact=settings().contact
    )


def _alpaca() -> PriceSource:
    if not (has("alpaca_key_id") and has("alpaca_secret_key")):
        raise SourceRefused("alpaca", "HOLDFAST_ALPACA_KEY_ID and HOLDFAST_ALPACA_SECRET_KEY are not set")
    return Alpaca(
        settings().alpaca_url,
        SharedLimiter(),
        reveal("alpaca_key_id"),
        reveal("alpaca_secret_key"),
        settings().alpaca_feed,
        contact=settings().contact,
    )


_BUILDERS: dict[str, Callable[[], PriceSource]] = {
    "binance": _binance,
    "coingecko": _coingecko,
    "alpaca": _alpaca,
}
