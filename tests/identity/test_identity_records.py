"""What is written down about people: audit log, logs, the API's description, and what a sweep removes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from pydantic import TypeAdapter

from chalicelib.core import clock, db, errors, jobs, log, settings
from chalicelib.core.http import Operation, operations
from chalicelib.core.migrate import SQL
from chalicelib.core.openapi import document
from chalicelib.identity import routes as declared
from chalicelib.identity.jobs import SWEEP
from chalicelib.identity.models import Credentials, LogoutRequest
from tests.conftest import Api, Database
from tests.identity.factory import PASSWORD, machine, make_admin, sign_in, sign_up


def audit_log() -> list[dict[str, Any]]:
    with db.job_transaction() as tx:
        return list(tx.execute("select * from app.audit_log order by id"))


def all_of(table: str) -> int:
    with db.job_transaction() as tx:
        row = tx.execute(f"select count(*) as n from {table}").fetchone()
        assert row is not None
        return int(row["n"])


def identity_operations() -> list[Operation]:
    return [operation for operation in operations if operation.tag == declared.routes.tag]


def test_changes_are_recorded_with_who_and_from_where(api: Api) -> None:
    admin, ada = make_admin(), sign_up()
    before = len(audit_log())
    ada.api.patch("/v1/profile", {"display_name": "Ada"})
    ada.api.put("/v1/settings/theme", {"value": "dark"})
    admin.api.put(f"/v1/admin/users/{ada.id}/role", {"role": "affiliate"})
    name, theme, role = audit_log()[before:]
    assert (name["table_name"], name["action"], name["user_id"]) == ("identity.profiles", "update", ada.id)
    assert name["changed_fields"] == ["display_name", "updated_at"]
    assert name["new_values"]["display_name"] == "Ada"
    assert (theme["table_name"], theme["new_values"]["setting_value"]) == ("identity.user_settings", "dark")
    assert (role["table_name"], role["record_id"]) == ("identity.users", str(ada.id))
    assert (role["user_id"], role["role"], role["origin"]) == (admin.id, "admin", "127.0.0.1")
    assert (role["old_values"]["role"], role["new_values"]["role"]) == ("user", "affiliate")


def test_signing_in_and_using_a_key_are_no_changes(api: Api) -> None:
    ada = sign_up()
    client = machine(ada, "identity:read")
    before = len(audit_log())
    ada.log_in()
    client.get("/v1/auth/me")
    api.post("/v1/auth/refresh", {"refresh_token": ada.refresh_token})
    assert len(audit_log()) == before


def test_a_new_password_is_recorded_without_being_shown(api: Api) -> None:
    ada = sign_up()
    ada.api.put(
        "/v1/auth/password", {"current_password": PASSWORD, "new_password": "seven quiet lighthouses"}
    )
    last = audit_log()[-1]
    assert last["changed_fields"] == ["password_hash", "updated_at"]
    assert "password_hash" not in last["new_values"]


def test_no_secret_is_in_the_audit_log_or_in_the_logs(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[dict[str, Any]] = []
    monkeypatch.setenv("HOLDFAST_LOG_LEVEL", "debug")
    settings.forget()
    monkeypatch.setattr(log, "write", lines.append)
    ada = sign_up("ada.lovelace@example.com", display_name="Lovelace")
    other = sign_in(ada.email)
    key = ada.api.post("/v1/api-keys", {"name": "importer", "scopes": ["identity:read"]}).json["key"]
    api.get("/v1/auth/me", X_Api_Key=key)
    api.post("/v1/auth/login", {"email": ada.email, "password": "a wrong password"})
    api.post("/v1/auth/refresh", {"refresh_token": ada.refresh_token})
    api.post("/v1/auth/refresh", {"refresh_token": ada.refresh_token})
    api.post("/v1/auth/register", {"email": ada.email, "password": PASSWORD})
    api.post("/v1/auth/register", f'{{"email": "{ada.email}", "password": "{PASSWORD}"')
    api.get("/v1/auth/me", Authorization=f"Bearer {ada.access_token}x")
    secrets = [PASSWORD, "a wrong password", key, ada.access_token, ada.refresh_token, other["refresh_token"]]
    logged, audited = str(lines), str(audit_log())
    assert len(lines) >= 8
    for secret in [*secrets, "argon2"]:
        assert secret not in logged
        assert secret not in audited
    for personal in (ada.email, "Lovelace"):
        assert personal not in logged


def test_secrets_do_not_show_in_what_a_request_prints_as() -> None:
    shown = repr(Credentials.model_validate({"email": "a@b", "password": PASSWORD}))
    assert PASSWORD not in shown
    assert "hfr_x" not in repr(LogoutRequest.model_validate({"refresh_token": "hfr_x"}))


def test_a_sweep_leaves_what_can_still_be_used_or_reused(api: Api) -> None:
    ada = sign_up()
    machine(ada, "identity:read")
    api.post("/v1/auth/refresh", {"refresh_token": ada.refresh_token})
    assert jobs.run(SWEEP)["rows"] == 0
    assert (all_of("identity.refresh_tokens"), all_of("identity.api_keys")) == (2, 1)


def test_a_sweep_takes_the_moment_it_runs_for(api: Api) -> None:
    ada = sign_up()
    revoked = ada.api.post("/v1/api-keys", {"name": "old", "scopes": ["identity:read"]}).json
    machine(ada, "identity:read")
    ada.api.delete(f"/v1/api-keys/{revoked['id']}")
    in_a_month = jobs.run(SWEEP, clock.now() + timedelta(days=32))
    assert (in_a_month["status"], in_a_month["rows"]) == ("succeeded", 1)
    assert all_of("identity.refresh_tokens") == 0
    assert SWEEP.work(clock.now() + timedelta(days=91)).details == {"tokens": 0, "keys": 1}
    assert SWEEP.work(clock.now() + timedelta(days=91)).rows == 0
    assert all_of("identity.api_keys") == 1


def test_a_domain_can_prepare_something_for_each_new_person(api: Api, database: Database) -> None:
    with psycopg.connect(database.url("owner"), autocommit=True) as conn:
        conn.execute("set role holdfast_owner")
        conn.execute(
            "create function app.hello() returns trigger language plpgsql security definer "
            "set search_path = pg_catalog as $$ begin "
            "update identity.profiles set paper_balance = 5 where id = new.id; return null; end $$"
        )
        conn.execute(
            "create trigger users_20_app after insert on identity.users "
            "for each row execute function app.hello()"
        )
    assert sign_up().api.get("/v1/profile").json["paper_balance"] == "5"
    assert make_admin().api.get("/v1/profile").json["paper_balance"] == "5"


def test_the_security_page_can_be_applied_again(api: Api, database: Database) -> None:
    ada = sign_up()
    with psycopg.connect(database.url("owner"), autocommit=True) as conn:
        conn.execute("set role holdfast_owner")
        for _ in range(2):
            conn.execute((SQL / "routines" / "identity.sql").read_bytes())
    assert ada.api.get("/v1/profile").status == 200
    assert sign_up().api.get("/v1/settings").status == 200


def test_each_constraint_with_words_exists(database: Database) -> None:
    with psycopg.connect(database.url("owner")) as conn:
        rows = conn.execute(
            "select conname from pg_constraint "
            "union select indexrelid::regclass::name from pg_index where indisunique "
            "union select substring(prosrc from 'constraint = ''(\\w+)''') from pg_proc"
        ).fetchall()
    names = {str(row[0]).rpartition(".")[2] for row in rows}
    ours = {
        name
        for name in errors.named_constraints()
        if name.startswith(("users_", "user_settings_", "api_keys_"))
    }
    assert len(ours) == 7
    assert ours <= names


@pytest.mark.parametrize("operation", identity_operations(), ids=lambda operation: operation.name)
def test_every_example_is_true_to_its_models(operation: Operation) -> None:
    example = operation.example
    hints = operation.hints
    assert set(example) <= {"path", "query", "body", "answer"}
    assert ("body" in example) == ("body" in hints)
    assert ("query" in example) == ("query" in hints)
    assert ("answer" in example) == (hints["return"] is not type(None))
    assert set(example.get("path", {})) == set(operation.path_adapters)
    for name, adapter in operation.path_adapters.items():
        adapter.validate_python(example["path"][name])
    for part in ("body", "query"):
        if part in hints:
            hints[part].model_validate(example[part])
    if "answer" in example:
        adapter = TypeAdapter(hints["return"])
        assert (
            adapter.dump_python(adapter.validate_python(example["answer"]), mode="json") == example["answer"]
        )


@pytest.mark.parametrize("operation", identity_operations(), ids=lambda operation: operation.name)
def test_every_route_is_described(operation: Operation) -> None:
    described = document()["paths"][operation.path][operation.method.lower()]
    assert 5 <= len(described["summary"]) <= 90
    if operation.path.startswith(("/v1/admin", "/v1/api-keys")):
        assert operation.scope is None
