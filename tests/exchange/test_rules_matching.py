"""Continuous trading as the rules have it: examples that exchanges and textbooks publish, and the exchange's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.exchange.matching import cancel_all
from chalicelib.exchange.records import Account, Holding, Order
from tests.exchange.rulebook import Market, refused, trades

# ------------------------------------------------------------ published examples


@pytest.fixture
def toronto() -> Market:
    """The book of the examples in the Toronto Stock Exchange's "Order Types and Functionality Guide", section 4."""
    market = Market()
    market.place("one", "buy", 100, "10.00")
    market.place("two", "buy", 100, "9.99")
    market.place("three", "sell", 400, "10.02")
    market.place("four", "sell", 100, "10.02")
    return market


def test_a_large_order_trades_with_the_best_price_and_the_rest_is_booked(toronto: Market) -> None:
    """The guide's limit order: selling 500 at 10.00 trades 100 with order 1; 400 are booked at 10.00."""
    outcome = toronto.place("five", "sell", 500, "10.00")
    assert trades(outcome) == [(1, 5, 100, "10.00")]
    assert (outcome.order.status, outcome.order.remaining) == ("partially_filled", 400)
    assert toronto.side("buy") == [(2, 100, "9.99")]
    assert toronto.side("sell") == [(5, 400, "10.00"), (3, 400, "10.02"), (4, 100, "10.02")]


def test_a_market_order_walks_down_the_book(toronto: Market) -> None:
    """The guide's market order: selling 500 trades 100 at 10.00 and 100 at 9.99. There the rest is booked; here market
    orders are immediate, and it is cancelled."""
    outcome = toronto.place("five", "sell", 500, None, "ioc", pricing="market")
    assert trades(outcome) == [(1, 5, 100, "10.00"), (2, 5, 100, "9.99")]
    assert (outcome.order.status, outcome.order.shares_filled) == ("cancelled", 200)
    assert outcome.order.cancel_reason == "immediate_or_cancel"
    assert toronto.side("buy") == []


def test_fill_or_kill_is_all_or_nothing(toronto: Market) -> None:
    """The guide's example: selling 500 at 10.00 cannot be filled whole, so no trades occur and the book stays."""
    bids, asks = toronto.side("buy"), toronto.side("sell")
    outcome = toronto.place("five", "sell", 500, "10.00", "fok")
    assert (outcome.fills, outcome.order.status, outcome.order.cancel_reason) == (
        [],
        "cancelled",
        "fill_or_kill",
    )
    assert (toronto.side("buy"), toronto.side("sell")) == (bids, asks)
    assert trades(toronto.place("five", "sell", 200, "9.99", "fok")) == [
        (1, 6, 100, "10.00"),
        (2, 6, 100, "9.99"),
    ]


def test_first_in_first_out_at_one_price() -> None:
    """Donadio and Ghosh, Learn Algorithmic Trading (2019), "FIFO matching": a sale of 4 at 10.00 takes 1 of A, 2 of B and
    1 of C, which keeps 2 and comes first."""
    market = Market()
    for name, shares, price in (("A", 1, "10.00"), ("B", 2, "10.00"), ("C", 3, "10.00"), ("D", 1, "9.00")):
        market.place(name, "buy", shares, price)
    for name, shares, price in (("X", 1, "11.00"), ("Y", 2, "11.00"), ("Z", 2, "12.00")):
        market.place(name, "sell", shares, price)
    assert trades(market.place("K", "sell", 4, "10.00")) == [
        (1, 8, 1, "10.00"),
        (2, 8, 2, "10.00"),
        (3, 8, 1, "10.00"),
    ]
    assert market.side("buy") == [(3, 2, "10.00"), (4, 1, "9.00")]
    assert market.side("sell") == [(5, 1, "11.00"), (6, 2, "11.00"), (7, 2, "12.00")]


def three_in_a_queue() -> Market:
    """The book of Binance's FAQ on "Order Amend Keep Priority", in hundreds: ours is the second of three at one price."""
    market = Market()
    for name, shares, price in (
        ("A", 100, "870"),
        ("you", 550, "870"),
        ("B", 400, "870"),
        ("C", 200, "869.99"),
    ):
        market.place(name, "buy", shares, price)
    return market


def test_fewer_shares_keep_the_place_in_the_queue() -> None:
    market = three_in_a_queue()
    market.amend("you", 2, shares=500)
    assert market.side("buy") == [
        (1, 100, "870.00"),
        (2, 500, "870.00"),
        (3, 400, "870.00"),
        (4, 200, "869.99"),
    ]


@pytest.mark.parametrize("change", [{"shares": 551}, {"shares": 551, "price": "870"}])
def test_more_shares_go_to_the_end_of_the_queue(change: Any) -> None:
    market = three_in_a_queue()
    market.amend("you", 2, **change)
    assert market.side("buy") == [
        (1, 100, "870.00"),
        (3, 400, "870.00"),
        (2, 551, "870.00"),
        (4, 200, "869.99"),
    ]


