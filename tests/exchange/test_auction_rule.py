"""The auction's price: published examples of exchanges, the corners of the rule, and what holds for any book."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.exchange.auction import Book, Clearing, Level, clearing_price

CENT = Decimal("0.01")


def levels(text: str) -> list[Level]:
    """'115x100 110x200' as price levels."""
    pairs = [pair.split("x") for pair in text.split()]
    return [Level(Decimal(price), int(shares)) for price, shares in pairs]


def cleared(
    bids: str, asks: str, reference: str | None = None, market_bids: str = "", market_asks: int = 0
) -> Clearing | None:
    book = Book(levels(bids), levels(asks), levels(market_bids), market_asks)
    return clearing_price(book, None if reference is None else Decimal(reference), CENT)


# ------------------------------------------------------------ published examples


def test_two_bids_meet_two_asks() -> None:
    """Alice bids 115 for 100, Bob 110 for 200; 150 are offered at 108 and 100 at 112; the last trade was at 108."""
    assert cleared("115x100 110x200", "108x150 112x100", "108") == (Decimal(108), 150, 150)


def test_the_closing_auction_of_hong_kong() -> None:
    """HKEX, "Closing Auction Session: examples of order matching", example 1: the equilibrium price is 24.00 with 1,000
    tradeable shares; then an at-auction order to sell 1,000 comes in."""
    bids, asks = "24.05x200 24.00x1000 23.95x400", "23.95x400 24.00x600 24.05x400 24.05x400"
    assert cleared(bids, asks) == (Decimal("24.00"), 1000, 200)
    # by hand: 200, 1,200 and 1,400 shares are then tradeable at 24.05, 24.00 and 23.95
    assert cleared(bids, asks, market_asks=1000) == (Decimal("23.95"), 1400, 200)


def test_the_single_price_auction_of_marketgrid() -> None:
    """MarketGrid's documentation, "Single-Price Auction": the largest executable volume is 290, at 12,400."""
    bids = "13000x45 12900x95 12800x25 12700x35 12600x25 12500x55 12400x200 12300x80 12200x60"
    asks = "13100x35 13000x50 12900x10 12800x15 12700x10 12600x20 12500x90 12400x155 12300x125 12200x10"
    assert cleared(bids, asks) == (Decimal(12400), 290, 190)


# ------------------------------------------------------------ the steps of the rule


def test_among_equal_volumes_the_smallest_surplus_decides() -> None:
    assert cleared("101x100 100x50", "100x100") == (Decimal(101), 100, 0)


@pytest.mark.parametrize(
    ("reference", "price"),
    [("99", "100"), ("100", "100"), ("101.37", "101.37"), ("102", "102"), ("105", "102")],
)
def test_among_equally_good_prices_the_reference_clamped_to_their_range(reference: str, price: str) -> None:
    assert cleared("102x100", "100x100", reference) == (Decimal(price), 100, 0)


def test_without_a_reference_too_many_buyers_take_the_highest_price() -> None:
    assert cleared("102x150", "100x100") == (Decimal(102), 100, 50)


def test_without_a_reference_too_many_sellers_take_the_lowest_price() -> None:
    assert cleared("102x100", "100x150") == (Decimal(100), 100, -50)


@pytest.mark.parametrize(
    ("bid", "ask", "price"),
    [
        ("102", "100", "101.00"),
        ("100.01", "100.00", "100.00"),  # 10,000.5 ticks: half goes to the even one
        ("100.02", "100.01", "100.02"),
        ("100.03", "100.00", "100.02"),
    ],
)
def test_without_a_reference_and_in_balance_the_middle_rounded_to_the_tick(
    bid: str, ask: str, price: str
) -> None:
    assert cleared(f"{bid}x100", f"{ask}x100") == (Decimal(price), 100, 0)


def test_surpluses_on_both_sides_take_the_middle_too() -> None:
    # at 102: 100 wanted, 150 offered; at 100: 150 wanted, 100 offered
    assert cleared("102x100 100x50", "100x100 102x50") == (Decimal("101.00"), 100, 0)


def test_only_market_orders_trade_at_the_reference() -> None:
    assert cleared("", "", "50", market_bids="60x100", market_asks=80) == (Decimal(50), 80, 20)
    assert cleared("", "", None, market_bids="60x100", market_asks=80) is None, "nobody has said a price"
    assert cleared("", "", "50", market_bids="40x100", market_asks=80) is None, (
        "the buyer may not pay as much"
    )


def test_a_market_buys_maximum_is_no_price_of_the_book_but_binds() -> None:
    assert cleared("", "100x50", "90", market_bids="120x50") == (Decimal(100), 50, 0)
    assert cleared("", "100x50", "90", market_bids="99x50") is None


@pytest.mark.parametrize(("bids", "asks"), [("", ""), ("100x10", ""), ("", "100x10"), ("99x10", "100x10")])
def test_what_does_not_cross_has_no_price(bids: str, asks: str) -> None:
    assert cleared(bids, asks, "100") is None


# ------------------------------------------------------------ any book

some_levels = st.lists(st.builds(Level, st.integers(90, 110).map(Decimal), st.integers(1, 500)), max_size=8)
books = st.builds(Book, some_levels, some_levels, some_levels, st.integers(0, 300))
references = st.none() | st.integers(80, 120).map(Decimal)


def wanted(book: Book, price: Decimal) -> int:
    return sum(level.shares for level in (*book.bids, *book.market_bids) if level.price >= price)


def offered(book: Book, price: Decimal) -> int:
    return sum(level.shares for level in book.asks if level.price <= price) + book.market_asks


@given(books, references)
def test_no_limit_of_the_book_would_trade_more(book: Book, reference: Decimal | None) -> None:
    limits = {level.price for level in (*book.bids, *book.asks)}
    volumes = [min(wanted(book, price), offered(book, price)) for price in limits]
    found = clearing_price(book, reference, CENT)
    if found is None:
        assert max(volumes, default=0) == 0 or not limits
        return
    demand, supply = wanted(book, found.price), offered(book, found.price)
    assert found.shares == min(demand, supply) > 0
    assert found.surplus == demand - supply
    assert not limits or (found.shares >= max(volumes) and min(limits) <= found.price <= max(limits))


@given(books, references)
def test_the_price_is_on_the_tick(book: Book, reference: Decimal | None) -> None:
    found = clearing_price(book, reference, CENT)
    assert found is None or found.price % CENT == 0


@given(some_levels, some_levels, references)
def test_mirroring_the_book_mirrors_the_price(
    bids: list[Level], asks: list[Level], reference: Decimal | None
) -> None:
    """Buyers and sellers are treated alike: turned upside down around 100, the book clears at the mirrored price."""

    def mirrored(side: list[Level]) -> list[Level]:
        return [Level(200 - level.price, level.shares) for level in side]

    found = clearing_price(Book(bids, asks), reference, CENT)
    turned = clearing_price(
        Book(mirrored(asks), mirrored(bids)), None if reference is None else 200 - reference, CENT
    )
    assert (found is None) == (turned is None)
    if found is not None and turned is not None:
        assert (turned.price, turned.shares, turned.surplus) == (
            200 - found.price,
            found.shares,
            -found.surplus,
        )
