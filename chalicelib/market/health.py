"""How the outside sources are doing: the last answer and the last failure of each."""

from __future__ import annotations

from chalicelib.core import db, log
from chalicelib.market.feeds import OwnBudgetUsedUp
from chalicelib.sources.client import SourceError

queries = db.Queries(__file__)


def note(tx: db.Tx, source: str, error: SourceError | None) -> None:
    """Records that `source` answered (None) or failed. Our own budget being used up is no failure of the source."""
    if isinstance(error, OwnBudgetUsedUp):
        return
    if error is None:
        queries.note_success(tx.conn, source=source)
        return
    queries.note_failure(tx.conn, source=source, error=f"{type(error).__name__}: {error.detail}"[:1000])
    log.metric("SourceFailures", 1, Source=source)
