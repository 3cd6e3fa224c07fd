"""Open Exchange Rates' /api/latest.json: units per US dollar, the ECB table's rates with an hourly wobble."""

from __future__ import annotations

from typing import Any

from local.standins.simulation import dice
from local.standins.wire import Number, Reply, Request, answer

WRONG_ID = "invalid"  # the one app id that is refused, so that a wrong one can be tried out
WOBBLE = 0.0004


def reply(request: Request) -> Reply:
    """Answer one request."""
    if request.path != "/api/latest.json":
        return _error(404, "not_found", "Client requested a non-existent resource/route")
    app_id = request.query.get("app_id")
    if not app_id:
        return _error(401, "missing_app_id", "No App ID provided. Please sign up")
    if app_id == WRONG_ID:
        return _error(401, "invalid_app_id", "Invalid App ID provided. Please sign up")
    hour = int(request.now.timestamp()) // 3600
    return answer(
        {
            "disclaimer": "Usage subject to terms: https://openexchangerates.org/terms",
            "license": "https://openexchangerates.org/license",
            "timestamp": hour * 3600,
            "base": "USD",
            "rates": _per_dollar(request, hour),
        }
    )


def _per_dollar(request: Request, hour: int) -> dict[str, Any]:
    _, per_euro = request.histories.rates.latest(request.now)
    dollars = float(per_euro["USD"])
    rates = {name: float(rate) / dollars for name, rate in per_euro.items()} | {"EUR": 1 / dollars}
    wobbling = {
        name: Number(f"{rate * (1 + WOBBLE * dice(f'hour {name}', hour).move):.6f}".rstrip("0").rstrip("."))
        for name, rate in rates.items()
        if name != "USD"
    }
    return dict(sorted({**wobbling, "USD": 1}.items()))


def _error(status: int, message: str, description: str) -> Reply:
    return answer({"error": True, "status": status, "message": message, "description": description}, status)
