"""Yields, purchases, totals, tables and files over HTTP."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Api, Database
from tests.treasury.factory import (
    coin,
    company,
    financials,
    override,
    reviewer,
    share,
    snapshot,
    split,
)

TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)
YEAR_BEFORE = date(TODAY.year - 1, 12, 31)

# Strategy's 8-K of 2024-12-30: coins and assumed diluted shares, after the split of 2024-08-08
STRATEGY = [
    ("2023-12-31", 189150, 207636000),
    ("2024-09-30", 252220, 235042000),
    ("2024-12-29", 446400, 281418000),
]


def strategy(database: Database, unit_date: str | None = "2024-12-29") -> int:
    listed = share(database)
    split(database, listed, "2024-08-08", 10)
    acme = company(database, ticker="MSTR", external_id="mstr", share_asset_id=listed)
    for day, holdings, shares in STRATEGY:
        old = unit_date is None and day < "2024-08-08"
        snapshot(
            database, acme, day, holdings, "approved", shares_outstanding=shares / 10 if old else shares,
            shares_unit_date=unit_date,
        )  # fmt: skip
    return acme


def items(api: Api, path: str) -> list[dict[str, Any]]:
    answer = api.get(path)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["items"]
    return found


# Yields -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit_date", ["2024-12-29", None], ids=["in today's shares", "as stated then"])
def test_the_yield_that_strategy_published(database: Database, api: Api, unit_date: str | None) -> None:
    """74.1 % year to date and 47.8 % quarter to date on 2024-12-29, from what is stored."""
    acme = strategy(database, unit_date)
    latest, september, first = items(api, f"/v1/treasury/companies/{acme}/yield")
    assert (latest["snapshot_date"], latest["year_base_date"]) == ("2024-12-29", "2023-12-31")
    assert round(Decimal(latest["year_percent"]), 1) == Decimal("74.1")
    assert round(Decimal(latest["quarter_percent"]), 1) == Decimal("47.8")
    assert latest["period_percent"] == latest["quarter_percent"]
    # the yield times what the year began with
    assert abs(Decimal(latest["year_gain"]) - Decimal("0.741") * 189150) < Decimal("0.0005") * 189150
    assert september["quarter_base_date"] == "2023-12-31"
    assert first["reasons"] == {
        "period_percent": "no_previous", "period_gain": "no_previous", "quarter_percent": "no_base",
        "quarter_gain": "no_base", "year_percent": "no_base", "year_gain": "no_base",
    }  # fmt: skip
    assert first["shares"] == "207636000"


def test_yields_in_pages(database: Database, api: Api) -> None:
    acme = strategy(database)
    page = api.get(f"/v1/treasury/companies/{acme}/yield?limit=2").json
    rest = api.get(f"/v1/treasury/companies/{acme}/yield?limit=2&cursor={page['next_cursor']}").json
    assert [one["snapshot_date"] for one in page["items"] + rest["items"]] == [
        "2024-12-29",
        "2024-09-30",
        "2023-12-31",
    ]
    assert api.get(f"/v1/treasury/companies/{acme}/yield?cursor=x").code == "invalid_cursor"
    assert api.get("/v1/treasury/companies/999/yield").code == "company_unknown"


def test_the_yield_of_this_year(database: Database, api: Api) -> None:
    acme = company(database)
    snapshot(database, acme, YEAR_BEFORE, 100, "approved", shares_outstanding=1000)
    snapshot(database, acme, TODAY, 150, "approved", shares_outstanding=1250)
    figures = api.get(f"/v1/treasury/companies/{acme}").json["figures"]
    assert (figures["yield_ytd_percent"], figures["gain_ytd"]) == ("20", "20")
    assert (figures["year_base_date"], figures["yield_date"]) == (str(YEAR_BEFORE), str(TODAY))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(YEAR_BEFORE, 100, "assumed_diluted")], "no_snapshot_in_period"),
        ([(YEAR_BEFORE, 0, "assumed_diluted"), (TODAY, 1, "assumed_diluted")], "no_opening_holdings"),
        ([(TODAY, 1, "assumed_diluted")], "no_base"),
        ([(YEAR_BEFORE, 1, "basic"), (TODAY, 1, "basic")], "basis_differs"),
        ([(YEAR_BEFORE, 1, None), (TODAY, 1, None)], "no_diluted_shares"),
    ],
)
def test_why_there_is_no_yield_of_this_year(
    database: Database, api: Api, rows: list[tuple[date, int, str | None]], reason: str
) -> None:
    acme = company(database)
    for day, holdings, basis in rows:
        shares = {"shares_outstanding": 1000, "share_basis": basis} if basis else {}
        snapshot(database, acme, day, holdings, "approved", **shares)
    figures = api.get(f"/v1/treasury/companies/{acme}").json["figures"]
    assert (figures["yield_ytd_percent"], figures["reasons"]["yield_ytd_percent"]) == (None, reason)


# Purchases --------------------------------------------------------------------------------------------------------------


def test_purchases_as_stated_or_by_difference(database: Database, api: Api) -> None:
    acme = company(database)
    snapshot(database, acme, "2025-01-01", 100, "approved")
    snapshot(database, acme, "2025-01-08", 110, "approved", purchased=12, purchase_cost=1200, currency="USD")
    snapshot(database, acme, "2025-01-15", 110, "approved")
    snapshot(database, acme, "2025-01-22", 90, "approved")
    snapshot(database, acme, "2025-01-29", 900)
    sold, bought = items(api, f"/v1/treasury/companies/{acme}/purchases")
    assert (sold["amount"], sold["method"], sold["previous_date"]) == ("-20", "difference", "2025-01-15")
    assert (bought["amount"], bought["method"], bought["change"]) == ("12", "stated", "10")
    assert bought["purchase_cost"] == "1200"


# Totals and tables ------------------------------------------------------------------------------------------------------


def test_totals_by_coin(database: Database, api: Api) -> None:
    bitcoin = coin(database, "100", "BTC", market_cap="2000000")
    ether = coin(database, "10", "ETH")
    for asset, holdings in ((bitcoin, 400), (bitcoin, 600), (ether, 50), (bitcoin, None)):
        one = company(database, asset_id=asset)
        if holdings is not None:
            snapshot(database, one, TODAY, holdings, "approved")
    answer = api.get("/v1/treasury/summary").json
    assert (answer["companies"], answer["holdings_value"], answer["unvalued"]) == (4, "100500", 1)
    first, second = answer["assets"]
    assert (first["asset"], first["companies"], first["holdings"], first["supply_share_percent"]) == (
        "BTC",
        3,
        "1000",
        "5",
    )
    assert (second["supply_share_percent"], second["reasons"]) == (
        None,
        {"supply_share_percent": "no_supply", "market_cap_usd": "no_market_cap"},
    )


def test_the_tables(database: Database, api: Api) -> None:
    coin(database, "100", "BTC")
    sizes = {"BIG": (1000, "10"), "MID": (500, "400"), "LOW": (10, "1"), "MINE": (2000, "9")}
    for ticker, (holdings, quote) in sizes.items():
        one = company(
            database, ticker=ticker, is_miner=ticker == "MINE", share_asset_id=share(database, quote)
        )
        snapshot(database, one, YEAR_BEFORE, holdings / 2, "approved", shares_outstanding=1000)
        bought = {"purchased": 5} if ticker == "LOW" else {}
        snapshot(database, one, TODAY, holdings, "approved", shares_outstanding=1000 + holdings, **bought)
        financials(database, one, TODAY, shares_basic="1000")
    answer = api.get("/v1/treasury/leaders?count=3&days=1").json
    boards = {name: [row["ticker"] for row in rows] for name, rows in answer.items()}
    assert boards == {
        "largest_holders": ["MINE", "BIG", "MID"],
        # twice the coins over a growing count of shares: 2 × 1000 ÷ (1000 + coins)
        "best_yield_ytd": ["LOW", "MID", "BIG"],
        "highest_mnav": ["MID", "LOW", "BIG"],
        "lowest_mnav": ["BIG", "LOW", "MID"],
        # of the others it is only known that they bought within a year
        "recent_purchases": ["LOW"],
    }
    assert [row["rank"] for row in answer["largest_holders"]] == [1, 2, 3]
    assert answer["recent_purchases"][0]["amount"] == "5"
    assert api.get("/v1/treasury/leaders?asset=ETH").json["largest_holders"] == []


# Files ------------------------------------------------------------------------------------------------------------------


def read(api: Api, path: str) -> list[dict[str, str]]:
    answer = api.get(path)
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_the_list_as_a_file(database: Database, api: Api) -> None:
    coin(database, "100", "BTC")
    bad = company(
        database, ticker="BAD", name='=cmd|" /C calc"!A0, "Ltd"', share_asset_id=share(database, "0.001")
    )
    snapshot(database, bad, TODAY, 1000, "approved")
    financials(database, bad, TODAY, shares_basic="100")
    override(reviewer(database), bad, "tier", "2")
    company(database, ticker="NIL", name="Ünï\nlines")
    rows = read(api, "/v1/treasury/export.csv")
    assert [row["ticker"] for row in rows] == ["BAD", "NIL"]
    assert rows[0]["name"] == '\'=cmd|" /C calc"!A0, "Ltd"'
    assert rows[1]["name"] == "Ünï\nlines"
    # a number below zero is a number, not a formula
    assert rows[0]["premium_basic_percent"].startswith("-99.9999")
    assert (rows[0]["tier"], rows[0]["overridden"]) == ("2", "tier")
    assert rows[1]["holdings"] == ""
    assert "mnav_basic=no_snapshot" in rows[1]["reasons"].split()
    assert read(api, "/v1/treasury/export.csv?asset=ETH") == []


def test_the_history_as_a_file(database: Database, api: Api) -> None:
    acme = strategy(database, None)
    rows = read(api, f"/v1/treasury/companies/{acme}/export.csv")
    first, *_, last = rows
    assert (first["snapshot_date"], first["shares_outstanding"], first["shares_adjusted"]) == (
        "2023-12-31", "20763600", "207636000",
    )  # fmt: skip
    assert (first["split_factor"], last["split_factor"]) == ("10", "1")
    assert api.get("/v1/treasury/companies/999/export.csv").code == "company_unknown"


# The queue of work ------------------------------------------------------------------------------------------------------


def test_what_waits_is_for_administrators(database: Database) -> None:
    from chalicelib.core import db
    from chalicelib.core.principal import ANONYMOUS

    acme = company(database)
    snapshot(database, acme, "2025-01-01", 100, "approved")
    snapshot(database, acme, "2025-01-08", 110, flags=["differs_much"], evidence="It held 110.")
    with db.transaction(reviewer(database)) as tx:
        (row,) = tx.execute("select * from treasury.v_pending_holdings").fetchall()
    assert (row["holdings"], row["previous_holdings"], row["change_percent"]) == (110, 100, 10)
    assert (row["flags"], row["evidence"], row["sources"]) == (["differs_much"], "It held 110.", 1)
    with db.transaction(ANONYMOUS) as tx:
        assert tx.execute("select * from treasury.v_pending_holdings").fetchall() == []
