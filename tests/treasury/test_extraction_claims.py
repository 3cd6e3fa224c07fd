"""Numbers of coins that a document names without saying that the company holds them now, and statements of none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.treasury.documents import FILED, read, totals

OTHERS = {
    "another company that says it": "Coinbase, a custodian, said that it holds 12,000 BTC. We hold 300 BTC.",
    "an investee": "The Company holds 300 BTC. Beta Mining, in which the Company owns 20%, holds 4,004 BTC.",
    "a peer first": "Beta holds 628,791 bitcoin and is the largest holder; with 300 bitcoin, Acme is the 14th largest.",
    "a former peak": "At its peak in 2021 the Company held 9,500 bitcoin. Today the Company holds 300 bitcoin.",
    "an adoption long ago": "The Company holds 300 BTC. Acme adopted bitcoin in May 2023, when it held 81 BTC.",
    "a year ago": "A year ago we held 500 BTC. We hold 300 BTC.",
    "a refuted number": "The release incorrectly stated that the Company held 900 BTC. The Company holds 300 BTC.",
    "not this but that": "The Company holds 300 BTC, rather than 900 BTC.",
    "an average": "Average bitcoin holdings were 900 BTC for the quarter. Our bitcoin holdings are 300 BTC.",
    "an average number": "The average number of bitcoin held was 900; the number held at June 30, 2025 was 300 bitcoin.",
    "a fund that it manages": "The Trust sponsored by Acme held 9,000 BTC. We hold 300 BTC.",
    "a quarter long ago": "In the first quarter of 2024, we held 900 BTC. We hold 300 BTC.",
    "a date set apart": "Acme's Bitcoin holdings, as of September 5, 2025, stood at 300 BTC and ETH holdings at 5 ETH.",
    "parts": "Our total BTC holdings were 300, comprised of 200 native BTC and 100 BTC in a fund.",
    "parts in custody": "The Company holds 300 BTC, of which 100 BTC were held in vaults and 200 BTC were held by Beta.",
    "a subsidiary's part": "Acme holds 300 BTC, inclusive of 52 BTC held by Beta Corp., a majority-owned subsidiary.",
    "a subsidiary's own sentence": "Acme holds 300 BTC. Beta Corp., its majority-owned subsidiary, held 52 BTC.",
    "a swap": "The Group converted 14,200 ETH held by the Group into 115 BTC. The Group holds 300 BTC.",
    "purchases less sales": "Since adopting its strategy, Acme has bought 410 BTC and sold 110; it holds 300 BTC.",
    "an assumption before the fact": "Assume that the Company holds 900 BTC. Actual holdings were 300 BTC.",
    "an opinion of others": "According to Gamma Research, Acme holds 900 BTC. The Company holds 300 BTC.",
    "a possessive": "Acme's 300 BTC treasury consists of 200 unrestricted BTC and 100 BTC pledged.",
}


@pytest.mark.parametrize("name", OTHERS)
def test_only_what_the_company_holds_now_is_a_total(name: str) -> None:
    found = [c for c in read(OTHERS[name]).candidates if c.asset == "BTC" and c.holdings is not None]
    assert [c.holdings for c in found] == [Decimal(300)]
    assert found[0].confidence > Decimal("0.7")


@pytest.mark.parametrize(
    "text",
    [
        "In our base case the company holds 12,500 BTC.",
        "Under the upside scenario we hold 12,500 BTC.",
        "According to Gamma Research, Acme holds 11,509 BTC.",
        "Analysts at Beta estimate that the Company holds 11,509 BTC.",
        "Data from Gamma suggest that the Company holds 11,509 BTC.",
        "An earlier report erroneously said that we held 1,200 BTC.",
        "We have 700 BTC left to acquire under the plan.",
        "The Group swapped 10,000 ETH into 400 BTC.",
        "Our average holdings were 900 BTC.",
    ],
)
def test_what_is_supposed_reported_by_others_or_refuted_is_no_total(text: str) -> None:
    assert totals(text) == {}


def test_what_was_sold_whole_is_none() -> None:
    text = "Acme liquidated its entire bitcoin position of 500 BTC and no longer holds any bitcoin."
    assert totals(text) == {"BTC": Decimal(0)}


def test_a_former_holding_alone_is_doubted() -> None:
    for text in ("At its peak the Company held 9,500 bitcoin.", "In 2021 we held 9,500 bitcoin."):
        candidate = read(text).current("BTC")
        assert candidate is None or (candidate.confidence < Decimal("0.4") and candidate.notes)


def test_a_subsidiarys_holding_alone_is_doubted() -> None:
    candidate = read("As of June 30, 2025, our majority-owned subsidiary held 52 BTC.").current("BTC")
    assert candidate is not None
    assert candidate.confidence < Decimal("0.75")
    assert candidate.notes
    through = read("As of June 30, 2025, we held, through our wholly-owned subsidiary, 52 BTC.").current(
        "BTC"
    )
    assert through is None or not through.notes


@pytest.mark.parametrize(
    ("text", "held"),
    [
        (
            "We sold 75% of our bitcoin, leaving us with approximately 10,725 bitcoin as of June 30, 2025.",
            10_725,
        ),
        ("Acme sold 300 BTC; as of June 30, 2025, it had 9,720 bitcoins remaining.", 9_720),
        ("Acme sold 300 BTC and had 700 BTC left as of June 30, 2025.", 700),
        ("Acme retained 700 BTC after the sale.", 700),
        ("Recently, Acme announced it now holds 700 BTC.", 700),
        ("Management said it holds 700 BTC.", 700),
        ("With 5,021 bitcoin, Acme ranks 14th among public companies.", 5_021),
        ("Approximately 1,100 BTC was held by Acme as at June 30, 2025.", 1_100),
    ],
)
def test_what_is_left_is_a_total(text: str, held: int) -> None:
    assert totals(text) == {"BTC": Decimal(held)}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (
            "As of June 30, 2025, the Company did not hold any bitcoin, having sold all 1,021 bitcoin it held.",
            date(2025, 6, 30),
        ),
        ("Following the sale, Acme no longer holds any bitcoin as of August 31, 2025.", date(2025, 8, 31)),
        ("We do not currently own any BTC.", FILED),
    ],
)
def test_that_none_is_held_is_a_zero(text: str, day: date) -> None:
    candidate = read(text).current("BTC")
    assert candidate is not None
    assert (candidate.holdings, candidate.as_of) == (Decimal(0), day)
    assert candidate.confidence <= Decimal("0.85")


@pytest.mark.parametrize(
    "text",
    [
        "The Company does not hold any bitcoin on behalf of customers.",
        "The Company does not hold any bitcoin other than through funds.",
        "The Company's directors do not hold any bitcoin.",
        "We may not hold any bitcoin at all.",
        "If we do not hold any bitcoin, our shares may fall.",
        "We do not hold any bitcoin until the offering closes.",
    ],
)
def test_a_limited_or_supposed_denial_is_no_zero(text: str) -> None:
    assert totals(text) == {}


def test_the_price_of_a_purchase_is_not_that_of_the_total() -> None:
    after = "Acme Expands Holdings to 1,021 BTC with a $10 million purchase at an average price of $108,884 per bitcoin."
    candidate = read(after, assets=("BTC",)).current("BTC")
    assert candidate is not None
    assert (candidate.total_cost, candidate.average_price) == (None, None)
    assert (candidate.purchase_cost, candidate.purchase_average_price) == (
        Decimal(10_000_000),
        Decimal(108_884),
    )
    later = "Acme holds 1,021 BTC. The latest purchase was made at an average price of $107,861 per bitcoin."
    assert read(later).candidates[0].average_price is None


def test_what_all_cost_may_stand_before_the_total() -> None:
    candidate = read(
        "Acme's total bitcoin acquisitions have reached $101 million at an average price of $98,627 per bitcoin, "
        "bringing total BTC holdings to 1,021 BTC."
    ).current("BTC")
    assert candidate is not None
    assert (candidate.total_cost, candidate.average_price) == (Decimal(101_000_000), Decimal(98_627))
    own = read(
        "Acme holds 1,100 BTC, purchased for a total of $105 million at an average price of $95,455 per BTC."
    )
    assert (own.candidates[0].total_cost, own.candidates[0].average_price) == (105_000_000, 95_455)


def test_a_purchase_that_a_list_and_a_sentence_tell_is_one() -> None:
    found = read("BTC purchased: 63 BTC\nTotal BTC held: 1,021\n\nAcme purchased 63 BTC.").candidates
    assert [(c.holdings, c.purchased) for c in found] == [(Decimal(1_021), Decimal(63))]


def test_a_headline_above_a_dateline_is_a_sentence_of_its_own() -> None:
    text = """Acme Expands Holdings to 1,021 BTC
