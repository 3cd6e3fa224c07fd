"""The database does exactly what the pure rules say: over random streams of orders, one by one, in batches and in line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Database
from tests.exchange.factory import broken_books, place
from tests.exchange.side_by_side import Exchange, asked
from tests.exchange.streams import Place, Step, Stream, streams

EXAMPLES = settings(max_examples=40, deadline=None, derandomize=True)


def proved(database: Database, check: Callable[[Stream], None], stream: st.SearchStrategy[Stream]) -> None:
    """Runs the check over many streams, all in one database, whose books must agree at the end."""

    @EXAMPLES
    @given(stream)
    def over_all(stream: Stream) -> None:
        check(stream)

    over_all()
    assert broken_books() == []


# ------------------------------------------------------------ the three ways of an order into the book


def test_one_by_one(database: Database) -> None:
    def check(stream: Stream) -> None:
        exchange = Exchange(database, stream)
        for step in stream.steps:
            exchange.follow(step, exchange.take(step))
        exchange.compare()

    proved(database, check, streams())


def test_in_batches(database: Database) -> None:
    """Each person's orders that follow one another are placed in one call."""

    def check(stream: Stream) -> None:
        exchange = Exchange(database, stream)
        for user, run in groupby(in_runs(stream.steps), key=lambda step: step.user):
            steps = list(run)
            answers = place(exchange.people[user], exchange.listed, [asked(step.order) for step in steps])
            assert len(answers) == len(steps)
            for step, answer in zip(steps, answers, strict=True):
                exchange.follow(step, answer)
        exchange.compare()

    proved(database, check, streams(size=60, places_only=True))


@pytest.mark.parametrize("leader", [0, 1, -1], ids=["first", "second", "last"])
def test_in_line_for_a_busy_book(database: Database, leader: int) -> None:
    """Orders of several people wait together, and whichever of them gets the book places them all."""

    def check(stream: Stream) -> None:
        exchange = Exchange(database, stream)
        steps = [step for step in stream.steps if isinstance(step, Place)]
        for start in range(0, len(steps), 12):
            together = steps[start : start + 12]
            for step, answer in zip(together, exchange.in_line(together, leader), strict=True):
                exchange.follow(step, answer)
        exchange.compare()

    proved(database, check, streams(places_only=True))


def in_runs(steps: Sequence[Step]) -> list[Place]:
    """The same orders in runs of up to ten of one person."""
    places = [step for step in steps if isinstance(step, Place)]
    return [step._replace(user=places[number // 10 * 10].user) for number, step in enumerate(places)]
