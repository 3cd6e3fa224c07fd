"""Random streams of orders, amendments and cancellations by a few people, and the pure rules run over them.

Prices lie on few ticks, so that much crosses; cash and shares are scarce, so that much is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from chalicelib.exchange import matching
from chalicelib.exchange.matching import Outcome
from chalicelib.exchange.records import Account, Book, Holding, NewOrder, Refused

PEOPLE = ("ann", "bob", "cem", "dia")


class Place(NamedTuple):
    user: str
    order: NewOrder


class Cancel(NamedTuple):
    """Cancels the order that was accepted as the `number`-th (from 0), counted round."""

    user: str
    number: int


class Amend(NamedTuple):
    user: str
    number: int
    shares: int | None
    price: Decimal | None


Step = Place | Cancel | Amend


@dataclass(frozen=True)
class Stream:
    """An offering, who owns what at first, and what then happens. Each bought their shares at `paid` a share."""

    tick: Decimal
    lot: int
    phase: Any
    cash: dict[str, Decimal]
    shares: dict[str, int]
    paid: dict[str, Decimal]
    steps: list[Step]

    def book(self) -> Book:
        accounts = {user: Account(cash) for user, cash in self.cash.items()}
        holdings = {
            user: Holding(held, cost=held * self.paid[user]) for user, held in self.shares.items() if held
        }
        return Book(self.tick, self.lot, self.phase, accounts=accounts, holdings=holdings)


@st.composite
def streams(draw: st.DrawFn, *, size: int = 25, places_only: bool = False, phases: Any = None) -> Stream:
    """A stream of up to `size` steps; `places_only` without amendments and cancellations."""
    tick = draw(st.sampled_from([Decimal("0.01"), Decimal("0.05"), Decimal("0.13"), Decimal(1)]))
    lot = draw(st.sampled_from([1, 1, 3, 25]))
    phase = draw(st.sampled_from(phases or ["continuous"] * 9 + ["call"]))
    low = draw(st.sampled_from([1, 7, 800]))
    prices = st.integers(low, low + 6).map(lambda ticks: ticks * tick)
    lots = st.integers(1, 9).map(lambda count: count * lot)
    enough = (low + 6) * tick * lot * 60
    cash = {user: draw(st.integers(0, int(enough * 100))) * Decimal("0.01") for user in PEOPLE}
    shares = {user: draw(st.integers(0, 30)) * lot for user in PEOPLE}
    paid = {user: draw(st.integers(1, 900)) * tick for user in PEOPLE}
    people, numbers = st.sampled_from(PEOPLE), st.integers(0, size)
    kinds: list[st.SearchStrategy[Step]] = [st.builds(Place, people, orders(prices, lots))] * 5
    if not places_only:
        kinds += [
            st.builds(Cancel, people, numbers),
            st.builds(Amend, people, numbers, st.none() | lots, st.none() | prices),
        ]
    steps = draw(st.lists(st.one_of(kinds), min_size=1, max_size=size))
    return Stream(tick, lot, phase, cash, shares, paid, steps)


@st.composite
def orders(draw: st.DrawFn, prices: st.SearchStrategy[Decimal], lots: st.SearchStrategy[int]) -> NewOrder:
    """An order of any kind; now and then one that no offering accepts (off its tick, or an odd lot)."""
    side = draw(st.sampled_from(["buy", "sell"]))
    pricing = draw(st.sampled_from(["limit"] * 4 + ["market"]))
    forces = ["ioc", "fok", "at_open", "at_close"] + ["day", "gtc"] * 5 * (pricing == "limit")
    price = draw(prices)
    shares = draw(lots)
    if draw(st.integers(0, 24)) == 0:
        price += Decimal("0.01")
    elif draw(st.integers(0, 24)) == 0:
        shares += 1
    unpriced = pricing == "market" and side == "sell"
    client = draw(st.none() | st.sampled_from(["a", "b"])) if draw(st.integers(0, 9)) == 0 else None
    return NewOrder(side, pricing, draw(st.sampled_from(forces)), shares, None if unpriced else price, client)  # type: ignore[arg-type]


def steps_of(book: Book, steps: Iterable[Step]) -> Iterator[tuple[Step, Book, Outcome | Refused]]:
    """What the rules answer to each step, with the book before it."""
    for step in steps:
        answer = answer_to(book, step)
        yield step, book, answer
        if isinstance(answer, Outcome):
            book = answer.book


def answer_to(book: Book, step: Step) -> Outcome | Refused:
    """What the rules answer to one step."""
    number = 0 if isinstance(step, Place) else step.number % max(1, book.next_id - 1) + 1
    try:
        if isinstance(step, Place):
            return matching.place(book, step.user, step.order)
        if isinstance(step, Cancel):
            return matching.cancel(book, step.user, number)
        return matching.amend(book, step.user, number, step.shares, step.price)
    except Refused as refused:
        return refused
