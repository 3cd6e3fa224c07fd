"""What the tests of the exchange's pages share: a market whose figures are known, and how to read it off the page."""

from __future__ import annotations

from typing import Any

from tests.conftest import Database
from tests.exchange import factory
from tests.exchange.factory import Offering, Trader
from tests.identity.factory import Person
from tests.web.browser import Page


def market(database: Database) -> Offering:
    """10 shares sold at 107.00; then 10 offered at 108.00, 20 at 112.00, and 15 wanted at 105.00."""
    listed = factory.offering(database)
    buyer = factory.trader(database, 20_000)
    factory.sold(listed, buyer, 10, "107.00")
    factory.order(listed.seller, listed, "sell", 10, "108.00")
    factory.order(listed.seller, listed, "sell", 20, "112.00")
    factory.order(buyer, listed, "buy", 15, "105.00")
    return listed


def as_trader(database: Database, person: Person, cash: Any = 0, role: str = "user") -> Trader:
    """Somebody who signed up, as the exchange's tests know people, with so much cash."""
    known = Trader(database, person.id, role)
    if cash:
        factory.deposit(known, cash)
    return known


def levels(page: Page, side: str) -> list[tuple[str, str]]:
    """Price and shares of the levels of one side of the book, from the top of the page down."""
    rows = page.run(
        "return [...document.querySelectorAll('tr.level.' + arguments[0])].map((row) => "
        "[(row.querySelector('button') ?? row.querySelector('th').lastChild).textContent, row.querySelector('td').textContent])",
        side,
    )
    return [(price, shares) for price, shares in rows]
