"""The performance cache: right, invalid the moment something changes, and soon valid again."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import clock, db
from chalicelib.portfolio import jobs
from tests.conftest import Database
from tests.portfolio import factory
from tests.portfolio.factory import Owned
from tests.portfolio.test_performance import ask
from tests.portfolio.worth import at, example, owner, prices

D = Decimal
NAMES = {"total": "max", "day": "1D", "week": "1W", "month": "1M", "year": "1Y"}
IN_SESSION = datetime(2024, 3, 11, 15, 0, tzinfo=UTC)  # 11:00 in New York
AT_NIGHT = datetime(2024, 3, 12, 2, 0, tzinfo=UTC)
SUNDAY = datetime(2024, 3, 10, 15, 0, tzinfo=UTC)


def cached(database: Database, owned: Owned) -> dict[str, Any]:
    return database.row(
        "select * from portfolio.portfolio_performance_cache where portfolio_id = %s", owned.id
    )


@pytest.mark.parametrize("today", ["2024-03-06", "2024-03-10", "2024-03-11", "2024-04-01", "2025-03-05"])
def test_the_cached_shares_are_the_simple_returns_of_the_reports(database: Database, today: str) -> None:
    """Two ways to compute them: set by set in SQL, and day by day in Python."""
    person, owned, asset = example(database)
    if today > "2024-03-11":
        prices(database, asset, {today: "130"})
        for text in (today, "2025-02-28", "2025-03-04"):
            for currency, rate in (("EUR", "1.10"),):
                database.run(
                    "insert into market.exchange_rates values (%s, %s, %s, 'test') on conflict do nothing",
                    currency, at(text, 12), D(rate),
                )  # fmt: skip
    jobs.refresh_performance_cache(at(today))
    row = cached(database, owned)
    assert row["valid"]
    for name, range_name in NAMES.items():
        column = "total_return_pct" if name == "total" else f"{name}_change_pct"
        measure = ask(person, owned, today=today, range=range_name).json["simple"]
        if measure["percent"] is None:
            assert row[column] is None, name
        else:
            assert row[column] == pytest.approx(D(measure["percent"]), abs=D("0.000002")), name


def test_value_and_contributions_are_in_dollars_at_the_rates_of_their_days(database: Database) -> None:
    """On the 11th: 6 × 125 + 490 + 1500 × 1.25; paid in: 2000 × 1.25 + 1001 − 500 × 1.25."""
    _, owned, _ = example(database)
    jobs.refresh_performance_cache(at("2024-03-11"))
    row = cached(database, owned)
    assert (row["current_value_usd"], row["total_invested_usd"]) == (3115, 2876)


def test_nothing_invested_is_nothing_gained(database: Database) -> None:
    _, owned = owner(database)
    jobs.refresh_performance_cache(at("2024-03-11"))
    row = cached(database, owned)
    assert (row["current_value_usd"], row["total_invested_usd"], row["total_return_pct"]) == (0, 0, None)


def test_what_is_not_known_is_null(database: Database) -> None:
    _, owned = owner(database)
    asset = factory.share(database)
    owned.buy(asset, 1, 10, "2024-03-04")
    jobs.refresh_performance_cache(at("2024-03-11"))
    row = cached(database, owned)
    assert (row["current_value_usd"], row["total_invested_usd"], row["total_return_pct"]) == (None, 10, None)
    assert row["valid"]


def test_a_transaction_makes_it_invalid_and_the_next_minute_makes_it_right(database: Database) -> None:
    _, owned, _ = example(database)
    assert jobs.refresh_performance_cache(SUNDAY).rows == 1
    owned.cash("deposit", 100, "2024-03-10")
    assert not cached(database, owned)["valid"]
    assert jobs.refresh_performance_cache(SUNDAY + timedelta(minutes=1)).rows == 1
    assert cached(database, owned)["valid"]
    assert jobs.refresh_performance_cache(SUNDAY + timedelta(minutes=2)).rows == 0


def test_every_15_minutes_while_new_york_trades_and_otherwise_once_a_day(database: Database) -> None:
    owner(database)
    assert jobs.refresh_performance_cache(IN_SESSION).rows == 1
    assert jobs.refresh_performance_cache(IN_SESSION + timedelta(minutes=14)).rows == 0
    assert jobs.refresh_performance_cache(IN_SESSION + timedelta(minutes=16)).rows == 1
    assert jobs.refresh_performance_cache(AT_NIGHT).rows == 1
    assert jobs.refresh_performance_cache(AT_NIGHT + timedelta(hours=3)).rows == 0


def test_reading_what_is_out_of_date_computes_it_first(database: Database) -> None:
    person, owned, _ = example(database)
    answer = ask(person, owned, "summary").json
    assert (D(answer["current_value_usd"]), answer["last_updated"]) == (3115, "2024-03-11T18:00:00Z")
    simple = ask(person, owned, range="max").json["simple"]
    assert [answer["method"], answer["denominator"]] == [simple["method"], simple["denominator"]]
    owned.cash("deposit", 100, "2024-03-11")
    assert D(ask(person, owned, "summary").json["current_value_usd"]) == 3115 + 125
    tomorrow = ask(person, owned, "summary", today="2024-03-12").json
    assert tomorrow["last_updated"] == "2024-03-12T18:00:00Z"


def test_all_due_portfolios_in_one_run(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    for _ in range(5):
        factory.new_portfolio(database)
    assert jobs.refresh_performance_cache(IN_SESSION).rows == 5


def test_a_change_while_it_is_computed_is_not_lost(database: Database) -> None:
    """Whoever books a transaction meanwhile waits for the row and makes it invalid after it was made valid."""
    _, owned = owner(database)
    owned.cash("deposit", 100, "2024-03-10")
    booking = threading.Thread(target=lambda: owned.cash("deposit", 1, "2024-03-11"))
    with db.job_transaction() as tx:
        tx.execute("select portfolio.refresh_performance(array[%s::bigint], %s)", [owned.id, clock.now()])
        booking.start()
        waits = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        patience = time.monotonic() + 10
        while not database.rows(waits) and time.monotonic() < patience:
            booking.join(0.01)
    booking.join()
    assert not cached(database, owned)["valid"]
