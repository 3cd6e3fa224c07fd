"""Approved without anybody's look: where the company says so, two sources agree, and nothing is odd."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Database
from tests.treasury.factory import (
    approve,
    candidate,
    company,
    current,
    propose,
    reviewer,
    snapshot,
    source,
    stored,
)

JAN, FEB, MAR = "2025-01-31", "2025-02-28", "2025-03-31"


def trusting(database: Database, confidence: str = "0.95") -> int:
    acme = company(database, auto_approve_confidence=confidence)
    snapshot(database, acme, JAN, 1000, "approved")
    return acme


def both_sources(database: Database, acme: int, stated: dict[str, Any]) -> dict[str, Any]:
    propose(acme, [stated], source(database))
    (found,) = propose(acme, [stated], source(database, "prnewswire"))
    return found


def test_two_sources_that_agree_are_enough_where_the_company_says_so(database: Database) -> None:
    acme = trusting(database)
    found = both_sources(database, acme, candidate(FEB, 1040))
    row = stored(database, found["id"])
    assert found["outcome"] == "approved"
    assert (row["status"], row["reviewed_by"]) == ("approved", None)
    assert row["review_note"].startswith("automatically: 2 sources agree, confidence 0.99")
    assert current(database, acme)[0] == 1040


@pytest.mark.parametrize(
    "why_not",
    [
        {"holdings": "2000"},
        {"holdings": "900"},
        {"confidence": "0.7"},
        {"flags": ["unit_unclear"]},
        {"snapshot_date": "2024-12-31"},
    ],
    ids=["differs", "shrinks", "too little confidence", "doubted", "backdated"],
)
def test_a_flag_or_too_little_confidence_needs_a_look(database: Database, why_not: dict[str, Any]) -> None:
    acme = trusting(database)
    found = both_sources(database, acme, candidate(FEB, 1040) | why_not)
    assert found["outcome"] == "corroborated"
    assert stored(database, found["id"])["status"] == "pending"
    assert current(database, acme)[0] == 1000


def test_where_the_company_does_not_say_so_a_person_looks(database: Database) -> None:
    acme = company(database)
    assert both_sources(database, acme, candidate(FEB, 1040))["outcome"] == "corroborated"


def test_low_confidence_is_no_flag_any_more_once_it_has_risen(database: Database) -> None:
    acme = trusting(database, "0.9")
    found = both_sources(database, acme, candidate(FEB, 1040, confidence="0.75"))
    assert (found["outcome"], found["flags"]) == ("approved", [])


def test_what_was_approved_meanwhile_is_seen_before_approving(database: Database) -> None:
    """Without flags when it was proposed; by the time a second source agrees, it shrinks."""
    acme, admin = trusting(database), reviewer(database)
    stated = candidate(MAR, 1040)
    propose(acme, [stated], source(database))
    approve(admin, snapshot(database, acme, FEB, 1045))
    (found,) = propose(acme, [stated], source(database, "prnewswire"))
    assert (found["outcome"], found["flags"]) == ("corroborated", ["shrinks"])


def test_a_rival_for_the_date_keeps_it_from_being_approved(database: Database) -> None:
    acme = trusting(database)
    propose(acme, [candidate(FEB, 1040)], source(database))
    propose(acme, [candidate(FEB, 1041)], source(database, "hkex"))
    (found,) = propose(acme, [candidate(FEB, 1040)], source(database, "prnewswire"))
    assert (found["outcome"], found["flags"]) == ("corroborated", ["contradicts"])
