"""Whose coins a sentence speaks of: the company's own, or somebody else's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from chalicelib.treasury.filings import coins
from chalicelib.treasury.filings.facts import Document

Whose = Literal["own", "other", "unnamed"]
_SUFFIX = re.compile(
    r",?\s(?:Inc(?:orporated)?|Corp(?:oration)?|Company|Co|Ltd|Limited|PLC|Plc|N\.?V|S\.?A|AG|LLC|L\.P|LP|K\.K|"
    r"Holdings?|Group)\.?$",
    re.IGNORECASE,
)
_LEGAL = (
    r"(?:Inc(?:orporated)?|Corp(?:oration)?|Ltd|Limited|PLC|plc|N\.V|S\.A|AG|LLC|Co|Company|Holdings|"
    r"Technologies|Platforms|Group)"
)
_DEFINITION = re.compile(
    rf"(?P<name>[A-Z][\w&.,'-]*(?:\s[A-Z][\w&.,'-]*){{0,6}}?)(?:\s(?:d/b/a|"
    rf"dba)\s(?P<brand>[A-Z]\w+))?(?P<legal>,?\s{_LEGAL}\b\.?)?"
    r"\s?(?P<round>\([^()]{2,120}\)(?:\s?\([^()]{2,120}\))?)"
)
_QUOTED = re.compile(r"[“\"”]\s?(?:the\s)?([^“”\"]{1,40}?),?\s?[”\"“]")
_OWN = re.compile(
    r"\b(?:we|us|our|ours|it|its|itself|the\s(?:company|group|firm|corporation|issuer|registrant|trust|"
    r"partnership|parent)|"
    r"(?:company|group|corporation)(?:['’]s)?|(?:wholly[- ]owned\s)?subsidiar(?:y|ies))\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:companies|corporations|firms|miners|investors?|institutions?|etfs?|etps?|funds?|governments?|"
    r"countries|states?|customers?|"
    r"clients?|users?|competitors?|peers?|holders?|whales?|entit(?:y|ies)|exchanges?|directors?|officers?|"
    r"executives?|founders?|"
    r"chairman|chairwoman|ceo|cfo|president|he|she|they|nakamoto|third[- ]part(?:y|ies)|lenders?|borrowers?|"
    r"affiliates?|investees?|"
    r"shareholders|stockholders|participants|network|protocol|world|market|banks?|treasur(?:y|ies) industry|"
    r"everyone|anyone|someone|"
    r"minority investment|equity investee|joint venture|associates?|sponsors?|managers?|custodians?)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][\w&-]*(?:\.[a-z]+)?(?:['’]s)?(?:\s(?:of\s)?[A-Z][\w&-]*(?:['’]s)?){0,4}")
_CAPITALISED = """
January February March April May June July August September October November December Jan Feb Mar Apr Jun
Jul Aug Sep Sept Oct Nov Dec Monday Tuesday Wednesday Thursday Friday Saturday Sunday As In On The This That
These At Today Following Since With After Through During Total Bitcoin Bitcoins BTC ETH SOL XRP Ether
Ethereum Solana Treasury Q1 Q2 Q3 Q4 Currently Now Also Additionally Aggregate Combined Including Form Item
Exhibit Class Series ATM Offering Board Digital Asset Assets Crypto Cryptocurrency US USD ET EST EDT UTC HKT
Eastern Time Upon By For From To And Or Of A An Its Our It We Prior Subsequent Subsequently Current Inc Ltd
Corp Holdings Holding Reserve Reserves Strategic Fiscal Year Quarter H1 H2 FY Update Updates Having Nasdaq
NASDAQ NYSE TSX LSE Announces Increases Expands Purchases Acquires Buys Additional Position Balance
Approximately Together When While Once Purchased Acquired Production Operations Reports Key Highlights
Highlight Latest Result Results Adds Net Value Recent Last Until Over Under About Effective Between No
Previously Executive Financial Operational Overview Tokens Token Coins Coin Company Group Corporation All
Cash More Than Held Owned Yield Gain KPI KPIs NAV Performance Indicator Indicators Announced Raises Boosts
Grows Lifts Completes Actual Overall Corporate Consolidated Unaudited Ending Closing Reported Correct Corrected Crypto
Management Recently Separately
"""
_NO_NAMES = frozenset(_CAPITALISED.split())


def own_names(document: Document, texts: Iterable[str]) -> frozenset[str]:
    """What the company calls itself, in lower case: its names from outside, and those that the text defines for it.

    A definition is a bracket such as `Acme Holdings, Inc. (Nasdaq: ACME) ("Acme" or the "Company")`.
    """
    names: set[str] = set()
    for name in document.company_names:
        _add(names, name)
    names |= {ticker.split(".")[0].lower() for ticker in document.tickers}
    for text in texts:
        if "(" not in text or not _QUOTED.search(text):
            continue
        for found in _DEFINITION.finditer(text):
            inside = found["round"]
            quotes = [quote.strip() for quote in _QUOTED.findall(inside)]
            own = any(
                quote.lower() in ("company", "group", "we", "us", "our", "corporation", "issuer")
                for quote in quotes
            )
            listed = any(re.search(rf"\b{re.escape(t.split('.')[0])}\b", inside) for t in document.tickers)
            owned = re.search(r"\bsubsidiar(?:y|ies),?\s$", text[max(0, found.start() - 20) : found.start()])
            if own or listed or owned or found["name"].lower().rstrip(",. ") in names:
                _add(names, found["name"])
                for quote in quotes:
                    _add(names, quote.rstrip(","))
                if found["brand"]:
                    _add(names, found["brand"])
    return frozenset(names - {"the", "company", "inc", "group", ""})


def _add(names: set[str], name: str) -> None:
    name = re.sub(r"^(?:The|the)\s", "", name.strip(" ,."))
    names.add(name.lower())
    while (shorter := _SUFFIX.sub("", name)) != name and shorter:
        name = shorter.strip(" ,.")
        names.add(name.lower())
    first = name.split()[0] if name.split() else ""
    if len(first) > 3 and first.lower() not in (
        "digital",
        "american",
        "first",
        "global",
        "united",
        "bitcoin",
        "strategic",
    ):
        names.add(first.lower())


_RELATIVE = re.compile(
    r",\s(?:(?:in|of|for|to|with) which|which|who|whose|where)\s[^,;]{1,110},", re.IGNORECASE
)
_SPONSORED = re.compile(
    r"\b(?:trusts?|funds?|ETFs?|ETPs?|partnerships?|accounts?)\s(?:(?:that|which)\s(?:is|are)\s)?"
    r"(?:sponsored|managed|advised|administered)\sby\s[^,.;]{1,60}$",
    re.IGNORECASE,
)
_MANAGED = re.compile(
    r",\s(?:(?:that|which)\s(?:we|it|the\s\w+|[A-Z]\w+)\s(?:also\s)?(?:manag|advis|sponsor|administer)\w*|"
    r"(?:(?:our|its|the\scompany['’]s)\s(?:[\w-]+\s){0,2}?former|an?\s(?:unrelated|unaffiliated|related[\s-]party|"
    r"competitor|third[\s-]party))\b[^,;]{0,50}),\s*$",
    re.IGNORECASE,
)
"""An apposition that makes a name somebody else's: "a fund, which we manage," "our former parent,"."""
_PEOPLE_OF = re.compile(
    r"\b(?:directors?|officers?|executives?|founders?|co-founders?|insiders?|employees?|members?|chair(?:man|woman|person)?|ceo|"
    r"cfo|president|customers?|clients?|users?|subscribers?|shareholders?|stockholders?|holders?|investors?|creditors?|lenders?|"
    r"partners?|competitors?|peers?|affiliates?|suppliers?|custodians?)(?:\s(?:and|or)\s[\w-]+)?\s(?:of|in|at|to)\s(?:the\s)?$",
    re.IGNORECASE,
)
"""Whoever has such a relation "of" the company is not the company."""
_BESIDE_US = re.compile(
    r"(?:funds?|trusts?|foundation|et[fp]s?|l\.?p|partners|partnership|trustees?|dao|association|noteholders|shareholders|"
    r"stockholders|investors|customers|clients|users|employees)\.?",
    re.IGNORECASE,
)
"""Words that, after the company's name, make another's: "Acme Bitcoin Trust"."""
_PRONOUN = re.compile(r"(?:it|its|itself)\b", re.IGNORECASE)
_REPORTS = re.compile(
    r"\b(?:sa(?:id|ys)|announc\w+|report\w+|disclos\w+|stat(?:ed|es)|confirm\w+|claim\w+|reveal\w+|noted|notes|told)\b",
    re.IGNORECASE,
)
_DATELINE_END = re.compile(r"\s(?:--|–|—)\s|/PRNewswire/|/\s--")
_REACH = 220


