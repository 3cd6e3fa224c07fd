"""HTTP on loopback: what API Gateway does in front of the app, and the console's files beside it."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from chalice.app import Chalice

from local import rest_api
from local.static_files import StaticFiles

MAX_BODY = 10 * 1024 * 1024  # API Gateway's limit for a request
MAX_ANSWER = 6 * 1024 * 1024  # Lambda's limit for a response
API_PARTS = frozenset({"v1", "health", "ready", "docs"})
"""First parts of paths that are never files, also where no route fits."""

Headers = list[tuple[str, str]]


class Refused(Exception):
    """The request cannot be read: answered with a problem, and the connection is closed."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status, self.code, self.detail = status, code, detail
        super().__init__(detail)


class Gateway:
    """The server. `url` is where it answers; it listens from construction and answers from `start` on.

    Raises OSError where the port is taken. Port 0 takes any that is free.
    """

    def __init__(self, app: Chalice, web: Path, port: int = 0, host: str = "127.0.0.1") -> None:
        rest_api.make_thread_safe(app)
        self.app = app
        self.matcher = rest_api.Matcher(list(app.routes))
        self.files = StaticFiles(web)
        self._server = _Server((host, port), partial(_Handler, self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="gateway", daemon=True
        )
        self._active = 0
        self._idle = threading.Condition()

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> Gateway:
        self._thread.start()
        return self

    def stop(self, patience: float = 10) -> bool:
        """Takes no more requests and waits for those being answered. False: some were not done in time."""
        if self._thread.is_alive():
            self._server.shutdown()
        with self._idle:
            done = self._idle.wait_for(lambda: self._active == 0, timeout=patience)
        self._server.server_close()
        return done

    def enter(self) -> None:
        with self._idle:
            self._active += 1

    def leave(self) -> None:
        with self._idle:
            self._active -= 1
            self._idle.notify_all()

    def answer(
        self, method: str, target: str, headers: Headers, body: bytes, source_ip: str
    ) -> tuple[int, Headers, bytes]:
        """Answers one request. The app has the first word; what is none of its paths is a file or nothing."""
        path, _, query = target.partition("?")
        match = self.matcher.match(path)
        if match is None:
            return self._file(method, path, headers)
        methods = self.app.routes[match.route]
        if method == "HEAD" and "HEAD" not in methods:
            method = "GET"
        if method not in methods:
            allowed = rest_api.preflight(methods) if method == "OPTIONS" else None
            return (200, allowed, b"") if allowed else _method_not_allowed(methods)
        event = rest_api.event(
            method, path, query, headers, body, source_ip, match, self.app.api.binary_types
        )
        status, answer_headers, answer = rest_api.call(self.app, event)
        if len(answer) > MAX_ANSWER:
            return problem(
                502, "answer_too_large", "The answer is larger than the 6 MB that Lambda may return."
            )
        return status, answer_headers, answer

    def _file(self, method: str, path: str, headers: Headers) -> tuple[int, Headers, bytes]:
        first = path.split("/")[1] if path.startswith("/") else ""
        known = self.matcher.first_parts | API_PARTS
        found = None if first in known else self.files.find(path)
        if found is None:
            return problem(404, "not_found", "There is nothing at this path.")
        if method not in ("GET", "HEAD"):
            return _method_not_allowed({"GET": None})
        sent = [value for name, value in headers if name.lower() == "if-none-match"]
        if any(
            tag.strip().removeprefix("W/") in (found.tag, "*") for value in sent for tag in value.split(",")
        ):
            return 304, found.headers, b""
        return 200, found.headers, found.body


def problem(
    status: int, code: str, detail: str, headers: Headers | None = None
) -> tuple[int, Headers, bytes]:
    """An error in the shape that all of Holdfast's errors have (RFC 9457)."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    return status, [("Content-Type", "application/problem+json"), *(headers or [])], json.dumps(body).encode()


def _method_not_allowed(methods: dict[str, Any]) -> tuple[int, Headers, bytes]:
    allowed = sorted({*methods, *(["HEAD"] if "GET" in methods else [])})
    return problem(
        405, "method_not_allowed", f"This path takes {', '.join(allowed)}.", [("Allow", ", ".join(allowed))]
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        # not HTTPServer's own, which asks the name service for our name: seconds on some machines
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is nothing to report; what the app raises never comes this
        far."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 75  # seconds that a connection may say nothing
    # with both, an answer is one packet that leaves at once; without, Nagle's algorithm adds 40 ms to each
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(self, gateway: Gateway, *args: Any) -> None:
        self._gateway = gateway
        super().__init__(*args)

    def _handle(self) -> None:
        self._gateway.enter()
        try:
            try:
                body = self._read_body()
            except Refused as refused:
                self.close_connection = True
                self._send(*problem(refused.status, refused.code, refused.detail))
                self._drain()
                return
            self._send(
                *self._gateway.answer(
                    self.command, self.path, list(self.headers.items()), body, self.client_address[0]
                )
            )
        finally:
            self._gateway.leave()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _handle  # noqa: N815

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        return self._read_exactly(self._length())

    def _length(self) -> int:
        text = self.headers.get("Content-Length", "0").strip()
        if not (text.isascii() and text.isdigit()):
            raise Refused(400, "malformed_request", "Content-Length is not a number.")
        return _allowed(int(text))

    def _read_chunks(self) -> bytes:
        chunks: list[bytes] = []
        total = 0
        while True:
            size_text = self.rfile.readline(1024).split(b";")[0].strip()
            try:
                size = int(size_text, 16)
            except ValueError:
                raise Refused(400, "malformed_request", "The chunked body cannot be read.") from None
            total = _allowed(total + size)
            if size <= 0:
                break
            chunks.append(self._read_exactly(size))
            self.rfile.readline(8)
        while self.rfile.readline(65537).strip():
            pass  # trailers
        return b"".join(chunks)

    def _read_exactly(self, size: int) -> bytes:
        body = self.rfile.read(size) if size else b""
        if len(body) < size:
            raise Refused(400, "malformed_request", "The body is shorter than announced.")
        return body

    def _drain(self) -> None:
        """Reads on for a moment what is still being sent: closing at once would reset the connection, and the
        client would see that instead of the answer."""
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            budget = 8 * MAX_BODY
            while budget > 0 and (piece := self.connection.recv(1 << 16)):
                budget -= len(piece)
        except OSError:
            return  # it has gone: then there is nothing to read

    def handle_expect_100(self) -> bool:
        try:
            self._length()
        except Refused as refused:
            self.close_connection = True
            self._send(*problem(refused.status, refused.code, refused.detail))
            return False
        return super().handle_expect_100()

    def _send(self, status: int, headers: Headers, body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if status >= 200 and status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(body)
        self.wfile.flush()

    def version_string(self) -> str:
        return "Holdfast"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """For what the base class finds wrong before a request is one: a line or headers too long, an odd
        method."""
        self.close_connection = True
        status = HTTPStatus(code)
        self.command = getattr(self, "command", None) or "GET"
        self.request_version = (
            "HTTP/1.1"  # without a version it would take us for HTTP/0.9, which has no headers
        )
        self._send(*problem(status, status.name.lower(), (message or status.phrase) + "."))
        self._drain()

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are logged by the app, with their route and time; files are not worth a line."""


def _allowed(size: int) -> int:
    if size > MAX_BODY:
        raise Refused(413, "too_large", "A request may carry at most 10 MB.")
    if size < 0:
        raise Refused(400, "malformed_request", "The chunked body cannot be read.")
    return size
