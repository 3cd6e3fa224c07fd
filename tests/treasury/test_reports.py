"""What everybody reads: companies with their figures, live; the list, its order and its search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Api, Database
from tests.treasury.factory import coin, company, financials, override, price, reviewer, share, snapshot

TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)


def rate(database: Database, currency: str, usd: str, at: datetime | None = None) -> None:
    database.run(
        "insert into market.exchange_rates (currency_code, timestamp, rate_to_usd, source) values (%s, %s, %s, 'test')",
        currency, at or datetime.now(UTC) - timedelta(hours=1), usd,
    )  # fmt: skip


def strategy(database: Database, **fields: Any) -> int:
    """A company with 1,000 bitcoins and 500 shares."""
    listed = fields.pop("share_asset_id", None) or share(database, "300")
    acme = company(database, share_asset_id=listed, **fields)
    snapshot(database, acme, TODAY - 2 * DAY, 1000, "approved")
    financials(
        database, acme, TODAY - 30 * DAY, shares_basic="500", shares_assumed_diluted="600", total_debt="20000",
        preferred_equity="5000", cash="1000", cost_basis_avg="80",
    )  # fmt: skip
    return acme


def shown(api: Api, company_id: int) -> dict[str, Any]:
    answer = api.get(f"/v1/treasury/companies/{company_id}")
    assert answer.status == 200, answer.text
    figures: dict[str, Any] = answer.json["figures"]
    return figures


def tickers(api: Api, query: str = "") -> list[str]:
    answer = api.get(f"/v1/treasury/companies{query}")
    assert answer.status == 200, answer.text
    return [item["ticker"] for item in answer.json["items"]]


# One company ------------------------------------------------------------------------------------------------------------


def test_everything_about_a_company(database: Database, api: Api) -> None:
    coin(database, "100", "BTC", market_cap="2000000")
    acme = strategy(database, name="Acme")
    figures = shown(api, acme)
    wanted = {
        "holdings": "1000", "holdings_value": "100000", "days_since_update": 2, "supply_share_percent": "5",
        "market_cap_usd": "150000", "market_cap_method": "price_times_shares", "enterprise_value_usd": "174000",
        "mnav_basic": "1.5", "mnav_diluted": "1.8", "mnav_ev": "1.74", "total_cost_usd": "80000",
        "unrealised_gain_usd": "20000", "unrealised_gain_percent": "25", "cost_basis_source": "financials",
        "holdings_per_share_basis": "assumed_diluted",
    }  # fmt: skip
    assert {name: figures[name] for name in wanted} == wanted
    assert Decimal(figures["premium_basic_percent"]) == 50
    assert figures["reasons"] == {
        "yield_qtd_percent": "no_diluted_shares",
        "gain_qtd": "no_diluted_shares",
        "yield_ytd_percent": "no_diluted_shares",
        "gain_ytd": "no_diluted_shares",
    }


def test_a_new_price_changes_the_answer_at_once(database: Database, api: Api) -> None:
    bitcoin, listed = coin(database, "100", "BTC"), share(database, "300")
    acme = strategy(database, share_asset_id=listed)
    before = api.get(f"/v1/treasury/companies/{acme}")
    price(database, bitcoin, "200")
    assert shown(api, acme)["mnav_basic"] == "0.75"
    price(database, listed, "600")
    after = api.get(f"/v1/treasury/companies/{acme}")
    assert after.json["figures"]["mnav_basic"] == "1.5"
    assert before.headers["etag"] != after.headers["etag"]


def test_the_document_behind_the_number_is_shown(database: Database, api: Api) -> None:
    acme = company(database)
    snapshot(
        database, acme, TODAY, 5, "approved", source="8-K", accession="0001-24-1", evidence="It held 5.",
        source_url="https://example.com/8k",
    )  # fmt: skip
    statement = api.get(f"/v1/treasury/companies/{acme}").json["statement"]
    assert (statement["accession"], statement["evidence"], statement["source"]) == (
        "0001-24-1",
        "It held 5.",
        "8-K",
    )


@pytest.mark.parametrize(("currency", "usd", "value"), [("JPY", "0.0065", "2.925"), ("HKD", "0.128", "57.6")])
def test_a_share_in_another_currency(
    database: Database, api: Api, currency: str, usd: str, value: str
) -> None:
    """3350.T is quoted in yen, 0434.HK in Hong Kong dollars: 300 × 500 × the rate, over 1,000 × 100 / 300."""
    coin(database, "1", "BTC")
    listed = share(database, "900", currency=currency)
    acme = strategy(database, share_asset_id=listed, currency=currency)
    assert shown(api, acme)["reasons"]["mnav_basic"] == "no_rate"
    rate(database, currency, usd)
    figures = shown(api, acme)
    assert figures["share_currency"] == currency
    assert figures["mnav_basic"] == value
    # what it owes is stated in its own currency too
    assert Decimal(figures["enterprise_value_usd"]) == (900 * 500 + 24000) * Decimal(usd)


def test_a_rate_older_than_a_week_is_none(database: Database, api: Api) -> None:
    coin(database, "1", "BTC")
    acme = strategy(database, share_asset_id=share(database, "900", currency="JPY"), currency="JPY")
    rate(database, "JPY", "0.0065", datetime.now(UTC) - timedelta(days=8))
    assert shown(api, acme)["reasons"]["market_cap_usd"] == "no_rate"


@pytest.mark.parametrize(
    ("asset", "age", "figure", "reason"),
    [("coin", 2 * DAY, "holdings_value", "stale_coin_price"), ("share", 7 * DAY, "mnav_basic", "stale_share_price")],
)  # fmt: skip
def test_a_stale_price_is_no_price(
    database: Database, api: Api, asset: str, age: timedelta, figure: str, reason: str
) -> None:
    bitcoin, listed = coin(database, "100", "BTC"), share(database, "300")
    acme = strategy(database, share_asset_id=listed)
    aged = bitcoin if asset == "coin" else listed
    price(database, aged, "100", datetime.now(UTC) - age + timedelta(minutes=1))
    assert shown(api, acme)[figure] is not None
    price(database, aged, "100", datetime.now(UTC) - age - timedelta(minutes=1))
    found = shown(api, acme)
    assert found[figure] is None
    assert found["reasons"][figure] == reason


def test_a_zero_is_a_value(database: Database, api: Api) -> None:
    coin(database, "100", "BTC")
    acme = company(database, share_asset_id=share(database, "300"))
    snapshot(database, acme, TODAY, 0, "approved")
    financials(
        database,
        acme,
        TODAY,
        shares_basic="500",
        total_debt="0",
        preferred_equity="0",
        cash="0",
        cost_basis_avg="0",
    )
    figures = shown(api, acme)
    assert (figures["holdings"], figures["holdings_value"], figures["total_debt"]) == ("0", "0", "0")
    assert figures["enterprise_value_usd"] == "150000"
    assert figures["reasons"]["mnav_basic"] == "no_holdings"


def test_a_company_without_anything_says_what_is_missing(database: Database, api: Api) -> None:
    acme = company(database)
    figures = shown(api, acme)
    assert figures["reasons"] == {
        "holdings": "no_snapshot", "coin_price_usd": "no_coin_price", "share_price_usd": "no_share_price",
        "holdings_value": "no_snapshot", "supply_share_percent": "no_snapshot", "market_cap_usd": "no_market_cap",
        "diluted_market_cap_usd": "no_diluted_shares", "enterprise_value_usd": "no_market_cap",
        "mnav_basic": "no_snapshot", "mnav_diluted": "no_snapshot", "mnav_ev": "no_snapshot",
        "premium_basic_percent": "no_snapshot", "premium_diluted_percent": "no_snapshot",
        "premium_ev_percent": "no_snapshot", "cost_basis_usd": "no_cost_basis", "total_cost_usd": "no_snapshot",
        "unrealised_gain_usd": "no_snapshot", "unrealised_gain_percent": "no_snapshot",
        "holdings_per_share": "no_snapshot", "yield_qtd_percent": "no_diluted_shares", "gain_qtd": "no_diluted_shares",
        "yield_ytd_percent": "no_diluted_shares", "gain_ytd": "no_diluted_shares",
    }  # fmt: skip
    assert api.get("/v1/treasury/companies/999999").code == "company_unknown"


def test_what_is_overridden_counts_and_is_told(database: Database, api: Api) -> None:
    coin(database, "100", "BTC")
    acme = strategy(database)
    who = reviewer(database)
    override(who, acme, "current_holdings", "2000")
    override(who, acme, "total_debt", "0")
    override(who, acme, "shares_basic", "1000", expires_at=datetime.now(UTC) + DAY)
    answer = api.get(f"/v1/treasury/companies/{acme}").json
    assert answer["figures"]["holdings_value"] == "200000"
    assert answer["figures"]["mnav_basic"] == "1.5"
    assert answer["figures"]["enterprise_value_usd"] == "304000"
    assert answer["overridden"]["total_debt"]["original"] == "20000"
    assert answer["overridden"]["current_holdings"]["value"] == "2000"


def test_of_two_counts_the_later_one_is_taken(database: Database, api: Api) -> None:
    """A snapshot's assumed diluted shares and cost, where it is newer than the financials."""
    coin(database, "100", "BTC")
    acme = strategy(database)
    snapshot(
        database, acme, TODAY, 1100, "approved", shares_outstanding=700, total_cost=99000, currency="USD"
    )
    figures = shown(api, acme)
    assert (figures["shares_assumed_diluted"], figures["shares_basic"]) == ("700", "500")
    assert (figures["cost_basis_source"], figures["total_cost_usd"]) == ("snapshot", "99000")
    financials(database, acme, TODAY, shares_assumed_diluted="800", cost_basis_avg="10", source="later")
    # of the same day: the document that states the holdings themselves
    assert shown(api, acme)["shares_assumed_diluted"] == "700"


