"""What tests of the market are made of: assets, bars, holders, backfills, and prices as the outside world has them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from chalicelib.core import db
from chalicelib.core.principal import Principal
from chalicelib.market import service
from chalicelib.market.service import Landed
from local.standins import Histories
from tests.conftest import Database

DAY = timedelta(days=1)
EPOCH = date(1970, 1, 1)
_numbers = itertools.count(1)

Bar = tuple[int, str | None, str | None, str | None, str | None, str | None]


def today() -> date:
    return datetime.now(UTC).date()


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def ms(day: date) -> int:
    """The start of a day in milliseconds since the epoch."""
    return (day - EPOCH).days * 86_400_000


def bar(
    day: date,
    close: str | None = "100",
    *,
    open: str | None = None,
    high: str | None = None,
    low: str | None = None,
    volume: str | None = "10",
) -> Bar:
    """One day's bar; what is not given equals the close."""
    return (ms(day), open or close, high or close, low or close, close, volume)


def close_only(day: date, close: str) -> Bar:
    """A bar as CoinGecko gives it."""
    return (ms(day), None, None, None, close, None)


def run_of_bars(first: date, count: int, close: str = "100") -> list[Bar]:
    """Bars of consecutive days."""
    return [bar(first + n * DAY, close) for n in range(count)]


def new_asset(database: Database, symbol: str | None = None, **fields: Any) -> int:
    """A new asset of the catalogue: a coin quoted in USD unless told otherwise."""
    number = next(_numbers)
    values = {
        "symbol": symbol or f"NEW{number}",
        "name": f"Newcoin {number}",
        "asset_type": "crypto",
        "exchange": None,
        "native_currency": "USD",
        "price_sources": [],
        **fields,
    }
    columns = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    row = database.row(
        f"insert into market.assets ({columns}) values ({marks}) returning id", *values.values()
    )
    return int(row["id"])


def asset_id(database: Database, symbol: str) -> int:
    """An asset of the reference rows."""
    return int(database.row("select id from market.assets where symbol = %s", symbol)["id"])


def land(asset: int, bars: Sequence[Bar], source: str = "binance") -> Landed:
    """Lands bars as a job does."""
    with db.job_transaction() as tx:
        return service.land_bars(tx, asset, source, bars)


def stored(database: Database, asset: int) -> list[dict[str, Any]]:
    """The asset's bars as stored, oldest first."""
    return database.rows(
        "select timestamp, open, high, low, close, volume, source from market.asset_prices "
        "where asset_id = %s order by timestamp",
        asset,
    )


def closes(database: Database, asset: int) -> dict[date, Decimal]:
    """The asset's closes by day."""
    return {row["timestamp"].astimezone(UTC).date(): row["close"] for row in stored(database, asset)}


def versions(database: Database, asset: int) -> list[tuple[Any, Any]]:
    """Which version of each bar's row is there: rewriting a row changes it."""
    rows = database.rows(
        "select xmin::text, ctid::text from market.asset_prices where asset_id = %s order by timestamp", asset
    )
    return [(row["xmin"], row["ctid"]) for row in rows]


def flags(database: Database, asset: int) -> list[dict[str, Any]]:
    """The asset's flagged bars in the order of their days."""
    return database.rows(
        "select id, (timestamp at time zone 'UTC')::date as day, kind, reason, previous_close, bar, status "
        "from market.price_flags where asset_id = %s order by timestamp, kind",
        asset,
    )


def new_holder(database: Database) -> UUID:
    """An account that nobody signs in with: quicker than signing up."""
    user = uuid4()
    database.run(
        "insert into identity.users (id, email, password_hash) values (%s, %s, 'none')",
        user,
        f"{user}@example.com",
    )
    return user


def hold(user: UUID, asset: int, since: date, kind: str = "watch") -> list[int]:
    """The user holds the asset; returns the backfills that this caused."""
    with db.transaction(Principal("user", user)) as tx:
        return service.hold(tx, asset, kind, since)


def release(user: UUID, asset: int, kind: str = "watch") -> bool:
    with db.transaction(Principal("user", user)) as tx:
        return service.release(tx, asset, kind)


def queue_row(database: Database, asset: int, start: date, end: date, **fields: Any) -> int:
    """A backfill that waits for a worker."""
    values = {"asset_id": asset, "start_date": start, "end_date": end, "next_date": start, **fields}
    columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    row = database.row(
        f"insert into market.backfill_queue ({columns}) values ({marks}) returning id", *values.values()
    )
    return int(row["id"])


def backfill(database: Database, backfill_id: int) -> dict[str, Any]:
    """A backfill's row, with the seconds that it still waits."""
    return database.row(
        "select *, extract(epoch from retry_after - now())::float as waits from market.backfill_queue where id = %s",
        backfill_id,
    )


def wait_is_over(database: Database, backfill_id: int | None = None) -> None:
    """As if the time had passed for which a backfill waits, and for which sources are to be left alone."""
    database.run(
        "update market.backfill_queue set retry_after = now() where retry_after is not null and id = coalesce(%s, id)",
        backfill_id,
    )
    database.run("delete from app.rate_limits")


def coin_days(histories: Histories, symbol: str, first: date, last: date) -> dict[date, tuple[str, ...]]:
    """What the outside world knows of a coin: {day: (open, high, low, close, volume)}, as printed by the source."""
    days = histories.coins[symbol].between(first.toordinal(), last.toordinal(), datetime.now(UTC))
    return {date.fromordinal(day.day): tuple(day[1:]) for day in days}


def share_days(histories: Histories, symbol: str, first: date, last: date) -> dict[date, tuple[str, ...]]:
    """As `coin_days`, of a share."""
    days = histories.stocks[symbol].between(first.toordinal(), last.toordinal(), datetime.now(UTC))
    return {date.fromordinal(day.day): tuple(day[1:]) for day in days}
