"""The ledger: what follows from each type of transaction, in which order, and what cannot have happened."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.portfolio.ledger import Ledger, replay
from chalicelib.portfolio.lots import Book, Lot, arithmetic
from chalicelib.portfolio.records import Rates, Refused, Rules, Split, Transaction

D = Decimal
SHARE, COIN = 1, 2
DAY = date(2024, 3, 1)
ids = count(1)


def done(
    type_: str,
    quantity: Any,
    price: Any = 1,
    asset: int | None = None,
    at: str = "2024-03-01T10:00",
    **more: Any,
) -> Transaction:
    """Something that was done on 1 March 2024 at ten, in US dollars, unless told otherwise."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    currency = more.get("currency", "USD")
    return Transaction(
        more.get("id", next(ids)), moment, type_, asset, D(str(quantity)), D(str(price)), currency,
        D(str(more.get("fee", 0))), more.get("fee_currency", currency), D(str(more.get("tax", 0))),
    )  # fmt: skip


def lines(ledger: Ledger) -> list[tuple[str, int | None, str | None, Decimal]]:
    return [(line.kind, line.asset_id, line.currency, line.amount) for line in ledger.entries()]


def test_a_purchase_implies_the_deposit_that_it_needs() -> None:
    ledger = replay([done("buy", 10, 100, SHARE, fee=5)], [], Rules())
    assert lines(ledger) == [
        ("implied", None, "USD", 1005),
        ("cash", None, "USD", 1005),
        ("holding", SHARE, None, 10),
        ("cash", None, "USD", -1005),
        ("fee", SHARE, "USD", 5),
    ]
    assert ledger.cash == {"USD": 0}
    assert ledger.books[SHARE].cost == 1000  # fees are a line of their own


def test_a_sale_realises_price_gains_and_lists_its_costs() -> None:
    history = [done("buy", 10, 100, SHARE), done("sell", 4, 130, SHARE, fee=2, tax=3)]
    ledger = replay(history, [], Rules())
    assert lines(ledger)[-5:] == [
        ("holding", SHARE, None, -4),
        ("cash", None, "USD", 515),
        ("realised", SHARE, "USD", 120),
        ("fee", SHARE, "USD", 2),
        ("tax", SHARE, "USD", 3),
    ]


def test_a_dividend_is_gross_with_its_tax_beside_it() -> None:
    ledger = replay([done("buy", 10, 100, SHARE), done("dividend", 30, 1, SHARE, tax="4.5")], [], Rules())
    assert lines(ledger)[-3:] == [
        ("cash", None, "USD", D("25.5")),
        ("dividend", SHARE, "USD", 30),
        ("tax", SHARE, "USD", D("4.5")),
    ]
    assert ledger.books[SHARE].dividends == 30


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("deposit", [("flow", None, "USD", 50), ("cash", None, "USD", 50)]),
        ("withdrawal", [("flow", None, "USD", -50), ("cash", None, "USD", -50)]),
        ("interest", [("cash", None, "USD", 50), ("interest", None, "USD", 50)]),
        ("fee", [("cash", None, "USD", -50), ("fee", None, "USD", 50)]),
        ("tax", [("cash", None, "USD", -50), ("tax", None, "USD", 50)]),
    ],
)
def test_movements_of_cash(type_: str, expected: list[Any]) -> None:
    ledger = replay(
        [done("deposit", 1000, at="2024-02-01T00:00"), done(type_, 50)], [], Rules(strict_cash=True)
    )
    assert lines(ledger)[2:] == expected


def test_transfers_are_flows_of_what_they_are_worth() -> None:
    history = [done("transfer_in", 2, 40000, COIN), done("transfer_out", 1, 45000, COIN, fee=7)]
    ledger = replay(history, [], Rules())
    assert lines(ledger) == [
        ("flow", COIN, "USD", 80000),
        ("holding", COIN, None, 2),
        ("implied", None, "USD", 7),
        ("cash", None, "USD", 7),
        ("flow", COIN, "USD", -45000),
        ("holding", COIN, None, -1),
        ("cash", None, "USD", -7),
        ("realised", COIN, "USD", 5000),
        ("fee", COIN, "USD", 7),
    ]


