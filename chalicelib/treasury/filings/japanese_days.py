"""Which day a number in a Japanese announcement belongs to, and tables of days that lost their lines in the PDF's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from chalicelib.treasury.filings import coins, dates

_AT = re.compile(rf"(?P<day>{dates.DATE})\s?[)）]?\s?(?:現在|時点|末|付|の|における|には|、)", re.IGNORECASE)
_PERIOD_END = re.compile(r"(?:会計期間|四半期|中間期|事業年度|会計年度|当?期)末(?!日)")
_MONTH_END = re.compile(r"(?P<year>20\d\d)年(?P<month>\d{1,2})月末")
_FISCAL = re.compile(
    r"(?P<year>20\d\d)年(?P<month>\d{1,2})月期\s?(?:第(?P<quarter>[1-4])四半期|(?P<half>中間))?",
    re.IGNORECASE,
)
_REACH = 120
_VALUE = r"(?:[¥￥]?[\d,]{1,20}(?:\.\d{1,10})?(?:[%％]|円|株|BTC|ETH|SOL|枚)?(?![\d年月/.,])|[-－―–—])"
_TABLE = re.compile(
    r"(?:期間|日付|基準日|年月日|時点|期末)\s(?P<heads>(?:[^\s\d。]{2,30}\s){1,8})"
    rf"(?P<rows>(?:{dates.DATE}(?:\s?(?:現在|時点|末))?(?:\s{_VALUE}){{1,8}}\s?){{1,24}})"
)
_ROW = re.compile(rf"(?P<day>{dates.DATE})(?:\s?(?:現在|時点|末))?(?P<values>(?:\s{_VALUE}){{1,8}})")
_SHARES_HEAD = re.compile(r"完全希薄化.*株式(?:総)?数")


class Row(NamedTuple):
    """A row of a table by days: what was held, and the fully diluted shares beside it."""

    day: date
    held: Decimal
    shares: Decimal | None
    start: int
    end: int


def of(text: str, start: int, announced: date) -> tuple[date, bool]:
    """The day of the number at `start`, and whether it is known: the date before it in its sentence, the end of the fiscal
    period that the announcement is about, else the day of the announcement."""
    sentence = text[max(text.rfind("。", 0, start) + 1, start - _REACH) : start]
    stated = [day for found in _AT.finditer(sentence) if (day := dates.parse(found["day"]))]
    if stated:
        return stated[-1], True
    months = list(_MONTH_END.finditer(sentence))
    if months and 1 <= int(months[-1]["month"]) <= 12:
        end = dates.month_end(f"{_ENGLISH[int(months[-1]['month']) - 1]} {months[-1]['year']}")
        return (end, True) if end and end <= announced else (announced, False)
    if _PERIOD_END.search(sentence):
        end = fiscal_end(text)
        return (end, True) if end and end <= announced else (announced, False)
    return announced, True


def fiscal_end(text: str) -> date | None:
    """The end of the period that a report's title names: the second quarter of the year to December 2025 ends in June."""
    found = _FISCAL.search(text[:2000])
    if not found:
        return None
    quarter = int(found["quarter"]) if found["quarter"] else 2 if found["half"] else 4
    months = int(found["year"]) * 12 + int(found["month"]) - 1 - 3 * (4 - quarter)
    return (
        dates.month_end(f"{_ENGLISH[months % 12]} {months // 12}") if 1 <= int(found["month"]) <= 12 else None
    )


_ENGLISH = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@cache
def _held_head(asset: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:総)?(?:{coins.pattern(asset)})?(?:の)?(?:総|合計)?保有(?:総)?(?:数量|枚数|数|量|高)",
        re.IGNORECASE,
    )


def rows(text: str, asset: str) -> Iterator[Row]:
    """The rows of tables by days in which a column counts this coin, if each row has as many values as there are heads."""
    for table in _TABLE.finditer(text):
        heads = table["heads"].split()
        held = [n for n, head in enumerate(heads) if _held_head(asset).fullmatch(head)]
        named = held and coins.mentioned((asset,)).search(heads[held[0]])
        if len(held) != 1 or not named:
            continue
        shares = next((n for n, head in enumerate(heads) if _SHARES_HEAD.search(head)), None)
        for row in _ROW.finditer(table["rows"]):
            values = row["values"].split()
            day = dates.parse(row["day"])
            count = _number(values[held[0]]) if len(values) == len(heads) else None
            if day and count is not None:
                start = table.start("rows") + row.start()
                diluted = _number(values[shares]) if shares is not None else None
                yield Row(day, count, diluted or None, start, start + len(row[0]))


def _number(value: str) -> Decimal | None:
    found = re.fullmatch(r"(\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d{1,15}(?:\.\d+)?)(?:BTC|ETH|SOL|枚|株)?", value)
    return Decimal(found[1].replace(",", "")) if found else None
