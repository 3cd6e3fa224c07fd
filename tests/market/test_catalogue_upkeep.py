"""Administrators add assets to the catalogue and change them; nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Api, Database
from tests.identity.factory import Person, make_admin, sign_up
from tests.market import factory

NEW = {
    "symbol": "kulr9",
    "name": "KULR Nine",
    "asset_type": "stock",
    "exchange": "NYSE",
    "native_currency": "usd",
    "alpaca_symbol": "KULRN",
    "price_sources": ["alpaca"],
    "metadata": {"kind": "share", "weight": 1.5},
}


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def test_an_asset_is_added_in_the_catalogues_spelling(admin: Person) -> None:
    answer = admin.api.post("/v1/admin/assets", NEW)
    assert answer.status == 201
    made = answer.json
    assert (made["symbol"], made["native_currency"], made["is_active"]) == ("KULR9", "USD", True)
    assert made["metadata"] == NEW["metadata"]
    assert Api().get(f"/v1/assets/{made['id']}").json == made
    assert [item["id"] for item in Api().get("/v1/assets?q=kulr9").json["items"]] == [made["id"]]


@pytest.mark.parametrize("exchange", [None, "NYSE"])
def test_symbol_and_exchange_are_unique_also_where_the_exchange_is_unknown(
    admin: Person, exchange: str | None
) -> None:
    body = {
        "symbol": "ONCE",
        "name": "Once",
        "asset_type": "stock",
        "exchange": exchange,
        "native_currency": "USD",
    }
    assert admin.api.post("/v1/admin/assets", body).status == 201
    again = admin.api.post("/v1/admin/assets", body | {"name": "Twice"})
    assert (again.status, again.code) == (409, "asset_exists")
    assert admin.api.post("/v1/admin/assets", body | {"exchange": "Elsewhere"}).status == 201


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("coingecko_id", "bitcoin", "coingecko_id_taken"),
        ("binance_symbol", "BTCUSDT", "binance_symbol_taken"),
        ("alpaca_symbol", "MSTR", "alpaca_symbol_taken"),
    ],
)
def test_a_sources_id_belongs_to_one_asset(admin: Person, field: str, value: str, code: str) -> None:
    body = {
        "symbol": "OTHER",
        "name": "Other",
        "asset_type": "crypto",
        "native_currency": "USD",
        field: value,
    }
    answer = admin.api.post("/v1/admin/assets", body)
    assert (answer.status, answer.code) == (409, code)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"symbol": ""}, "body.symbol"),
        ({"symbol": "X" * 51}, "body.symbol"),
        ({"symbol": "A\x00B"}, "body.symbol"),
        ({"name": " "}, "body.name"),
        ({"name": "x" * 256}, "body.name"),
        ({"asset_type": "house"}, "body.asset_type"),
        ({"native_currency": "EURO"}, "body.native_currency"),
        ({"native_currency": "E1R"}, "body.native_currency"),
        ({"price_sources": ["yahoo"]}, "body.price_sources.0"),
        ({"metadata": {"a": ["\x00"]}}, "body.metadata.a.0"),
        ({"id": 7}, "body.id"),
    ],
)
def test_what_an_asset_cannot_be_is_refused_by_field(
    admin: Person, change: dict[str, Any], field: str
) -> None:
    answer = admin.api.post("/v1/admin/assets", NEW | change)
    assert (answer.status, answer.code) == (422, "invalid_input")
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_change_leaves_alone_what_it_does_not_name(database: Database, admin: Person) -> None:
    asset = factory.asset_id(database, "MSTR")
    before = admin.api.get(f"/v1/assets/{asset}").json
    answer = admin.api.patch(f"/v1/admin/assets/{asset}", {"name": "MicroStrategy"})
    assert answer.status == 200
    assert answer.json == before | {"name": "MicroStrategy"}
    assert admin.api.patch(f"/v1/admin/assets/{asset}", {"is_active": False}).json["is_active"] is False
    assert admin.api.get("/v1/assets?q=mstr").json["items"] == []
    row = database.row(
        "select alpaca_symbol, price_sources, updated_at > created_at as touched from market.assets where id = %s",
        asset,
    )
    assert row == {"alpaca_symbol": "MSTR", "price_sources": ["alpaca"], "touched": True}


def test_changing_what_is_not_there_is_a_404(admin: Person) -> None:
    answer = admin.api.patch("/v1/admin/assets/999999", {"name": "x"})
    assert (answer.status, answer.code) == (404, "asset_unknown")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/admin/assets", NEW),
        ("PATCH", "/v1/admin/assets/1", {"name": "mine"}),
        ("POST", "/v1/admin/backfills/1/retry", None),
        ("POST", "/v1/admin/price-flags/1/resolve", {"action": "kept"}),
        ("GET", "/v1/admin/price-flags", None),
        ("GET", "/v1/admin/sources", None),
        ("GET", "/v1/admin/job-runs", None),
        ("GET", "/v1/admin/audit-log", None),
    ],
)
def test_only_an_administrator_does_any_of_this(
    database: Database, method: str, path: str, body: Any
) -> None:
    nobody = Api().call(method, path, body)
    assert (nobody.status, nobody.code) == (401, "unauthenticated")
    user = sign_up().api.call(method, path, body)
    assert (user.status, user.code) == (403, "admins_only")
