"""Numbers of coins in a sentence, and what each of them counts: a total held, a purchase, or something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from chalicelib.treasury.filings import coins
from chalicelib.treasury.filings.dates import ANY_DAY, MONTHS
from chalicelib.treasury.filings.numbers import CURRENCY, NUMBER, decimal

_KIND = (
    r"(?:additional|more|new|total|aggregate|unrestricted|restricted|unencumbered|staked|whole|native|"
    r"self-mined|further|newly|"
    r"(?:units?|tokens?|coins?)\sof|pieces\sof|of)"
)
VAGUE = re.compile(
    r"\b(?:over|more than|nearly|almost|in excess of|around|roughly|some|at least|upwards? of|about|just under|"
    r"under|close to)\s*$",
    re.I,
)
APPROXIMATE = re.compile(r"\b(?:approximately|approx\.?|circa|ca\.|~|estimated)\s*$|~\s?$", re.I)


@dataclass(frozen=True)
class Mention:
    """A number of coins at a place of a sentence; `bare` if the coin stands before it, `scaled` if it is in millions."""

    asset: str
    amount: Decimal
    start: int
    end: int
    kind: str = ""
    scaled: bool = False
    bare: bool = False


_SPACED = r"(?<![\w.,])\d{1,3}(?:\s\d{3}){1,4}(?![\d,.]*\d)"
"""Thousands set apart by spaces: 2 201."""
_NO_THOUSANDS = re.compile(
    rf"\b(?:{'|'.join(MONTHS)}|notes?|page|phase|item|tranche|section|no|exhibit|table|day|week|figure|series)\.?\s*$",
    re.IGNORECASE,
)
_FOOTNOTE = r"(?:\s?\(\d{1,2}\))?"


@cache
def _quantity(wanted: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<money>{CURRENCY}\s?)?(?P<number>{_SPACED}|{NUMBER})\+?{_FOOTNOTE}(?:\s?(?P<scale>(?i:thousand|million|billion|mn|bn)|"
        rf"[MKk](?=\s)))?\s?"
        rf"(?P<kind>(?:{_KIND}\s){{0,3}})(?:\$(?=[A-Z]))?(?:{coins.any_of(coins.known(wanted))}){coins.AFTER}"
        rf"|₿\s?(?P<signed>{NUMBER})"
    )


@cache
def _holdings_number(wanted: tuple[str, ...]) -> re.Pattern[str]:
    """ "ETH holdings reached 521,939": the coin stands before, the number alone."""
    return re.compile(
        rf"(?:{coins.any_of(coins.known(wanted))}){coins.AFTER}\s(?i:holdings?|held|treasury|reserves?|balance|"
        rf"owned|position|stack)"
        rf"(?P<link>(?:(?i:{ANY_DAY})|[^\d;.$£€¥%]){{1,60}}?)(?P<number>(?>{NUMBER}))(?!\.\d)"
        rf"(?:\s(?P<scale>(?i:thousand|million)))?(?!\s?[%％]|"
        rf"\s?(?i:per|million|billion|shares|x\b|days|percent|basis points|bps))"
    )


_HOLDINGS_WORD = re.compile(
    r"\b(?:holdings?|held|treasury|reserves?|balance|owned|position|stack)\b", re.IGNORECASE
)
_OTHER_COLUMN = re.compile(
    r"\b(?:price|cost|value|average|purchase|acquired|yield|gain|per)\b", re.IGNORECASE
)
_MONEY_OF = re.compile(
    r"\b(?:(?:carrying|fair|book|market)\s(?:value|amount)|value|cost|price|proceeds)\s(?:of|for|from)\s(?:\w+\s){0,3}$",
    re.IGNORECASE,
)
_IN_THOUSANDS = re.compile(r"\s?\(?(?:in\s|US\$|\$)?[‘’']?(?:000|thousands|millions)\b", re.IGNORECASE)
_NOT_COINS = re.compile(
    r"\s?(?:[-–]?(?:ETFs?|ETPs?|miners?\b|mining|network|blockchain|price|yield\b|ATMs?|machines|backed|"
    r"denominated|addresses|blocks?|"
    r"wallets|transactions|nodes|holders|customers|companies|options?|futures|contracts|warrants|shares)|per\b|"
    r"/\s?(?:share|day|month|unit)|"
    r"worth\sof|for every|for each|a (?:day|month|year)\b|daily)",
    re.IGNORECASE,
)


def find(text: str, wanted: tuple[str, ...]) -> list[Mention]:
    """All numbers of coins in a sentence, in order. Money, prices, and numbers of things named after a coin are not
    among them."""
    found: list[Mention] = []
    for match in _quantity(wanted).finditer(text):
        mention = _mention(text, match, wanted)
        if mention:
            found.append(mention)
    if not _HOLDINGS_WORD.search(text):
        return found
    taken = [(mention.start, mention.end) for mention in found]
    for match in _holdings_number(wanted).finditer(text):
        place = match.start("number")
        if any(start <= place < end for start, end in taken) or _is_something_else(text, match):
            continue
        asset = _asset(match, wanted)
        found.append(
            Mention(
                asset,
                decimal(match["number"], match["scale"]),
                place,
                match.end(),
                bare=True,
                scaled=bool(match["scale"]),
            )
        )
    return sorted(found, key=lambda mention: mention.start)


def _mention(text: str, match: re.Match[str], wanted: tuple[str, ...]) -> Mention | None:
    if match["money"] or _NOT_COINS.match(text, match.end()):
        return None
    if match["signed"]:
        return Mention("BTC", decimal(match["signed"]), match.start(), match.end())
    start = match.start("number")
    if re.search(r"[$£€¥#]\s?$|\bNo\.\s?$", text[max(0, start - 5) : start]):
        return None
    number = match["number"]
    if " " in number and _NO_THOUSANDS.search(text[max(0, start - 16) : start]):
        start = match.end("number") - 3  # "on June 30 201 BTC"
        number = number[-3:]
    amount = decimal(number.replace(" ", ""), match["scale"])
    return Mention(
        _asset(match, wanted), amount, start, match.end(), match["kind"].strip().lower(), bool(match["scale"])
    )


def _asset(match: re.Match[str], wanted: tuple[str, ...]) -> str:
    names = coins.by_group(coins.known(wanted))
    return next(
        names[group] for group, value in match.groupdict().items() if group.startswith("coin_") and value
    )


def _is_something_else(text: str, match: re.Match[str]) -> bool:
    """Whether a number that stands alone is a part of a date, a footnote's, or another column's."""
    number, link = match["number"], match["link"]
    return bool(
        re.fullmatch(r"(?:19|20)\d\d", number)
        or (link.endswith("(") and text[match.end("number") :].startswith(")"))
        or _OTHER_COLUMN.search(link)
        or _MONEY_OF.search(text[max(0, match.start() - 60) : match.start()])
        or _IN_THOUSANDS.match(text, match.end("number"))
        or re.match(r"\s?(?:,\s?20\d\d|/\d|st\b|nd\b|rd\b|th\b)", text[match.end("number") :])
        or re.search(
            r"(?:January|February|March|April|May|June|July|August|September|October|November|December)\.?\s?$",
            link,
        )
    )


def before(text: str, mention: Mention, earlier: Mention | None) -> str:
    """The text from the mention before it (or the beginning) up to a mention."""
    return text[earlier.end if earlier else 0 : mention.start]


def pairs(mentions: list[Mention]) -> Iterator[tuple[Mention | None, Mention, Mention | None]]:
    """Each mention with its neighbours."""
    for place, mention in enumerate(mentions):
        yield (
            mentions[place - 1] if place else None,
            mention,
            mentions[place + 1] if place + 1 < len(mentions) else None,
        )
