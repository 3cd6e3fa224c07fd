"""The timetable's jobs on a system that is empty, and the sweep of what has served its time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.core import db, jobs
from chalicelib.core.jobs import run
from tests.conftest import Database

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


def test_every_job_of_the_timetable_runs_on_an_empty_system(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And again: there is nothing to refresh, so no source is asked (the settings name ones that cannot answer)."""
    import app
    from chalicelib.core import settings

    for name in ("BINANCE", "COINGECKO", "ALPACA", "ECB", "OPENEXCHANGERATES"):
        monkeypatch.setenv(f"HOLDFAST_{name}_URL", "http://127.0.0.1:1")
    settings.forget()
    timetable = [job for line in app.TIMETABLE.values() for job in line]
    assert sorted(job.name for job in timetable) == sorted(jobs.registry), "no job is left off the timetable"
    due = [job for job in timetable if job.name != "refresh_exchange_rates"]
    for _ in range(2):
        assert {run(job, NOON)["status"] for job in due} == {"succeeded"}


def test_the_sweep_removes_what_has_served_its_time(database: Database) -> None:
    ages = ["23 hours", "25 hours", "6 days", "8 days", "89 days", "91 days"]
    with database.owner() as conn:
        conn.execute("insert into app.outbox_topics values ('t', 9)")
        for n, age in enumerate(ages):
            conn.execute(
                "insert into app.idempotency_keys values (gen_random_uuid(), 'k', 'r', '', 200, '', %s - %s::interval)",
                [NOON, age],
            )
            conn.execute(
                "insert into app.outbox values ('t', %s, 'k', '{}', null, %s - %s::interval)", [n, NOON, age]
            )
            conn.execute(
                "insert into app.rate_limits values (%s, now(), null, %s - %s::interval)", [age, NOON, age]
            )
            conn.execute(
                "insert into app.job_runs (job, as_of, started_at, finished_at, status) "
                "values ('j', %(n)s, %(n)s - %(a)s::interval, %(n)s, 'failed')", {"n": NOON, "a": age})  # fmt: skip
    jobs._sweep_ground_floor(NOON)
    left = {
        table: database.row(f"select count(*) from app.{table}")["count"]
        for table in ("idempotency_keys", "outbox", "rate_limits", "job_runs")
    }
    assert left == {"idempotency_keys": 1, "outbox": 3, "rate_limits": 4, "job_runs": 5}


def test_a_transaction_that_cannot_act_leaves_no_connection_open(database: Database) -> None:
    import gc

    import psycopg

    from chalicelib.core.principal import Principal

    for _ in range(3):
        with pytest.raises(psycopg.errors.InvalidParameterValue), db.transaction(Principal("king")) as tx:  # type: ignore[arg-type]
            tx.execute("select")
    gc.collect()  # a connection that was left open would warn, and warnings are errors
    open_ones = database.row(
        "select count(*) from pg_stat_activity where usename = 'holdfast_api' and datname = current_database()"
    )
    assert open_ones["count"] == 0
