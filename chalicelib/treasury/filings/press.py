"""Datelines: where and when an announcement was made, and by whom.

"CITY, Aug. 25, 2025 (GLOBE NEWSWIRE) -- Acme Corp. (NASDAQ: ACME)" and "Hong Kong, 25 August 2025".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from chalicelib.treasury.filings import dates
from chalicelib.treasury.filings.facts import Document
from chalicelib.treasury.filings.text import Paragraph, folded

_WIRE = re.compile(
    rf"(?P<day>{dates.DATE})\s?(?:/PRNewswire[^/]{{0,40}}/|\((?:GLOBE NEWSWIRE|BUSINESS WIRE|Newsfile Corp\.?|"
    rf"ACCESSWIRE)\)|--|—|–)",
    re.IGNORECASE,
)
_HONG_KONG = re.compile(
    rf"\b(?:Hong Kong|PRC|Shenzhen|Beijing|Shanghai|Singapore),\s(?:the PRC,\s)?(?P<day>{dates.DATE})",
    re.IGNORECASE,
)
_LISTING = re.compile(
    r"\(\s?(?:NASDAQ|NYSE|NYSE American|NYSE Arca|CBOE(?: CA)?|TSXV?|TSX Venture|OTCQ[BX]|OTC|OTCPK|AMEX|CSE|"
    r"LSE|AQSE|AQUIS|TSE|SEHK|HKEX|Euronext[\w ]*|ASX)"
    r"(?:\s(?:CM|GM|GS))?\s?:\s?(?P<ticker>[A-Z0-9.]{1,8})",
    re.IGNORECASE,
)
_WITHIN = 10


def day(document: Document, paragraphs: Sequence[Paragraph]) -> date | None:
    """The date that an announcement gives itself; None if it gives none near its filing, which is then the best that is
    known."""
    if document.source == "sec_edgar" and not (document.form or "").startswith("EX-99"):
        return None
    pattern, parts = (_HONG_KONG, paragraphs[-40:]) if document.source == "hkex" else (_WIRE, paragraphs[:40])
    for paragraph in parts:
        for found in pattern.finditer(folded(paragraph.text)[:4000]):
            stated = dates.parse(found["day"])
            if stated and abs((stated - document.filed).days) <= _WITHIN:
                return stated
    return None


def anothers(document: Document, paragraphs: Sequence[Paragraph]) -> str | None:
    """The ticker of the company whose release this is, if it is plainly not ours; newswires are matched by name and can
    be wrong."""
    tickers = {ticker.split(".")[0].upper() for ticker in document.tickers}
    if not tickers or document.source not in ("globenewswire", "prnewswire"):
        return None
    start = " ".join(folded(paragraph.text)[:2000] for paragraph in paragraphs[:25])
    listed = [found["ticker"].upper().split(".")[0] for found in _LISTING.finditer(start)]
    names = any(name.lower().split(",")[0] in start.lower() for name in document.company_names)
    return listed[0] if listed and not tickers & set(listed) and not names else None
