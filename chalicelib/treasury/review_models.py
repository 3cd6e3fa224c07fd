"""Snapshots and their review: requests and responses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from chalicelib.core.models import Amount, Day, Exact, Id, Model, Page, PageQuery
from chalicelib.market.currencies import Currency
from chalicelib.treasury.models import Money, Overrides, Shares, Url

Status = Literal["pending", "approved", "rejected", "superseded"]
ShareBasis = Literal["basic", "assumed_diluted", "fd_max"]
Note = Annotated[str, Field(min_length=1, max_length=1900)]


class Snapshot(Model):
    """What a company held on a day, and which document says so."""

    id: int
    company_id: int
    snapshot_date: date
    holdings: Exact = Field(description="In coins.")
    shares_outstanding: Exact | None = Field(description="As stated then.")
    share_basis: ShareBasis | None
    shares_basic: Exact | None = Field(
        description="Basic shares of the same day, beside shares_outstanding of another basis."
    )
    shares_unit_date: date | None = Field(description="In shares of which day; null: of snapshot_date.")
    split_factor: Exact = Field(description="How many of today's shares one of those has become.")
    shares_adjusted: Exact | None = Field(description="shares_outstanding × split_factor.")
    holdings_per_share: Exact | None = Field(description="holdings ÷ shares_adjusted.")
    purchased: Exact | None
    period_start: date | None
    period_end: date | None
    purchase_cost: Exact | None
    purchase_average_price: Exact | None
    total_cost: Exact | None
    average_price: Exact | None
    currency: str | None
    source: str
    source_url: str | None
    accession: str | None
    evidence: str | None = Field(description="The document's own words.")
    confidence: Exact | None
    reviewed_at: datetime | None


class Holdings(Page[Snapshot]):
    """A company's approved snapshots, the latest date first."""

    overridden: Overrides = {}


class AdminSnapshot(Snapshot):
    status: Status
    ticker: str
    company_name: str
    asset: str
    source_id: int | None
    scraper_job_id: int | None
    rule: str | None
    corroborated_by: list[int] = Field(description="Data sources that state the same besides source_id.")
    flags: list[str] = Field(description="Why to look twice.")
    reviewed_by: UUID | None = Field(description="Null also where two sources sufficed.")
    review_note: str | None
    superseded_by: int | None
    created_at: datetime
    previous_holdings: Exact | None = Field(description="Of the approved snapshot before its date.")
    previous_date: date | None
    change: Exact | None
    change_percent: Exact | None


class SnapshotDetail(AdminSnapshot):
    raw_data: dict[str, Any] | list[Any] | None = Field(description="What the reader of the document found.")


class SnapshotsQuery(PageQuery):
    status: Status | None = Field(None, description="All unless given; `pending` is the queue of work.")
    company_id: Id | None = None
    flag: str | None = Field(None, max_length=50, description="Only those with this flag.")


class Approval(Model):
    note: Note | None = None


class Rejection(Model):
    note: Note = Field(description="Why.")
    expected_status: Literal["pending", "approved"] | None = Field(
        None, description="Refuse with 409 where it is another one meanwhile."
    )


class _SnapshotValues(Model):
    shares_outstanding: Shares | None = None
    share_basis: ShareBasis | None = None
    shares_basic: Shares | None = Field(
        None, description="Basic shares of the same day, beside shares_outstanding of another basis."
    )
    shares_unit_date: Day | None = None
    purchased: Amount | None = None
    period_start: Day | None = None
    period_end: Day | None = None
    purchase_cost: Money | None = None
    purchase_average_price: Money | None = None
    total_cost: Money | None = None
    average_price: Money | None = None
    currency: Currency | None = None
    source_url: Url | None = None
    evidence: str | None = Field(None, max_length=4000)


class Correction(_SnapshotValues):
    """The values that are wrong, as they are right; null for what the document does not state."""

    note: Note = Field(description="What was wrong.")
    expected_status: Literal["pending", "approved"] | None = None
    snapshot_date: Day | None = None
    holdings: Money | None = None


class NewSnapshot(_SnapshotValues):
    company_id: Id
    snapshot_date: Day
    holdings: Money = Field(description="In coins. Zero is a value.")
    source: str = Field(min_length=1, max_length=255, description="Where this is known from.")
    accession: str | None = Field(None, max_length=100)


class Proposed(Model):
    outcome: Literal["created", "known", "corroborated", "approved"]
    snapshot: SnapshotDetail


class Current(Model):
    company_id: int
    current_holdings: Exact | None
    current_holdings_date: date | None
    current_snapshot_id: int | None


class Decision(Model):
    snapshot: SnapshotDetail
    superseded_id: int | None = Field(description="Which one gave up its place.")
    restored_id: int | None = Field(description="Which one is approved again.")
    current: Current = Field(description="What the company holds now.")


class BulkApproval(Model):
    ids: list[Id] = Field(min_length=1, max_length=500)
    note: Note | None = None


class BulkResult(Model):
    id: int
    approved: bool = Field(description="Whether this call approved it.")
    status: Status | None = Field(description="What it is now; null: there is none.")
    superseded_id: int | None
    code: Literal["snapshot_unknown", "snapshot_decided"] | None


class BulkResults(Model):
    items: list[BulkResult]
    approved: int
