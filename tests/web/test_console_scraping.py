"""Where the treasury tracker's numbers are read, in the console: sources, jobs, what they did, and doing them again."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

import pytest

from tests.conftest import Database
from tests.identity import factory as people
from tests.treasury import factory
from tests.web.browser import Page
from tests.web.conftest import sign_in
from tests.web.portfolio_pages import row
from tests.web.treasury_pages import TODAY, Tracked, find, tracked

JOBS = "#/admin/treasury?show=jobs"
SOURCES = "#/admin/treasury?show=sources"
WRONG = "The source answered with a page of HTML."


@pytest.fixture
def known(page: Page, database: Database) -> Tracked:
    """Acme and Poor; an administrator is signed in."""
    found = tracked(database)
    sign_in(page, people.make_admin().email)
    page.title("Overview")
    return found


def document(database: Database, job: int, key: str, outcome: str, *warnings: str) -> None:
    """A document that a job looked at."""
    source = database.row("select company_source_id as id from treasury.scraper_jobs where id = %s", job)[
        "id"
    ]
    values = {
        "company_source_id": source,
        "scraper_job_id": job,
        "document_key": key,
        "form": "8-K",
        "filed": TODAY,
    }
    seen = {"title": f"Report {key}", "url": f"https://www.sec.gov/{key}.htm", "outcome": outcome}
    factory._insert(database, "treasury.scraped_documents", {**values, **seen, "warnings": list(warnings)})


def shown(page: Page) -> list[str]:
    """The numbers of the jobs in the list."""
    jobs: list[str] = page.run(
        "return [...document.querySelectorAll('tr[data-job]')].map((each) => each.dataset.job)"
    )
    return jobs


def test_jobs_are_listed_with_counts_and_what_went_wrong_and_narrowed(
    page: Page, database: Database, known: Tracked
) -> None:
    done = find(database, known.acme, status="succeeded", documents_listed=6, documents_read=4, candidates_found=2,
                snapshots_created=1)  # fmt: skip
    failed = find(
        database, known.poor, "0000000002", status="failed", error_code="bad_answer", last_error=WRONG
    )
    page.open(JOBS)
    assert row(page, "Scraper jobs", "ACME")[1:6] == ["Done\nby the timetable", "6", "4", "2", "1"]
    assert row(page, "Scraper jobs", "POOR")[:2] == [
        "SEC EDGAR\n0000000002", f"Failed\nby the timetable\n{WRONG}",
    ]  # fmt: skip
    page.press("Failed", ".choice")
    page.until(lambda: shown(page) == [str(failed)], "the failed one")
    page.press("All", ".choice")
    page.pick("Only this company", "ACME")
    page.until(lambda: shown(page) == [str(done)], "Acme's")
    page.pick("Only this source", "HKEX")
    page.sees("No job fits.")
    assert "source=HKEX" in page.driver.current_url
    page.open(f"{JOBS}&source=SEC+EDGAR&status=")
    page.until(lambda: shown(page) == [str(failed), str(done)], "both are EDGAR's")


def test_a_job_tells_what_it_did_and_what_the_source_answered(
    page: Page, database: Database, known: Tracked
) -> None:
    job = find(
        database, known.acme, status="succeeded", snapshots_created=1, raw_size=19,
        raw_response=zlib.compress(b'{"name":"Acme <b>"}'),
        log='[{"at": "2026-03-01T12:00:07Z", "what": "2 listed"}]',
    )  # fmt: skip
    document(database, job, "a-1", "candidates")
    document(database, job, "a-2", "unreadable", "a picture of pages")
    page.open(JOBS)
    page.press(f"Job {job}")
    page.sees(f"Job {job}: SEC EDGAR for ACME")
    page.sees("1 Mar 2026, 12:00:07")
    page.sees("2 listed")
    assert row(page, "Documents", "Report a-1")[2] == "States holdings"
    page.press("Unreadable 1")
    assert row(page, "Documents", "Report a-2")[2:] == ["Unreadable", "a picture of pages"]
    assert len(page.all("tr[data-document]")) == 1
    page.press("Show it")
    assert page.one("pre.raw").text == '{"name":"Acme <b>"}'
    page.press("Review what it found")
    page.until(lambda: "show=review" in page.driver.current_url)


def test_a_job_without_an_answer_says_so(page: Page, database: Database, known: Tracked) -> None:
    page.refusals.append("status of 404")
    job = find(
        database, known.acme, status="failed", error_code="not_found", last_error="There is no such CIK."
    )
    page.open(f"{JOBS}&job={job}")
    page.sees("There is no such CIK. not_found")
    page.sees("It wrote nothing down.")
    page.sees("It read none.")
    page.sees("The source has not answered, or its answer was not kept.")
    page.open(f"{JOBS}&job=999")
    page.sees("There is no scraper job 999.")


def test_jobs_are_started_and_done_again_on_demand(page: Page, database: Database, known: Tracked) -> None:
    page.refusals.append("status of 404")
    job = find(database, known.acme, status="failed")
    page.open(JOBS)
    page.press(f"Do again: SEC EDGAR for ACME, job {job}")
    page.sees(f"Job {job + 1} looks at SEC EDGAR for ACME again.")
    assert row(page, "Scraper jobs", f"ACME\nJob {job + 1}")[1] == "Waiting\ndone again"
    page.pick("Company", "POOR")
    page.press("Look at its sources")
    page.sees("There is no such company, or none of its sources is verified and active.")
    page.pick("Company", "ACME")
    page.press("Look at its sources")
    page.sees("1 job is started.")
    # it was open already, and is moved to the front
    assert database.row("select count(*) as n from treasury.scraper_jobs")["n"] == 2
    database.run(
        "update treasury.scraper_jobs set status = 'succeeded', finished_at = now() where id = %s", job + 1
    )
    page.until(
        lambda: row(page, "Scraper jobs", f"ACME\nJob {job + 1}")[1].startswith("Done"), "it follows the job"
    )


def test_a_list_that_follows_its_jobs_leaves_the_focus_where_it_was(
    page: Page, database: Database, known: Tracked
) -> None:
    find(database, known.acme, status="running", finished_at=None)
    find(database, known.poor, "0000000002", status="failed")
    page.open(JOBS)
    row(page, "Scraper jobs", "ACME")
    page.run("document.querySelector('tr[data-job=\"1\"] th a').focus()")
    database.run("update treasury.scraper_jobs set documents_read = 77 where id = 1")
    page.until(lambda: row(page, "Scraper jobs", "ACME")[3] == "77", "what it has read meanwhile")
    assert page.run("return document.activeElement.textContent") == "ACME"


def test_a_sources_health_is_how_the_last_looks_ended(page: Page, database: Database, known: Tracked) -> None:
    find(database, known.acme, status="succeeded")
    find(database, known.poor, "0000000002", status="failed")
    database.run("update treasury.company_sources set last_checked_at = %s", datetime.now(UTC))
    page.open(SOURCES)
    assert row(page, "Sources", "SEC EDGAR")[:3] == [
        "On",
        "1 of 2 last looks failed\nthe failed jobs",
        "2 active\nof 2",
    ]
    assert row(page, "Sources", "HKEX")[1] == "no company is looked for here"
    assert row(page, "Sources", "Manual")[1] == "nothing is fetched from it"
    assert row(page, "Where companies are found", "POOR")[0] == "0000000002\npriority 5"
    page.pick("Only this source", "TSE")
    page.sees("No company is looked for here.")
    page.press("the failed jobs")
    page.until(lambda: len(page.all("tr[data-job]")) == 1, "the one that failed")


def test_a_source_is_switched_off_for_all_and_looked_at_less_often(
    page: Page, database: Database, known: Tracked
) -> None:
    page.open(SOURCES)
    page.press("Switch off HKEX")
    page.press("Switch off HKEX")
    page.until(lambda: row(page, "Sources", "HKEX")[0] == "Off", "it is off")
    page.press("How often TSE is looked at")
    page.write("Minutes between looks", "1")
    page.press("Save", ".editor")
    page.until(lambda: page.all("[aria-invalid=true]"), "too often")
    page.write("Minutes between looks", "240")
    page.press("Save", ".editor")
    page.until(lambda: row(page, "Sources", "TSE")[3].startswith("every 4 hours"), "the new pace")
    found = database.row(
        "select (select is_active from treasury.data_sources where type = 'hkex') as active, "
        "(select extract(epoch from check_every)::integer / 60 from treasury.data_sources where type = 'tse') as minutes"
    )
    assert (found["active"], found["minutes"]) == (False, 240)
