"""Problems with orders. What the rules refuse is worded here for previews; the database words its refusals itself."""

from __future__ import annotations

from typing import Any

from chalicelib.core.errors import Conflict, NotFound, Problem, Unavailable, name_constraints
from chalicelib.exchange.records import Refused

name_constraints(
    {
        # the same id in two offerings at once: only the database sees that, and then all of a call is undone. It need not
        # be one order's id that failed a batch, nor the caller's own order where others waited for the same book.
        "market_orders_client_order_id_key": (
            Conflict,
            "client_order_id_used",
            "An order with the same client_order_id was placed in another offering at the same moment, so nothing of this "
            "request was placed. It may be sent again: then each order is placed, or refused for a reason of its own.",
        ),
    }
)

WORDS = {
    "offering_closed": "This offering is closed: it is not traded any more.",
    "offering_halted": "Trading is halted. Orders can be cancelled, but neither placed nor amended.",
    "call_phase": "Orders collect for the auction at {ends_at}, and none is filled at once. Place it after that, or as a "
    "day or gtc order.",
    "off_tick": "Prices of this offering are multiples of {tick_size}.",
    "odd_lot": "Shares of this offering are traded in lots of {lot_size}.",
    "too_large": "An order is worth at most {maximum} dollars.",
    "client_order_id_used": "Order {order_id} has this client_order_id already.",
    "too_many_open_orders": "One person has at most {maximum} open orders in one offering.",
    "self_trade": "It could trade with your own order {order_id}. Cancel that first.",
    "insufficient_cash": "This needs {needed} USD, and {available} USD are available.",
    "insufficient_shares": "This offers {offered} shares, and {free} are free.",
}


def offering_unknown(offering_id: int) -> NotFound:
    return NotFound("offering_unknown", f"There is no offering {offering_id}.")


def order_unknown(order_id: int) -> NotFound:
    """There is no such order, or it is somebody else's: which of both is not told."""
    return NotFound("order_unknown", f"You have no order {order_id}.")


def still_waiting() -> Unavailable:
    """The book stayed taken for longer than a caller waits. What became of the order is not known yet, and that is said."""
    return Unavailable(
        "order_waits",
        "This market is busy. Your order waits and will still be placed. The same request under the same Idempotency-Key "
        "is given its result; without a key, look into your orders before you send it again.",
    )


def refusal(refused: Refused) -> Problem:
    """The problem that a refused order is."""
    facts: dict[str, Any] = {
        name: value if isinstance(value, int) or value is None else str(value)
        for name, value in refused.facts.items()
    }
    return Conflict(refused.code, WORDS[refused.code].format(**facts), **facts)
