"""Nobody reads or changes what is somebody else's: by no route, and not by SQL as the API's role either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.conftest import Api, Database
from tests.identity.factory import Person, machine, make_admin, sign_up

TABLES = ("users", "profiles", "user_settings", "api_keys", "refresh_tokens")
OWNER = {"users": "id", "profiles": "id"}
SECRETS = (("users", "password_hash"), ("api_keys", "key_hash"), ("refresh_tokens", "token_hash"))

Sql = Callable[..., list[Any]]


@dataclass
class Town:
    ada: Person
    bob: Person
    admin: Person
    bobs_key: str


@pytest.fixture
def town(api: Api) -> Town:
    """Ada, Bob and an administrator. Bob has a key, a name and a setting of his own."""
    town = Town(sign_up(), sign_up(display_name="Bob"), make_admin(), "")
    town.bob.api.put("/v1/settings/secret_plan", {"value": "bobs plan"})
    machine(town.bob, "identity:read", name="bobs machine")
    town.bobs_key = town.bob.api.get("/v1/api-keys").json["items"][0]["id"]
    return town


@pytest.fixture
def sql(database: Database) -> Iterator[Sql]:
    """Runs a statement as the API's role, acting as somebody: its rows, or a list of how many it changed."""
    with psycopg.connect(database.url("api"), autocommit=True) as conn:

        def run(who: UUID | None, role: str, statement: str, params: Any = None) -> list[Any]:
            with conn.transaction():
                conn.execute("select app.act_as(%s, %s)", [who, role])
                cursor = conn.execute(statement, params)
                return (
                    cursor.fetchall() if cursor.description else [cursor.rowcount] if cursor.rowcount else []
                )

        yield run


def test_no_route_shows_somebody_elses(town: Town) -> None:
    seen = "".join(
        town.ada.api.get(path).text for path in ("/v1/auth/me", "/v1/profile", "/v1/settings", "/v1/api-keys")
    )
    for private in (str(town.bob.id), town.bob.email, "Bob", "bobs plan", "bobs machine", town.bobs_key):
        assert private not in seen
    assert town.ada.api.get("/v1/settings/secret_plan").status == 404
    assert town.ada.api.get("/v1/admin/users").status == 403


def test_no_route_changes_somebody_elses(town: Town) -> None:
    assert town.ada.api.delete("/v1/settings/secret_plan").status == 404
    assert town.ada.api.delete(f"/v1/api-keys/{town.bobs_key}").status == 404
    assert town.ada.api.put("/v1/settings/secret_plan", {"value": "adas"}).status == 200
    assert town.bob.api.get("/v1/settings/secret_plan").json["value"] == "bobs plan"
    assert town.bob.api.get("/v1/api-keys").json["items"][0]["revoked_at"] is None


def test_an_administrator_sees_accounts_but_not_what_is_in_them(town: Town) -> None:
    assert town.bob.email in town.admin.api.get("/v1/admin/users").text
    assert town.admin.api.get("/v1/settings/secret_plan").status == 404
    assert town.admin.api.delete(f"/v1/api-keys/{town.bobs_key}").status == 404


@pytest.mark.parametrize("table", TABLES[:4])
def test_row_security_shows_a_person_their_own_rows_and_no_others(town: Town, sql: Sql, table: str) -> None:
    owner = OWNER.get(table, "user_id")
    statement = f"select {owner} from identity.{table}"
    assert {row[0] for row in sql(town.bob.id, "user", statement)} == {town.bob.id}
    assert {row[0] for row in sql(town.bob.id, "affiliate", statement)} == {town.bob.id}
    assert sql(None, "anonymous", statement) == []
    assert sql(town.bob.id, "user", f"{statement} where {owner} = %s", [town.ada.id]) == []


def test_row_security_shows_administrators_users_and_profiles_only(town: Town, sql: Sql) -> None:
    everybody = {town.ada.id, town.bob.id, town.admin.id}
    for table, expected in (("users", everybody), ("profiles", everybody), ("api_keys", set())):
        owner = OWNER.get(table, "user_id")
        rows = sql(town.admin.id, "admin", f"select {owner} from identity.{table}")
        assert {row[0] for row in rows} == expected
    rows = sql(town.admin.id, "admin", "select user_id from identity.user_settings")
    assert {row[0] for row in rows} == {town.admin.id}


