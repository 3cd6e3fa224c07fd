"""The command line: help, and failures in words."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.core import clock
from local import state
from local.cli import SECTIONS, cli
from local.commands.work import _moment


def call(*arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(cli, list(arguments), prog_name="holdfast", **options)


def test_every_command_is_in_a_section_and_has_a_summary() -> None:
    assert sorted(name for names in SECTIONS.values() for name in names) == sorted(cli.commands)
    answer = call("--help")
    assert answer.exit_code == 0
    for name, command in cli.commands.items():
        assert f"  {name} " in answer.output
        assert command.short_help


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_explains_itself(name: str) -> None:
    answer = call(name, "--help")
    assert answer.exit_code == 0
    assert f"Usage: holdfast {name}" in answer.output


def test_help_imports_nothing_heavy() -> None:
    heavy = "boto3", "moto", "psycopg", "pydantic", "chalice"
    code = f"import sys, local.cli; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=state.ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_status_when_nothing_runs(home: Path) -> None:
    answer = call("status")
    assert answer.exit_code == 1
    assert answer.output.startswith("Not running.")


def test_an_unreachable_database_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a:b@127.0.0.1:1/c")
    answer = call("migrate")
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: The database that DATABASE_URL names cannot be reached")
    assert "Traceback" not in answer.output


def test_a_malformed_database_url_is_wrong_use(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    assert call("migrate").exit_code == 2


def test_moments() -> None:
    assert str(_moment("2026-02-07T10:00-05:00")) == "2026-02-07 15:00:00+00:00"
    assert str(_moment("2026-02-07")) == "2026-02-07 00:00:00+00:00"
    assert _moment(None) is None
    with pytest.raises(state.Problem, match="--as-of soon"):
        _moment("soon")


def test_a_job_is_not_run_for_a_moment_that_has_not_come(home: Path) -> None:
    """Refused before a database is started: an auction held before its time cannot be held again."""
    with clock.at(datetime(2026, 2, 7, 10, tzinfo=UTC)):
        answer = call("run", "hold_auctions", "--as-of", "2026-02-07T10:00:01Z")
    assert answer.exit_code == 2
    assert answer.output == (
        "Error: --as-of 2026-02-07T10:00:01Z: 2026-02-07 10:00:01 UTC has not come yet: it is 2026-02-07 10:00:00 UTC. "
        "A job runs for now or for a past moment.\n"
    )
    assert not home.exists()


def test_an_existing_file_is_not_overwritten(home: Path, tmp_path: Path) -> None:
    (tmp_path / "x.dump").touch()
    answer = call("backup", str(tmp_path / "x.dump"))
    assert answer.exit_code == 2
    assert "--yes" in answer.output


def test_a_missing_backup(home: Path) -> None:
    answer = call("restore", "nothing.dump")
    assert (answer.exit_code, answer.output) == (2, "Error: There is no file nothing.dump.\n")


def test_reset_takes_only_what_is_its_own(home: Path) -> None:
    state.token_keys()
    (home / "postcard.txt").write_text("mine")
    assert call("reset", input="n\n").exit_code == 1
    assert (home / "secrets.json").exists()
    assert call("reset", "--yes").exit_code == 0
    assert [path.name for path in home.iterdir()] == ["postcard.txt"]


def test_reset_leaves_a_running_one_alone(home: Path) -> None:
    running = state.Running()
    answer = call("reset", "--yes")
    running.close()
    assert answer.exit_code == 1
    assert "Stop it with Ctrl-C" in answer.output


def test_unknown_measurement() -> None:
    answer = call("bench", "nothing_like_that")
    assert answer.exit_code == 2
    assert "There is no measurement nothing_like_that" in answer.output
