"""What trading costs: the commission, the reserve that is always enough, the average cost. In Python as in the database."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.exchange import money
from tests.conftest import Database

CENTS = st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100)
COMMISSIONS = [
    # the exchange's first example trade: 5 shares at 108.00
    ("540.00", "10.80"),
    # ties go to the even cent: 0.005, 0.015, 0.025, 0.035
    ("0.25", "0.00"),
    ("0.75", "0.02"),
    ("1.25", "0.02"),
    ("1.75", "0.04"),
    # beside the ties
    ("0.24", "0.00"),
    ("0.26", "0.01"),
    ("0.01", "0.00"),
    ("1000000000000.00", "20000000000.00"),
]
COSTS = [
    # a tick of 0.01 and lots of one share: each of 3 trades may round up by half a cent
    ("0.30", 3, 1, "0.93"),  # 0.90 + floor(1.8 + 1.5 cents); three trades of one share cost 0.90 + 3 x 0.01
    ("108.00", 5, 1, "550.80"),  # 2 % of a lot is whole cents: nothing is ever rounded
    ("0.30", 1, 1, "0.31"),  # one lot is one trade
    ("0.75", 2, 1, "1.54"),  # two trades of 0.75 cost 0.02 each, one of 1.50 costs 0.03
]


@pytest.mark.parametrize(("value", "expected"), COMMISSIONS)
def test_the_commission_is_two_per_cent_half_even(value: str, expected: str) -> None:
    assert money.commission(Decimal(value)) == Decimal(expected)


@pytest.mark.parametrize(("price", "shares", "lot", "expected"), COSTS)
def test_an_order_reserves_the_most_it_can_cost(price: str, shares: int, lot: int, expected: str) -> None:
    assert money.cost_at_most(Decimal(price), shares, lot) == Decimal(expected)


@given(CENTS)
def test_the_commission_is_the_nearest_cent(value: Decimal) -> None:
    cents, exact = Fraction(money.commission(value)) * 100, Fraction(value) * 2
    assert cents.denominator == 1
    assert abs(cents - exact) < Fraction(1, 2) or (
        abs(cents - exact) == Fraction(1, 2) and cents.numerator % 2 == 0
    )


@given(st.data())
def test_no_way_of_filling_an_order_costs_more_than_it_reserved(data: st.DataObject) -> None:
    """However it is split into trades, at whatever prices up to the limit; and what is left is always covered, too."""
    lot = data.draw(st.integers(1, 60), "lot size")
    limit = data.draw(st.integers(1, 5_000), "limit in cents")
    trades = data.draw(
        st.lists(st.tuples(st.integers(1, 40), st.integers(1, limit)), min_size=1, max_size=12)
    )
    price, shares = Decimal(limit) / 100, lot * sum(lots for lots, _ in trades)
    left, reserve = shares, money.cost_at_most(price, shares, lot)
    for lots, cents in trades:
        value = Decimal(cents) / 100 * lots * lot
        cost, left = value + money.commission(value), left - lots * lot
        still = money.cost_at_most(price, left, lot) if left else Decimal(0)
        assert cost + still <= reserve, "and whatever it held more is released"
        reserve = still


@given(
    st.lists(st.tuples(st.integers(1, 10**6), CENTS), min_size=1, max_size=5),
    st.lists(st.integers(1, 10**6), max_size=8),
)
def test_selling_takes_the_average_cost_and_all_of_it_at_the_end(
    bought: list[tuple[int, Decimal]], sales: list[int]
) -> None:
    held = sum(shares for shares, _ in bought)
    cost = total = sum((shares * price for shares, price in bought), Decimal(0))
    taken = Decimal(0)
    for wanted in [*sales, held]:
        sold = min(wanted, held)
        if not sold:
            break
        part = money.cost_of_sold(cost, sold, held)
        assert abs(Fraction(part) - Fraction(cost) * sold / held) <= Fraction(1, 2 * 10**6)
        held, cost, taken = held - sold, cost - part, taken + part
        assert cost >= 0
    assert (cost, taken) == (0, total)


def test_average_cost_by_a_worked_example() -> None:
    """200 shares at 20 and 300 at 30 cost 13,000, 26 each on average; 100 sold had cost 2,600."""
    assert money.cost_of_sold(Decimal(13_000), 100, 500) == Decimal(2_600)
    assert money.cost_of_sold(Decimal("10.00"), 1, 3) == Decimal("3.333333")
    assert money.cost_of_sold(Decimal("20.00"), 1, 3) == Decimal("6.666667")


def test_the_database_counts_the_same(database: Database) -> None:
    for value, expected in COMMISSIONS:
        assert database.row("select exchange.commission(%s) as it", Decimal(value))["it"] == Decimal(expected)
    for price, shares, lot, expected in COSTS:
        found = database.row("select exchange.cost_at_most(%s, %s, %s) as it", Decimal(price), shares, lot)
        assert found["it"] == Decimal(expected)
    rows = database.rows(
        """select price, shares, lot, exchange.commission(price * shares) as due,
                exchange.cost_at_most(price, shares, lot) as most
            from (
                select cents * 0.01 as price, lots * lot as shares, lot
                from generate_series(1, 160) as cents, generate_series(1, 9) as lots,
                    unnest('{1,2,7,25,100}'::bigint[]) as lot) as tried"""
    )
    assert len(rows) == 160 * 9 * 5
    for row in rows:
        assert money.commission(row["price"] * row["shares"]) == row["due"]
        assert money.cost_at_most(row["price"], row["shares"], row["lot"]) == row["most"]
