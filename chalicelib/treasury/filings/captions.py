"""In what a table's numbers are counted: the units that its caption names ("in thousands, except share data"), and
whether they are money.

A balance sheet's "Bitcoin held | 2,068,520" is money although no sign says so. A number is a count of coins if its label
says so ("number of bitcoins"), if the caption leaves counts out of its unit, or if nothing speaks of money at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.treasury.filings import coins, column_units
from chalicelib.treasury.filings.numbers import CURRENCY
from chalicelib.treasury.filings.text import Block, Cell, Paragraph, folded

Row = tuple[Cell, ...]
_MONEY = rf"(?:{CURRENCY}|U\.?S\.? dollars?|dollars?|euros?|yen|pounds?|won|francs?|kronor)"
_SIZE = r"(?:thousands?|millions?|billions?|['‘’]?000s?|milliers|tausend)"
_SCALED = re.compile(
    rf"(?P<what>\b(?:shares?|common stock)\b(?:\s\w{{3,12}}){{0,2}}\s?\(?)?"
    rf"(?:(?:(?:are |is )?(?:shown |presented |expressed |stated |reported )?in\s{{0,2}}|(?<=\()\s?)"
    rf"(?P<before>{_MONEY}\s?,?\s?)?(?:of )?(?P<size>{_SIZE})"
    rf"|\ben\s(?P<french>milliers|millions)"
    rf"|\b(?P<sized>thousands|millions|billions)\sof\s(?=\S)"
    rf"|[$€£¥](?P<short>MM?|K|B|mn|bn|['‘’]?000s?)\b"
    rf"|(?P<japanese>千円|百万円|千株))(?P<after>\s(?:of\s|d['’]\s?)?{_MONEY})?",
    re.IGNORECASE,
)
_SIZES = {
    "thousand": 3, "million": 6, "billion": 9, "000": 3, "milliers": 3, "tausend": 3, "mm": 6, "m": 6, "k": 3, "b": 9,
    "mn": 6, "bn": 9, "千円": 3, "百万円": 6, "千株": 3,
}  # fmt: skip
_EXCEPT = re.compile(r"\b(?:except|excluding|other than|apart from|unless)\b(?P<what>[^()]{0,140})", re.I)
_COUNTS = re.compile(
    r"\b(?:bitcoins?|btc|eth|sol|ethers?|coins?|tokens?|quantit\w+|units?|number of (?!shares)|crypto\w*|digital assets?|"
    r"operat\w+|production|kpis?)\b",
    re.IGNORECASE,
)
_SHARE_COUNTS = re.compile(r"(?<!per )(?<!per-)\b(?:common )?shares?\b(?! price)", re.IGNORECASE)
_COUNTED = re.compile(
    r"\b(?:(?i:number|quantit(?:y|ies)|units?|count)|amount of coins|coins|tokens|bitcoins)\b|#|[₿Ξ]|"
    r"\((?:in )?[A-Z]{3,4}\)|\bin (?:BTC|ETH|SOL)\b"
)
_STATEMENT = re.compile(
    r"^(?:total\s(?:current\s|non-?current\s|other\s|long-term\s)?(?:assets|liabilities|equity|stockholders|shareholders)|"
    r"(?:net\s)?cash\s(?:provided|used|flows?)|liabilities\s?(?:and|:|$)|(?:stock|share)holders['’]?\sequity|"
    r"retained earnings|accumulated deficit|additional paid|accounts payable|property(?:,| and)|current assets|"
    r"資産合計|負債合計|純資産)",
    re.IGNORECASE,
)
_KEY_FIGURE = re.compile(
    r"\b(?:yield|per share|shares outstanding|hash ?rate|mnav|exahash|eh/s)\b", re.IGNORECASE
)
_FLOW = re.compile(
    r"\b(?:produced|mined|sold|acquired|purchased|restricted|pledged|per day)\b", re.IGNORECASE
)
_LEAD, _REACH, _HEAD_ROWS = 2, 320, 6


@dataclass(frozen=True)
class Caption:
    """What is known of a table's unit. `scale` is what its amounts are multiplied by, None if none is named; `shares`
    that of its share counts; `counts_excepted` if the unit is not the coins'; `statement` if rows are a balance sheet's
    or a cash flow's, `flows` if other rows are key figures or count coins that came and went."""

    scale: Decimal | None = None
    shares: Decimal | None = None
    counts_excepted: bool = False
    statement: bool = False
    flows: bool = False


