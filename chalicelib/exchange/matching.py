"""The rules of continuous trading, as pure functions from a book to the book after it.

This is what the database's functions are held against, and what a preview runs on a copy of the book. Orders trade by
price, then by time, at the price of the order that was there first. What is refused (`Refused`) changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from chalicelib.exchange import money
from chalicelib.exchange.records import (
    IMMEDIATE,
    RESTING,
    Account,
    Book,
    Fill,
    Holding,
    NewOrder,
    Order,
    OrderType,
    Refused,
    User,
)

LARGEST_VALUE = Decimal(10**12)
MOST_OPEN_ORDERS = 10_000
"""Of one person in one offering."""


class Outcome(NamedTuple):
    """The book afterwards, the order as it is now, and its trades in the order in which they happened."""

    book: Book
    order: Order
    fills: Sequence[Fill]


def place(book: Book, user: User, new: NewOrder) -> Outcome:
    """Accepts an order: it trades with what rests at its price or better, and what is left rests, waits or is cancelled.

    `ioc` fills what it can at once, `fok` all of it or nothing; `at_open` and `at_close` wait for their auction. During a
    call orders only collect. Raises Refused: offering_closed, offering_halted, call_phase, off_tick, odd_lot, too_large,
    client_order_id_used, too_many_open_orders, self_trade, insufficient_cash, insufficient_shares.
    """
    _require_phase(book)
    if book.phase == "call" and new.time_in_force in IMMEDIATE:
        raise Refused("call_phase", ends_at=book.ends_at)
    _require_size(book, new.shares_requested, new.price_per_share)
    _require_unused(book, user, new.client_order_id)
    if len(book.open_orders(user)) >= MOST_OPEN_ORDERS:
        raise Refused("too_many_open_orders", maximum=MOST_OPEN_ORDERS)
    order = Order(
        book.next_id, user, new.order_type, new.pricing, new.time_in_force, new.shares_requested, new.price_per_share,
        new.client_order_id, book.lot_size, book.next_priority,
    )  # fmt: skip
    _require_no_self_trade(book, order)
    _require_covered(book, order)
    numbered = replace(book, next_id=book.next_id + 1, next_priority=book.next_priority + 1)
    return _entered(numbered, order)


def amend(
    book: Book, user: User, order_id: int, shares: int | None = None, price: Decimal | None = None
) -> Outcome:
    """Changes an open limit order's shares (all of them, the filled ones included) or price; None leaves it as it is.

    With the same price and no more shares it keeps its priority. Any other change gives it a new one, and it is matched
    like a new order: Eurex's rule for the priority time stamp (eurex.com, "Order handling"). Raises Refused: order_unknown,
    order_not_open, offering_closed, offering_halted, not_a_limit_order, off_tick, odd_lot, too_large, already_filled,
    self_trade, insufficient_cash, insufficient_shares.
    """
    order = _own_open(book, user, order_id)
    _require_phase(book)
    if order.pricing != "limit":
        raise Refused("not_a_limit_order", order_id=order_id)
    shares = order.shares_requested if shares is None else shares
    price = order.price_per_share if price is None else price
    _require_size(book, shares, price)
    if shares < order.shares_filled + book.lot_size:
        raise Refused("already_filled", shares_filled=order.shares_filled, lot_size=book.lot_size)
    amended = replace(order, shares_requested=shares, price_per_share=price)
    _require_no_self_trade(book, amended)
    _require_covered(book, amended, order)
    if price == order.price_per_share and shares <= order.shares_requested:
        return Outcome(_Draft(book).put(amended).done(), amended, [])
    last = replace(book, next_priority=book.next_priority + 1)
    return _entered(last, replace(amended, priority=book.next_priority))


def cancel(book: Book, user: User, order_id: int, reason: str = "user") -> Outcome:
    """Takes an open order out of the book; what it reserved is free at once.

    Raises Refused: order_unknown, order_not_open.
    """
    cancelled = _own_open(book, user, order_id).cancelled(reason)
    return Outcome(_Draft(book).put(cancelled).done(), cancelled, [])


def cancel_all(book: Book, user: User, reason: str = "user") -> tuple[Book, list[int]]:
    """Takes all of somebody's open orders out of the book: the book afterwards, and their ids."""
    draft, ids = _Draft(book), []
    for order in book.open_orders(user):
        draft.put(order.cancelled(reason))
        ids.append(order.id)
    return draft.done(), ids


def _entered(book: Book, order: Order) -> Outcome:
    """The order in the book: matched where trading is continuous, and over where it may not stay."""
    draft, fills = _Draft(book).put(order), []
    if book.phase == "continuous" and order.time_in_force in RESTING | IMMEDIATE:
        for maker, shares in _matches(book, order):
            fills.append(draft.trade(order.id, maker.id, shares))
    order = draft.orders[order.id]
    if order.is_open and order.time_in_force in IMMEDIATE:
        order = order.cancelled("fill_or_kill" if order.time_in_force == "fok" else "immediate_or_cancel")
        draft.put(order)
    return Outcome(draft.done(), order, fills)


