"""Who is calling: a principal, and how an access token becomes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

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
