"""Jobs: each run recorded, missed periods made up for in order, never twice at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import clock, jobs, log
from chalicelib.core.jobs import Job, JobFailed, NotYet, Outcome, run, run_due
from tests.conftest import Database
from tests.identity.factory import make_admin

DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 3, 18, tzinfo=UTC)
NOON = MIDNIGHT + timedelta(hours=12)
EVENT = {"time": "2026-03-18T12:00:00Z"}


class Diary:
    """A job's work that writes down for which moments it ran, and fails where it is told to."""

    def __init__(self) -> None:
        self.moments: list[datetime] = []
        self.fails_at: set[datetime] = set()

    def __call__(self, as_of: datetime) -> Outcome:
        self.moments.append(as_of)
        if as_of in self.fails_at:
            raise ValueError(f"cannot do {as_of:%Y-%m-%d}")
        return Outcome(3, {"seen": len(self.moments)})


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def make(database: Database, diary: Diary) -> Iterator[Callable[..., Job]]:
    known = dict(jobs.registry)

    def job(name: str = "test_job", period: timedelta | None = DAY, work: Any = diary) -> Job:
        return Job(name, work, period)

    with clock.at(NOON + 2 * DAY):  # none of these events is of the future
        yield job
    jobs.registry.clear()
    jobs.registry.update(known)


def runs(database: Database) -> list[dict[str, Any]]:
    return database.rows(
        "select job, as_of, status, rows_changed, error, details, finished_at from app.job_runs order by id"
    )


def succeeded(database: Database, moment: datetime, job: str = "test_job") -> None:
    database.run(
        "insert into app.job_runs (job, as_of, status, finished_at) values (%s, %s, 'succeeded', now())",
        job,
        moment,
    )


def test_a_run_is_recorded_with_what_it_did(database: Database, make: Callable[..., Job]) -> None:
    assert run(make(), NOON) == {
        "job": "test_job",
        "status": "succeeded",
        "rows": 3,
        "as_of": MIDNIGHT.isoformat(),
    }
    (row,) = runs(database)
    assert (row["as_of"], row["status"], row["rows_changed"], row["error"]) == (
        MIDNIGHT,
        "succeeded",
        3,
        None,
    )
    assert row["details"] == {"seen": 1}
    assert row["finished_at"] is not None


