"""The worker: claims a row, fetches it from the outside world page by page, and lands it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import db, queue
from chalicelib.market import backfill
from chalicelib.sources import alpaca, binance, client
from local.standins import Histories, Server
from tests.conftest import Database
from tests.identity.together import together
from tests.market import factory
from tests.market.factory import DAY, asset_id, closes, coin_days, queue_row, share_days, stored, today

LAST = today() - DAY
FIRST = LAST - 299 * DAY


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of a hundred days that land one by one."""
    monkeypatch.setattr(binance, "BARS_PER_PAGE", 100)
    monkeypatch.setattr(backfill, "PAGES_AT_ONCE", 1)


def test_a_backfill_lands_every_bar_as_the_source_has_it(
    database: Database, outside: Server, histories: Histories
) -> None:
    btc = asset_id(database, "BTC")
    row = queue_row(database, btc, FIRST, LAST)
    backfill.work_on(row)
    world = coin_days(histories, "BTC", FIRST, LAST)
    bars = stored(database, btc)
    assert len(bars) == len(world) == 300
    for found, (day, (opened, high, low, close, volume)) in zip(bars, world.items(), strict=True):
        assert found["timestamp"].date() == day
        numbers = tuple(found[name] for name in ("open", "high", "low", "close", "volume"))
        assert numbers == tuple(Decimal(text) for text in (opened, high, low, close, volume))
        assert found["source"] == "binance"


def test_the_row_tells_the_story(database: Database, outside: Server) -> None:
    row = queue_row(database, asset_id(database, "BTC"), FIRST, LAST)
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["attempts"], told["source"]) == ("completed", 1, "binance")
    assert (told["rows_landed"], told["rows_flagged"]) == (300, 0)
    assert told["next_date"] == LAST + DAY
    assert (told["leased_until"], told["retry_after"], told["error_message"], told["note"]) == (None,) * 4
    assert told["completed_at"] >= told["created_at"]
    (event,) = database.rows("select kind, payload from app.outbox where topic = 'backfills'")
    assert event["kind"] == "backfill_completed"
    assert event["payload"]["rows"] == 300


def test_a_share_has_bars_on_trading_days_only(
    database: Database, outside: Server, histories: Histories
) -> None:
    mstr = asset_id(database, "MSTR")
    backfill.work_on(queue_row(database, mstr, FIRST, LAST))
    world = share_days(histories, "MSTR", FIRST, LAST)
    assert closes(database, mstr) == {day: Decimal(texts[3]) for day, texts in world.items()}
    assert not [day for day in closes(database, mstr) if day.weekday() >= 5]


def test_pages_of_shares_follow_one_another(
    database: Database, outside: Server, histories: Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alpaca, "BARS_PER_PAGE", 60)
    mstr = asset_id(database, "MSTR")
    backfill.work_on(queue_row(database, mstr, FIRST, LAST))
    assert len(closes(database, mstr)) == len(share_days(histories, "MSTR", FIRST, LAST)) > 200
    assert outside.requests("alpaca") == 4


def test_a_second_message_for_the_same_row_does_nothing(database: Database, outside: Server) -> None:
    row = queue_row(database, asset_id(database, "BTC"), FIRST, LAST)
    backfill.work_on(row)
    before, asked = factory.backfill(database, row), outside.requests("binance")
    backfill.work_on(row)
    assert factory.backfill(database, row) == before
    assert outside.requests("binance") == asked


def test_of_many_workers_one_gets_the_row(database: Database, outside: Server, small_pages: None) -> None:
    row = queue_row(database, asset_id(database, "BTC"), FIRST, LAST)
    results = together(*[lambda: backfill.work_on(row)] * 6)
    assert results == [None] * 6
    told = factory.backfill(database, row)
    assert (told["status"], told["claims"], told["attempts"], told["rows_landed"]) == ("completed", 1, 1, 300)
    assert outside.requests("binance") == 3, "each page was asked for once"


