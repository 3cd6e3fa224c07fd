"""Nobody sees or touches what is another's: by SQL as the API's role on any table, and by any route."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from chalicelib.core import db, outbox
from chalicelib.core.operation import operations
from chalicelib.core.principal import ANONYMOUS, Principal
from tests.conftest import Api, Database
from tests.identity.factory import Person, machine, sign_up

PUBLIC_TABLES = {
    "market.assets", "market.asset_prices", "market.latest_prices", "market.exchange_rates", "app.schema_migrations",
}  # fmt: skip
"""Tables that everybody may read. Any other shows a reader their own rows at most."""

MARK = "the-others-secret-mark"


def leave_traces(person: Person, mark: str, bitcoin: int) -> None:
    """The person does everything that leaves a row of theirs, with a mark that a leak would show."""
    since = str(datetime.now(UTC).date() - timedelta(days=3))
    assert person.api.patch("/v1/profile", {"display_name": mark}).status in (200, 404)
    assert person.api.put(f"/v1/assets/{bitcoin}/watch", {"since": since}).status == 200
    machine(person, "market:read", name=mark)
    with db.job_transaction() as tx:
        outbox.publish(tx, "news", "private", {"mark": mark}, person.id)
        tx.execute(
            "insert into app.idempotency_keys (user_id, key, request, body_hash, status, response) "
            "values (%s, %s, 'r', '', 200, %s)",
            [person.id, mark, mark],
        )


@pytest.fixture
def people(database: Database) -> tuple[Person, Person]:
    """Two people; what the second left is what the first must not see."""
    me, other = sign_up(), sign_up(email=f"{MARK}@example.com")
    bitcoin = int(database.row("select id from market.assets where symbol = 'BTC'")["id"])
    ethereum = int(database.row("select id from market.assets where symbol = 'ETH'")["id"])
    leave_traces(me, "mine", ethereum)
    leave_traces(other, MARK, bitcoin)
    return me, other


def user_columns(database: Database) -> list[tuple[str, str]]:
    """Every column of every table that holds a user's id: those that point at identity.users, or are named so."""
    rows = database.rows("""
        select distinct class.oid::regclass::text as table, attname as column
        from pg_class as class
        join pg_namespace as namespace on namespace.oid = relnamespace
        join pg_attribute on attrelid = class.oid and attnum > 0 and not attisdropped and atttypid = 'uuid'::regtype
        left join pg_constraint as con on conrelid = class.oid and contype = 'f' and conkey = array[attnum]
        where relkind in ('r', 'p') and not relispartition and namespace.nspname !~ '^(pg_|information_schema)'
            and (confrelid in ('identity.users'::regclass, 'identity.profiles'::regclass)
                 or attname in ('user_id', 'audience', 'resolved_by', 'owner_id')
                 or class.oid = 'identity.users'::regclass and attname = 'id')
    """)
    return [(row["table"], row["column"]) for row in rows]


def readable(tx: db.Tx, table: str) -> list[dict[str, Any]] | None:
    """What a SELECT by this role shows; None where it is not allowed at all."""
    with tx.conn.transaction(force_rollback=True):
        try:
            return tx.execute(f"select * from {table}").fetchall()
        except psycopg.errors.InsufficientPrivilege:
            return None


def test_by_sql_one_sees_ones_own_rows_at_most(database: Database, people: tuple[Person, Person]) -> None:
    me, _ = people
    columns = user_columns(database)
    assert {
        "identity.users",
        "identity.profiles",
        "market.asset_holders",
        "app.idempotency_keys",
        "app.outbox",
    } <= {t for t, _ in columns}
    for who in (ANONYMOUS, Principal("user", me.id), Principal("affiliate", me.id)):
        with db.transaction(who) as tx:
            for table, column in columns:
                for row in readable(tx, table) or []:
                    assert row[column] in (who.user_id, None), (who, table)


def test_by_sql_no_table_shows_anything_of_the_others(
    database: Database, people: tuple[Person, Person]
) -> None:
    me, other = people
    found = database.rows("""
        select class.oid::regclass::text as name
        from pg_class as class join pg_namespace as namespace on namespace.oid = relnamespace
        where relkind in ('r', 'p', 'v') and namespace.nspname !~ '^(pg_|information_schema)'
    """)
    tables = [row["name"] for row in found]
    assert len(tables) > 30
    for who in (ANONYMOUS, Principal("user", me.id)):
        with db.transaction(who) as tx:
            for table in tables:
                if table not in PUBLIC_TABLES:
                    shown = str(readable(tx, table))
                    assert str(other.id) not in shown, (who.role, table)
                    assert MARK not in shown, (who.role, table)


