"""An administrator stops a job that waits: before its turn, or between two attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core import queue
from chalicelib.treasury import scraping
from tests.conftest import Api, Database
from tests.identity.factory import Person, make_admin, sign_up
from tests.treasury.factory import _insert
from tests.treasury.scraped import LARKSPUR, job, larkspur, plan, source_of, told

PATH = "/v1/admin/treasury/scraper-jobs"


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


@pytest.fixture
def source(database: Database) -> int:
    return source_of(database, larkspur(database), LARKSPUR)


def test_a_job_that_waits_its_turn_is_not_done(database: Database, admin: Person, source: int) -> None:
    (number,) = plan(database)
    answer = admin.api.post(f"{PATH}/{number}/cancel", {})
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert answer.json["finished_at"] is not None
    scraping.work_on(number)  # its bell rings all the same
    row = job(database, number)
    assert (row["status"], row["attempts"]) == ("cancelled", 0)
    assert told(row) == "cancelled by an administrator"
    assert [one["id"] for one in admin.api.get(f"{PATH}?status=cancelled").json["items"]] == [number]


def test_a_job_that_waits_after_a_failure_is_not_tried_again(
    database: Database, admin: Person, source: int
) -> None:
    number = _insert(
        database, "treasury.scraper_jobs",
        {"company_source_id": source, "attempts": 2, "error_code": "unavailable", "last_error": "503",
         "not_before": datetime.now(UTC) + timedelta(minutes=20)},
    )  # fmt: skip
    answer = admin.api.post(f"{PATH}/{number}/cancel", {})
    assert (answer.json["status"], answer.json["error_code"]) == ("cancelled", "unavailable"), (
        "why it waited stays"
    )


def test_its_source_is_due_again_after_its_usual_time(database: Database, admin: Person, source: int) -> None:
    (number,) = plan(database)
    admin.api.post(f"{PATH}/{number}/cancel", {})
    assert plan(database) == []
    later = datetime.now(UTC) + timedelta(hours=1)
    (again,) = plan(database, later)
    assert again != number


def test_a_cancelled_job_may_be_done_after_all(database: Database, admin: Person, source: int) -> None:
    (number,) = plan(database)
    admin.api.post(f"{PATH}/{number}/cancel", {})
    database.rung.clear()
    again = admin.api.post(f"{PATH}/{number}/retry", {}).json
    assert (again["status"], again["reason"]) == ("queued", "retry")
    assert database.rung == [(queue.SCRAPE.name, again["id"])]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        ("running", "scraper_job_running", "A worker is at job"),
        ("succeeded", "scraper_job_ended", "it is succeeded"),
        ("failed", "scraper_job_ended", "it is failed"),
        ("cancelled", "scraper_job_ended", "it is cancelled"),
    ],
)
def test_what_is_under_way_or_over_is_refused(
    database: Database, admin: Person, source: int, status: str, code: str, words: str
) -> None:
    number = _insert(
        database,
        "treasury.scraper_jobs",
        {"company_source_id": source, "status": status, "started_at": datetime.now(UTC)},
    )
    answer = admin.api.post(f"{PATH}/{number}/cancel", {})
    assert (answer.status, answer.code) == (409, code)
    assert words in answer.json["detail"]
    assert job(database, number)["status"] == status


def test_who_cancelled_is_in_the_audit_log(database: Database, admin: Person, source: int) -> None:
    (number,) = plan(database)
    admin.api.post(f"{PATH}/{number}/cancel", {})
    (entry,) = admin.api.get(f"/v1/admin/audit-log?table=treasury.scraper_jobs&record={number}").json["items"]
    assert (entry["action"], entry["user_id"]) == ("update", str(admin.id))
    assert (entry["old_values"]["status"], entry["new_values"]["status"]) == ("queued", "cancelled")
    assert "raw_response" not in entry["new_values"]


def test_only_administrators_cancel(database: Database, admin: Person, source: int) -> None:
    (number,) = plan(database)
    assert sign_up().api.post(f"{PATH}/{number}/cancel", {}).status == 403
    assert Api().post(f"{PATH}/{number}/cancel", {}).status == 401
    assert (admin.api.post(f"{PATH}/999/cancel", {}).status, job(database, number)["status"]) == (
        404,
        "queued",
    )
