"""Tables with a row or a column for what is held: key figures by date, monthly production reports, roll-forwards, label
and value.

A number is taken only if its head (or its row's label) says that it counts coins held, and it is dated by a date in
the other head. Where no date stands in the table, the number is the document's, and only if the row has a single
number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from chalicelib.treasury.filings import coins, dates
from chalicelib.treasury.filings.facts import UNDATED, Candidate, Document, ShareBasis, quoted
from chalicelib.treasury.filings.numbers import decimal, scale_in, whole
from chalicelib.treasury.filings.text import Cell, Table, folded

RULE, LABEL, SHARES = "table of holdings", "label and value", "table of shares"
_NUMBER = re.compile(
    r"^[₿Ξ~≈]?\s?(?P<number>\d{1,3}(?:,\d{3}){0,5}(?:\.\d{1,18})?|"
    r"\d{1,15}(?:\.\d{1,18})?)(?:\s?(?P<unit>[A-Za-z]{2,10}))?(?:\s?\(\w{1,2}\))?$"
)
_FOOT = re.compile(r"\s?\((?:\d{1,2}|[a-z]|\*{1,3})\)|[*†‡]+$|\s\d$")
_SHARES: tuple[tuple[str, ShareBasis], ...] = (
    (
        r"^(?:total )?(?:assumed|fully)?[- ]?(?:assumed )diluted (?:common )?shares(?: outstanding)?",
        "assumed_diluted",
    ),
    (r"^(?:total )?fully[- ]diluted (?:common )?shares(?: outstanding)?", "fd_max"),
    (
        r"^(?:total )?basic (?:common )?shares(?: outstanding)?|^(?:total )?(?:common )?shares (?:issued and "
        r")?outstanding$",
        "basic",
    ),
)
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
_ROW_LIMIT = 400


@cache
def _held(coin: str) -> re.Pattern[str]:
    total = (
        r"(?:(?:total|aggregate|cumulative|combined|current|ending|closing|period[- ]end|month[- ]end|"
        r"quarter[- ]end|approximate|number of|the|our|unaudited)\s){0,4}"
    )
    return re.compile(
        rf"^{total}(?:(?:{coin}){coins.AFTER}\s?(?:total\s)?(?:holdings?|held|owned|balance|treasury|reserves?|"
        rf"in treasury|on balance sheet|position)\b"
        rf"|(?:holdings?|treasury|reserves?|balance)\s(?:of|in|[-–:])?\s?\(?(?:{coin})|(?:holdings?|"
        rf"held)\s\((?:in\s)?(?:{coin})\))",
        re.IGNORECASE,
    )


@dataclass(frozen=True)
class _Heads:
    """The dates that stand above a table's columns, and the row they were in."""

    days: tuple[tuple[Cell, date], ...] = ()


def find(tables: list[Table], document: Document) -> Iterator[Candidate]:
    """Totals of coins, and shares beside them, from tables."""
    for place, table in enumerate(tables):
        rows = table.rows[:_ROW_LIMIT]
        following = tables[place + 1] if place + 1 < len(tables) else None
        if following and _goes_on(rows, following.rows):
            rows += following.rows[:_ROW_LIMIT]
        plain = folded(" ".join(cell.text for row in rows[:60] for cell in row))
        for asset in document.assets:
            if coins.mentioned((asset,)).search(plain):
                yield from _by_rows(rows, asset, document)
                yield from _by_columns(rows, asset, alone=_only_coin(plain, asset))
                yield from _by_coin(rows, asset)


def _goes_on(rows: tuple[tuple[Cell, ...], ...], more: tuple[tuple[Cell, ...], ...]) -> bool:
    """Whether a table is the rest of the one before, parted by a page's end: no dates of its own, and the same columns."""
    columns = next(([c.start for c in row[1:]] for row in reversed(rows) if len(row) > 2), None)
    if columns is None or any(_days(row) for row in more[:3]):
        return False
    return any([c.start for c in row[1:]] == columns for row in more[:4])


