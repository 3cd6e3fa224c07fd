"""How documents write numbers of coins, and numbers that are none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.treasury.documents import read, totals


def test_approximately_is_how_a_number_is_stated_and_no_doubt_about_it() -> None:
    candidate = read("As of June 30, 2025, the Group held approximately 3,670 units of BTC.").current("BTC")
    assert candidate is not None
    assert (candidate.holdings, candidate.exactness, candidate.notes) == (Decimal(3_670), "approximate", ())
    rounded = read("As of June 30, 2025, the Group held over 3,600 BTC.").current("BTC")
    assert rounded is not None
    assert (rounded.exactness, len(rounded.notes)) == ("rounded", 1)
    exact = read("As of June 30, 2025, the Group held 3,670 BTC.").current("BTC")
    assert exact is not None
    assert exact.exactness == "exact"


@pytest.mark.parametrize(
    "text",
    [
        "Acme's ETH holdings are 3.43% of the ETH supply.",
        "Acme's ETH holdings represent 5.2% ETH of its treasury.",
        "Acme's ETH holdings now stand at 12 % of all assets.",
        "The Company holds 85% ETH and 15% cash.",
        "Acme's ETH holdings grew by 4.25 per cent.",
    ],
)
def test_a_percentage_is_no_number_of_coins(text: str) -> None:
    assert totals(text) == {}


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ("52,850 (3) bitcoin", 52_850),
        ("2 201 BTC", 2_201),
        ("2\u00a0201 BTC", 2_201),
        ("1 002 201 BTC", 1_002_201),
        ("30,823 $BTC", 30_823),
    ],
)
def test_ways_to_write_a_number_of_coins(written: str, held: int) -> None:
    assert totals(f"As of June 30, 2025, the Company holds {written}.") == {"BTC": Decimal(held)}


def test_a_day_before_a_number_is_no_part_of_it() -> None:
    assert totals("As of June 30 201 BTC held by Acme.") == {"BTC": Decimal(201)}
