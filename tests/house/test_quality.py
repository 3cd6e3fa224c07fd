"""The house rules that a machine can check: lint, types, migrations, floors, sizes."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
FLOORS = {"core": 0, "sources": 0, "identity": 1, "market": 1}
"""Rooms of the lower floors; every other room of chalicelib is a domain on the second."""
LONGEST_MODULE = 320


def run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TOOLS / tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("ruff", ["check", "."]),
        ("ruff", ["format", "--check", "."]),
        ("mypy", []),
        (
            "squawk",
            ["--config", ".squawk.toml", *sorted(str(p) for p in (ROOT / "sql/migrations").glob("*.sql"))],
        ),
    ],
    ids=["ruff check", "ruff format", "mypy", "squawk"],
)
def test_the_tools_find_nothing(tool: str, arguments: list[str]) -> None:
    result = run(tool, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr


def imported_rooms(path: Path) -> set[str]:
    """The rooms of chalicelib that a module imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("chalicelib.")}


def test_imports_point_down_and_never_sideways_between_domains() -> None:
    wrong = []
    for path in modules("chalicelib"):
        room = path.relative_to(ROOT / "chalicelib").parts[0]
        for target in imported_rooms(path) - {room}:
            same_or_higher = FLOORS.get(target, 2) > FLOORS.get(room, 2)
            sideways = FLOORS.get(target, 2) == FLOORS.get(room, 2) == 2
            if same_or_higher or sideways:
                wrong.append(f"{path.relative_to(ROOT)} imports {target}")
    assert wrong == []


def test_nothing_that_is_packaged_imports_the_local_cloud() -> None:
    for path in [ROOT / "app.py", *modules("chalicelib")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names += [
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        ]
        assert not [name for name in names if name.split(".")[0] in ("local", "tests", "bench")], path


def test_a_module_holds_one_idea() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in modules("chalicelib", "local", "bench", "tests")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert long == {}


def test_sql_is_never_built_from_strings() -> None:
    """f-strings, % and + in what is executed: constants only, or psycopg's own composition."""
    wrong = []
    for path in [ROOT / "app.py", *modules("chalicelib")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("execute", "executemany", "copy")
                and node.args
                and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
            ):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []


def test_no_place_of_this_machine_is_named() -> None:
    """Absolute paths work on one machine only."""
    wrong = []
    for path in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines():
        text = (ROOT / path).read_bytes() if (ROOT / path).is_file() else b""
        if any(word in text for word in (b"/" + b"work/", b"/root" + b"/", b"/" + b"home/")):
            wrong.append(path)
    assert wrong == []
