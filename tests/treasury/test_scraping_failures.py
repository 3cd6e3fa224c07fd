"""What sources get wrong, and what comes of it: a job that waits or fails with a reason, never a wrong number, and never
the end of the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.treasury import reading
from local.standins import Histories, Server
from local.standins.filers import File, Filed
from tests.conftest import Database
from tests.treasury import factory
from tests.treasury.scraped import (
    LARKSPUR,
    NOW,
    documents,
    filings,
    larkspur,
    outside_world,
    pending,
    plan,
    scrape,
    source_of,
    told,
    work_again,
)


@pytest.fixture
def outside(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with clock.at(NOW), outside_world(monkeypatch, Histories.simulated()) as running:
        yield running


@pytest.fixture
def source(database: Database) -> int:
    return source_of(database, larkspur(database), LARKSPUR)


def waits(database: Database, job_id: int) -> timedelta:
    """How long a job waits from when its attempt began."""
    row = database.row(
        "select not_before - started_at as wait from treasury.scraper_jobs where id = %s", job_id
    )
    wait: timedelta = row["wait"]
    return wait


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [
        ("429", "queued", "rate_limited"),
        ("403", "queued", "rate_limited"),
        ("block page", "queued", "rate_limited"),
        ("500", "queued", "unavailable"),
        ("truncated", "queued", "unavailable"),
        ("html", "queued", "changed_format"),
        ("404", "failed", "not_found"),
        ("401", "failed", "refused"),
        ("451", "failed", "refused"),
    ],
)
def test_each_misbehaviour_leaves_the_job_waiting_or_failed_with_its_reason(
    database: Database, outside: Server, source: int, mode: str, status: str, code: str
) -> None:
    outside.misbehave("edgar", mode, times=1)
    row = scrape(database, source)
    assert (row["status"], row["error_code"]) == (status, code)
    assert row["last_error"]
    assert database.rows("select * from treasury.holdings_snapshots") == []
    if status == "queued" and code != "rate_limited":
        assert work_again(database, row["id"])["status"] == "succeeded"


def test_the_secs_block_page_stops_everybody_for_ten_minutes(
    database: Database, outside: Server, source: int
) -> None:
    outside.misbehave("edgar", "block page", times=1)
    row = scrape(database, source)
    assert timedelta(minutes=10) <= waits(database, row["id"]) <= timedelta(minutes=12)
    other = factory.company(
        database, ticker="LRKS", name="Larkspur", asset_id=factory.coin(database, symbol="ETH")
    )
    before = outside.requests("edgar")
    held_back = scrape(database, source_of(database, other, LARKSPUR))
    assert outside.requests("edgar") == before, "nobody asks meanwhile"
    assert (held_back["status"], held_back["error_code"], held_back["attempts"]) == (
        "queued",
        "rate_limited",
        0,
    )


def test_a_source_that_says_how_long_to_wait_is_obeyed(database: Database, outside: Server) -> None:
    source = source_of(database, larkspur(database), "Larkspur Digital Inc", "globenewswire")
    outside.misbehave("globenewswire", "429", times=1, retry_after=1800)
    row = scrape(database, source)
    assert timedelta(minutes=30) <= waits(database, row["id"]) <= timedelta(minutes=34)


def test_after_five_attempts_a_job_fails_and_an_administrators_retry_begins_anew(
    database: Database, outside: Server, source: int
) -> None:
    outside.misbehave("edgar", "500")
    row = scrape(database, source)
    pauses = [waits(database, row["id"])]
    for _ in range(3):
        row = work_again(database, row["id"])
        pauses.append(waits(database, row["id"]))
    assert all(later > earlier for earlier, later in pairwise(pauses)), "each wait is longer"
    row = work_again(database, row["id"])
    assert (row["status"], row["attempts"], row["error_code"]) == ("failed", 5, "unavailable")
    assert "HTTP 500" in row["last_error"]
    assert row["finished_at"] is not None


def test_one_document_that_is_missing_or_cannot_be_read_does_not_stop_the_others(
    database: Database, outside: Server, source: int
) -> None:
    listed = filings(outside)
    gone = listed[2]._replace(files=(File(listed[2].files[0].name, "8-K", b""),))
    binary = listed[3]._replace(files=(File(listed[3].files[0].name, "8-K", bytes(range(256)) * 40),))
    listed[2:4] = [gone, binary]
    listed[4] = Filed(
        listed[4].accession, "8-K", listed[4].day, "8.01", (File("../../etc/passwd", "8-K", b"x"),)
    )
    row = scrape(database, source)
    assert row["status"] == "succeeded"
    outcomes = documents(database, source)
    assert outcomes[listed[4].accession] == "unreadable"
    assert outcomes[binary.accession] in ("nothing_stated", "unreadable")
    assert len(pending(database, row_company(database, source))) == 7


def row_company(database: Database, source: int) -> int:
    return int(
        database.row("select company_id from treasury.company_sources where id = %s", source)["company_id"]
    )


def test_a_reader_that_fails_costs_its_document_only(
    database: Database, outside: Server, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.treasury.filings import extract

    real = extract.extract

    def fails_once(document: Any) -> Any:
        if document.filed == date(2025, 2, 3):
            raise RecursionError("too deep")
        return real(document)

    monkeypatch.setattr(extract, "extract", fails_once)
    row = scrape(database, source)
    assert row["status"] == "succeeded"
    assert "its reader failed: RecursionError" in told(row)
    assert documents(database, source)["0009990001-25-000005"] == "unreadable"
    assert row["snapshots_created"] == 9


def test_what_cannot_be_stored_or_be_true_costs_its_filing_only(
    database: Database, outside: Server, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reading.read

    def impossible(target: Any, listing: Any, item: Any, parts: Any) -> Any:
        found = real(target, listing, item, parts)
        if item.filed == date(2025, 2, 3):
            return found._replace(candidates=[{**found.candidates[0], "currency": "dollars"}])
        if item.filed == date(2025, 2, 10):
            return found._replace(candidates=[{**found.candidates[0], "total_cost": "-1"}])
        return found

    monkeypatch.setattr(reading, "read", impossible)
    row = scrape(database, source)
    assert (row["status"], row["snapshots_created"]) == ("succeeded", 8)
    assert documents(database, source)["0009990001-25-000005"] == "unreadable"
    assert "holdings_snapshots_currency" in told(row)
    assert "1 of these are impossible, and left out" in told(row)


def test_a_document_that_cannot_be_had_now_is_had_at_the_next_attempt(
    database: Database, outside: Server, source: int
) -> None:
    first = filings(outside)[1]
    broken = File(first.files[0].name, "8-K", lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    whole, filings(outside)[1] = first, first._replace(files=(broken,))
    row = scrape(database, source)
    assert (row["status"], row["error_code"]) == ("queued", "unavailable")
    assert row["snapshots_created"] == 9, "the others are there"
    filings(outside)[1] = whole
    row = work_again(database, row["id"])
    assert (row["status"], row["snapshots_created"]) == ("succeeded", 10)
    assert len(documents(database, source)) == 11


def test_a_document_that_is_listed_before_it_is_there_is_waited_for(
    database: Database, outside: Server, source: int
) -> None:
    newest = next(filing for filing in filings(outside) if filing.day == date(2025, 3, 10))
    place = filings(outside).index(newest)
    filings(outside)[place] = newest._replace(files=(File("not/there", "8-K", b""),))
    row = scrape(database, source)
    assert (row["status"], row["error_code"], row["snapshots_created"]) == ("queued", "unavailable", 9)
    filings(outside)[place] = newest
    assert work_again(database, row["id"])["snapshots_created"] == 10


def test_an_administrators_job_tries_again_what_could_not_be_read(
    database: Database, outside: Server, source: int
) -> None:
    whole = filings(outside)[4]
    filings(outside)[4] = whole._replace(files=(File("not/there", "8-K", b""),))
    assert scrape(database, source)["snapshots_created"] == 9
    filings(outside)[4] = whole
    assert scrape(database, source)["snapshots_created"] == 0, "the schedule's job does not"
    assert documents(database, source)[whole.accession] == "unreadable"
    assert scrape(database, source, reason="manual")["snapshots_created"] == 1
    assert documents(database, source)[whole.accession] == "candidates"


def test_another_companys_cik_is_not_scraped(database: Database, outside: Server) -> None:
    company = factory.company(database, ticker="ACME", name="Acme Holdings")
    source = source_of(database, company, LARKSPUR, is_active=False, verified_at=None)
    row = scrape(database, source, reason="manual")
    assert (row["status"], row["error_code"], row["attempts"]) == ("failed", "not_verified", 1)
    held = database.row("select is_active, verified_at, verification from treasury.company_sources")
    assert (held["is_active"], held["verified_at"]) == (False, None)
    assert held["verification"] == (
        "CIK 0009990001 is Larkspur Digital Inc (LRKS): neither a ticker nor a name agrees with Acme Holdings (ACME)"
    )
    assert documents(database, source) == {}


@pytest.mark.parametrize(
    "named", [{"ticker": "OLD", "name": "Larkspur Software"}, {"ticker": "LRKS", "name": "Something else"}]
)
def test_a_cik_that_agrees_by_ticker_or_by_a_former_name_becomes_active(
    database: Database, outside: Server, named: dict[str, str]
) -> None:
    source = source_of(database, larkspur(database, **named), LARKSPUR, is_active=False, verified_at=None)
    assert plan(database) == [], "nothing is planned before"
    assert scrape(database, source, reason="manual")["status"] == "succeeded"
    held = database.row("select is_active, verified_at, verification from treasury.company_sources")
    assert held["is_active"]
    assert held["verified_at"] is not None
    assert "agrees" in held["verification"]


def test_columns_of_different_lengths_are_a_changed_format(
    database: Database, outside: Server, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row could be put together from two filings: nothing of it is read."""
    filer = outside.histories.filers[LARKSPUR]
    from local.standins import edgar

    request = type("R", (), {"now": NOW})()
    filer.document = edgar._submissions(filer, request)
    filer.document["filings"]["recent"]["form"].pop()
    row = scrape(database, source)
    assert (row["status"], row["error_code"]) == ("queued", "changed_format")
    assert "columns differ in length" in row["last_error"]
