"""What is known of a company although nobody says it anew: closes in place of live prices, financials field by field, and
what is too old to be computed with."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.treasury import mnav_job
from tests.conftest import Api, Database
from tests.identity.factory import make_admin
from tests.market.factory import close_only, land
from tests.treasury.factory import coin, company, financials, override, price, reviewer, share, snapshot

TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)


def figures(company_id: int) -> dict[str, Any]:
    shown: dict[str, Any] = Api().get(f"/v1/treasury/companies/{company_id}").json["figures"]
    return shown


def yen(database: Database, usd: str = "0.01") -> None:
    for days in range(8):
        database.run(
            "insert into market.exchange_rates (currency_code, timestamp, rate_to_usd, source) "
            "values ('JPY', now() - %s * interval '1 day' - interval '1 hour', %s, 'test')",
            days, usd,
        )  # fmt: skip


def tokyo(database: Database, *, closes: list[int]) -> tuple[int, int]:
    """A company in Tokyo with 1,000 coins at 100 $ and 5,000 shares, whose closes of so many days ago were 3,000 yen."""
    yen(database)
    coin(database, "100", "BTC")
    listed = share(database, currency="JPY")
    for days in closes:
        land(listed, [close_only(TODAY - days * DAY, "3000")])
    acme = company(database, share_asset_id=listed, currency="JPY")
    snapshot(database, acme, TODAY - 2 * DAY, 1000, "approved")
    financials(database, acme, TODAY - 30 * DAY, shares_basic="5000")
    return acme, listed


# Prices -----------------------------------------------------------------------------------------------------------------


def test_a_share_without_a_live_price_is_worth_its_last_close(database: Database) -> None:
    acme, _ = tokyo(database, closes=[2, 1])
    found = figures(acme)
    assert (found["share_price"], found["share_currency"], found["share_price_usd"]) == ("3000", "JPY", "30")
    assert (found["share_price_source"], found["share_price_day"]) == ("daily_close", str(TODAY - DAY))
    assert (found["market_cap_usd"], found["mnav_basic"]) == ("150000", "1.5")


def test_a_live_price_comes_before_a_close_until_it_is_stale_and_older(database: Database) -> None:
    acme, listed = tokyo(database, closes=[1])
    price(database, listed, "4000")
    assert (figures(acme)["share_price"], figures(acme)["share_price_source"]) == ("4000", "live")
    price(database, listed, "4000", datetime.now(UTC) - 8 * DAY)
    assert (figures(acme)["share_price"], figures(acme)["share_price_source"]) == ("3000", "daily_close")


def test_a_close_is_stale_after_seven_days_like_any_price(database: Database) -> None:
    acme, _ = tokyo(database, closes=[20])
    found = figures(acme)
    assert (found["share_price"], found["share_price_day"]) == ("3000", str(TODAY - 20 * DAY))
    assert (found["mnav_basic"], found["reasons"]["mnav_basic"]) == (None, "stale_share_price")


def test_the_job_and_the_view_agree(database: Database) -> None:
    acme, _ = tokyo(database, closes=[1])
    land(coin(database, symbol="BTC"), [close_only(TODAY - DAY, "100")])
    jobs.run(mnav_job.SNAPSHOT_MNAV, datetime.combine(TODAY, time(0, 10), UTC), catch_up=False)
    day = Api().get(f"/v1/treasury/companies/{acme}/mnav").json["items"][0]
    assert (day["day"], day["mnav_basic"]) == (str(TODAY - DAY), figures(acme)["mnav_basic"])


# Financials -------------------------------------------------------------------------------------------------------------


def priced(database: Database) -> int:
    coin(database, "100", "BTC")
    acme = company(database, share_asset_id=share(database, "300"))
    snapshot(database, acme, TODAY, 1000, "approved")
    return acme


def test_a_row_that_does_not_state_a_figure_hides_none(database: Database) -> None:
    acme = priced(database)
    financials(database, acme, TODAY - 90 * DAY, total_debt="20000", preferred_equity="0", cash="1000")
    financials(database, acme, TODAY - 10 * DAY, shares_basic="500", currency="USD")
    found = figures(acme)
    assert (found["total_debt"], found["total_debt_date"]) == ("20000", str(TODAY - 90 * DAY))
    assert (found["shares_basic_date"], found["financials_date"]) == (str(TODAY - 10 * DAY),) * 2
    assert found["enterprise_value_usd"] == "169000"


def test_each_figure_keeps_its_own_currency(database: Database) -> None:
    yen(database)
    acme = priced(database)
    financials(
        database, acme, TODAY - 90 * DAY, total_debt="1000000", preferred_equity="0", cash="0", currency="JPY"
    )
    financials(database, acme, TODAY - 10 * DAY, shares_basic="500", cash="1000", currency="USD")
    found = figures(acme)
    assert (found["total_debt_currency"], found["cash_currency"]) == ("JPY", "USD")
    assert found["enterprise_value_usd"] == "159000"


def test_a_figure_is_known_until_it_is_too_old(database: Database) -> None:
    acme = priced(database)
    financials(database, acme, TODAY - 281 * DAY, total_debt="20000", preferred_equity="0", cash="1000")
    financials(database, acme, TODAY - 10 * DAY, shares_basic="500")
    found = figures(acme)
    assert (found["total_debt"], found["mnav_ev"], found["reasons"]["mnav_ev"]) == (
        "20000",
        None,
        "stale_debt",
    )
    override(reviewer(database), acme, "total_debt", "7")
    assert figures(acme)["reasons"]["mnav_ev"] == "stale_preferred", "an override does not age"


def test_an_old_market_cap_is_shown_as_such_and_not_computed_with(database: Database) -> None:
    """As a tracker's file states one, ten months before."""
    acme = priced(database)
    financials(database, acme, TODAY - 315 * DAY, market_cap="150000")
    found = figures(acme)
    assert (found["market_cap_usd"], found["mnav_basic"]) == (None, None)
    assert found["market_cap_date"] == str(TODAY - 315 * DAY)
    assert found["reasons"]["mnav_basic"] == found["reasons"]["market_cap_usd"] == "stale_market_cap"
    financials(database, acme, TODAY - 7 * DAY, market_cap="150000")
    assert figures(acme)["mnav_basic"] == "1.5"
    total = Api().get("/v1/treasury/summary").json["assets"][0]
    assert (total["market_cap_usd"], total["reasons"].get("market_cap_usd")) == ("150000", None)


