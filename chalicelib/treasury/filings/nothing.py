"""Sentences that state that no coins are held: "As of September 30, 2025, the Company did not hold any bitcoin"."""

from __future__ import annotations

import re
from functools import cache

from chalicelib.treasury.filings import claims, coins, dates
from chalicelib.treasury.filings.mentions import Mention
from chalicelib.treasury.filings.subjects import Whose, whose

_END = (
    rf"(?=(?i:\s*(?:$|[.;)]|,\s?(?:having|after|following|as|and)\b|(?:as\s(?:of|at)|at|on)\s(?:{dates.ANY_DAY}|the date)|"
    r"(?:in|on)\s(?:its|our|the)\s(?:treasury|balance sheet)|any ?(?:more|longer)|remaining)))"
)


@cache
def _denied(wanted: tuple[str, ...]) -> re.Pattern[str]:
    coin = f"(?:{coins.any_of(coins.known(wanted))}){coins.AFTER}"
    return re.compile(
        rf"(?P<denial>\b(?i:(?:did|does|do) not (?:currently |then )?(?:hold|own|have)|"
        rf"no longer (?:holds?|held|owns?|owned))\b)\s(?i:any )(?:(?i:remaining|more|other|of (?:its|our))\s)?{coin}{_END}"
    )


def may_state(text: str) -> bool:
    """A quick look before a careful one."""
    return " any " in text and (" not " in text or "no longer" in text)


def find(text: str, wanted: tuple[str, ...], own: frozenset[str]) -> list[tuple[Mention, Whose]]:
    """The coins that a sentence says are not held, with the place of the statement, and by whom. What is supposed, reported
    by others or limited ("other than", "for customers") is none."""
    if not may_state(text):
        return []
    names = coins.by_group(coins.known(wanted))
    found: list[tuple[Mention, Whose]] = []
    for match in _denied(wanted).finditer(text):
        lead = text[: match.start()]
        if claims.is_supposed(lead) or claims.is_reported(lead, own) or _CONDITIONAL.search(lead):
            continue
        group = next(name for name, value in match.groupdict().items() if name.startswith("coin_") and value)
        found.append((Mention(names[group], coins.NONE, match.start(), match.end()), whose(lead, own)))
    return found


_CONDITIONAL = re.compile(r"\b(?:may|might|could|would|will|until|unless|when|should)\b[^,;]{0,80}$")
