"""Scraping EDGAR: planned by the hour, read by the worker, proposed for review, approved by an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from local.standins import Histories, Server
from tests.conftest import Database
from tests.treasury.scraped import (
    LARKSPUR,
    documents,
    job,
    larkspur,
    outside_world,
    pending,
    plan,
    scrape,
    source_of,
    told,
)


@pytest.fixture
def outside(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with outside_world(monkeypatch, Histories.simulated()) as running:
        yield running


def test_the_planner_opens_one_job_for_each_source_that_is_due(database: Database, outside: Server) -> None:
    source = source_of(database, larkspur(database), LARKSPUR)
    (planned,) = plan(database)
    assert plan(database) == [], "it is open already"
    row = job(database, planned)
    assert (row["company_source_id"], row["status"], row["reason"]) == (source, "queued", "schedule")


def test_a_job_proposes_what_every_new_filing_states(database: Database, outside: Server) -> None:
    lrks = larkspur(database)
    source = source_of(database, lrks, LARKSPUR)
    row = scrape(database, source)
    assert (row["status"], row["error_code"]) == ("succeeded", None), told(row)
    found = pending(database, lrks)
    assert len(found) == 10  # the Mondays from 6 January to 10 March 2025
    assert [snapshot["snapshot_date"] for snapshot in found][:2] == [date(2025, 1, 5), date(2025, 1, 12)]
    assert found[0]["holdings"] == Decimal(40)
    assert "40 bitcoins" in found[0]["evidence"]
    assert set(documents(database, source).values()) == {"candidates", "nothing_stated"}
