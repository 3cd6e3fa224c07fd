"""What a portfolio is made of: shares that add up to exactly 100, concentration, and the unknown apart."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.portfolio.allocation import (
    Part,
    apportioned,
    concentration,
    in_units_held,
    shares_of_hundred,
    slices,
)
from tests.conftest import Database
from tests.identity.factory import sign_up
from tests.market.factory import bar, land, new_asset, today
from tests.portfolio import factory
from tests.portfolio.through_api import Portfolio, new_portfolio

DAY = timedelta(days=1)


def part(key: str, value: str | None, **fields: str) -> Part:
    return Part(
        fields.get("kind", "asset"), key, key, 1, fields.get("type", "stock"), fields.get("exchange"),
        fields.get("currency", "USD"), Decimal(1), None, None if value is None else Decimal(value),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- shares


def test_thirds_add_up_to_a_hundred() -> None:
    assert shares_of_hundred([Decimal(1)] * 3) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]


def test_the_published_example_of_largest_remainders() -> None:
    """Wikipedia, "Largest remainders method", Hare quota: 100,000 votes for ten seats."""
    votes = [Decimal(count) for count in (47_000, 16_000, 15_900, 12_000, 6_000, 3_100)]
    assert apportioned(votes, 10) == [5, 2, 1, 1, 1, 0]


@given(st.lists(st.decimals(0, 10**12, places=6), min_size=1, max_size=60).filter(any))
def test_shares_are_exact_in_sum_and_off_by_less_than_a_hundredth_each(values: list[Decimal]) -> None:
    shares = shares_of_hundred(values)
    assert sum(share for share in shares if share is not None) == 100
    total = sum(map(Fraction, values))
    for value, share in zip(values, shares, strict=True):
        assert share is not None
        assert abs(Fraction(share) - Fraction(value) * 100 / total) < Fraction(1, 100)


def test_where_there_is_no_whole_there_are_no_shares() -> None:
    assert shares_of_hundred([Decimal(1), Decimal(-1)]) == [None, None]
    assert shares_of_hundred([]) == []


def test_a_debt_has_a_negative_share_and_the_rest_more_than_all() -> None:
    assert shares_of_hundred([Decimal(150), Decimal(-50)]) == [Decimal(150), Decimal(-50)]


def test_groups_are_summed_up_the_largest_first_and_the_unknown_left_out() -> None:
    parts = [
        part("A", "10", currency="USD"),
        part("B", "70", currency="EUR"),
        part("C", "20"),
        part("D", None),
    ]
    assert [(one.key, one.value, one.share, one.parts) for one in slices(parts, "currency")] == [
        ("EUR", 70, 70, 1),
        ("USD", 30, 30, 2),
    ]


# ------------------------------------------------------------------------------------------------------- concentration


def test_the_herfindahl_index_of_the_department_of_justice() -> None:
    """US DOJ, "Herfindahl-Hirschman Index": four firms with 30, 30, 20 and 20 per cent have an index of 2,600."""
    found = concentration(
        [part(key, share) for key, share in zip("ABCD", ("30", "30", "20", "20"), strict=True)]
    )
    assert (found.herfindahl, found.top_1, found.top_5) == (2600, 30, 100)
    assert found.effective_positions == Decimal("3.85")  # 10,000 ÷ 2,600


@given(st.integers(1, 50))
def test_equal_positions_are_as_many_as_they_are(count: int) -> None:
    found = concentration([part(str(n), "7.25") for n in range(count)])
    assert found.effective_positions == count


def test_an_empty_portfolio_has_no_concentration() -> None:
    assert concentration([]).herfindahl is None


def test_a_price_of_new_shares_for_a_holding_in_old_ones() -> None:
    splits = [(date(2024, 8, 8), Decimal(10))]
    assert in_units_held(Decimal("135"), splits, date(2024, 8, 8)) == 1350
    assert in_units_held(Decimal("1350"), splits, date(2024, 8, 7)) == 1350


# ------------------------------------------------------------------------------------------------------- the route


@pytest.fixture
def mine(database: Database) -> Portfolio:
    return new_portfolio()


def rate(database: Database, currency: str, dollars: str, at: datetime | None = None) -> None:
    database.run(
        "insert into market.exchange_rates (currency_code, timestamp, rate_to_usd, source) values (%s, %s, %s, 'test')",
        currency,
        at or datetime.now(UTC) - timedelta(hours=1),
        Decimal(dollars),
    )


def test_a_portfolio_by_asset_type_currency_and_exchange(mine: Portfolio, database: Database) -> None:
    coin = new_asset(database, "COINX")
    share = factory.share(database, symbol="SHAREX", exchange="XETRA", native_currency="EUR")
    rate(database, "EUR", "1.25")
    land(coin, [bar(today() - DAY, "100")])
    land(share, [bar(today() - 3 * DAY, "40")])
    mine.add("buy", asset_id=coin, quantity="3", price="90")
    mine.add("buy", asset_id=share, quantity="10", price="38")
    mine.add("deposit", quantity="200", currency="USD", timestamp="2024-01-03T00:00:00Z")
    found = mine.shown("allocation")
    # 3 × 100 + 10 × 40 × 1.25 + 200 = 300 + 500 + 200
    assert (found["currency"], found["total"], found["complete"], found["unknown"]) == (
        "USD",
        "1000",
        True,
        [],
    )
    assert {one["key"]: (one["value"], one["share"]) for one in found["by_asset"]} == {
        "SHAREX@XETRA": ("500", "50.00"), "COINX": ("300", "30.00"), "USD": ("200", "20.00"),
    }  # fmt: skip
    assert [(one["key"], one["share"]) for one in found["by_type"]] == [
        ("stock", "50.00"), ("crypto", "30.00"), ("cash", "20.00"),
    ]  # fmt: skip
    assert [(one["key"], one["share"]) for one in found["by_currency"]] == [
        ("EUR", "50.00"),
        ("USD", "50.00"),
    ]
    assert [(one["key"], one["share"], one["parts"]) for one in found["by_exchange"]] == [
        ("XETRA", "50.00", 1), ("none", "50.00", 2),
    ]  # fmt: skip
    assert found["concentration"]["herfindahl"] == "3800.00"  # 2500 + 900 + 400


def test_what_is_not_known_is_listed_with_the_reason_and_never_guessed(
    mine: Portfolio, database: Database
) -> None:
    unpriced, stale, gone, foreign = (
        new_asset(database, name) for name in ("NOPRICE", "STALE", "GONE", "FOREIGN")
    )
    database.run("update market.assets set native_currency = 'SEK' where id = %s", foreign)
    land(stale, [bar(today() - 11 * DAY, "5")])
    land(gone, [bar(today() - 2 * DAY, "5")])
    land(foreign, [bar(today() - DAY, "5")])
    rate(database, "SEK", "0.1", datetime.now(UTC) - timedelta(days=8))
    for asset in (unpriced, stale, gone, foreign):
        mine.add("buy", asset_id=asset, quantity="1", price="1", currency="USD")
    database.run("update market.assets set is_active = false where id = %s", gone)
    mine.add("deposit", quantity="10", currency="USD", timestamp="2024-01-03T00:00:00Z")
    found = mine.shown("allocation")
    reasons = {one["key"]: one["reason"] for one in found["unknown"]}
    assert set(reasons) == {"NOPRICE", "STALE", "GONE", "FOREIGN"}
    assert "No price" in reasons["NOPRICE"]
    assert "older than 10 days" in reasons["STALE"]
    assert "not traded any more" in reasons["GONE"]
    assert "exchange rate" in reasons["FOREIGN"]
    assert (found["total"], found["complete"]) == ("10", False)
    assert [one["share"] for one in found["by_asset"]] == ["100.00"]


def test_an_empty_portfolio_is_made_of_nothing(mine: Portfolio) -> None:
    found = mine.shown("allocation")
    assert (found["total"], found["by_asset"], found["concentration"]["top_1"]) == ("0", [], None)


def test_nobody_sees_anothers_allocation(mine: Portfolio) -> None:
    for path in ("allocation", "rules", "dividends"):
        assert sign_up().api.get(f"{mine.path}/{path}").code == "portfolio_unknown"
