"""The OpenAPI 3.1 document, written from the routes and their models."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from chalicelib.core import idempotency
from chalicelib.core.http import Operation, Raw, operations
from chalicelib.core.settings import settings

Mode = Literal["validation", "serialization"]

REF = "#/components/schemas/{model}"
PROBLEM = {
    "type": "object",
    "description": "An error as RFC 9457 writes it. `code` is stable: test for it, not for the words.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["invalid_input"]},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string", "examples": ["body.email"]},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
CHAPTERS = {
    "system": "Health, documentation, events, and what administrators see of the system's own work.",
    "identity": "Signing up and in, profiles, settings and API keys.",
    "market": "The catalogue of assets, their prices, exchange rates and backfills.",
    "portfolio": "Portfolios: transactions in; positions, lots, gains and performance out.",
    "exchange": "Shares of vehicles: order books, auctions, cash and its ledger, statistics and the leaderboard.",
    "treasury": "Public companies that hold digital assets: what they hold by which document, and its review.",
}


@cache
def document() -> dict[str, Any]:
    """The document of all declared routes."""
    models: set[tuple[Any, Mode]] = {
        (model, mode) for operation in operations for model, mode in _models(operation)
    }
    keys, definitions = models_json_schema(
        sorted(models, key=lambda pair: (pair[0].__name__, pair[1])), ref_template=REF
    )
    schemas = {**definitions.get("$defs", {}), "Problem": PROBLEM}
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, keys)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Holdfast",
            "version": settings().version,
            "description": (
                "Who holds what, what it is worth, how it trades. Amounts are strings; times are UTC; lists page by "
                "`limit` and `cursor`; errors are application/problem+json with a stable `code`."
            ),
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": tag, "description": CHAPTERS.get(tag, "")}
            for tag in dict.fromkeys(o.tag for o in operations)
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            },
        },
    }


def _models(operation: Operation) -> list[tuple[type[BaseModel], Mode]]:
    found: list[tuple[type[BaseModel], Mode]] = []
    if "body" in operation.hints:
        found.append((operation.hints["body"], "validation"))
    answer = operation.hints["return"]
    if inspect.isclass(answer) and issubclass(answer, BaseModel):
        found.append((answer, "serialization"))
    return found


def _operation(operation: Operation, keys: dict[Any, Any]) -> dict[str, Any]:
    lines = inspect.cleandoc(operation.handler.__doc__ or "").split("\n\n", 1)
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": lines[0].replace("\n", " ").removesuffix("."),
        "parameters": [
            *_path_parameters(operation),
            *_query_parameters(operation),
            *_header_parameters(operation),
        ],
        "responses": _responses(operation, keys),
        "security": _security(operation),
    }
    if len(lines) > 1:
        described["description"] = lines[1]
    if operation.access == "admin":
        described["x-admin-only"] = True
    if operation.scope is not None and operation.access != "public":
        described["x-api-key-scope"] = operation.scope
    if "body" in operation.hints:
        content: dict[str, Any] = {"schema": keys[(operation.hints["body"], "validation")]}
        if "body" in operation.example:
            content["example"] = operation.example["body"]
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    return described


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    examples = operation.example.get("path", {})
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": adapter.json_schema(),
            **({"example": examples[name]} if name in examples else {}),
        }
        for name, adapter in operation.path_adapters.items()
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if "query" not in operation.hints:
        return []
    schema = operation.hints["query"].model_json_schema(ref_template=REF)
    examples = operation.example.get("query", {})
    parameters = []
    for name, shape in schema["properties"].items():
        description = shape.pop("description", None)
        shape.pop("title", None)
        parameters.append(
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", []),
                "schema": shape,
                **({"description": description} if description else {}),
                **({"example": examples[name]} if name in examples else {}),
            }
        )
    return parameters


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    if not operation.idempotent:
        return []
    return [
        {
            "name": idempotency.HEADER,
            "in": "header",
            "required": operation.key_required,
            "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.MAX_LENGTH},
            "description": "The same key replays the first answer; a different request under it is a conflict."
            + (
                " Choose a new one, such as a UUID, for each request that is meant."
                if operation.key_required
                else ""
            ),
        }
    ]


def _responses(operation: Operation, keys: dict[Any, Any]) -> dict[str, Any]:
    answer = operation.hints["return"]
    if answer is type(None):
        good: dict[str, Any] = {"204": {"description": "Done."}}
    elif answer is Raw:
        good = {str(operation.status): {"description": "See the description."}}
    else:
        schema = keys.get((answer, "serialization")) or TypeAdapter(answer).json_schema(ref_template=REF)
        content = {"schema": schema}
        if "answer" in operation.example:
            content["example"] = operation.example["answer"]
        good = {str(operation.status): {"description": "Good.", "content": {"application/json": content}}}
    problem = {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}}
    return {**good, "default": {"description": "A problem.", "content": problem}}


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    signed_in: list[dict[str, list[str]]] = [{"accessToken": []}]
    if operation.scope is not None:
        signed_in.append({"apiKey": []})
    return [{}, *signed_in] if operation.access == "public" else signed_in


def path_names(path: str) -> list[str]:
    """The parameter names in a path template."""
    return re.findall(r"{(\w+)}", path)