@dataclass(frozen=True)
class Count:
    """How a label's numbers count coins: times `scale`; `doubt` says what is uncertain."""

    scale: Decimal = Decimal(1)
    doubt: str = ""


UNIT_UNCLEAR = "the table names a unit and does not say whether it is the coins' too"


def read(rows: Sequence[Row], before: Iterable[str], asset: str) -> Caption:
    """The caption of a table: the lines just before it and its own heading cells."""
    labels = [folded(row[0].text) for row in rows if row]
    heads = _heading_cells(rows)
    scale = shares = None
    excepted = False
    for text in (*before, *heads):
        if column_units.is_money(text):
            scale = scale or Decimal(1)
        for found in _SCALED.finditer(text):
            size = _size(found)
            rest = _EXCEPT.search(text, found.end(), found.end() + 200)
            left_out = rest["what"] if rest else ""
            if found["what"] or found["japanese"] == "千株":
                shares = size
                continue
            scale = size
            excepted = excepted or bool(_COUNTS.search(left_out))
            if not _SHARE_COUNTS.search(left_out):
                shares = shares or size
    coin = coins.mentioned((asset,))
    return Caption(
        scale, shares, excepted,
        statement=any(_STATEMENT.match(label.strip()) for label in labels),
        flows=any(_KEY_FIGURE.search(label) or (_FLOW.search(label) and coin.search(label)) for label in labels),
    )  # fmt: skip


def lines_before(blocks: Sequence[Block], place: int) -> list[str]:
    """What stands just above a table: the nearest paragraphs, "(Unaudited)" and the like not counted."""
    found: list[str] = []
    for block in reversed(blocks[max(0, place - 6) : place]):
        if not isinstance(block, Paragraph) or len(found) == _LEAD:
            break
        if len(block.text) > 24 or not re.fullmatch(
            r"\(?(?:un)?audited\)?|\W*\d*\W*", block.text, re.IGNORECASE
        ):
            found.append(folded(block.text[-_REACH:]))
    return found


def count(label: str, caption: Caption, *, cells: Sequence[str] = (), per_date: bool = False) -> Count | None:
    """How a row's or a column's numbers count coins; None if they are money.

    `per_date` tells that the cells stand under a date each: then a currency's sign at one of them is every one's.
    """
    if own := _SCALED.search(label):
        if own["before"] or own["after"] or own["short"] or own["japanese"]:
            return None
        return Count(_size(own))
    if _COUNTED.search(label):
        return Count()
    if per_date and any(re.match(rf"\(?{CURRENCY}", cell) for cell in cells):
        return None
    if caption.counts_excepted:
        return Count()
    if caption.statement:
        return None
    if caption.scale is None:
        return Count()
    return Count(doubt=UNIT_UNCLEAR) if caption.flows else None


def under(caption: Caption, kind: column_units.Kind | None) -> Caption:
    """A table's caption for a column with a unit of its own: coins are counted whatever the rest is in."""
    if kind == "coins":
        return Caption()
    return replace(caption, scale=caption.scale or Decimal(1)) if kind == "money" else caption


def share_scale(label: str, above: Decimal | None, caption: Caption) -> Decimal:
    """What a row's shares are multiplied by: its own unit, the one of a heading above it, the caption's."""
    own = scale_of(label)
    return own or above or caption.shares or Decimal(1)


def scale_of(text: str) -> Decimal | None:
    """The unit that a text names; None if it names none."""
    found = _SCALED.search(text)
    return _size(found) if found else None


def _size(found: re.Match[str]) -> Decimal:
    word = next(
        value for name in ("size", "french", "sized", "short", "japanese") if (value := found[name])
    ).lower()
    word = word.strip("'‘’")
    return Decimal(10) ** _SIZES[word if word in _SIZES else word.rstrip("s")]


def _heading_cells(rows: Sequence[Row]) -> list[str]:
    """The first cells of a table's rows down to its first number: what they say holds for the table."""
    found: list[str] = []
    for row in rows[:_HEAD_ROWS]:
        if any(re.fullmatch(r"(?!20\d\d$)[$€£¥(]?[\d,.]{2,}\)?", cell.text) for cell in row[1:]):
            break
        if row and (row[0].start == 0 or len(row) == 1):
            found.append(folded(row[0].text))
    return found
