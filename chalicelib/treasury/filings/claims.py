"""Numbers of coins that a sentence names without claiming that the company holds them: supposed, reported by others,
refuted, averages, of a past time, or parts of a total that was named before."""

from __future__ import annotations

import re
from datetime import date, timedelta

from chalicelib.treasury.filings import dates

SUPPOSED = re.compile(
    r"\b(?:if|assum\w+|hypothetical\w*|for example|illustrat\w+|suppos\w+|pro forma|"
    r"(?:base|bull|bear|upside|downside|best|worst|high|low)[- ]case|scenarios?|sensitivit\w+|"
    r"we (?:model|project|forecast)|"
    r"our (?:model|estimates?|forecast|projections?))\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:alleg\w+|purport\w*|rumou?r\w*|reportedly|media reports?|falsely|speculat\w+|"
    r"(?:analysts?|observers|commentators|researchers|on-chain data|blockchain data)\s(?:\w+\s){0,3}"
    r"(?:estimat\w+|sa(?:y|id)|believ\w+|suggest\w*|show\w*|report\w*|indicat\w+|calculat\w+)|"
    r"(?:data|figures|reports?)\s(?:from|by|of)\s[^,;.]{2,40}\s(?:suggest|show|indicate|put)s?|"
    r"(?:estimated|calculated|reported|compiled) by(?! (?:us|the company|our|management)\b))\b",
    re.IGNORECASE,
)
_ACCORDING = re.compile(r"\baccording to\s(?P<whom>[^,;]{2,60})", re.IGNORECASE)
_OWN_WORD = re.compile(r"\b(?:us|our|we|its|the company|the group|management)\b", re.IGNORECASE)
_REFUTED = re.compile(
    r"\b(?:incorrect(?:ly)?|erroneous(?:ly)?|mistaken(?:ly)?|inadvertently|wrong(?:ly)?|in error|inaccurate(?:ly)?|"
    r"misstated|misreported|typographical|should have (?:read|been|stated))\b[^.;]{0,160}$|"
    r"\b(?:rather than|instead of|and not|not the)\s*$",
    re.IGNORECASE,
)
_CORRECTED = re.compile(r"\b(?:correct(?:ed)?(?:ly)?|should have (?:read|been|stated)|actual(?:ly)?)\b", re.I)
_REFUTED_AFTER = re.compile(
    r"^[^.;,]{0,40}\b(?:was|were|is) (?:incorrect|erroneous|wrong|a mistake|an error|in error)\b", re.I
)
_AVERAGED = re.compile(
    r"\b(?:average|mean|median|averaged)\s(?:[\w-]{2,12}\s){0,4}(?:holdings?|held|owned|balance|treasury|reserves?|position)\b"
    r"[^.;]{0,40}$",
    re.IGNORECASE,
)
_DISPOSED = re.compile(
    r"\b(?:sold|sells?|selling|sale of|liquidat\w+|dispos\w+(?: of)?|divest\w*|monetiz\w+|spent)\s(?:\w+\s){0,4}"
    r"(?:holdings?|position|treasury|reserves?|stack|balance)\s(?:of|totall?ing)\s(?:\w+\s){0,2}$",
    re.IGNORECASE,
)
_LONG_PAST = re.compile(
    r"\b(?:at (?:its|the|our|their) (?:peak|height|high(?:est)?)|peak(?:ed|ing)?|all-time high|at (?:the|that) time|"
    r"(?:originally|initially|once|formerly) (?:held|owned|had)|used to|back (?:in|then)|"
    r"(?:in|during) (?:the )?(?:first|second|third|fourth) quarter(?: of (?:fiscal )?(?:year )?20\d\d)?,? "
    r"(?:we|it|the company|the group|\w+) (?:held|owned|had)|"
    r"(?:last|previous|prior) (?:year|quarter|month|week)|(?:years?|quarters?|months?|weeks?) (?:ago|earlier|before)|"
    r"when (?:it|we|the company|the group|\w+) (?:first |initially |only |still )*(?:held|owned|had))\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    rf"\b(?:in|during|by|since)\s(?:(?:early|late|mid)[- ])?(?:(?P<month>{dates.MONTH_YEAR})|"
    r"(?:fiscal |the year )?(?P<year>20\d\d))\b",
    re.IGNORECASE,
)
_NOW = re.compile(r"\b(?:today|currently|now|presently|to date)\b", re.IGNORECASE)
_PAST_VERB = re.compile(r"\b(?:held|owned|had|were|was|stood|totall?ed|amounted|reached)\b", re.IGNORECASE)
_UNTIL = re.compile(
    r"^\W{0,2}(?:(?:tokens?|coins?)\s)?(?:until|till|(?:(?:immediately|shortly|just|right)\s)?(?:prior\sto|before))\s"
    rf"(?:{dates.ANY_DAY}|(?:it|we|its|our|the|this|that|such|selling)\b)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"^\W*(?:(?:immediately|shortly|just|right)\s)?(?:prior\sto|before|until)\s(?!(?:long|that)\b)[^;]{3,120}\b(?:held|owned|had)\b"
    r"(?![^;]*(?:\bnow\b|\bcurrently\b|,\sand\s|\bbut\b))[^;]{0,40}$",
    re.IGNORECASE,
)
_ADDED_TO = re.compile(
    r"\badd(?:s|ed|ing)?\s[^.;]{1,60}\bto\s(?:(?:our|its|the|their|an?)\s)?"
    r"(?:(?:existing|current|bitcoin|btc|ether|eth|treasury|digital|asset|corporate|strategic)\s){0,4}"
    r"(?:reserves?|treasury|holdings?|position|stack|balance|stockpile|portfolio)\sof\s(?:(?:approximately|about|over|some)\s)?$",
    re.IGNORECASE,
)
_AS_OF = re.compile(rf"\bas\s(?:of|at)\s{dates.ANY_DAY}", re.IGNORECASE)
_OWN_DAY = re.compile(rf"^[^.;\d]{{0,30}}\b(?:as\s(?:of|at)|at|on)\s{dates.ANY_DAY}", re.IGNORECASE)
_FOR_OTHERS = re.compile(
    r"^\W{0,2}(?:(?:tokens?|coins?)\s)?(?:(?:that|which)\s)?(?:(?:is|are|was|were)\s)?(?:held\s)?"
    r"(?:(?:in|as|of|under)\s)?(?:(?:client|customer|user|third[- ]party)\s)?"
    r"(?:(?:assets\s)?under\s(?:custody|management|administration)\b|"
    r"(?:in\s|under\s)?(?:custody|trust|safekeeping|escrow)?\s?(?:for|on\sbehalf\sof)\s(?:(?:its|our|the|their)\s)?"
    r"(?:[a-z-]+\s){0,2}(?:customers|clients|users|investors|participants|third\sparties|others)\b|"
    r"(?:client|customer|user)\s(?:assets|funds|accounts|wallets)\b)",
    re.IGNORECASE,
)
_COMPARATIVE = re.compile(
    r"\((?:(?:in|for|at|end\sof)\s)?(?:the\s)?(?:(?:prior|previous|preceding|last|comparative)\s[a-z -]{3,30}|"
    r"(?:fiscal\s(?:year\s)?|FY\s?|[HQ][1-4]\s?(?:FY\s?)?)?(?:20)?\d\d|(?:year|quarter)[- ]end\s20\d\d)\s?"
    r"[:–—-]\s?[^()]{0,80}$",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:from|compared|versus|vs|than|since|with|to|over|on|against)\b[^,;]{0,24}$", re.I
)
_RECENT = timedelta(days=45)
PARTS = re.compile(
    r"\b(?:compris\w+|consist\w*|includ(?:es|ed|ing)|inclusive of|of which|made up of|broken down|divided|split|namely|"
    r"being|excluding|exclusive of|net of|plus|in addition to|not including|as well as|with the (?:rest|remainder))\b",
    re.IGNORECASE,
)
_HELD_AGAIN = re.compile(
    r"\b(?:(?:holds?|held|owns?|owned)\s(?:(?:approximately|about|a total of|an aggregate of|now)\s)*$|"
    r"(?:now|today|(?:as (?:of|at)|at|on) [^;]{3,24}),?\s(?:it |we |the company )?(?:holds?|held|owns?|owned)?\s?$)",
    re.IGNORECASE,
)
_SUBSIDIARY = re.compile(
    r"(?<!and )(?<!with )(?<!through )(?<!via )(?<!by )\b(?:its|our|the company['’]s|a|an|whose)\s"
    r"(?:[\w%-]{2,20}\s){0,3}subsidiary\b[^.;]{0,90}$",
    re.IGNORECASE,
)


