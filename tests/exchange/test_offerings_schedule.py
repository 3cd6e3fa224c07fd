"""When auctions are: the New York Stock Exchange's sessions, its holidays and early closes, in summer time and out of it.

The calendar's days are those that the NYSE published for 2025 and 2026 (nyse.com/markets/hours-calendars): closed on 27
November 2025 (Thanksgiving), closing at 13:00 the day after; closed on 3 April 2026 (Good Friday). Summer time in New York
began on 8 March 2026 and ended on 2 November 2025.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.core.sessions import session_days
from chalicelib.exchange.schedule import auction_after, trading_day, trading_hours


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "event_type", "at"),
    [
        ("2025-11-26 14:29", "opening_auction", "2025-11-26 14:30"),  # winter: 9:30 is 14:30 UTC
        ("2025-11-26 14:30", "closing_auction", "2025-11-26 21:00"),  # one that begins now is not after now
        ("2025-11-26 21:00", "opening_auction", "2025-11-28 14:30"),  # over Thanksgiving
        ("2025-11-28 14:30", "closing_auction", "2025-11-28 18:00"),  # closes at 13:00
        ("2025-11-28 18:00", "opening_auction", "2025-12-01 14:30"),
        ("2026-03-06 21:00", "opening_auction", "2026-03-09 13:30"),  # over a weekend into summer time
        ("2026-03-09 13:30", "closing_auction", "2026-03-09 20:00"),
        ("2026-04-02 20:00", "opening_auction", "2026-04-06 13:30"),  # over Good Friday and Easter
        ("2026-03-10 03:59", "opening_auction", "2026-03-10 13:30"),  # still the evening before in New York
    ],
)
def test_the_next_auction(moment: str, event_type: str, at: str) -> None:
    found = auction_after(utc(moment), "always")
    assert (found.event_type, found.at) == (event_type, utc(at))
    assert found.calls_from == utc(at) - timedelta(minutes=10)


@pytest.mark.parametrize(
    ("moment", "calls_from"),
    [
        (
            "2025-11-26 21:00",
            "2025-11-26 21:00",
        ),  # the night's orders collect from the close on, over a holiday
        ("2025-11-29 12:00", "2025-11-28 18:00"),  # from an early close
        ("2026-03-09 12:00", "2026-03-06 21:00"),  # over the change of the clocks
        ("2026-03-09 13:30", "2026-03-09 19:50"),  # before the close ten minutes, as always
    ],
)
def test_an_offering_of_the_session_collects_from_one_close_on(moment: str, calls_from: str) -> None:
    assert auction_after(utc(moment), "session").calls_from == utc(calls_from)


@pytest.mark.parametrize("hours", ["always", "session"])
def test_a_year_has_two_auctions_for_each_session_in_order(hours: str) -> None:
    moment, held = utc("2025-12-31 21:00"), []
    while (found := auction_after(moment, hours)).day.year == 2026:  # type: ignore[arg-type]
        assert moment < found.at
        assert found.calls_from < found.at
        held.append((found.day, found.event_type))
        moment = found.at
    days = session_days(date(2026, 1, 1), date(2026, 12, 31))
    assert len(days) == 251  # the NYSE's trading days of 2026
    assert held == [(day, kind) for day in days for kind in ("opening_auction", "closing_auction")]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-06 21:15", "2026-03-06"),  # 16:15 in New York is its last moment
        ("2026-03-06 21:15:01", "2026-03-09"),  # then Monday's begins
        ("2026-03-08 12:00", "2026-03-09"),
        ("2026-03-09 20:15", "2026-03-09"),  # in summer time
        ("2025-11-28 18:15", "2025-11-28"),  # a quarter past an early close
        ("2025-11-28 18:16", "2025-12-01"),
        ("2025-11-27 15:00", "2025-11-28"),  # a holiday belongs to the day after
    ],
)
def test_a_trading_day_ends_a_quarter_of_an_hour_after_the_close(moment: str, day: str) -> None:
    found = trading_day(utc(moment))
    assert found == date.fromisoformat(day)
    begins, ends = trading_hours(found)
    assert begins < utc(moment) <= ends


def test_a_day_without_a_session_has_no_trading_hours() -> None:
    with pytest.raises(ValueError, match="not a trading day"):
        trading_hours(date(2026, 3, 8))
