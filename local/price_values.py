"""Dates and numbers as price files write them. Never through a float; what cannot be read says why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

DateOrder = Literal["mdy", "dmy"]
NumberStyle = Literal["point", "comma"]

EPOCH = date(1970, 1, 1)
OLDEST = date(1900, 1, 1)
MISSING = frozenset({"", "null", "nan", "none", "n/a", "na", "n/d", "nd", "-", "--", "."})
MONTHS = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}

_ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:[T ].*)?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_PARTS = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?:[T ,].*)?")
_TWO_DIGIT_YEAR = re.compile(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1[0-9]{2}(?:[T ,].*)?")
_NAMED = re.compile(
    r"(?:([0-9]{1,2})[ -]([A-Za-z]{3})[a-z]*\.?|([A-Za-z]{3})[a-z]*\.? ([0-9]{1,2}))[ ,-]+([0-9]{4})"
)
_EPOCH_UNITS = {10: 86_400, 13: 86_400_000, 16: 86_400_000_000}  # digits: units in a day

_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")
_SCIENTIFIC = re.compile(r"[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]{1,2}")
_POINT_SIGN = re.compile(r"[0-9]+\.[0-9]+|[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(,[0-9]{3}){2,}")
_COMMA_SIGN = re.compile(
    r"0,[0-9]+|[0-9]+,[0-9]{1,2}|[0-9]+,[0-9]{4,}|[0-9]{4,},[0-9]+|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+"
    r"|[0-9]{1,3}(\.[0-9]{3}){2,}"
)
_UNCLEAR = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
_POINT_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_COMMA_GROUPED = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?")
_COMMA_PLAIN = re.compile(r"[0-9]+,[0-9]+")
LONGEST_NUMBER = 60


class Unreadable(ValueError):
    """The text is not what its place asks for; the message is for people and quotes it."""


class Undecided(ValueError):
    """The whole column leaves open how it is to be read; the message says what to do."""


# ---------------------------------------------------------------- dates


def date_order(texts: Iterable[str]) -> DateOrder | None:
    """How the column writes dates such as 3/4/2021, decided from all of them. None: it has no such dates.

    Raises Undecided where every date can be read both ways, or where they contradict each other.
    """
    seen = month_first = day_first = False
    for text in texts:
        found = _PARTS.fullmatch(text.strip())
        if not found:
            continue
        if found[2] == ".":  # 31.12.2021: dots are only ever written with the day in front
            day_first = True
            continue
        seen = True
        month_first = month_first or int(found[3]) > 12
        day_first = day_first or int(found[1]) > 12
    if month_first and day_first:
        raise Undecided(
            "some dates only make sense as month/day and others only as day/month; "
            "say which with --date-order"
        )
    if month_first or day_first:
        return "mdy" if month_first else "dmy"
    if seen:
        raise Undecided(
            "its dates can be read as month/day or day/month; say which with --date-order mdy or dmy"
        )
    return None


def read_date(text: str, order: DateOrder | None = None) -> date:
    """A trading date; a time of day behind it is ignored. Raises Unreadable."""
    text = text.strip()
    try:
        if found := _ISO.fullmatch(text):
            return date(int(found[1]), int(found[3]), int(found[4]))
        if found := _COMPACT.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _PARTS.fullmatch(text):
            first, second, year = int(found[1]), int(found[3]), int(found[4])
            month, day = (first, second) if order == "mdy" and found[2] != "." else (second, first)
            return date(year, month, day)
        if found := _NAMED.fullmatch(text):
            month = MONTHS[(found[2] or found[3]).lower()]
            return date(int(found[5]), month, int(found[1] or found[4]))
    except (ValueError, KeyError):
        raise Unreadable(f"{shown(text)} is not a date of the calendar") from None
    if text.isascii() and text.isdigit() and len(text) in _EPOCH_UNITS:
        return _epoch_date(text)
    if _TWO_DIGIT_YEAR.fullmatch(text):
        raise Unreadable(f"{shown(text)}: the year needs four digits")
    raise Unreadable(f"{shown(text)} is not a date" if text else "no date")


def _epoch_date(text: str) -> date:
    """Seconds, milliseconds or (Binance since 2025) microseconds since 1970, told apart by their length."""
    unit = _EPOCH_UNITS[len(text)]
    days, rest = divmod(int(text), unit)
    if rest:
        raise Unreadable(f"{text} is not midnight UTC: the file does not hold daily bars")
    return EPOCH + timedelta(days=days)


def epoch_span(first: str, last: str) -> timedelta:
    """The time between two such numbers of the same unit. Raises Unreadable."""
    if len(first) != len(last) or len(first) not in _EPOCH_UNITS or not (first + last).isdigit():
        raise Unreadable(f"{shown(first)} and {shown(last)} are not times of one unit")
    return timedelta(microseconds=(int(last) - int(first)) * 86_400_000_000 // _EPOCH_UNITS[len(first)])


# ---------------------------------------------------------------- numbers


def number_style(texts: Iterable[str]) -> NumberStyle:
    """Which sign is the decimal one, decided from all numbers of the file: 1,234.5 or 1.234,5.

    Raises Undecided where numbers such as 1,234 are all there is: a thousand or a little more than one.
    """
    point = comma = unclear = False
    for text in texts:
        text = _bare(text)
        comma = comma or bool(_COMMA_SIGN.fullmatch(text))
        unclear = unclear or bool(_UNCLEAR.fullmatch(text))
        # 1.234 is a decimal point only as long as nothing speaks for a decimal comma
        point = point or bool(_POINT_SIGN.fullmatch(text) and not _COMMA_GROUPED.fullmatch(text))
    if comma and point:
        raise Undecided("it writes some numbers with a decimal point and others with a decimal comma")
    if unclear and not (comma or point):
        raise Undecided("numbers like 1,234 are all it has: write them without the comma")
    return "comma" if comma else "point"


def read_number(text: str, style: NumberStyle = "point") -> str | None:
    """A number's digits as plain decimal text, or None where the file says that there is none. Raises
    Unreadable."""
    if text.strip().lower() in MISSING:
        return None
    bare = _bare(text)
    if len(bare) > LONGEST_NUMBER:
        raise Unreadable(f"{shown(text)} is too long for a number")
    if style == "comma":
        if _COMMA_GROUPED.fullmatch(bare):
            bare = bare.replace(".", "")
        if _COMMA_PLAIN.fullmatch(bare):
            bare = bare.replace(",", ".")
    elif _POINT_GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    if _PLAIN.fullmatch(bare):
        return bare
    if _SCIENTIFIC.fullmatch(bare):
        return format(Decimal(bare), "f")
    raise Unreadable(f"{shown(text)} is not a number")


def shown(text: str) -> str:
    """A text of a file as a message quotes it."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _bare(text: str) -> str:
    """Without quotes, blanks (also the narrow ones that group thousands), apostrophes and a currency sign in
    front."""
    return re.sub(r"[\s'’\"\u00a0\u202f]", "", text).lstrip("$€£¥")
