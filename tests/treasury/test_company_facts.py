"""Balance sheets from companyfacts: the latest value as of a date, and nothing that was not reported."""

from __future__ import annotations

import gzip
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.treasury.filings import xbrl

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "treasury" / "mstr_companyfacts.json.gz"


def facts(**concepts: list[dict[str, Any]]) -> str:
    return json.dumps(
        {
            "cik": 1234,
            "entityName": "ACME",
            "facts": {
                "us-gaap": {
                    name: {"units": {"shares" if "Shares" in name else "USD": entries}}
                    for name, entries in concepts.items()
                }
            },
        }
    )


def entry(
    end: str, value: int, filed: str, start: str | None = None, accession: str = "a-1"
) -> dict[str, Any]:
    return {"end": end, "val": value, "accn": accession, "form": "10-Q", "filed": filed} | (
        {"start": start} if start else {}
    )


CASH = "CashAndCashEquivalentsAtCarryingValue"
DILUTED = "WeightedAverageNumberOfDilutedSharesOutstanding"


def test_the_latest_value_that_was_known() -> None:
    read = xbrl.read(
        facts(**{CASH: [entry("2025-03-31", 5, "2025-05-01"), entry("2025-06-30", 7, "2025-08-05")]})
    )
    assert read.cik == "0000001234"
    assert [read.latest("cash", day).value for day in (date(2025, 5, 1), date(2025, 8, 5))] == [5, 7]  # type: ignore[union-attr]
    assert read.latest("cash", date(2025, 7, 1)).end == date(2025, 3, 31)  # type: ignore[union-attr]
    assert read.latest("cash", date(2025, 4, 30)) is None
    assert read.latest("cash", date(2025, 7, 1), known_on=date(2026, 1, 1)).value == 7  # type: ignore[union-attr]


def test_a_restatement_counts_once_it_is_filed() -> None:
    read = xbrl.read(
        facts(
            **{
                CASH: [
                    entry("2025-03-31", 5, "2025-05-01"),
                    entry("2025-03-31", 6, "2025-08-05", accession="a-2"),
                ]
            }
        )
    )
    assert read.latest("cash", date(2025, 8, 4)).value == 5  # type: ignore[union-attr]
    assert read.latest("cash", date(2025, 8, 5)).accession == "a-2"  # type: ignore[union-attr]


def test_the_quarter_goes_before_the_year_to_date() -> None:
    year, quarter = (
        entry("2025-09-30", 303, "2025-11-03", "2025-01-01"),
        entry("2025-09-30", 315, "2025-11-03", "2025-07-01"),
    )
    assert (
        xbrl.read(facts(**{DILUTED: [quarter, year]}))
        .latest("weighted_diluted_shares", date(2025, 12, 1))
        .value
        == 315
    )  # type: ignore[union-attr]


def test_a_concept_that_is_not_reported_is_absent() -> None:
    read = xbrl.read(facts(**{CASH: [entry("2025-03-31", 0, "2025-05-01")]}))
    assert {name: fact.value for name, fact in read.figures(date(2025, 6, 1)).items()} == {"cash": Decimal(0)}
    assert read.latest("long_term_debt", date(2025, 6, 1)) is None


@pytest.mark.parametrize(
    "body", ["", "<html>Request Rate Threshold Exceeded</html>", "[]", "{}", '{"facts": []}', b"\xff\xfe"]
)
def test_what_is_no_companyfacts_document_gives_a_warning(body: str | bytes) -> None:
    read = xbrl.read(body)
    assert read.facts == {}
    assert len(read.warnings) == 1


@pytest.mark.parametrize(
    "change",
    [{"val": None}, {"val": "7"}, {"val": True}, {"end": "2025-13-01"}, {"end": None}, {"filed": ""}],
)
def test_a_value_that_cannot_be_read_is_left_out_and_counted(change: dict[str, Any]) -> None:
    good = entry("2025-03-31", 5, "2025-05-01")
    read = xbrl.read(facts(**{CASH: [good, good | {"end": "2025-06-30"} | change]}))
    assert [fact.value for fact in read.facts["cash"]] == [5]
    assert read.warnings == ("1 values could not be read.",)


@pytest.mark.skipif(not REAL.is_file(), reason="no folder of real filings beside the repository")
def test_the_real_facts_of_a_real_company() -> None:
    read = xbrl.read(gzip.decompress(REAL.read_bytes()))
    figures = read.figures(date(2025, 12, 1))
    assert {
        name: figures[name].value
        for name in ("cash", "long_term_debt", "weighted_diluted_shares", "split_ratio", "intangibles")
    } == {
        "cash": 54_285_000,
        "long_term_debt": 8_173_903_000,
        "weighted_diluted_shares": 315_393_000,
        "split_ratio": 10,
        "intangibles": 73_205_725_000,
    }
    assert figures["cash"].accession == "0001193125-25-262568"
    assert {"shares_outstanding", "crypto_fair_value", "crypto_units"}.isdisjoint(figures)
