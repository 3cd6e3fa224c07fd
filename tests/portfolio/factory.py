"""What tests of portfolios are made of: owners, portfolios, transactions, splits, and what is stored of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from chalicelib.core import db
from chalicelib.core.principal import Principal
from chalicelib.portfolio import service, splits, transactions
from chalicelib.portfolio.models import (
    Booked,
    NewPortfolio,
    NewTransaction,
    PortfolioChange,
    TransactionChange,
)
from tests.conftest import Database
from tests.market.factory import new_asset, new_holder

_numbers = itertools.count(1)


def moment(text: str | date | datetime) -> datetime:
    """A moment in UTC: noon of a day unless the time is said ("2024-08-08 15:30")."""
    if isinstance(text, datetime):
        return text
    if isinstance(text, date):
        return datetime.combine(text, time(12), UTC)
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC, hour=found.hour if len(text) > 10 else 12)


@dataclass
class Owned:
    """A portfolio, and its owner in whose name everything is done."""

    database: Database
    user: UUID
    id: int

    def add(
        self,
        type: str,
        asset: int | None,
        quantity: Any,
        price: Any = None,
        at: Any = "2024-01-02",
        **more: Any,
    ) -> Booked:
        """Books a transaction through the service."""
        with db.transaction(Principal("user", self.user)) as tx:
            return transactions.add(tx, self.id, new(type, asset, quantity, price, at, **more))

    def buy(self, asset: int, quantity: Any, price: Any, at: Any = "2024-01-02", **more: Any) -> Booked:
        return self.add("buy", asset, quantity, price, at, **more)

    def sell(self, asset: int, quantity: Any, price: Any, at: Any = "2024-01-03", **more: Any) -> Booked:
        return self.add("sell", asset, quantity, price, at, **more)

    def cash(self, type: str, amount: Any, at: Any = "2024-01-01", **more: Any) -> Booked:
        """Books a movement of cash: deposit, withdrawal, interest, fee or tax."""
        return self.add(type, None, amount, None, at, **more)

    def add_many(self, news: Sequence[NewTransaction], **options: Any) -> transactions.Added:
        with db.transaction(Principal("user", self.user)) as tx:
            return service.add_many(tx, self.id, news, **options)

    def edit(self, transaction: int, **fields: Any) -> Booked:
        wanted = TransactionChange.model_validate(_texts(fields))
        with db.transaction(Principal("user", self.user)) as tx:
            return transactions.change(tx, self.id, transaction, wanted)

    def remove(self, transaction: int) -> None:
        with db.transaction(Principal("user", self.user)) as tx:
            transactions.delete(tx, self.id, transaction)

    def set(self, **fields: Any) -> None:
        """Changes the portfolio itself."""
        with db.transaction(Principal("user", self.user)) as tx:
            service.change_portfolio(tx, self.id, PortfolioChange.model_validate(fields))

    def delete(self) -> None:
        with db.transaction(Principal("user", self.user)) as tx:
            service.delete_portfolio(tx, self.id)

    def position(self, asset: int) -> dict[str, Any] | None:
        """The stored position in an asset."""
        rows = self.database.rows(
            "select quantity, average_buy_price, cost, currency, first_purchase_date, realised_gain, dividends "
            "from portfolio.portfolio_positions where portfolio_id = %s and asset_id = %s",
            self.id,
            asset,
        )
        return rows[0] if rows else None

    def quantity(self, asset: int) -> Decimal:
        row = self.position(asset)
        return Decimal(0) if row is None else Decimal(row["quantity"])

    def balances(self) -> dict[str, Decimal]:
        """The stored cash by currency."""
        rows = self.database.rows(
            "select currency, amount from portfolio.cash_balances where portfolio_id = %s", self.id
        )
        return {row["currency"]: row["amount"] for row in rows}

    def entries(self, *kinds: str) -> list[dict[str, Any]]:
        """The stored entries in order; of some kinds only, if they are named."""
        return self.database.rows(
            "select transaction_id, day, kind, asset_id, currency, amount from portfolio.entries "
            "where portfolio_id = %s and (cardinality(%s::text[]) = 0 or kind = any (%s)) order by place",
            self.id,
            list(kinds),
            list(kinds),
        )

    def lots(self, asset: int) -> list[tuple[Decimal, Decimal | None]]:
        """Quantity and cost of the stored open lots, the oldest first."""
        rows = self.database.rows(
            "select quantity, cost from portfolio.lots where portfolio_id = %s and asset_id = %s order by place",
            self.id,
            asset,
        )
        return [(row["quantity"], row["cost"]) for row in rows]

    def gains(self) -> list[Decimal | None]:
        """The stored realised gains of what closed something or would have a gain, in order of time."""
        rows = self.database.rows(
            "select realised_gain from portfolio.transactions "
            "where portfolio_id = %s and transaction_type in ('sell', 'transfer_out') order by timestamp, id",
            self.id,
        )
        return [row["realised_gain"] for row in rows]


def new(
    type: str, asset: int | None, quantity: Any, price: Any = None, at: Any = "2024-01-02", **more: Any
) -> NewTransaction:
    """A transaction to book; numbers may be int, text or Decimal."""
    fields = {"quantity": quantity, "price": price, **more}
    return NewTransaction.model_validate(
        {"type": type, "asset_id": asset, "timestamp": moment(at), **_texts(fields)}
    )


def new_portfolio(
    database: Database, user: UUID | None = None, name: str | None = None, **fields: Any
) -> Owned:
    """An empty portfolio in US dollars, of a new owner unless one is given."""
    user = user or new_holder(database)
    body = NewPortfolio.model_validate({"name": name or f"Portfolio {next(_numbers)}", **fields})
    with db.transaction(Principal("user", user)) as tx:
        return Owned(database, user, service.add_portfolio(tx, body).id)


def share(database: Database, **fields: Any) -> int:
    """A new share quoted in US dollars, unless told otherwise."""
    return new_asset(database, **{"asset_type": "stock", "exchange": "NASDAQ", **fields})


def split(database: Database, asset: int, day: str | date, ratio: Any) -> int:
    """Books a split, as an administrator would have; `settle` brings it to prices and portfolios."""
    row = database.row(
        "insert into market.corporate_actions (asset_id, action_type, ex_date, ratio, source) "
        "values (%s, 'split', %s, %s, 'test') returning id",
        asset,
        day,
        Decimal(str(ratio)),
    )
    return int(row["id"])


def settle(day: str | date | None = None) -> dict[str, Any]:
    """Runs the job that applies splits; returns what it says it did."""
    as_of = datetime.now(UTC) if day is None else moment(day)
    outcome = splits.settle(as_of)
    return {"portfolios": outcome.rows, **outcome.details}


def rates(database: Database, currency: str, by_day: Mapping[date, str]) -> None:
    """US dollars for one unit of a currency, published at 15:00 UTC of each day."""
    for day, rate in by_day.items():
        at = datetime.combine(day, time(15), UTC)
        database.run("insert into market.exchange_rates values (%s, %s, %s, 'test')", currency, at, rate)


def days_ago(count: int) -> date:
    return datetime.now(UTC).date() - timedelta(days=count)


def _texts(fields: dict[str, Any]) -> dict[str, Any]:
    """Numbers as text: requests have them so."""
    numbers = ("quantity", "price", "fee", "tax")
    return {
        name: str(value) if name in numbers and value is not None else value for name, value in fields.items()
    }
