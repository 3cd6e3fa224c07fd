"""Jobs that look after the books: that they agree, and that trades find the partition of their month."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.core import db, log
from chalicelib.core.jobs import Job, Outcome
from chalicelib.core.later import later

if TYPE_CHECKING:
    from chalicelib.exchange import books
else:
    (books,) = later("chalicelib.exchange", "books")

queries = db.Queries(__file__)

SAID = 20
"""Disagreements named in the record of a run; a route tells all."""

AHEAD = timedelta(days=93)


class BooksDisagree(Exception):
    """The exchange's books contradict themselves. Says which rules, and of what."""


def check_books(as_of: datetime) -> Outcome:  # noqa: ARG001 - the books are checked as they are now
    """Fails where the books disagree, and says in what. Raises BooksDisagree."""
    with db.job_transaction() as tx:
        found = books.check_books(tx).disagreements
    log.metric("BookDisagreements", len(found))
    if found:
        named = "; ".join(
            f"{each.rule}: {each.subject}: {each.expected}, not {each.found}" for each in found[:SAID]
        )
        raise BooksDisagree(f"{len(found)} in all: {named}")
    return Outcome()


def make_partitions(as_of: datetime) -> Outcome:
    """Makes the partitions of the next three months' trades ahead."""
    with db.job_transaction() as tx:
        return Outcome(queries.make_trade_partitions(tx.conn, from_moment=as_of, until=as_of + AHEAD))


CHECK_BOOKS = Job("check_exchange_books", check_books)
MAKE_TRADE_PARTITIONS = Job("make_trade_partitions", make_partitions, timedelta(days=1))
