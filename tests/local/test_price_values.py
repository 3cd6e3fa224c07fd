"""Dates and numbers of price files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.price_values import Undecided, Unreadable, date_order, number_style, read_date, read_number

DAY = date(2021, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "2021-03-04",
        "2021-3-4",
        "2021/03/04",
        "20210304",
        "2021-03-04 00:00:00",
        "2021-03-04T16:00:00-05:00",
        "2021-03-04 00:00:00+00:00",
        "Mar 4, 2021",
        "Mar 04, 2021",
        "March 4, 2021",
        "4 Mar 2021",
        "04-Mar-2021",
        "4.3.2021",
        "1614816000",
        "1614816000000",
        "1614816000000000",
        " 2021-03-04 ",
    ],
)
def test_dates(text: str) -> None:
    assert read_date(text) == DAY


def test_both_orders() -> None:
    assert read_date("3/4/2021", "mdy") == DAY
    assert read_date("4/3/2021", "dmy") == DAY
    assert read_date("03-04-2021 00:00", "mdy") == DAY
    assert read_date("04.03.2021", "mdy") == DAY  # dots are never month first


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no date"),
        ("yesterday", "is not a date"),
        ("2021-02-30", "calendar"),
        ("2021-13-01", "calendar"),
        ("13/13/2021", "calendar"),
        ("4 Mrz 2021", "calendar"),
        ("3/4/21", "four digits"),
        ("1614816060000", "not midnight"),
        ("1614816000001000", "not midnight"),
        ("16148160", "calendar"),
        ("2021-03", "is not a date"),
        ("٢٠٢١-٠٣-٠٤x", "is not a date"),
    ],
)
def test_no_dates(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_date(text, "mdy")


def test_the_order_is_decided_from_the_whole_column() -> None:
    assert date_order(["1/2/2021", "1/3/2021", "1/13/2021"]) == "mdy"
    assert date_order(["1/2/2021", "13/2/2021"]) == "dmy"
    assert date_order(["1.2.2021"]) == "dmy"
    assert date_order(["2021-01-02", "20210103"]) is None
    assert date_order([]) is None


def test_an_order_that_stays_open_is_refused() -> None:
    with pytest.raises(Undecided, match="--date-order"):
        date_order(["1/2/2021", "3/4/2021"])
    with pytest.raises(Undecided, match="--date-order"):
        date_order(["13/2/2021", "2/13/2021"])


@pytest.mark.parametrize(
    ("text", "style", "number"),
    [
        ("353.4", "point", "353.4"),
        ("0.00001230", "point", "0.00001230"),
        ("1,234.50", "point", "1234.50"),
        ("1,234,567", "point", "1234567"),
        ('"1,234.5"', "point", "1234.5"),
        ("$1,234.50", "point", "1234.50"),
        ("1'234.5", "point", "1234.5"),
        ("1 234.5", "point", "1234.5"),
        ("1\u202f234.5", "point", "1234.5"),
        ("1.234,50", "comma", "1234.50"),
        ("1234,5", "comma", "1234.5"),
        ("1.234.567", "comma", "1234567"),
        ("12", "comma", "12"),
        ("1e-7", "point", "0.0000001"),
        ("2.5E3", "point", "2500"),
        ("", "point", None),
        ("null", "point", None),
        ("NaN", "point", None),
        ("N/A", "comma", None),
        ("-", "point", None),
    ],
)
def test_numbers(text: str, style: str, number: str | None) -> None:
    assert read_number(text, style) == number  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["-5", "+5", "1.2.3", "12,34.5", "1,23", "five", "1.2M", "Infinity", "0x10", "1e9999", "9" * 61, "٣"],
)
def test_no_numbers(text: str) -> None:
    with pytest.raises(Unreadable):
        read_number(text)


def test_the_style_is_decided_from_the_whole_file() -> None:
    assert number_style(["1,234", "12.5"]) == "point"
    assert number_style(["1.234", "0,5"]) == "comma"
    assert number_style(["1.234,5", "1.234"]) == "comma"
    assert number_style(["0.378", "0.385"]) == "point"
    assert number_style(["12", ""]) == "point"
    assert number_style(["65,000", "1,234,567"]) == "point"
    assert number_style(["65.000", "1.234.567"]) == "comma"


def test_a_style_that_stays_open_is_refused() -> None:
    with pytest.raises(Undecided):
        number_style(["1,234", "2,345"])
    with pytest.raises(Undecided):
        number_style(["12.5", "12,5"])


@given(st.decimals(min_value=0, max_value=10**15, allow_nan=False, allow_infinity=False, places=6))
def test_no_digit_is_lost(value: Decimal) -> None:
    assert Decimal(str(read_number(f"{value:f}"))) == value
    grouped = f"{value:,f}"
    assert Decimal(str(read_number(grouped, number_style([grouped])))) == value
    swapped = grouped.translate(str.maketrans(",.", ".,"))
    assert Decimal(str(read_number(swapped, "comma"))) == value
