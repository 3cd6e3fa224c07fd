"""Numbers and dates as people and programs write them; what has two readings is a question, never a guess."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.portfolio.profiles import values
from chalicelib.portfolio.profiles.drafts import LineError

UTC_ZONE = ZoneInfo("UTC")

# ---------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("1234.5", ".", "1234.5"),
        ("1,234.50", ".", "1234.50"),
        ("1.234,50", ",", "1234.50"),
        ("1 234,50", ",", "1234.50"),
        ("1\u00a0234\u202f567,8", ",", "1234567.8"),
        ("1'234.50", ".", "1234.50"),
        ("$1,234.50", ".", "1234.50"),
        ("€2.500,00", ",", "2500.00"),
        ("1.234,56 EUR", ",", "1234.56"),
        ("(12.50)", ".", "-12.50"),
        ("-12.50", ".", "-12.50"),
        ("−12.50", ".", "-12.50"),
        ("12.50-", ".", "-12.50"),
        ("-$12.50", ".", "-12.50"),
        ("5.5E-4", ".", "0.00055"),
        (".5", ".", "0.5"),
        ("12,34,567.8", ".", "1234567.8"),  # as in India
        ("0.1234567890123456789", ".", "0.123456789012345679"),  # 19 digits: to the even of 18
    ],
)
def test_numbers_as_they_are_written(text: str, decimal: str, expected: str) -> None:
    assert values.number(text, decimal) == Decimal(expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "1,23.4", "1.234,5", "12,3", "--1", "1e400", "1" * 30, "NaN", "∞"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(LineError):
        values.number(text, ".")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.5", "1,234.50"], "."),
        (["1,5"], ","),
        (["1.234,5"], ","),
        (["1.234.567"], ","),
        (["1,234,567"], "."),
        (["0,125"], ","),
        (["0.125"], "."),
        (["1,234", "0,5"], ","),
        (["1234,567"], ","),
        (["5", "10"], "."),
        ([], "."),
    ],
)
def test_the_decimal_separator_follows_from_the_numbers(texts: list[str], expected: str) -> None:
    assert values.guess_decimal(texts) == (expected, None)


@pytest.mark.parametrize("texts", [["1,234"], ["12.345", "7"], ["100", "1,000"]])
def test_a_number_with_two_readings_is_a_question(texts: list[str]) -> None:
    assert values.guess_decimal(texts)[0] is None


@given(st.decimals(-(10**15), 10**15, places=4), st.sampled_from([".", ","]))
def test_a_number_survives_being_written_with_thousands_and_read(number: Decimal, decimal: str) -> None:
    text = f"{number:,.4f}"
    if decimal == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    assert values.number(text, decimal) == number  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("text", "order", "zone", "expected"),
    [
        ("2024-02-29", None, "UTC", "2024-02-29T00:00:00"),
        ("2024-02-29T10:11:12Z", None, "UTC", "2024-02-29T10:11:12"),
        ("2024-02-29T10:11:12.345+02:00", None, "UTC", "2024-02-29T08:11:12.345000"),
        ("2024-02-29 10:11:12 UTC", None, "America/New_York", "2024-02-29T10:11:12"),
        ("2024-02-29, 10:11:12", None, "America/New_York", "2024-02-29T15:11:12"),
        ("2024-07-01 10:00", None, "America/New_York", "2024-07-01T14:00:00"),
        ("2024-02-29", None, "Asia/Tokyo", "2024-02-29T00:00:00"),  # a day stays that day
        ("20240229", None, "UTC", "2024-02-29T00:00:00"),
        ("20240229;101112", None, "UTC", "2024-02-29T10:11:12"),
        ("2024/2/9", None, "UTC", "2024-02-09T00:00:00"),
        ("29/02/2024", "dmy", "UTC", "2024-02-29T00:00:00"),
        ("02/29/2024 1:05 PM", "mdy", "UTC", "2024-02-29T13:05:00"),
        ("12/31/99", "mdy", "UTC", "1999-12-31T00:00:00"),
        ("5.6.24 12:00:00 AM", "dmy", "UTC", "2024-06-05T00:00:00"),
        ("05.06.2024", "mdy", "UTC", "2024-06-05T00:00:00"),  # points: day first, always
        ("1 Jan 2024", None, "UTC", "2024-01-01T00:00:00"),
        ("Mar 5, 2024", None, "UTC", "2024-03-05T00:00:00"),
        ("5. März 2024", None, "UTC", "2024-03-05T00:00:00"),
        ("31-Dec-2023", None, "UTC", "2023-12-31T00:00:00"),
    ],
)
def test_dates_as_they_are_written(text: str, order: str | None, zone: str, expected: str) -> None:
    moment = values.moment(text, order, ZoneInfo(zone))  # type: ignore[arg-type]
    assert moment == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "2024-02-30", "31/31/2024", "2024-13-01", "25:00", "2024-01-01 25:00"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(LineError):
        values.moment(text, "dmy", UTC_ZONE)


def test_the_order_of_a_date_follows_from_the_others() -> None:
    assert values.guess_date_order(["01/02/2024", "13/02/2024"]) == ("dmy", None)
    assert values.guess_date_order(["01/02/2024", "02/13/2024"]) == ("mdy", None)
    assert values.guess_date_order(["2024-01-02"]) == ("ymd", None)
    assert values.guess_date_order(["01/02/2024", "03/04/2024"]) == (None, "01/02/2024")
    with pytest.raises(LineError, match="cannot have their parts in one order"):
        values.guess_date_order(["13/02/2024", "02/13/2024"])


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),
    st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y"]),
)
def test_a_day_survives_being_written_and_read(moment: datetime, style: str) -> None:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    assert values.moment(day.strftime(style), None, UTC_ZONE) == day
