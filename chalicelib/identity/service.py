"""Accounts and sessions: signing up and in, staying signed in, and who is behind an access token.

A password is hashed with no transaction open: 30 ms of a processor would be 30 ms of a held connection. So
these use cases open their transactions themselves, and count the attempt first: a flood of wrong passwords
costs no hashing.
"""

from __future__ import annotations

import hashlib
import secrets
from ipaddress import ip_address, ip_network
from typing import NamedTuple
from uuid import UUID

from chalicelib.core import clock, db, limits
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, Forbidden, InvalidInput, Unauthenticated
from chalicelib.core.principal import ANONYMOUS, Principal, Role
from chalicelib.identity import passwords, tokens
from chalicelib.identity.models import (
    Credentials,
    Me,
    PasswordChange,
    Registration,
    Session,
    normal_email,
)

queries = db.Queries(__file__)

QUARTER_HOUR = 15 * 60
HOUR = 60 * 60
LOGINS_PER_ACCOUNT = 10
LOGINS_PER_ADDRESS = 100
REGISTRATIONS_PER_ADDRESS = 100
REFRESHES_PER_ADDRESS = 300

WAIT = "Too many attempts. Wait as long as Retry-After says, then try again."


class Admin(NamedTuple):
    """An administrator made by `make_admin`; `password` only where it was made up and must be shown now."""

    id: UUID
    email: str
    created: bool
    password: str | None


def register(who: Principal, body: Registration) -> Session:
    """Makes an account and signs it in.

    Raises Conflict (email_taken): that an address has an account is said openly, because without e-mail
    delivery nothing else would help its owner; the limit per address keeps it from being used to try out
    many. Raises InvalidInput (weak_password), TooManyRequests.
    """
    limits.require(_address("register", who), 1, REGISTRATIONS_PER_ADDRESS, HOUR, WAIT)
    password = body.password.get_secret_value()
    passwords.require_good(password, body.email)
    digest = passwords.digest(password)
    with db.transaction(_stranger(who)) as tx:
        user_id = queries.register(
            tx.conn, email=body.email, password_hash=digest, display_name=body.display_name
        )
        return _open_session(tx, user_id, "user")


def log_in(who: Principal, body: Credentials) -> Session:
    """Signs an account in. The answer and its time are the same for a wrong password and an unknown address.

    Raises Unauthenticated (wrong_credentials); Forbidden (account_deactivated), only to who knows the
    password; TooManyRequests.
    """
    _count_attempt(who, body.email)
    password = body.password.get_secret_value()
    with db.transaction(_stranger(who)) as tx:
        account = queries.credentials(tx.conn, email=body.email)
    if not passwords.matches(password, account and account["password_hash"]):
        raise Unauthenticated("wrong_credentials", "The e-mail address or the password is wrong.")
    if not account["is_active"]:
        raise _deactivated()
    stored = account["password_hash"]
    renewed = passwords.digest(password) if passwords.outdated(stored) else None
    with db.transaction(_stranger(who)) as tx:
        if renewed is not None:
            queries.replace_password_hash(tx.conn, user_id=account["id"], seen=stored, new=renewed)
        return _open_session(tx, account["id"], account["role"])


def refresh(who: Principal, refresh_token: str) -> Session:
    """Exchanges a refresh token for a new one and a new access token, with the account's role as it is now.

    A token that was used before ends its whole family (RFC 9700, 4.14.2), and that is committed although the
    answer is an error. Of two requests with one token at the same time, one wins; the other counts as reuse.
    Raises Unauthenticated: refresh_reused, refresh_expired, refresh_revoked, refresh_invalid.
    """
    limits.require(_address("refresh", who), 1, REFRESHES_PER_ADDRESS, QUARTER_HOUR, WAIT)
    new = tokens.new_refresh_token()
    now = clock.now()
    with db.transaction(_stranger(who)) as tx:
        found = queries.rotate_refresh_token(
            tx.conn,
            token_hash=tokens.fingerprint(refresh_token),
            new_hash=tokens.fingerprint(new),
            at=now,
            expires_at=now + tokens.REFRESH_LIFETIME,
        )
        role = queries.session_role(tx.conn, user_id=found["user_id"], family_id=found["family_id"])
    if found["outcome"] != "rotated" or role is None:
        raise _refused(found["outcome"])
    return _session(tokens.Claims(found["user_id"], role, found["family_id"]), new)


def log_out(who: Principal, refresh_token: str, everywhere: bool) -> None:
    """Ends the session of a refresh token, or all of its owner's. An unknown token is no error (RFC 7009)."""
    with db.transaction(_stranger(who)) as tx:
        queries.end_session(
            tx.conn, token_hash=tokens.fingerprint(refresh_token), everywhere=everywhere, at=clock.now()
        )


def change_password(who: Principal, body: PasswordChange) -> Session:
    """Sets a new password, signs the account out everywhere, and in again here.

    Raises InvalidInput (wrong_password, weak_password), TooManyRequests.
    """
    with db.transaction(who) as tx:
        email = queries.find_account(tx.conn, user_id=who.user_id)["email"]
    _count_attempt(who, email)
    with db.transaction(who) as tx:
        account = queries.credentials(tx.conn, email=email)
    if not passwords.matches(body.current_password.get_secret_value(), account["password_hash"]):
        raise _wrong_password()
    new = body.new_password.get_secret_value()
    passwords.require_good(new, email, "body.new_password")
    digest = passwords.digest(new)
    with db.transaction(who) as tx:
        replaced = queries.replace_password_hash(
            tx.conn, user_id=account["id"], seen=account["password_hash"], new=digest
        )
        if not replaced:
            raise _wrong_password()
        queries.end_all_sessions(tx.conn, user_id=account["id"], at=clock.now())
        return _open_session(tx, account["id"], account["role"])


