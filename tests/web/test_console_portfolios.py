"""Portfolios in the console, as people use them: making one, booking, reading the report."""

from __future__ import annotations

from typing import Any

from selenium.webdriver.common.keys import Keys

from tests.conftest import Database
from tests.identity.factory import Person
from tests.market import factory as market
from tests.portfolio import factory, worth
from tests.portfolio.through_api import Portfolio
from tests.web.browser import Page
from tests.web.portfolio_pages import ago, row


def _label(page: Page, beginning: str) -> str | None:
    """The label of the button that begins so."""
    labels = (each.get_attribute("aria-label") or "" for each in page.all("main button"))
    return next((label for label in labels if label.startswith(beginning)), None)


def take_asset(page: Page, words: str) -> None:
    """Finds an asset in the form of a transaction, and takes it."""
    page.field("Asset").send_keys(words)
    page.until(lambda: page.one("main [role=option]"), f"an asset called {words}").click()


def test_a_newcomer_makes_a_portfolio_and_books_a_first_purchase(
    page: Page, ada: Person, database: Database
) -> None:
    bitcoin = market.asset_id(database, "BTC")
    worth.prices(database, bitcoin, {ago(1): "40000", ago(0): "44000"})
    page.press("Portfolios", ".menu")
    page.sees("You have no portfolio yet.")
    page.press("Create portfolio")
    page.sees("Fill this in.")
    page.write("Name", "Mine")
    page.write("Currency", "usd")
    page.press("Create portfolio")
    page.title("Mine")
    page.sees("No transactions yet.")

    page.press("Enter a transaction")
    page.write("Quantity", "0.5")
    page.write("Price for each", "40000")
    page.set_date("When, in UTC", f"{ago(1)}T12:00")
    page.press("Book it")
    page.sees("Find the asset and take it.")
    take_asset(page, "bitc")
    page.press("Book it")
    page.sees("a deposit of 20,000.00 USD is taken as made")
    assert row(page, "Transactions", "Buy BTC")[1:3] == ["0.5", "40,000.00 USD"]

    page.press("Overview", ".tabs")
    page.until(lambda: page.one(".quote-price").text.startswith("22,000.00 USD"), "the portfolio's value")
    page.sees("+2,000.00 (+10.00 %) today")
    page.press("Portfolios", ".menu")
    page.until(lambda: row(page, "My portfolios", "Mine")[:2] == ["22,000.00 USD", "+2,000.00 (+10.00 %)"])


def test_the_report_names_its_measures_and_its_parts_add_up(page: Page, kept: Portfolio) -> None:
    page.open(f"#/portfolios/{kept.id}?range=max")
    page.title("Nest egg")
    # worth 1,095.00: 495.00 in cash after the fee, and ten shares at 60.00
    page.until(lambda: page.one(".quote-price").text.startswith("1,095.00 USD"), "the portfolio's value")

    told: dict[str, Any] = kept.shown("performance?range=max")
    for key, title in (
        ("time_weighted", "Time-weighted"),
        ("money_weighted", "Money-weighted"),
        ("simple", "Simple"),
    ):
        cells = row(page, "Return by three measures", title)
        assert cells[0] == "+9.50 %"
        assert cells[2] == "+95.00 USD"
        assert cells[3:] == [told[key]["method"], told[key]["denominator"]]

    bridge = {
        name: row(page, "From the opening to the closing value", name)[0]
        for name in ("Opening value", "Paid in, net", "Unrealised gains", "Fees", "Closing value")
    }
    assert bridge == {
        "Opening value": "0.00", "Paid in, net": "+1,000.00", "Unrealised gains": "+100.00",
        "Fees": "−5.00", "Closing value": "1,095.00",
    }  # fmt: skip

    assert row(page, "Positions and cash", "ACME") == [
        "10", "50.00 USD", "60.00 USD", "600.00 USD", "+100.00 USD\n+20.00 %", "54.79 %",
    ]  # fmt: skip
    assert row(page, "Positions and cash", "USD")[3:] == ["495.00 USD", "", "45.21 %"]
    page.press("Type")
    assert row(page, "Allocation by type", "Stock")[1] == "600.00 USD"


def test_the_range_and_what_is_drawn_stand_in_the_address(page: Page, kept: Portfolio) -> None:
    page.open(f"#/portfolios/{kept.id}?range=1W")
    page.sees("8 days, from")
    page.press("Return", ".filters")
    page.sees("from 100.00 on")
    page.press("1M")
    page.until(lambda: "range=1M&show=return" in page.driver.current_url)
    page.driver.refresh()
    page.sees("from 100.00 on")
    page.press("Show as a table")
    assert row(page, "Value by day", page.one(".closes tbody th").text)[:2] == ["1,095.00", "1,000.00"]
    page.one(".chart svg").send_keys(Keys.END)
    page.until(lambda: "109.50" in page.one(".chart-tip").text)


