"""What it means to a client when one of this domain's constraints is violated."""

from __future__ import annotations

from chalicelib.core.errors import Conflict, InvalidInput, name_constraints

name_constraints(
    {
        "users_email_key": (
            Conflict,
            "email_taken",
            "An account with this e-mail address exists. Sign in instead.",
        ),
        "users_email_shape": (InvalidInput, "invalid_email", "This e-mail address cannot be used."),
        "users_last_admin": (
            Conflict,
            "last_admin",
            "This is the last active administrator. Make somebody else one first.",
        ),
        "user_settings_value_size": (InvalidInput, "setting_too_large", "A setting holds at most 16 KiB."),
        "user_settings_limit": (
            Conflict,
            "too_many_settings",
            "A person keeps at most 100 settings. Delete some.",
        ),
        "api_keys_user_id_name_key": (
            Conflict,
            "api_key_name_taken",
            "You have an API key with this name already.",
        ),
        "api_keys_limit": (Conflict, "too_many_api_keys", "A person has at most 20 API keys. Revoke some."),
    }
)
