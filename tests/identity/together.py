"""Several things at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg

from chalicelib.core import errors
from chalicelib.core.errors import Problem


def together(*works: Callable[[], Any]) -> list[Any]:
    """What each of `works` returned, or the problem that it ran into, in threads that began together."""
    start = threading.Barrier(len(works))
    outcomes: list[Any] = [None] * len(works)

    def run(place: int) -> None:
        start.wait()
        try:
            outcomes[place] = works[place]()
        except Problem as problem:
            outcomes[place] = problem
        except psycopg.Error as exc:
            outcomes[place] = errors.from_database(exc) or exc

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def codes(outcomes: list[Any]) -> list[str]:
    """The code of each problem among `outcomes`, "done" for the others, sorted."""
    return sorted(outcome.code if isinstance(outcome, Problem) else "done" for outcome in outcomes)
