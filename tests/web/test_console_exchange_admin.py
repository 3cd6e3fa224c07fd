"""What administrators do about the exchange in the console."""

from __future__ import annotations

import pytest

from tests.conftest import Database
from tests.exchange.factory import Trader, request_transfer
from tests.identity import factory as people
from tests.web.browser import Page
from tests.web.conftest import sign_in
from tests.web.exchange_pages import as_trader, market
from tests.web.portfolio_pages import row


@pytest.fixture
def grace(database: Database) -> Trader:
    return as_trader(database, people.sign_up("grace@example.com"))


@pytest.fixture
def office(page: Page, database: Database) -> None:
    """An administrator, signed in to the console."""
    admin = people.make_admin("root@example.com")
    sign_in(page, admin.email)
    page.title("Overview")


def test_a_vehicle_is_listed_halted_resumed_and_closed(page: Page, grace: Trader, office: None) -> None:
    page.open("#/admin/exchange")
    page.sees("Add a vehicle first.")
    page.write("Name", "Silver Roadster 1957")
    page.press("Add the vehicle")
    page.write("Seller's e-mail address", "nobody@example.com")
    page.write("Symbol", "roadster")
    page.write("Shares", "1000")
    page.write("Issue price (USD)", "100.30")
    page.write("Tick (USD)", "0.25")
    page.press("List the offering")
    page.sees("Nobody has this address.")
    page.write("Seller's e-mail address", "Grace@example.com")
    page.refusals += ["status of 422", "status of 409"]
    page.press("List the offering")
    page.sees("A price is a multiple of the tick_size, 0.25.")
    page.write("Issue price (USD)", "100.25")
    page.press("List the offering")
    page.sees("ROADSTER is listed, and trading begins.")
    found = row(page, "Offerings", "ROADSTER")
    assert found[0] == "Trading"
    assert found[2] == "1,000 shares\ntick 0.25, lot 1\naround the clock"

    page.press("Halt: ROADSTER")
    page.write("Why", "A look at the papers.")
    page.press("Halt", ".editor")
    page.until(lambda: row(page, "Offerings", "ROADSTER")[0] == "Halted\nA look at the papers.")
    page.press("Resume: ROADSTER")
    page.press("Resume", ".editor")
    page.until(lambda: row(page, "Offerings", "ROADSTER")[0] == "Trading")
    page.press("Close: ROADSTER")
    page.sees("it never trades again")
    page.press("Close", ".editor")
    page.until(lambda: row(page, "Offerings", "ROADSTER")[0] == "Closed")
    page.open("#/exchange/1")
    page.sees("This offering is closed: no auction is held in it any more.")


def test_transfers_are_confirmed_and_rejected_once(page: Page, grace: Trader, office: None) -> None:
    for amount in ("250.50", "99.00"):
        request_transfer(grace.api, "deposits", {"amount": amount, "reference": f"Order {amount}"})
    page.open("#/admin/transfers")
    assert row(page, "Deposits and withdrawals", "Deposit")[:4] == [
        "grace@example.com", "99.00", "Order 99.00", "Pending",
    ]  # fmt: skip
    page.press("Confirm the deposit of 250.50 USD of grace@example.com")
    page.sees("This cannot be undone.")
    page.write("Note", "On the statement of today")
    page.press("Confirm", ".editor")
    page.sees("The deposit of 250.50 USD is confirmed.")
    page.press("Reject the deposit of 99.00 USD of grace@example.com")
    page.press("Reject", ".editor")
    page.sees("No request is in this state.")
    assert str(grace.cash["balance"]) == "250.50"
    page.press("Confirmed", ".choice")
    page.until(
        lambda: row(page, "Deposits and withdrawals", "Deposit")[3] == "Confirmed\nOn the statement of today"
    )


def test_the_check_of_the_books_says_what_does_not_agree(
    page: Page, office: None, database: Database
) -> None:
    listed = market(database)
    page.open("#/admin/exchange")
    # 2 % of ten shares at 107.00
    assert row(page, "Earned commission", listed.symbol) == ["21.40"]
    page.press("Check now")
    page.sees("The books agree")
    listed.set(highest_bid="104.00")
    page.press("Check now")
    assert row(page, "What does not agree", "quote_is_book")[1:]
