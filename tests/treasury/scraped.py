"""Scraping in tests: the outside world on loopback, sources of companies, and jobs that are planned and worked on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core import queue, settings
from chalicelib.core.jobs import run
from chalicelib.sources import edgar, hkexnews, tdnet, wires
from chalicelib.treasury import jobs, scraping
from local.environment import SOURCES
from local.standins import Histories, Server
from local.standins.filers import Filed
from tests.conftest import Database
from tests.treasury import factory

NOW = datetime(2025, 3, 12, 15, 30, tzinfo=UTC)
LARKSPUR = "0009990001"
PACES = {
    edgar: "REQUESTS_PER_SECOND",
    hkexnews: "CALLS_PER_SECOND",
    tdnet: "CALLS_PER_MINUTE",
    wires: "CALLS_PER_MINUTE",
}


@contextmanager
def outside_world(
    monkeypatch: pytest.MonkeyPatch, histories: Histories, now: datetime = NOW
) -> Iterator[Server]:
    """The stand-ins, which the settings point at. Their pace is the sources' own business: here nobody waits for it."""
    running = Server(histories, now=lambda: now).start()
    for source in SOURCES:
        monkeypatch.setenv(f"HOLDFAST_{source.upper()}_URL", running.url(source))
    for module, name in PACES.items():
        monkeypatch.setattr(module, name, 9000)
    settings.forget()
    yield running
    running.stop()


def source_of(
    database: Database, company_id: int, external_id: str, type: str = "sec_edgar", **fields: Any
) -> int:
    """A company's source, verified and active unless told otherwise."""
    values: dict[str, Any] = {"is_active": True, "verified_at": datetime(2025, 1, 1, tzinfo=UTC), **fields}
    return factory._insert(
        database,
        "treasury.company_sources",
        {
            "company_id": company_id,
            "source_id": factory.source(database, type),
            "external_id": external_id,
            **values,
        },
    )


def larkspur(database: Database, **fields: Any) -> int:
    """The made-up company that the stand-in EDGAR knows."""
    named = {
        "ticker": "LRKS",
        "name": "Larkspur Digital",
        "external_id": "lrks",
        "dat_start_date": "2025-01-01",
    }
    return factory.company(database, **(named | fields))


def filings(outside: Server) -> list[Filed]:
    """What the made-up company has filed and will file: may be changed."""
    return outside.histories.filers[LARKSPUR].filings


def plan(database: Database, at: datetime | None = None) -> list[int]:
    """What the hourly planner opens: the jobs that it rang for."""
    database.rung.clear()
    assert run(jobs.PLAN_SCRAPES, at)["status"] == "succeeded"
    return [number for name, number in database.rung if name == queue.SCRAPE.name]


def scrape(database: Database, company_source_id: int, **fields: Any) -> dict[str, Any]:
    """One job for a source, worked on once: its row afterwards."""
    values = {"company_source_id": company_source_id, **fields}
    job_id = factory._insert(database, "treasury.scraper_jobs", values)
    scraping.work_on(job_id)
    return job(database, job_id)


def job(database: Database, job_id: int) -> dict[str, Any]:
    return database.row("select * from treasury.scraper_jobs where id = %s", job_id)


def work_again(database: Database, job_id: int) -> dict[str, Any]:
    """The job's wait is over: it is worked on once more."""
    database.run("update treasury.scraper_jobs set not_before = now() where id = %s", job_id)
    scraping.work_on(job_id)
    return job(database, job_id)


def told(row: dict[str, Any]) -> str:
    """A job's log as text."""
    return "\n".join(entry["what"] for entry in row["log"])


def documents(database: Database, company_source_id: int) -> dict[str, str]:
    """What became of each document that was looked at, by its key."""
    rows = database.rows(
        "select document_key, outcome from treasury.scraped_documents where company_source_id = %s order by id",
        company_source_id,
    )
    return {row["document_key"]: row["outcome"] for row in rows}


def pending(database: Database, company_id: int) -> list[dict[str, Any]]:
    return database.rows(
        "select * from treasury.holdings_snapshots where company_id = %s and status = 'pending' order by snapshot_date",
        company_id,
    )
