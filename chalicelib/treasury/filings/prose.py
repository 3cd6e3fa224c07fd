"""Sentences to candidates: "As of May 1, 2025, the Company held an aggregate of approximately 1,234 bitcoins"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from chalicelib.treasury.filings import (
    alongside,
    amounts,
    claims,
    coins,
    cues,
    dates,
    datings,
    mentions,
    nothing,
    respectively,
    sentences,
)
from chalicelib.treasury.filings.facts import (
    PART,
    PAST,
    SUBSIDIARY,
    UNDATED,
    Candidate,
    Document,
    Exactness,
    quoted,
)
from chalicelib.treasury.filings.mentions import APPROXIMATE, VAGUE, Mention
from chalicelib.treasury.filings.numbers import is_round
from chalicelib.treasury.filings.subjects import Whose
from chalicelib.treasury.filings.text import Paragraph, folded

_DIGIT = re.compile(r"[\d\uff10-\uff19]")
TOTAL, CUMULATIVE, PURCHASE = "stated total", "cumulative purchases", "stated purchase"
NOTHING = "stated that none is held"
_THIS_DOCUMENT = re.compile(r"\bas\s(?:of|at)\sthe\sdate\s(?:hereof|of\sthis\s\w+)", re.I)
_STAMP = re.compile(rf"as\s(?:of|at):?\s{dates.ANY_DAY}\.?", re.I)
"""A last sentence that only dates those before it: "As of: 2025-06-30."."""
_CONTINUES = re.compile(
    r"^(?:The|These|This|Such|Its|Our|At|With)\b[^.]{0,80}\b(?:average|aggregate|total (?:purchase )?(?:cost|"
    r"price)|acquired|purchased)\b",
    re.I,
)
_NEXT_DAY = re.compile(
    rf"^,?\s(?:(?:as\s(?:of|at)|at|on)\s{dates.ANY_DAY},?\s(?:and|&)\s|(?:and|&)\s(?=(?:as\s(?:of|at)|at|on)\s))"
    rf"(?:(?:as\s(?:of|at)|at|on)\s{dates.ANY_DAY},?\s)?(?:(?:it|we)\sheld\s)?(?:approximately\s|about\s)?$",
    re.IGNORECASE,
)
YEARLESS = "the date beside the total has no year; the one before the document is taken"
_LONG_AGO = timedelta(days=100)
"""A day without a year that is further back than this may be another year's."""
NOW = "stated as of now; the date of the document is taken"
_ITEM = 320
_CLAIM = {TOTAL: Decimal("0.92"), CUMULATIVE: Decimal("0.70"), PURCHASE: Decimal("0.90")}


def find(
    paragraphs: Iterable[Paragraph], document: Document, own: frozenset[str]
) -> tuple[list[Candidate], list[str]]:
    """The totals and purchases that paragraphs state, and why others were left."""
    found: list[Candidate] = []
    left: list[str] = []
    intro = ""  # what a list's items stand under: "As of August 24, 2025:"
    for paragraph in paragraphs:
        lead = intro if len(paragraph.text) < _ITEM else ""
        if paragraph.text.endswith(":"):
            intro = paragraph.text
        elif len(paragraph.text) >= _ITEM:
            intro = ""
        if not (_DIGIT.search(paragraph.text) or nothing.may_state(paragraph.text)) or not coins.may_mention(
            paragraph.text, document.assets
        ):
            continue
        pieces = sentences.split(paragraph.text)
        stamp = pieces[-1] if pieces and _STAMP.fullmatch(pieces[-1]) else ""
        for place, piece in enumerate(pieces):
            following = pieces[place + 1] if place + 1 < len(pieces) else ""
            previous = pieces[place - 1] if place else lead
            if stamp and place < len(pieces) - 1:
                previous = f"{previous} {stamp}"
            for claim, reason in _sentence(piece, previous, following, document, own):
                if claim:
                    found.append(claim)
                elif reason:
                    left.append(reason)
    return found, left


