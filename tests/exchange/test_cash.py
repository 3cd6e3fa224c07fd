"""Cash in and out: a person asks, an administrator confirms, and every cent is in the ledger once."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest

from chalicelib.core import clock, db
from chalicelib.core.principal import Principal
from chalicelib.exchange import cash
from chalicelib.exchange.models import NewTransfer
from chalicelib.exchange.outcome import problem_of
from tests.conftest import Api, Database
from tests.exchange.factory import (
    Trader,
    admin,
    broken_books,
    deposit,
    deposit_over_http,
    offering,
    place,
    request_transfer,
    trader,
    wish,
    withdraw,
)
from tests.identity.factory import machine, sign_up
from tests.identity.together import codes, together


@pytest.fixture
def ann(database: Database) -> Trader:
    return trader(database)


@pytest.fixture
def office(database: Database) -> Trader:
    return admin(database)


def ask(person: Trader, what: str, amount: str) -> int:
    answer = request_transfer(person.api, what, {"amount": amount})
    assert answer.status == 201, answer.text
    return int(answer.json["id"])


def decide(office: Trader, transfer: int, how: str, **body: str) -> tuple[int, str]:
    """The answer's status, and the transfer's status or the problem's code."""
    answer = office.api.post(f"/v1/admin/exchange/transfers/{transfer}/{how}", body)
    return answer.status, answer.json["status"] if answer.status == 200 else answer.code


def balance(person: Trader) -> dict[str, str]:
    return dict(person.api.get("/v1/exchange/cash").json)


# ---------------------------------------------------------------- deposits


def test_who_never_had_cash_has_none(ann: Trader) -> None:
    assert balance(ann) == {"balance": "0.00", "reserved": "0.00", "available": "0.00"}
    assert ann.api.get("/v1/exchange/ledger").json == {"items": [], "next_cursor": None}


def test_a_deposit_counts_once_it_is_confirmed(ann: Trader, office: Trader) -> None:
    asked = request_transfer(ann.api, "deposits", {"amount": "250.10", "reference": "wire 7"})
    assert asked.status == 201
    assert asked.json["status"] == "pending"
    assert balance(ann)["balance"] == "0.00"

    confirmed = office.api.post(
        f"/v1/admin/exchange/transfers/{asked.json['id']}/confirm", {"note": "Thank you."}
    )
    assert confirmed.status == 200
    told = {name: confirmed.json[name] for name in ("user_id", "decided_by", "amount", "reference", "note")}
    assert told == {
        "user_id": str(ann.id), "decided_by": str(office.id), "amount": "250.10", "reference": "wire 7",
        "note": "Thank you.",
    }  # fmt: skip
    assert balance(ann) == {"balance": "250.10", "reserved": "0.00", "available": "250.10"}
    (mine,) = ann.api.get("/v1/exchange/transfers").json["items"]
    assert (mine["status"], mine["note"]) == ("confirmed", "Thank you.")
    assert "decided_by" not in mine
    assert broken_books() == []


def test_confirming_twice_moves_the_money_once(ann: Trader, office: Trader) -> None:
    transfer = ask(ann, "deposits", "100")
    assert decide(office, transfer, "confirm") == (200, "confirmed")
    assert decide(office, transfer, "confirm") == (409, "transfer_decided")
    assert decide(office, transfer, "reject") == (409, "transfer_decided")
    assert ann.api.delete(f"/v1/exchange/transfers/{transfer}").code == "transfer_decided"
    assert balance(ann)["balance"] == "100.00"
    assert broken_books() == []


def test_two_administrators_at_once_decide_once(ann: Trader, database: Database) -> None:
    transfer = ask(ann, "deposits", "100")

    def confirm() -> None:
        with db.transaction(Principal("admin")) as tx:
            cash.decide_transfer(tx, transfer, "confirmed", None)

    assert codes(together(*[confirm] * 4)) == ["done", *["transfer_decided"] * 3]
    assert ann.cash["balance"] == 100
    assert broken_books() == []


def test_a_rejected_deposit_leaves_no_trace_in_the_ledger(
    ann: Trader, office: Trader, database: Database
) -> None:
    transfer = ask(ann, "deposits", "100")
    assert decide(office, transfer, "reject", note="Nothing came in.") == (200, "rejected")
    assert balance(ann)["balance"] == "0.00"
    assert database.rows("select * from exchange.ledger_transfers") == []
    assert broken_books() == []


def test_the_same_idempotency_key_is_one_deposit(ann: Trader) -> None:
    first, again = (
        ann.api.post("/v1/exchange/deposits", {"amount": "5"}, Idempotency_Key="wire-1") for _ in range(2)
    )
    assert first.json == again.json
    assert again.headers["idempotent-replayed"] == "true"
    assert len(ann.api.get("/v1/exchange/transfers").json["items"]) == 1


