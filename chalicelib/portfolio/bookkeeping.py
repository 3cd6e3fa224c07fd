"""Between the ledger and its tables: reads the history or its end, and writes what changed in one call.

A transaction at the end of the history is booked on the stored state. Everything else replays the portfolio, and writes the
outcomes that came out differently: what follows from a transaction depends on others only in its realised gain and in the
deposit that it implies, so most of a long history stays untouched.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.portfolio.ledger import Ledger, entries_of, replay
from chalicelib.portfolio.lots import ZERO, Book, Lot, arithmetic
from chalicelib.portfolio.problems import portfolio_unknown, refusal
from chalicelib.portfolio.records import (
    HOLDING_SIGN,
    Entry,
    Outcome,
    Rates,
    Refused,
    Rules,
    Split,
    Transaction,
)

queries = db.Queries(__file__)

FEW_LOTS = 8
"""Lots that are read at first for a sale."""


class Locked(NamedTuple):
    """A portfolio whose row this transaction has locked."""

    id: int
    user_id: Any
    currency: str
    rules: Rules
    row: dict[str, Any]


class Stored(NamedTuple):
    """What is stored of a transaction's outcome."""

    place: int | None
    realised: Decimal | None
    implied: dict[str, Any] | None


class Held(NamedTuple):
    """How much of an asset is held, and the day of its first purchase."""

    quantity: Decimal
    first_day: date


class Change(NamedTuple):
    """What was held of the assets that a write concerned, before and after it."""

    before: dict[int, Held]
    after: dict[int, Held]


class History(NamedTuple):
    """All transactions of a portfolio, the splits and rates that they need, and the stored outcomes."""

    transactions: list[Transaction]
    stored: dict[int, Stored]
    splits: list[Split]
    rates: Rates


def lock(tx: Tx, portfolio_id: int) -> Locked:
    """Locks the portfolio, so that writers queue. Raises NotFound where the caller has no such portfolio."""
    row = queries.lock_portfolio(tx.conn, id=portfolio_id)
    if row is None:
        raise portfolio_unknown(portfolio_id)
    return Locked(row["id"], row["user_id"], row["currency"], rules_of(row), row)


def rules_of(row: Mapping[str, Any]) -> Rules:
    """How the portfolio in a row keeps its books."""
    return Rules(row["cost_method"] == "fifo", row["cash_mode"] == "strict", row["allow_short"])


def history(tx: Tx, portfolio_id: int, more: Iterable[Transaction] = ()) -> History:
    """The whole history, with `more` as if it were stored."""
    transactions, stored = [], {}
    for row in queries.history(tx.conn, portfolio_id=portfolio_id):
        transactions.append(as_transaction(row))
        stored[row["id"]] = Stored(row["place"], row["realised_gain"], row["implied"])
    transactions += more
    return History(transactions, stored, splits_of(tx, transactions), rates_of(tx, transactions))


def as_transaction(row: Mapping[str, Any]) -> Transaction:
    return Transaction(
        row["id"], row["timestamp"].astimezone(UTC), row["transaction_type"], row["asset_id"], row["quantity"],
        row["price"], row["currency"], row["fee"], row["fee_currency"], row["tax"],
    )  # fmt: skip


def splits_of(tx: Tx, transactions: Iterable[Transaction]) -> list[Split]:
    """The splits of all assets that were ever traded."""
    assets = {each.asset_id for each in transactions if each.type in HOLDING_SIGN}
    rows = queries.splits(tx.conn, assets=list(assets)) if assets else ()
    return [Split(row["asset_id"], row["ex_date"], row["ratio"]) for row in rows]


def rates_of(tx: Tx, transactions: Iterable[Transaction]) -> Rates:
    """The rates that cost needs: of assets that were traded in more than one currency, on the days when they were."""
    used: dict[int, dict[str, set[date]]] = {}
    for each in transactions:
        if each.asset_id is not None and (each.type in HOLDING_SIGN or each.type == "dividend"):
            used.setdefault(each.asset_id, {}).setdefault(each.currency, set()).add(each.at.date())
    wanted = {
        (currency, day)
        for currencies in used.values()
        if len(currencies) > 1
        for currency in currencies
        for day in set().union(*currencies.values())
    }
    return rates(tx, wanted)


def rates(tx: Tx, wanted: Collection[tuple[str, date]]) -> Rates:
    """US dollars for a currency on a day; left out where not known."""
    if not wanted:
        return {}
    currencies, days = zip(*wanted, strict=True)
    rows = queries.day_rates(tx.conn, currencies=list(currencies), days=list(days))
    return {(row["currency"], row["day"]): row["rate_to_usd"] for row in rows}


def append(tx: Tx, portfolio: Locked, transaction: Transaction, last_place: int | None) -> Change:
    """Books a transaction that comes after all others on the stored state. Raises Conflict where it is refused."""
    book = _stored_book(tx, portfolio, transaction)
    wanted: set[tuple[str, date]] = set()
    if book is not None and book.currency != transaction.currency:
        wanted = {(currency, transaction.at.date()) for currency in (book.currency, transaction.currency)}
    ledger = Ledger(portfolio.rules, rates(tx, wanted))
    cash = {row["currency"]: row["amount"] for row in queries.cash(tx.conn, portfolio_id=portfolio.id)}
    ledger.resume([book] if book else [], cash, last_place)
    before = held_in(ledger)
    with arithmetic():
        try:
            outcome = ledger.apply(transaction)
        except Refused as refused:
            raise refusal(refused) from None
        changes = _changes([outcome], entries_of(outcome), ledger)
        touched = [
            (book, place, lot) for book in ledger.books.values() for place, lot in book.touched.items()
        ]
        changes["lots"] = [_lot(book, lot) for book, _, lot in touched if lot is not None]
        changes["lots_gone"] = [[book.asset_id, place] for book, place, lot in touched if lot is None]
    _write(tx, portfolio.id, {"whole": False, **changes})
    return Change(before, held_in(ledger))


