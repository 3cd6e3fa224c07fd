"""What becomes of a scraper job whose attempt failed: pure rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chalicelib.market.feeds import LONGEST_BLOCK, OwnBudgetUsedUp
from chalicelib.market.retries import backoff
from chalicelib.sources.client import (
    SourceChangedFormat,
    SourceError,
    SourceNotFound,
    SourceRateLimited,
    SourceRefused,
    SourceUnavailable,
)

MOST = 5
"""Attempts before a job fails."""
SPREAD = 0.1
"""Jobs told to wait alike come back within this share of the wait, not all at its end."""
CODES: dict[type[SourceError], str] = {
    SourceRateLimited: "rate_limited",
    SourceRefused: "refused",
    SourceNotFound: "not_found",
    SourceChangedFormat: "changed_format",
    SourceUnavailable: "unavailable",
}


class Verdict(NamedTuple):
    """Seconds to wait, a code and words for the row, whether the attempt counts, and whether it was the last."""

    wait: float
    code: str
    reason: str
    counts: bool = True
    final: bool = False


def judge(error: SourceError, attempt: int, random: Callable[[], float]) -> Verdict:
    """What an error of the source amounts to. `random` answers numbers from 0 to 1.

    Waiting does not change that a source does not know us or what was asked for: failed at once. A source that says how
    long to wait is obeyed. An attempt that only our own budget stopped does not count.
    """
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), "unavailable")
    reason = str(error)
    if isinstance(error, SourceRefused | SourceNotFound):
        return Verdict(0, code, reason, final=True)
    if isinstance(error, SourceRateLimited) and error.retry_after is not None:
        wait = min(error.retry_after, LONGEST_BLOCK) * (1 + SPREAD * random())
        return Verdict(wait, code, reason, counts=not isinstance(error, OwnBudgetUsedUp))
    return Verdict(backoff(attempt, random), code, reason)
