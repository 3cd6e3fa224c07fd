"""What companies.ts itself states a company to hold: stored beside the snapshots, not among them.

Nobody reviewed it, and it quotes no document; it counts as long as no snapshot of its day or a later one is approved.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from chalicelib.core import db
from chalicelib.core.db import Tx
from local.import_treasury_report import Outcome
from local.treasury_files import COMPANIES, HISTORY, Company

queries = db.Queries(__file__, "import_treasury.sql")


def import_statements(tx: Tx, companies: dict[int, Company], outcome: Outcome) -> None:
    """Writes what `companies` (by number) are stated to hold and is not stored yet."""
    stored: dict[tuple[int, date], dict[str, Any]] = {
        (row["company_id"], row["stated_date"]): row
        for row in queries.stored_statements(tx.conn, companies=list(companies))
    }
    rows: list[dict[str, Any]] = []
    stated_number = changed = 0
    for number, company in companies.items():
        stated = company.held
        if stated is None:
            continue
        stated_number += 1
        _tell_both(company, outcome)
        before = stored.get((number, stated.day))
        values = {
            "holdings": stated.holdings,
            "source": stated.source,
            "source_url": stated.source_url,
            "flags": stated.flags,
        }
        if before is not None and all(before[name] == value for name, value in values.items()):
            continue
        rows.append({"company_id": number, "stated_date": stated.day, **values, "raw_data": stated.raw})
        told = f"{company.external_id}: {stated.holdings:f} on {stated.day} ({stated.source}): stated by {COMPANIES}"
        if before is not None:
            changed += 1
            told += f", {before['holdings']:f} ({before['source']}) until now"
        outcome.change(told)
    if rows:
        queries.state_holdings(tx.conn, rows=json.dumps(rows, default=str))
        _tell_shrunk(tx, rows, companies, outcome)
    outcome.count("stated_holdings", stated_number, len(rows) - changed, changed)


def _tell_shrunk(tx: Tx, rows: list[dict[str, Any]], companies: dict[int, Company], outcome: Outcome) -> None:
    numbers = [row["company_id"] for row in rows]
    for row in queries.shrunk_statements(
        tx.conn, companies=numbers, days=[row["stated_date"] for row in rows]
    ):
        outcome.suspects.append(
            f"{companies[row['company_id']].ticker}: {row['stated_date']}: {row['holdings']:f} is less than what is known "
            f"before it, {row['before']:f} (shrinks)"
        )


def _tell_both(company: Company, outcome: Outcome) -> None:
    """Where both files state a day and differ: the history's snapshot is what counts."""
    stated = company.held
    assert stated is not None
    for history in outcome.contents.histories:
        if (history.ticker, history.asset) != (company.ticker, company.asset):
            continue
        for snapshot in history.snapshots:
            if snapshot.day == stated.day and snapshot.holdings != stated.holdings:
                outcome.contents.remark(
                    COMPANIES, stated.line,
                    f"{company.external_id}: {HISTORY} states {snapshot.holdings:f} of {stated.day}, and counts",
                )  # fmt: skip
