"""When a backfill is tried again: pure rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from chalicelib.market.feeds import LONGEST_BLOCK, OwnBudgetUsedUp
from chalicelib.sources.client import SourceError, SourceNotFound, SourceRateLimited, SourceRefused

FIRST_WAIT = 5 * 60.0
"""Seconds after the first attempt; each later wait is twice the one before: 5, 10, 20, 40 minutes."""
JITTER = 0.2
"""Waits vary by this share either way, so that rows which failed together do not come back together."""


class Verdict(NamedTuple):
    """What becomes of a row after an attempt failed: its status, seconds to wait, the reason, and whether it counts."""

    status: str
    wait: float
    reason: str
    counts: bool


def backoff(attempt: int, random: Callable[[], float]) -> float:
    """Seconds to wait after attempt number `attempt` (from 1). `random` answers numbers from 0 to 1."""
    base: float = FIRST_WAIT * 2 ** (attempt - 1)
    return base * (1 + JITTER * (2 * random() - 1))


def judge(errors: Sequence[SourceError], attempt: int, random: Callable[[], float]) -> Verdict:
    """What the errors of all sources that were asked amount to, the preferred source's first.

    Sources that do not know the symbol or will not serve us have no say: waiting does not change them. If that is all of
    them, trying again is pointless: failed. Of the others, one that asks us to wait, or our own budget, decides: then the
    row waits as long as the shortest of them says. An attempt that only our own budget stopped does not count.
    """
    reason = (
        "; ".join(str(error) for error in errors)
        or "no price source serves this asset; import a file instead"
    )
    open_ones = [error for error in errors if not isinstance(error, SourceNotFound | SourceRefused)]
    if not open_ones:
        return Verdict("failed", 0, reason, counts=True)
    limited = [error for error in open_ones if isinstance(error, SourceRateLimited)]
    if not limited:
        return Verdict("pending", backoff(attempt, random), reason, counts=True)
    told = [error.retry_after for error in limited if error.retry_after is not None]
    wait = min(*told, LONGEST_BLOCK) if told else backoff(attempt, random)
    ours = all(isinstance(error, OwnBudgetUsedUp) for error in open_ones)
    return Verdict("rate_limited", wait, reason, counts=not ours)
