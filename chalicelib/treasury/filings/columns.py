"""Tables with a column of numbers held: roll-forwards by date, units of several coins, companies side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from chalicelib.treasury.filings import captions, cells, coins, column_units, dates
from chalicelib.treasury.filings.captions import Caption
from chalicelib.treasury.filings.cells import Heads, Row
from chalicelib.treasury.filings.facts import UNDATED, Candidate, Document, quoted
from chalicelib.treasury.filings.text import Cell

RULE, COMPANIES = "table of holdings", "table of companies"
DASH = "a dash, taken for zero"
SEVERAL_ROWS = "the table has other rows of this coin and no total"
BESIDE_OTHERS = "from a table of several companies"
_AS_OF = re.compile(rf"\bas\s(?:of|at)\s(?P<day>{dates.ANY_DAY})", re.IGNORECASE)
_TOTAL = re.compile(
    r"(?:total|cumulative|running total)\s(?:bitcoins?|ethers?|ethereum|solana|[A-Z]{3,4})$", re.IGNORECASE
)
_BOUGHT = re.compile(r"\b(?:acquired|purchased|bought|added)\b", re.IGNORECASE)
_HOLDINGS_AT = re.compile(
    r"(?:(?:total|closing|ending|coin|token|digital asset) ){0,2}(?:holdings?|held|units(?: held)?|quantity(?: held)?|"
    r"(?:coins|tokens) held|number of (?:units|coins|tokens)(?: held)?)(?:,? ?(?:(?:as )?(?:at|of|on))?)?:?",
    re.IGNORECASE,
)
_Line = tuple[str, int, date, Decimal | None, str]
"""A row of a coin: its label, column, day, number (None for a dash) and evidence."""
_COMPANY = re.compile(
    r"^(?:company|companies|entity|name|issuer|holder|ticker|peer)(?:\sname)?s?$", re.IGNORECASE
)
_HOLDS = re.compile(r"\b(?:holdings?|held|holds?|treasury|owned)\b", re.IGNORECASE)


def by_date(
    rows: tuple[Row, ...], asset: str, caption: Caption, left: list[str], *, alone: bool
) -> Iterator[Candidate]:
    """A column of numbers held, in rows that begin with their date ("Balance at June 30, 2025").

    In a table about one coin alone a column that is headed "Quantity" or "Units" counts too.
    """
    column: Cell | None = None
    for row, over in zip(rows, column_units.above(rows, asset), strict=True):
        head = next((c for c in row if cells.is_held(c.text, asset)), None) or (
            next((c for c in row if cells.is_units(c) or _is_total(c, row)), None) if alone else None
        )
        if head is not None and (len(row) > 1 or head.start > 0) and not cells.numbers(row[1:], asset):
            # a column of units counts coins, whatever unit its neighbours' money is in
            plain = cells.is_units(head) or _is_total(head, row)
            count = captions.Count() if plain else captions.count(head.text, caption)
            column = head if count and count.scale == 1 and not count.doubt else None
            if column is None:
                left.append(f"The table's unit is money, as it seems: {cells.text_of(row)[:160]}")
            continue
        day = cells.row_day(row)
        if column is None or day is None:
            continue
        if column_units.of_column(column, over) == "money":
            left.append(f"The table's unit is money, as it seems: {cells.text_of(row)[:160]}")
            column = None
            continue
        under = [cell for cell in row[1:] if cells.overlap(cell, column)]
        evidence = quoted(f"{column.text} | {cells.text_of(row)}")
        if counts := cells.numbers(tuple(under), asset):
            yield Candidate(asset, RULE, evidence, Decimal("0.93"), holdings=counts[0], as_of=day)
        elif any(cells.is_nothing(cell.text) for cell in under):
            yield Candidate(
                asset, RULE, evidence, Decimal("0.80"), holdings=Decimal(0), as_of=day, notes=(DASH,)
            )


def by_coin_and_date(
    rows: tuple[Row, ...], asset: str, caption: Caption, left: list[str]
) -> Iterator[Candidate]:
    """A column for each coin, and rows of what is held at a date: "Holdings at June 30, 2025".

    A column that a coin's name heads may be of prices or values, so that the row, or the corner, has to say "held".
    """
    column: Cell | None = None
    corner = False
    for row, over in zip(rows, column_units.above(rows, asset), strict=True):
        if not cells.numbers(row[1:], asset) and (head := _headed_by(row, asset)):
            column, corner = head, row[0].start == 0 and bool(_HOLDINGS_AT.fullmatch(row[0].text))
            continue
        days = list(dates.find(row[0].text))
        if column is None or len(days) != 1:
            continue
        said = f"{row[0].text[: days[0].start]}{row[0].text[days[0].end :]}".strip()
        if not (_HOLDINGS_AT.fullmatch(said) or (corner and cells.row_day(row))):
            continue
        # the coin's name over the column is no unit: only money changes what the caption says
        money = column_units.of_column(column, over) == "money"
        count = captions.count(said, captions.under(caption, "money" if money else None))
        cell = next((each for each in row[1:] if cells.overlap(each, column)), None)
        evidence = quoted(f"{column.text} | {cells.text_of(row)}")
        if count is None or count.scale != 1 or count.doubt:
            left.append(f"The table's unit is money, as it seems: {evidence[:160]}")
        elif cell and (number := cells.number(cell.text, asset)) is not None:
            yield Candidate(asset, RULE, evidence, Decimal("0.90"), holdings=number, as_of=days[0].day)
        elif cell and cells.is_nothing(cell.text):
            yield Candidate(
                asset, RULE, evidence, Decimal("0.80"), holdings=Decimal(0), as_of=days[0].day, notes=(DASH,)
            )


def _headed_by(row: Row, asset: str) -> Cell | None:
    """The one cell of a row that is the coin's name and no more."""
    found = [
        cell for cell in row if cell.start > 0 and coins.mentioned((asset,)).fullmatch(cells.plain(cell.text))
    ]
    return found[0] if len(found) == 1 else None