def _by_rows(rows: tuple[tuple[Cell, ...], ...], asset: str, document: Document) -> Iterator[Candidate]:
    heads: tuple[tuple[Cell, date], ...] = ()
    unit: Decimal | None = None
    found: dict[date, Candidate] = {}
    shares: list[Candidate] = []
    for row in rows:
        days = _days(row)
        if days and not _numbers(row[1:], asset):
            heads, unit = days, scale_in(" ".join(cell.text for cell in row))
            continue
        label = _label(row)
        if scale := scale_in(label):
            unit = scale if len(row) == 1 else unit
        if is_held(label, asset):
            for candidate in _row(row, heads, asset, document):
                found.setdefault(candidate.as_of or date.min, candidate)
        elif basis := _basis(label):
            for cell, day in _dated(row, heads, asset):
                if day in found and (count := _number(cell, asset)) is not None:
                    scale = scale_in(label) or unit or Decimal(1)
                    shares.append(_shares(found[day], row, whole(count * scale), basis))
    for candidate in found.values():
        beside = [each for each in shares if each.as_of == candidate.as_of]
        # the yields are computed on assumed diluted shares; a basic number is told apart from them
        best = max(beside, key=lambda each: each.share_basis != "basic", default=None)
        yield replace(candidate, shares=best.shares, share_basis=best.share_basis) if best else candidate
        yield from (each for each in beside if each is not best)


def _shares(beside: Candidate, row: tuple[Cell, ...], shares: Decimal, basis: ShareBasis) -> Candidate:
    evidence = quoted(" | ".join(cell.text for cell in row))
    return replace(beside, rule=SHARES, evidence=evidence, holdings=None, shares=shares, share_basis=basis)


def _row(
    row: tuple[Cell, ...], heads: tuple[tuple[Cell, date], ...], asset: str, document: Document
) -> Iterator[Candidate]:
    evidence = quoted(" | ".join([*(cell.text for cell, _ in heads), *(cell.text for cell in row)]))
    if heads:
        for cell, day in _dated(row, heads, asset):
            if (count := _number(cell, asset)) is not None:
                yield Candidate(
                    asset=asset,
                    rule=RULE,
                    evidence=evidence,
                    confidence=Decimal("0.93"),
                    holdings=count,
                    as_of=day,
                )
        return
    numbers = _numbers(row[1:], asset)
    if len(numbers) == 1:
        stated = next((found.day for found in dates.find(row[0].text)), None)
        notes = () if stated else (UNDATED,)
        yield Candidate(
            asset=asset, rule=LABEL, evidence=evidence, confidence=Decimal("0.86") if stated else Decimal("0.80"),
            holdings=numbers[0], as_of=stated or document.filed, notes=notes,
        )  # fmt: skip


def _only_coin(text: str, asset: str) -> bool:
    """Whether a table is about this coin and no other."""
    others = tuple(symbol for symbol in coins.NAMES if symbol != asset)
    return not coins.mentioned(others).search(text)


def _by_coin(rows: tuple[tuple[Cell, ...], ...], asset: str) -> Iterator[Candidate]:
    """A row for each coin, its units in a column under a date, as notes to financial statements have it."""
    heads: tuple[tuple[Cell, date], ...] = ()
    units: list[Cell] = []
    for row in rows:
        if days := _days(row):
            heads, units = days, []
        if columns := [cell for cell in row if _UNITS.match(_FOOT.sub("", folded(cell.text)).strip())]:
            units = columns
        elif units and heads and coins.mentioned((asset,)).fullmatch(_label(row)):
            for cell in row[1:]:
                column = next((u for u in units if cell.start < u.end and cell.end > u.start), None)
                day = next(
                    (d for h, d in heads if column and column.start < h.end and column.end > h.start), None
                )
                if day and (count := _number(cell, asset)) is not None:
                    evidence = quoted(" | ".join([*(h.text for h, _ in heads), *(c.text for c in row)]))
                    yield Candidate(
                        asset=asset,
                        rule=RULE,
                        evidence=evidence,
                        confidence=Decimal("0.90"),
                        holdings=count,
                        as_of=day,
                    )


