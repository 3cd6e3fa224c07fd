"""Backups of the whole database with PostgreSQL's own programs, and their restoration as all or nothing."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

from local import state
from local.cloud import Database


def write(database: Database, file: Path) -> int:
    """Writes the database to `file` and returns its size. The file appears when it is complete."""
    folder = file.resolve().parent
    if not folder.is_dir():
        raise state.Problem(f"There is no folder {folder}.", exit_code=2)
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        _program(
            database,
            "pg_dump",
            "--format=custom",
            f"--file={unfinished}",
            f"--dbname={database.url('owner')}",
        )
        unfinished.chmod(0o600)  # it holds everything, password hashes too
        unfinished.replace(file)
    except OSError as exc:
        raise state.Problem(f"{file} cannot be written: {exc.strerror}.") from exc
    finally:
        unfinished.unlink(missing_ok=True)
    return file.stat().st_size


def has_content(database: Database) -> bool:
    """Whether there is a migrated database that a restore would replace."""
    import psycopg

    with psycopg.connect(database.url("owner"), autocommit=True) as conn:
        return conn.execute("select to_regclass('app.schema_migrations')").fetchone() != (None,)


def restore(database: Database, file: Path) -> None:
    """Replaces the database by the backup in `file`.

    The backup is restored and migrated in a database beside it, and the two change names in one transaction
    at the end: whatever fails before leaves everything as it was. Raises state.Problem.
    """
    from chalicelib.core import migrate

    target = urlsplit(database.url("owner")).path.strip("/")
    beside = f"{target}_restore_{secrets.token_hex(4)}"
    old = f"{target}_old_{secrets.token_hex(4)}"
    beside_url = _with_database(database.url("owner"), beside)
    _ensure_roles(database)
    _administer(database, "create database {} template template0", beside)
    try:
        _program(
            database,
            "pg_restore",
            "--exit-on-error",
            "--single-transaction",
            f"--dbname={beside_url}",
            str(file),
        )
        try:
            migrate.migrate(beside_url, passwords=database.passwords)
        except migrate.MissingMigration as exc:
            raise state.Problem(f"{file} is of a newer version of Holdfast than this one: {exc}.") from exc
        except migrate.EditedMigration as exc:
            raise state.Problem(f"{file} does not fit this version of Holdfast: {exc}.") from exc
        _swap(database, target, beside, old)
    except BaseException:
        _administer(database, "drop database if exists {} with (force)", beside)
        raise
    _administer(database, "drop database if exists {} with (force)", old)


def _swap(database: Database, target: str, beside: str, old: str) -> None:
    """Both renamings or none. Sessions on the old database are ended: it cannot be renamed under them."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(_with_database(database.url("owner"), "postgres")) as conn:
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = any(%s)",
            [[target, beside]],
        )
        for name, to in ((target, old), (beside, target)):
            conn.execute(sql.SQL("alter database {} rename to {}").format(*map(sql.Identifier, (name, to))))


def _ensure_roles(database: Database) -> None:
    """A backup does not carry the roles that it names; they belong to the server."""
    import psycopg

    from chalicelib.core.migrate import SQL

    with psycopg.connect(database.url("owner"), autocommit=True) as conn:
        conn.execute((SQL / "bootstrap.sql").read_bytes())


def _administer(database: Database, statement: LiteralString, name: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(_with_database(database.url("owner"), "postgres"), autocommit=True) as conn:
        conn.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _program(database: Database, name: str, *arguments: str) -> None:
    result = subprocess.run([database.program(name), *arguments], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if line.strip()] or ["it gave no reason"]
        raise state.Problem(f"{name} failed, and nothing was changed: {lines[0]}")