def test_a_fee_in_another_currency_is_paid_in_it() -> None:
    history = [
        done("deposit", 100, at="2024-02-01T00:00", currency="EUR"),
        done("deposit", 1000, at="2024-02-01T00:00"),
        done("buy", 10, 100, SHARE, fee=4, fee_currency="EUR"),
    ]
    assert replay(history, [], Rules(strict_cash=True)).cash == {"EUR": 96, "USD": 0}


def test_things_of_one_moment_happen_in_the_order_of_their_ids() -> None:
    buy, sell = done("buy", 1, 100, SHARE, id=8), done("sell", 1, 110, SHARE, id=9)
    ledger = replay([sell, buy], [], Rules())
    assert [line.transaction_id for line in ledger.entries()] == [8] * 4 + [9] * 3
    with pytest.raises(Refused):
        replay([sell._replace(id=7), buy], [], Rules())


def test_a_split_comes_before_its_days_transactions() -> None:
    history = [
        done("buy", 10, 1500, SHARE, at="2024-08-07T23:59:59.999999"),
        done("sell", 40, 160, SHARE, at="2024-08-08T00:00"),
    ]
    ledger = replay(history, [Split(SHARE, date(2024, 8, 8), D(10))], Rules())
    assert [(line.kind, line.amount) for line in ledger.entries() if line.kind in ("holding", "split")] == [
        ("holding", 10),
        ("split", 10),
        ("holding", 90),
        ("holding", -40),
    ]
    assert ledger.books[SHARE].realised == 40 * 160 - 40 * 150


def test_a_split_of_what_is_not_held_leaves_no_trace() -> None:
    splits = [Split(SHARE, date(2024, 2, 1), D(2)), Split(COIN, date(2024, 4, 1), D(2))]
    ledger = replay([done("buy", 1, 1, SHARE)], splits, Rules())
    assert ledger.split_entries == []
    assert ledger.books[SHARE].quantity == 1


def test_a_sale_beyond_the_holding_is_refused_with_what_is_missing() -> None:
    late = done("sell", 12, 100, SHARE, at="2024-03-05T10:00")
    with pytest.raises(Refused) as refused:
        replay([done("buy", 10, 100, SHARE), late], [], Rules())
    assert (refused.value.code, refused.value.transaction, refused.value.have, refused.value.shortfall) == (
        "insufficient_holding", late, 10, 2,
    )  # fmt: skip


def test_what_is_not_there_cannot_be_transferred_away_even_where_short_sales_are_allowed() -> None:
    rules = Rules(allow_short=True)
    assert replay([done("sell", 1, 100, SHARE)], [], rules).books[SHARE].quantity == -1
    with pytest.raises(Refused):
        replay([done("transfer_out", 1, 100, SHARE)], [], rules)


def test_spending_beyond_the_cash_is_refused_where_cash_is_strict() -> None:
    history = [done("deposit", 100), done("buy", 1, 100, SHARE, fee="0.50")]
    with pytest.raises(Refused) as refused:
        replay(history, [], Rules(strict_cash=True))
    assert refused.value.code == "insufficient_cash"
    assert (refused.value.currency, refused.value.have, refused.value.shortfall) == ("USD", 100, D("0.50"))


def test_an_implied_deposit_is_only_what_is_missing() -> None:
    history = [
        done("buy", 1, 100, SHARE, at="2024-03-01T10:00"),
        done("sell", 1, 130, SHARE, at="2024-03-02T10:00"),
        done("buy", 2, 90, SHARE, at="2024-03-03T10:00"),
        done("withdrawal", 20, at="2024-03-04T10:00"),
    ]
    implied = [line.amount for line in replay(history, [], Rules()).entries() if line.kind == "implied"]
    assert implied == [100, 50, 20]


RATES: Rates = {("EUR", DAY): D("1.10"), ("EUR", date(2024, 3, 4)): D("1.20")}


def test_cost_of_one_asset_in_two_currencies_is_converted_at_each_days_rate() -> None:
    history = [
        done("buy", 1, 100, SHARE, at="2024-03-01T09:00"),
        done("buy", 1, 100, SHARE, at="2024-03-01T10:00", currency="EUR"),
        done("sell", 2, 100, SHARE, at="2024-03-04T10:00", currency="EUR"),
        done("dividend", 5, 1, SHARE, at="2024-03-04T11:00", currency="EUR"),
    ]
    book = replay(history, [], Rules(), RATES).books[SHARE]
    assert (book.currency, book.realised, book.dividends) == ("USD", 2 * 120 - (100 + 110), 6)
    gain = next(line for line in replay(history, [], Rules(), RATES).entries() if line.kind == "realised")
    assert (gain.currency, gain.amount) == ("USD", 30)


