"""The environment that the code finds locally: the same variables that a deployment sets, with local
addresses."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from local import state

SOURCES = (
    "binance", "coingecko", "alpaca", "ecb", "openexchangerates", "edgar", "edgar_data", "tdnet", "hkexnews",
    "globenewswire", "prnewswire",
)  # fmt: skip
DATABASE_ROLES = {"api": "holdfast_api", "jobs": "holdfast_jobs"}

DUMMY = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SESSION_TOKEN": "local",
    "AWS_DEFAULT_REGION": "eu-central-1",
    # boto3 must never look for real credentials, nor ask a metadata service for them
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "HOLDFAST_COINGECKO_KEY": "local",
    "HOLDFAST_ALPACA_KEY_ID": "local",
    "HOLDFAST_ALPACA_SECRET_KEY": "local",
    "HOLDFAST_OPENEXCHANGERATES_APP_ID": "local",
}
AMBIENT = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "AWS_REGION")
"""What a developer's shell may carry and would lead the local cloud to a real account."""


def compute(
    database: Callable[[str], str],
    *,
    aws_url: str | None = None,
    source_url: Callable[[str], str] | None = None,
) -> dict[str, str]:
    """The variables for a database (role → URL), the queue server's address and the stand-ins' (source →
    URL)."""
    variables = {
        **DUMMY,
        "HOLDFAST_STAGE": "local",
        "HOLDFAST_QUEUE_PREFIX": "holdfast-local-",
        "HOLDFAST_AWS_REGION": DUMMY["AWS_DEFAULT_REGION"],
        "HOLDFAST_TOKEN_KEYS": json.dumps(state.token_keys()),
    }
    for role in ("api", "jobs", "owner"):
        variables[f"HOLDFAST_{role.upper()}_DATABASE_URL"] = database(role)
    if aws_url is not None:
        variables["HOLDFAST_AWS_ENDPOINT_URL"] = aws_url
    if source_url is not None:
        for source in SOURCES:
            variables[f"HOLDFAST_{source.upper()}_URL"] = source_url(source)
    return variables


def apply(variables: dict[str, str]) -> None:
    """Puts the variables into this process, and makes the code read them anew."""
    from chalicelib.core import db, queue, settings

    for name in AMBIENT:
        os.environ.pop(name, None)
    os.environ.update(variables)
    settings.forget()
    queue.forget()
    db.close_all()


def database_passwords() -> dict[str, str]:
    """The generated passwords of the roles that log in to an external database."""
    passwords: dict[str, str] = {role: state.secret(f"password:{role}") for role in DATABASE_ROLES.values()}
    return passwords


def external_urls(admin_url: str) -> Callable[[str], str]:
    """The connection strings of the roles, made from the administrator's: same server and database, other
    user."""
    parts = urlsplit(admin_url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise state.Problem(
            "DATABASE_URL is not of the form postgresql://user:password@host:5432/database. "
            "Correct it, or unset it to use the embedded database.",
            exit_code=2,
        )
    host = parts.netloc.rpartition("@")[2]

    def url(role: str) -> str:
        if role == "owner":
            return admin_url
        user = DATABASE_ROLES[role]
        password: Any = quote(database_passwords()[user], safe="")
        return urlunsplit(parts._replace(netloc=f"{user}:{password}@{host}"))

    return url
