"""The libraries of requirements.txt as Lambda runs them, from whatever machine this is.

Chalice can do that too, but where a library has no wheel for Lambda it prints a warning and leaves it out. Here pip itself
is asked for wheels only, and refuses.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from local.packaging import PackagingFailed

MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
OLDEST_GLIBC = 5
AMAZON_LINUX_2 = 26
AMAZON_LINUX_2023 = 34
FORMAT = "1"
"""Part of the cache's key: to be raised when what is kept in it changes."""
UNREACHABLE = re.compile(
    r"ConnectionError|Temporary failure|NewConnectionError|Could not fetch URL|ProxyError|getaddrinfo"
)
MISSING = re.compile(r"No matching distribution found for (\S+)")


class Target(NamedTuple):
    """What Lambda runs: this Python's version, on x86_64 or arm64."""

    version: tuple[int, int]
    architecture: str

    @property
    def runtime(self) -> str:
        return f"python{self.version[0]}.{self.version[1]}"

    @property
    def platforms(self) -> list[str]:
        """The wheel tags that run there. pip takes each literally, so every glibc up to Lambda's is named."""
        newest = AMAZON_LINUX_2 if self.version < (3, 12) else AMAZON_LINUX_2023
        machine = MACHINES[self.architecture]
        return [f"manylinux_2_{minor}_{machine}" for minor in range(newest, OLDEST_GLIBC - 1, -1)] + [
            f"manylinux2014_{machine}"
        ]


def target(architecture: str) -> Target:
    """What this interpreter packages for: the Lambda runtime has to be the Python that compiles."""
    if architecture not in MACHINES:
        raise PackagingFailed(
            f".chalice/config.json asks for {architecture!r}; lambda_architecture is x86_64 or arm64."
        )
    return Target((sys.version_info[0], sys.version_info[1]), architecture)


def fetch(requirements: Path, wanted: Target, cache: Path, say: Callable[[str], None]) -> Path:
    """A folder with the libraries unpacked. Kept by content: only new pins are fetched again."""
    text = requirements.read_bytes()
    key = hashlib.sha256(text + f"{FORMAT} {wanted.runtime} {wanted.architecture}".encode()).hexdigest()[:16]
    kept = cache / f"libraries-{wanted.runtime}-{wanted.architecture}-{key}"
    if kept.is_dir():
        say("libraries: as they were")
        return kept
    if importlib.util.find_spec("pip") is None:
        raise PackagingFailed(
            "This Python has no pip, which fetches the libraries. Install it: python -m ensurepip"
        )
    say(f"libraries: fetching wheels for {wanted.runtime} on {wanted.architecture} …")
    cache.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="fetching-", dir=cache))
    try:
        _install(requirements, wanted, fresh)
        if not kept.is_dir():  # another run may have been faster
            fresh.rename(kept)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return kept


def _install(requirements: Path, wanted: Target, folder: Path) -> None:
    arguments = [
        "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile", "--only-binary=:all:",
        "--implementation=cp", f"--python-version={wanted.version[0]}.{wanted.version[1]}",
        *(f"--platform={platform}" for platform in wanted.platforms),
        f"--target={folder}", f"--requirement={requirements}",
    ]  # fmt: skip
    result = subprocess.run(
        [sys.executable, "-m", "pip", "install", *arguments], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise failure(result.stderr, wanted)


def failure(stderr: str, wanted: Target) -> PackagingFailed:
    """What pip's error means and what to do about it."""
    if UNREACHABLE.search(stderr):
        return PackagingFailed(
            "The libraries could not be fetched: the package index cannot be reached. Packaging needs it once per "
            f"change of requirements.txt.\n{_last_lines(stderr)}"
        )
    if (found := MISSING.search(stderr)) is None:
        return PackagingFailed(f"pip could not fetch the libraries:\n{_last_lines(stderr)}")
    hint = "Pin a version that has one in requirements.txt."
    if wanted.architecture == "arm64" and wanted.version < (3, 12):
        hint = (
            "Python 3.11's Lambda is Amazon Linux 2 (glibc 2.26), for which newer libraries have no arm64 wheels: "
            "package with Python 3.12 or newer, or set lambda_architecture to x86_64 in .chalice/config.json."
        )
    return PackagingFailed(f"{found[1]} has no wheel for {wanted.runtime} on {wanted.architecture}. {hint}")


def _last_lines(text: str) -> str:
    return "\n".join(line for line in text.splitlines()[-5:] if line.strip())
