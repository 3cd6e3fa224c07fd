"""Tokens: signed access tokens (JWT), and opaque secrets of which only a hash is stored.

An access token is signed with HS256, because the same code that issues it verifies it. Verification follows
RFC 8725: one algorithm, explicit type, issuer and audience, and a key found by `kid` among our own.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from chalicelib.core import clock
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.settings import reveal, settings

ALGORITHM = "HS256"
TYPE = "at+jwt"
ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
LEEWAY_SECONDS = 5
"""By how much the clocks of two machines may differ."""

MIN_KEY_BYTES = 32
"""RFC 7518, 3.2: an HS256 key is at least as long as the hash."""

REQUIRED = ["iss", "aud", "sub", "role", "iat", "nbf", "exp", "jti", "sid"]
REFRESH_PREFIX = "hfr_"
API_KEY_PREFIX = "hf_"


class Claims(NamedTuple):
    """What a good access token says. `session` is the sign-in it came from: a family of refresh tokens."""

    user_id: UUID
    role: str
    session: UUID


def sign(claims: Claims) -> str:
    """An access token, good for ACCESS_LIFETIME. Raises LookupError where no good key is configured."""
    import jwt

    key_id, key = next(iter(_keys(reveal("token_keys")).items()))
    now = int(clock.now().timestamp())
    payload = {
        "iss": settings().token_issuer,
        "aud": settings().token_audience,
        "sub": str(claims.user_id),
        "role": claims.role,
        "sid": str(claims.session),
        "iat": now,
        "nbf": now,
        "exp": now + int(ACCESS_LIFETIME.total_seconds()),
        "jti": str(uuid.uuid4()),
    }
    return jwt.encode(payload, key, algorithm=ALGORITHM, headers={"kid": key_id, "typ": TYPE})


def verify(token: str) -> Claims:
    """What an access token says.

    Raises Unauthenticated: token_expired, or token_invalid for whatever else is wrong with it.
    """
    payload = _authentic(token)
    try:
        now = clock.now().timestamp()
        starts = max(float(payload["nbf"]), float(payload["iat"]))
        ends = float(payload["exp"])
        claims = Claims(UUID(payload["sub"]), str(payload["role"]), UUID(payload["sid"]))
    except (ValueError, TypeError, AttributeError) as exc:
        raise _invalid() from exc
    if now >= ends + LEEWAY_SECONDS:
        raise Unauthenticated(
            "token_expired", "The access token has expired. Get a new one at /v1/auth/refresh."
        )
    if now < starts - LEEWAY_SECONDS:
        raise _invalid()
    return claims


def _authentic(token: str) -> dict[str, Any]:
    """The payload of a token that one of our keys signed for this issuer and audience.

    Its times are yet to be checked: PyJWT would compare them with the machine's clock, not with `core.clock`.
    """
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        key = _keys(reveal("token_keys")).get(str(header.get("kid")))
        if key is None or header.get("typ") != TYPE:
            raise _invalid()
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=settings().token_audience,
            issuer=settings().token_issuer,
            options={"require": REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.PyJWTError as exc:
        raise _invalid() from exc


def _invalid() -> Unauthenticated:
    return Unauthenticated(
        "token_invalid", "The access token is not one of ours, or was altered. Sign in again."
    )


@cache
def _keys(text: str) -> dict[str, bytes]:
    """The keys by their id, the signing one first."""
    keys = {str(key_id): str(secret).encode() for key_id, secret in json.loads(text).items()}
    if not keys or any(len(key) < MIN_KEY_BYTES for key in keys.values()):
        raise LookupError(f"HOLDFAST_TOKEN_KEYS needs keys of at least {MIN_KEY_BYTES} bytes")
    return keys


def new_refresh_token() -> str:
    """A refresh token: 256 random bits behind a prefix by which a leaked one is recognised."""
    return REFRESH_PREFIX + secrets.token_urlsafe(32)


def new_api_key() -> str:
    """An API key: 256 random bits behind its prefix."""
    return API_KEY_PREFIX + secrets.token_urlsafe(32)


def fingerprint(secret: str) -> bytes:
    """What is stored of a token or key.

    A fast hash is right here: 256 random bits cannot be guessed, unlike a password.
    """
    return hashlib.sha256(secret.encode()).digest()
