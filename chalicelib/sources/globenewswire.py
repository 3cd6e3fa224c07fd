"""GlobeNewswire's RSS: press releases of listed companies, each with the listings of its issuer.

Traps: pubDate has no seconds; dc: is bound to another address than elsewhere; listings come in several spellings
("Nasdaq:ACME", "NYSE American: ACME") and, in older feeds, under http:// domains. A release's page has its whole text.
"""

from __future__ import annotations

from chalicelib.sources.wires import Wire

SOURCE = "globenewswire"


class GlobeNewswire(Wire):
    """Releases of public companies."""

    source = SOURCE
    home = "https://www.globenewswire.com"
    feed = "/RssFeed/orgclass/1/feedTitle/GlobeNewswire%20-%20News%20about%20Public%20Companies"
