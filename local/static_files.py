"""The console's files, served as they lie in web/: never anything outside that folder."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Said here because the system's own table differs from machine to machine, and a browser refuses a module of
a wrong type."""


class StaticFile(NamedTuple):
    """A file's bytes and the headers that it is served with."""

    body: bytes
    headers: list[tuple[str, str]]
    tag: str


class StaticFiles:
    """The files under `folder`. An ETag is calculated once per version of a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._tags: dict[Path, tuple[tuple[int, int], str]] = {}

    def find(self, url_path: str) -> StaticFile | None:
        """The file of a path as the browser sent it (a folder is its index.html), or None."""
        path = self._resolve(url_path)
        if path is None:
            return None
        body = path.read_bytes()
        tag = self._tag(path, body)
        kind = (
            TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        )
        headers = [
            ("Content-Type", kind),
            ("ETag", tag),
            (
                "Cache-Control",
                "no-cache",
            ),  # a browser asks each time, and gets 304: an edited file is seen at once
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Frame-Options", "DENY"),
        ]
        return StaticFile(body, headers, tag)

    def _resolve(self, url_path: str) -> Path | None:
        parts = unquote(url_path).split("/")
        if any(part == ".." or part.startswith(".") or "\\" in part or "\0" in part for part in parts):
            return None
        try:
            path = self._folder.joinpath(*[part for part in parts if part]).resolve()
            if path.is_dir():
                path = (path / "index.html").resolve()
            inside = path.is_relative_to(self._folder)  # after resolving: a link may lead outside
            return path if inside and path.is_file() else None
        except OSError:  # a name too long for the file system
            return None

    def _tag(self, path: Path, body: bytes) -> str:
        status = path.stat()
        version = (status.st_mtime_ns, status.st_size)
        known = self._tags.get(path)
        if known is None or known[0] != version:
            known = (version, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
            self._tags[path] = known
        return known[1]
