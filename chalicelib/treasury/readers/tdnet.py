"""What a company listed in Tokyo has announced: titles about coins, their texts in PDF files."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from chalicelib.sources.client import SourceChangedFormat, SourceNotFound
from chalicelib.sources.tdnet import KEPT, TOKYO, Tdnet
from chalicelib.treasury.pdf import Unreadable, text_of
from chalicelib.treasury.readers import Identity, Listed, Listing, Part, Target
from chalicelib.treasury.readers.identity import names_in

ABOUT_COINS = re.compile(
    r"ビットコイン|イーサ|ソラナ|リップル|暗号資産|仮想通貨|デジタル資産|トレジャリー|BTC|ETH|SOL|XRP|Bitcoin|Crypto",
    re.IGNORECASE,
)


class TdnetReader:
    """Reads announcements by code (five characters, the last a check digit)."""

    def __init__(self, source: Tdnet) -> None:
        self._source = source

    def listing(self, target: Target, now: datetime) -> Listing:
        """The company's announcements since the day before it was last looked at, as far back as the lists are kept."""
        identity = identify(target)
        today = now.astimezone(TOKYO).date()
        first = today - KEPT + timedelta(days=1)
        if target.last_checked_at is not None and target.reason not in ("manual", "retry"):
            first = max(first, target.last_checked_at.astimezone(TOKYO).date() - timedelta(days=1))
        items: list[Listed] = []
        raw = b""
        names = [*names_in(target.name)]
        while identity.agrees and first <= today:
            found, page = self._source.day(first)
            own = [one for one in found if one.code == target.external_id]
            raw = page or raw
            names += [one.name for one in own if one.name not in names]
            for one in own:
                if one.document is not None:
                    url = self._source.document_url(one.document)
                    skip = None if ABOUT_COINS.search(one.title) else "its title is not about coins"
                    items.append(
                        Listed(one.document, None, one.title, one.at.date(), url, skip, one.document)
                    )
            first += timedelta(days=1)
        return Listing(identity, items, raw, tuple(names), (target.ticker,))

    def parts(self, item: Listed) -> list[Part]:
        """The announcement's PDF."""
        body, problem = "", None
        try:
            body = text_of(self._source.document(item.entry), japanese=True)
        except (SourceNotFound, SourceChangedFormat, Unreadable) as error:
            problem = str(error)
        return [Part(item.key, None, item.title, item.url, "pdf_text", body, problem)]


def identify(target: Target) -> Identity:
    """Whether a code is the company's: its ticker says so (3350.T is 33500). TDnet names companies in Japanese only."""
    listed = target.ticker.partition(".")[0]
    if target.external_id in (f"{listed}0", listed) and target.ticker.endswith(".T"):
        return Identity(
            len(target.external_id) == 5, f"the code {target.external_id} is that of {target.ticker}"
        )
    return Identity(
        False,
        f"the code {target.external_id} does not agree with the ticker {target.ticker}: 3350.T is 33500",
    )
