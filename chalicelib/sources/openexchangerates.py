"""Open Exchange Rates: hourly rates of some 170 currencies against the US dollar.

Format: docs.openexchangerates.org, /latest.json. Free plan: 1000 calls a month (hourly asking takes 744),
base USD only. Rates are units per 1 USD and are inverted here, to 18 significant digits; USD itself is
never listed.

The app id belongs into the URL's query, so it is kept out of every error and log (client.py).
"""

from __future__ import annotations

import json
from decimal import Context, Decimal

from chalicelib.sources.bars import Rate, moment_at
from chalicelib.sources.client import (
    Answer,
    Budget,
    Http,
    Limiter,
    SourceChangedFormat,
    SourceError,
    SourceRefused,
)
from chalicelib.sources.fields import Fields

SOURCE = "openexchangerates"
CALLS_PER_MONTH = 1000
DIGITS = Context(prec=18)
_ONE = Decimal(1)


class OpenExchangeRates:
    """Hourly rates to USD. Errors: any SourceError of errors.py; SourceRefused without an app id."""

    home = "https://openexchangerates.org"

    def __init__(
        self, base_url: str, limiter: Limiter, app_id: str | None, *, contact: str | None = None
    ) -> None:
        self._app_id = app_id
        self._http = Http(
            SOURCE,
            base_url,
            limiter,
            # A tenth at once; the other 900 flow in at 29 a day, which is enough for every hour.
            [Budget.at_most(SOURCE, CALLS_PER_MONTH, 31 * 86_400, at_once=0.1)],
            secrets=[app_id or ""],
            explain=self._explain,
            contact=contact,
        )

    def latest(self) -> list[Rate]:
        """The latest hour's rates, by currency."""
        if not self._app_id:
            raise self._http.error(SourceRefused, "an app id is needed and none is configured")
        parsed, _ = self._http.get_json("/api/latest.json", {"app_id": self._app_id})
        answer = Fields(SOURCE, "latest", parsed)
        if answer.raw("base") != "USD":
            raise answer.wrong("base", "USD")
        as_of = moment_at(answer.whole("timestamp") * 1000)
        per_dollar = answer.part("rates")
        if not per_dollar.values:
            raise self._http.error(SourceChangedFormat, "latest: no rates")
        return [
            Rate(currency, DIGITS.divide(_ONE, Decimal(per_dollar.price(currency))), as_of)
            for currency in sorted(per_dollar.values)
            if currency != "USD"
        ]

    def _explain(self, answer: Answer) -> SourceError | None:
        """A 429 with "not_allowed" is about the plan, not about haste: waiting would not help."""
        if answer.status == 429 and _message(answer.body) == "not_allowed":
            return self._http.error(SourceRefused, "the plan does not allow this request (not_allowed)")
        return None


def _message(body: bytes) -> str:
    try:
        error = json.loads(body)
    except ValueError:
        return ""
    return str(error.get("message", "")) if isinstance(error, dict) else ""
