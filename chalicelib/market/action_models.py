"""Corporate actions: requests and responses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.core.models import Amount, Day, Exact, Id, Model
from chalicelib.market.models import Currency

Shares = Annotated[Amount, Field(gt=0, le=1_000_000)]


class NewCorporateAction(Model):
    asset_id: Id
    action_type: Literal["split", "dividend"]
    ex_date: Day = Field(description="The first day on which a share trades without it.")
    pay_date: Day | None = None
    new_shares: Shares | None = Field(None, description="Of a split: this many new shares …")
    old_shares: Shares | None = Field(None, description="… for this many old ones.")
    amount: Annotated[Amount, Field(gt=0)] | None = Field(None, description="Of a dividend, for each share.")
    currency: Currency | None = Field(None, description="Of a dividend.")
    source: str = Field(min_length=1, max_length=200, description="Where this is known from.")


class CorporateAction(Model):
    id: int
    asset_id: int
    action_type: Literal["split", "dividend"]
    ex_date: date
    pay_date: date | None
    ratio: Exact | None = Field(description="New shares for one old.")
    amount: Exact | None
    currency: str | None
    source: str
    applied_at: datetime | None = Field(
        description="Since when a split is in our prices and counted in portfolios; null before its day."
    )
    created_at: datetime
