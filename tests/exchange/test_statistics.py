"""A trading day's statistics: what everybody gained, worked out by hand.

Days in these tests: Friday 6 February 2026 ends at 21:15 UTC (16:15 in New York), and Monday the 9th lasts from then
on until 21:15 UTC. Shares are issued at 100.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Database
from tests.exchange import factory
from tests.exchange.days import close, everything, funded, gain, run_job, stats, trade, utc, without_moments
from tests.exchange.factory import Offering, Trader

THURSDAY = utc("2026-02-05 15:00")
FRIDAY = utc("2026-02-06 15:00")
MONDAY_DAY = date(2026, 2, 9)
MONDAY = utc("2026-02-09 15:00")
MONDAY_END = utc("2026-02-09 21:15")
HOUR = timedelta(hours=1)


def listed_on(database: Database, at: datetime, **more: Any) -> Offering:
    return factory.offering(database, at=at, **more)


# ------------------------------------------------------------ a day by hand


def test_a_day_of_four_people_by_hand(database: Database) -> None:
    """Friday: Sue, to whom 1,000 shares were issued, sells 100 to Ann and 50 to Hal at 100. Monday: Bob buys 5 of Ann's at
    108, Ann 10 of Sue's at 110 and 2 of Bob's at 104; Bob pays 100 in and has 30 paid out. The last price is 104.
    """
    listed = listed_on(database, THURSDAY)
    sue = listed.seller
    ann, hal = funded(database, 20_000, THURSDAY), funded(database, 6_000, THURSDAY)
    bob, kim = funded(database, 10_000, THURSDAY), funded(database, 500, THURSDAY)
    trade(listed, sue, ann, 100, 100, FRIDAY)
    trade(listed, sue, hal, 50, 100, FRIDAY)
    trade(listed, ann, bob, 5, 108, MONDAY)
    trade(listed, sue, ann, 10, 110, MONDAY + HOUR)
    trade(listed, bob, ann, 2, 104, MONDAY + 2 * HOUR)
    factory.deposit(bob, 100, MONDAY + 3 * HOUR)
    factory.withdraw(bob, 30, MONDAY + 4 * HOUR)

    run_job(MONDAY_END)

    # cash 900; 50 shares at 100, then at 104
    assert told(hal) == results(
        trades=0, bought=0, sold=0, commission=0, realised=0, unrealised=200, opening=5900, closing=6100, net_deposits=0,
        gain=200, pct="3.3898", wins=None,
    )  # fmt: skip
    # bought 5 for 540 and 10.80; sold 2 of them, which had cost 216, for 208; 3 are worth 312 and cost 324
    assert told(bob) == results(
        trades=2, bought=5, sold=2, commission="10.80", realised=-8, unrealised=-12, opening=10000, closing="10039.20",
        net_deposits=70, gain="-30.80", pct="-0.3080", wins=0,
    )  # fmt: skip
    # sold 5 that had cost 500 for 540; bought 10 for 1,100 and 22, and 2 for 208 and 4.16; 107 are worth 11,128 and had
    # cost 10,808
    assert told(ann) == results(
        trades=3, bought=12, sold=5, commission="26.16", realised=40, unrealised=320, opening=19800, closing="20133.84",
        net_deposits=0, gain="333.84", pct="1.6861", wins=100,
    )  # fmt: skip
    # 15,000 of cash and 850 shares; sold 10 for 1,100, so 16,100 and 840 shares at 104
    assert told(sue) == results(
        trades=1, bought=0, sold=10, commission=0, realised=100, unrealised=3360, opening=100_000, closing=103_460,
        net_deposits=0, gain=3460, pct="3.4600", wins=100,
    )  # fmt: skip
    assert stats(kim, MONDAY_DAY) is None, "who has only cash neither held nor traded"


def results(**named: Any) -> dict[str, Any]:
    return named


def told(person: Trader) -> dict[str, Any]:
    found = stats(person, MONDAY_DAY)
    assert found is not None
    names = {
        "trades": "trades_executed", "bought": "shares_bought", "sold": "shares_sold", "commission": "commission",
        "realised": "realised_gain", "unrealised": "unrealised_change", "opening": "opening_equity",
        "closing": "closing_equity", "net_deposits": "net_deposits", "gain": "daily_gain_loss",
        "pct": "daily_gain_loss_pct", "wins": "win_rate_pct",
    }  # fmt: skip
    return {short: Same(found[name]) for short, name in names.items()}


class Same:
    """An amount that equals whatever writes the same number: 0, "0.00", Decimal("0")."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        if self.value is None or other is None:
            return self.value is other
        return Decimal(self.value) == Decimal(str(other))

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return str(self.value)


