"""What goes wrong with outside sources, and which error says so."""

from __future__ import annotations

import gzip
import logging
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.sources import client as http
from chalicelib.sources.alpaca import Alpaca
from chalicelib.sources.binance import Binance
from chalicelib.sources.client import (
    Budget,
    SourceChangedFormat,
    SourceError,
    SourceNotFound,
    SourceRateLimited,
    SourceRefused,
    SourceUnavailable,
    retry_after,
)
from chalicelib.sources.coingecko import CoinGecko
from chalicelib.sources.ecb import Ecb
from chalicelib.sources.openexchangerates import OpenExchangeRates

SECRET = "secret-7f3a"
CALLS: dict[str, Callable[[str, Any], Any]] = {
    "binance": lambda url, limiter: Binance(url, limiter).quotes(["BTCUSDT"]),
    "coingecko": lambda url, limiter: CoinGecko(url, limiter, SECRET, "demo").quotes(["bitcoin"]),
    "alpaca": lambda url, limiter: Alpaca(url, limiter, SECRET, SECRET, "iex").quotes(["AAPL"]),
    "ecb": lambda url, limiter: Ecb(url, limiter).daily(),
    "oxr": lambda url, limiter: OpenExchangeRates(url, limiter, SECRET).latest(),
}
every_source = pytest.mark.parametrize("source", CALLS)


@every_source
@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("429", SourceRateLimited),
        ("418", SourceRateLimited),
        ("401", SourceRefused),
        ("451", SourceRefused),
        ("500", SourceUnavailable),
        ("truncated", SourceUnavailable),
        ("html", SourceChangedFormat),
    ],
)
def test_each_misbehaviour_is_its_own_error(
    standins: Any, limiter: Any, source: str, mode: str, error: type[SourceError]
) -> None:
    standins.misbehave(source, mode, times=1)
    with pytest.raises(error) as raised:
        CALLS[source](standins.url(source), limiter)
    assert raised.value.source == {"oxr": "openexchangerates"}.get(source, source)
    assert SECRET not in str(raised.value)
    assert CALLS[source](standins.url(source), limiter)


@every_source
def test_a_429_makes_everybody_wait_as_long_as_the_source_says(
    standins: Any, limiter: Any, source: str
) -> None:
    standins.misbehave(source, "429", times=1, retry_after=7)
    with pytest.raises(SourceRateLimited) as raised:
        CALLS[source](standins.url(source), limiter)
    assert (raised.value.retry_after, raised.value.banned) == (7.0, False)
    assert limiter.blocked == [(raised.value.source, 7.0)]


def test_a_429_without_a_word_blocks_for_one_window(standins: Any, limiter: Any) -> None:
    standins.misbehave("coingecko", "429", times=1)
    with pytest.raises(SourceRateLimited) as raised:
        CALLS["coingecko"](standins.url("coingecko"), limiter)
    assert raised.value.retry_after is None
    assert limiter.blocked == [("coingecko", 60.0)]


def test_a_418_is_a_ban(standins: Any, limiter: Any) -> None:
    standins.misbehave("binance", "418", times=1, retry_after=300)
    with pytest.raises(SourceRateLimited) as raised:
        CALLS["binance"](standins.url("binance"), limiter)
    assert (raised.value.retry_after, raised.value.banned) == (300.0, True)
    assert limiter.blocked == [("binance", 300.0)]


def test_a_ban_without_retry_after_is_read_from_binances_words(canned: Any, limiter: Any) -> None:
    message = "Way too much request weight used; IP banned until 1773847900000. Please use WebSocket Streams."
    canned.answer({"code": -1003, "msg": message}, status=418, Date="Wed, 18 Mar 2026 15:30:40 GMT")
    with pytest.raises(SourceRateLimited) as raised:
        CALLS["binance"](canned.url, limiter)
    assert (raised.value.retry_after, raised.value.banned) == (60.0, True)
    assert limiter.blocked == [("binance", 60.0)]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("Wed, 18 Mar 2026 15:32:00 GMT", 80.0),
        ("Wed, 18 Mar 2026 15:30:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": header, "Date": "Wed, 18 Mar 2026 15:30:40 GMT"}) == seconds


def test_retry_after_may_be_missing() -> None:
    assert retry_after({}) is None


def test_a_source_that_does_not_answer_in_time_is_unavailable(
    standins: Any, limiter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.05)
    standins.misbehave("binance", "slow", times=1, delay=0.5)
    with pytest.raises(SourceUnavailable, match="ReadTimeout"):
        CALLS["binance"](standins.url("binance"), limiter)


def test_a_source_that_drips_is_given_up(canned: Any, limiter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_SECONDS", -1.0)
    canned.answer("[]")
    with pytest.raises(SourceUnavailable, match="took more than"):
        CALLS["binance"](canned.url, limiter)


def test_a_refused_connection_is_unavailable(limiter: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(SourceUnavailable) as raised:
            CALLS["oxr"](url, limiter)
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, SourceChangedFormat),
        (403, SourceRefused),
        (408, SourceUnavailable),
        (502, SourceUnavailable),
        (503, SourceUnavailable),
    ],
)
def test_each_status_is_its_own_error(
    canned: Any, limiter: Any, status: int, error: type[SourceError]
) -> None:
    canned.answer("<html>whatever</html>", status=status)
    with pytest.raises(error, match=f"HTTP {status}: a page of HTML"):
        CALLS["binance"](canned.url, limiter)


