"""Tables: a period beside a date, key figures by date, production reports, roll-forwards, lists of figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.treasury.documents import page, read, row

GROUPS = row("During Period August 11, 2025 to August 17, 2025", "As of August 17, 2025")
COLUMNS = (
    "BTC Acquired (1)",
    "Aggregate Purchase Price (in millions) (2)",
    "Average Purchase Price (2)",
    "Aggregate BTC Holdings",
    "Aggregate Purchase Price (in billions) (2)",
    "Average Purchase Price (2)",
)
PLAIN = tuple(column.replace(" (in millions)", "").replace(" (in billions)", "") for column in COLUMNS)


def test_a_period_beside_a_date() -> None:
    (candidate,) = read(
        page(GROUPS, row(*COLUMNS), row("430", "$51.4", "$119,666", "629,376", "$46.15", "$73,320")),
        kind="html",
    ).candidates
    assert (candidate.holdings, candidate.as_of) == (Decimal(629_376), date(2025, 8, 17))
    assert (candidate.total_cost, candidate.average_price) == (Decimal(46_150_000_000), Decimal(73_320))
    assert (candidate.purchased, candidate.purchase_cost) == (Decimal(430), Decimal(51_400_000))
    assert candidate.purchase_average_price == Decimal(119_666)
    assert (candidate.period_start, candidate.period_end) == (date(2025, 8, 11), date(2025, 8, 17))
    assert candidate.evidence.startswith("Period August 11, 2025 to August 17, 2025 As of August 17, 2025")


@pytest.mark.parametrize(
    ("head", "total", "expected"),
    [
        ("Aggregate Purchase Price", "$46.15 billion", 46_150_000_000),
        ("Aggregate Purchase Price (in billions)", "$46.15", 46_150_000_000),
        ("Aggregate Purchase Price(in billions)", "$46.15", 46_150_000_000),
        ("Aggregate Purchase Price (in millions)", "$46,150.4", 46_150_400_000),
        ("Aggregate Purchase Price (in thousands)", "$46,150,400", 46_150_400_000),
        ("Aggregate Purchase Price (in millions)", "$46.15 billion", 46_150_000_000),
        ("Aggregate Purchase Price", "$46,150,400,123", 46_150_400_123),
    ],
)
def test_a_unit_in_the_cell_goes_before_the_heads(head: str, total: str, expected: int) -> None:
    columns = (*PLAIN[:4], head, PLAIN[5])
    body = page(GROUPS, row(*columns), row("430", "$51.4 million", "$119,666", "629,376", total, "$73,320"))
    candidate = read(body, kind="html").current("BTC")
    assert candidate is not None
    assert candidate.total_cost == Decimal(expected)
    assert candidate.purchase_cost == Decimal(51_400_000)


@pytest.mark.parametrize("nothing", [("-", "$-", "$-"), ("—", "$—", "$—"), ("0", "—", "—"), ("–", "–", "–")])
def test_a_period_without_a_purchase_has_a_purchase_of_zero(nothing: tuple[str, ...]) -> None:
    candidate = read(
        page(GROUPS, row(*COLUMNS), row(*nothing, "629,376", "$46.15", "$73,320")), kind="html"
    ).current("BTC")
    assert candidate is not None
    assert (candidate.holdings, candidate.purchased, candidate.purchase_average_price) == (
        Decimal(629_376),
        Decimal(0),
        None,
    )


def test_two_periods_in_one_filing() -> None:
    second = row("During Period August 18, 2025 to August 24, 2025", "As of August 24, 2025")
    body = page(
        GROUPS,
        row(*COLUMNS),
        row("430", "$51.4", "$119,666", "629,376", "$46.15", "$73,320"),
        second,
        row(*PLAIN),
        row("3,081", "$356.9 million", "$115,829", "632,457", "$46.50 billion", "$73,527"),
    )
    found = read(body, kind="html").candidates
    assert [(c.holdings, c.as_of) for c in found] == [
        (Decimal(632_457), date(2025, 8, 24)),
        (Decimal(629_376), date(2025, 8, 17)),
    ]
    assert found[0].total_cost == Decimal(46_500_000_000)


def test_a_table_of_shares_sold_is_left_alone() -> None:
    body = page(
        GROUPS,
        row("Security", "Shares Sold", "Notional Value (in millions)", "Net Proceeds (in millions)"),
        row("ACME Stock", "673,527", "$106.1", "$8,063.9"),
    )
    assert read(body, kind="html").candidates == ()


def test_the_same_table_of_another_coin() -> None:
    columns = tuple(column.replace("BTC", "ETH") for column in COLUMNS)
    body = page(GROUPS, row(*columns), row("430", "$1.4", "$3,256", "9,376", "$0.03", "$3,200"))
    candidate = read(body, kind="html").current("ETH")
    assert candidate is not None
    assert candidate.holdings == Decimal(9_376)


def test_key_figures_by_date_with_the_shares_beside_them() -> None:
    body = page(
        row("", "12/31/2024", "8/17/2025"),
        row("Total Bitcoin Holdings", "447,470", "629,376"),
        row("Shares Outstanding (in ‘000s) (1)"),
        row("Class A", "226,138", "283,000"),
        row("Basic Shares Outstanding (2)", "245,778", "302,640"),
        row("Assumed Diluted Shares Outstanding (3)", "281,735", "330,120"),
    )
    found = read(body, kind="html").candidates
    assert [(c.as_of, c.holdings, c.shares, c.share_basis) for c in found] == [
        (date(2025, 8, 17), Decimal(629_376), Decimal(330_120_000), "assumed_diluted"),
        (date(2024, 12, 31), Decimal(447_470), Decimal(281_735_000), "assumed_diluted"),
        (date(2025, 8, 17), None, Decimal(302_640_000), "basic"),
        (date(2024, 12, 31), None, Decimal(245_778_000), "basic"),
    ]


def test_a_table_that_goes_on_after_the_pages_end() -> None:
    first = page(row("", "12/31/2024", "8/17/2025"), row("Total Bitcoin Holdings", "447,470", "629,376"))
    rest = page(
        row("Options Outstanding", "4,956", "4,845"),
        row("Assumed Diluted Shares Outstanding", "281,735", "330,120"),
    )
    candidate = read(first + "<p>4</p>" + rest, kind="html").current("BTC")
    assert candidate is not None
    assert candidate.shares == Decimal(330_120)


def test_a_monthly_production_report() -> None:
    body = page(
        row("Metric", "August 2025<sup>1</sup>", "July 2025", "Month/Month"),
        row("Bitcoin Produced", "477", "484", "-1%"),
        row("Bitcoin Held<sup>2</sup>", "19,309", "19,287", "0%"),
        row("Restricted Bitcoin", "3,300", "3,300", "0%"),
        row("Bitcoin Sold", "450", "475", "-5%"),
        row("Average Price per Bitcoin Sold", "$115,354", "$114,345", "1%"),
    )
    found = read(body, kind="html").candidates
    assert [(c.holdings, c.as_of) for c in found] == [
        (Decimal(19_309), date(2025, 8, 31)),
        (Decimal(19_287), date(2025, 7, 31)),
    ]


def test_a_roll_forward_gives_the_balances_and_not_the_changes() -> None:
    body = page(
        row(
            "",
            "Digital Asset Carrying Value (in thousands)",
            "Approximate Number of Bitcoins Held",
            "Average Purchase Price Per Bitcoin",
        ),
        row("Balance at March 31, 2025", "43,546,079", "528,185", "67,458"),
        row("Digital asset purchases", "6,769,205", "69,140", "97,906"),
        row("Balance at June 30, 2025", "64,362,798", "597,325", "70,982"),
    )
    found = read(body, kind="html").candidates
    assert [(c.holdings, c.as_of) for c in found] == [
        (Decimal(597_325), date(2025, 6, 30)),
        (Decimal(528_185), date(2025, 3, 31)),
    ]


@pytest.mark.parametrize(
    "label",
    [
        "Bitcoin Holdings Fair Value",
        "BTC Acquired",
        "Bitcoin Produced",
        "BTC Yield",
        "BTC Holdings ($ millions)",
        "BTC pledged",
        "BTC held per share",
        "Bitcoin held by customers",
    ],
)
def test_rows_that_are_no_count_of_coins_held(label: str) -> None:
    assert read(page(row("", "6/30/2025"), row(label, "1,234")), kind="html").candidates == ()


def test_a_list_of_figures_gives_purchase_and_total() -> None:
    text = """Details of the purchase:
