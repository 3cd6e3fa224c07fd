"""Logs as JSON lines, and metrics in CloudWatch's embedded format (a log line that CloudWatch reads as a metric).

Fields that belong to everything said in one request or run are bound once with `bound`. Secrets and personal data
are never passed here: callers log ids and codes.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from chalicelib.core.settings import settings

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
NAMESPACE = "Holdfast"


def print_line(line: dict[str, Any]) -> None:
    """Where lines go unless `write` is replaced: standard output, one JSON object a line."""
    print(json.dumps(line, default=str, separators=(",", ":")), file=sys.stdout, flush=True)


write: Callable[[dict[str, Any]], None] = print_line
"""What happens to a line. The local launcher puts a function here that prints for people."""

_bound: ContextVar[Mapping[str, Any]] = ContextVar("holdfast_log", default=MappingProxyType({}))


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Adds `fields` to every line logged within the block."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def debug(event: str, **fields: Any) -> None:
    _write("debug", event, fields)


def info(event: str, **fields: Any) -> None:
    _write("info", event, fields)


def warning(event: str, **fields: Any) -> None:
    _write("warning", event, fields)


def error(event: str, exc: BaseException | None = None, **fields: Any) -> None:
    """Logs a failure. Of an exception, its type and where it was raised: its text may quote a caller's data."""
    if exc is not None:
        frames = traceback.extract_tb(exc.__traceback__)[-6:]
        fields["exception"] = type(exc).__name__
        fields["at"] = [
            f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames
        ]
    _write("error", event, fields)


def metric(name: str, value: float, unit: str = "Count", **dimensions: str) -> None:
    """Writes one metric in the embedded metric format, whatever the log level: alarms stand on it.

    The stage is a dimension of each, so that stages in one account do not raise each other's alarms.
    """
    dimensions = {"Stage": settings().stage, **dimensions}
    write(
        {
            "level": "info",
            "event": "metric",
            **_bound.get(),
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": NAMESPACE,
                        "Dimensions": [sorted(dimensions)],
                        "Metrics": [{"Name": name, "Unit": unit}],
                    }
                ],
            },
            name: value,
            **dimensions,
        },
    )


def _write(level: str, event: str, fields: dict[str, Any]) -> None:
    if LEVELS[level] < LEVELS.get(settings().log_level, 20):
        return
    write({"level": level, "event": event, **_bound.get(), **fields})
