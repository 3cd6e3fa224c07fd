"""Real filings of one company over six years: every total right, and none where none is stated."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from chalicelib.treasury.filings.extract import extract
from chalicelib.treasury.filings.facts import Document, Extraction

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "treasury" / "filings"
ANSWERS = FOLDER / "mstr_8k_answers.csv"
ROWS = list(csv.DictReader(ANSWERS.read_text(encoding="utf-8").splitlines())) if ANSWERS.is_file() else []
NAMES = [row["file"] for row in ROWS]
EXPECTED = {row["file"]: Decimal(row["btc_holdings"]) if row["btc_holdings"] else None for row in ROWS}

pytestmark = pytest.mark.skipif(not ROWS, reason="no folder of real filings beside the repository")


def filing(name: str, *, names: tuple[str, ...] = ("MicroStrategy Inc", "Strategy Inc")) -> Document:
    filed = date.fromisoformat(re.findall(r"\d{4}-\d\d-\d\d", name)[0])
    body = (FOLDER / "mstr_8k" / name).read_text(encoding="utf-8")
    return Document("html", "sec_edgar", filed, body, "8-K", names, ("MSTR",) if names else (), ("BTC",))


@cache
def answer(name: str) -> Extraction:
    return extract(filing(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_total_that_a_filing_states(name: str) -> None:
    found = answer(name).current("BTC")
    assert (found.holdings if found else None) == EXPECTED[name]


@pytest.mark.parametrize("name", [name for name in NAMES if EXPECTED[name] is None])
def test_nothing_is_taken_from_a_filing_that_states_nothing(name: str) -> None:
    assert answer(name).candidates == ()


@pytest.mark.parametrize("name", NAMES)
def test_neither_identifiers_nor_the_names_given_decide(name: str) -> None:
    """Every id, name and class altered, spaces made no-break, and nothing known of the company."""
    asked = filing(name, names=())
    body = re.sub(r'\s(?:id|name|class)="[^"]*"', ' id="btc-holdings"', asked.body).replace(
        " bitcoins", "&#160;bitcoins"
    )
    found = extract(Document("html", "sec_edgar", asked.filed, body, "8-K")).current("BTC")
    assert (found.holdings if found else None) == EXPECTED[name]


def test_each_total_has_a_date_near_its_filing_and_evidence_with_the_number() -> None:
    for name in NAMES:
        found = answer(name).current("BTC")
        if found is not None:
            assert found.as_of is not None
            assert 0 <= (filing(name).filed - found.as_of).days <= 10
            assert f"{found.holdings:,}" in found.evidence
            assert found.confidence >= Decimal("0.9") or found.rule == "first purchase"


def test_costs_and_average_prices_multiply_out() -> None:
    checked = 0
    for name in NAMES:
        found = answer(name).current("BTC")
        if found and found.holdings and found.total_cost and found.average_price:
            assert abs(found.holdings * found.average_price / found.total_cost - 1) < Decimal("0.01"), name
            checked += 1
    assert checked >= 45


def test_the_assumed_diluted_shares_that_yields_are_computed_on() -> None:
    found = {c.as_of: c for c in answer("8k-2024-12-30-286217.html").candidates if c.holdings is not None}
    assert (found[date(2024, 12, 29)].holdings, found[date(2024, 12, 29)].shares) == (446_400, 281_418_000)
    assert (found[date(2023, 12, 31)].holdings, found[date(2023, 12, 31)].shares) == (189_150, 207_636_000)
    assert found[date(2024, 12, 29)].share_basis == "assumed_diluted"


def test_the_two_periods_of_one_filing() -> None:
    found = answer("8k-2026-01-05-001550.html").candidates
    assert [(c.holdings, c.as_of, c.purchased) for c in found] == [
        (673_783, date(2026, 1, 4), 1_283),
        (672_500, date(2025, 12, 31), 3),
    ]
