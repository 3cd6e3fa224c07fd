"""What a company listed in Hong Kong has announced in English: PDF files, by its stock code."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from chalicelib.sources.client import SourceChangedFormat, SourceNotFound
from chalicelib.sources.hkexnews import HONG_KONG, HkexNews, Notice, Stock
from chalicelib.treasury.pdf import Unreadable, text_of
from chalicelib.treasury.readers import Identity, Listed, Listing, Part, Target
from chalicelib.treasury.readers.identity import names_in, same_name

REACH = timedelta(days=400)
OVERLAP = timedelta(days=7)
_FORMALITIES = re.compile(
    r"Monthly Returns|Next Day Disclosure|Proxy Form|Trading Information|List of Directors|Notice of (?:AGM|EGM)|"
    r"Change in (?:Directors|Auditors|Company Secretary)|Date of Board Meeting",
    re.IGNORECASE,
)


class HkexReader:
    """Reads announcements by stock code (434, 0434 or 00434)."""

    def __init__(self, source: HkexNews) -> None:
        self._source = source

    def listing(self, target: Target, now: datetime) -> Listing:
        """The announcements since a week before it was last looked at, or since the day wanted."""
        stock = self._source.stock(target.external_id)
        identity = identify(target, stock)
        today = now.astimezone(HONG_KONG).date()
        first = target.since or today - REACH
        if target.last_checked_at is not None and target.reason not in ("manual", "retry"):
            first = target.last_checked_at.astimezone(HONG_KONG).date() - OVERLAP
        notices, raw = self._source.notices(stock.number, first, today) if identity.agrees else ([], b"")
        names = tuple(dict.fromkeys((*names_in(target.name), stock.name)))
        items = [_listed(self._source, notice) for notice in notices]
        return Listing(identity, items, raw, names, (target.ticker, stock.code))

    def parts(self, item: Listed) -> list[Part]:
        """The announcement's PDF."""
        body, problem = "", None
        try:
            body = text_of(self._source.document(item.entry))
        except (SourceNotFound, SourceChangedFormat, Unreadable) as error:
            problem = str(error)
        return [Part(item.key, None, item.title, item.url, "pdf_text", body, problem)]


def identify(target: Target, stock: Stock) -> Identity:
    """Whether a stock is the company's: by its ticker (0434.HK is 00434), or its name."""
    shown = f"stock {stock.code} is {stock.name}"
    listed, _, exchange = target.ticker.partition(".")
    if exchange == "HK" and listed.zfill(5) == stock.code:
        return Identity(True, f"{shown}: the ticker {target.ticker} agrees")
    if same_name(target.name, [stock.name]):
        return Identity(True, f"{shown}: the name agrees")
    return Identity(
        False, f"{shown}: neither the ticker nor the name agrees with {target.name} ({target.ticker})"
    )


def _listed(source: HkexNews, notice: Notice) -> Listed:
    skip = None
    if notice.file_type != "PDF":
        skip = f"its file is {notice.file_type or 'of no known type'}"
    elif _FORMALITIES.search(notice.category) or _FORMALITIES.search(notice.title):
        skip = "a formality"
    url = source.document_url(notice.path)
    return Listed(notice.path, None, notice.title, notice.at.date(), url, skip, notice.path)
