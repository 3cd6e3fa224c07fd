"""Passwords: which are good enough, and argon2id hashes of them.

Rules as NIST SP 800-63B asks: length instead of character classes, nothing that is guessed first, spaces and
all of Unicode allowed, normalised (NFKC) so that the same keys pressed on two machines give the same
password.

Cost as the OWASP Password Storage Cheat Sheet asks: argon2id with 19 MiB, 2 passes, 1 lane; about 30 ms.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.core.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_LENGTH = 12
MAX_LENGTH = 128
"""In characters. NIST wants at least 64 to be possible; a bound keeps the cost of one request bounded."""

MIN_DISTINCT = 4
MIN_NAME = 4
"""An e-mail name shorter than this may appear in a password by chance."""

_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$wCGXvJdJghbN/rwRbVEf3w$FB7ncPfMF9C9Z5tqthU/vl0qZcom4pOcXmpolkNus04"
"""A hash at today's cost that belongs to nobody: checking against it takes as long as checking a real one."""


def require_good(password: str, email: str, field: str = "body.password") -> None:
    """Raises InvalidInput (weak_password, with what to do) unless `password` suits the account of `email`."""
    text = _normal(password)
    folded = text.casefold()
    name = email.partition("@")[0].casefold()
    fault = None
    if len(text) < MIN_LENGTH:
        fault = ("too_short", f"Use at least {MIN_LENGTH} characters; several words in a row are good.")
    elif len(text) > MAX_LENGTH:
        fault = ("too_long", f"Use at most {MAX_LENGTH} characters.")
    elif len(set(folded)) < MIN_DISTINCT or folded in _common():
        fault = ("too_common", "This password is among the first to be guessed. Choose another.")
    elif len(name) >= MIN_NAME and name in folded:
        fault = ("contains_email", "Choose a password that does not contain the name in the e-mail address.")
    if fault:
        raise InvalidInput("weak_password", fault[1], fields=[FieldError(field, *fault)])


def digest(password: str) -> str:
    """The argon2id hash to store, with its own salt and parameters inside."""
    return _hasher().hash(_normal(password))


def matches(password: str, stored: str | None) -> bool:
    """Whether `password` is the one behind `stored`. None (no such account) takes as long to refuse."""
    from argon2.exceptions import VerificationError

    try:
        good = _hasher().verify(stored or _NOBODY, _normal(password))
    except VerificationError:
        return False
    return good and stored is not None


def outdated(stored: str) -> bool:
    """Whether `stored` was made at another cost than today's, and is to be replaced at the next sign-in."""
    return _hasher().check_needs_rehash(stored)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


@cache
def _common() -> frozenset[str]:
    """The most common passwords that are long enough to pass otherwise, in lower case, one a line."""
    text = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # only where a password is handled: not part of every cold start

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