def _sentence(
    piece: str, previous: str, following: str, document: Document, own: frozenset[str]
) -> Iterator[tuple[Candidate | None, str]]:
    text = folded(piece)
    all_mentions = mentions.find(text, document.assets) if _DIGIT.search(text) else []
    if all_mentions and respectively.may_state(text):
        numbers = respectively.find(text, all_mentions, own)
        for each in numbers or ():
            if each.asset in document.assets:
                yield _in_order(piece, each), ""
        if not numbers:
            yield None, f"Several numbers, respectively: {quoted(piece)[:160]}"
        return
    denied: dict[str, date | None] = {}
    for mention, whose in nothing.find(text, document.assets, own):
        if whose != "other" and mention.asset in document.assets:
            none = _none(piece, text, previous, mention, document)
            denied[mention.asset] = none.as_of
            yield none, ""
    if spent := _spent(piece, text, all_mentions, document):
        yield spent, ""
    inherited: tuple[cues.Sense, Whose] | None = None
    wholes: dict[str, Mention] = {}  # the total last named of each coin
    for earlier, mention, later in mentions.pairs(all_mentions):
        meaning, whose = cues.sense(text, mention, earlier, own)
        if (
            meaning == "none"
            and inherited
            and earlier
            and earlier.asset != mention.asset
            and _goes_on(text, earlier, mention)
        ):
            meaning, whose = inherited
        if meaning == "none" and inherited and earlier and _on_another_day(text, earlier, mention):
            meaning, whose = inherited
        whole = wholes.get(mention.asset)
        if meaning in ("total", "none") and whole and claims.is_part(text[whole.end : mention.start]):
            meaning = "other"
        if meaning == "total":
            wholes[mention.asset] = mention
        if meaning in ("total", "cumulative", "purchase"):
            inherited = (meaning, whose)
        if mention.asset not in document.assets:
            continue
        if meaning in ("total", "cumulative") and whose == "other":
            yield None, f"Another's holdings, not the company's: {quoted(piece)[:160]}"
        elif meaning in ("total", "cumulative"):
            total = _total(
                piece, text, previous, following, mention, (earlier, later), (meaning, whose), document
            )
            if meaning == "total" and alongside.is_named(text, mention, all_mentions, previous, following):
                total = _doubted(total)
            if (
                denied.get(mention.asset) != total.as_of
            ):  # "we held no bitcoin (42.11 bitcoin the year before)"
                yield total, ""
        elif meaning == "purchase" and whose != "other":
            yield _purchase(piece, text, mention, (earlier, later), document.filed), ""
        elif meaning == "plan":
            yield None, f"A plan or an assumption, not a holding: {quoted(piece)[:160]}"


def _doubted(total: Candidate) -> Candidate:
    """As a part of what is held: it gives way to any other total."""
    return replace(total, confidence=min(total.confidence, Decimal("0.5")), notes=(*total.notes, PART))


def _in_order(piece: str, each: respectively.Numbered) -> Candidate:
    return Candidate(
        asset=each.asset, rule=TOTAL, evidence=quoted(piece), confidence=_CLAIM[TOTAL] - Decimal("0.04"),
        holdings=each.amount, as_of=each.day, notes=("one of several numbers, by their order",),
    )  # fmt: skip


def _goes_on(text: str, earlier: Mention, mention: Mention) -> bool:
    """Whether a list goes on, as in "held 1,110 bitcoin at an average of $41,790 and 14,855 ether"."""
    between = text[earlier.end : mention.start]
    return len(between) < 140 and bool(re.search(r"(?:\band\b|,|\+|&)[^.;]{0,60}$", between))


def _on_another_day(text: str, earlier: Mention, mention: Mention) -> bool:
    """Whether "4,846 bitcoins as of July 16, 2025 and 5,021 bitcoins as of July 30, 2025" goes on with this number."""
    between = text[earlier.end : mention.start]
    found = _NEXT_DAY.match(between) if earlier.asset == mention.asset and len(between) < 140 else None
    return bool(
        found
        and (datings.own(text, mention) or datings.AS_OF.search(re.split(r"\b(?:and|&)\b", between)[-1]))
    )