def whose(before: str, own: frozenset[str]) -> Whose:
    """Who the last subject of a text is, just before "holds" or "holdings"."""
    text = re.sub(
        r",?\s(?:together|along|combined)\swith\s(?:its|our|their)\s[\w\s-]{3,40}?subsidiar(?:y|ies),?",
        "",
        before[-_REACH:],
    )
    text = re.sub(r"\([^()]{0,120}\)", " ", text)
    text = re.sub(r"(\bsubsidiar(?:y|ies)),?\s[A-Z][\w&]*(?:\s[A-Z][\w.&]*){0,4},?", r"\1", text)
    if _SPONSORED.search(text) or _MANAGED.search(text):
        return "other"
    text = _RELATIVE.sub(",", text)
    title = _is_title(text)
    best, place = "unnamed", -1
    foreign = len(before) <= _REACH and _opens_with_another(text, own, title=title)
    for found in _OWN.finditer(text):
        if _PEOPLE_OF.search(text, 0, found.start()):
            continue
        best, place = "other" if foreign and _PRONOUN.match(found[0]) else "own", found.end()
    for found in _OTHERS.finditer(text):
        if found.end() > place:
            best, place = "other", found.end()
    for found in _NAME.finditer(text):
        words = [re.sub(r"['’]s$", "", word) for word in found[0].split()]
        name = " ".join(words).lower()
        if any(each == name or each in name.split() or name.startswith(f"{each} ") for each in own):
            named = found.start() + found[0].rfind(" of ") + 4 if " of " in found[0] else found.start()
            if found.end() >= place and not _PEOPLE_OF.search(text, 0, named):
                best, place = "other" if _is_beside(words, name, own) else "own", found.end()
        elif not title and not all(_is_no_name(word) for word in words) and found.end() > place:
            if not own and not _at_start(text, found.start()):
                best, place = "unnamed", found.end()
            elif own and _stands_as_subject(text, found):
                best, place = "other", found.end()
    return best  # type: ignore[return-value]


