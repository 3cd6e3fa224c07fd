"""A client of the exchange under fire: it goes on with each request, under the same key, until it has an answer."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import psycopg

from bench.exchange_fire_check import Acknowledged
from bench.exchange_market import person
from chalicelib.core import db, errors, idempotency
from chalicelib.core.errors import Problem, Unavailable
from chalicelib.core.principal import Principal
from chalicelib.exchange import orders
from chalicelib.exchange.order_models import BatchResults, NewOrder, NewOrders, OrderChange, OrderResult

PATIENCE = 60.0
"""Seconds after which a request that has no answer never will."""

Result = TypeVar("Result")


@dataclass
class Told:
    """What all clients were answered."""

    acknowledged: Acknowledged = field(default_factory=Acknowledged)
    refused: Counter[str] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)


class Client:
    """Somebody who places, amends and cancels orders, each request until it is answered."""

    def __init__(self, told: Told, offerings: int, number: int, chance: random.Random) -> None:
        self.told = told
        self.offerings = offerings
        self.who = Principal("user", UUID(person(number)))
        self.number = number
        self.chance = chance
        self.mine: list[int] = []
        self.tries = 0

    def request(self, turn: int) -> None:
        way = self.chance.random()
        if way < 0.6 or not self.mine:
            self._place(f"{self.number}-{turn}")
        elif way < 0.7:
            self._place_many(f"{self.number}-{turn}")
        elif way < 0.82:
            self._amend(self.chance.choice(self.mine))
        elif way < 0.97:
            self._cancel(self.chance.choice(self.mine))
        else:
            self._cancel_all(self._offering())

    def _offering(self) -> int:
        return self.chance.randint(1, self.offerings)

    def _order(self) -> NewOrder:
        side = "buy" if self.chance.random() < (0.9 if self.number % 2 else 0.1) else "sell"
        market = self.chance.random() < 0.1
        price = None if market and side == "sell" else self._price()
        force = self.chance.choice(
            ("ioc", "fok") if market else ("gtc", "gtc", "gtc", "day", "ioc", "fok", "at_close")
        )
        return NewOrder.model_validate(
            {
                "order_type": side, "pricing": "market" if market else "limit", "time_in_force": force,
                "shares_requested": self.chance.randint(1, 40), "price_per_share": price,
            }
        )  # fmt: skip

    def _price(self) -> str:
        return f"{95 + self.chance.randint(0, 20) / 2:.2f}"

    def _place(self, key: str) -> None:
        offering, wanted = self._offering(), self._order()

        def once() -> OrderResult:
            with db.transaction(self.who) as tx:
                body = wanted.model_dump_json()
                kept = idempotency.claim(tx, key, f"POST {offering}", body.encode())
                if kept is not None:
                    self.told.retries["answers found under their key"] += 1
                    return OrderResult.model_validate_json(kept.body)
                done = orders.place(tx, offering, wanted, key)
                idempotency.keep(tx, key, idempotency.Answer(201, done.model_dump_json()))
                return done

        done = self._until_answered(once)
        if done is not None:
            self._placed(wanted, done)
            if self.chance.random() < 0.2 and self._until_answered(once) != done:
                raise AssertionError(f"the second answer under the key {key} is another one")

    def _place_many(self, key: str) -> None:
        offering = self._offering()
        batch = NewOrders(orders=[self._order() for _ in range(self.chance.randint(2, 20))])

        def once() -> BatchResults:
            with db.transaction(self.who) as tx:
                kept = idempotency.claim(tx, key, f"POST {offering}", batch.model_dump_json().encode())
                if kept is not None:
                    self.told.retries["answers found under their key"] += 1
                    return BatchResults.model_validate_json(kept.body)
                done = orders.place_many(tx, offering, batch)
                idempotency.keep(tx, key, idempotency.Answer(200, done.model_dump_json()))
                return done

        done = self._until_answered(once)
        assert done is not None, "a batch is answered order by order"
        for wanted, result in zip(batch.orders, done.results, strict=True):
            if result.order is not None:
                self._placed(wanted, OrderResult(order=result.order, trades=result.trades))
            elif result.problem is not None:
                self.told.refused[result.problem.code] += 1

    def _placed(self, wanted: NewOrder, done: OrderResult) -> None:
        self.mine.append(done.order.id)
        self.told.acknowledged.placed(str(self.who.user_id), wanted, done)

    def _amend(self, order_id: int) -> None:
        change = OrderChange.model_validate(
            {"shares_requested": self.chance.randint(1, 40), "price_per_share": self._price()}
        )

        def once() -> OrderResult:
            with db.transaction(self.who) as tx:
                return orders.amend(tx, order_id, change)

        done = self._until_answered(once)
        if done is not None:
            self.told.acknowledged.amended(done)
        elif self.tries > 1:
            # refused in a second try: perhaps because the first was done, and filled the order
            self.told.acknowledged.doubtful[order_id] = change.shares_requested, change.price_per_share

    def _cancel(self, order_id: int) -> None:
        def once() -> object:
            with db.transaction(self.who) as tx:
                return orders.cancel(tx, order_id)

        if self._until_answered(once) is not None:
            self.told.acknowledged.cancelled.add(order_id)

    def _cancel_all(self, offering: int) -> None:
        def once() -> list[int]:
            with db.transaction(self.who) as tx:
                return orders.cancel_all(tx, offering).order_ids

        self.told.acknowledged.cancelled.update(self._until_answered(once) or [])

    def _until_answered(self, once: Callable[[], Result]) -> Result | None:
        """What `once` answers, or None where it is refused; again as long as the database cannot be reached."""
        deadline = time.monotonic() + PATIENCE
        self.tries = 0
        while True:
            self.tries += 1
            try:
                return once()
            except Problem as problem:
                answer = problem
            except psycopg.Error as exc:
                known = errors.from_database(exc)
                if known is None:
                    raise
                answer = known
            if not isinstance(answer, Unavailable):
                self.told.refused[answer.code] += 1
                return None
            self.told.retries[answer.code] += 1
            if time.monotonic() > deadline:
                raise answer
            time.sleep(0.02)  # until the server is back
