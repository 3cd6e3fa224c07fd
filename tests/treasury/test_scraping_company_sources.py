"""A company's source over its life: another id while a worker is at it, its deletion, its jobs, and how its origin is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core import queue
from chalicelib.treasury import scraping
from local.standins import Histories, Server
from tests.conftest import Database
from tests.identity.factory import Person, make_admin
from tests.treasury import factory
from tests.treasury.scraped import LARKSPUR, NOW, larkspur, outside_world, pending, scrape, source_of

PATH = "/v1/admin/treasury"


@pytest.fixture
def outside(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with outside_world(monkeypatch, Histories.simulated(), NOW) as running:
        yield running


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def rung(database: Database) -> list[int]:
    found = [number for name, number in database.rung if name == queue.SCRAPE.name]
    database.rung.clear()
    return found


def test_an_id_is_not_verified_by_a_worker_that_is_at_another_one(
    database: Database, outside: Server, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker has asked who the old id is when an administrator changes it: it can say and land nothing any more."""
    source = source_of(database, larkspur(database), LARKSPUR, is_active=False, verified_at=None)
    path = f"{PATH}/company-sources/{source}"
    real = scraping._note_listing
    changed: list[Any] = []

    def late(target: Any, listing: Any) -> Any:
        if not changed:
            changed.append(admin.api.patch(path, {"external_id": "1"}).json)
        return real(target, listing)

    monkeypatch.setattr(scraping, "_note_listing", late)
    row = scrape(database, source)
    assert (row["status"], row["error_code"]) == ("cancelled", "id_changed")
    held = admin.api.get(f"{PATH}/company-sources?source_id={factory.source(database)}").json["items"][0]
    assert (held["external_id"], held["is_active"], held["verified_at"]) == ("0000000001", False, None)
    assert pending(database, held["company_id"]) == []
    (bell,) = rung(database)
    assert bell != row["id"], "the new id has a job of its own"
    scraping.work_on(bell)
    assert admin.api.get(f"{PATH}/scraper-jobs/{bell}").json["external_id"] == "0000000001"


def test_a_source_that_nothing_came_of_is_deleted_another_one_is_not(
    database: Database, outside: Server, admin: Person
) -> None:
    lrks = larkspur(database)
    body = {"company_id": lrks, "source_id": factory.source(database), "external_id": "1"}
    wrong = admin.api.post(f"{PATH}/company-sources", body).json
    (bell,) = rung(database)
    database.run(
        "update treasury.scraper_jobs set status = 'running', started_at = now() where id = %s", bell
    )
    path = f"{PATH}/company-sources/{wrong['id']}"
    assert admin.api.delete(path).code == "scraper_job_running"
    database.run("update treasury.scraper_jobs set status = 'queued' where id = %s", bell)
    assert admin.api.delete(path).status == 204
    assert admin.api.get(f"{PATH}/company-sources?company_id={lrks}").json["items"] == []
    assert admin.api.delete(path).code == "company_source_unknown"
    scraping.work_on(bell)  # its bell rings for nothing
    right = source_of(database, lrks, LARKSPUR)
    scrape(database, right)
    answer = admin.api.delete(f"{PATH}/company-sources/{right}")
    assert (answer.status, answer.code) == (409, "company_source_productive")
    assert pending(database, lrks)


def test_jobs_are_found_by_their_source(database: Database, outside: Server, admin: Person) -> None:
    lrks = larkspur(database)
    edgar = source_of(database, lrks, LARKSPUR)
    wire = source_of(database, lrks, "Larkspur Digital Inc", "globenewswire")
    at_edgar, at_wire = scrape(database, edgar)["id"], scrape(database, wire)["id"]

    def found(query: str) -> list[int]:
        return [job["id"] for job in admin.api.get(f"{PATH}/scraper-jobs?{query}").json["items"]]

    assert found(f"source_id={factory.source(database)}") == [at_edgar]
    assert found(f"source_id={factory.source(database, 'globenewswire')}") == [at_wire]
    assert found(f"company_source_id={wire}") == [at_wire]
    assert found(f"company_source_id={wire}&source_id={factory.source(database)}") == []


def test_what_is_read_is_counted_as_what_is_listed(database: Database, outside: Server) -> None:
    """By filings, each once with its exhibits, also where a document could not be read and is tried again."""
    row = scrape(database, source_of(database, larkspur(database), LARKSPUR), reason="manual")
    assert row["documents_read"] <= row["documents_listed"]
    read = database.row("select count(*) as n from treasury.scraped_documents")["n"]
    assert read > row["documents_read"] == row["documents_listed"]


def test_a_source_is_as_healthy_as_its_last_jobs(database: Database, admin: Person) -> None:
    def health() -> dict[str, Any]:
        items = admin.api.get(f"{PATH}/sources").json["items"]
        return dict(next(item for item in items if item["type"] == "sec_edgar")["health"])

    assert health() == {
        "state": "unknown", "succeeded": 0, "failed": 0, "waiting": 0, "last_succeeded_at": None, "last_failed_at": None,
        "last_error_code": None, "last_error": None,
    }  # fmt: skip
    sources = [source_of(database, factory.company(database), f"000000000{n}") for n in range(3)]
    ended = {"finished_at": NOW, "started_at": NOW}

    def ends(source: int, status: str, code: str | None = None) -> None:
        row = {
            "company_source_id": source,
            "status": status,
            "error_code": code,
            "last_error": code and f"it is {code}",
        }
        factory._insert(database, "treasury.scraper_jobs", {**row, **ended})

    ends(sources[0], "failed", "not_found")
    assert (health()["state"], health()["last_error_code"]) == ("failing", "not_found")
    ends(sources[0], "cancelled", "not_found")
    ends(sources[1], "succeeded")
    ends(sources[2], "queued", "unavailable")
    shown = health()
    assert (shown["state"], shown["succeeded"], shown["failed"], shown["waiting"]) == (
        "some_failing",
        1,
        1,
        1,
    )
    assert (shown["last_error_code"], shown["last_error"]) == ("unavailable", "it is unavailable")
    assert shown["last_succeeded_at"] == shown["last_failed_at"] == NOW.isoformat().replace("+00:00", "Z")
    database.run("update treasury.company_sources set is_active = id <> all (%s)", [sources[0], sources[2]])
    assert (health()["state"], health()["last_error"]) == ("ok", None), "what is switched off says nothing"
