"""Signing up and in, profiles, settings, API keys, and accounts as administrators see them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from chalicelib.core import principal
from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.later import later
from chalicelib.core.models import Page, PageQuery
from chalicelib.core.principal import Principal
from chalicelib.identity import examples

if TYPE_CHECKING:
    from chalicelib.identity import keys, models, people, service
else:
    keys, models, people, service = later("chalicelib.identity", "keys", "models", "people", "service")

routes = Routes(__name__, "identity")

principal.register("bearer", lambda token, origin: service.person_behind(token, origin))
principal.register("api_key", lambda key, origin: keys.machine_behind(key, origin))


@routes.post("/v1/auth/register", access="public", scope=None, status=201, example=examples.REGISTER)
def register(who: Principal, body: models.Registration) -> models.Session:
    """Make an account and sign in.

    An address that has an account already is answered with 409 `email_taken`. Passwords have 12 to 128
    characters of any kind; the most common ones and those with the e-mail's name in them are refused
    (`weak_password`). The new account has the role `user`, a profile, and the settings theme, currency,
    timezone and notifications.
    """
    return service.register(who, body)


@routes.post("/v1/auth/login", access="public", scope=None, example=examples.LOG_IN)
def log_in(who: Principal, body: models.Credentials) -> models.Session:
    """Sign in.

    Answers an access token, good for 15 minutes, and a refresh token, good for 30 days and one use. An
    account takes 10 attempts in 15 minutes, right ones included; then 429 with `Retry-After`.
    """
    return service.log_in(who, body)


@routes.post("/v1/auth/refresh", access="public", scope=None, example=examples.REFRESH)
def refresh_session(who: Principal, body: models.RefreshRequest) -> models.Session:
    """Exchange a refresh token for new tokens.

    Each refresh token works once: keep the new one. Using an old one again ends the session
    (`refresh_reused`), because somebody else may have a copy; so let one request refresh at a time. Send no
    Authorization header with an access token that has expired: it would be refused before this is looked at.
    """
    return service.refresh(who, body.refresh_token.get_secret_value())


@routes.post("/v1/auth/logout", access="public", scope=None, example=examples.LOG_OUT)
def log_out(who: Principal, body: models.LogoutRequest) -> None:
    """End a session.

    Its refresh token and its access tokens stop working at once; with `everywhere`, so do those of the
    account's other sessions. A token that is not known, or whose session has ended, is answered the same.
    """
    service.log_out(who, body.refresh_token.get_secret_value(), body.everywhere)


@routes.put("/v1/auth/password", scope=None, example=examples.CHANGE_PASSWORD)
def change_password(who: Principal, body: models.PasswordChange) -> models.Session:
    """Change the password.

    All sessions of the account end; the answer starts a new one. API keys stay.
    """
    return service.change_password(who, body)


@routes.get("/v1/auth/me", example=examples.SHOW_ME)
def show_me(tx: Tx) -> models.Me:
    """Who you are: the account that this request acts for, and what it may do."""
    return service.show_me(tx)


@routes.get("/v1/profile", example=examples.SHOW_PROFILE)
def show_profile(tx: Tx) -> models.Profile:
    """Your profile."""
    return people.show_profile(tx)


@routes.patch("/v1/profile", scope=None, example=examples.CHANGE_PROFILE)
def change_profile(tx: Tx, body: models.ProfileChange) -> models.Profile:
    """Change your profile.

    Fields left out stay as they are; null empties a field. The paper balance is not yours to set.
    """
    return people.change_profile(tx, body)


@routes.get("/v1/settings", example=examples.LIST_SETTINGS)
def list_settings(tx: Tx, query: PageQuery) -> Page[models.Setting]:
    """Your settings, by name."""
    return people.list_settings(tx, query)


@routes.get("/v1/settings/{name}", example=examples.SHOW_SETTING)
def show_setting(tx: Tx, name: models.SettingName) -> models.Setting:
    """One of your settings."""
    return people.show_setting(tx, name)


@routes.put("/v1/settings/{name}", example=examples.SAVE_SETTING)
def save_setting(tx: Tx, name: models.SettingName, body: models.SettingValue) -> models.Setting:
    """Set a setting, new or not.

    The value is any JSON of at most 16 KiB. Names are lower-case letters, digits, `_` and `.`; a person keeps
    at most 100.
    """
    return people.save_setting(tx, name, body)


@routes.delete("/v1/settings/{name}", example=examples.DELETE_SETTING)
def delete_setting(tx: Tx, name: models.SettingName) -> None:
    """Remove a setting."""
    people.delete_setting(tx, name)


@routes.post("/v1/api-keys", scope=None, status=201, example=examples.CREATE_API_KEY)
def create_api_key(tx: Tx, body: models.NewApiKey) -> models.CreatedApiKey:
    """Make an API key for a machine that acts in your name.

    The key is in this answer and can never be shown again. It does what its scopes name (each operation says
    which it needs), with your role, but never as an administrator. A person has at most 20 keys that are not
    revoked.
    """
    return keys.create_api_key(tx, body)


@routes.get("/v1/api-keys", scope=None, example=examples.LIST_API_KEYS)
def list_api_keys(tx: Tx, query: PageQuery) -> Page[models.ApiKey]:
    """Your API keys, the newest first, with those expired or revoked."""
    return keys.list_api_keys(tx, query)


@routes.delete("/v1/api-keys/{key_id}", scope=None, example=examples.REVOKE_API_KEY)
def revoke_api_key(tx: Tx, key_id: UUID) -> None:
    """Revoke an API key, at once and for good."""
    keys.revoke_api_key(tx, key_id)


@routes.get("/v1/admin/users", access="admin", scope=None, example=examples.LIST_USERS)
def list_users(tx: Tx, query: models.UsersQuery) -> Page[models.User]:
    """Accounts, the newest first."""
    return people.list_users(tx, query)


@routes.put("/v1/admin/users/{user_id}/role", access="admin", scope=None, example=examples.CHANGE_ROLE)
def change_role(tx: Tx, user_id: UUID, body: models.RoleChange) -> models.User:
    """Give an account a role.

    A role taken away is gone at once; that of administrator is gained at the next sign-in or refresh. The
    last active administrator cannot be demoted (`last_admin`).
    """
    return people.change_role(tx, user_id, body.role)


@routes.put("/v1/admin/users/{user_id}/active", access="admin", scope=None, example=examples.CHANGE_ACTIVE)
def change_active(tx: Tx, user_id: UUID, body: models.ActiveChange) -> models.User:
    """Deactivate an account, or let it sign in again.

    Deactivation ends its sessions and revokes its API keys at once, and they stay revoked. The last active
    administrator cannot be deactivated (`last_admin`).
    """
    return people.change_active(tx, user_id, body.is_active)
