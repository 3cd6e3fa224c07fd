"""One's own side of the exchange in the console: cash, holdings, orders, fills, ledger, days; and the leaderboard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Database
from tests.exchange import factory
from tests.exchange.days import funded, run_job, trade
from tests.exchange.factory import Offering, Trader
from tests.identity import factory as people
from tests.web.browser import Page
from tests.web.conftest import sign_in
from tests.web.exchange_pages import as_trader, market
from tests.web.portfolio_pages import row


@pytest.fixture
def listed(database: Database) -> Offering:
    return market(database)


@pytest.fixture
def grace(page: Page, database: Database, listed: Offering) -> Trader:
    """Somebody with 10,000.00 who is signed in to the console."""
    person = people.sign_up("grace@example.com")
    sign_in(page, person.email)
    page.title("Overview")
    return as_trader(database, person, cash="10000.00")


def test_holdings_fills_and_ledger_add_up(page: Page, grace: Trader, listed: Offering) -> None:
    factory.order(grace, listed, "buy", 5, "108.00")  # 540.00, and 10.80 commission
    factory.order(grace, listed, "sell", 2, "105.00")  # 210.00, for what had cost 216.00
    page.press("My exchange", ".menu")
    # 9,659.20 in cash, and three shares at 105.00
    page.until(lambda: page.one(".quote-price").text.startswith("9,974.20 USD"), "what all is worth")
    assert row(page, "Holdings", listed.symbol) == [
        "3", "0", "108.00", "105.00", "315.00", "−9.00\n−2.78 %", "−6.00",
    ]  # fmt: skip
    page.press("Fills")
    assert row(page, "My fills", "Sold 2 shares")[1:5] == ["105.00", "210.00", "0.00", "−6.00"]
    assert row(page, "My fills", "Bought 5 shares")[1:5] == ["108.00", "540.00", "10.80", ""]
    page.press("Ledger")
    assert row(page, "Ledger of my cash", "Commission")[0] == "−10.80"
    assert row(page, "Ledger of my cash", "Trade")[:2] == ["+210.00", "9,659.20"]
    assert row(page, "Ledger of my cash", "Deposit")[:2] == ["+10,000.00", "10,000.00"]


def test_orders_of_all_offerings_are_cancelled_at_once(
    page: Page, grace: Trader, listed: Offering, database: Database
) -> None:
    other = factory.offering(database)
    factory.order(grace, listed, "buy", 4, "104.00")
    factory.order(grace, other, "buy", 3, "90.00")
    factory.order(grace, listed, "buy", 1, "100.00", force="ioc")
    page.open("#/exchange/mine/orders")
    assert row(page, "My open orders", "Buy 3 shares")[:2] == [other.symbol, "90.00"]
    state = row(page, "All my orders", "Buy 1 share")[-2]
    assert state == "Cancelled\nwhat was not filled at once"
    page.press("Cancel all my orders")
    page.press("Really all?")
    page.sees("2 orders cancelled.")
    page.sees("You have no open orders.")
    assert row(page, "All my orders", "Buy 4 shares")[-2] == "Cancelled\nby you"
    assert grace.cash["reserved"] == 0


def test_cash_is_paid_in_and_out_and_followed_until_it_is_decided(
    page: Page, grace: Trader, database: Database
) -> None:
    page.refusals += ["status of 409"]
    page.open("#/exchange/mine/cash")
    page.until(lambda: page.one(".quote-price").text.startswith("10,000.00 USD"), "her cash")
    deposit, withdrawal = page.all(".halves form")
    deposit.find_element("name", "amount").send_keys("250.50")
    deposit.find_element("name", "reference").send_keys("Salary")
    page.press("Announce the deposit")
    page.sees("The deposit is announced.")
    assert row(page, "Deposits and withdrawals", "Deposit")[:3] == ["250.50", "Pending", "Salary"]

    withdrawal.find_element("name", "amount").send_keys("99999")
    page.press("Ask for the withdrawal")
    page.until(lambda: "10000.00" in page.one(".halves .failure").text, "what is available")
    withdrawal.find_element("name", "amount").clear()
    withdrawal.find_element("name", "amount").send_keys("1000")
    page.press("Ask for the withdrawal")
    page.until(lambda: page.one(".quote-price").text.startswith("9,000.00 USD"), "what is free then")

    office = factory.admin(database)
    (paid, asked) = reversed(grace.api.get("/v1/exchange/transfers?status=pending").json["items"])
    office.api.post(f"/v1/admin/exchange/transfers/{paid['id']}/confirm", {"note": "Seen."})
    page.until(lambda: page.one(".quote-price").text.startswith("9,250.50 USD"), "what came in")
    assert "Confirmed\nSeen." in row(page, "Deposits and withdrawals", "Deposit")
    page.press("Take back the withdrawal of 1,000.00")
    page.until(lambda: page.one(".quote-price").text.startswith("10,250.50 USD"), "what is free again")
    assert asked["kind"] == "withdrawal"


def test_a_trading_day_is_ranked_and_shown_to_whom_it_was(page: Page, database: Database) -> None:
    day = datetime(2026, 2, 3, tzinfo=UTC)
    person = people.sign_up("grace@example.com", display_name="Grace")
    grace = as_trader(database, person)
    factory.deposit(grace, 10_000, day - timedelta(days=1, hours=6))
    listed = factory.offering(database, at=day - timedelta(days=1, hours=6))
    rival = funded(database, 5_000, day - timedelta(days=1, hours=6))
    trade(listed, listed.seller, grace, 10, "100.00", day + timedelta(hours=15))
    trade(listed, listed.seller, rival, 1, "110.00", day + timedelta(hours=16))
    run_job(day + timedelta(hours=21, minutes=15))

    page.open("#/exchange/leaderboard")
    page.sees("3 people traded 2 times, for 1,110.00 USD.")
    # ten shares at 110.00 that cost 1,000.00, less 20.00 commission, of 10,000.00
    assert row(page, "Leaderboard", "Grace")[1:4] == ["+80.00", "+0.80 %", "10,080.00"]
    sign_in(page, person.email)
    page.title("Overview")
    page.open("#/exchange/mine/days")
    mine = row(page, "My trading days", "3 Feb 2026")
    assert mine[1:6] == ["+80.00\n+0.80 %", "0.00", "+100.00", "20.00", "10,080.00"]
    page.press("3 Feb 2026")
    page.title("Leaderboard")
    assert "Grace You" in page.until(lambda: page.one("tr.own th").text)