def _is_total(cell: Cell, row: Row) -> bool:
    """Whether a column "Total BTC" counts what is held after each purchase: one of coins bought stands beside it."""
    return bool(_TOTAL.match(cells.plain(cell.text))) and any(_BOUGHT.search(other.text) for other in row)


def by_coin(
    rows: tuple[Row, ...], asset: str, document: Document, above: Sequence[str], *, alone: bool
) -> Iterator[Candidate]:
    """A row for each coin, its units in a column under a date, as notes to financial statements have it.

    Of several rows of one coin the total counts; without one the plain row, doubted.
    """
    heads: Heads = ()
    units: list[Cell] = []
    found: list[_Line] = []
    for row in rows:
        if (days := cells.days(row, document.filed)) and not cells.numbers(row[1:], asset):
            heads, units = days, []
        if stand := [cell for cell in row if cells.is_units(cell) or _is_dated_units(cell, asset)]:
            units = stand
        elif units and _is_of(cells.label(row), asset, alone=alone):
            for column in units:
                day = _day_above(column, heads, above, document.filed)
                cell = next((c for c in row[1:] if cells.overlap(c, column)), None)
                count = cells.number(cell.text, asset) if cell else None
                if day and cell and (count is not None or cells.is_nothing(cell.text)):
                    evidence = quoted(cells.text_of(heads, row))
                    found.append((cells.label(row), column.start, day, count, evidence))
    for place in dict.fromkeys((column, day) for _, column, day, _, _ in found):
        lines = [line for line in found if line[1:3] == place]
        yield from _of_one_day(lines, asset)


def _is_dated_units(cell: Cell, asset: str) -> bool:
    """Whether a head is of units and of its date at once: "Units held at 30 Sep 2025"."""
    return bool(column_units.kind(cell.text, asset) == "coins" and dates.head(cells.plain(cell.text)))


