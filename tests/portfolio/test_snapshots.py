"""Snapshots of midnight: for all portfolios at once, for any day, caught up, and true to later changes of the past."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from chalicelib.core import jobs as core_jobs
from chalicelib.portfolio import jobs
from tests.conftest import Database
from tests.portfolio import factory
from tests.portfolio.factory import Owned
from tests.portfolio.test_performance import ask
from tests.portfolio.worth import example, owner, prices, quote, rates

D = Decimal


def midnight(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)


def take(after: str) -> int:
    """The job's run of the midnight after a day; returns how many snapshots were stored or changed."""
    return jobs.take_snapshots(midnight(after) + timedelta(days=1)).rows


def stored(database: Database, owned: Owned) -> dict[str, Any]:
    """Total by day."""
    rows = database.rows(
        "select snapshot_date::text as day, total_value_usd from portfolio.portfolio_snapshots "
        "where portfolio_id = %s order by 1",
        owned.id,
    )
    return {row["day"]: row["total_value_usd"] for row in rows}


def test_the_example_at_the_end_of_a_day(database: Database) -> None:
    """On the 8th: 6 shares at 115 USD, 490 USD and 2000 EUR at 1.28."""
    person, owned, asset = example(database)
    assert take("2024-03-08") == 2  # and that of the day before
    (snapshot, before) = ask(person, owned, "snapshots").json["items"]
    assert (snapshot["snapshot_date"], before["snapshot_date"]) == ("2024-03-08", "2024-03-07")
    assert D(snapshot["total_value_usd"]) == 690 + 490 + 2560
    symbol = database.row("select symbol from market.assets where id = %s", asset)["symbol"]
    assert snapshot["positions"] == [
        {"asset_id": asset, "symbol": symbol, "quantity": "6", "price": "115", "currency": "USD", "rate": "1",
         "value": "690.00000000"},
    ]  # fmt: skip
    assert snapshot["cash"] == [
        {"currency": "EUR", "amount": "2000", "rate": "1.28", "value": "2560.00000000"},
        {"currency": "USD", "amount": "490", "rate": "1", "value": "490.00000000"},
    ]


def test_every_past_day_agrees_with_the_chart(database: Database) -> None:
    """The set-based values and those of the reports are computed by different code."""
    person, owned, _ = example(database)
    for number in range(4, 12):
        take(f"2024-03-{number:02}")
    rates_to_dollar = {3: "1.25", 4: "1.25", 5: "1.25", 6: "1.25", 11: "1.25"}
    chart = {point["day"]: D(point["value"]) for point in ask(person, owned, "chart").json["points"]}
    snapshots = stored(database, owned)
    assert len(snapshots) == 8
    for day, total in snapshots.items():
        rate = D(rates_to_dollar.get(int(day[-2:]), "1.28"))
        assert total == round(chart[day] * rate, 8), day


def test_taking_them_again_changes_nothing(database: Database) -> None:
    _, owned, _ = example(database)
    take("2024-03-08")
    versions = database.rows("select xmin::text, ctid::text from portfolio.portfolio_snapshots order by id")
    assert take("2024-03-08") == 0
    assert (
        database.rows("select xmin::text, ctid::text from portfolio.portfolio_snapshots order by id")
        == versions
    )
    assert len(stored(database, owned)) == 2


def test_a_close_that_landed_after_midnight_corrects_the_snapshot_the_next_night(database: Database) -> None:
    _, owned = owner(database)
    coin = factory.share(database, asset_type="crypto", exchange=None)
    prices(database, coin, {"2024-03-04": "100"})
    owned.buy(coin, 1, 100, "2024-03-04")
    take("2024-03-05")
    assert stored(database, owned)["2024-03-05"] == 100
    prices(database, coin, {"2024-03-05": "104"})
    take("2024-03-06")
    assert stored(database, owned)["2024-03-05"] == 104


