"""When a backfill is tried again: the rules alone."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.market.feeds import OwnBudgetUsedUp
from chalicelib.market.retries import Verdict, backoff, judge
from chalicelib.sources.client import SourceError
from chalicelib.sources.errors import (
    SourceChangedFormat,
    SourceHistoryLimited,
    SourceNotFound,
    SourceRateLimited,
    SourceRefused,
    SourceUnavailable,
)

DOWN = SourceUnavailable("binance", "HTTP 500")
CHANGED = SourceChangedFormat("binance", "HTML or XML instead of JSON")
UNKNOWN = SourceNotFound("binance", "Invalid symbol.")
REFUSED = SourceRefused("binance", "HTTP 451")
LIMITED = SourceHistoryLimited("coingecko", "history begins later", date(2026, 1, 1))
MINUTE = 60


def slow(seconds: float | None) -> SourceRateLimited:
    return SourceRateLimited("binance", "HTTP 429", retry_after=seconds)


def ours(seconds: float) -> OwnBudgetUsedUp:
    return OwnBudgetUsedUp("coingecko", "the shared budget is used up", retry_after=seconds)


def middle() -> float:
    return 0.5


def decide(*errors: SourceError, attempt: int = 1) -> Verdict:
    return judge(errors, attempt, middle)


@pytest.mark.parametrize(("attempt", "minutes"), [(1, 5), (2, 10), (3, 20), (4, 40)])
def test_waits_double_from_five_minutes_on_with_a_fifth_of_jitter(attempt: int, minutes: int) -> None:
    assert backoff(attempt, middle) == minutes * MINUTE
    assert backoff(attempt, lambda: 0.0) == pytest.approx(0.8 * minutes * MINUTE)
    assert backoff(attempt, lambda: 1.0) == pytest.approx(1.2 * minutes * MINUTE)


@pytest.mark.parametrize("error", [DOWN, CHANGED])
def test_a_source_that_is_down_or_talks_nonsense_is_tried_later(error: SourceError) -> None:
    assert decide(error, attempt=3) == Verdict("pending", 20 * MINUTE, str(error), counts=True)


def test_a_source_that_says_how_long_is_obeyed_and_one_that_does_not_is_left_alone_longer_each_time() -> None:
    assert decide(slow(7)) == Verdict("rate_limited", 7, "binance: HTTP 429", counts=True)
    assert decide(slow(0)).wait == 0
    assert decide(slow(None), attempt=4).wait == 40 * MINUTE


def test_of_two_that_ask_to_wait_the_sooner_decides() -> None:
    assert decide(slow(90), SourceRateLimited("coingecko", "HTTP 429", retry_after=30)).wait == 30


def test_a_wait_without_end_is_cut_at_a_week() -> None:
    assert decide(slow(1e15)).wait == 7 * 86_400


@pytest.mark.parametrize("errors", [(UNKNOWN,), (REFUSED,), (UNKNOWN, REFUSED), (REFUSED, LIMITED)])
def test_where_every_source_refuses_trying_again_is_pointless(errors: tuple[SourceError, ...]) -> None:
    verdict = decide(*errors)
    assert (verdict.status, verdict.counts) == ("failed", True)
    assert all(str(error) in verdict.reason for error in errors), "the reason names what each of them said"


def test_an_asset_that_no_source_serves_fails_with_what_to_do() -> None:
    assert decide() == Verdict(
        "failed", 0, "no price source serves this asset; import a file instead", counts=True
    )


def test_one_that_refuses_does_not_speak_for_the_others() -> None:
    assert decide(REFUSED, DOWN).status == "pending"
    assert decide(UNKNOWN, slow(7)).status == "rate_limited"


def test_only_our_own_budget_is_no_attempt_of_the_sources() -> None:
    assert decide(ours(12)) == Verdict("rate_limited", 12, str(ours(12)), counts=False)
    assert not decide(ours(12), ours(3)).counts
    assert not decide(REFUSED, ours(3)).counts, "a source that never serves this asset is not what failed now"
    assert decide(DOWN, ours(3)).counts
    assert decide(slow(3), ours(30)).counts
