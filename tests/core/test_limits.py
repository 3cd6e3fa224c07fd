"""Budgets that all processes share: against a model of the generic cell rate algorithm, and under concurrency."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core import limits
from chalicelib.core.errors import TooManyRequests
from tests.conftest import Database

NEVER = 1e6
"""A refill so slow that nothing comes back while a test runs."""


class Bucket:
    """A model: what is in the bucket, refilled continuously. Written as a level, where the code keeps a moment."""

    def __init__(self, burst: int, per_seconds: float) -> None:
        self.level, self.burst, self.per_seconds = float(burst), burst, per_seconds

    def passes(self, seconds: float) -> None:
        self.level = min(self.burst, self.level + seconds * self.burst / self.per_seconds)

    def spend(self, cost: int) -> float:
        if cost <= self.level:
            self.level -= cost
            return 0.0
        return (cost - self.level) * self.per_seconds / self.burst


def time_passes(database: Database, seconds: float) -> None:
    """Instead of waiting, everything that is remembered moves into the past."""
    database.run(
        "update app.rate_limits set spent_until = spent_until - make_interval(secs => %s), "
        "blocked_until = blocked_until - make_interval(secs => %s)",
        seconds,
        seconds,
    )


STEPS = st.lists(st.tuples(st.integers(1, 12), st.floats(0, 3000)), max_size=30)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_it_grants_and_refuses_as_a_bucket_that_refills(
    database: Database, steps: list[tuple[int, float]]
) -> None:
    database.run("delete from app.rate_limits")
    model = Bucket(12, 3600)
    for cost, seconds in steps:
        if 0 < abs(model.level - cost) < 0.02:
            continue  # so close that the test's own running time decides: neither is asked
        expected = model.spend(cost)
        assert limits.spend("b", cost, 12, 3600) == pytest.approx(expected, abs=5)
        time_passes(database, seconds)
        model.passes(seconds)


def test_after_the_wait_that_it_names_it_grants(database: Database) -> None:
    assert limits.spend("b", 10, 10, 100) == 0
    wait = limits.spend("b", 4, 10, 100)
    assert wait == pytest.approx(40, abs=1)
    time_passes(database, wait - 2)
    assert limits.spend("b", 4, 10, 100) > 0
    time_passes(database, 2.1)
    assert limits.spend("b", 4, 10, 100) == 0


def test_a_refusal_costs_nothing(database: Database) -> None:
    limits.spend("b", 9, 10, NEVER)
    for _ in range(5):
        assert limits.spend("b", 2, 10, NEVER) > 0
    assert limits.spend("b", 1, 10, NEVER) == 0


def test_buckets_do_not_know_of_each_other(database: Database) -> None:
    assert limits.spend("one", 10, 10, NEVER) == 0
    assert limits.spend("other", 10, 10, NEVER) == 0


@pytest.mark.parametrize(("cost", "burst"), [(11, 10), (0, 10), (-1, 10)])
def test_a_cost_that_never_fits_is_a_mistake_and_not_a_wait(
    database: Database, cost: int, burst: int
) -> None:
    import psycopg

    with pytest.raises(psycopg.errors.InvalidParameterValue):
        limits.spend("b", cost, burst, 60)


def test_callers_at_once_never_get_more_than_there_is(database: Database) -> None:
    barrier, granted = threading.Barrier(10), []

    def caller() -> None:
        barrier.wait()
        for _ in range(6):
            if limits.spend("b", 1, 20, NEVER) == 0:
                granted.append(1)

    threads = [threading.Thread(target=caller) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(granted) == 20


def test_while_blocked_nobody_gets_anything(database: Database) -> None:
    limits.block("b", 50)
    assert limits.spend("b", 1, 10, 60) == pytest.approx(50, abs=2)
    limits.block("b", 5)
    assert limits.spend("b", 1, 10, 60) == pytest.approx(50, abs=2), (
        "a shorter block does not lift a longer one"
    )
    limits.block("b", 90)
    assert limits.spend("b", 1, 10, 60) == pytest.approx(90, abs=2)
    time_passes(database, 91)
    assert limits.spend("b", 10, 10, 60) == 0, "and being blocked used nothing up"


def test_an_attempt_counts_although_what_it_was_for_fails(database: Database) -> None:
    for _ in range(3):
        limits.require("b", 1, 3, NEVER, "Too many.")
    with pytest.raises(TooManyRequests) as caught:
        limits.require("b", 1, 3, NEVER, "Too many.")
    assert caught.value.headers["Retry-After"].isdigit()
    assert int(caught.value.headers["Retry-After"]) >= caught.value.retry_after
