"""The real files of a tracker, where they lie beside the repository."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.treasury import factory
from tests.treasury.importing import Importer, make_importer

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "treasury"
HISTORIES = {
    "MSTR": 18, "0434.HK": 12, "BMNR": 11, "3350.T": 9, "KULR": 8, "BTCS": 5, "MARA": 4, "RIOT": 4, "CLSK": 4, "SMLR": 4,
    "BTBT": 3, "STKE": 3, "DFDV": 2,
}  # fmt: skip

pytestmark = pytest.mark.skipif(
    not (DATA / "companies.ts").is_file(), reason="no files of a tracker beside the repository"
)


@pytest.fixture
def importer(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    made = make_importer(database, tmp_path, monkeypatch)
    made.folder = DATA
    return made


def test_all_of_it_arrives_and_a_second_import_changes_nothing(importer: Importer) -> None:
    assert importer() == 0
    for line in (
        "companies.ts: 48 companies, 16 assets",
        "holdings-history.ts: 13 histories with 87 snapshots",
        "assets: 16; 0 added",
        "companies: 48; 48 added",
        "company_financials: 48; 48 added",
        "holdings_snapshots: 87; 87 added",
        "stated_holdings: 48; 48 added",
    ):
        assert line in importer.words
    for absent in ("fallback", "Could not be read", "Not taken"):
        assert absent not in importer.words
    assert importer.counts()[:3] == (48, 48, 87)
    by_company = importer.database.rows(
        "select ticker, count(*) as n from treasury.holdings_snapshots as held "
        "join treasury.companies as company on company.id = held.company_id "
        "where status = 'approved' group by ticker"
    )
    assert {row["ticker"]: row["n"] for row in by_company} == HISTORIES
    before = importer.counts()
    assert importer() == 0
    assert not importer.changed
    assert importer.counts() == before


def test_values_are_as_the_files_state_them(importer: Importer) -> None:
    importer()
    assert [row["holdings"] for row in importer.snapshots("3350t")][:2] == [
        Decimal("97.85"),
        Decimal("141.07"),
    ]
    strategy = importer.snapshots("mstr")
    assert (strategy[-1]["holdings"], strategy[-1]["source"]) == (446400, "Q4 2024 estimates")
    assert importer.company("mstr")["current_holdings"] == 673783
    assert importer.financials("xrpn")[0]["quarterly_burn"] == 0
    assert importer.financials("bmnr")[0]["staking_pct"] == 85
    assert importer.financials("luxff")[0]["staking_pct"] == Decimal("4.2")
    currencies = {
        one: importer.company(one)["currency"] for one in ("mstr", "3350t", "boyaa", "h100st", "altbg")
    }
    assert currencies == {"mstr": "USD", "3350t": "JPY", "boyaa": "HKD", "h100st": "SEK", "altbg": "EUR"}


def test_what_companies_hold_now_is_what_the_file_states(importer: Importer) -> None:
    """Those without a history too: 35 of the 48."""
    importer()
    shown = importer.database.rows("select * from treasury.v_company_holdings")
    assert len(shown) == 48
    assert all(row["holdings"] is not None and row["snapshot_date"] is not None for row in shown)
    assert {row["holdings_source"] for row in shown} == {"stated"}
    assert sum(row["cost_basis_avg"] is not None for row in shown) > 20, "its figures are the financials'"


def test_counts_that_a_split_runs_through_are_flagged(importer: Importer) -> None:
    importer()
    flagged = importer.database.rows(
        "select ticker, snapshot_date::text as day, shares_unit_date::text as unit "
        "from treasury.holdings_snapshots as held "
        "join treasury.companies as company on company.id = held.company_id "
        "where 'split_suspect' = any (flags) order by ticker, day"
    )
    assert [(row["ticker"], row["day"], row["unit"]) for row in flagged] == [
        ("3350.T", "2024-04-23", "2024-08-13"),
        ("3350.T", "2024-05-13", "2024-08-13"),
        ("3350.T", "2024-06-11", "2024-08-13"),
        ("3350.T", "2024-07-16", "2024-08-13"),
        ("BMNR", "2025-08-10", None),
        ("KULR", "2025-06-23", None),
        ("MSTR", "2024-09-30", "2024-06-30"),
        ("MSTR", "2024-12-31", "2024-06-30"),
    ]


def test_with_its_splits_booked_a_series_is_in_todays_shares_throughout(importer: Importer) -> None:
    """Ten old shares were made one in 2024, and each of those ten again in 2025."""
    importer()
    share = importer.company("3350t")["share_asset_id"]
    factory.split(importer.database, share, "2024-07-30", "0.1")
    factory.split(importer.database, share, "2025-03-28", 10)
    rows = importer.database.rows(
        "select shares_outstanding * treasury.split_factor(%s, coalesce(shares_unit_date, snapshot_date)) as today "
        "from treasury.holdings_snapshots where company_id = %s and shares_outstanding is not null order by snapshot_date",
        share, importer.company("3350t")["id"],
    )  # fmt: skip
    assert [int(row["today"]) // 1_000_000 for row in rows] == [176, 182, 195, 240, 285, 320, 360, 420, 460]
