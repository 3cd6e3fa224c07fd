"""Which of a sentence's dates a number of coins belongs to."""

from __future__ import annotations

import re
from datetime import date

from chalicelib.treasury.filings import dates
from chalicelib.treasury.filings.mentions import Mention

_PERIOD_END = (
    r"(?:(?:the|our|its)\s)?(?:(?:fiscal|financial|calendar|half)[-\s])?(?:(?:year|quarter|month|period)[-\s]end|"
    r"end\sof\s(?:the|our|its)\s(?:[a-z]+\s){0,2}(?:year|quarter|month|period|half))"
)
"""A day's name that its date follows: "at fiscal year-end (June 30, 2025)"."""
AS_OF = re.compile(
    rf"\b(?:as\s(?:of|at):?|at|on|ended|ending|to)(?:\s{_PERIOD_END}[,:]?\s?\(?|\s(?:close|the close|end|"
    rf"\d\d?:\d\d\s?[ap]\.?m\.?)[\w\s]{{0,24}}?,?\s|,?\s)(?P<day>{dates.ANY_DAY})",
    re.I,
)
TODAY = re.compile(
    r"\b(?:today|currently|now|as of the date (?:hereof|of this \w+)|to date|as at the date of this \w+)\b",
    re.I,
)
_OWN_DAY = re.compile(
    rf"[^.;]{{0,60}}?\b(?:as\s(?:of|at):?|at|on)\s(?:{_PERIOD_END}[,:]?\s\(?)?(?P<day>{dates.ANY_DAY})",
    re.IGNORECASE,
)
_ANOTHERS_DAY = re.compile(
    r"(?<![$£€¥\d.,])\d{1,3}(?:,\d{3})+|\d[\d,.]*\s?(?:BTC|bitcoin|ETH|SOL)|"
    r"\b(?:from|compared|versus|vs|than|since|respectively)\b|\b(?:and|but|while),?\s(?:as\s(?:of|at)|at|on)\s$",
    re.IGNORECASE,
)
_FORMER = re.compile(r"\b(?:from|compared|versus|vs|than|since|respectively)\b", re.IGNORECASE)
_IN_BRACKETS = re.compile(
    rf"\((?:as\s(?:of|at)\s|at\s|on\s)?(?P<day>{dates.ANY_DAY})\s?[:,;–—-]\s?[^()]{{0,80}}$", re.IGNORECASE
)
"""A comparative: "(December 31, 2024: 42.11 bitcoin)"."""
_MONTH_END = re.compile(
    r"\b(?:month|quarter|period)[- ]end\b|\bend of (?:the )?(?:month|quarter|period)\b|"
    r"\b(?:ended|ending|closed|closing) (?:the )?(?:month|quarter|period)\b",
    re.I,
)


def of(
    text: str, mention: Mention, earlier: Mention | None, previous: str, filed: date
) -> tuple[date, str] | None:
    """A number's date, and its wording: the one right after it, else one between it and the number before, else its
    sentence's own "as of", else that of the sentence before."""
    wording = worded(text, mention, earlier)
    if wording is None and (period := dates.period(text)):
        return period[1], ""
    if wording is None and _MONTH_END.search(text) and (end := dates.month_end(text)) and end <= filed:
        return end, ""
    if wording is None and not TODAY.search(text):
        days = list(re.finditer(rf"\bas\s(?:of|at):?\s(?P<day>{dates.ANY_DAY})", previous, re.I))
        wording = days[-1]["day"] if days else None
    day = dates.near(wording, filed) if wording else None
    return (day, wording or "") if day else None


def worded(text: str, mention: Mention, earlier: Mention | None) -> str | None:
    if inside := _IN_BRACKETS.search(text[: mention.start]):
        return inside["day"]
    if right_after := own(text, mention):
        return right_after
    if earlier:
        between = text[earlier.end : mention.start]
        stated = AS_OF.search(between)
        if stated and re.search(r"\b(?:and|but|while)\b|[,;]", between[: stated.start()]):
            return stated["day"]
    before = list(AS_OF.finditer(text[: mention.start]))
    if before:
        stated = next((m for m in before if m[0].lower().startswith("as")), before[-1])
        today = TODAY.search(text, stated.end(), mention.start)
        done = today and (not stated[0].lower().startswith("as") or ";" in text[stated.end() : mention.start])
        return None if done else stated["day"]  # "on August 3 it bought 5 BTC and now holds"
    after = AS_OF.search(text, mention.end)
    return after["day"] if after and not _FORMER.search(text[mention.end : after.start()]) else None


def own(text: str, mention: Mention) -> str | None:
    """The date that stands right after a number, with no other number between."""
    found = _OWN_DAY.match(text, mention.end)
    if found and not _ANOTHERS_DAY.search(text[mention.end : found.start("day")]):
        return found["day"]
    return None
