"""Sentences that state that no coins are held: "the Company did not hold any bitcoin", "we held no bitcoin"."""

from __future__ import annotations

import re
from functools import cache

from chalicelib.treasury.filings import claims, coins, dates
from chalicelib.treasury.filings.mentions import Mention
from chalicelib.treasury.filings.subjects import Whose, whose

_END = (
    rf"(?=(?i:\s*(?:$|[.;)]|\((?!other|exclud|except)|"
    rf",\s?(?:having|after|following|as|and)\b|(?:as\s(?:of|at)|at|on)\s(?:{dates.ANY_DAY}|the date)|"
    r"(?:in|on)\s(?:its|our|the)\s(?:treasury|balance sheet)|any ?(?:more|longer)|remaining)))"
)


@cache
def _denied(wanted: tuple[str, ...]) -> re.Pattern[str]:
    coin = f"(?:{coins.any_of(coins.known(wanted))}){coins.AFTER}"
    return re.compile(
        rf"\b(?i:(?:(?:did|does|do) not (?:currently |then )?(?:hold|own|have)|no longer (?:holds?|held|owns?|owned)) any|"
        rf"(?:holds?|held|owns?|owned|has|have|had) (?:no|zero|nil))\s"
        rf"(?:(?i:remaining|more|other|of (?:its|our))\s)?{coin}{_END}"
    )


def may_state(text: str) -> bool:
    """A quick look before a careful one."""
    return any(word in text for word in (" no ", " zero ", " nil ")) or (
        " any " in text and (" not " in text or "no longer" in text)
    )


def find(text: str, wanted: tuple[str, ...], own: frozenset[str]) -> list[tuple[Mention, Whose]]:
    """The coins that a sentence says are not held, with the place of the statement, and by whom. What is supposed, reported
    by others or limited ("other than", "for customers") is none, and neither is what one subsidiary has not."""
    if not may_state(text):
        return []
    names = coins.by_group(coins.known(wanted))
    found: list[tuple[Mention, Whose]] = []
    for match in _denied(wanted).finditer(text):
        lead = text[: match.start()]
        if claims.is_supposed(lead) or claims.is_reported(lead, own) or _CONDITIONAL.search(lead):
            continue
        if claims.is_subsidiarys(lead):  # the rest of the group may hold some
            continue
        group = next(name for name, value in match.groupdict().items() if name.startswith("coin_") and value)
        found.append((Mention(names[group], coins.NONE, match.start(), match.end()), whose(lead, own)))
    return found


_CONDITIONAL = re.compile(
    r"\b(?:may|might|could|would|will|until|unless|when|should)\b[^,;]{0,80}$|\b(?i:prior to|before|until)\b[^;]{0,80}$"
)
