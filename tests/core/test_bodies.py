"""What a JSON body may hold: each key once, and whole numbers that are numbers, in all rooms alike."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.operation import operations
from tests.conftest import Database
from tests.core.test_http import refused
from tests.identity.factory import Person, make_admin


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ('{"symbol": "A", "symbol": "B", "name": "A", "asset_type": "crypto", "native_currency": "USD"}',
         ["body.symbol"]),
        ('{"symbol": "A", "name": "A", "name": "A", "\\u006eame": "A", "asset_type": "crypto", "native_currency": "USD"}',
         ["body.name"]),
        ('{"symbol": "A", "name": "A", "asset_type": "crypto", "native_currency": "USD",'
         ' "metadata": {"list": [{}, {"x": 1, "y": 2, "x": 3, "y": 4}]}}',
         ["body.metadata.list.1.x", "body.metadata.list.1.y"]),
    ],
)  # fmt: skip
def test_a_key_that_is_there_twice_is_refused_by_name(admin: Person, body: str, fields: list[str]) -> None:
    """RFC 8259, 4: readers differ in which of the two they take."""
    answer = admin.api.post("/v1/admin/assets", body)
    refused(answer, 422, "invalid_input", *fields)
    assert {error["code"] for error in answer.json["errors"]} == {"duplicate_key"}


@pytest.mark.parametrize("days", ["true", "false", '"30"', "30.0", "3e1", "null", "[30]"])
def test_a_whole_number_in_a_body_is_a_number_in_digits(admin: Person, days: str) -> None:
    body = f'{{"name": "a machine", "scopes": ["market:read"], "expires_in_days": {days}}}'
    refused(admin.api.post("/v1/api-keys", body), 422, "invalid_input", "body.expires_in_days")
    assert admin.api.get("/v1/api-keys").json["items"] == []


def test_the_whole_numbers_of_a_query_are_text_as_all_of_it(admin: Person) -> None:
    assert admin.api.get("/v1/assets?limit=5").status == 200
    for wrong in ("true", "5.5", "1e1"):
        refused(admin.api.get(f"/v1/assets?limit={wrong}"), 422, "invalid_input", "query.limit")


def whole_numbers(schema: dict[str, Any], whole: dict[str, Any]) -> list[str]:
    """The fields of a body that are whole numbers, by name."""
    while "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return [
        name
        for name, field in schema.get("properties", {}).items()
        if "integer" in {option.get("type") for option in field.get("anyOf", [field])}
    ]


def test_no_body_of_any_room_takes_true_for_a_number(admin: Person) -> None:
    from chalicelib.core.openapi import document

    asked = set()
    for operation in operations:
        if "body" not in operation.hints:
            continue
        schema = document()["paths"][operation.path][operation.method.lower()]["requestBody"]["content"]
        names = whole_numbers(schema["application/json"]["schema"], document())
        path = operation.path
        for name in operation.path_adapters:
            path = path.replace(f"{{{name}}}", str(operation.example["path"][name]))
        for name in names:
            for wrong in (True, "1", 1.0):
                answer = admin.api.call(operation.method, path, operation.example["body"] | {name: wrong})
                assert answer.status == 422, (operation.template, name, wrong, answer.text)
                assert f"body.{name}" in [error["field"] for error in answer.json["errors"]], (
                    operation.template
                )
            asked.add((operation.tag, name))
    assert {("exchange", "shares_requested"), ("exchange", "lot_size"), ("portfolio", "asset_id")} <= asked
