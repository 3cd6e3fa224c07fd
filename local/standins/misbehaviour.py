"""How a stand-in misbehaves when told to: failures that the real sources are known for, in their words."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.standins import binance, edgar
from local.standins.wire import Reply, answer

MODES = ("ok", "429", "418", "451", "500", "401", "403", "404", "slow", "truncated", "html", "block page")
HTML = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking</body></html>"
DEFAULT_BAN = 120.0  # seconds: the shortest ban that Binance gives


@dataclass
class Misbehaviour:
    """What one source does wrong, how often (None: until told otherwise), and its number of requests."""

    mode: str = "ok"
    times: int | None = None
    retry_after: float | str | None = None
    delay: float = 0.0
    requests: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def tell(
        self, mode: str, times: int | None, retry_after: float | str | None, delay: float | None
    ) -> None:
        """Change the mode. Raises ValueError for one that does not exist."""
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}")
        with self._lock:
            self.mode, self.times, self.retry_after = mode, times, retry_after
            self.delay = delay if delay is not None else 5.0 if mode == "slow" else 0.0

    def next_mode(self) -> str:
        """Counts a request and says what to do about it; falls back to "ok" when `times` are used up."""
        with self._lock:
            self.requests += 1
            mode = self.mode
            if mode != "ok" and self.times is not None:
                self.times -= 1
                if self.times <= 0:
                    self.mode, self.times = "ok", None
            return mode

    def state(self) -> dict[str, Any]:
        """For GET /_control."""
        return {
            "mode": self.mode,
            "times": self.times,
            "retry_after": self.retry_after,
            "delay": self.delay,
            "requests": self.requests,
        }


def refusal(source: str, mode: str, retry_after: float | str | None) -> Reply:
    """The source's own way of answering 401, 418, 429, 451 or 500."""
    if mode == "html":
        return Reply(200, HTML, "text/html; charset=utf-8")
    if mode == "block page":  # which the SEC has been seen to send with 200 too
        return Reply(200, edgar.BLOCK_PAGE, "text/html")
    if source == "edgar" and mode in ("403", "429"):
        return Reply(int(mode), edgar.BLOCK_PAGE, "text/html")
    body = _bodies(source, retry_after).get(mode, {"error": f"HTTP {mode}"})
    headers = {} if retry_after is None else {"Retry-After": _seconds_or_date(retry_after)}
    return answer(body, int(mode), headers)


def _seconds_or_date(retry_after: float | str) -> str:
    return retry_after if isinstance(retry_after, str) else f"{retry_after:g}"


def _bodies(source: str, retry_after: float | str | None) -> dict[str, Any]:
    if source == "binance":
        seconds = retry_after if isinstance(retry_after, int | float) else DEFAULT_BAN
        until = int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp() * 1000)
        banned = f"Way too much request weight used; IP banned until {until}. Please use WebSocket Streams."
        return {
            "429": {"code": -1003, "msg": "Too much request weight used; limit is 6000 per 1 MINUTE."},
            "418": {"code": -1003, "msg": banned},
            "451": binance.RESTRICTED,
            "401": {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."},
            "500": {"code": -1000, "msg": "An unknown error occurred while processing the request."},
        }
    if source == "coingecko":
        limited = "You've exceeded the Rate Limit. Please visit https://www.coingecko.com/en/api/pricing."
        return {
            "429": {"status": {"error_code": 429, "error_message": limited}},
            "401": {"status": {"error_code": 10002, "error_message": "API Key Missing"}},
        }
    if source == "oxr":
        return {
            "429": {"error": True, "status": 429, "message": "too_many_requests", "description": "Slow down"},
            "401": {"error": True, "status": 401, "message": "invalid_app_id", "description": "Invalid"},
        }
    return {"429": {"message": "too many requests."}, "401": {"message": "unauthorized."}}
