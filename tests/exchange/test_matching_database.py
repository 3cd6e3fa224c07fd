"""Continuous trading in the database, one order at a time: who trades with whom, at which price, what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Database
from tests.exchange.factory import (
    Offering,
    broken_books,
    offering,
    order,
    refused,
    sold,
    trader,
)
from tests.exchange.known_days import know_days

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
    know_days(at)
    for minutes, price in ((0, "100.00"), (0, "103.00"), (0, "99.00"), (0, "101.00"), (1, "102.00")):
        sold(listed, buyer, 2, price, at + timedelta(minutes=minutes))
    candles = database.rows("select * from exchange.market_snapshots order by snapshot_hour")
    first, second = candles
    assert first["snapshot_hour"] == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert [first[k] for k in ("open_price", "high_price", "low_price", "close_price")] == [100, 103, 99, 101]
    assert (first["volume_shares"], first["volume_usd"], first["trade_count"]) == (8, D("806.00"), 4)
    assert (second["open_price"], second["trade_count"]) == (102, 1)


# ------------------------------------------------------------ events


def test_everybody_hears_of_the_market_and_owners_of_their_orders(
    database: Database, listed: Offering
) -> None:
    buyer = trader(database, "1000")
    offer = order(listed.seller, listed, "sell", 5, "100.00")
    bought = order(buyer, listed, "buy", 2, "100.00")
    (rested, traded) = events(listed)
    assert rested["payload"] == {
        "trades": [], "book": [["sell", "100.00", 5]], "last": None, "bid": None, "ask": "100.00", "phase": "continuous",
    }  # fmt: skip
    trade = listed.trades()[0]
    assert traded["payload"]["trades"] == [[trade["id"], "100.00", 2, "buy"]]
    assert traded["payload"]["book"] == [["sell", "100.00", -2]]
    assert (traded["payload"]["last"], traded["audience"]) == ("100.00", None)
    offered, *told = events(listed, "orders")
    assert (offered["audience"], [each["status"] for each in offered["payload"]["orders"]]) == (
        listed.seller.id, ["active"],
    )  # fmt: skip

    def stands(status: str, id: int) -> list[dict[str, object]]:
        return [
            {
                "id": id,
                "status": status,
                "shares_filled": 2,
                "average_fill_price": "100.000000",
                "cancel_reason": None,
            }
        ]

    assert {event["audience"]: event["payload"]["orders"] for event in told} == {
        listed.seller.id: stands("partially_filled", offer["id"]),
        buyer.id: stands("filled", bought["id"]),
    }
    numbers = [event["seq"] for event in (offered, *told, rested, traded)]
    assert sorted(numbers) == list(range(min(numbers), min(numbers) + 5)), "without a gap"
