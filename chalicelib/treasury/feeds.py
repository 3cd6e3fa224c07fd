"""The sources of filings and announcements as the tracker uses them: built from the settings, sharing one limiter."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.core.settings import settings
from chalicelib.market.feeds import OwnBudgetUsedUp, SharedLimiter
from chalicelib.sources.client import SourceRefused
from chalicelib.treasury.readers import Reader

if TYPE_CHECKING:
    from chalicelib.treasury.wire_feeds import SharedFeed

PATIENCE = 3.0
"""Seconds that a worker waits for its turn. A scrape is many small requests at the source's pace: to put the job back for
each of them would take a queue's round trip where a tenth of a second would do."""
CLIENTS = {
    "sec_edgar": "edgar",
    "tse": "tdnet",
    "hkex": "hkexnews",
    "globenewswire": "globenewswire",
    "prnewswire": "prnewswire",
}
"""What the client of a data source's type calls itself in budgets, errors and the health of sources."""
LOCAL_USER_AGENT = "Holdfast operator@example.com"


class PatientLimiter(SharedLimiter):
    """The shared budgets; a short wait is waited, a longer one is the job's matter. No transaction is open meanwhile."""

    def spend(self, bucket: str, cost: int, burst: int, per_seconds: float) -> None:
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                return super().spend(bucket, cost, burst, per_seconds)
            except OwnBudgetUsedUp as used_up:
                wait = used_up.retry_after or 0.0
                if time.monotonic() + wait > give_up:
                    raise
                time.sleep(wait)


def reader(source_type: str) -> Reader:
    """The reader of a data source's type. Raises SourceRefused where it is not configured, or cannot be scraped."""
    if source_type not in _BUILDERS:
        raise SourceRefused(source_type, f"{source_type} is no source that can be scraped")
    return _BUILDERS[source_type]()


def _edgar() -> Reader:
    from chalicelib.sources.edgar import Edgar
    from chalicelib.treasury.readers.edgar import EdgarReader

    held = settings()
    user_agent = held.edgar_user_agent or (LOCAL_USER_AGENT if held.stage == "local" else None)
    return EdgarReader(Edgar(held.edgar_url, held.edgar_data_url, PatientLimiter(), user_agent=user_agent))


def _tdnet() -> Reader:
    from chalicelib.sources.tdnet import Tdnet
    from chalicelib.treasury.readers.tdnet import TdnetReader

    return TdnetReader(Tdnet(settings().tdnet_url, PatientLimiter(), contact=settings().contact))


def _hkex() -> Reader:
    from chalicelib.sources.hkexnews import HkexNews
    from chalicelib.treasury.readers.hkexnews import HkexReader

    return HkexReader(HkexNews(settings().hkexnews_url, PatientLimiter(), contact=settings().contact))


def _newswire(source_type: str) -> Reader:
    from chalicelib.treasury.readers.newswires import NewswireReader

    return NewswireReader(newswire(source_type))


def newswire(source_type: str) -> SharedFeed:
    """A newswire's feed, which all companies share. Raises KeyError for what is no newswire."""
    from chalicelib.sources.globenewswire import GlobeNewswire
    from chalicelib.sources.prnewswire import PrNewswire
    from chalicelib.treasury.wire_feeds import SharedFeed

    held = settings()
    kind, url = {
        "globenewswire": (GlobeNewswire, held.globenewswire_url),
        "prnewswire": (PrNewswire, held.prnewswire_url),
    }[source_type]
    return SharedFeed(kind(url, PatientLimiter(), contact=held.contact))


_BUILDERS: dict[str, Callable[[], Reader]] = {
    "sec_edgar": _edgar,
    "tse": _tdnet,
    "hkex": _hkex,
    "globenewswire": partial(_newswire, "globenewswire"),
    "prnewswire": partial(_newswire, "prnewswire"),
}
