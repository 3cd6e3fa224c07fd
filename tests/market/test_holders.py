"""Who holds what: tracked_assets counts distinct users, and histories are asked for once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core import db
from chalicelib.core.principal import Principal
from chalicelib.market import service
from tests.conftest import Api, Database
from tests.identity.factory import sign_up
from tests.identity.together import codes, together
from tests.market import factory
from tests.market.factory import DAY, hold, new_asset, new_holder, release, today


def tracked(database: Database, asset: int) -> int | None:
    rows = database.rows("select tracking_users from market.tracked_assets where asset_id = %s", asset)
    return rows[0]["tracking_users"] if rows else None


def ranges(database: Database, asset: int) -> list[tuple[date, date]]:
    rows = database.rows(
        "select start_date, end_date from market.backfill_queue where asset_id = %s order by 1", asset
    )
    return [(row["start_date"], row["end_date"]) for row in rows]


def a_year_before(day: date) -> date:
    return (
        day.replace(year=day.year - 1, day=28)
        if (day.month, day.day) == (2, 29)
        else day.replace(year=day.year - 1)
    )


@pytest.fixture
def coin(database: Database) -> int:
    return new_asset(database)


def test_the_first_holder_queues_the_history_from_a_year_before(database: Database, coin: int) -> None:
    since = today() - 30 * DAY
    (made,) = hold(new_holder(database), coin, since)
    assert ranges(database, coin) == [(a_year_before(since), today() - DAY)]
    row = factory.backfill(database, made)
    assert (row["status"], row["attempts"], row["next_date"], row["reason"]) == (
        "pending",
        0,
        row["start_date"],
        "holder",
    )
    assert database.rung == [("backfill", made)]
    assert tracked(database, coin) == 1


def test_a_leap_day_counts_a_year_back_to_the_twenty_eighth(database: Database, coin: int) -> None:
    hold(new_holder(database), coin, date(2024, 2, 29))
    assert ranges(database, coin)[0][0] == date(2023, 2, 28)


def test_the_second_holder_queues_nothing(database: Database, coin: int) -> None:
    since = today() - 30 * DAY
    hold(new_holder(database), coin, since)
    assert hold(new_holder(database), coin, since + 5 * DAY) == []
    assert tracked(database, coin) == 2
    assert len(database.rung) == 1


def test_an_earlier_purchase_queues_only_what_lies_before(database: Database, coin: int) -> None:
    user, since = new_holder(database), today() - 30 * DAY
    hold(user, coin, since)
    hold(user, coin, since - 100 * DAY)
    assert ranges(database, coin) == [
        (a_year_before(since - 100 * DAY), a_year_before(since) - DAY),
        (a_year_before(since), today() - DAY),
    ]
    held = database.row("select since from market.asset_holders where asset_id = %s", coin)
    assert held["since"] == since - 100 * DAY, "the earliest purchase is remembered"
    hold(user, coin, since)
    held = database.row("select since from market.asset_holders where asset_id = %s", coin)
    assert held["since"] == since - 100 * DAY


def test_a_user_who_holds_in_two_ways_counts_once(database: Database, coin: int) -> None:
    user = new_holder(database)
    hold(user, coin, today(), "watch")
    hold(user, coin, today(), "portfolio")
    assert tracked(database, coin) == 1
    assert release(user, coin, "watch")
    assert tracked(database, coin) == 1
    assert release(user, coin, "portfolio")
    assert tracked(database, coin) == 0
    assert not release(user, coin, "portfolio"), "there was none any more"
    assert tracked(database, coin) == 0


def test_an_account_that_is_deleted_holds_nothing_any_more(database: Database, coin: int) -> None:
    gone, stays, other = new_holder(database), new_holder(database), new_asset(database)
    for kind in ("watch", "portfolio"):
        hold(gone, coin, today(), kind)
    hold(gone, other, today())
    hold(stays, coin, today())
    database.run("delete from identity.users where id = %s", gone)
    assert (tracked(database, coin), tracked(database, other)) == (1, 0)


USERS = st.integers(0, 3)
KINDS = st.sampled_from(["watch", "portfolio", "paper"])
STEPS = st.lists(st.tuples(st.booleans(), USERS, st.integers(0, 1), KINDS, st.integers(0, 900)), max_size=25)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_users_do_the_count_is_theirs_and_no_day_is_queued_twice(
    database: Database, steps: list[tuple[bool, int, int, str, int]]
) -> None:
    users = [new_holder(database) for _ in range(4)]
    assets = [new_asset(database), new_asset(database)]
    holdings: set[tuple[int, int, str]] = set()
    earliest: dict[int, date] = {}
    for holds, user, asset, kind, days in steps:
        since = today() - days * DAY
        if holds:
            hold(users[user], assets[asset], since, kind)
            holdings.add((user, asset, kind))
            earliest[asset] = min(earliest.get(asset, since), since)
        else:
            assert release(users[user], assets[asset], kind) == ((user, asset, kind) in holdings)
            holdings.discard((user, asset, kind))
        for number, asset_id in enumerate(assets):
            distinct = len({user for user, held, _ in holdings if held == number})
            assert (tracked(database, asset_id) or 0) == distinct
    for number, asset_id in enumerate(assets):
        found = ranges(database, asset_id)
        assert all(second[0] == first[1] + DAY for first, second in pairwise(found)), "no gap, no overlap"
        if number in earliest:
            assert (found[0][0], found[-1][1]) == (a_year_before(earliest[number]), today() - DAY)
        else:
            assert found == []


def test_many_users_at_once_are_all_counted_and_queue_one_history(database: Database, coin: int) -> None:
    users = [new_holder(database) for _ in range(8)]
    made = together(*[lambda user=user: hold(user, coin, today()) for user in users])
    assert sorted(len(ids) for ids in made) == [0] * 7 + [1]
    assert tracked(database, coin) == 8
    assert len(ranges(database, coin)) == 1
    together(*[lambda user=user: release(user, coin) for user in users])
    assert tracked(database, coin) == 0


def test_who_holds_the_same_asset_meanwhile_waits_for_the_first_to_end(database: Database, coin: int) -> None:
    """So that one user is not counted twice, and one day not queued twice."""
    user = new_holder(database)
    hold(new_holder(database), coin, today())
    with ThreadPoolExecutor() as pool:
        with db.transaction(Principal("user", user)) as tx:
            service.hold(tx, coin, "watch", today() - 100 * DAY)
            second = pool.submit(hold, user, coin, today() - 200 * DAY, "portfolio")
            while not database.rows(
                "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            ):
                assert not second.done(), "it did not wait"
        assert len(second.result()) == 1
    assert tracked(database, coin) == 2
    found = ranges(database, coin)
    assert all(later[0] == earlier[1] + DAY for earlier, later in pairwise(found))
    assert len(found) == 3


def test_the_same_user_holding_and_releasing_at_once_is_never_counted_wrong(
    database: Database, coin: int
) -> None:
    user = new_holder(database)
    works = [lambda: hold(user, coin, today()), lambda: release(user, coin)] * 3
    assert set(codes(together(*works))) == {"done"}, "and none failed"
    held = database.row("select count(*) from market.asset_holders where asset_id = %s", coin)["count"]
    assert tracked(database, coin) == held


def test_nobody_holds_in_anothers_name(database: Database, coin: int) -> None:
    import psycopg

    me, other = new_holder(database), new_holder(database)
    for call in ("market.hold_asset(%s, %s, 'watch', current_date)", "market.release_asset(%s, %s, 'watch')"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction(Principal("user", me)) as tx:
            tx.execute(f"select {call}", [coin, other])
    with pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction() as tx:
        tx.execute("select market.hold_asset(%s, %s, 'watch', current_date)", [coin, other])


def test_a_job_may_release_in_anybodys_name(database: Database, coin: int) -> None:
    user: UUID = new_holder(database)
    hold(user, coin, today())
    with db.job_transaction() as tx:
        assert service.queries.release_asset(tx.conn, asset_id=coin, user_id=user, kind="watch")


def test_what_the_house_keeps_counts_as_one_user_more(database: Database, coin: int) -> None:
    user = new_holder(database)
    hold(user, coin, today())
    with db.job_transaction() as tx:
        for kind in ("treasury", "index", "treasury"):
            tx.execute("select market.keep_asset(%s, %s, current_date)", [coin, kind]).fetchall()
    assert tracked(database, coin) == 2
    release(user, coin)
    assert tracked(database, coin) == 1
    for kind, left in (("index", 1), ("treasury", 0)):
        with db.job_transaction() as tx:
            row = tx.execute("select market.let_asset_go(%s, %s) as gone", [coin, kind]).fetchone()
        assert row == {"gone": True}
        assert tracked(database, coin) == left
    with db.job_transaction() as tx:
        assert tx.execute("select market.let_asset_go(%s, 'treasury') as gone", [coin]).fetchone() == {
            "gone": False
        }


def test_what_the_house_keeps_is_no_persons_to_decide(database: Database, coin: int) -> None:
    import psycopg

    user = new_holder(database)
    for who in (Principal("user", user), Principal("affiliate", user)):
        for call in (
            "market.keep_asset(%s, 'treasury', current_date)",
            "market.let_asset_go(%s, 'treasury')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction(who) as tx:
                tx.execute(f"select {call}", [coin])


# ------------------------------------------------------------ over HTTP


def test_watching_tells_which_backfills_it_caused(database: Database) -> None:
    person, since = sign_up(), today() - 10 * DAY
    asset = factory.asset_id(database, "BTC")
    answer = person.api.put(f"/v1/assets/{asset}/watch", {"since": str(since)})
    assert answer.status == 200
    (made,) = answer.json["backfills"]
    again = person.api.put(f"/v1/assets/{asset}/watch", {"since": str(since)})
    assert again.json == answer.json | {"backfills": []}
    (watched,) = person.api.get("/v1/watched-assets").json["items"]
    assert (watched["symbol"], watched["since"], watched["price"]) == ("BTC", str(since), None)
    (row,) = person.api.get("/v1/backfills").json["items"]
    assert (row["id"], row["status"], row["progress_percent"]) == (made, "pending", 0)
    assert person.api.delete(f"/v1/assets/{asset}/watch").status == 204
    assert person.api.get("/v1/watched-assets").json["items"] == []
    gone = person.api.delete(f"/v1/assets/{asset}/watch")
    assert (gone.status, gone.code) == (404, "not_watched")


@pytest.mark.parametrize(
    ("since", "code"),
    [
        (str(today() + 2 * DAY), "in_the_future"),
        ("1969-12-31", "greater_than_equal"),
        ("soon", "date_parsing"),
    ],
)
def test_a_watch_begins_on_a_day_that_was(database: Database, since: str, code: str) -> None:
    answer = sign_up().api.put("/v1/assets/1/watch", {"since": since})
    assert (answer.status, [(e["field"], e["code"]) for e in answer.json["errors"]]) == (
        422,
        [("body.since", code)],
    )


def test_what_is_not_in_the_catalogue_cannot_be_watched(database: Database) -> None:
    person = sign_up()
    answer = person.api.put("/v1/assets/999999/watch", {"since": str(today())})
    assert (answer.status, answer.code) == (404, "asset_unknown")
    answer = person.api.put(f"/v1/assets/{10**20}/watch", {"since": str(today())})
    assert (answer.status, answer.code) == (422, "invalid_input")
    assert Api().put("/v1/assets/1/watch", {"since": str(today())}).status == 401