def is_supposed(clause: str) -> bool:
    """Whether a clause supposes its number: a condition, an example, a case of a model."""
    return bool(SUPPOSED.search(clause))


def is_reported(lead: str, own: frozenset[str]) -> bool:
    """Whether what stands before a number says that others say so: analysts, the press, "according to" somebody else."""
    lead = re.split(r";\s|,\s(?:and|but|while)\s", lead)[-1]
    if _SAID.search(lead):
        return True
    found = _ACCORDING.search(lead)
    return bool(
        found and not _OWN_WORD.search(found["whom"]) and not any(n in found["whom"].lower() for n in own)
    )


def is_refuted(lead: str, after: str) -> bool:
    """Whether a number is called wrong: "incorrectly stated that", "rather than", "was incorrect"."""
    found = _REFUTED.search(lead)
    if found and _CORRECTED.search(found[0]):
        return False  # "… in error; the correct number is"
    return bool(found or _REFUTED_AFTER.match(after))


def is_average(lead: str) -> bool:
    """Whether a number is an average of what was held over a time."""
    return bool(_AVERAGED.search(lead))


def is_disposed_of(lead: str) -> bool:
    """Whether holdings of this number are sold: "liquidated its entire position of"."""
    return bool(_DISPOSED.search(lead))


def is_past(lead: str, filed: date) -> bool:
    """Whether a number is told of a past time without its day: "at its peak", "in 2021 we held"."""
    past = _LONG_PAST.search(lead)
    if past and not _NOW.search(lead, past.end()) and not _COMPARED.search(lead[: past.start()]):
        return True
    found = None if _NOW.search(lead) else _WHEN.search(lead)
    if not found or not _PAST_VERB.search(lead, found.start() - 60 if found.start() > 60 else 0):
        return False
    if found["month"]:
        end = dates.month_end(found["month"])
        return bool(end and filed - end > _RECENT)
    return int(found["year"]) < filed.year


def is_former(lead: str, after: str) -> bool:
    """Whether a number is what was held until something: "until October 3", "before the sale we held", "added 40 BTC to our
    reserve of". One with its own day is a total of that day."""
    if _UNTIL.match(after) or _ADDED_TO.search(lead):
        return True
    return bool(_BEFORE.search(lead) and not _AS_OF.search(lead) and not _OWN_DAY.match(after))


def is_for_others(after: str) -> bool:
    """Whether the words after a number make it coins that are kept for others: "in assets under custody"."""
    return bool(_FOR_OTHERS.match(after))


def is_comparative(lead: str) -> bool:
    """Whether a number stands in brackets that open with a former period, not a day: "(2024: 42.11", "(prior year: 40"."""
    return bool(_COMPARATIVE.search(lead))


def is_part(between: str) -> bool:
    """Whether the words from a total to a later number make that a part of it: "of which", "comprised of"."""
    found = PARTS.search(between)
    return bool(found and not _HELD_AGAIN.search(between[found.end() :]))


def is_subsidiarys(lead: str) -> bool:
    """Whether the holder is one subsidiary, not the group with or through it."""
    return bool(_SUBSIDIARY.search(lead))
