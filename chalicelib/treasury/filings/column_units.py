"""The units that stand over a table's columns: in a row below the dates ("US$'000", "Units") or in the date's own head.

A column of money is told from one of coins by its own head alone: neither the row's label ("Bitcoin held") nor the
numbers below say which of the two they are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from chalicelib.treasury.filings import coins, dates
from chalicelib.treasury.filings.numbers import CURRENCY, NOTHING
from chalicelib.treasury.filings.text import Cell, folded

Row = tuple[Cell, ...]
Kind = Literal["coins", "money"]


@dataclass(frozen=True)
class Units:
    """A row's cells that name a unit; `every` if none of its others says anything else."""

    named: tuple[tuple[Cell, Kind], ...]
    every: bool

    @cached_property
    def _ends(self) -> list[int]:
        return [cell.end for cell, _ in self.named]

    def at(self, column: Cell) -> Kind | None:
        """The unit over a column; a row's cells stand in order, so that the first that ends after it begins is the one."""
        place = bisect_right(self._ends, column.start)
        if place == len(self.named) or self.named[place][0].start >= column.end:
            return None
        return self.named[place][1]

    def of_money(self) -> Units:
        kept = tuple(each for each in self.named if each[1] == "money")
        return Units(kept, every=self.every and len(kept) == len(self.named))