def test_what_is_not_known_is_said_with_the_reason(page: Page, kept: Portfolio, database: Database) -> None:
    dark = factory.share(database, symbol="DARK", name="Unpriced")
    kept.add("buy", asset_id=dark, quantity="1", price="10", timestamp=f"{ago(3)}T15:00:00Z")
    page.open(f"#/portfolios/{kept.id}?range=1M")
    page.sees("The value of some days is not known.")
    page.sees("no price of DARK")
    cells = row(page, "Positions and cash", "DARK")
    assert cells[2] == "unknown\nno price of the last ten days"
    assert cells[3].startswith("unknown")
    assert cells[5] == "unknown"
    page.sees("Not counted, because the value is not known:")
    page.sees("Together, as far as known")
    assert row(page, "Return by three measures", "Time-weighted")[0].startswith("unknown\n")
    page.sees("DARK@NASDAQ is not known today.")
    page.open("#/portfolios")
    page.until(lambda: row(page, "My portfolios", "Nest egg")[0].startswith("unknown\nno price of DARK"))


def test_a_foreign_position_is_told_in_both_currencies(
    page: Page, kept: Portfolio, database: Database
) -> None:
    made = kept.owner.api.post("/v1/portfolios", {"name": "At home", "currency": "EUR"})
    home = Portfolio(kept.owner, made.json["id"])
    (share,) = [each["asset_id"] for each in kept.shown("positions")["items"]]
    home.add("buy", asset_id=share, quantity="10", price="50", timestamp=f"{ago(2)}T15:00:00Z")

    page.open(f"#/portfolios/{home.id}?range=1W")
    unrated = "unknown\nno exchange rate of the last seven days"
    page.until(lambda: row(page, "Positions and cash", "ACME")[3] == f"{unrated}\n600.00 USD")
    page.sees("no exchange rate of USD")
    assert page.one(".quote-price").text.startswith("unknown\n")

    worth.rates(database, "EUR", {ago(days): "1.25" for days in range(4, -1, -1)})
    page.driver.refresh()
    page.until(lambda: row(page, "Positions and cash", "ACME")[3] == "480.00 EUR\n600.00 USD")
    assert row(page, "From the opening to the closing value", "Paid in, net") == ["+400.00"]
    # the dollars that the purchase took were paid in for it: none are left, so no line tells of any
    heads = [each.text for each in page.all("main tbody th")]
    assert not any(head.startswith("USD") for head in heads)


def test_a_purchase_is_booked_with_the_keyboard_alone(page: Page, kept: Portfolio) -> None:
    page.open(f"#/portfolios/{kept.id}/transactions")
    add = page.until(lambda: next((each for each in page.all("main button") if "Enter" in each.text), None))
    add.send_keys(Keys.ENTER)

    def press(*keys: str) -> None:
        page.driver.switch_to.active_element.send_keys(*keys)

    assert page.driver.switch_to.active_element == page.field("Kind")
    page.field("Asset").send_keys("acme")
    page.until(lambda: page.one("main [role=option]"), "the asset")
    press(Keys.ARROW_DOWN, Keys.ENTER)
    page.until(lambda: page.driver.switch_to.active_element.text == "Change", "the asset taken")
    press(Keys.TAB)
    press("3", Keys.TAB)
    press("55", Keys.ENTER)
    page.sees("It is booked.")
    assert page.driver.switch_to.active_element.text == "Enter a transaction"
    assert [each["quantity"] for each in kept.transactions() if each["price"] == "55"] == ["3"]


def test_a_transaction_is_corrected_and_deleted(page: Page, kept: Portfolio) -> None:
    page.open(f"#/portfolios/{kept.id}/transactions")
    (buy,) = [each for each in kept.transactions() if each["type"] == "buy"]
    name = page.until(lambda: _label(page, "Edit Buy ACME"), "the purchase")
    page.press(name)
    assert page.field("Quantity").get_attribute("value") == "10"
    assert page.field("Fee").get_attribute("value") == "5"
    page.write("Quantity", "12")
    page.press("Save the correction")
    page.until(lambda: row(page, "Transactions", "Buy ACME")[1] == "12", "the new quantity")
    (again,) = [each for each in kept.transactions() if each["type"] == "buy"]
    assert again["quantity"].rstrip("0").rstrip(".") == "12"
    assert {key: again[key] for key in ("timestamp", "price", "fee", "currency")} == {
        key: buy[key] for key in ("timestamp", "price", "fee", "currency")
    }

    page.press(name)
    page.write("Quantity", "12,5")
    page.press("Save the correction")
    page.sees("with a point before decimals")
    page.press("Cancel")
    page.press(name.replace("Edit", "Delete"))
    page.press(name.replace("Edit", "Delete"))
    page.sees("The transaction is deleted")
    page.until(lambda: [each["type"] for each in kept.transactions()] == ["deposit"])


def test_a_sale_of_more_than_is_held_is_refused_in_words(page: Page, kept: Portfolio) -> None:
    page.open(f"#/portfolios/{kept.id}/transactions")
    page.press("Enter a transaction")
    page.field("Kind").send_keys("Sell")
    take_asset(page, "acme")
    page.write("Quantity", "11")
    page.write("Price for each", "60")
    page.refusals.append("status of 409")
    page.press("Book it")
    page.sees("11 were to go but 10")
    assert page.field("Quantity").get_attribute("value") == "11"
    assert len(kept.transactions()) == 2
