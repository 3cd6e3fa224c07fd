"""What tests of the import are made of: small files of a tracker's, and the command that imports them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local import environment, import_treasury
from local.treasury_files import COMPANIES, HISTORY
from tests.conftest import Database

STRATEGY = {
    "id": "mstr",
    "name": "Strategy",
    "ticker": "MSTR",
    "asset": "BTC",
    "tier": 1,
    "holdings": 673783,
    "holdingsLastUpdated": "2026-01-10",
    "holdingsSource": "press release",
    "datStartDate": "2020-08-11",
    "website": "https://www.strategy.com",
    "isMiner": False,
    "marketCap": 45_000_000_000,
    "costBasisAvg": 74997,
}
"""A company as the files state one."""


class Importer:
    """Writes the files into a folder and imports it; `words` is all that was said of the last import."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = folder, database
        self.words = ""

    def companies(self, *companies: dict[str, Any], more: str = "") -> None:
        """companies.ts with a list of companies; `more` is code beside it."""
        self.file(COMPANIES, f"export const btcCompanies: Company[] = {json.dumps(companies)};\n{more}")

    def histories(self, *histories: tuple[str, list[tuple[Any, ...]]], asset: str = "BTC") -> None:
        """holdings-history.ts with histories by ticker: [(day, holdings, shares, source), …]."""
        names = ("date", "holdings", "sharesOutstanding", "source")
        table = {
            ticker: {
                "ticker": ticker,
                "asset": asset,
                "history": [dict(zip(names, one, strict=False)) for one in series],
            }
            for ticker, series in histories
        }
        self.file(HISTORY, f"export const HOLDINGS_HISTORY: Record<string, History> = {json.dumps(table)};")

    def file(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def __call__(self, dry_run: bool = False, folder: Path | None = None) -> int:
        said: list[str] = []
        code = import_treasury.run(folder or self.folder, dry_run, said.append)
        self.words = "\n".join(said)
        return code

    @property
    def changed(self) -> bool:
        return "Nothing changed" not in self.words

    def company(self, external_id: str = "mstr") -> dict[str, Any]:
        return self.database.row("select * from treasury.companies where external_id = %s", external_id)

    def financials(self, external_id: str = "mstr") -> list[dict[str, Any]]:
        return self.database.rows(
            "select held.* from treasury.company_financials as held "
            "join treasury.companies as company on company.id = held.company_id "
            "where external_id = %s order by effective_date",
            external_id,
        )

    def snapshots(self, external_id: str = "mstr", status: str | None = "approved") -> list[dict[str, Any]]:
        """A company's snapshots by date: the approved ones, or of another status, or all."""
        return self.database.rows(
            "select held.* from treasury.holdings_snapshots as held "
            "join treasury.companies as company on company.id = held.company_id "
            "where external_id = %s and (%s::text is null or status = %s) order by snapshot_date, held.id",
            external_id, status, status,
        )  # fmt: skip

    def statements(self, external_id: str = "mstr") -> list[dict[str, Any]]:
        """What companies.ts stated a company to hold, by day."""
        return self.database.rows(
            "select stated.* from treasury.stated_holdings as stated "
            "join treasury.companies as company on company.id = stated.company_id "
            "where external_id = %s order by stated_date",
            external_id,
        )

    def counts(self) -> tuple[int, ...]:
        """Rows of companies, financials, snapshots, the catalogue, the audit log, and statements."""
        row = self.database.row(
            "select (select count(*) from treasury.companies) as a, "
            "(select count(*) from treasury.company_financials) as b, "
            "(select count(*) from treasury.holdings_snapshots) as c, "
            "(select count(*) from market.assets) as d, (select count(*) from app.audit_log) as e, "
            "(select count(*) from treasury.stated_holdings) as f"
        )
        return tuple(row.values())


def make_importer(database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """Imports into the test's database, which DATABASE_URL names as it would an external one."""
    monkeypatch.setenv("HOLDFAST_HOME", str(folder / "state"))
    monkeypatch.setenv("DATABASE_URL", database.url("owner"))
    # what the command sets in its process is undone after the test
    for name in (*environment.compute(str, aws_url="", source_url=str), *environment.AMBIENT):
        monkeypatch.setenv(name, "")
    files = folder / "files"
    files.mkdir()
    return Importer(files, database)
