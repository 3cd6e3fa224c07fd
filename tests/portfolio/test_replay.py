"""Whatever is booked, edited, deleted, backdated or split: what is stored equals a replay of what was done.

The machine does to a real portfolio what people do, and keeps the books beside it in the plainest way (naive.py). After
each step, everything stored is compared: positions, lots, cash, gains, implied deposits, and the sums over the entries.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chalicelib.core.errors import Conflict
from tests.conftest import Database
from tests.portfolio import naive
from tests.portfolio.factory import new_portfolio, rates, settle, share, split
from tests.portfolio.naive import Done, Impossible

FIRST = datetime(2024, 3, 1, 10, tzinfo=UTC)
RATES = {date(2024, 3, 1): "1.08", date(2024, 3, 6): "1.1", date(2024, 3, 20): "0.96"}
"""US dollars for a euro: between 13 and 19 March none is known."""
TYPES = ["buy", "buy", "buy", "sell", "sell", "dividend", "deposit", "withdrawal", "interest", "fee", "tax",
         "transfer_in", "transfer_out"]  # fmt: skip
OF_CASH = ("deposit", "withdrawal", "interest", "fee", "tax")
CLOSE = Fraction(1, 10**12)
"""Quotients are rounded to 18 decimals; the plain books are exact."""

amounts = st.decimals("0.5", "40", places=1)
prices = st.decimals("0.01", "150", places=2)
costs = st.sampled_from(["0", "0", "1.25"])
moments = st.tuples(st.integers(0, 25), st.sampled_from([-600, 0, 0, 1, 839]))
currencies = st.sampled_from(["USD", "USD", "USD", "EUR"])


class Keeping(RuleBasedStateMachine):
    database: Database
    stored: Bundle[int] = Bundle("stored")

    def __init__(self) -> None:
        super().__init__()
        self.portfolio = new_portfolio(self.database)
        self.assets = [share(self.database) for _ in range(2)]
        self.rules = {"method": "average", "strict": False, "short": False}
        self.done: dict[int, Done] = {}
        self.splits: list[tuple[date, int, Fraction]] = []

    @rule(target=stored, type=st.sampled_from(TYPES), asset=st.integers(0, 1), quantity=amounts, price=prices,
          when=moments, currency=currencies, fee=costs, fee_currency=currencies, tax=costs)  # fmt: skip
    def book(self, type: str, asset: int, quantity: Decimal, price: Decimal, when: Any, **more: Any) -> int:
        at = FIRST + timedelta(days=when[0], minutes=when[1])
        owner = None if type in OF_CASH else self.assets[asset]
        price = price if type not in (*OF_CASH, "dividend") else Decimal(1)
        following = max(self.done, default=0) + 1
        one = _done(following, at, type, owner, quantity, price, **more)
        booked = self.agree(
            {**self.done, following: one},
            lambda: self.portfolio.add(type, owner, quantity, price, at, **more),
        )
        if booked is None:
            return 0
        one.id = booked.transaction.id
        self.done[one.id] = one
        return one.id

    @rule(
        target=stored, asset=st.integers(0, 1), part=st.sampled_from(["1", "0.5", "0.4", "1.1"]), price=prices
    )
    def sell_at_the_end(self, asset: int, part: str, price: Decimal) -> int:
        """All or some of what is held, after everything else: what most people book."""
        books = self.keep(self.done, self.splits)
        held = naive.held(books, self.assets[asset])
        units = int(held * Fraction(part) * 10**naive.PLACES)  # as many digits as the API lets in
        if units <= 0:
            return 0
        quantity = Decimal(units).scaleb(-naive.PLACES)
        last = max(one.at for one in self.done.values())
        free = {"currency": "USD", "fee": "0", "fee_currency": "USD", "tax": "0"}
        when = ((last - FIRST).days, (last - FIRST).seconds // 60)
        return self.book("sell", asset, quantity, price, when, **free)

    @rule(which=stored, quantity=amounts, when=moments, price=prices)
    def edit(self, which: int, quantity: Decimal, when: Any, price: Decimal) -> None:
        if which not in self.done:
            return
        old = self.done[which]
        at = FIRST + timedelta(days=when[0], minutes=when[1])
        price = price if old.type in naive.UNITS else Decimal(1)
        new = Done(**{**vars(old), "at": at, "quantity": Fraction(quantity), "price": Fraction(price)})
        changed = {"quantity": quantity, "price": price, "timestamp": at}
        if self.agree({**self.done, which: new}, lambda: self.portfolio.edit(which, **changed)) is not None:
            self.done[which] = new

    @rule(which=consumes(stored))
    def delete(self, which: int) -> None:
        if which not in self.done:
            return
        left = {key: one for key, one in self.done.items() if key != which}
        if self.agree(left, lambda: self.portfolio.remove(which) or True) is not None:
            self.done = left

    @rule(
        asset=st.integers(0, 1),
        days=st.integers(0, 25),
        ratio=st.sampled_from(["2", "10", "0.5", "0.125", "1.5"]),
    )
    def split(self, asset: int, days: int, ratio: str) -> None:
        day = FIRST.date() + timedelta(days=days)
        new = (day, self.assets[asset], Fraction(ratio))
        if any(known[:2] == new[:2] for known in self.splits):
            return
        try:
            self.keep(self.done, [*self.splits, new])
        except Impossible:  # refused for the portfolio's sake: test_splits.py
            return
        split(self.database, self.assets[asset], day, ratio)
        self.splits.append(new)
        assert settle()["refused"] == 0

    @rule(method=st.sampled_from(["average", "fifo"]), strict=st.booleans(), short=st.booleans())
    def change_rules(self, method: str, strict: bool, short: bool) -> None:
        wanted = {"method": method, "strict": strict, "short": short}
        before, self.rules = self.rules, wanted
        fields = {
            "cost_method": method,
            "cash_mode": "strict" if strict else "automatic",
            "allow_short": short,
        }
        if self.agree(self.done, lambda: self.portfolio.set(**fields) or True) is None:
            self.rules = before

    def keep(self, done: dict[int, Done], splits: list[Any]) -> naive.Books:
        rates = {day: Fraction(rate) for day, rate in RATES.items()}
        return naive.keep(list(done.values()), splits, rates=rates, **self.rules)

    def agree(self, done: dict[int, Done], act: Any) -> Any:
        """Acts; it is refused if and only if the plain books say that it is impossible, and for the same reason."""
        try:
            self.keep(done, self.splits)
        except Impossible as impossible:
            code, _, shortfall = impossible.args
            with pytest.raises(Conflict) as refused:
                act()
            assert refused.value.code == code
            assert abs(Fraction(refused.value.extra["shortfall"]) - shortfall) < CLOSE
            return None
        return act()

    @invariant()
    def everything_stored_equals_a_replay(self) -> None:
        books = self.keep(self.done, self.splits)
        rows = self.database.rows(
            "select id, realised_gain, implied from portfolio.transactions where portfolio_id = %s",
            self.portfolio.id,
        )
        assert {row["id"] for row in rows} == set(self.done)
        for row in rows:
            _same(row["realised_gain"], books.gains.get(row["id"]))
            implied = {currency: Fraction(amount) for currency, amount in (row["implied"] or {}).items()}
            assert implied == books.implied.get(row["id"], {})
        assert {c: Fraction(a) for c, a in self.portfolio.balances().items()} == books.cash
        for asset in self.assets:
            self.same_position(books, asset)
        self.same_entries(books)

    def same_position(self, books: naive.Books, asset: int) -> None:
        row = self.portfolio.position(asset)
        if asset not in books.currency:
            assert row is None
            return
        assert row is not None
        quantity, cost = naive.held(books, asset), naive.cost(books, asset)
        assert Fraction(row["quantity"]) == quantity
        assert (row["currency"], row["first_purchase_date"]) == (books.currency[asset], books.first[asset])
        _same(row["cost"], cost)
        _same(row["average_buy_price"], None if not quantity or cost is None else cost / quantity)
        _same(row["realised_gain"], books.realised[asset])
        _same(row["dividends"], books.dividends[asset])
        parcels = self.portfolio.lots(asset)
        assert [Fraction(each[0]) for each in parcels] == [each[0] for each in books.parcels.get(asset, [])]
        for lot, parcel in zip(parcels, books.parcels.get(asset, []), strict=True):
            _same(lot[1], parcel[1])

    def same_entries(self, books: naive.Books) -> None:
        entries = self.portfolio.entries()
        order = [entry["transaction_id"] for entry in entries if entry["transaction_id"]]
        by_time = sorted(self.done, key=lambda key: (self.done[key].at, key))
        assert list(dict.fromkeys(order)) == by_time
        assert [entry["day"] for entry in entries] == sorted(entry["day"] for entry in entries)

        def total(kind: str, column: str, value: Any) -> Fraction:
            lines = [one["amount"] for one in entries if one["kind"] == kind and one[column] == value]
            return sum(map(Fraction, lines), Fraction(0))

        for asset in self.assets:
            assert total("holding", "asset_id", asset) == naive.held(books, asset)
            if books.realised.get(asset, 0) is not None:
                _same(total("realised", "asset_id", asset), books.realised.get(asset, Fraction(0)))
        for currency in ("USD", "EUR"):
            assert total("cash", "currency", currency) == books.cash.get(currency, 0)
            implied = sum((each.get(currency, Fraction(0)) for each in books.implied.values()), Fraction(0))
            assert total("implied", "currency", currency) == implied


def test_what_is_stored_equals_a_replay_of_what_was_done(database: Database) -> None:
    rates(database, "EUR", RATES)
    Keeping.database = database
    examples = int(os.environ.get("HOLDFAST_EXAMPLES", "12"))
    run_state_machine_as_test(
        Keeping,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            derandomize=examples == 12,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _done(
    key: int, at: datetime, type: str, asset: int | None, quantity: Decimal, price: Decimal, **more: Any
) -> Done:
    return Done(
        key, at, type, asset, Fraction(quantity), Fraction(price), more["currency"], Fraction(more["fee"]),
        more["fee_currency"], Fraction(more["tax"]),
    )  # fmt: skip


def _same(stored: Decimal | Fraction | None, plain: Fraction | None) -> None:
    if stored is None or plain is None:
        assert stored is None
        assert plain is None
    else:
        assert abs(Fraction(stored) - plain) < CLOSE
