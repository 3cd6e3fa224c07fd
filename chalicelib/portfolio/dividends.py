"""Dividends: what was received, what is announced, and proposals for what has fallen due.

Who held an asset at the end of the day before ex_date is owed the dividend (the US Securities and
Exchange Commission's Investor Bulletin on ex-dividend dates: who buys on the ex-dividend date or after
gets nothing; who sells then still gets it). A nightly job proposes; a person books the proposal, which
makes the transaction, or dismisses it.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.errors import Conflict, FieldError, InvalidInput, NotFound
from chalicelib.core.jobs import Outcome
from chalicelib.portfolio.allocation import tidy
from chalicelib.portfolio.import_models import (
    Booking,
    DividendProposal,
    Dividends,
    ExpectedDividend,
    ReceivedDividend,
)

queries = db.Queries(__file__, "extras.sql")


def show(tx: Tx, portfolio_id: int) -> Dividends:
    """A portfolio's dividends: received by month and asset, announced, proposed. Raises NotFound."""
    from chalicelib.portfolio.imports import settings_of

    currency = settings_of(tx, portfolio_id)["currency"]
    received = queries.received_dividends(tx.conn, id=portfolio_id, base=currency)
    expected = queries.expected_dividends(tx.conn, id=portfolio_id, today=clock.today())
    return Dividends(
        currency=currency,
        received=[_received(row) for row in received],
        expected=[
            ExpectedDividend(**row, amount=tidy(row["quantity"] * row["per_share"])) for row in expected
        ],
        proposals=[_proposal(row) for row in queries.proposals(tx.conn, id=portfolio_id, proposal_id=None)],
    )


def book(tx: Tx, portfolio_id: int, proposal_id: int, booking: Booking) -> DividendProposal:
    """Makes the transaction that a proposal proposes. Booked before: answers with what it was booked as.

    Raises NotFound; Conflict (proposal_dismissed); InvalidInput (not_paid_yet) for a payment in the future.
    """
    from chalicelib.portfolio import import_store

    found = _locked(tx, portfolio_id, proposal_id)
    if found["status"] == "booked" and found["transaction_id"] is not None:
        return _proposal(found)
    if found["status"] == "dismissed":
        raise Conflict(
            "proposal_dismissed", "This proposal was dismissed. Enter the dividend as a transaction."
        )
    paid_on = booking.date or found["pay_date"] or found["ex_date"]
    if paid_on > clock.today():
        words = f"It is paid on {paid_on}: book it then, or name the day on which it was paid."
        raise InvalidInput("not_paid_yet", words, fields=[FieldError("body.date", "in_the_future", words)])
    identity = import_store.add_dividend(
        tx,
        portfolio_id,
        asset_id=found["asset_id"],
        amount=booking.amount or found["amount"],
        currency=found["currency"],
        tax=booking.tax,
        at=datetime.combine(paid_on, time(0), UTC),
        external_id=f"dividend:{found['corporate_action_id']}",
    )
    queries.settle_proposal(tx.conn, id=proposal_id, status="booked", transaction_id=identity)
    return _proposal({**found, "status": "booked", "transaction_id": identity})


def dismiss(tx: Tx, portfolio_id: int, proposal_id: int) -> DividendProposal:
    """Says no to a proposal, for good. Raises NotFound; Conflict (proposal_booked) where its transaction is there."""
    found = _locked(tx, portfolio_id, proposal_id)
    if found["status"] == "booked" and found["transaction_id"] is not None:
        raise Conflict("proposal_booked", "This proposal was booked. Delete its transaction instead.")
    queries.settle_proposal(tx.conn, id=proposal_id, status="dismissed", transaction_id=None)
    return _proposal({**found, "status": "dismissed", "transaction_id": None})


def propose_dividends(as_of: datetime) -> Outcome:
    """Brings all portfolios' proposals up to date; see the SQL function for what is looked at."""
    with db.job_transaction() as tx:
        return Outcome(queries.propose_dividends(tx.conn, as_of=as_of))


def _locked(tx: Tx, portfolio_id: int, proposal_id: int) -> dict[str, Any]:
    """The proposal, locked: of two bookings at once, the second finds the first's."""
    if queries.lock_proposal(tx.conn, id=portfolio_id, proposal_id=proposal_id) is None:
        raise NotFound("proposal_unknown", f"Portfolio {portfolio_id} has no proposal {proposal_id}.")
    (row,) = queries.proposals(tx.conn, id=portfolio_id, proposal_id=proposal_id)
    return dict(row)


def _received(row: dict[str, Any]) -> ReceivedDividend:
    value = None if row["value"] is None else tidy(row["value"])
    return ReceivedDividend(**{**row, "value": value, "net": row["gross"] - row["tax"]})


def _proposal(row: dict[str, Any]) -> DividendProposal:
    return DividendProposal(**{name: row[name] for name in DividendProposal.model_fields})
