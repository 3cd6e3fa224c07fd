"""A first purchase: the document that tells of it states the total without saying so.

Only if nothing speaks of coins held before, one purchase is told, and the document itself shows that it is the whole
investment: it calls it the first or initial one, tells that the treasury policy was adopted with it, or says elsewhere
that the company's investment in the coin is of the same amount.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.treasury.filings import coins, prose
from chalicelib.treasury.filings.facts import Candidate, Document
from chalicelib.treasury.filings.numbers import MONEY, decimal
from chalicelib.treasury.filings.text import Paragraph, folded

RULE = "first purchase"
CONFIDENCE = Decimal("0.60")
_BEFORE = re.compile(
    r"\b(?:additional|further|another|increas\w+|previously|to date|since|continu\w+|again|second|latest)\b",
    re.I,
)
_FIRST = re.compile(
    r"\b(?:first|initial|inaugural|maiden)(?! (?:quarter|half|week|month))\b[^.]{0,40}\b(?:purchases?|"
    r"acquisitions?|investment|buy)\b(?! (?:of|in|this) (?:the |this )?(?:year|quarter|month|week|20))"
    r"|\badopt(?:s|ed)\b[^.]{0,60}\b(?:treasury|reserve)\b",
    re.I,
)


def find(
    candidates: Sequence[Candidate], paragraphs: Sequence[Paragraph], document: Document
) -> Candidate | None:
    """The total that a first purchase amounts to, in place of the purchase; None if it cannot be told to be the first."""
    bought = [
        candidate for candidate in candidates if candidate.rule == prose.PURCHASE and candidate.purchased
    ]
    if len(bought) != 1 or any(c.holdings is not None and c.asset == bought[0].asset for c in candidates):
        return None
    purchase = bought[0]
    if _BEFORE.search(purchase.evidence) or not (
        _called_first(purchase, paragraphs) or _is_all(purchase, paragraphs)
    ):
        return None
    return replace(
        purchase, rule=RULE, confidence=CONFIDENCE,
        holdings=purchase.purchased, as_of=purchase.period_end or document.filed,
        total_cost=purchase.purchase_cost, average_price=purchase.purchase_average_price,
        notes=(*purchase.notes, "no total is stated; the document presents this purchase as the whole investment"),
    )  # fmt: skip


def _called_first(purchase: Candidate, paragraphs: Sequence[Paragraph]) -> bool:
    """Whether the purchase's own paragraph calls it the first."""
    start = purchase.evidence[:80]
    return any(start in paragraph.text and _FIRST.search(paragraph.text) for paragraph in paragraphs)


def _is_all(purchase: Candidate, paragraphs: Sequence[Paragraph]) -> bool:
    """Whether another sentence puts the company's whole investment in the coin at what the purchase cost."""
    if not purchase.purchase_cost:
        return False
    invested = re.compile(
        rf"\b(?:we|company|group)\b[^.]{{0,40}}\b(?:made|completed|have)\s(?:an?|our|"
        rf"its)\sinvestments?\sof\s(?P<amount>{MONEY.pattern.replace('?P<', '?P<m_')})"
        rf"\sin\s(?:{coins.pattern(purchase.asset)})",
        re.IGNORECASE,
    )
    for paragraph in paragraphs:
        for found in invested.finditer(folded(paragraph.text)):
            if decimal(found["m_number"], found["m_scale"]) == purchase.purchase_cost:
                return True
    return False
