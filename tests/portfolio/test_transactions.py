"""Transactions over HTTP: booked, backdated, edited, deleted, listed; what follows from them, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.errors import Conflict, InvalidInput, NotFound
from tests.conftest import Api, Database
from tests.identity.factory import Person, machine, sign_up
from tests.market.factory import new_asset
from tests.portfolio.factory import Owned, new, new_portfolio, share


class Desk:
    """Somebody with a portfolio and a share, over HTTP."""

    def __init__(self, database: Database, who: Person, **fields: Any) -> None:
        self.api = who.api
        self.owned = new_portfolio(database, who.id, **fields)
        self.path = f"/v1/portfolios/{self.owned.id}/transactions"
        self.share = share(database, symbol="ACME")

    def body(
        self,
        type: str = "buy",
        quantity: str = "10",
        price: str | None = "100",
        day: str = "2024-03-01",
        **more: Any,
    ) -> dict[str, Any]:
        body = {"type": type, "asset_id": self.share, "quantity": quantity, "price": price, **more}
        return {"timestamp": f"{day}T12:00:00Z", **body}

    def post(self, *args: Any, **more: Any) -> Any:
        answer = self.api.post(self.path, self.body(*args, **more))
        assert answer.status == 201, answer.text
        return answer.json


@pytest.fixture
def desk(database: Database, api: Api) -> Desk:
    return Desk(database, sign_up())


def test_a_purchase_answers_with_what_it_brought_about(desk: Desk) -> None:
    booked = desk.post(fee="1.50", notes="the first", external_id="broker-1")
    transaction, position, (backfill,) = booked["transaction"], booked["position"], booked["backfills"]
    assert transaction == {
        "id": transaction["id"], "portfolio_id": desk.owned.id, "type": "buy", "asset_id": desk.share, "symbol": "ACME",
        "quantity": "10", "price": "100", "currency": "USD", "fee": "1.50", "fee_currency": "USD", "tax": "0",
        "timestamp": "2024-03-01T12:00:00Z", "notes": "the first", "external_id": "broker-1", "realised_gain": None,
        "implied_deposits": [{"currency": "USD", "amount": "1001.50"}],
        "created_at": transaction["created_at"], "updated_at": transaction["updated_at"],
    }  # fmt: skip
    assert (position["quantity"], position["average_buy_price"], position["cost"]) == ("10", "100", "1000")
    assert position["first_purchase_date"] == "2024-03-01"
    assert (backfill["asset_id"], backfill["start_date"], backfill["status"]) == (
        desk.share,
        "2023-03-01",
        "pending",
    )
    assert desk.api.get(f"{desk.path}/{transaction['id']}").json == transaction


def test_a_sale_answers_with_its_gain(desk: Desk) -> None:
    desk.post()
    booked = desk.post("sell", "4", "130", "2024-03-05", fee="2")
    assert booked["transaction"]["realised_gain"] == "120"
    assert booked["transaction"]["implied_deposits"] == []
    assert booked["position"]["realised_gain"] == "120"
    assert booked["backfills"] == []


def test_the_same_key_books_once(desk: Desk) -> None:
    first = desk.api.post(desk.path, desk.body(), Idempotency_Key="once")
    again = desk.api.post(desk.path, desk.body(), Idempotency_Key="once")
    assert (again.status, again.json, again.headers["idempotent-replayed"]) == (201, first.json, "true")
    assert desk.owned.quantity(desk.share) == 10


def test_an_external_id_is_taken_once(desk: Desk) -> None:
    desk.post(external_id="broker-1")
    again = desk.api.post(desk.path, desk.body(external_id="broker-1"))
    assert (again.status, again.code) == (409, "duplicate_transaction")


def test_a_backdated_purchase_changes_what_follows(desk: Desk) -> None:
    desk.post("buy", "10", "100", "2024-03-01")
    sale = desk.post("sell", "10", "120", "2024-03-05")["transaction"]["id"]
    assert desk.api.get(f"{desk.path}/{sale}").json["realised_gain"] == "200"
    booked = desk.post("buy", "10", "60", "2024-02-01")
    assert desk.api.get(f"{desk.path}/{sale}").json["realised_gain"] == "400"
    assert booked["position"]["first_purchase_date"] == "2024-02-01"
    assert (booked["position"]["quantity"], booked["position"]["cost"]) == ("10", "800")


def test_a_sale_beyond_the_holding_is_refused_with_date_and_shortfall(desk: Desk) -> None:
    desk.post("buy", "10", "100", "2024-03-01")
    answer = desk.api.post(desk.path, desk.body("sell", "12.5", "100", "2024-03-05"))
    assert (answer.status, answer.code) == (409, "insufficient_holding")
    assert (answer.json["date"], answer.json["held"], answer.json["shortfall"]) == ("2024-03-05", "10", "2.5")
    assert answer.json["asset_id"] == desk.share
    assert "2024-03-05" in answer.json["detail"]
    assert [item["type"] for item in desk.api.get(desk.path).json["items"]] == ["buy"]


def test_a_backdated_sale_must_not_take_what_a_later_one_needs(desk: Desk) -> None:
    desk.post("buy", "10", "100", "2024-03-01")
    later = desk.post("sell", "10", "100", "2024-03-05")["transaction"]["id"]
    answer = desk.api.post(desk.path, desk.body("sell", "1", "100", "2024-03-02"))
    assert answer.code == "insufficient_holding"
    assert (answer.json["transaction_id"], answer.json["date"], answer.json["shortfall"]) == (
        later,
        "2024-03-05",
        "1",
    )


def test_a_purchase_that_a_sale_needs_cannot_be_deleted_or_made_smaller(desk: Desk) -> None:
    buy = desk.post("buy", "10", "100", "2024-03-01")["transaction"]["id"]
    desk.post("sell", "8", "100", "2024-03-05")
    assert desk.api.delete(f"{desk.path}/{buy}").code == "insufficient_holding"
    refused = desk.api.patch(f"{desk.path}/{buy}", {"quantity": "7"})
    assert (refused.code, refused.json["shortfall"]) == ("insufficient_holding", "1")
    assert desk.owned.quantity(desk.share) == 2


def test_an_edit_changes_only_what_is_given(desk: Desk) -> None:
    buy = desk.post(fee="1", notes="typo", external_id="x-1")["transaction"]
    changed = desk.api.patch(f"{desk.path}/{buy['id']}", {"price": "90", "notes": None}).json
    new, position = changed["transaction"], changed["position"]
    assert new == {
        **buy, "price": "90", "notes": None, "updated_at": new["updated_at"],
        "implied_deposits": [{"currency": "USD", "amount": "901"}],
    }  # fmt: skip
    assert new["updated_at"] > buy["updated_at"]
    assert position["cost"] == "900"


def test_an_edit_may_move_a_transaction_to_another_asset_and_day(desk: Desk, database: Database) -> None:
    coin = new_asset(database)
    buy = desk.post()["transaction"]["id"]
    moved = desk.api.patch(f"{desk.path}/{buy}", {"asset_id": coin, "timestamp": "2023-01-05T00:00:00Z"}).json
    assert moved["position"]["asset_id"] == coin
    assert moved["position"]["first_purchase_date"] == "2023-01-05"
    assert desk.owned.position(desk.share) is None
    assert [backfill["asset_id"] for backfill in moved["backfills"]] == [coin]


def test_a_deleted_transaction_is_as_if_it_never_was(desk: Desk) -> None:
    desk.post()
    entries, balances = desk.owned.entries(), desk.owned.balances()
    sale = desk.post("sell", "4", "130", "2024-03-05")["transaction"]["id"]
    assert desk.api.delete(f"{desk.path}/{sale}").status == 204
    assert desk.api.get(f"{desk.path}/{sale}").status == 404
    assert (desk.owned.entries(), desk.owned.balances()) == (entries, balances)
    assert desk.api.delete(f"{desk.path}/{sale}").code == "transaction_unknown"


def test_strict_cash_refuses_to_spend_what_is_not_there(database: Database, api: Api) -> None:
    desk = Desk(database, sign_up(), cash_mode="strict")
    desk.owned.cash("deposit", 500, "2024-02-01")
    answer = desk.api.post(desk.path, desk.body("buy", "10", "100", "2024-03-01"))
    assert (answer.status, answer.code) == (409, "insufficient_cash")
    found = {name: answer.json[name] for name in ("date", "currency", "available", "shortfall")}
    assert found == {"date": "2024-03-01", "currency": "USD", "available": "500", "shortfall": "500"}


def test_short_sales_are_refused_unless_the_portfolio_allows_them(database: Database, api: Api) -> None:
    desk = Desk(database, sign_up())
    assert desk.api.post(desk.path, desk.body("sell")).code == "insufficient_holding"
    desk.owned.set(allow_short=True)
    assert desk.post("sell")["position"]["quantity"] == "-10"
    assert desk.post("buy", "10", "80", "2024-03-02")["transaction"]["realised_gain"] == "200"


def test_what_is_left_out_is_filled_in(desk: Desk, database: Database) -> None:
    yen = share(database, native_currency="JPY")
    dividend = desk.post("dividend", "30", None, asset_id=yen)["transaction"]
    assert (dividend["price"], dividend["currency"], dividend["fee_currency"]) == ("1", "JPY", "JPY")
    deposit = desk.post("deposit", "500", None, asset_id=None)["transaction"]
    assert (deposit["price"], deposit["currency"]) == ("1", "USD")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"asset_id": None}, "body.asset_id", "missing"),
        ({"price": None}, "body.price", "missing"),
        ({"type": "deposit"}, "body.asset_id", "not_allowed"),
        ({"type": "fee", "price": "0"}, "body.price", "zero"),
        ({"timestamp": (datetime.now(UTC) + timedelta(days=1)).isoformat()}, "body.timestamp", "in_the_future"),
        ({"quantity": "0"}, "body.quantity", None),
        ({"quantity": "-1"}, "body.quantity", None),
        ({"quantity": 1.5}, "body.quantity", None),
        ({"fee": "-0.01"}, "body.fee", None),
        ({"type": "split"}, "body.type", None),
        ({"timestamp": "2024-03-01T12:00:00"}, "body.timestamp", None),
        ({"currency": "USB"}, "body.currency", None), ({"fee_currency": "BTC"}, "body.fee_currency", None),
        ({"realised_gain": "1"}, "body.realised_gain", None),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_by_its_field(
    desk: Desk, change: dict[str, Any], field: str, code: str | None
) -> None:
    answer = desk.api.post(desk.path, desk.body(**change))
    assert answer.status == 422, answer.text
    (error,) = answer.json["errors"]
    assert error["field"] == field
    assert code in (None, error["code"])
    assert desk.owned.entries() == []


def test_an_unknown_asset_is_not_found(desk: Desk) -> None:
    assert desk.api.post(desk.path, desk.body(asset_id=999_999)).code == "asset_unknown"


def test_the_list_is_filtered_and_pages_by_cursor(desk: Desk, database: Database) -> None:
    coin = new_asset(database)
    for number in range(1, 6):
        desk.post("buy", "1", str(number), f"2024-03-0{number}")
    desk.post("buy", "1", "9", "2024-03-03", asset_id=coin)
    desk.post("dividend", "5", None, "2024-03-04")

    def found(query: str) -> list[tuple[str, str]]:
        items = desk.api.get(f"{desk.path}?{query}").json["items"]
        return [(item["timestamp"][:10], item["price"]) for item in items]

    assert found("type=dividend") == [("2024-03-04", "1")]
    assert found(f"asset_id={coin}") == [("2024-03-03", "9")]
    assert found("from=2024-03-02&to=2024-03-03") == [
        ("2024-03-03", "9"),
        ("2024-03-03", "3"),
        ("2024-03-02", "2"),
    ]
    seen: list[int] = []
    page = {"next_cursor": None}
    while True:
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else ""
        page = desk.api.get(f"{desk.path}?limit=2{cursor}").json
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
    assert seen == [item["id"] for item in desk.api.get(desk.path).json["items"]]
    assert len(seen) == 7
    assert desk.api.get(f"{desk.path}?from=2024-03-02&to=2024-03-01").code == "invalid_input"


def test_an_api_key_needs_the_scope(desk: Desk, database: Database) -> None:
    owner = sign_up()
    portfolio = new_portfolio(database, owner.id)
    path = f"/v1/portfolios/{portfolio.id}/transactions"
    assert machine(owner, "portfolio:read").get(path).status == 200
    assert machine(owner, "portfolio:read").post(path, desk.body()).status == 403
    assert machine(owner, "portfolio:write").post(path, desk.body()).status == 201


@pytest.fixture
def owned(database: Database) -> Owned:
    return new_portfolio(database)


def test_many_are_booked_at_once_in_the_order_given(owned: Owned, database: Database) -> None:
    acme = share(database)
    added = owned.add_many(
        [
            new("buy", acme, 10, 100, "2024-03-01"),
            new("sell", acme, 4, 110, "2024-03-01"),
            new("deposit", None, 5),
        ]
    )
    assert added.ids == sorted(added.ids)
    assert owned.gains() == [40]
    assert len(added.backfills) == 1


def test_many_are_booked_all_or_none_and_the_refused_one_is_named(owned: Owned, database: Database) -> None:
    acme = share(database)
    listed = [new("sell", acme, 4, 110, "2024-03-05"), new("buy", acme, 3, 100, "2024-03-01")]
    for dry_run in (False, True):
        with pytest.raises(Conflict) as refused:
            owned.add_many(listed, dry_run=dry_run)
        assert (refused.value.extra["index"], refused.value.extra["shortfall"]) == (0, "1")
    assert owned.entries() == []
    with pytest.raises(InvalidInput) as wrong:
        owned.add_many([listed[1], new("buy", None, 1, 1)])
    assert wrong.value.extra["index"] == 1
    with pytest.raises(NotFound) as unknown:
        owned.add_many([listed[1], new("buy", 999_999, 1, 1)])
    assert unknown.value.extra["index"] == 1


def test_a_dry_run_stores_nothing(owned: Owned, database: Database) -> None:
    acme = share(database)
    assert owned.add_many([new("buy", acme, 10, 100)], dry_run=True) == ([], [])
    assert owned.entries() == []
    assert database.row("select count(*) as rows from portfolio.transactions")["rows"] == 0


def test_many_that_an_older_sale_contradicts_do_not_blame_the_new_ones(
    owned: Owned, database: Database
) -> None:
    acme = share(database)
    owned.buy(acme, 5, 100, "2024-03-01")
    owned.sell(acme, 5, 100, "2024-03-09")
    with pytest.raises(Conflict) as refused:
        owned.add_many([new("sell", acme, 1, 100, "2024-03-02"), new("deposit", None, 1)])
    assert "index" not in refused.value.extra
    assert refused.value.extra["date"].isoformat() == "2024-03-09"
