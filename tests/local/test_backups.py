"""Backup and restore, there and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from local import backups, environment, state
from local.cloud import Database


@pytest.fixture
def opened(home: Path, database: Any, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("DATABASE_URL", database.url("owner"))
    found = Database()
    found.migrate()
    return found


def content(opened: Database) -> dict[str, Any]:
    """Every row of every table, the policies and the grants."""
    with psycopg.connect(opened.url("owner")) as conn:
        tables = conn.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables "
            "where schemaname not in ('pg_catalog', 'information_schema') order by 1"
        ).fetchall()
        found: dict[str, Any] = {
            name: conn.execute(f"select t::text from {name} as t order by 1".encode()).fetchall()
            for (name,) in tables
        }
        found["policies"] = conn.execute("select * from pg_policies order by 1, 2, 3").fetchall()
        found["grants"] = conn.execute(
            "select oid::regclass::text, coalesce(relacl, acldefault('r', relowner))::text[] from pg_class "
            "where relkind in ('r', 'p', 'v') and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'"
        ).fetchall()
        found["grants"] = sorted((name, sorted(grants)) for name, grants in found["grants"])
        found["database"] = conn.execute(
            "select datacl::text from pg_database where datname = current_database()"
        ).fetchall()
        return found


def databases(opened: Database) -> set[str]:
    with psycopg.connect(opened.url("owner")) as conn:
        return {name for (name,) in conn.execute("select datname from pg_database").fetchall()}


def add_asset(opened: Database, symbol: str) -> None:
    with psycopg.connect(opened.url("owner")) as conn:
        conn.execute(
            "insert into market.assets (symbol, name, asset_type, native_currency) values (%s, 'x', 'stock', 'USD')",
            [symbol],
        )


def test_there_and_back(opened: Database, tmp_path: Path) -> None:
    add_asset(opened, "KEPT")
    before, names = content(opened), databases(opened)
    file = tmp_path / "holdfast.dump"
    assert backups.write(opened, file) > 10_000
    assert file.stat().st_mode & 0o077 == 0
    add_asset(opened, "LATER")
    assert content(opened) != before
    backups.restore(opened, file)
    assert content(opened) == before
    assert databases(opened) == names


def test_the_roles_can_sign_in_afterwards(opened: Database, tmp_path: Path) -> None:
    file = tmp_path / "holdfast.dump"
    backups.write(opened, file)
    backups.restore(opened, file)
    with psycopg.connect(opened.url("api")) as conn:
        conn.execute("select app.act_as(null, 'anonymous')")
        assert conn.execute("select count(*) > 0 from market.assets").fetchone() == (True,)


def test_all_or_nothing(opened: Database, tmp_path: Path) -> None:
    file = tmp_path / "holdfast.dump"
    backups.write(opened, file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    add_asset(opened, "LATER")
    before, names = content(opened), databases(opened)
    with pytest.raises(state.Problem, match="pg_restore failed, and nothing was changed"):
        backups.restore(opened, file)
    assert content(opened) == before
    assert databases(opened) == names


def test_a_backup_of_a_newer_version_is_refused(opened: Database, tmp_path: Path) -> None:
    with psycopg.connect(opened.url("owner")) as conn:
        conn.execute(
            "insert into app.schema_migrations (name, kind, checksum) "
            "values ('migrations/9999_future.sql', 'migration', 'x')"
        )
    file = tmp_path / "holdfast.dump"
    backups.write(opened, file)
    names = databases(opened)
    with pytest.raises(state.Problem, match="newer version"):
        backups.restore(opened, file)
    assert databases(opened) == names


def test_a_file_that_is_no_backup(opened: Database, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir")
    with pytest.raises(state.Problem, match="pg_restore failed"):
        backups.restore(opened, file)


def test_a_failed_backup_leaves_the_old_file(opened: Database, tmp_path: Path, home: Path) -> None:
    file = tmp_path / "holdfast.dump"
    file.write_text("old")
    opened.url = environment.external_urls("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(state.Problem, match="pg_dump failed"):
        backups.write(opened, file)
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["holdfast.dump"]


def test_content_is_noticed(opened: Database) -> None:
    assert backups.has_content(opened) is True
