"""Trading sessions, held against what the New York Stock Exchange published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.core.sessions import session, session_around, session_days


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2025-01-09", "mourning for President Carter"),
        ("2018-12-05", "mourning for President Bush"),
        ("2012-10-29", "hurricane Sandy"),
        ("2012-10-30", "hurricane Sandy"),
        ("2001-09-11", "the attacks"),
        ("2001-09-14", "the attacks"),
        ("2024-01-01", "New Year"),
        ("2024-01-15", "Martin Luther King Day"),
        ("2024-02-19", "Washington's Birthday"),
        ("2024-03-29", "Good Friday"),
        ("2024-05-27", "Memorial Day"),
        ("2024-06-19", "Juneteenth"),
        ("2024-07-04", "Independence Day"),
        ("2024-09-02", "Labor Day"),
        ("2024-11-28", "Thanksgiving"),
        ("2024-12-25", "Christmas"),
        ("2026-07-03", "Independence Day, observed on the Friday"),
        ("2023-01-02", "New Year, observed on the Monday"),
        ("2024-06-22", "a Saturday"),
        ("2024-06-23", "a Sunday"),
    ],
)
def test_closed(day: str, why: str) -> None:
    assert session(date.fromisoformat(day)) is None, why


@pytest.mark.parametrize(
    "day", ["2021-12-31", "2010-12-31", "2018-06-19", "2012-10-31", "2001-09-17", "2024-10-14", "2024-11-11"]
)
def test_open_though_one_might_think_otherwise(day: str) -> None:
    """New Year on a Saturday is not observed; Juneteenth is since 2022; Columbus and Veterans Day are trading days."""
    assert session(date.fromisoformat(day)) is not None


@pytest.mark.parametrize(
    "day", ["2024-07-03", "2025-07-03", "2024-11-29", "2025-11-28", "2024-12-24", "2025-12-24"]
)
def test_early_closes_at_one_in_new_york(day: str) -> None:
    found = session(date.fromisoformat(day))
    assert found is not None
    assert found.closes - found.opens == timedelta(hours=3, minutes=30)


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        ("2025-03-07", "2025-03-07 14:30", "2025-03-07 21:00"),  # winter time
        ("2025-03-10", "2025-03-10 13:30", "2025-03-10 20:00"),  # summer time since the 9th
        ("2025-10-31", "2025-10-31 13:30", "2025-10-31 20:00"),
        ("2025-11-03", "2025-11-03 14:30", "2025-11-03 21:00"),  # winter time since the 2nd
        ("2025-11-28", "2025-11-28 14:30", "2025-11-28 18:00"),
    ],
)
def test_hours_in_utc_follow_new_yorks_clock(day: str, opens: str, closes: str) -> None:
    found = session(date.fromisoformat(day))
    assert found is not None
    assert (found.opens, found.closes) == (utc(opens), utc(closes))


@pytest.mark.parametrize(("year", "days"), [(2021, 252), (2022, 251), (2023, 250), (2024, 252), (2025, 250)])
def test_trading_days_of_a_year(year: int, days: int) -> None:
    assert len(session_days(date(year, 1, 1), date(year, 12, 31))) == days


def test_days_are_both_included_in_order() -> None:
    assert session_days(date(2025, 1, 8), date(2025, 1, 13)) == [
        date(2025, 1, 8),
        date(2025, 1, 10),
        date(2025, 1, 13),
    ]
    assert session_days(date(2025, 1, 11), date(2025, 1, 12)) == []


@pytest.mark.parametrize(
    ("moment", "around"),
    [
        ("2025-03-10 07:59:59", False),  # 3:59 in New York
        ("2025-03-10 08:00", True),
        ("2025-03-10 15:00", True),
        ("2025-03-11 00:00", True),  # 20:00 in New York, the day before
        ("2025-03-11 00:00:01", False),
        ("2025-03-09 15:00", False),  # Sunday
        ("2025-11-28 22:00", True),  # 17:00, four hours after an early close
        ("2025-11-28 22:01", False),
        ("2025-01-09 15:00", False),  # closed
    ],
)
def test_in_and_around_the_session(moment: str, around: bool) -> None:
    assert (session_around(utc(moment)) is not None) == around
