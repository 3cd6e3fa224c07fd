"""What a request costs over its bare query: through the handler, and through the local gateway over HTTP.

The same question (one asset by its key, as a signed-in person and as nobody) is asked of PostgreSQL directly, of the
handler in process, and of the gateway on a kept connection; the calls alternate, and medians are compared.
Run: ./holdfast bench overhead
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench.report import table
from chalicelib.core import db, migrate, settings
from local.embedded import Embedded

PATH = "/v1/assets/1"
QUERY = (
    "select id, symbol, name, asset_type, exchange, native_currency, is_active, price_sources, metadata "
    "from market.assets where id = 1"
)
TOKEN_KEYS = '{"bench": "0123456789abcdef0123456789abcdef"}'


def main() -> None:
    """Measures and prints medians."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=1000)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="hf-bench-") as folder:
        server = Embedded(Path(folder) / "pg")
        try:
            measure(server, options.calls)
        finally:
            db.close_all()
            server.stop()


def measure(server: Embedded, calls: int) -> None:
    server.create_database("bench")
    migrate.migrate(server.url("owner", "bench"))
    for role in ("api", "jobs", "owner"):
        os.environ[f"HOLDFAST_{role.upper()}_DATABASE_URL"] = server.url(role, "bench")
    os.environ.update(HOLDFAST_LOG_LEVEL="error", HOLDFAST_TOKEN_KEYS=TOKEN_KEYS)
    settings.forget()

    from app import app
    from local.gateway import Gateway

    gateway = Gateway(app, Path(__file__).parents[1] / "web").start()
    token = sign_up()
    connection = http.client.HTTPConnection(gateway.url.removeprefix("http://"))
    with psycopg.connect(server.url("api", "bench"), autocommit=True) as conn:
        conn.execute("select set_config('app.role', 'anonymous', false)")
        ways: dict[str, Callable[[], object]] = {
            "the bare query": lambda: conn.execute(QUERY).fetchone(),
            "handler, nobody signed in": in_process({}),
            "handler, signed in": in_process({"authorization": f"Bearer {token}"}),
            "gateway, nobody signed in": over_http(connection, {}),
            "gateway, signed in": over_http(connection, {"authorization": f"Bearer {token}"}),
        }
        for call in ways.values():
            for _ in range(50):
                call()
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(calls):
            for name, call in ways.items():
                started = time.perf_counter()
                call()
                taken[name].append((time.perf_counter() - started) * 1000)
    connection.close()
    gateway.stop()
    bare = statistics.median(taken["the bare query"])
    print(f"GET {PATH}, medians of {calls} calls in turn\n")
    table(
        ["", "ms", "over the query"],
        [[n, f"{statistics.median(t):.3f}", f"{statistics.median(t) - bare:.3f}"] for n, t in taken.items()],
    )


def sign_up() -> str:
    from chalicelib.core.principal import ANONYMOUS
    from chalicelib.identity import models, service

    body = models.Registration.model_validate(
        {"email": "bench@example.com", "password": "correct horse battery staple"}
    )
    return service.register(ANONYMOUS, body).access_token


def in_process(headers: dict[str, str]) -> Callable[[], object]:
    """The handler as Lambda calls it."""
    from app import app

    event = {
        "httpMethod": "GET",
        "path": PATH,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "pathParameters": {"asset_id": "1"},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": "/v1/assets/{asset_id}",
            "httpMethod": "GET",
            "identity": {"sourceIp": "127.0.0.1"},
        },
    }

    def call() -> object:
        answer = app(dict(event), None)
        if answer["statusCode"] != 200:
            raise RuntimeError(answer)
        return answer

    return call


def over_http(connection: http.client.HTTPConnection, headers: dict[str, str]) -> Callable[[], object]:
    def call() -> object:
        connection.request("GET", PATH, headers=headers)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(body)
        return body

    return call


if __name__ == "__main__":
    main()
