"""Which codes are currencies."""

from __future__ import annotations

import pytest

from chalicelib.market.currencies import FIAT, known

ECB = """
    USD JPY BGN CYP CZK DKK EEK GBP HUF LTL LVL MTL PLN ROL RON SEK SIT SKK CHF ISK NOK HRK RUB TRL TRY AUD BRL CAD CNY
    HKD IDR ILS INR KRW MXN MYR NZD PHP SGD THB ZAR
""".split()  # noqa: SIM905
"""The columns of the European Central Bank's file of reference rates since 1999 (eurofxref-hist.csv)."""


def test_every_currency_that_ever_had_a_reference_rate_is_known() -> None:
    assert set(ECB) <= FIAT


@pytest.mark.parametrize("code", ["BTC", "XAU", "XXX", "USB", "GBX", "usd"])
def test_coins_metals_and_typing_errors_are_none(code: str) -> None:
    with pytest.raises(ValueError, match=f"{code} is no currency: write its ISO 4217 code"):
        known(code)
