"""Portfolios in the console, as people use them: making one, booking, reading the report, importing and exporting."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.conftest import Database
from tests.identity import factory as people
from tests.identity.factory import Person
from tests.market import factory as market
from tests.portfolio import factory, worth
from tests.portfolio.through_api import Portfolio
from tests.web.browser import Page
from tests.web.test_console import sign_in

DAYS = 20


def ago(days: int) -> str:
    return (market.today() - timedelta(days=days)).isoformat()


@pytest.fixture
def ada(page: Page, database: Database) -> Person:
    """Somebody signed in to the console."""
    person = people.sign_up("ada@example.com")
    sign_in(page, person.email)
    page.title("Overview")
    return person


@pytest.fixture
def kept(ada: Person, database: Database) -> Portfolio:
    """1,000.00 paid in 20 days ago; then 10 shares bought at 50.00 with a fee of 5.00. They stand at 60.00 now."""
    share = factory.share(database, symbol="ACME", name="Acme Works")
    worth.prices(database, share, {ago(days): "50" if days > 1 else "60" for days in range(DAYS, -1, -1)})
    made = ada.api.post("/v1/portfolios", {"name": "Nest egg"})
    portfolio = Portfolio(ada, made.json["id"])
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


def test_a_file_is_looked_at_corrected_and_imported(page: Page, kept: Portfolio, tmp_path: Path) -> None:
    file = tmp_path / "broker.csv"
    file.write_text(
        "Date,Action,Symbol,Quantity,Price,Currency,Fees\n"
        f"{ago(5)},Buy,ACME,2,50,USD,1\n"
        f"{ago(4)},Hop,ACME,1,50,USD,0\n"
        f"{ago(3)},Buy,NOPE,1,10,USD,0\n"
    )
    page.open(f"#/portfolios/{kept.id}/files")
    page.press("Look at what would be imported")
    page.sees("Fill this in.")
    page.field("File").send_keys(str(file))
    page.press("Look at what would be imported")
    page.sees("2 errors to put right")
    page.sees("NOPE is not matched with an asset: choose it below")
    page.sees("'Hop' is no type that is known.")
    page.until(lambda: not page.all(".preview [aria-busy=true]"))
    assert len(kept.transactions()) == 2

    page.field("Word in the file").send_keys("Hop")
    page.field("Means the kind").send_keys("Sell")
    page.press("Check again with this word")
    page.sees("1 error to put right")
    page.press("Leave out 1 line with errors")
    page.sees("2 transactions would be imported")
    assert len(kept.transactions()) == 2
    page.press("Import 2 transactions")
    page.sees("2 transactions are imported.")
    assert sorted(each["type"] for each in kept.transactions()) == ["buy", "buy", "deposit", "sell"]

    page.field("File").send_keys(str(file))
    page.press("Look at what would be imported")
    page.sees("Stored already: 1.")


def test_an_export_is_saved_under_its_name(page: Page, kept: Portfolio) -> None:
    page.open(f"#/portfolios/{kept.id}/files")
    page.run(
        "window.saved = []; const make = URL.createObjectURL;"
        "URL.createObjectURL = (blob) => { blob.text().then((text) => saved.push(text)); return make(blob); };"
        "HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };"
    )
    page.press("Export as CSV")
    page.until(lambda: len(page.run("return saved")) == 2, "the file")
    saved = sorted(page.run("return saved"), key=len)
    assert saved == [f"nest-egg-{ago(0)}.csv", kept.get("export?format=csv").text]


def test_a_rule_says_what_it_finds_and_its_limit_can_be_set(page: Page, kept: Portfolio) -> None:
    page.open(f"#/portfolios/{kept.id}")
    page.sees("ACME@NASDAQ is 54.79 % of the portfolio, the largest position; the limit is 25 %.")
    page.press("Change the rule Largest position")
    page.write("At most (%)", "60")
    page.press("Save rule")
    page.sees("the largest position; the limit is 60 %.")
    assert kept.shown("rules")["items"][0]["status"] == "ok"


def test_settings_are_changed_and_a_portfolio_is_deleted(page: Page, kept: Portfolio) -> None:
    page.open(f"#/portfolios/{kept.id}/settings")
    page.write("Name", "Hen house")
    page.field("Cost of what is sold").send_keys("First")
    page.press("Save settings")
    page.title("Hen house")
    page.sees("First in, first out")
    page.press("Delete the portfolio")
    page.press("Delete it for good?")
    page.sees("“Hen house” is deleted.")
    page.sees("You have no portfolio yet.")


def test_somebody_elses_portfolio_is_not_shown(page: Page, ada: Person, database: Database) -> None:
    bob = people.sign_up("bob@example.com")
    number = bob.api.post("/v1/portfolios", {"name": "Bob's"}).json["id"]
    page.refusals.append("status of 404")
    page.open(f"#/portfolios/{number}")
    page.sees(f"You have no portfolio {number}.")
    assert "Bob's" not in page.text()
