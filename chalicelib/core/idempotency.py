"""Idempotency keys: the first answer to a request is kept with the work it did, and replayed for the same key."""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

from chalicelib.core import db
from chalicelib.core.errors import Conflict, FieldError, InvalidInput

queries = db.Queries(__file__)

HEADER = "Idempotency-Key"
MAX_LENGTH = 255
MISSING = FieldError(
    f"header.{HEADER}",
    "missing",
    f"Send the header {HEADER} with a new UUID, such as {HEADER}: 6f1cbe0e-2b53-4f0a-9a7c-0d8b3f4f5a11, and the same one "
    "when you send this request again because you do not know its outcome: then it is done once.",
)


class Answer(NamedTuple):
    """A stored answer: HTTP status and body."""

    status: int
    body: str


def claim(tx: db.Tx, key: str, request: str, body: bytes) -> Answer | None:
    """Takes `key` for this request and returns None, or the answer that was given under it before.

    In the transaction of the work itself: a second request with the same key waits until the first has ended, then finds
    its answer, or the key free if it failed. Raises Conflict when the key was used for something else.

    Work in two transactions (Tx.renew, Tx.alone) commits its key before there is an answer. The same request then goes
    through again, while the first is under way or after it died: such work must itself find by the key what it did (orders
    that wait for a busy book do).
    """
    if not 1 <= len(key) <= MAX_LENGTH or not key.isprintable():
        message = f"Use 1 to {MAX_LENGTH} printable characters, such as a UUID."
        raise InvalidInput(fields=[FieldError(f"header.{HEADER}", "invalid_key", message)])
    digest = hashlib.sha256(body).digest()
    user_id = tx.who.user_id
    if queries.claim_key(tx.conn, user_id=user_id, key=key, request=request, body_hash=digest) == 1:
        return None
    stored = queries.stored_answer(tx.conn, user_id=user_id, key=key)
    if stored["request"] != request or not hmac.compare_digest(bytes(stored["body_hash"]), digest):
        raise Conflict(
            "idempotency_key_reused", "This Idempotency-Key was used for a different request. Use a new one."
        )
    return None if stored["status"] is None else Answer(stored["status"], stored["response"])


def keep(tx: db.Tx, key: str, answer: Answer) -> None:
    """Stores the answer given under `key`, to be committed with the work."""
    queries.store_answer(tx.conn, user_id=tx.who.user_id, key=key, status=answer.status, response=answer.body)


def release(tx: db.Tx, key: str) -> None:
    """Lets go of a key without an answer: for work in two transactions that was refused after its key was committed."""
    queries.release_key(tx.conn, user_id=tx.who.user_id, key=key)
