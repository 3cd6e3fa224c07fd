"""Why a figure is null: each reason has the name of a field, and each figure that can be null has its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.core import db
from chalicelib.core.operation import operations
from tests.conftest import Api, Database
from tests.treasury.factory import coin, company, financials, price, share, snapshot

FIGURES = {
    "holdings", "coin_price_usd", "holdings_value", "holdings_value_usd", "supply_share_percent", "share_price_usd",
    "market_cap_usd", "diluted_market_cap_usd", "enterprise_value_usd", "mnav_basic", "mnav_diluted", "mnav_ev",
    "premium_basic_percent", "premium_diluted_percent", "premium_ev_percent", "cost_basis_usd", "total_cost_usd",
    "unrealised_gain_usd", "unrealised_gain_percent", "holdings_per_share", "yield_qtd_percent", "gain_qtd",
    "yield_ytd_percent", "gain_ytd", "period_percent", "period_gain", "quarter_percent", "quarter_gain", "year_percent",
    "year_gain",
}  # fmt: skip
"""What is computed. What nobody has stated (debt, a listing, …) lacks no input."""


def explained(figures: dict[str, Any]) -> None:
    reasons = figures["reasons"]
    assert set(reasons) <= set(figures), "a reason of what is no field"
    assert {name for name in reasons if figures[name] is not None} == set(), "a reason of what is known"
    nulls = {name for name, value in figures.items() if value is None and name in FIGURES}
    assert nulls - set(reasons) == set(), "a null without a reason"


@pytest.fixture
def companies(database: Database) -> list[int]:
    """One with nothing, one with prices that are stale, one that lacks its debt."""
    old = datetime(2025, 1, 1, tzinfo=UTC)
    bare = company(database)
    stale_coin, stale_share = coin(database, "5", market_cap="500", at=old), share(database)
    price(database, stale_share, "10", old)
    stale = company(database, asset_id=stale_coin, share_asset_id=stale_share)
    snapshot(database, stale, "2025-01-01", 10, "approved", shares_outstanding=5)
    partly = company(
        database, asset_id=coin(database, "5", market_cap="500"), share_asset_id=share(database, "10")
    )
    financials(database, partly, "2025-01-01", shares_basic=100, cost_basis_avg=0)
    snapshot(database, partly, "2025-01-01", 10, "approved")
    return [bare, stale, partly]


def test_of_a_companys_figures(api: Api, companies: list[int]) -> None:
    for number in companies:
        explained(api.get(f"/v1/treasury/companies/{number}").json["figures"])
    for listed in api.get("/v1/treasury/companies").json["items"]:
        explained(listed)


def test_of_totals(api: Api, companies: list[int]) -> None:
    totals = api.get("/v1/treasury/summary").json["assets"]
    assert len(totals) == 3
    for total in totals:
        explained(total)
    reasons = [total["reasons"] for total in totals]
    assert sorted(one.get("supply_share_percent", "") for one in reasons) == [
        "",
        "no_snapshot",
        "stale_supply",
    ]


def test_of_days_and_yields(api: Api, companies: list[int]) -> None:
    with db.job_transaction() as tx:
        tx.execute("select treasury.snapshot_mnav(%s)", [date(2026, 1, 1)])
    for number in companies[1:]:
        days = api.get(f"/v1/treasury/companies/{number}/mnav").json["items"]
        assert len(days) == 1
        explained(days[0])
    (growth,) = api.get(f"/v1/treasury/companies/{companies[1]}/yield").json["items"]
    explained(growth)


def test_of_the_examples_in_the_documentation() -> None:
    def walk(value: Any) -> int:
        if isinstance(value, list):
            return sum(map(walk, value))
        if not isinstance(value, dict):
            return 0
        if isinstance(value.get("reasons"), dict):
            explained(value)
        return sum(map(walk, value.values())) + ("reasons" in value)

    assert sum(walk(one.example.get("answer")) for one in operations if one.example) > 4
