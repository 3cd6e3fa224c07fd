"""Tables of a period beside a date: "During Period X to Y" | "As of Y", and under them coins, prices and holdings.

The table is read as running text, as a reader would aloud, because its cells differ from filer to filer: the head
names the period and the date, then come the columns with their units, then as many values. A table of anything else
(shares sold under a programme, say) has other columns and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.treasury.filings import coins, dates
from chalicelib.treasury.filings.facts import Candidate, Document, quoted
from chalicelib.treasury.filings.numbers import (
    CURRENCY,
    NOTHING,
    SCALE_WORD,
    currency_of,
    decimal,
    scale_in,
    whole,
)
from chalicelib.treasury.filings.text import folded

RULE = "period table"
_HEAD = re.compile(
    rf"Period(?: from| of|:)?\s(?P<start>{dates.DATE}|{dates.DAY_WITHOUT_YEAR})\s?,?\s?(?:to|through|and|[-–—])\s?"
    rf"(?P<end>{dates.DATE})\s{{0,2}}(?:As (?:of|at)|At)(?: the)?:?\s(?P<as_of>{dates.DATE})",
    re.IGNORECASE,
)
_FOOTNOTES = r"(?:\s?\((?:\d{1,2}|[a-z]|\*)\))*"
_UNIT = r"(?:\s?\((?:amounts )?(?:(?:USD|US\$|\$),? )?in [^)]{3,30}\))?"
_VALUE = re.compile(
    rf"\s{{0,2}}(?:(?P<currency>{CURRENCY})\s?)?(?:(?P<number>\d{{1,3}}(?:,\d{{3}}){{1,5}}(?:\.\d{{1,18}})?|"
    rf"\d{{1,15}}(?:\.\d{{1,18}})?)"
    rf"(?:\s(?P<scale>{SCALE_WORD})\b)?|(?P<nothing>[-–—−]{{1,3}}|nil\b|n/a\b))(?:\s?\((?:\d{{1,2}}|[a-z])\)(?=\s|$))*",
    re.IGNORECASE,
)
_ROW_LABEL = re.compile(r"\s{0,2}(?:[A-Za-z][A-Za-z ()]{1,30}?)(?=\s[\d$£€¥–—-])")
_REACH = 1500


@dataclass(frozen=True)
class _Column:
    kind: str
    unit: Decimal | None


def _columns_pattern(coin: str) -> re.Pattern[str]:
    total = r"(?:Aggregate|Total|Cumulative)"
    price = r"(?:Purchase Price|Purchase Cost|Acquisition Cost|Cost(?: Basis)?|Amount Paid)"
    each = r"(?:Purchase |Acquisition )?(?:Price|Cost(?: Basis)?)"
    return re.compile(
        rf"\s{{0,3}}(?:(?P<purchased>(?:Number of |Total |Aggregate )?(?:{coin}) (?:Acquired|Purchased|Bought|Added))"
        rf"|(?P<sold>(?:Total )?(?:{coin}) (?:Sold|Disposed))"
        rf"|(?P<holdings>(?:{total} )?(?:Number of )?(?:{coin}) (?:Holdings?|Held|Owned|Balance)|{total} Holdings)"
        rf"|(?P<average>Average (?:{each})(?: per (?:{coin}))?)"
        rf"|(?P<cost>(?:{total} )?{price}))"
        rf"{_FOOTNOTES}(?P<unit>{_UNIT}){_FOOTNOTES}",
        re.IGNORECASE,
    )


def find(text: str, document: Document) -> Iterator[Candidate]:
    """Candidates of all such tables in a text. Each gives a total as of its date and what was acquired in its period."""
    plain = folded(text)
    for head in _HEAD.finditer(plain):
        for asset in document.assets:
            yield from _table(text, plain, head, asset)


def _table(wording: str, text: str, head: re.Match[str], asset: str) -> Iterator[Candidate]:
    days = dates.parse(head["end"]), dates.parse(head["as_of"])
    if days[0] is None or days[1] is None:
        return
    start = dates.parse(head["start"]) or dates.parse(f"{head['start']}, {days[0].year}")
    columns, place = _columns(text[head.end() : head.end() + _REACH], coins.pattern(asset))
    if "holdings" not in {column.kind for column in columns}:
        return
    place += head.end()
    values, end = _values(text, place, len(columns))
    if len(values) == len(columns):
        evidence = quoted(wording[head.start() : end])
        if found := _candidate(asset, columns, values, (start, days[0], days[1]), evidence):
            yield found


def _columns(text: str, coin: str) -> tuple[list[_Column], int]:
    pattern, found, place = _columns_pattern(coin), [], 0
    while match := pattern.match(text, place):
        found.append(
            _Column(
                str(match.lastgroup if match.lastgroup != "unit" else _kind(match)),
                scale_in(match["unit"] or ""),
            )
        )
        place = match.end()
    return found, place


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in ("purchased", "sold", "holdings", "average", "cost") if match[kind])


def _values(text: str, place: int, count: int) -> tuple[list[re.Match[str]], int]:
    found: list[re.Match[str]] = []
    if label := _ROW_LABEL.match(text, place):
        place = label.end()
    while len(found) < count and (match := _VALUE.match(text, place)):
        found.append(match)
        place = match.end()
    return found, place


def _candidate(
    asset: str,
    columns: list[_Column],
    values: list[re.Match[str]],
    days: tuple[date | None, date, date],
    evidence: str,
) -> Candidate | None:
    """Prices before the holdings' column belong to the period, those after it to the total."""
    amounts: dict[str, Decimal | None] = {}
    currency, notes, held = "USD", [], False
    for column, value in zip(columns, values, strict=True):
        held = held or column.kind == "holdings"
        name = (
            column.kind
            if column.kind in ("purchased", "sold", "holdings")
            else f"{'total' if held else 'period'} {column.kind}"
        )
        amounts[name] = _amount(column, value)
        if value["currency"]:
            currency = currency_of(value["currency"])
    holdings = amounts["holdings"]
    if holdings is None:
        return None
    if amounts.get("sold"):
        notes.append(f"{amounts['sold']} were sold in the period")
    purchased = amounts.get("purchased")
    if "purchased" in amounts and purchased is None:
        purchased = Decimal(0)  # a dash: none were acquired
    start, end, as_of = days
    return Candidate(
        asset=asset, rule=RULE, evidence=evidence, confidence=Decimal("0.97"), holdings=holdings, as_of=as_of,
        purchased=purchased, period_start=start, period_end=end,
        purchase_cost=amounts.get("period cost") if purchased else (Decimal(0) if purchased is not None else None),
        purchase_average_price=(amounts.get("period average") or None) if purchased else None,
        total_cost=amounts.get("total cost"), average_price=amounts.get("total average"),
        currency=currency, notes=tuple(notes),
    )  # fmt: skip


def _amount(column: _Column, value: re.Match[str]) -> Decimal | None:
    """A unit in the cell goes before the head's."""
    if value["nothing"] or NOTHING.match(value[0].strip()):
        return None
    amount = decimal(value["number"], value["scale"])
    counts = column.kind in ("purchased", "sold", "holdings", "average")
    return (
        amount if value["scale"] or (counts and column.unit is None) else whole(amount * (column.unit or 1))
    )
