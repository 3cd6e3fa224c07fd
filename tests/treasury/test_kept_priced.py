"""The tracker keeps its companies' coins and shares priced: in nobody's name, and while an active company has them."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import queue
from chalicelib.core.jobs import run
from chalicelib.treasury import jobs
from tests.conftest import Database
from tests.identity.factory import Person, make_admin
from tests.market.factory import asset_id
from tests.treasury.factory import share

PATH = "/v1/admin/treasury/companies"


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def add(admin: Person, **fields: Any) -> dict[str, Any]:
    body = {
        "ticker": "MSTR",
        "name": "Strategy",
        "asset": "BTC",
        "exchange": "NASDAQ",
        "dat_start_date": "2020-08-11",
    }
    answer = admin.api.post(PATH, {**body, **fields})
    assert answer.status == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def kept(database: Database) -> set[int]:
    return {row["asset_id"] for row in database.rows("select asset_id from market.asset_keepers")}


def users(database: Database, asset: int) -> int:
    row = database.row("select tracking_users from market.tracked_assets where asset_id = %s", asset)
    return int(row["tracking_users"])


def test_no_administrators_account_holds_them(database: Database, admin: Person) -> None:
    made = add(admin)
    assert kept(database) == {made["asset_id"], made["share_asset_id"]}
    assert database.rows("select 1 from market.asset_holders") == []
    assert users(database, made["asset_id"]) == 1


def test_a_company_that_is_tracked_no_more_lets_go_of_what_no_other_has(
    database: Database, admin: Person
) -> None:
    strategy = add(admin)
    riot = add(admin, ticker="RIOT", name="Riot Platforms", dat_start_date="2023-01-02")
    bitcoin = strategy["asset_id"]
    answer = admin.api.patch(f"{PATH}/{strategy['id']}", {"is_active": False})
    assert answer.status == 200
    assert kept(database) == {bitcoin, riot["share_asset_id"]}, "the coin is the other's too"
    assert users(database, strategy["share_asset_id"]) == 0
    admin.api.patch(f"{PATH}/{riot['id']}", {"is_active": False})
    assert kept(database) == set()
    assert users(database, bitcoin) == 0


def test_a_person_who_watches_the_coin_keeps_watching_it(database: Database, admin: Person) -> None:
    made = add(admin)
    admin.api.put(f"/v1/assets/{made['asset_id']}/watch", {"since": "2025-01-02"})
    assert users(database, made["asset_id"]) == 2
    admin.api.patch(f"{PATH}/{made['id']}", {"is_active": False})
    assert users(database, made["asset_id"]) == 1


def test_a_company_that_is_tracked_again_is_priced_again(database: Database, admin: Person) -> None:
    made = add(admin)
    admin.api.patch(f"{PATH}/{made['id']}", {"is_active": False})
    admin.api.patch(f"{PATH}/{made['id']}", {"is_active": True})
    assert kept(database) == {made["asset_id"], made["share_asset_id"]}


def test_another_listing_takes_the_place_of_the_first(database: Database, admin: Person) -> None:
    made, listed = add(admin), share(database, price_sources=["alpaca"], alpaca_symbol="OTHR")
    database.rung.clear()
    assert admin.api.patch(f"{PATH}/{made['id']}", {"share_asset_id": listed}).status == 200
    assert kept(database) == {made["asset_id"], listed}
    assert {name for name, _ in database.rung} == {queue.BACKFILL.name}


def test_an_earlier_beginning_reaches_further_back(database: Database, admin: Person) -> None:
    made = add(admin)
    admin.api.patch(f"{PATH}/{made['id']}", {"dat_start_date": "2019-05-01"})
    rows = database.rows("select since::text from market.asset_keepers")
    assert {row["since"] for row in rows} == {"2019-05-01"}


def test_what_has_a_source_of_prices_only_now_is_kept_from_the_next_day_on(
    database: Database, admin: Person
) -> None:
    made = add(admin, ticker="ALTBG.PA", name="Blockchain Group", exchange="Paris", currency="EUR")
    assert kept(database) == {made["asset_id"]}, "no source of ours has the share"
    assert run(jobs.SETTLE_PRICED, None)["status"] == "succeeded"
    assert kept(database) == {made["asset_id"]}
    database.run(
        "update market.assets set price_sources = '{alpaca}', alpaca_symbol = 'ALTBG' where id = %s",
        made["share_asset_id"],
    )
    database.run("delete from app.job_runs")
    database.rung.clear()
    assert run(jobs.SETTLE_PRICED, None)["status"] == "succeeded"
    assert kept(database) == {made["asset_id"], made["share_asset_id"]}
    assert {name for name, _ in database.rung} == {queue.BACKFILL.name}


def test_what_is_kept_for_nothing_any_more_is_let_go(database: Database) -> None:
    bitcoin = asset_id(database, "BTC")
    database.run(
        "select app.act_as(null, 'job', null), market.keep_asset(%s, 'treasury', '2025-01-01')", bitcoin
    )
    assert users(database, bitcoin) == 1
    assert run(jobs.SETTLE_PRICED, None)["status"] == "succeeded"
    assert (kept(database), users(database, bitcoin)) == (set(), 0)
