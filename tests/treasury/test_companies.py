"""Companies: added with their listed share, changed field by field, shown to everybody."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import queue
from tests.conftest import Api, Database
from tests.identity.factory import Person, make_admin
from tests.market.factory import asset_id, new_asset
from tests.treasury.factory import coin, company, snapshot

PATH = "/v1/admin/treasury/companies"


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def add(admin: Person, **fields: Any) -> Any:
    return admin.api.post(PATH, {"ticker": "MSTR", "name": "Strategy", "asset": "BTC", **fields})


def share_of(database: Database, answer: Any) -> dict[str, Any]:
    return database.row("select * from market.assets where id = %s", answer.json["share_asset_id"])


def test_a_new_company_is_there_for_everybody(database: Database, admin: Person) -> None:
    answer = add(admin, tier=1, country="us", strategy="buys", dat_start_date="2020-08-11")
    assert answer.status == 201
    assert (answer.json["external_id"], answer.json["asset"], answer.json["country"]) == ("mstr", "BTC", "US")
    seen = Api().get(f"/v1/treasury/companies/{answer.json['id']}")
    assert seen.status == 200
    assert seen.headers["cache-control"] == "public, max-age=60"
    shown = {name: seen.json[name] for name in seen.json if name not in ("figures", "statement")}
    assert shown | {"auto_approve_confidence": None, "stored": {}} == answer.json
    assert "auto_approve_confidence" not in seen.json
    again = Api().get(f"/v1/treasury/companies/{answer.json['id']}", If_None_Match=seen.headers["etag"])
    assert again.status == 304


def test_its_share_is_the_one_in_the_catalogue(database: Database, admin: Person) -> None:
    assert add(admin).json["share_asset_id"] == asset_id(database, "MSTR")
    tokyo = add(admin, ticker="3350.t", name="Metaplanet", currency="JPY", exchange="TSE")
    assert tokyo.json["share_asset_id"] == asset_id(database, "3350.T")


def test_a_share_that_is_not_in_the_catalogue_is_added(database: Database, admin: Person) -> None:
    listed = share_of(database, add(admin, ticker="NAKA", name="Nakamoto", exchange="NASDAQ"))
    assert (listed["symbol"], listed["asset_type"], listed["exchange"]) == ("NAKA", "stock", "NASDAQ")
    assert (listed["price_sources"], listed["alpaca_symbol"]) == (["alpaca"], "NAKA")
    foreign = share_of(
        database, add(admin, ticker="ALTBG.PA", name="Blockchain", exchange="Paris", currency="EUR")
    )
    assert (foreign["native_currency"], foreign["price_sources"]) == ("EUR", []), "no source of ours has it"


def test_prices_of_its_coin_and_share_are_kept_fresh_from_then_on(database: Database, admin: Person) -> None:
    made = add(admin, dat_start_date="2024-01-02").json
    rows = database.rows("select asset_id, kind, since::text from market.asset_keepers order by asset_id")
    assert [tuple(row.values()) for row in rows] == [
        (made["asset_id"], "treasury", "2024-01-02"),
        (made["share_asset_id"], "treasury", "2024-01-02"),
    ]
    assert {name for name, _ in database.rung} == {queue.BACKFILL.name}


def test_of_several_listings_the_one_on_its_exchange_or_none(database: Database, admin: Person) -> None:
    for exchange in ("NYSE", "LSE"):
        new_asset(database, "TWIN", asset_type="stock", exchange=exchange)
    answer = add(admin, ticker="TWIN")
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "ambiguous_share")
    assert share_of(database, add(admin, ticker="TWIN", exchange="lse"))["exchange"] == "LSE"
    assert database.row("select count(*) from treasury.companies")["count"] == 1


def test_a_company_that_holds_two_coins_is_two_with_one_ticker(database: Database, admin: Person) -> None:
    first = add(admin)
    answer = add(admin, external_id="other")
    assert (answer.status, answer.code) == (409, "company_exists")
    answer = add(admin, asset="ETH")
    assert (answer.status, answer.code) == (409, "external_id_taken")
    second = add(admin, asset="eth", external_id="mstr-eth")
    assert second.json["share_asset_id"] == first.json["share_asset_id"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"asset": "NOCOIN"},
        {"asset": "MSTR"},
        {"ticker": ""},
        {"currency": "dollar"},
        {"tier": 0},
        {"website": "strategy.com"},
        {"auto_approve_confidence": "0.4"},
        {"external_id": "a b"},
        {"current_holdings": "5"},
    ],
)
def test_what_makes_no_company_is_refused(database: Database, admin: Person, wrong: dict[str, Any]) -> None:
    answer = add(admin, **wrong)
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == f"body.{next(iter(wrong))}"
    assert database.rows("select 1 from treasury.companies") == []


def test_a_share_that_is_not_there(database: Database, admin: Person) -> None:
    answer = add(admin, share_asset_id=999999)
    assert (answer.status, answer.code) == (404, "asset_unknown")
    answer = add(admin, share_asset_id=asset_id(database, "BTC"))
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "not_a_share")


def test_a_change_changes_what_it_names(database: Database, admin: Person) -> None:
    acme = company(database, tier=2, notes="old", leader="Ann")
    answer = admin.api.patch(
        f"{PATH}/{acme}", {"tier": None, "name": "Acme", "auto_approve_confidence": "0.95"}
    )
    assert answer.status == 200
    assert (answer.json["tier"], answer.json["name"], answer.json["notes"]) == (None, "Acme", "old")
    assert answer.json["auto_approve_confidence"] == "0.95"
    (entry,) = admin.api.get(f"/v1/admin/audit-log?table=treasury.companies&record={acme}&limit=1").json[
        "items"
    ]
    assert set(entry["changed_fields"]) >= {"tier", "name", "auto_approve_confidence"}
    assert "notes" not in entry["changed_fields"]
    assert "search" not in entry["new_values"]


def test_what_cannot_be_empty_or_is_not_theirs_to_change(database: Database, admin: Person) -> None:
    acme = company(database, name="Acme")
    for body in ({"name": None}, {"is_miner": None}, {"current_holdings": "5"}, {"asset": "ETH"}):
        assert admin.api.patch(f"{PATH}/{acme}", body).status == 422
    assert admin.api.get(f"{PATH}/{acme}").json["name"] == "Acme"


def test_a_change_into_what_is_taken(database: Database, admin: Person) -> None:
    one, two = company(database), company(database, asset_id=coin(database, symbol="BTC"))
    taken = admin.api.get(f"{PATH}/{one}").json
    for field, code in (("ticker", "company_exists"), ("external_id", "external_id_taken")):
        answer = admin.api.patch(f"{PATH}/{two}", {field: taken[field]})
        assert (answer.status, answer.code) == (409, code)


def test_what_is_not_there(admin: Person) -> None:
    for answer in (
        Api().get("/v1/treasury/companies/999"),
        Api().get("/v1/treasury/companies/999/holdings"),
        Api().get("/v1/treasury/companies/999/overrides"),
        admin.api.get(f"{PATH}/999"),
        admin.api.patch(f"{PATH}/999", {"tier": 1}),
    ):
        assert (answer.status, answer.code) == (404, "company_unknown")


def test_holdings_page_by_date(database: Database) -> None:
    acme = company(database)
    for day in (1, 2, 3):
        snapshot(database, acme, f"2025-01-0{day}", day, "approved")
    path = f"/v1/treasury/companies/{acme}/holdings?limit=2"
    first = Api().get(path).json
    rest = Api().get(f"{path}&cursor={first['next_cursor']}").json
    assert [item["holdings"] for item in first["items"] + rest["items"]] == ["3", "2", "1"]
    assert rest["next_cursor"] is None
    assert Api().get(f"{path}&cursor=WyJ4Il0").code == "invalid_cursor"
