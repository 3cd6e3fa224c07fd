"""Comparison with a benchmark: the same payments, made into another asset. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from chalicelib.portfolio.returns import Undefined, ValuedDay

ZERO = Decimal(0)


class Trade(NamedTuple):
    """Money put into (+) or taken out of (−) the benchmark at a price."""

    amount: Decimal
    price: Decimal


def equivalent(trades: Sequence[Trade], price: Decimal) -> Decimal:
    """What the units bought and sold by `trades` are worth at `price`.

    The public market equivalent of Austin M. Long and Craig J. Nickels (A Private Investment Benchmark, 1996;
    https://en.wikipedia.org/wiki/Public_Market_Equivalent): each payment buys or sells the index at its level. It is below
    zero where more was taken out than the benchmark had brought.
    """
    return sum((trade.amount / trade.price for trade in trades), ZERO) * price


def trades(days: Sequence[ValuedDay], prices: Sequence[Decimal | None]) -> list[Trade]:
    """The opening value and all flows as trades in the benchmark; `prices` of the same days, in the same currency.

    What comes in at the start of a day buys at the close before it, what goes out at its end sells at its own. Raises
    Undefined where a price or a flow that is needed is not known.
    """
    opening = days[0].value
    if opening is None:
        raise Undefined(f"the value at the end of {days[0].day} is not known")
    found = [Trade(opening, _price(days, prices, 0))] if opening else []
    for number, day in enumerate(days[1:], start=1):
        if day.inflow is None or day.outflow is None:
            raise Undefined(f"a flow on {day.day} is in a currency whose rate is not known")
        if day.inflow:
            found.append(Trade(day.inflow, _price(days, prices, number - 1)))
        if day.outflow:
            found.append(Trade(-day.outflow, _price(days, prices, number)))
    return found


def plain(prices: Sequence[Decimal | None]) -> float | None:
    """The benchmark's own return, from the first price to the last."""
    first, last = prices[0], prices[-1]
    return None if first is None or last is None else float(last / first) - 1


def _price(days: Sequence[ValuedDay], prices: Sequence[Decimal | None], number: int) -> Decimal:
    price = prices[number]
    if price is None:
        raise Undefined(f"the benchmark has no price at the end of {days[number].day}")
    return price