def _total(
    piece: str, text: str, previous: str, following: str, mention: Mention,
    neighbours: tuple[Mention | None, Mention | None], claim: tuple[cues.Sense, Whose], document: Document,
) -> Candidate:  # fmt: skip
    rule = CUMULATIVE if claim[0] == "cumulative" else TOTAL
    confidence, notes = _CLAIM[rule], []
    exactness: Exactness = "exact"
    earlier = neighbours[0]
    dated = datings.of(text, mention, earlier, previous, document.filed)
    as_of = dated[0] if dated else None
    lead = text[: mention.start]
    if not datings.worded(text, mention, earlier) and claims.is_past(lead, document.filed):
        confidence, as_of, dated = Decimal("0.35"), None, None
        notes.append(PAST)
    if claims.is_subsidiarys(lead):
        confidence -= Decimal("0.25")
        notes.append(SUBSIDIARY)
    if dated and dated[1] and dates.parse(dated[1]) is None:
        confidence -= Decimal("0.02")
        if document.filed - dated[0] > _LONG_AGO:
            confidence -= Decimal("0.18")
            notes.append(YEARLESS)
    if as_of is None and _THIS_DOCUMENT.search(text):
        as_of = document.filed
    elif as_of is None:
        as_of = document.filed
        confidence -= Decimal("0.05") if datings.TODAY.search(text) else Decimal("0.08")
        notes.append(NOW if datings.TODAY.search(text) else UNDATED)
    if VAGUE.search(lead[-20:]) or mention.scaled:
        confidence, exactness = confidence - Decimal("0.15"), "rounded"
        notes.append("a rounded number")
    elif APPROXIMATE.search(lead[-20:]):
        confidence -= Decimal("0.05") if is_round(mention.amount) else Decimal("0.02")
        exactness = "approximate"
    if claim[1] == "unnamed":
        confidence -= Decimal("0.05")
    if rule == CUMULATIVE:
        notes.append("the sum of purchases; coins sold since would not show")
    if "restricted" in mention.kind:
        confidence -= Decimal("0.10")
        notes.append(f"{mention.kind} coins only")
    if mention.bare:
        confidence -= Decimal("0.05")
    if mention.bare and re.match(r"\s{1,3}[\d(][\d,.]*(?=\s|$)", text[mention.end :]):
        confidence -= Decimal("0.25")
        notes.append("several numbers stand in the row; the first is taken")
    cost = _cost(text, mention, neighbours, following, document)
    return Candidate(
        asset=mention.asset, rule=rule, evidence=_evidence(piece, following, cost), confidence=confidence,
        holdings=mention.amount, as_of=as_of, total_cost=cost.cost, average_price=cost.average,
        currency=cost.currency or "USD", exactness=exactness, notes=tuple(notes),
    )  # fmt: skip


def _none(piece: str, text: str, previous: str, mention: Mention, document: Document) -> Candidate:
    """A statement that nothing is held."""
    dated = datings.of(text, mention, None, previous, document.filed)
    return Candidate(
        asset=mention.asset, rule=NOTHING, evidence=quoted(piece), holdings=mention.amount,
        confidence=Decimal("0.85") if dated else Decimal("0.60"), as_of=dated[0] if dated else document.filed,
        notes=() if dated else (UNDATED,),
    )  # fmt: skip


def _spent(piece: str, text: str, found: list[Mention], document: Document) -> Candidate | None:
    """A purchase that is told by its cost and price alone; the coin is the only one that the document is read for."""
    if len(document.assets) != 1 or not (cost := amounts.purchase_of_money(text)):
        return None
    if not coins.mentioned(document.assets).search(text) or any(cues.is_bought(text, one) for one in found):
        return None
    return Candidate(
        asset=document.assets[0], rule=PURCHASE, evidence=quoted(piece), confidence=Decimal("0.80"),
        purchase_cost=cost.cost, purchase_average_price=cost.average, currency=cost.currency or "USD",
    )  # fmt: skip


def _purchase(
    piece: str, text: str, mention: Mention, neighbours: tuple[Mention | None, Mention | None], filed: date
) -> Candidate:
    earlier, later = neighbours
    period = dates.period(text)
    dated = None if period else datings.of(text, mention, earlier, "", filed)
    day = dated[0] if dated else None
    cost = amounts.find(
        text[mention.end : later.start if later and later.asset == mention.asset else len(text)]
    )
    return Candidate(
        asset=mention.asset, rule=PURCHASE, evidence=quoted(piece), confidence=_CLAIM[PURCHASE], purchased=mention.amount,
        period_start=period[0] if period else day, period_end=period[1] if period else day,
        purchase_cost=cost.cost, purchase_average_price=cost.average, currency=cost.currency or "USD",
        exactness="approximate" if APPROXIMATE.search(text[: mention.start][-20:]) else "exact",
    )  # fmt: skip


def _cost(
    text: str,
    mention: Mention,
    neighbours: tuple[Mention | None, Mention | None],
    following: str,
    document: Document,
) -> amounts.Amounts:
    """From the words after the number, or before it, or from the next sentence if that goes on about it."""
    earlier, later = neighbours
    found = amounts.find(text[mention.end : later.start if later else len(text)], bought=False)
    if found == amounts.Amounts():
        found = amounts.spent_before(text[earlier.end if earlier else 0 : mention.start])
    if later is None and (found.cost is None or found.average is None) and _CONTINUES.match(following):
        more = folded(following)
        if not mentions.find(more, document.assets):
            other = amounts.find(more, bought=False)
            found = amounts.Amounts(
                found.cost or other.cost, found.average or other.average, found.currency or other.currency
            )
    return found


def _evidence(piece: str, following: str, cost: amounts.Amounts) -> str:
    return quoted(
        piece if cost == amounts.Amounts() or not _CONTINUES.match(following) else f"{piece} {following}"
    )