def test_a_purchase_at_the_price_that_stays_costs_its_commission_and_no_more(database: Database) -> None:
    listed = listed_on(database, THURSDAY)
    buyer = funded(database, 2_000, THURSDAY)
    trade(listed, listed.seller, buyer, 10, 100, MONDAY)
    close(MONDAY_DAY, MONDAY_END)
    assert gain(buyer, MONDAY_DAY) == -20
    assert gain(listed.seller, MONDAY_DAY) == 0


def test_a_deposit_is_no_gain_and_a_withdrawal_no_loss(database: Database) -> None:
    listed = listed_on(database, THURSDAY)
    rich, poor = funded(database, 2_000, THURSDAY), funded(database, 2_000, THURSDAY)
    for person in (rich, poor):
        trade(listed, listed.seller, person, 10, 100, FRIDAY)
    factory.deposit(rich, 500, MONDAY)
    factory.withdraw(poor, 500, MONDAY)
    close(MONDAY_DAY, MONDAY_END)
    assert (gain(rich, MONDAY_DAY), gain(poor, MONDAY_DAY)) == (0, 0)


def test_shares_issued_during_the_day_are_a_contribution_in_kind(database: Database) -> None:
    listed_on(database, THURSDAY)  # the exchange is older than this listing
    listed = listed_on(database, MONDAY)
    buyer = funded(database, 2_000, THURSDAY)
    trade(listed, listed.seller, buyer, 10, 110, MONDAY + HOUR)
    close(MONDAY_DAY, MONDAY_END)
    found = stats(listed.seller, MONDAY_DAY)
    assert found is not None
    assert (found["opening_equity"], found["net_deposits"]) == (0, 100_000)
    assert found["closing_equity"] == 1_100 + 990 * 110
    assert found["daily_gain_loss"] == 10_000, "10 for each of 1,000 shares, sold or not"
    assert found["daily_gain_loss_pct"] is None, "there was nothing when the day began"


def test_an_offering_listed_after_the_day_is_not_in_it(database: Database) -> None:
    listed_on(database, THURSDAY)
    later = listed_on(database, MONDAY_END + timedelta(seconds=1))
    close(MONDAY_DAY, MONDAY_END + HOUR)
    assert stats(later.seller, MONDAY_DAY) is None


def test_before_any_trade_shares_are_worth_their_issue_price(database: Database) -> None:
    listed = listed_on(database, THURSDAY)
    close(MONDAY_DAY, MONDAY_END)
    found = stats(listed.seller, MONDAY_DAY)
    assert found is not None
    assert (found["opening_equity"], found["daily_gain_loss"], found["trades_executed"]) == (100_000, 0, 0)


@pytest.mark.parametrize("minutes", [0, 59, 60, 61, 600, 3 * 24 * 60])
def test_shares_are_marked_at_the_last_trade_however_long_before_the_end_it_was(
    database: Database, minutes: int
) -> None:
    listed = listed_on(database, THURSDAY)
    buyer, other = funded(database, 2_000, THURSDAY), funded(database, 2_000, THURSDAY)
    last = MONDAY_END - timedelta(minutes=minutes)
    trade(listed, listed.seller, buyer, 10, 100, last)
    trade(listed, listed.seller, buyer, 5, 107, last)  # in the same moment, and after it
    trade(listed, listed.seller, other, 3, 130, MONDAY_END + timedelta(microseconds=1))
    trade(listed, buyer, other, 4, 131, MONDAY_END + HOUR)
    tuesday = date(2026, 2, 10)
    for day in (MONDAY_DAY, tuesday):
        close(day, MONDAY_END + timedelta(days=2))
    monday_s, tuesday_s = stats(buyer, MONDAY_DAY), stats(buyer, tuesday)
    assert monday_s is not None
    assert tuesday_s is not None
    assert monday_s["closing_equity"] == tuesday_s["opening_equity"] == Decimal("434.30") + 15 * 107
    assert tuesday_s["closing_equity"] == Decimal("434.30") + 4 * 131 + 11 * 131


def test_who_sold_everything_during_the_day_is_in_it_and_gone_the_day_after(database: Database) -> None:
    listed = listed_on(database, THURSDAY)
    ann, bob = funded(database, 2_000, THURSDAY), funded(database, 2_000, THURSDAY)
    trade(listed, listed.seller, ann, 10, 100, FRIDAY)
    trade(listed, ann, bob, 10, 90, MONDAY)
    run_job(MONDAY_END + timedelta(days=1))
    assert gain(ann, MONDAY_DAY) == -100
    assert stats(ann, date(2026, 2, 10)) is None
    assert stats(bob, date(2026, 2, 10)) is not None


