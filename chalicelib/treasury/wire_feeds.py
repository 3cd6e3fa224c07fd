"""A newswire's feed, shared by all companies: fetched once in a while by one worker, kept in the database for the others.

A feed is everybody's: to ask for it company by company would be the same request over and over. And it has only its newest
twenty or so releases; whoever looks by the hour misses most. So it is fetched every few minutes, and what it had is kept.
"""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.core import db
from chalicelib.market.feeds import OwnBudgetUsedUp
from chalicelib.sources.rss import Release
from chalicelib.sources.wires import Wire

queries = db.Queries(__file__, "wires.sql")

FRESH = timedelta(minutes=5)
"""A feed that was fetched within that time is not fetched again, whoever asks."""
LEASE = timedelta(seconds=75)
"""A worker that fetches longer than that is dead: an answer has sixty seconds."""
KEPT = timedelta(days=7)
OVERLAP = timedelta(hours=1)
"""Releases that were seen shortly before a company's last look are looked at once more: nothing is read twice anyway."""
PATIENCE = 3.0
"""Seconds for which a worker waits for another one's fetch, before its job goes back to the queue."""
LOOK_EVERY = 0.2
LONGEST = 4000
"""Characters of a release's text in the feed that are kept: matching takes its first 3,000."""


class Latest(NamedTuple):
    """Releases to look at, and how many the feed had and could not be read when it was last fetched."""

    releases: list[Release]
    in_feed: int
    unreadable: int


class SharedFeed:
    """One newswire's releases of the last days."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def refresh(self) -> int:
        """Fetches the feed unless it is fresh; how many releases were new. Raises SourceError."""
        give_up = time.monotonic() + PATIENCE
        while (state := self._take()) == "theirs":
            if time.monotonic() > give_up:
                raise OwnBudgetUsedUp(
                    self._wire.source,
                    "another worker is fetching the feed",
                    retry_after=LEASE.total_seconds() / 5,
                )
            time.sleep(LOOK_EVERY)
        if state == "fresh":
            return 0
        try:
            releases, unreadable, _ = self._wire.releases()
        except BaseException:
            with db.job_transaction() as tx:
                queries.leave(tx.conn, wire=self._wire.source)
            raise
        rows = [
            release._asdict() | {"description": release.description[:LONGEST]}
            for release in releases
            if len(release.link) <= 2000
        ]
        with db.job_transaction() as tx:
            return int(
                queries.keep(
                    tx.conn,
                    wire=self._wire.source,
                    releases=json.dumps(rows, default=str),
                    unreadable=unreadable,
                    keep=KEPT,
                )
            )

    def latest(self, since: datetime | None) -> Latest:
        """What was released by everybody and first seen since a moment (None: all that is kept), fetched where need be."""
        self.refresh()
        with db.job_transaction() as tx:
            feed = queries.feed(tx.conn, wire=self._wire.source)
            rows = queries.releases(
                tx.conn, wire=self._wire.source, since=None if since is None else since - OVERLAP
            )
            found = [Release(**{**row, "listings": tuple(row["listings"])}) for row in rows]
        return Latest(found, feed["releases"], feed["unreadable"])

    def page(self, link: str) -> bytes | None:
        """A release's page; None where its link leads elsewhere. Raises SourceError."""
        return self._wire.page(link)

    def _take(self) -> str:
        with db.job_transaction() as tx:
            return str(queries.take(tx.conn, wire=self._wire.source, fresh=FRESH, lease=LEASE))
