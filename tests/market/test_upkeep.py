"""Nightly upkeep: histories grow, holes are asked for once, old bars keep their close, partitions are made ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import log
from chalicelib.market import backfill, jobs
from local.standins import Server
from tests.conftest import Database
from tests.market import factory
from tests.market.factory import (
    DAY,
    asset_id,
    bar,
    closes,
    hold,
    land,
    midnight,
    new_asset,
    new_holder,
    queue_row,
    today,
)

NIGHT = midnight(today()) + timedelta(minutes=5)
LAST = today() - DAY


def queued(database: Database, asset: int, reason: str) -> list[tuple[date, date]]:
    rows = database.rows(
        "select start_date, end_date from market.backfill_queue where asset_id = %s and reason = %s order by 1",
        asset,
        reason,
    )
    return [(row["start_date"], row["end_date"]) for row in rows]


def coin_with_history(database: Database, first: date, last: date, **fields: Any) -> int:
    """A held coin whose history from first to last was fetched and completed."""
    coin = new_asset(database, **({"price_sources": ["binance"]} | fields))
    hold(new_holder(database), coin, today())
    database.run("delete from market.backfill_queue where asset_id = %s", coin)
    queue_row(database, coin, first, last, status="completed", next_date=last + DAY, completed_at=NIGHT)
    land(coin, factory.run_of_bars(first, (last - first).days + 1))
    database.rung.clear()
    return coin


def remove(database: Database, asset: int, *days: date) -> None:
    for day in days:
        database.run(
            "delete from market.asset_prices where asset_id = %s and timestamp = %s", asset, midnight(day)
        )


# ------------------------------------------------------------ growing


def test_each_tracked_history_grows_to_yesterday(database: Database) -> None:
    coin = coin_with_history(database, LAST - 50 * DAY, LAST - 3 * DAY)
    assert jobs.extend_histories(NIGHT).rows == 1
    assert queued(database, coin, "holder")[-1] == (LAST - 2 * DAY, LAST)
    assert len(database.rung) == 1
    assert jobs.extend_histories(NIGHT).rows == 0, "once a day is enough"


def test_what_nobody_holds_or_nobody_serves_does_not_grow(database: Database) -> None:
    coin_with_history(database, LAST - 9 * DAY, LAST - 3 * DAY, is_active=False)
    coin_with_history(database, LAST - 9 * DAY, LAST - 3 * DAY, price_sources=[])
    alone = coin_with_history(database, LAST - 9 * DAY, LAST - 3 * DAY)
    database.run("delete from market.asset_holders where asset_id = %s", alone)
    assert jobs.extend_histories(NIGHT).rows == 0


def test_a_coin_that_is_held_again_catches_up_with_the_time_between(database: Database) -> None:
    coin = coin_with_history(database, LAST - 400 * DAY, LAST - 100 * DAY)
    database.run("delete from market.asset_holders where asset_id = %s", coin)
    hold(new_holder(database), coin, today())
    jobs.extend_histories(NIGHT)
    assert queued(database, coin, "holder")[1:] == [(LAST - 99 * DAY, LAST)]


# ------------------------------------------------------------ holes


def test_a_bar_that_got_lost_is_found_missing_and_comes_back(database: Database, outside: Server) -> None:
    btc = asset_id(database, "BTC")
    hold(new_holder(database), btc, today())
    ((_, row),) = database.rung
    backfill.work_on(row)
    whole = closes(database, btc)
    remove(database, btc, LAST - 20 * DAY, LAST - 19 * DAY, LAST - 5 * DAY)
    assert jobs.queue_gaps(NIGHT).rows == 2, "neighbouring days are one hole"
    for _, number in database.rung[1:]:
        backfill.work_on(number)
    assert closes(database, btc) == whole
    assert jobs.queue_gaps(NIGHT).rows == 0


def test_a_true_hole_is_asked_for_once_only(database: Database) -> None:
    coin = coin_with_history(database, LAST - 30 * DAY, LAST)
    remove(database, coin, LAST - 3 * DAY)
    assert jobs.queue_gaps(NIGHT).rows == 1
    assert queued(database, coin, "gap") == [(LAST - 3 * DAY, LAST - 3 * DAY)]
    database.run(
        "update market.backfill_queue set status = 'completed', next_date = end_date + 1, completed_at = now() "
        "where status = 'pending'"
    )
    assert jobs.queue_gaps(NIGHT + DAY).rows == 0, "the source had nothing: the day is known to be empty"


def test_days_before_the_first_bar_and_ranges_still_on_their_way_are_no_holes(database: Database) -> None:
    coin = coin_with_history(database, LAST - 30 * DAY, LAST)
    remove(database, coin, *(LAST - n * DAY for n in range(20, 31)))  # as if it began to trade then
    queue_row(database, coin, LAST - 60 * DAY, LAST - 31 * DAY)
    assert jobs.queue_gaps(NIGHT).rows == 0


def test_a_share_has_holes_on_trading_days_only(database: Database) -> None:
    share = coin_with_history(
        database, date(2025, 1, 2), date(2025, 1, 31), asset_type="stock", price_sources=["alpaca"]
    )
    weekend_and_holidays = [date(2025, 1, 4), date(2025, 1, 5), date(2025, 1, 9), date(2025, 1, 20)]
    remove(database, share, *weekend_and_holidays, date(2025, 1, 10))
    assert jobs.queue_gaps(NIGHT).rows == 1
    assert queued(database, share, "gap") == [(date(2025, 1, 10), date(2025, 1, 10))]


# ------------------------------------------------------------ growing old


def aged(moment: datetime) -> date:
    return moment.date().replace(year=moment.year - 2)


def test_bars_that_grow_older_than_two_years_keep_their_close(database: Database) -> None:
    coin, as_of = new_asset(database), datetime(2026, 3, 18, 0, 30, tzinfo=UTC)
    edge = aged(as_of)
    for day in (edge - 41 * DAY, edge - 40 * DAY, edge - DAY, edge):
        database.run(
            "insert into market.asset_prices values (%s, %s, 1, 2, 1, 2, 10, 'test')", coin, midnight(day)
        )
    assert jobs.keep_close_only(as_of).rows == 2
    rows = factory.stored(database, coin)
    assert [row["open"] for row in rows] == [Decimal(1), None, None, Decimal(1)], (
        "the window of a month's outage, no more"
    )
    assert {row["close"] for row in rows} == {Decimal(2)}
    assert jobs.keep_close_only(as_of).rows == 0


# ------------------------------------------------------------ partitions


def partitions(database: Database) -> set[str]:
    rows = database.rows(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'market.asset_prices'::regclass"
    )
    return {row["name"] for row in rows}


def test_next_years_partition_is_there_before_the_year_is(database: Database) -> None:
    assert f"market.asset_prices_{today().year + 1}" in partitions(database)
    in_two_years = datetime(today().year + 2, 6, 1, tzinfo=UTC)
    made = jobs.maintain_partitions(in_two_years)
    assert {f"market.asset_prices_{in_two_years.year + n}" for n in (0, 1)} <= partitions(database)
    assert made.rows == 2
    assert jobs.maintain_partitions(in_two_years).rows == 0
    secured = database.rows(
        "select relrowsecurity and relforcerowsecurity as secured from pg_class "
        "where relkind = 'r' and relname like 'asset_prices_2%'"
    )
    assert {row["secured"] for row in secured} == {True}


def test_a_row_in_the_default_partition_raises_the_alarm(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(log, "write", lines.append)
    coin = new_asset(database)
    database.run(
        "insert into market.asset_prices values (%s, '2190-01-01', null, null, null, 1, null, 'test')", coin
    )
    outcome = jobs.maintain_partitions(NIGHT)
    assert outcome.details == {"stray": {"market.asset_prices_default": 1}}
    told = {
        line["Partition"]: line["DefaultPartitionRows"] for line in lines if "DefaultPartitionRows" in line
    }
    assert told == {"market.asset_prices_default": 1, "exchange.market_trades_default": 0}


def test_all_is_well_is_a_metric_too(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(log, "write", lines.append)
    jobs.maintain_partitions(NIGHT)
    assert {line["DefaultPartitionRows"] for line in lines if "DefaultPartitionRows" in line} == {0}


# ------------------------------------------------------------ flags


def flag_of(database: Database, coin: int) -> int:
    (flag,) = factory.flags(database, coin)
    return int(flag["id"])


def test_a_bar_that_a_person_took_out_stays_out(database: Database) -> None:
    from tests.identity.factory import make_admin

    admin, coin = make_admin(), coin_with_history(database, LAST - 30 * DAY, LAST - 2 * DAY)
    page = [bar(LAST - DAY, "1000"), bar(LAST)]
    assert land(coin, [page[0]]).flagged == 1
    answer = admin.api.post(f"/v1/admin/price-flags/{flag_of(database, coin)}/resolve", {"action": "removed"})
    assert (answer.status, answer.json["status"], answer.json["resolved_by"]) == (
        200,
        "removed",
        str(admin.id),
    )
    assert LAST - DAY not in closes(database, coin)
    land(coin, page)
    assert LAST - DAY not in closes(database, coin), "the source says the same again"
    land(coin, [bar(LAST - DAY, "101")])
    assert closes(database, coin)[LAST - DAY] == 101, "a corrected bar is another matter"


def test_a_flag_is_decided_once_and_an_impossible_bar_cannot_be_kept(database: Database) -> None:
    from tests.identity.factory import make_admin

    admin, coin = make_admin(), new_asset(database)
    land(coin, [bar(LAST - DAY, "0"), bar(LAST)])
    flag = flag_of(database, coin)
    listed = admin.api.get("/v1/admin/price-flags").json["items"]
    assert [(item["id"], item["kind"], item["reason"]) for item in listed] == [
        (flag, "impossible_bar", "a price is not above zero")
    ]
    kept = admin.api.post(f"/v1/admin/price-flags/{flag}/resolve", {"action": "kept"})
    assert (kept.status, kept.code) == (409, "impossible_bar")
    assert admin.api.post(f"/v1/admin/price-flags/{flag}/resolve", {"action": "removed"}).status == 200
    again = admin.api.post(f"/v1/admin/price-flags/{flag}/resolve", {"action": "removed"})
    assert (again.status, again.code) == (409, "flag_resolved")
    assert admin.api.get("/v1/admin/price-flags").json["items"] == []
    gone = admin.api.post("/v1/admin/price-flags/999999/resolve", {"action": "kept"})
    assert (gone.status, gone.code) == (404, "flag_unknown")
