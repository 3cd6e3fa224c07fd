"""Orders: placed one at a time or many at once, amended, cancelled, shown; and what they traded."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock, db, idempotency
from chalicelib.core.db import Tx
from chalicelib.core.models import Page, decode_cursor
from chalicelib.exchange import problems
from chalicelib.exchange.order_models import (
    BatchResult,
    BatchResults,
    Cancelled,
    FillsQuery,
    NewOrder,
    NewOrders,
    Order,
    OrderChange,
    OrderResult,
    OrdersQuery,
    OrderTrade,
    OwnFill,
    Refusal,
)
from chalicelib.exchange.outcome import unwrap

queries = db.Queries(__file__, "orders.sql")

LEADERS_AWAITED = 3
"""How many of those who were about to place a waiting order may fail before its caller is told that it waits still."""


def place(tx: Tx, offering_id: int, order: NewOrder, key: str | None = None) -> OrderResult:
    """Places an order. Raises NotFound, Conflict where it is refused, and Unavailable where it still waits.

    Without a `key` that is one statement and one round trip. With one, order and key are one transaction.

    Where the book is taken, the order is written down under `key` and committed, and then waited for: whoever gets the book
    next matches all orders that wait. If this process dies meanwhile, the order is placed all the same, once, and the same
    request under the same key is given its result.
    """
    wanted = {"offering_id": offering_id, "order": order.model_dump_json(), "now": clock.now()}
    if key is None:
        answer = queries.place_order_alone(tx.alone, **_asking(tx), **wanted)
    else:
        answer = queries.place_order(tx.conn, key=key, **wanted)
    result = answer.get("result")
    if result is None:
        result = _awaited(tx, answer["waiting"])
    if "problem" in result and ("waiting" in answer or answer.get("led")):
        # what is refused rolls back; but what was done for others who waited stays done
        if key is not None:
            idempotency.release(tx, key)
        tx.renew()
    return _result(unwrap(result))


def place_many(tx: Tx, offering_id: int, batch: NewOrders) -> BatchResults:
    """Places orders of one offering one after the other, in one transaction; a refused one does not stop the others.

    Raises NotFound where there is no such offering.
    """
    answers = queries.place_orders(
        tx.conn, offering_id=offering_id, batch=batch.model_dump_json(), now=clock.now()
    )
    if all(answer.get("problem", {}).get("code") == "offering_unknown" for answer in answers):
        raise problems.offering_unknown(offering_id)
    results = [_batch_result(answer) for answer in answers]
    accepted = sum(result.order is not None for result in results)
    return BatchResults(accepted=accepted, refused=len(results) - accepted, results=results)


def amend(tx: Tx, order_id: int, change: OrderChange) -> OrderResult:
    """Changes an open limit order; it may trade. Raises NotFound, and Conflict where that is refused."""
    answer = queries.amend_order(
        tx.conn,
        id=order_id,
        shares=change.shares_requested,
        price=change.price_per_share,
        now=clock.now(),
    )
    return _result(unwrap(answer))


def cancel(tx: Tx, order_id: int) -> Order:
    """Cancels an open order. Raises NotFound, and Conflict where it is not open any more."""
    return _order(unwrap(queries.cancel_order(tx.conn, id=order_id, now=clock.now()))["order"])


def cancel_all(tx: Tx, offering_id: int | None = None) -> Cancelled:
    """Cancels all open orders of the caller's, of one offering or of all. Raises NotFound."""
    answer = unwrap(queries.cancel_orders(tx.conn, offering_id=offering_id, now=clock.now()))
    ids = [order["id"] for order in answer["cancelled"]]
    return Cancelled(cancelled=len(ids), order_ids=ids)


def show(tx: Tx, order_id: int) -> Order:
    """One order of the caller's. Raises NotFound."""
    row = queries.show_order(tx.conn, id=order_id, user_id=tx.who.user_id)
    if row is None:
        raise problems.order_unknown(order_id)
    return Order.model_validate(row)


def list_orders(tx: Tx, query: OrdersQuery) -> Page[Order]:
    """The caller's orders, the newest first."""
    before = decode_cursor(query.cursor, int)
    filters = query.model_dump(exclude={"limit", "cursor"})
    rows = queries.list_orders(
        tx.conn,
        user_id=tx.who.user_id,
        before=before[0] if before else None,
        limit=query.limit + 1,
        **filters,
    )
    found = [Order.model_validate(row) for row in rows]
    return Page[Order].of(found, query.limit, lambda order: [order.id])


def list_fills(tx: Tx, query: FillsQuery) -> Page[OwnFill]:
    """The caller's trades, the newest first."""
    before = decode_cursor(query.cursor, int)
    rows = queries.list_fills(
        tx.conn,
        user_id=tx.who.user_id,
        offering_id=query.offering_id,
        order_id=query.order_id,
        before=before[0] if before else None,
        limit=query.limit + 1,
    )
    found = [OwnFill.model_validate(row) for row in rows]
    return Page[OwnFill].of(found, query.limit, lambda fill: [fill.trade_id])


def _asking(tx: Tx) -> dict[str, Any]:
    """Who asks, as statements are told that are a transaction by themselves."""
    return {"user_id": tx.who.user_id, "role": tx.who.role, "origin": tx.who.origin}


def _awaited(tx: Tx, waiting_id: int) -> dict[str, Any]:
    """The result of an order that was written down because its book was taken; that is committed first.

    Raises Unavailable where it waits still.
    """
    from psycopg.errors import LockNotAvailable, QueryCanceled

    asked = _asking(tx) | {"waiting_id": waiting_id, "now": clock.now()}
    for _ in range(LEADERS_AWAITED):
        try:
            answer: dict[str, Any] | None = queries.await_order_alone(tx.alone, **asked)
        except (LockNotAvailable, QueryCanceled) as exc:
            raise problems.still_waiting() from exc
        if answer is not None:
            return answer
    raise problems.still_waiting()


def _order(told: dict[str, Any]) -> Order:
    """The order from all its columns, of which some are nobody's business outside."""
    return Order.model_validate({name: told[name] for name in Order.model_fields})


def _result(answer: dict[str, Any]) -> OrderResult:
    trades = [OrderTrade.model_validate(trade) for trade in answer["trades"]]
    return OrderResult(order=_order(answer["order"]), trades=trades)


def _batch_result(answer: dict[str, Any]) -> BatchResult:
    if "problem" in answer:
        facts = dict(answer["problem"])
        refusal = Refusal(code=facts.pop("code"), detail=facts.pop("detail"), facts=facts)
        return BatchResult(order=None, trades=[], problem=refusal)
    result = _result(answer)
    return BatchResult(order=result.order, trades=result.trades, problem=None)
