"""The leader tables in the console: who is ranked for what, and who is not, with the reason."""

from __future__ import annotations

import pytest

from tests.conftest import Database
from tests.treasury.factory import coin, company, snapshot
from tests.web.browser import Page
from tests.web.portfolio_pages import row
from tests.web.treasury_pages import DAY, TODAY, Tracked, tracked


@pytest.fixture
def known(database: Database) -> Tracked:
    """Acme with 100,000.00 of bitcoins and an mNAV of 1.50; Poor, a miner, with 1,000.00."""
    return tracked(database)


def test_companies_are_ranked_by_value_purchases_premium_and_yield(page: Page, known: Tracked) -> None:
    page.open("#/treasury/leaders")
    page.title("Leader tables")
    assert row(page, "Most coins, by value", "ACME") == ["1", "100.00 k\n1,000 BTC"]
    assert row(page, "Most coins, by value", "POOR") == ["2", "1.00 k\n10 BTC"]
    assert row(page, "Highest premium", "ACME") == ["1", "1.50×\n+50.00 %"]
    assert row(page, "Lowest premium", "ACME") == ["1", "1.50×\n+50.00 %"]
    # 200 bought two days ago, at 100.00 today
    assert row(page, "Bought lately, by value today", "ACME") == ["1", "20.00 k\n+200 BTC"]
    page.press("ACME", "main tbody")
    page.title("ACME")


def test_who_is_not_ranked_is_named_with_the_reason_in_words(
    page: Page, database: Database, known: Tracked
) -> None:
    nothing = company(database, ticker="NONE", name="Nothing Approved")
    snapshot(database, nothing, TODAY - DAY, 5, "pending")
    priceless = company(database, ticker="DULL", asset_id=coin(database, symbol="DULL"))
    snapshot(database, priceless, TODAY - DAY, 5, "approved")
    page.open("#/treasury/leaders")
    for words in (
        "Value: no price of the coin\nDULL",
        "Value: nothing approved yet\nNONE",
        "mNAV and premium: miners: they hold what they mine\nPOOR",
        "Yield this year: miners: they hold what they mine\nPOOR",
    ):
        page.sees(words)
    # what it bought is known, what that is worth is not
    snapshot(database, priceless, TODAY, 9, "approved")
    page.open("#/treasury/leaders?days=7")
    assert row(page, "Bought lately, by value today", "DULL") == [
        "1",
        "unknown\nno price of the coin\n+4 DULL",
    ]


def test_the_tables_are_narrowed_to_a_coin_and_that_stays_in_the_address(
    page: Page, database: Database, known: Tracked
) -> None:
    ether = company(database, ticker="ETHR", asset_id=coin(database, "10", "ETH"))
    snapshot(database, ether, TODAY - DAY, 50, "approved")
    page.open("#/treasury/leaders")
    row(page, "Most coins, by value", "ETHR")
    page.pick("Only companies that hold", "ETH")
    page.until(lambda: "ACME" not in page.one(".boards").text, "only who holds ether")
    assert row(page, "Most coins, by value", "ETHR")[0] == "1"
    assert "asset=ETH" in page.driver.current_url
    page.press("Week")
    page.until(lambda: "days=7" in page.driver.current_url)


PREMIUMS = [
    ("1.74", "74.00"),
    ("0.604", "-39.60"),
    ("1", "0.00"),
    ("0.9999", "-0.01"),
    ("12.345678", "1134.57"),
]


def test_a_premium_is_what_is_paid_above_the_coins_value(page: Page, database: Database) -> None:
    page.open("#/nothing")
    page.title("Nothing here")
    for multiple, expected in PREMIUMS:
        assert page.call("views/treasury/words.js", "premium", multiple) == expected
    assert page.call("views/treasury/words.js", "premium", None) is None
