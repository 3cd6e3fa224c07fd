"""The snapshots of an import's histories: which are new, which take the place of an earlier import's, which wait for a
reviewer."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.core import db
from chalicelib.core.db import Tx
from local import treasury_plan, treasury_splits
from local.import_treasury_report import Outcome
from local.treasury_files import Stated

queries = db.Queries(__file__, "import_treasury.sql")


def import_snapshots(
    tx: Tx, series: dict[int, list[Stated]], names: dict[int, str], outcome: Outcome
) -> None:
    """Writes what `series` (by company) states and is not stored yet."""
    stored: dict[tuple[int, date], list[dict[str, Any]]] = defaultdict(list)
    for row in queries.stored_snapshots(tx.conn, companies=list(series)):
        stored[row["company_id"], row["snapshot_date"]].append(row)
    booked = _booked_splits(tx, list(series))
    rows: list[dict[str, Any]] = []
    superseded: list[int] = []
    stated_number = added = 0
    for company, all_stated in series.items():
        _tell_splits(names[company], booked[company], outcome)
        told: list[tuple[Stated, treasury_plan.Fate]] = []
        for stated, unit in _with_units(names[company], all_stated, booked[company]):
            stated_number += 1
            fate = treasury_plan.fate(stated, stored[company, stated.day])
            if fate.outcome == "same":
                continue
            rows.append(_row(company, stated, unit, fate.outcome))
            added += fate.supersedes is None
            superseded += [] if fate.supersedes is None else [fate.supersedes]
            told.append((stated, fate))
        _tell_new(names[company], told, outcome)
    if superseded:
        queries.supersede(tx.conn, ids=superseded)
    if rows:
        source_id = queries.import_source(tx.conn)
        made = list(queries.add_snapshots(tx.conn, rows=json.dumps(rows, default=str), source_id=source_id))
        queries.name_successors(tx.conn, ids=superseded)
        approved = [row["id"] for row in made if row["status"] == "approved"]
        flagged = {
            (row["company_id"], row["snapshot_date"]): row["flags"]
            for row in queries.flag(tx.conn, ids=approved)
        }
        _tell_suspects(rows, flagged, names, outcome)
    outcome.count("holdings_snapshots", stated_number, added, len(superseded))


def _booked_splits(tx: Tx, companies: list[int]) -> dict[int, list[tuple[date, Decimal]]]:
    found: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    for row in queries.splits(tx.conn, companies=companies):
        found[row["company_id"]].append((row["ex_date"], row["ratio"]))
    return found


def _with_units(
    ticker: str, stated: list[Stated], booked: list[tuple[date, Decimal]]
) -> list[tuple[Stated, treasury_splits.Unit]]:
    """Each holding with the unit of its share count, in the order of their days."""
    ordered = sorted(stated, key=lambda one: one.day)
    counts = [(one.day, one.shares) for one in ordered]
    units = treasury_splits.units(counts, treasury_splits.all_splits(ticker, booked))
    return list(zip(ordered, units, strict=True))


def _row(company: int, stated: Stated, unit: treasury_splits.Unit, outcome: str) -> dict[str, Any]:
    flags = sorted([*stated.flags, *(["split_suspect"] if unit.suspect and stated.shares else [])])
    return {
        "company_id": company,
        "snapshot_date": stated.day,
        "holdings": stated.holdings,
        "shares_outstanding": stated.shares,
        "shares_unit_date": unit.day if stated.shares else None,
        "status": "approved" if outcome == "approve" else "pending",
        "source": stated.source,
        "source_url": stated.source_url,
        "flags": flags if outcome == "approve" else ["contradicts", *flags],
        "raw_data": stated.raw,
    }


def _tell_new(ticker: str, told: list[tuple[Stated, treasury_plan.Fate]], outcome: Outcome) -> None:
    """What is new one by one, a history's beginning and end for all of it."""
    history = [stated for stated, fate in told if fate.outcome == "approve" and fate.supersedes is None]
    if len(history) > 2:
        first, last = history[0], history[-1]
        outcome.change(
            f"{ticker}: {len(history)} snapshots of its history, from {first.holdings:f} on {first.day} to "
            f"{last.holdings:f} on {last.day}: approved"
        )
    for stated, fate in told:
        held = f"{ticker}: {stated.holdings:f} on {stated.day} ({stated.source})"
        if fate.outcome == "pending":
            outcome.change(f"{held}: waits for a reviewer, something else is approved for that day")
        elif fate.supersedes is not None:
            outcome.change(f"{held}: approved, supersedes snapshot {fate.supersedes}")
        elif len(history) <= 2:
            outcome.change(f"{held}: approved")


def _tell_splits(ticker: str, booked: list[tuple[date, Decimal]], outcome: Outcome) -> None:
    for split in treasury_splits.not_booked(ticker, booked):
        outcome.hints.append(
            f"{ticker}: its split of {split.ex_date}, {split.new_shares} new shares for {split.old_shares} old, is not "
            "booked. Book it with POST /v1/admin/corporate-actions, so that counts before it are shown in today's shares."
        )


def _tell_suspects(
    rows: list[dict[str, Any]],
    flagged: dict[tuple[int, date], list[str]],
    names: dict[int, str],
    outcome: Outcome,
) -> None:
    for row in rows:
        ticker, day, count = names[row["company_id"]], row["snapshot_date"], row["shares_outstanding"]
        flags = flagged.get((row["company_id"], day), row["flags"])
        if "shrinks" in flags:
            outcome.suspects.append(
                f"{ticker}: {day}: {row['holdings']:f} is less than what is approved before it (shrinks)"
            )
        if "split_suspect" not in flags:
            continue
        if row["shares_unit_date"] is not None:
            words = f"show no jump at a split: taken as shares of {row['shares_unit_date']}"
        elif "split_suspect" in row["flags"]:
            words = (
                "lie beside a split without a jump, or with one too many: in which shares they are stays open"
            )
        else:
            words = "are a jump that no booked split explains"
        outcome.suspects.append(f"{ticker}: {day}: {count:,} shares {words} (split_suspect)")
