"""The archive: trimmed to what runs on Lambda, compiled, and the same bytes for the same sources."""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from local.packaging import PackagingFailed

UNUSED = (
    "bin",
    "include",
    "**/tests",
    "**/RECORD",
    "**/WHEEL",
    "**/INSTALLER",
    "**/REQUESTED",
    "**/entry_points.txt",
    "**/top_level.txt",
    "**/py.typed",
    "**/*.pyi",
    "**/*.pxd",
    "**/*.pyx",
    "**/*.h",
    "**/*.c",
    # pycparser reads C declarations: only who builds an extension asks for that
    "pycparser",
    "pycparser-*",
    # pydantic's predecessor and its mypy plugin
    "pydantic/v1",
    "pydantic/mypy.py",
    # of holidays, the New York Stock Exchange is used, whose holidays have English names: no countries, no other market
    "holidays/countries/[!_]*",
    "holidays/financial/[!_n]*",
    "holidays/financial/n[!y]*",
    "holidays/locale",
)
"""What is left out: from the archive's root, or with ** at any depth. METADATA stays, since libraries look up their own
version in it, and so do licences."""
EMPTIED = ("holidays/countries/__init__.py", "holidays/financial/__init__.py")
"""These only import every module beside them. holidays.registry finds the one that is asked for by its own name."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def unpack(archive: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(folder)


def trim(folder: Path) -> None:
    """Removes what never runs on Lambda."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.exists() and any(_matches(name, pattern) for pattern in UNUSED):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    for name in EMPTIED:
        (folder / name).write_text("", encoding="utf-8")


def _matches(name: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatch(name.rpartition("/")[2], pattern.removeprefix("**/"))
    return name.count("/") == pattern.count("/") and fnmatch.fnmatch(name, pattern)


def compile_all(folder: Path) -> None:
    """Bytecode that is taken as it is: Lambda's disk is read-only, so none would ever be written there.

    Never checked against its source: the check would cost a read of every file. In a process of its own, because the
    bytes depend on what else a process has loaded, and on the seed of its hashes.
    """
    for compiled in folder.rglob("__pycache__"):
        shutil.rmtree(compiled)
    result = subprocess.run(
        [
            sys.executable, "-S", "-P", "-m", "compileall", "-q", "-j", "1", "--invalidation-mode", "unchecked-hash",
            "-s", str(folder), "-p", "/var/task", str(folder),  # where Lambda unpacks it: what tracebacks name
        ],
        env={**os.environ, "PYTHONHASHSEED": "0"}, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        raise PackagingFailed(
            f"A file of the archive does not compile:\n{(result.stdout + result.stderr)[-2000:]}"
        )


def pack(folder: Path, archive: Path) -> None:
    """Zips the folder, sorted and without times: an unchanged package is not deployed anew."""
    archive.unlink(missing_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for path in sorted(_files(folder)):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if ".so" in path.name else 0o644) << 16
            zipped.writestr(entry, path.read_bytes())


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of each part at the archive's root, the largest first."""
    parts: dict[str, int] = {}
    for path in _files(folder):
        part = path.relative_to(folder).parts[0]
        parts[part] = parts.get(part, 0) + path.stat().st_size
    return dict(sorted(parts.items(), key=lambda item: -item[1]))


def table(parts: dict[str, int], rows: int = 10) -> Iterable[str]:
    """The largest parts, in lines for people."""
    largest = list(parts.items())[:rows]
    for name, size in largest:
        yield f"  {name:<24}{size / 1e6:>7.1f} MB"
    rest = sum(parts.values()) - sum(size for _, size in largest)
    yield f"  {f'{max(0, len(parts) - rows)} others':<24}{rest / 1e6:>7.1f} MB"
    yield f"  {'unpacked':<24}{sum(parts.values()) / 1e6:>7.1f} MB"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
