"""Answering a request: who calls, are the arguments right, what became of it. The only place that turns results and
exceptions into HTTP."""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from typing import Any

from chalice.app import Request, Response
from pydantic import BaseModel, ValidationError

from chalicelib.core import bodies, db, errors, idempotency, log, principal
from chalicelib.core.errors import FieldError, InvalidInput, Problem
from chalicelib.core.operation import Operation, Raw
from chalicelib.core.principal import Principal

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def respond(operation: Operation, request: Request, path_values: dict[str, str]) -> Response:
    """Answers one request, whatever happens."""
    started = time.perf_counter()
    request_id = _request_id(request)
    with log.bound(request_id=request_id):
        try:
            response = _call(operation, request, path_values)
        except Problem as problem:
            response = problem_response(problem, operation.path.format(**path_values), request_id)
        except Exception as exc:  # the edge: whatever it is becomes a problem; ours are logged
            known = errors.from_database(exc)
            if known is None or known.status >= 500:
                log.error("request_failed", exc, route=operation.template)
            response = problem_response(known or Problem(), operation.path.format(**path_values), request_id)
        response.headers = {**SECURITY_HEADERS, "X-Request-Id": request_id, **response.headers}
        log.info(
            "request",
            route=operation.template,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
    return response


def problem_response(problem: Problem, path: str, request_id: str) -> Response:
    """A problem as RFC 9457 writes it, with the stable `code` and the list of field errors."""
    body: dict[str, Any] = {
        **problem.extra,
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "instance": path,
        "request_id": request_id,
    }
    if problem.fields:
        body["errors"] = [error._asdict() for error in problem.fields]
    return Response(
        json.dumps(body, default=str),
        {"Content-Type": "application/problem+json", **problem.headers},
        problem.status,
    )


def _call(operation: Operation, request: Request, path_values: dict[str, str]) -> Response:
    who = _authorise(operation, request)
    arguments = _arguments(operation, request, path_values, who)
    key = request.headers.get(idempotency.HEADER) if operation.idempotent else None
    if "key" in operation.hints:
        arguments["key"] = key
    with ExitStack() as stack:
        tx = None
        if "tx" in operation.hints or key is not None:
            tx = stack.enter_context(db.transaction(who))
            if "tx" in operation.hints:
                arguments["tx"] = tx
        if tx is not None and key is not None:
            path = operation.path.format(**path_values)  # Chalice's request.path is the template
            stored = idempotency.claim(tx, key, f"{operation.method} {path}", request.raw_body)
            if stored is not None:
                return _json(stored.body, stored.status, {"Idempotent-Replayed": "true"})
        result = operation.handler(**arguments)
        if isinstance(result, Raw):
            answer = Response(result.body, result.headers, result.status)
            return _cached(operation, request, answer) if operation.cached else answer
        body = "" if result is None else _serialise(operation, result)
        status = 204 if result is None else operation.status
        if tx is not None and key is not None:
            idempotency.keep(tx, key, idempotency.Answer(status, body))
    answer = _json(body, status)
    return _cached(operation, request, answer) if operation.cached else answer


def _authorise(operation: Operation, request: Request) -> Principal:
    who = principal.authenticate(
        request.headers.get("authorization"),
        request.headers.get("x-api-key"),
        request.context.get("identity", {}).get("sourceIp"),
    )
    if operation.access == "public" and who.user_id is None:
        return who
    if who.user_id is None:
        raise errors.Unauthenticated()
    if operation.access == "admin" and who.role != "admin":
        raise errors.Forbidden("admins_only", "Only an administrator may do that.")
    if who.scopes is not None and (operation.scope is None or not who.may(operation.scope)):
        needed = (
            f"an API key with the scope {operation.scope}"
            if operation.scope
            else "a person signed in, not an API key"
        )
        raise errors.Forbidden("missing_scope", f"This needs {needed}.")
    return who


def _arguments(
    operation: Operation, request: Request, path_values: dict[str, str], who: Principal
) -> dict[str, Any]:
    hints = operation.hints
    arguments: dict[str, Any] = {}
    problems: list[FieldError] = []
    for name, adapter in operation.path_adapters.items():
        problems += bodies.nul_characters(("path", name), path_values[name])
        _validated(arguments, problems, "path", name, partial(adapter.validate_python, path_values[name]))
    if "query" in hints:
        problems += bodies.nul_characters(("query",), _query(request))
        _validated(
            arguments, problems, "query", "query", lambda: hints["query"].model_validate(_query(request))
        )
    elif request.query_params:
        problems += [FieldError(f"query.{key}", "unknown_parameter", "This takes no such parameter.")
                     for key in request.query_params]  # fmt: skip
    if "body" in hints:
        raw = _body(request, operation.max_body)
        # strict: true is no 1, and neither is "1" or 1.0
        _validated(
            arguments, problems, "body", "body", lambda: hints["body"].model_validate_json(raw, strict=True)
        )
        if "body" in arguments:
            problems += bodies.unfit(raw)
    if operation.key_required and request.headers.get(idempotency.HEADER) is None:
        problems.append(idempotency.MISSING)
    if problems:
        raise InvalidInput(fields=problems)
    if "who" in hints:
        arguments["who"] = who
    if "request" in hints:
        arguments["request"] = request
    return arguments


def _validated(
    arguments: dict[str, Any], problems: list[FieldError], where: str, name: str, validate: Callable[[], Any]
) -> None:
    """Puts what `validate` returns under `name`, or what it found wrong, each with its path, into `problems`."""
    try:
        arguments[name] = validate()
    except ValidationError as exc:
        prefix = (where, name) if where == "path" else (where,)
        for error in exc.errors(include_input=False, include_url=False, include_context=False):
            path = ".".join(str(part) for part in (*prefix, *error["loc"]))
            problems.append(FieldError(path, error["type"], error["msg"].removeprefix("Value error, ")))


def _query(request: Request) -> dict[str, Any]:
    params = request.query_params
    if not params:
        return {}
    return {key: values[0] if len(values := params.getlist(key)) == 1 else values for key in params}


def _body(request: Request, limit: int) -> bytes:
    raw = request.raw_body
    if len(raw) > limit:
        raise errors.TooLarge(detail=f"The body may be at most {limit} bytes.")
    content_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        problem = errors.MalformedRequest("unsupported_media_type", "Send the body as application/json.")
        problem.status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise problem
    return raw or b"{}"


def _serialise(operation: Operation, result: Any) -> str:
    if isinstance(result, BaseModel):
        return result.model_dump_json()
    return operation.answer_adapter.dump_json(result).decode()


def _json(body: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(body, {"Content-Type": "application/json", **(headers or {})}, status)


def _cached(operation: Operation, request: Request, answer: Response) -> Response:
    """An answer that caches may keep, with an ETag over its bytes; 304 when the client has it already."""
    tag = f'"{hashlib.sha256(answer.body.encode()).hexdigest()[:32]}"'
    audience = "public" if operation.access == "public" else "private"
    headers = {"ETag": tag, "Cache-Control": f"{audience}, max-age={operation.cache_seconds}"}
    known = [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response("", headers, HTTPStatus.NOT_MODIFIED)
    answer.headers.update(headers)
    return answer


def _request_id(request: Request) -> str:
    sent = request.headers.get("x-request-id", "")
    if REQUEST_ID.fullmatch(sent):
        return str(sent)
    return str(request.context.get("requestId") or uuid.uuid4())
