"""The date that a total belongs to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.treasury.documents import read


def test_a_total_without_a_date_takes_the_documents_and_says_so() -> None:
    candidate = read("The Company holds 3,303 BTC.").current("BTC")
    assert candidate is not None
    assert candidate.as_of == date(2025, 9, 8)
    assert "no date is stated" in candidate.notes[0]


def test_the_latest_date_comes_first() -> None:
    found = read(
        "As of August 31, 2025, the Company held 150 BTC. As of December 31, 2024, the Company held 90 BTC."
    )
    assert [candidate.as_of for candidate in found.candidates] == [date(2025, 8, 31), date(2024, 12, 31)]


def test_a_date_above_a_list_dates_its_items() -> None:
    found = read(
        "Acme announced that as of August 24, 2025:\n\n• Total ETH holdings increased to 797,704 ETH\n\n• "
        "Staking rewards were 1,799 ETH"
    )
    assert found.candidates[0].as_of == date(2025, 8, 24)


def test_a_stated_date_goes_before_none() -> None:
    found = read("We hold 900 bitcoin.\n\nAs of August 31, 2025, the Company held 1,000 BTC.").candidates
    assert [candidate.holdings for candidate in found] == [Decimal(1_000), Decimal(900)]


def test_now_is_the_documents_date() -> None:
    found = read(
        "As of June 30, 2025, the Company held 1,000 BTC. The Company now holds 1,200 BTC."
    ).candidates
    assert [(c.holdings, c.as_of) for c in found] == [
        (Decimal(1_200), date(2025, 9, 8)),
        (Decimal(1_000), date(2025, 6, 30)),
    ]


def test_two_dates_and_two_numbers_respectively() -> None:
    text = (
        "As of June 30, 2025 and December 31, 2024, we held approximately 597 and 447 bitcoins, respectively."
    )
    assert [(c.holdings, c.as_of) for c in read(text).candidates] == [
        (Decimal(597), date(2025, 6, 30)),
        (Decimal(447), date(2024, 12, 31)),
    ]


def test_a_date_after_the_document_is_not_believed() -> None:
    candidate = read("As of December 31, 2025, the Company held 1,000 BTC.").current("BTC")
    assert candidate is not None
    assert candidate.as_of == date(2025, 9, 8)
    assert candidate.confidence < Decimal("0.5")


def test_what_is_included_in_a_total_is_no_other_total() -> None:
    text = (
        "As of August 31, 2025, we held 121,252 ETH. Included in the holdings were 15,084 ETH held in a fund."
    )
    assert [candidate.holdings for candidate in read(text).candidates] == [Decimal(121_252)]
