"""What the tests of the portfolio pages share: somebody with a portfolio whose figures are worked out by hand."""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import Database
from tests.identity.factory import Person
from tests.market import factory as market
from tests.portfolio import factory, worth
from tests.portfolio.through_api import Portfolio
from tests.web.browser import Page

DAYS = 20


def ago(days: int) -> str:
    return (market.today() - timedelta(days=days)).isoformat()


def nest_egg(owner: Person, database: Database) -> Portfolio:
    """1,000.00 paid in 20 days ago; then 10 shares bought at 50.00 with a fee of 5.00. They stand at 60.00 now."""
    share = factory.share(database, symbol="ACME", name="Acme Works")
    worth.prices(database, share, {ago(days): "50" if days > 1 else "60" for days in range(DAYS, -1, -1)})
    made = owner.api.post("/v1/portfolios", {"name": "Nest egg"})
    portfolio = Portfolio(owner, made.json["id"])
    portfolio.add("deposit", quantity="1000", timestamp=f"{ago(DAYS)}T09:00:00Z")
    portfolio.add(
        "buy", asset_id=share, quantity="10", price="50", fee="5", timestamp=f"{ago(DAYS)}T15:00:00Z"
    )
    return portfolio


def row(page: Page, caption: str, head: str) -> list[str]:
    """The cells of a table's row, found by the table's caption and the first words of the row."""

    def found() -> list[str] | None:
        for table in page.all("main table"):
            if table.find_element("css selector", "caption").get_attribute("textContent") != caption:
                continue
            for line in table.find_elements("css selector", "tbody tr"):
                if line.find_element("css selector", "th").text.startswith(head):
                    return [cell.text for cell in line.find_elements("css selector", "td")]
        return None

    return page.until(found, f"a row {head} in the table {caption}")
