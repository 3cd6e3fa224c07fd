"""A book of the pure rules that people trade on, for tests that read as examples."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.exchange.matching import Outcome, amend, cancel, place
from chalicelib.exchange.records import Account, Book, Holding, NewOrder, Refused

RICH = Account(Decimal(10**9))
OWNER = Holding(10**6, cost=Decimal(10**7))


class Market:
    """A book that people trade on; whoever appears is rich and owns many shares unless told otherwise."""

    def __init__(self, **book: Any) -> None:
        self.book = Book(Decimal("0.01"), 1)
        self.book = replace(self.book, **book)

    def bring(self, user: str, account: Account = RICH, holding: Holding = OWNER) -> None:
        accounts = {**self.book.accounts, user: account}
        self.book = replace(self.book, accounts=accounts, holdings={**self.book.holdings, user: holding})

    def place(
        self, user: str, side: Any, shares: int, price: str | None, force: Any = "gtc", **more: Any
    ) -> Outcome:
        if user not in self.book.accounts:
            self.bring(user)
        limit = None if price is None else Decimal(price)
        new = NewOrder(side, more.pop("pricing", "limit"), force, shares, limit, **more)
        return self._kept(place(self.book, user, new))

    def amend(self, user: str, order_id: int, shares: int | None = None, price: str | None = None) -> Outcome:
        return self._kept(amend(self.book, user, order_id, shares, None if price is None else Decimal(price)))

    def cancel(self, user: str, order_id: int) -> Outcome:
        return self._kept(cancel(self.book, user, order_id))

    def _kept(self, outcome: Outcome) -> Outcome:
        self.book = outcome.book
        return outcome

    def side(self, order_type: Any) -> list[tuple[int, int, str]]:
        """What rests, the next to trade first: order, open shares, price."""
        return [
            (order.id, order.remaining, f"{order.price_per_share:.2f}")
            for order in self.book.resting(order_type)
        ]


def trades(outcome: Outcome) -> list[tuple[int, int, int, str]]:
    """Buyer's order, seller's order, shares, price."""
    return [
        (fill.buy_order_id, fill.sell_order_id, fill.shares, f"{fill.price:.2f}") for fill in outcome.fills
    ]


def refused(market: Market, what: Any, *arguments: Any, **more: Any) -> Refused:
    """The refusal; and the book is what it was."""
    before = market.book
    with pytest.raises(Refused) as caught:
        what(*arguments, **more)
    assert market.book is before
    return caught.value
