"""Overrides in the console: what is stored beside what is to be shown, and many at once from a spreadsheet's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Database
from tests.identity import factory as people
from tests.treasury.factory import override, reviewer
from tests.web.browser import Page
from tests.web.conftest import sign_in
from tests.web.portfolio_pages import row
from tests.web.treasury_pages import Tracked, tracked

OVERRIDES = "#/admin/treasury?show=overrides"
HEAD = "Ticker,Field,Value,Reason,Expires\n"


@pytest.fixture
def known(page: Page, database: Database) -> Tracked:
    """Acme, which holds 1,000 bitcoins, and Poor with 10; an administrator is signed in and looks at the overrides."""
    found = tracked(database)
    sign_in(page, people.make_admin().email)
    page.title("Overview")
    page.open(OVERRIDES)
    return found


def choose(page: Page, file: Path, content: str | bytes) -> None:
    """Chooses a file and has it looked at."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    if not page.all("details.panel[open]"):
        page.press("Override many, from a spreadsheet")
    page.field("CSV file").send_keys(str(file))
    page.press("Look at what it would do")


def active(database: Database) -> list[tuple[str, str]]:
    rows = database.rows(
        "select field, override_value as value from treasury.company_overrides where is_active order by field"
    )
    return [(each["field"], each["value"]) for each in rows]


def test_what_is_stored_and_what_stands_in_for_it_is_said_before_a_value_is_overridden(
    page: Page, database: Database, known: Tracked
) -> None:
    page.sees("Stored now: 1,000.")
    page.pick("What", "Total debt")
    page.sees("Stored now: 20,000.")
    page.pick("Company", "POOR")
    page.sees("Nothing is stored.")
    override(reviewer(database), known.acme, "total_debt", "25000")
    page.pick("Company", "ACME")
    page.sees("Stored now: 20,000. Overridden with 25,000 already: that override ends.")


def test_the_same_value_can_be_overridden_again_after_it_was_taken_back(
    page: Page, database: Database, known: Tracked
) -> None:
    for _ in range(2):
        page.until(lambda: page.field("Company").is_enabled())
        page.write("Value", "1500")
        page.write("Why", "The filing left out a purchase.")
        page.press("Override it")
        row(page, "Overrides", "ACME")
        assert active(database) == [("current_holdings", "1500")]
        page.press("Take back Current holdings of ACME")
        page.press("Take back Current holdings of ACME")
        page.sees("No value is overridden.")
        assert active(database) == []


def test_a_file_is_looked_at_first_and_then_done_as_a_whole(
    page: Page, database: Database, known: Tracked, tmp_path: Path
) -> None:
    override(reviewer(database), known.acme, "tier", "3")
    choose(
        page, tmp_path / "overrides.csv",
        HEAD + "ACME,current_holdings,1200,A purchase is missing.,2099-01-31\nACME,tier,1,It buys every week.,\n",
    )  # fmt: skip
    page.sees("2 values would be overridden")
    assert row(page, "What the file would do", "ACME") == [
        "2", "Current holdings", "1,000", "1,200", "A purchase is missing.", "31 Jan 2099, 00:00 UTC",
    ]  # fmt: skip
    page.sees("overridden with 3")
    assert active(database) == [("tier", "3")], "looking changes nothing"
    page.press("Override these 2 values")
    page.sees("2 values are overridden.")
    assert active(database) == [("current_holdings", "1200"), ("tier", "1")]
    page.until(lambda: len(page.all("tr[data-override]")) == 2, "both in the list")
    assert "from a spreadsheet" in row(page, "Overrides", "ACME")[3]


def test_what_is_wrong_is_told_line_by_line_and_nothing_can_be_done_before_it_is_right(
    page: Page, database: Database, known: Tracked, tmp_path: Path
) -> None:
    page.press("Override many, from a spreadsheet")
    page.press("Look at what it would do")
    page.sees("Fill this in.")
    choose(
        page, tmp_path / "overrides.csv",
        HEAD + "ACME,tier,1,It buys every week.,\nACME,market_cap,\"1,234\",Rounded.,\nNOBODY,tier,1,Why not.,\n"
        "ACME,colour,red,It is pretty.,\n",
    )  # fmt: skip
    page.sees("3 problems to put right")
    told = [
        [cell.text for cell in each.find_elements("css selector", "td")] for each in page.all("tr[data-line]")
    ]
    assert told[0][:2] == ["3", "value"]
    assert "may be a thousand times as much" in told[0][2]
    assert told[1] == ["4", "company", "There is no company NOBODY."]
    assert told[2] == ["5", "field", "colour is no field that can be overridden."]
    page.sees("What the other lines would do")
    assert not [each for each in page.all("button") if each.text.startswith("Override these")]
    assert active(database) == []


def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(
    page: Page, known: Tracked, tmp_path: Path
) -> None:
    choose(page, tmp_path / "latin.csv", (HEAD + "ACME,leader,Jürgen,A new one.,\n").encode("latin-1"))
    page.sees("This is no text in UTF-8. Save it from the spreadsheet as “CSV UTF-8”.")
    choose(page, tmp_path / "empty.csv", "\n")
    page.sees("The file is empty.")
    choose(page, tmp_path / "large.csv", HEAD + "x" * 1_000_001)
    page.sees("The file has more than 1 MB. Split it.")
    choose(page, tmp_path / "columns.csv", "a,b\n1,2\n")
    page.sees("1 problem to put right")


def test_what_changed_between_the_look_and_the_import_is_told_by_line(
    page: Page, database: Database, known: Tracked, tmp_path: Path
) -> None:
    page.refusals.append("status of 422")
    choose(page, tmp_path / "overrides.csv", HEAD + "POOR,tier,1,It buys every week.,\n")
    page.sees("1 value would be overridden")
    database.run(
        "update treasury.companies set ticker = 'RICH', external_id = 'rich' where id = %s", known.poor
    )
    page.press("Override this value")
    page.sees("There is no company POOR.")
    assert active(database) == []


def test_the_list_is_narrowed_to_a_company(page: Page, database: Database, known: Tracked) -> None:
    admin = reviewer(database)
    override(admin, known.acme, "tier", "1")
    override(admin, known.poor, "tier", "2")
    page.open(f"{OVERRIDES}&company_id={known.poor}")
    assert row(page, "Overrides", "POOR")[:3] == ["Tier", "2", "nothing"]
    assert len(page.all("tr[data-override]")) == 1
    page.pick("Only this company", "All companies")
    page.until(lambda: len(page.all("tr[data-override]")) == 2, "all of them")
