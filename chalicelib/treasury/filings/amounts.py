"""What coins cost, as told after their number: in all, and each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.treasury.filings.numbers import monies

_EACH = re.compile(r"\s?(?:\([^)]{0,40}\)\s?)?(?:per\b|/|each\b)", re.IGNORECASE)
_AVERAGE = re.compile(r"\b(?:average|avg\.?|mean|weighted)\b[^$£€¥\d;]{0,90}$", re.I)
_ACQUIRED = re.compile(r"\b(?:acquired|purchased|bought|cost)\b[^$£€¥;]{0,60}$", re.I)
_VALUED = re.compile(
    r"\b(?:valued|value|worth|market price|fair value|spot|closing price|proceeds|gain|profit|raised|cash|"
    r"carrying|loan|debt|premium|"
    r"capitali[sz]ation|NAV|shares?|notes?|offering)\b[^$£€¥;]{0,50}$",
    re.I,
)
_COST = re.compile(
    r"\b(?:for|cost\w*|price|paid|invest\w*|spen[dt]\w*|expenditure|consideration|amount(?:ing)?|purchase\w*|"
    r"basis|using|total\w*)\b[^$£€¥;]{0,60}$",
    re.I,
)
REACH = 420


@dataclass(frozen=True)
class Amounts:
    cost: Decimal | None = None
    average: Decimal | None = None
    currency: str | None = None


def find(text: str, *, bought: bool = True) -> Amounts:
    """The first cost and the first average price of a text that follows a number of coins.

    After a purchase "at $5 per coin" is what was paid; after a total it is the market's price, unless it is called an
    average.
    """
    text = text[:REACH]
    cost = average = currency = None
    for money in monies(text):
        before = text[: money.start][-110:]
        each = _EACH.match(text[money.end : money.end + 60])
        if (each and (bought or cost is not None or _ACQUIRED.search(before))) or _AVERAGE.search(before):
            if average is None and (not money.scaled or money.currency == "JPY"):
                average, currency = money.amount, currency or money.currency
        elif cost is None and not each and _COST.search(before) and not _VALUED.search(before):
            cost, currency = money.amount, currency or money.currency
    return Amounts(cost, average, currency)