def test_missed_days_are_caught_up(database: Database) -> None:
    """The machine was off for three nights."""
    _, owned, _ = example(database)
    core_jobs.run(jobs.TAKE_SNAPSHOTS, midnight("2024-03-06"))
    result = core_jobs.run(jobs.TAKE_SNAPSHOTS, midnight("2024-03-10") + timedelta(hours=7))
    assert result["status"] == "succeeded"
    assert list(stored(database, owned)) == [f"2024-03-{number:02}" for number in range(4, 10)]
    runs = database.rows("select as_of from app.job_runs where job = 'take_snapshots' order by as_of")
    assert [run["as_of"].day for run in runs] == [6, 7, 8, 9, 10]


def test_a_day_long_past_is_told_from_what_was_held_then_in_shares_of_then(database: Database) -> None:
    _, owned = owner(database)
    asset = factory.share(database)
    prices(database, asset, {"2024-03-04": "1000", "2024-03-05": "1010", "2024-03-06": "102"})
    owned.buy(asset, 3, 1000, "2024-03-04")
    factory.split(database, asset, "2024-03-06", 10)
    factory.settle("2024-03-06")
    owned.sell(asset, 30, 102, "2024-03-06 15:00")
    owned.cash("withdrawal", 3060, "2024-03-06 16:00")
    take("2024-03-05")
    row = database.row(
        "select total_value_usd as total, positions_snapshot -> 'columns' as columns, "
        "positions_snapshot #> '{positions,0}' as first "
        "from portfolio.portfolio_snapshots where snapshot_date = '2024-03-05'"
    )
    assert row["total"] == 3030
    held = dict(zip(row["columns"], row["first"], strict=True))
    assert (D(held["quantity"]), D(held["price"])) == (3, 1010)
    take("2024-03-06")
    assert stored(database, owned)["2024-03-06"] == 0


def test_what_is_not_known_is_named_and_the_total_is_null(database: Database) -> None:
    person, owned = owner(database)
    known, gone = factory.share(database), factory.share(database, symbol="GONE", is_active=False)
    prices(database, known, {"2024-03-04": "10"})
    prices(database, gone, {"2024-03-04": "10"})
    owned.buy(known, 1, 10, "2024-03-04")
    owned.buy(gone, 1, 10, "2024-03-04")
    owned.cash("deposit", 5, "2024-03-04", currency="NOK")
    take("2024-03-05")
    snapshot = ask(person, owned, "snapshots").json["items"][0]
    assert snapshot["total_value_usd"] is None
    values = [(each["price"], each["value"]) for each in snapshot["positions"]]
    assert values == [(None, None), ("10", "10.00000000")]  # GONE, then NEW…
    assert snapshot["cash"] == [{"currency": "NOK", "amount": "5", "rate": None, "value": None}]


def test_a_portfolio_has_snapshots_from_its_first_day_on(database: Database) -> None:
    _, empty = owner(database)
    _, owned = owner(database)
    owned.cash("deposit", 5, "2024-03-04")
    assert take("2024-03-04") == 1
    assert (stored(database, empty), stored(database, owned)) == ({}, {"2024-03-04": D(5)})


def test_the_last_quote_of_a_day_stands_for_its_close(database: Database) -> None:
    _, owned = owner(database)
    coin = factory.share(database, asset_type="crypto", exchange=None)
    prices(database, coin, {"2024-03-04": "100"})
    quote(database, coin, midnight("2024-03-05") + timedelta(hours=23, minutes=59), "103")
    owned.buy(coin, 2, 100, "2024-03-04")
    take("2024-03-05")
    assert stored(database, owned) == {"2024-03-04": D(200), "2024-03-05": D(206)}


@pytest.mark.parametrize("way", ["add", "edit", "remove"])
def test_changes_of_the_past_are_brought_into_stored_snapshots(database: Database, way: str) -> None:
    _, owned = owner(database)
    booked = owned.cash("deposit", 5, "2024-03-05")
    owned.cash("deposit", 1, "2024-03-04")
    for day in ("2024-03-05", "2024-03-07"):
        take(day)
    assert stored(database, owned) == {
        "2024-03-04": D(1),
        "2024-03-05": D(6),
        "2024-03-06": D(6),
        "2024-03-07": D(6),
    }
    if way == "add":
        owned.cash("deposit", 100, "2024-03-06")
        expected = [1, 6, 106, 106]
    elif way == "edit":
        owned.edit(booked.transaction.id, timestamp=factory.moment("2024-03-07"))
        expected = [1, 1, 1, 6]
    else:
        owned.remove(booked.transaction.id)
        expected = [1, 1, 1, 1]
    outcome = core_jobs.run(jobs.RETAKE_SNAPSHOTS)
    assert outcome["status"] == "succeeded"
    assert list(stored(database, owned).values()) == expected
    assert core_jobs.run(jobs.RETAKE_SNAPSHOTS)["rows"] == 0


