"""Whether the package is fit to be deployed: it starts by itself, is small enough, and its template is right."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.packaging import PackagingFailed, isolated
from local.packaging.wheels import MACHINES, Target

LARGEST = 60_000_000
"""Bytes unpacked that we allow ourselves. Lambda allows 250 MB, but each megabyte is read at a cold start."""
USED_LATER = (
    "psycopg", "psycopg_binary", "aiosql", "argon2", "jwt", "urllib3", "zoneinfo", "holidays", "pydantic_core",
)  # fmt: skip
"""Libraries that are imported where they are used, not with app.py: so that none is missed then."""

CFN_LINT = "import sys; from cfnlint.runner import main; sys.exit(main())"
REGIONS = ("eu-central-1", "us-east-1")

TRY_LIBRARIES = """
import importlib, datetime, zoneinfo
for name in {names!r}: importlib.import_module(name)
zoneinfo.ZoneInfo("America/New_York")
import psycopg, argon2
assert psycopg.pq.__impl__ == "binary", psycopg.pq.__impl__
argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x")
from chalicelib.core.sessions import session
from chalicelib.core.migrate import scripts
assert session(datetime.date(2025, 12, 25)) is None and session(datetime.date(2025, 12, 24)).closes.hour == 18
assert scripts(), "sql/ is not in the archive"
"""


def runs_here(target: Target) -> bool:
    """Whether this machine can run what was packaged for Lambda."""
    return sys.platform == "linux" and platform.machine() == MACHINES[target.architecture]


def size(parts: dict[str, int]) -> None:
    """Raises PackagingFailed when the archive has grown too large."""
    if (total := sum(parts.values())) > LARGEST:
        raise PackagingFailed(
            f"The archive is {total / 1e6:.0f} MB unpacked, and {LARGEST / 1e6:.0f} MB is what we allow ourselves: "
            "leave out what is not needed (UNUSED in local/packaging/archive.py)."
        )


def starts(folder: Path, runtime: Path, handlers: list[str], environment: dict[str, str]) -> None:
    """Imports the app from the archive alone, looks for each handler, and tries every library."""
    code = isolated.START.format(folder=str(folder), runtime=str(runtime))
    code += "\nimport app\n"
    code += "".join(f"assert callable({handler})\n" for handler in handlers)
    code += TRY_LIBRARIES.format(names=USED_LATER)
    try:
        isolated.run(code, environment)
    except isolated.Broken as broken:
        raise PackagingFailed(f"The archive does not start by itself:\n{broken}") from broken


def handlers(template: dict[str, Any]) -> list[str]:
    """The entry points that the template names."""
    return [
        resource["Properties"]["Handler"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def lint(template: Path) -> None:
    """Raises PackagingFailed with what cfn-lint finds: errors and warnings."""
    result = subprocess.run(
        [sys.executable, "-c", CFN_LINT, "--format", "parseable", "--regions", *REGIONS, "--", str(template)],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise PackagingFailed(
            f"CloudFormation would not take the template:\n{(result.stdout + result.stderr)[-4000:]}"
        )
