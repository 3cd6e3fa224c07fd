"""Balance sheets from the SEC's companyfacts: what was the latest value of a concept, as of a date and as known on a
date.

A concept that a company does not report is absent here: it is never put together from others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

CONCEPTS: dict[str, tuple[tuple[str, str], ...]] = {
    "cash": (("us-gaap", "CashAndCashEquivalentsAtCarryingValue"), ("ifrs-full", "CashAndCashEquivalents")),
    "long_term_debt": (("us-gaap", "LongTermDebt"),),
    "long_term_debt_noncurrent": (("us-gaap", "LongTermDebtNoncurrent"),),
    "long_term_debt_current": (("us-gaap", "LongTermDebtCurrent"),),
    "convertible_notes": (
        ("us-gaap", "ConvertibleNotesPayable"),
        ("us-gaap", "ConvertibleLongTermNotesPayable"),
    ),
    "preferred_stock": (("us-gaap", "PreferredStockValue"),),
    "stockholders_equity": (("us-gaap", "StockholdersEquity"),),
    "shares_outstanding": (("dei", "EntityCommonStockSharesOutstanding"),),
    "weighted_diluted_shares": (("us-gaap", "WeightedAverageNumberOfDilutedSharesOutstanding"),),
    "weighted_basic_shares": (("us-gaap", "WeightedAverageNumberOfSharesOutstandingBasic"),),
    "split_ratio": (("us-gaap", "StockholdersEquityNoteStockSplitConversionRatio1"),),
    "crypto_fair_value": (("us-gaap", "CryptoAssetFairValue"),),
    "crypto_fair_value_noncurrent": (("us-gaap", "CryptoAssetFairValueNoncurrent"),),
    "crypto_fair_value_current": (("us-gaap", "CryptoAssetFairValueCurrent"),),
    "crypto_cost": (("us-gaap", "CryptoAssetCost"),),
    "crypto_units": (("us-gaap", "CryptoAssetNumberOfUnits"),),
    "intangibles": (("us-gaap", "IndefiniteLivedIntangibleAssetsExcludingGoodwill"),),
}
"""Our names, and the concepts that mean exactly that, the better one first."""
UNITS = {
    "shares_outstanding": "shares",
    "weighted_diluted_shares": "shares",
    "weighted_basic_shares": "shares",
    "split_ratio": "pure",
}
"""Concepts that are not money; money is in the currency that the company reports in."""


@dataclass(frozen=True)
class Fact:
    """One reported value. `start` is None for a value at a moment. `accession` names the filing it was in."""

    concept: str
    value: Decimal
    unit: str
    start: date | None
    end: date
    accession: str
    form: str
    filed: date


@dataclass(frozen=True)
class CompanyFacts:
    """A company's facts by our names of concepts, oldest first; only concepts that it reports."""

    cik: str
    name: str
    facts: Mapping[str, tuple[Fact, ...]]
    warnings: tuple[str, ...] = ()

    def latest(self, name: str, as_of: date, known_on: date | None = None) -> Fact | None:
        """The value for the latest period that ended by `as_of`, as filed by `known_on` (by default the same day).

        Of several filings that give it the last counts, so restatements and splits show once filed. Of several
        periods with the same end the shortest counts: the quarter, not the year to date. None where nothing was
        known.
        """
        known = known_on or as_of
        usable = [fact for fact in self.facts.get(name, ()) if fact.end <= as_of and fact.filed <= known]
        return max(
            usable,
            key=lambda fact: (fact.end, fact.start or date.min, fact.filed, fact.accession),
            default=None,
        )

    def figures(self, as_of: date, known_on: date | None = None) -> dict[str, Fact]:
        """All that was known as of a date; what was not is not in it."""
        return {name: fact for name in self.facts if (fact := self.latest(name, as_of, known_on))}


def read(document: bytes | str) -> CompanyFacts:
    """The facts of a companyfacts document. Nothing is raised: what is malformed is left out, and a warning says so."""
    try:
        raw = json.loads(document, parse_float=Decimal)
    except ValueError as error:
        return CompanyFacts("", "", {}, (f"The document is not JSON: {error}.",))
    if not isinstance(raw, dict) or not isinstance(raw.get("facts"), dict):
        return CompanyFacts("", "", {}, ("The document has no facts.",))
    found: dict[str, tuple[Fact, ...]] = {}
    unreadable = 0
    for name, concepts in CONCEPTS.items():
        for taxonomy, concept in concepts:
            facts, bad = _facts(raw["facts"], taxonomy, concept, UNITS.get(name))
            unreadable += bad
            if facts:
                found[name] = tuple(sorted(facts, key=lambda fact: (fact.end, fact.filed)))
                break
    warnings = (f"{unreadable} values could not be read.",) if unreadable else ()
    return CompanyFacts(str(raw.get("cik", "")).zfill(10), str(raw.get("entityName", "")), found, warnings)


def _facts(facts: dict[str, Any], taxonomy: str, concept: str, unit: str | None) -> tuple[list[Fact], int]:
    found, bad = [], 0
    for reported, entry in _entries(facts, taxonomy, concept):
        if unit is not None and reported != unit:
            continue
        try:
            found.append(_fact(concept, reported, entry))
        except (KeyError, TypeError, ValueError, InvalidOperation):
            bad += 1
    return found, bad


def _entries(facts: dict[str, Any], taxonomy: str, concept: str) -> Iterator[tuple[str, Any]]:
    group = facts.get(taxonomy)
    reported = group.get(concept) if isinstance(group, dict) else None
    units = reported.get("units") if isinstance(reported, dict) else None
    for unit, entries in units.items() if isinstance(units, dict) else ():
        for entry in entries if isinstance(entries, list) else ():
            yield unit, entry


def _fact(concept: str, unit: str, entry: Any) -> Fact:
    value = entry["val"]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError("a value is a number")
    start = entry.get("start")
    return Fact(
        concept=concept, value=Decimal(value), unit=unit, start=date.fromisoformat(start) if start else None,
        end=date.fromisoformat(entry["end"]), accession=str(entry["accn"]), form=str(entry.get("form", "")),
        filed=date.fromisoformat(entry["filed"]),
    )  # fmt: skip
