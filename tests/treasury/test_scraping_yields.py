"""A tracker's history, the real filings of the same company over it, and what its yields come out as."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.standins import Histories, Server
from tests.conftest import Database
from tests.identity.factory import make_admin
from tests.treasury import factory
from tests.treasury.importing import Importer, make_importer
from tests.treasury.scraped import outside_world, pending, scrape, source_of, told
from tests.treasury.test_scraping_end_to_end import AFTER_THEM, DATA, needs_filings

pytestmark = needs_filings
ANNOUNCED = {
    # by the company itself, rounded to a tenth of a per cent: to date of the quarter and of the year
    "2024-09-19": ("5.1", "17.8"),
    "2024-11-17": ("20.4", "41.8"),
    "2024-12-29": ("47.8", "74.1"),
}
ORDERS = {
    "oldest first": lambda rows: sorted(rows, key=lambda row: row["id"]),
    "newest first": lambda rows: sorted(rows, key=lambda row: -row["id"]),
    "by amount": lambda rows: sorted(rows, key=lambda row: (row["holdings"], -row["id"])),
}


@pytest.fixture
def importer(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    made = make_importer(database, tmp_path, monkeypatch)
    made.folder = DATA / "treasury"
    return made


@pytest.fixture
def outside(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """After the import, whose command sets up an environment of its own."""
    assert importer() == 0
    with outside_world(monkeypatch, Histories.from_folder(DATA), AFTER_THEM) as running:
        yield running


@pytest.mark.parametrize("order", ORDERS)
def test_yields_are_what_the_company_announced_whatever_was_approved_first(
    database: Database, importer: Importer, outside: Server, order: str
) -> None:
    """Shares were split ten for one in August 2024. Filings since then state the counts of earlier days anew, and the
    tracker's own counts of these days are others: each waits as a proposal to correct what was imported."""
    company = importer.company("mstr")
    factory.split(database, company["share_asset_id"], "2024-08-08", 10)
    row = scrape(database, source_of(database, company["id"], "0001050446"), reason="manual")
    assert row["status"] == "succeeded", told(row)
    found = pending(database, company["id"])
    base = [row for row in found if str(row["snapshot_date"]) == "2023-12-31"]
    assert {(row["holdings"], row["shares_outstanding"], row["shares_basic"]) for row in base} == {
        (189150, 207638000, 168681000),
        (189150, 207636000, 168681000),
    }
    assert all("contradicts_shares" in row["flags"] for row in base)

    admin = make_admin()
    ids = [row["id"] for row in ORDERS[order](found)]
    for start in range(0, len(ids), 50):
        answer = admin.api.post("/v1/admin/treasury/snapshots/bulk-approve", {"ids": ids[start : start + 50]})
        assert answer.status == 200, answer.json
    shown = {
        row["snapshot_date"]: row
        for row in admin.api.get(f"/v1/treasury/companies/{company['id']}/yield?limit=100").json["items"]
    }
    last = shown["2024-12-29"]
    assert (last["holdings"], last["shares"], last["year_base_date"]) == ("446400", "281418000", "2023-12-31")
    for day, (quarter, year) in ANNOUNCED.items():
        assert tenth(shown[day]["year_percent"]) == Decimal(year), day
        assert tenth(shown[day]["quarter_percent"]) == Decimal(quarter), day
    since = [row for day, row in shown.items() if day > "2023-12-31" and row["period_percent"] is not None]
    assert all(-10 < Decimal(row["period_percent"]) < 40 for row in since), "nothing jumps by a split"


def test_the_filings_alone_give_the_same_yields(database: Database, outside: Server) -> None:
    """Of a company that nothing was imported of; that the split is booked late changes nothing about what is stored."""
    listed = factory.share(database)
    alone = factory.company(
        database, ticker="STRK", name="MicroStrategy Inc", dat_start_date="2024-07-15", share_asset_id=listed
    )
    scrape(database, source_of(database, alone, "0001050446"), reason="manual")
    admin = make_admin()
    admin.api.post(
        "/v1/admin/treasury/snapshots/bulk-approve", {"ids": [row["id"] for row in pending(database, alone)]}
    )
    factory.split(database, listed, "2024-08-08", 10)
    items = admin.api.get(f"/v1/treasury/companies/{alone}/yield?limit=100").json["items"]
    shown = {row["snapshot_date"]: row for row in items}
    for day, (quarter, year) in ANNOUNCED.items():
        assert (tenth(shown[day]["quarter_percent"]), tenth(shown[day]["year_percent"])) == (
            Decimal(quarter),
            Decimal(year),
        )


def tenth(percent: Any) -> Decimal:
    return Decimal(percent).quantize(Decimal("0.1"))
