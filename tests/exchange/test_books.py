"""The check of the books: silent after whatever happened by the rules, and it names whatever was changed past them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import clock, jobs
from chalicelib.exchange import book_jobs
from tests.conftest import Api, Database
from tests.exchange.factory import (
    Offering,
    Trader,
    admin,
    broken_books,
    deposit,
    offering,
    order,
    place,
    sold,
    trader,
    wish,
    withdraw,
)

NOON = datetime(2026, 3, 6, 17, 10, tzinfo=UTC)


@pytest.fixture
def listed(database: Database) -> Offering:
    """A market in which everything has happened: trades in two hours, resting, filled and cancelled orders, transfers."""
    listed = offering(database, shares=1_000, price="100.00", at=NOON)
    ann, bob = trader(database, "5000"), trader(database, "5000")
    with clock.at(NOON):
        sold(listed, ann, 10, "101.33")
        sold(listed, bob, 7, "99.50")
        order(ann, listed, "sell", 4, "105")
        order(bob, listed, "buy", 6, "105")
        order(ann, listed, "buy", 3, "90", force="ioc")
        withdraw(bob, "100")
        with ann.tx() as tx:
            tx.execute("select exchange.request_transfer('withdrawal', 55.5, null, %s)", [NOON])
    order(listed.seller, listed, "sell", 1, "101", at=NOON.replace(hour=18))
    order(bob, listed, "sell", 2, "120", at=NOON.replace(hour=18))
    order(ann, listed, "buy", 2, "80", at=NOON.replace(hour=18), force="at_open")
    return listed


def rules(at: datetime = NOON) -> set[str]:
    return {each["rule"] for each in broken_books(at)}


def past_the_rules(database: Database, statement: str, *params: Any) -> None:
    """What no program can do: as a superuser, with the triggers that keep rows final taken off."""
    with database.owner() as conn, conn.transaction():
        for table in ("market_trades", "ledger_transfers"):
            conn.execute(f"alter table exchange.{table} disable trigger final".encode())
        conn.execute(statement.encode(), params or None)
        for table in ("market_trades", "ledger_transfers"):
            conn.execute(f"alter table exchange.{table} enable always trigger final".encode())


def test_an_exchange_without_anything_agrees(database: Database) -> None:
    assert broken_books() == []


def test_what_happens_by_the_rules_agrees(listed: Offering) -> None:
    assert broken_books() == []
    row = listed.row
    assert (row["total_trades"], row["total_volume_shares"], row["highest_bid"]) == (4, 22, 105)


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("update exchange.cash_accounts set balance = balance + 0.01 where kind = 'user' and balance > 9",
         {"balance_is_ledger", "balances_sum_to_zero"}),
        ("update exchange.ledger_transfers set amount = amount + 0.01 where kind = 'deposit'",
         {"balance_is_ledger", "transfer_is_in_ledger"}),
        ("update exchange.ledger_transfers set amount = amount + 0.01 where kind = 'commission'",
         {"balance_is_ledger", "trade_is_in_ledger"}),
        ("update exchange.ledger_transfers set trade_id = 99 where kind = 'commission'", {"trade_is_in_ledger"}),
        ("update exchange.cash_accounts set reserved = reserved - 0.01 where reserved > 0", {"reserved_cash"}),
        ("update exchange.cash_transfers set amount = amount - 0.01 where status = 'pending'", {"reserved_cash"}),
        ("update exchange.cash_transfers set status = 'rejected' where status = 'confirmed' and kind = 'withdrawal'",
         {"transfer_is_in_ledger"}),
        ("update exchange.share_holdings set shares_owned = shares_owned + 1 where shares_owned > 500",
         {"shares_issued", "holding_is_issue_and_trades"}),
        ("update exchange.share_holdings set cost = cost + 0.01 where shares_owned > 500",
         {"holding_is_issue_and_trades"}),
        ("update exchange.share_holdings set realised_gain = realised_gain + 0.01 where shares_owned > 500",
         {"holding_is_issue_and_trades"}),
        ("update exchange.share_holdings set shares_reserved = 0", {"reserved_shares"}),
        ("update exchange.market_orders set status = 'cancelled', cancel_reason = 'user' "
         "where is_open and order_type = 'sell'",
         {"reserved_shares", "quote_is_book"}),
        ("update exchange.market_orders set filled_value = filled_value + 1 where status = 'filled'",
         {"order_is_its_trades"}),
        ("update exchange.market_orders set commission = 1 where status = 'filled' and order_type = 'sell'",
         {"order_is_its_trades"}),
        ("update exchange.vehicle_offerings set highest_bid = null, lowest_ask = 1", {"quote_is_book"}),
        ("update exchange.vehicle_offerings set total_volume_usd = total_volume_usd + 0.01", {"totals_are_trades"}),
        ("update exchange.vehicle_offerings set current_share_price = 1", {"totals_are_trades"}),
        ("update exchange.market_snapshots set close_price = low_price where close_price <> low_price",
         {"candle_is_trades"}),
        ("delete from exchange.market_snapshots", {"candle_is_trades"}),
        ("update exchange.vehicle_offerings set status = 'closed'", {"nothing_open_once_closed"}),
        ("update exchange.vehicle_offerings set shares_issued = 999",
         {"shares_issued", "holding_is_issue_and_trades"}),
    ],
)  # fmt: skip
def test_what_was_changed_past_the_rules_is_named(
    listed: Offering, database: Database, statement: str, broken: set[str]
) -> None:
    past_the_rules(database, statement)
    assert rules() == broken


def test_a_trade_changed_past_the_rules_is_found_wherever_it_counts(
    listed: Offering, database: Database
) -> None:
    past_the_rules(
        database, "update exchange.market_trades set shares_traded = shares_traded + 1 where id = 1"
    )
    assert rules() == {
        "trade_is_in_ledger", "holding_is_issue_and_trades", "order_is_its_trades", "totals_are_trades",
        "candle_is_trades",
    }  # fmt: skip


def test_a_crossed_book_is_wrong_only_while_trading_is_continuous(database: Database) -> None:
    listed = offering(database, at=NOON)
    ann = trader(database, "5000")
    listed.set(calls_from=NOON)
    order(ann, listed, "buy", 1, "101", at=NOON)
    order(listed.seller, listed, "sell", 1, "100", at=NOON)
    assert rules() == set()
    listed.set(calls_from=listed.row["next_auction_at"].replace(hour=1))
    assert rules() == {"continuous_book_never_crosses"}


def test_own_orders_that_cross_are_found(database: Database) -> None:
    listed = offering(database, at=NOON)
    deposit(listed.seller, "500")
    place(listed.seller, listed, [wish("buy", 1, "90"), wish("sell", 1, "95")], NOON)
    assert rules() == set()
    database.run(
        "update exchange.market_orders set price_per_share = 88, updated_at = now() where order_type = 'sell'"
    )
    assert rules() >= {"own_orders_never_cross"}


# ---------------------------------------------------------------- who asks


def test_an_administrator_asks_whether_the_books_agree(listed: Offering, database: Database) -> None:
    office = admin(database)
    with clock.at(NOON):
        told = office.api.get("/v1/admin/exchange/books").json
        assert told == {"at": "2026-03-06T17:10:00Z", "agrees": True, "disagreements": []}
        listed.set(total_trades=9)
        told = office.api.get("/v1/admin/exchange/books").json
    assert (told["agrees"], told["disagreements"][0]["rule"]) == (False, "totals_are_trades")
    assert trader(database).api.get("/v1/admin/exchange/books").status == 403
    assert Api().get("/v1/admin/exchange/books").status == 401


def test_the_job_fails_and_says_in_what_the_books_disagree(listed: Offering, database: Database) -> None:
    assert jobs.run(book_jobs.CHECK_BOOKS)["status"] == "succeeded"
    listed.set(total_trades=9)
    result = jobs.run(book_jobs.CHECK_BOOKS)
    assert result["status"] == "failed"
    assert f"totals_are_trades: offering {listed.id}" in result["error"]


def test_the_house_earns_two_per_cent(listed: Offering, database: Database) -> None:
    told = admin(database).api.get("/v1/admin/exchange/commissions").json
    # 2 % of 1013.30, 696.50, 420.00 and 105.00, each rounded to the cent: 20.27 + 13.93 + 8.40 + 2.10
    earned = "44.70"
    assert told == {
        "total": earned, "items": [{"offering_id": listed.id, "symbol": listed.symbol, "earned": earned}],
    }  # fmt: skip


def holder(listed: Offering, person: Trader) -> dict[str, Any]:
    (row,) = person.api.get("/v1/exchange/holdings").json["items"]
    assert row["offering_id"] == listed.id
    return dict(row)


def test_a_portfolio_is_cash_and_marked_shares(database: Database) -> None:
    """The example: five bought at 108, marked at 112, are up 20.00 or 3.70 per cent."""
    listed = offering(database, shares=50, price="100.00")
    ann, bob = trader(database, "1000"), trader(database, "1000")
    sold(listed, ann, 5, "108")
    sold(listed, bob, 1, "112")
    told = holder(listed, ann)
    assert (told["entry_price"], told["current_mark"], told["market_value"]) == (
        "108.000000",
        "112.00",
        "560.00",
    )
    assert (Decimal(told["unrealized_gain_loss"]), told["unrealized_gain_loss_pct"]) == (20, "3.70")
    portfolio = ann.api.get("/v1/exchange/portfolio").json
    assert portfolio["cash"]["balance"] == "449.20"  # 1000 less 540.00 and 10.80 commission
    assert Decimal(portfolio["equity"]) == Decimal("1009.20")
    assert portfolio["positions"] == [told]
    assert portfolio["totals"]["total_positions"] == 1

    order(ann, listed, "sell", 5, "110")
    order(bob, listed, "buy", 5, "110")
    assert ann.api.get("/v1/exchange/holdings").json["items"] == []
    (past,) = ann.api.get("/v1/exchange/holdings?closed=true").json["items"]
    assert (past["shares_owned"], Decimal(past["realised_gain"]), past["entry_price"]) == (0, 10, None)
    portfolio = ann.api.get("/v1/exchange/portfolio").json
    assert (portfolio["totals"]["total_positions"], portfolio["positions"]) == (0, [])
    assert Decimal(portfolio["totals"]["realised_gain"]) == 10
    nobody = trader(database).api.get("/v1/exchange/portfolio").json
    assert (nobody["equity"], nobody["totals"]["total_shares_owned"], nobody["positions"]) == ("0.00", 0, [])