def _opens_with_another(text: str, own: frozenset[str], *, title: bool) -> bool:
    """Whether a sentence begins with another company that says something: its "it" is then that one."""
    text = _DATELINE_END.split(text)[-1].lstrip()
    found = _NAME.match(text)
    if not found or title or not own or not _REPORTS.search(text, found.end()):
        return False
    lower = text.lower()
    if any(each in lower for each in own) or any(not _PRONOUN.match(each[0]) for each in _OWN.finditer(text)):
        return False
    words = [re.sub(r"['’]s$", "", word) for word in found[0].split()]
    name = " ".join(words).lower()
    ours = any(each == name or each in name.split() or name.startswith(f"{each} ") for each in own)
    return not ours and not all(_is_no_name(word) for word in words) and words[0] not in _NO_NAMES


def _is_beside(words: list[str], name: str, own: frozenset[str]) -> bool:
    """Whether a name is the company's with a word that makes it another's, unless the company's names have that word."""
    ours = {word for each in own for word in each.split()}
    return name not in own and any(
        _BESIDE_US.fullmatch(word) and word.lower() not in ours for word in words[1:]
    )


def _is_no_name(word: str) -> bool:
    return word in _NO_NAMES or word in coins.NAMES or word.isdigit() or word.endswith(("ed", "ing", "-end"))


def _is_title(text: str) -> bool:
    """Whether nearly all words are capitalised, as in a headline: capitals then tell nothing."""
    words = [word for word in re.findall(r"[A-Za-z][\w'’-]*", text) if len(word) > 3 and not word.isupper()]
    return len(words) > 2 and sum(word[0].isupper() for word in words) > 0.8 * len(words)


def _at_start(text: str, place: int) -> bool:
    return not text[:place].strip()


def _stands_as_subject(text: str, found: re.Match[str]) -> bool:
    """A single word that opens a sentence far from its verb is an adverb or a heading, not a name."""
    rest = text[found.end() :].strip(" ,")
    alone = " " not in found[0]
    return not (alone and _at_start(text, found.start()) and len(rest.split()) > 2)
