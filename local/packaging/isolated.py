"""Runs code from an unpacked archive as Lambda does: its folder, the standard library, and what the runtime brings.

None of this machine's installed libraries are seen, so that one which is missing in the archive is missed here already.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

RUNTIME_BRINGS = ("boto3", "botocore", "jmespath", "s3transfer", "dateutil", "six", "urllib3")
"""What Lambda's Python has installed behind the archive."""

START = "import sys; sys.path[:0] = [{folder!r}]; sys.path.append({runtime!r})"
CALL = (
    START
    + """
import importlib, json, types
module, name = {handler!r}.split(".")
context = types.SimpleNamespace(aws_request_id="isolated", function_name="isolated")
answer = getattr(importlib.import_module(module), name)(json.loads(sys.stdin.read()), context)
foreign = sorted(
    module.__name__ for module in list(sys.modules.values())
    if (file := getattr(module, "__file__", None)) and "site-packages" in file
)
print("\\n" + json.dumps({{"answer": answer, "foreign": foreign}}, default=str))
"""
)


class Broken(Exception):
    """The archive's code failed; the message has the end of what it printed."""


def runtime(folder: Path) -> Path:
    """A stand-in of /var/runtime: boto3 and what it needs, linked to from here."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in RUNTIME_BRINGS:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise Broken(f"{name} is not installed here: it stands in for what Lambda brings.")
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        link = folder / source.name
        if not link.exists():
            link.symlink_to(source)
    return folder


def run(code: str, env: dict[str, str], stdin: str = "") -> str:
    """Runs Python code without this machine's site-packages and environment. Answers with what it printed."""
    place = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code],
        input=stdin, env={**place, **env}, cwd=os.sep, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        raise Broken(f"{result.stdout[-1500:]}\n{result.stderr[-3000:]}".strip())
    return result.stdout


def invoke(folder: Path, runtime_folder: Path, handler: str, event: Any, env: dict[str, str]) -> Any:
    """What a handler ("app.every_minute", as the template names it) answers to an event."""
    code = CALL.format(folder=str(folder), runtime=str(runtime_folder), handler=handler)
    last = run(code, env, json.dumps(event)).rstrip().rpartition("\n")[2]
    result = json.loads(last)
    if result["foreign"]:
        raise Broken(f"not from the archive: {', '.join(result['foreign'])}")
    return result["answer"]
