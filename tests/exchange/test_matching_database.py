"""Continuous trading in the database, one call at a time: who trades with whom, at which price, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import clock
from tests.conftest import Database
from tests.exchange.factory import (
    Offering,
    Trader,
    broken_books,
    offering,
    order,
    refused,
    sold,
    trader,
)

D = Decimal


@pytest.fixture
def listed(database: Database) -> Offering:
    return offering(database)


def quote(listed: Offering) -> tuple[Decimal | None, Decimal | None]:
    row = listed.row
    return row["highest_bid"], row["lowest_ask"]


def events(listed: Offering, kind: str = "market") -> list[dict[str, Any]]:
    """What was published of an offering: payload and audience, the oldest first."""
    return listed.database.rows(
        "select seq, payload, audience from app.outbox where topic = %s and kind = %s order by seq",
        f"exchange-{listed.id}",
        kind,
    )


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


# ------------------------------------------------------------ the worked example


def test_five_shares_at_110_meet_ten_at_108_and_twenty_at_112(database: Database, listed: Offering) -> None:
    """The example of the exchange's specification, but for its quote, which forgot the five shares still offered at 108."""
    other, buyer = trader(database, "10000"), trader(database, "1000")
    sold(listed, other, 20)
    ten = order(listed.seller, listed, "sell", 10, "108.00")
    order(other, listed, "sell", 20, "112.00")
    seller_cash = listed.seller.cash["balance"]

    five = order(buyer, listed, "buy", 5, "110.00")

    assert (five["status"], five["shares_filled"], five["average_fill_price"]) == ("filled", 5, "108.000000")
    trade = listed.trades()[-1]
    assert (trade["shares_traded"], trade["price_per_share"]) == (5, D("108.00"))
    assert (trade["total_value"], trade["nuke_commission_amount"]) == (D("540.00"), D("10.80"))
    assert (trade["buyer_id"], trade["seller_id"], trade["taker"]) == (buyer.id, listed.seller.id, "buy")
    assert (trade["buy_order_id"], trade["sell_order_id"]) == (five["id"], ten["id"])
    resting = next(row for row in listed.orders() if row["id"] == ten["id"])
    assert (resting["status"], resting["shares_filled"]) == ("partially_filled", 5)
    assert quote(listed) == (None, D("108.00"))
    assert listed.row["current_share_price"] == D("108.00")
    assert buyer.cash == {"balance": D("449.20"), "reserved": 0, "available": D("449.20")}
    assert listed.seller.cash["balance"] == seller_cash + 540
    assert buyer.holding(listed) == {
        "shares_owned": 5, "shares_reserved": 0, "cost": D("540.00"), "entry_price": D("108.000000"),
        "realised_gain": 0,
    }  # fmt: skip
    assert broken_books() == []


