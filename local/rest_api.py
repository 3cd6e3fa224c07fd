"""API Gateway's part between HTTP and the app: which route a path is, and the REST event that Lambda gets.

Path parameters stay percent-encoded, as API Gateway's REST APIs leave them. Chalice's own local machinery
matches by trying every route in alphabetical order and builds itself anew for each request; this matches by
length and first difference, once built.
"""

from __future__ import annotations

import base64
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from chalice.app import Chalice

from local.lambdas import ACCOUNT, Context

TIMEOUT_SECONDS = 29  # API Gateway gives up after that


class Match(NamedTuple):
    """The route that a path is, as it was declared, and the values of its parameters."""

    route: str
    values: dict[str, str]


class Matcher:
    """Finds the route of a path. A fixed part wins over a parameter, as at API Gateway."""

    def __init__(self, routes: list[str]) -> None:
        self._by_length: dict[int, list[tuple[str, list[str]]]] = {}
        for route in routes:
            parts = route.split("/")
            self._by_length.setdefault(len(parts), []).append((route, parts))
        for candidates in self._by_length.values():
            candidates.sort(key=lambda candidate: [part.startswith("{") for part in candidate[1]])
        self.first_parts = {route.split("/")[1] for route in routes if route != "/"}

    def match(self, path: str) -> Match | None:
        if len(path) > 1:
            path = path.removesuffix("/")
        parts = path.split("/")
        for route, wanted in self._by_length.get(len(parts), ()):
            values = {}
            for part, want in zip(parts, wanted, strict=True):
                if want.startswith("{") and part:
                    values[want[1:-1]] = part
                elif part != want:
                    break
            else:
                return Match(route, values)
        return None


_here = threading.local()


def make_thread_safe(app: Chalice) -> None:
    """Gives each thread its own `current_request` and `lambda_context`: on Lambda, where a process answers
    one request at a time, they are plain attributes of the app."""

    def of_thread(name: str) -> property:
        def get(_: Any) -> Any:
            try:
                return getattr(_here, name)
            except AttributeError:
                raise AttributeError(f"{name}: no request is being answered in this thread") from None

        return property(get, lambda _, value: setattr(_here, name, value))

    if not isinstance(vars(type(app)).get("current_request"), property):
        for name in ("current_request", "lambda_context"):
            app.__dict__.pop(name, None)
        members = {name: of_thread(name) for name in ("current_request", "lambda_context")}
        app.__class__ = type("ThreadedApp", (type(app),), members)


def event(
    method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes, source_ip: str,
    match: Match, binary_types: list[str],
) -> dict[str, Any]:  # fmt: skip
    """The event of a REST API with Lambda proxy integration."""
    multi_headers: dict[str, list[str]] = {}
    for name, value in headers:
        multi_headers.setdefault(name, []).append(value)
    last = {name: values[-1] for name, values in multi_headers.items()}
    lower = {name.lower(): value for name, value in last.items()}
    params = parse_qs(query, keep_blank_values=True) or None
    text, encoded = _body(body, lower.get("content-type", ""), binary_types)
    now = datetime.now(UTC)
    return {
        "resource": match.route,
        "path": path,
        "httpMethod": method,
        "headers": last,
        "multiValueHeaders": multi_headers,
        "queryStringParameters": params and {name: values[-1] for name, values in params.items()},
        "multiValueQueryStringParameters": params,
        "pathParameters": match.values or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "stage": "api",
            "protocol": "HTTP/1.1",
            "requestId": str(uuid.uuid4()),
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": int(time.time() * 1000),
            "httpMethod": method,
            "resourcePath": match.route,
            "path": path,
            "identity": {"sourceIp": source_ip, "userAgent": lower.get("user-agent")},
        },
        "body": text,
        "isBase64Encoded": encoded,
    }


def call(app: Chalice, rest_event: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Answers the event as (status, headers, body)."""
    answer: dict[str, Any] = app(rest_event, Context("api", TIMEOUT_SECONDS))
    headers = [(name, str(value)) for name, value in (answer.get("headers") or {}).items()]
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers += [(name, str(value)) for value in values]
    body = answer.get("body") or ""
    if answer.get("isBase64Encoded"):
        return answer["statusCode"], headers, base64.b64decode(body)
    return answer["statusCode"], headers, body if isinstance(body, bytes) else body.encode()


def preflight(methods: dict[str, Any]) -> list[tuple[str, str]] | None:
    """The headers that API Gateway itself answers an OPTIONS request with where a route allows other
    origins."""
    for entry in methods.values():
        if entry.cors:
            allowed = ",".join([*sorted(methods), "OPTIONS"])
            headers = {**entry.cors.get_access_control_headers(), "Access-Control-Allow-Methods": allowed}
            return [(name, str(value)) for name, value in headers.items()]
    return None


def _body(body: bytes, content_type: str, binary_types: list[str]) -> tuple[str | None, bool]:
    if not body:
        return None, False
    if content_type.partition(";")[0].strip() in binary_types:
        return base64.b64encode(body).decode(), True
    return body.decode("utf-8", errors="replace"), False
