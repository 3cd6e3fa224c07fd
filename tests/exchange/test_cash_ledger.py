"""Whatever people ask for and administrators decide: the ledger sums to zero, and balances are what simple adding says."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core import db
from chalicelib.core.errors import Problem
from chalicelib.core.principal import Principal
from chalicelib.exchange import cash
from chalicelib.exchange.models import NewTransfer
from tests.conftest import Database
from tests.exchange.factory import Trader, broken_books, traders

PEOPLE = 3
CENTS = st.integers(1, 50_000)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deposit"), st.integers(0, PEOPLE - 1), CENTS),
        st.tuples(st.just("withdrawal"), st.integers(0, PEOPLE - 1), CENTS),
        st.tuples(st.sampled_from(["confirmed", "rejected", "cancelled"]), st.integers(0, 15), CENTS),
    ),
    max_size=25,
)


@dataclass
class Purse:
    """What one person should have, by adding and subtracting whole cents."""

    balance: int = 0
    held: int = 0


@dataclass
class Expected:
    """The same in plain numbers: each request as [person, kind, cents, status]."""

    purses: list[Purse] = field(default_factory=lambda: [Purse() for _ in range(PEOPLE)])
    requests: list[list[Any]] = field(default_factory=list)

    def ask(self, kind: str, person: int, cents: int) -> str:
        purse = self.purses[person]
        if kind == "withdrawal":
            if purse.balance - purse.held < cents:
                return "insufficient_cash"
            purse.held += cents
        self.requests.append([person, kind, cents, "pending"])
        return "pending"

    def decide(self, number: int, status: str) -> str:
        person, kind, cents, before = self.requests[number]
        if before != "pending":
            return "transfer_decided"
        purse = self.purses[person]
        purse.held -= cents if kind == "withdrawal" else 0
        if status == "confirmed":
            purse.balance += cents if kind == "deposit" else -cents
        self.requests[number][3] = status
        return status


def asked(person: Trader, kind: Any, cents: int, ids: list[int]) -> str:
    try:
        with person.tx() as tx:
            made = cash.request_transfer(tx, kind, NewTransfer(amount=Decimal(cents) / 100))
    except Problem as problem:
        return problem.code
    ids.append(made.id)
    return made.status


def decided(owner: Trader, transfer: int, status: Any) -> str:
    try:
        if status == "cancelled":
            with owner.tx() as tx:
                cash.cancel_transfer(tx, transfer)
        else:
            with db.transaction(Principal("admin")) as tx:
                cash.decide_transfer(tx, transfer, status, None)
    except Problem as problem:
        return problem.code
    return str(status)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_every_cent_is_where_adding_says_it_is(database: Database, steps: list[tuple[str, int, int]]) -> None:
    people, expected = traders(database, PEOPLE), Expected()
    ids: list[int] = []
    for what, number, cents in steps:
        if what in ("deposit", "withdrawal"):
            assert asked(people[number], what, cents, ids) == expected.ask(what, number, cents)
        elif ids:
            number %= len(ids)
            owner = people[expected.requests[number][0]]
            assert decided(owner, ids[number], what) == expected.decide(number, what)
    for person, purse in zip(people, expected.purses, strict=True):
        assert person.cash["balance"] * 100 == purse.balance
        assert person.cash["reserved"] * 100 == purse.held
    total = database.row("select sum(balance) as balances, count(*) filter (where balance < 0) as below "
                         "from exchange.cash_accounts")  # fmt: skip
    assert total["balances"] == 0
    assert total["below"] <= 1, "of all accounts only the world outside may be below zero"
    assert broken_books() == []
