"""What trading in the database refuses, phases, and what amending and cancelling an order do."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import clock
from tests.conftest import Database
from tests.exchange.factory import Offering, Trader, broken_books, offering, order, refused, sold, trader
from tests.exchange.test_matching_database import events, quote
from tests.exchange.test_matching_database import listed as listed

D = Decimal


def amend(person: Trader, order_id: int, shares: int | None = None, price: Any = None) -> dict[str, Any]:
    with person.tx() as tx:
        row = tx.execute(
            "select exchange.amend_order(%s, %s, %s, %s) as answer",
            [order_id, shares, None if price is None else D(str(price)), clock.now()],
        ).fetchone()
    assert row is not None
    return dict(row["answer"])


def cancel(person: Trader, order_id: int) -> dict[str, Any]:
    with person.tx() as tx:
        row = tx.execute("select exchange.cancel_order(%s, %s) as answer", [order_id, clock.now()]).fetchone()
    assert row is not None
    return dict(row["answer"])


# ------------------------------------------------------------ refusals leave nothing behind


def test_what_is_refused_leaves_nothing_behind(database: Database, listed: Offering) -> None:
    buyer = trader(database, "100")
    own = order(listed.seller, listed, "sell", 10, "100.00")
    state = (buyer.cash, listed.row, listed.orders(), events(listed))
    short = refused(buyer, listed, "buy", 1, "100.00")
    assert (short["code"], short["needed"], short["available"]) == ("insufficient_cash", "102.00", "100.00")
    naked = refused(buyer, listed, "sell", 1, "120.00")
    assert (naked["code"], naked["offered"], naked["free"]) == ("insufficient_shares", 1, 0)
    self_trade = refused(listed.seller, listed, "buy", 1, "100.00")
    assert (self_trade["code"], self_trade["order_id"]) == ("self_trade", own["id"])
    off_tick = refused(buyer, listed, "buy", 1, "0.005")
    assert off_tick["code"] == "off_tick"
    large = refused(buyer, listed, "buy", 10**11, "11.00")
    assert large["code"] == "too_large"
    assert (buyer.cash, listed.row, listed.orders(), events(listed)) == state


def test_lots_and_ticks(database: Database) -> None:
    listed = offering(database, tick="0.25", lot=10, price="100.00")
    assert refused(listed.seller, listed, "sell", 15, "100.00")["lot_size"] == 10
    assert refused(listed.seller, listed, "sell", 10, "100.10")["tick_size"] == "0.25"
    assert order(listed.seller, listed, "sell", 20, "100.25")["status"] == "active"


def test_nobody_trades_with_themselves(database: Database, listed: Offering) -> None:
    person = trader(database, "100000")
    sold(listed, person, 10)
    mine = order(person, listed, "sell", 5, "105.00")
    assert refused(person, listed, "buy", 1, "105.00")["order_id"] == mine["id"]
    assert order(person, listed, "buy", 1, "104.99")["status"] == "active", "does not cross"
    assert refused(person, listed, "sell", 1, pricing="market", force="ioc")["code"] == "self_trade"
    cancel(person, mine["id"])
    assert order(person, listed, "buy", 1, "105.00")["status"] == "active"


def test_a_client_order_id_is_used_once(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    made = order(buyer, listed, "buy", 1, "90.00", client_order_id="mine-1")
    problem = refused(buyer, listed, "buy", 1, "91.00", client_order_id="mine-1")
    assert (problem["code"], problem["order_id"]) == ("client_order_id_used", made["id"])
    other = trader(database, "1000")
    assert order(other, listed, "buy", 1, "90.00", client_order_id="mine-1")["status"] == "active"


def test_halted_and_closed_offerings_take_no_orders(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    made = order(buyer, listed, "buy", 1, "90.00")
    listed.set(status="halted")
    assert refused(buyer, listed, "buy", 1, "90.00")["code"] == "offering_halted"
    assert amend(buyer, made["id"], price="91.00")["problem"]["code"] == "offering_halted"
    assert cancel(buyer, made["id"])["order"]["status"] == "cancelled"
    listed.set(status="closed")
    assert refused(buyer, listed, "buy", 1, "90.00")["code"] == "offering_closed"


def test_during_a_call_orders_collect_and_may_cross(database: Database) -> None:
    now = clock.now()
    listed = offering(database, auction_at=now + timedelta(minutes=5), calls_from=now - timedelta(minutes=5))
    buyer = trader(database, "1000")
    problem = refused(buyer, listed, "buy", 1, "101.00", force="ioc")
    assert problem["code"] == "call_phase"
    assert datetime.fromisoformat(problem["ends_at"]) == listed.row["next_auction_at"]
    order(listed.seller, listed, "sell", 1, "100.00")
    assert order(buyer, listed, "buy", 1, "101.00", force="day")["status"] == "active"
    assert listed.trades() == []
    assert quote(listed) == (D("101.00"), D("100.00"))
    assert events(listed)[-1]["payload"]["phase"] == "call"
    assert broken_books() == []


def test_orders_for_an_auction_wait_outside_the_book(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    waiting = order(listed.seller, listed, "sell", 1, "90.00", force="at_open")
    assert waiting["status"] == "active"
    assert quote(listed) == (None, None)
    made = order(buyer, listed, "buy", 1, "100.00", force="at_close")
    assert (made["status"], made["reserved_cash"]) == ("active", "102.00")
    assert order(buyer, listed, "buy", 1, "95.00")["status"] == "active", "it meets nobody"
    assert events(listed)[-1]["payload"]["book"] == [["buy", "95.00", 1]]
    assert broken_books() == []


# ------------------------------------------------------------ amending and cancelling


def test_less_of_the_same_keeps_its_place_in_line(database: Database, listed: Offering) -> None:
    first, second = trader(database, "1000"), trader(database, "1000")
    mine = order(first, listed, "buy", 5, "100.00")
    order(second, listed, "buy", 1, "100.00")
    amended = amend(first, mine["id"], shares=2)["order"]
    assert (amended["shares_requested"], amended["priority"]) == (2, mine["priority"])
    assert first.cash["reserved"] == D("204.00")
    order(listed.seller, listed, "sell", 1, "100.00")
    assert listed.trades()[-1]["buyer_id"] == first.id
    assert events(listed)[-2]["payload"]["book"] == [["buy", "100.00", -5], ["buy", "100.00", 2]]
    assert broken_books() == []


@pytest.mark.parametrize("change", [{"shares": 6}, {"price": "100.50"}])
def test_any_other_amendment_goes_to_the_end_of_the_line(
    database: Database, listed: Offering, change: dict[str, Any]
) -> None:
    first, second = trader(database, "1000"), trader(database, "1000")
    mine = order(first, listed, "buy", 5, "100.00")
    other = order(second, listed, "buy", 1, "100.50")
    amended = amend(first, mine["id"], **change)["order"]
    assert amended["priority"] > other["priority"]
    order(listed.seller, listed, "sell", 1, "100.50")
    assert listed.trades()[-1]["buyer_id"] == second.id
    assert broken_books() == []


def test_an_amended_price_is_matched_like_a_new_order(database: Database, listed: Offering) -> None:
    buyer = trader(database, "2000")
    order(listed.seller, listed, "sell", 3, "105.00")
    mine = order(buyer, listed, "buy", 5, "100.00")
    answer = amend(buyer, mine["id"], price="106.00")
    assert (answer["order"]["status"], answer["order"]["shares_filled"]) == ("partially_filled", 3)
    assert [(trade["price_per_share"], trade["shares_traded"]) for trade in answer["trades"]] == [
        ("105.00", 3)
    ]
    # 3 x 105.00 and 6.30 paid, 2 x 106.00 and 4.24 reserved
    assert buyer.cash == {"balance": D("1678.70"), "reserved": D("216.24"), "available": D("1462.46")}
    assert quote(listed) == (D("106.00"), None)
    again = amend(buyer, mine["id"], shares=3)
    assert (again["problem"]["code"], again["problem"]["shares_filled"]) == ("already_filled", 3)
    more = amend(buyer, mine["id"], shares=1000)
    assert more["problem"]["code"] == "insufficient_cash"
    assert broken_books() == []


def test_an_amended_sale_reserves_what_it_offers(database: Database, listed: Offering) -> None:
    mine = order(listed.seller, listed, "sell", 5, "105.00")
    amend(listed.seller, mine["id"], shares=8)
    assert listed.seller.holding(listed)["shares_reserved"] == 8
    problem = amend(listed.seller, mine["id"], shares=2000)["problem"]
    assert (problem["code"], problem["offered"], problem["free"]) == ("insufficient_shares", 2000, 1000)
    bid = order(trader(database, "1000"), listed, "buy", 1, "104.00")
    assert amend(listed.seller, mine["id"], price="104.00")["order"]["shares_filled"] == 1
    assert bid["id"] == listed.trades()[-1]["buy_order_id"]
    assert listed.seller.holding(listed)["shares_reserved"] == 7
    assert broken_books() == []


def test_only_open_orders_of_ones_own_are_cancelled(database: Database, listed: Offering) -> None:
    buyer, other = trader(database, "1000"), trader(database, "1000")
    mine = order(buyer, listed, "buy", 5, "100.00")
    assert cancel(other, mine["id"])["problem"]["code"] == "order_unknown"
    answer = cancel(buyer, mine["id"])
    assert (answer["order"]["status"], answer["order"]["cancel_reason"]) == ("cancelled", "user")
    assert answer["order"]["reserved_cash"] == "0.00"
    assert buyer.cash["reserved"] == 0
    assert quote(listed) == (None, None)
    again = cancel(buyer, mine["id"])["problem"]
    assert (again["code"], again["order_status"]) == ("order_not_open", "cancelled")
    assert broken_books() == []


def test_a_partly_filled_order_can_be_cancelled(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    mine = order(buyer, listed, "buy", 5, "100.00")
    order(listed.seller, listed, "sell", 2, "100.00")
    cancelled = cancel(buyer, mine["id"])["order"]
    assert (cancelled["status"], cancelled["shares_filled"]) == ("cancelled", 2)
    assert buyer.cash == {"balance": D("796.00"), "reserved": 0, "available": D("796.00")}
    assert broken_books() == []


def test_all_of_ones_orders_are_cancelled_at_once(database: Database, listed: Offering) -> None:
    buyer, other = trader(database, "1000"), trader(database, "1000")
    second = offering(database)
    for book in (listed, second):
        order(buyer, book, "buy", 1, "100.00")
        order(buyer, book, "buy", 1, "99.00")
        order(other, book, "buy", 1, "98.00")
    with buyer.tx() as tx:
        row = tx.execute(
            "select exchange.cancel_orders(%s, %s) as answer", [second.id, clock.now()]
        ).fetchone()
        assert row is not None
        assert len(row["answer"]["cancelled"]) == 2
    assert (quote(listed)[0], quote(second)[0]) == (D("100.00"), D("98.00"))
    with buyer.tx() as tx:
        row = tx.execute("select exchange.cancel_orders(null, %s) as answer", [clock.now()]).fetchone()
        assert row is not None
        assert len(row["answer"]["cancelled"]) == 2
    assert buyer.cash["reserved"] == 0
    assert other.cash["reserved"] == D("199.92")
    assert broken_books() == []
