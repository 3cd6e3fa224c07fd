"""What holds after whatever people do: shares and cash are conserved, the book is uncrossed, nobody is passed over."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings

from chalicelib.exchange import money
from chalicelib.exchange.matching import Outcome
from chalicelib.exchange.records import Book, Order
from tests.exchange.streams import Stream, steps_of, streams

EXAMPLES = settings(max_examples=100, deadline=None, derandomize=True)


def outcomes(stream: Stream) -> Iterator[tuple[Book, Outcome]]:
    """What was accepted, with the book before it."""
    for _, before, answer in steps_of(stream.book(), stream.steps):
        if isinstance(answer, Outcome):
            yield before, answer


@EXAMPLES
@given(streams())
def test_shares_and_cash_are_conserved(stream: Stream) -> None:
    start = stream.book()
    shares = sum(holding.shares_owned for holding in start.holdings.values())
    cash = sum(account.balance for account in start.accounts.values())
    for _, outcome in outcomes(stream):
        book = outcome.book
        assert sum(holding.shares_owned for holding in book.holdings.values()) == shares
        assert sum(account.balance for account in book.accounts.values()) + book.commission_earned == cash


@EXAMPLES
@given(streams())
def test_nobody_spends_or_sells_what_they_do_not_have(stream: Stream) -> None:
    """And what is reserved is exactly what the open orders need."""
    for _, outcome in outcomes(stream):
        book = outcome.book
        for user, account in book.accounts.items():
            needed = sum((order.reserved_cash for order in book.open_orders(user)), Decimal(0))
            assert 0 <= needed == account.reserved <= account.balance
        for user, holding in book.holdings.items():
            offered = sum(order.reserved_shares for order in book.open_orders(user))
            assert 0 <= offered == holding.shares_reserved <= holding.shares_owned
            assert holding.cost >= 0
            assert holding.shares_owned > 0 or holding.cost == 0


@EXAMPLES
@given(streams(phases=["continuous"]))
def test_the_book_is_never_crossed(stream: Stream) -> None:
    for _, outcome in outcomes(stream):
        bid, ask = outcome.book.highest_bid, outcome.book.lowest_ask
        assert bid is None or ask is None or bid < ask


@EXAMPLES
@given(streams())
def test_nobodys_own_open_orders_cross_also_not_in_a_call(stream: Stream) -> None:
    for _, outcome in outcomes(stream):
        for user in outcome.book.accounts:
            mine = outcome.book.open_orders(user)
            assert not [
                one for one in mine for other in mine if one.crosses(other.order_type, other.price_per_share)
            ]


@EXAMPLES
@given(streams())
def test_a_trade_is_at_the_resting_orders_price_and_within_both_limits(stream: Stream) -> None:
    for before, outcome in outcomes(stream):
        for fill in outcome.fills:
            buy, sell = outcome.book.orders[fill.buy_order_id], outcome.book.orders[fill.sell_order_id]
            maker = sell if fill.taker == "buy" else buy
            assert fill.price == maker.price_per_share == before.orders[maker.id].price_per_share
            assert buy.price_per_share is not None
            assert fill.price <= buy.price_per_share
            assert sell.price_per_share is None or fill.price >= sell.price_per_share
            assert fill.buyer != fill.seller
            assert fill.shares % stream.lot == 0
            assert fill.shares > 0


@EXAMPLES
@given(streams())
def test_nobody_with_a_better_price_or_an_older_order_is_passed_over(stream: Stream) -> None:
    """Makers are taken in the order of the book, each whole before the next; those left out come after all of them."""
    for before, outcome in outcomes(stream):
        if not outcome.fills:
            continue
        taker = outcome.order
        queue = [order.id for order in before.resting("sell" if taker.order_type == "buy" else "buy")]
        makers = [fill.sell_order_id if fill.taker == "buy" else fill.buy_order_id for fill in outcome.fills]
        assert makers == queue[: len(makers)]
        assert all(outcome.book.orders[maker].status == "filled" for maker in makers[:-1])
        if taker.remaining:
            assert outcome.book.orders[makers[-1]].status == "filled"


@EXAMPLES
@given(streams())
def test_fill_or_kill_is_all_or_nothing_and_immediate_orders_never_rest(stream: Stream) -> None:
    for _, outcome in outcomes(stream):
        order = outcome.order
        if order.time_in_force == "fok":
            assert order.shares_filled in (0, order.shares_requested)
        if order.time_in_force in ("ioc", "fok"):
            assert not order.is_open


@EXAMPLES
@given(streams())
def test_what_is_filled_is_what_was_traded(stream: Stream) -> None:
    """Orders count their own trades, and commission is on each trade by itself."""
    filled: dict[int, list[tuple[int, Decimal, Decimal]]] = {}
    book = stream.book()
    for _, outcome in outcomes(stream):
        book = outcome.book
        for fill in outcome.fills:
            due = money.commission(fill.price * fill.shares)
            filled.setdefault(fill.buy_order_id, []).append((fill.shares, fill.value, due))
            filled.setdefault(fill.sell_order_id, []).append((fill.shares, fill.value, Decimal(0)))
    for order in book.orders.values():
        trades = filled.get(order.id, [])
        assert (order.shares_filled, order.filled_value, order.commission) == (
            sum(trade[0] for trade in trades), sum(trade[1] for trade in trades), sum(trade[2] for trade in trades)
        )  # fmt: skip


@EXAMPLES
@given(streams())
def test_the_best_of_ones_kind_are_the_oldest_first(stream: Stream) -> None:
    def rank(order: Order) -> tuple[Decimal, int]:
        price = order.price_per_share or Decimal(0)
        return (-price if order.order_type == "buy" else price), order.priority

    for _, outcome in outcomes(stream):
        for side in (outcome.book.resting("buy"), outcome.book.resting("sell")):
            assert all(rank(one) < rank(other) for one, other in pairwise(side))