def test_a_transaction_of_today_touches_no_snapshot(database: Database) -> None:
    _, owned = owner(database)
    owned.cash("deposit", 5, "2024-03-05")
    take("2024-03-05")
    owned.cash("deposit", 5, "2024-03-06")
    stale = database.row(
        "select snapshots_stale_from from portfolio.portfolio_performance_cache where portfolio_id = %s",
        owned.id,
    )
    assert stale["snapshots_stale_from"] is None


def test_pages_of_snapshots(database: Database) -> None:
    person, owned, _ = example(database)
    for number in range(4, 9):
        take(f"2024-03-{number:02}")
    first = ask(person, owned, "snapshots", limit=3).json
    second = ask(person, owned, "snapshots", limit=3, cursor=first["next_cursor"]).json
    days = [each["snapshot_date"] for page in (first, second) for each in page["items"]]
    assert days == [f"2024-03-{number:02}" for number in range(8, 3, -1)]
    assert second["next_cursor"] is None
    assert ask(person, owned, "snapshots", cursor="WyJ4Il0").code == "invalid_cursor"


def test_rates_too_old_are_not_used(database: Database) -> None:
    _, owned = owner(database)
    owned.cash("deposit", 5, "2024-03-01", currency="EUR")
    rates(database, "EUR", {"2024-03-01": "1.25"})
    take("2024-03-08")
    assert stored(database, owned) == {"2024-03-07": D("6.25"), "2024-03-08": None}


def test_positions_that_moved_within_their_table_are_no_change(database: Database) -> None:
    """Rows are read in the order in which they lie; a snapshot has them in the order of their assets."""
    _, owned = owner(database)
    assets = [factory.share(database, symbol=f"MOVED{number}") for number in range(3)]
    for asset in assets:
        prices(database, asset, {"2024-03-04": "10"})
        owned.buy(asset, 1, 10, "2024-03-04")
    take("2024-03-05")
    database.run(
        "update portfolio.portfolio_positions set asset_id = asset_id where asset_id = %s", assets[0]
    )
    assert take("2024-03-05") == 0
    row = database.row(
        "select positions_snapshot -> 'positions' as held from portfolio.portfolio_snapshots limit 1"
    )
    assert [each[0] for each in row["held"]] == assets


def test_what_was_booked_since_is_not_in_the_snapshot_of_the_day_before(database: Database) -> None:
    """Of two portfolios one goes on: an asset more, one less, and cash."""
    _, owned = owner(database)
    _, quiet = owner(database)
    first, second = factory.share(database), factory.share(database)
    for asset in (first, second):
        prices(database, asset, {"2024-03-04": "10"})
    quiet.buy(first, 7, 10, "2024-03-04")
    owned.buy(first, 3, 10, "2024-03-04")
    owned.sell(first, 3, 12, "2024-03-06")
    owned.buy(second, 2, 10, "2024-03-06")
    owned.cash("deposit", 50, "2024-03-06")
    take("2024-03-05")
    assert stored(database, owned)["2024-03-05"] == 30
    assert stored(database, quiet)["2024-03-05"] == 70


def test_only_who_acts_as_a_job_takes_snapshots(database: Database) -> None:
    """The function has its owner's rights, so it asks in whose name it is called."""
    with (
        psycopg.connect(database.url("jobs"), autocommit=True) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="by a job"),
    ):
        conn.execute("select portfolio.take_snapshots('2024-03-05')")
    with psycopg.connect(database.url("api"), autocommit=True) as conn:
        conn.execute("select set_config('app.role', 'job', false)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select portfolio.take_snapshots('2024-03-05')")
