"""Bars land: good ones are stored, impossible ones flagged and kept out, wild moves stored and flagged."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Database
from tests.market import factory
from tests.market.factory import DAY, Bar, bar, close_only, flags, land, ms, stored, today, versions

START = today() - 300 * DAY


@pytest.fixture
def coin(database: Database) -> int:
    return factory.new_asset(database)


def test_a_bar_keeps_every_digit_it_came_with(database: Database, coin: int) -> None:
    land(
        coin,
        [
            bar(
                START,
                "0.000012345678901234",
                open="0.00001",
                high="0.00002",
                low="0.000001",
                volume="123456789.123456789",
            )
        ],
    )
    (row,) = stored(database, coin)
    assert row == {
        "timestamp": datetime(START.year, START.month, START.day, tzinfo=UTC),
        "open": Decimal("0.00001"),
        "high": Decimal("0.00002"),
        "low": Decimal("0.000001"),
        "close": Decimal("0.000012345678901234"),
        "volume": Decimal("123456789.123456789"),
        "source": "binance",
    }


IMPOSSIBLE: list[tuple[str, Bar, str]] = [
    ("no close", (0, "1", "1", "1", None, "1"), "no close"),
    ("close NaN", (0, "1", "1", "1", "NaN", "1"), "not a number"),
    ("close Infinity", (0, "1", "1", "1", "Infinity", "1"), "not a number"),
    ("open NaN", (0, "NaN", "1", "1", "1", "1"), "not a number"),
    ("high Infinity", (0, "1", "Infinity", "1", "1", "1"), "not a number"),
    ("volume NaN", (0, "1", "1", "1", "1", "NaN"), "not a number"),
    ("volume Infinity", (0, "1", "1", "1", "1", "Infinity"), "not a number"),
    ("close zero", (0, None, None, None, "0", None), "a price is not above zero"),
    ("close negative", (0, "-1", "-1", "-1", "-1", "1"), "a price is not above zero"),
    ("low zero", (0, "1", "1", "0", "1", "1"), "a price is not above zero"),
    ("close -Infinity", (0, "1", "1", "1", "-Infinity", "1"), "a price is not above zero"),
    ("low above high", (0, "9", "8", "10", "9", "1"), "low above high"),
    ("low above open", (0, "5", "12", "10", "11", "1"), "low above open"),
    ("open above high", (0, "13", "12", "10", "11", "1"), "open above high"),
    ("low above close", (0, "11", "12", "10", "9", "1"), "low above close"),
    ("close above high", (0, "11", "12", "10", "13", "1"), "close above high"),
    ("negative volume", (0, "11", "12", "10", "11", "-0.5"), "negative volume"),
    ("only close and low, apart", (0, None, None, "10", "9", None), "low above close"),
]


@pytest.mark.parametrize(
    ("parts", "reason"), [case[1:] for case in IMPOSSIBLE], ids=[case[0] for case in IMPOSSIBLE]
)
def test_an_impossible_bar_is_flagged_with_its_reason_and_not_stored(
    database: Database, coin: int, parts: Bar, reason: str
) -> None:
    wrong = (ms(START), *parts[1:])
    assert land(coin, [wrong]) == (0, 0, 1)
    assert stored(database, coin) == []
    (flag,) = flags(database, coin)
    assert (flag["kind"], flag["reason"], flag["day"]) == ("impossible_bar", reason, START)
    names = ("open", "high", "low", "close", "volume")
    assert flag["bar"] == dict(zip(names, parts[1:], strict=True)), (
        "the flag shows the bar as the source sent it"
    )


def test_one_impossible_bar_does_not_cost_the_page(database: Database, coin: int) -> None:
    page = [bar(START), bar(START + DAY, "0"), bar(START + 2 * DAY)]
    assert land(coin, page) == (2, 0, 1)
    assert list(factory.closes(database, coin)) == [START, START + 2 * DAY]


def test_an_impossible_bar_is_flagged_also_where_the_rest_of_the_page_is_known(
    database: Database, coin: int
) -> None:
    land(coin, [bar(START)])
    assert land(coin, [bar(START), bar(START + DAY, "-3")]) == (0, 1, 1)


def test_a_bar_of_the_future_is_flagged(database: Database, coin: int) -> None:
    land(coin, [bar(today() + 3 * DAY)])
    assert stored(database, coin) == []
    assert [flag["reason"] for flag in flags(database, coin)] == ["in the future"]


@pytest.mark.parametrize(
    ("close", "flagged"),
    [
        ("150", []),
        ("150.01", ["50.01 % from the close before"]),
        ("50", []),
        ("49.99", ["-50.01 % from the close before"]),
        ("1000000", ["999900.00 % from the close before"]),
    ],
)
def test_moves_over_fifty_per_cent_are_stored_and_flagged(
    database: Database, coin: int, close: str, flagged: list[str]
) -> None:
    assert land(coin, [bar(START), bar(START + DAY, close)]).landed == 2
    found = flags(database, coin)
    assert [flag["reason"] for flag in found] == flagged
    assert [flag["previous_close"] for flag in found] == [Decimal("100")] * len(flagged)


def test_a_move_is_seen_across_the_border_of_two_pages(database: Database, coin: int) -> None:
    land(coin, [bar(START)])
    assert land(coin, [bar(START + DAY, "160")]).flagged == 1


def test_a_move_is_seen_when_the_earlier_page_arrives_later(database: Database, coin: int) -> None:
    land(coin, [bar(START + DAY, "160"), bar(START + 2 * DAY, "160")])
    assert land(coin, [bar(START - DAY), bar(START)]).flagged == 1
    assert [(flag["day"], flag["previous_close"]) for flag in flags(database, coin)] == [
        (START + DAY, Decimal("100"))
    ]


@pytest.mark.parametrize(("days", "flagged"), [(1, 1), (5, 1), (6, 0)])
def test_a_move_across_a_gap_of_more_than_five_days_is_no_days_move(
    database: Database, coin: int, days: int, flagged: int
) -> None:
    land(coin, [bar(START)])
    assert land(coin, [bar(START + days * DAY, "160")]).flagged == flagged


def test_an_impossible_close_is_not_what_the_next_day_is_measured_by(database: Database, coin: int) -> None:
    nonsense = (ms(START + DAY), "100", "90", "100", "9000", "1")
    land(coin, [bar(START), nonsense, bar(START + 2 * DAY, "101"), bar(START + 3 * DAY, "40")])
    assert [(flag["day"], flag["kind"]) for flag in flags(database, coin)] == [
        (START + DAY, "impossible_bar"),
        (START + 3 * DAY, "large_move"),
    ]


def test_the_same_page_again_changes_nothing_at_all(database: Database, coin: int) -> None:
    page = [
        bar(START),
        bar(START + DAY, "200"),
        bar(START + 2 * DAY, "0"),
        close_only(START + 3 * DAY, "210"),
    ]
    land(coin, page)
    before, flagged = versions(database, coin), flags(database, coin)
    assert land(coin, page) == (0, 3, 0)
    assert versions(database, coin) == before
    assert flags(database, coin) == flagged


def test_of_a_page_that_overlaps_only_what_is_new_or_different_is_written(
    database: Database, coin: int
) -> None:
    land(coin, [bar(START), bar(START + DAY), bar(START + 2 * DAY)])
    before = versions(database, coin)
    assert land(coin, [bar(START), bar(START + DAY, "101"), bar(START + 2 * DAY), bar(START + 3 * DAY)]) == (
        2,
        2,
        0,
    )
    after = versions(database, coin)
    assert (after[0], after[2]) == (before[0], before[2])
    assert after[1] != before[1]
    assert list(factory.closes(database, coin).values()) == [Decimal(n) for n in (100, 101, 100, 100)]


def test_another_source_saying_the_same_does_not_rewrite_a_bar(database: Database, coin: int) -> None:
    land(coin, [bar(START, "100.10")], "binance")
    before = versions(database, coin)
    assert land(coin, [bar(START, "100.1")], "import") == (0, 1, 0)
    assert versions(database, coin) == before


def two_years_ago() -> date:
    now = today()
    return (
        now.replace(year=now.year - 2, day=28)
        if (now.month, now.day) == (2, 29)
        else now.replace(year=now.year - 2)
    )


def test_a_list_of_closes_takes_nothing_away_from_full_bars(database: Database, coin: int) -> None:
    land(coin, [bar(START, "10"), bar(START + DAY, "11")])
    before = stored(database, coin)
    landed = land(coin, [close_only(START, "10"), close_only(START + DAY, "12")], source="import")
    assert (landed.landed, landed.unchanged) == (1, 1)
    after = stored(database, coin)
    assert after[0] == before[0], "the same close: the full bar stays"
    assert (after[1]["close"], after[1]["open"]) == (Decimal("12"), None), "another close: another bar"


def test_past_two_years_only_the_close_is_kept(database: Database, coin: int) -> None:
    edge = two_years_ago()
    land(coin, [bar(edge - DAY, "100"), bar(edge, "101")])
    old, young = stored(database, coin)
    full: dict[str, Any] = {
        "open": Decimal(101),
        "high": Decimal(101),
        "low": Decimal(101),
        "volume": Decimal(10),
    }
    assert {name: old[name] for name in full} == dict.fromkeys(full)
    assert old["close"] == Decimal(100)
    assert {name: young[name] for name in full} == full


def test_an_old_bar_is_judged_before_all_but_its_close_is_dropped(database: Database, coin: int) -> None:
    assert land(coin, [bar(date(2015, 3, 1), "10", high="9")]) == (0, 0, 1)


def test_old_bars_landing_again_change_nothing(database: Database, coin: int) -> None:
    page = factory.run_of_bars(date(2015, 3, 1), 5)
    land(coin, page)
    before = versions(database, coin)
    assert land(coin, page) == (0, 5, 0)
    assert versions(database, coin) == before


def test_nothing_lands_from_an_empty_page(coin: int) -> None:
    assert land(coin, []) == (0, 0, 0)


def test_each_year_has_its_partition(database: Database, coin: int) -> None:
    days = [date(2009, 12, 31), date(2010, 1, 1), date(2019, 12, 31), date(2020, 1, 1), today()]
    land(coin, [bar(day) for day in days])
    rows = database.rows(
        "select tableoid::regclass::text as home from market.asset_prices order by timestamp"
    )
    assert [row["home"] for row in rows] == [
        "market.asset_prices_before_2010",
        "market.asset_prices_2010",
        "market.asset_prices_2019",
        "market.asset_prices_2020",
        f"market.asset_prices_{today().year}",
    ]
