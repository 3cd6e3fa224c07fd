"""GlobeNewswire and PR Newswire: a feed of the newest releases each, in its own dialect of RSS, and the releases' pages."""

from __future__ import annotations

from datetime import UTC
from xml.sax.saxutils import escape

from local.standins.announcements import Release, Wire
from local.standins.wire import Reply, Request

_GLOBE = (
    '<rss version="2.0" xmlns:dc="http://dublincore.org/documents/dcmi-namespace/">'
    "<channel><title>Public Companies</title>"
)
_PR = (
    '<rss version="2.0" xmlns:prn="http://www.prnewswire.com/ns/0.1/#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<channel><title>All News Releases</title>"
)
NEWEST = 20


def globenewswire(request: Request) -> Reply:
    """Answer one request."""
    return _reply(request, "globenewswire", "/RssFeed/")


def prnewswire(request: Request) -> Reply:
    """Answer one request."""
    return _reply(request, "prnewswire", "/rss/")


def _reply(request: Request, wire: Wire, feed: str) -> Reply:
    there = [
        it for it in request.histories.announcements.releases if it.wire == wire and it.at <= request.now
    ]
    if request.path.startswith(feed):
        base = f"http://{request.headers.get('Host', '127.0.0.1')}/{wire}"
        write, head = (_globe_item, _GLOBE) if wire == "globenewswire" else (_pr_item, _PR)
        items = "".join(write(it, base) for it in sorted(there, key=lambda it: it.at, reverse=True)[:NEWEST])
        body = f'<?xml version="1.0" encoding="utf-8"?>{head}{items}</channel></rss>'
        return Reply(200, body.encode(), "text/xml; charset=utf-8")
    release = next((it for it in there if it.path == request.path), None)
    if release is None:
        return Reply(404, b"<html><body>Not Found</body></html>", "text/html")
    return Reply(200, release.body.encode(), "text/html; charset=utf-8")


def _globe_item(release: Release, base: str) -> str:
    link = escape(base + release.path)
    return (
        f'<item><guid isPermaLink="true">{link}</guid><link>{link}</link>'
        f'<category domain="https://www.globenewswire.com/rss/stock">{escape(release.listing)}</category>'
        "<category>Company Announcement</category>"
        f"<title>{escape(release.title)}</title><description><![CDATA[<p>{release.summary}</p>]]></description>"
        f"<pubDate>{release.at.astimezone(UTC):%a, %d %b %Y %H:%M} GMT</pubDate>"
        f"<dc:identifier>3000000</dc:identifier><dc:language>en</dc:language>"
        f"<dc:contributor>{escape(release.issuer)}</dc:contributor></item>"
    )


def _pr_item(release: Release, base: str) -> str:
    link = escape(base + release.path)
    return (
        f"<item><title>{escape(release.title)}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{release.at.astimezone(UTC):%a, %-d %b %Y %H:%M:%S +0000}</pubDate>"
        f"<description><![CDATA[{release.summary}]]></description><prn:industry>FIN</prn:industry>"
        f"<prn:subject>{escape('Corporate News')}</prn:subject><dc:contributor>{escape(release.issuer)}</dc:contributor>"
        f"<dc:publisher>PR Newswire</dc:publisher></item>"
    )
