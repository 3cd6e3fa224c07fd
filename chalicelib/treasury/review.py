"""Review: candidates in, an administrator's decisions about them, and the history of what was approved.

pending → approved | rejected; approved → superseded (by a later approval for its date) | rejected. One that was
superseded is approved again when the one in its place is rejected. Every step is one call of a function that locks the
company first (sql/routines/treasury_review.sql).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.errors import Conflict, FieldError, InvalidInput, NotFound
from chalicelib.core.models import Page, PageQuery, decode_cursor
from chalicelib.treasury import companies
from chalicelib.treasury.models import given, unknown_nulls
from chalicelib.treasury.review_models import (
    AdminSnapshot,
    Approval,
    BulkApproval,
    BulkResult,
    BulkResults,
    Correction,
    Current,
    Decision,
    Holdings,
    NewSnapshot,
    Proposed,
    Rejection,
    Snapshot,
    SnapshotDetail,
    SnapshotsQuery,
)

queries = db.Queries(__file__)


class Outcome(NamedTuple):
    """What became of a candidate: created, known, corroborated, approved or unusable; the snapshot and its flags."""

    outcome: str
    id: int | None
    flags: tuple[str, ...]


def propose(
    tx: Tx,
    company_id: int,
    source_id: int | None,
    job_id: int | None,
    candidates: Sequence[Mapping[str, Any]],
) -> list[Outcome]:
    """Compares candidates with what is known and stores what is new, in one call, as a job or an administrator.

    A candidate has the names of treasury.holdings_snapshots: snapshot_date, holdings, source, and what else its document
    states; amounts as text or Decimal. Returns what became of each, in order. Raises NotFound for the company.
    """
    rows = queries.propose(
        tx.conn,
        company_id=company_id,
        source_id=source_id,
        job_id=job_id,
        candidates=json.dumps(list(candidates), default=str),
    )
    return [Outcome(row["outcome"], row["id"], tuple(row["flags"])) for row in rows]


def enter(tx: Tx, snapshot: NewSnapshot) -> Proposed:
    """An administrator's own entry: a candidate like any other, which waits for its approval.

    Raises NotFound for the company, InvalidInput for what contradicts itself.
    """
    if wrong := _contradictions(snapshot):
        raise InvalidInput(fields=wrong)
    candidate = snapshot.model_dump(mode="json", exclude={"company_id"})
    source_id = queries.manual_source(tx.conn)
    (made,) = propose(tx, snapshot.company_id, source_id, None, [candidate])
    if made.id is None:
        raise InvalidInput()
    return Proposed.model_validate({"outcome": made.outcome, "snapshot": show(tx, made.id)})


def holdings(tx: Tx, company_id: int, query: PageQuery) -> Holdings:
    """A company's approved snapshots, the latest date first, with share counts in today's shares. Raises NotFound."""
    overridden = companies.find(tx, company_id)["overridden"]
    before = decode_cursor(query.cursor, str)
    rows = queries.holdings(
        tx.conn,
        company_id=company_id,
        before_date=_day(before[0]) if before else None,
        limit=query.limit + 1,
    )
    found = [Snapshot.model_validate({name: row[name] for name in Snapshot.model_fields}) for row in rows]
    page = Holdings.of(found, query.limit, lambda snapshot: [snapshot.snapshot_date.isoformat()])
    page.overridden = companies.shown_overrides(overridden, "current_holdings")
    return page


def snapshots(tx: Tx, query: SnapshotsQuery) -> Page[AdminSnapshot]:
    """Snapshots of every status, the newest first, each beside the approved one before its date."""
    before = decode_cursor(query.cursor, int)
    rows = queries.snapshots(
        tx.conn,
        id=None,
        company_id=query.company_id,
        status=query.status,
        flag=query.flag,
        before=before[0] if before else None,
        limit=query.limit + 1,
    )
    found = [
        AdminSnapshot.model_validate({name: row[name] for name in AdminSnapshot.model_fields}) for row in rows
    ]
    return Page[AdminSnapshot].of(found, query.limit, lambda snapshot: [snapshot.id])


def show(tx: Tx, snapshot_id: int) -> SnapshotDetail:
    """One snapshot with what its reader found. Raises NotFound."""
    return _detail(_row(tx, snapshot_id))


def approve(tx: Tx, snapshot_id: int, approval: Approval) -> Decision:
    """Approves a pending snapshot; the one approved for its date so far is superseded. Raises NotFound, Conflict."""
    (result,) = queries.approve(tx.conn, ids=[snapshot_id], note=approval.note)
    if result["status"] is None:
        raise _unknown(snapshot_id)
    if not result["approved"]:
        raise Conflict("snapshot_decided", f"Snapshot {snapshot_id} is {result['status']} already.")
    return _decision(tx, snapshot_id, superseded_id=result["superseded_id"])


def approve_many(tx: Tx, approval: BulkApproval) -> BulkResults:
    """Approves all of them that are pending, in the order given; what became of each."""
    items = [
        BulkResult(
            id=row["snapshot_id"],
            approved=row["approved"],
            status=row["status"],
            superseded_id=row["superseded_id"] if row["approved"] else None,
            code=None
            if row["approved"]
            else "snapshot_unknown"
            if row["status"] is None
            else "snapshot_decided",
        )
        for row in queries.approve(tx.conn, ids=approval.ids, note=approval.note)
    ]
    return BulkResults(items=items, approved=sum(item.approved for item in items))


def reject(tx: Tx, snapshot_id: int, rejection: Rejection) -> Decision:
    """Rejects a pending snapshot, or takes an approved one back: the one that it superseded is approved again.

    Raises NotFound, and Conflict where it was decided otherwise before.
    """
    done = queries.reject(tx.conn, id=snapshot_id, note=rejection.note, expected=rejection.expected_status)
    if done is None:
        raise _unknown(snapshot_id)
    return _decision(tx, snapshot_id, restored_id=done["restored_id"])


def correct(tx: Tx, snapshot_id: int, correction: Correction) -> Decision:
    """Approves a snapshot with other values: the original is rejected, a corrected copy takes its place.

    Raises NotFound; Conflict where it was decided otherwise before; InvalidInput where nothing is corrected, or what it is
    corrected to cannot be.
    """
    if empty := unknown_nulls(correction, ("snapshot_date", "holdings")):
        raise InvalidInput(
            fields=[FieldError(f"body.{name}", "missing", "This cannot be empty.") for name in empty]
        )
    if wrong := [*_not_yet(correction)]:
        raise InvalidInput(fields=wrong)
    values = {
        name: value for name, value in given(correction).items() if name not in ("note", "expected_status")
    }
    done = queries.correct(
        tx.conn,
        id=snapshot_id,
        corrected=json.dumps(values),
        note=correction.note,
        expected=correction.expected_status,
    )
    if done is None:
        raise _unknown(snapshot_id)
    return _decision(tx, done["snapshot_id"], superseded_id=done["superseded_id"])


def _contradictions(snapshot: NewSnapshot) -> list[FieldError]:
    wrong = [*_not_yet(snapshot)]
    if snapshot.shares_outstanding is not None and snapshot.share_basis is None:
        message = "Say what the shares count: basic, assumed_diluted or fd_max."
        wrong.append(FieldError("body.share_basis", "missing", message))
    if snapshot.shares_basic is not None and snapshot.share_basis in (None, "basic"):
        message = (
            "This stands beside shares of another basis: state basic shares alone as shares_outstanding."
        )
        wrong.append(FieldError("body.shares_basic", "alone", message))
    if snapshot.period_start and snapshot.period_end and snapshot.period_start > snapshot.period_end:
        wrong.append(FieldError("body.period_end", "range", "The period ends before it begins."))
    return wrong


def _not_yet(told: NewSnapshot | Correction) -> Iterator[FieldError]:
    """What has not been cannot be known: a snapshot of a later day would hide every true one until then."""
    for name in ("snapshot_date", "shares_unit_date", "period_start", "period_end"):
        day = getattr(told, name)
        if day is not None and day > clock.today():
            yield FieldError(f"body.{name}", "in_the_future", "Name a day that has begun.")


def _decision(
    tx: Tx, snapshot_id: int, superseded_id: int | None = None, restored_id: int | None = None
) -> Decision:
    row = _row(tx, snapshot_id)
    return Decision(
        snapshot=_detail(row),
        superseded_id=superseded_id,
        restored_id=restored_id,
        current=Current.model_validate({name: row[name] for name in Current.model_fields}),
    )


def _row(tx: Tx, snapshot_id: int) -> dict[str, Any]:
    rows = list(
        queries.snapshots(
            tx.conn, id=snapshot_id, company_id=None, status=None, flag=None, before=None, limit=1
        )
    )
    if not rows:
        raise _unknown(snapshot_id)
    row: dict[str, Any] = rows[0]
    return row


def _detail(row: dict[str, Any]) -> SnapshotDetail:
    return SnapshotDetail.model_validate({name: row[name] for name in SnapshotDetail.model_fields})


def _unknown(snapshot_id: int) -> NotFound:
    return NotFound("snapshot_unknown", f"There is no snapshot {snapshot_id}.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = "Send next_cursor exactly as a page gave it."
        raise InvalidInput(
            "invalid_cursor", fields=[FieldError("query.cursor", "invalid_cursor", message)]
        ) from None
