"""Cash: what people have, how it comes and goes, and the ledger of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.models import Page, PageQuery, decode_cursor
from chalicelib.exchange.models import (
    CashBalance,
    EarnedCommission,
    EarnedCommissions,
    LedgerEntry,
    NewTransfer,
    Transfer,
    TransferKind,
    TransfersQuery,
    UsersTransfer,
    UsersTransfersQuery,
)
from chalicelib.exchange.outcome import unwrap

queries = db.Queries(__file__)

NOTHING = Decimal("0.00")
CENT = Decimal("0.01")
NO_CASH = {"balance": NOTHING, "reserved": NOTHING, "available": NOTHING}


def show_balance(tx: Tx) -> CashBalance:
    """The caller's cash; zeros before anything came in."""
    row = queries.cash_balance(tx.conn, user_id=tx.who.user_id)
    return CashBalance.model_validate(row or NO_CASH)


def request_transfer(tx: Tx, kind: TransferKind, wanted: NewTransfer) -> Transfer:
    """Asks for a deposit or a withdrawal to be confirmed. Raises Conflict (insufficient_cash) for a withdrawal of more
    than is available."""
    answer = queries.request_transfer(
        tx.conn, kind=kind, amount=wanted.amount, reference=wanted.reference, now=clock.now()
    )
    return _own(unwrap(answer)["transfer"])


def list_transfers(tx: Tx, query: TransfersQuery) -> Page[Transfer]:
    """The caller's deposits and withdrawals, the newest first."""
    found = [_own(row) for row in _transfers(tx, query, tx.who.user_id)]
    return Page[Transfer].of(found, query.limit, lambda transfer: [transfer.id])


def cancel_transfer(tx: Tx, transfer_id: int) -> None:
    """Takes a request of the caller's back. Raises NotFound, and Conflict (transfer_decided) once it is not pending."""
    unwrap(queries.cancel_transfer(tx.conn, id=transfer_id, now=clock.now()))


def list_all_transfers(tx: Tx, query: UsersTransfersQuery) -> Page[UsersTransfer]:
    """Everybody's deposits and withdrawals, the newest first, for administrators."""
    rows = _transfers(tx, query, query.user_id)
    found = [UsersTransfer.model_validate(row) for row in rows]
    return Page[UsersTransfer].of(found, query.limit, lambda transfer: [transfer.id])


def decide_transfer(
    tx: Tx, transfer_id: int, status: Literal["confirmed", "rejected"], note: str | None
) -> UsersTransfer:
    """Confirms a transfer, which moves its money, or rejects it, for administrators.

    Raises NotFound, and Conflict (transfer_decided) once it is not pending: confirmed twice, it moves money once.
    """
    answer = queries.decide_transfer(tx.conn, id=transfer_id, status=status, note=note, now=clock.now())
    return UsersTransfer.model_validate(unwrap(answer)["transfer"])


def list_ledger(tx: Tx, query: PageQuery) -> Page[LedgerEntry]:
    """The movements of the caller's cash, the newest first, each with the balance after it."""
    # the cursor carries the balance after the next entry, in cents: no page adds up what lies before it
    before, cents = decode_cursor(query.cursor, int, int) or (None, None)
    rows = queries.list_ledger(
        tx.conn,
        user_id=tx.who.user_id,
        before=before,
        balance=None if cents is None else cents * CENT,
        limit=query.limit + 1,
    )
    found = [LedgerEntry.model_validate(row) for row in rows]
    return Page[LedgerEntry].of(
        found, query.limit, lambda entry: [entry.id, int((entry.balance_after - entry.amount) / CENT)]
    )


def earned_commissions(tx: Tx) -> EarnedCommissions:
    """What the house earned, by offering, for administrators."""
    items = [EarnedCommission.model_validate(row) for row in queries.earned_commissions(tx.conn)]
    return EarnedCommissions(total=sum((item.earned for item in items), NOTHING), items=items)


def _transfers(tx: Tx, query: TransfersQuery, user_id: Any) -> list[dict[str, Any]]:
    return list(
        queries.list_transfers(
            tx.conn,
            user_id=user_id,
            status=query.status,
            kind=query.kind,
            before=_number(query),
            limit=query.limit + 1,
        )
    )


def _own(row: dict[str, Any]) -> Transfer:
    return Transfer.model_validate({name: row[name] for name in Transfer.model_fields})


def _number(query: PageQuery) -> int | None:
    key = decode_cursor(query.cursor, int)
    return key[0] if key else None