@pytest.mark.parametrize("what", ["deposits", "withdrawals"])
def test_without_an_idempotency_key_no_money_is_asked_for(ann: Trader, what: str) -> None:
    deposit(ann, "100")
    refused = ann.api.post(f"/v1/exchange/{what}", {"amount": "5"})
    assert (refused.status, refused.code) == (422, "invalid_input")
    (error,) = refused.json["errors"]
    assert (error["field"], error["code"]) == ("header.Idempotency-Key", "missing")
    assert "Send the header Idempotency-Key with a new UUID" in error["message"]
    assert [item["amount"] for item in ann.api.get("/v1/exchange/transfers").json["items"]] == ["100.00"]
    both = ann.api.post(f"/v1/exchange/{what}", {"amount": "five"})
    assert [error["field"] for error in both.json["errors"]] == ["body.amount", "header.Idempotency-Key"]


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1000000000000.01", "NaN", "1e3x", 12.5])
def test_an_amount_is_whole_cents_above_nothing(ann: Trader, amount: object) -> None:
    for what in ("deposits", "withdrawals"):
        answer = request_transfer(ann.api, what, {"amount": amount})
        assert (answer.status, answer.json["errors"][0]["field"]) == (422, "body.amount")
    assert ann.api.get("/v1/exchange/transfers").json["items"] == []


def test_a_hundred_requests_may_wait_for_a_decision(ann: Trader) -> None:
    with ann.tx() as tx:
        for _ in range(100):
            cash.request_transfer(tx, "deposit", NewTransfer(amount=Decimal(1)))
    refused = request_transfer(ann.api, "deposits", {"amount": "1"})
    assert (refused.status, refused.code) == (409, "too_many_transfers")
    (newest,) = ann.api.get("/v1/exchange/transfers?limit=1").json["items"]
    assert ann.api.delete(f"/v1/exchange/transfers/{newest['id']}").status == 204
    ask(ann, "deposits", "1")


# ---------------------------------------------------------------- withdrawals


def test_a_withdrawal_is_held_until_it_is_decided(ann: Trader, office: Trader) -> None:
    deposit(ann, "100")
    transfer = ask(ann, "withdrawals", "60")
    assert balance(ann) == {"balance": "100.00", "reserved": "60.00", "available": "40.00"}
    assert broken_books() == []
    assert decide(office, transfer, "confirm") == (200, "confirmed")
    assert balance(ann) == {"balance": "40.00", "reserved": "0.00", "available": "40.00"}
    assert broken_books() == []


@pytest.mark.parametrize("ended", ["rejected", "cancelled"])
def test_what_is_not_paid_out_is_free_again(ann: Trader, office: Trader, ended: str) -> None:
    deposit(ann, "100")
    transfer = ask(ann, "withdrawals", "60")
    if ended == "rejected":
        assert decide(office, transfer, "reject") == (200, "rejected")
    else:
        assert ann.api.delete(f"/v1/exchange/transfers/{transfer}").status == 204
    assert balance(ann) == {"balance": "100.00", "reserved": "0.00", "available": "100.00"}
    assert ann.api.get("/v1/exchange/transfers").json["items"][0]["status"] == ended
    assert broken_books() == []


def test_no_more_goes_out_than_is_available(ann: Trader) -> None:
    deposit(ann, "100")
    ask(ann, "withdrawals", "60")
    answer = request_transfer(ann.api, "withdrawals", {"amount": "40.01"})
    assert (answer.status, answer.code) == (409, "insufficient_cash")
    assert (answer.json["needed"], answer.json["available"]) == ("40.01", "40.00")
    assert len(ann.api.get("/v1/exchange/transfers?kind=withdrawal").json["items"]) == 1
    ask(ann, "withdrawals", "40")


def test_withdrawals_at_once_never_hold_more_than_there_is(ann: Trader) -> None:
    deposit(ann, "100")

    def take() -> None:
        with ann.tx() as tx:
            cash.request_transfer(tx, "withdrawal", NewTransfer(amount=Decimal(30)))

    assert codes(together(*[take] * 5)) == ["done"] * 3 + ["insufficient_cash"] * 2
    assert ann.cash["reserved"] == 90
    assert broken_books() == []


def test_a_withdrawal_and_an_order_at_once_never_hold_the_same_cash(ann: Trader, database: Database) -> None:
    listed = offering(database)
    deposit(ann, "100")

    def take() -> None:
        with ann.tx() as tx:
            cash.request_transfer(tx, "withdrawal", NewTransfer(amount=Decimal(60)))

    def buy() -> None:
        (result,) = place(ann, listed, [wish("buy", 1, "60")])
        if "problem" in result:
            raise problem_of(result["problem"])

    assert codes(together(take, buy)) == ["done", "insufficient_cash"]
    assert broken_books() == []


