"""Several days and several numbers: "As of June 30, 2025 and December 31, 2024, we held 5 and 3 bitcoins, respectively"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from chalicelib.treasury.filings import claims, cues, dates
from chalicelib.treasury.filings.mentions import Mention
from chalicelib.treasury.filings.numbers import CURRENCY, NUMBER, decimal
from chalicelib.treasury.filings.subjects import Whose

_SEVERAL = re.compile(
    rf"(?:(?:{NUMBER})(?:\s?[A-Za-z]{{3,8}})?,?\s){{1,5}}(?:and|&)\s(?:approximately\s)?(?:{NUMBER})(?=\s?[A-Za-z])"
)
_DAYS = re.compile(
    rf"(?P<day>{dates.ANY_DAY})(?P<years>(?:,?\s(?:and\s|&\s)?20\d\d\b(?!,\d))*)", re.IGNORECASE
)
_MONEY_BEFORE = re.compile(rf"{CURRENCY}\s?$")
_REACH = 160


@dataclass(frozen=True)
class Numbered:
    """A number of coins and the day that its place in the order gives it."""

    asset: str
    amount: Decimal
    day: date


def may_state(text: str) -> bool:
    return "respectively" in text and bool(_SEVERAL.search(text))


def find(text: str, found: Sequence[Mention], own: frozenset[str]) -> list[Numbered] | None:
    """The company's totals that a sentence states in the order of its days: of each group of numbers of one coin, the first
    is the first day's. None if a group cannot be told to be in that order."""
    days = _days(text)
    numbers: list[Numbered] = []
    last: tuple[Mention, Whose] | None = None
    for group in _SEVERAL.finditer(text):
        coins = [m for m in found if m.start < group.end() and m.end > group.start()]
        if not coins:  # another thing's numbers: "60 and 40 employees"
            continue
        amounts = _amounts(group, coins)
        if amounts is None or len(days) != len(amounts):
            return None
        first = replace(coins[-1], start=group.start())
        meaning, whose = cues.sense(text, first, last[0] if last else None, own)
        if meaning == "none" and last and _goes_on(text[last[0].end : group.start()]):
            meaning, whose = "total", last[1]
        part = last and first.asset == last[0].asset and claims.is_part(text[last[0].end : group.start()])
        if meaning != "total" or whose == "other" or part:
            continue
        last = coins[-1], whose
        numbers += [Numbered(first.asset, amount, day) for amount, day in zip(amounts, days, strict=True)]
    return numbers or None


def _amounts(group: re.Match[str], coins: Sequence[Mention]) -> list[Decimal] | None:
    """A group's numbers if all of them count one coin, and none is money or counts something else."""
    if len({coin.asset for coin in coins}) > 1 or _MONEY_BEFORE.search(group.string[: group.start()]):
        return None
    amounts: list[Decimal] = []
    for number in re.finditer(NUMBER, group[0]):
        place = group.start() + number.start()
        named = re.match(r"\s?(?!and\b)[A-Za-z]", group.string[group.start() + number.end() :])
        if any(coin.scaled for coin in coins) or (
            named and not any(coin.start <= place < coin.end for coin in coins)
        ):
            return None
        amounts.append(decimal(number[0]))
    return amounts


def _goes_on(between: str) -> bool:
    """Whether the next group is held as the one before it is: "…, respectively, and 2,000 and 1,000 ether"."""
    return len(between) < _REACH and bool(
        re.fullmatch(r"[^.;\d]*(?:\band\b|,|&)\s*(?:approximately\s)?", between)
    )


def _days(text: str) -> list[date]:
    """A sentence's days in order. A year that stands alone has the day before it ("December 31, 2024 and 2023"), a day
    without a year the year of the next ("June 30 and December 31, 2025")."""
    days: list[date] = []
    yearless: list[str] = []
    for found in _DAYS.finditer(text):
        day = dates.parse(found["day"])
        if day is None:
            yearless.append(found["day"])
            continue
        days += [same for each in yearless if (same := dates.parse(f"{each.rstrip('.,')}, {day.year}"))]
        yearless = []
        days.append(day)
        days += [_in_year(day, int(year)) for year in re.findall(r"20\d\d", found["years"])]
    return list(dict.fromkeys(days))


def _in_year(day: date, year: int) -> date:
    return day.replace(year=year, day=28 if (day.month, day.day) == (2, 29) else day.day)
