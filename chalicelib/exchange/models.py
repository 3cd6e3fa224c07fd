"""Vehicles, offerings, cash and holdings: requests and responses."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from chalicelib.core.models import Amount, Exact, Id, Model, PageQuery
from chalicelib.exchange.schedule import AuctionType, Hours

Name = Annotated[str, Field(min_length=1, max_length=255)]
Description = Annotated[str, Field(max_length=4000)]
Note = Annotated[str, Field(min_length=1, max_length=500)]
Symbol = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z][A-Za-z0-9.]{0,11}$")]
Price = Annotated[Amount, Field(gt=Decimal(0), le=Decimal(10**9), decimal_places=2)]
Cash = Annotated[Amount, Field(gt=Decimal(0), le=Decimal(10**12), decimal_places=2)]
Status = Literal["trading", "halted", "closed"]
Phase = Literal["continuous", "call", "halted", "closed"]
TransferKind = Literal["deposit", "withdrawal"]
TransferStatus = Literal["pending", "confirmed", "rejected", "cancelled"]


# ---------------------------------------------------------------- what is traded


class NewVehicle(Model):
    name: Name
    description: Description | None = None


class VehicleChange(Model):
    """Fields left out stay as they are."""

    name: Name | None = Field(None, description="Cannot be removed.")
    description: Description | None = Field(None, description="null removes it.")


class Vehicle(Model):
    id: int
    name: str
    description: str | None
    created_at: datetime
    updated_at: datetime


class NewOffering(Model):
    vehicle_id: Id
    symbol: Symbol
    seller_id: UUID = Field(description="The account that all shares are issued to, at the issue price.")
    shares_issued: int = Field(ge=1, le=10**12, description="A multiple of `lot_size`.")
    issue_price: Price = Field(description="For a share, a multiple of `tick_size`.")
    tick_size: Annotated[Amount, Field(ge=Decimal("0.01"), le=Decimal(10**6), decimal_places=2)] = Field(
        Decimal("0.01"), description="Prices are multiples of it; itself whole cents."
    )
    lot_size: int = Field(1, ge=1, le=10**6, description="Orders are for multiples of so many shares.")
    hours: Hours = Field(
        "always",
        description="always: around the clock, but for ten minutes before each auction. session: from the opening auction "
        "to the closing one; orders collect outside of it.",
    )


class StatusChange(Model):
    note: Note | None = Field(None, description="Why; everybody can read it.")


class NextAuction(Model):
    event_type: AuctionType
    day: date = Field(description="The trading day in New York.")
    at: datetime
    calls_from: datetime = Field(description="From then on orders collect, until the auction has been held.")


class Offering(Model):
    id: int
    vehicle_id: int
    vehicle_name: str
    symbol: str
    status: Status
    status_note: str | None
    phase: Phase = Field(
        description="What trading is like now. In a `call` orders collect for the next auction."
    )
    hours: Hours
    shares_issued: int
    issue_price: Exact
    tick_size: Exact
    lot_size: int
    next_auction: NextAuction | None = Field(description="null once closed.")
    current_share_price: Exact | None = Field(description="Of the last trade; null before the first.")
    opening_price: Exact | None = Field(
        description="Of the last opening auction; null where nothing crossed in it."
    )
    closing_price: Exact | None
    previous_close: Exact | None
    highest_bid: Exact | None = Field(description="Of what rests in the book; null where nothing does.")
    lowest_ask: Exact | None
    bid_ask_spread: Exact | None
    total_trades: int
    total_volume_shares: int
    total_volume_usd: Exact
    last_trade_at: datetime | None
    created_at: datetime


class OfferingsQuery(PageQuery):
    vehicle_id: Id | None = None
    status: Status | None = None
    symbol: Symbol | None = None


# ---------------------------------------------------------------- cash


class CashBalance(Model):
    """US dollars."""

    balance: Exact
    reserved: Exact = Field(description="Held for open buy orders and for withdrawals that were asked for.")
    available: Exact = Field(description="Balance less reserved.")


class NewTransfer(Model):
    amount: Cash = Field(description="US dollars, in whole cents.")
    reference: str | None = Field(
        None, min_length=1, max_length=200, description="What the payment is known by, on a statement, say."
    )


class Transfer(Model):
    id: int
    kind: TransferKind
    amount: Exact
    status: TransferStatus
    reference: str | None
    note: str | None = Field(description="What the administrator who decided had to say.")
    requested_at: datetime
    decided_at: datetime | None


class TransfersQuery(PageQuery):
    status: TransferStatus | None = None
    kind: TransferKind | None = None


class UsersTransfer(Transfer):
    """A transfer as administrators see it."""

    user_id: UUID
    decided_by: UUID | None = Field(description="Who confirmed, rejected or cancelled it.")


class UsersTransfersQuery(TransfersQuery):
    user_id: UUID | None = None


class Decision(Model):
    note: Note | None = Field(None, description="The user can read it.")


class LedgerEntry(Model):
    id: int
    kind: Literal["deposit", "withdrawal", "trade", "commission"]
    amount: Exact = Field(description="Positive: it came in.")
    balance_after: Exact = Field(description="The balance once this was booked.")
    trade_id: int | None
    transfer_id: int | None
    created_at: datetime


class EarnedCommission(Model):
    offering_id: int
    symbol: str
    earned: Exact


class EarnedCommissions(Model):
    total: Exact
    items: list[EarnedCommission]


# ---------------------------------------------------------------- shares


class ShareHolding(Model):
    offering_id: int
    symbol: str
    shares_owned: int
    shares_reserved: int = Field(description="Offered in open sell orders.")
    entry_price: Exact | None = Field(description="What a share held cost on average, without commission.")
    cost: Exact = Field(description="What the shares held cost in all, without commission.")
    current_mark: Exact = Field(description="The last trade's price; the issue price before any trade.")
    market_value: Exact
    unrealized_gain_loss: Exact
    unrealized_gain_loss_pct: Exact | None = Field(description="In per cent of the cost.")
    realised_gain: Exact = Field(description="So far: proceeds less average cost, without commission.")


class HoldingsQuery(PageQuery):
    closed: bool = Field(False, description="Also what was held once and is not any more.")


class ShareTotals(Model):
    total_positions: int
    total_shares_owned: int
    total_value_at_cost: Exact
    total_market_value: Exact
    unrealized_gain_loss: Exact
    unrealized_gain_loss_pct: Exact | None
    realised_gain: Exact


class SharePortfolio(Model):
    equity: Exact = Field(description="Cash and what the shares are worth.")
    cash: CashBalance
    totals: ShareTotals
    positions: list[ShareHolding]


# ---------------------------------------------------------------- the books


class Disagreement(Model):
    rule: str
    subject: str
    expected: str | None
    found: str | None


class BookCheck(Model):
    at: datetime
    agrees: bool
    disagreements: list[Disagreement]
