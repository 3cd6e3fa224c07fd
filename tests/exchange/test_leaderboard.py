"""The leaderboard: who gained most on a trading day; and everybody's own days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from tests.conftest import Api, Database
from tests.exchange import factory
from tests.exchange.days import close, funded, ranking, run_job, trade, utc
from tests.exchange.factory import Offering, Trader

LISTED = utc("2026-02-02 15:00")
DAYS = [date(2026, 2, day) for day in (2, 3, 4, 5, 6)]
ENDS = [utc(f"2026-02-0{day.day} 21:15") for day in DAYS]
NOON = timedelta(hours=9)
LATER = utc("2026-02-07 12:00")


@pytest.fixture(autouse=True)
def saturday() -> Iterator[None]:
    with clock.at(LATER):
        yield


@pytest.fixture
def listed(database: Database) -> Offering:
    return factory.offering(database, at=LISTED)


def name(person: Trader, words: str) -> None:
    person.database.run("update identity.profiles set display_name = %s where id = %s", words, person.id)


def priced(database: Database, listed: Offering, price: Any, at: datetime) -> None:
    """The last price becomes this one, by a trade of one share between two people who are nobody else in the test."""
    buyer = funded(database, 1_000, at)
    trade(listed, listed.seller, buyer, 1, price, at)


# ------------------------------------------------------------ ranks


def test_ranks_are_by_gain_then_by_per_cent_then_by_user(database: Database, listed: Offering) -> None:
    big, small = funded(database, 20_000, LISTED), funded(database, 5_000, LISTED)
    twins = sorted((funded(database, 7_000, LISTED) for _ in range(2)), key=lambda person: person.id)
    best = funded(database, 7_000, LISTED)
    for person, shares in [(big, 10), (small, 10), (twins[1], 10), (twins[0], 10), (best, 11)]:
        trade(listed, listed.seller, person, shares, 100, LISTED)
    priced(database, listed, 110, ENDS[1] - NOON)
    run_job(ENDS[1])
    found = ranking(database, DAYS[1])
    places = {row["user_id"]: row["rank"] for row in found}
    # each of the four with ten shares gained 100, of 4,980, 6,980 and 19,980
    others = [place for person, place in places.items() if person not in {listed.seller.id}]
    assert len(others) == 6, "and who bought that one share"
    assert [places[person.id] for person in (best, small, *twins, big)] == [2, 3, 4, 5, 6]
    assert places[listed.seller.id] == 1
    assert [row["rank"] for row in found] == [1, 2, 3, 4, 5, 6, 7]


def test_who_had_nothing_when_the_day_began_comes_after_equal_gains_in_per_cent(
    database: Database, listed: Offering
) -> None:
    seller = funded(database, 5_000, LISTED)
    trade(listed, listed.seller, seller, 10, 100, LISTED)
    fresh = factory.offering(database, shares=10, at=ENDS[0] + timedelta(hours=1))
    buyer = funded(database, 5_000, LISTED)
    trade(fresh, fresh.seller, buyer, 1, 110, ENDS[1] - NOON)  # its ten shares gain 100
    priced(database, listed, 110, ENDS[1] - NOON)  # and so do these ten
    run_job(ENDS[1])
    found = {row["user_id"]: row for row in ranking(database, DAYS[1])}
    assert found[seller.id]["daily_gain_loss"] == found[fresh.seller.id]["daily_gain_loss"] == 100
    assert found[fresh.seller.id]["daily_gain_loss_pct"] is None
    assert found[fresh.seller.id]["rank"] == found[seller.id]["rank"] + 1


def test_profitable_days_in_a_row_are_counted_and_a_loss_begins_anew(
    database: Database, listed: Offering
) -> None:
    holder = funded(database, 5_000, LISTED)
    trade(listed, listed.seller, holder, 10, 100, LISTED)
    for end, price in zip(ENDS[1:], (101, 102, 90, 95), strict=True):
        priced(database, listed, price, end - NOON)
    run_job(ENDS[-1])
    runs = {day: row["consecutive_profitable_days"] for day in DAYS for row in ranking(database, day)
            if row["user_id"] == holder.id}  # fmt: skip
    assert list(runs.values()) == [0, 1, 2, 0, 1], "the first day cost the commission"


def test_a_leaderboard_says_what_was_owned_and_the_name_in_the_profile(
    database: Database, api: Api, listed: Offering
) -> None:
    ann, bob = funded(database, 5_000, LISTED), funded(database, 5_000, LISTED)
    name(ann, "Ann of Green Gables")
    for person in (ann, bob):
        trade(listed, listed.seller, person, 10, 100, LISTED)
    priced(database, listed, "101.50", ENDS[1] - NOON)
    run_job(ENDS[1])
    answer = api.get("/v1/exchange/leaderboard")
    assert answer.status == 200
    rows = {row["user_id"]: row for row in answer.json["items"]}
    assert rows[str(ann.id)] == {
        "rank": rows[str(ann.id)]["rank"], "user_id": str(ann.id), "display_name": "Ann of Green Gables",
        "daily_gain_loss": "15.00", "daily_gain_loss_pct": "0.3012", "portfolio_value": "4995.00",
        "consecutive_profitable_days": 1,
    }  # fmt: skip
    assert rows[str(bob.id)]["display_name"] is None
    assert "@" not in answer.text, "an e-mail address is nobody's business"
    name(ann, "Somebody else")
    close(DAYS[1], LATER)
    assert "Ann of Green Gables" in api.get("/v1/exchange/leaderboard").text, "it is of its day"


def test_everybody_hears_of_a_new_leaderboard(database: Database, api: Api, listed: Offering) -> None:
    run_job(ENDS[1])
    events = api.get("/v1/events/exchange-leaderboard?after=0").json["items"]
    assert [(event["kind"], event["payload"]["day"]) for event in events] == [
        ("leaderboard", "2026-02-02"), ("leaderboard", "2026-02-03")]  # fmt: skip
    (leader,) = events[0]["payload"]["leaders"]
    assert (leader["rank"], leader["user_id"], leader["daily_gain_loss"]) == (
        1,
        str(listed.seller.id),
        "0.00",
    )


# ------------------------------------------------------------ over HTTP


def test_the_last_day_is_shown_unless_another_is_asked_for(
    database: Database, api: Api, listed: Offering
) -> None:
    nothing = api.get("/v1/exchange/leaderboard")
    assert nothing.json == {"trading_day": None, "items": [], "next_cursor": None}
    run_job(ENDS[2])
    assert api.get("/v1/exchange/leaderboard").json["trading_day"]["day"] == "2026-02-04"
    asked = api.get("/v1/exchange/leaderboard?date=2026-02-03").json["trading_day"]
    assert (asked["day"], asked["starts_after"], asked["ends_at"]) == (
        "2026-02-03", "2026-02-02T21:15:00Z", "2026-02-03T21:15:00Z")  # fmt: skip
    for day in ("2026-02-05", "2026-01-30", "2026-02-07"):
        answer = api.get(f"/v1/exchange/leaderboard?date={day}")
        assert (answer.status, answer.code) == (404, "trading_day_unknown")
    assert api.get("/v1/exchange/leaderboard?date=yesterday").status == 422


def test_pages_of_a_leaderboard_stay_on_their_day(database: Database, api: Api, listed: Offering) -> None:
    for _ in range(4):
        trade(listed, listed.seller, funded(database, 5_000, LISTED), 10, 100, LISTED)
    run_job(ENDS[1])
    first = api.get("/v1/exchange/leaderboard?limit=2").json
    run_job(ENDS[2])  # another day ends while somebody reads
    second = api.get(f"/v1/exchange/leaderboard?limit=2&cursor={first['next_cursor']}").json
    third = api.get(f"/v1/exchange/leaderboard?limit=2&cursor={second['next_cursor']}").json
    assert [page["trading_day"]["day"] for page in (first, second, third)] == ["2026-02-03"] * 3
    ranks = [row["rank"] for page in (first, second, third) for row in page["items"]]
    assert (ranks, third["next_cursor"]) == ([1, 2, 3, 4, 5], None)


@pytest.mark.parametrize(
    ("cursor", "status"),
    [("WzEsMl0x", 422), ("WyJhIiwxXQ", 422), ("Wzk5OTk5OTk5OTk5OTksMV0", 422), ("WzEwMDAwMDAwMDAsMV0", 404)],
)
def test_a_cursor_that_no_page_gave_is_refused(api: Api, listed: Offering, cursor: str, status: int) -> None:
    """Not base64, a word for a number, no day at all, a day in two million years."""
    assert api.get(f"/v1/exchange/leaderboard?cursor={cursor}").status == status


def test_trading_days_are_listed_the_newest_first(database: Database, api: Api, listed: Offering) -> None:
    trade(listed, listed.seller, funded(database, 5_000, LISTED), 10, 100, LISTED)
    run_job(ENDS[2])
    page = api.get("/v1/exchange/trading-days?limit=2").json
    assert [row["day"] for row in page["items"]] == ["2026-02-04", "2026-02-03"]
    rest = api.get(f"/v1/exchange/trading-days?cursor={page['next_cursor']}").json
    (first,) = rest["items"]
    assert (first["day"], first["trades"], first["traders"], first["volume_usd"]) == (
        "2026-02-02", 1, 2, "1000.00")  # fmt: skip


def test_my_days_are_mine_alone(database: Database, api: Api, listed: Offering) -> None:
    ann, bob = funded(database, 5_000, LISTED), funded(database, 5_000, LISTED)
    trade(listed, listed.seller, ann, 10, 100, LISTED)
    trade(listed, listed.seller, bob, 20, 100, ENDS[1] - NOON)
    run_job(ENDS[2])
    page = ann.api.get("/v1/exchange/stats/mine?limit=2").json
    assert [row["stat_date"] for row in page["items"]] == ["2026-02-04", "2026-02-03"]
    (first,) = ann.api.get(f"/v1/exchange/stats/mine?cursor={page['next_cursor']}").json["items"]
    assert first["shares_bought"] == 10
    assert first["commission"] == "20.00"
    assert first["daily_gain_loss"] == "-20.00"
    assert first["rank"] == 2
    assert [row["shares_bought"] for row in bob.api.get("/v1/exchange/stats/mine").json["items"]] == [0, 20]
    assert api.get("/v1/exchange/stats/mine").status == 401
    with ann.tx() as tx:  # nor past the API
        rows = tx.execute("select distinct user_id from exchange.user_trading_stats").fetchall()
    assert rows == [{"user_id": ann.id}]


def test_an_administrator_closes_a_day_again(database: Database, listed: Offering) -> None:
    office, somebody = factory.admin(database), factory.trader(database)
    run_job(ENDS[-1])
    path = "/v1/admin/exchange/trading-days/{}/close"
    assert somebody.api.post(path.format("2026-02-03")).status == 403
    database.run("delete from exchange.user_trading_stats where stat_date = '2026-02-03'")
    done = office.api.post(path.format("2026-02-03"))
    assert (done.status, done.json["changed"], done.json["trading_day"]["day"]) == (200, 1, "2026-02-03")
    for day, status, code in [
        ("2026-02-09", 409, "trading_day_open"),  # Monday has not ended
        ("2026-02-07", 404, "trading_day_unknown"),  # Saturday
        ("2026-01-30", 404, "trading_day_unknown"),  # before the first listing
    ]:
        answer = office.api.post(path.format(day))
        assert (answer.status, answer.code) == (status, code)


def test_what_was_traded_that_day_is_told_in_cents(database: Database, listed: Offering) -> None:
    """10 shares at 7366.05 are 73660.50: an amount is text with its cents, also from the day's own answer."""
    office, buyer = factory.admin(database), funded(database, 100_000, ENDS[0])
    trade(listed, listed.seller, buyer, 10, "7366.05", ENDS[0] + timedelta(hours=1))
    with clock.at(LATER):
        told = office.api.post("/v1/admin/exchange/trading-days/2026-02-03/close").json
    assert told["trading_day"]["volume_usd"] == "73660.50"
    with office.tx() as tx:
        row = tx.execute(
            "select exchange.close_trading_day('2026-02-03', %s, %s, %s) -> 'day' as day",
            [ENDS[0], ENDS[1], LATER],
        ).fetchone()
    assert row is not None
    assert row["day"]["volume_usd"] == "73660.50", "no number on the way, which would be read as a float"


def test_nobody_else_closes_a_day_past_the_api(database: Database, listed: Offering) -> None:
    import psycopg

    with pytest.raises(psycopg.errors.InsufficientPrivilege), factory.trader(database).tx() as tx:
        tx.execute("select exchange.close_trading_day('2026-02-03', %s, %s, %s)", [ENDS[0], ENDS[1], LATER])
