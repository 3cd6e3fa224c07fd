"""The rules of mNAV and yields, against figures that companies published and against hand-computed ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.treasury import metrics, yields
from chalicelib.treasury.metrics import Inputs, Price, Stated
from chalicelib.treasury.yields import Holding

NOW = datetime(2025, 1, 1, 12, tzinfo=UTC)

# Strategy's own tables "BTC Yield and Basic and Assumed Diluted Shares Outstanding": coins, and thousands of assumed
# diluted shares, all in shares after the 10-for-1 split of 2024-08-08.
END_2023, JUNE_2024, SEPTEMBER_2024, END_2024 = (
    (189150, 207636), (226331, 221670), (252220, 235042), (447470, 281735))  # fmt: skip
PUBLISHED = [
    # 8-K of 2024-09-20, which counts 207,638k at the end of 2023
    ((189150, 207638), (252220, 235118), "17.8"),
    (JUNE_2024, (252220, 235118), "5.1"),
    # 8-K of 2024-11-18
    (END_2023, (331200, 256332), "41.8"),
    (SEPTEMBER_2024, (331200, 256332), "20.4"),
    # 8-K of 2024-12-02
    (END_2023, (402100, 270243), "63.3"),
    (SEPTEMBER_2024, (402100, 270243), "38.7"),
    # 8-K of 2024-12-16
    (END_2023, (439000, 279510), "72.4"),
    (SEPTEMBER_2024, (439000, 279510), "46.4"),
    # 8-K of 2024-12-30
    (END_2023, (446400, 281418), "74.1"),
    (SEPTEMBER_2024, (446400, 281418), "47.8"),
    # 8-Ks of 2025-01-13, 2025-01-27, 2025-02-10, 2025-02-24
    (END_2024, (450000, 282418), "0.32"),
    (END_2024, (471107, 288254), "2.90"),
    (END_2024, (478740, 289439), "4.1"),
    (END_2024, (499096, 294063), "6.9"),
]


def held(day: date, figures: tuple[int, int], basis: str = "assumed_diluted") -> Holding:
    return Holding(day, Decimal(figures[0]), Decimal(figures[1]) * 1000, basis)


@pytest.mark.parametrize(("base", "end", "published"), PUBLISHED)
def test_the_yields_that_strategy_published(
    base: tuple[int, int], end: tuple[int, int], published: str
) -> None:
    percent = yields.growth_percent(held(date(2023, 12, 31), base), held(date(2024, 12, 29), end))
    assert percent.quantize(Decimal(published)) == Decimal(published)


@pytest.mark.parametrize(("end", "published"), [((478740, 289439), 18527), ((499096, 294063), 30702)])
def test_the_gain_in_coins_that_strategy_published(end: tuple[int, int], published: int) -> None:
    """8-Ks of 2025-02-10 and 2025-02-24. Shares are published in thousands, which leaves a few coins of difference."""
    base, now = held(date(2024, 12, 31), END_2024), held(date(2025, 2, 9), end)
    gain = yields.yield_to_date([base, now], now, date(2025, 1, 1)).gain
    assert gain is not None
    assert abs(gain - published) < 3


def test_the_gain_that_metaplanet_published() -> None:
    """From 1,761.98 bitcoins with a yield of 23.2 % to 2025-02-25: 408.78 bitcoins, its notice of 2025-02-26 says; the
    counts of shares that gives it are made up to fit."""
    base = Holding(date(2024, 12, 31), Decimal("1761.98"), Decimal(1000000))
    now = Holding(
        date(2025, 2, 25), Decimal("2235"), (Decimal(2235) / Decimal("1761.98") / Decimal("1.232") * 1000000)
    )
    growth = yields.yield_to_date([base, now], now, date(2025, 1, 1))
    assert growth.percent is not None
    assert growth.gain is not None
    assert round(growth.percent, 1) == Decimal("23.2")
    assert abs(growth.gain - Decimal("408.78")) < Decimal("0.1")


# Which snapshot a period begins with ------------------------------------------------------------------------------------


def test_a_year_begins_with_the_last_snapshot_before_it() -> None:
    series = [
        held(date(2023, 6, 30), (100, 100)),
        held(date(2023, 12, 29), (200, 100)),
        held(date(2024, 1, 1), (300, 100)),
        held(date(2024, 3, 1), (400, 100)),
    ]
    growth = yields.yield_to_date(series, series[-1], yields.year_start(date(2024, 3, 1)))
    assert (growth.base_day, growth.percent, growth.gain) == (date(2023, 12, 29), 100, 200)


@pytest.mark.parametrize(
    ("day", "start"),
    [(date(2024, 1, 1), date(2024, 1, 1)), (date(2024, 3, 31), date(2024, 1, 1)),
     (date(2024, 4, 1), date(2024, 4, 1)), (date(2024, 12, 31), date(2024, 10, 1))],
)  # fmt: skip
def test_quarters(day: date, start: date) -> None:
    assert yields.quarter_start(day) == start


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        ([held(date(2024, 5, 1), (200, 100))], "no_base"),
        ([held(date(2023, 5, 1), (100, 100), "basic"), held(date(2024, 5, 1), (200, 100))], "no_base"),
        ([held(date(2023, 5, 1), (100, 100)), held(date(2024, 5, 1), (200, 100), "basic")], "basis_differs"),
        ([held(date(2023, 5, 1), (0, 100)), held(date(2024, 5, 1), (200, 100))], "no_opening_holdings"),
    ],
)
def test_why_there_is_no_yield_to_date(series: list[Holding], reason: str) -> None:
    growth = yields.yield_to_date(series, series[-1], date(2024, 1, 1))
    assert (growth.percent, growth.gain, growth.reason) == (None, None, reason)


def test_a_period_needs_two_counts_of_one_kind() -> None:
    one, other = held(date(2024, 1, 1), (100, 100), "basic"), held(date(2024, 2, 1), (110, 100))
    assert yields.period_yield(None, one).reason == "no_previous"
    assert yields.period_yield(one, other).reason == "basis_differs"
    assert yields.period_yield(one, held(date(2024, 2, 1), (110, 100), "basic")).percent == 10


def test_selling_everything_is_a_yield_of_minus_one_hundred() -> None:
    growth = yields.period_yield(held(date(2024, 1, 1), (100, 100)), held(date(2024, 2, 1), (0, 100)))
    assert (growth.percent, growth.gain) == (-100, -100)


# mNAV -------------------------------------------------------------------------------------------------------------------


TODAY = NOW.date()


def stated(amount: Any, days: int = 0, rate: Decimal | None = Decimal(1)) -> Stated:
    """What a source stated so many days ago."""
    return Stated(Decimal(amount), TODAY - timedelta(days=days), rate)


def known(**changes: Any) -> Inputs:
    """1,000 coins at 100 $; 500 shares at 300 $, 600 of them diluted; 20,000 $ owed, 5,000 $ preferred, 1,000 $ of cash."""
    values: dict[str, Any] = {
        "at": NOW,
        "holdings": Decimal(1000),
        "held_day": TODAY,
        "coin": Price(Decimal(100), NOW),
        "supply": Decimal(20_000),
        "supply_at": NOW,
        "share": Price(Decimal(300), NOW),
        "basic": stated(500),
        "assumed_diluted": stated(600),
        "debt": stated(20000),
        "preferred": stated(5000),
        "cash": stated(1000),
        "cost": stated(80),
    }
    return Inputs(**{**values, **changes})


def test_the_three_mnavs() -> None:
    found = metrics.figures(known())
    assert found.holdings_value == 100_000
    assert (found.market_cap_usd, found.market_cap_method) == (150_000, "price_times_shares")
    assert (found.mnav_basic, found.mnav_diluted) == (Decimal("1.5"), Decimal("1.8"))
    assert (found.enterprise_value_usd, found.mnav_ev) == (174_000, Decimal("1.74"))
    assert metrics.premium_percent(found.mnav_basic) == 50
    assert (found.total_cost_usd, found.unrealised_gain_usd, found.unrealised_gain_percent) == (
        80_000,
        20_000,
        25,
    )
    assert found.supply_share_percent == 5
    assert found.holdings_per_share == Decimal("1.666666666666666667")
    assert found.reasons == {}


def test_a_listing_in_another_currency() -> None:
    """3350.T: a share at 300 yen, of which 150 make a dollar; what it owes is in yen too."""
    yen = Decimal(1) / 150
    found = metrics.figures(
        known(
            share=Price(Decimal(300), NOW, yen),
            debt=stated(3000, rate=yen),
            preferred=stated(0, rate=yen),
            cash=stated(0, rate=yen),
        )
    )
    assert (found.market_cap_usd, found.enterprise_value_usd) == (1000, 1020)
    assert found.mnav_basic == Decimal("0.01")


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"holdings": None}, {"holdings_value": "no_snapshot", "mnav_basic": "no_snapshot",
                              "holdings_per_share": "no_snapshot", "total_cost_usd": "no_snapshot"}),
        ({"coin": None}, {"holdings_value": "no_coin_price", "mnav_ev": "no_coin_price",
                          "unrealised_gain_usd": "no_coin_price", "coin_price_usd": "no_coin_price",
                          "supply_share_percent": None}),
        ({"coin": Price(Decimal(1), NOW - timedelta(days=2, seconds=1))}, {"mnav_basic": "stale_coin_price"}),
        ({"share": None}, {"market_cap_usd": "no_market_cap", "mnav_basic": "no_market_cap",
                           "mnav_diluted": "no_share_price", "mnav_ev": "no_market_cap"}),
        ({"share": Price(Decimal(1), NOW - timedelta(days=7, seconds=1))},
         {"mnav_basic": "stale_share_price", "mnav_diluted": "stale_share_price"}),
        ({"share": Price(Decimal(1), NOW, None)}, {"mnav_basic": "no_rate", "mnav_diluted": "no_rate"}),
        ({"basic": None}, {"mnav_basic": "no_market_cap", "mnav_ev": "no_market_cap"}),
        ({"basic": None, "share": None, "market_cap": stated(5, rate=None)}, {"mnav_basic": "no_rate"}),
        ({"basic": None, "market_cap": stated(5, 8)},
         {"market_cap_usd": "stale_market_cap", "mnav_basic": "stale_market_cap", "mnav_ev": "stale_market_cap"}),
        ({"basic": stated(500, 281)}, {"mnav_basic": "stale_shares", "mnav_diluted": None}),
        ({"basic": stated(500, 281), "assumed_diluted": stated(600, 281)},
         {"mnav_diluted": "stale_shares", "holdings_per_share": "stale_shares"}),
        ({"debt": stated(1, 281)}, {"mnav_ev": "stale_debt", "mnav_basic": None}),
        ({"preferred": stated(1, 281)}, {"mnav_ev": "stale_preferred"}),
        ({"cash": stated(1, 281)}, {"mnav_ev": "stale_cash"}),
        ({"cost": stated(80, 281)}, {"cost_basis_usd": "stale_cost_basis", "unrealised_gain_usd": "stale_cost_basis"}),
        ({"assumed_diluted": None}, {"mnav_diluted": "no_diluted_shares"}),
        ({"assumed_diluted": None, "basic": None}, {"holdings_per_share": "no_shares"}),
        ({"debt": None}, {"mnav_ev": "no_debt"}),
        ({"preferred": None}, {"mnav_ev": "no_preferred"}),
        ({"cash": None}, {"mnav_ev": "no_cash"}),
        ({"debt": stated(1, rate=None)}, {"mnav_ev": "no_rate"}),
        ({"cost": None}, {"cost_basis_usd": "no_cost_basis", "unrealised_gain_usd": "no_cost_basis"}),
        ({"cost": stated(80, rate=None)}, {"cost_basis_usd": "no_rate", "unrealised_gain_percent": "no_rate"}),
        ({"supply": None}, {"supply_share_percent": "no_supply"}),
        ({"supply": Decimal(0)}, {"supply_share_percent": "no_supply"}),
        ({"supply_at": None}, {"supply_share_percent": "no_supply"}),
        ({"supply_at": NOW - timedelta(days=7, seconds=1)}, {"supply_share_percent": "stale_supply"}),
    ],
)  # fmt: skip
def test_what_is_missing_or_stale_is_null_and_says_why(
    changes: dict[str, Any], reasons: dict[str, str | None]
) -> None:
    found = metrics.figures(known(**changes))
    assert {name: found.reasons.get(name) for name in reasons} == reasons
    assert all(getattr(found, name, None) is None for name in found.reasons)


def test_prices_are_fresh_up_to_the_limit() -> None:
    found = metrics.figures(
        known(
            coin=Price(Decimal(100), NOW - timedelta(days=2)),
            share=Price(Decimal(300), NOW - timedelta(days=7)),
            supply_at=NOW - timedelta(days=7),
        )
    )
    assert found.reasons == {}


def test_the_stated_market_cap_stands_in_where_it_cannot_be_computed() -> None:
    found = metrics.figures(known(share=None, market_cap=stated(120_000)))
    assert (found.market_cap_usd, found.market_cap_method, found.mnav_basic) == (
        120_000,
        "stated",
        Decimal("1.2"),
    )
    assert found.mnav_ev == Decimal("1.44")
    fresh = metrics.figures(known(market_cap=stated(120_000)))
    assert fresh.market_cap_method == "price_times_shares"


def test_a_zero_is_a_value() -> None:
    found = metrics.figures(known(debt=stated(0), preferred=stated(0), cash=stated(0), cost=stated(0)))
    assert (found.mnav_ev, found.total_cost_usd, found.unrealised_gain_usd) == (Decimal("1.5"), 0, 100_000)
    assert found.reasons == {"unrealised_gain_percent": "no_cost"}


def test_no_coins_are_worth_nothing_whatever_a_coin_costs() -> None:
    found = metrics.figures(known(holdings=Decimal(0), coin=None))
    assert (found.holdings_value, found.holdings_per_share, found.unrealised_gain_usd) == (0, 0, 0)
    assert found.reasons["mnav_basic"] == found.reasons["mnav_ev"] == "no_holdings"
    assert "holdings_value" not in found.reasons


def test_more_cash_than_everything_else_is_a_negative_mnav() -> None:
    assert metrics.figures(known(cash=stated(275_000))).mnav_ev == Decimal("-1")


def test_all_shares_stand_in_for_assumed_diluted_ones_and_basic_ones_do_per_share() -> None:
    found = metrics.figures(known(assumed_diluted=None, fully_diluted=stated(1000)))
    assert found.mnav_diluted == 3
    assert (found.holdings_per_share, found.holdings_per_share_basis) == (2, "basic")


def test_what_is_stated_is_fresh_up_to_the_limit_and_an_override_does_not_age() -> None:
    old = metrics.figures(
        known(
            basic=stated(500, 280), assumed_diluted=stated(600, 280), debt=stated(20000, 280),
            preferred=stated(5000, 280), cash=stated(1000, 280), cost=stated(80, 280),
        )
    )  # fmt: skip
    assert old.reasons == {}
    capped = metrics.figures(known(basic=None, market_cap=stated(120_000, 7)))
    assert capped.market_cap_method == "stated"
    assert metrics.figures(known(basic=None, market_cap=Stated(Decimal(5)))).market_cap_usd == 5


def test_shares_and_cost_of_the_day_of_the_coins_go_with_them_however_long_ago_that_is() -> None:
    found = metrics.figures(
        known(
            held_day=TODAY - timedelta(days=700),
            basic=None,
            assumed_diluted=stated(500, 700),
            cost=stated(80, 700),
        )
    )
    assert (found.holdings_per_share, found.total_cost_usd) == (2, 80_000)
    assert found.reasons["mnav_diluted"] == "stale_shares"
