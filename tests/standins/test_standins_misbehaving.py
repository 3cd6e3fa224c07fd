"""The stand-ins' bad manners, and running alone."""

from __future__ import annotations

import http.client
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.standins import Histories, Server
from tests.standins.asking import (
    NOW,
    Connection,
)


def test_misbehaviour_is_told_over_http_and_wears_off(connection: Connection) -> None:
    status, state = connection.post("/_control/binance", {"mode": "429", "times": 2, "retry_after": 9})
    assert (status, state["mode"], state["times"]) == (200, "429", 2)
    path = "/binance/api/v3/klines?symbol=BTCUSDT&interval=1d&limit=1"
    answers = [connection.get(path) for _ in range(3)]
    assert [status for status, _, _ in answers] == [429, 429, 200]
    assert answers[0][1]["Retry-After"] == "9"
    state = connection.json("/_control")["binance"]
    assert (state["mode"], state["times"], state["requests"]) == ("ok", None, 3)


def test_misbehaviour_without_times_lasts_until_told_otherwise(
    server: Server, connection: Connection
) -> None:
    server.misbehave("ecb", "500")
    path = "/ecb/stats/eurofxref/eurofxref-daily.xml"
    assert [connection.get(path)[0] for _ in range(3)] == [500, 500, 500]
    server.misbehave("ecb", "ok")
    assert connection.get(path)[0] == 200
    assert server.requests("ecb") == 4


def test_one_source_misbehaves_alone(server: Server, connection: Connection) -> None:
    server.misbehave("binance", "451")
    assert connection.get("/binance/api/v3/ticker/24hr?symbol=BTCUSDT")[0] == 451
    assert connection.get("/coingecko/api/v3/simple/price?ids=bitcoin&vs_currencies=usd")[0] == 200


def test_a_truncated_answer_promises_more_than_it_sends(server: Server, connection: Connection) -> None:
    server.misbehave("binance", "truncated", times=1)
    with pytest.raises(http.client.IncompleteRead):
        connection.get("/binance/api/v3/ticker/24hr?symbol=BTCUSDT")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/_control/binance", {"mode": "dance"}, 400),
        ("/_control/binance", {}, 400),
        ("/_control/binance", [], 400),
        ("/_control/nobody", {"mode": "ok"}, 404),
        ("/binance/api/v3/order", {}, 404),
    ],
)
def test_what_cannot_be_told_is_refused(connection: Connection, path: str, body: Any, status: int) -> None:
    assert connection.post(path, body)[0] == status


def test_an_unknown_source_is_named(server: Server, connection: Connection) -> None:
    assert connection.get("/kraken/0/public/Ticker")[0] == 404
    with pytest.raises(ValueError, match="kraken"):
        server.url("kraken")


def test_a_stopped_server_answers_no_kept_connection(simulation: Histories) -> None:
    running = Server(simulation, now=lambda: NOW).start()
    opened = Connection(running)
    assert opened.get("/_control")[0] == 200
    running.stop()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        opened.get("/_control")
    opened.close()


def test_the_stand_ins_run_alone_until_they_are_told_to_end() -> None:
    command = [sys.executable, "-m", "local.standins", "--port", "0"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        assert url.startswith("http://127.0.0.1:")
        process.terminate()
        assert process.wait(10) == 0


# Real files