def test_a_404_is_about_the_symbol_where_the_path_names_one(canned: Any, limiter: Any, now: datetime) -> None:
    canned.answer({"error": "coin not found"}, status=404)
    with pytest.raises(SourceNotFound, match="coin not found"):
        CoinGecko(canned.url, limiter, None, "demo").daily_bars("x", date(2026, 3, 1), date(2026, 3, 2), now)


def test_a_404_of_binance_is_not_taken_for_unknown_pairs(canned: Any, limiter: Any) -> None:
    canned.answer("<html>nginx</html>", status=404)
    with pytest.raises(SourceChangedFormat, match="no such path"):
        CALLS["binance"](canned.url, limiter)


@pytest.mark.parametrize("body", ["", "{", "[1,", b"\xff\xfe\xfa", "[" * 100_000, "NaN", '{"a":Infinity}'])
def test_what_is_no_json_is_a_changed_format(canned: Any, limiter: Any, body: str | bytes) -> None:
    canned.answer(body)
    with pytest.raises(SourceChangedFormat):
        CALLS["binance"](canned.url, limiter)


def test_an_answer_without_end_is_cut_off(canned: Any, limiter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BYTES", 1000)
    canned.answer(gzip.compress(b"[" + b" " * 1_000_000 + b"]"), Content_Encoding="gzip")
    with pytest.raises(SourceChangedFormat, match="larger than"):
        CALLS["binance"](canned.url, limiter)


def test_a_compressed_answer_is_unpacked(canned: Any, limiter: Any) -> None:
    canned.answer(gzip.compress(b"{}"), Content_Encoding="gzip")
    assert CALLS["coingecko"](canned.url, limiter) == {}
    assert canned.requests[0][1]["Accept-Encoding"] == "gzip"


def test_a_redirect_within_the_host_is_followed(canned: Any, limiter: Any) -> None:
    canned.answer("", status=302, Location="/elsewhere")
    canned.answer("{}")
    assert CALLS["coingecko"](canned.url, limiter) == {}
    assert [path.partition("?")[0] for path, _ in canned.requests] == ["/api/v3/simple/price", "/elsewhere"]


def test_a_redirect_to_another_host_is_not_followed(canned: Any, standins: Any, limiter: Any) -> None:
    canned.answer("", status=301, Location=standins.url("alpaca"))
    with pytest.raises(SourceChangedFormat, match="another host"):
        CALLS["alpaca"](canned.url, limiter)
    assert standins.requests("alpaca") == 0


def test_redirects_in_circles_end(canned: Any, limiter: Any) -> None:
    for _ in range(4):
        canned.answer("", status=302, Location="/again")
    with pytest.raises(SourceChangedFormat, match="circles"):
        CALLS["binance"](canned.url, limiter)


def test_the_user_agent_names_the_product_and_a_contact(canned: Any, limiter: Any) -> None:
    canned.answer("[]")
    Binance(canned.url, limiter, contact="ops@example.com").quotes(["BTCUSDT"])
    assert canned.requests[0][1]["User-Agent"] == "Holdfast/1.0 (+ops@example.com)"


def test_a_secret_that_the_source_repeats_is_struck_out(canned: Any, limiter: Any) -> None:
    canned.answer({"message": f"no such key {SECRET}"}, status=401)
    with pytest.raises(SourceRefused) as raised:
        CALLS["alpaca"](canned.url, limiter)
    assert SECRET not in str(raised.value)
    assert "no such key …" in raised.value.detail


def test_no_log_shows_a_secret(standins: Any, limiter: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for source, call in CALLS.items():
        call(standins.url(source), limiter)
    assert SECRET not in caplog.text


def test_the_shared_budget_is_asked_before_the_source(standins: Any, now: datetime) -> None:
    class UsedUp:
        def spend(self, bucket: str, cost: int, burst: int, per_seconds: float) -> None:
            raise SourceRateLimited(bucket, "the shared budget is used up", retry_after=3.0)

        def block(self, bucket: str, seconds: float) -> None:
            raise AssertionError("nothing to block")

    with pytest.raises(SourceRateLimited, match="shared budget"):
        Binance(standins.url("binance"), UsedUp()).daily_bars(
            "BTCUSDT", date(2026, 1, 1), date(2026, 1, 2), now
        )
    assert standins.requests("binance") == 0


@pytest.mark.parametrize(
    ("limit", "at_once"), [(6000, 0.5), (200, 0.5), (25, 0.5), (1000, 0.1), (10_000, 0.1), (1, 0.5)]
)
def test_a_bucket_never_lets_more_than_the_limit_through_in_any_window(limit: int, at_once: float) -> None:
    budget = Budget.at_most("b", limit, 60, at_once)
    assert budget.burst >= 1
    assert limit == 1 or budget.burst + 60 * budget.burst / budget.per_seconds == pytest.approx(limit)


def test_a_cold_start_that_calls_no_source_does_not_load_urllib3() -> None:
    modules = "alpaca, binance, coingecko, ecb, openexchangerates"
    script = f"import sys; from chalicelib.sources import {modules}; sys.exit('urllib3' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, check=False).returncode == 0
