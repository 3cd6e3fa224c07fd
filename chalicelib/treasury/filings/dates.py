"""Dates and periods in prose and in table heads, English and Japanese."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:20\d\d)"
_ORDINAL = r"(?:st|nd|rd|th)?"
DATE = (
    rf"(?:{_MONTH}\s{{1,2}}\d{{1,2}}{_ORDINAL}\s?,?\s{{1,2}}{_YEAR}"
    rf"|\d{{1,2}}{_ORDINAL}\s(?:of\s)?{_MONTH},?\s{_YEAR}"
    rf"|{_YEAR}-\d{{2}}-\d{{2}}|\d{{1,2}}/\d{{1,2}}/(?:{_YEAR}|\d\d(?!\d))"
    rf"|(?:{_YEAR}|令和\s?(?:元|\d{{1,2}}))\s?年\s?\d{{1,2}}\s?月\s?\d{{1,2}}\s?日|{_YEAR}/\d{{1,2}}/\d{{1,2}})"
)
DAY_WITHOUT_YEAR = (
    rf"(?:{_MONTH}\s{{1,2}}\d{{1,2}}{_ORDINAL}(?![\d,]*\d)(?!\s?,?\s{{1,2}}{_YEAR})"
    rf"|\d{{1,2}}{_ORDINAL}\s(?:of\s)?{_MONTH}\b(?!,?\s{_YEAR}))"
)
ANY_DAY = rf"(?:{DATE}|{DAY_WITHOUT_YEAR})"
"""A date with its year or without; `near` tells the year of one without."""
MONTH_YEAR = rf"(?:{_MONTH},?\s{{1,2}}{_YEAR})"
_A_DATE = re.compile(DATE, re.IGNORECASE)
_A_MONTH = re.compile(MONTH_YEAR, re.IGNORECASE)
_PERIOD = re.compile(
    rf"(?P<lead>\bbetween\b|\bfrom\b|\bperiod\b|\bperiod of\b|\bperiod from\b|\bduring\b|"
    rf"\()\s{{0,2}}(?:the\s)?(?:period\s)?(?:between\s|from\s|of\s)?"
    rf"(?P<start>{DATE}|{DAY_WITHOUT_YEAR})\s?(?:,\s)?(?:to|and|through|until|till|[-–—])\s?(?:and "
    rf"including\s)?(?P<end>{DATE})",
    re.IGNORECASE,
)
_SPAN = re.compile(
    rf"(?P<start>{DATE}|{_MONTH}\s{{1,2}}\d{{1,2}}{_ORDINAL})\s?(?:to|through|until|[-–—])\s?"
    rf"(?P<end>{DATE}|\d{{1,2}},\s{{1,2}}{_YEAR})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    start: int
    end: int
    day: date


def parse(text: str, *, day_first: bool = False) -> date | None:
    """The date that a text of `DATE`'s form names; None if there is no such day. 1/2/2025 is read the American way
    unless told."""
    text = text.strip().rstrip(".,").replace("元年", "1年")
    digits = [int(part) for part in re.findall(r"\d+", text)]
    month = next((MONTHS[w.lower()] for w in re.findall(r"[A-Za-z]+", text) if w.lower() in MONTHS), None)
    if month is None and len(digits) == 3:
        if digits[0] >= 1000:
            year, month, day = digits
        elif "令和" in text:  # the era began in 2019
            year, month, day = digits[0] + 2018, digits[1], digits[2]
        elif day_first:
            day, month, year = digits
        else:
            month, day, year = digits
    elif month is not None and len(digits) == 2:
        day, year = digits if digits[1] >= 1000 else (digits[1], digits[0])
    else:
        return None
    return _date(year + 2000 if year < 100 else year, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def near(text: str, filed: date) -> date | None:
    """The day of `ANY_DAY`; without a year it is the latest such day that is not after the document."""
    if whole := parse(text):
        return whole
    this = parse(f"{text.strip().rstrip(',.')}, {filed.year}") or parse(f"{text.strip()} {filed.year}")
    if this is None or this <= filed:
        return this
    return _date(this.year - 1, this.month, this.day)


def month_before(text: str, filed: date) -> date | None:
    """The end of the month that a text names without a year: the latest that is not after the document."""
    month = MONTHS.get(text.strip().rstrip(".").lower())
    if month is None:
        return None
    ends = (_date(y, month, calendar.monthrange(y, month)[1]) for y in (filed.year, filed.year - 1))
    return next((end for end in ends if end and end <= filed), None)


def find(text: str) -> Iterator[Found]:
    """All whole dates of a text, in order."""
    for found in _A_DATE.finditer(text):
        if day := parse(found[0]):
            yield Found(found.start(), found.end(), day)


def month_end(text: str) -> date | None:
    """The last day of the month that a head such as "June 2025" names."""
    found = _A_MONTH.search(text)
    if not found:
        return None
    year = int(found[0][-4:])
    month = MONTHS[re.findall(r"[A-Za-z]+", found[0])[0].lower()]
    return date(year, month, calendar.monthrange(year, month)[1])


def head(text: str) -> date | None:
    """The date that a column's head or a row's label stands for: a day, or the end of a month."""
    return next((found.day for found in find(text)), None) or month_end(text)


def span(text: str) -> tuple[date, date] | None:
    """A text that is a period and nothing else: "August 18 - August 24, 2025", "August 18 to 24, 2025"."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        return None
    month = re.match(r"[A-Za-z.]+", found["start"])
    end = parse(found["end"]) or (parse(f"{month[0]} {found['end']}") if month else None)
    start = parse(found["start"]) or (end and parse(f"{found['start']}, {end.year}"))
    if start and end and start > end and not re.search(_YEAR, found["start"]):
        start = _date(start.year - 1, start.month, start.day)
    return (start, end) if start and end and start <= end else None


def period(text: str) -> tuple[date, date] | None:
    """The first period of a text: "between May 3, 2022 and June 28, 2022", "from June 2 to June 8, 2025"."""
    for found in _PERIOD.finditer(text):
        end = parse(found["end"])
        start = parse(found["start"]) or (end and parse(f"{found['start']}, {end.year}"))
        if start and end:
            if start > end and not re.search(_YEAR, found["start"]):
                start = _date(start.year - 1, start.month, start.day) or start
            if start <= end:
                return start, end
    return None
