"""Candidates: what somebody read in a document, held against what is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from chalicelib.core import db
from chalicelib.core.principal import ANONYMOUS, Principal
from chalicelib.treasury import review
from tests.conftest import Database
from tests.identity.factory import make_admin
from tests.identity.together import together
from tests.market.factory import new_holder
from tests.treasury.factory import (
    candidate,
    company,
    current,
    propose,
    reviewer,
    share,
    snapshot,
    source,
    split,
    statuses,
    stored,
)

JAN, FEB, MAR, APR = "2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"


def outcomes(found: list[dict[str, Any]]) -> list[str]:
    return [row["outcome"] for row in found]


# ------------------------------------------------------------ new, or known


def test_what_is_new_waits_with_its_evidence(database: Database) -> None:
    acme, sec = company(database), source(database)
    (made,) = propose(
        acme,
        [
            candidate(
                JAN, "446400", evidence="held 446,400 bitcoins", accession="a-1", rule="prose", total_cost="27900000000"
            )
        ],
        sec,
    )  # fmt: skip
    row = stored(database, made["id"])
    assert (made["place"], made["outcome"], made["flags"]) == (1, "created", [])
    assert (row["status"], row["holdings"], row["total_cost"]) == ("pending", 446400, 27900000000)
    assert (row["source_id"], row["evidence"], row["accession"]) == (sec, "held 446,400 bitcoins", "a-1")
    assert current(database, acme) == (None, None, None)


@pytest.mark.parametrize("status", ["pending", "approved"])
def test_what_is_known_creates_nothing(database: Database, status: str) -> None:
    acme, sec = company(database), source(database)
    known = snapshot(database, acme, JAN, 100, status, source_id=sec, confidence="0.9")
    (found,) = propose(acme, [candidate(JAN, "100.000", accession="other document")], sec)
    assert (found["outcome"], found["id"]) == ("known", known)
    assert stored(database, known)["confidence"] == Decimal("0.9")
    assert statuses(database, acme) == {known: status}


@pytest.mark.parametrize("status", ["rejected", "superseded"])
def test_what_was_decided_against_stays_so_when_the_same_document_is_read_again(
    database: Database, status: str
) -> None:
    acme, sec = company(database), source(database)
    snapshot(database, acme, JAN, 100, status, source_id=sec, accession="a-1")
    again, elsewhere = candidate(JAN, 100, accession="a-1"), candidate(JAN, 100, accession="a-2")
    assert outcomes(propose(acme, [again], sec)) == ["known"]
    assert outcomes(propose(acme, [elsewhere], sec)) == ["created"]


def test_one_number_twice_in_one_batch_is_one_snapshot(database: Database) -> None:
    acme = company(database)
    found = propose(
        acme, [candidate(JAN, 100), candidate(JAN, "100.0"), candidate(FEB, 100)], source(database)
    )
    assert outcomes(found) == ["created", "known", "created"]
    assert found[0]["id"] == found[1]["id"] != found[2]["id"]


def test_what_cannot_be_is_left_out_and_stops_nothing_else(database: Database) -> None:
    acme = company(database)
    ahead = datetime.now(UTC).date() + timedelta(days=3)
    bad = [
        {"holdings": "1"},
        {"snapshot_date": JAN},
        candidate(JAN, -1),
        candidate(JAN, "NaN"),
        candidate(JAN, "Infinity"),
        candidate(ahead, 1),
        candidate(JAN, 1, period_start=FEB, period_end=JAN),
        candidate(JAN, 1, total_cost="-1"),
        candidate(JAN, 1, average_price="NaN"),
        candidate(JAN, 1, confidence="1.1"),
    ]
    found = propose(acme, [*bad, candidate(JAN, 0)])
    assert outcomes(found) == ["unusable"] * len(bad) + ["created"]
    assert [row["id"] is None for row in found] == [True] * len(bad) + [False]


def test_two_workers_who_read_the_same_create_one(database: Database) -> None:
    acme, sec = company(database), source(database)
    found = together(*(lambda: propose(acme, [candidate(JAN, 100)], sec) for _ in range(4)))
    assert sorted(row["outcome"] for rows in found for row in rows) == ["created", "known", "known", "known"]


# ------------------------------------------------------------ a second source


def test_a_second_source_raises_confidence(database: Database) -> None:
    acme, sec, wire = company(database), source(database), source(database, "globenewswire")
    (made,) = propose(acme, [candidate(JAN, 100, confidence="0.8")], sec)
    (found,) = propose(acme, [candidate(JAN, 100, confidence="0.7")], wire)
    assert (found["outcome"], found["id"]) == ("corroborated", made["id"])
    row = stored(database, made["id"])
    assert (row["confidence"], row["corroborated_by"]) == (Decimal("0.94"), [wire])  # 1 − 0.2 × 0.3
    assert row["status"] == "pending"


def test_each_source_counts_once_and_confidence_ends_at_099(database: Database) -> None:
    acme, sec, wire = company(database), source(database), source(database, "globenewswire")
    (made,) = propose(acme, [candidate(JAN, 100, confidence="0.95")], sec)
    for again in (wire, wire, sec):
        propose(acme, [candidate(JAN, 100, confidence="0.95")], again)
    row = stored(database, made["id"])
    assert (row["confidence"], row["corroborated_by"]) == (Decimal("0.99"), [wire])


def test_what_was_entered_without_a_confidence_takes_the_sources(database: Database) -> None:
    acme, wire = company(database), source(database, "globenewswire")
    known = snapshot(database, acme, JAN, 100, "approved")
    propose(acme, [candidate(JAN, 100, confidence="0.7")], wire)
    assert stored(database, known)["confidence"] == Decimal("0.7")
    assert stored(database, known)["status"] == "approved"


# ------------------------------------------------------------ flags


@pytest.mark.parametrize(
    ("holdings", "flags"),
    [
        (1050, []),
        ("1050.01", ["differs_much"]),
        (1000, []),
        (999, ["shrinks"]),
        (950, ["shrinks"]),
        (949, ["differs_much", "shrinks"]),
        (0, ["differs_much", "shrinks"]),
    ],
)
def test_flags_against_the_approved_one_before(database: Database, holdings: Any, flags: list[str]) -> None:
    acme = company(database)
    snapshot(database, acme, JAN, 1000, "approved")
    snapshot(database, acme, FEB, 5, "rejected")
    snapshot(database, acme, FEB, 6, "pending")
    (found,) = propose(acme, [candidate(MAR, holdings)])
    assert found["flags"] == flags
    assert stored(database, found["id"])["flags"] == flags


def test_the_first_ever_and_one_after_zero(database: Database) -> None:
    acme = company(database)
    assert propose(acme, [candidate(JAN, 1000)])[0]["flags"] == []
    snapshot(database, acme, FEB, 0, "approved")
    assert propose(acme, [candidate(MAR, 1000)])[0]["flags"] == ["differs_much"]


def test_what_lies_before_an_approved_one_is_backdated(database: Database) -> None:
    acme = company(database)
    snapshot(database, acme, MAR, 1000, "approved")
    assert propose(acme, [candidate(FEB, 900)])[0]["flags"] == ["backdated"]


def test_two_numbers_for_one_date_contradict_each_other(database: Database) -> None:
    acme = company(database)
    snapshot(database, acme, JAN, 1000, "approved")
    assert propose(acme, [candidate(JAN, 1001)])[0]["flags"] == ["contradicts"]
    both = propose(acme, [candidate(FEB, 1002), candidate(FEB, 1003)])
    assert [row["flags"] for row in both] == [["contradicts"], ["contradicts"]]


def test_what_the_reader_doubts_is_kept(database: Database) -> None:
    acme = company(database)
    doubtful = candidate(JAN, 1, confidence="0.79", flags=["unit_unclear", "coin_unclear"])
    assert propose(acme, [doubtful])[0]["flags"] == ["coin_unclear", "low_confidence", "unit_unclear"]


def test_a_count_of_which_nobody_says_what_it_counts_is_not_kept(database: Database) -> None:
    (found,) = propose(company(database), [candidate(JAN, 1, shares_outstanding="5")])
    assert found["flags"] == ["basis_unclear"]
    assert stored(database, found["id"])["shares_outstanding"] is None


@pytest.mark.parametrize(
    ("shares", "basis", "unit", "flags"),
    [
        (1890, "basic", None, ["split_suspect"]),
        (10000, "basic", None, []),
        (18900, "basic", None, []),
        (19000, "basic", None, ["split_suspect"]),
        (5500, "basic", None, ["split_suspect"]),
        (5600, "basic", None, []),
        (1000, "basic", JAN, []),
        (1000, "fd_max", None, []),
    ],
)
def test_a_share_count_that_jumps_without_a_split_that_we_know(
    database: Database, shares: int, basis: str, unit: str | None, flags: list[str]
) -> None:
    """1,000 shares, then ten for one: 10,000 is what is expected from then on."""
    listed = share(database)
    acme = company(database, share_asset_id=listed)
    split(database, listed, FEB, 10)
    snapshot(database, acme, JAN, 100, "approved", shares_outstanding=1000, share_basis="basic")
    stated = candidate(MAR, 100, shares_outstanding=str(shares), share_basis=basis, shares_unit_date=unit)
    assert propose(acme, [stated])[0]["flags"] == flags


# ------------------------------------------------------------ who may


def test_only_jobs_and_administrators_propose(database: Database) -> None:
    acme = company(database)
    for who in (ANONYMOUS, Principal("user", new_holder(database))):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction(who) as tx:
            review.propose(tx, acme, None, None, [candidate(JAN, 1)])
    with db.transaction(reviewer(database)) as tx:
        assert review.propose(tx, acme, None, None, [candidate(JAN, 1)])[0].outcome == "created"


def test_an_administrator_enters_a_number_by_hand(database: Database) -> None:
    admin, acme = make_admin(), company(database)
    body = {"company_id": acme, "snapshot_date": JAN, "holdings": "12.5", "source": "their web page"}
    answer = admin.api.post("/v1/admin/treasury/snapshots", body)
    assert (answer.status, answer.json["outcome"]) == (201, "created")
    assert answer.json["snapshot"]["status"] == "pending"
    assert answer.json["snapshot"]["source_id"] == source(database, "manual")
    assert admin.api.post("/v1/admin/treasury/snapshots", body).json["outcome"] == "known"


def test_an_entry_for_nobody_or_for_a_day_to_come_is_refused(database: Database) -> None:
    admin, acme = make_admin(), company(database)
    body = {"company_id": acme, "snapshot_date": "2190-01-01", "holdings": "1", "source": "x"}
    answer = admin.api.post("/v1/admin/treasury/snapshots", body)
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "in_the_future")
    answer = admin.api.post("/v1/admin/treasury/snapshots", body | {"company_id": 999, "snapshot_date": JAN})
    assert (answer.status, answer.code) == (404, "company_unknown")
    twisted = {"snapshot_date": JAN, "shares_outstanding": "5", "period_start": FEB, "period_end": JAN}
    answer = admin.api.post("/v1/admin/treasury/snapshots", body | twisted)
    assert {error["field"] for error in answer.json["errors"]} == {"body.share_basis", "body.period_end"}
    assert statuses(database, acme) == {}