def test_by_sql_one_changes_nothing_of_the_others(database: Database, people: tuple[Person, Person]) -> None:
    me, other = people
    for table, column in user_columns(database):
        before = database.rows(f"select * from {table} where {column} = %s order by 1, 2", other.id)
        for who in (ANONYMOUS, Principal("user", me.id)):
            for statement in (
                f"delete from {table} where {column} = %s",
                f"update {table} set {column} = {column} where {column} = %s",
            ):
                with db.transaction(who) as tx:
                    try:
                        with tx.conn.transaction():
                            assert tx.execute(statement, [other.id]).rowcount == 0, (who.role, statement)
                    except psycopg.errors.InsufficientPrivilege:
                        continue
        assert database.rows(f"select * from {table} where {column} = %s order by 1, 2", other.id) == before


def test_by_sql_nobody_signs_a_row_with_anothers_name(
    database: Database, people: tuple[Person, Person]
) -> None:
    me, other = people
    statements = [
        (
            "insert into app.idempotency_keys (user_id, key, request, body_hash) values (%s, 'k', 'r', '')",
            other.id,
        ),
        (
            "insert into market.asset_holders (asset_id, user_id, kind, since) values (1, %s, 'watch', now())",
            other.id,
        ),
        ("update market.asset_holders set user_id = %s", other.id),
        ("update app.idempotency_keys set user_id = %s", other.id),
    ]
    for statement, user in statements:
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            db.transaction(Principal("user", me.id)) as tx,
        ):
            tx.execute(statement, [user])


def answers_of_every_get(client: Api, ids: dict[str, Any]) -> dict[str, str]:
    found = {}
    for operation in operations:
        if operation.method == "GET" and operation.path not in ("/docs", "/v1/openapi.json", "/ready"):
            path = operation.path
            for name in operation.path_adapters:
                path = path.replace(f"{{{name}}}", str(ids.get(name, ids["any"])))
            query = (
                operation.example.get("query", {})
                if operation.name not in ("list_events", "list_backfills")
                else {}
            )
            answer = client.get(path + "?" + "&".join(f"{key}={value}" for key, value in query.items()))
            found[path] = answer.text
    return found


def test_by_no_route_does_one_read_anything_of_the_others(
    database: Database, people: tuple[Person, Person]
) -> None:
    me, other = people
    bitcoin = database.row("select id from market.assets where symbol = 'BTC'")["id"]
    backfill = database.row("select id from market.backfill_queue where asset_id = %s", bitcoin)["id"]
    key = database.row("select id from identity.api_keys where user_id = %s", other.id)["id"]
    ids = {
        "asset_id": bitcoin,
        "topic": "news",
        "backfill_id": backfill,
        "user_id": other.id,
        "key_id": key,
        "name": "currency",
        "any": key,
    }
    own = answers_of_every_get(other.api, ids)
    assert MARK in "".join(own.values()), "the test can tell: the other does see it"
    assert f'"id":{backfill},' in own["/v1/backfills"]
    for client in (Api(), me.api, machine(me, "market:read", "identity:read")):
        for path, text in answers_of_every_get(client, ids).items():
            shown = json.loads(text) if text.startswith("{") else {"file": text}
            shown.pop("instance", None)  # a problem names the path that was asked for
            assert MARK not in str(shown), path
            assert str(other.id) not in str(shown), path
        assert f'"id":{backfill},' not in client.get("/v1/backfills").text


def test_one_unwatches_only_ones_own(database: Database, people: tuple[Person, Person]) -> None:
    me, other = people
    bitcoin = database.row("select id from market.assets where symbol = 'BTC'")["id"]
    assert me.api.delete(f"/v1/assets/{bitcoin}/watch").status == 404
    assert other.api.get("/v1/watched-assets").json["items"] != []


def test_an_id_is_no_key(database: Database, people: tuple[Person, Person]) -> None:
    """Knowing another's ids opens nothing: each function that takes a user's id asks who calls."""
    me, other = people
    takes_a_user = database.rows("""
        select proc.oid::regprocedure::text as name from pg_proc as proc
        join pg_namespace as namespace on namespace.oid = pronamespace
        where namespace.nspname = 'market' and 'p_user_id' = any (proargnames)
            and has_function_privilege('holdfast_api', proc.oid, 'execute')
    """)
    assert {row["name"].partition("(")[0] for row in takes_a_user} == {
        "market.hold_asset",
        "market.release_asset",
    }
    unknown: UUID = other.id
    with pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction(Principal("user", me.id)) as tx:
        tx.execute("select market.release_asset(1, %s, 'watch')", [unknown])
