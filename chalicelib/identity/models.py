"""Requests and responses of identity."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, SecretStr, StringConstraints

from chalicelib.core.models import Exact, Model, PageQuery

Role = Literal["user", "affiliate", "admin"]

MAX_EMAIL = 254
MAX_SETTING_BYTES = 16 * 1024
JOINERS = "\u200c\u200d"
"""Characters without a shape of their own that some scripts and emoji are written with."""


def normal_email(text: str) -> str:
    """An address as it is stored and compared: NFKC, lower case. Raises ValueError unless it looks like one.

    Only its outline is checked. Whether it exists could only be shown by a message sent there.
    """
    email = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().lower())
    name, at, domain = email.partition("@")
    if not (name and at and domain) or "@" in domain:
        raise ValueError("write an e-mail address, such as name@example.com")
    if len(email) > MAX_EMAIL:
        raise ValueError(f"an e-mail address has at most {MAX_EMAIL} characters")
    if not email.isprintable() or " " in email:
        raise ValueError("an e-mail address has no spaces or control characters")
    return email


def _printable(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if not all(character.isprintable() or character in JOINERS for character in text):
        raise ValueError("use printable characters only")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or not text.isprintable():
        raise ValueError("write an address that begins with https:// and has a host")
    if " " in text:
        raise ValueError("write spaces in an address as %20")
    return "https" + text[len("https") :]


def _storable(value: JsonValue) -> JsonValue:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (ValueError, RecursionError) as exc:
        raise ValueError("write numbers that JSON has, and do not nest too deep") from exc
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValueError("a text cannot hold the character U+0000")
    if len(text.encode()) > MAX_SETTING_BYTES:
        raise ValueError(f"a setting holds at most {MAX_SETTING_BYTES} bytes")
    return value


Email = Annotated[str, Field(max_length=320), AfterValidator(normal_email)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(_printable)
]
WebAddress = Annotated[str, Field(max_length=2000), AfterValidator(_web_address)]
SettingName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=512)]


class SecretModel(Model):
    """A request with a secret in it, of which no space may be trimmed away."""

    model_config = ConfigDict(str_strip_whitespace=False)


class Registration(SecretModel):
    email: Email
    password: Secret = Field(description="12 to 128 characters; any characters, spaces too.")
    display_name: Name | None = None


class Credentials(SecretModel):
    email: Email
    password: Secret


class RefreshRequest(SecretModel):
    refresh_token: Secret


class LogoutRequest(SecretModel):
    refresh_token: Secret
    everywhere: bool = Field(False, description="End all sessions of this account, not only this one.")


class PasswordChange(SecretModel):
    current_password: Secret
    new_password: Secret = Field(description="12 to 128 characters; any characters, spaces too.")


class Session(Model):
    """What a client signs its requests with, in the words of RFC 6749."""

    user_id: UUID
    access_token: str = Field(description="Send it as `Authorization: Bearer …`.")
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="Seconds until the access token expires.")
    refresh_token: str = Field(description="Good for one use, at /v1/auth/refresh.")
    refresh_expires_at: datetime


class Me(Model):
    id: UUID
    email: str
    role: Role = Field(description="With what role this request acted.")
    scopes: list[str] | None = Field(description="What the API key may do; null for a person signed in.")
    created_at: datetime
    last_login_at: datetime | None


class Profile(Model):
    id: UUID
    email: str
    display_name: str | None
    avatar_url: str | None
    paper_balance: Exact = Field(description="Play money given at the start, in US dollars.")
    created_at: datetime
    updated_at: datetime


class ProfileChange(Model):
    """Fields left out stay as they are; null empties a field."""

    display_name: Name | None = None
    avatar_url: WebAddress | None = Field(None, description="https only.")


class SettingValue(Model):
    value: Annotated[JsonValue, AfterValidator(_storable)] = Field(description="Any JSON, at most 16 KiB.")


class Setting(Model):
    name: str
    value: JsonValue
    updated_at: datetime


class NewApiKey(Model):
    name: Name
    scopes: list[Annotated[str, Field(max_length=64)]] = Field(
        min_length=1, max_length=50, description="What the key may do, such as market:read."
    )
    expires_in_days: int = Field(90, ge=1, le=365)


class ApiKey(Model):
    id: UUID
    name: str
    prefix: str = Field(description="The key's first characters, to tell keys apart.")
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None


class CreatedApiKey(ApiKey):
    key: str = Field(description="Shown this once: only a hash of it is kept. Send it as `X-Api-Key: …`.")


class UsersQuery(PageQuery):
    q: Name | None = Field(None, description="Part of an e-mail address or of a display name.")
    role: Role | None = None


class User(Model):
    id: UUID
    email: str
    display_name: str | None
    role: Role
    is_active: bool
    created_at: datetime
    last_login_at: datetime | None


class RoleChange(Model):
    role: Role


class ActiveChange(Model):
    is_active: bool
