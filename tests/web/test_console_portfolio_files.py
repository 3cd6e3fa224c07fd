"""A portfolio's files, rules and settings in the console, and that nobody sees somebody else's."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Database
from tests.identity import factory as people
from tests.identity.factory import Person
from tests.portfolio.through_api import Portfolio
from tests.web.browser import Page
from tests.web.portfolio_pages import ago


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
