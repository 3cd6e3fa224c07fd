"""Tables whose heads are coins, or units with their dates; the end of a roll-forward."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.treasury.documents import page, read, row


@pytest.mark.parametrize("name", ["Bitcoin", "BTC", "Bitcoin (BTC)"])
def test_heads_of_units_with_their_dates(name: str) -> None:
    body = page(
        row("Digital asset", "Units held at 30 Jun 2025", "Units held at March 31, 2025"),
        row(name, "412.55", "390.10"),
        row("Ethereum", "5,120", "5,100"),
    )
    found = read(body, kind="html").candidates
    assert {(c.asset, c.as_of, c.holdings) for c in found} == {
        ("BTC", date(2025, 6, 30), Decimal("412.55")),
        ("BTC", date(2025, 3, 31), Decimal("390.10")),
        ("ETH", date(2025, 6, 30), Decimal(5_120)),
        ("ETH", date(2025, 3, 31), Decimal(5_100)),
    }
    values = body.replace("Units held", "Fair value")
    assert read(values, kind="html").candidates == ()


@pytest.mark.parametrize(
    "label",
    [
        "Bitcoin, end of period",
        "Bitcoin at end of the period",
        "Bitcoin – ending balance",
        "BTC at month-end",
    ],
)
def test_the_end_of_a_roll_forward(label: str) -> None:
    rows = (
        row("", "Three months ended June 30, 2025"),
        row("Bitcoin, beginning of period", "1,250"),
        row("Bitcoin mined", "210"),
        row("Bitcoin sold", "(160)"),
    )
    (candidate,) = read(page(*rows, row(label, "1,300")), kind="html").candidates
    assert (candidate.holdings, candidate.as_of) == (Decimal(1_300), date(2025, 6, 30))
    assert read(page(*rows, row(label, "$1,300")), kind="html").candidates == ()


COINS_ABOVE = row("", "BTC", "ETH")


def test_a_column_for_each_coin_and_rows_of_holdings_with_their_dates() -> None:
    body = page(
        COINS_ABOVE,
        row("Holdings at March 31, 2025", "390.1", "5,100"),
        row("Purchased", "25", "20"),
        row("Holdings at June 30, 2025", "415.1", "—"),
    )
    found = read(body, kind="html").candidates
    assert {(c.asset, c.as_of, c.holdings) for c in found} == {
        ("BTC", date(2025, 6, 30), Decimal("415.1")),
        ("BTC", date(2025, 3, 31), Decimal("390.1")),
        ("ETH", date(2025, 6, 30), Decimal(0)),
        ("ETH", date(2025, 3, 31), Decimal(5_100)),
    }


@pytest.mark.parametrize(
    "rows",
    [
        (COINS_ABOVE, row("Price at June 30, 2025", "107,000", "2,490")),
        (row("Date", "BTC", "ETH"), row("June 30, 2025", "107,000", "2,490")),
        (COINS_ABOVE, row("", "US$'000", "US$'000"), row("Holdings at June 30, 2025", "107,000", "2,490")),
        (row("US$'000", "BTC", "ETH"), row("Holdings at June 30, 2025", "107,000", "2,490")),
    ],
    ids=["prices", "nothing said", "money below the coins", "money in the corner"],
)
def test_a_column_for_each_coin_that_is_not_of_what_is_held(rows: tuple[str, ...]) -> None:
    assert read(page(*rows), kind="html").candidates == ()


def test_a_dash_in_a_column_of_units_is_a_zero_and_said_to_be_one() -> None:
    body = page(
        row("", "June 30, 2025", "March 31, 2025"), row("", "Units", "Units"), row("Solana", "–", "12,000")
    )
    candidate = read(body, kind="html").current("SOL")
    assert candidate is not None
    assert (candidate.holdings, candidate.as_of) == (Decimal(0), date(2025, 6, 30))
    assert candidate.confidence <= Decimal("0.8")
    assert candidate.notes