def _of_one_day(lines: list[_Line], asset: str) -> Iterator[Candidate]:
    exactly = re.compile(rf"(?:{coins.mentioned((asset,)).pattern}){coins.AFTER}")
    parts = [line for line in lines if not cells.is_sum(line[0], asset)]
    if any(line[3] is not None for line in parts):
        parts = [line for line in parts if line[3] is not None]
    plain = [line for line in parts if exactly.fullmatch(line[0])]
    total = next((line for line in lines if cells.is_sum(line[0], asset)), None)
    if total and len(parts) > 1 and total[3] == sum(line[3] or Decimal(0) for line in parts):
        yield Candidate(asset, RULE, total[4], Decimal("0.92"), holdings=total[3], as_of=total[2])
    elif len(plain) == 1:
        _, _, day, count, evidence = plain[0]
        several = len(parts) > 1 or (total is not None and total[3] != count)
        if count is None:
            if not several:
                yield Candidate(
                    asset, RULE, evidence, Decimal("0.80"), holdings=Decimal(0), as_of=day, notes=(DASH,)
                )
            return
        yield Candidate(
            asset, RULE, evidence, Decimal("0.40") if several else Decimal("0.90"), holdings=count, as_of=day,
            notes=(SEVERAL_ROWS,) if several else (),
        )  # fmt: skip


def _is_of(label: str, asset: str, *, alone: bool) -> bool:
    """Whether a row is the coin's: by its name, a kind of it ("Bitcoin - receivable"), or the sum of them all."""
    named = coins.mentioned((asset,)).match(label)
    after = label[named.end() :].strip() if named else ""
    kind = not after or bool(re.match(r"[-–—,(:]|receivable|held|pledged|loaned|restricted", after, re.I))
    if named:
        return kind
    return cells.is_sum(label, asset) and (alone or label.lower() not in ("total", "grand total"))


def _day_above(column: Cell, heads: Heads, above: Sequence[str], filed: date) -> date | None:
    """The date over a column; one that stands alone in the first column, or in the line above, is the table's."""
    over = next((day for head, day in heads if cells.overlap(column, head)), None)
    if over:
        return over
    if len(heads) == 1 and heads[0][0].start == 0:
        return heads[0][1]
    stated = {dates.near(found["day"], filed) for line in above for found in _AS_OF.finditer(line)}
    return next(iter(stated)) if not heads and len(stated) == 1 and _HOLDS.search(" ".join(above)) else None


def by_company(
    rows: tuple[Row, ...], asset: str, document: Document, own: frozenset[str]
) -> Iterator[Candidate]:
    """The company's own row in a table of companies; the others are not its."""
    column: Cell | None = None
    for row, over in zip(rows, column_units.above(rows, asset), strict=True):
        held = next((c for c in row[1:] if cells.is_held(c.text, asset)), None)
        if held is not None and _COMPANY.match(cells.label(row)):
            column = held
        elif column is None or column_units.of_column(column, over) == "money":
            continue
        elif _is_own(cells.label(row), own):
            under = tuple(cell for cell in row[1:] if cells.overlap(cell, column))
            day = next((day for cell in row[1:] if (day := dates.head(cell.text))), None)
            if counts := cells.numbers(under, asset):
                yield Candidate(
                    asset, COMPANIES, quoted(f"{column.text} | {cells.text_of(row)}"), Decimal("0.60"),
                    holdings=counts[0], as_of=day or document.filed,
                    notes=(BESIDE_OTHERS,) if day else (UNDATED, BESIDE_OTHERS),
                )  # fmt: skip


def _is_own(label: str, own: frozenset[str]) -> bool:
    """Whether a row is headed by one of the company's names, or the beginning of one of more than a word."""
    name = re.sub(r"\s?\([^()]{1,30}\)", "", label).lower().strip(" *,.")
    return name in own or (" " in name and any(each.startswith(f"{name} ") for each in own))
