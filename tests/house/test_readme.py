"""The README's commands, run as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|json)\n(.*?)```", README, re.DOTALL)
RUN_ELSEWHERE = {
    "./holdfast up": "by the fixture below, and in tests/local/test_up.py",
    "./holdfast test": "it is what runs this test (.ci/run calls it)",
    "./holdfast package --stage dev": "in tests/package, which take the archive apart",
}
SHELL = [block.strip() for kind, block in BLOCKS if kind == "sh" and block.strip() not in RUN_ELSEWHERE]


LAST_OF_THE_FIRST_HOUR = "job sweep_ground_floor"
"""Once this has run, the first round of jobs is over, and none is in the way of the README's."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme") / "state"


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[str]:
    """Holdfast, brought up by the README's first command on any free port: its address."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    environment |= {"HOLDFAST_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "local", "up", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if LAST_OF_THE_FIRST_HOUR in line:
                break
        threading.Thread(
            target=said.extend, args=[process.stdout], daemon=True
        ).start()  # or its pipe fills up
        found = re.search(r"Console\s+(http://\S+?)/", "".join(said))
        assert found, "".join(said)
        yield found[1]
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    assert process.returncode == 0


def run(block: str, url: str, home: Path, tmp_path: Path) -> str:
    """A block of commands, each of which must succeed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    environment |= {"HOLDFAST_HOME": str(home), "PYTHONPATH": ""}
    script = block.replace("http://127.0.0.1:8000", url).replace("/tmp/", f"{tmp_path}/")
    result = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, script + result.stdout + result.stderr
    return result.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's requests need curl")
@pytest.mark.parametrize("block", SHELL, ids=[re.sub(r"\W+", " ", block)[:40].strip() for block in SHELL])
def test_a_block_of_commands_works(block: str, running: str, home: Path, tmp_path: Path) -> None:
    output = run(block, running, home, tmp_path)
    assert '"code":' not in output, output  # no request was answered with a problem


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's requests need curl")
def test_the_first_request_answers_what_the_readme_shows(running: str, home: Path, tmp_path: Path) -> None:
    request = next(block for block in SHELL if "q=bitcoin" in block)
    shown = next(block for kind, block in BLOCKS if kind == "json")
    assert json.loads(run(request, running, home, tmp_path)) == json.loads(shown)


def test_every_command_is_run_somewhere() -> None:
    commands = {block.strip() for kind, block in BLOCKS if kind == "sh"}
    assert commands - set(SHELL) == set(RUN_ELSEWHERE)


def test_every_linked_page_is_there() -> None:
    links = re.findall(r"\]\(((?!http)[^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
