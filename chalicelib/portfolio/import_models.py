"""Requests and responses of import, export, allocation, rules and dividends."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from chalicelib.core.models import Amount, Day, Exact, Id, Model
from chalicelib.market.currencies import Currency

MAX_TRANSACTIONS = 20_000

Kind = Literal[
    "buy",
    "sell",
    "dividend",
    "interest",
    "fee",
    "tax",
    "deposit",
    "withdrawal",
    "transfer_in",
    "transfer_out",
]
Format = Literal[
    "auto",
    "csv",
    "holdfast",
    "ghostfolio",
    "interactive_brokers",
    "coinbase",
    "binance",
    "portfolio_performance",
]
Field_ = Literal[
    "timestamp",
    "time",
    "type",
    "symbol",
    "name",
    "exchange",
    "quantity",
    "price",
    "amount",
    "currency",
    "fee",
    "fee_currency",
    "tax",
    "notes",
    "external_id",
]
Rule = Literal["single_position", "currency_cluster", "fee_ratio", "emergency_cash"]
Whole = Annotated[str, StringConstraints(strip_whitespace=False)]
"""Text as it is: the lines of a file are counted, and a blank one counts."""


class ImportRequest(Model):
    format: Format = Field("auto", description="Whose format the file has; auto: told by its columns.")
    content: Whole | None = Field(None, description="The file as text.")
    content_base64: str | None = Field(
        None, description="The file as it is, in Base64: its encoding is recognised."
    )
    mapping: dict[Field_, str | None] = Field(
        default_factory=dict,
        description="For CSV: the column of a field, or null for none. What is left out is guessed.",
    )
    type_words: dict[str, Kind] = Field(
        default_factory=dict,
        max_length=200,
        description='For CSV: what the file\'s words mean: {"BOT": "buy"}.',
    )
    date_order: Literal["ymd", "dmy", "mdy"] | None = Field(
        None, description="Where the file leaves it open."
    )
    decimal: Literal[".", ","] | None = Field(
        None, description="The decimal separator, where the file leaves it open."
    )
    time_zone: str | None = Field(
        None, max_length=64, description="Of times without one: Europe/Berlin. Usually UTC."
    )
    currency: Currency | None = Field(None, description="For CSV: the currency of lines that name none.")
    stablecoins: Literal["usd"] | None = Field(
        None,
        description="Count USDT, USDC and their like as US dollars, one for one. Without it they are coins.",
    )
    assets: dict[str, Id | None] = Field(
        default_factory=dict,
        max_length=2000,
        description="Corrected matches: an asset as the file calls it, and its id here; null leaves its lines out.",
    )
    skip_lines: list[int] = Field(default_factory=list, max_length=5000, description="Lines to leave out.")
    settings: bool = Field(
        False, description="From Holdfast's own exports: take over currency, methods and rules too."
    )
    dry_run: bool = Field(True, description="Only show what would happen.")
    offset: int = Field(0, ge=0, le=MAX_TRANSACTIONS, description="The first transaction to show.")
    limit: int = Field(1000, ge=0, le=5000, description="How many transactions to show. All are imported.")

    @field_validator("time_zone")
    @classmethod
    def known_time_zone(cls, name: str | None) -> str | None:
        """A zone of the IANA database, whose names are no paths."""
        if name is not None:
            from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError("name a time zone such as Europe/Berlin") from None
        return name

    @model_validator(mode="after")
    def one_content(self) -> ImportRequest:
        if (self.content is None) == (self.content_base64 is None):
            raise ValueError("send the file either as content or as content_base64")
        return self


class AssetChoice(Model):
    id: int
    symbol: str
    name: str
    exchange: str | None
    currency: str


class MappedColumn(Model):
    field: str
    column: str | None
    confidence: int = Field(description="How sure the guess is, in per cent; 100 where you said it.")
    others: list[str] = Field(description="Columns that it could be instead.")


class AssetMatch(Model):
    written: str = Field(description="As the file calls it.")
    status: Literal["matched", "chosen", "ambiguous", "unknown", "left_out"]
    asset: AssetChoice | None
    lines: int
    suggestions: list[AssetChoice]


class ImportedTransaction(Model):
    line: int
    status: Literal["new", "duplicate"]
    id: int | None = Field(description="Of the stored transaction; null in a dry run of a new one.")
    type: Kind
    asset_id: int | None
    symbol: str | None
    quantity: Exact
    price: Exact
    currency: str
    fee: Exact
    fee_currency: str
    tax: Exact
    timestamp: datetime
    notes: str | None
    external_id: str | None


class LineRemark(Model):
    line: int | None
    column: str | None
    code: str
    message: str


class ImportCounts(Model):
    new: int
    duplicates: int
    skipped: int
    errors: int


class ImportReport(Model):
    dry_run: bool
    format: str
    title: str
    encoding: str
    delimiter: str | None
    decimal: str | None
    date_order: str | None
    time_zone: str
    columns: list[str]
    mapping: list[MappedColumn]
    counts: ImportCounts
    transactions: list[ImportedTransaction]
    assets: list[AssetMatch]
    errors: list[LineRemark] = Field(
        description="What keeps the file from being imported: at most 200 are shown."
    )
    skipped: list[LineRemark] = Field(description="What is left out, and why: at most 200 are shown.")
    notes: list[str]
    settings: dict[str, Any] | None = Field(description="Settings in the file, if it has any.")


class ExportQuery(Model):
    format: Literal["json", "csv"] = "json"


class AllocationSlice(Model):
    key: str
    value: Exact
    share: Exact | None = Field(description="Of the total, in per cent; all of a list add up to exactly 100.")
    parts: int = Field(description="How many positions it has, cash in one currency being one.")


class UnknownPart(Model):
    key: str
    asset_id: int | None
    quantity: Exact
    currency: str
    reason: str


class ConcentrationFigures(Model):
    herfindahl: Exact | None = Field(description="Sum of squared shares in per cent, from 0 to 10000.")
    effective_positions: Exact | None = Field(description="10000 ÷ herfindahl.")
    top_1: Exact | None
    top_5: Exact | None


class Allocation(Model):
    currency: str
    as_of: datetime
    total: Exact = Field(description="Of what is known.")
    complete: bool = Field(description="Whether the worth of everything is known.")
    by_asset: list[AllocationSlice]
    by_type: list[AllocationSlice]
    by_currency: list[AllocationSlice]
    by_exchange: list[AllocationSlice]
    concentration: ConcentrationFigures
    unknown: list[UnknownPart]


class RuleResult(Model):
    rule: Rule
    status: Literal["ok", "warning", "unknown", "off"]
    value: Exact | None
    threshold: Exact
    unit: str = Field(description="Per cent, or a currency.")
    enabled: bool
    is_default: bool
    explanation: str


class Rules(Model):
    items: list[RuleResult]


class RuleChange(Model):
    threshold: Annotated[Amount, Field(ge=0)]
    enabled: bool = True


class ReceivedDividend(Model):
    month: str = Field(description="Such as 2024-03.")
    asset_id: int
    symbol: str
    currency: str
    gross: Exact
    tax: Exact
    net: Exact
    payments: int
    value: Exact | None = Field(
        description="Gross in the portfolio's currency at each day's rate; null if unknown."
    )


class ExpectedDividend(Model):
    asset_id: int
    symbol: str
    ex_date: date
    pay_date: date | None
    quantity: Exact
    per_share: Exact
    amount: Exact
    currency: str


class DividendProposal(Model):
    id: int
    asset_id: int
    symbol: str
    ex_date: date
    pay_date: date | None
    quantity: Exact = Field(description="Held at the end of the day before ex_date.")
    per_share: Exact
    amount: Exact = Field(description="Gross.")
    currency: str
    status: Literal["proposed", "booked", "dismissed"]
    transaction_id: int | None


class Dividends(Model):
    currency: str
    received: list[ReceivedDividend]
    expected: list[ExpectedDividend] = Field(description="Announced, for what is held now.")
    proposals: list[DividendProposal] = Field(
        description="Fallen due by what was held: book or dismiss them."
    )


class Booking(Model):
    date: Day | None = Field(None, description="When it was paid; pay_date unless given.")
    amount: Annotated[Amount, Field(gt=0)] | None = Field(
        None, description="Gross, if your bank paid another."
    )
    tax: Annotated[Amount, Field(ge=0)] = Decimal(0)