def test_what_was_known_on_a_past_day(database: Database) -> None:
    acme = company(database)
    financials(database, acme, "2025-01-01", total_debt="100", cash="5")
    financials(database, acme, "2025-03-01", cash="6", carry_forward=False)

    def known(day: str) -> dict[str, tuple[str, str, Any]]:
        answer = Api().get(f"/v1/treasury/companies/{acme}/financials?as_of={day}").json
        return {
            name: (one["value"], one["effective_date"], one["reason"])
            for name, one in answer["known"].items()
        }

    assert known("2024-12-31") == {}
    assert known("2025-02-28") == {
        "total_debt": ("100", "2025-01-01", None),
        "cash": ("5", "2025-01-01", None),
    }
    assert known("2025-10-09") == {
        "total_debt": ("100", "2025-01-01", "stale_debt"),
        "cash": ("6", "2025-03-01", None),
    }


def test_what_is_known_follows_rows_that_come_late_change_and_go(database: Database) -> None:
    acme = priced(database)
    last = financials(database, acme, TODAY - 10 * DAY, cash="2")
    financials(database, acme, TODAY - 90 * DAY, total_debt="1", cash="1")
    assert (figures(acme)["total_debt"], figures(acme)["cash"]) == ("1", "2")
    database.run("update treasury.company_financials set cash = null where id = %s", last)
    assert figures(acme)["cash"] == "1"
    assert make_admin().api.delete(f"/v1/admin/treasury/financials/{last}").status == 204
    assert figures(acme)["cash_date"] == str(TODAY - 90 * DAY)


def test_a_later_row_without_shares_does_not_hide_a_snapshots(database: Database) -> None:
    acme = priced(database)
    snapshot(database, acme, TODAY - DAY, 900, "superseded", shares_outstanding=1)
    database.run(
        "update treasury.holdings_snapshots set shares_outstanding = 700, share_basis = 'basic' "
        "where company_id = %s and status = 'approved'",
        acme,
    )
    financials(database, acme, TODAY, cash="1")
    assert (figures(acme)["shares_basic"], figures(acme)["shares_basic_date"]) == ("700", str(TODAY))


def test_financials_of_a_day_that_has_not_begun_are_refused(database: Database) -> None:
    acme = company(database)
    body = {"effective_date": str(TODAY + 2 * DAY), "source": "10-Q", "cash": "1"}
    answer = make_admin().api.post(f"/v1/admin/treasury/companies/{acme}/financials", body)
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "in_the_future")


# Purchases --------------------------------------------------------------------------------------------------------------


def test_a_quarter_counts_only_where_its_weeks_are_not_known(database: Database) -> None:
    coin(database, "100", "BTC")
    acme = company(database)
    start = TODAY - 40 * DAY
    snapshot(database, acme, start, 100, "approved")
    for week in range(1, 4):
        day = start + week * 7 * DAY
        snapshot(
            database,
            acme,
            day,
            100 + 10 * week,
            "approved",
            purchased=10,
            period_start=day - 6 * DAY,
            period_end=day,
        )
    snapshot(
        database, acme, start + 30 * DAY, 130, "approved", purchased=30, period_start=start + DAY,
        period_end=start + 30 * DAY,
    )  # fmt: skip
    listed = Api().get(f"/v1/treasury/companies/{acme}/purchases").json["items"]
    assert [(one["amount"], one["covering"]) for one in listed] == [
        ("30", True), ("10", False), ("10", False), ("10", False),
    ]  # fmt: skip
    bought = Api().get("/v1/treasury/leaders?days=60").json["recent_purchases"]
    assert [row["amount"] for row in bought] == ["10", "10", "10"]