@pytest.mark.parametrize(("table", "column"), SECRETS)
@pytest.mark.parametrize("role", ["anonymous", "user", "admin"])
def test_no_hash_can_be_selected(town: Town, sql: Sql, table: str, column: str, role: str) -> None:
    for what in (column, "*"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql(town.bob.id, role, f"select {what} from identity.{table}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(town.bob.id, role, f"select 1 from identity.{table} where {column} is not null")


def test_without_acting_as_somebody_nothing_is_there(town: Town, database: Database) -> None:
    with psycopg.connect(database.url("api"), autocommit=True) as conn:
        for table in TABLES[:4]:
            cursor = conn.execute(SQL("select from {}").format(Identifier("identity", table)))
            assert cursor.rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        "update identity.profiles set display_name = 'x' where id = %s",
        "update identity.user_settings set setting_value = '1' where user_id = %s",
        "delete from identity.user_settings where user_id = %s",
        "update identity.api_keys set revoked_at = now() where user_id = %s",
        "update identity.users set is_active = false where id = %s",
    ],
)
def test_somebody_elses_rows_cannot_be_changed(town: Town, sql: Sql, statement: str) -> None:
    assert sql(town.ada.id, "user", statement, [town.bob.id]) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update identity.profiles set paper_balance = 1e9 where id = %s",
        "update identity.users set email = 'x@y.z' where id = %s",
        "update identity.users set password_hash = 'x' where id = %s",
        "update identity.api_keys set scopes = '{everything}' where user_id = %s",
        "update identity.api_keys set user_id = %s",
        "delete from identity.users where id = %s",
        "delete from identity.api_keys where user_id = %s",
        "update identity.refresh_tokens set revoked_at = null where user_id = %s",
        "insert into identity.refresh_tokens (user_id) values (%s)",
        "insert into identity.users (id, email, password_hash) values (%s, 'x@y.z', 'x')",
        "insert into identity.profiles (id) values (%s)",
    ],
)
def test_what_no_use_case_needs_is_not_granted(town: Town, sql: Sql, statement: str) -> None:
    for role in ("user", "admin"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql(town.bob.id, role, statement, [town.bob.id])


@pytest.mark.parametrize(
    "statement",
    [
        "insert into identity.user_settings (user_id, setting_name, setting_value) values (%s, 'x', '1')",
        "insert into identity.api_keys (user_id, name, prefix, key_hash, scopes, expires_at) "
        "values (%s, 'x', 'hf_', '\\x00', '{identity:read}', now() + interval '1 day')",
    ],
)
def test_nothing_can_be_put_in_somebody_elses_name(town: Town, sql: Sql, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(town.ada.id, "user", statement, [town.bob.id])


def test_a_person_cannot_raise_their_own_role(town: Town, sql: Sql) -> None:
    assert (
        sql(town.ada.id, "user", "update identity.users set role = 'admin' where id = %s", [town.ada.id])
        == []
    )
    assert town.ada.log_in().api.get("/v1/auth/me").json["role"] == "user"


def test_every_function_is_granted_by_name_and_safe_to_run_with_the_owners_rights(database: Database) -> None:
    with psycopg.connect(database.url("owner")) as conn:
        rows = conn.execute(
            "select proname, prosecdef, coalesce(proconfig @> array['search_path=pg_catalog'], false), "
            "has_function_privilege('public', oid, 'execute'), prorettype = 'trigger'::regtype, "
            "has_function_privilege('holdfast_api', oid, 'execute') "
            "from pg_proc where pronamespace = 'identity'::regnamespace"
        ).fetchall()
    assert len(rows) >= 15
    for name, definer, pinned, public, is_trigger, api in rows:
        assert not public, name
        assert pinned or not definer, name
        assert not (is_trigger and api), name
