"""What a company has released through a newswire. A feed is everybody's: a release is the company's by its issuer's name
or its listing.
"""

from __future__ import annotations

import html
import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.sources.client import SourceChangedFormat, SourceNotFound
from chalicelib.sources.rss import Release
from chalicelib.treasury.readers import Identity, Listed, Listing, Part, Target
from chalicelib.treasury.readers.identity import names_in, same_name, same_ticker
from chalicelib.treasury.wire_feeds import SharedFeed

NEW_YORK = ZoneInfo("America/New_York")
_AMERICAN = re.compile(r"nasdaq|nyse|cboe|otc", re.IGNORECASE)
_LISTING = re.compile(
    r"\(\s?(?P<market>NASDAQ|NYSE|CBOE|OTC)[\w ]{0,12}:\s?(?P<ticker>[A-Z][A-Z.]{0,5})\b", re.IGNORECASE
)
_TAG = re.compile(r"<[^>]{0,500}>")


class NewswireReader:
    """Reads releases by their issuer's name."""

    def __init__(self, feed: SharedFeed) -> None:
        self._feed = feed

    def listing(self, target: Target, now: datetime) -> Listing:  # noqa: ARG002
        """The company's releases among those that were seen since its last look, as stored from the shared feed."""
        identity = identify(target)
        everything = target.last_checked_at is None or target.reason in ("manual", "retry")
        latest = self._feed.latest(None if everything else target.last_checked_at)
        own = [release for release in latest.releases if is_of(release, target)]
        raw = json.dumps([release._asdict() for release in own], default=str, ensure_ascii=False).encode()
        notes = [f"{len(latest.releases)} releases, {len(own)} of them the company's"]
        if latest.unreadable:
            notes.append(
                f"{latest.unreadable} of {latest.in_feed + latest.unreadable} items of the feed could not be read"
            )
        return Listing(
            identity,
            [_listed(release) for release in own],
            raw,
            tuple(dict.fromkeys((*names_in(target.name), target.external_id))),
            (target.ticker,),
            tuple(notes),
        )

    def parts(self, item: Listed) -> list[Part]:
        """The release's page; where it cannot be had, the beginning that the feed has."""
        release: Release = item.entry
        try:
            page = self._feed.page(release.link)
        except (SourceNotFound, SourceChangedFormat):
            page = None
        body = release.description if page is None else page.decode("utf-8", "replace")
        return [Part(item.key, None, item.title, item.url, "html", body)]


def identify(target: Target) -> Identity:
    """Whether an issuer's name is the company's."""
    if same_name(target.name, [target.external_id]):
        return Identity(True, f"the issuer {target.external_id} has the company's name")
    return Identity(False, f"the issuer {target.external_id} has another name than {target.name}")


def is_of(release: Release, target: Target) -> bool:
    """By the issuer's name, or by an American listing with the company's ticker. (Other exchanges share letters.)"""
    if release.issuer and same_name(target.name, [release.issuer]):
        return True
    if "." in target.ticker:
        return False
    named = [listing.rpartition(":")[2] for listing in release.listings if _AMERICAN.match(listing)]
    if not named:
        text = html.unescape(_TAG.sub(" ", f"{release.title} {release.description[:3000]}"))
        named = [found["ticker"] for found in _LISTING.finditer(text)][:1]  # the first is the issuer's own
    return same_ticker(target.ticker, named) is not None


def _listed(release: Release) -> Listed:
    day = release.at.astimezone(NEW_YORK).date()
    return Listed(release.link[:300], None, release.title, day, release.link[:2000], None, release)
