"""The treasury tracker in the console: what everybody sees of companies and their coins."""

from __future__ import annotations

import pytest

from tests.conftest import Database
from tests.treasury.factory import override, reviewer
from tests.web.browser import Page
from tests.web.portfolio_pages import row
from tests.web.treasury_pages import EVIDENCE, FILING, Tracked, tracked


@pytest.fixture
def known(database: Database) -> Tracked:
    """Acme with mNAVs of 1.50, 1.80 and 1.74, and Poor, of which only its 10 bitcoins are known."""
    return tracked(database)


def listed(page: Page) -> list[str]:
    rows: list[str] = page.run(
        "return [...document.querySelectorAll('tr[data-company] strong')].map((each) => each.textContent)"
    )
    return rows


def test_the_list_says_what_companies_hold_and_why_a_figure_is_not_known(page: Page, known: Tracked) -> None:
    page.open("#/treasury")
    acme = row(page, "Companies", "ACME")
    assert acme[0] == "1,000 BTC\n5.00 % of all"  # 1,000 of 20,000
    assert acme[1] == "100.00 k"
    assert acme[2] == "150.00 k\nprice × basic shares"
    assert acme[3:6] == ["1.50×\n+50.00 %", "1.80×\n+80.00 %", "1.74×\n+74.00 %"]
    assert acme[7] == "2 days ago"
    poor = row(page, "Companies", "POOR")
    assert poor[1:4] == ["1.00 k", "unknown\nmarket cap not known", "unknown\nmarket cap not known"]
    total = row(page, "Totals by coin", "BTC")
    assert total[:4] == ["2", "1,010", "5.05 %", "101.00 k"]


def test_the_list_is_searched_sorted_and_narrowed(page: Page, known: Tracked) -> None:
    page.open("#/treasury")
    page.until(lambda: listed(page) == ["ACME", "POOR"], "the greatest value first")
    page.press("Miners")
    page.until(lambda: listed(page) == ["POOR"], "miners only")
    page.press("All", ".choice")
    page.write("Company, ticker or words", "acme")
    page.until(lambda: listed(page) == ["ACME"], "what fits the words")
    assert "q=acme" in page.driver.current_url
    page.press("Only companies that hold BTC")
    page.until(lambda: "asset=BTC" in page.driver.current_url)
    assert str(page.one("a[download]").get_attribute("href")).endswith("/v1/treasury/export.csv?asset=BTC")


def test_a_company_is_shown_with_the_document_that_says_so(page: Page, known: Tracked) -> None:
    page.open("#/treasury")
    page.press("ACME")
    page.title("ACME")
    page.sees("1,000 BTC")
    assert page.one(".evidence").text == EVIDENCE
    assert page.one("section.panel .figures a").get_attribute("href") == FILING
    assert row(page, "mNAV", "EV") == ["1.74×", "+74.00 %", "174.00 k\nmarket cap + debt + preferred − cash"]
    bought = row(page, "Purchases and sales", "")
    assert bought[:4] == ["+200", "15.00 k USD", "75.00 USD", "1,000"]
    # 800 coins before, 1,000 now, on as many shares: a quarter of 800 more
    assert row(page, "Growth of coins per share", "")[2].startswith("+25.00 %\n+200.00 BTC")
    page.sees("2 statements, from 800 BTC")
    page.press("Coins per share")
    page.sees("from 1.33333 BTC")
    page.sees("No day in this range was valued yet.")


def test_an_overridden_value_is_marked_with_what_is_stored(
    page: Page, database: Database, known: Tracked
) -> None:
    override(
        reviewer(database), known.acme, "current_holdings", "1200", reason="The filing left out a purchase."
    )
    page.open(f"#/treasury/{known.acme}")
    page.sees("1,200 BTC")
    assert row(page, "Overridden values", "Current holdings")[:3] == [
        "1,200",
        "1,000",
        "The filing left out a purchase.",
    ]
    page.sees("What is shown above stands in for what this document states.")
    page.open("#/treasury")
    assert "overridden" in row(page, "Companies", "ACME")[0].lower()
