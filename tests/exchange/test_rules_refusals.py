"""What the rules refuse: whole, with its reason, and leaving nothing behind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.exchange import matching
from chalicelib.exchange.records import Account
from tests.exchange.rulebook import Market, refused


def order(market: Market, **fields: Any) -> dict[str, Any]:
    return {"user": "me", "side": "buy", "shares": 10, "price": "100", **fields}


@pytest.mark.parametrize(
    ("book", "fields", "code"),
    [
        ({"phase": "closed"}, {}, "offering_closed"),
        ({"phase": "halted"}, {}, "offering_halted"),
        ({"phase": "call"}, {"force": "ioc"}, "call_phase"),
        ({"phase": "call"}, {"force": "fok"}, "call_phase"),
        ({"tick_size": Decimal("0.05")}, {"price": "100.02"}, "off_tick"),
        ({"lot_size": 20}, {}, "odd_lot"),
        ({}, {"shares": 10**10, "price": "100.01"}, "too_large"),
        ({}, {"shares": 9_803_922}, "insufficient_cash"),
        ({}, {"side": "sell", "shares": 1_000_001}, "insufficient_shares"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(book: Any, fields: Any, code: str) -> None:
    market = Market(**book)
    market.bring("me")
    assert refused(market, market.place, **order(market, **fields)).code == code


def test_a_purchase_needs_cash_for_its_commission_too() -> None:
    market = Market()
    market.bring("me", Account(Decimal("1020.00"), Decimal("0.01")))
    problem = refused(market, market.place, "me", "buy", 10, "100")
    assert problem.facts == {"needed": Decimal(1020), "available": Decimal("1019.99")}
    market.bring("me", Account(Decimal("1020.00")))
    assert market.place("me", "buy", 10, "100").book.accounts["me"].available == 0


@pytest.mark.parametrize("force", ["gtc", "day", "ioc", "fok", "at_open", "at_close"])
def test_nobody_trades_with_themselves(force: str) -> None:
    market = Market()
    market.place("me", "sell", 10, "101")
    market.place("me", "sell", 10, "100")
    assert refused(market, market.place, "me", "buy", 1, "102", force).facts == {"order_id": 1}
    market.place("me", "buy", 1, "99.99", force)


def test_an_order_that_waits_for_an_auction_counts_as_well() -> None:
    market = Market()
    market.place("me", "sell", 10, None, "at_close", pricing="market")
    assert refused(market, market.place, "me", "buy", 1, "0.01").code == "self_trade"


def test_an_amendment_may_not_cross_ones_own_order_either() -> None:
    market = Market()
    market.place("me", "sell", 10, "101")
    market.place("me", "buy", 10, "100")
    assert refused(market, market.amend, "me", 2, price="101").facts == {"order_id": 1}


def test_a_client_order_id_is_used_once() -> None:
    market = Market()
    market.place("me", "buy", 1, "1", client_order_id="a")
    market.cancel("me", 1)
    assert refused(market, market.place, "me", "buy", 1, "1", client_order_id="a").facts == {"order_id": 1}
    market.place("you", "buy", 1, "1", client_order_id="a")


def test_a_person_has_so_many_open_orders_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "MOST_OPEN_ORDERS", 2)
    market = Market()
    market.place("me", "buy", 1, "1")
    market.place("me", "buy", 1, "2")
    assert refused(market, market.place, "me", "buy", 1, "3").code == "too_many_open_orders"
    market.cancel("me", 1)
    market.place("me", "buy", 1, "3")
