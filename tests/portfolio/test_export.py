"""Exporting everything, and importing it back: the same portfolio."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core import clock, db, spreadsheet
from chalicelib.core.principal import Principal
from chalicelib.portfolio import exporting, imports
from chalicelib.portfolio.exporting import file_name
from chalicelib.portfolio.import_models import ImportRequest
from chalicelib.portfolio.models import NewTransaction
from tests.conftest import Database
from tests.identity.factory import sign_up
from tests.market.factory import new_asset, new_holder
from tests.portfolio import factory
from tests.portfolio.through_api import Portfolio, new_portfolio

FORMS = ["json", "csv"]


def filled(database: Database) -> Portfolio:
    """A portfolio with a bit of everything."""
    mine = new_portfolio(name="Jo's savings: 2024", currency="EUR", cost_method="fifo", cash_mode="strict")
    share = factory.share(database, symbol="ACME", native_currency="EUR")
    mine.add(
        "deposit",
        quantity="1000.50",
        currency="EUR",
        timestamp="2024-01-01T00:00:00Z",
        notes='=1+1, "quoted"\nline',
    )
    mine.add(
        "buy", asset_id=share, quantity="2.5", price="100", fee="1.25", fee_currency="EUR", external_id="a:1"
    )
    mine.add(
        "dividend", asset_id=share, quantity="2.5", price="0.4", tax="0.15", timestamp="2024-02-01T00:00:00Z"
    )
    mine.add("sell", asset_id=share, quantity="1", price="120", timestamp="2024-03-01T09:30:00.123456Z")
    assert mine.owner.api.put(f"{mine.path}/rules/single_position", {"threshold": "40.5"}).status == 200
    assert (
        mine.owner.api.put(f"{mine.path}/rules/fee_ratio", {"threshold": "2", "enabled": False}).status == 200
    )
    return mine


def test_an_export_in_json_says_everything(database: Database) -> None:
    mine = filled(database)
    answer = mine.get("export?format=json")
    whole = answer.json
    assert answer.headers["content-type"] == "application/json"
    assert whole["portfolio"] == {
        "name": "Jo's savings: 2024",
        "currency": "EUR",
        "cost_method": "fifo",
        "cash_mode": "strict",
        "allow_short": False,
    }
    assert whole["rules"] == [
        {"rule": "fee_ratio", "threshold": "2", "enabled": False},
        {"rule": "single_position", "threshold": "40.5", "enabled": True},
    ]
    assert len(whole["transactions"]) == 4
    assert whole["transactions"][1] == {
        "timestamp": "2024-01-02T12:00:00Z",
        "type": "buy",
        "symbol": "ACME",
        "exchange": "NASDAQ",
        "quantity": "2.5",
        "price": "100",
        "currency": "EUR",
        "fee": "1.25",
        "fee_currency": "EUR",
        "tax": "0",
        "external_id": "a:1",
        "notes": None,
    }


def test_an_export_in_csv_is_a_table_that_no_spreadsheet_takes_for_formulas(database: Database) -> None:
    answer = filled(database).get("export?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["record"] for row in rows] == ["setting"] * 5 + ["rule"] * 2 + ["transaction"] * 4
    assert rows[7]["notes"] == '\'=1+1, "quoted"\nline'
    assert (rows[8]["symbol"], rows[8]["quantity"], rows[8]["fee"]) == ("ACME", "2.5", "1.25")


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "'"])
def test_text_that_a_spreadsheet_might_run_is_marked_as_text(mark: str) -> None:
    """OWASP, CSV injection: full-width forms are formulas, too, where such keyboards are usual."""
    assert spreadsheet.guarded(f"{mark}1+1") == f"'{mark}1+1"
    assert spreadsheet.guarded(f"1{mark}1") == f"1{mark}1"


@pytest.mark.parametrize("form", FORMS)
def test_the_file_has_a_name(database: Database, form: str) -> None:
    with clock.at(datetime(2024, 5, 6, tzinfo=UTC)):
        assert file_name("Jo's savings: 2024", form) == f"jo-s-savings-2024-2024-05-06.{form}"
        assert file_name('"; rm -rf /\r\n', form) == f"rm-rf-2024-05-06.{form}"
        assert file_name("貯金", form) == f"portfolio-2024-05-06.{form}"
    mine = new_portfolio()
    disposition = mine.get(f"export?format={form}").headers["content-disposition"]
    assert disposition.startswith('attachment; filename="savings-')
    assert disposition.endswith(f'.{form}"')


@pytest.mark.parametrize("form", FORMS)
def test_importing_an_export_into_a_new_portfolio_gives_the_same(database: Database, form: str) -> None:
    mine = filled(database)
    text = mine.get(f"export?format={form}").text
    other = new_portfolio(mine.owner, name="Copy")
    report = other.really_import(text, settings=True)
    assert (report["format"], report["counts"]["new"], report["errors"]) == ("holdfast", 4, [])
    copied, original = other.get("export?format=json").json, mine.get("export?format=json").json
    assert copied["portfolio"].pop("name") == "Copy"
    original["portfolio"].pop("name")
    assert copied == original
    assert other.shown("positions") == mine.shown("positions")
    assert other.shown("cash") == mine.shown("cash")
    assert other.really_import(text, settings=True)["counts"] == {
        "new": 0,
        "duplicates": 4,
        "skipped": 0,
        "errors": 0,
    }


def test_settings_are_only_taken_over_if_one_says_so(database: Database) -> None:
    mine = filled(database)
    other = new_portfolio(mine.owner, name="Copy")
    text = mine.get("export").text
    report = other.try_import(text, settings=True)
    assert report["settings"]["cost_method"] == "fifo"
    assert other.shown("export")["portfolio"]["cost_method"] == "average"  # it was a dry run
    other.really_import(text)
    assert other.shown("export")["portfolio"]["cost_method"] == "average"
    assert other.shown("export")["rules"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"portfolio": {"cost_method": "guess"}}, "settings_unknown"),
        ({"portfolio": {"colour": "red"}}, "settings_unknown"),
        ({"rules": [{"rule": "luck", "threshold": "1", "enabled": True}]}, "rule_unknown"),
        ({"rules": [{"rule": "fee_ratio", "threshold": "-1", "enabled": True}]}, "rule_unknown"),
        ({"rules": [{"rule": "fee_ratio", "threshold": "much", "enabled": True}]}, "not_a_number"),
        ({"rules": "none"}, "not_an_export"),
        ({"portfolio": 5}, "not_an_export"),
        ({"version": 2}, "version_unknown"),
        ({"transactions": [{"colour": "red"}]}, "not_a_transaction"),
        ({"transactions": [5]}, "not_a_transaction"),
        ({"transactions": {}}, "not_an_export"),
    ],
)
def test_an_export_that_was_tampered_with_is_refused(
    database: Database, change: dict[str, Any], code: str
) -> None:
    mine = filled(database)
    whole = {**json.loads(mine.get("export").text), **change}
    report = mine.try_import(json.dumps(whole), settings=True)
    assert code in {error["code"] for error in report["errors"]}


def test_nobody_exports_anothers_portfolio(database: Database) -> None:
    mine = filled(database)
    answer = sign_up().api.get(f"{mine.path}/export")
    assert (answer.status, answer.code) == (404, "portfolio_unknown")
    assert mine.get("export?format=xml").status == 422


# ------------------------------------------------------------------------------- export then import is the identity

amounts = st.decimals(Decimal("0.000001"), Decimal(10**9), places=6)
costs = st.decimals(0, 1000, places=18)
# what JSON requests can carry and PostgreSQL can store, without what a request is stripped of
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40).map(str.strip)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2024, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))
NEEDS_ASSET = ("buy", "sell", "dividend", "transfer_in")
CASH = ("deposit", "withdrawal")
currencies = st.sampled_from(["USD", "EUR", "JPY"])


@st.composite
def transactions(draw: st.DrawFn, assets: int) -> dict[str, Any]:
    """Any transaction that a portfolio with short sales and automatic cash takes."""
    kind = draw(st.sampled_from([*NEEDS_ASSET, *CASH, "interest", "fee", "tax"]))
    one = st.integers(0, assets - 1)
    return {
        "type": kind,
        "asset": draw(one if kind in NEEDS_ASSET else st.none() if kind in CASH else st.none() | one),
        "quantity": draw(amounts),
        "price": draw(amounts),
        "currency": draw(currencies),
        "fee": draw(costs),
        "fee_currency": draw(currencies),
        "tax": draw(costs),
        "timestamp": draw(moments),
        "notes": draw(texts) or None,
        "external_id": draw(texts) or None,
    }


def distinct(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With each id at most once."""
    seen: set[str] = set()
    for item in items:
        if item["external_id"] in seen:
            item["external_id"] = None
        seen.add(item["external_id"] or "")
    return items


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(transactions(3), max_size=12).map(distinct),
    st.sampled_from(["average", "fifo"]),
    st.dictionaries(
        st.sampled_from(["single_position", "fee_ratio"]), st.decimals(0, 100, places=2), max_size=2
    ),
    st.sampled_from(FORMS),
)
def test_export_then_import_is_the_identity(
    database: Database,
    items: list[dict[str, Any]],
    method: str,
    rules: dict[str, Decimal],
    form: Any,
) -> None:
    user, assets = _world(database)
    original = factory.new_portfolio(database, user, allow_short=True, cost_method=method, currency="EUR")
    original.add_many([_new(item, assets) for item in items])
    for rule, threshold in rules.items():
        database.run(
            "insert into portfolio.rule_settings (portfolio_id, rule, threshold) values (%s, %s, %s)",
            original.id,
            rule,
            threshold,
        )
    copy = factory.new_portfolio(database, user)
    with db.transaction(Principal("user", user)) as tx:
        text = exporting.export(tx, original.id, form).body
        report = imports.run(tx, copy.id, ImportRequest(content=text, settings=True, dry_run=False))
    assert report.counts.new == len(items)
    with db.transaction(Principal("user", user)) as tx:
        again = exporting.export(tx, copy.id, form).body
    names = [
        row["name"] for row in database.rows("select name from portfolio.portfolios order by id desc limit 2")
    ]
    assert again.replace(names[0], names[1]) == text
    assert _follows(database, copy.id) == _follows(database, original.id)


