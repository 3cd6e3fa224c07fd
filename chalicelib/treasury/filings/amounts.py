"""What coins cost, as told after their number: in all, and each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.treasury.filings.numbers import MONEY, currency_of, decimal

_EACH = re.compile(r"^\s?(?:\([^)]{0,40}\)\s?)?(?:per|/|each|a)\s?(?:1\s)?(?:bitcoin|BTC|ETH|ether\w*|SOL|Solana|coin|token|unit|[A-Z]{3,5}\b)?", re.I)
_AVERAGE = re.compile(r"\b(?:average|avg\.?|mean|weighted)\b[^$£€¥\d;]{0,90}$", re.I)
_VALUED = re.compile(
    r"\b(?:valued|value|worth|market price|fair value|spot|closing price|proceeds|gain|profit|raised|cash|carrying|loan|debt|premium|"
    r"capitali[sz]ation|NAV|shares?|notes?|offering)\b[^$£€¥;]{0,50}$",
    re.I,
)
_COST = re.compile(
    r"\b(?:for|cost\w*|price|paid|invest\w*|spen[dt]\w*|expenditure|consideration|amount(?:ing)?|purchase\w*|basis|using|total\w*)\b[^$£€¥;]{0,60}$", re.I
)
REACH = 420


@dataclass(frozen=True)
class Amounts:
    cost: Decimal | None = None
    average: Decimal | None = None
    currency: str | None = None


def find(text: str) -> Amounts:
    """The first cost and the first average price of a text that follows a number of coins."""
    text = text[:REACH]
    cost = average = currency = None
    for money in MONEY.finditer(text):
        before = text[: money.start()][-110:]
        amount = decimal(money["number"], money["scale"])
        each = _EACH.match(text, money.end()) and re.match(r"\s?(?:\([^)]{0,40}\)\s?)?(?:per\b|/|each\b)", text[money.end() :])
        if each or _AVERAGE.search(before):
            if average is None and not money["scale"]:
                average, currency = amount, currency or currency_of(money["currency"])
        elif cost is None and _COST.search(before) and not _VALUED.search(before):
            cost, currency = amount, currency or currency_of(money["currency"])
    return Amounts(cost, average, currency)
