"""Orders over HTTP: placed, previewed, amended, cancelled, listed; and their trades."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.later import later
from chalicelib.core.models import Id, Page
from chalicelib.exchange import order_examples as examples

if TYPE_CHECKING:
    from chalicelib.exchange import order_models as models
    from chalicelib.exchange import orders, previews
else:
    models, orders, previews = later("chalicelib.exchange", "order_models", "orders", "previews")

BATCH_BODY = 2 * 1024 * 1024
"""A thousand orders with all their fields, written in the longest way that is usual (indented, each character of a
client_order_id as two escapes of six), are less than this."""

routes = Routes(__name__, "exchange")


@routes.post(
    "/v1/exchange/offerings/{offering_id}/orders",
    status=201,
    idempotent=True,
    example=examples.PLACE_ORDER,
)
def place_order(tx: Tx, offering_id: Id, body: models.NewOrder, key: str | None) -> models.OrderResult:
    """Place an order. It trades at once with what rests at its price or better, by price and then by time.

    Trades are at the price of the order that was there first. What is left rests in the book (`day`, `gtc`) or is cancelled
    (`ioc`, `fok`); in a call before an auction orders only collect. A purchase holds its limit times its shares and 2 %
    commission of your cash, a sale its shares; what is not needed is free again at once.

    409 says why an order is refused, and nothing is left of it: `insufficient_cash`, `insufficient_shares`, `self_trade`
    (it could trade with another order of yours, which `order_id` names), `off_tick`, `odd_lot`, `too_large`, `call_phase`,
    `offering_halted`, `offering_closed`, `client_order_id_used`, `too_many_open_orders`. Send an Idempotency-Key: if the
    answer is lost on its way, the same request again gets it, and there is one order. So it does after 503 `order_waits`,
    which says that the market is busy and the order will still be placed.
    """
    return orders.place(tx, offering_id, body, key)


@routes.post(
    "/v1/exchange/offerings/{offering_id}/orders/batch",
    idempotent=True,
    max_body=BATCH_BODY,
    example=examples.PLACE_ORDERS,
)
def place_orders(tx: Tx, offering_id: Id, body: models.NewOrders) -> models.BatchResults:
    """Place up to 1,000 orders of one offering, one after the other and with nobody else's in between.

    Each has its own result: the order with its trades, or the problem for which it was refused. A refused order does not
    stop those after it.
    """
    return orders.place_many(tx, offering_id, body)


@routes.post(
    "/v1/exchange/offerings/{offering_id}/preview",
    scope="exchange:read",
    example=examples.PREVIEW_ORDER,
)
def preview_order(tx: Tx, offering_id: Id, body: models.NewOrder) -> models.Preview:
    """What an order would do if it were placed now: what it would trade, cost and hold. Nothing is placed.

    An order that would be refused is refused here with the same code.
    """
    return previews.preview(tx, offering_id, body)


@routes.get("/v1/exchange/orders", example=examples.LIST_ORDERS)
def list_orders(tx: Tx, query: models.OrdersQuery) -> Page[models.Order]:
    """Your orders, the newest first. `status=open` for those that can still trade."""
    return orders.list_orders(tx, query)


@routes.get("/v1/exchange/orders/{order_id}", example=examples.SHOW_ORDER)
def show_order(tx: Tx, order_id: Id) -> models.Order:
    """One of your orders."""
    return orders.show(tx, order_id)


@routes.patch("/v1/exchange/orders/{order_id}", example=examples.AMEND_ORDER)
def amend_order(tx: Tx, order_id: Id, body: models.OrderChange) -> models.OrderResult:
    """Amend an open limit order: its shares, its price, or both.

    With fewer shares at the same price it keeps its place in the queue. With more shares or another price it goes to the
    end of the queue at its price, and may trade at once like a new order. 409 besides the codes of a new order:
    `order_not_open`, `not_a_limit_order`, and `already_filled` where no lot would be left open: cancel it instead.
    """
    return orders.amend(tx, order_id, body)


@routes.delete("/v1/exchange/orders/{order_id}", example=examples.CANCEL_ORDER)
def cancel_order(tx: Tx, order_id: Id) -> models.Order:
    """Cancel an open order; also what is left of a partly filled one. Works while trading is halted, too.

    409 `order_not_open` tells the `order_status` of an order that was faster.
    """
    return orders.cancel(tx, order_id)


@routes.delete("/v1/exchange/offerings/{offering_id}/orders", example=examples.CANCEL_ORDERS)
def cancel_orders(tx: Tx, offering_id: Id) -> models.Cancelled:
    """Cancel all your open orders in one offering."""
    return orders.cancel_all(tx, offering_id)


@routes.delete("/v1/exchange/orders", example=examples.CANCEL_ALL_ORDERS)
def cancel_all_orders(tx: Tx) -> models.Cancelled:
    """Cancel all your open orders in all offerings, in one transaction: all or none."""
    return orders.cancel_all(tx)


@routes.get("/v1/exchange/fills", example=examples.LIST_FILLS)
def list_fills(tx: Tx, query: models.FillsQuery) -> Page[models.OwnFill]:
    """Your trades, the newest first: what you bought and sold, at which price, and what it cost or gained."""
    return orders.list_fills(tx, query)