Over = tuple[Units, ...]
"""The rows of units over a row of values, the nearest first."""
_NEAREST = 4
_LONGEST = 90
_CODE = (
    r"(?:USD|HKD|CAD|AUD|NZD|GBP|EUR|JPY|SEK|NOK|DKK|ISK|CHF|SGD|RMB|CNY|CNH|KRW|BRL|INR|TWD|THB|MYR|PLN|CZK|ZAR|ILS|"
    r"NIS|AED|SAR|MXN|TRY|IDR|PHP|VND|KZT)"
)
_NAME = (
    r"(?:(?:U\.?S\.?|United States|Hong Kong|Canadian|Australian|Singapore) dollars?|dollars?|euros?|renminbi|yuan|"
    r"(?:Japanese )?yen|pounds?(?: sterling)?|sterling|(?:swedish |norwegian |danish )?kron(?:or|er)|[tm]?kr|"
    r"(?:swiss )?francs?|(?:korean )?won|rupees?|rs|tether|USD[TC])"
)
_MONEY = rf"(?:{CURRENCY}|{_CODE}|{_NAME})"
_SIZE = r"(?:thousands?|millions?|billions?|'?000'?s?|milliers|tausend)"
_SHORT = rf"(?:{_SIZE}|mm?|mn|mio|bn|b|k|tsd)"
_UNIT = re.compile(
    rf"(?:expressed |amounts? |stated |presented |all )*(?:in |en )?"
    rf"(?:{_MONEY} ?(?:in |of )?{_SHORT}?|[TKM]{_CODE}|[A-Z]{{1,4}} ?'000'?s?|{_SIZE}(?: of|d'| d')? ?{_MONEY}?)"
    r"|(?:単位 )?(?:人民[币幣])?(?:千|百万|百萬|十億|億|万|萬)?(?:円|元|港元|港[币幣]|美元|米ドル|香港ドル|ドル|ウォン)",
    re.IGNORECASE,
)
_SIGN = re.compile(r"[^\d]{0,40}[$£€¥₩₹][^\d]{0,12}(?:'?000'?s?)?[^\d]{0,20}")
"""A currency's sign in a head without a number: whatever else the head says, it is of money."""
_VALUE = re.compile(
    r"(?:(?:total |net |estimated )*(?:(?P<plain>values?|amounts?)|(?:fair|carrying|market|book) (?:value|amount)s?)"
    r"|(?:total |average )?cost(?: basis)?|(?:unit |average |closing )*price)(?: (?P<unit>.{1,30}))?",
    re.IGNORECASE,
)
_UNITS = re.compile(
    r"(?:approximate )?(?:(?:number|quantity)(?: of (?:units|coins|tokens|bitcoins?|ether))?|units|coins|tokens)(?: held)?",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    rf"{dates.ANY_DAY}|{dates.MONTH_YEAR}|(?<![\d,.])20\d\d(?![\d,.])|\b(?:FY|[QH][1-4]|[1-4][QH])\b"
    r"|\b(?:as (?:of|at)|at|on|notes?(?: \d{1,2})?|un-?audited|audited|restated|reviewed|(?:three|six|nine|twelve) months|"
    r"(?:financial |fiscal )?(?:year|quarter|period|month)s?|end(?:ed|ing)?|for the)\b|現在|時点|年度|会計期間"
    r"|\(\d{1,2}\)|[()\[\]:,*†‡–—-]",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def kind(text: str, asset: str) -> Kind | None:
    """What a column's head says that its numbers are; None if it says nothing of it. Dates beside the unit, notes and
    "(unaudited)" do not count."""
    if len(text) > _LONGEST:
        return None
    said = " ".join(_BESIDE.sub(" ", folded(text).replace("‘", "'")).split()).strip(" .")
    if _UNITS.fullmatch(said) or said in (asset, coins.SIGNS.get(asset)):
        return "coins"
    value = _VALUE.fullmatch(said)
    if value:  # "Metric | Value" may be a count; "Value (US$)" is none
        unit = _UNIT.fullmatch(value["unit"] or "")
        return "money" if unit or not (value["plain"] or value["unit"]) else None
    return "money" if _UNIT.fullmatch(said) or _SIGN.fullmatch(said) else None


def is_money(text: str) -> bool:
    """Whether a text is a unit of money, or a size ("in thousands"), and nothing else."""
    return kind(text, "") == "money"


def above(rows: Sequence[Row], asset: str) -> Iterator[Over]:
    """The units over each of a table's rows, row by row."""
    over: Over = ()
    counted = False
    for row in rows:
        cells = row if row and row[0].start > 0 else row[1:]
        if any(_is_value(cell.text, asset) for cell in cells):
            counted = True
        elif units := _named(row, asset, counted=counted):
            over = (units, *over)[:_NEAREST]
        elif counted and any(_has_date(cell.text) for cell in cells):
            # other columns begin: what was a count is not said to be one any more, money stays it
            over = tuple(units.of_money() for units in over)
        yield over


def _named(row: Row, asset: str, *, counted: bool) -> Units | None:
    """A row's units. Below the first numbers a row with a label is one of them ("Reporting currency | USD")."""
    labelled = row[0].start == 0 and len(row) > 1
    if labelled and counted and not kind(row[0].text, asset) and not _has_date(row[0].text):
        return None
    cells = row[1:] if labelled else row
    found = tuple((cell, is_kind) for cell in cells if (is_kind := kind(cell.text, asset)))
    return Units(found, every=len(found) == len(cells)) if found else None


def _has_date(text: str) -> bool:
    return len(text) <= _LONGEST and dates.head(folded(text)) is not None


def _is_value(text: str, asset: str) -> bool:
    if NOTHING.match(text):
        return True
    return (
        len(text) <= _LONGEST
        and bool(re.search(r"\d", text))
        and bool(re.search(r"\d", _BESIDE.sub(" ", folded(text))))
        and kind(text, asset) is None
    )


def of_column(column: Cell, over: Over) -> Kind | None:
    """The nearest unit that stands over a column."""
    return next((found for units in over if (found := units.at(column))), None)


def of_values(values: Sequence[Cell], over: Over) -> list[Kind | None]:
    """The unit of each of a row's values: by its column, or by the order where the columns do not meet and a row of
    nothing but units has as many."""
    in_order = next((units.named for units in over if units.every and len(units.named) == len(values)), None)
    return [
        of_column(cell, over) or (in_order[place][1] if in_order else None)
        for place, cell in enumerate(values)
    ]