def _by_columns(rows: tuple[tuple[Cell, ...], ...], asset: str, *, alone: bool) -> Iterator[Candidate]:
    """A column of numbers held, in rows that begin with their date ("Balance at June 30, 2025").

    In a table about one coin alone a column that is headed "Quantity" or "Units" counts too.
    """
    column: Cell | None = None
    for place, row in enumerate(rows):
        head = next((c for c in row if is_held(c.text, asset) and not _number(c, asset)), None) or (
            next((c for c in row if _UNITS.match(_FOOT.sub("", folded(c.text)).strip())), None)
            if alone
            else None
        )
        if head is not None and (len(row) > 1 or head.start > 0):
            column = head
            continue
        day = _row_day(row)
        if column is None or day is None:
            continue
        cell = next(
            (
                c
                for c in row[1:]
                if c.start < column.end and c.end > column.start and _number(c, asset) is not None
            ),
            None,
        )
        if cell is not None and (count := _number(cell, asset)) is not None:
            evidence = quoted(" | ".join([column.text, *(c.text for c in rows[place])]))
            yield Candidate(
                asset=asset,
                rule=RULE,
                evidence=evidence,
                confidence=Decimal("0.93"),
                holdings=count,
                as_of=day,
            )


def _row_day(row: tuple[Cell, ...]) -> date | None:
    text = row[0].text
    found = next(iter(dates.find(text)), None)
    rest = text[: found.start] + text[found.end :] if found else "x"
    ends = re.fullmatch(
        r"\s*(?:(?:ending |closing )?balance,?\s)?(?:(?:as )?(?:at|of|on),?)?\s*[:.]?\s*", rest, re.IGNORECASE
    )
    return found.day if found and ends else None


def _label(row: tuple[Cell, ...]) -> str:
    return _FOOT.sub("", folded(row[0].text)).strip(" :：*")


def is_held(text: str, asset: str) -> bool:
    """Whether a head or a label says that its numbers count coins held."""
    text = _FOOT.sub("", folded(text)).strip(" :：*")
    return (
        len(text) < 90
        and bool(_held(coins.pattern(asset)).match(text))
        and not _NOT_HELD.search(re.sub(r"[₿Ξ]", "", text))
    )


def _basis(label: str) -> ShareBasis | None:
    return next((basis for words, basis in _SHARES if re.search(words, label, re.IGNORECASE)), None)


def _days(row: tuple[Cell, ...]) -> tuple[tuple[Cell, date], ...]:
    """The dates above the columns; a head that is more than a date and a few words is none."""
    found = [(cell, day) for cell in row if len(cell.text) < 48 and (day := dates.head(folded(cell.text)))]
    return tuple(found)


def _dated(
    row: tuple[Cell, ...], heads: tuple[tuple[Cell, date], ...], asset: str
) -> Iterator[tuple[Cell, date]]:
    """A row's numbers with the date above each: by their order if there are as many, else by their columns."""
    cells = [cell for cell in row[1:] if _number(cell, asset) is not None or re.match(r"^[-–—$(]", cell.text)]
    if len(cells) == len(heads):
        yield from ((cell, day) for cell, (_, day) in zip(cells, heads, strict=True))
        return
    for cell in cells:
        for head, day in heads:
            if cell.start < head.end and cell.end > head.start:
                yield cell, day
                break


def _numbers(cells: tuple[Cell, ...], asset: str) -> list[Decimal]:
    return [count for cell in cells if (count := _number(cell, asset)) is not None]


def _number(cell: Cell, asset: str) -> Decimal | None:
    return number(cell.text, asset)


def number(text: str, asset: str) -> Decimal | None:
    """The number of coins that a value is, and nothing else: no money, per cent or fraction of other units."""
    found = _NUMBER.match(re.sub(r"^(?:approximately|approx\.|~)\s?", "", folded(text)))
    if not found or (found["unit"] and not coins.mentioned((asset,)).fullmatch(found["unit"])):
        return None
    return decimal(found["number"])
