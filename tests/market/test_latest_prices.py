"""The latest prices, in their own currency and in US and Australian dollars."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import db
from tests.conftest import Api, Database
from tests.market import factory


def quote(asset: int, price: str, **fields: Any) -> None:
    """The latest price of an asset, as a job lands it."""
    row = {
        "asset_id": asset,
        "price": price,
        "currency": "USD",
        "as_of": datetime.now(UTC).isoformat(),
        **fields,
    }
    with db.job_transaction() as tx:
        tx.execute("select market.land_quotes('test', %s)", [json.dumps([row])]).fetchall()


def test_latest_prices_name_what_is_unknown(database: Database, api: Api) -> None:
    btc = factory.asset_id(database, "BTC")
    quote(btc, "70214.05", change_24h="-310.20", high_24h="71000", market_cap="1400000000000")
    answer = api.get("/v1/prices/latest?symbols=btc,%20XYZ,,ETH").json
    assert answer["unknown"] == ["XYZ", "ETH"]
    (item,) = answer["items"]
    assert (item["symbol"], item["price"], item["change_24h"]) == ("BTC", "70214.05", "-310.20")
    assert (item["low_24h"], item["market_cap"], item["source"]) == (None, "1400000000000", "test")


@pytest.mark.parametrize(
    "query", ["", "symbols=", "symbols=,", "symbols=BTC&symbols=ETH", f"symbols={','.join(['A'] * 101)}"]
)
def test_one_to_a_hundred_symbols_are_asked_for_at_once(api: Api, query: str) -> None:
    answer = api.get(f"/v1/prices/latest?{query}")
    assert (answer.status, [error["field"] for error in answer.json["errors"]]) == (422, ["query.symbols"])


def test_market_data_is_in_us_and_australian_dollars(database: Database, api: Api) -> None:
    btc = factory.asset_id(database, "BTC")
    quote(btc, "70214.05", volume_24h_value="1000", market_cap="2000", change_24h="-5")
    (item,) = api.get("/v1/market-data?symbols=BTC").json["items"]
    assert (item["price_usd"], item["price_aud"], item["market_cap_aud"]) == ("70214.05", None, None), (
        "no rate, no price"
    )
    set_rate(database, "AUD", "0.64")
    (item,) = api.get("/v1/market-data?symbols=BTC").json["items"]
    assert Decimal(item["price_aud"]) == round(Decimal("70214.05") / Decimal("0.64"), 12)
    assert (item["volume_24h_aud"], item["market_cap_aud"], item["change_24h"]) == ("1562.5", "3125", "-5")


def test_market_data_of_a_share_in_euros_needs_both_rates(database: Database, api: Api) -> None:
    share = factory.new_asset(database, "EUSHARE", native_currency="EUR", asset_type="stock")
    quote(share, "10", currency="EUR")
    set_rate(database, "AUD", "0.64")
    (item,) = api.get("/v1/market-data?symbols=EUSHARE").json["items"]
    assert (item["price_usd"], item["price_aud"]) == (None, None)
    set_rate(database, "EUR", "1.12")
    (item,) = api.get("/v1/market-data?symbols=EUSHARE").json["items"]
    assert (item["price_usd"], item["price_aud"]) == ("11.2", "17.5")


def set_rate(database: Database, currency: str, rate: str) -> None:
    database.run(
        "insert into market.exchange_rates (currency_code, timestamp, rate_to_usd, source) "
        "values (%s, now() - interval '1 hour', %s, 'test')",
        currency,
        rate,
    )