def test_a_withdrawal_that_is_refused_leaves_no_account_behind(ann: Trader, database: Database) -> None:
    assert request_transfer(ann.api, "withdrawals", {"amount": "1"}).code == "insufficient_cash"
    assert database.rows("select * from exchange.cash_accounts where user_id = %s", ann.id) == []


def test_an_api_key_pays_in_but_not_out(database: Database, api: Api) -> None:
    owner = sign_up()
    client = machine(owner, "exchange:read", "exchange:write")
    assert request_transfer(client, "deposits", {"amount": "1"}).status == 201
    assert client.get("/v1/exchange/cash").status == 200
    assert request_transfer(client, "withdrawals", {"amount": "1"}).code == "missing_scope"


# ---------------------------------------------------------------- what is told


def test_the_ledger_tells_each_movement_and_the_balance_after_it(ann: Trader) -> None:
    for amount in ("100", "20.50", "3"):
        deposit(ann, amount)
    withdraw(ann, "50.25")
    told: list[tuple[str, str, str]] = []
    cursor = ""
    for _ in range(4):
        page = ann.api.get(f"/v1/exchange/ledger?limit=1{cursor}").json
        told += [(entry["kind"], entry["amount"], entry["balance_after"]) for entry in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert told == [
        ("withdrawal", "-50.25", "73.25"),
        ("deposit", "3.00", "123.50"),
        ("deposit", "20.50", "120.50"),
        ("deposit", "100.00", "100.00"),
    ]


def test_a_cursor_of_another_list_is_refused(ann: Trader) -> None:
    for cursor in ("WzFd", "WzEsICJOYU4iXQ", "x"):
        assert ann.api.get(f"/v1/exchange/ledger?cursor={cursor}").code == "invalid_cursor"


def test_administrators_find_what_waits(ann: Trader, office: Trader, database: Database) -> None:
    bob = trader(database)
    waiting = [ask(ann, "deposits", "1"), ask(bob, "deposits", "2")]
    deposit_over_http(bob, office, "3")
    found = office.api.get("/v1/admin/exchange/transfers?status=pending").json["items"]
    assert [item["id"] for item in found] == waiting[::-1]
    ofs = office.api.get(f"/v1/admin/exchange/transfers?user_id={bob.id}&limit=1").json
    assert [item["amount"] for item in ofs["items"]] == ["3.00"]
    more = office.api.get(f"/v1/admin/exchange/transfers?user_id={bob.id}&cursor={ofs['next_cursor']}").json
    assert [item["amount"] for item in more["items"]] == ["2.00"]


def test_a_decision_is_told_to_the_person_alone(ann: Trader, office: Trader, database: Database) -> None:
    deposit_over_http(ann, office, "9")
    (event,) = ann.api.get("/v1/events/exchange-cash?after=0").json["items"]
    assert event["kind"] == "transfer"
    assert (event["payload"]["status"], event["payload"]["amount"]) == ("confirmed", "9.00")
    assert trader(database).api.get("/v1/events/exchange-cash?after=0").json["items"] == []


def test_who_decided_what_and_when_is_audited(ann: Trader, office: Trader, database: Database) -> None:
    moment = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)
    with clock.at(moment):
        transfer = deposit_over_http(ann, office, "9")
    assert transfer["decided_at"] == "2026-03-09T15:00:00Z"
    asked, decided = database.rows(
        "select action, user_id, new_values ->> 'status' as status from app.audit_log "
        "where table_name = 'exchange.cash_transfers' order by id"
    )
    assert (asked["action"], asked["user_id"], asked["status"]) == ("insert", ann.id, "pending")
    assert (decided["action"], decided["user_id"], decided["status"]) == ("update", office.id, "confirmed")


def test_an_administrator_may_confirm_their_own_transfer(office: Trader) -> None:
    assert decide(office, ask(office, "deposits", "12.50"), "confirm") == (200, "confirmed")
    assert office.cash["balance"] == Decimal("12.50")


def test_what_there_is_not_cannot_be_decided(ann: Trader, office: Trader) -> None:
    assert decide(office, 999, "confirm") == (404, "transfer_unknown")
    assert decide(office, 999, "reject") == (404, "transfer_unknown")
    assert ann.api.delete("/v1/exchange/transfers/999").code == "transfer_unknown"


def test_only_administrators_decide_also_in_sql(ann: Trader) -> None:
    transfer = ask(ann, "deposits", "1000000")
    assert decide(ann, transfer, "confirm") == (403, "admins_only")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), ann.tx() as tx:
        cash.decide_transfer(tx, transfer, "confirmed", None)
    assert ann.cash["balance"] == 0
