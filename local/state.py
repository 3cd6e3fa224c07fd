"""What the local cloud keeps between starts: where its folder is, its generated secrets, and who is running.

The folder is .holdfast/ beside this code, or $HOLDFAST_HOME. Deleting it is a reset.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "holdfast"


class Problem(Exception):
    """An expected failure: a sentence that says what is wrong and what to do. `exit_code` 2: wrong usage, 1:
    the rest."""

    def __init__(self, words: str, exit_code: int = 1) -> None:
        self.exit_code = exit_code
        super().__init__(words)


def home() -> Path:
    """The state folder, made if it is not there."""
    folder = Path(os.environ.get("HOLDFAST_HOME") or ROOT / ".holdfast").expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise Problem(
            f"Cannot make the folder {folder} ({exc.strerror}). Set HOLDFAST_HOME to one you may write."
        ) from exc
    return folder


def external_database() -> str | None:
    """The administrator's URL of a database that is used in place of the embedded one, from DATABASE_URL."""
    return os.environ.get("DATABASE_URL") or None


# ---------------------------------------------------------------- secrets


def secret(name: str, make: Any = lambda: secrets.token_urlsafe(24)) -> Any:
    """A generated value that stays the same from start to start; readable by its owner only."""
    with _locked("secrets.lock"):
        path = home() / "secrets.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if name not in known:
            known[name] = make()
            _write_private(path, json.dumps(known, indent=2))
        return known[name]


def token_keys() -> dict[str, str]:
    """The keys that sign access tokens: {key id: secret}."""
    keys: dict[str, str] = secret("token_keys", lambda: {"local-1": secrets.token_urlsafe(48)})
    return keys


# ---------------------------------------------------------------- who is running


class Running:
    """Held by `holdfast up` as long as it runs. The lock is the system's: it ends with the process, however
    that ends."""

    def __init__(self) -> None:
        self._path = home() / "up.json"
        self._lock = (home() / "up.lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            found = running() or {}
            raise Problem(
                f"Holdfast is running already at {found.get('api', 'another address')} "
                f"(process {found.get('pid', '?')}). "
                "Stop that one with Ctrl-C first, or use another state folder with HOLDFAST_HOME."
            ) from None
        self._path.unlink(missing_ok=True)

    def announce(self, **addresses: Any) -> None:
        """Tells other commands where the parts answer."""
        _write_private(self._path, json.dumps({"pid": os.getpid(), **addresses}))

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        self._lock.close()


def running() -> dict[str, Any] | None:
    """What the running `holdfast up` announced, or None when none is running."""
    lock = home() / "up.lock"
    if not lock.exists():
        return None
    with lock.open("a+") as probe:
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            try:
                announced: dict[str, Any] = json.loads((home() / "up.json").read_text(encoding="utf-8"))
            except FileNotFoundError:  # it is still starting
                return {}
            return announced
    return None


@contextmanager
def _locked(name: str) -> Iterator[None]:
    with (home() / name).open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read, as a whole: a crash leaves the old one."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


# ---------------------------------------------------------------- done once


def done(what: str) -> bool:
    """Whether something that is done once per state folder has been done."""
    return (home() / f"{what}.done").exists()


def mark_done(what: str) -> None:
    (home() / f"{what}.done").touch()


def forget(what: str) -> None:
    (home() / f"{what}.done").unlink(missing_ok=True)


CONTENTS = (
    "postgres", "postgres.new", "postgres.log", "postgres.lock", "postgres.users",
    "secrets.json", "secrets.lock", "up.json", "up.lock", "demo.done",
)  # fmt: skip
"""All that is ever in the state folder."""
