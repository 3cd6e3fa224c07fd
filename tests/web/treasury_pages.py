"""What the tests of the treasury tracker's pages share: companies whose figures are worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tests.conftest import Database
from tests.treasury import factory
from tests.treasury.factory import coin, company, financials, share, snapshot
from tests.treasury.scraped import LARKSPUR, source_of

TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)
EVIDENCE = "As of that day, the Company held an aggregate of approximately 1,000 bitcoins."
FILING = "https://www.sec.gov/Archives/edgar/data/1/0000000001-26-000001.htm"


class Tracked(NamedTuple):
    """Companies by their numbers."""

    acme: int
    poor: int


def tracked(database: Database) -> Tracked:
    """Bitcoin at 100.00, 20,000 of them in circulation.

    Acme holds 1,000 of them (100,000.00) since two days ago, 800 before; 500 basic and 600 assumed diluted shares at 300.00
    make mNAVs of 1.50 and 1.80, and with 20,000 of debt, 5,000 of preferred equity and 1,000 of cash 1.74. Poor holds 10,
    and nothing else is known of it.
    """
    coin(database, "100", "BTC", market_cap="2000000")
    acme = company(database, ticker="ACME", name="Acme Holdings", share_asset_id=share(database, "300"))
    snapshot(database, acme, TODAY - 60 * DAY, 800, "approved", shares_outstanding=600)
    snapshot(
        database, acme, TODAY - 2 * DAY, 1000, "approved", source="8-K", source_url=FILING, evidence=EVIDENCE,
        confidence="0.97", purchased=200, purchase_cost="15000", purchase_average_price="75", currency="USD",
        shares_outstanding=600, period_start=TODAY - 9 * DAY, period_end=TODAY - 2 * DAY,
    )  # fmt: skip
    financials(
        database, acme, TODAY - 30 * DAY, shares_basic="500", shares_assumed_diluted="600", total_debt="20000",
        preferred_equity="5000", cash="1000", cost_basis_avg="80",
    )  # fmt: skip
    poor = company(database, ticker="POOR", name="Poor and Unknown", is_miner=True)
    snapshot(database, poor, TODAY - DAY, 10, "approved")
    return Tracked(acme, poor)


def find(database: Database, company_id: int, external_id: str = LARKSPUR, **job: Any) -> int:
    """A company's id at EDGAR, verified and active, with a job that looked there; the job's number."""
    source = source_of(database, company_id, external_id)
    now = datetime.now(UTC)
    values = {"company_source_id": source, "started_at": now, "finished_at": now, **job}
    return factory._insert(database, "treasury.scraper_jobs", values)