def test_an_order_that_meets_nobody_rests_and_reserves(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    made = order(buyer, listed, "buy", 5, "99.00")
    assert (made["status"], made["shares_filled"], made["average_fill_price"]) == ("active", 0, None)
    assert made["reserved_cash"] == "504.90"  # 495.00 and 9.90 commission
    assert buyer.cash["available"] == D("495.10")
    order(listed.seller, listed, "sell", 7, "101.00")
    assert listed.seller.holding(listed)["shares_reserved"] == 7
    assert quote(listed) == (D("99.00"), D("101.00"))
    assert listed.trades() == []
    assert broken_books() == []


# ------------------------------------------------------------ priority


def test_the_best_price_trades_first_and_at_its_own_price(database: Database, listed: Offering) -> None:
    buyer = trader(database, "10000")
    for price in ("103.00", "101.00", "102.00"):
        order(listed.seller, listed, "sell", 1, price)
    made = order(buyer, listed, "buy", 4, "102.50")
    assert [trade["price_per_share"] for trade in listed.trades()] == [D("101.00"), D("102.00")]
    assert (made["status"], made["shares_filled"]) == ("partially_filled", 2)
    assert quote(listed) == (D("102.50"), D("103.00"))
    assert broken_books() == []


def test_at_one_price_the_oldest_trades_first(database: Database, listed: Offering) -> None:
    first, second, third = (trader(database, "10000") for _ in range(3))
    for person in (first, second, third):
        order(person, listed, "buy", 2, "100.00")
    order(listed.seller, listed, "sell", 3, "100.00")
    assert [(t["buyer_id"], t["shares_traded"]) for t in listed.trades()] == [(first.id, 2), (second.id, 1)]
    assert (first.shares(listed), second.shares(listed), third.shares(listed)) == (2, 1, 0)
    assert broken_books() == []


# ------------------------------------------------------------ immediate and market orders


def test_what_an_immediate_order_does_not_get_is_cancelled(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    order(listed.seller, listed, "sell", 3, "100.00")
    made = order(buyer, listed, "buy", 5, "100.00", force="ioc")
    assert (made["status"], made["cancel_reason"]) == ("cancelled", "immediate_or_cancel")
    assert made["shares_filled"] == 3
    assert buyer.cash == {"balance": D("694.00"), "reserved": 0, "available": D("694.00")}
    nothing = order(buyer, listed, "buy", 1, "90.00", force="ioc")
    assert (nothing["status"], nothing["shares_filled"]) == ("cancelled", 0)
    assert broken_books() == []


def test_fill_or_kill_is_all_or_nothing(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    order(listed.seller, listed, "sell", 2, "100.00")
    order(listed.seller, listed, "sell", 2, "101.00")
    killed = order(buyer, listed, "buy", 5, "101.00", force="fok")
    assert (killed["status"], killed["cancel_reason"], killed["shares_filled"]) == (
        "cancelled",
        "fill_or_kill",
        0,
    )
    assert listed.trades() == []
    assert buyer.cash["available"] == 1000
    filled = order(buyer, listed, "buy", 4, "101.00", force="fok")
    assert (filled["status"], filled["average_fill_price"]) == ("filled", "100.500000")
    assert broken_books() == []


def test_a_market_buy_pays_no_more_than_its_maximum(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    order(listed.seller, listed, "sell", 2, "100.00")
    order(listed.seller, listed, "sell", 2, "105.00")
    made = order(buyer, listed, "buy", 4, "104.00", pricing="market", force="ioc")
    assert (made["status"], made["shares_filled"], made["filled_value"]) == ("cancelled", 2, "200.00")
    problem = refused(buyer, listed, "buy", 10, "200.00", pricing="market", force="ioc")
    assert problem["code"] == "insufficient_cash"
    assert (problem["needed"], problem["available"]) == ("2040.00", "796.00")


def test_a_market_sell_takes_any_price(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1000")
    order(buyer, listed, "buy", 1, "2.00")
    order(buyer, listed, "buy", 1, "1.00")
    made = order(listed.seller, listed, "sell", 3, pricing="market", force="ioc")
    assert [trade["price_per_share"] for trade in listed.trades()] == [D("2.00"), D("1.00")]
    assert (made["status"], made["shares_filled"], made["price_per_share"]) == ("cancelled", 2, None)
    assert quote(listed) == (None, None)
    assert broken_books() == []


# ------------------------------------------------------------ money


def test_what_a_better_price_saves_is_free_at_once(database: Database, listed: Offering) -> None:
    buyer = trader(database, "1020")
    order(listed.seller, listed, "sell", 4, "90.00")
    made = order(buyer, listed, "buy", 10, "100.00")
    # 4 x 90.00 and 7.20 are paid; 6 x 100.00 and 12.00 stay reserved
    assert made["reserved_cash"] == "612.00"
    assert buyer.cash == {"balance": D("652.80"), "reserved": D("612.00"), "available": D("40.80")}
    assert broken_books() == []


@pytest.mark.parametrize(
    ("price", "commission"), [("0.25", "0.00"), ("0.75", "0.02"), ("1.25", "0.02"), ("1.75", "0.04"), ("0.26", "0.01")]
)  # fmt: skip
def test_commission_is_rounded_half_even(
    database: Database, listed: Offering, price: str, commission: str
) -> None:
    """2 % of 0.25 is half a cent, which goes to the even cent: 0; of 0.75 one and a half: 2."""
    buyer = trader(database, "10")
    sold(listed, buyer, 1, price)
    assert listed.trades()[0]["nuke_commission_amount"] == D(commission)
    assert buyer.cash["balance"] == 10 - D(price) - D(commission)
    assert broken_books() == []


def test_a_sale_realises_the_gain_over_the_average_cost(database: Database, listed: Offering) -> None:
    person, other = trader(database, "10000"), trader(database, "10000")
    sold(listed, person, 1, "100.00")
    sold(listed, person, 2, "101.00")
    order(other, listed, "buy", 1, "110.00")
    order(person, listed, "sell", 1, "110.00")
    # 302.00 for 3 shares: one of them cost 100.666667
    assert person.holding(listed) == {
        "shares_owned": 2, "shares_reserved": 0, "cost": D("201.333333"), "entry_price": D("100.666667"),
        "realised_gain": D("9.333333"),
    }  # fmt: skip
    assert listed.trades()[-1]["seller_cost"] == D("100.666667")
    order(other, listed, "buy", 2, "110.00")
    order(person, listed, "sell", 2, "110.00")
    held = person.holding(listed)
    assert (held["shares_owned"], held["cost"], held["realised_gain"]) == (0, 0, D("28.000000"))
    assert broken_books() == []


def test_the_hours_candle_follows_each_trade(database: Database, listed: Offering) -> None:
    buyer = trader(database, "10000")
    at = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)
    for minutes, price in ((0, "100.00"), (0, "103.00"), (0, "99.00"), (0, "101.00"), (1, "102.00")):
        sold(listed, buyer, 2, price, at + timedelta(minutes=minutes))
    candles = database.rows("select * from exchange.market_snapshots order by snapshot_hour")
    first, second = candles
    assert first["snapshot_hour"] == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert [first[k] for k in ("open_price", "high_price", "low_price", "close_price")] == [100, 103, 99, 101]
    assert (first["volume_shares"], first["volume_usd"], first["trade_count"]) == (8, D("806.00"), 4)
    assert (second["open_price"], second["trade_count"]) == (102, 1)


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


# ------------------------------------------------------------ events


def test_everybody_hears_of_the_market_and_the_owner_of_their_order(
    database: Database, listed: Offering
) -> None:
    buyer = trader(database, "1000")
    offer = order(listed.seller, listed, "sell", 5, "100.00")
    order(buyer, listed, "buy", 2, "100.00")
    (rested, traded) = events(listed)
    assert rested["payload"] == {
        "trades": [], "book": [["sell", "100.00", 5]], "last": None, "bid": None, "ask": "100.00", "phase": "continuous",
    }  # fmt: skip
    trade = listed.trades()[0]
    assert traded["payload"]["trades"] == [[trade["id"], "100.00", 2, "buy"]]
    assert traded["payload"]["book"] == [["sell", "100.00", -2]]
    assert (traded["payload"]["last"], traded["audience"]) == ("100.00", None)
    (told,) = events(listed, "orders")
    assert told["audience"] == listed.seller.id
    assert told["payload"]["orders"] == [
        {
            "id": offer["id"],
            "status": "partially_filled",
            "shares_filled": 2,
            "average_fill_price": "100.000000",
        }
    ]
    numbers = [told["seq"], rested["seq"], traded["seq"]]
    assert sorted(numbers) == list(range(min(numbers), min(numbers) + 3)), "without a gap"
