"""The worker's life: one at a time, dead ones replaced, no transaction open while a source is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from chalicelib.core import clock, queue
from chalicelib.core.jobs import run
from chalicelib.treasury import jobs, reading, scraping
from local.standins import Histories, Server
from local.standins.filers import File
from tests.conftest import Database
from tests.treasury import factory
from tests.treasury.scraped import (
    LARKSPUR,
    NOW,
    documents,
    filings,
    job,
    larkspur,
    outside_world,
    scrape,
    source_of,
    work_again,
)


@pytest.fixture
def outside(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with clock.at(NOW), outside_world(monkeypatch, Histories.simulated()) as running:
        yield running


@pytest.fixture
def source(database: Database) -> int:
    return source_of(database, larkspur(database), LARKSPUR)


def test_a_second_worker_finds_nothing_to_do(database: Database, outside: Server, source: int) -> None:
    row = scrape(database, source)
    before = outside.requests("edgar")
    scraping.work_on(row["id"])
    assert outside.requests("edgar") == before


def test_a_dead_workers_job_is_rung_for_again_and_its_late_word_changes_nothing(
    database: Database, outside: Server, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = None
    real = scraping._note_listing

    def dies(held: Any, listing: Any) -> None:
        nonlocal target
        target = held

    monkeypatch.setattr(scraping, "_note_listing", dies)
    row = scrape(database, source)
    assert row["status"] == "running"
    monkeypatch.setattr(scraping, "_note_listing", real)
    assert run(jobs.SWEEP_SCRAPES)["rows"] == 0, "its lease has not ended"
    database.run(
        "update treasury.scraper_jobs set started_at = started_at - interval '16 minutes', rung_at = null"
    )
    assert run(jobs.SWEEP_SCRAPES)["rows"] == 1
    scraping.work_on(row["id"])
    assert job(database, row["id"])["status"] == "succeeded"
    assert target is not None
    document = reading.noted("late", "8-K", "", _late(), "https://example.com", "nothing_stated", [])
    assert not scraping._land(target, 1, [document], [], [])
    assert "late" not in documents(database, source)


def _late() -> Any:
    return type("Item", (), {"filed": date(2025, 3, 1)})()


def test_a_worker_that_always_dies_fails_its_job(database: Database, source: int) -> None:
    row = factory._insert(
        database,
        "treasury.scraper_jobs",
        {
            "company_source_id": source,
            "status": "running",
            "attempts": 5,
            "started_at": "2025-01-01T00:00:00Z",
        },
    )
    assert run(jobs.SWEEP_SCRAPES)["rows"] == 0
    assert (job(database, row)["status"], job(database, row)["error_code"]) == ("failed", "worker_died")


def test_no_transaction_is_open_while_a_source_is_asked(
    database: Database, outside: Server, source: int
) -> None:
    seen: list[int] = []
    first = filings(outside)[1]

    def body() -> bytes:
        rows = database.rows(
            "select 1 from pg_stat_activity where usename in ('holdfast_jobs', 'holdfast_api') and xact_start is not null "
            "and datname = current_database()"
        )
        seen.append(len(rows))
        return first.files[0].read()

    filings(outside)[1] = first._replace(files=(File(first.files[0].name, "8-K", body),))
    assert scrape(database, source)["status"] == "succeeded"
    assert seen == [0]


def test_what_takes_too_long_goes_on_in_the_next_invocation(
    database: Database, outside: Server, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scraping, "TIME_BUDGET", -1.0)
    row = scrape(database, source)
    assert (row["status"], row["error_code"], row["attempts"]) == ("queued", "time_over", 0)
    assert (queue.SCRAPE.name, row["id"]) in database.rung
    monkeypatch.setattr(scraping, "TIME_BUDGET", 200.0)
    assert work_again(database, row["id"])["status"] == "succeeded"


def test_the_answer_is_kept_compressed_and_bounded() -> None:
    import random
    import zlib

    noise = random.Random(1).randbytes(3_000_000)
    packed = scraping.compressed(noise)
    assert len(packed) <= scraping.RAW_LIMIT
    assert noise.startswith(zlib.decompress(packed))
    assert zlib.decompress(scraping.compressed(b"{}" * 9)) == b"{}" * 9


def test_a_fault_of_ours_is_told_on_the_row_and_tried_again(
    database: Database, outside: Server, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "read", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scrape(database, source)
    (row,) = database.rows("select status, error_code, last_error from treasury.scraper_jobs")
    assert (row["status"], row["error_code"]) == ("queued", "internal")
    assert "ZeroDivisionError" in row["last_error"]


def test_without_a_user_agent_a_deployment_does_not_ask_the_sec(
    database: Database, outside: Server, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.core import settings

    monkeypatch.setenv("HOLDFAST_STAGE", "prod")
    for given in (None, "Holdfast", "operator@example.com"):
        if given is not None:
            monkeypatch.setenv("HOLDFAST_EDGAR_USER_AGENT", given)
        settings.forget()
        row = scrape(database, source)
        assert (row["status"], row["error_code"]) == ("failed", "refused")
        assert "HOLDFAST_EDGAR_USER_AGENT" in row["last_error"]
    assert outside.requests("edgar") == 0
    monkeypatch.setenv("HOLDFAST_EDGAR_USER_AGENT", "Example Company admin@example.com")
    settings.forget()
    assert scrape(database, source)["status"] == "succeeded"