def test_a_failure_is_recorded_with_its_reason(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    diary.fails_at = {MIDNIGHT}
    result = run(make(), NOON)
    assert (result["status"], result["error"]) == ("failed", "ValueError: cannot do 2026-03-18")
    (row,) = runs(database)
    assert (row["status"], row["error"]) == ("failed", "ValueError: cannot do 2026-03-18")


def test_missed_periods_are_made_up_for_oldest_first(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    succeeded(database, MIDNIGHT - 3 * DAY)
    assert run(make(), NOON)["rows"] == 9
    assert diary.moments == [MIDNIGHT - 2 * DAY, MIDNIGHT - DAY, MIDNIGHT]


def test_making_up_stops_where_a_period_fails_and_goes_on_from_there(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    succeeded(database, MIDNIGHT - 3 * DAY)
    diary.fails_at = {MIDNIGHT - DAY}
    assert run(make(), NOON)["status"] == "failed"
    assert diary.moments == [MIDNIGHT - 2 * DAY, MIDNIGHT - DAY]
    diary.fails_at = set()
    run(make(), NOON)
    assert diary.moments[2:] == [MIDNIGHT - DAY, MIDNIGHT]


def test_after_a_long_outage_so_many_periods_at_once_and_the_rest_next_time(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    succeeded(database, MIDNIGHT - 100 * DAY)
    run(make(), NOON)
    assert diary.moments == [MIDNIGHT - n * DAY for n in range(99, 39, -1)]
    run_due(EVENT, make())
    assert diary.moments[60:] == [MIDNIGHT - n * DAY for n in range(39, -1, -1)]


def test_a_job_that_counts_no_periods_runs_for_now_only(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    succeeded(database, MIDNIGHT - 3 * DAY)
    run(make(period=None), NOON)
    assert diary.moments == [NOON]


def test_a_past_moment_alone_can_be_run_again(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    succeeded(database, MIDNIGHT)
    run(make(), MIDNIGHT - 30 * DAY, catch_up=False)
    assert diary.moments == [MIDNIGHT - 30 * DAY]


def test_a_run_for_the_future_by_mistake_does_not_stop_the_job(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    succeeded(database, MIDNIGHT - DAY)
    succeeded(database, MIDNIGHT + 1000 * DAY)
    run_due(EVENT, make())
    assert diary.moments == [MIDNIGHT]


def test_a_daily_job_on_an_hourly_schedule_runs_once_a_day(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    job = make()
    for hour in range(26):
        run_due({"time": (MIDNIGHT + timedelta(hours=hour)).isoformat()}, job)
    assert diary.moments == [MIDNIGHT, MIDNIGHT + DAY]


def test_a_failed_period_is_tried_again_at_the_next_hour(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    job, diary.fails_at = make(), {MIDNIGHT}
    with pytest.raises(JobFailed):
        run_due(EVENT, job)
    diary.fails_at = set()
    run_due({"time": "2026-03-18T13:00:00Z"}, job)
    assert [row["status"] for row in runs(database)] == ["failed", "succeeded"]


def test_one_that_fails_does_not_stop_the_others_and_is_named_at_the_end(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    def broken(as_of: datetime) -> Outcome:
        raise RuntimeError

    with pytest.raises(JobFailed, match="failed: first, third;"):
        run_due(EVENT, make("first", work=broken), make("second"), make("third", work=broken), make("fourth"))
    assert [(row["job"], row["status"]) for row in runs(database)] == [
        ("first", "failed"), ("second", "succeeded"), ("third", "failed"), ("fourth", "succeeded")]  # fmt: skip


def test_a_run_that_loses_the_database_does_not_stop_the_others_either(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    def cut(as_of: datetime) -> Outcome:
        database.cut_off("holdfast_jobs")
        return Outcome()

    with pytest.raises(JobFailed, match="failed: cut;"):
        run_due(EVENT, make("cut", work=cut), make("after"))
    assert ("after", "succeeded") in [(row["job"], row["status"]) for row in runs(database)]


def test_the_events_time_counts_and_without_one_the_clocks(make: Callable[..., Job], diary: Diary) -> None:
    run_due({"time": "2026-03-18T14:00:00+02:00"}, make(period=None))
    with clock.at(NOON + DAY):
        run_due({}, make("other", period=None))
    assert diary.moments == [NOON, NOON + DAY]


def test_an_event_of_the_future_runs_nothing(
    database: Database, make: Callable[..., Job], diary: Diary
) -> None:
    job = make(period=None)
    with clock.at(NOON):
        with pytest.raises(NotYet, match="2026-03-18 12:05:01 UTC has not come yet"):
            run_due({"time": "2026-03-18T12:05:01Z"}, job)
        assert runs(database) == []
        run_due({"time": "2026-03-18T12:05:00Z"}, job)
    assert diary.moments == [NOON + timedelta(minutes=5)], "clocks differ"


def test_it_never_runs_twice_at_once(database: Database, make: Callable[..., Job]) -> None:
    running, go_on, results = threading.Event(), threading.Event(), []

    def slow(as_of: datetime) -> Outcome:
        running.set()
        assert go_on.wait(30)
        return Outcome()

    job = make(work=slow)
    first = threading.Thread(target=lambda: results.append(run(job, NOON)))
    first.start()
    assert running.wait(30)
    assert run(job, NOON)["status"] == "skipped"
    assert run(make("another", work=lambda as_of: Outcome()), NOON)["status"] == "succeeded"
    go_on.set()
    first.join(30)
    assert [result["status"] for result in results] == ["succeeded"]
    assert [row["job"] for row in runs(database) if row["job"] == "test_job"] == ["test_job"]
    assert run(job, NOON)["status"] == "succeeded", "the lock ended with the run"


def test_a_run_that_was_killed_is_marked_by_the_next(database: Database, make: Callable[..., Job]) -> None:
    database.run(
        "insert into app.job_runs (job, as_of) values ('test_job', %s), ('other', %s)",
        MIDNIGHT - DAY,
        MIDNIGHT,
    )
    run(make(), NOON)
    assert [(row["job"], row["status"]) for row in runs(database)] == [
        ("test_job", "abandoned"), ("other", "running"), ("test_job", "succeeded")]  # fmt: skip
    assert "ended before" in runs(database)[0]["error"]


def test_each_run_counts_for_the_alarm(
    make: Callable[..., Job], diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(log, "write", lines.append)
    diary.fails_at = {MIDNIGHT}
    run(make(), NOON)
    run(make("fine", work=lambda as_of: Outcome()), NOON)
    assert [(line["Job"], line["JobFailures"]) for line in lines if "JobFailures" in line] == [
        ("test_job", 1),
        ("fine", 0),
    ]


def test_administrators_read_the_record_newest_first_by_pages(
    database: Database, make: Callable[..., Job]
) -> None:
    for n in range(5):
        succeeded(database, MIDNIGHT + n * DAY)
    succeeded(database, MIDNIGHT, job="other")
    admin = make_admin()
    path, seen = "/v1/admin/job-runs?job=test_job&limit=2", []
    while True:
        page = admin.api.get(path).json
        seen += [item["as_of"][:10] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        path = f"/v1/admin/job-runs?job=test_job&limit=2&cursor={page['next_cursor']}"
    assert seen == [f"2026-03-{day}" for day in (22, 21, 20, 19, 18)]
