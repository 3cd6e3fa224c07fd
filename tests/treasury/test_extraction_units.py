"""In what a table's numbers are counted: coins, money, thousands; totals and their parts; a dash."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.treasury.documents import page, read, row

HEADS = row("", "June 30, 2025", "December 31, 2024")


def held(*rows: str, before: str = "") -> list[tuple[Decimal | None, date | None]]:
    found = read(page(*rows, before=before), kind="html").candidates
    return [(c.holdings, c.as_of) for c in found if c.asset == "BTC"]


@pytest.mark.parametrize(
    ("before", "label", "rest"),
    [
        ("Balance sheets (in thousands, except share data)", "Bitcoin held", "Cash"),
        ("(Amounts in millions of U.S. dollars)", "Bitcoin holdings", "Cash"),
        ("En milliers d'euros", "Bitcoin holdings", "Cash"),
        ("All amounts are stated in thousands of dollars.", "Bitcoin treasury", "Cash"),
        ("Condensed balance sheets (US$'000)", "Bitcoin treasury", "Cash"),
        ("Condensed balance sheets (Unaudited)", "Bitcoin held", "Total assets"),
        ("", "Bitcoin holdings ($M)", "Cash"),
    ],
)
def test_money_in_a_balance_sheet_is_no_count_of_coins(before: str, label: str, rest: str) -> None:
    found = read(
        page(HEADS, row(label, "2,068", "1,563"), row(rest, "4,100", "3,900"), before=before), kind="html"
    )
    assert found.candidates == ()
    assert before == "" or any("unit is money" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("before", "label"),
    [
        ("(in thousands, except number of bitcoins)", "Bitcoin held"),
        ("(in millions, except units)", "Bitcoin held"),
        ("(in thousands)", "Number of bitcoins held"),
        ("($ in thousands)", "Total holdings of bitcoin (BTC)"),
        ("", "Bitcoin held"),
    ],
)
def test_counts_that_the_caption_leaves_out_or_the_label_names_are_coins(before: str, label: str) -> None:
    body = page(HEADS, row(label, "2,068", "1,563"), row("Cash", "$4,100", "$3,900"), before=before)
    assert [c.holdings for c in read(body, kind="html").candidates] == [Decimal(2_068), Decimal(1_563)]


def test_a_caption_in_the_tables_first_cell_counts_too() -> None:
    assert held(row("(in thousands)", "June 30, 2025"), row("Bitcoin holdings", "118,040")) == []


def test_a_unit_that_may_be_the_coins_too_is_doubted() -> None:
    body = page(
        HEADS, row("BTC produced", "484", "450"), row("BTC held", "2,068", "1,563"), before="(in thousands)"
    )
    for candidate in read(body, kind="html").candidates:
        assert candidate.confidence < Decimal("0.5")
        assert candidate.notes


def test_coins_in_thousands() -> None:
    candidate = read(
        page(row("", "June 30, 2025"), row("ETH held (in thousands)", "198.2")), kind="html"
    ).current("ETH")
    assert candidate is not None
    assert (candidate.holdings, candidate.exactness) == (Decimal(198_200), "rounded")
    assert candidate.confidence < Decimal("0.8")
    assert candidate.notes


@pytest.mark.parametrize(
    ("before", "label", "shares"),
    [
        ("(shares in thousands)", "Assumed Diluted Shares Outstanding", 16_940_000),
        ("(in thousands, except number of bitcoins)", "Assumed Diluted Shares Outstanding", 16_940_000),
        ("(in thousands, except shares and bitcoins)", "Assumed Diluted Shares Outstanding", 16_940),
        ("", "Assumed Diluted Shares Outstanding (in thousands)", 16_940_000),
        ("", "Assumed Diluted Shares Outstanding", 16_940),
    ],
)
def test_shares_have_a_unit_of_their_own(before: str, label: str, shares: int) -> None:
    body = page(HEADS, row("Bitcoin held", "5,021", "2,298"), row(label, "16,940", "10,760"), before=before)
    candidate = read(body, kind="html").current("BTC")
    assert candidate is not None
    assert (candidate.holdings, candidate.shares) == (Decimal(5_021), Decimal(shares))


def test_basic_shares_come_beside_the_diluted_ones_with_their_day_and_that_of_the_document() -> None:
    body = page(
        HEADS,
        row("Total Bitcoin Holdings", "5,021", "2,298"),
        row("Basic Shares Outstanding", "14,816", "9,596"),
        row("Assumed Diluted Shares Outstanding", "16,940", "10,760"),
    )
    found = {c.as_of: c for c in read(body, kind="html", filed=date(2025, 9, 8)).candidates if c.holdings}
    then = found[date(2024, 12, 31)]
    assert (then.shares, then.basic_shares, then.share_basis) == (10_760, 9_596, "assumed_diluted")
    assert then.shares_as_of == date(2024, 12, 31)
    assert then.shares_stated_on == date(2025, 9, 8)  # in whose shares the earlier count is stated


def test_a_total_goes_before_its_parts() -> None:
    parts = row("Bitcoin held in custody", "345", "140"), row("Bitcoin held by counterparties", "103", "11")
    assert held(HEADS, *parts, row("Total bitcoin holdings", "448", "151")) == [
        (Decimal(448), date(2025, 6, 30)),
        (Decimal(151), date(2024, 12, 31)),
    ]
    assert held(HEADS, *parts, row("Total", "448", "151"))[0] == (Decimal(448), date(2025, 6, 30))


def test_a_total_counts_parts_that_are_pledged_or_lent() -> None:
    body = (
        HEADS,
        row("", "Quantity", "Quantity"),
        row("Bitcoin", "345", "140"),
        row("Bitcoin - receivable", "103", "11"),
    )
    assert held(*body, row("Total bitcoin", "448", "151"))[0] == (Decimal(448), date(2025, 6, 30))


def test_a_part_without_a_total_is_doubted() -> None:
    (candidate,) = read(
        page(row("", "June 30, 2025"), row("Bitcoin held in custody", "345")), kind="html"
    ).candidates
    assert candidate.confidence <= Decimal("0.5")
    assert candidate.notes


@pytest.mark.parametrize("dash", ["-", "—", "nil"])
def test_a_dash_is_a_zero_and_said_to_be_one(dash: str) -> None:
    candidate = read(page(HEADS, row("Bitcoin held", dash, "1,021")), kind="html").current("BTC")
    assert candidate is not None
    assert (candidate.holdings, candidate.as_of) == (Decimal(0), date(2025, 6, 30))
    assert candidate.confidence <= Decimal("0.8")
    assert candidate.notes


def test_months_without_a_year_are_the_last_before_the_filing() -> None:
    body = page(row("Metric", "January", "December"), row("Bitcoin held (at month end)", "5,048", "5,031"))
    found = read(body, kind="html", filed=date(2026, 2, 4)).candidates
    assert [(c.holdings, c.as_of) for c in found] == [
        (Decimal(5_048), date(2026, 1, 31)),
        (Decimal(5_031), date(2025, 12, 31)),
    ]


def test_periods_at_the_rows_beginnings() -> None:
    assert held(
        row("Period", "BTC Acquired", "Total BTC Held"),
        row("August 18 - August 24, 2025", "10", "5,031"),
        row("August 25 - 31, 2025", "17", "5,048"),
    ) == [(Decimal(5_048), date(2025, 8, 31)), (Decimal(5_031), date(2025, 8, 24))]


def test_a_date_above_the_names_of_coins() -> None:
    body = page(
        "<tr><td>As of June 30, 2025</td><td>Units</td><td>Price</td></tr>",
        "<tr><td>Bitcoin</td><td>192</td><td>$107,000</td></tr>",
        "<tr><td>Ethereum</td><td>4,143</td><td>$2,490</td></tr>",
    )
    found = read(body, kind="html").candidates
    assert {c.asset: (c.holdings, c.as_of) for c in found} == {
        "BTC": (Decimal(192), date(2025, 6, 30)),
        "ETH": (Decimal(4_143), date(2025, 6, 30)),
    }


def test_of_companies_side_by_side_only_the_own_row_counts() -> None:
    rows = row("Company", "Bitcoin held", "mNAV"), row("Beta Inc.", "640,031", "1.5x")
    assert held(*rows) == []
    assert held(*rows, row("Acme", "1,021", "1.9x")) == [(Decimal(1_021), date(2025, 9, 8))]


def test_a_date_and_a_coin_in_the_lines_above_a_table() -> None:
    body = page(
        row("Token", "Quantity", "Value (USD)"),
        row("BTC", "100.5", "$11,000,000"),
        before="Holdings as of August 31, 2025",
    )
    assert [(c.holdings, c.as_of) for c in read(body, kind="html").candidates] == [
        (Decimal("100.5"), date(2025, 8, 31))
    ]
    roll = row("", "Quantity", "Amounts"), row("Balance as of June 30, 2025", "6,591", "$700,000")
    assert held(*roll, before="Bitcoin (in thousands, except quantity)") == [
        (Decimal(6_591), date(2025, 6, 30))
    ]


def test_a_running_total_beside_what_was_bought() -> None:
    rows = (
        row("Date", "BTC Acquired", "Average Price", "Total BTC"),
        row("August 11, 2025", "50", "$118,000", "1,150"),
    )
    assert held(*rows) == [(Decimal(1_150), date(2025, 8, 11))]


def test_key_figures_under_a_caption_in_dollars_are_doubted() -> None:
    body = page(
        row("", "June 30, 2025"),
        row("Bitcoin Holdings", "5,021"),
        row("Assumed Diluted Shares Outstanding", "16,940"),
        before="Dollars in millions, shares in thousands",
    )
    candidate = read(body, kind="html").current("BTC")
    assert candidate is not None
    assert (candidate.holdings, candidate.shares) == (Decimal(5_021), Decimal(16_940_000))
    assert candidate.confidence < Decimal("0.5")
    assert candidate.notes


UNITS_OF_MONEY = (
    "US$'000", "RMB'000", "HK$’000", "(Unaudited) HK$'000", "£", "€m", "US$", "USD", "SEK", "TSEK", "KUSD", "RM'000",
    "(in thousands)", "US$ in thousands", "Hong Kong dollars", "千円", "百万円", "人民幣千元", "Fair value", "Value (US$)",
)  # fmt: skip


@pytest.mark.parametrize("unit", UNITS_OF_MONEY)
def test_a_unit_of_money_below_the_dates_or_beside_them_is_its_columns(unit: str) -> None:
    numbers = row("Bitcoin held", "382,105", "31,830")
    below = page(HEADS, row("", unit, unit), numbers)
    across = page(HEADS, f'<tr><td></td><td colspan="9">{unit}</td></tr>', numbers)
    above = page(row("", unit, unit), HEADS, numbers)
    beside = page(row("", f"June 30, 2025<br>{unit}", f"December 31, 2024<br>{unit}"), numbers)
    corner = page(row(unit, "June 30, 2025", "December 31, 2024"), numbers)
    for body in (below, across, above, beside, corner):
        found = read(body, kind="html")
        assert found.candidates == ()
        assert any("unit is money" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    "rows",
    [
        (row("", "US$'000"), row("Bitcoin held", "382,105")),
        (row("Date", "Bitcoin held"), row("", "US$'000"), row("June 30, 2025", "382,105")),
        (row("Company", "Bitcoin held"), row("", "US$'000"), row("Acme", "382,105")),
    ],
    ids=["without a date", "a row for each date", "a row for each company"],
)
def test_a_unit_of_money_counts_in_tables_of_every_kind(rows: tuple[str, ...]) -> None:
    assert held(*rows) == []


@pytest.mark.parametrize("coins", ["Units", "Quantity", "BTC", "Number of coins"])
@pytest.mark.parametrize("money", ["US$'000", "Fair value", "€"])
def test_of_coins_and_money_under_one_date_the_coins_are_taken(coins: str, money: str) -> None:
    dates = '<tr><td></td><td colspan="2">June 30, 2025</td><td colspan="2">December 31, 2024</td></tr>'

    def cells(*texts: str) -> str:
        return f"<tr>{''.join(f'<td>{text}</td>' for text in texts)}</tr>"

    first = cells("", coins, money, coins, money), cells("Bitcoin held", "3,350", "382,105", "340", "31,830")
    last = cells("", money, coins, money, coins), cells("Bitcoin held", "382,105", "3,350", "31,830", "340")
    for units, numbers in (first, last):
        assert held(dates, units, numbers) == [
            (Decimal(3_350), date(2025, 6, 30)),
            (Decimal(340), date(2024, 12, 31)),
        ]


CASH, COUNT = row("Cash", "4", "3"), row("Bitcoin held", "3,350", "340")


@pytest.mark.parametrize(
    "rows",
    [
        (HEADS, row("", "US$", "US$"), CASH, row("Number of Bitcoin held", "3,350", "340")),
        (HEADS, row("", "US$", "US$"), CASH, row("", "Units", "Units"), COUNT),
        (HEADS, row("", "Units", "Units"), COUNT, row("", "US$", "US$"), CASH),
        (HEADS, CASH, row("Currency", "USD", "USD"), COUNT),
        (row("Metric", "Value", ""), HEADS, COUNT),
    ],
    ids=[
        "the label counts",
        "a nearer unit",
        "a later unit",
        "a value that is a currency",
        "a head of any value",
    ],
)
def test_a_unit_of_money_elsewhere_leaves_a_count_a_count(rows: tuple[str, ...]) -> None:
    assert held(*rows) == [(Decimal(3_350), date(2025, 6, 30)), (Decimal(340), date(2024, 12, 31))]


def test_a_unit_of_money_over_key_figures_is_doubted() -> None:
    body = page(
        HEADS,
        row("", "US$'000", "US$'000"),
        row("BTC produced", "484", "450"),
        row("BTC held", "2,068", "1,563"),
    )
    for candidate in read(body, kind="html").candidates:
        assert candidate.confidence < Decimal("0.5")
        assert candidate.notes
