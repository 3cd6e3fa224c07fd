"""The sweep: lost bells, waits that are over, and workers that died."""

from __future__ import annotations

from typing import Any

from chalicelib.market import jobs
from tests.conftest import Database
from tests.market import factory
from tests.market.factory import DAY, queue_row, today

LAST = today() - DAY
FIRST = LAST - 249 * DAY


def swept(database: Database) -> list[int]:
    database.rung.clear()
    jobs.sweep_backfills(factory.midnight(today()))
    return sorted(row for _, row in database.rung)


def test_the_sweep_rings_again_for_what_nobody_is_at_work_on(database: Database) -> None:
    asset = factory.new_asset(database)

    def row(n: int, **fields: Any) -> int:
        return queue_row(database, asset, FIRST + n * DAY, FIRST + n * DAY, **fields)

    lost_bell = row(0)
    waits = row(1, status="rate_limited")
    waited = row(2, status="rate_limited")
    alive = row(3)
    dead = row(4)
    row(5, status="failed")
    just_rung = row(6)
    database.run("update market.backfill_queue set retry_after = now() + interval '1 h' where id = %s", waits)
    database.run(
        "update market.backfill_queue set retry_after = now() - interval '1 s' where id = %s", waited
    )
    for number, lease in ((alive, "1 min"), (dead, "-1 s")):
        database.run(
            "update market.backfill_queue set status = 'in_progress', attempts = 1, rung_at = now() - interval '4 min', "
            "leased_until = now() + %s::interval where id = %s",
            lease,
            number,
        )
    database.run("update market.backfill_queue set rung_at = now() where id = %s", just_rung)
    assert swept(database) == [lost_bell, waited, dead]
    assert swept(database) == [], "each of them once in ten minutes"
    database.run(
        "update market.backfill_queue set rung_at = now() - interval '11 min' where status <> 'in_progress'"
    )
    assert swept(database) == [lost_bell, waited, just_rung]


def test_a_row_whose_workers_all_died_has_failed_and_says_so(database: Database) -> None:
    row = queue_row(
        database, factory.new_asset(database), FIRST, LAST, attempts=5, error_message="binance: HTTP 500"
    )
    database.run(
        "update market.backfill_queue set status = 'in_progress', leased_until = now() - interval '1 s'"
    )
    assert swept(database) == []
    told = factory.backfill(database, row)
    assert told["status"] == "failed"
    assert told["error_message"] == "binance: HTTP 500; its worker ended without a word, on every attempt"
    (event,) = database.rows("select kind from app.outbox where topic = 'backfills'")
    assert event["kind"] == "backfill_failed"
