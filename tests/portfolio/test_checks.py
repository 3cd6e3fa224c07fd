"""Rule checks: what deserves a second look, with thresholds of one's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.portfolio.checks import (
    DEFAULTS,
    Costs,
    Threshold,
    currency_cluster,
    emergency_cash,
    fee_ratio,
    judge,
    single_position,
)
from tests.conftest import Database
from tests.identity.factory import sign_up
from tests.market.factory import bar, land, new_asset, today
from tests.portfolio.test_allocation import part
from tests.portfolio.through_api import Portfolio, new_portfolio

DAY = timedelta(days=1)


def test_one_position_over_the_limit() -> None:
    parts = [part("A", "60"), part("B", "20"), part("USD", "20", kind="cash")]
    over = single_position(parts, Decimal(25))
    assert (over.status, over.value) == ("warning", 60)
    assert "A is 60.00 %" in over.explanation
    assert single_position(parts, Decimal(60)).status == "ok"
    assert single_position(parts[2:], Decimal(25)).status == "ok"  # cash is no position


def test_too_much_in_one_foreign_currency() -> None:
    parts = [
        part("A", "30", currency="JPY"),
        part("B", "40", currency="JPY"),
        part("C", "30", currency="EUR"),
    ]
    over = currency_cluster(parts, "EUR", Decimal(50))
    assert (over.status, over.value) == ("warning", 70)
    assert currency_cluster(parts, "JPY", Decimal(50)).value == 30
    assert currency_cluster(parts[2:], "EUR", Decimal(50)).status == "ok"


def test_fees_against_what_was_bought() -> None:
    assert fee_ratio(Costs(Decimal(5), Decimal(400)), Decimal(1)).status == "warning"  # 1.25 %
    assert fee_ratio(Costs(Decimal(5), Decimal(400)), Decimal("1.25")).status == "ok"
    assert fee_ratio(Costs(Decimal(5), Decimal(0)), Decimal(1)).status == "ok"


def test_cash_for_an_emergency() -> None:
    parts = [part("A", "1000"), part("USD", "150", kind="cash"), part("EUR", "50", kind="cash")]
    assert emergency_cash(parts, "USD", Decimal(200)).status == "ok"
    assert emergency_cash(parts, "USD", Decimal(201)).status == "warning"


def test_what_is_not_known_never_makes_a_portfolio_look_safe() -> None:
    parts = [part("A", "1"), part("B", None)]
    assert single_position(parts, Decimal(100)).status == "unknown"
    assert currency_cluster(parts, "EUR", Decimal(100)).status == "unknown"
    assert emergency_cash([part("SEK", None, kind="cash")], "USD", Decimal(0)).status == "unknown"
    assert emergency_cash(parts, "USD", Decimal(0)).status == "ok"  # only cash matters to it
    assert fee_ratio(Costs(None, Decimal(1)), Decimal(100)).status == "unknown"
    assert fee_ratio(Costs(Decimal(1), None), Decimal(100)).status == "unknown"


def test_a_rule_that_is_off_judges_nothing() -> None:
    for rule in DEFAULTS:
        assert (
            judge(
                rule, Threshold(Decimal(0), enabled=False), [part("A", "1")], Costs(None, None), "USD"
            ).status
            == "off"
        )


# ------------------------------------------------------------------------------------------------------- the routes


@pytest.fixture
def mine(database: Database) -> Portfolio:
    """100 dollars of a coin bought with a fee of 2, worth 300 now; 50 dollars and 20 euros of cash."""
    mine = new_portfolio()
    coin = new_asset(database, "COINX")
    land(coin, [bar(today() - DAY, "3")])
    for at in (datetime.now(UTC) - timedelta(hours=1), datetime(2024, 1, 2, 9, tzinfo=UTC)):
        database.run(
            "insert into market.exchange_rates (currency_code, timestamp, rate_to_usd, source) "
            "values ('EUR', %s, 1.25, 'test')",
            at,
        )
    mine.add("buy", asset_id=coin, quantity="100", price="1", fee="1.60", fee_currency="EUR")
    mine.add("deposit", quantity="50", currency="USD", timestamp="2024-01-03T00:00:00Z")
    mine.add("deposit", quantity="20", currency="EUR", timestamp="2024-01-03T00:00:00Z")
    return mine


def rules(mine: Portfolio) -> dict[str, dict[str, Any]]:
    return {item["rule"]: item for item in mine.shown("rules")["items"]}


def test_each_rule_says_what_it_found_and_why(mine: Portfolio) -> None:
    found = rules(mine)
    assert {rule: item["status"] for rule, item in found.items()} == {
        "single_position": "warning", "currency_cluster": "ok", "fee_ratio": "warning", "emergency_cash": "off",
    }  # fmt: skip
    assert found["single_position"]["value"] == "80"  # 300 of 300 + 50 + 20 × 1.25
    assert found["currency_cluster"]["value"] == "6.67"  # 25 of 375
    assert found["fee_ratio"]["value"] == "2"  # 1.60 × 1.25 of 100
    assert found["single_position"]["threshold"] == "25"
    assert found["single_position"]["is_default"]
    assert found["emergency_cash"]["unit"] == "USD"


def test_thresholds_are_ones_own(mine: Portfolio) -> None:
    api = mine.owner.api
    answer = api.put(f"{mine.path}/rules/single_position", {"threshold": "80"})
    assert (answer.status, answer.json["status"], answer.json["is_default"]) == (200, "ok", False)
    assert (
        api.put(f"{mine.path}/rules/fee_ratio", {"threshold": "1", "enabled": False}).json["status"] == "off"
    )
    assert api.put(f"{mine.path}/rules/emergency_cash", {"threshold": "75"}).json["status"] == "ok"
    assert api.put(f"{mine.path}/rules/emergency_cash", {"threshold": "75.01"}).json["status"] == "warning"
    found = rules(mine)
    assert (found["single_position"]["threshold"], found["emergency_cash"]["threshold"]) == ("80", "75.01")


def test_a_missing_rate_is_said(mine: Portfolio, database: Database) -> None:
    database.run("delete from market.exchange_rates where timestamp < '2024-02-01'")
    assert rules(mine)["fee_ratio"]["status"] == "unknown"
    database.run("delete from market.exchange_rates")
    assert rules(mine)["single_position"]["status"] == "unknown"


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("single_position", {"threshold": "-1"}),
        ("single_position", {"threshold": 25.5}),
        ("single_position", {"threshold": "Infinity"}),
        ("single_position", {}),
        ("single_position", {"threshold": "1", "colour": "red"}),
        ("luck", {"threshold": "1"}),
    ],
)
def test_bad_thresholds_are_refused(mine: Portfolio, rule: str, body: dict[str, Any]) -> None:
    assert mine.owner.api.put(f"{mine.path}/rules/{rule}", body).status == 422


def test_nobody_sets_anothers_rules(mine: Portfolio, database: Database) -> None:
    answer = sign_up().api.put(f"{mine.path}/rules/single_position", {"threshold": "99"})
    assert (answer.status, answer.code) == (404, "portfolio_unknown")
    assert database.rows("select * from portfolio.rule_settings") == []
