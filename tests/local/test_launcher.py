"""The launcher, in a copy of the repository that needs nothing but pip itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local import state

MAIN = """
import json, os, sys
print(json.dumps({"cwd": os.getcwd(), "arguments": sys.argv[1:], "prefix": sys.prefix, "path": sys.path}))
sys.exit(7 if "fail" in sys.argv else 0)
"""
PYTHON = f"{sys.base_prefix}/bin/python{sys.version_info[0]}.{sys.version_info[1]}"


class Copy:
    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "local").mkdir(parents=True)
        (root / "local" / "__init__.py").touch()
        (root / "local" / "__main__.py").write_text(MAIN)
        (root / "requirements.txt").write_text("pip\n")
        (root / "requirements-dev.txt").write_text("# nothing\n")
        shutil.copy(state.ROOT / "holdfast", root / "holdfast")

    def start(
        self, *arguments: str, shell: str = "sh", env: dict[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP"))}
        return subprocess.Popen(
            [shell, str(self.root / "holdfast"), *arguments],
            env={**kept, "HOLDFAST_PYTHON": PYTHON, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, *arguments: str, **options: Any) -> tuple[int, dict[str, Any], str]:
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=120)
        return process.returncode, json.loads(out) if out else {}, err


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "a repository")


def fake(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def tools(folder: Path) -> Path:
    """A PATH with the ordinary tools, and no Python but what the test puts there."""
    folder.mkdir()
    for tool in (
        "cat",
        "cksum",
        "dirname",
        "grep",
        "mkdir",
        "mv",
        "ps",
        "readlink",
        "rm",
        "rmdir",
        "sed",
        "sh",
        "sleep",
        "tail",
        "uname",
    ):
        found = shutil.which(tool)
        if found:
            (folder / tool).symlink_to(found)
    return folder


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy that has been started once, where the first commands called python are broken."""
    folder = tmp_path_factory.mktemp("launcher")
    made = Copy(folder / "a repository")
    commands = tools(folder / "bin")
    fake(commands, "python3", "echo 'pyenv: python3: command not found' >&2; exit 127")
    fake(commands, "python3.13", "echo 'is Python 3.13, but lacks the module ensurepip' >&2; exit 1")
    fake(commands, "python3.12", f'exec {PYTHON} "$@"')
    code, said, err = made.run("up", "--port", "1", env={"HOLDFAST_PYTHON": "", "PATH": str(commands)})
    assert code == 0, err
    assert "Installing 1 packages" in err
    assert "1 of 1  pip" in err
    assert said["arguments"] == ["up", "--port", "1"]
    return made


def test_the_environment_is_its_own(ready: Copy) -> None:
    _, said, _ = ready.run()
    assert said["prefix"] == str(ready.root / ".venv")
    assert said["path"][0] == str(ready.root)


def test_a_second_start_installs_nothing_and_says_nothing(ready: Copy) -> None:
    assert ready.run("fail")[0::2] == (7, "")


def test_the_callers_folder_stays_and_does_not_shadow_ours(ready: Copy, tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    code, said, err = ready.run(cwd=tmp_path)
    assert (code, err) == (0, "")
    assert said["cwd"] == str(tmp_path)
    assert str(tmp_path) not in said["path"]


def test_through_symbolic_links(ready: Copy, tmp_path: Path) -> None:
    (tmp_path / "first").symlink_to(ready.root / "holdfast")
    (tmp_path / "second").symlink_to("first")
    answer = subprocess.run([tmp_path / "second"], capture_output=True, text=True, check=True, cwd="/")
    assert json.loads(answer.stdout)["prefix"] == str(ready.root / ".venv")


def test_changed_requirements_are_installed(ready: Copy) -> None:
    (ready.root / "requirements.txt").write_text("pip\n# changed\n")
    code, _, err = ready.run()
    assert code == 0
    assert "Installing" in err
    assert "Setting up" not in err  # into the environment that is there
    assert ready.run()[2] == ""


def test_a_moved_repository_gets_a_new_environment(ready: Copy) -> None:
    moved = ready.root.with_name("moved")
    ready.root.rename(moved)
    ready.root = moved
    code, said, err = ready.run()
    assert code == 0, err
    assert "Setting up" in err
    assert said["prefix"] == str(moved / ".venv")


def test_two_first_starts_at_once(copy: Copy) -> None:
    processes = [copy.start(str(number)) for number in range(3)]
    answers = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(json.loads(out)["arguments"][0] for out, _ in answers) == ["0", "1", "2"]
    assert sum("Setting up" in err for _, err in answers) == 1
    assert not (copy.root / ".venv.lock").exists()


def test_a_failed_installation_says_why_and_the_next_start_repairs_it(ready: Copy) -> None:
    (ready.root / "requirements.txt").write_text("no-such-package-as-this==1\n")
    code, said, err = ready.run(env={"PIP_NO_INDEX": "1"})
    assert (code, said) == (1, {})
    assert "No matching distribution" in err
    assert "the installation failed" in err
    assert not (ready.root / ".venv.lock").exists()
    (ready.root / "requirements.txt").write_text("pip\n")
    shutil.rmtree(ready.root / ".venv" / "lib")  # and a start that was killed
    dead = subprocess.Popen(["true"])
    dead.wait()
    (ready.root / ".venv.lock").mkdir()
    (ready.root / ".venv.lock" / "pid").write_text(f"{dead.pid}\n")
    code, said, err = ready.run()
    assert code == 0, err
    assert said["prefix"] == str(ready.root / ".venv")
    assert not (ready.root / ".venv.lock").exists()


def test_without_a_python_it_says_what_it_looked_at_and_what_to_do(copy: Copy, tmp_path: Path) -> None:
    commands = tools(tmp_path / "bin")
    fake(commands, "python3", "echo 'is Python 3.9; 3.11 or newer is needed' >&2; exit 1")
    code, _, err = copy.run(env={"HOLDFAST_PYTHON": "", "PATH": str(commands)})
    assert code == 1
    assert "needs Python 3.11 or newer" in err
    assert f"python3 ({commands}/python3): is Python 3.9" in err
    assert "python3.13: not found" in err
    assert "apt install" in err or "brew install" in err
    assert not (copy.root / ".venv.lock").exists()


def test_a_chosen_python_that_does_not_suit(copy: Copy) -> None:
    code, _, err = copy.run(env={"HOLDFAST_PYTHON": "/nowhere/python"})
    assert code == 1
    assert "HOLDFAST_PYTHON cannot be used" in err


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_it_is_plain_sh(shell: str) -> None:
    found = shutil.which(shell)
    if not found:
        pytest.skip(f"no {shell} here")
    command = [found, "sh", "-n"] if shell == "busybox" else [found, "-n"]
    subprocess.run([*command, state.ROOT / "holdfast"], check=True)
