"""The archive does its work by itself: each kind of event, answered in an interpreter that sees nothing but the archive,
the standard library and what Lambda's runtime brings."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import holidays
import psycopg
import pytest
from moto.server import ThreadedMotoServer

from local import package as packaging
from local.lambdas import schedule_event
from local.packaging import PackagingFailed, archive, build, checks, isolated, wheels
from tests.conftest import Database
from tests.package.conftest import Invoke

ROOT = Path(__file__).resolve().parents[2]


def http(
    method: str, path: str, query: dict[str, str] | None = None, body: Any = None, **headers: str
) -> dict[str, Any]:
    """A request as API Gateway hands it to Lambda."""
    sent = {"Content-Type": "application/json", **headers}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {name: [value] for name, value in query.items()},
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": method,
            "requestId": "request-0001",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def sqs(*bodies: str) -> dict[str, Any]:
    """Messages as SQS hands them to Lambda."""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "handle",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:holdfast-dev-backfill",
                "awsRegion": "eu-central-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def rows(database: Database, statement: str, *params: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.url("owner"), autocommit=True) as conn:
        return conn.execute(statement.encode(), params).fetchall()


def test_health_says_what_was_deployed(invoke: Invoke) -> None:
    answer = invoke("app.app", http("GET", "/health"), HOLDFAST_VERSION="abc123")
    assert answer["statusCode"] == 200
    body = json.loads(answer["body"])
    assert (body["status"], body["version"], body["stage"]) == ("alive", "abc123", "dev")


def test_a_request_reads_the_database(invoke: Invoke) -> None:
    answer = invoke("app.app", http("GET", "/v1/assets", {"q": "btc"}))
    assert answer["statusCode"] == 200, answer["body"]
    assert "BTC" in {item["symbol"] for item in json.loads(answer["body"])["items"]}


def test_a_person_registers_and_is_known_by_the_token(invoke: Invoke) -> None:
    person = {"email": "someone@example.com", "password": "a long sentence of words"}
    made = invoke("app.app", http("POST", "/v1/auth/register", body=person))
    assert made["statusCode"] == 201, made["body"]
    token = json.loads(made["body"])["access_token"]
    me = invoke("app.app", http("GET", "/v1/auth/me", Authorization=f"Bearer {token}"))
    assert me["statusCode"] == 200, me["body"]
    assert "someone@example.com" in me["body"]


def test_a_person_registers_nothing_with_a_weak_password(invoke: Invoke) -> None:
    """The list of common passwords is in the archive."""
    person = {"email": "someone@example.com", "password": "password1234"}
    refused = invoke("app.app", http("POST", "/v1/auth/register", body=person))
    assert refused["statusCode"] == 422
    assert "weak_password" in refused["body"]


@pytest.mark.parametrize("path", ["/docs", "/v1/openapi.json"])
def test_the_documentation_comes_along(invoke: Invoke, path: str) -> None:
    answer = invoke("app.app", http("GET", path))
    assert answer["statusCode"] == 200
    assert "/v1/assets" in answer["body"]


def test_a_secret_is_fetched_by_the_name_in_the_setting(invoke: Invoke, database: Database) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        _create_secret(endpoint, "database", database.url("api"))
        answer = invoke(
            "app.app",
            http("GET", "/v1/assets", {"q": "btc"}),
            HOLDFAST_API_DATABASE_URL="secretsmanager:database",
            HOLDFAST_AWS_ENDPOINT_URL=endpoint,
        )
    finally:
        server.stop()
    assert answer["statusCode"] == 200, answer["body"]


def _create_secret(endpoint: str, name: str, value: str) -> None:
    import boto3

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-central-1"}
    boto3.client("secretsmanager", endpoint_url=endpoint, **keys).create_secret(Name=name, SecretString=value)


def test_the_timetable_runs(invoke: Invoke, database: Database) -> None:
    rows(
        database,
        "insert into market.tracked_assets (asset_id, tracking_users) "
        "select id, 1 from market.assets where symbol = 'BTC' and asset_type = 'crypto' returning asset_id",
    )
    due = datetime.now(UTC).replace(microsecond=0)
    results = [
        result
        for handler in ("every_minute", "every_hour")
        for result in invoke(f"app.{handler}", schedule_event(handler, due))
    ]
    assert results
    assert {result["job"]: result["status"] for result in results if result["status"] != "succeeded"} == {}
    assert rows(database, "select count(*) from market.latest_prices where price > 0")[0][0] > 0
    assert rows(database, "select count(*) from market.exchange_rates")[0][0] > 0


def test_a_backfill_lands_and_a_bad_message_fails_alone(invoke: Invoke, database: Database) -> None:
    [(backfill_id,)] = rows(
        database,
        "insert into market.backfill_queue (asset_id, start_date, end_date, next_date) "
        "select id, %s, %s, %s from market.assets where symbol = 'BTC' and asset_type = 'crypto' returning id",
        date(2025, 3, 1), date(2025, 3, 10), date(2025, 3, 1),
    )  # fmt: skip
    good = json.dumps({"id": backfill_id})
    assert invoke("app.backfill_worker", sqs(good)) == {"batchItemFailures": []}
    [(status, landed)] = rows(
        database, "select status, rows_landed from market.backfill_queue where id = %s", backfill_id
    )
    assert (status, landed) == ("completed", 10)
    assert invoke("app.backfill_worker", sqs(good, "no json")) == {
        "batchItemFailures": [{"itemIdentifier": "message-1"}]
    }


def test_migrate_fills_an_empty_database_and_makes_the_first_admin(
    invoke: Invoke, database: Database, tmp_path: Path
) -> None:
    empty = f"{database.name}_empty"
    database.server.create_database(empty)
    fresh = Database(database.server, empty)
    urls = {
        "HOLDFAST_OWNER_DATABASE_URL": fresh.url("owner"),
        "HOLDFAST_API_DATABASE_URL": fresh.url("api").replace("@", ":one@", 1),
        "HOLDFAST_JOBS_DATABASE_URL": fresh.url("jobs").replace("@", ":two@", 1),
    }
    try:
        applied = invoke("app.migrate", {}, **urls)
        present = {f"{path.parent.name}/{path.name}" for path in (ROOT / "sql").glob("*/*.sql")}
        assert set(applied) == present
        assert invoke("app.migrate", {}, **urls) == []
        admin = invoke("app.migrate", {"admin": "first@example.com"}, **urls)
        assert admin["created"] is True
        credentials = {"email": "first@example.com", "password": admin["password"]}
        session = invoke("app.app", http("POST", "/v1/auth/login", body=credentials), **urls)
        token = json.loads(session["body"])["access_token"]
        runs = invoke("app.app", http("GET", "/v1/admin/job-runs", Authorization=f"Bearer {token}"), **urls)
        assert runs["statusCode"] == 200, runs["body"]
    finally:
        database.server.drop_database(empty)


def test_it_is_small_and_has_what_it_needs_and_nothing_else(package: packaging.Package) -> None:
    parts = archive.sizes(package.unpacked)
    assert sum(parts.values()) < checks.LARGEST
    assert {"app.py", "chalicelib", "chalice", "sql", "psycopg_binary"} <= set(parts)
    assert not {"tests", "local", "boto3", "botocore", "web", "docs"} & set(parts)
    with zipfile.ZipFile(package.archive) as zipped:
        names = set(zipped.namelist())
    sources = {name for name in names if name.endswith(".py")}
    compiled = {name for name in names if name.endswith(".pyc")}
    assert len(compiled) == len(sources), "each module is compiled"
    assert "sql/bootstrap.sql" in names


def test_the_same_sources_give_the_same_bytes(package: packaging.Package, tmp_path: Path) -> None:
    archive.unpack(package.archive, tmp_path / "again")
    archive.compile_all(tmp_path / "again")
    archive.pack(tmp_path / "again", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == package.archive.read_bytes()


def test_the_exchange_keeps_all_its_holidays(runnable: packaging.Package) -> None:
    """Most of the library `holidays` is left out: what is left says the same of New York."""
    code = isolated.START.format(folder=str(runnable.unpacked), runtime=str(runnable.runtime)) + (
        "\nimport json, holidays\n"
        "print(json.dumps([{str(day): name for day, name in holidays.financial_holidays("
        "'NYSE', categories=(kind,), years=range(1990, 2041)).items()} for kind in ('public', 'half_day')]))"
    )
    whole = [
        {
            str(day): name
            for day, name in holidays.financial_holidays(
                "NYSE", categories=(kind,), years=range(1990, 2041)
            ).items()
        }
        for kind in ("public", "half_day")
    ]
    assert json.loads(isolated.run(code, {})) == whole


def test_what_the_runtime_lacks_is_noticed(package: packaging.Package, tmp_path: Path) -> None:
    with pytest.raises(isolated.Broken, match="No module named 'chalice'"):
        isolated.invoke(tmp_path, package.runtime, "chalice.app", {}, {})


def test_a_library_without_a_wheel_for_lambda_is_refused_by_name(tmp_path: Path) -> None:
    complaint = "ERROR: No matching distribution found for psycopg-binary==3.3.9"
    words = wheels.failure(complaint, wheels.Target((3, 11), "arm64"))
    assert "psycopg-binary==3.3.9 has no wheel for python3.11 on arm64" in str(words)
    assert "x86_64" in str(words)
    offline = wheels.failure(
        "NewConnectionError: Temporary failure in name resolution", wheels.target("x86_64")
    )
    assert "cannot be reached" in str(offline)


def test_a_stage_or_function_without_settings_is_refused() -> None:
    with pytest.raises(PackagingFailed, match="There is no stage nowhere"):
        build.Config(ROOT, "nowhere")
    with pytest.raises(PackagingFailed, match="every_second without an iam_policy_file"):
        build.Config(ROOT, "dev").policy_file("every_second")