_worlds: dict[str, tuple[UUID, list[int]]] = {}


def _world(database: Database) -> tuple[UUID, list[int]]:
    """A user and three assets, made once for all examples of a test."""
    if database.name not in _worlds:
        assets = [
            new_asset(database, "ONE"),
            new_asset(database, "TWO", asset_type="stock", exchange="NYSE", native_currency="EUR"),
            new_asset(database, "TWO", asset_type="stock", exchange="TSE", native_currency="JPY"),
        ]
        _worlds[database.name] = (new_holder(database), assets)
    return _worlds[database.name]


def _new(item: dict[str, Any], assets: list[int]) -> NewTransaction:
    fields = {name: value for name, value in item.items() if name != "asset"}
    return NewTransaction(asset_id=None if item["asset"] is None else assets[item["asset"]], **fields)


def _follows(database: Database, portfolio: int) -> list[Any]:
    """What the ledger made of it: positions, cash, lots, and the settings."""
    statements = (
        "select asset_id, quantity, average_buy_price, cost, currency, first_purchase_date, realised_gain, dividends "
        "from portfolio.portfolio_positions where portfolio_id = %s order by asset_id",
        "select currency, amount from portfolio.cash_balances where portfolio_id = %s order by currency",
        "select asset_id, opened_at, quantity, cost from portfolio.lots where portfolio_id = %s order by asset_id, place",
        "select kind, day, asset_id, currency, amount from portfolio.entries where portfolio_id = %s order by place",
        "select currency, cost_method, cash_mode, allow_short from portfolio.portfolios where id = %s",
        "select rule, threshold, enabled from portfolio.rule_settings where portfolio_id = %s order by rule",
    )
    return [database.rows(statement, portfolio) for statement in statements]
