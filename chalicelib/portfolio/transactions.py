"""Transactions: booked, edited, deleted, listed. Each write locks the portfolio first, so that two of them queue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.errors import Conflict, FieldError, InvalidInput, NotFound
from chalicelib.core.models import Page, decode_cursor
from chalicelib.portfolio import bookkeeping, holders, holdings, records
from chalicelib.portfolio.bookkeeping import Locked
from chalicelib.portfolio.models import (
    BackfillState,
    Booked,
    NewTransaction,
    Transaction,
    TransactionChange,
    TransactionsQuery,
)
from chalicelib.portfolio.records import HOLDING_SIGN

queries = db.Queries(__file__)

NEED_ASSET = frozenset({*HOLDING_SIGN, "dividend"})
NEED_PRICE = frozenset(HOLDING_SIGN)
NEVER_ASSET = frozenset({"deposit", "withdrawal"})
CLOCKS_DIFFER = timedelta(minutes=5)
DAY = timedelta(days=1)
NOT_YET_STORED = 2**62
"""Ids of transactions that are only tried out begin here: after all others."""


class Added(NamedTuple):
    """Transactions that were added, in the order given, and the backfills that this caused."""

    ids: list[int]
    backfills: list[int]


def add(tx: Tx, portfolio_id: int, new: NewTransaction) -> Booked:
    """Books one transaction. Raises NotFound, InvalidInput, and Conflict where it cannot have happened."""
    portfolio = bookkeeping.lock(tx, portfolio_id)
    (complete,) = _completed(tx, portfolio, [new])
    (identity,) = _insert(tx, portfolio_id, [complete])
    tail = queries.tail(
        tx.conn, portfolio_id=portfolio_id, asset_id=new.asset_id, day=new.timestamp.date(), but=identity
    )
    if bookkeeping.at_the_end(tail, new.timestamp):
        transaction = _plain(identity, complete)
        change = bookkeeping.append(tx, portfolio, transaction, tail["last_place"])
    else:
        change = bookkeeping.rewrite(tx, portfolio, bookkeeping.history(tx, portfolio_id), {identity})
    return _booked(tx, portfolio, identity, holders.follow(tx, portfolio_id, change))


def add_many(tx: Tx, portfolio_id: int, new: Sequence[NewTransaction], *, dry_run: bool = False) -> Added:
    """Books many transactions, all or none. `dry_run` only finds out whether they could be booked, and stores nothing.

    Raises like `add`; the problem's `index` says which of `new` was refused (none: a transaction that was there before and
    that contradicts the new ones). Those of one moment happen in the order given.
    """
    portfolio = bookkeeping.lock(tx, portfolio_id)
    if not new:
        return Added([], [])
    complete = _completed(tx, portfolio, new)
    if dry_run:
        ids = [NOT_YET_STORED + number for number in range(len(new))]
        tried = [_plain(identity, each) for identity, each in zip(ids, complete, strict=True)]
        found = bookkeeping.history(tx, portfolio_id, tried)
        _with_index(ids, lambda: bookkeeping.replayed(found, portfolio.rules))
        return Added([], [])
    ids = _insert(tx, portfolio_id, complete)
    found = bookkeeping.history(tx, portfolio_id)
    change = _with_index(ids, lambda: bookkeeping.rewrite(tx, portfolio, found, set(ids)))
    return Added(ids, holders.follow(tx, portfolio_id, change))


def change(tx: Tx, portfolio_id: int, transaction_id: int, wanted: TransactionChange) -> Booked:
    """Changes the fields that are given, and what follows from it. Raises like `add`."""
    portfolio = bookkeeping.lock(tx, portfolio_id)
    stored = show(tx, portfolio_id, transaction_id)
    fields = {name: getattr(stored, name) for name in NewTransaction.model_fields}
    given = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    nullable = ("asset_id", "notes", "external_id")
    fields |= {name: value for name, value in given.items() if value is not None or name in nullable}
    (complete,) = _completed(tx, portfolio, [NewTransaction.model_validate(fields)])
    queries.change_transaction(tx.conn, id=transaction_id, portfolio_id=portfolio_id, **_columns(complete))
    found = bookkeeping.history(tx, portfolio_id)
    followed = bookkeeping.rewrite(tx, portfolio, found, {transaction_id})
    return _booked(tx, portfolio, transaction_id, holders.follow(tx, portfolio_id, followed))


def delete(tx: Tx, portfolio_id: int, transaction_id: int) -> None:
    """Deletes a transaction and what follows from it. Raises NotFound, and Conflict where a later one needs it."""
    portfolio = bookkeeping.lock(tx, portfolio_id)
    if not queries.delete_transaction(tx.conn, id=transaction_id, portfolio_id=portfolio_id):
        raise _unknown(transaction_id)
    change = bookkeeping.rewrite(tx, portfolio, bookkeeping.history(tx, portfolio_id))
    holders.follow(tx, portfolio_id, change)


def show(tx: Tx, portfolio_id: int, transaction_id: int) -> Transaction:
    """One transaction. Raises NotFound."""
    row = queries.show_transaction(tx.conn, id=transaction_id, portfolio_id=portfolio_id)
    if row is None:
        raise _unknown(transaction_id)
    return Transaction.model_validate(row)


def listed(tx: Tx, portfolio_id: int, query: TransactionsQuery) -> Page[Transaction]:
    """A portfolio's transactions, the newest first. Raises NotFound and InvalidInput."""
    if query.from_ and query.to and query.from_ > query.to:
        raise InvalidInput(fields=[FieldError("query.from", "range", "`from` lies after `to`.")])
    holdings.must_exist(tx, portfolio_id)
    before = decode_cursor(query.cursor, str, int)
    rows = queries.list_transactions(
        tx.conn,
        portfolio_id=portfolio_id,
        asset_id=query.asset_id,
        type=query.type,
        start=_midnight(query.from_),
        end=_midnight(query.to + DAY if query.to else None),
        before_at=_moment(before[0]) if before else None,
        before_id=before[1] if before else None,
        limit=query.limit + 1,
    )
    found = [Transaction.model_validate(row) for row in rows]
    return Page[Transaction].of(found, query.limit, lambda each: [each.timestamp.isoformat(), each.id])


