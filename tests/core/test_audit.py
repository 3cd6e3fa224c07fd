"""The audit trigger: who changed what, from what to what, without secrets."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from chalicelib.core import db
from chalicelib.core.principal import Principal
from tests.conftest import Database

SOMEBODY = UUID("3f2b8c1e-1f0a-4f57-9f6e-0a4d6f1b2c3d")


@pytest.fixture
def safe(database: Database) -> Database:
    """A database with an audited table whose combination is a secret."""
    with database.owner() as conn:
        conn.execute("set role holdfast_owner")
        conn.execute("create table app.safes (number int primary key, contents text, combination text)")
        conn.execute(
            "create trigger audit after insert or update or delete on app.safes "
            "for each row execute function app.audit('number', 'combination')"
        )
        conn.execute("grant select, insert, update, delete on app.safes to holdfast_api")
    return database


def act(statement: str, role: Any = "user") -> None:
    with db.transaction(Principal(role, SOMEBODY, origin="203.0.113.7")) as tx:
        tx.execute(statement)


def entries(database: Database) -> list[dict[str, Any]]:
    return database.rows("select * from app.audit_log where table_name = 'app.safes' order by id")


def test_each_change_is_kept_with_both_sides_and_who_from_where(safe: Database) -> None:
    act("insert into app.safes values (7, 'gold', '1234')")
    act("update app.safes set contents = 'silver', combination = '4321'")
    act("delete from app.safes", role="admin")
    made, changed, gone = entries(safe)
    assert (made["action"], made["old_values"], made["new_values"]) == (
        "insert",
        None,
        {"number": 7, "contents": "gold"},
    )
    assert (changed["old_values"], changed["new_values"]) == (
        {"number": 7, "contents": "gold"}, {"number": 7, "contents": "silver"})  # fmt: skip
    assert changed["changed_fields"] == ["combination", "contents"], "that it changed is told, to what is not"
    assert (gone["action"], gone["new_values"], gone["role"]) == ("delete", None, "admin")
    assert {(row["record_id"], row["user_id"], row["origin"]) for row in entries(safe)} == {
        ("7", SOMEBODY, "203.0.113.7")
    }
    assert "1234" not in str(entries(safe))


def test_a_change_that_changes_nothing_is_none(safe: Database) -> None:
    act("insert into app.safes values (7, 'gold', '1234')")
    act("update app.safes set contents = contents")
    assert len(entries(safe)) == 1


def test_what_is_undone_leaves_no_trace(safe: Database) -> None:
    def change_one_s_mind() -> None:
        with db.transaction(Principal("user", uuid4())) as tx:
            tx.execute("insert into app.safes values (7, 'gold', '1234')")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        change_one_s_mind()
    assert entries(safe) == []


@pytest.mark.parametrize(
    "statement", ["update app.audit_log set action = 'insert'", "delete from app.audit_log"]
)
def test_nobody_rewrites_the_record(safe: Database, statement: str) -> None:
    import psycopg

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        act(statement, role="admin")
