"""Overrides: requests and responses."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from chalicelib.core.models import Id, Model, Moment, PageQuery

Field_ = Literal[
    "current_holdings", "market_cap", "total_debt", "preferred_equity", "cash", "cost_basis_avg", "shares_basic",
    "shares_assumed_diluted", "shares_fully_diluted", "staking_pct", "tier", "is_miner", "name", "website", "twitter",
    "leader", "strategy", "notes", "exchange", "country",
]  # fmt: skip


class NewOverride(Model):
    company_id: Id
    field: Field_
    value: str = Field(
        min_length=1, max_length=4000, description="As text: 1234.5 for amounts, true or false for is_miner."
    )
    reason: str = Field(min_length=1, max_length=2000)
    expires_at: Moment | None = Field(None, description="Until then; without it, until it is deactivated.")


class PublicOverride(Model):
    field: str
    value: str
    original: str | None = Field(description="What was stored when it was overridden.")
    reason: str
    source: Literal["admin", "csv"]
    since: datetime
    expires_at: datetime | None


class PublicOverrides(Model):
    items: list[PublicOverride]


class Override(PublicOverride):
    id: int
    company_id: int
    ticker: str
    is_active: bool = Field(description="Not deactivated, and not expired.")
    created_by: UUID | None
    deactivated_at: datetime | None
    deactivated_by: UUID | None


class OverridesQuery(PageQuery):
    company_id: Id | None = None
    active: bool | None = Field(None, description="Only those in force, or only those that are over.")


class OverridesImport(Model):
    content: str = Field(
        min_length=1,
        description="The file's text, its header in the first line: company, field, value, reason, expires.",
    )
    dry_run: bool = Field(True, description="Show what would be done; nothing is stored.")


class PlannedOverride(Model):
    line: int
    company_id: int
    ticker: str
    field: str
    value: str
    original: str | None = Field(description="What is stored.")
    replaces: str | None = Field(description="The override in force that it takes the place of.")
    reason: str
    expires_at: datetime | None


class LineError(Model):
    line: int
    column: str | None
    code: str
    message: str


class OverridesReport(Model):
    dry_run: bool
    rows: list[PlannedOverride]
    errors: list[LineError] = Field(description="What keeps the file from being imported: all or nothing.")
