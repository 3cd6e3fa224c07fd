"""The OpenAPI document: valid, complete, and with an example for each operation that its own schemas accept."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.core.openapi import document
from chalicelib.core.operation import Operation, Raw, operations
from tests.conftest import Api

METHODS = ("get", "post", "put", "patch", "delete")


def _all() -> list[Operation]:
    import app  # noqa: F401 -- declares the routes

    return list(operations)


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    _all()
    return document()


def described(spec: dict[str, Any], operation: Operation) -> dict[str, Any]:
    return dict(spec["paths"][operation.path][operation.method.lower()])


def check(spec: dict[str, Any], schema: dict[str, Any], value: Any, what: str) -> None:
    whole = {**schema, "components": spec["components"]}
    errors = list(Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(value))
    assert not errors, f"{what}: {[error.message for error in errors]}"


def test_it_is_valid_openapi(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(spec).iter_errors()) == []


def test_the_api_serves_it(api: Api, spec: dict[str, Any]) -> None:
    answer = api.get("/v1/openapi.json")
    assert (answer.status, answer.json) == (200, spec)
    assert api.get("/v1/openapi.json", If_None_Match=answer.headers["etag"]).status == 304


def test_each_route_of_the_app_is_in_it_and_nothing_else(spec: dict[str, Any]) -> None:
    from app import app

    routes = {(path, method.lower()) for path, methods in app.routes.items() for method in methods}
    assert routes == {
        (path, method) for path, item in spec["paths"].items() for method in item if method in METHODS
    }


def test_ids_are_unique_and_each_operation_says_what_it_is(spec: dict[str, Any]) -> None:
    found = [described(spec, operation) for operation in _all()]
    ids = [item["operationId"] for item in found]
    assert len(ids) == len(set(ids))
    for item in found:
        assert len(item["summary"]) > 5, item["operationId"]
    tags = {tag["name"]: tag["description"] for tag in spec["tags"]}
    assert {tag for item in found for tag in item["tags"]} == set(tags)
    assert all(tags.values()), "each chapter is introduced"


@pytest.mark.parametrize("operation", _all(), ids=lambda operation: operation.template)
def test_the_example_is_complete_and_its_schemas_accept_it(
    spec: dict[str, Any], operation: Operation
) -> None:
    item, example = described(spec, operation), operation.example
    parameters = {(p["in"], p["name"]): p for p in item["parameters"]}

    names = re.findall(r"{(\w+)}", operation.path)
    assert {name for where, name in parameters if where == "path"} == set(names)
    assert set(example.get("path", {})) == set(names), "an example value for each part of the path"
    for where in ("path", "query"):
        for name, value in example.get(where, {}).items():
            parameter = parameters[(where, name)]
            check(spec, parameter["schema"], value, f"{where}.{name}")
            assert parameter["example"] == value
    assert {n for (w, n), p in parameters.items() if w == "query" and p["required"]} <= set(
        example.get("query", {})
    )

    if "requestBody" in item:
        content = item["requestBody"]["content"]["application/json"]
        assert "body" in example, "an example of the body"
        check(spec, content["schema"], example["body"], "body")
        assert content["example"] == example["body"]
    else:
        assert "body" not in example

    status = next(iter(item["responses"]))
    content = item["responses"][status].get("content")
    answer = operation.hints["return"]
    if answer is type(None) or answer is Raw or operation.name == "openapi":
        assert "answer" not in example
    else:
        assert content is not None
        assert "answer" in example, "an example of the answer"
        check(spec, content["application/json"]["schema"], example["answer"], "answer")
        operation.answer_adapter.validate_json(
            operation.answer_adapter.dump_json(operation.answer_adapter.validate_python(example["answer"]))
        )


def test_who_may_call_is_said(spec: dict[str, Any]) -> None:
    for operation in _all():
        item = described(spec, operation)
        assert ({} in item["security"]) == (operation.access == "public")
        assert item.get("x-admin-only", False) == (operation.access == "admin")
        assert ({"apiKey": []} in item["security"]) == (operation.scope is not None)


def test_what_takes_an_idempotency_key_says_so(spec: dict[str, Any]) -> None:
    for operation in _all():
        parameters = {each["name"]: each for each in described(spec, operation)["parameters"]}
        assert ("Idempotency-Key" in parameters) == operation.idempotent
        if operation.idempotent:
            assert parameters["Idempotency-Key"]["required"] == operation.key_required
    money = {"/v1/exchange/deposits", "/v1/exchange/withdrawals"}
    assert {operation.path for operation in _all() if operation.key_required} == money


def test_amounts_are_strings_in_answers_and_never_floats(spec: dict[str, Any]) -> None:
    def numbers(node: Any, path: str) -> list[str]:
        if isinstance(node, dict):
            here = [path] if node.get("type") == "number" else []
            return here + [found for key, item in node.items() for found in numbers(item, f"{path}/{key}")]
        if isinstance(node, list):
            return [found for n, item in enumerate(node) for found in numbers(item, f"{path}/{n}")]
        return []

    answers = [described(spec, operation)["responses"] for operation in _all()]
    assert numbers(answers, "") == []
    inputs = {"Amount"}
    assert [
        path for path in numbers(spec["components"]["schemas"], "") if path.split("/")[1] not in inputs
    ] == []


def test_the_documentation_needs_nothing_from_elsewhere(api: Api) -> None:
    page = api.get("/docs")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert not re.findall(r"<(?:script|iframe|img|link)[^>]+(?:src|href)=[\"']?(?:https?:)?//", page.text)
    assert "<script" not in page.text
    text = html.unescape(re.sub(r"<[^>]*>", "", page.text))
    assert [operation.path for operation in _all() if operation.path not in text] == []
