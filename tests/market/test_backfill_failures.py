"""Sources misbehave: the row says what happened and until when it waits, and recovers to the same bars."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import settings
from chalicelib.market import backfill
from chalicelib.sources import binance, client
from local.standins import Server
from tests.conftest import Database
from tests.identity.factory import make_admin
from tests.market import factory
from tests.market.factory import DAY, asset_id, queue_row, stored, today, wait_is_over

LAST = today() - DAY
FIRST = LAST - 249 * DAY
MINUTE = 60


def only_binance(database: Database) -> int:
    """Bitcoin, from Binance alone."""
    database.run("update market.assets set price_sources = '{binance}' where symbol = 'BTC'")
    return asset_id(database, "BTC")


def waits_about(told: dict[str, Any], seconds: float) -> None:
    """Whether the row waits that long, give or take a fifth of jitter and the time that the test took."""
    assert 0.8 * seconds - 20 <= told["waits"] <= 1.2 * seconds, told["waits"]


MODES = [
    ("429", "rate_limited", "HTTP 429"),
    ("418", "rate_limited", "IP banned until"),
    ("500", "pending", "HTTP 500"),
    ("html", "pending", "HTML or XML instead of JSON"),
    ("truncated", "pending", "no answer (ProtocolError)"),
]


@pytest.mark.parametrize(("mode", "status", "words"), MODES, ids=[mode[0] for mode in MODES])
def test_it_waits_with_the_reason_and_then_recovers_to_the_same_rows(
    database: Database, outside: Server, monkeypatch: pytest.MonkeyPatch, mode: str, status: str, words: str
) -> None:
    monkeypatch.setattr(binance, "BARS_PER_PAGE", 100)
    monkeypatch.setattr(backfill, "PAGES_AT_ONCE", 1)
    btc, eth = only_binance(database), asset_id(database, "ETH")
    database.run("update market.assets set price_sources = '{binance}'")
    backfill.work_on(
        queue_row(database, eth, FIRST, LAST)
    )  # what an undisturbed run gives, to compare the story with
    row = queue_row(database, btc, FIRST, LAST)

    outside.misbehave("binance", mode, times=1)
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["attempts"], told["rows_landed"]) == (status, 1, 0)
    assert words in told["error_message"]
    assert told["waits"] > 0

    before = outside.requests("binance")
    backfill.work_on(row)
    assert outside.requests("binance") == before, "not due yet"

    wait_is_over(database)
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["attempts"], told["rows_landed"]) == ("completed", 2, 250)
    assert (told["error_message"], told["retry_after"]) == (None, None)
    assert len(stored(database, btc)) == len(stored(database, eth)) == 250


def test_a_slow_source_is_waited_for_only_so_long(
    database: Database, outside: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "READ_SECONDS", 0.1)
    row = queue_row(database, only_binance(database), FIRST, LAST)
    outside.misbehave("binance", "slow", times=1, delay=3)
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["error_message"]) == ("pending", "binance: no answer (ReadTimeoutError)")


def test_a_page_that_fails_does_not_cost_the_pages_before(
    database: Database, outside: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binance, "BARS_PER_PAGE", 100)
    btc = only_binance(database)
    row = queue_row(database, btc, FIRST, LAST)
    real = binance.Binance.daily_bars

    def daily_bars(self: Any, symbol: str, start: Any, *rest: Any) -> Any:
        if start == FIRST + 100 * DAY:
            outside.misbehave("binance", "500")
        return real(self, symbol, start, *rest)

    monkeypatch.setattr(binance.Binance, "daily_bars", daily_bars)
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["rows_landed"], told["next_date"]) == ("pending", 100, FIRST + 100 * DAY)


def test_retry_after_is_obeyed_to_the_second(database: Database, outside: Server) -> None:
    row = queue_row(database, only_binance(database), FIRST, LAST)
    outside.misbehave("binance", "429", times=1, retry_after=777)
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert told["status"] == "rate_limited"
    assert 777 - 20 <= told["waits"] <= 777


def test_while_a_source_wants_quiet_no_row_asks_it_and_no_attempt_counts(
    database: Database, outside: Server
) -> None:
    database.run("update market.assets set price_sources = '{binance}'")
    first, second = (queue_row(database, asset_id(database, name), FIRST, LAST) for name in ("BTC", "ETH"))
    outside.misbehave("binance", "429", times=1, retry_after=600)
    backfill.work_on(first)
    backfill.work_on(second)
    assert outside.requests("binance") == 1
    told = factory.backfill(database, second)
    assert (told["status"], told["attempts"]) == ("rate_limited", 0)
    assert 580 <= told["waits"] <= 600
    health = database.row("select consecutive_failures from market.source_health where source = 'binance'")
    assert health["consecutive_failures"] == 1, "our own restraint is no failure of the source"


def test_a_retry_after_of_ages_is_cut_at_a_week(database: Database, outside: Server) -> None:
    row = queue_row(database, only_binance(database), FIRST, LAST)
    outside.misbehave("binance", "429", times=1, retry_after="99999999999999999")
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert told["status"] == "rate_limited"
    assert told["waits"] <= 7 * 86_400


def test_five_attempts_with_growing_waits_then_it_has_failed(database: Database, outside: Server) -> None:
    row = queue_row(database, only_binance(database), FIRST, LAST)
    outside.misbehave("binance", "500")
    for minutes in (5, 10, 20, 40):
        backfill.work_on(row)
        told = factory.backfill(database, row)
        assert told["status"] == "pending"
        waits_about(told, minutes * MINUTE)
        wait_is_over(database)
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["attempts"], told["retry_after"]) == ("failed", 5, None)
    assert "HTTP 500" in told["error_message"]
    events = database.rows("select kind, payload from app.outbox where topic = 'backfills'")
    assert [event["kind"] for event in events] == ["backfill_failed"]
    assert "HTTP 500" in events[0]["payload"]["reason"]
    asked = outside.requests("binance")
    backfill.work_on(row)
    assert outside.requests("binance") == asked == 5


def test_an_administrator_lets_a_failed_one_start_over_where_it_stands(
    database: Database, outside: Server
) -> None:
    btc = only_binance(database)
    row = queue_row(database, btc, FIRST, LAST, status="failed", attempts=5, next_date=FIRST + 200 * DAY)
    admin = make_admin()
    assert admin.api.post(f"/v1/admin/backfills/{row}/retry").status == 204
    assert database.rung == [("backfill", row)]
    told = factory.backfill(database, row)
    assert (told["status"], told["attempts"]) == ("pending", 0)
    backfill.work_on(row)
    assert factory.backfill(database, row)["status"] == "completed"
    assert len(stored(database, btc)) == 50, "only what was missing was fetched"
    again = admin.api.post(f"/v1/admin/backfills/{row}/retry")
    assert (again.status, again.code) == (404, "backfill_not_retryable")


# ------------------------------------------------------------ other sources


def test_451_and_the_next_source_serves(database: Database, outside: Server) -> None:
    btc = asset_id(database, "BTC")
    row = queue_row(database, btc, LAST - 99 * DAY, LAST)
    outside.misbehave("binance", "451")
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["source"], told["attempts"]) == ("completed", "coingecko", 1)
    assert {bar["source"] for bar in stored(database, btc)} == {"coingecko"}
    health = database.row("select last_error from market.source_health where source = 'binance'")
    assert "451" in health["last_error"]


def test_the_second_source_gives_what_its_plan_reaches_and_the_note_says_what_lacks(
    database: Database, outside: Server
) -> None:
    btc = asset_id(database, "BTC")
    row = queue_row(database, btc, LAST - 799 * DAY, LAST)
    outside.misbehave("binance", "451")
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["source"]) == ("completed", "coingecko")
    assert "365 days" in told["note"]
    assert 360 <= len(stored(database, btc)) <= 365
    assert told["rows_landed"] == len(stored(database, btc))


def test_where_every_source_refuses_it_has_failed_at_once_with_both_reasons(
    database: Database, outside: Server
) -> None:
    row = queue_row(database, asset_id(database, "BTC"), LAST - 99 * DAY, LAST)
    outside.misbehave("binance", "451")
    outside.misbehave("coingecko", "401")
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["attempts"]) == ("failed", 1)
    assert "binance: HTTP 451" in told["error_message"]
    assert "coingecko: HTTP 401" in told["error_message"]


def test_a_share_without_keys_says_which_settings_are_missing(
    database: Database, outside: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOLDFAST_ALPACA_KEY_ID")
    settings.forget()
    row = queue_row(database, asset_id(database, "MSTR"), FIRST, LAST)
    backfill.work_on(row)
    told = factory.backfill(database, row)
    assert told["status"] == "failed"
    assert "HOLDFAST_ALPACA_KEY_ID" in told["error_message"]


def test_an_asset_without_a_source_fails_with_what_to_do(database: Database, outside: Server) -> None:
    row = queue_row(database, factory.new_asset(database), FIRST, LAST)
    backfill.work_on(row)
    assert "import a file" in factory.backfill(database, row)["error_message"]


def test_a_fault_of_our_own_is_told_by_the_row_too(
    database: Database, outside: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = queue_row(database, only_binance(database), FIRST, LAST)

    def broken(*arguments: Any) -> Any:
        raise ZeroDivisionError("a slip")

    with monkeypatch.context() as patch:
        patch.setattr(binance.Binance, "daily_bars", broken)
        with pytest.raises(ZeroDivisionError):
            backfill.work_on(row)
    told = factory.backfill(database, row)
    assert (told["status"], told["error_message"]) == (
        "pending",
        "not the source's fault: ZeroDivisionError: a slip",
    )
    waits_about(told, 5 * MINUTE)
