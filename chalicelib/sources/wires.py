"""What the newswires' clients share: a feed of the newest releases, and each release's page."""

from __future__ import annotations

from urllib.parse import urlsplit

from chalicelib.sources.client import Budget, Http, Limiter
from chalicelib.sources.rss import Release, read_feed

CALLS_PER_MINUTE = 60  # no published limits: the feeds change a few times a minute


class Wire:
    """The newest releases of one newswire. Errors: any SourceError of errors.py."""

    source: str
    home: str
    feed: str

    def __init__(self, base_url: str, limiter: Limiter, *, contact: str | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        budgets = [Budget.at_most(self.source, CALLS_PER_MINUTE, 60, at_once=0.1)]
        self._http = Http(self.source, base_url, limiter, budgets, contact=contact)

    def releases(self) -> tuple[list[Release], int, bytes]:
        """The releases of the feed, how many could not be read, and the feed as it came."""
        body = self._http.get(self.feed).body
        return *read_feed(self.source, body), body

    def page(self, link: str) -> bytes | None:
        """A release's page; None where its link leads elsewhere."""
        path = path_of(link, self.home, self._base_url)
        return None if path is None else self._http.get(path).body


def path_of(link: str, *bases: str) -> str | None:
    """A link's path below one of our own addresses, whether it says http or https; None for any other link."""
    parts = urlsplit(link)
    for base in bases:
        own = urlsplit(base)
        if (
            parts.netloc == own.netloc
            and parts.scheme in ("http", "https")
            and parts.path.startswith(f"{own.path}/")
        ):
            return parts.path[len(own.path) :] + (f"?{parts.query}" if parts.query else "")
    return None