# The list ---------------------------------------------------------------------------------------------------------------


def test_the_list_by_value_in_pages(database: Database, api: Api) -> None:
    coin(database, "100", "BTC")
    for number, holdings in enumerate((5, 50, 500, None, 5, 0)):
        one = company(database, ticker=f"T{number}")
        if holdings is not None:
            snapshot(database, one, TODAY, holdings, "approved")
    assert tickers(api) == ["T2", "T1", "T0", "T4", "T5", "T3"]
    seen: list[str] = []
    cursor = ""
    while True:
        page = api.get(f"/v1/treasury/companies?limit=2{cursor}").json
        seen += [item["ticker"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["T2", "T1", "T0", "T4", "T5", "T3"]


def test_a_cursor_is_for_one_sorting(database: Database, api: Api) -> None:
    for number in range(2):
        company(database, ticker=f"T{number}")
    cursor = api.get("/v1/treasury/companies?limit=1").json["next_cursor"]
    assert api.get(f"/v1/treasury/companies?limit=1&sort=name&cursor={cursor}").code == "invalid_cursor"


def test_sorting_by_other_figures(database: Database, api: Api) -> None:
    ether = coin(database, "10", "ETH")
    coin(database, "100", "BTC")
    a = company(database, ticker="AAA", name="Zebra", share_asset_id=share(database, "10"))
    b = company(database, ticker="BBB", name="Ant", asset_id=ether, share_asset_id=share(database, "10"))
    snapshot(database, a, TODAY, 10, "approved")
    snapshot(database, b, TODAY, 20, "approved")
    for one in (a, b):
        financials(database, one, TODAY, shares_basic="100")
    assert tickers(api, "?sort=value") == ["AAA", "BBB"]
    assert tickers(api, "?sort=holdings") == ["BBB", "AAA"]
    assert tickers(api, "?sort=mnav") == ["BBB", "AAA"]
    assert tickers(api, "?sort=name") == ["BBB", "AAA"]
    assert tickers(api, "?asset=eth") == ["BBB"]


def test_filters_see_overrides(database: Database, api: Api) -> None:
    a = company(database, ticker="AAA", tier=1, is_miner=True)
    company(database, ticker="BBB", tier=2)
    company(database, ticker="CCC", is_active=False, tier=1)
    assert tickers(api, "?tier=1") == ["AAA"]
    assert tickers(api, "?miner=true") == ["AAA"]
    assert tickers(api, "?miner=false") == ["BBB"]
    override(reviewer(database), a, "is_miner", "false")
    assert tickers(api, "?miner=false") == ["AAA", "BBB"]


def test_search_in_names_tickers_strategies_and_notes(database: Database, api: Api) -> None:
    company(database, ticker="MSTR", name="Strategy Inc", strategy="Buys Bitcoin with convertible notes")
    company(
        database,
        ticker="SMLR",
        name="Semler Scientific",
        notes="Follows the strategy of others; medical devices",
    )
    company(database, ticker="KULR", name="KULR Technology", strategy="Holds surplus cash in Bitcoin")
    assert tickers(api, "?q=mst") == ["MSTR"]
    assert tickers(api, "?q=strategy") == ["MSTR", "SMLR"]
    # a word in any of its forms: holds, holding; device, devices
    assert tickers(api, "?q=holding") == ["KULR"]
    assert tickers(api, "?q=medical+device") == ["SMLR"]
    assert sorted(tickers(api, "?q=bitcoin&sort=name")) == ["KULR", "MSTR"]
    assert tickers(api, "?q=nobody") == []
    assert tickers(api, "?q=%26%7C%21%3A%2A") == []
    page = api.get("/v1/treasury/companies?q=strategy&limit=1").json
    assert page["next_cursor"]
    again = api.get(f"/v1/treasury/companies?q=strategy&limit=1&cursor={page['next_cursor']}").json
    assert [item["ticker"] for item in again["items"]] == ["SMLR"]


def test_answers_may_be_cached(database: Database, api: Api) -> None:
    company(database)
    for path in ("/v1/treasury/companies", "/v1/treasury/summary", "/v1/treasury/export.csv"):
        first = api.get(path)
        assert first.headers["cache-control"] == "public, max-age=60", path
        again = api.get(path, If_None_Match=first.headers["etag"])
        assert (again.status, again.text) == (304, ""), path
