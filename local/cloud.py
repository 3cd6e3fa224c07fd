"""The parts of the local cloud, started on demand and stopped in reverse; commands beside a running `up`
share its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from local import environment, state
from local.server_place import DatabaseFailed


class Database:
    """The database in use: the embedded server's, or the one that DATABASE_URL names."""

    def __init__(self) -> None:
        admin_url = state.external_database()
        self.embedded = None
        self.passwords: dict[str, str] | None = None
        if admin_url is not None:
            self.url: Callable[[str], str] = environment.external_urls(admin_url)
            self.passwords = environment.database_passwords()
            self.where = "the database that DATABASE_URL names"
        else:
            from local.embedded import Embedded

            try:
                server = Embedded(state.home() / "postgres")
            except DatabaseFailed as exc:
                raise state.Problem(str(exc)) from exc
            if not server.has_database(state.DATABASE):
                server.create_database(state.DATABASE)
            self.url = lambda role: server.url(role, state.DATABASE)
            self.embedded = server
            self.where = f"embedded PostgreSQL in {server.data}"

    def migrate(self, say: Callable[[str], None] = lambda _: None) -> list[str]:
        """Brings the database up to date and returns what was applied."""
        import psycopg

        from chalicelib.core import migrate

        try:
            return migrate.migrate(self.url("owner"), passwords=self.passwords, say=say)
        except psycopg.OperationalError as exc:
            raise state.Problem(
                f"{self.where[0].upper()}{self.where[1:]} cannot be reached: {str(exc).strip().splitlines()[0]}. "
                "Check DATABASE_URL and that the server runs."
            ) from exc
        except psycopg.Error as exc:
            raise state.Problem(
                f"A database script failed, and nothing of it was kept: {str(exc).strip().splitlines()[0]}"
            ) from exc
        except (migrate.EditedMigration, migrate.MissingMigration) as exc:
            raise state.Problem(
                f"{exc}. While developing, `./holdfast reset` gives you a fresh database."
            ) from exc

    def program(self, name: str) -> str:
        """The full path of one of PostgreSQL's own programs, such as pg_dump."""
        from local.server_place import programs

        return str(programs() / name)

    def close(self) -> None:
        from chalicelib.core import db

        db.close_all()
        if self.embedded is not None:
            self.embedded.release()


@contextmanager
def database(*, migrated: bool = True) -> Iterator[Database]:
    """The database with the environment set for it, for the time of a command. Starts the embedded server if
    need be."""
    opened = Database()
    try:
        found = state.running() or {}
        sources = found.get("sources")
        environment.apply(
            environment.compute(
                opened.url, aws_url=found.get("aws"), source_url=sources.__getitem__ if sources else None
            )
        )
        if migrated:
            opened.migrate()
        yield opened
    finally:
        opened.close()


@contextmanager
def everything(data: Path | None = None) -> Iterator[Database]:
    """The database, the queues and the stand-ins: those of a running `up`, or else our own for the time of a
    command."""
    with database() as opened, ExitStack() as stack:
        if not (state.running() or {}).get("aws"):
            queues = start_queues(stack)
            sources = start_sources(stack, data)
            environment.apply(environment.compute(opened.url, aws_url=queues.url, source_url=sources.url))
            create_queues()
        yield opened


def start_queues(stack: ExitStack) -> Any:
    from local.queues import QueueServer

    server = QueueServer().start()
    stack.callback(server.stop)
    return server


def create_queues() -> None:
    from local import queues

    queues.create(queues.client())


def start_sources(stack: ExitStack, data: Path | None) -> Any:
    """The stand-ins of the outside sources: simulated histories, or those in the folder `data`."""
    from local.standins import Histories, Server

    if data is not None and not data.is_dir():
        raise state.Problem(f"{data} is not a folder. Give --data a folder of price histories.", exit_code=2)
    histories = Histories.from_folder(data) if data is not None else Histories.simulated()
    server = Server(histories, port=0)
    started = server.start() or server
    stack.callback(server.stop)
    return started


def load_app() -> Any:
    """The app as it is deployed: app.py at the repository's root, imported once the environment is set."""
    if str(state.ROOT) not in sys.path:
        sys.path.insert(0, str(state.ROOT))
    from app import app

    return app


def timetable() -> dict[str, tuple[Any, ...]]:
    """The jobs by the expression of the schedule that starts them, as app.py declares them."""
    load_app()
    import app

    found: dict[str, tuple[Any, ...]] = app.TIMETABLE
    return found
