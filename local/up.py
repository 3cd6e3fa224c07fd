"""`holdfast up`: every part of the local cloud in one process, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local import cloud, environment, livelog, state
from local.demo import Login

HURRY_SECONDS = 1.0
"""A second signal sooner than that is the same one: some send it to the process and to its group."""


def run(
    *, port: int = 8000, data: Path | None = None, json_logs: bool = False, demo: bool = True,
    say: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Starts everything, says where it is, and returns after Ctrl-C or SIGTERM once everything has stopped.

    Raises state.Problem when a part cannot start.
    """
    started = time.monotonic()
    stop = _stop_on_signals()
    log = livelog.install(raw=json_logs, held=True)  # the welcome comes first, then what happened meanwhile
    with ExitStack() as stack:
        stack.callback(log.release)
        running = state.Running()
        stack.callback(running.close)
        say("Starting the database …")
        database = cloud.Database()
        stack.callback(database.close)
        applied = database.migrate(say=lambda name: say(f"  {name}"))
        queues = cloud.start_queues(stack)
        sources = cloud.start_sources(stack, data)
        environment.apply(environment.compute(database.url, aws_url=queues.url, source_url=sources.url))
        cloud.create_queues()
        gateway = _start_gateway(stack, port)
        running.announce(
            api=gateway.url,
            aws=queues.url,
            sources={source: sources.url(source) for source in environment.SOURCES},
        )
        _start_poller(stack, gateway.app)
        logins = _seed(gateway.url, stop) if demo and not stop.is_set() else []
        scheduler = _start_scheduler(
            stack, gateway.app
        )  # after the demo data: the first runs have something to do
        _welcome(say, gateway.url, database, logins, len(applied), scheduler, time.monotonic() - started)
        log.release()
        while not stop.wait(3600):
            pass
        say("\nStopping …")
        sys.stdout.flush()
    say("Stopped.")


def _start_gateway(stack: ExitStack, port: int) -> Any:
    from local.gateway import Gateway

    app = cloud.load_app()
    try:
        gateway = Gateway(app, state.ROOT / "web", port=port)
    except OSError as exc:
        raise state.Problem(
            f"Port {port} cannot be used ({exc.strerror or exc}): probably something else listens there. "
            f"Choose another with --port, for example: ./holdfast up --port {port + 1}"
        ) from exc
    except OverflowError:
        raise state.Problem("A port is a number from 0 to 65535.", exit_code=2) from None
    gateway.start()
    stack.callback(gateway.stop)
    return gateway


def _start_poller(stack: ExitStack, app: Any) -> None:
    from local import queues
    from local.poller import Poller

    stack.callback(Poller(app, queues.client(connections=50)).start().stop)


def _start_scheduler(stack: ExitStack, app: Any) -> Any:
    from local.scheduler import Scheduler

    scheduler = Scheduler(app).start()
    stack.callback(scheduler.stop)
    return scheduler


def _seed(url: str, stop: threading.Event) -> list[Login]:
    """Demo data is a courtesy: without it everything still works, so that its failure is told and not
    fatal."""
    from local import demo

    try:
        return demo.seed(url)
    except demo.DemoFailed as exc:
        if not stop.is_set():
            print(f"The demo data could not be made: {exc}", file=sys.stderr)
        return []


def _welcome(
    say: Callable[[str], None], url: str, database: cloud.Database, logins: list[Login], applied: int,
    scheduler: Any, seconds: float,
) -> None:  # fmt: skip
    lines = [
        "",
        f"Holdfast is up after {seconds:.1f} s.",
        "",
        f"  Console    {url}/",
        f"  API        {url}/v1     reference: {url}/docs",
        f"  Database   {database.where}" + (f", {applied} scripts applied" if applied else ""),
        f"  Schedules  {len(scheduler.entries)}    (./holdfast jobs lists them)",
    ]
    lines += [f"  {login.title:<10} {login.email}  password: {login.password}" for login in logins]
    lines += ["", "Ctrl-C stops it. What happens is shown below.", ""]
    for line in lines:
        say(line)
    sys.stdout.flush()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    first = 0.0

    def handle(*_: Any) -> None:
        nonlocal first
        if stop.is_set() and time.monotonic() - first > HURRY_SECONDS:
            os._exit(130)  # Ctrl-C again: somebody is in a hurry, and nothing is lost by it
        if not stop.is_set():
            first = time.monotonic()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)
    return stop
