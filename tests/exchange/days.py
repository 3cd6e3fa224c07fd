"""Trading days for tests: a trade between two people at a moment, and what a day's statistics say of somebody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from chalicelib.core import db
from chalicelib.core.jobs import run
from chalicelib.exchange import report_jobs, statistics
from chalicelib.exchange.report_models import ClosedDay
from tests.conftest import Database
from tests.exchange import factory
from tests.exchange.factory import Offering, Trader

RESULTS = (
    "trades_executed", "shares_bought", "shares_sold", "value_bought", "value_sold", "commission", "realised_gain",
    "unrealised_change", "opening_equity", "closing_equity", "net_deposits", "daily_gain_loss", "daily_gain_loss_pct",
    "win_rate_pct",
)  # fmt: skip


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def funded(database: Database, cash: Any, at: datetime) -> Trader:
    """Somebody whose deposit of so much was confirmed at that moment."""
    person = factory.trader(database)
    factory.deposit(person, cash, at)
    return person


def trade(listed: Offering, seller: Trader, buyer: Trader, shares: int, price: Any, at: datetime) -> None:
    """One trade between two people, where nobody else's order is in the way."""
    factory.order(seller, listed, "sell", shares, price, at)
    assert factory.order(buyer, listed, "buy", shares, price, at)["status"] == "filled"


def run_job(at: datetime) -> dict[str, Any]:
    """The job's run for a moment, which succeeds."""
    result = run(report_jobs.CLOSE_TRADING_DAY, at)
    assert result["status"] == "succeeded", result
    return result


def close(day: date, at: datetime) -> ClosedDay:
    """Closes one day, as the job or an administrator does."""
    with db.job_transaction() as tx:
        return statistics.close_day(tx, day, at)


def stats(person: Trader, day: date) -> dict[str, Any] | None:
    """What is stored of somebody's day; None where nothing is."""
    rows = person.database.rows(
        "select * from exchange.user_trading_stats where user_id = %s and stat_date = %s", person.id, day
    )
    return {name: rows[0][name] for name in RESULTS} if rows else None


def gain(person: Trader, day: date) -> Decimal:
    found = stats(person, day)
    assert found is not None
    return Decimal(found["daily_gain_loss"])


def ranking(database: Database, day: date) -> list[dict[str, Any]]:
    """The leaderboard of a day, by rank."""
    return database.rows(
        "select * from exchange.leaderboard_snapshots where snapshot_date = %s order by rank", day
    )


def everything(database: Database) -> list[list[dict[str, Any]]]:
    """All results of all days, without the moments at which they were computed."""
    return [
        database.rows("select * from exchange.user_trading_stats order by stat_date, user_id"),
        database.rows("select * from exchange.leaderboard_snapshots order by snapshot_date, rank"),
        database.rows("select * from exchange.trading_days order by day"),
    ]


def without_moments(tables: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Results, but for when they were computed."""
    moments = ("computed_at", "closed_at")
    return [[{name: row[name] for name in row if name not in moments} for row in rows] for rows in tables]