AUSTIN, Aug. 25, 2025 (GLOBE NEWSWIRE) -- Acme Holdings, Inc. today named a new director."""
    candidate = read(text, source="globenewswire", filed=date(2025, 8, 25)).current("BTC")
    assert candidate is not None
    assert candidate.evidence == "Acme Expands Holdings to 1,021 BTC"


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("held nil Bitcoin (December 31, 2024: 42.11 Bitcoin)", {"2025-06-30": "0", "2024-12-31": "42.11"}),
        (
            "did not hold any BTC (31 December 2024: 42.11 units of BTC)",
            {"2025-06-30": "0", "2024-12-31": "42.11"},
        ),
        ("held no Bitcoin (2024: 42.11 Bitcoin)", {"2025-06-30": "0"}),
        ("held no Bitcoin (prior year: 42.11 Bitcoin)", {"2025-06-30": "0"}),
        ("held Bitcoin worth US$5.2 million (31 December 2024: 42.11 Bitcoin)", {"2024-12-31": "42.11"}),
    ],
)
def test_a_comparative_in_brackets_is_of_its_own_day(now: str, then: dict[str, str]) -> None:
    found = {
        str(c.as_of): str(c.holdings)
        for c in read(f"As at 30 June 2025, the Group {now}.").candidates
        if c.asset == "BTC"
    }
    assert found == then


@pytest.mark.parametrize(
    "text",
    [
        "we held 1,500 BTC with Beta Custody and 500 BTC with Gamma Trust.",
        "we held 1,500 BTC in cold storage and 500 BTC on exchange.",
        "we held 1,500 BTC unencumbered and 500 BTC pledged under our credit facility.",
        "we held 1,500 unrestricted bitcoin and 500 restricted bitcoin.",
        "we held 1,500 self-mined BTC and 500 purchased BTC.",
        "we held 1,500 BTC in the United States, 300 BTC in Japan and 200 BTC in Hong Kong.",
        "we held 1,500 BTC plus 500 BTC lent to third parties.",
        "we held 1,500 BTC, excluding 500 BTC pledged as collateral.",
        "we held 1,500 BTC. In addition, we held 500 BTC pledged as collateral.",
        "we held 1,500 BTC. Additionally, we held 500 BTC in escrow.",
    ],
)
def test_one_of_two_amounts_of_a_coin_is_no_sure_total(text: str) -> None:
    found = [c for c in read(f"As of July 31, 2025, {text}").candidates if c.holdings is not None]
    assert found
    assert all(c.confidence <= Decimal("0.5") and c.notes for c in found)


@pytest.mark.parametrize(
    "text",
    [
        "we held 1,500 BTC, of which 500 BTC were pledged.",
        "we held 1,500 BTC and sold 500 BTC.",
        "we held 1,500 BTC and purchased 500 BTC.",
        "we held 1,500 BTC, 500 BTC more than a year ago.",
        "we held 1,500 BTC: 1,000 BTC in vaults and 500 BTC on exchange.",
        "we held a total of 1,500 BTC, 1,000 BTC in vaults and 500 BTC on exchange.",
        "we held 1,500 BTC and 20 ETH, compared to 1,400 BTC and 10 ETH at December 31, 2024.",
        "we held 1,500 BTC. In addition, we held 500 ETH.",
    ],
)
def test_a_total_beside_its_parts_or_a_change_stays_sure(text: str) -> None:
    candidate = read(f"As of July 31, 2025, {text}").current("BTC")
    assert candidate is not None
    assert (candidate.holdings, candidate.as_of) == (Decimal(1_500), date(2025, 7, 31))
    assert candidate.confidence > Decimal("0.8")


def test_a_part_gives_way_to_the_total() -> None:
    text = "As of July 31, 2025, we held 1,500 BTC in vaults and 500 BTC on exchange. In total, we hold 2,000 BTC."
    assert [c.holdings for c in read(text).candidates] == [Decimal(2_000)]


@pytest.mark.parametrize(
    "text",
    [
        "Acme Bitcoin Trust held 4,500 bitcoin.",
        "Acme Digital Fund I held 4,500 bitcoin.",
        "The Acme Foundation held 4,500 bitcoin.",
        "Acme Bitcoin Fund LP, which we manage, held 4,500 bitcoin.",
        "Acme Capital, our former parent, held 4,500 bitcoin.",
        "Acme Mining Inc., an unrelated company, held 4,500 bitcoin.",
        "Acme Convertible Notes Trustee held 4,500 bitcoin.",
        "The directors and officers of Acme collectively held 4,500 bitcoin.",
        "The founder of the Company held 4,500 bitcoin.",
        "Shareholders of Acme held 4,500 bitcoin.",
        "Users of Acme held 4,500 bitcoin.",
        "Acme held 4,500 bitcoin in custody for institutional clients.",
        "Acme held 4,500 bitcoin in assets under custody.",
        "Acme held 4,500 bitcoin under management.",
    ],
)
def test_others_with_the_companys_name_and_what_it_keeps_for_others_are_not_its_own(text: str) -> None:
    assert totals(text) == {}


def test_an_apposition_that_describes_the_company_leaves_it_its_own() -> None:
    assert totals("Acme, an independent bitcoin miner, held 45 bitcoin.") == {"BTC": Decimal(45)}


def test_a_company_that_is_a_trust_holds_its_own() -> None:
    text = "Acme Bitcoin Trust held 4,500 bitcoin."
    assert totals(text, company_names=("Acme Bitcoin Trust",)) == {"BTC": Decimal(4_500)}
