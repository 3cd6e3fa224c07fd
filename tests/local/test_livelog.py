"""The log for people."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

from local.livelog import LiveLog, colour_wanted


def made(**options: Any) -> tuple[LiveLog, io.StringIO]:
    stream = io.StringIO()
    return LiveLog(stream, now=lambda: datetime(2026, 2, 7, 9, 5, 1), **options), stream


def written(line: dict[str, Any], **options: Any) -> str:
    log, stream = made(**options)
    log(line)
    return stream.getvalue()


REQUEST = {
    "level": "info",
    "event": "request",
    "request_id": "r1",
    "route": "GET /v1/assets",
    "status": 200,
    "ms": 3.2,
}


def test_a_request() -> None:
    assert written(REQUEST).split() == ["09:05:01", "GET", "/v1/assets", "200", "3.2", "ms"]


def test_a_job() -> None:
    line = {
        "level": "info",
        "event": "job_done",
        "job": "refresh",
        "run": 3,
        "status": "succeeded",
        "rows": 4,
        "ms": 8,
    }
    assert written(line).split() == ["09:05:01", "job", "refresh", "succeeded", "8", "ms", "rows=4"]


def test_a_failure_says_what_and_where() -> None:
    line = {
        "level": "error",
        "event": "job_failed",
        "job": "refresh",
        "exception": "KeyError",
        "at": ["a.py:1 f", "b.py:2 g"],
    }
    assert "job refresh job_failed" in written(line)
    assert "KeyError at b.py:2 g" in written(line)


def test_what_only_machines_read_is_left_out() -> None:
    assert written({"level": "info", "event": "metric", "_aws": {}, "Failures": 0}) == ""
    assert written({**REQUEST, "route": "GET /health"}) == ""
    assert written({**REQUEST, "route": "GET /health", "status": 503}) != ""


def test_long_values_are_cut() -> None:
    assert len(written({"level": "info", "event": "said", "words": "x" * 500})) < 200


def test_raw_is_the_json_of_a_deployment() -> None:
    assert json.loads(written(REQUEST, raw=True)) == REQUEST


def test_colours_only_where_wanted() -> None:
    assert "\x1b[" not in written(REQUEST)
    assert "\x1b[32m200" in written(REQUEST, colour=True)
    assert "\x1b[31m500" in written({**REQUEST, "status": 500}, colour=True)


def test_no_colour_without_a_terminal(monkeypatch: Any) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colour_wanted(Terminal())
    assert not colour_wanted(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour_wanted(Terminal())


def test_held_lines_come_out_in_order() -> None:
    log, stream = made(held=True)
    log(REQUEST)
    log({**REQUEST, "status": 404})
    assert stream.getvalue() == ""
    log.release()
    log({**REQUEST, "status": 500})
    assert [line.split()[3] for line in stream.getvalue().splitlines()] == ["200", "404", "500"]


def test_a_reader_that_has_gone_does_not_stop_the_work() -> None:
    log, stream = made()
    stream.close()
    log(REQUEST)
