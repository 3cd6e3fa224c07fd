"""The embedded server: odd paths, sharing, and what a crash leaves behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from local.embedded import Embedded


class Servers:
    """Starts servers, and sees to it that none is left."""

    def __init__(self) -> None:
        self._started: list[Embedded] = []

    def __call__(self, data: Path) -> Embedded:
        self._started.append(Embedded(data))
        return self._started[-1]

    def stop_all(self) -> None:
        for server in self._started:
            server.stop()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: as root, each pytest closes the way into it again, and the server's account is another."""
    made = Path(tempfile.mkdtemp(prefix="hf-embedded-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def start(folder: Path) -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.stop_all()


@pytest.fixture
def data(folder: Path) -> Path:
    return folder / "pg"


def rows(server: Embedded) -> list[tuple[int]]:
    with psycopg.connect(server.url("owner", "postgres")) as conn:
        return conn.execute("select n from kept").fetchall()


def keep_something(server: Embedded) -> None:
    with psycopg.connect(server.url("owner", "postgres")) as conn:
        conn.execute("create table kept as select 7 as n")


@pytest.mark.parametrize("name", ["with space, comma & ümlaut", "x" * 120])
def test_any_path_will_do(folder: Path, name: str, start: Servers) -> None:
    server = start(folder / name / "pg")
    keep_something(server)
    assert rows(server) == [(7,)]
    assert len(server.socket_folder) < 100


def test_it_is_the_same_on_every_machine(data: Path, start: Servers) -> None:
    with psycopg.connect(start(data).url("owner", "postgres")) as conn:
        found = conn.execute(
            "select current_setting('server_encoding'), datlocale, current_setting('listen_addresses'), "
            "current_setting('server_version_num')::int / 10000 from pg_database where datname = 'postgres'"
        ).fetchone()
    assert found == ("UTF8", "C.UTF-8", "", 18)


def test_its_own_programs_fit_its_version(data: Path, start: Servers) -> None:
    answer = subprocess.run(
        [start(data).bin / "pg_dump", "--version"], capture_output=True, text=True, check=True
    )
    assert " 18." in answer.stdout


def test_the_last_user_stops_it(data: Path, start: Servers) -> None:
    first, second = start(data), start(data)
    assert first.pid == second.pid
    assert first.release() is False
    keep_something(second)
    assert second.release() is True
    assert not (data / "postmaster.pid").exists()


def test_nothing_is_lost_by_a_kill(data: Path, start: Servers) -> None:
    server = start(data)
    keep_something(server)
    os.kill(server.pid, signal.SIGKILL)
    again = start(data)
    assert rows(again) == [(7,)]


def test_a_stale_pid_file_with_the_number_of_another_process(data: Path, start: Servers) -> None:
    server = start(data)
    keep_something(server)
    leftover = (data / "postmaster.pid").read_text()
    server.stop()
    (data / "postmaster.pid").write_text(leftover.replace(leftover.split()[0], str(os.getpid()), 1))
    again = start(data)
    assert rows(again) == [(7,)]


def test_an_interrupted_initdb_is_made_anew(data: Path, start: Servers) -> None:
    half = data.with_name("pg.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    assert start(data).has_database("postgres")
    assert not half.exists()


def test_others_may_not_read_it(data: Path, start: Servers) -> None:
    start(data)
    assert data.stat().st_mode & 0o077 == 0


def test_a_server_whose_data_was_deleted_is_no_obstacle(folder: Path, start: Servers) -> None:
    data = folder / "with space" / "pg"  # so that its socket lies elsewhere and survives
    old = start(data)
    pid = old.pid
    shutil.rmtree(data)
    assert start(data).pid != pid
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
