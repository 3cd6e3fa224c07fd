"""The check of the books: whether what is kept with every order and trade agrees with what it follows from."""

from __future__ import annotations

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.exchange.models import BookCheck, Disagreement

queries = db.Queries(__file__)


def check_books(tx: Tx) -> BookCheck:
    """Whether cash, ledger, shares, orders, trades, quotes and candles agree, for administrators and jobs."""
    now = clock.now()
    found = [Disagreement.model_validate(row) for row in queries.check_books(tx.conn, now=now)]
    return BookCheck(at=now, agrees=not found, disagreements=found)
