"""Errors that API Gateway answers before any function runs, in the shape of ours: application/problem+json."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Refusal(NamedTuple):
    """One of API Gateway's response types. Without a status, API Gateway's own stays."""

    status: int | None
    code: str
    title: str
    detail: str
    headers: dict[str, str] = {}


NOT_FOUND = Refusal(404, "not_found", "Not Found", "There is nothing here, or it is not yours to see.")
REFUSALS = {
    # A path or method that does not exist: API Gateway would call it 403.
    "MISSING_AUTHENTICATION_TOKEN": NOT_FOUND,
    "RESOURCE_NOT_FOUND": NOT_FOUND,
    "THROTTLED": Refusal(
        429, "too_many_requests", "Too Many Requests", "Too many requests; wait as long as Retry-After says.",
        {"Retry-After": "1"},
    ),
    "QUOTA_EXCEEDED": Refusal(
        429, "too_many_requests", "Too Many Requests", "Too many requests; wait as long as Retry-After says.",
        {"Retry-After": "3600"},
    ),
    "REQUEST_TOO_LARGE": Refusal(413, "too_large", "Request Entity Too Large", "The request body is too large."),
    "UNSUPPORTED_MEDIA_TYPE": Refusal(
        415, "unsupported_media_type", "Unsupported Media Type", "Send the body as application/json."
    ),
    "BAD_REQUEST_BODY": Refusal(400, "malformed_request", "Bad Request", "The request could not be read."),
    "BAD_REQUEST_PARAMETERS": Refusal(400, "malformed_request", "Bad Request", "The request could not be read."),
    "INTEGRATION_TIMEOUT": Refusal(504, "timeout", "Gateway Timeout", "That took too long. It may still complete."),
    "INTEGRATION_FAILURE": Refusal(502, "internal_error", "Bad Gateway", "Something went wrong on our side. Try again."),
    "DEFAULT_4XX": Refusal(None, "refused", "Request Refused", "The request was refused."),
    "DEFAULT_5XX": Refusal(None, "internal_error", "Internal Error", "Something went wrong on our side. Try again."),
}  # fmt: skip


def gateway_responses(cors_origin: str | None) -> dict[str, Any]:
    """The gateway responses of the API's definition. `cors_origin` may read them, as it may read ours."""
    return {kind: _response(refusal, cors_origin) for kind, refusal in REFUSALS.items()}


def _response(refusal: Refusal, cors_origin: str | None) -> dict[str, Any]:
    headers = {
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **refusal.headers,
    }
    if cors_origin is not None:
        headers["Access-Control-Allow-Origin"] = cors_origin
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": refusal.title,
        "code": refusal.code,
        "detail": refusal.detail,
    }
    if refusal.status is not None:
        body["status"] = refusal.status
    body["request_id"] = "$context.requestId"  # API Gateway fills it in
    response: dict[str, Any] = {
        "responseParameters": {
            f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()
        },
        "responseTemplates": {"application/json": json.dumps(body)},
    }
    if refusal.status is not None:
        response["statusCode"] = refusal.status
    return response
