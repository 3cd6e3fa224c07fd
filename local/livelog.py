"""The log of `holdfast up`: the same lines that a deployment writes as JSON, set for people to read."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, TextIO

DIM, RED, GREEN, YELLOW, CYAN, RESET = "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m", "\x1b[0m"
LEVEL_COLOURS = {"debug": DIM, "warning": YELLOW, "error": RED}
QUIET_ROUTES = ("GET /health", "GET /ready")
HIDDEN = (
    "level",
    "event",
    "request_id",
    "message_id",
    "run",
    "at",
    "route",
    "status",
    "ms",
    "job",
    "exception",
)
"""Fields that have a place of their own in the line, or that only a search needs."""
LABEL_WIDTH = 34


class LiveLog:
    """Writes one line per event: time, what, outcome, milliseconds, the rest. Metrics are left out.

    `raw` writes the JSON instead, as CloudWatch would get it. `held` keeps the lines back until `release`.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        raw: bool = False,
        held: bool = False,
        colour: bool | None = None,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._stream = stream or sys.stdout
        self._raw = raw
        self._colour = colour_wanted(self._stream) if colour is None else colour
        self._now = now
        self._lock = threading.Lock()
        self._held: list[str] | None = [] if held else None

    def __call__(self, line: dict[str, Any]) -> None:
        text = json.dumps(line, default=str, separators=(",", ":")) if self._raw else self.format(line)
        if text is None:
            return
        with self._lock:
            if self._held is not None:
                self._held.append(text)
            else:
                self._print(text)

    def release(self) -> None:
        """Writes what was held back, and from now on each line at once."""
        with self._lock:
            for text in self._held or []:
                self._print(text)
            self._held = None

    def _print(self, text: str) -> None:
        # a log whose reader has gone (`up | head`) must not stop the work
        with contextlib.suppress(BrokenPipeError, ValueError):
            print(text, file=self._stream, flush=True)

    def format(self, line: dict[str, Any]) -> str | None:
        """The line for people, or None for one that only machines care about."""
        if line.get("event") == "metric":
            return None
        if line.get("route") in QUIET_ROUTES and line.get("status", 200) < 400:
            return None
        level = str(line.get("level", "info"))
        rest = [f"{key}={_short(value)}" for key, value in line.items() if key not in HIDDEN]
        if "exception" in line:
            rest.insert(0, f"{line['exception']} at {(line.get('at') or ['?'])[-1]}")
        parts = [
            self._paint(DIM, self._now().strftime("%H:%M:%S")),
            self._paint(LEVEL_COLOURS.get(level, CYAN), _label(line).ljust(LABEL_WIDTH)),
            self._outcome(line).ljust(9),
            f"{line['ms']:>7} ms" if "ms" in line else " " * 10,
            self._paint(DIM, " ".join(rest)),
        ]
        return "  ".join(parts).rstrip()

    def _outcome(self, line: dict[str, Any]) -> str:
        status = line.get("status")
        if status is None:
            return ""
        bad = status >= 500 if isinstance(status, int) else status in ("failed", "abandoned")
        odd = status >= 400 if isinstance(status, int) else status == "skipped"
        return self._paint(RED if bad else YELLOW if odd else GREEN, str(status).ljust(9))

    def _paint(self, colour: str, text: str) -> str:
        return f"{colour}{text}{RESET}" if self._colour and text else text


def colour_wanted(stream: TextIO) -> bool:
    """Colours only on a terminal, and not against NO_COLOR (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def install(raw: bool = False, held: bool = False) -> LiveLog:
    """Sends the log of this process through a LiveLog, and returns it."""
    from chalicelib.core import log

    live = LiveLog(raw=raw, held=held)
    log.write = live
    return live


def _label(line: dict[str, Any]) -> str:
    event = str(line.get("event", "?"))
    if "route" in line:
        return str(line["route"]) if event == "request" else f"{line['route']} {event}"
    if "job" in line:
        return f"job {line['job']}" if event == "job_done" else f"job {line['job']} {event}"
    return event.replace("_", " ")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, separators=(",", ":"))
    return text if len(text) <= 80 else text[:77] + "…"
