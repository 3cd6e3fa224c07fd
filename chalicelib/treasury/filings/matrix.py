"""Tables with a row or a column for what is held: key figures by date, monthly production reports, roll-forwards, label
and value.

A number is taken only if its head (or its row's label) says that it counts coins held, if nothing says that it is money
or in another unit (captions.py), and it is dated by a date in the other head. Where no date stands in the table, the
number is the document's, and only if the row has a single number. A total goes before its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import accumulate

from chalicelib.treasury.filings import captions, cells, coins, column_units, columns, dates
from chalicelib.treasury.filings.captions import Caption, Count
from chalicelib.treasury.filings.cells import Heads, Row
from chalicelib.treasury.filings.column_units import Kind, Over
from chalicelib.treasury.filings.facts import PART, UNDATED, Candidate, Document, ShareBasis, quoted
from chalicelib.treasury.filings.numbers import whole
from chalicelib.treasury.filings.text import Block, Table, folded

RULE, LABEL, SHARES = columns.RULE, "label and value", "table of shares"
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
SCALED = "the table's unit is greater than a coin"
_TOTAL = re.compile(r"(?:grand )?total\b", re.IGNORECASE)
_MOST_SHARES = 10**11
"""More than any company has: the count's unit was another one."""
_ROW_LIMIT = 400
_CELL_LIMIT = 20_000
Line = tuple[str, Candidate]
"""A row's label and what it states."""


def find(
    blocks: Sequence[Block], document: Document, own: frozenset[str]
) -> tuple[list[Candidate], list[str]]:
    """Totals of coins, and shares beside them, from tables; and why others were left."""
    tables = [(place, block) for place, block in enumerate(blocks) if isinstance(block, Table)]
    found: list[Candidate] = []
    left: list[str] = []
    for order, (place, table) in enumerate(tables):
        rows = _bounded(table.rows)
        following = tables[order + 1][1] if order + 1 < len(tables) else None
        if following and _goes_on(rows, following.rows, document.filed):
            rows += _bounded(following.rows)
        above = captions.lines_before(blocks, place)
        plain = folded(" ".join([*above, *(cell.text for row in rows[:60] for cell in row)]))
        for asset in document.assets:
            if not coins.mentioned((asset,)).search(plain):
                continue
            alone = _only_coin(plain, asset)
            caption = captions.read(rows, above, asset)
            found += _by_rows(rows, asset, document, caption, left)
            found += columns.by_date(rows, asset, caption, left, alone=alone)
            found += columns.by_coin(rows, asset, document, above, alone=alone)
            found += columns.by_coin_and_date(rows, asset, caption, left)
            found += columns.by_company(rows, asset, document, own)
    return found, left


