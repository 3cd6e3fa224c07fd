"""The date that a total belongs to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

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


@pytest.mark.parametrize(
    ("text", "filed", "day"),
    [
        ("As of August 31, Acme holds 1,000 BTC.", date(2025, 9, 2), date(2025, 8, 31)),
        ("As of December 31, Acme held 1,000 BTC.", date(2026, 1, 5), date(2025, 12, 31)),
        (
            "Acme announced that as of January 4th at 3:30 PM ET its holdings are comprised of 1,000 BTC.",
            date(2026, 1, 5),
            date(2026, 1, 4),
        ),
        ("Total BTC holdings as of September 30: 1,000", date(2025, 10, 3), date(2025, 9, 30)),
        ("As at 30 June the Group held 1,000 Bitcoin.", date(2025, 7, 2), date(2025, 6, 30)),
        (
            "Acquired 5 BTC at an average price of $111,000\nBTC holdings as of August 31: 1,000 BTC\nCash: $5 million",
            date(2025, 9, 2),
            date(2025, 8, 31),
        ),
    ],
)
def test_a_day_without_a_year_is_the_last_such_day_before_the_document(
    text: str, filed: date, day: date
) -> None:
    candidate = read(text, filed=filed).current("BTC")
    assert candidate is not None
    assert (candidate.holdings, candidate.as_of, candidate.notes) == (Decimal(1_000), day, ())


def test_a_day_without_a_year_that_is_long_ago_is_doubted() -> None:
    candidate = read("As of March 31, Acme held 1,000 BTC.", filed=date(2025, 12, 1)).current("BTC")
    assert candidate is not None
    assert candidate.confidence < Decimal("0.75")
    assert candidate.notes


@pytest.mark.parametrize(
    "text",
    [
        "We held 4,846 bitcoins as of July 16, 2025 and 5,021 bitcoins as of July 30, 2025.",
        "As of July 16, 2025, we held 4,846 bitcoins, and as of July 30, 2025, we held 5,021 bitcoins.",
        "As of July 16, 2025 we held 4,846 bitcoins and as of July 30, 2025 5,021 bitcoins.",
    ],
)
def test_each_number_of_a_sentence_has_its_own_date(text: str) -> None:
    assert [(c.holdings, c.as_of) for c in read(text).candidates] == [
        (Decimal(5_021), date(2025, 7, 30)),
        (Decimal(4_846), date(2025, 7, 16)),
    ]


def test_the_date_of_a_former_number_is_not_the_new_ones() -> None:
    text = "As of October 19, 2025, total ETH holdings rose to 859,853, up from 840,012 on October 5."
    assert [c.as_of for c in read(text, filed=date(2025, 10, 21)).candidates] == [date(2025, 10, 19)]
    undated = read("ETH holdings reached 859,853, up from 840,012 on October 5.", filed=date(2025, 10, 21))
    assert [c.as_of for c in undated.candidates] == [date(2025, 10, 21)]


def test_three_dates_and_three_numbers_respectively() -> None:
    text = (
        "As of July 30, 2025, June 30, 2025 and December 31, 2024, we held 5,021, 4,636 and 2,298 bitcoins, "
        "respectively."
    )
    assert [(c.holdings, c.as_of) for c in read(text).candidates] == [
        (Decimal(5_021), date(2025, 7, 30)),
        (Decimal(4_636), date(2025, 6, 30)),
        (Decimal(2_298), date(2024, 12, 31)),
    ]


def test_a_month_end_of_a_named_month() -> None:
    candidate = read("In July 2025, Acme produced 484 BTC and held 19,287 BTC at month end.").current("BTC")
    assert candidate is not None
    assert (candidate.holdings, candidate.as_of) == (Decimal(19_287), date(2025, 7, 31))


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        (
            "As of June 30, 2025 and December 31, 2024, the Company held 500 and 300 bitcoin, respectively, and 2,000 "
            "and 1,000 ether, respectively.",
            {("BTC", "2025-06-30", 500), ("BTC", "2024-12-31", 300), ("ETH", "2025-06-30", 2000),
             ("ETH", "2024-12-31", 1000)},
        ),
        (
            "At June 30, 2025 and March 31, 2025, we held 1,000 ETH and 800 ETH and 50 BTC and 40 BTC, respectively.",
            {("ETH", "2025-06-30", 1000), ("ETH", "2025-03-31", 800), ("BTC", "2025-06-30", 50), ("BTC", "2025-03-31", 40)},
        ),
        (
            "As of December 31, 2024 and 2023, we held 500 and 300 bitcoin, respectively.",
            {("BTC", "2024-12-31", 500), ("BTC", "2023-12-31", 300)},
        ),
        (
            "We held 500 and 300 bitcoin as of June 30 and March 31, 2025, respectively.",
            {("BTC", "2025-06-30", 500), ("BTC", "2025-03-31", 300)},
        ),
        (
            "As of June 30, 2025 and March 31, 2025, we held 500 and 300 bitcoin, respectively, of which 40 and 10 "
            "bitcoin, respectively, were pledged.",
            {("BTC", "2025-06-30", 500), ("BTC", "2025-03-31", 300)},
        ),
        (
            "We held 2,000 ether and 500 bitcoin at June 30, 2025 and 1,000 ether and 300 bitcoin at March 31, 2025, "
            "respectively.",
            set(),
        ),
        ("As of June 30, 2025 and March 31, 2025, we held 500 shares and 300 bitcoin, respectively.", set()),
    ],
)  # fmt: skip
def test_numbers_in_order_are_of_one_coin_each(text: str, stated: set[tuple[str, str, int]]) -> None:
    found = {
        (c.asset, str(c.as_of), int(c.holdings)) for c in read(text).candidates if c.holdings is not None
    }
    assert found == stated


@pytest.mark.parametrize(
    "text",
    [
        "At fiscal year-end (June 30, 2025) Acme held 2,225.5 BTC.",
        "As of quarter end (June 30, 2025), Acme held 2,225.5 BTC.",
        "Acme held 2,225.5 BTC at quarter-end, June 30, 2025.",
        "At the end of the second quarter, June 30, 2025, Acme held 2,225.5 BTC.",
        "As of: 2025-06-30, Acme held 2,225.5 BTC.",
        "Acme held 2,225.5 BTC. As of: 2025-06-30.",
        "Bitcoin holdings: 2,225.5 BTC. mNAV: 1.12x. As of: 2025-06-30.",
    ],
)
def test_a_day_told_by_its_place_in_the_year_and_its_date(text: str) -> None:
    candidate = read(text).current("BTC")
    assert candidate is not None
    assert (candidate.holdings, candidate.as_of) == (Decimal("2225.5"), date(2025, 6, 30))
