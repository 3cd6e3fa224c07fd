"""The rule of the auction: one price at which the collected orders trade, and how much of them does. No I/O.

The rule is the usual one of call auctions: the largest volume, then the smallest surplus, then the reference price (the
same ladder as in Deutsche Börse's "Market Model for the Trading Venue Xetra" and in HKEX's closing auction). What is
decided where these leave several prices stands in `clearing_price`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import accumulate
from typing import Literal, NamedTuple

Side = Literal["buy", "sell"]


class Level(NamedTuple):
    """Shares wanted or offered at one limit price."""

    price: Decimal
    shares: int


@dataclass(frozen=True)
class Book:
    """What an auction has collected.

    Market orders trade at any price, market buys only up to the most that they may pay (`market_bids`: that price and the
    shares). Their maximum is no limit of the book: it never becomes the price.
    """

    bids: Sequence[Level] = ()
    asks: Sequence[Level] = ()
    market_bids: Sequence[Level] = ()
    market_asks: int = 0


class Clearing(NamedTuple):
    """The outcome at one price: how many shares trade, and how many more were wanted (positive) or offered (negative)."""

    price: Decimal
    shares: int
    surplus: int

    @property
    def surplus_side(self) -> Side | None:
        """Which side has shares left that nobody takes."""
        return None if self.surplus == 0 else "buy" if self.surplus > 0 else "sell"


def clearing_price(book: Book, reference: Decimal | None, tick: Decimal) -> Clearing | None:
    """The price of the auction, or None where nothing crosses.

    Among the limits in the book: the largest executable volume, then the smallest surplus. If several are equally good, the
    reference (the price of the last trade), clamped to the range from the lowest to the highest of them. Without a
    reference: where all of them leave buyers over, the highest; where all leave sellers over, the lowest; otherwise the
    middle of the range, rounded half-even to the tick. Where there are only market orders: the reference.
    """
    curve = _Curve(book)
    limits = sorted({level.price for level in (*book.bids, *book.asks)})
    if not limits:
        return None if reference is None else _crossing(curve.at(reference))
    outcomes = [curve.at(price) for price in limits]
    volume = max(outcome.shares for outcome in outcomes)
    if volume == 0:
        return None
    smallest = min(abs(outcome.surplus) for outcome in outcomes if outcome.shares == volume)
    best = [each for each in outcomes if each.shares == volume and abs(each.surplus) == smallest]
    return curve.at(_among(best, reference, tick))


def _among(best: Sequence[Clearing], reference: Decimal | None, tick: Decimal) -> Decimal:
    lowest, highest = best[0].price, best[-1].price
    if reference is not None:
        return min(max(reference, lowest), highest)
    if all(outcome.surplus > 0 for outcome in best):
        return highest
    if all(outcome.surplus < 0 for outcome in best):
        return lowest
    return ((lowest + highest) / 2 / tick).quantize(Decimal(1), ROUND_HALF_EVEN) * tick


def _crossing(outcome: Clearing) -> Clearing | None:
    return outcome if outcome.shares > 0 else None


class _Curve:
    """Demand and supply by price: cumulated once, then each price is two look-ups."""

    def __init__(self, book: Book) -> None:
        self._demand = _Cumulated((-level.price, level.shares) for level in (*book.bids, *book.market_bids))
        self._supply = _Cumulated((level.price, level.shares) for level in book.asks)
        self._always_offered = book.market_asks

    def at(self, price: Decimal) -> Clearing:
        demand = self._demand.up_to(-price)
        supply = self._supply.up_to(price) + self._always_offered
        return Clearing(price, min(demand, supply), demand - supply)


class _Cumulated:
    def __init__(self, steps: Iterable[tuple[Decimal, int]]) -> None:
        ordered = sorted(steps)
        self._keys = [key for key, _ in ordered]
        self._sums = [0, *accumulate(shares for _, shares in ordered)]

    def up_to(self, key: Decimal) -> int:
        """What all steps up to and including `key` add up to."""
        return self._sums[bisect_left(self._keys, key.next_plus())]
