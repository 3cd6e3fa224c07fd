"""Problems that several use cases of portfolios run into, in words that say what to do."""

from __future__ import annotations

from typing import Any

from chalicelib.core.errors import Conflict, NotFound
from chalicelib.portfolio.records import Refused


def portfolio_unknown(portfolio_id: int) -> NotFound:
    """There is no such portfolio, or it is somebody else's: which of both is not told."""
    return NotFound("portfolio_unknown", f"You have no portfolio {portfolio_id}.")


def refusal(refused: Refused) -> Conflict:
    """The problem that a refused transaction is, with the date and what is missing."""
    transaction = refused.transaction
    day = transaction.at.date()
    have, short = format(refused.have, "f"), format(refused.shortfall, "f")
    extra: dict[str, Any] = {
        "transaction_id": transaction.id,
        "date": day,
        "timestamp": transaction.at.isoformat(),
        "shortfall": short,
    }
    if refused.code == "insufficient_holding":
        words = (
            f"On {day} {format(transaction.quantity, 'f')} were to go but {have} were held: {short} too few. "
            "Correct the quantity or date, or add the purchase that is missing."
        )
        return Conflict(refused.code, words, asset_id=transaction.asset_id, held=have, **extra)
    words = (
        f"On {day} the cash in {refused.currency} was {have}: {short} too little. Add the deposit that is missing, "
        "or set the portfolio's cash_mode to automatic."
    )
    return Conflict(refused.code, words, currency=refused.currency, available=have, **extra)
