"""Which fields may be overridden, and which values they take. Pure rules; the database checks the same
(treasury.overridable, treasury.check_override), because readers cast what is stored."""

from __future__ import annotations

import re
from decimal import Decimal

KINDS = {
    "current_holdings": "amount",
    "market_cap": "amount",
    "total_debt": "amount",
    "preferred_equity": "amount",
    "cash": "amount",
    "cost_basis_avg": "amount",
    "shares_basic": "shares",
    "shares_assumed_diluted": "shares",
    "shares_fully_diluted": "shares",
    "staking_pct": "percent",
    "tier": "tier",
    "is_miner": "flag",
    "name": "text",
    "website": "url",
    "twitter": "url",
    "leader": "text",
    "strategy": "text",
    "notes": "text",
    "exchange": "text",
    "country": "country",
}
"""Each field with the kind of its values."""

NUMBERS = frozenset({"amount", "shares", "percent", "tier"})
LENGTHS = {"name": 255, "leader": 255, "exchange": 50}
LONGEST = 4000
YES, NO = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})
PLAIN = re.compile(r"[0-9]{1,20}(\.[0-9]{1,18})?")


class Unfit(ValueError):
    """A value that a field cannot take: words that say what it takes."""


def fitting(field: str, text: str) -> str:
    """The value of a field as it is stored. Raises Unfit for one that the field cannot take."""
    kind, text = KINDS[field], text.strip()
    if kind in NUMBERS:
        return _number(field, kind, text)
    if kind == "flag":
        return _flag(field, text)
    if kind == "country":
        if not re.fullmatch("[A-Za-z]{2}", text):
            raise Unfit(f"{field} takes a country's two letters, such as US.")
        return text.upper()
    if kind == "url" and not re.match(r"https?://.", text):
        raise Unfit(f"{field} takes an address that begins with https:// or http://.")
    limit = 2000 if kind == "url" else LENGTHS.get(field, LONGEST)
    if not 1 <= len(text) <= limit:
        raise Unfit(f"{field} takes 1 to {limit} characters.")
    return text


def _number(field: str, kind: str, text: str) -> str:
    if not PLAIN.fullmatch(text):
        raise Unfit(f"{field} takes a plain number such as 1234.5: digits, and a point before decimals.")
    value = Decimal(text)
    if kind == "shares" and value == 0:
        raise Unfit(f"{field} takes a number above zero.")
    if kind == "percent" and value > 100:
        raise Unfit(f"{field} takes a percentage up to 100 (85 is 85 %).")
    if kind == "tier":
        if value not in range(1, 10):
            raise Unfit(f"{field} takes a whole number from 1 to 9.")
        return str(int(value))
    return text


def _flag(field: str, text: str) -> str:
    word = text.lower()
    if word not in YES | NO:
        raise Unfit(f"{field} takes true or false.")
    return "true" if word in YES else "false"
