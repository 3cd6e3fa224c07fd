"""What price and exchange-rate sources answer with: bars, quotes and rates as plain values.

Nothing here is ever a float. A bar keeps the very text that the source printed, so that it can be stored
without a detour; a quote or a rate is a Decimal, because it is calculated with.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

_EPOCH = date(1970, 1, 1)
_DAY_IN_MS = 86_400_000


class Bar(NamedTuple):
    """One day of one asset. Prices are decimal text exactly as the source printed it, in the quote's
    currency.

    `at` is the start of the trading date, 00:00:00 UTC, in milliseconds since the epoch, whatever the
    market's own time zone. `volume` is in units of the asset. None: the source does not say.
    """

    at: int
    open: str | None
    high: str | None
    low: str | None
    close: str
    volume: str | None

    @property
    def day(self) -> date:
        """The trading date."""
        return date_at(self.at)


class Quote(NamedTuple):
    """The latest price of one asset. None: the source does not say; nothing is filled in.

    `symbol` is the source's own id, as asked. `price`, the changes, high and low and `market_cap` are in
    `currency`; `change_pct_24h` is a percentage (3.70 means 3.70 %); `volume_24h` is in units of the asset,
    `volume_24h_quote` in `currency`.
    """

    symbol: str
    price: Decimal
    currency: str
    as_of: datetime
    change_24h: Decimal | None = None
    change_pct_24h: Decimal | None = None
    high_24h: Decimal | None = None
    low_24h: Decimal | None = None
    volume_24h: Decimal | None = None
    volume_24h_quote: Decimal | None = None
    market_cap: Decimal | None = None


class Rate(NamedTuple):
    """What one unit of `currency` is worth in US dollars, at the moment `as_of` (UTC)."""

    currency: str
    rate_to_usd: Decimal
    as_of: datetime


class BarPage(NamedTuple):
    """One page of daily bars, oldest first. `next_start`: ask again from this day; None: all is there."""

    bars: list[Bar]
    next_start: date | None


def within(bars: Iterable[Bar], first: date, last: date) -> list[Bar]:
    """The bars from one day to another, both included."""
    begin, end = midnight_ms(first), midnight_ms(last)
    return [bar for bar in bars if begin <= bar.at <= end]


def midnight_ms(day: date) -> int:
    """The start of a date, 00:00:00 UTC, in milliseconds since the epoch."""
    return (day - _EPOCH).days * _DAY_IN_MS


def date_at(milliseconds: int) -> date:
    """The UTC date of a moment given in milliseconds since the epoch."""
    return _EPOCH + timedelta(days=milliseconds // _DAY_IN_MS)


def moment_at(milliseconds: int) -> datetime:
    """A moment given in milliseconds since the epoch, as a UTC datetime, with no float on the way."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
