"""What people keep about themselves, profile and settings, and what administrators do with accounts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, InvalidInput, NotFound
from chalicelib.core.models import Page, PageQuery, decode_cursor
from chalicelib.identity.models import Profile, ProfileChange, Role, Setting, SettingValue, User, UsersQuery

queries = db.Queries(__file__)


def show_profile(tx: Tx) -> Profile:
    """The caller's own profile."""
    return Profile.model_validate(queries.find_profile(tx.conn, user_id=tx.who.user_id))


def change_profile(tx: Tx, change: ProfileChange) -> Profile:
    """Changes the fields that were sent, and no others."""
    queries.change_profile(
        tx.conn,
        user_id=tx.who.user_id,
        set_display_name="display_name" in change.model_fields_set,
        display_name=change.display_name,
        set_avatar_url="avatar_url" in change.model_fields_set,
        avatar_url=change.avatar_url,
    )
    return show_profile(tx)


def list_settings(tx: Tx, query: PageQuery) -> Page[Setting]:
    """The caller's settings by name."""
    after = decode_cursor(query.cursor, str)
    rows = queries.list_settings(
        tx.conn, user_id=tx.who.user_id, after=_plain(after[0]) if after else None, limit=query.limit + 1
    )
    return Page[Setting].of(
        [Setting.model_validate(row) for row in rows], query.limit, lambda item: [item.name]
    )


def show_setting(tx: Tx, name: str) -> Setting:
    """One setting. Raises NotFound."""
    row = queries.find_setting(tx.conn, user_id=tx.who.user_id, name=name)
    if row is None:
        raise NotFound()
    return Setting.model_validate(row)


def save_setting(tx: Tx, name: str, body: SettingValue) -> Setting:
    """Sets a setting, new or not. Raises Conflict (too_many_settings)."""
    value = json.dumps(body.value, ensure_ascii=False)
    row = queries.save_setting(tx.conn, user_id=tx.who.user_id, name=name, value=value)
    return Setting.model_validate(row)


def delete_setting(tx: Tx, name: str) -> None:
    """Removes a setting. Raises NotFound."""
    if queries.delete_setting(tx.conn, user_id=tx.who.user_id, name=name) == 0:
        raise NotFound()


def list_users(tx: Tx, query: UsersQuery) -> Page[User]:
    """All accounts, the newest first. As an administrator: anybody else sees at most their own."""
    at, last = newest_first(query.cursor)
    rows = queries.list_users(
        tx.conn, q=query.q, role=query.role, after_at=at, after_id=last, limit=query.limit + 1
    )
    users = [User.model_validate(row) for row in rows]
    return Page[User].of(users, query.limit, lambda user: [user.created_at.isoformat(), str(user.id)])


def change_role(tx: Tx, user_id: UUID, role: Role) -> User:
    """Gives an account a role, in effect at once. Raises NotFound, Conflict (last_admin)."""
    return _found(tx, user_id, queries.change_role(tx.conn, id=user_id, role=role))


def change_active(tx: Tx, user_id: UUID, is_active: bool) -> User:
    """Deactivates an account, which ends its sessions and revokes its API keys, or lets it sign in again.

    Raises NotFound, Conflict (last_admin).
    """
    return _found(tx, user_id, queries.change_active(tx.conn, id=user_id, is_active=is_active))


def newest_first(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    """When the last item of the page before was made, and its id.

    Raises InvalidInput for a cursor of another kind.
    """
    key = decode_cursor(cursor, str, str)
    if key is None:
        return None, None
    try:
        at = datetime.fromisoformat(key[0])
        if at.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return at, UUID(key[1])
    except ValueError as exc:
        raise _invalid_cursor() from exc


def _found(tx: Tx, user_id: UUID, changed: Any) -> User:
    if changed == 0:
        raise NotFound()
    return User.model_validate(queries.find_user(tx.conn, id=user_id))


def _plain(text: str) -> str:
    if not text.isprintable():
        raise _invalid_cursor()
    return text


def _invalid_cursor() -> InvalidInput:
    words = "Send next_cursor exactly as a page gave it."
    return InvalidInput("invalid_cursor", fields=[FieldError("query.cursor", "invalid_cursor", words)])
