"""What single cells of a table are: a label of coins held, a number of coins, a date that a column or a row stands for."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache

from chalicelib.treasury.filings import coins, dates
from chalicelib.treasury.filings.numbers import NOTHING, decimal
from chalicelib.treasury.filings.text import Cell, folded

Row = tuple[Cell, ...]
Heads = tuple[tuple[Cell, date], ...]
Dated = list[tuple[Cell, date]]
_NUMBER = re.compile(
    r"^[₿Ξ~≈]?\s?(?P<number>\d{1,3}(?:,\d{3}){0,5}(?:\.\d{1,18})?|"
    r"\d{1,15}(?:\.\d{1,18})?)(?:\s?(?P<unit>[A-Za-z]{2,10}))?(?:\s?\(\w{1,2}\))?$"
)
_FOOT = re.compile(r"\s?\((?:\d{1,2}|[a-z]|\*{1,3})\)|[*†‡]+$|\s\d$")
_NOT_HELD = re.compile(
    r"\b(?:value|price|cost|fair|usd|market|per share|per \d|yield|gain|average|change|growth|sold|produced|"
    r"mined|acquired|purchased|"
    r"pledged|collateral|loan\w*|restricted|receivable|target|goal|days|percent|%|customers?|clients?|in \$|"
    r"dollars?|carrying|premium|"
    r"multiple|mnav|rank\w*|increase|decrease|beginning|opening|previous|prior|impair\w+|equivalents? of|sats?|"
    r"satoshis?)\b|[$£€¥%]",
    re.IGNORECASE,
)
_UNITS = re.compile(
    r"^(?:(?:approximate )?(?:number|quantity) of (?:units|coins|tokens|bitcoins?|ether)|quantity|units|coins|tokens)"
    r"(?: held)?(?: \((?:units|coins|tokens|whole)\))?$",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:unrestricted|unencumbered|unpledged|custod\w+|counterpart\w+|third|cold|hot|wallets?|exchanges?|(?:un)?staked|"
    r"staking|native|liquid|directly|indirectly|subsidiar\w+|by|with|through|via|at (?!(?:the )?(?:month|period|"
    r"quarter|year|end|close)))",
    re.IGNORECASE,
)
_BALANCE = re.compile(
    r"\s*(?:(?:ending |closing )?balance,?\s)?(?:(?:as )?(?:at|of|on),?)?\s*[:.]?\s*", re.IGNORECASE
)
_SHORTEST_HEAD = 48


@cache
def _held(coin: str) -> re.Pattern[str]:
    total = (
        r"(?:(?:total|aggregate|cumulative|combined|current|ending|closing|period[- ]end|month[- ]end|"
        r"quarter[- ]end|approximate|number of|the|our|unaudited)\s){0,4}"
    )
    return re.compile(
        rf"^{total}(?:(?:{coin}){coins.AFTER}\s?(?:total\s)?(?:holdings?|held|owned|balance|treasury|reserves?|"
        rf"in treasury|on balance sheet|position)\b"
        rf"|(?:{coin}){coins.AFTER}\s?[,–—-]?\s?(?:at\s)?(?:the\s)?(?:end of (?:the )?(?:period|month|quarter|year)|"
        rf"(?:ending|closing) balance|(?:period|month|quarter|year)[- ]end)\b"
        rf"|(?:holdings?|treasury|reserves?|balance)\s(?:of|in|[-–:])?\s?\(?(?:{coin})|(?:holdings?|"
        rf"held)\s\((?:in\s)?(?:{coin})\))",
        re.IGNORECASE,
    )


@cache
def _total_of(coin: str) -> re.Pattern[str]:
    return re.compile(rf"(?:grand )?total(?:\s(?:{coin}){coins.AFTER})?(?:\s\(\w+\))?", re.IGNORECASE)


def plain(text: str) -> str:
    """A label without footnotes and colons."""
    return _FOOT.sub("", folded(text)).strip(" :：*")


def label(row: Row) -> str:
    """A row's first cell."""
    return plain(row[0].text)


def is_held(text: str, asset: str) -> bool:
    """Whether a head or a label says that its numbers count coins held."""
    text = plain(text)
    return (
        len(text) < 90
        and bool(_held(coins.pattern(asset)).match(text))
        and not _NOT_HELD.search(re.sub(r"[₿Ξ]", "", text))
    )


def is_part(text: str, asset: str) -> bool:
    """Whether a label of coins held names only some of them: "Bitcoin held in custody"."""
    text = plain(text)
    held = _held(coins.pattern(asset)).match(text)
    return bool(held and not text.lower().startswith("total") and _PART.search(text, held.end()))


def is_sum(text: str, asset: str) -> bool:
    """Whether a label is "Total" or "Total bitcoin": the sum of the rows above it, if they add up."""
    return bool(_total_of(coins.pattern(asset)).fullmatch(plain(text)))


def is_units(cell: Cell) -> bool:
    """Whether a column's head is "Quantity", "Units", "Number of coins held"."""
    return bool(_UNITS.match(plain(cell.text)))


def number(text: str, asset: str) -> Decimal | None:
    """The number of coins that a value is, and nothing else: no money, per cent or fraction of other units."""
    found = _NUMBER.match(re.sub(r"^(?:approximately|approx\.|~)\s?", "", folded(text)))
    if not found or (found["unit"] and not coins.mentioned((asset,)).fullmatch(found["unit"])):
        return None
    return decimal(found["number"])


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is none: a dash, "nil"."""
    return bool(NOTHING.match(text) or text.lower() in ("nil", "none"))


def numbers(cells: Row, asset: str) -> list[Decimal]:
    return [count for cell in cells if (count := number(cell.text, asset)) is not None]


def days(row: Row, filed: date) -> Heads:
    """The dates above the columns; a head that is more than a date and a few words is none. "June | May" are the months
    before the filing, if all heads but the first are such."""
    found = [
        (cell, day)
        for cell in row
        if len(cell.text) < _SHORTEST_HEAD and (day := dates.head(folded(cell.text)))
    ]
    if not found:
        months = [(cell, dates.month_before(plain(cell.text), filed)) for cell in row]
        named = [(cell, day) for cell, day in months if day]
        found = named if len(named) > 1 or (named and len(row) <= 2) else []
    return tuple(found)


def row_day(row: Row) -> date | None:
    """The date that a row begins with and stands for: "Balance at June 30, 2025", "August 18 - August 24, 2025"."""
    text = folded(row[0].text)
    if span := dates.span(text):
        return span[1]
    found = next(iter(dates.find(text)), None)
    rest = text[: found.start] + text[found.end :] if found else "x"
    return found.day if found and _BALANCE.fullmatch(rest) else None


def overlap(cell: Cell, other: Cell) -> bool:
    """Whether two cells share a column."""
    return cell.start < other.end and cell.end > other.start


def dated(row: Row, heads: Heads, asset: str) -> Dated:
    """A row's numbers with the date above each: by their order if there are as many, else by their columns."""
    cells = [
        c for c in row[1:] if number(c.text, asset) is not None or re.match(r"^(?:[-–—$(]|nil)", c.text, re.I)
    ]
    if len(cells) == len(heads):
        return [(cell, day) for cell, (_, day) in zip(cells, heads, strict=True)]
    return [
        (cell, day)
        for cell in cells
        if (day := next((day for head, day in heads if overlap(cell, head)), None))
    ]


def text_of(*rows: Row | Heads) -> str:
    """Rows as one line, as evidence."""
    return " | ".join(each[0].text if isinstance(each, tuple) else each.text for row in rows for each in row)
