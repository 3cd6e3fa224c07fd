"""The gateway over real HTTP."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Chalice, CORSConfig, Response

from local.gateway import MAX_BODY, Gateway


def make_app() -> Chalice:
    app = Chalice("sample", configure_logs=False)
    app.barrier = threading.Barrier(8, timeout=10)  # type: ignore[attr-defined]
    app.arrived, app.leave = threading.Event(), threading.Event()  # type: ignore[attr-defined]

    @app.route("/v1/things/{thing_id}")
    def show(thing_id: str) -> Any:
        return {"id": thing_id, "event": app.current_request.to_original_event()}

    @app.route("/v1/things/newest")
    def newest() -> Any:
        return {"newest": True}

    @app.route("/v1/things", methods=["POST"])
    def add() -> Any:
        return {"length": len(app.current_request.raw_body)}

    @app.route("/v1/whoami/{name}")
    def whoami(name: str) -> Any:
        app.barrier.wait()  # all at once, or the test fails
        return {"asked": name, "seen": app.current_request.uri_params["name"]}

    @app.route("/v1/slow")
    def slow() -> Any:
        app.arrived.set()
        app.leave.wait(10)
        return {"done": True}

    @app.route("/v1/open", cors=CORSConfig(allow_origin="https://example.com"))
    def opened() -> Any:
        return {}

    @app.route("/v1/gone", methods=["DELETE"])
    def gone() -> Any:
        return Response("", status_code=204)

    @app.route("/v1/large")
    def large() -> Any:
        return Response("x" * (6 * 1024 * 1024 + 1))

    @app.route("/v1/cookies")
    def cookies() -> Any:
        return Response("", headers={"Set-Cookie": ["a=1", "b=2"]})

    return app


@pytest.fixture
def web(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "parts").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>Console</h1>")
    (folder / "parts" / "main.js").write_text("export {}")
    (folder / ".hidden").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.fixture
def gateway(web: Path) -> Iterator[Gateway]:
    running = Gateway(make_app(), web).start()
    yield running
    running.stop()


class Client:
    """One keep-alive connection."""

    def __init__(self, gateway: Gateway) -> None:
        host, _, port = gateway.url.removeprefix("http://").partition(":")
        self.address = (host, int(port))
        self.connection = http.client.HTTPConnection(host, int(port), timeout=10)

    def __call__(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, names, answer.read()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    made = Client(gateway)
    yield made
    made.connection.close()


def problem(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    status, headers, body = answer
    assert headers["content-type"] == "application/problem+json"
    parsed = json.loads(body)
    assert parsed["status"] == status
    assert {"type", "title", "detail"} <= parsed.keys()
    return status, parsed["code"]


def test_the_event_is_that_of_a_rest_api(client: Client) -> None:
    status, _, body = client("GET", "/v1/things/7%2F8?a=1&a=2&b=", X_Thing="yes")
    event = json.loads(body)["event"]
    assert status == 200
    assert event["pathParameters"] == {"thing_id": "7%2F8"}  # as API Gateway leaves it
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert event["queryStringParameters"] == {"a": "2", "b": ""}
    assert event["headers"]["X-Thing"] == "yes"
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["requestContext"]["resourcePath"] == "/v1/things/{thing_id}"
    assert event["requestContext"]["path"] == "/v1/things/7%2F8"
    assert event["requestContext"]["requestId"]
    assert event["body"] is None


def test_a_fixed_part_wins_over_a_parameter(client: Client) -> None:
    assert json.loads(client("GET", "/v1/things/newest")[2]) == {"newest": True}


def test_a_trailing_slash_does_not_matter(client: Client) -> None:
    assert json.loads(client("GET", "/v1/things/newest/")[2]) == {"newest": True}


def test_bodies_arrive_whole(client: Client) -> None:
    json_type = {"Content_Type": "application/json"}
    assert json.loads(client("POST", "/v1/things", b"x" * 100_000, **json_type)[2]) == {"length": 100_000}
    chunks = iter([b"abc", b"de"])
    assert json.loads(client("POST", "/v1/things", chunks, **json_type)[2]) == {"length": 5}


def test_unknown_paths_and_methods(client: Client) -> None:
    assert problem(client("GET", "/v1/nothing")) == (404, "not_found")
    assert problem(client("GET", "/v1/things//")) == (404, "not_found")
    assert problem(client("GET", "/ready")) == (404, "not_found")
    answer = client("PUT", "/v1/things/7")
    assert problem(answer) == (405, "method_not_allowed")
    assert answer[1]["allow"] == "GET, HEAD"
    assert problem(client("OPTIONS", "/v1/things/7")) == (405, "method_not_allowed")
    assert problem(client("POST", "/")) == (405, "method_not_allowed")


def test_preflight_of_a_route_that_allows_other_origins(client: Client) -> None:
    status, headers, _ = client("OPTIONS", "/v1/open")
    assert status == 200
    assert headers["access-control-allow-origin"] == "https://example.com"
    assert headers["access-control-allow-methods"] == "GET,OPTIONS"


def test_head_is_get_without_the_body(client: Client) -> None:
    status, headers, body = client("HEAD", "/v1/things/7")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0
    assert client("GET", "/v1/things/newest")[0] == 200  # the connection is still in step


def test_no_content(client: Client) -> None:
    status, headers, body = client("DELETE", "/v1/gone")
    assert (status, body) == (204, b"")
    assert "content-length" not in headers
    assert client("GET", "/v1/things/newest")[0] == 200


def test_several_headers_of_one_name(client: Client) -> None:
    client.connection.request("GET", "/v1/cookies")
    answer = client.connection.getresponse()
    answer.read()
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_too_large(client: Client, gateway: Gateway) -> None:
    assert problem(client("GET", "/v1/large")) == (502, "answer_too_large")
    assert problem(client("POST", "/v1/things", b"x" * (MAX_BODY + 1))) == (413, "too_large")
    announced = Client(gateway)
    announced.connection.putrequest("POST", "/v1/things")
    announced.connection.putheader("Content-Length", str(MAX_BODY + 1))
    announced.connection.putheader("Expect", "100-continue")
    announced.connection.endheaders()
    assert announced.connection.getresponse().status == 413
    announced.connection.close()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /v1/things/7 HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET /v1/things/7 HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", 400),
        (b"POST /v1/things HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /v1/things HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 200 + b"\r\n", 431),
        (b"BREW /v1/things HTTP/1.1\r\n\r\n", 501),
    ],
)
def test_what_is_no_request(gateway: Gateway, raw: bytes, status: int) -> None:
    with socket.create_connection(Client(gateway).address, timeout=10) as connection:
        connection.sendall(raw)
        answer = connection.makefile("rb").read()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_requests_at_once_do_not_see_each_other(gateway: Gateway) -> None:
    def ask(number: int) -> Any:
        client = Client(gateway)
        body = json.loads(client("GET", f"/v1/whoami/p{number}")[2])
        client.connection.close()
        return body

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert answers == [{"asked": f"p{number}", "seen": f"p{number}"} for number in range(8)]


def test_a_stop_lets_requests_end(web: Path) -> None:
    app = make_app()
    gateway = Gateway(app, web).start()
    client = Client(gateway)
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(client, "GET", "/v1/slow")
        assert app.arrived.wait(10)
        stopped = pool.submit(gateway.stop)
        app.leave.set()
        assert json.loads(asked.result(10)[2]) == {"done": True}
        assert stopped.result(10) is True
    client.connection.close()


def test_a_taken_port_is_an_error(gateway: Gateway, web: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        Gateway(make_app(), web, port=Client(gateway).address[1])


def test_the_console(client: Client) -> None:
    status, headers, body = client("GET", "/")
    assert (status, body) == (200, b"<h1>Console</h1>")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert client("GET", "/parts/main.js")[1]["content-type"] == "text/javascript; charset=utf-8"
    assert client("GET", "/", If_None_Match=headers["etag"])[0] == 304
    assert client("GET", "/", If_None_Match='"other"')[0] == 200
    assert client("HEAD", "/")[2] == b""


def test_an_edited_file_has_another_tag(client: Client, web: Path) -> None:
    before = client("GET", "/")[1]["etag"]
    (web / "index.html").write_text("<h1>Console 2</h1>")
    assert client("GET", "/", If_None_Match=before)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/parts/../../secret.txt",
        "/..%2fsecret.txt",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/link.txt",
        "/.hidden",
        "/parts/",
        "/index.html%00.js",
        "/..%5csecret.txt",
        "/" + "a" * 5000,
        "/nothing.js",
    ],
)
def test_nothing_but_the_console_is_served(client: Client, path: str) -> None:
    status, _, body = client("GET", path)
    assert status == 404
    assert b"secret" not in body
