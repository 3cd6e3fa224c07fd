"""What coins cost, as told after their number: in all, and each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.treasury.filings.numbers import CURRENCY, MONEY, decimal, monies

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
_NEW_PURCHASE = re.compile(
    r"\b(?:an?|the|this|its|our|latest|recent|additional|new|further)\s(?:(?:latest|recent|additional|new|further|first|"
    r"second|initial|subsequent)\s){0,2}(?:[$£€¥]\s?[\d.,]{1,16}\s(?:(?:thousand|million|billion)\s)?)?(?:\w{3,9}\s)?"
    r"(?:purchases?|acquisitions?|buys?)\b(?! (?:price|cost|amount|consideration|value))"
    r"|\b(?:after|following|by|from) (?:buying|purchasing|acquiring)\b",
    re.IGNORECASE,
)
"""A purchase that is told after a total: what follows is its cost, not the total's."""
_SPENT_IN_ALL = re.compile(
    r"\b(?:total|aggregate|cumulative|overall|combined)\s(?:\w+\s){0,3}(?:acquisitions?|purchases|investments?|"
    r"cost(?: basis)?|spend(?:ing)?)\b[^$£€¥;\d]{0,40}(?=[$£€¥])",
    re.IGNORECASE,
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
    if not bought and (other := _NEW_PURCHASE.search(text)):
        text = text[: other.start()]
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


def spent_before(lead: str) -> Amounts:
    """What was spent on all that is held, told before its number: "total acquisitions have reached $101 million at an
    average price of $98,627 per bitcoin, bringing holdings to"."""
    found = _SPENT_IN_ALL.search(lead)
    return find(lead[found.start() :]) if found else Amounts()


_PURCHASE_OF_MONEY = re.compile(
    rf"(?P<spent>{MONEY.pattern.replace('?P<', '?P<spent_')})\s(?:\w{{3,9}}\s)?(?:purchase|acquisition|buy)\s"
    rf"(?:\w+\s){{0,4}}at an? (?:\w+\s){{0,2}}average (?:\w+\s)?(?:price|cost) of (?={CURRENCY})",
    re.IGNORECASE,
)


def purchase_of_money(text: str) -> Amounts | None:
    """The cost and the average price of a purchase that is told without its number of coins."""
    found = _PURCHASE_OF_MONEY.search(text) if "average" in text and "at a" in text else None
    price = next(monies(text[found.end() :][:60]), None) if found else None
    if not found or price is None:
        return None
    cost = decimal(found["spent_number"], found["spent_scale"])
    return Amounts(cost, price.amount, price.currency)
