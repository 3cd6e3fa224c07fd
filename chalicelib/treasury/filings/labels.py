"""Lists of "label: value", as announcements give a purchase and what is then held.

The order decides what a price belongs to: to the purchase until the total has been named, then to the total.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache

from chalicelib.treasury.filings import cells, coins, dates, numbers, sentences
from chalicelib.treasury.filings.facts import UNDATED, Candidate, Document, ShareBasis, quoted
from chalicelib.treasury.filings.text import Paragraph, folded

RULE = "list of figures"
_LINE = re.compile(
    r"^(?:\(?\w{1,3}[.)]\s|"
    r"[•●▪■◦‣·*–-]\s)?(?:[\w\s]{3,40}:\s)?(?P<label>[A-Za-z(][^:]{2,80}?)\s?:\s?(?P<value>[^:;]{1,70}?)[.;,]?$"
)
_AVERAGE = re.compile(
    r"\b(?:average|avg\.?|mean)\b.*\b(?:price|cost)\b|\b(?:price|cost) per\b", re.IGNORECASE
)
_COST = re.compile(
    r"\b(?:total|aggregate|cumulative)\b.*\b(?:purchase|cost|amount|price|consideration|investment)|"
    r"^(?:purchase|acquisition) (?:amount|cost|price)"
    r"|^cost(?: basis)?$|^(?:aggregate|total) (?:amount|purchase)$",
    re.IGNORECASE,
)
_VALUED = re.compile(
    r"\b(?:market|fair|current|value|nav|proceeds|raised|cash|debt|\(usd\))\b", re.IGNORECASE
)
_SHARES: tuple[tuple[str, ShareBasis], ...] = (
    (r"\bassumed diluted shares", "assumed_diluted"),
    (r"\bfully[- ]diluted (?:common )?shares", "fd_max"),
    (r"^(?:total |basic |common )*shares outstanding", "basic"),
)
_AS_OF = re.compile(
    rf"\b(?:as\s(?:of|at)|week end(?:ed|ing)|month end(?:ed|ing))\s(?P<day>{dates.ANY_DAY})", re.IGNORECASE
)
_LONGEST_RUN = 40
CONFIDENCE = Decimal("0.88")


@cache
def _purchased(coin: str) -> re.Pattern[str]:
    return re.compile(
        rf"^(?:(?:number|amount|total|quantity|new|additional|"
        rf"of)\s){{0,4}}(?:{coin}){coins.AFTER}\s(?:purchased|acquired|bought|added)\b"
        rf"|^(?:purchase|acquisition)\s(?:quantity|size)|^(?:quantity|number)\s(?:purchased|acquired)|"
        rf"^(?:{coin})\s(?:purchase|acquisition)$",
        re.IGNORECASE,
    )


def find(paragraphs: Iterable[Paragraph], document: Document) -> Iterator[Candidate]:
    """Candidates of all lists that name a total or a purchase."""
    run: list[tuple[str, str, str]] = []
    lead = heading = ""
    for paragraph in paragraphs:
        for piece in sentences.split(paragraph.text) if ":" in paragraph.text else (paragraph.text,):
            line = _LINE.match(folded(piece)) if len(piece) < 220 else None
            if line and len(run) < _LONGEST_RUN:
                lead = lead if run else heading
                run.append((line["label"].strip(), line["value"].strip(), piece))
            elif not (run and len(piece) < 60 and not re.search(r"\d", piece)):
                yield from _list(run, lead, document)
                run = []
            heading = piece
    yield from _list(run, lead, document)


def _list(run: list[tuple[str, str, str]], lead: str, document: Document) -> Iterator[Candidate]:
    if len(run) < 2:
        return
    evidence = quoted(" ".join(piece for *_, piece in run))
    for asset in document.assets:
        if candidate := _candidate(run, asset, evidence, _as_of(lead, document.filed), document):
            yield candidate


def _candidate(
    run: list[tuple[str, str, str]], asset: str, evidence: str, as_of: date | None, document: Document
) -> Candidate | None:
    amounts: dict[str, Decimal] = {}
    currency = "USD"
    basis: ShareBasis | None = None
    counted_on: date | None = None
    for label, value, _ in run:
        side = "total" if "holdings" in amounts else "period"
        if cells.is_held(label, asset):
            _keep(amounts, "holdings", cells.number(value, asset))
            as_of = _as_of(label, document.filed) or as_of
        elif _purchased(coins.pattern(asset)).search(label):
            _keep(amounts, "purchased", cells.number(value, asset))
        elif shares := next(
            (kind for words, kind in _SHARES if re.search(words, label, re.IGNORECASE)), None
        ):
            if "shares" not in amounts and (number := cells.number(value, asset)) is not None:
                amounts["shares"], basis = number, shares
                counted_on = _as_of(label, document.filed)
        elif (money := next(numbers.monies(value), None)) and not _VALUED.search(label):
            kind = "average" if _AVERAGE.search(label) else "cost" if _COST.search(label) else ""
            if kind and (side == "total" or "purchased" in amounts):
                _keep(amounts, f"{side} {kind}", money.amount)
                currency = money.currency
    if "holdings" not in amounts and "purchased" not in amounts:
        return None
    return Candidate(
        asset=asset, rule=RULE, evidence=evidence, confidence=CONFIDENCE - (0 if as_of else Decimal("0.05")),
        holdings=amounts.get("holdings"), as_of=(as_of or document.filed) if "holdings" in amounts else None,
        purchased=amounts.get("purchased"), period_end=as_of if "purchased" in amounts else None,
        purchase_cost=amounts.get("period cost"), purchase_average_price=amounts.get("period average"),
        total_cost=amounts.get("total cost"), average_price=amounts.get("total average"), currency=currency,
        shares=amounts.get("shares") if "holdings" in amounts else None, 
        share_basis=basis if "holdings" in amounts else None, shares_as_of=counted_on,
        notes=() if as_of or "holdings" not in amounts else (UNDATED,),
    )  # fmt: skip


def _keep(amounts: dict[str, Decimal], name: str, value: Decimal | None) -> None:
    """The first value of its kind counts: what is repeated further down is another list's."""
    if value is not None:
        amounts.setdefault(name, value)


def _as_of(text: str, filed: date) -> date | None:
    found = _AS_OF.search(folded(text))
    return dates.near(found["day"], filed) if found else None