def test_a_difference_over_a_longer_time_is_no_recent_purchase(database: Database) -> None:
    coin(database, "100", "BTC")
    acme = company(database)
    snapshot(database, acme, TODAY - 60 * DAY, 100, "approved")
    snapshot(database, acme, TODAY - 5 * DAY, 150, "approved")
    assert Api().get("/v1/treasury/leaders?days=30").json["recent_purchases"] == []
    assert len(Api().get("/v1/treasury/leaders?days=55").json["recent_purchases"]) == 1


# What totals and tables say ---------------------------------------------------------------------------------------------


def test_what_is_overridden_is_told_wherever_it_counts(database: Database) -> None:
    acme = priced(database)
    database.run("update treasury.companies set ticker = 'ACME' where id = %s", acme)
    financials(database, acme, TODAY - 10 * DAY, shares_basic="500")
    database.run(
        "insert into treasury.company_overrides (company_id, field, override_value, reason, created_at) "
        "values (%s, 'current_holdings', '99', 'test', now() - interval '3 days'), "
        "(%s, 'notes', 'x', 'test', now() - interval '3 days')",
        acme, acme,
    )  # fmt: skip
    api = Api()
    (total,) = api.get("/v1/treasury/summary").json["assets"]
    assert total["overridden"] == [{"company_id": acme, "ticker": "ACME", "fields": ["current_holdings"]}]
    (leader,) = api.get("/v1/treasury/leaders").json["largest_holders"]
    assert leader["overridden"]["current_holdings"]["value"] == "99"
    jobs.run(mnav_job.SNAPSHOT_MNAV, datetime.combine(TODAY + DAY, time(0, 10), UTC), catch_up=False)
    day = api.get(f"/v1/treasury/companies/{acme}/mnav").json["items"][0]
    assert (list(day["overridden"]), day["holdings"]) == (["current_holdings"], "99")


def test_a_table_says_why_a_figure_is_not_known(database: Database) -> None:
    acme = company(database, asset_id=coin(database))
    snapshot(database, acme, TODAY, 100, "approved", purchased=5)
    (bought,) = Api().get("/v1/treasury/leaders").json["recent_purchases"]
    assert (bought["figure"], bought["reason"]) == (None, "no_coin_price")


# Companies --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", [{"ticker": "BRK/B"}, {"ticker": "T 1"}, {"ticker": "日立"}, {"ticker": "T\n1", "external_id": "t1"},
              {"ticker": "<B>", "external_id": "b"}, {"currency": "ZZZ"}],
)  # fmt: skip
def test_tickers_and_currencies_that_cannot_be_are_refused(database: Database, wrong: dict[str, str]) -> None:
    coin(database, symbol="BTC")
    body = {"ticker": "OK", "name": "Fine", "asset": "BTC", **wrong}
    answer = make_admin().api.post("/v1/admin/treasury/companies", body)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, f"body.{next(iter(wrong))}")


@pytest.mark.parametrize("q", ["0434.HK", "0434.hk", "0434"])
def test_a_ticker_with_a_suffix_is_found(database: Database, q: str) -> None:
    company(database, ticker="0434.HK", name="Boyaa")
    found = Api().get(f"/v1/treasury/companies?q={q}").json["items"]
    assert [one["ticker"] for one in found] == ["0434.HK"]


def test_administrators_see_what_is_not_tracked_and_what_is_stored_now(database: Database) -> None:
    gone = company(database, name="Gone", is_active=False)
    kept = company(database, name="Kept", tier=3)
    override(reviewer(database), kept, "tier", "1")
    database.run("update treasury.companies set tier = 4 where id = %s", kept)
    api = make_admin().api
    first = api.get("/v1/admin/treasury/companies?limit=1").json
    second = api.get(f"/v1/admin/treasury/companies?limit=1&cursor={first['next_cursor']}").json
    assert [one["id"] for one in (*first["items"], *second["items"])] == [gone, kept]
    assert [one["id"] for one in api.get("/v1/admin/treasury/companies?active=false").json["items"]] == [gone]
    shown = second["items"][0]
    assert (shown["tier"], shown["overridden"]["tier"]["original"], shown["stored"]) == (
        1,
        "3",
        {"tier": "4"},
    )
    assert Api().get("/v1/admin/treasury/companies").status == 401
