"""Schedules as AWS writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import aws_cron
from local.aws_cron import BadSchedule, parse


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "after", "due"),
    [
        ("cron(15 12 * * ? *)", "2026-02-07 12:15", "2026-02-08 12:15"),
        ("cron(15 12 * * ? *)", "2026-02-07 12:14:59", "2026-02-07 12:15"),
        ("cron(0/15 * * * ? *)", "2026-02-07 12:16", "2026-02-07 12:30"),
        ("cron(*/20 * * * ? *)", "2026-02-07 12:41", "2026-02-07 13:00"),
        ("cron(5,35 14 * * ? *)", "2026-02-07 14:05", "2026-02-07 14:35"),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-02-06 17:55", "2026-02-09 08:00"),
        ("cron(0 10 ? * 2-6 *)", "2026-02-07 00:00", "2026-02-09 10:00"),  # 1 is Sunday
        ("cron(0 9 ? * SUN *)", "2026-02-07 00:00", "2026-02-08 09:00"),
        ("cron(0 9 ? * FRI-MON *)", "2026-02-10 00:00", "2026-02-13 09:00"),
        ("cron(0 8 1 * ? *)", "2026-02-01 08:00", "2026-03-01 08:00"),
        ("cron(0 0 31 * ? *)", "2026-02-01 00:00", "2026-03-31 00:00"),
        ("cron(0 0 29 2 ? *)", "2026-01-01 00:00", "2028-02-29 00:00"),
        ("cron(0 0 L * ? *)", "2026-02-01 00:00", "2026-02-28 00:00"),
        ("cron(0 0 LW 5 ? *)", "2026-01-01 00:00", "2026-05-29 00:00"),  # the 31st is a Sunday
        ("cron(0 0 15W 2 ? *)", "2026-01-01 00:00", "2026-02-16 00:00"),  # the 15th is a Sunday
        ("cron(0 0 1W 8 ? *)", "2026-01-01 00:00", "2026-08-03 00:00"),  # a Saturday, never into July
        ("cron(0 0 ? * 6L *)", "2026-02-01 00:00", "2026-02-27 00:00"),
        ("cron(0 0 ? * 6#3 *)", "2026-02-01 00:00", "2026-02-20 00:00"),
        ("cron(0 0 ? * L *)", "2026-02-01 00:00", "2026-02-07 00:00"),
        ("cron(0 10 1 JAN,FEB,MAR ? *)", "2026-03-01 10:00", "2027-01-01 10:00"),
        ("cron(0 0 1 1 ? 2030)", "2026-01-01 00:00", "2030-01-01 00:00"),
        ("cron(0 0 1 1 ? 2028/2)", "2028-01-01 00:00", "2030-01-01 00:00"),
        ("rate(5 minutes)", "2026-02-07 12:16", "2026-02-07 12:21"),
        ("rate(1 hour)", "2026-02-07 12:16", "2026-02-07 13:16"),
        ("rate(2 days)", "2026-02-07 12:16", "2026-02-09 12:16"),
    ],
)
def test_next_moment(expression: str, after: str, due: str) -> None:
    assert parse(expression).next_after(at(after)) == at(due)


def test_no_moment_is_left() -> None:
    assert parse("cron(0 0 1 1 ? 2020)").next_after(at("2026-01-01")) is None
    assert parse("cron(0 0 30 2 ? 2026-2030)").next_after(at("2026-01-01")) is None


def test_moments_are_in_utc() -> None:
    new_york = datetime.fromisoformat("2026-02-07T10:00-05:00")
    assert parse("cron(30 15 * * ? *)").next_after(new_york) == at("2026-02-07 15:30")


@pytest.mark.parametrize(
    "expression",
    [
        "every day",
        "cron(0 0 * * *)",
        "cron(0 0 * * * *)",
        "cron(0 0 ? * ? *)",
        "cron(60 0 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 32W * ? *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * MOON *)",
        "cron(0 0 ? * 6#6 *)",
        "cron(0 0 * 13 ? *)",
        "cron(0 0 * * ? 1969)",
        "cron(0/0 0 * * ? *)",
        "cron(0/x 0 * * ? *)",
        "cron(30-10 0 * * ? *)",
        "cron(1,,2 0 * * ? *)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(5 weeks)",
        "rate(5)",
    ],
)
def test_what_aws_would_refuse(expression: str) -> None:
    with pytest.raises(BadSchedule):
        parse(expression)


def test_a_refusal_quotes_the_expression() -> None:
    with pytest.raises(BadSchedule, match=r"cron\(61 0 \* \* \? \*\): minutes: '61' is not within 0 to 59"):
        parse("cron(61 0 * * ? *)")


FIELDS = st.tuples(
    st.sampled_from(["*", "0", "7,42", "0/20", "10-12"]),
    st.sampled_from(["*", "3", "0-2", "22/1"]),
    st.sampled_from(["* ?", "1 ?", "L ?", "LW ?", "15W ?", "? 2-6", "? 6#2", "? 1L", "? SAT,SUN"]),
    st.sampled_from(["*", "2", "JAN-MAR", "6/6"]),
)


@given(FIELDS, st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)))
def test_the_next_moment_is_the_first_that_fits(fields: tuple[str, str, str, str], moment: datetime) -> None:
    minutes, hours, days, month = fields
    month_day, weekday = days.split()
    cron = parse(f"cron({minutes} {hours} {month_day} {month} {weekday} *)")
    assert isinstance(cron, aws_cron.Cron)
    start = moment.replace(tzinfo=UTC)
    due = cron.next_after(start)
    assert due is not None
    assert due > start
    assert cron.fits(due)
    minute = start.replace(second=0, microsecond=0) + timedelta(minutes=1)
    for _ in range(600):
        if minute >= due:
            break
        assert not cron.fits(minute)
        minute += timedelta(minutes=1)