@pytest.mark.parametrize("fifo", [False, True], ids=["average", "fifo"])
def test_an_unknown_rate_makes_an_unknown_cost_and_not_a_guess(fifo: bool) -> None:
    history = [
        done("buy", 1, 100, SHARE, at="2024-03-01T09:00"),
        done("buy", 1, 100, SHARE, at="2024-03-02T10:00", currency="EUR"),
        done("sell", 1, 150, SHARE, at="2024-03-05T10:00"),
    ]
    book = replay(history, [], Rules(fifo=fifo), RATES).books[SHARE]
    assert (book.cost, book.average_price) == (None, None)
    assert book.realised == (50 if fifo else None)  # by FIFO the first dollar lot went, whose cost is known
    emptied = replay(
        [*history, done("sell", 1, 1, SHARE, at="2024-03-06T10:00")], [], Rules(fifo=fifo), RATES
    )
    assert (emptied.books[SHARE].cost, emptied.books[SHARE].realised) == (0, None)


def test_many_things_of_one_moment_keep_their_order() -> None:
    history = [done("buy", 1, 100 + n, SHARE, at="2024-03-01T00:00", id=n + 1) for n in range(500)]
    later = done("sell", 500, 1, SHARE, at="2024-03-01T00:00:00.001", id=501)
    entries = replay([later, *reversed(history)], [Split(SHARE, DAY, D(2))], Rules(fifo=True)).entries()
    order = [line.transaction_id for line in entries]
    assert order == sorted(order, key=lambda one: one or 0)
    assert len({line.place for line in entries}) == len(entries)


moves = st.lists(
    st.tuples(
        st.sampled_from(
            ["buy", "sell", "dividend", "deposit", "withdrawal", "transfer_in", "transfer_out", "fee"]
        ),
        st.sampled_from([SHARE, COIN]),
        st.decimals("0.01", "50", places=2),
        st.decimals("0", "200", places=3),
        st.integers(0, 20),
    ),
    min_size=1,
    max_size=25,
)


@given(moves, st.booleans())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_ledger_goes_on_from_its_stored_state(listed: list[Any], fifo: bool) -> None:
    """Whatever was booked: the next transaction on the stored state gives what a replay of everything gives."""
    rules = Rules(fifo=fifo, allow_short=True)
    history = []
    for number, (type_, asset, quantity, price, days) in enumerate(listed, start=1):
        owner = None if type_ in ("deposit", "withdrawal", "fee") else asset
        one = done(type_, quantity, price or 1, owner, f"2024-03-{days + 1:02}T10:00", id=number, fee="0.1")
        try:
            replay([*history, one], [], rules)
        except Refused:
            continue
        history.append(one)
    history.sort(key=lambda each: (each.at, each.id))
    if not history:
        return
    try:
        before = replay(history[:-1], [], rules)
        whole = replay(history, [], rules)
    except Refused:
        return
    resumed = Ledger(rules)
    last = before.outcomes[-1].place if before.outcomes else None
    resumed.resume([_stored(book) for book in before.books.values()], before.cash, last)
    with arithmetic():
        assert resumed.apply(history[-1]) == whole.outcomes[-1]
    assert resumed.cash == whole.cash
    assert [_state(book) for book in resumed.books.values()] == [
        _state(book) for book in whole.books.values()
    ]


def _stored(book: Book) -> Book:
    """As it would be read from the tables."""
    again = Book(book.asset_id, book.currency, book.first_day, book.fifo)
    again.realised, again.dividends = book.realised, book.dividends
    lots = [Lot(lot.place, lot.transaction_id, lot.opened_at, lot.quantity, lot.cost) for lot in book.lots]
    again.resume(lots, book.quantity, book.known_cost, book.unknown_lots)
    return again


def _state(book: Book) -> tuple[Any, ...]:
    lots = [(lot.place, lot.transaction_id, lot.opened_at, lot.quantity, lot.cost) for lot in book.lots]
    return (book.asset_id, book.quantity, book.cost, book.realised, book.dividends, book.first_day, lots)
