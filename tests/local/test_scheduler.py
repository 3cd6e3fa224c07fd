"""The scheduler, with a clock that the test holds."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.app import Chalice, Cron

from local.aws_cron import BadSchedule
from local.scheduler import Scheduler, entries, fire

START = datetime(2026, 2, 7, 12, 0, 30, tzinfo=UTC)
PATIENCE = 10


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: int) -> None:
        self.now += timedelta(**amount)


class Story:
    """An app with a schedule of each kind, which writes down what it is called with."""

    def __init__(self) -> None:
        self.app = Chalice("story", configure_logs=False)
        self.events: list[tuple[str, str]] = []
        self.gate = threading.Event()
        self.gate.set()

        @self.app.schedule("rate(5 minutes)", name="often")
        def often(event: Any) -> None:
            self.events.append(("often", event.time))
            assert self.gate.wait(PATIENCE)

        @self.app.schedule(Cron(15, 12, "*", "*", "?", "*"), name="daily", description="Once a day")
        def daily(event: Any) -> str:
            self.events.append(("daily", event.time))
            return "done"

        @self.app.schedule("rate(1 hour)", name="broken")
        def broken(event: Any) -> None:
            raise RuntimeError("secret words")


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_entries(story: Story) -> None:
    found = {entry.name: (entry.expression, entry.description) for entry in entries(story.app)}
    assert found["daily"] == ("cron(15 12 * * ? *)", "Once a day")
    assert found["often"] == ("rate(5 minutes)", "")


def test_a_schedule_that_aws_would_refuse_is_refused() -> None:
    app = Chalice("bad", configure_logs=False)
    app.schedule("rate(1 minutes)", name="bad")(lambda event: None)
    with pytest.raises(BadSchedule):
        entries(app)


def test_rates_fire_at_once_and_then_in_step(story: Story, clock: Clock, lines: list[Any]) -> None:
    scheduler = Scheduler(story.app, clock)
    run(scheduler.tick())
    assert story.events == [("often", "2026-02-07T12:00:30Z")]
    run(scheduler.tick())
    assert len(story.events) == 1
    clock.forward(minutes=5, seconds=20)
    run(scheduler.tick())
    assert story.events[1:] == [("often", "2026-02-07T12:05:30Z")]


def test_cron_fires_for_its_own_minute(story: Story, clock: Clock, lines: list[Any]) -> None:
    scheduler = Scheduler(story.app, clock)
    run(scheduler.tick())
    clock.forward(minutes=15)
    run(scheduler.tick())
    assert ("daily", "2026-02-07T12:15:00Z") in story.events


def test_after_a_long_sleep_one_run_is_made_for_the_last_moment(
    story: Story, clock: Clock, lines: list[Any]
) -> None:
    scheduler = Scheduler(story.app, clock)
    run(scheduler.tick())
    story.events.clear()
    clock.forward(days=3, minutes=2)
    run(scheduler.tick())
    assert sorted(story.events) == [("daily", "2026-02-09T12:15:00Z"), ("often", "2026-02-10T12:00:30Z")]
    story.events.clear()
    run(scheduler.tick())
    assert story.events == []


def test_never_two_of_one_at_once(story: Story, clock: Clock, lines: list[Any]) -> None:
    story.gate.clear()
    scheduler = Scheduler(story.app, clock)
    first = scheduler.tick()
    clock.forward(minutes=5)
    scheduler.tick()
    story.gate.set()
    run(first)
    assert [name for name, _ in story.events] == ["often"]
    assert {"event": "schedule_skipped", "schedule": "often"}.items() <= next(
        line for line in lines if line["event"] == "schedule_skipped"
    ).items()


def test_a_failure_is_logged_without_its_words_and_the_schedule_goes_on(
    story: Story, clock: Clock, lines: list[Any]
) -> None:
    scheduler = Scheduler(story.app, clock)
    run(scheduler.tick())
    clock.forward(hours=1)
    run(scheduler.tick())
    failures = [line for line in lines if line["event"] == "schedule_failed"]
    assert [line["schedule"] for line in failures] == ["broken", "broken"]
    assert failures[0]["exception"] == "RuntimeError"
    assert "secret words" not in str(failures)


def test_waiting_is_bounded(story: Story, clock: Clock) -> None:
    scheduler = Scheduler(story.app, clock)
    assert scheduler.wait_seconds() == 0
    run(scheduler.tick())
    assert scheduler.wait_seconds() == 30
    clock.forward(minutes=4, seconds=50)
    assert scheduler.wait_seconds() == 10


def test_fire_returns_the_answer_and_raises_the_failure(story: Story) -> None:
    assert fire(story.app, "daily", START) == "done"
    with pytest.raises(RuntimeError):
        fire(story.app, "broken", START)


def test_stopping_waits_for_what_runs(story: Story, lines: list[Any]) -> None:
    story.gate.clear()
    scheduler = Scheduler(story.app).start()
    assert scheduler.stop(patience=0.01) in (["often"], [])
    story.gate.set()
    assert scheduler.stop() == []
