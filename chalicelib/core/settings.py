"""Settings: everything Holdfast is told from outside, read once from the environment.

Every setting is an environment variable `HOLDFAST_<NAME>`. A value of the form `secretsmanager:NAME` is
fetched from AWS Secrets Manager by that name when it is first needed, so that no secret stands in a template.

A plain pydantic model instead of pydantic-settings: that library costs 30 ms of every cold start
(docs/decisions.md, "Cold start").
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, SecretStr

PREFIX = "HOLDFAST_"
SECRET_SCHEME = "secretsmanager:"


class Settings(BaseModel):
    """What the environment says. Absent means the default shown; a secret without a value is None."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stage: str = "local"
    version: str = "dev"
    """What was packaged: shown by /health, so that a deployment can be told from the one before."""

    api_database_url: SecretStr | None = None
    jobs_database_url: SecretStr | None = None
    owner_database_url: SecretStr | None = None
    database_host: str | None = None
    """Overrides the host of a database secret: RDS Proxy's endpoint in place of the cluster's."""

    token_keys: SecretStr | None = None
    """JSON {"key id": "secret of at least 32 bytes"}; the first signs, all verify: keys rotate by adding one in front."""
    token_issuer: str = "holdfast"
    token_audience: str = "holdfast-api"

    queue_prefix: str = "holdfast-local-"
    aws_endpoint_url: str | None = None
    """Where SQS and Secrets Manager answer; None is AWS itself."""
    aws_region: str = "eu-central-1"

    cors_origin: str | None = None
    log_level: str = "info"

    contact: str = "operator@example.com"
    """Named in the User-Agent sent to outside sources, as several of them ask."""
    binance_url: str = "https://data-api.binance.vision"
    coingecko_url: str = "https://api.coingecko.com"
    coingecko_key: SecretStr | None = None
    coingecko_plan: Literal["demo", "pro"] = "demo"
    alpaca_url: str = "https://data.alpaca.markets"
    alpaca_key_id: SecretStr | None = None
    alpaca_secret_key: SecretStr | None = None
    alpaca_feed: str = "iex"
    ecb_url: str = "https://www.ecb.europa.eu"
    openexchangerates_url: str = "https://openexchangerates.org"
    openexchangerates_app_id: SecretStr | None = None
    edgar_url: str = "https://www.sec.gov"
    edgar_data_url: str = "https://data.sec.gov"
    edgar_user_agent: str | None = None
    """"Name contact@domain", as the SEC demands of automated callers: without it EDGAR is not asked."""
    tdnet_url: str = "https://www.release.tdnet.info"
    hkexnews_url: str = "https://www1.hkexnews.hk"
    globenewswire_url: str = "https://www.globenewswire.com"
    prnewswire_url: str = "https://www.prnewswire.com"


@cache
def settings() -> Settings:
    """The settings of this process. `forget()` makes the next call read the environment again."""
    return Settings.model_validate(
        {
            name.removeprefix(PREFIX).lower(): value
            for name, value in os.environ.items()
            if name.startswith(PREFIX) and value != ""
        }
    )


def forget() -> None:
    """Drops what was read: for tests and for the local launcher, which change the environment."""
    settings.cache_clear()
    _fetch_secret.cache_clear()


def reveal(name: str) -> str:
    """The text of the secret setting `name`, fetched from Secrets Manager where the setting only names it.

    Raises LookupError when the setting is absent; the message says which variable to set.
    """
    value: SecretStr | None = getattr(settings(), name)
    if value is None:
        raise LookupError(f"{PREFIX}{name.upper()} is not set")
    text = value.get_secret_value()
    return _fetch_secret(text.removeprefix(SECRET_SCHEME)) if text.startswith(SECRET_SCHEME) else text


def has(name: str) -> bool:
    """Whether the secret setting `name` is given at all."""
    return getattr(settings(), name) is not None


def database_url(role: str) -> str:
    """The connection string of a database role: 'api', 'jobs' or 'owner'.

    A secret in the form that RDS keeps ({"username", "password", "host", "port", "dbname"}) becomes a URL, with
    `database_host` in place of its host.
    """
    text = reveal(f"{role}_database_url")
    if not text.startswith("{"):
        return text
    parts = json.loads(text)
    host = settings().database_host if role != "owner" else None
    return (
        f"postgresql://{quote(parts['username'], safe='')}:{quote(parts['password'], safe='')}"
        f"@{host or parts['host']}:{parts.get('port', 5432)}/{parts.get('dbname', 'holdfast')}?sslmode=require"
    )


@cache
def _fetch_secret(name: str) -> str:
    import boto3  # 100 ms: only where a secret is really fetched

    client = boto3.client(
        "secretsmanager", region_name=settings().aws_region, endpoint_url=settings().aws_endpoint_url
    )
    return str(client.get_secret_value(SecretId=name)["SecretString"])
