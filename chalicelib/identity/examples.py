"""The examples that the API's documentation shows. A test holds them against the models."""

from __future__ import annotations

from typing import Any

USER_ID = "5f0c3a52-6e0b-4d0e-9a54-0d7f5d8f2f11"
KEY_ID = "0d6c1d4e-8f7b-4e37-b1a4-5f6f9f1c2b3a"
PASSWORD = "four green bicycles"
REFRESH_TOKEN = "hfr_Tq3v8uX2mZb1cN7kL5pR9sW4yA6dF0gHjEoIiUuVvQ8"
NEXT = "WyIyMDI2LTAzLTAyVDA5OjMwOjAwKzAwOjAwIiwgIjVmMGMzYTUyIl0"

CREDENTIALS = {"email": "ada@example.com", "password": PASSWORD}
SESSION = {
    "user_id": USER_ID,
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiI1ZjBjM2E1MiJ9.c2lnbmF0dXJl",
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": REFRESH_TOKEN,
    "refresh_expires_at": "2026-04-01T09:30:00Z",
}
PROFILE = {
    "id": USER_ID,
    "email": "ada@example.com",
    "display_name": "Ada",
    "avatar_url": "https://images.example.com/ada.png",
    "paper_balance": "100000",
    "created_at": "2026-03-02T09:30:00Z",
    "updated_at": "2026-03-02T09:31:12Z",
}
SETTING = {"name": "currency", "value": "EUR", "updated_at": "2026-03-02T09:32:00Z"}
API_KEY = {
    "id": KEY_ID,
    "name": "price importer",
    "prefix": "hf_Qm8Zr2Lx",
    "scopes": ["identity:read"],
    "created_at": "2026-03-02T09:33:00Z",
    "expires_at": "2026-05-31T09:33:00Z",
    "last_used_at": None,
    "revoked_at": None,
}
USER = {
    "id": USER_ID,
    "email": "ada@example.com",
    "display_name": "Ada",
    "role": "user",
    "is_active": True,
    "created_at": "2026-03-02T09:30:00Z",
    "last_login_at": "2026-03-02T09:30:00Z",
}

REGISTER: dict[str, Any] = {"body": {**CREDENTIALS, "display_name": "Ada"}, "answer": SESSION}
LOG_IN: dict[str, Any] = {"body": CREDENTIALS, "answer": SESSION}
REFRESH: dict[str, Any] = {"body": {"refresh_token": REFRESH_TOKEN}, "answer": SESSION}
LOG_OUT: dict[str, Any] = {"body": {"refresh_token": REFRESH_TOKEN, "everywhere": False}}
CHANGE_PASSWORD: dict[str, Any] = {
    "body": {"current_password": PASSWORD, "new_password": "seven quiet lighthouses"},
    "answer": SESSION,
}
SHOW_ME: dict[str, Any] = {
    "answer": {
        "id": USER_ID,
        "email": "ada@example.com",
        "role": "user",
        "scopes": None,
        "created_at": "2026-03-02T09:30:00Z",
        "last_login_at": "2026-03-02T09:30:00Z",
    }
}
SHOW_PROFILE: dict[str, Any] = {"answer": PROFILE}
CHANGE_PROFILE: dict[str, Any] = {
    "body": {"display_name": "Ada", "avatar_url": "https://images.example.com/ada.png"},
    "answer": PROFILE,
}
LIST_SETTINGS: dict[str, Any] = {"query": {"limit": 50}, "answer": {"items": [SETTING], "next_cursor": None}}
SHOW_SETTING: dict[str, Any] = {"path": {"name": "currency"}, "answer": SETTING}
SAVE_SETTING: dict[str, Any] = {"path": {"name": "currency"}, "body": {"value": "EUR"}, "answer": SETTING}
DELETE_SETTING: dict[str, Any] = {"path": {"name": "currency"}}
CREATE_API_KEY: dict[str, Any] = {
    "body": {"name": "price importer", "scopes": ["identity:read"], "expires_in_days": 90},
    "answer": {**API_KEY, "key": "hf_Qm8Zr2LxT5vB9nC1kW7pY3sD6fG0hJ4aE8uI2oRqXzM"},
}
LIST_API_KEYS: dict[str, Any] = {"query": {"limit": 50}, "answer": {"items": [API_KEY], "next_cursor": None}}
REVOKE_API_KEY: dict[str, Any] = {"path": {"key_id": KEY_ID}}
LIST_USERS: dict[str, Any] = {
    "query": {"q": "ada", "role": "user", "limit": 1},
    "answer": {"items": [USER], "next_cursor": NEXT},
}
CHANGE_ROLE: dict[str, Any] = {
    "path": {"user_id": USER_ID},
    "body": {"role": "affiliate"},
    "answer": {**USER, "role": "affiliate"},
}
CHANGE_ACTIVE: dict[str, Any] = {
    "path": {"user_id": USER_ID},
    "body": {"is_active": False},
    "answer": {**USER, "is_active": False},
}
