"""`holdfast up` as a user starts it: a process of its own, killed, started again, and stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from local import state

LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Installation:
    """A state folder, and commands run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")},
            "HOLDFAST_HOME": str(folder / "state"),
            "PYTHONPATH": str(state.ROOT),
        }
        self.env.pop("DATABASE_URL", None)
        self.processes: list[subprocess.Popen[str]] = []

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "local", *arguments],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        return process

    def call(self, *arguments: str) -> tuple[int, str]:
        process = self.popen(*arguments)
        out, _ = process.communicate(timeout=60)
        return process.returncode, out

    def up(self, *arguments: str) -> tuple[subprocess.Popen[str], str, list[str]]:
        """Starts it and reads on until it is up: the process, its address and what it said."""
        process = self.popen("up", "--port", "0", *arguments)
        said: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            if "Ctrl-C stops it" in line:
                url = next(text.split()[1] for text in said if text.startswith("  Console"))
                return process, url.rstrip("/"), said
        raise AssertionError("it ended:\n" + "\n".join(said))

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if (self.folder / "state" / "postgres").exists():
            from local.embedded import Embedded

            Embedded(self.folder / "state" / "postgres").stop()
        shutil.rmtree(self.folder)


@pytest.fixture
def installation() -> Iterator[Installation]:
    made = Installation(Path(tempfile.mkdtemp(prefix="hf-up-")))
    yield made
    made.close()


def get(url: str, token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with LOCAL.open(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        return json.loads(answer.read())


def listening(pid: int) -> set[str]:
    found = psutil.Process(pid).net_connections(kind="inet")
    return {connection.laddr.ip for connection in found if connection.status == psutil.CONN_LISTEN}


def stop(process: subprocess.Popen[str], number: int) -> str:
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return out


def test_a_life(installation: Installation) -> None:
    process, url, said = installation.up()
    assert any(line.startswith("  Demo       demo@example.com  password: ") for line in said)
    assert get(f"{url}/ready")["status"] == "ready"
    assert listening(process.pid) == {"127.0.0.1"}
    assert installation.call("status") == (0, f"Running at {url} (process {process.pid}). State folder: "
                                              f"{installation.folder}/state\n")  # fmt: skip

    code, words = installation.call("up")
    assert code == 1
    assert f"running already at {url}" in words

    code, token = installation.call("token")
    assert code == 0
    assert get(f"{url}/v1/auth/me", token.strip())["email"] == "demo@example.com"
    assert {asset["symbol"] for asset in get(f"{url}/v1/watched-assets", token.strip())["items"]} >= {
        "BTC",
        "MSTR",
    }
    code, admin_token = installation.call("token", "--email", "admin@example.com")
    assert get(f"{url}/v1/auth/me", admin_token.strip())["role"] == "admin"

    process.kill()  # and everything it leaves behind
    process.communicate()
    again, url, said_again = installation.up()
    assert [line for line in said_again if "password" in line] == [
        line for line in said if "password" in line
    ]
    assert not any(line.startswith("  migrations/") for line in said_again)
    assert get(f"{url}/v1/auth/me", token.strip())["email"] == "demo@example.com"

    assert "Stopped." in stop(again, signal.SIGTERM)
    assert not (installation.folder / "state" / "postgres" / "postmaster.pid").exists()
    assert installation.call("status")[0] == 1


def test_json_logs_and_no_demo(installation: Installation) -> None:
    process, url, said = installation.up("--json-logs", "--no-demo")
    assert not any("password" in line for line in said)
    get(f"{url}/v1/assets")
    out = stop(process, signal.SIGINT)
    logged = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    assert any(line.get("route") == "GET /v1/assets" and line["status"] == 200 for line in logged)


def test_a_taken_port_is_one_sentence(installation: Installation) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out = installation.call("up", "--port", str(port), "--no-demo")
    assert code == 1
    assert f"Port {port} cannot be used" in out
    assert "Traceback" not in out
    assert not (installation.folder / "state" / "postgres" / "postmaster.pid").exists()


def test_commands_without_it(installation: Installation) -> None:
    code, out = installation.call("migrate")
    assert code == 0, out
    assert "scripts applied." in out
    assert installation.call("migrate") == (0, "Everything was applied already.\n")
    code, out = installation.call("jobs")
    assert code == 0, out
    assert "refresh_crypto_prices" in out
    assert "not run yet" in out
    code, out = installation.call("run", "sweep_backfills")
    assert code == 0, out
    assert "sweep_backfills: succeeded" in out
    code, out = installation.call("run", "sweep_backfill")
    assert code == 2
    assert "Did you mean sweep_backfills?" in out
    code, out = installation.call("psql", "-Atc", "select count(*) from app.job_runs")
    assert (code, out.strip()) == (0, "1")
    code, out = installation.call("admin", "boss@example.com")
    assert code == 0, out
    assert "new administrator" in out
    code, out = installation.call("backup", "x.dump")
    assert code == 0, out
    code, out = installation.call("restore", "x.dump")
    assert code == 2
    assert "--yes" in out
    assert installation.call("restore", "x.dump", "--yes") == (0, "Restored.\n")
    assert not (installation.folder / "state" / "postgres" / "postmaster.pid").exists()
