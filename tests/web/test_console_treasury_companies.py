"""What administrators do about companies in the console: their fields, the ids at their sources, their financials."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import queue
from chalicelib.treasury import scraping
from local.standins import Histories, Server
from tests.conftest import Database
from tests.identity import factory as people
from tests.treasury.factory import override, reviewer
from tests.treasury.scraped import LARKSPUR, larkspur, outside_world
from tests.web.browser import Page
from tests.web.conftest import sign_in
from tests.web.portfolio_pages import row
from tests.web.treasury_pages import DAY, TODAY, Tracked, tracked

COMPANIES = "#/admin/treasury?show=companies"


@pytest.fixture
def known(page: Page, database: Database) -> Tracked:
    """Acme and Poor; an administrator is signed in."""
    found = tracked(database)
    sign_in(page, people.make_admin().email)
    page.title("Overview")
    return found


@pytest.fixture
def edgar(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A stand-in of the SEC, which knows Larkspur."""
    with outside_world(monkeypatch, Histories.simulated()) as running:
        yield running


def stored(database: Database, company_id: int) -> dict[str, Any]:
    return database.row("select * from treasury.companies where id = %s", company_id)


def work(database: Database) -> None:
    """Does the scraper jobs that somebody rang for."""
    for name, number in list(database.rung):
        if name == queue.SCRAPE.name:
            scraping.work_on(number)
    database.rung.clear()


def test_a_company_is_added_and_its_page_opens(page: Page, database: Database, known: Tracked) -> None:
    page.refusals.append("status of 4")
    page.open(COMPANIES)
    page.press("Add a company")
    page.write("Ticker", "newc")
    page.write("Name", "New Coins")
    page.write("Coin", "nope")
    page.press("Add the company")
    page.sees("There is no coin NOPE in the catalogue: add it there first.")
    page.write("Coin", "btc")
    page.write("Confidence for approval", "0.3")
    page.press("Add the company")
    page.sees("From 0.5 to 1, with a point, such as 0.95.")
    page.write("Confidence for approval", "0.95")
    page.press("Add the company")
    page.sees("NEWC · New Coins")
    page.sees("It is looked for nowhere")
    made = database.row("select * from treasury.companies where ticker = 'NEWC'")
    assert (made["external_id"], made["auto_approve_confidence"]) == ("newc", Decimal("0.95"))
    assert page.driver.current_url.endswith(f"company={made['id']}")


def test_only_what_was_changed_is_stored_and_an_override_is_not_written_over_what_it_stands_in_for(
    page: Page, database: Database, known: Tracked
) -> None:
    override(reviewer(database), known.acme, "name", "Acme, Renamed")
    page.open(COMPANIES)
    assert row(page, "Companies", "ACME")[0] == "BTC"
    page.press("Look after ACME (BTC)")
    page.sees("Overridden: Acme, Renamed is shown.")
    assert page.field("Name").get_attribute("value") == "Acme Holdings"
    page.press("Save the changes")
    page.sees("Nothing is changed.")
    page.write("Country", "ch")
    page.pick("Tier", "3")
    page.press("Save the changes")
    page.sees("ACME: country, tier saved.")
    held = stored(database, known.acme)
    assert (held["name"], held["country"], held["tier"]) == ("Acme Holdings", "CH", 3)
    page.until(lambda: page.field("Country").get_attribute("value") == "CH", "what is stored now")
    page.write("Country", "")
    page.press("Save the changes")
    page.until(lambda: stored(database, known.acme)["country"] is None, "it is empty again")


def test_a_company_leaves_the_lists_and_comes_back(page: Page, database: Database, known: Tracked) -> None:
    page.open(f"{COMPANIES}&company={known.poor}")
    page.press("Stop tracking it")
    page.press("Leaves all lists. Really?")
    page.sees(f"Its number is {known.poor}.")
    assert stored(database, known.poor)["is_active"] is False
    page.press("All companies")
    row(page, "Companies", "ACME")
    assert not page.all("tr[data-company] a[href$='treasury/2']")
    page.press("Companies that are not tracked any more")
    row(page, "Not tracked any more", "POOR")
    page.open(f"{COMPANIES}&company={known.poor}")
    page.press("Track it again")
    page.sees("POOR is tracked again.")
    assert stored(database, known.poor)["is_active"] is True


def test_an_id_is_verified_by_the_sources_own_record_before_it_is_used(
    page: Page, database: Database, known: Tracked, edgar: Server
) -> None:
    page.refusals.append("status of 4")
    lrks = larkspur(database)
    for company, words in ((known.acme, "Does not agree"), (lrks, "the ticker LRKS agrees")):
        page.open(f"{COMPANIES}&company={company}")
        page.sees("It is looked for nowhere")
        page.press("Add another id")
        page.write("CIK", "MSTR")
        page.press("Add and verify")
        page.sees("A CIK has up to ten digits, such as 0001050446.")
        page.write("CIK", "9990001")
        page.press("Add and verify")
        page.sees("Being verified")
        work(database)
        page.sees(words)
    assert row(page, "Where companies are found", "SEC EDGAR")[0] == f"{LARKSPUR}\npriority 5"
    assert row(page, "Where companies are found", "SEC EDGAR")[1].startswith("Active")
    page.write("CIK", "9990001")
    page.press("Add and verify")
    page.sees("The company is looked for under this id at this source already.")


