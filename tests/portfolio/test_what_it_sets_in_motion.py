"""What the market is told: who holds what, since when; and what a transaction sets in motion in the same transaction."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import Any

import psycopg
import pytest

from chalicelib.core.errors import Conflict
from tests.conftest import Database
from tests.identity.together import codes, together
from tests.portfolio.factory import new, new_portfolio, share


@pytest.fixture
def acme(database: Database) -> int:
    return share(database, price_sources=["alpaca"])


def tracking(database: Database, asset: int) -> int:
    rows = database.rows("select tracking_users from market.tracked_assets where asset_id = %s", asset)
    return rows[0]["tracking_users"] if rows else 0


def queued(database: Database, asset: int) -> list[tuple[date, str]]:
    rows = database.rows(
        "select start_date, status from market.backfill_queue where asset_id = %s order by start_date", asset
    )
    return [(row["start_date"], row["status"]) for row in rows]


def test_the_first_holder_has_the_history_fetched_from_a_year_before(database: Database, acme: int) -> None:
    booked = new_portfolio(database).buy(acme, 1, 100, "2024-03-01")
    assert tracking(database, acme) == 1
    assert queued(database, acme) == [(date(2023, 3, 1), "pending")]
    assert [backfill.id for backfill in booked.backfills] == [ring[1] for ring in database.rung]
    assert new_portfolio(database).buy(acme, 1, 100, "2024-03-01").backfills == []
    assert tracking(database, acme) == 2


def test_an_earlier_purchase_has_the_part_before_fetched_too(database: Database, acme: int) -> None:
    owned = new_portfolio(database)
    owned.buy(acme, 1, 100, "2024-03-01")
    (more,) = owned.buy(acme, 1, 100, "2022-06-15").backfills
    assert (more.start_date, more.end_date) == (date(2021, 6, 15), date(2023, 2, 28))
    assert tracking(database, acme) == 1
    assert owned.buy(acme, 1, 100, "2023-06-15").backfills == []


def test_the_last_portfolio_to_close_releases_the_asset_and_the_history_stays(
    database: Database, acme: int
) -> None:
    owned = new_portfolio(database)
    other = new_portfolio(database, owned.user)
    for portfolio in (owned, other):
        portfolio.buy(acme, 1, 100, "2024-03-01")
    assert tracking(database, acme) == 1
    owned.sell(acme, 1, 110, "2024-03-02")
    assert tracking(database, acme) == 1
    other.sell(acme, 1, 110, "2024-03-02")
    assert tracking(database, acme) == 0
    assert queued(database, acme) == [(date(2023, 3, 1), "pending")]
    other.buy(acme, 1, 110, "2024-03-03")
    assert tracking(database, acme) == 1


@pytest.mark.parametrize(
    "how", ["delete the purchase", "edit it to another asset", "backdate a sale", "delete it all"]
)
def test_a_position_may_close_in_many_ways(database: Database, acme: int, how: str) -> None:
    owned = new_portfolio(database)
    bought = owned.buy(acme, 1, 100, "2024-03-01").transaction.id
    owned.cash("deposit", 5, "2024-04-01")
    if how == "delete the purchase":
        owned.remove(bought)
    elif how == "edit it to another asset":
        owned.edit(bought, asset_id=share(database))
    elif how == "backdate a sale":
        owned.sell(acme, 1, 100, "2024-03-02")
    else:
        owned.delete()
    assert tracking(database, acme) == 0


def test_a_refused_transaction_holds_nothing(database: Database, acme: int) -> None:
    with pytest.raises(Conflict):
        new_portfolio(database).sell(acme, 1, 100)
    assert (tracking(database, acme), database.rung) == (0, [])


def test_two_portfolios_that_close_at_once_release_the_asset(database: Database, acme: int) -> None:
    """Neither sees the other's sale before it is committed: the second waits and then looks."""
    owned = new_portfolio(database)
    both = [owned, new_portfolio(database, owned.user)]
    for portfolio in both:
        portfolio.buy(acme, 1, 100, "2024-03-01")
    outcomes = together(*[partial(one.sell, acme, 1, 100, "2024-03-02") for one in both])
    assert codes(outcomes) == ["done", "done"]
    assert tracking(database, acme) == 0


def test_two_writers_to_one_portfolio_queue(database: Database, acme: int) -> None:
    owned = new_portfolio(database)
    owned.buy(acme, 10, 100, "2024-03-01")
    outcomes = together(*[lambda: owned.sell(acme, 3, 100, "2024-03-02")] * 5)
    assert codes(outcomes) == ["done"] * 3 + ["insufficient_holding"] * 2
    assert owned.quantity(acme) == 1


class Listener:
    """Hears what is told on the channel transaction_created."""

    def __init__(self, database: Database) -> None:
        self.conn = psycopg.connect(database.url("owner"), autocommit=True)
        self.conn.execute("listen transaction_created")

    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(each.payload) for each in self.conn.notifies(timeout=0.2)]


def test_every_change_is_told_and_makes_the_cache_invalid(database: Database, acme: int) -> None:
    owned = new_portfolio(database)
    listener = Listener(database)

    def valid() -> bool:
        cached = "select valid from portfolio.portfolio_performance_cache where portfolio_id = %s"
        was = bool(database.row(cached, owned.id)["valid"])
        database.run("update portfolio.portfolio_performance_cache set valid = true")
        return was

    assert valid() is False  # nothing was computed for it yet
    assert valid() is True
    bought = owned.buy(acme, 1, 100, "2024-03-01").transaction
    (told,) = listener.heard()
    assert {name: told[name] for name in ("transaction_id", "asset_id", "operation")} == {
        "transaction_id": bought.id,
        "asset_id": acme,
        "operation": "insert",
    }
    assert told["timestamp"].startswith("2024-03-01T12:00:00")
    assert valid() is False
    owned.edit(bought.id, price="90")
    assert [each["operation"] for each in listener.heard()] == ["update"]
    assert valid() is False
    owned.remove(bought.id)
    assert [each["operation"] for each in listener.heard()] == ["delete"]
    assert valid() is False
    owned.add_many([new("deposit", None, 1), new("deposit", None, 2)])
    assert [each["operation"] for each in listener.heard()] == ["insert", "insert"]
    assert valid() is False
    owned.set(cost_method="fifo")
    assert (listener.heard(), valid()) == ([], False)
    listener.conn.close()


def test_what_is_refused_is_not_told(database: Database, acme: int) -> None:
    owned = new_portfolio(database)
    database.run("update portfolio.portfolio_performance_cache set valid = true")
    listener = Listener(database)
    with pytest.raises(Conflict):
        owned.sell(acme, 1, 1)
    assert listener.heard() == []
    assert database.row("select valid from portfolio.portfolio_performance_cache")["valid"] is True
    listener.conn.close()