def rewrite(tx: Tx, portfolio: Locked, found: History, changed: Collection[int] = ()) -> Change:
    """Replays a history and writes what came out differently. `changed`: transactions that are new or were edited.

    Raises Conflict where a transaction is refused.
    """
    ledger = replayed(found, portfolio.rules)
    rows = list(queries.position_currencies(tx.conn, portfolio_id=portfolio.id))
    before = _held(rows)
    # a purchase before the first one was found, and cost is in its currency now
    moved = {row["asset_id"] for row in rows if _currency(ledger, row["asset_id"]) != row["currency"]}
    with arithmetic():
        different = [
            outcome
            for outcome in ledger.outcomes
            if outcome.transaction.id in changed
            or outcome.transaction.asset_id in moved
            or found.stored.get(outcome.transaction.id) != _as_stored(outcome)
        ]
        entries = [entry for outcome in different for entry in entries_of(outcome)]
        changes = _changes(different, [*entries, *ledger.split_entries], ledger)
        changes["lots"] = [_lot(book, lot) for book in ledger.books.values() for lot in book.lots]
    _write(tx, portfolio.id, {"whole": True, **changes})
    return Change(before, held_in(ledger))


def replayed(found: History, rules: Rules) -> Ledger:
    """The ledger of a history. Raises Conflict where a transaction is refused."""
    try:
        return replay(found.transactions, found.splits, rules, found.rates)
    except Refused as refused:
        raise refusal(refused) from None


def held(tx: Tx, portfolio_id: int) -> dict[int, Held]:
    """What a portfolio holds and held, as stored."""
    return _held(queries.position_currencies(tx.conn, portfolio_id=portfolio_id))


def held_in(ledger: Ledger) -> dict[int, Held]:
    return {asset: Held(book.quantity, book.first_day) for asset, book in ledger.books.items()}


def at_the_end(tail: Mapping[str, Any], at: datetime) -> bool:
    """Whether a new transaction at that moment comes after all others and no split is in the way."""
    return not tail["split"] and (tail["last_at"] is None or at >= tail["last_at"])


def _stored_book(tx: Tx, portfolio: Locked, transaction: Transaction) -> Book | None:
    if transaction.asset_id is None:
        return None
    key = {"portfolio_id": portfolio.id, "asset_id": transaction.asset_id}
    row = queries.position_state(tx.conn, **key)
    if row is None:
        return None
    book = Book(transaction.asset_id, row["currency"], row["first_purchase_date"], portfolio.rules.fifo)
    book.realised, book.dividends = row["realised_gain"], row["dividends"]
    lots = list(_lots_needed(tx, portfolio, transaction)) if transaction.type in HOLDING_SIGN else []
    book.resume(lots, row["quantity"], row["known_cost"], row["unknown_lots"])
    return book


def _lots_needed(tx: Tx, portfolio: Locked, transaction: Transaction) -> Iterator[Lot]:
    """The oldest lots that together hold the transaction's quantity: more of a long list is not read."""
    after, limit, left = None, FEW_LOTS, transaction.quantity
    while left > 0:
        rows = list(
            queries.oldest_lots(
                tx.conn, portfolio_id=portfolio.id, asset_id=transaction.asset_id, after=after, limit=limit
            )
        )
        for row in rows:
            yield Lot(
                row["place"],
                row["transaction_id"],
                row["opened_at"].astimezone(UTC),
                row["quantity"],
                row["cost"],
            )
            left -= abs(row["quantity"])
        if len(rows) < limit:
            return
        after, limit = rows[-1]["place"], limit * 8


def _currency(ledger: Ledger, asset_id: int) -> str | None:
    book = ledger.books.get(asset_id)
    return book.currency if book else None


def _held(rows: Iterable[Mapping[str, Any]]) -> dict[int, Held]:
    return {row["asset_id"]: Held(row["quantity"], row["first_purchase_date"]) for row in rows}


def _as_stored(outcome: Outcome) -> Stored:
    implied = {currency: format(amount, "f") for currency, amount in outcome.implied}
    return Stored(outcome.place, outcome.realised, implied or None)


def _changes(outcomes: Iterable[Outcome], entries: Iterable[Entry], ledger: Ledger) -> dict[str, Any]:
    return {
        "transactions": [[outcome.transaction.id, *_as_stored(outcome)] for outcome in outcomes],
        "entries": entries,
        "positions": [
            [
                book.asset_id, book.quantity, book.average_price, book.cost if book.quantity else ZERO, book.currency,
                book.first_day, book.realised, book.dividends,
            ]
            for book in ledger.books.values()
        ],
        "cash": list(ledger.cash.items()),
    }  # fmt: skip


def _lot(book: Book, lot: Lot) -> list[Any]:
    return [
        book.asset_id, lot.place, lot.transaction_id, lot.opened_at, lot.quantity, lot.cost, book.currency,
    ]  # fmt: skip


def _write(tx: Tx, portfolio_id: int, changes: dict[str, Any]) -> None:
    queries.write_ledger(
        tx.conn, portfolio_id=portfolio_id, changes=json.dumps(changes, default=str, separators=(",", ":"))
    )