def show_me(tx: Tx) -> Me:
    """The account in whose name the request acts."""
    account = queries.find_account(tx.conn, user_id=tx.who.user_id)
    return Me(
        id=account["id"],
        email=account["email"],
        role=tx.who.role,
        scopes=None if tx.who.scopes is None else sorted(tx.who.scopes),
        created_at=account["created_at"],
        last_login_at=account["last_login_at"],
    )


def person_behind(token: str, origin: str | None) -> Principal:
    """The person behind an access token: what 'bearer' credentials are resolved with.

    The signature says who it is; the database is asked each time (one read by key) whether the session still
    stands and what the role is now. So signing out, deactivation and demotion take effect at once and not
    when the token expires. A token never makes an administrator that it was not signed for. Raises
    Unauthenticated: token_invalid, token_expired, token_revoked.
    """
    claims = tokens.verify(token)
    with db.transaction(ANONYMOUS) as tx:
        current: Role | None = queries.session_role(tx.conn, user_id=claims.user_id, family_id=claims.session)
    if current is None:
        raise Unauthenticated("token_revoked", "This session has ended. Sign in again.")
    role = "user" if current == "admin" and claims.role != "admin" else current
    return Principal(role, claims.user_id, origin=origin)


def make_admin(email: str, password: str | None = None) -> Admin:
    """Makes an administrator, or promotes (and activates) the account that has this address: for the command
    line.

    Acts as a job. A new account without a password gets one made up, to be shown once; that of an existing
    account stays unless one is given, which then also ends its sessions. Raises InvalidInput for a bad
    address or a weak password.
    """
    try:
        email = normal_email(email)
    except ValueError as exc:
        raise InvalidInput(fields=[FieldError("email", "invalid_email", str(exc))]) from exc
    if password is not None:
        passwords.require_good(password, email, "password")
    digest = None if password is None else passwords.digest(password)
    with db.job_transaction() as tx:
        promoted = queries.promote(tx.conn, email=email, password_hash=digest)
        if promoted is not None:
            if digest is not None:
                queries.end_all_sessions(tx.conn, user_id=promoted["id"], at=clock.now())
            return Admin(promoted["id"], email, created=False, password=None)
    chosen = password or secrets.token_urlsafe(18)
    digest = digest or passwords.digest(chosen)
    with db.job_transaction() as tx:
        user_id = queries.insert_admin(tx.conn, email=email, password_hash=digest)
    return Admin(user_id, email, created=True, password=None if password else chosen)


def _open_session(tx: Tx, user_id: UUID, role: str) -> Session:
    new = tokens.new_refresh_token()
    now = clock.now()
    family = queries.open_session(
        tx.conn,
        user_id=user_id,
        token_hash=tokens.fingerprint(new),
        at=now,
        expires_at=now + tokens.REFRESH_LIFETIME,
    )
    if family is None:
        raise _deactivated()
    return _session(tokens.Claims(user_id, role, family), new)


def _session(claims: tokens.Claims, refresh_token: str) -> Session:
    return Session(
        user_id=claims.user_id,
        access_token=tokens.sign(claims),
        expires_in=int(tokens.ACCESS_LIFETIME.total_seconds()),
        refresh_token=refresh_token,
        refresh_expires_at=clock.now() + tokens.REFRESH_LIFETIME,
    )


def _count_attempt(who: Principal, email: str) -> None:
    """Counts one password tried.

    For the address first: what it may not try any more must not use up the account's attempts.
    """
    limits.require(_address("login", who), 1, LOGINS_PER_ADDRESS, QUARTER_HOUR, WAIT)
    limits.require(f"login:account:{_blind(email)}", 1, LOGINS_PER_ACCOUNT, QUARTER_HOUR, WAIT)


def _address(action: str, who: Principal) -> str:
    """The budget of the caller's network: of IPv6 the /64, all of which one household or attacker has."""
    place = who.origin or "nowhere"
    try:
        if ip_address(place).version == 6:
            place = str(ip_network(f"{place}/64", strict=False))
    except ValueError:
        place = "nowhere"
    return f"{action}:address:{_blind(place)}"


def _blind(text: str) -> str:
    """A bucket's name without personal data in it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _stranger(who: Principal) -> Principal:
    """Nobody yet, but from the same place: for the audit log."""
    return Principal("anonymous", origin=who.origin)


def _deactivated() -> Forbidden:
    return Forbidden("account_deactivated", "This account was deactivated. Ask an administrator.")


def _wrong_password() -> InvalidInput:
    words = "This is not the current password."
    return InvalidInput(
        "wrong_password", words, fields=[FieldError("body.current_password", "wrong_password", words)]
    )


def _refused(outcome: str) -> Unauthenticated:
    detail = {
        "reused": "This refresh token was used before, so the session was ended. Sign in again.",
        "expired": "The refresh token has expired. Sign in again.",
        "unknown": "This is not a refresh token of ours. Sign in again.",
    }.get(outcome, "This session has ended. Sign in again.")
    code = {"unknown": "invalid", "rotated": "revoked"}.get(outcome, outcome)
    return Unauthenticated(f"refresh_{code}", detail)