def _booked(tx: Tx, portfolio: Locked, transaction_id: int, backfills: list[int]) -> Booked:
    transaction = show(tx, portfolio.id, transaction_id)
    states = queries.backfills(tx.conn, ids=backfills) if backfills else ()
    return Booked(
        transaction=transaction,
        position=holdings.position(tx, portfolio.id, portfolio.currency, transaction.asset_id),
        backfills=[BackfillState.model_validate(row) for row in states],
    )


def _insert(tx: Tx, portfolio_id: int, new: Iterable[NewTransaction]) -> list[int]:
    rows = json.dumps([list(_columns(each).values()) for each in new], default=str)
    return [row["id"] for row in queries.add_transactions(tx.conn, portfolio_id=portfolio_id, rows=rows)]


def _columns(new: NewTransaction) -> dict[str, Any]:
    """The columns of a complete transaction, in the order of `add_transactions`."""
    return {
        "asset_id": new.asset_id,
        "transaction_type": new.type,
        "quantity": new.quantity,
        "price": new.price,
        "currency": new.currency,
        "fee": new.fee,
        "fee_currency": new.fee_currency,
        "tax": new.tax,
        "timestamp": new.timestamp,
        "notes": new.notes,
        "external_id": new.external_id,
    }


def _plain(identity: int, new: NewTransaction) -> records.Transaction:
    return bookkeeping.as_transaction({"id": identity, **_columns(new)})


def _completed(tx: Tx, portfolio: Locked, new: Sequence[NewTransaction]) -> list[NewTransaction]:
    """Fills in what was left to us: price and currencies. Raises InvalidInput and NotFound; `index` says of which."""
    ids = sorted({each.asset_id for each in new if each.asset_id is not None})
    rows = queries.native_currencies(tx.conn, ids=ids) if ids else ()
    currencies = {row["id"]: row["native_currency"] for row in rows}
    many = len(new) > 1
    return [
        _complete(each, portfolio, currencies, {"index": index} if many else {})
        for index, each in enumerate(new)
    ]


def _complete(
    new: NewTransaction, portfolio: Locked, currencies: dict[int, str], which: dict[str, Any]
) -> NewTransaction:
    if new.asset_id is not None and new.asset_id not in currencies:
        raise NotFound("asset_unknown", f"There is no asset {new.asset_id} in the catalogue.", **which)
    if wrong := list(_contradictions(new)):
        raise InvalidInput(fields=wrong, **which)
    currency = new.currency or currencies.get(new.asset_id or 0, portfolio.currency)
    return new.model_copy(
        update={
            "price": Decimal(1) if new.price is None else new.price,
            "currency": currency,
            "fee_currency": new.fee_currency or currency,
        }
    )


def _contradictions(new: NewTransaction) -> Iterable[FieldError]:
    if new.type in NEED_ASSET and new.asset_id is None:
        yield FieldError("body.asset_id", "missing", f"A {new.type} is of an asset: name it.")
    if new.type in NEVER_ASSET and new.asset_id is not None:
        yield FieldError("body.asset_id", "not_allowed", f"A {new.type} is of cash: leave the asset out.")
    if new.type in NEED_PRICE and new.price is None:
        yield FieldError("body.price", "missing", "Say at which price, in its currency, for each.")
    if new.type not in NEED_PRICE and new.price == 0:
        yield FieldError("body.price", "zero", "The amount is quantity × price: leave the price out.")
    if new.timestamp > clock.now() + CLOCKS_DIFFER:
        yield FieldError("body.timestamp", "in_the_future", "Book what has happened.")


def _with_index(ids: Sequence[int], work: Any) -> Any:
    """Does the work; of a refusal of one of `ids` says which of them."""
    try:
        return work()
    except Conflict as problem:
        identity = problem.extra.get("transaction_id")
        if identity in ids:
            problem.extra["index"] = ids.index(identity)
        if identity is not None and identity >= NOT_YET_STORED:
            del problem.extra["transaction_id"]
        raise


def _unknown(transaction_id: int) -> NotFound:
    return NotFound("transaction_unknown", f"There is no transaction {transaction_id} in this portfolio.")


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(0), UTC)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "Send next_cursor exactly as a page gave it."
        raise InvalidInput(
            "invalid_cursor", fields=[FieldError("query.cursor", "invalid_cursor", message)]
        ) from None