def _bounded(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """A table's rows within the number of rows and of cells that are looked at."""
    seen = accumulate(len(row) for row in rows[:_ROW_LIMIT])
    return tuple(row for row, cells_so_far in zip(rows, seen, strict=False) if cells_so_far <= _CELL_LIMIT)


def _goes_on(rows: tuple[Row, ...], more: tuple[Row, ...], filed: date) -> bool:
    """Whether a table is the rest of the one before, parted by a page's end: no dates of its own, and the same columns."""
    starts = next(([c.start for c in row[1:]] for row in reversed(rows) if len(row) > 2), None)
    if starts is None or any(cells.days(row, filed) for row in more[:3]):
        return False
    return any([c.start for c in row[1:]] == starts for row in more[:4])


def _only_coin(text: str, asset: str) -> bool:
    """Whether a table is about this coin and no other."""
    others = tuple(symbol for symbol in coins.NAMES if symbol != asset)
    return not coins.mentioned(others).search(text)


def _by_rows(
    rows: tuple[Row, ...], asset: str, document: Document, caption: Caption, left: list[str]
) -> Iterator[Candidate]:
    heads: Heads = ()
    unit: Decimal | None = None
    found: list[Line] = []
    shares: list[Candidate] = []
    parts: dict[date, list[Decimal]] = {}
    for row, over in zip(rows, column_units.above(rows, asset), strict=True):
        days = cells.days(row, document.filed)
        if days and not cells.numbers(row[1:], asset):
            heads, unit = days, captions.scale_of(" ".join(cell.text for cell in row))
            parts.clear()
            continue
        label = cells.label(row)
        if len(row) == 1 and (scale := captions.scale_of(label)):
            unit = scale
        counted = cells.dated(row, heads, asset) if heads else []
        if cells.is_held(label, asset):
            found += [(label, each) for each in _row(row, heads, asset, document, caption, over, left)]
        elif cells.is_sum(label, asset):
            found += [(label, each) for each in _sums(row, counted, asset, parts, found)]
        elif basis := _basis(label):
            scale = captions.share_scale(label, unit, caption)
            shares += _shares(row, counted, asset, scale, basis)
        if counted and coins.mentioned((asset,)).search(label):
            for cell, day in counted:
                if (count := cells.number(cell.text, asset)) is not None:
                    parts.setdefault(day, []).append(count)
    yield from _with_shares(_whole(found), shares)


def _row(
    row: Row, heads: Heads, asset: str, document: Document, caption: Caption, over: Over, left: list[str]
) -> Iterator[Candidate]:
    label, evidence = cells.label(row), quoted(cells.text_of(heads, row))
    values = cells.dated(row, heads, asset) if heads else _only_value(row, asset, document.filed)
    texts, per_date = [cell.text for cell in row[1:]], len(values) == len(heads)
    kinds = column_units.of_values([cell for cell, _ in values], over)
    wanted: set[Kind | None] = (
        {"coins"} if "coins" in kinds else set(kinds)
    )  # money beside a count is not the count
    counts = {
        kind: captions.count(
            label, captions.under(caption, kind), cells=texts, per_date=per_date and kind != "coins"
        )
        for kind in wanted
    }
    for (cell, day), kind in zip(values, kinds, strict=True):
        base = _base(row, asset, evidence, day, dated=bool(heads))
        if (count := counts.get(kind)) and (found := stated(base, cell.text, count)):
            yield _as_part(found, label)
    if None in counts.values():
        left.append(f"The table's unit is money, as it seems: {evidence[:160]}")


def _only_value(row: Row, asset: str, filed: date) -> cells.Dated:
    """The number of a row that has one and no date above it, with the day that its label names or the document's."""
    numbers = [cell for cell in row[1:] if cells.number(cell.text, asset) is not None]
    day = next((found.day for found in dates.find(row[0].text)), filed)
    return [(numbers[0], day)] if len(numbers) == 1 else []


def _base(row: Row, asset: str, evidence: str, day: date, *, dated: bool) -> Candidate:
    if dated:
        return Candidate(asset, RULE, evidence, Decimal("0.93"), as_of=day)
    stated_on = next(dates.find(row[0].text), None)
    return Candidate(
        asset, LABEL, evidence, Decimal("0.86") if stated_on else Decimal("0.80"), as_of=day,
        notes=() if stated_on else (UNDATED,),
    )  # fmt: skip


def stated(base: Candidate, text: str, count: Count) -> Candidate | None:
    """A candidate with the number of a cell; a dash is a zero, and said to be one."""
    number = cells.number(text, base.asset)
    if number is None:
        if not cells.is_nothing(text):
            return None
        return replace(
            base, holdings=Decimal(0), confidence=min(base.confidence, Decimal("0.80")), notes=(*base.notes, columns.DASH)
        )  # fmt: skip
    if count.scale != 1:
        return replace(
            base, holdings=whole(number * count.scale), exactness="rounded", notes=(*base.notes, SCALED),
            confidence=base.confidence - Decimal("0.15"),
        )  # fmt: skip
    if count.doubt:
        return replace(base, holdings=number, confidence=Decimal("0.40"), notes=(*base.notes, count.doubt))
    return replace(base, holdings=number)


def _as_part(candidate: Candidate, label: str) -> Candidate:
    if not cells.is_part(label, candidate.asset):
        return candidate
    return replace(
        candidate, confidence=min(candidate.confidence, Decimal("0.50")), notes=(*candidate.notes, PART)
    )


def _sums(
    row: Row,
    counted: cells.Dated,
    asset: str,
    parts: dict[date, list[Decimal]],
    found: list[Line],
) -> Iterator[Candidate]:
    """A row "Total" or "Total bitcoin" whose number is the sum of the coin's rows above it, one of which counts as held."""
    for cell, day in counted:
        above = parts.get(day, [])
        total = cells.number(cell.text, asset)
        if len(above) > 1 and total == sum(above) and any(c.as_of == day for _, c in found):
            yield Candidate(
                asset, RULE, quoted(cells.text_of(row)), Decimal("0.92"), holdings=total, as_of=day
            )


def _whole(found: list[Line]) -> list[Candidate]:
    """For each day the total where a row names it, else every row: the merge doubts those that disagree."""
    kept: list[Candidate] = []
    for day in dict.fromkeys(candidate.as_of for _, candidate in found):
        same = [(label, candidate) for label, candidate in found if candidate.as_of == day]
        totals = [candidate for label, candidate in same if _TOTAL.match(label)]
        most = max(totals, key=lambda candidate: candidate.holdings or Decimal(0), default=None)
        kept += [most] if most else [candidate for _, candidate in same]
    return kept


def _shares(
    row: Row, counted: cells.Dated, asset: str, scale: Decimal, basis: ShareBasis
) -> Iterator[Candidate]:
    for cell, day in counted:
        count = cells.number(cell.text, asset)
        if count and count * scale < _MOST_SHARES:
            yield Candidate(
                asset, SHARES, quoted(cells.text_of(row)), Decimal("0.93"), as_of=day,
                shares=whole(count * scale), share_basis=basis, shares_as_of=day,
            )  # fmt: skip


def _with_shares(found: list[Candidate], shares: list[Candidate]) -> Iterator[Candidate]:
    """Each total with the shares of its day; the counts that are left stand alone."""
    for candidate in found:
        beside = [each for each in shares if each.as_of == candidate.as_of]
        # the yields are computed on assumed diluted shares; a basic number is told apart from them
        best = max(beside, key=lambda each: each.share_basis != "basic", default=None)
        if best is None:
            yield candidate
            continue
        basic = next((each.shares for each in beside if each.share_basis == "basic"), None)
        yield replace(
            candidate, shares=best.shares, share_basis=best.share_basis, shares_as_of=best.shares_as_of,
            basic_shares=basic,
        )  # fmt: skip
        yield from (each for each in beside if each is not best)


def _basis(label: str) -> ShareBasis | None:
    return next((basis for words, basis in _SHARES if re.search(words, label, re.IGNORECASE)), None)
