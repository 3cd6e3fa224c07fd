"""Numbers as filings write them: "1,234.5", "$4.6 billion", "—" in a table. Decimal throughout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

NUMBER = r"(?<![\w.,])\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,18})?(?![\d,]*\d)|(?<![\w.,])\d{1,15}(?:\.\d{1,18})?(?![\d]|,\d)"
"""With thousands separators or without; never the tail of another number or word."""
SCALES = {
    "thousand": Decimal(1000),
    "thousands": Decimal(1000),
    "'000s": Decimal(1000),
    "‘000s": Decimal(1000),
    "’000s": Decimal(1000),
    "000s": Decimal(1000),
    "'000": Decimal(1000),
    "k": Decimal(1000),
    "million": Decimal(10**6),
    "millions": Decimal(10**6),
    "mm": Decimal(10**6),
    "mn": Decimal(10**6),
    "m": Decimal(10**6),
    "billion": Decimal(10**9),
    "billions": Decimal(10**9),
    "bn": Decimal(10**9),
    "b": Decimal(10**9),
    "trillion": Decimal(10**12),
}
SCALE_WORD = r"(?:thousand|million|billion|trillion|mm|mn|bn|[mbk])"
IN_SCALE = re.compile(
    r"\(?\b(?:amounts? |expressed |stated |USD |US\$ ?|\$ ?)?in (?:USD |US\$ ?|\$ ?)?"
    r"(?P<scale>[‘’']?000s?|thousands?|millions?|billions?)\b",
    re.IGNORECASE,
)
CURRENCIES = {
    "US$": "USD", "HK$": "HKD", "C$": "CAD", "CA$": "CAD", "CAD$": "CAD", "A$": "AUD", "AU$": "AUD", "S$": "SGD",
    "NT$": "TWD", "R$": "BRL", "$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY", "₩": "KRW", "₹": "INR",
    "USD": "USD", "HKD": "HKD", "CAD": "CAD", "AUD": "AUD", "GBP": "GBP", "EUR": "EUR", "JPY": "JPY", "SEK": "SEK",
    "NOK": "NOK", "CHF": "CHF", "SGD": "SGD", "RMB": "CNY", "CNY": "CNY", "KRW": "KRW", "BRL": "BRL",
}  # fmt: skip
CURRENCY = (
    r"(?:(?<![A-Za-z])(?:US|HK|CAD|CA|C|AU|A|S|NT|R)\$|[$£€¥₩₹]"
    r"|\b(?:USD|HKD|CAD|AUD|GBP|EUR|JPY|SEK|NOK|CHF|SGD|RMB|CNY|KRW|BRL)\b)"
)
MONEY = re.compile(
    rf"(?P<currency>{CURRENCY})\s{{0,2}}(?P<number>\d{{1,3}}(?:,\d{{3}}){{1,6}}(?:\.\d{{1,18}})?|"
    rf"\d{{1,18}}(?:\.\d{{1,18}})?)"
    rf"(?:\s{{0,2}}(?P<scale>{SCALE_WORD})\b)?",
    re.IGNORECASE,
)
_MONEY_AFTER = re.compile(
    rf"(?P<number>{NUMBER})(?:\s?(?P<scale>{SCALE_WORD}))?\s?(?P<currency>yen|JPY|USD|US\s?dollars?|"
    rf"U\.S\.\s?dollars?|dollars?|euros?|EUR|GBP|pounds|HKD|SEK|NOK|CHF|RMB|KRW|won)\b",
    re.IGNORECASE,
)
_WORDS = {"yen": "JPY", "euro": "EUR", "euros": "EUR", "pounds": "GBP", "won": "KRW", "rmb": "CNY"}
NOTHING = re.compile(r"^[-–—−‒]{1,3}$")


def decimal(number: str, scale: str | None = None) -> Decimal:
    """The value of a number that `NUMBER` or `MONEY` matched, times its scale word."""
    value = Decimal(number.replace(",", ""))
    return whole(value * SCALES[scale.lower()]) if scale else value


def whole(value: Decimal) -> Decimal:
    """Without the zeros that a scale leaves: 1.40 billion is 1400000000, not 1400000000.00."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


@dataclass(frozen=True)
class Money:
    start: int
    end: int
    amount: Decimal
    currency: str
    scaled: bool


def monies(text: str) -> Iterator[Money]:
    """All amounts of money in a text, in order; the currency before the number or after it."""
    found = [
        Money(
            m.start(), m.end(), decimal(m["number"], m["scale"]), currency_of(m["currency"]), bool(m["scale"])
        )
        for m in MONEY.finditer(text)
    ]
    for m in _MONEY_AFTER.finditer(text):
        if not any(each.start <= m.start() < each.end for each in found):
            word = m["currency"].lower()
            currency = _WORDS.get(word) or ("USD" if "dollar" in word else word.upper())
            found.append(
                Money(m.start(), m.end(), decimal(m["number"], m["scale"]), currency, bool(m["scale"]))
            )
    yield from sorted(found, key=lambda each: each.start)


def scale_in(text: str) -> Decimal | None:
    """The unit that a head names, such as "(in millions)"; None if it names none."""
    found = IN_SCALE.search(text)
    return SCALES[found["scale"].lower()] if found else None


def currency_of(sign: str) -> str:
    """The ISO code of a currency's sign as matched by `CURRENCY`."""
    return CURRENCIES[sign.upper()]


def is_round(value: Decimal) -> bool:
    """Whether a number looks rounded: at most three digits that count, and more than four in all."""
    digits = str(int(abs(value)))
    return value == int(value) and len(digits) >= 4 and len(digits.rstrip("0")) <= 2
