"""Any book at all: an auction gives everybody what the pure rule and a line of people would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core import clock
from chalicelib.exchange import auctions
from chalicelib.exchange.auction import Book, Level, clearing_price
from tests.conftest import Database
from tests.exchange import factory
from tests.exchange.monday import COLLECTING, OPEN, events, opening_soon, rich, supplied


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(COLLECTING):
        yield


class Wish(NamedTuple):
    """One order of a person of its own."""

    side: str
    shares: int
    price: int | None
    """None: at any price (a market buy: up to 120)."""


wishes = st.lists(
    st.builds(Wish, st.sampled_from(["buy", "sell"]), st.integers(1, 30), st.none() | st.integers(98, 106)),
    max_size=12,
)


def by_hand(orders: Sequence[Wish], price: Decimal, volume: int) -> list[int]:
    """How many shares each order gets at a price: everybody in line, one share after the other."""
    got = [0] * len(orders)
    for side, sign in (("buy", -1), ("sell", 1)):
        line = [
            (wish.price is not None, sign * (wish.price or 0), place)
            for place, wish in enumerate(orders)
            if wish.side == side and (wish.price is None or sign * wish.price <= sign * price)
        ]
        left = volume
        for _, _, place in sorted(line):
            got[place] = min(left, orders[place].shares)
            left -= got[place]
        assert left == 0
    return got


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(wishes)
def test_everybody_gets_what_the_rule_says(database: Database, orders: list[Wish]) -> None:
    listed = opening_soon(database)
    people = rich(database, len(orders) or 1)
    if orders:
        supplied(listed, people, 30, "101")
    for person, wish in zip(people, orders, strict=False):
        if wish.price is None:
            most = 120 if wish.side == "buy" else None
            factory.order(person, listed, wish.side, wish.shares, most, pricing="market", force="at_open")
        else:
            factory.order(person, listed, wish.side, wish.shares, wish.price)
    limits = {
        side: [Level(Decimal(each.price), each.shares) for each in orders if each.side == side and each.price]
        for side in ("buy", "sell")
    }
    market = {
        side: sum(each.shares for each in orders if each.side == side and not each.price) for side in limits
    }
    book = Book(limits["buy"], limits["sell"], [Level(Decimal(120), market["buy"])], market["sell"])
    rule = clearing_price(book, Decimal(101) if orders else None, Decimal("0.01"))

    auctions.hold_if_due(listed.id, OPEN)

    (event,) = events(database, listed)
    if rule is None:
        assert event["equilibrium_price"] is None
        assert not [row for row in listed.trades() if row["trade_type"] == "opening"]
        return
    assert (event["equilibrium_price"], event["shares_matched"]) == (rule.price, rule.shares)
    expected = by_hand(orders, rule.price, rule.shares)
    assert [person.shares(listed) - 30 for person in people] == [
        count if wish.side == "buy" else -count for wish, count in zip(orders, expected, strict=True)
    ]
    assert event["orders_matched"] == sum(count > 0 for count in expected)
    row = listed.row
    assert row["highest_bid"] is None or row["lowest_ask"] is None or row["highest_bid"] < row["lowest_ask"]
    assert factory.broken_books() == []
