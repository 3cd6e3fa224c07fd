"""What coins are called in filings, press releases and announcements."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

NAMES: dict[str, tuple[str, ...]] = {
    "BTC": ("bitcoins?", "ビットコイン", "比特幣"),
    "ETH": ("ethereum", "ethers?", "イーサリアム", "以太幣"),
    "SOL": ("solana", "ソラナ"),
    "XRP": ("ripple",),
    "DOGE": ("dogecoins?",),
    "BNB": ("binance coins?",),
    "ADA": ("cardano",),
    "AVAX": ("avalanche",),
    "LTC": ("litecoins?",),
    "SUI": (),
    "TRX": ("tron",),
    "TON": ("toncoins?",),
    "HYPE": ("hyperliquid",),
    "LINK": ("chainlink",),
    "ZEC": ("zcash",),
    "TAO": ("bittensor",),
    "BCH": ("bitcoin cash",),
    "HBAR": ("hedera",),
    "USDT": ("tether",),
    "USDC": (),
}
"""Symbols are written in capitals (LINK is not "link"); names in any case."""
SUPPLY = {"BTC": 21_000_000}
"""The most of a coin that there will ever be: no company holds that."""
NONE = Decimal(0)
SIGNS = {"BTC": "₿"}
AFTER = (
    r"(?i:(?:\s*\((?:[“\"']?(?:the )?[A-Z]{2,5}[”\"']?|bitcoins?|ether(?:eum)?|solana)\))?"
    r"(?:\s+(?:and|\+|&)\s+\w{2,5}[- ]equivalents?|[- ]equivalents?)?(?:\s+(?:tokens?|coins?|units?)(?![a-z]))?)"
)
"""What may stand between a coin's name and the rest: "ether (ETH)", "SOL and SOL equivalents", "ETH tokens"."""


@cache
def pattern(symbol: str) -> str:
    """A regular expression that matches a coin by any of its names; a symbol that is not listed stands for itself."""
    longest = sorted(NAMES.get(symbol, ()), key=len, reverse=True)
    names = [rf"(?i:{name})(?![a-z])" for name in longest]
    return "|".join([*names, rf"{re.escape(symbol)}s?(?![A-Za-z])"])


@cache
def any_of(symbols: tuple[str, ...]) -> str:
    """A group for each of the coins, named by its symbol."""
    ordered = sorted(dict.fromkeys(symbols), key=lambda symbol: symbol != "BCH")
    return "|".join(f"(?P<{group(symbol)}>{pattern(symbol)})" for symbol in ordered)


@cache
def known(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """All coins to tell apart: those asked for and those that have names."""
    return tuple(dict.fromkeys((*NAMES, *wanted)))


@cache
def mentioned(symbols: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of the coins."""
    return re.compile("|".join(rf"(?<![A-Za-z]){p}" for s in symbols for p in pattern(s).split("|")) + "|₿")


@cache
def _stems(symbols: tuple[str, ...]) -> tuple[str, ...]:
    names = (
        name for symbol in symbols for name in (symbol, SIGNS.get(symbol, symbol), *NAMES.get(symbol, ()))
    )
    return tuple(dict.fromkeys(name.removesuffix("s?").lower() for name in names))


def may_mention(text: str, symbols: tuple[str, ...]) -> bool:
    """Whether a text can be about any of the coins at all: a quick look before a careful one."""
    lower = text.lower()
    return any(stem in lower for stem in _stems(symbols))


def group(symbol: str) -> str:
    """A symbol as a name that a regular expression takes."""
    return "coin_" + "".join(c if c.isalnum() else "_" for c in symbol)


@cache
def by_group(symbols: tuple[str, ...]) -> dict[str, str]:
    return {group(symbol): symbol for symbol in symbols}
