"""Brings a database up to date: numbered migrations once each, routines and reference rows whenever they change.

Runs from the command line, and as a Lambda inside the VPC (app.py). It connects as the administrator straight to
the database, not through a proxy: `set role` would pin the proxy's session.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.core import log

if TYPE_CHECKING:
    from psycopg import Connection

SQL = Path(__file__).resolve().parents[2] / "sql"
LOCK = 7_307_199_002  # any constant: who migrates holds it, a second run waits
ROOMS = ("app", "identity", "market")  # the lower floors' order; the domains above follow by name
LOCK_TIMEOUT = "30s"
STATEMENT_TIMEOUT = "10min"


class EditedMigration(Exception):
    """A migration that was already applied has been edited. Restore it and write a new one."""


class MissingMigration(Exception):
    """The database has a migration that is not in sql/migrations: this code is older than the database."""


class Script(NamedTuple):
    """One file under sql/: its ledger name ("migrations/0001_app.sql"), kind and text."""

    name: str
    kind: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def scripts(root: Path = SQL) -> list[Script]:
    """All scripts in the order in which they apply: migrations, then routines, then reference rows."""

    def read(folder: str, kind: str, key: Callable[[Path], Any]) -> Iterator[Script]:
        for path in sorted((root / folder).glob("*.sql"), key=key):
            yield Script(f"{folder}/{path.name}", kind, path.read_text(encoding="utf-8"))

    def floor(path: Path) -> tuple[int, str]:
        return (ROOMS.index(path.stem) if path.stem in ROOMS else len(ROOMS), path.stem)

    return [
        *read("migrations", "migration", lambda path: path.name),
        *read("routines", "routine", floor),
        *read("reference", "reference", lambda path: path.name),
    ]


def plan(present: list[Script], ledger: dict[str, str]) -> list[Script]:
    """Which of `present` to apply, given the ledger {name: checksum}.

    After a changed routine all later routines apply again, and all of them after a new migration: they may stand on what it
    replaced. Raises EditedMigration or MissingMigration where history does not agree.
    """
    known = {script.name for script in present}
    gone = sorted(name for name in ledger if name.startswith("migrations/") and name not in known)
    if gone:
        raise MissingMigration(f"{', '.join(gone)}: applied to this database, but not in sql/migrations")
    todo: list[Script] = []
    routines_changed = False
    for script in present:
        if script.kind == "migration":
            applied = ledger.get(script.name)
            if applied is None:
                todo.append(script)
                routines_changed = True
            elif applied != script.checksum:
                raise EditedMigration(
                    f"{script.name} was edited after it was applied; write a new migration instead"
                )
        else:
            changed = ledger.get(script.name) != script.checksum
            routines_changed = routines_changed or (script.kind == "routine" and changed)
            if changed or (script.kind == "routine" and routines_changed):
                todo.append(script)
    return todo


def migrate(
    admin_url: str,
    root: Path = SQL,
    passwords: dict[str, str] | None = None,
    say: Callable[[str], object] = str,
) -> list[str]:
    """Applies what is due and returns the names of the scripts applied.

    `passwords` {role: password} are set for the roles that log in. One run at a time: a second one waits for the
    first. Each file is one transaction, so that a failing one leaves nothing behind and the next run resumes there.
    """
    import psycopg

    with psycopg.connect(admin_url, autocommit=True) as conn:
        conn.execute("select pg_advisory_lock(%s)", [LOCK])
        conn.execute("select set_config('statement_timeout', %s, false)", [STATEMENT_TIMEOUT])
        conn.execute("select set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
        conn.execute((root / "bootstrap.sql").read_bytes())
        _set_passwords(conn, passwords or {})
        conn.execute("set role holdfast_owner")
        todo = plan(scripts(root), _ledger(conn))
        for script in todo:
            say(script.name)
            _apply(conn, script)
        return [script.name for script in todo]


def migrate_deployed() -> list[str]:
    """What the Lambda `migrate` does: migrates with the administrator's secret, and sets the two roles' passwords."""
    from psycopg.conninfo import conninfo_to_dict

    from chalicelib.core.settings import database_url

    passwords = {}
    for role in ("api", "jobs"):
        parts = conninfo_to_dict(database_url(role))
        passwords[str(parts["user"])] = str(parts["password"])
    return migrate(
        database_url("owner"), passwords=passwords, say=lambda name: log.info("migrated", script=name)
    )


def _ledger(conn: Connection) -> dict[str, str]:
    return dict(conn.execute("select name, checksum from app.schema_migrations").fetchall())


def _apply(conn: Connection, script: Script) -> None:
    with conn.transaction():
        if script.kind == "reference":
            conn.execute("select app.act_as(null, 'job', 'migrate')")
        conn.execute(script.text.encode())
        conn.execute(
            "insert into app.schema_migrations (name, kind, checksum) values (%s, %s, %s) "
            "on conflict (name) do update set checksum = excluded.checksum, applied_at = now()",
            [script.name, script.kind, script.checksum],
        )


def _set_passwords(conn: Connection, passwords: dict[str, str]) -> None:
    from psycopg import sql

    for role, password in passwords.items():
        conn.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password)))
