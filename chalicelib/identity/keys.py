"""API keys: for machines that act in a person's name, each with its own scopes and end."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from chalicelib.core import clock, db, http
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, InvalidInput, NotFound, Unauthenticated
from chalicelib.core.models import Page, PageQuery
from chalicelib.core.principal import ANONYMOUS, Principal, Role
from chalicelib.identity import tokens
from chalicelib.identity.models import ApiKey, CreatedApiKey, NewApiKey
from chalicelib.identity.people import newest_first

queries = db.Queries(__file__)

SHOWN = len(tokens.API_KEY_PREFIX) + 8
"""How much of a key is kept to tell it apart: of its 256 random bits, 208 stay unknown."""


def known_scopes() -> list[str]:
    """The scopes that a key can have: those of the declared routes, without the administrators'."""
    return sorted(
        {operation.scope for operation in http.operations if operation.scope and operation.access != "admin"}
    )


def create_api_key(tx: Tx, body: NewApiKey) -> CreatedApiKey:
    """Makes a key, whose text is in this answer and nowhere else.

    Raises InvalidInput (unknown_scope), Conflict (api_key_name_taken, too_many_api_keys).
    """
    _require_known(body.scopes)
    key = tokens.new_api_key()
    now = clock.now()
    row = queries.create_api_key(
        tx.conn,
        user_id=tx.who.user_id,
        name=body.name,
        prefix=key[:SHOWN],
        key_hash=tokens.fingerprint(key),
        scopes=sorted(set(body.scopes)),
        at=now,
        expires_at=now + timedelta(days=body.expires_in_days),
    )
    return CreatedApiKey.model_validate({**row, "key": key})


def list_api_keys(tx: Tx, query: PageQuery) -> Page[ApiKey]:
    """The caller's keys, the newest first, with those expired or revoked."""
    at, last = newest_first(query.cursor)
    rows = queries.list_api_keys(
        tx.conn, user_id=tx.who.user_id, after_at=at, after_id=last, limit=query.limit + 1
    )
    keys = [ApiKey.model_validate(row) for row in rows]
    return Page[ApiKey].of(keys, query.limit, lambda key: [key.created_at.isoformat(), str(key.id)])


def revoke_api_key(tx: Tx, key_id: UUID) -> None:
    """Ends a key at once. Raises NotFound."""
    if queries.revoke_api_key(tx.conn, user_id=tx.who.user_id, id=key_id, at=clock.now()) == 0:
        raise NotFound()


def machine_behind(key: str, origin: str | None) -> Principal:
    """For whom an API key acts: what 'api_key' credentials are resolved with.

    A key acts with its owner's role, but an administrator's key as 'user': keys lie in files and
    environments, and what can be read there must not be able to change people's accounts. Raises
    Unauthenticated (api_key_invalid).
    """
    with db.transaction(ANONYMOUS) as tx:
        found = queries.use_api_key(tx.conn, key_hash=tokens.fingerprint(key), at=clock.now())
    if found is None:
        raise Unauthenticated("api_key_invalid", "This API key is not known, has expired or was revoked.")
    role: Role = "user" if found["role"] == "admin" else found["role"]
    return Principal(role, found["user_id"], frozenset(found["scopes"]), origin)


def _require_known(scopes: list[str]) -> None:
    known = known_scopes()
    faults = [
        FieldError(f"body.scopes.{place}", "unknown_scope", f"Choose from: {', '.join(known)}.")
        for place, scope in enumerate(scopes)
        if scope not in known
    ]
    if faults:
        raise InvalidInput(fields=faults)
