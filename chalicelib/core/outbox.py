"""Events that clients may subscribe to, written in the transaction that made them true and numbered per topic."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from chalicelib.core import db

queries = db.Queries(__file__)


def publish(tx: db.Tx, topic: str, kind: str, payload: dict[str, Any], audience: UUID | None = None) -> int:
    """Writes one event and returns its number. `audience` is the one user who may read it; None is everyone."""
    return int(
        queries.publish(
            tx.conn, topic=topic, kind=kind, payload=json.dumps(payload, default=str), audience=audience
        )
    )


def last_seq(tx: db.Tx, topic: str) -> int:
    """The number of the newest event of `topic` that the reader may see, 0 where there is none."""
    return int(queries.last_seq(tx.conn, topic=topic))


def read(tx: db.Tx, topic: str, after: int, limit: int) -> list[dict[str, Any]]:
    """The events of `topic` numbered above `after`, oldest first, as far as the reader may see them."""
    return list(queries.list_events(tx.conn, topic=topic, after=after, limit=limit))
