"""Nothing is lost and nothing doubled when the worker or the database is killed in mid-work (kill -9)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest

from chalicelib.core import db, migrate, settings
from chalicelib.market import backfill, jobs
from chalicelib.sources import binance
from local.embedded import Embedded
from local.standins import Histories, Server
from tests.conftest import Database, roomy_folder
from tests.market import factory
from tests.market.factory import DAY, asset_id, coin_days, queue_row, stored, today

LAST = today() - DAY
FIRST = LAST - 399 * DAY
PATIENCE = 60.0
"""Seconds after which something that should have happened never will."""

WORKER = """
from chalicelib.market import backfill
from chalicelib.sources import binance
binance.BARS_PER_PAGE = 100
backfill.PAGES_AT_ONCE = 1
backfill.work_on({row})
"""


class Gate:
    """Stops the source at its n-th request, until it is opened."""

    def __init__(self, outside: Server, request: int) -> None:
        behaviour = outside.behaviours["binance"]
        real, asked = behaviour.next_mode, 0
        self.reached, self._open = threading.Event(), threading.Event()

        def next_mode() -> str:
            nonlocal asked
            asked += 1
            if asked == request:
                self.reached.set()
                self._open.wait(PATIENCE)
            return real()

        behaviour.next_mode = next_mode  # type: ignore[method-assign]

    def wait(self) -> None:
        assert self.reached.wait(PATIENCE), "the worker never came to its page"

    def open(self) -> None:
        self._open.set()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def waits_for_a_lock(database: Database) -> bool:
    return bool(
        database.rows(
            "select from pg_stat_activity where datname = current_database() and usename = 'holdfast_jobs' "
            "and wait_event_type = 'Lock'"
        )
    )


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binance, "BARS_PER_PAGE", 100)
    monkeypatch.setattr(backfill, "PAGES_AT_ONCE", 1)


def start_worker(row: int) -> subprocess.Popen[bytes]:
    """A worker in a process of its own, as Lambda or the local poller would run it."""
    return subprocess.Popen([sys.executable, "-c", WORKER.format(row=row)], stdout=subprocess.DEVNULL)


def the_next_worker_finishes(database: Database, row: int) -> None:
    """The lease of the dead runs out, the sweep rings, and a worker takes the row."""
    database.run(
        "update market.backfill_queue set leased_until = now() - interval '1 s', rung_at = now() - interval '2 h'"
    )
    jobs.sweep_backfills(factory.midnight(today()))
    assert ("backfill", row) in database.rung
    backfill.work_on(row)


def as_in_an_undisturbed_run(database: Database, histories: Histories, asset: int, row: int) -> None:
    told = factory.backfill(database, row)
    assert (told["status"], told["next_date"], told["rows_landed"]) == ("completed", LAST + DAY, 400)
    expected = [
        (factory.midnight(day), *map(Decimal, texts), "binance")
        for day, texts in coin_days(histories, "BTC", FIRST, LAST).items()
    ]
    assert [tuple(bar.values()) for bar in stored(database, asset)] == expected


def test_a_worker_killed_while_it_fetches(
    database: Database, outside: Server, histories: Histories, small_pages: None
) -> None:
    btc = asset_id(database, "BTC")
    row = queue_row(database, btc, FIRST, LAST)
    gate = Gate(outside, request=3)
    worker = start_worker(row)
    gate.wait()
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(PATIENCE) == -signal.SIGKILL
    gate.open()

    told = factory.backfill(database, row)
    assert (told["status"], told["rows_landed"], told["next_date"]) == ("in_progress", 200, FIRST + 200 * DAY)
    assert len(stored(database, btc)) == 200
    the_next_worker_finishes(database, row)
    as_in_an_undisturbed_run(database, histories, btc, row)
    assert outside.requests("binance") == 5, "of four pages only the one that was cut off was asked for twice"


def test_a_worker_killed_while_it_lands(
    database: Database, outside: Server, histories: Histories, small_pages: None
) -> None:
    btc = asset_id(database, "BTC")
    row = queue_row(database, btc, FIRST, LAST)
    with psycopg.connect(database.url("owner")) as blocker:
        # the last thing that the worker writes, in the transaction that lands a page: it gets no further than here
        blocker.execute("insert into market.source_health (source) values ('binance')")
        worker = start_worker(row)
        until(lambda: waits_for_a_lock(database))
        worker.send_signal(signal.SIGKILL)
        worker.wait(PATIENCE)
        blocker.rollback()
    until(
        lambda: (
            not database.rows(
                "select from pg_stat_activity where usename = 'holdfast_jobs' and datname = current_database()"
            )
        )
    )

    told = factory.backfill(database, row)
    assert (told["rows_landed"], told["next_date"], stored(database, btc)) == (0, FIRST, []), (
        "all of a page or nothing"
    )
    the_next_worker_finishes(database, row)
    as_in_an_undisturbed_run(database, histories, btc, row)


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, database: Database) -> Iterator[Database]:
    """A migrated database on a server of its own, which may be killed."""
    server = Embedded(roomy_folder() / "pg")
    server.create_database("mortal")
    migrate.migrate(server.url("owner", "mortal"))
    mortal = Database(server, "mortal", database.rung)
    for role in ("api", "jobs", "owner"):
        monkeypatch.setenv(f"HOLDFAST_{role.upper()}_DATABASE_URL", mortal.url(role))
    settings.forget()
    db.close_all()
    yield mortal
    db.close_all()
    mortal.server.stop()
    shutil.rmtree(mortal.server.data.parent)


def kill_postgres(mortal: Database) -> None:
    """Kills the postmaster; its children notice and end. Then starts it again over what is left."""
    killed = mortal.server
    os.kill(killed.pid, signal.SIGKILL)
    mortal.server = Embedded(killed.data)
    assert not killed.release(), "the new one uses it"


def test_postgresql_killed_between_two_pages_and_the_worker_goes_on(
    own: Database, outside: Server, histories: Histories, small_pages: None
) -> None:
    btc = asset_id(own, "BTC")
    row = queue_row(own, btc, FIRST, LAST)
    gate = Gate(outside, request=3)
    with ThreadPoolExecutor() as pool:
        worker = pool.submit(backfill.work_on, row)
        gate.wait()
        kill_postgres(own)
        gate.open()
        assert worker.exception(PATIENCE) is None, "its connection was dead, a new one was not"
    as_in_an_undisturbed_run(own, histories, btc, row)
    assert outside.requests("binance") == 4


def test_postgresql_killed_while_a_page_lands(
    own: Database, outside: Server, histories: Histories, small_pages: None
) -> None:
    btc = asset_id(own, "BTC")
    row = queue_row(own, btc, FIRST, LAST)
    gate = Gate(outside, request=3)
    with ThreadPoolExecutor() as pool:
        worker = pool.submit(backfill.work_on, row)
        gate.wait()
        blocker = psycopg.connect(own.url("owner"))
        blocker.execute("select from market.source_health where source = 'binance' for update")
        gate.open()
        until(lambda: waits_for_a_lock(own))
        kill_postgres(own)
        failure = worker.exception(PATIENCE)
    blocker.close()
    assert isinstance(failure, psycopg.OperationalError), "the message fails, and is delivered again"

    told = factory.backfill(own, row)
    assert (told["rows_landed"], told["next_date"]) == (200, FIRST + 200 * DAY), (
        "what was committed survived, no more"
    )
    assert len(stored(own, btc)) == 200
    if told["status"] == "pending":
        factory.wait_is_over(own, row)
    the_next_worker_finishes(own, row)
    as_in_an_undisturbed_run(own, histories, btc, row)
