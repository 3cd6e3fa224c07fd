"""RSS as newswires write it. Elements are known by their local names: the namespaces of dc: differ from wire to wire."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from chalicelib.sources.client import SourceChangedFormat

STOCK_DOMAIN = "/rss/stock"
MAX_ITEMS = 1000


class Release(NamedTuple):
    """One press release: who issued it, its text or the beginning of it, and the listings that its wire names
    ("Nasdaq:ACME")."""

    link: str
    title: str
    at: datetime
    description: str
    issuer: str
    listings: tuple[str, ...]


def read_feed(source: str, body: bytes) -> tuple[list[Release], int]:
    """The releases of a feed, and how many items could not be read.

    Raises SourceChangedFormat for what is no RSS, and for XML with a DTD, which is how XML is made to explode.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise SourceChangedFormat(source, "the feed is not XML") from None
    if root.getroottree().docinfo.doctype:
        raise SourceChangedFormat(source, "the feed declares a DTD")
    items = list(root.iter("{*}item"))[:MAX_ITEMS]
    if _local(root) != "rss" or root.find("channel") is None:
        raise SourceChangedFormat(source, "the feed is no RSS")
    found = [release for item in items if (release := _release(item)) is not None]
    if items and not found:
        raise SourceChangedFormat(source, "no item of the feed can be read")
    return found, len(items) - len(found)


def _release(item: Any) -> Release | None:
    texts: dict[str, str] = {}
    listings = []
    for child in item:
        name = _local(child)
        text = (child.text or "").strip()
        if name == "category" and child.get("domain", "").endswith(STOCK_DOMAIN):
            listings.append(" ".join(text.split()))
        elif text:
            texts.setdefault(name, text)
    link = texts.get("link") or texts.get("guid", "")
    at = moment(texts.get("pubDate", ""))
    if at is None or not re.match(r"https?://", link) or not texts.get("title"):
        return None
    title = " ".join(html.unescape(texts["title"]).split())
    issuer = html.unescape(texts.get("contributor", ""))
    return Release(link, title, at, texts.get("description", ""), issuer, tuple(listings))


def moment(text: str) -> datetime | None:
    """A date of RFC 822, with or without seconds; None for another."""
    try:
        found = parsedate_to_datetime(" ".join(text.split()))
    except (ValueError, TypeError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""
