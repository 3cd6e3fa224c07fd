"""The database computes what the pure rules say, for any inputs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.treasury import metrics, yields
from chalicelib.treasury.metrics import Figures, Inputs, Price, Stated
from chalicelib.treasury.yields import Holding
from tests.conftest import Database
from tests.treasury.factory import coin, company, share, snapshot, split

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
CALL = f"select * from treasury.figures({', '.join(['%s'] * 32)})"
ROUNDED = Decimal("1e-8")

amounts = st.decimals(0, 10**12, places=4) | st.just(Decimal(0))
counts = st.decimals(1, 10**11, places=0)
prices = st.decimals(Decimal("0.0001"), 10**6, places=4)
rates = st.decimals(Decimal("0.00001"), 10, places=6)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


moments = st.integers(-8 * 86400, 0).map(lambda seconds: NOW + timedelta(seconds=seconds)) | st.just(NOW)
quotes = st.builds(
    Price,
    prices,
    moments,
    maybe(rates),
)
days = st.none() | st.integers(-600, 0).map(lambda count: NOW.date() + timedelta(days=count))
days |= st.sampled_from([7, 8, 280, 281]).map(lambda count: NOW.date() - timedelta(days=count))
money = st.builds(Stated, amounts, days, maybe(rates))
numbers = st.builds(Stated, counts, days)
inputs = st.builds(
    Inputs,
    at=st.just(NOW),
    holdings=maybe(amounts),
    held_day=days,
    coin=maybe(quotes),
    supply=maybe(st.decimals(0, 10**13, places=0)),
    supply_at=maybe(moments),
    share=maybe(quotes),
    basic=maybe(numbers),
    assumed_diluted=maybe(numbers),
    fully_diluted=maybe(numbers),
    market_cap=maybe(money),
    debt=maybe(money),
    preferred=maybe(money),
    cash=maybe(money),
    cost=maybe(money),
)


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    with database.owner() as conn:
        yield conn


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(known=inputs)
def test_the_figures_are_those_of_the_rules(
    connection: psycopg.Connection[dict[str, Any]], known: Inputs
) -> None:
    def spread(price: Price | None) -> list[Any]:
        return [price.amount, price.at, price.rate] if price else [None, None, None]

    def dated(stated: Stated | None, rated: bool = True) -> list[Any]:
        values = [stated.amount, stated.day, stated.rate] if stated else [None, None, None]
        return values if rated else values[:2]

    row = connection.execute(
        CALL,
        [known.at, known.holdings, known.held_day, *spread(known.coin), known.supply, known.supply_at, *spread(known.share),
         *dated(known.basic, False), *dated(known.assumed_diluted, False), *dated(known.fully_diluted, False),
         *dated(known.market_cap), *dated(known.debt), *dated(known.preferred), *dated(known.cash), *dated(known.cost)],
    ).fetchone()  # fmt: skip
    assert row is not None
    expected = metrics.figures(known)
    for each in fields(Figures):
        ours, theirs = getattr(expected, each.name), row[each.name]
        if isinstance(ours, Decimal) and theirs is not None:
            # both round what they divided: on a tie that ends differently, the last digit may be one more or less
            last = Decimal("1e-18") if each.name == "holdings_per_share" else ROUNDED
            assert abs(ours - theirs) <= last, each.name
        else:
            assert ours == theirs, each.name


# Yields -----------------------------------------------------------------------------------------------------------------

FIRST = date(2022, 11, 1)
stated = st.tuples(
    st.integers(0, 900),
    st.integers(0, 1000),
    st.integers(1, 1000),
    st.sampled_from(["assumed_diluted", "basic"]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(history=st.lists(stated, min_size=1, max_size=12, unique_by=lambda one: one[0]))
def test_the_yields_are_those_of_the_rules(
    database: Database, history: list[tuple[int, int, int, str]]
) -> None:
    acme = company(database)
    series = []
    for day, holdings, shares, basis in sorted(history):
        when = FIRST + timedelta(days=day)
        snapshot(database, acme, when, holdings, "approved", shares_outstanding=shares, share_basis=basis)
        series.append(Holding(when, Decimal(holdings), Decimal(shares), basis))
    rows = database.rows("select * from treasury.yields(%s) order by snapshot_date", acme)
    for number, (now, row) in enumerate(zip(series, rows, strict=True)):
        for name, growth in {
            "period": yields.period_yield(series[number - 1] if number else None, now),
            "quarter": yields.yield_to_date(series, now, yields.quarter_start(now.day)),
            "year": yields.yield_to_date(series, now, yields.year_start(now.day)),
        }.items():
            base = "previous_date" if name == "period" else f"{name}_base_date"
            assert (row[base], row["reasons"].get(f"{name}_percent")) == (growth.base_day, growth.reason)
            assert row[f"{name}_percent"] == growth.percent
            assert (row[f"{name}_gain"] is None) == (growth.gain is None)
            if growth.gain is not None:
                assert abs(row[f"{name}_gain"] - growth.gain) <= ROUNDED


def test_a_split_changes_no_yield(database: Database) -> None:
    """The same company, its counts before the split stated in old shares."""
    listed = share(database)
    split(database, listed, "2024-08-08", 10)
    acme = company(database, share_asset_id=listed)
    snapshot(database, acme, "2023-12-31", 189150, "approved", shares_outstanding=20763600)
    snapshot(database, acme, "2024-12-29", 446400, "approved", shares_outstanding=281418000)
    row = database.rows("select * from treasury.yields(%s)", acme)[0]
    assert round(row["year_percent"], 1) == Decimal("74.1")
    assert row["year_base_date"] == date(2023, 12, 31)


# The view ---------------------------------------------------------------------------------------------------------------


def test_the_view_is_the_function_over_what_is_stored(database: Database) -> None:
    """One company with everything, in two currencies; the view's figures are those of the pure rules."""
    bitcoin = coin(database, usd="95000", symbol="BTC", market_cap="1900000000000")
    listed = share(database, "400", currency="JPY")
    now = database.row("select date_trunc('second', now()) as at")["at"]
    database.run(
        "insert into market.exchange_rates (currency_code, timestamp, rate_to_usd, source) "
        "values ('JPY', now() - interval '1 hour', 0.0065, 'test'), ('EUR', now() - interval '1 hour', 1.1, 'test')"
    )
    acme = company(database, asset_id=bitcoin, share_asset_id=listed, currency="JPY")
    snapshot(
        database,
        acme,
        now.date() - timedelta(days=3),
        "1142.287",
        "approved",
        average_price="9955874",
        currency="JPY",
    )
    stated = now.date() - timedelta(days=9)
    body = {
        "effective_date": str(stated), "source": "test", "currency": "EUR",
        "shares_basic": "36000000", "shares_assumed_diluted": "39000000", "total_debt": "1000000", "preferred_equity": "0",
        "cash": "250000.5",
    }  # fmt: skip
    database.run(
        "select app.act_as(null, 'job', null), treasury.add_financials(%s, %s::jsonb, false)",
        acme,
        json.dumps(body),
    )
    row = database.row("select * from treasury.v_company_holdings where company_id = %s", acme)
    expected = metrics.figures(
        Inputs(
            at=now,
            holdings=Decimal("1142.287"),
            coin=Price(Decimal(95000), now),
            supply=Decimal(20_000_000),
            supply_at=now,
            share=Price(Decimal(400), now, Decimal("0.0065")),
            held_day=now.date() - timedelta(days=3),
            basic=Stated(Decimal(36000000), stated),
            assumed_diluted=Stated(Decimal(39000000), stated),
            debt=Stated(Decimal(1000000), stated, Decimal("1.1")),
            preferred=Stated(Decimal(0), stated, Decimal("1.1")),
            cash=Stated(Decimal("250000.5"), stated, Decimal("1.1")),
            cost=Stated(Decimal(9955874), now.date() - timedelta(days=3), Decimal("0.0065")),
        )
    )
    assert row["holdings_value"] == expected.holdings_value
    for name in ("market_cap_usd", "mnav_basic", "mnav_diluted", "mnav_ev", "total_cost_usd", "unrealised_gain_usd",
                 "unrealised_gain_percent", "holdings_per_share", "supply_share_percent"):  # fmt: skip
        assert row[name] == getattr(expected, name), name
    assert row["reasons"] == expected.reasons == {}
    assert row["days_since_update"] == 3
