"""What a number of coins in a sentence counts, told by the words around it."""

from __future__ import annotations

import re
from typing import Literal

from chalicelib.treasury.filings import claims, dates, following
from chalicelib.treasury.filings.mentions import Mention
from chalicelib.treasury.filings.subjects import Whose, whose

Sense = Literal["total", "cumulative", "purchase", "sale", "prior", "plan", "other", "none"]

_MODS = re.compile(
    r"(?:(?:\b(?:a|an|the|its|our|total|aggregate|grand|combined|cumulative|record|approximately|approx\.?|"
    r"about|around|roughly|"
    r"over|nearly|almost|some|just|only|at least|more than|in excess of|upwards? of|under|close to|estimated|"
    r"further|additional|another|"
    r"currently|now|directly|collectively|also|already|still|in total|in aggregate|exactly|precisely|the "
    r"equivalent of|equivalent to|"
    r"amount of|number of|quantity of|sum of|total of|aggregate of|bitcoin reserve of|unrestricted|unencumbered|"
    r"digital assets? of|"
    r"in (?:its|our|their) (?:corporate |digital asset |bitcoin |BTC |crypto )?(?:treasury|reserves?)|on (?:its|"
    r"our) balance sheet|"
    r"as (?:of|at) (?:today|the date (?:hereof|of this (?:announcement|press release|report|filing)))|"
    r"together with its (?:consolidated |wholly[- ]owned )?subsidiaries|of)|[~≈(])[\s,]*)+$",
    re.IGNORECASE,
)
_HOLD = re.compile(
    r"\b(?P<verb>holds?|held|holding|owns?|owned|owning|possess(?:es|ed)?|maintains?|maintained|ho[d]l[s]?|controls?|"
    r"retain(?:s|ed)?|leav(?:es|ing)\s(?:\w+\s){1,3}with|left\s(?:\w+\s){0,3}with|"
    r"(?:ended|ends|ending|closed|closing|finished|exited)\s[^,.;]{1,40}\swith|(?:has|have|had)(?= *$))\s*$",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"\b(?:to|will|would|(?-i:may)|might|could|can|should|shall|must|if|not|never|no longer|n['’]t|ever|were to|had we|"
    r"hypothetical\w*|assum\w+|"
    r"suppos\w+|goal of|aim of|target of|vision of|until (?:it|we))\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_GERUND = re.compile(
    r"\b(?:that|of|by|for|about|from|on|in|requires?|means|consider\w*|recommend\w*|risks?)\s+$",
    re.IGNORECASE,
)
PLAN = re.compile(
    r"\b(?:targets?|targeted|targeting|goals?|aims?|aimed|aiming|objectives?|ambitions?|milestone|plans?|"
    r"planned|planning|intends?|"
    r"intended|intention|expects?|expected|anticipates?|anticipated|seeks?|seeking|(?-i:may|might|could|would|"
    r"will)|should|shall|up to|"
    r"authori[sz]\w+|approved?|proposes?|proposed|commits?|committed|commitments?|agreed?|options? to|right to|"
    r"mandate|budget|if|"
    r"assum\w+|hypothetical\w*|illustrat\w+|for example|e\.g|scenario|potential\w*|on track|path to|roadmap|"
    r"toward|until|capacity to|"
    r"pro forma|upon (?:closing|completion)|letter of intent|forecasts?|projected|guidance)\b",
    re.IGNORECASE,
)
_BUY = re.compile(
    r"\b(?:(?:purchas(?:e|ed|es|ing)|acquir(?:e|ed|es|ing)|buys?|bought|buying|adds?|added|adding|accumulat(?:e|"
    r"es|ed|ing)|amass(?:ed)?)|"
    r"(?:purchases?|acquisitions?|addition|buys?) of|invest(?:ed|ing)? in)\s*$",
    re.IGNORECASE,
)
_CUES = re.compile(
    r"\b(?:(?P<hold>holds?|held|holding|owns?|owned|owning|possess(?:es|ed)?|maintains?|retain(?:s|ed))|"
    r"(?P<noun>holdings|treasury(?! stock| shares| bills| bonds)|reserves?|stockpile|stash|stack|balance(?! "
    r"sheet)|position)|"
    r"(?P<buy>purchas(?:e|ed|es|ing)|acquir(?:e|ed|es|ing)|acquisitions?|buys?|bought|buying|add(?:s|ed|ing)|"
    r"accumulat\w+|amass\w*)|"
    r"(?P<sale>sells?|sold|selling|sales?|dispos\w+|liquidat\w+|monetiz\w+|divest\w*|redeem\w*|spent|"
    r"transferr\w+|paid|converted|exchanged)|"
    r"(?P<other>produc\w+|min(?:es|ed|ing)|earn\w*|generat\w+|rewards?|receiv\w+|yield|gains?|of which|"
    r"including|includes?|included|"
    r"excluding|pledged?|collateral\w*|secur(?:ed|ing)|loans?|loaned|lent|lend\w*|borrow\w*|restricted|"
    r"encumber\w*|custody|lock\w*|"
    r"seiz\w+|hack\w*|st[oe]l\w+|lost|suppl\w+|circulat\w+|issued|per|each|every|equivalent|awarded|granted|"
    r"compensation|"
    r"receivable|payable|option\w*|hedg\w+|contribut\w+|impair\w+))\b",
    re.IGNORECASE,
)
_PRIOR = re.compile(
    r"\b(?:from|compared (?:to|with)|versus|vs\.?|against|than|up on|down on|prior|previous(?:ly)?|formerly|"
    r"previously (?:held|reported|announced|disclosed))(?:\s(?:its|our|the|a)\s(?:prior|previous|"
    r"earlier)[\w\s]{0,30}(?:of|:))?\s*[(:]?\s*$",
    re.IGNORECASE,
)
_CHANGE = re.compile(r"\b(?:by|increase|decrease|reduction|rise|growth|change|decline)\s*$", re.IGNORECASE)
_PART_OF = re.compile(
    r"\W{0,3}(?:also\s)?(?:includ(?:ed|es|ing)|excluding|of (?:these|this|which|the (?:total|above)))\b",
    re.IGNORECASE,
)
_GROWN_TO = re.compile(r"^\W*(?:to|reaching|for a total of)\s*$", re.IGNORECASE)
_TOTAL_TO = re.compile(
    r"\b(?:bring|tak|rais|increas|expand|lift|boost)(?:s|es|ing)\s(?:\w+\s){0,4}total(?:\s\w+){0,3}\s(?:to|of)\s*$",
    re.IGNORECASE,
)
_NOUN_LAST = re.compile(
    r"\b(?:holdings?|treasury|reserves?|stockpile|stash|position|total)"
    r"(?:\s(?:currently\s|now\s)?(?:includes?|included|compris(?:es|ed)|consists?|consisted|contains?|numbers?))?\s*[:：]?\s*$",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:\b(?:of|to|at|is|are|was|were|be|being|now|reach(?:es|ed|ing)?|totals?|totall?(?:ed|ing)|amount(?:s|ed|"
    r"ing)? to|(?:stands?|stood) at|"
    r"comprised?|compris(?:es|ing)|comprised of|consist(?:s|ed|ing)? of|hits?|surpass(?:es|ed|ing)?|exceed(?:s|"
    r"ed|ing)?|tops?|"
    r"crosse[sd])|[:：=–—|-])\s*$|held\s*$",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\b(?:crypto(?:currency)?|digital asset|digital|treasury|token|total|corporate)(?:[\s\w+&,]{0,60})\s(?:holdings|"
    r"assets|treasury|reserves)\b[^;]{0,160}?"
    r"\b(?:compris(?:ed|es|ing)(?: of)?|consist(?:s|ed|ing)? of|includ(?:es?|ing)|were|are|:)",
    re.IGNORECASE,
)
_POSSESSED = re.compile(r"(?:\w['’]s|\bour|\bits)\s(?:(?:current|existing|total|now)\s)?$", re.IGNORECASE)
_INTO = re.compile(r"\b(?:into|in exchange for|swapped for)\s*$", re.IGNORECASE)
_CUMULATIVE = re.compile(
    r"\b(?:to date|in total|as (?:of|at)|since (?:\w+\s){0,6}(?:inception|launch\w*|adopt\w+|beginning|start\w*|"
    r"first)|cumulative\w*|"
    r"now (?:has )?(?:purchased|acquired|accumulated))\b",
    re.IGNORECASE,
)
_SINCE_START = re.compile(
    r"\bsince (?:\w+\s){0,6}(?:inception|launch\w*|adopt\w+|start\w*|first (?:purchase|acquisition))\b",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"\b(?:during|between|in the (?:period|quarter|week|month)|this (?:week|month|quarter)|last (?:week|month|"
    r"quarter))\b",
    re.I,
)
_REALISED = re.compile(r"\b(?:has|have|had)\s(?:\w+\s){0,2}$|\w+ed\s$", re.IGNORECASE)


def sense(text: str, mention: Mention, earlier: Mention | None, own: frozenset[str]) -> tuple[Sense, Whose]:
    """What a mention counts, and whose it is. `text` is the whole sentence."""
    lead = text[: mention.start]
    after = text[mention.end : mention.end + 120]
    near = lead[earlier.end :] if earlier else lead
    head = _MODS.sub("", lead).rstrip(" ,")
    near_head = head[earlier.end :] if earlier and len(head) >= earlier.end else head if not earlier else ""
    clause = _clause(lead)
    if _PART_OF.match(lead):
        return "other", "unnamed"
    if (
        claims.is_comparative(lead)
        or claims.is_former(lead, after)
        or (_PRIOR.search(head) and not _HOLD.search(head))
    ):
        return "prior", "unnamed"
    if claims.is_refuted(lead, after):
        return "prior", "unnamed"
    if (
        following.NOT_HELD.match(after)
        or claims.is_for_others(after)
        or claims.is_average(lead)
        or _INTO.search(near_head)
    ):
        return "other", "unnamed"
    if claims.is_reported(lead, own):
        return "plan", "unnamed"
    if ranked := following.RANKED.match(after):
        return "total", whose(ranked["who"], own)
    if following.LATER.match(after):
        return "plan", "unnamed"
    if hold := _HOLD.search(near_head):
        return _held(head[: len(head) - len(hold[0])], hold, lead, after, own)
    if _BUY.search(near_head):
        return _bought(lead, near, own)
    if claims.is_disposed_of(lead):
        return "sale", "unnamed"
    if _CHANGE.search(head):
        return "other", "unnamed"
    if mention.bare or (following.TREASURY.match(after) and _POSSESSED.search(lead)):
        return _linked(clause, own)
    if _NOUN_LAST.search(near_head) or (_LINK.search(near_head) and _last_cue(clause) in ("noun", "hold")):
        return _linked(clause, own)
    if earlier and _GROWN_TO.match(near_head) and _last_cue(lead[: earlier.start]) == "noun":
        return _linked(clause, own)
    if _TOTAL_TO.search(head) and _last_cue(lead) in ("buy", "noun", "hold"):
        return _linked(clause, own)
    held = following.HELD.match(after)
    if held and _last_cue(_own_words(near, earlier)) not in ("sale", "other"):
        by = held["by"] or ""
        if PLAN.search(clause):
            return "plan", "unnamed"
        return "total", whose(by, own) if by.strip() else _possessor(clause, own)
    if (listed := _LIST.search(lead[-320:])) and _last_cue(near) in (None, "noun", "other"):
        return (
            ("plan", "unnamed") if PLAN.search(lead) else ("total", whose(lead[-320:][: listed.end()], own))
        )
    near = _own_words(near, earlier)
    found = _last_cue(near)
    if found == "buy":
        return _bought(lead, near, own)
    if found == "hold" and len(near) - near.lower().rfind("h") < 90:
        return _held_loosely(near, lead, own)
    others: dict[str | None, Sense] = {"sale": "sale", "other": "other"}
    return others.get(found, "none"), "unnamed"


def is_bought(text: str, mention: Mention) -> bool:
    """Whether a verb of purchase stands right before a number."""
    return bool(_BUY.search(_MODS.sub("", text[: mention.start]).rstrip(" ,")))


def _own_words(near: str, earlier: Mention | None) -> str:
    """The words before a number without those that say where the number before it is held: "5 ETH held by the Group"."""
    found = following.HELD.match(near) if earlier else None
    return near[found.end() :] if found else near


def _last_cue(text: str) -> str | None:
    last = None
    for cue in _CUES.finditer(text):
        last = cue
    return last.lastgroup if last else None


_DATE_ASIDE = re.compile(rf",\s(?:as\s(?:of|at)|at|on)\s{dates.ANY_DAY},", re.IGNORECASE)


def _clause(lead: str) -> str:
    """The part of a sentence that a number stands in. An infinitive or a participle belongs to the part before it."""
    parts = re.split(r";\s|,\s(?=[^\d])(?!(?:Inc|Ltd|LLC|Corp)\b)|\s[–—]\s", _DATE_ASIDE.sub("", lead[-600:]))
    clause = parts[-1]
    place = len(parts) - 1
    while place and (
        re.match(
            r"\s*(?:to|and|or|then|thereby|thus|which|that|of which)?\s*(?:to\s\w+|(?:\w+ly\s)?\w+ing\b)",
            clause,
        )
        or len(clause.split()) < 4
    ):
        place -= 1
        clause = f"{parts[place]}, {clause}"
        if len(parts) - place > 3:
            break
    return clause


_CONTINUING = re.compile(r"\bcontinu(?:es?|ed|ing)\sto\s+$", re.IGNORECASE)
"""Whoever continues to hold holds: no plan, unless that is planned."""


def _held(
    subject: str, hold: re.Match[str], lead: str, after: str, own: frozenset[str]
) -> tuple[Sense, Whose]:
    before = _CONTINUING.sub("", subject + (" " if subject else ""))
    if _UNREAL.search(before) or claims.is_supposed(_clause(before)):
        return "plan", "unnamed"
    if hold["verb"].lower() == "holding" and _GERUND.search(before):
        return "none", "unnamed"
    if hold["verb"].lower() in ("has", "have", "had") and not (
        following.HELD.match(after)
        or following.REMAINING.match(after)
        or re.search(r"\b(?:treasury|total|balance sheet)\b", lead[len(subject) :], re.I)
    ):
        return "none", "unnamed"
    if re.search(r"\b(?:previously|formerly|had|once)\s+$", before):
        return "prior", "unnamed"
    return "total", whose(before, own)


def _held_loosely(near: str, lead: str, own: frozenset[str]) -> tuple[Sense, Whose]:
    hold = [cue for cue in _CUES.finditer(near) if cue.lastgroup == "hold"][-1]
    before = lead[: len(lead) - len(near) + hold.start()]
    if _UNREAL.search(before) or PLAN.search(near[hold.end() :]) or PLAN.search(_clause(before)):
        return "plan", "unnamed"
    if re.search(r"\d", re.sub(dates.DATE, "", near[hold.end() :], flags=re.IGNORECASE)):
        return "none", "unnamed"  # another number stands between: it is what is held
    return "total", whose(before, own)


def _linked(clause: str, own: frozenset[str]) -> tuple[Sense, Whose]:
    if PLAN.search(clause):
        return "plan", "unnamed"
    return "total", _possessor(clause, own)


def _possessor(clause: str, own: frozenset[str]) -> Whose:
    """Whose holdings: "Acme's total bitcoin holdings of", "the Company increased its holdings to"."""
    found = re.search(
        r"\b(?:holdings?|treasury|reserves?|stockpile|stash|stack|balance|position)\b", clause, re.IGNORECASE
    )
    before = clause[: found.start()] if found else clause
    return whose(before, own)


def _bought(lead: str, near: str, own: frozenset[str]) -> tuple[Sense, Whose]:
    verb = [cue for cue in _CUES.finditer(lead) if cue.lastgroup == "buy"]
    before = lead[: verb[-1].start()] if verb else lead
    if (
        _UNREAL.search(before)
        or PLAN.search(near[-160:])
        or (PLAN.search(_clause(before)) and not _REALISED.search(before))
    ):
        return "plan", "unnamed"
    whole = re.search(r"\b(?:total|aggregate|cumulative)\b", lead[verb[-1].start() :] if verb else "", re.I)
    gathered = (
        bool(verb)
        and verb[-1][0].lower().startswith(("accumulat", "amass"))
        and bool(re.search(r"\b(?:has|have|now)\s", before[-24:]))
    )
    if (gathered or _SINCE_START.search(lead) or (whole and _CUMULATIVE.search(lead))) and not _PERIOD.search(
        lead
    ):
        return "cumulative", whose(before, own)
    return "purchase", whose(before, own)
