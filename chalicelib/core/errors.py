"""Problems: the errors that a client is told, in the shape of RFC 9457, and the one place where the name of a
violated database constraint becomes one of them."""

from __future__ import annotations

from typing import Any, NamedTuple


class FieldError(NamedTuple):
    """What is wrong with one field: its path ("body.quantity"), a stable code, and words that say what to do."""

    field: str
    code: str
    message: str


class Problem(Exception):
    """An error with an HTTP status, a stable `code` that clients may test for, and words for people."""

    status = 500
    code = "internal_error"
    detail = "Something went wrong on our side. Try again; if it persists, report the request id."

    def __init__(
        self,
        code: str | None = None,
        detail: str | None = None,
        *,
        fields: list[FieldError] | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        self.code = code or self.code
        self.detail = detail or self.detail
        self.fields = fields or []
        self.headers = headers or {}
        self.extra = extra
        super().__init__(f"{self.code}: {self.detail}")


class InvalidInput(Problem):
    status = 422
    code = "invalid_input"
    detail = "The request has fields that cannot be accepted; see `errors`."


class MalformedRequest(Problem):
    status = 400
    code = "malformed_request"
    detail = "The request could not be read."


class Unauthenticated(Problem):
    status = 401
    code = "unauthenticated"
    detail = "Send a valid access token (Authorization: Bearer …) or API key (X-Api-Key)."

    def __init__(self, code: str | None = None, detail: str | None = None, **extra: Any) -> None:
        super().__init__(code, detail, headers={"WWW-Authenticate": 'Bearer realm="holdfast"'}, **extra)


class Forbidden(Problem):
    status = 403
    code = "forbidden"
    detail = "This account may not do that."


class NotFound(Problem):
    status = 404
    code = "not_found"
    detail = "There is nothing here, or it is not yours to see."


class Conflict(Problem):
    status = 409
    code = "conflict"
    detail = "The request contradicts the present state."


class TooLarge(Problem):
    status = 413
    code = "too_large"
    detail = "The request body is too large."


class TooManyRequests(Problem):
    """Carries `retry_after`, seconds until a new attempt can succeed."""

    status = 429
    code = "too_many_requests"
    detail = "Too many requests; wait as long as Retry-After says."

    def __init__(self, retry_after: float, code: str | None = None, detail: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(code, detail, headers={"Retry-After": str(max(1, round(retry_after + 0.5)))})


class Unavailable(Problem):
    status = 503
    code = "unavailable"
    detail = "A part that this needs is not available right now. Try again shortly."

    def __init__(self, code: str | None = None, detail: str | None = None, **extra: Any) -> None:
        super().__init__(code, detail, headers={"Retry-After": "5"}, **extra)


UNSTORABLE = ("22003", "22008", "22021", "22P05")
"""Number out of range, date out of range, and characters that the database cannot keep: the caller's values."""

_constraints: dict[str, tuple[type[Problem], str, str]] = {}


def name_constraints(words: dict[str, tuple[type[Problem], str, str]]) -> None:
    """Registers what it means to violate a named constraint: {constraint: (problem type, code, detail)}.

    The database is the judge; this gives its verdict words. A function in SQL raises a domain error the same way:
    `raise exception using constraint = 'name', message = 'detail'` (an empty detail here takes the message from there).
    """
    for name, meaning in words.items():
        if _constraints.get(name, meaning) != meaning:
            raise ValueError(f"constraint {name} has two meanings")
        _constraints[name] = meaning


def named_constraints() -> frozenset[str]:
    """The names registered so far: a test holds them against the database."""
    return frozenset(_constraints)


def from_database(exc: Exception) -> Problem | None:
    """The problem that a psycopg error amounts to, or None where it is a fault of ours."""
    import psycopg

    if not isinstance(exc, psycopg.Error):
        return None
    if exc.diag.constraint_name in _constraints:
        kind, code, detail = _constraints[exc.diag.constraint_name]
        return kind(code, detail or exc.diag.message_primary)
    if isinstance(exc, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
        return Unavailable("busy", "The database took too long to answer this. Try again.")
    if isinstance(exc, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected):
        return Unavailable("busy", "Another request was changing the same rows. Try again.")
    if isinstance(exc, psycopg.errors.InsufficientPrivilege):
        return Forbidden()
    if exc.sqlstate in UNSTORABLE:
        return InvalidInput(detail="A value is out of range, or holds characters that cannot be stored.")
    # no state: the connection was lost. 08: so the server says; 53: too many connections; 57P: it is shutting down or
    # starting up
    if isinstance(exc, psycopg.OperationalError) and (exc.sqlstate or "08").startswith(("08", "53", "57P")):
        return Unavailable(
            "database_unavailable", "The database cannot be reached right now. Try again shortly."
        )
    return None
