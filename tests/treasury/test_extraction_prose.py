"""What sentences of filings and press releases state, and what they do not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.treasury import wordings
from tests.treasury.documents import COINS, read, totals

STATED = {
    "as filings say it": (
        "As of July 1, 2025, Acme, together with its subsidiaries, held an aggregate of approximately 3,192 "
        "bitcoins, which were "
        "acquired at an aggregate purchase price of approximately $280.4 million and an average purchase price "
        "of approximately "
        "$87,854 per bitcoin, inclusive of fees and expenses.",
        {"BTC": 3192},
    ),
    "a headline": (
        "Acme Holdings, Inc. Announces Updated BTC Activity; Purchased Additional 871 BTC; Now Holds "
        "3,192 BTC; YTD BTC Yield of 152.2%",
        {"BTC": 3192},
    ),
    "a purchase brings a total": (
        "The purchase brings the Company's total Bitcoin holdings to 2,321 BTC.",
        {"BTC": 2321},
    ),
    "a participle": (
        "Acme acquired an additional 237 BTC, bringing its total holdings to 2,321 BTC, worth "
        "nearly $192 million.",
        {"BTC": 2321},
    ),
    "fractions": (
        "Acme now holds a total of 1,600.5 Bitcoin at an average price of £79,534 per Bitcoin.",
        {"BTC": "1600.5"},
    ),
    "a label": ("Total Bitcoin Holdings: 1,600 BTC", {"BTC": 1600}),
    "the number alone": (
        "As of August 31, 2025, the Company's total ETH holdings were 837,230, valued at "
        "approximately $3.6 billion.",
        {"ETH": 837230},
    ),
    "several coins in a list": (
        "As of September 7, 2025 at 5:00 p.m. ET, Acme's crypto holdings are comprised of 2,069,443 ETH at "
        "$4,312 per ETH, 192 Bitcoin "
        "(BTC), a $214 million stake in Beta Holdings and unencumbered cash of $266 million.",
        {"ETH": 2069443, "BTC": 192},
    ),
    "the new number, not the old": (
        "Acme increased its total ETH holdings from 840,100 ETH to 859,853 ETH.",
        {"ETH": 859853},
    ),
    "the old number after the new": (
        "Acme's ETH holdings reached 859,853 as of August 19, 2025, from 840,100 a week before.",
        {"ETH": 859853},
    ),
    "growth, then the total": (
        "The Company's total holdings increased by 50 BTC to 1,050 BTC.",
        {"BTC": 1050},
    ),
    "the total, of which some are pledged": (
        "As of June 30, 2025, the Company held a total of 18,536 BTC, of "
        "which 5,000 BTC were loaned or pledged as collateral.",
        {"BTC": 18536},
    ),
    "production and sales beside it": (
        "In June the Company produced 590 BTC and sold 100 BTC. The Company held 9,334 BTC at month end.",
        {"BTC": 9334},
    ),
    "compared to the year's end": (
        "The Company held 1,250 BTC, compared to 980 BTC at December 31, 2024.",
        {"BTC": 1250},
    ),
    "units of coins": (
        "As of the date of this announcement, the Group held approximately 3,670 units of BTC "
        "and approximately 302 units of ETH.",
        {"BTC": 3670, "ETH": 302},
    ),
    "the sum of purchases": (
        "To date, Acme has purchased a total of 38,250 bitcoins at an aggregate purchase "
        "price of $425 million.",
        {"BTC": 38250},
    ),
    "a treasury that stands at": ("Acme's bitcoin treasury now stands at 1,021 BTC.", {"BTC": 1021}),
    "coins and their equivalents": (
        "Acme's SOL treasury now totals approximately 6,910,568 SOL and SOL "
        "equivalents with an average cost of $232 per SOL.",
        {"SOL": 6910568},
    ),
    "a subsidiary's": (
        "The Company's wholly-owned subsidiary, Beta LLC, held 200 BTC as of June 30, 2025.",
        {"BTC": 200},
    ),
    "a relative clause": ("Acme, which owns 2,000 BTC, announced a new chief executive.", {"BTC": 2000}),
    "the quarter's end": (
        "Acme ended the quarter with 1,058 BTC in treasury, a 12% increase.",
        {"BTC": 1058},
    ),
    "a holding after a sale": (
        "The Company sold 250 BTC in August 2025 and holds 1,000 BTC as of August 31, 2025.",
        {"BTC": 1000},
    ),
    "coins held by": (
        "The approximately 132,500 bitcoins held by Acme and its subsidiaries as of December 27, "
        "2022 were acquired at $4.03 billion.",
        {"BTC": 132500},
    ),
    "a scale word": ("We own approximately 4.1 million ETH, nearly 3.4% of supply.", {"ETH": 4100000}),
    "zero is a value": ("As of June 30, 2025, the Company held 0 bitcoin.", {"BTC": 0}),
}
NOT_STATED = {
    "a purchase alone": "Between January 11, 2025 and February 3, 2025, Acme acquired 871 bitcoins for $88.5 million.",
    "production": "Acme produced 1,202 BTC in October 2025 and 9,812 BTC year-to-date.",
    "an aim": "Acme aims to hold 10,000 BTC by the end of 2026.",
    "a plan for holdings": "Acme plans to grow its bitcoin holdings to 21,000 BTC by 2027.",
    "a goal": "The Company's 2026 goal of 5,000 BTC remains unchanged.",
    "an authority": "The board authorised the Company to purchase up to 500 BTC.",
    "a possibility": "The Company may acquire 500 BTC, bringing its holdings to 1,500 BTC.",
    "an expectation": "Acme expects to hold approximately 2,000 BTC upon closing of the merger.",
    "a condition": "If we held 100,000 bitcoins and the price fell by 10%, we would lose a lot.",
    "an example": "For example, assuming the Company held 1,000 BTC at the end of the period, BTC Gain would be 50 BTC.",
    "a denial": "The Company does not hold 1,000 BTC.",
    "another company's": "Strategy holds 640,031 bitcoins, more than any other company.",
    "a competitor's": "Our competitor Beta Corp. held 5,000 bitcoin as of March 1, 2025.",
    "another's, as a possessive": "Beta's bitcoin holdings of 5,000 BTC exceed ours.",
    "everybody's": "Public companies collectively hold more than 1,000,000 BTC.",
    "customers'": "Our customers held 25,000 bitcoin on the platform.",
    "directors'": "Acme's directors own 1,200 BTC personally.",
    "a person's": "Mr. Doe personally owns 17,732 BTC.",
    "an investee's": "The Fund (in which we have a 5% interest) holds 9,000 BTC.",
    "a government's sale": "The German government sold about 50,000 bitcoin in January 2024.",
    "a former number": "Holdings were up from 980 BTC at December 31, 2024.",
    "a former holding": "The Company had previously held 900 BTC.",
    "per share": "The Company holds 0.0516 BTC for every 10,000 shares.",
    "per thousand shares": "ETH concentration rose to 3.94 ETH per 1,000 diluted shares.",
    "satoshis": "Each share represents 5,120 satoshis.",
    "a pledge": "The Company pledged 1,000 BTC as collateral for the loan.",
    "collateral": "The collateral, including approximately 69,080 bitcoins, was released.",
    "a loan": "Under the loan, the Company borrowed 150 BTC from the lender.",
    "machines": "The Company operates 12,000 Bitcoin miners and 3 bitcoin ATMs.",
    "all that will ever be": "The Company holds 21,000,000 bitcoin.",
    "the coin's supply": "The Bitcoin network has issued more than 19 million bitcoin.",
    "money": "The Company holds $250.0 million in bitcoin.",
}


@pytest.mark.parametrize("name", STATED)
def test_a_total_is_found(name: str) -> None:
    text, expected = STATED[name]
    assert totals(text) == {coin: Decimal(number) for coin, number in expected.items()}


@pytest.mark.parametrize("name", NOT_STATED)
def test_what_is_no_total_is_left(name: str) -> None:
    assert totals(NOT_STATED[name]) == {}


@pytest.mark.parametrize("text", wordings.STATED)
def test_more_totals(text: str) -> None:
    assert totals(text) == {coin: Decimal(number) for coin, number in wordings.STATED[text].items()}


@pytest.mark.parametrize("text", wordings.NOT_STATED)
def test_more_that_are_no_totals(text: str) -> None:
    assert totals(text) == {}


def test_a_total_comes_with_its_date_cost_average_price_and_purchase() -> None:
    found = read(
        "On February 4, 2025, Acme announced that, during the period between January 11, 2025 and February 3, "
        "2025, it acquired "
        "approximately 871 bitcoins for approximately $88.5 million in cash, at an average price of "
        "approximately $101,616 per "
        "bitcoin, inclusive of fees. As of February 3, 2025, the Company held 3,192 bitcoins, which were "
        "acquired for an aggregate "
        "$280.4 million at an average purchase price of $87,854 per bitcoin."
    )
    (candidate,) = found.candidates
    assert (candidate.holdings, candidate.as_of) == (Decimal(3192), date(2025, 2, 3))
    assert (candidate.total_cost, candidate.average_price) == (Decimal(280_400_000), Decimal(87_854))
    assert (candidate.purchased, candidate.purchase_cost) == (Decimal(871), Decimal(88_500_000))
    assert (candidate.period_start, candidate.period_end) == (date(2025, 1, 11), date(2025, 2, 3))
    assert candidate.purchase_average_price == Decimal(101_616)
    assert candidate.currency == "USD"
    assert "held 3,192 bitcoins" in candidate.evidence
    assert candidate.confidence > Decimal("0.9")


def test_the_market_price_of_a_holding_is_not_its_cost() -> None:
    candidate = read(
        "As of September 7, 2025, the Company held 192 BTC at $111,000 per BTC, worth $21.3 million."
    ).current("BTC")
    assert candidate is not None
    assert (candidate.total_cost, candidate.average_price) == (None, None)


@pytest.mark.parametrize(
    ("wording", "surer"),
    [
        (
            "As of June 30, 2025, the Company held more than 3,300 BTC.",
            "As of June 30, 2025, the Company held approximately 3,303 BTC.",
        ),
        (
            "As of June 30, 2025, the Company held approximately 3,303 BTC.",
            "As of June 30, 2025, the Company held 3,303 BTC.",
        ),
        ("The Company holds 3,303 BTC.", "As of June 30, 2025, the Company held 3,303 BTC."),
        ("To date, the Company has purchased a total of 3,303 BTC.", "The Company holds 3,303 BTC."),
    ],
    ids=["rounded", "approximate", "undated", "cumulative"],
)
def test_what_is_less_certain_has_less_confidence(wording: str, surer: str) -> None:
    less, more = read(wording).current("BTC"), read(surer).current("BTC")
    assert less is not None
    assert more is not None
    assert 0 < less.confidence < more.confidence <= 1
    assert less.notes or less.exactness == "approximate"


def test_two_totals_for_one_day_are_both_doubted() -> None:
    found = read(
        "As of June 30, 2025, the Company held 100 BTC.\n\nAs of June 30, 2025, the Company held 140 BTC."
    )
    assert [candidate.holdings for candidate in found.candidates] == [Decimal(100), Decimal(140)]
    assert all(candidate.confidence <= Decimal("0.5") for candidate in found.candidates)
    assert all(
        "another number is stated for the same date" in candidate.notes for candidate in found.candidates
    )


def test_a_total_said_twice_is_one_candidate_and_surer() -> None:
    once = read("As of June 30, 2025, the Company held 140 BTC.")
    twice = read(
        "As of June 30, 2025, the Company held 140 BTC.\n\nOur holdings at June 30, 2025 were 140 bitcoin."
    )
    assert len(twice.candidates) == 1
    assert twice.candidates[0].confidence > once.candidates[0].confidence


def test_only_the_coins_asked_for_are_reported() -> None:
    assert totals("The Company holds 5 BTC and 7 ETH.", assets=("ETH",)) == {"ETH": Decimal(7)}


def test_may_is_a_month() -> None:
    found = read(
        "On May 18, 2025, Acme announced that it had purchased 229 bitcoins for $10.0 million in cash."
    )
    assert [candidate.purchased for candidate in found.candidates] == [Decimal(229)]


def test_a_first_purchase_is_the_total_if_the_document_says_that_it_is_all() -> None:
    text = (
        "Acme has purchased 6,822,000 SOL at an average price of $232 per SOL. This initial purchase was "
        "made with cash."
    )
    candidate = read(text).current("SOL")
    assert candidate is not None
    assert (candidate.holdings, candidate.rule) == (Decimal(6_822_000), "first purchase")
    assert candidate.confidence <= Decimal("0.6")
    assert totals(text.replace("This initial", "This")) == {}
    assert totals(text.replace("purchased", "purchased an additional")) == {}


def test_a_purchase_with_which_a_treasury_policy_is_adopted_is_the_first() -> None:
    text = (
        "The board adopted bitcoin as its treasury reserve asset, and the Company has purchased 581 bitcoins."
    )
    assert totals(text) == {"BTC": Decimal(581)}


def test_a_rounded_headline_is_the_exact_total_of_the_text() -> None:
    text = (
        "Acme ETH Holdings Reach 4.14 Million ETH\n\nAs of September 7, 2025, the Company held 4,143,502 ETH."
    )
    assert [candidate.holdings for candidate in read(text).candidates] == [Decimal(4_143_502)]


def test_why_something_was_left_is_said() -> None:
    warnings = " ".join(
        read("Strategy holds 640,031 bitcoins. Acme aims to hold 10,000 BTC by 2027.").warnings
    )
    assert "Another's holdings" in warnings
    assert "A plan or an assumption" in warnings


def test_a_company_is_known_by_the_names_it_gives_itself() -> None:
    text = 'Beta Mining Corp. (the "Company" or "BMC") reports that BMC held 55 BTC as of June 30, 2025.'
    assert totals(text, company_names=(), tickers=()) == {"BTC": Decimal(55)}


@pytest.mark.parametrize("coin", COINS)
def test_a_symbol_is_no_word(coin: str) -> None:
    assert totals(f"The Company holds 12 {coin.lower()}ution tokens.") == {}
