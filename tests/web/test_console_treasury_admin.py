"""The treasury tracker in the console: what administrators decide about snapshots and overrides."""

from __future__ import annotations

import pytest

from tests.conftest import Database
from tests.identity import factory as people
from tests.treasury.factory import candidate, current, propose, source, statuses
from tests.web.browser import Page
from tests.web.conftest import sign_in
from tests.web.portfolio_pages import row
from tests.web.test_console_everywhere import nameless
from tests.web.treasury_pages import DAY, EVIDENCE, TODAY, Tracked, find, tracked

REVIEW = "#/admin/treasury"
OVERRIDES = "#/admin/treasury?show=overrides"


@pytest.fixture
def known(page: Page, database: Database) -> Tracked:
    """Acme, which holds 1,000 bitcoins since two days ago, and Poor, which holds 10; an administrator is signed in."""
    found = tracked(database)
    sign_in(page, people.make_admin().email)
    page.title("Overview")
    return found


def waiting(database: Database, company: int, holdings: int | str, days_ago: int = 1, **fields: str) -> int:
    """A candidate that was read from a document and waits for a decision."""
    (found,) = propose(company, [candidate(TODAY - days_ago * DAY, holdings, **fields)], source(database))
    return int(found["id"])


def test_a_snapshot_is_approved_beside_what_was_approved_before(
    page: Page, database: Database, known: Tracked
) -> None:
    number = waiting(database, known.acme, 1200, evidence=EVIDENCE, confidence="0.75")
    page.open(REVIEW)
    found = row(page, "Snapshots", "ACME")
    assert found[0] == "1,200 BTC"
    assert found[1].splitlines()[:2] == ["+20.00 %", "from 1,000 BTC"]
    assert found[2].splitlines() == ["More than 5 % from the one before", "Read with little confidence"]
    assert EVIDENCE in found[3]
    assert "confidence 75.00 %" in found[3]
    page.press("Approve", f'[data-snapshot="{number}"]')
    page.sees("Nothing waits for a look.")
    assert current(database, known.acme)[0] == 1200


def test_a_rejection_needs_a_reason(page: Page, database: Database, known: Tracked) -> None:
    number = waiting(database, known.acme, 9999)
    page.open(REVIEW)
    page.press("Reject", f'[data-snapshot="{number}"]')
    page.press("Reject it")
    page.sees("Fill this in.")
    page.write("Why", "Those are dollars.")
    page.press("Reject it")
    page.sees("Nothing waits for a look.")
    page.press("Rejected", ".choice")
    page.sees("“Those are dollars.”")
    assert statuses(database, known.acme)[number] == "rejected"
    assert current(database, known.acme)[0] == 1000


def test_a_correction_approves_a_copy_with_the_right_values(
    page: Page, database: Database, known: Tracked
) -> None:
    number = waiting(database, known.acme, 11000)
    page.open(REVIEW)
    page.press("Correct", f'[data-snapshot="{number}"]')
    page.write("What was wrong", "A zero too many.")
    page.press("Approve it so")
    page.sees("Nothing is changed.")
    page.write("Holdings (BTC)", "1100")
    page.press("Approve it so")
    page.sees("Nothing waits for a look.")
    assert statuses(database, known.acme)[number] == "rejected"
    assert current(database, known.acme)[0] == 1100


def test_many_are_approved_at_once_and_what_was_decided_meanwhile_is_told(
    page: Page, database: Database, known: Tracked
) -> None:
    waiting(database, known.acme, 1010)
    other = waiting(database, known.poor, "10.1", days_ago=0)
    odd = waiting(database, known.acme, 5000, days_ago=0)
    page.open(REVIEW)
    page.press("Choose all without a flag")
    page.sees("2 are chosen.")
    database.run(
        "update treasury.holdings_snapshots set status = 'rejected', reviewed_at = now() where id = %s", other
    )
    page.press("Approve the chosen ones")
    page.press("Approve all of them?")
    page.sees(f"POOR of {page.call('core/format.js', 'day', TODAY.isoformat())} was decided about meanwhile")
    page.sees("None is chosen.")
    assert current(database, known.acme)[0] == 1010
    assert statuses(database, known.acme)[odd] == "pending"


def test_a_value_is_overridden_and_taken_back(page: Page, database: Database, known: Tracked) -> None:
    page.refusals.append("status of 4")  # the value that is no number
    page.open(OVERRIDES)
    page.sees("No value is overridden.")
    page.field("Company").send_keys("ACME")
    page.write("Value", "1,5")
    page.write("Why", "The filing left out a purchase.")
    page.press("Override it")
    page.until(lambda: page.all("[aria-invalid=true]"), "the value refused")
    page.write("Value", "1500")
    page.press("Override it")
    assert row(page, "Overrides", "ACME")[:4] == [
        "Current holdings", "1,500", "1,000", "The filing left out a purchase.",
    ]  # fmt: skip
    page.press("Take back Current holdings of ACME")
    page.press("Take back Current holdings of ACME")
    page.sees("No value is overridden.")
    page.press("Over")
    page.sees("The filing left out a purchase.")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_page_of_the_tracker_fits_and_everything_has_a_name(
    page: Page, database: Database, known: Tracked, width: int
) -> None:
    waiting(database, known.acme, 1200, evidence=EVIDENCE * 4, confidence="0.75")
    page.wide(width)
    find(database, known.acme, status="failed", last_error="The source answered with a page of HTML. " * 8)
    for place in (
        "#/treasury", f"#/treasury/{known.acme}", f"#/treasury/{known.poor}", "#/treasury/leaders", REVIEW, OVERRIDES,
        *(f"#/admin/treasury?show={part}" for part in ("companies", "sources", "jobs")),
        f"#/admin/treasury?show=companies&company={known.acme}", "#/admin/treasury?show=jobs&job=1",
    ):  # fmt: skip
        page.open(place)
        page.until(lambda: page.all("h1") and not page.all("[aria-busy=true], .loading"), f"{place} at rest")
        page.run("for (const each of document.querySelectorAll('main details')) each.open = true")
        over = page.run("const root = document.documentElement; return root.scrollWidth - root.clientWidth")
        assert over <= 0, f"{place} is {over} pixels too wide"
        assert nameless(page) == [], place
