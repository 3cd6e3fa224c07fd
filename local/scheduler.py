"""EventBridge on one machine: fires the schedules that app.py declares, each when it is due."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalice.app import Chalice, ScheduledEventConfig, ScheduleExpression

from chalicelib.core import log
from local import aws_cron
from local.lambdas import Context, schedule_event

TIMEOUT_SECONDS = 900
LONGEST_WAIT = 30.0
"""Seconds after which the clock is looked at again at the latest: a machine that slept, or was set, is
noticed."""


@dataclass
class Entry:
    """One schedule of the app: its handler's name, its expression, and when it is due next."""

    name: str
    expression: str
    description: str
    schedule: aws_cron.Schedule
    due: datetime | None = None
    running: threading.Thread | None = None


def entries(app: Chalice) -> list[Entry]:
    """The schedules of the app. Raises BadSchedule for an expression that AWS would refuse."""
    found = []
    for source in app.event_sources:
        if isinstance(source, ScheduledEventConfig):
            expression = source.schedule_expression
            text = expression.to_string() if isinstance(expression, ScheduleExpression) else expression
            found.append(Entry(source.name, text, source.description or "", aws_cron.parse(text)))
    return found


def fire(app: Chalice, name: str, due: datetime) -> Any:
    """Calls the handler as EventBridge does at `due`, and returns its answer. What it raises goes through."""
    return app.handler_map[name](schedule_event(name, due), Context(name, TIMEOUT_SECONDS))


class Scheduler:
    """Fires what is due, each in its own thread and never twice at once.

    rate() fires first right after the start, cron() when its next minute comes. Where several moments went by
    (the machine was asleep) one run is made: jobs make up for missed periods themselves. `now` is the clock.
    """

    def __init__(self, app: Chalice, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._app = app
        self._now = now
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
        self.entries = entries(app)
        start = now()
        for entry in self.entries:
            entry.due = (
                start if isinstance(entry.schedule, aws_cron.Rate) else entry.schedule.next_after(start)
            )

    def start(self) -> Scheduler:
        self._thread.start()
        return self

    def stop(self, patience: float = 10) -> list[str]:
        """Fires no more and waits for what runs. Returns the names of those that were not done in time."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        running = [entry for entry in self.entries if entry.running is not None and entry.running.is_alive()]
        for entry in running:
            if entry.running is not None:
                entry.running.join(patience / len(running))
        return [entry.name for entry in running if entry.running is not None and entry.running.is_alive()]

    def tick(self) -> list[threading.Thread]:
        """Starts all that are due now, and returns their threads."""
        now = self._now()
        started = []
        for entry in self.entries:
            if entry.due is None or entry.due > now:
                continue
            due = entry.due
            while entry.due is not None and entry.due <= now:  # the last of the moments that went by
                due, entry.due = entry.due, entry.schedule.next_after(entry.due)
            if entry.running is not None and entry.running.is_alive():
                log.info("schedule_skipped", schedule=entry.name, reason="its last run is still going on")
                continue
            entry.running = threading.Thread(
                target=self._fire, args=(entry.name, due), name=f"schedule-{entry.name}", daemon=True
            )
            entry.running.start()
            started.append(entry.running)
        return started

    def wait_seconds(self) -> float:
        """How long nothing will be due, bounded so that a jump of the clock is noticed."""
        now = self._now()
        waits = [(entry.due - now).total_seconds() for entry in self.entries if entry.due is not None]
        return min([LONGEST_WAIT, *(max(0.0, wait) for wait in waits)])

    def _fire(self, name: str, due: datetime) -> None:
        try:
            fire(self._app, name, due)
        except Exception as exc:  # as on Lambda: an error ends this run, not the schedule
            log.error("schedule_failed", exc, schedule=name)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.tick()
            self._stop.wait(self.wait_seconds())
