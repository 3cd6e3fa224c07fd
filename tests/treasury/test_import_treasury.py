"""Importing a tracker's files: companies, their financials, what they hold and held; all or nothing, once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from local import state
from tests.conftest import Database
from tests.market.factory import asset_id
from tests.treasury.importing import STRATEGY, Importer, make_importer

JAN_10, JAN_17 = date(2026, 1, 10), date(2026, 1, 17)


@pytest.fixture
def importer(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    return make_importer(database, tmp_path, monkeypatch)


def test_a_company_its_figures_and_its_holdings_are_stored(importer: Importer) -> None:
    importer.companies(STRATEGY)
    assert importer() == 0
    company = importer.company()
    assert (company["name"], company["ticker"], company["tier"]) == ("Strategy", "MSTR", 1)
    assert company["asset_id"] == asset_id(importer.database, "BTC")
    assert company["share_asset_id"] == asset_id(importer.database, "MSTR")
    assert (company["currency"], company["exchange"]) == ("USD", "NASDAQ")
    assert (company["is_miner"], company["dat_start_date"]) == (False, date(2020, 8, 11))
    assert (company["current_holdings"], company["current_holdings_date"]) == (673783, JAN_10)
    (figures,) = importer.financials()
    assert (figures["effective_date"], figures["end_date"]) == (JAN_10, None)
    assert (figures["market_cap"], figures["cost_basis_avg"], figures["currency"]) == (
        45_000_000_000,
        74997,
        "USD",
    )
    (held,) = importer.statements()
    assert (held["holdings"], held["stated_date"], held["source"]) == (673783, JAN_10, "press release")
    assert held["raw_data"]["holdings"] == "673783"
    assert importer.snapshots(status=None) == [], "what a file states beside a name was reviewed by nobody"


def test_a_history_is_stored_as_approved_with_its_sources(importer: Importer) -> None:
    importer.companies(STRATEGY)
    series = [
        ("2025-03-31", "x", 1),
        ("2025-06-30", 597325, 280_000_000, "Q2 2025 10-Q"),
        ("2025-09-30", 640031, 285_000_000),
    ]
    importer.histories(("MSTR", series))
    assert importer() == 0
    first, second = importer.snapshots()
    assert (first["holdings"], first["shares_outstanding"], first["share_basis"]) == (
        597325, 280_000_000, "assumed_diluted",
    )  # fmt: skip
    assert (first["source"], first["review_note"]) == ("Q2 2025 10-Q", "imported from holdings-history.ts")
    assert second["source"] == "holdings-history.ts"
    assert "MSTR: holdings: 'x' is no number; left out" in importer.words
    assert "1 histories with 2 snapshots (MSTR 2)" in importer.words


def test_again_changes_nothing_and_says_so(importer: Importer) -> None:
    importer.companies(STRATEGY, {**STRATEGY, "id": "3350t", "ticker": "3350.T", "name": "Metaplanet"})
    importer.histories(("MSTR", [("2025-06-30", 597325, 280_000_000, "10-Q")]))
    importer()
    assert importer.changed
    before = importer.counts()
    assert importer() == 0
    assert not importer.changed
    assert importer.counts() == before


def test_a_dry_run_tells_the_same_and_stores_nothing(importer: Importer) -> None:
    importer.companies(STRATEGY)
    importer.histories(("MSTR", [("2025-06-30", 597325, 280_000_000, "10-Q")]))
    before = importer.counts()
    assert importer(dry_run=True) == 0
    assert importer.counts() == before
    assert "A dry run: nothing was stored." in importer.words
    assert "companies: 1; 1 would be added" in importer.words
    told = importer.words[importer.words.index("Would be done:") :].splitlines()[1:4]
    importer()
    assert importer.words[importer.words.index("Done:") :].splitlines()[1:4] == told


def test_a_zero_is_a_value(importer: Importer) -> None:
    importer.companies(
        {**STRATEGY, "holdings": 0, "marketCap": 0, "quarterlyBurnUsd": 0, "costBasisAvg": None}
    )
    importer()
    (figures,) = importer.financials()
    assert (figures["market_cap"], figures["quarterly_burn"], figures["cost_basis_avg"]) == (0, 0, None)
    assert importer.company()["current_holdings"] == 0
    importer()
    assert not importer.changed


def test_parts_of_one_become_per_cent(importer: Importer) -> None:
    importer.companies({**STRATEGY, "stakingPct": 0.85, "stakingApy": 0.065, "leverageRatio": 1.5})
    importer()
    (figures,) = importer.financials()
    assert (figures["staking_pct"], figures["staking_apy"]) == (Decimal(85), Decimal("6.5"))
    assert figures["leverage_ratio"] == Decimal("1.5")


def test_more_than_one_is_no_part_of_one(importer: Importer) -> None:
    importer.companies({**STRATEGY, "stakingPct": 85})
    assert importer() == 0
    assert importer.financials()[0]["staking_pct"] is None
    assert "stakingPct: 85 is no part of one (0.85 for 85 %); left out" in importer.words


def test_values_out_of_a_fallback_are_taken_and_told_with_their_place(importer: Importer) -> None:
    importer.file(
        "companies.ts",
        'import { P } from "./provenance";\n'
        "export const ethCompanies = [{\n"
        '  id: "bmnr", name: `Bitmine`, ticker: "BMNR", asset: "ETH",\n'
        "  holdings: P.holdings?.value || 4_473_587,\n"
        '  holdingsLastUpdated: P.asOf ?? "2026-01-10",\n'
        "  marketCap: marketCapOf(P), notes: `${P.n} coins`, cashReserves: 1_000,\n"
        "}];",
    )
    assert importer() == 0
    assert importer.company("bmnr")["current_holdings"] == 4473587
    (figures,) = importer.financials("bmnr")
    assert (figures["market_cap"], figures["cash"]) == (None, 1000)
    words = importer.words
    assert (
        "companies.ts:4:13: ethCompanies[0].holdings: 4473587 out of P.holdings?.value || 4_473_587" in words
    )
    assert "companies.ts:5:24: ethCompanies[0].holdingsLastUpdated: '2026-01-10' out of" in words
    assert "companies.ts:6:14: ethCompanies[0].marketCap: marketCapOf(P) (a call is not a value)" in words
    assert "companies.ts:6:37: ethCompanies[0].notes: `${P.n} coins`" in words


def test_what_cannot_be_read_leaves_what_is_stored(importer: Importer) -> None:
    importer.companies({**STRATEGY, "notes": "old"})
    importer()
    importer.file(
        "companies.ts",
        'export const c = [{id: "mstr", name: "Strategy", ticker: "MSTR", asset: "BTC", holdings: 673783, '
        'holdingsSource: "press release", holdingsLastUpdated: "2026-01-10", notes: text(), marketCap: cap(), '
        "costBasisAvg: 74_997}];",
    )
    assert importer() == 0
    assert not importer.changed
    assert importer.company()["notes"] == "old"
    assert importer.financials()[0]["market_cap"] == 45_000_000_000


def test_a_company_is_imported_once_however_often_it_is_listed(importer: Importer) -> None:
    importer.companies(STRATEGY, more="export const allCompanies = [...btcCompanies];")
    importer()
    assert len(importer.database.rows("select 1 from treasury.companies")) == 1
    importer.companies(STRATEGY, {**STRATEGY, "name": "Another"})
    assert importer() == 1
    assert "mstr is in line 1 already; left out" in importer.words
    assert importer.company()["name"] == "Strategy"


def test_figures_without_a_day_are_left_out(importer: Importer) -> None:
    importer.companies(
        {**STRATEGY, "holdingsLastUpdated": None},
        {**STRATEGY, "id": "b", "ticker": "B", "holdingsLastUpdated": "2999-01-01"},
    )
    assert importer() == 0
    assert importer.financials() == importer.snapshots() == importer.snapshots("b") == []
    assert importer.words.count("no holdingsLastUpdated says of when its figures are; left out") == 2
    assert "2999-01-01 is still to come" in importer.words


@pytest.mark.parametrize("missing", ["id", "ticker", "asset", "name"])
def test_a_company_without_its_marks_is_left_out(importer: Importer, missing: str) -> None:
    importer.companies({**STRATEGY, missing: " "})
    assert importer() == 1
    assert "companies.ts:1: " in importer.words
    assert "no id, ticker, asset or name" in importer.words


def test_a_history_of_nobody_is_left_out(importer: Importer) -> None:
    importer.companies(STRATEGY)
    importer.histories(("WHO", [("2025-06-30", 1, 1, "x")]))
    assert importer() == 1
    assert "holdings-history.ts:1: the tracker has no WHO that holds BTC; left out" in importer.words


def test_a_file_that_is_not_typescript_imports_nothing_of_the_other(importer: Importer) -> None:
    importer.companies(STRATEGY)
    importer.file("holdings-history.ts", "const HISTORY = {\n  MSTR: [ };\n")
    before = importer.counts()
    with pytest.raises(
        state.Problem, match=r"holdings-history\.ts cannot be used, and nothing was imported: .* line 2"
    ):
        importer()
    assert importer.counts() == before


def test_a_folder_without_the_files_is_told(importer: Importer, tmp_path: Path) -> None:
    with pytest.raises(state.Problem, match=r"holds neither companies\.ts nor holdings-history\.ts"):
        importer()
    with pytest.raises(state.Problem, match="is not a folder"):
        importer(folder=tmp_path / "none")


def test_fields_without_a_place_are_told(importer: Importer) -> None:
    importer.companies({**STRATEGY, "mood": "good"}, {**STRATEGY, "id": "b", "ticker": "B", "mood": "bad"})
    importer()
    assert "there is no place for mood (2 companies state it); left out" in importer.words


def test_prices_are_kept_in_nobodys_name(importer: Importer) -> None:
    """Those of coins and shares that a source of prices has: the share that the import adds has none."""
    importer.companies(STRATEGY, {**STRATEGY, "id": "naka", "ticker": "NAKA", "name": "Nakamoto"})
    importer()
    assert "2 coins and shares are kept priced from now on" in importer.words
    kept = importer.database.rows("select * from market.asset_keepers order by asset_id")
    assert [(row["kind"], row["since"]) for row in kept] == [("treasury", date(2020, 8, 11))] * 2
    assert importer.database.rows("select 1 from market.asset_holders") == []
    importer()
    assert not importer.changed
