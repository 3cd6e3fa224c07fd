"""Importing files that have changed: what differs is written beside what was, and nobody's decision is undone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import clock
from tests.conftest import Database
from tests.treasury import factory
from tests.treasury.importing import STRATEGY, Importer, make_importer

JAN_10, JAN_17 = date(2026, 1, 10), date(2026, 1, 17)
SERIES = [("2025-06-30", 597325, 280_000_000, "Q2"), ("2025-09-30", 640031, 285_000_000, "Q3")]


@pytest.fixture
def importer(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """Everything of one company is imported already."""
    made = make_importer(database, tmp_path, monkeypatch)
    made.companies(STRATEGY)
    made.histories(("MSTR", SERIES))
    made()
    return made


def actions(importer: Importer, table: str) -> list[tuple[str, Any]]:
    """What the audit log has of a table, in order: what was done, and to which fields."""
    rows = importer.database.rows(
        "select action, changed_fields from app.audit_log where table_name = %s order by id",
        f"treasury.{table}",
    )
    return [(row["action"], row["changed_fields"]) for row in rows]


def test_what_a_company_is_follows_the_file(importer: Importer) -> None:
    importer.companies({**STRATEGY, "name": "Strategy Inc", "leader": "Michael Saylor"})
    assert importer() == 0
    assert (importer.company()["name"], importer.company()["leader"]) == ("Strategy Inc", "Michael Saylor")
    assert "mstr: name Strategy → Strategy Inc; leader None → Michael Saylor" in importer.words
    assert "companies: 1; 0 added, 1 changed" in importer.words
    action, fields = actions(importer, "companies")[-1]
    assert action == "update"
    assert {"name", "leader"} <= set(fields)


def test_what_the_file_does_not_say_any_more_stays(importer: Importer) -> None:
    importer.companies({name: value for name, value in STRATEGY.items() if name not in ("website", "tier")})
    importer()
    assert not importer.changed
    assert importer.company()["website"] == "https://www.strategy.com"


def test_a_company_keeps_its_place_under_a_new_ticker(importer: Importer) -> None:
    before = importer.company()["id"]
    importer.companies({**STRATEGY, "ticker": "STRG"})
    importer.histories(("STRG", SERIES))
    assert importer() == 0
    assert (importer.company()["id"], importer.company()["ticker"]) == (before, "STRG")
    assert "mstr: its share in the catalogue is still that of MSTR" in importer.words
    assert (len(importer.snapshots()), len(importer.statements())) == (2, 1)


def test_a_company_is_found_by_its_ticker_where_the_tracker_calls_it_otherwise(importer: Importer) -> None:
    importer.companies({**STRATEGY, "id": "strategy", "name": "Strategy Inc"})
    assert importer() == 0
    assert importer.company("mstr")["name"] == "Strategy Inc"


def test_a_company_never_changes_its_coin(importer: Importer) -> None:
    importer.companies({**STRATEGY, "asset": "ETH"})
    assert importer() == 1
    assert (
        "mstr is MSTR with ETH in the file, but in the tracker mstr is MSTR with BTC; left out"
        in importer.words
    )


def test_new_figures_begin_a_new_period(importer: Importer) -> None:
    importer.companies({**STRATEGY, "marketCap": 50_000_000_000, "holdingsLastUpdated": "2026-01-17"})
    importer()
    first, second = importer.financials()
    assert (first["effective_date"], first["end_date"], first["market_cap"]) == (
        JAN_10,
        JAN_17,
        45_000_000_000,
    )
    assert (second["effective_date"], second["end_date"], second["market_cap"]) == (
        JAN_17,
        None,
        50_000_000_000,
    )
    assert [row["stated_date"] for row in importer.statements()] == [JAN_10, JAN_17]
    importer()
    assert not importer.changed


def test_new_figures_of_an_old_day_begin_today(importer: Importer) -> None:
    """What was in force until now stays in force until now."""
    importer.companies({**STRATEGY, "marketCap": 50_000_000_000})
    importer()
    today = clock.today()
    first, second = importer.financials()
    assert (first["end_date"], first["market_cap"]) == (today, 45_000_000_000)
    assert (second["effective_date"], second["market_cap"]) == (today, 50_000_000_000)
    importer()
    assert not importer.changed
    # and once more on the same day: that day's row is written anew
    importer.companies({**STRATEGY, "marketCap": 51_000_000_000})
    importer()
    assert [row["market_cap"] for row in importer.financials()] == [45_000_000_000, 51_000_000_000]
    assert "written anew" in importer.words
    importer()
    assert not importer.changed


def test_a_newer_file_prevails_over_what_an_older_one_began_later(importer: Importer) -> None:
    importer.companies({**STRATEGY, "marketCap": 50_000_000_000})
    importer()  # in force from today on
    importer.companies({**STRATEGY, "marketCap": 52_000_000_000, "holdingsLastUpdated": "2026-01-17"})
    importer()
    assert [row["market_cap"] for row in importer.financials()] == [45_000_000_000, 52_000_000_000]
    assert importer.financials()[-1]["source"] == "companies.ts of 2026-01-17"
    importer()
    assert not importer.changed


def test_an_older_file_fits_in_before(importer: Importer) -> None:
    importer.companies({**STRATEGY, "holdings": 660000, "marketCap": 1, "holdingsLastUpdated": "2025-12-20"})
    importer()
    first, second = importer.financials()
    assert (first["market_cap"], first["end_date"]) == (1, JAN_10)
    assert (second["market_cap"], second["end_date"]) == (45_000_000_000, None)
    assert importer.company()["current_holdings"] == 673783


def test_figures_that_an_administrator_entered_stay(importer: Importer) -> None:
    company = importer.company()["id"]
    factory.financials(importer.database, company, "2026-01-17", market_cap=7, source="10-Q")
    importer.companies({**STRATEGY, "holdingsLastUpdated": "2026-01-17"})
    assert importer() == 0
    assert [row["market_cap"] for row in importer.financials()] == [45_000_000_000, 7]
    assert "mstr: there are financials of 2026-01-17 from 10-Q; its figures are left out" in importer.words


def test_a_corrected_history_supersedes_what_was_imported(importer: Importer) -> None:
    old = importer.snapshots()[0]
    importer.histories(("MSTR", [("2025-06-30", 597326, 280_000_000, "Q2"), SERIES[1]]))
    assert importer() == 0
    assert f"MSTR: 597326 on 2025-06-30 (Q2): approved, supersedes snapshot {old['id']}" in importer.words
    assert "holdings_snapshots: 2; 0 added, 1 changed, 1 left as they are" in importer.words
    new = importer.snapshots()[0]
    (before,) = importer.snapshots(status="superseded")
    assert (new["holdings"], before["id"], before["superseded_by"]) == (597326, old["id"], new["id"])
    assert before["holdings"] == 597325
    told = actions(importer, "holdings_snapshots")[-3:]
    assert [action for action, _ in told] == ["update", "insert", "update"]
    assert ["status" in (fields or []) for _, fields in told] == [True, False, False]
    assert "superseded_by" in told[-1][1]
    importer()
    assert not importer.changed


def test_and_back_again(importer: Importer) -> None:
    importer.histories(("MSTR", [("2025-06-30", 597326, 280_000_000, "Q2"), SERIES[1]]))
    importer()
    importer.histories(("MSTR", SERIES))
    importer()
    assert importer.snapshots()[0]["holdings"] == 597325
    assert len(importer.snapshots(status="superseded")) == 2


def test_another_statement_of_the_same_day_replaces_the_old(importer: Importer) -> None:
    importer.companies({**STRATEGY, "holdings": 673784})
    importer()
    assert importer.company()["current_holdings"] == 673784
    assert "mstr: 673784 on 2026-01-10 (press release): stated by companies.ts, 673783" in importer.words
    assert "stated_holdings: 1; 0 added, 1 changed, 0 left as they are" in importer.words
    action, fields = actions(importer, "stated_holdings")[-1]
    assert (action, set(fields)) == ("update", {"holdings", "raw_data", "updated_at"})
    importer()
    assert not importer.changed


def test_a_day_that_both_files_state_is_the_historys(importer: Importer) -> None:
    importer.histories(("MSTR", [*SERIES, ("2026-01-10", 673000, 290_000_000, "8-K")]))
    assert importer() == 0
    assert "mstr: holdings-history.ts states 673000 of 2026-01-10, and counts" in importer.words
    assert importer.company()["current_holdings"] == 673000
    before = importer.counts()
    importer()
    assert not importer.changed
    assert importer.counts() == before


def test_what_a_reviewer_rejected_stays_rejected(importer: Importer) -> None:
    who = factory.reviewer(importer.database)
    factory.reject(who, importer.snapshots()[0]["id"])
    importer()
    assert importer.snapshots()[0]["snapshot_date"] == date(2025, 9, 30)


def test_what_a_reviewer_corrected_stays_corrected(importer: Importer) -> None:
    who = factory.reviewer(importer.database)
    factory.correct(who, importer.snapshots()[0]["id"], holdings=597300)
    importer()
    assert importer.snapshots()[0]["holdings"] == 597300
    # and what the file says anew waits beside it
    importer.histories(("MSTR", [("2025-06-30", 597326, 280_000_000, "Q2"), SERIES[1]]))
    importer()
    assert importer.snapshots()[0]["holdings"] == 597300
    (waiting,) = importer.snapshots(status="pending")
    assert (waiting["holdings"], waiting["flags"]) == (597326, ["contradicts"])
    assert waiting["reviewed_at"] is None
    assert "597326 on 2025-06-30 (Q2): waits for a reviewer" in importer.words
    importer()
    assert len(importer.snapshots(status="pending")) == 1


def test_what_a_filing_said_and_a_reviewer_approved_is_not_replaced(importer: Importer) -> None:
    who = factory.reviewer(importer.database)
    company = importer.company()["id"]
    filed = factory.snapshot(importer.database, company, "2025-12-31", 672500, source="8-K")
    factory.approve(who, filed)
    importer.histories(("MSTR", [*SERIES, ("2025-12-31", 672497, None, "Q4 estimate")]))
    importer()
    assert [row["id"] for row in importer.snapshots() if row["snapshot_date"] == date(2025, 12, 31)] == [
        filed
    ]
    assert [row["holdings"] for row in importer.snapshots(status="pending")] == [672497]


def test_what_a_filing_said_already_is_not_said_twice(importer: Importer) -> None:
    company = importer.company()["id"]
    factory.snapshot(importer.database, company, "2025-12-31", 672500, status="approved", source="8-K")
    importer.histories(("MSTR", [*SERIES, ("2025-12-31", 672500, None, "Q4")]))
    importer()
    assert not importer.changed