def test_messages_in_any_order_and_more_than_once_end_the_same(
    database: Database, outside: Server, small_pages: None
) -> None:
    rows = [queue_row(database, asset_id(database, name), FIRST, LAST) for name in ("BTC", "ETH", "SOL")]
    messages = [{"messageId": str(n), "body": f'{{"id": {rows[n % 3]}}}'} for n in (4, 0, 2, 1, 5, 3)]
    assert queue.consume(messages, backfill.work_on) == {"batchItemFailures": []}
    assert [factory.backfill(database, row)["rows_landed"] for row in rows] == [300] * 3
    assert outside.requests("binance") == 9


def test_a_bad_message_fails_alone(database: Database, outside: Server) -> None:
    row = queue_row(database, asset_id(database, "BTC"), FIRST, LAST)
    bodies = [
        "not json",
        "{}",
        '{"id": null}',
        '{"id": "seven"}',
        "[]",
        f'{{"id": {row}}}',
        '{"id": 987654321}',
    ]
    messages = [{"messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]
    failed = queue.consume(messages, backfill.work_on)["batchItemFailures"]
    assert [item["itemIdentifier"] for item in failed] == ["m0", "m1", "m2", "m3", "m4"]
    assert factory.backfill(database, row)["status"] == "completed", (
        "and a row that is gone is no fault of the message"
    )


def test_a_row_that_waits_is_left_alone_until_then(database: Database, outside: Server) -> None:
    row = queue_row(database, asset_id(database, "BTC"), FIRST, LAST)
    database.run(
        "update market.backfill_queue set status = 'rate_limited', retry_after = now() + interval '1 min'"
    )
    backfill.work_on(row)
    assert (factory.backfill(database, row)["status"], outside.requests("binance")) == ("rate_limited", 0)
    factory.wait_is_over(database, row)
    backfill.work_on(row)
    assert factory.backfill(database, row)["status"] == "completed"


class PowerCut(BaseException):
    """A worker's end in mid-work, of which it cannot tell anybody."""


def fail_at(monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    """The worker ends without a word when it asks for page number `page`."""
    asked = 0
    real = binance.Binance.daily_bars

    def daily_bars(self: Any, *arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == page:
            raise PowerCut
        return real(self, *arguments)

    monkeypatch.setattr(binance.Binance, "daily_bars", daily_bars)


def lease_runs_out(database: Database) -> None:
    database.run(
        "update market.backfill_queue set leased_until = now() - interval '1 s' where leased_until is not null"
    )


def test_the_next_worker_goes_on_where_the_last_page_landed(
    database: Database, outside: Server, small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    btc = asset_id(database, "BTC")
    row = queue_row(database, btc, FIRST, LAST)
    with monkeypatch.context() as patch:
        fail_at(patch, 3)
        with pytest.raises(PowerCut):
            backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["next_date"], told["rows_landed"]) == ("in_progress", FIRST + 200 * DAY, 200)
    backfill.work_on(row)
    assert outside.requests("binance") == 2, "its lease runs: the row still belongs to the worker that died"
    lease_runs_out(database)
    backfill.work_on(row)
    assert outside.requests("binance") == 3, "only the page that was missing was asked for"
    told = factory.backfill(database, row)
    assert (told["status"], told["attempts"], told["rows_landed"]) == ("completed", 2, 300)
    assert len(stored(database, btc)) == 300


def test_a_worker_that_lost_its_lease_changes_nothing(
    database: Database, outside: Server, small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    btc = asset_id(database, "BTC")
    row = queue_row(database, btc, FIRST, LAST)
    late: list[Any] = []
    real = binance.Binance.daily_bars

    def overtaken(self: Any, *arguments: Any) -> Any:
        page = real(self, *arguments)
        if not late:  # while the first worker holds its first page, another does the whole row
            late.append(page)
            lease_runs_out(database)
            backfill.work_on(row)
            late.append((factory.backfill(database, row), factory.versions(database, btc)))
        return page

    monkeypatch.setattr(binance.Binance, "daily_bars", overtaken)
    backfill.work_on(row)
    assert (factory.backfill(database, row), factory.versions(database, btc)) == late[1]
    assert late[1][0]["status"] == "completed"


@pytest.mark.parametrize("between", ["it waits uncounted", "an administrator retries it"])
def test_an_old_claim_is_never_taken_for_a_new_one(database: Database, between: str) -> None:
    """The attempts may go back; what fences the row only counts up."""
    row = queue_row(database, factory.new_asset(database), FIRST, LAST)

    def claim() -> dict[str, Any]:
        with db.job_transaction() as tx:
            claimed = backfill.queries.claim_backfill(tx.conn, id=row, lease=timedelta(minutes=1))
        return dict(claimed)

    def postpone(number: int, counts: bool) -> str | None:
        with db.job_transaction() as tx:
            return backfill.queries.postpone_backfill(
                tx.conn, id=row, claim=number, status="pending", wait=timedelta(0), error="x", counts=counts
            )

    old = claim()["claims"]
    if between == "it waits uncounted":
        postpone(old, counts=False)
    else:
        database.run("update market.backfill_queue set status = 'pending', attempts = 0, leased_until = null")
    new = claim()
    assert new["attempts"] == 1
    before = factory.backfill(database, row)
    assert postpone(old, counts=True) is None
    with db.job_transaction() as tx:
        page = {
            "source": "late",
            "bars": "[]",
            "next_date": LAST + DAY,
            "lease": timedelta(minutes=1),
            "note": None,
        }
        assert backfill.queries.land_backfill(tx.conn, id=row, claim=old, **page) is None
    after = factory.backfill(database, row)
    assert (after["status"], after["next_date"]) == ("in_progress", FIRST)
    assert after["updated_at"] == before["updated_at"]


def test_when_its_time_is_over_the_worker_rings_and_another_goes_on(
    database: Database, outside: Server, small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = queue_row(database, asset_id(database, "BTC"), FIRST, LAST)
    monkeypatch.setattr(backfill, "TIME_BUDGET", -1.0)
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["attempts"]) == ("pending", 0), "having had no time is no failed attempt"
    assert database.rung == [("backfill", row)]


def test_a_slow_sources_pages_land_one_by_one(
    database: Database, outside: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gathered for longer than the lease, they would be lost with it."""
    monkeypatch.setattr(binance, "BARS_PER_PAGE", 100)
    monkeypatch.setattr(backfill, "GATHER_SECONDS", -1.0)
    fail_at(monkeypatch, 3)
    row = queue_row(database, asset_id(database, "BTC"), FIRST, LAST)
    with pytest.raises(PowerCut):
        backfill.work_on(row)
    assert factory.backfill(database, row)["rows_landed"] == 200
    worst = 2 * (client.CONNECT_SECONDS + client.ANSWER_SECONDS) + 15
    assert worst < backfill.LEASE.total_seconds(), (
        "two sources that drip to the end, and the lease still runs"
    )


def test_quick_pages_land_together(
    database: Database, outside: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binance, "BARS_PER_PAGE", 100)
    row = queue_row(database, asset_id(database, "BTC"), FIRST, LAST)
    landed: list[int] = []
    monkeypatch.setattr(backfill.log, "info", lambda event, **fields: landed.append(fields.get("rows", 0)))
    backfill.work_on(row)
    assert landed == [300]


def test_a_range_that_is_not_over_yet_ends_with_yesterday(database: Database, outside: Server) -> None:
    btc = asset_id(database, "BTC")
    backfill.work_on(queue_row(database, btc, LAST - 5 * DAY, LAST + 20 * DAY))
    assert max(closes(database, btc)) == LAST


def test_a_coin_that_did_not_exist_yet_has_no_bars_and_no_error(database: Database, outside: Server) -> None:
    sol = asset_id(database, "SOL")
    row = queue_row(database, sol, date(2017, 1, 1), date(2017, 12, 31))
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["rows_landed"], stored(database, sol)) == ("completed", 0, [])
