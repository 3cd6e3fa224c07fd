"""Random streams of orders, amendments and cancellations by a few people, and the pure rules run over them.

Prices lie on few ticks, so that much crosses; cash and shares are scarce, so that much is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from hypothesis import strategies as st

from chalicelib.exchange import matching
from chalicelib.exchange.matching import Outcome
from chalicelib.exchange.records import Account, Book, Holding, NewOrder, OrderType, Refused

PEOPLE = ("ann", "bob", "cem", "dia", "eva")


class Place(NamedTuple):
    user: str
    order: NewOrder


class Cancel(NamedTuple):
    """Cancels the order accepted as the `number`-th (from 0), counted round: by its owner unless `user` is named."""

    user: str | None
    number: int


class Amend(NamedTuple):
    """Amends an order, named like one to cancel."""

    user: str | None
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
def streams(draw: st.DrawFn, *, size: int = 40, places_only: bool = False, phases: Any = None) -> Stream:
    """A stream of `size` steps, or fewer where that is enough to fail; `places_only` without amendments and cancellations.

    Drawn from a seed: hypothesis by itself prefers what is short and simple, in which hardly anything trades.
    """
    chance = Random(draw(st.integers(0, 2**32)))
    length = size - draw(st.sampled_from([0, 0, 0, size // 2, size * 3 // 4, size - 3]))
    tick = chance.choice([Decimal("0.01"), Decimal("0.05"), Decimal("0.13"), Decimal(1)])
    lot = chance.choice([1, 1, 3, 25])
    low = chance.choice([1, 7, 800])
    prices = [(low + ticks) * tick for ticks in range(5)]
    enough = int(prices[-1] * lot * chance.choice([15, 60, 250]) * 100)
    cash = {user: chance.randint(0, enough) * Decimal("0.01") for user in PEOPLE}
    shares = {user: chance.randint(0, chance.choice([8, 60])) * lot for user in PEOPLE}
    paid = {user: chance.randint(1, 900) * tick for user in PEOPLE}
    phase = chance.choice(phases or ["continuous"] * 9 + ["call"])
    buys = {
        user: chance.choice([0.1, 0.5, 0.9]) for user in PEOPLE
    }  # who both buys and sells is in their own way
    steps = [_step(chance, prices, lot, size, places_only, buys) for _ in range(length)]
    return Stream(tick, lot, phase, cash, shares, paid, steps)


def _step(
    chance: Random, prices: list[Decimal], lot: int, size: int, places_only: bool, buys: dict[str, float]
) -> Step:
    kind = "place" if places_only else chance.choice(["place"] * 6 + ["amend"] * 2 + ["cancel"])
    user = chance.choice(PEOPLE)
    if kind == "place":
        return Place(user, _order(chance, prices, lot, "buy" if chance.random() < buys[user] else "sell"))
    by = user if chance.random() < 0.1 else None
    number = chance.randrange(size)
    if kind == "cancel":
        return Cancel(by, number)
    shares = chance.choice([None, chance.randint(1, 9) * lot])
    return Amend(by, number, shares, chance.choice([None, *prices]))


def _order(chance: Random, prices: list[Decimal], lot: int, side: OrderType) -> NewOrder:
    """An order of any kind; now and then one off its tick or lot, or with a client order id that may be taken."""
    pricing = chance.choice(["limit"] * 5 + ["market"])
    forces = ["ioc", "fok", "at_open", "at_close"] + ["day", "gtc"] * (4 if pricing == "limit" else 0)
    if pricing == "market":
        forces += ["ioc", "fok"] * 2
    price, shares = chance.choice(prices), chance.randint(1, 9) * lot
    if chance.random() < 0.03:
        price += Decimal("0.01")
    if chance.random() < 0.03:
        shares += 1
    unpriced = pricing == "market" and side == "sell"
    client = chance.choice("ab") if chance.random() < 0.05 else None
    force: Any = chance.choice(forces)
    return NewOrder(side, pricing, force, shares, None if unpriced else price, client)  # type: ignore[arg-type]


def steps_of(book: Book, steps: Iterable[Step]) -> Iterator[tuple[Step, Book, Outcome | Refused]]:
    """What the rules answer to each step, with the book before it."""
    for step in steps:
        answer = answer_to(book, step)
        yield step, book, answer
        if isinstance(answer, Outcome):
            book = answer.book


def named(book: Book, step: Step) -> tuple[str, int]:
    """Who takes a step, and the number of the order it is about (0: none yet)."""
    if isinstance(step, Place):
        return step.user, 0
    number = step.number % max(1, book.next_id - 1) + 1
    owner = str(book.orders[number].user) if number in book.orders else PEOPLE[0]
    return step.user or owner, number


def answer_to(book: Book, step: Step) -> Outcome | Refused:
    """What the rules answer to one step."""
    user, number = named(book, step)
    try:
        if isinstance(step, Place):
            return matching.place(book, user, step.order)
        if isinstance(step, Cancel):
            return matching.cancel(book, user, number)
        return matching.amend(book, user, number, step.shares, step.price)
    except Refused as refused:
        return refused
