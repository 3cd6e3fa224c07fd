"""Numbers and moments as people and programs write them: decimal comma, thousands, day or month first, time
zones.

Nothing is guessed where two readings are possible: that is `None` here, and a question to the person
further up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.portfolio.profiles.drafts import DateOrder, Decimals, LineError, fit

_STYLES: tuple[Decimals, ...] = (".", ",")
_ORDERS: tuple[DateOrder, ...] = ("dmy", "mdy")
_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'’_")
_AROUND = r"(?:[$€£¥₹₿₩₽₺₴₫฿]|[A-Z][A-Za-z]{0,4}[$.]?|zł|kr\.?|Kč|R\$)?"
_NUMBER = re.compile(
    rf"^{_AROUND}(?P<sign>[-+]?){_AROUND}(?P<digits>[\d.,]+(?:[eE][-+]?\d{{1,2}})?){_AROUND}(?P<after>-?)%?$"
)
_SHAPES = {
    ".": re.compile(r"^(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})?(?:\.\d*)?(?:[eE][-+]?\d{1,2})?$"),
    ",": re.compile(r"^(?:\d+|\d{1,3}(?:\.\d{3})+)?(?:,\d*)?(?:[eE][-+]?\d{1,2})?$"),
}

_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[-+]\d{2}:?\d{2})?"
)
_CLOCK = re.compile(f"^{_TIME}$")
_TAIL = rf"(?:(?:T|,?\s+|;){_TIME})?\s*(?:UTC)?$"
_YEAR_FIRST = re.compile(rf"^(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_TAIL}")
_COMPACT = re.compile(
    r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:[ T;,]?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2})"
    r"(?P<fraction>(?!))?(?P<half>(?!))?(?P<zone>Z)?)?$"
)
_NUMERIC = re.compile(
    rf"^(?P<one>\d{{1,2}})(?P<mark>[-/.])(?P<two>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|\d{{2}}){_TAIL}"
)
_NAMED = re.compile(
    rf"^(?P<day>\d{{1,2}})\.?[ -](?P<name>[A-Za-zäûé]{{3,9}})\.?[ ,-]+(?P<year>\d{{4}}){_TAIL}"
)
_AMERICAN = re.compile(rf"^(?P<name>[A-Za-z]{{3,9}})\.? (?P<day>\d{{1,2}}),? (?P<year>\d{{4}}){_TAIL}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OTHER_MONTHS = {"mär": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "aoû": 8, "déc": 12, "mrz": 3}


def number(text: str, decimal: Decimals, column: str | None = None) -> Decimal:
    """A number with its thousands separators, currency sign, brackets for negative. Raises LineError."""
    plain = text.strip().replace("−", "-").translate(_SPACES)
    negative = plain.startswith("(") and plain.endswith(")")
    found = _NUMBER.match(plain.strip("()"))
    digits = found["digits"] if found else ""
    if found is None or not any(map(str.isdigit, digits)) or not _SHAPES[decimal].match(digits):
        hint = " (decimal point)" if decimal == "." else " (decimal comma)"
        raise LineError("not_a_number", f"{text.strip()[:40]!r} cannot be read as a number{hint}.", column)
    digits = digits.replace(",", "") if decimal == "." else digits.replace(".", "").replace(",", ".")
    value = fit(Decimal(digits))
    return -value if negative or found["sign"] == "-" or found["after"] == "-" else value


def looks_like_number(text: str) -> bool:
    """Whether it is a number in one style or the other."""
    for style in _STYLES:
        try:
            number(text, style)
        except LineError:
            continue
        return True
    return False


def guess_decimal(texts: Iterable[str]) -> tuple[Decimals | None, str | None]:
    """The decimal separator of a file's numbers, and where it cannot be told, a number that has two readings.

    (None, "1,234"): could be 1.234 or 1234. (".", None) also where no number has any separator.
    """
    doubtful: str | None = None
    for text in texts:
        marks = [char for char in text if char in ".,"]
        if not marks or not looks_like_number(text):
            continue
        kinds = set(marks)
        if len(kinds) == 2:
            return marks[-1], None  # type: ignore[return-value]
        mark = marks[0]
        if len(marks) > 1:
            return ("." if mark == "," else ","), None
        before, _, after = text.partition(mark)
        fraction = re.match(r"\d*", after)
        whole = re.sub(r"\D", "", before)
        if fraction is None or len(fraction[0]) != 3 or len(whole) > 3 or whole in ("", "0"):
            return mark, None  # type: ignore[return-value]
        doubtful = doubtful or text.strip()
    return (None, doubtful) if doubtful else (".", None)


def guess_date_order(texts: Iterable[str]) -> tuple[DateOrder | None, str | None]:
    """In which order dates have their parts, and where it cannot be told, a date that has two readings.

    Dates with points are day first: nobody writes month.day.year. Raises LineError where two dates contradict.
    """
    found: dict[DateOrder, str] = {}
    doubtful: str | None = None
    for text in texts:
        match = _NUMERIC.match(text.strip())
        if match is None:
            continue
        one, two = int(match["one"]), int(match["two"])
        if match["mark"] == "." or one > 12:
            found.setdefault("dmy", text.strip())
        elif two > 12:
            found.setdefault("mdy", text.strip())
        else:
            doubtful = doubtful or text.strip()
    if len(found) > 1:
        examples = " and ".join(repr(example) for example in found.values())
        raise LineError(
            "dates_contradict", f"{examples} cannot have their parts in one order. Correct the file."
        )
    if found:
        return next(iter(found)), None
    return (None, doubtful) if doubtful else ("ymd", None)


def moment(
    text: str, order: DateOrder | None, zone: ZoneInfo, clock: str = "", column: str | None = None
) -> datetime:
    """A moment in UTC. A date without a time is 00:00 UTC of that day wherever the person lives, so that it stays that day.

    `clock` is the time where it stands in a column of its own. Raises LineError.
    """
    plain = text.strip()
    try:
        parts = _parts(plain, order)
        if parts is None:
            raise ValueError
        year, month, day, match = parts
        timed = match if match["hour"] else _CLOCK.match(clock.strip()) if clock.strip() else None
        if clock.strip() and timed is None:
            raise ValueError
        if timed is None:
            return datetime(year, month, day, tzinfo=UTC)
        return _at(datetime(year, month, day), timed, zone)
    except (ValueError, OverflowError):
        written = f"{plain} {clock}".strip()[:40]
        raise LineError(
            "not_a_date", f"{written!r} cannot be read as a date. Write it as 2024-12-31.", column
        ) from None


def looks_like_date(text: str) -> bool:
    """Whether it is a date in some order."""
    for order in _ORDERS:
        try:
            moment(text, order, ZoneInfo("UTC"))
        except LineError:
            continue
        return True
    return False


def looks_like_clock(text: str) -> bool:
    """Whether it is a time of day, without a date."""
    return _CLOCK.match(text.strip()) is not None


def _parts(plain: str, order: DateOrder | None) -> tuple[int, int, int, re.Match[str]] | None:
    match = _YEAR_FIRST.match(plain) or _COMPACT.match(plain)
    if match:
        return int(match["year"]), int(match["month"]), int(match["day"]), match
    match = _NUMERIC.match(plain)
    if match and (match["mark"] == "." or order in ("dmy", "mdy")):
        day, month = int(match["one"]), int(match["two"])
        if order == "mdy" and match["mark"] != ".":
            day, month = month, day
        year = int(match["year"])
        return (year if len(match["year"]) == 4 else _century(year)), month, day, match
    match = _NAMED.match(plain) or _AMERICAN.match(plain)
    named = _month(match["name"]) if match else None
    if match and named:
        return int(match["year"]), named, int(match["day"]), match
    return None


def _century(two_digits: int) -> int:
    return 2000 + two_digits if two_digits < 70 else 1900 + two_digits


def _month(name: str) -> int | None:
    short = name.lower()[:3]
    return _MONTHS.index(short) + 1 if short in _MONTHS else _OTHER_MONTHS.get(short)


def _at(day: datetime, match: re.Match[str], zone: ZoneInfo) -> datetime:
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    micro = int(((match["fraction"] or "") + "000000")[:6])
    naive = day.replace(
        hour=hour, minute=int(match["minute"]), second=int(match["second"] or 0), microsecond=micro
    )
    return naive.replace(tzinfo=_offset(match["zone"]) or zone).astimezone(UTC)


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
