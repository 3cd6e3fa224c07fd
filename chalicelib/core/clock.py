"""The clock that all code asks, so that a test can set the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

_frozen: ContextVar[datetime | None] = ContextVar("holdfast_clock", default=None)


def now() -> datetime:
    """This moment in UTC, or the moment that `at` set."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """The calendar day of `now()` in UTC."""
    return now().date()


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """Within the block, `now()` answers `moment` (which must carry its time zone)."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield moment
    finally:
        _frozen.reset(token)
