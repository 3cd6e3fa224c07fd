"""Reading prices: by day, week and month, at a moment, the latest, and in Australian dollars."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Api, Database
from tests.market import factory
from tests.market.factory import DAY, bar, close_only, land, ms, today


def read(api: Api, asset: int, **query: Any) -> list[dict[str, Any]]:
    """All bars, page by page."""
    bars: list[dict[str, Any]] = []
    cursor = None
    while True:
        asked = query | ({"cursor": cursor} if cursor else {})
        answer = api.get(f"/v1/assets/{asset}/prices?{urlencode(asked)}")
        assert answer.status == 200, answer.text
        bars += answer.json["items"]
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return bars


@pytest.fixture
def coin(database: Database) -> int:
    return factory.new_asset(database)


def test_days_come_oldest_first_as_text_with_their_source(api: Api, coin: int) -> None:
    first = today() - 20 * DAY
    land(coin, [bar(first, "45304.61", open="44349.60", high="45614.30", low="44336.40", volume="32126.31")])
    land(coin, [bar(first + DAY, "47132.77")], "import")
    bars = read(api, coin)
    assert bars[0] == {
        "timestamp": f"{first}T00:00:00Z",
        "open": "44349.60",
        "high": "45614.30",
        "low": "44336.40",
        "close": "45304.61",
        "volume": "32126.31",
        "source": "binance",
    }
    assert (bars[1]["close"], bars[1]["source"]) == ("47132.77", "import")


def test_from_and_to_are_both_included_and_a_year_is_the_default(api: Api, coin: int) -> None:
    first = today() - 400 * DAY
    land(coin, factory.run_of_bars(first, 400))
    days = [bar["timestamp"][:10] for bar in read(api, coin, **{"from": first, "to": first + 2 * DAY})]
    assert days == [str(first), str(first + DAY), str(first + 2 * DAY)]
    assert read(api, coin)[0]["timestamp"][:10] == str(today() - 365 * DAY)
    assert read(api, coin, to=first + 2 * DAY)[-1]["timestamp"][:10] == str(first + 2 * DAY)


def test_an_asset_without_history_has_an_empty_one_and_an_unknown_asset_none(api: Api, coin: int) -> None:
    assert read(api, coin) == []
    answer = api.get("/v1/assets/999999/prices")
    assert (answer.status, answer.code) == (404, "asset_unknown")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2024-02-02&to=2024-02-01", "query.from"),
        ("interval=1h", "query.interval"),
        ("from=yesterday", "query.from"),
        ("from=2024-02-30", "query.from"),
        ("to=0001-01-01", "query.to"),
        ("to=9999-12-31", "query.to"),
        ("limit=5001", "query.limit"),
        ("from=2024-01-01&from=2024-01-02", "query.from"),
    ],
)
def test_a_range_that_cannot_be_is_refused(api: Api, coin: int, query: str, field: str) -> None:
    answer = api.get(f"/v1/assets/{coin}/prices?{query}")
    assert (answer.status, [error["field"] for error in answer.json["errors"]]) == (422, [field])


@pytest.mark.parametrize(
    "cursor", ["WyJ5ZXN0ZXJkYXkiXQ", "WzFd", "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIl0", "x"]
)
def test_a_made_up_cursor_is_refused(api: Api, coin: int, cursor: str) -> None:
    answer = api.get(f"/v1/assets/{coin}/prices?cursor={cursor}")
    assert (answer.status, answer.code) == (422, "invalid_cursor")


# ------------------------------------------------------------ weeks and months, against a computation of our own


class Day(NamedTuple):
    """A generated day: whole numbers, so that sums and comparisons are exact whoever computes them."""

    offset: int
    low: int
    open: int
    close: int
    high: int
    volume: int
    close_only: bool


@st.composite
def histories(draw: st.DrawFn) -> list[Day]:
    offsets = draw(st.sets(st.integers(0, 120), max_size=50))
    days = []
    for offset in sorted(offsets):
        low, high = sorted(draw(st.tuples(st.integers(1, 1000), st.integers(1, 1000))))
        days.append(
            Day(
                offset,
                low,
                draw(st.integers(low, high)),
                draw(st.integers(low, high)),
                high,
                draw(st.integers(0, 10**12)),
                draw(st.integers(0, 15)) == 0,
            )
        )
    return days


def expected(start: date, days: list[Day], interval: str) -> list[dict[str, Any]]:
    def period(day: Day) -> date:
        at = start + day.offset * DAY
        return at - at.weekday() * DAY if interval == "1w" else at.replace(day=1)

    grouped = []
    for begins, members in groupby(days, key=period):
        group = list(members)
        whole = not any(day.close_only for day in group)
        grouped.append(
            {
                "timestamp": f"{begins}T00:00:00Z",
                "open": str(group[0].open) if whole else None,
                "high": str(max(day.high for day in group)) if whole else None,
                "low": str(min(day.low for day in group)) if whole else None,
                "close": str(group[-1].close),
                "volume": str(sum(day.volume for day in group)) if whole else None,
                "source": "binance",
            }
        )
    return grouped


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=histories(), interval=st.sampled_from(["1w", "1M"]), limit=st.integers(1, 20))
def test_weeks_and_months_are_what_their_days_add_up_to(
    database: Database, api: Api, days: list[Day], interval: str, limit: int
) -> None:
    asset, start = factory.new_asset(database), today() - 150 * DAY
    land(
        asset,
        [
            close_only(start + day.offset * DAY, str(day.close))
            if day.close_only
            else (
                ms(start + day.offset * DAY),
                *map(str, (day.open, day.high, day.low, day.close, day.volume)),
            )
            for day in days
        ],
    )
    assert read(api, asset, interval=interval, limit=limit) == expected(start, days, interval)


def test_a_week_begins_on_monday_and_a_month_on_its_first(api: Api, coin: int) -> None:
    land(
        coin, [bar(date(2024, 12, 29)), bar(date(2024, 12, 30), "101"), bar(date(2025, 1, 1), "102")]
    )  # Sunday, Monday
    query = {"from": "2024-12-01", "to": "2025-01-31"}
    assert [bar["timestamp"][:10] for bar in read(api, coin, interval="1w", **query)] == [
        "2024-12-23",
        "2024-12-30",
    ]
    assert [bar["timestamp"][:10] for bar in read(api, coin, interval="1M", **query)] == [
        "2024-12-01",
        "2025-01-01",
    ]


def test_sources_that_share_a_week_are_both_named(api: Api, coin: int) -> None:
    land(coin, [bar(date(2025, 6, 2))], "coingecko")
    land(coin, [bar(date(2025, 6, 3))], "binance")
    (week,) = read(api, coin, interval="1w", **{"from": "2025-06-01", "to": "2025-06-30"})
    assert week["source"] == "binance,coingecko"


# ------------------------------------------------------------ at a moment


@pytest.mark.parametrize(
    ("at", "close", "age"),
    [
        ("2025-03-11T00:00:00Z", "10", 0),
        ("2025-03-11T23:59:59Z", "10", 0),
        ("2025-03-12T00:00:00Z", "20", 0),
        ("2025-03-12T01:00:00%2B02:00", "10", 0),
        ("2025-03-22T12:00:00Z", "20", 10),
    ],
)
def test_a_close_is_known_once_its_day_is_over(api: Api, coin: int, at: str, close: str, age: int) -> None:
    land(coin, [bar(date(2025, 3, 10), "10"), bar(date(2025, 3, 11), "20")])
    answer = api.get(f"/v1/assets/{coin}/price-at?at={at}")
    assert answer.status == 200
    assert (answer.json["close"], answer.json["age_days"], answer.json["currency"]) == (close, age, "USD")


def test_before_the_first_close_there_is_no_price(api: Api, coin: int) -> None:
    land(coin, [bar(date(2025, 3, 10))])
    answer = api.get(f"/v1/assets/{coin}/price-at?at=2025-03-10T12:00:00Z")
    assert (answer.status, answer.code) == (404, "price_unknown")
    answer = api.get("/v1/assets/999999/price-at?at=2025-03-10T12:00:00Z")
    assert (answer.status, answer.code) == (404, "asset_unknown")


@pytest.mark.parametrize(
    "at", ["", "2025-03-10T12:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "noon"]
)
def test_a_moment_needs_its_zone_and_a_year_of_ours(api: Api, coin: int, at: str) -> None:
    answer = api.get(f"/v1/assets/{coin}/price-at?at={at}")
    assert (answer.status, [error["field"] for error in answer.json["errors"]]) == (422, ["query.at"])
