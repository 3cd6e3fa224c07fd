"""What every route does the same way: how it answers, and how it refuses what cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.core import db, settings
from chalicelib.core.errors import Conflict
from chalicelib.core.http import MAX_BODY
from chalicelib.core.operation import operations
from chalicelib.core.respond import problem_response
from tests.conftest import Answer, Api, Database
from tests.identity.factory import Person, make_admin, sign_up

NEW = {"symbol": "NEW", "name": "New", "asset_type": "crypto", "native_currency": "USD"}


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def refused(answer: Answer, status: int, code: str, *fields: str) -> None:
    """A problem as RFC 9457 writes it."""
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json
    assert {"type", "title", "status", "code", "detail", "instance", "request_id"} <= set(problem)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert [error["field"] for error in problem.get("errors", [])] == list(fields)
    assert all(error["code"] and error["message"] for error in problem.get("errors", []))


def test_health_answers_without_a_database_being_asked(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_API_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    settings.forget()
    answer = api.get("/health")
    assert (answer.status, answer.json["status"]) == (200, "alive")


# ------------------------------------------------------------ headers


@pytest.mark.parametrize(
    "path", ["/health", "/v1/assets", "/v1/assets/999999", "/v1/watched-assets", "/docs"]
)
def test_every_answer_carries_the_security_headers(api: Api, path: str) -> None:
    headers = api.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "max-age=" in headers["strict-transport-security"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]


def test_what_is_not_said_to_be_cacheable_is_not_stored(database: Database) -> None:
    person = sign_up()
    assert person.api.get("/v1/watched-assets").headers["cache-control"] == "no-store"
    assert person.api.get("/v1/auth/me").headers["cache-control"] == "no-store"


def test_a_request_id_that_is_sent_comes_back_and_a_strange_one_does_not(api: Api) -> None:
    assert api.get("/health", X_Request_Id="my-request_42").headers["x-request-id"] == "my-request_42"
    for strange in ("short", "x" * 65, "semi;colon-here", "a b c d e f g h", "<script>alert(1)</script>"):
        given = api.get("/health", X_Request_Id=strange).headers["x-request-id"]
        assert given != strange
        assert len(given) >= 8
    assert api.get("/health").headers["x-request-id"] != api.get("/health").headers["x-request-id"]


# ------------------------------------------------------------ bodies


@pytest.mark.parametrize(
    "body", ["{", "", "null", "[]", "7", '"text"', '{"symbol": "A"', "{'symbol': 'A'}", "\xff", "[" * 5000]
)
def test_a_body_that_is_no_json_object_is_refused(admin: Person, body: str) -> None:
    answer = admin.api.post("/v1/admin/assets", body.encode("latin-1"))
    assert (answer.status, answer.code) == (422, "invalid_input")
    assert answer.json["errors"][0]["field"].startswith("body")


def test_a_field_that_is_not_known_is_refused_by_name(admin: Person) -> None:
    refused(admin.api.post("/v1/admin/assets", NEW | {"colour": "red"}), 422, "invalid_input", "body.colour")


def test_every_wrong_field_is_named_at_once(admin: Person) -> None:
    answer = admin.api.post("/v1/admin/assets", NEW | {"symbol": 7, "asset_type": "house", "x": 1})
    refused(answer, 422, "invalid_input", "body.symbol", "body.asset_type", "body.x")


def test_a_missing_field_is_named(admin: Person) -> None:
    refused(admin.api.post("/v1/admin/assets", {"symbol": "A", "name": "A", "asset_type": "crypto"}),
            422, "invalid_input", "body.native_currency")  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/jsonx", ""]
)
def test_another_content_type_is_refused(admin: Person, kind: str) -> None:
    answer = admin.api.post("/v1/admin/assets", NEW, Content_Type=kind)
    refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_spelt_as_clients_do(admin: Person, kind: str) -> None:
    assert admin.api.post("/v1/admin/assets", NEW, Content_Type=kind).status == 201


def test_a_body_over_the_limit_is_refused_before_it_is_read(admin: Person) -> None:
    fits = json.dumps(NEW | {"metadata": {"x": ""}})
    body = fits.replace('""', '"' + "x" * (MAX_BODY - len(fits)) + '"')
    assert len(body) == MAX_BODY
    assert admin.api.post("/v1/admin/assets", body).status == 201
    refused(admin.api.post("/v1/admin/assets", body + " "), 413, "too_large")


def test_a_nul_is_refused_wherever_text_may_stand(admin: Person) -> None:
    refused(admin.api.get("/v1/assets?q=a%00b"), 422, "invalid_input", "query.q")
    refused(admin.api.get("/v1/events/a\0b"), 422, "invalid_input", "path.topic")
    refused(admin.api.post("/v1/admin/assets", NEW | {"name": "a\0b"}), 422, "invalid_input", "body.name")
    answer = admin.api.post("/v1/admin/assets", NEW | {"metadata": {"a\0": {"b": ["c", "\0"]}}})
    refused(answer, 422, "invalid_input", "body.metadata.a", "body.metadata.a.b.1")
    assert admin.api.post("/v1/admin/assets", NEW | {"name": "a\\u0000b"}).status == 201, (
        "backslashes are text"
    )


def test_if_none_match_anything_is_304_where_there_is_something(api: Api) -> None:
    """RFC 9110, 13.1.2: the condition is false if the origin server has any current representation."""
    answer = api.get("/v1/openapi.json", If_None_Match="*")
    assert (answer.status, answer.text) == (304, "")
    assert answer.headers["etag"] == api.get("/v1/openapi.json").headers["etag"]
    assert api.get("/v1/assets/999999", If_None_Match="*").status == 404


def test_half_a_character_is_refused(admin: Person) -> None:
    answer = admin.api.post("/v1/admin/assets", json.dumps(NEW).replace('"New"', '"\\ud800"'))
    assert (answer.status, answer.code) == (422, "invalid_input")


# ------------------------------------------------------------ queries and paths


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/assets?limit=5&limit=6", "query.limit"),
        ("/v1/assets?unknown=1", "query.unknown"),
        ("/v1/assets/1?unknown=1", "query.unknown"),
        ("/health?unknown=1", "query.unknown"),
        ("/v1/events/prices?after=-1", "query.after"),
        ("/v1/events/prices?after=9223372036854775808", "query.after"),
        ("/v1/events/prices?limit=501", "query.limit"),
        ("/v1/assets/one", "path.asset_id"),
        ("/v1/assets/0", "path.asset_id"),
        ("/v1/assets/-1", "path.asset_id"),
        ("/v1/assets/1.5", "path.asset_id"),
        ("/v1/assets/9223372036854775808", "path.asset_id"),
        ("/v1/assets/1e3", "path.asset_id"),
    ],
)
def test_what_a_query_or_path_cannot_be_is_refused_by_name(api: Api, path: str, field: str) -> None:
    refused(api.get(path), 422, "invalid_input", field)


HUGE = "WzkyMjMzNzIwMzY4NTQ3NzU4MDhd"  # [9223372036854775808]


@pytest.mark.parametrize(
    "cursor", ["x", "", "e30", "W10", "WyIxIl0", "WzEuNV0", "W3RydWVd", HUGE, "W251bGxd", "%2500"]
)
@pytest.mark.parametrize(
    "path", ["/v1/admin/job-runs", "/v1/admin/audit-log", "/v1/backfills", "/v1/admin/price-flags"]
)
def test_a_made_up_cursor_is_refused_everywhere(admin: Person, path: str, cursor: str) -> None:
    refused(admin.api.get(f"{path}?cursor={cursor}"), 422, "invalid_cursor", "query.cursor")


def test_no_value_of_a_parameter_makes_any_reading_route_stumble(admin: Person) -> None:
    """Every GET with strange values in each of its parameters: refused or answered, never a fault of ours."""
    strange = [
        "",
        "0",
        "-1",
        "1" * 30,
        "%00",
        "'",
        "%F0%9F%9A%80",
        "null",
        "NaN",
        "1e999",
        "x" * 600,
        "2024-13-01",
        "{}",
        "%25",
    ]
    for operation in operations:
        if (
            operation.method != "GET" or operation.path == "/ready"
        ):  # which says 503 where there are no queues
            continue
        query = operation.hints.get("query")
        names = [field.alias or name for name, field in query.model_fields.items()] if query else []
        for value in strange:
            path = operation.path
            for name in operation.path_adapters:
                path = path.replace(f"{{{name}}}", value or "-")
            for url in (path, *(f"{path}?{name}={value}" for name in names)):
                answer = admin.api.get(url)
                assert answer.status < 500, (url, answer.text)


# ------------------------------------------------------------ faults


def test_a_fault_of_ours_tells_nothing_of_itself(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from chalicelib.market import service

    def broken(*arguments: Any) -> Any:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(service, "find_assets", broken)
    answer = api.get("/v1/assets")
    refused(answer, 500, "internal_error")
    logged = capsys.readouterr().out
    assert "swordfish" not in answer.text + logged
    (line,) = [line for line in map(json.loads, logged.splitlines()) if line["event"] == "request_failed"]
    assert (line["level"], line["exception"], line["route"]) == ("error", "RuntimeError", "GET /v1/assets")
    assert line["request_id"] == answer.headers["x-request-id"]
    assert any("broken" in frame for frame in line["at"])


def test_a_database_that_is_down_is_503_with_when_to_try_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_API_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    settings.forget()
    db.close_all()
    answer = api.get("/v1/assets")
    refused(answer, 503, "database_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_a_connection_that_died_meanwhile_is_replaced_without_a_word(database: Database, api: Api) -> None:
    assert api.get("/v1/assets").status == 200
    database.cut_off("holdfast_api")
    assert api.get("/v1/assets").status == 200


def test_waiting_too_long_for_a_lock_is_503_busy(database: Database, admin: Person) -> None:
    database.run(f"alter role holdfast_api in database {database.name} set lock_timeout = '50ms'")
    db.close_all()
    with database.owner() as other, other.transaction():
        other.execute("select from market.assets where symbol = 'BTC' for update")
        number = database.row("select id from market.assets where symbol = 'BTC'")["id"]
        answer = admin.api.patch(f"/v1/admin/assets/{number}", {"name": "Bitcoin"})
    refused(answer, 503, "busy")


def test_a_fact_of_a_problem_never_takes_the_place_of_its_standard_members() -> None:
    """RFC 9457 gives `status` and the others their meaning, whatever a problem is about."""
    problem = Conflict("order_not_open", "It is filled.", status="filled", instance="7", order_id=7)
    told = json.loads(problem_response(problem, "/v1/orders/7", "request-1").body)
    assert (told["status"], told["instance"], told["order_id"]) == (409, "/v1/orders/7", 7)