Bitcoin Purchased: 325
Average Price: £83,525 per Bitcoin ($112,157 per Bitcoin)
Total Purchase: £27,145,693
Total Bitcoin Holdings: 1,600
Total Average Purchase Price: £79,534 per Bitcoin
Total Purchase Amount: £127,254,466
Net cash available: approximately £4,000,000"""
    (candidate,) = read(text).candidates
    assert (candidate.holdings, candidate.total_cost, candidate.average_price) == (1600, 127_254_466, 79_534)
    assert (candidate.purchased, candidate.purchase_cost, candidate.purchase_average_price) == (
        325,
        27_145_693,
        83_525,
    )
    assert candidate.currency == "GBP"


def test_units_of_several_coins_in_a_note_to_the_accounts() -> None:
    body = page(
        '<tr><td></td><td colspan="2">June 30, 2025</td><td colspan="2">December 31, 2024</td></tr>',
        "<tr><td></td><td>Units</td><td>Fair Value</td><td>Units</td><td>Fair Value</td></tr>",
        "<tr><td>Bitcoin</td><td>1,953</td><td>$209,000</td><td>1,000</td><td>$94,000</td></tr>",
        "<tr><td>Ether</td><td>302</td><td>$750</td><td>300</td><td>$1,000</td></tr>",
    )
    assert [(c.asset, c.holdings, c.as_of) for c in read(body, kind="html").candidates] == [
        ("BTC", Decimal(1_953), date(2025, 6, 30)),
        ("ETH", Decimal(302), date(2025, 6, 30)),
        ("BTC", Decimal(1_000), date(2024, 12, 31)),
        ("ETH", Decimal(300), date(2024, 12, 31)),
    ]


def test_a_column_of_quantities_counts_if_the_table_is_of_one_coin() -> None:
    rows = ("<tr><td></td><td>Quantity</td></tr>", "<tr><td>Bitcoin mined</td><td>500</td></tr>")
    balance = "<tr><td>Balance at June 30, 2025</td><td>1,500</td></tr>"
    assert [c.holdings for c in read(page(*rows, balance), kind="html").candidates] == [Decimal(1_500)]
    assert read(page(*rows, "<tr><td>Ether mined</td><td>7</td></tr>", balance), kind="html").candidates == ()


def test_columns_of_plain_text() -> None:
    text = """Metric            Aug 2025     Jul 2025
BTC Produced        477          484
BTC Held         19,309       19,287"""
    assert [(c.holdings, c.as_of) for c in read(text).candidates] == [
        (Decimal(19_309), date(2025, 8, 31)),
        (Decimal(19_287), date(2025, 7, 31)),
    ]


def test_a_row_that_lost_its_columns_is_doubted() -> None:
    candidate = read("Bitcoin Held 19,309 19,287 10,019 0% 93%", kind="pdf_text").current("BTC")
    assert candidate is not None
    assert candidate.confidence < Decimal("0.6")
    assert "several numbers stand in the row; the first is taken" in candidate.notes


def test_a_period_table_that_became_plain_text() -> None:
    text = f"""BTC Update

During Period August 11, 2025 to August 17, 2025 As of August 17, 2025
{" ".join(COLUMNS)}
430 $51.4 $119,666 629,376 $46.15 $73,320"""
    (candidate,) = read(text).candidates
    assert (candidate.holdings, candidate.total_cost) == (Decimal(629_376), Decimal(46_150_000_000))
