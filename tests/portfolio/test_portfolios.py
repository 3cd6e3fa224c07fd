"""Portfolios over HTTP, and what they hold: positions with values, lots, cash. What is not known is null and says why."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

import pytest

from tests.conftest import Api, Database
from tests.identity.factory import Person, sign_up
from tests.market.factory import bar, land, new_asset
from tests.portfolio.factory import Owned, days_ago, new_portfolio, rates, share


@pytest.fixture
def ada(api: Api) -> Person:
    return sign_up()


def test_a_portfolio_is_made_listed_changed_and_deleted(ada: Person) -> None:
    made = ada.api.post("/v1/portfolios", {"name": "Savings", "currency": "eur"})
    assert made.status == 201
    portfolio = made.json
    kept = {name: portfolio[name] for name in ("name", "currency", "cost_method", "cash_mode", "allow_short")}
    assert kept == {
        "name": "Savings", "currency": "EUR", "cost_method": "average", "cash_mode": "automatic", "allow_short": False,
    }  # fmt: skip
    assert ada.api.get("/v1/portfolios").json["items"] == [portfolio]
    path = f"/v1/portfolios/{portfolio['id']}"
    assert ada.api.get(path).json == {**portfolio, "summary": None}
    changed = ada.api.patch(path, {"name": "Old age"}).json
    assert (changed["name"], changed["currency"]) == ("Old age", "EUR")
    assert ada.api.delete(path).status == 204
    assert ada.api.get(path).code == "portfolio_unknown"
    assert ada.api.patch(path, {"name": "x"}).status == ada.api.delete(path).status == 404


def test_names_are_unique_for_each_owner(ada: Person) -> None:
    assert ada.api.post("/v1/portfolios", {"name": "Savings"}).status == 201
    assert ada.api.post("/v1/portfolios", {"name": "Savings"}).code == "portfolio_exists"
    assert sign_up().api.post("/v1/portfolios", {"name": "Savings"}).status == 201


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "x", "currency": "EURO"}, {"name": "x", "cost_method": "lifo"},
     {"name": "x", "currency": "EUT"}, {"name": "x" * 256}, {"name": "x", "user_id": 1}],
)  # fmt: skip
def test_a_portfolio_needs_sound_settings(ada: Person, body: dict[str, Any]) -> None:
    assert ada.api.post("/v1/portfolios", body).status == 422


def test_the_list_pages(ada: Person, database: Database) -> None:
    ids = [new_portfolio(database, ada.id).id for _ in range(3)]
    page = ada.api.get("/v1/portfolios?limit=2").json
    rest = ada.api.get(f"/v1/portfolios?limit=2&cursor={page['next_cursor']}").json
    assert [item["id"] for item in [*page["items"], *rest["items"]]] == ids
    assert rest["next_cursor"] is None


def test_another_cost_method_computes_all_gains_anew(ada: Person, database: Database) -> None:
    owned, acme = new_portfolio(database, ada.id), share(database)
    owned.buy(acme, 100, 10, "2024-01-02")
    owned.buy(acme, 100, 11, "2024-01-03")
    owned.sell(acme, 100, 12, "2024-02-01")
    assert owned.gains() == [150]
    ada.api.patch(f"/v1/portfolios/{owned.id}", {"cost_method": "fifo"})
    assert owned.gains() == [200]
    assert owned.lots(acme) == [(100, 1100)]


def test_rules_that_the_past_contradicts_are_refused(ada: Person, database: Database) -> None:
    owned, acme = new_portfolio(database, ada.id, allow_short=True), share(database)
    owned.sell(acme, 3, 10, "2024-02-01")
    answer = ada.api.patch(f"/v1/portfolios/{owned.id}", {"allow_short": False})
    assert (answer.status, answer.code, answer.json["date"]) == (409, "insufficient_holding", "2024-02-01")
    assert ada.api.get(f"/v1/portfolios/{owned.id}").json["allow_short"] is True


def positions(ada: Person, owned: Owned, query: str = "") -> list[dict[str, Any]]:
    return list(ada.api.get(f"/v1/portfolios/{owned.id}/positions{query}").json["items"])


def test_a_position_is_valued_in_its_currency_and_the_portfolios(ada: Person, database: Database) -> None:
    rates(database, "EUR", {days_ago(1): "1.25"})
    owned, acme = new_portfolio(database, ada.id, currency="EUR"), share(database, symbol="ACME")
    land(acme, [bar(days_ago(1), "150")])
    owned.buy(acme, 10, 100, days_ago(400))
    (position,) = positions(ada, owned)
    expected = {
        "symbol": "ACME", "quantity": "10", "average_buy_price": "100", "cost": "1000", "cost_currency": "USD",
        "currency": "USD", "price": "150", "value": "1500", "unrealised_gain": "500", "unrealised_gain_pct": "50.00",
        "base_currency": "EUR", "value_base": "1200", "cost_base": "800", "unrealised_gain_base": "400", "unknown": [],
        "first_purchase_date": days_ago(400).isoformat(), "realised_gain": "0", "dividends": "0",
    }  # fmt: skip
    assert {name: position[name] for name in expected} == expected


def test_a_quote_is_newer_than_a_close(ada: Person, database: Database) -> None:
    owned, acme = new_portfolio(database, ada.id), share(database)
    land(acme, [bar(days_ago(1), "150")])
    database.run(
        "insert into market.latest_prices (asset_id, price, currency, as_of, source) values (%s, 155, 'USD', now(), 'x')",
        acme,
    )
    owned.buy(acme, 2, 100)
    assert positions(ada, owned)[0]["value"] == "310"


@pytest.mark.parametrize(("age", "active", "known"), [(10, True, True), (11, True, False), (1, False, False)])
def test_a_price_too_old_or_of_a_delisted_asset_is_unknown(
    ada: Person, database: Database, age: int, active: bool, known: bool
) -> None:
    owned, acme = new_portfolio(database, ada.id), share(database, is_active=active)
    land(acme, [bar(days_ago(age), "150")])
    owned.buy(acme, 2, 100)
    (position,) = positions(ada, owned)
    assert position["unknown"] == ([] if known else ["no_price"])
    assert position["value"] == ("300" if known else None)
    assert position["cost"] == "200"


def test_a_missing_rate_is_not_one(ada: Person, database: Database) -> None:
    owned, sony = new_portfolio(database, ada.id), share(database, native_currency="JPY")
    land(sony, [bar(days_ago(1), "2000")])
    owned.buy(sony, 100, 1500)
    (position,) = positions(ada, owned)
    assert (position["value"], position["unrealised_gain"], position["value_base"]) == (
        "200000",
        "50000",
        None,
    )
    assert position["unknown"] == ["no_rate"]


def test_a_closed_position_is_shown_on_request(ada: Person, database: Database) -> None:
    owned, acme = new_portfolio(database, ada.id), share(database)
    owned.buy(acme, 2, 100)
    owned.sell(acme, 2, 130)
    assert positions(ada, owned) == []
    (closed,) = positions(ada, owned, "?closed=true")
    assert (closed["quantity"], closed["average_buy_price"], closed["cost"], closed["value"]) == (
        "0",
        None,
        "0",
        "0",
    )
    assert (closed["realised_gain"], closed["unrealised_gain"]) == ("60", "0")


def test_lots_open_and_closed(ada: Person, database: Database) -> None:
    owned, acme, coin = (
        new_portfolio(database, ada.id, cost_method="fifo"),
        share(database),
        new_asset(database),
    )
    first = owned.buy(acme, 10, 10, "2024-01-02").transaction
    second = owned.buy(acme, 10, 12, "2024-01-03").transaction
    sale = owned.sell(acme, 15, 20, "2024-02-01").transaction
    owned.buy(coin, 1, 5)
    path = f"/v1/portfolios/{owned.id}/lots"
    (lot,) = ada.api.get(f"{path}?asset_id={acme}").json["items"]
    assert (lot["status"], lot["quantity"], lot["cost"], lot["opened_by"]) == ("open", "5", "60", second.id)
    answer = ada.api.get(f"{path}?asset_id={acme}&status=closed").json
    assert answer["cost_method"] == "fifo"
    closed = [
        (lot["quantity"], lot["cost"], lot["proceeds"], lot["gain"], lot["opened_by"], lot["closed_by"])
        for lot in answer["items"]
    ]
    assert closed == [
        ("10", "100", "200", "100", first.id, sale.id),
        ("5", "60", "100", "40", second.id, sale.id),
    ]
    assert len(ada.api.get(f"{path}?status=all").json["items"]) == 4


def test_cash_is_kept_in_each_currency(ada: Person, database: Database) -> None:
    rates(database, "EUR", {days_ago(1): "1.25"})
    owned = new_portfolio(database, ada.id)
    owned.cash("deposit", "100.50", currency="EUR")
    owned.cash("deposit", 40)
    owned.cash("interest", "0.01", currency="CHF")
    assert ada.api.get(f"/v1/portfolios/{owned.id}/cash").json["items"] == [
        {"currency": "CHF", "amount": "0.01", "base_currency": "USD", "amount_base": None},
        {"currency": "EUR", "amount": "100.5", "base_currency": "USD", "amount_base": "125.625"},
        {"currency": "USD", "amount": "40", "base_currency": "USD", "amount_base": "40"},
    ]


@pytest.mark.parametrize("part", ["", "/transactions", "/positions", "/lots", "/cash"])
def test_what_does_not_exist_is_not_found(ada: Person, part: str) -> None:
    assert ada.api.get(f"/v1/portfolios/999{part}").code == "portfolio_unknown"


def test_amounts_of_any_size_are_exact(ada: Person, database: Database) -> None:
    owned, coin = new_portfolio(database, ada.id), new_asset(database)
    quantity, price = "12345678901234567890.123456789012345678", "98765432109876543210.876543210987654321"
    owned.buy(coin, quantity, price)
    stored = owned.position(coin)
    assert stored is not None
    product = Context(prec=90).multiply(Decimal(quantity), Decimal(price))
    assert stored["cost"] == product
    assert stored["average_buy_price"] == Decimal(price)
    owned.sell(coin, quantity, 0)
    assert owned.gains() == [product.copy_negate()]
