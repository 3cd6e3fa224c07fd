"""PR Newswire's RSS: press releases with their issuer's name.

Traps: there are no categories and no tickers, only "(NASDAQ: ACME)" in the text; about twenty items, so that whoever looks
too seldom misses some. A release's page has its whole text.
"""

from __future__ import annotations

from chalicelib.sources.wires import Wire

SOURCE = "prnewswire"


class PrNewswire(Wire):
    """Releases of everybody."""

    source = SOURCE
    home = "https://www.prnewswire.com"
    feed = "/rss/news-releases-list.rss"
