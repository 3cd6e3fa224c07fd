"""What trading costs. The same rules stand in the database (exchange.commission, exchange.cost_at_most), where columns are
computed by them; tests hold the two against each other.

Amounts are dollars in whole cents, shares are whole, prices are whole cents: a value is exact, and only the commission is
rounded.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")
RATE = Decimal("0.02")
"""The commission: 2 % of each trade's value, charged to the buyer on top."""

MICRO = 10**6
"""Costs of holdings are kept to the millionth of a dollar."""


def commission(value: Decimal) -> Decimal:
    """2 % of a trade's `value` (whole cents), rounded half-even to the cent.

    Half-even is roundTiesToEven of IEEE 754-2019, 4.3.1: over many trades it favours neither the buyer nor the house.
    """
    return (value * RATE).quantize(CENT, ROUND_HALF_EVEN)


def cost_at_most(price: Decimal, shares: int, lot_size: int) -> Decimal:
    """The most that buying `shares` can cost at `price` a share or better, commission included: what an order reserves.

    Each trade's commission is rounded by itself, so that the sum depends on how the order is split into trades. No trade is
    smaller than a lot. Where 2 % of a lot is whole cents nothing is ever rounded; an order of a single lot is one trade;
    otherwise each of at most `shares / lot_size` trades may round up, by half a cent at most, and a sum of whole cents
    cannot be more than the whole cents of that bound.
    """
    value = price * shares
    if shares == lot_size or price * 100 * lot_size % 50 == 0:
        return value + commission(value)
    halves = shares // lot_size
    return value + (value * 2 + Decimal(halves) / 2).quantize(Decimal(1), ROUND_FLOOR) * CENT


def cost_of_sold(cost: Decimal, sold: int, held: int) -> Decimal:
    """What `sold` of `held` shares had cost, of `cost` for all: the average cost, rounded half-up to the millionth.

    Selling all takes all of the cost, so that nothing is left on an empty holding. The weighted average cost formula of
    IAS 2.27, applied to shares.
    """
    if sold == held:
        return cost
    millionths = int(cost * MICRO)
    return Decimal((2 * millionths * sold + held) // (2 * held)) / MICRO