# ------------------------------------------------------------ which day it was


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-02-06 21:15:00", "2026-02-06"),  # the day's last moment
        ("2026-02-06 21:15:00.000001", "2026-02-09"),  # from then on it is Monday
        ("2026-02-07 12:00", "2026-02-09"),  # Saturday
        ("2026-02-08 23:00", "2026-02-09"),  # Sunday
        ("2025-11-28 18:15", "2025-11-28"),  # the day after Thanksgiving ends at 13:15 in New York
        ("2025-11-28 18:16", "2025-12-01"),
        ("2026-03-06 21:15", "2026-03-06"),  # the last winter day
        ("2026-03-09 20:15", "2026-03-09"),  # the first summer day ends an hour earlier in UTC
        ("2026-03-09 20:16", "2026-03-10"),
    ],
)
def test_the_day_a_trade_counts_to(database: Database, at: str, day: str) -> None:
    moment = utc(at)
    listed = listed_on(database, moment - timedelta(days=10))
    buyer = funded(database, 2_000, moment - timedelta(days=10))
    trade(listed, listed.seller, buyer, 10, 100, moment)
    run_job(moment + timedelta(days=5))
    rows = database.rows(
        "select stat_date, trades_executed from exchange.user_trading_stats where user_id = %s and trades_executed > 0",
        buyer.id,
    )
    assert rows == [{"stat_date": date.fromisoformat(day), "trades_executed": 1}]


# ------------------------------------------------------------ late, and again


def busy_week(database: Database) -> tuple[Offering, list[Trader]]:
    """Three people who trade on five days; Wednesday another offering is listed."""
    listed = listed_on(database, utc("2026-02-02 15:00"))
    people = [funded(database, 50_000, utc("2026-02-02 15:00")) for _ in range(3)]
    for number, day in enumerate(("02", "03", "04", "05", "06")):
        at = utc(f"2026-02-{day} 16:00")
        for place, person in enumerate(people):
            trade(listed, listed.seller, person, 5 + place, 95 + 3 * number + place, at + place * HOUR)
        trade(listed, people[number % 3], people[(number + 1) % 3], 3, 98 + number, at + 4 * HOUR)
        factory.deposit(people[number % 3], 100 * (number + 1), at + 4 * HOUR)
        if day == "04":
            listed_on(database, at)
    return listed, people


def test_a_late_run_gives_what_a_timely_run_gave(database: Database) -> None:
    listed, people = busy_week(database)
    ends = [utc(f"2026-02-{day} 21:15") for day in ("02", "03", "04", "05", "06")]
    for end in ends:
        run_job(end)
    timely = without_moments(everything(database))

    for table in ("user_trading_stats", "leaderboard_snapshots", "trading_days"):
        database.run(f"delete from exchange.{table}")
    trade(listed, people[0], people[1], 4, 200, MONDAY)  # much happens before the late run
    factory.deposit(people[2], 7_777, MONDAY)
    listed_on(database, MONDAY)
    run_job(MONDAY + HOUR)
    late = without_moments(everything(database))
    assert late == timely
    assert len(timely[2]) == 5


def test_a_run_again_changes_nothing_and_tells_nobody(database: Database) -> None:
    busy_week(database)
    run_job(utc("2026-02-06 21:15"))
    before = everything(database)
    told_before = database.row("select count(*) from app.outbox where topic = 'exchange-leaderboard'")
    for day in ("2026-02-02", "2026-02-04", "2026-02-06"):
        again = close(date.fromisoformat(day), MONDAY)
        assert (again.changed, again.ranked) == (0, 0)
    run_job(utc("2026-02-06 21:16"))
    after = everything(database)
    assert without_moments(after) == without_moments(before)
    assert after[0] == before[0], "not even when it was computed"
    assert database.row("select count(*) from app.outbox where topic = 'exchange-leaderboard'") == told_before


def test_what_was_amiss_is_put_right_by_a_run_again(database: Database) -> None:
    busy_week(database)
    run_job(utc("2026-02-06 21:15"))
    right = without_moments(everything(database))
    day = date(2026, 2, 3)
    database.run("delete from exchange.leaderboard_snapshots where snapshot_date = %s and rank < 3", day)
    database.run(
        "update exchange.user_trading_stats set opening_equity = opening_equity + 1, closing_equity = closing_equity + 1 "
        "where stat_date = %s",
        day,
    )
    run_job(utc("2026-02-03 21:15"))
    assert without_moments(everything(database)) == right


def test_a_trade_that_was_under_way_when_the_day_ended_is_in_it_a_minute_later(database: Database) -> None:
    listed = listed_on(database, THURSDAY)
    buyer = funded(database, 2_000, THURSDAY)
    run_job(MONDAY_END)
    assert stats(buyer, MONDAY_DAY) is None
    trade(listed, listed.seller, buyer, 10, 100, MONDAY_END)  # asked for before, written after the run
    run_job(MONDAY_END + timedelta(minutes=1))
    assert gain(buyer, MONDAY_DAY) == -20
