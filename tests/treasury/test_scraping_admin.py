"""What administrators do with scraping: where a company is found, whether that is right, jobs started and done again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import clock, queue
from chalicelib.core.jobs import run
from chalicelib.treasury import jobs, scraping
from local.standins import Histories, Server
from tests.conftest import Api, Database
from tests.identity.factory import Person, make_admin, sign_up
from tests.treasury import factory
from tests.treasury.scraped import (
    LARKSPUR,
    NOW,
    larkspur,
    outside_world,
    plan,
    scrape,
    source_of,
)

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


def add(admin: Person, company_id: int, external_id: str, source_id: int, **more: Any) -> Any:
    body = {"company_id": company_id, "source_id": source_id, "external_id": external_id, **more}
    return admin.api.post(f"{PATH}/company-sources", body)


def test_a_new_source_is_verified_in_the_background_and_then_read(
    database: Database, outside: Server, admin: Person
) -> None:
    lrks = larkspur(database)
    made = add(admin, lrks, "9990001", factory.source(database))
    assert made.status == 201
    assert (made.json["external_id"], made.json["is_active"], made.json["last_job_status"]) == (
        LARKSPUR,
        False,
        "queued",
    )
    (bell,) = rung(database)
    scraping.work_on(bell)
    (held,) = admin.api.get(f"{PATH}/company-sources?company_id={lrks}").json["items"]
    assert held["is_active"] is True
    assert held["verification"].endswith("the ticker LRKS agrees")
    shown = admin.api.get(f"{PATH}/scraper-jobs/{bell}").json
    assert (shown["status"], shown["requested_by"]) == ("succeeded", str(admin.id))
    assert len(shown["documents"]) == 11
    assert shown["log"][0]["what"] == "10 listed"
    raw = admin.api.get(f"{PATH}/scraper-jobs/{bell}/raw").json
    assert raw["is_whole"] is True
    assert json.loads(raw["content"])["name"] == "Larkspur Digital Inc"
    assert raw["size"] == shown["raw_size"]


@pytest.mark.parametrize(
    ("type", "external_id"),
    [("sec_edgar", "MSTR"), ("tse", "3350"), ("hkex", "0434.HK"), ("manual", "1"), ("import", "1")],
)
def test_an_id_that_the_source_cannot_have_is_refused(
    database: Database, admin: Person, type: str, external_id: str
) -> None:
    refused = add(admin, larkspur(database), external_id, factory.source(database, type))
    assert refused.status == 422
    assert refused.json["errors"][0]["code"] in ("malformed", "not_scraped")
    assert rung(database) == []


def test_what_is_there_already_or_does_not_exist_is_said(database: Database, admin: Person) -> None:
    lrks, edgar = larkspur(database), factory.source(database)
    assert add(admin, lrks, LARKSPUR, edgar).status == 201
    assert add(admin, lrks, LARKSPUR, edgar).code == "company_source_exists"
    assert add(admin, 999, LARKSPUR, edgar).code == "company_unknown"
    assert add(admin, lrks, LARKSPUR, 999).code == "source_unknown"
    for path in ("company-sources/999/verify", "scraper-jobs/999/retry"):
        assert admin.api.post(f"{PATH}/{path}", {}).status == 404
    for path in ("scraper-jobs/999", "scraper-jobs/999/raw"):
        assert admin.api.get(f"{PATH}/{path}").status == 404
    assert admin.api.patch(f"{PATH}/company-sources/999", {"priority": 1}).code == "company_source_unknown"
    assert admin.api.patch(f"{PATH}/sources/999", {"is_active": False}).code == "source_unknown"


def test_a_source_is_not_active_before_it_is_verified(database: Database, admin: Person) -> None:
    lrks = larkspur(database)
    made = add(admin, lrks, LARKSPUR, factory.source(database)).json
    path = f"{PATH}/company-sources/{made['id']}"
    assert admin.api.patch(path, {"is_active": True}).code == "source_unverified"
    assert admin.api.patch(path, {"priority": 1}).json["priority"] == 1


def test_another_id_is_verified_anew(database: Database, outside: Server, admin: Person) -> None:
    source = source_of(database, larkspur(database), LARKSPUR)
    path = f"{PATH}/company-sources/{source}"
    assert admin.api.patch(path, {"is_active": False}).json["verified_at"] is not None
    assert admin.api.patch(path, {"is_active": True}).json["is_active"] is True
    changed = admin.api.patch(path, {"external_id": "1"}).json
    assert (changed["external_id"], changed["is_active"], changed["verified_at"]) == (
        "0000000001",
        False,
        None,
    )
    (bell,) = rung(database)
    scraping.work_on(bell)
    shown = admin.api.get(f"{PATH}/scraper-jobs/{bell}").json
    assert (shown["status"], shown["error_code"]) == ("failed", "not_found")
    assert plan(database) == []


def test_a_company_is_looked_at_on_demand_and_a_job_is_done_again(
    database: Database, outside: Server, admin: Person
) -> None:
    lrks = larkspur(database)
    source = source_of(database, lrks, LARKSPUR)
    (started,) = admin.api.post(f"{PATH}/scraper-jobs", {"company_id": lrks}).json["items"]
    assert (started["reason"], started["priority"], rung(database)) == ("manual", 1, [started["id"]])
    again = admin.api.post(f"{PATH}/scraper-jobs", {"company_source_id": source}).json["items"]
    assert [job["id"] for job in again] == [started["id"]], "it is open already"
    rung(database)
    scraping.work_on(started["id"])
    retried = admin.api.post(f"{PATH}/scraper-jobs/{started['id']}/retry", {})
    assert retried.status == 202
    assert (retried.json["reason"], retried.json["status"]) == ("retry", "queued")
    assert rung(database) == [retried.json["id"]] != [started["id"]]
    scraping.work_on(retried.json["id"])
    shown = admin.api.get(f"{PATH}/scraper-jobs/{retried.json['id']}").json
    assert (shown["status"], shown["documents_listed"], shown["documents_read"]) == ("succeeded", 10, 0)
    listed = admin.api.get(f"{PATH}/scraper-jobs?company_id={lrks}&status=succeeded").json["items"]
    assert [job["id"] for job in listed] == [retried.json["id"], started["id"]]


def test_a_start_names_a_company_or_a_source(database: Database, admin: Person) -> None:
    lrks = larkspur(database)
    for body in ({}, {"company_id": lrks, "company_source_id": 1}):
        assert admin.api.post(f"{PATH}/scraper-jobs", body).json["errors"][0]["code"] == "one_of_two"
    assert admin.api.post(f"{PATH}/scraper-jobs", {"company_id": lrks}).code == "no_active_source"


def test_a_source_that_is_switched_off_or_not_due_is_left_alone(
    database: Database, outside: Server, admin: Person
) -> None:
    source_of(database, larkspur(database), LARKSPUR)
    edgar = factory.source(database)
    assert admin.api.patch(f"{PATH}/sources/{edgar}", {"is_active": False}).json["is_active"] is False
    assert plan(database) == []
    changed = admin.api.patch(f"{PATH}/sources/{edgar}", {"is_active": True, "check_every_minutes": 120}).json
    assert changed["check_every_minutes"] == 120
    (bell,) = plan(database)
    scraping.work_on(bell)
    now = clock.now()
    assert plan(database, now + timedelta(minutes=60)) == []
    assert len(plan(database, now + timedelta(minutes=121))) == 1


def test_the_planner_goes_by_priority_and_staleness(database: Database) -> None:
    sources = {}
    for name, priority, held in (
        ("late", 5, "2024-01-01"),
        ("fresh", 5, "2025-01-01"),
        ("first", 1, "2025-01-01"),
    ):
        company = factory.company(database)
        factory.snapshot(database, company, held, 1, status="approved")
        sources[source_of(database, company, str(company), priority=priority)] = name
    rows = database.rows("select id, company_source_id from treasury.scraper_jobs order by id")
    assert rows == []
    planned = plan(database)
    by_job = {
        row["id"]: sources[row["company_source_id"]]
        for row in database.rows("select id, company_source_id from treasury.scraper_jobs")
    }
    assert [by_job[number] for number in sorted(planned)] == ["first", "late", "fresh"]


def test_companies_whose_numbers_are_old_are_looked_at_first(database: Database) -> None:
    """A job of the schedule that waits is moved up; where there is none, one is opened."""
    now = datetime.now(UTC)
    stale, waiting, fresh = (factory.company(database) for _ in range(3))
    factory.snapshot(database, stale, (now - timedelta(days=60)).date(), 1, status="approved")
    factory.snapshot(database, fresh, (now - timedelta(days=10)).date(), 1, status="approved")
    ids = [source_of(database, company, str(company)) for company in (stale, waiting, fresh)]
    queued = factory._insert(database, "treasury.scraper_jobs", {"company_source_id": ids[1]})
    result = run(jobs.SWEEP_STALENESS)
    assert (result["status"], result["rows"]) == ("succeeded", 1)
    rows = database.rows(
        "select id, company_source_id, reason, priority from treasury.scraper_jobs order by id"
    )
    assert [(row["company_source_id"], row["reason"], row["priority"]) for row in rows] == [
        (ids[1], "stale", 3),
        (ids[0], "stale", 3),
    ]
    assert rows[0]["id"] == queued


def test_only_administrators_look_after_scraping(database: Database, api: Api) -> None:
    for path in ("sources", "company-sources", "scraper-jobs", "scraper-jobs/1", "scraper-jobs/1/raw"):
        assert api.get(f"{PATH}/{path}").status == 401
        assert sign_up().api.get(f"{PATH}/{path}").status == 403


def test_the_balance_sheet_becomes_financials_once(
    database: Database, outside: Server, admin: Person
) -> None:
    lrks = larkspur(database)
    source = source_of(database, lrks, LARKSPUR)
    with clock.at(datetime(2025, 9, 1, tzinfo=UTC)):
        scrape(database, source)
    (held,) = database.rows("select * from treasury.company_financials")
    assert (held["effective_date"].isoformat(), held["cash"], held["total_debt"]) == (
        "2025-06-30",
        9_800_000,
        40_000_000,
    )
    assert (held["shares_basic"], held["shares_unit_date"].isoformat()) == (23_100_000, "2025-07-31")
    assert held["preferred_equity"] is None, "what is not reported is not known"
    assert held["accession"] == "0009990001-25-900001"
    database.run("update treasury.company_financials set source = 'by hand'")
    with clock.at(datetime(2025, 9, 2, tzinfo=UTC)):
        scrape(database, source)
    assert len(database.rows("select * from treasury.company_financials")) == 1, "it is known"
