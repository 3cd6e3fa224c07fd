"""A day order trades on its day and never after it, whichever write comes next to its book, whether or not a job has run.

Days end a quarter of an hour after the session: on Monday, 9 February 2026, at 21:15 UTC; on 28 November 2025, when the New
York Stock Exchange closed at 13:00, at 18:15.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from chalicelib.core import clock, db, jobs
from chalicelib.exchange import auction_jobs, auctions, calendar_jobs, order_jobs
from tests.conftest import Api, Database
from tests.exchange import factory
from tests.exchange.days import funded, utc
from tests.exchange.factory import Offering, Trader
from tests.exchange.monday import MONDAY

LISTED = utc("2025-11-24 15:00")
END = utc("2026-02-09 21:15")
NOON = utc("2026-02-09 17:00")
TUESDAY_OPEN = utc("2026-02-10 14:30")
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture
def listed(database: Database) -> Offering:
    return factory.offering(database, shares=1_000, at=LISTED)


@pytest.fixture
def buyer(database: Database) -> Trader:
    return funded(database, 100_000, LISTED)


def state(listed: Offering, order: dict[str, Any]) -> tuple[str, int, str | None]:
    (row,) = [row for row in listed.orders() if row["id"] == order["id"]]
    return row["status"], row["shares_filled"], row["cancel_reason"]


# ------------------------------------------------------------ continuous trading


def one(listed: Offering, at: datetime) -> None:
    factory.order(listed.seller, listed, "sell", 5, 110, at)


def a_batch(listed: Offering, at: datetime) -> None:
    factory.place(listed.seller, listed, [factory.wish("sell", 3, 110), factory.wish("sell", 2, 110)], at)


def one_that_waited(listed: Offering, at: datetime) -> None:
    listed.database.run(
        "insert into exchange.waiting_orders (offering_id, user_id, request, created_at) values (%s, %s, %s::jsonb, %s)",
        listed.id,
        listed.seller.id,
        json.dumps(factory.wish("sell", 5, 110)),
        at - timedelta(minutes=1),
    )
    assert jobs.run(order_jobs.SERVE_WAITING, at)["rows"] == 1


def an_amendment(listed: Offering, at: datetime) -> None:
    far = factory.order(listed.seller, listed, "sell", 5, 200, LISTED)
    with listed.seller.tx() as tx:
        tx.execute("select exchange.amend_order(%s, null, 110, %s)", [far["id"], at])


WAYS = [one, a_batch, one_that_waited, an_amendment]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("placed", "ends"),
    [(NOON, END), (utc("2025-11-28 15:00"), utc("2025-11-28 18:15")), (utc("2026-02-06 21:16"), END)],
    ids=["a regular day", "an early close", "from the evening before, over a weekend"],
)
def test_to_the_end_of_its_day_it_trades_and_after_it_never(
    listed: Offering,
    buyer: Trader,
    way: Callable[[Offering, datetime], None],
    placed: datetime,
    ends: datetime,
) -> None:
    at_the_end = factory.order(buyer, listed, "buy", 5, 110, placed, force="day")
    way(listed, ends)
    assert state(listed, at_the_end) == ("filled", 5, None)

    too_late = factory.order(buyer, listed, "buy", 5, 110, ends, force="day")
    way(listed, ends + A_MOMENT)
    assert state(listed, too_late) == ("cancelled", 0, "expired")
    assert len(listed.trades()) == len([row for row in listed.trades() if row["executed_at"] <= ends])
    assert (listed.row["highest_bid"], listed.row["lowest_ask"]) == (None, 110)
    assert buyer.cash["reserved"] == 0
    assert factory.broken_books(ends + timedelta(hours=1)) == []


def test_an_order_that_ended_with_its_day_is_not_amended(listed: Offering, buyer: Trader) -> None:
    ended = factory.order(buyer, listed, "buy", 5, 110, NOON, force="day")
    with clock.at(END + A_MOMENT):
        answer = buyer.api.patch(f"/v1/exchange/orders/{ended['id']}", {"shares_requested": 4})
    assert (answer.status, answer.code) == (409, "order_not_open")


def test_what_is_placed_after_the_end_is_of_the_next_day(listed: Offering, buyer: Trader) -> None:
    evening = factory.order(buyer, listed, "buy", 5, 110, END + A_MOMENT, force="day")
    one(listed, utc("2026-02-10 21:15"))
    assert state(listed, evening) == ("filled", 5, None)


def test_an_order_that_comes_by_a_clock_that_is_behind_ends_with_the_day_of_its_moment(
    listed: Offering, buyer: Trader
) -> None:
    factory.order(buyer, listed, "buy", 1, 90, END + timedelta(seconds=1))
    late = factory.order(buyer, listed, "buy", 5, 110, END - timedelta(seconds=1), force="day")
    assert factory.broken_books(END + timedelta(seconds=1)) == []
    one(listed, END + timedelta(seconds=2))
    assert state(listed, late) == ("cancelled", 0, "expired")


def test_everybody_hears_of_it_before_what_comes_next(listed: Offering, buyer: Trader, api: Api) -> None:
    factory.order(buyer, listed, "buy", 5, 110, NOON, force="day")
    topic = f"/v1/events/exchange-{listed.id}"
    seen = api.get(topic).json["last_seq"]
    one(listed, END + A_MOMENT)
    told = [
        (event["kind"], event["payload"].get("book"))
        for event in api.get(f"{topic}?after={seen}").json["items"]
    ]
    assert told == [("market", [["buy", "110.00", -5]]), ("market", [["sell", "110.00", 5]])]
    mine = buyer.api.get(f"{topic}?after={seen}").json["items"]
    placed, *later = [event["kind"] for event in mine]
    assert (placed, later) == ("orders", ["market", "orders", "market"])


# ------------------------------------------------------------ auctions


def test_auctions_of_two_days_held_late_keep_the_first_days_orders_out_of_the_second(
    database: Database, buyer: Trader
) -> None:
    close = utc("2026-02-09 21:00")
    listed = factory.offering(
        database, at=LISTED, next_auction="closing_auction", auction_at=close, auction_day=MONDAY
    )
    today = factory.order(buyer, listed, "buy", 5, 110, NOON, force="day")
    always = factory.order(buyer, listed, "buy", 3, 109, NOON)
    factory.order(listed.seller, listed, "sell", 8, 105, close, force="at_open")
    assert auctions.hold_if_due(listed.id, TUESDAY_OPEN + timedelta(hours=1)) == 2
    assert state(listed, today) == ("cancelled", 0, "expired")
    assert state(listed, always) == ("filled", 3, None)
    assert [row["shares_traded"] for row in listed.trades()] == [3]
    assert factory.broken_books(TUESDAY_OPEN + timedelta(hours=1)) == []


def test_the_closing_auction_held_late_still_has_its_days_orders(database: Database, buyer: Trader) -> None:
    close = utc("2026-02-09 21:00")
    listed = factory.offering(
        database, at=LISTED, next_auction="closing_auction", auction_at=close, auction_day=MONDAY
    )
    today = factory.order(buyer, listed, "buy", 5, 110, NOON, force="day")
    factory.order(listed.seller, listed, "sell", 5, 105, close)
    auctions.hold_if_due(listed.id, TUESDAY_OPEN - timedelta(hours=1))
    assert state(listed, today) == ("filled", 5, None)


# ------------------------------------------------------------ which days there are


def test_the_job_knows_a_year_ahead(database: Database) -> None:
    """2026 has 261 weekdays, and the NYSE is closed on ten of them; on 27 November and 24 December it closes at 13:00."""
    assert jobs.run(calendar_jobs.EXTEND_CALENDAR, utc("2025-12-31 01:00"))["status"] == "succeeded"
    rows = database.rows(
        "select * from exchange.trading_calendar where day between '2026-01-01' and '2026-12-31'"
    )
    assert len(rows) == 251
    ends = {row["day"]: row["ends_at"] for row in rows}
    assert ends[date(2026, 11, 27)] == utc("2026-11-27 18:15")
    assert ends[date(2026, 12, 24)] == utc("2026-12-24 18:15")
    assert ends[date(2026, 7, 2)] == utc("2026-07-02 20:15")
    assert date(2026, 7, 3) not in ends
    assert jobs.run(calendar_jobs.EXTEND_CALENDAR, utc("2025-12-31 01:00"))["rows"] == 0, "nothing to correct"


def test_where_the_day_is_not_known_no_order_is_taken_until_it_is(
    database: Database, listed: Offering, buyer: Trader
) -> None:
    database.run("delete from exchange.trading_calendar")
    order = factory.wish("buy", 5, "90")
    with clock.at(NOON):
        answer = buyer.api.post(f"/v1/exchange/offerings/{listed.id}/orders", order, Idempotency_Key="k")
        assert (answer.status, answer.code) == (503, "trading_days_unknown")
        assert listed.orders() == []
        assert jobs.run(auction_jobs.HOLD_AUCTIONS, NOON)["status"] == "succeeded"
        again = buyer.api.post(f"/v1/exchange/offerings/{listed.id}/orders", order, Idempotency_Key="k")
    assert again.status == 201
    assert listed.row["day_ends_at"] == END


def test_a_gap_between_known_days_is_not_guessed_over(
    database: Database, listed: Offering, buyer: Trader
) -> None:
    database.run("delete from exchange.trading_calendar where day = %s", MONDAY)
    with pytest.raises(psycopg.errors.CheckViolation, match="is not known"):
        factory.order(buyer, listed, "buy", 5, 90, NOON)


def test_a_closing_that_was_announced_late_reaches_the_books(
    database: Database, listed: Offering, buyer: Trader
) -> None:
    """On Monday it becomes known that the day ends at once with Tuesday's: its orders go on until then."""
    today = factory.order(buyer, listed, "buy", 5, 110, NOON, force="day")
    with db.job_transaction() as tx:
        tx.execute(
            "select exchange.keep_calendar(%s, %s, %s, %s, %s)",
            [
                MONDAY,
                date(2026, 2, 10),
                [date(2026, 2, 10)],
                [utc("2026-02-06 21:15")],
                [utc("2026-02-10 21:15")],
            ],
        )
    one(listed, END + timedelta(hours=1))
    assert state(listed, today) == ("filled", 5, None)


@pytest.mark.parametrize("role", ["user", "anonymous"])
def test_nobody_else_says_which_days_there_are(database: Database, role: str) -> None:
    with psycopg.connect(database.url("api")) as conn:
        conn.execute("select app.act_as(null, %s)", [role])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select exchange.keep_calendar('2026-01-01', '2026-12-31', '{}', '{}', '{}')")


def test_the_books_name_a_day_order_that_outlived_its_day(
    database: Database, listed: Offering, buyer: Trader
) -> None:
    factory.order(buyer, listed, "buy", 5, 90, NOON, force="day")
    assert factory.broken_books(END + timedelta(minutes=9)) == [], "the job has a few minutes for it"
    (found,) = factory.broken_books(END + timedelta(minutes=11))
    assert found["rule"] == "day_order_of_an_ended_day"