def test_an_id_is_switched_off_and_on_and_changed(
    page: Page, database: Database, known: Tracked, edgar: Server
) -> None:
    page.refusals.append("status of 4")
    lrks = larkspur(database)
    page.open(f"{COMPANIES}&company={lrks}")
    page.press("Add another id")
    page.write("CIK", "9990001")
    page.press("Add and verify")
    page.sees("Being verified")
    work(database)
    page.press("Switch off: SEC EDGAR for LRKS")
    page.press("Switch off: SEC EDGAR for LRKS")
    page.press("Switch on: SEC EDGAR for LRKS")
    page.press("Change: SEC EDGAR for LRKS")
    page.press("Save", ".editor")
    page.sees("Nothing is changed.")
    page.pick("Priority", "2")
    page.press("Save", ".editor")
    page.until(lambda: row(page, "Where companies are found", "SEC EDGAR")[0] == f"{LARKSPUR}\npriority 2")
    assert row(page, "Where companies are found", "SEC EDGAR")[1].startswith("Active")


def test_a_mistyped_id_is_deleted_and_one_that_is_looked_at_is_not(
    page: Page, database: Database, known: Tracked, edgar: Server
) -> None:
    lrks = larkspur(database)
    page.open(f"{COMPANIES}&company={lrks}")
    page.press("Add another id")
    page.write("CIK", "9990404")
    page.press("Add and verify")
    page.sees("Being verified")
    work(database)
    page.press("Delete: SEC EDGAR for LRKS")
    page.press("Delete: SEC EDGAR for LRKS")
    page.sees("It is looked for nowhere")
    assert database.rows("select from treasury.company_sources where company_id = %s", lrks) == []
    page.write("CIK", "9990001")
    page.press("Add and verify")
    page.sees("Being verified")
    work(database)
    page.sees("the ticker LRKS agrees")
    assert page.all("[aria-label='Switch off: SEC EDGAR for LRKS']")
    assert not page.all("[aria-label='Delete: SEC EDGAR for LRKS']")


def test_what_a_company_holds_is_entered_by_hand_and_waits(
    page: Page, database: Database, known: Tracked
) -> None:
    page.refusals.append("status of 4")
    page.open(f"{COMPANIES}&company={known.acme}")
    page.press("Enter by hand what it holds")
    page.set_date("As of", TODAY.isoformat())
    page.write("Holdings (BTC)", "1250.5")
    page.write("Shares", "600")
    page.write("Where it is stated", "the company's web page")
    page.press("Enter it")
    page.sees("Say what the shares count")
    page.pick("Which shares", "Assumed diluted")
    page.press("Enter it")
    page.sees("It waits for its approval.")
    page.press("What waits")
    assert row(page, "Snapshots", "ACME")[0] == "1,250.5 BTC\n600.00 shares"


def test_financials_begin_on_a_day_and_are_taken_out_again(
    page: Page, database: Database, known: Tracked
) -> None:
    page.refusals.append("status of 4")
    page.open(f"{COMPANIES}&company={known.acme}")
    # text in the cells: market cap, debt, preferred equity, cash, three share counts, cost of a coin
    first = page.call("core/format.js", "day", (TODAY - 30 * DAY).isoformat())
    assert row(page, "Financials", first)[1:4] == ["20.00 k", "5.00 k", "1.00 k"]
    page.press("Add what holds from a day on")
    page.press("Add these figures")
    page.sees("Fill this in.")
    page.set_date("From", (TODAY - 30 * DAY).isoformat())
    page.write("Where it is known from", "10-Q")
    page.write("Debt", "30,000")
    page.press("Add these figures")
    page.sees("Digits, with a point before decimals and no separators.")
    page.write("Debt", "30000")
    page.press("Add these figures")
    page.sees("There are financials of this company from that date on already")
    page.set_date("From", (TODAY - 5 * DAY).isoformat())
    page.press("Add these figures")
    second = page.call("core/format.js", "day", (TODAY - 5 * DAY).isoformat())
    page.sees(f"These figures hold from {second} on.")
    # what is left empty is taken over from the row before, unless somebody says otherwise
    assert row(page, "Financials", second)[1:4] == ["30.00 k", "5.00 k", "1.00 k"]
    page.until(lambda: len(page.all("tr[data-financials]")) == 2)
    page.run(
        "const day = document.querySelector('input[aria-label=\"Only what held on this day\"]');"
        "day.value = arguments[0]; day.dispatchEvent(new Event('change'))",
        (TODAY - 10 * DAY).isoformat(),
    )
    page.until(lambda: len(page.all("tr[data-financials]")) == 1, "what held then")
    assert row(page, "Financials", first)[1] == "20.00 k"
    page.open(f"{COMPANIES}&company={known.acme}&again")
    page.press(f"Take out the figures from {second} on")
    page.press(f"Take out the figures from {second} on")
    page.until(lambda: len(page.all("tr[data-financials]")) == 1, "one row less")
    assert "and since" in page.one("tr[data-financials] th").text