def _matches(book: Book, taker: Order) -> list[tuple[Order, int]]:
    """With which resting orders the taker trades how many shares: the best price first, then the oldest."""
    found, left = [], taker.remaining
    for maker in book.resting(_other_side(taker.order_type)):
        if left == 0 or not maker.crosses(taker.order_type, taker.price_per_share):
            break
        found.append((maker, min(left, maker.remaining)))
        left -= found[-1][1]
    return [] if left and taker.time_in_force == "fok" else found


class _Draft:
    """A book being changed: the one place where orders, cash and shares move."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.orders = dict(book.orders)
        self.accounts = dict(book.accounts)
        self.holdings = dict(book.holdings)
        self.earned = book.commission_earned
        self.last_price = book.last_price

    def put(self, order: Order) -> _Draft:
        """Stores an order as it is now; what its owner has reserved follows."""
        before = self.orders.get(order.id)
        self.orders[order.id] = order
        account = self.accounts.get(order.user, Account())
        holding = self.holdings.get(order.user, Holding())
        cash = order.reserved_cash - (before.reserved_cash if before else 0)
        shares = order.reserved_shares - (before.reserved_shares if before else 0)
        if cash:
            self.accounts[order.user] = replace(account, reserved=account.reserved + cash)
        if shares:
            self.holdings[order.user] = replace(holding, shares_reserved=holding.shares_reserved + shares)
        return self

    def trade(self, taker_id: int, maker_id: int, shares: int) -> Fill:
        """Shares change hands at the maker's price; the buyer pays value and commission."""
        taker, maker = self.orders[taker_id], self.orders[maker_id]
        buy, sell = (taker, maker) if taker.order_type == "buy" else (maker, taker)
        price = maker.price_per_share
        assert price is not None, "what rests has a price"
        held = self.holdings[sell.user]
        seller_cost = money.cost_of_sold(held.cost, shares, held.shares_owned)
        fill = Fill(buy.id, sell.id, buy.user, sell.user, shares, price, taker.order_type, seller_cost)
        self.put(buy.filled(fill)).put(sell.filled(fill))
        self.holdings[buy.user] = self.holdings.get(buy.user, Holding()).bought(fill)
        self.holdings[sell.user] = self.holdings[sell.user].sold(fill)
        self._pay(buy.user, -fill.value - fill.commission)
        self._pay(sell.user, fill.value)
        self.earned += fill.commission
        self.last_price = price
        return fill

    def _pay(self, user: User, amount: Decimal) -> None:
        account = self.accounts.get(user, Account())
        self.accounts[user] = replace(account, balance=account.balance + amount)

    def done(self) -> Book:
        return replace(
            self.book,
            orders=self.orders,
            accounts=self.accounts,
            holdings=self.holdings,
            commission_earned=self.earned,
            last_price=self.last_price,
        )


def _other_side(order_type: OrderType) -> OrderType:
    return "sell" if order_type == "buy" else "buy"


def _own_open(book: Book, user: User, order_id: int) -> Order:
    order = book.orders.get(order_id)
    if order is None or order.user != user:
        raise Refused("order_unknown", order_id=order_id)
    if not order.is_open:
        raise Refused("order_not_open", order_id=order_id, order_status=order.status)
    return order


def _require_phase(book: Book) -> None:
    if book.phase in ("closed", "halted"):
        raise Refused(f"offering_{book.phase}")


def _require_size(book: Book, shares: int, price: Decimal | None) -> None:
    if price is not None and price % book.tick_size:
        raise Refused("off_tick", tick_size=book.tick_size)
    if shares % book.lot_size:
        raise Refused("odd_lot", lot_size=book.lot_size)
    if shares * (money.CENT if price is None else price) > LARGEST_VALUE:
        raise Refused("too_large", maximum=LARGEST_VALUE)


def _require_unused(book: Book, user: User, client_order_id: str | None) -> None:
    if client_order_id is None:
        return
    for order in book.orders.values():
        if order.user == user and order.client_order_id == client_order_id:
            raise Refused("client_order_id_used", order_id=order.id)


def _require_no_self_trade(book: Book, order: Order) -> None:
    """Nobody trades with themselves: an order that could is refused as a whole, so that a person's open orders never cross,
    neither in continuous trading nor in an auction."""
    for other in book.open_orders(order.user):
        if other.id != order.id and other.crosses(order.order_type, order.price_per_share):
            raise Refused("self_trade", order_id=other.id)


def _require_covered(book: Book, order: Order, before: Order | None = None) -> None:
    """What the order may cost, or offers, must be free. `before` is the same order as it stands, with its reserve."""
    if order.order_type == "buy":
        available = book.account(order.user).available + (before.reserved_cash if before else 0)
        if order.reserved_cash > available:
            raise Refused("insufficient_cash", needed=order.reserved_cash, available=available)
    else:
        free = book.holding(order.user).free + (before.reserved_shares if before else 0)
        if order.reserved_shares > free:
            raise Refused("insufficient_shares", offered=order.reserved_shares, free=free)
