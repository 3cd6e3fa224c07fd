"""Which part of all coins a company holds: coins by coins, of a count that has its own age."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import Api, Database
from tests.treasury.factory import coin, company, snapshot

WEEK = timedelta(days=7)


@pytest.fixture
def acme(database: Database) -> int:
    """It holds 1,000 of 20,000 coins: these were in circulation when their market capitalisation was last told."""
    made = company(database, asset_id=coin(database, "100", "BTC", market_cap="2000000"))
    snapshot(database, made, "2025-01-01", 1000, "approved")
    return made


def test_a_price_that_has_moved_since_does_not_matter(database: Database, api: Api, acme: int) -> None:
    database.run("update market.latest_prices set price = 50, as_of = now() - interval '3 days'")
    figures = api.get(f"/v1/treasury/companies/{acme}").json["figures"]
    assert (figures["supply_share_percent"], figures["holdings_value"]) == ("5", None)


@pytest.mark.parametrize(
    ("age", "percent", "reason"), [(WEEK - timedelta(minutes=1), "5", None), (WEEK, None, "stale_supply")]
)
def test_a_count_that_is_older_than_a_week_is_none(
    database: Database, api: Api, acme: int, age: timedelta, percent: str | None, reason: str | None
) -> None:
    database.run("update market.latest_prices set supply_as_of = now() - %s", age)
    (total,) = api.get("/v1/treasury/summary").json["assets"]
    for found in (api.get(f"/v1/treasury/companies/{acme}").json["figures"], total):
        assert found["supply_share_percent"] == percent
        assert found["reasons"].get("supply_share_percent") == reason
