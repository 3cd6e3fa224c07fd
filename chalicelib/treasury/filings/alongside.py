"""Coins named beside a number held: "held 1,500 BTC with Beta and 500 BTC with Gamma" tells of no total."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chalicelib.treasury.filings import coins, dates, datings, mentions
from chalicelib.treasury.filings.mentions import Mention
from chalicelib.treasury.filings.numbers import NUMBER
from chalicelib.treasury.filings.text import folded

_ADVERB = r"(?:(?:approximately|about|around|some|another|a\sfurther|further|an\sadditional|additional|also|over)\s)*"
_LEFT_OUT = r"(?:excluding|exclusive\sof|not\sincluding|(?:other|apart|aside)\s(?:than|from)|net\sof|before)"
_BESIDE = (
    rf"(?:\band|\bplus|&|,|\b(?:in\saddition|on\stop)\s(?:to|of)|\bas\swell\sas|\b{_LEFT_OUT})\s{_ADVERB}"
)
_ENDS_BESIDE = re.compile(rf"{_BESIDE}$", re.IGNORECASE)
_ENDS_LEFT_OUT = re.compile(rf"\b{_LEFT_OUT}\s{_ADVERB}$", re.IGNORECASE)
_WITHIN = re.compile(
    r"\b(?:compris\w+|consist\w*|includ(?:es|ed|ing)|inclusive|of which|made up of|broken down|divided|split|namely|"
    r"being)\b|[;:(]",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:bought|purchas\w+|acquir\w+|add(?:s|ed|ing)|sold|sell\w*|mined|produc\w+|earn\w*|receiv\w+|issu\w+|compared|versus|"
    r"from|up|down|increas\w+|decreas\w+|than|target\w*|goal|plan\w*|while|but|against)\b",
    re.IGNORECASE,
)
_NOT_MORE = re.compile(
    r"\W{0,3}(?:(?:that|which)\s)?(?:(?:is|are|was|were|has\sbeen|have\sbeen)\s)?(?:more|less|fewer|higher|lower|above|below|"
    r"short|of\s(?:which|these|those|that|it)|mined|produced|earned|sold|bought|purchased|acquired|receivable|added|"
    r"in\s(?:the\s)?(?:prior|previous)|an?\s(?:year|quarter|month|week)|last|previously|per|each|yield|gain)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"\b(?:total|totals|aggregate|combined|altogether)\b[^,;]{0,30}$", re.IGNORECASE)
_HOLDS = r"(?:holds?|held|owns?|owned|has|have|had)"
_FURTHER = re.compile(
    rf"^(?:In\saddition|Additionally|Further(?:more)?|Separately|Moreover|Besides)\b[^.;\d]{{0,80}}\b{_HOLDS}\b[^.;\d]{{0,40}}$|"
    rf"\b(?:also|separately|additionally)\s{_HOLDS}\b[^.;\d]{{0,40}}$",
    re.IGNORECASE,
)
_REACH = 240
_A_DAY = re.compile(dates.ANY_DAY, re.IGNORECASE)


def is_named(
    text: str, mention: Mention, all_mentions: Sequence[Mention], previous: str, following: str
) -> bool:
    """Whether further coins of the same kind are held beside a number, so that it may be a part of what is held."""
    return (
        _in_sentence(text, mention, all_mentions)
        or _of_another_kind(text, mention)
        or _goes_further(folded(following), mention.asset)
        or (
            _is_further(text[: mention.start])
            and any(each.asset == mention.asset for each in mentions.find(folded(previous), (mention.asset,)))
        )
    )


def _in_sentence(text: str, mention: Mention, all_mentions: Sequence[Mention]) -> bool:
    end = mention.end
    more = []
    for other in all_mentions:
        if other.start < mention.end:
            continue
        between = text[end : other.start]
        end = other.end
        if other.asset != mention.asset:
            continue
        since = text[mention.end : other.start]
        if len(since) > _REACH or not _ENDS_BESIDE.search(between):
            break
        if _WITHIN.search(since) or _DONE.search(since) or _is_of_another_day(text, other):
            break
        if _NOT_MORE.match(text, other.end):
            continue
        if not _WHOLE.search(text[: mention.start]) or _ENDS_LEFT_OUT.search(between):
            more.append(other)
    return bool(more) and sum(other.amount for other in more) != mention.amount


def _is_of_another_day(text: str, other: Mention) -> bool:
    day, before = datings.own(text, other), _A_DAY.findall(text[: other.start])
    return bool(day and before and day not in before)


def _of_another_kind(text: str, mention: Mention) -> bool:
    """Whether the number goes on with one of coins that are told apart by a word: "and 3,100 unstaked ETH"."""
    more = re.match(
        rf"[^.;:(\d]{{0,60}}?{_BESIDE}(?:{NUMBER})\s(?i:(?!additional|more|new)[a-z-]{{4,14}})\s(?:{coins.pattern(mention.asset)})",
        text[mention.end :],
    )
    return bool(
        more and not _WHOLE.search(text[: mention.start]) and not _DONE.search(more[0].split(" and ")[0])
    )


def _goes_further(following: str, asset: str) -> bool:
    """Whether the next sentence says that more is held: "In addition, we held 500 BTC"."""
    if not re.search(
        r"\b(?:addition(?:ally)?|further(?:more)?|separately|moreover|besides|also)\b", following, re.I
    ):
        return False
    first = next((m for m in mentions.find(following, (asset,)) if m.asset == asset), None)
    return first is not None and _is_further(following[: first.start])


def _is_further(lead: str) -> bool:
    return bool(_FURTHER.search(_A_DAY.sub("", lead)))
