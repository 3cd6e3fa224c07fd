"""One HTTP server on the loopback that is all outside sources at once, each under its own path.

* `/binance/…`, `/coingecko/…`, `/alpaca/…`, `/ecb/…`, `/oxr/…`, `/edgar/…`, `/tdnet/…`,
  `/hkexnews/…`, `/globenewswire/…`, `/prnewswire/…`: what the source would answer.
* `GET /_control`: modes and request counters.
* `POST /_control/<source>` with `{"mode": "429", "times": 2, "retry_after": 7}`: misbehave.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from local.standins import (
    alpaca,
    binance,
    coingecko,
    ecb,
    edgar,
    hkexnews,
    newswires,
    openexchangerates,
    tdnet,
)
from local.standins.calendars import Clock
from local.standins.histories import Histories
from local.standins.misbehaviour import Misbehaviour, refusal
from local.standins.wire import Reply, Request, answer

SOURCES: dict[str, Callable[[Request], Reply]] = {
    "binance": binance.reply,
    "coingecko": coingecko.reply,
    "alpaca": alpaca.reply,
    "ecb": ecb.reply,
    "oxr": openexchangerates.reply,
    "edgar": edgar.reply,
    "tdnet": tdnet.reply,
    "hkexnews": hkexnews.reply,
    "globenewswire": newswires.globenewswire,
    "prnewswire": newswires.prnewswire,
}
_ALIASES = {"openexchangerates": "oxr", "edgar_data": "edgar"}
_WINDOW = 60  # seconds


class Meter:
    """What one source has been asked for in the current minute of the real clock."""

    def __init__(self) -> None:
        self._minute, self._used = 0, 0
        self._lock = threading.Lock()

    def add(self, cost: int) -> tuple[int, int]:
        """Answers with what is used, and the epoch second at which the count begins anew."""
        with self._lock:
            minute = int(time.time()) // _WINDOW
            if minute != self._minute:
                self._minute, self._used = minute, 0
            self._used += cost
            return self._used, (minute + 1) * _WINDOW


class Server:
    """The stand-ins. `now` is their clock (default: the real one); port 0 takes any free port."""

    def __init__(self, histories: Histories, port: int = 0, now: Clock | None = None) -> None:
        self.histories = histories
        self.now: Clock = now or (lambda: datetime.now(UTC))
        self.behaviours = {source: Misbehaviour() for source in SOURCES}
        self.meters = {source: Meter() for source in SOURCES}
        self.stopping = threading.Event()
        self._http = _HttpServer(port, self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._http.server_address[1])

    def start(self) -> Server:
        """Begin to answer, in a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and every open connection."""
        self.stopping.set()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()
        self._http.close_connections()

    def wait(self) -> None:
        """Until stop() is called."""
        self.stopping.wait()

    def url(self, source: str) -> str:
        """A source's base URL, to be given to its client."""
        return f"http://127.0.0.1:{self.port}/{_key(source)}"

    def misbehave(
        self,
        source: str,
        mode: str,
        *,
        times: int | None = None,
        retry_after: float | str | None = None,
        delay: float | None = None,
    ) -> None:
        """Make a source fail, `times` times or until told otherwise; mode "ok" ends it.

        `retry_after` is sent as it is, seconds or an HTTP date; `delay` (seconds) is for mode "slow".
        """
        self.behaviours[_key(source)].tell(mode, times, retry_after, delay)

    def requests(self, source: str) -> int:
        """How many requests a source has had."""
        return self.behaviours[_key(source)].requests


def _key(source: str) -> str:
    key = _ALIASES.get(source, source)
    if key not in SOURCES:
        raise ValueError(f"no such source: {source}")
    return key


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, standins: Server) -> None:
        self.standins = standins
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own would look our name up, which can take seconds on a machine without DNS.
        socket.socket.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Otherwise a client's kept-alive connection would go on being answered after stop()."""
        with self._open_lock:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed meanwhile

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what time-outs look like from here; everything else is worth a trace."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"
    server_version = "standins"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # the whole reply in one write: two would wait for the client's delayed ACK

    def do_GET(self) -> None:
        source, path = self._split()
        if source == "_control":
            self._send(answer({name: it.state() for name, it in self._standins.behaviours.items()}))
        elif source in SOURCES:
            self._serve(source, path)
        else:
            self._send(answer({"error": "no such source"}, 404))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        source, path = self._split()
        if source != "_control" or path[1:] not in SOURCES:
            self._send(answer({"error": "POST goes to /_control/<source>"}, 404))
            return
        try:
            told = json.loads(body)
            behaviour = self._standins.behaviours[path[1:]]
            behaviour.tell(str(told["mode"]), told.get("times"), told.get("retry_after"), told.get("delay"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._send(answer({"error": str(error)}, 400))
            return
        self._send(answer(behaviour.state()))

    @property
    def _standins(self) -> Server:
        return self.server.standins

    def _split(self) -> tuple[str, str]:
        source, _, path = urlsplit(self.path).path[1:].partition("/")
        return source, "/" + path

    def _serve(self, source: str, path: str) -> None:
        behaviour = self._standins.behaviours[source]
        mode = behaviour.next_mode()
        if mode == "slow":
            self._standins.stopping.wait(behaviour.delay)
        if mode in ("ok", "slow", "truncated"):
            self._send(self._reply(source, path), truncated=mode == "truncated")
        else:
            self._send(refusal(source, mode, behaviour.retry_after))

    def _reply(self, source: str, path: str) -> Reply:
        query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        headers = cast(Mapping[str, str], self.headers)  # a Message: names match in any case
        request = Request(path, query, headers, self._standins.histories, self._standins.now())
        metered, exceeded = self._metered(source, request)
        if exceeded:
            return refusal(source, "429", None)._replace(headers=metered)
        try:
            reply = SOURCES[source](request)
        except (ValueError, KeyError) as error:  # a parameter that is missing or no number
            reply = answer({"error": f"bad request: {error}"}, 400)
        return reply._replace(headers={**reply.headers, **metered})

    def _metered(self, source: str, request: Request) -> tuple[dict[str, str], bool]:
        """The headers by which Binance and Alpaca tell how much is left, and whether nothing is."""
        meter = self._standins.meters[source]
        if source == "binance":
            used, reset = meter.add(binance.weight(request))
            headers = {"X-MBX-USED-WEIGHT": str(used), "X-MBX-USED-WEIGHT-1M": str(used)}
            if used > binance.WEIGHT_LIMIT:
                return headers | {"Retry-After": str(reset - int(time.time()))}, True
            return headers, False
        if source == "alpaca":
            used, reset = meter.add(1)
            left = max(0, alpaca.CALL_LIMIT - used)
            headers = {"X-Ratelimit-Limit": str(alpaca.CALL_LIMIT), "X-Ratelimit-Remaining": str(left)}
            return headers | {"X-Ratelimit-Reset": str(reset)}, used > alpaca.CALL_LIMIT
        return {}, False

    def _send(self, reply: Reply, truncated: bool = False) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if truncated:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if truncated else reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the clients log what matters."""
