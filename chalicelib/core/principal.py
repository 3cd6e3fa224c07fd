"""Who is calling: a principal, and how an access token becomes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from chalicelib.core.errors import Unauthenticated

Role = Literal["anonymous", "user", "affiliate", "admin", "job"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The one in whose name a transaction runs. `scopes` is None for a person, a set for an API key."""

    role: Role
    user_id: UUID | None = None
    scopes: frozenset[str] | None = None
    origin: str | None = None
    """Where the call came from (an address), for the audit log."""

    def may(self, scope: str) -> bool:
        """Whether an API key's scopes allow `scope`; a person signed in may do all that their role may."""
        return self.scopes is None or scope in self.scopes


ANONYMOUS = Principal("anonymous")
JOB = Principal("job", origin="job")

Resolver = Callable[[str, str | None], Principal]
"""Turns a credential's text, sent from an address, into a principal, or raises errors.Unauthenticated."""

_resolvers: dict[str, Resolver] = {}


def register(kind: str, resolver: Resolver) -> None:
    """Teaches the ground floor a kind of credential ('bearer', 'api_key'): identity, a floor up, knows the people."""
    _resolvers[kind] = resolver


def authenticate(authorization: str | None, api_key: str | None, origin: str | None) -> Principal:
    """The principal behind a request's credentials, anonymous where it has none.

    Raises errors.Unauthenticated for credentials that are not good, also on routes that need none: a client that
    believes itself signed in should hear that it is not.
    """
    if authorization and api_key:
        raise Unauthenticated("two_credentials", "Send either an access token or an API key, not both.")
    if api_key:
        return _resolvers["api_key"](api_key, origin)
    if authorization:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated(
                "malformed_authorization", "Write the header as: Authorization: Bearer <token>."
            )
        return _resolvers["bearer"](token.strip(), origin)
    return Principal("anonymous", origin=origin)
