"""Splits reach everyone who holds the asset: a job looks each minute for splits whose day has come.

An administrator's booking (chalicelib/market/actions.py) writes one row and sees nobody's portfolio; it may be made weeks
ahead. On its day this job first has the market bring its prices into new shares, then replays the portfolios that held
the asset, each in a transaction of its own, so that a writer waits for one replay at most. Until its replay a portfolio
counts the old shares: seconds, as a rule. Whoever writes to it meanwhile brings the split in as well.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.core import db, log
from chalicelib.core.errors import Conflict
from chalicelib.core.jobs import Job, Outcome
from chalicelib.core.later import later

if TYPE_CHECKING:
    from chalicelib.portfolio import bookkeeping
else:
    (bookkeeping,) = later("chalicelib.portfolio", "bookkeeping")

queries = db.Queries(__file__)

PATIENCE = 45.0
"""Seconds after which a run leaves the rest to the next."""


def settle(as_of: datetime, patience: float = PATIENCE) -> Outcome:
    """Applies the splits of all days up to `as_of` to prices and portfolios."""
    until = time.monotonic() + patience
    with db.job_transaction() as tx:
        applied = list(queries.apply_splits(tx.conn, day=as_of.date()))
        waiting = [row["id"] for row in queries.unsettled_splits(tx.conn)]
    written, refused = 0, 0
    for split in waiting:
        with db.job_transaction() as tx:
            portfolios = [row["portfolio_id"] for row in queries.lacking_splits(tx.conn, action_id=split)]
        for portfolio_id in portfolios:
            if time.monotonic() > until:
                return Outcome(written, {"applied": len(applied), "refused": refused, "unfinished": True})
            done = _replay(portfolio_id)
            written += done
            refused += not done
        with db.job_transaction() as tx:
            queries.settle_split(tx.conn, action_id=split, portfolios=len(portfolios))
    return Outcome(written, {"applied": len(applied), "refused": refused})


def _replay(portfolio_id: int) -> bool:
    """False where the split contradicts what was booked, such as a sale of more than a reverse split left: the portfolio
    stays as it was, and its owner is told with the next change."""
    try:
        with db.job_transaction() as tx:
            portfolio = bookkeeping.lock(tx, portfolio_id)
            bookkeeping.rewrite(tx, portfolio, bookkeeping.history(tx, portfolio_id))
            queries.invalidate_cache(tx.conn, portfolio_id=portfolio_id)
    except Conflict as problem:
        log.info("split_refused", portfolio_id=portfolio_id, code=problem.code)
        return False
    return True


SETTLE_SPLITS = Job("settle_splits", settle)