def test_another_price_is_a_new_place_also_when_it_is_changed_back() -> None:
    market = three_in_a_queue()
    market.amend("you", 2, price="870.01")
    assert market.side("buy")[0] == (2, 550, "870.01")
    market.amend("you", 2, price="870")
    assert [order for order, _, _ in market.side("buy")] == [1, 3, 2, 4]


# ------------------------------------------------------------ the exchange's own first example


def test_the_buyer_pays_the_sellers_price_and_two_per_cent() -> None:
    """Five shares wanted at 110 are bought at 108, of a seller who had paid 105: 540.00 and 10.80 commission."""
    market = Market()
    market.bring("seller", Account(), Holding(50, cost=Decimal(5_250)))
    market.bring("buyer", Account(Decimal(1_000)), Holding())
    market.place("seller", "sell", 10, "108")
    market.place("alice", "sell", 20, "112")
    outcome = market.place("buyer", "buy", 5, "110")
    assert trades(outcome) == [(3, 1, 5, "108.00")]
    book = market.book
    assert book.accounts["buyer"] == Account(Decimal("449.20")), "nothing stays reserved"
    assert book.accounts["seller"] == Account(Decimal(540))
    assert book.commission_earned == Decimal("10.80")
    assert book.holdings["buyer"] == Holding(5, cost=Decimal(540))
    assert book.holdings["seller"] == Holding(45, 5, Decimal(4_725), realised_gain=Decimal(15))
    assert (book.last_price, book.highest_bid, book.lowest_ask) == (108, None, 108), "five shares rest at 108"
    assert book.orders[1].status == "partially_filled"


# ------------------------------------------------------------ amending and cancelling


def test_a_new_price_is_matched_like_a_new_order() -> None:
    market = Market()
    market.place("you", "sell", 5, "101")
    market.place("me", "buy", 10, "100")
    outcome = market.amend("me", 2, price="102")
    assert trades(outcome) == [(2, 1, 5, "101.00")]
    assert market.side("buy") == [(2, 5, "102.00")]
    assert market.book.accounts["me"].reserved == Decimal("520.20")


def test_what_is_filled_cannot_be_amended_away() -> None:
    market = Market(lot_size=5)
    market.place("you", "sell", 10, "100")
    market.place("me", "buy", 30, "100")
    assert refused(market, market.amend, "me", 2, shares=10).facts == {"shares_filled": 10, "lot_size": 5}
    assert market.amend("me", 2, shares=15).order.remaining == 5


def test_only_open_limit_orders_of_ones_own_are_amended() -> None:
    market = Market()
    market.place("me", "buy", 1, "100")
    market.place("me", "buy", 1, "100", "at_open", pricing="market")
    assert refused(market, market.amend, "you", 1, shares=2).code == "order_unknown"
    assert refused(market, market.amend, "me", 3, shares=2).code == "order_unknown"
    assert refused(market, market.amend, "me", 2, shares=2).code == "not_a_limit_order"
    market.cancel("me", 1)
    assert refused(market, market.amend, "me", 1, shares=2).facts == {
        "order_id": 1,
        "order_status": "cancelled",
    }


def test_an_amendment_needs_what_the_order_needs_beyond_its_own_reserve() -> None:
    market = Market()
    market.bring("me", Account(Decimal(1_020)), Holding(10))
    market.place("me", "buy", 5, "100")
    problem = refused(market, market.amend, "me", 1, shares=11)
    assert problem.facts == {"needed": Decimal(1_122), "available": Decimal(1_020)}
    market.amend("me", 1, shares=10)
    market.place("me", "sell", 4, "101")
    assert refused(market, market.amend, "me", 2, shares=11).facts == {"offered": 11, "free": 10}


def test_a_call_collects_and_does_not_match() -> None:
    market = Market(phase="call")
    market.place("you", "sell", 5, "100")
    outcome = market.place("me", "buy", 5, "105", "day")
    assert (outcome.fills, market.book.highest_bid, market.book.lowest_ask) == ([], 105, 100)
    assert market.amend("me", 2, price="106").fills == []


def test_cancelling_frees_what_was_reserved_also_of_a_part() -> None:
    market = Market()
    market.place("you", "sell", 4, "100")
    market.place("me", "buy", 10, "100")
    outcome = market.cancel("me", 2)
    assert (outcome.order.status, outcome.order.shares_filled) == ("cancelled", 4)
    assert market.book.accounts["me"].reserved == 0
    assert refused(market, market.cancel, "me", 2).code == "order_not_open"


def test_cancelling_all_leaves_the_others_in_the_book() -> None:
    market = Market()
    market.place("me", "buy", 1, "1")
    market.place("you", "buy", 1, "1")
    market.place("me", "sell", 1, "2", "at_close")
    book, ids = cancel_all(market.book, "me")
    assert (ids, [each.id for each in book.orders.values() if each.is_open]) == ([1, 3], [2])
    assert (book.accounts["me"].reserved, book.holdings["me"].shares_reserved) == (0, 0)


def test_orders_are_plain_and_immutable() -> None:
    market = Market()
    placed: Order = market.place("me", "buy", 1, "1").order
    with pytest.raises(AttributeError):
        placed.status = "filled"  # type: ignore[misc]
