"""The database: one transaction per use case, begun in somebody's name, and named statements.

Only this module knows how to connect. In Lambda it holds one connection per database role, opened at first use and
kept between invocations; the local gateway's threads each borrow one from the same store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

from chalicelib.core import log, settings
from chalicelib.core.principal import ANONYMOUS, JOB, Principal

if TYPE_CHECKING:
    from psycopg import Connection as AnyConnection
    from psycopg import Cursor

    Connection = AnyConnection[dict[str, Any]]

_idle: dict[str, list[Connection]] = {}
_lock = threading.Lock()


class Tx:
    """One transaction, begun when it is first used: its connection, in whose name it runs, and what to do once it has been
    committed."""

    def __init__(self, who: Principal) -> None:
        self.who = who
        self._conn: Connection | None = None
        self._begun = False
        self._after_commit: list[Callable[[], object]] = []

    @property
    def conn(self) -> Connection:
        """The connection, in the transaction. Raises psycopg.OperationalError when the database cannot be reached."""
        if not self._begun:
            self._conn = _begin(self._role, self.who, self._conn)
            self._begun = True
        assert self._conn is not None
        return self._conn

    @property
    def alone(self) -> Connection:
        """The connection outside of a transaction: for one statement that is a transaction by itself, in one round trip,
        and says whose it is. What was begun before is committed first."""
        if self._begun:
            assert self._conn is not None
            self._conn.execute("commit")
            self._begun = False
            self.run_after_commit()
        if self._conn is None:
            self._conn = _take(self._role)
        return self._conn

    @property
    def _role(self) -> str:
        return "jobs" if self.who.role == "job" else "api"

    def after_commit(self, action: Callable[[], object]) -> None:
        """Runs `action` once the transaction has been committed; never if it is rolled back."""
        self._after_commit.append(action)

    def renew(self) -> None:
        """Commits what was done so far and goes on in a new transaction, in the same name and on the same connection.

        For work in two steps, of which the first must be seen by others before the second can begin. If the second fails,
        the first stays done: an idempotency key claimed in it lets the request through again (idempotency.claim).
        """
        if self._begun:
            _open_transaction(self.conn, self.who, first="commit; ")
        self.run_after_commit()

    def end(self, done: bool) -> None:
        """Commits, or undoes what was not committed, and gives the connection back."""
        import psycopg

        if self._conn is None:
            return
        try:
            if self._begun:
                self._conn.execute("commit" if done else "rollback")
        except psycopg.Error:
            self._conn.close()
            if done:
                raise
        else:
            _release(self._role, self._conn)
        finally:
            self._conn, self._begun = None, False

    def run_after_commit(self) -> None:
        """Does what was put off until the commit."""
        actions, self._after_commit = self._after_commit, []
        for action in actions:
            action()

    def execute(self, statement: str, params: Any = None) -> Cursor[dict[str, Any]]:
        """Runs a constant statement; rows are dicts. Statements with a name belong in queries.sql."""
        return self.conn.execute(statement.encode(), params)


@contextmanager
def transaction(who: Principal = ANONYMOUS) -> Iterator[Tx]:
    """A transaction in the name of `who`: committed at the end of the block, rolled back if it raises.

    Jobs act as the database role holdfast_jobs, everyone else as holdfast_api.
    """
    tx = Tx(who)
    try:
        yield tx
    except BaseException:
        tx.end(done=False)
        raise
    tx.end(done=True)
    tx.run_after_commit()


def job_transaction() -> Any:
    """A transaction of a job, which sees all rows."""
    return transaction(JOB)


class Queries:
    """The named statements of a queries.sql, as functions: `queries.find_asset(tx.conn, id=…)`.

    Parsed at first use and not at import, which would cost every cold start (aiosql alone takes up to 45 ms).
    """

    def __init__(self, module_file: str, name: str = "queries.sql") -> None:
        self._path = Path(module_file).with_name(name)

    @cached_property
    def _loaded(self) -> Any:
        import aiosql

        return aiosql.from_path(self._path, "psycopg")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        statement = getattr(self._loaded, name)
        self.__dict__[name] = statement
        return statement


def close_all() -> None:
    """Closes the idle connections: for tests, and before a local stop."""
    with _lock:
        for conns in _idle.values():
            for conn in conns:
                conn.close()
        _idle.clear()


def _begin(role: str, who: Principal, conn: Connection | None = None) -> Connection:
    import psycopg

    conn = conn or _take(role)
    try:
        return _open_transaction(conn, who)
    except psycopg.OperationalError:
        # A kept connection may have died with its server or proxy. Nothing was done on it yet: once more on a new one.
        log.info("database_reconnect", role=role)
        return _open_transaction(_connect(role), who)


def _open_transaction(conn: Connection, who: Principal, first: LiteralString = "") -> Connection:
    from psycopg import ClientCursor

    try:
        # one round trip for all; the values are escaped by libpq
        statements: LiteralString = first + "begin; select app.act_as(%s, %s, %s)"
        ClientCursor(conn).execute(statements, [who.user_id, who.role, who.origin])
    except BaseException:
        conn.close()
        raise
    return conn


def _take(role: str) -> Connection:
    with _lock:
        if _idle.get(role):
            return _idle[role].pop()
    return _connect(role)


def _connect(role: str) -> Connection:
    import psycopg
    from psycopg.rows import dict_row

    return psycopg.connect(
        settings.database_url(role),
        autocommit=True,
        prepare_threshold=None,  # a proxy in between pins the session on prepared statements
        row_factory=dict_row,
        connect_timeout=5,
        application_name=f"holdfast-{role}",
    )


def _release(role: str, conn: Connection) -> None:
    with _lock:
        _idle.setdefault(role, []).append(conn)
