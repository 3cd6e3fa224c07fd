"""Correcting: a snapshot approved with other values, the original kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.conftest import Database
from tests.identity.factory import Person, make_admin
from tests.treasury.factory import company, current, snapshot, statuses, stored

PATH = "/v1/admin/treasury/snapshots"
JAN, FEB = "2025-01-31", "2025-02-28"


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def step(admin: Person, word: str, snapshot_id: int, **body: Any) -> Any:
    return admin.api.post(f"{PATH}/{snapshot_id}/{word}", body)


def approve(admin: Person, snapshot_id: int) -> Any:
    return step(admin, "approve", snapshot_id)


def reject(admin: Person, snapshot_id: int) -> Any:
    return step(admin, "reject", snapshot_id, note="wrong")


def correct(admin: Person, snapshot_id: int, **body: Any) -> Any:
    return step(admin, "correct", snapshot_id, **{"note": "misread", **body})


def test_a_correction_approves_a_copy_and_keeps_the_original(database: Database, admin: Person) -> None:
    acme = company(database)
    one = snapshot(
        database, acme, JAN, 1000, source="8-K", accession="a-1", evidence="holds 10,000", raw_data='{"n": 1}'
    )
    answer = correct(admin, one, holdings="10000", note="a digit was lost")
    copy = answer.json["snapshot"]
    assert answer.json["current"]["current_holdings"] == "10000"
    assert (copy["status"], copy["source"], copy["accession"]) == ("approved", "corrected: 8-K", "a-1")
    assert copy["evidence"] == "holds 10,000"
    assert copy["raw_data"]["corrects"] == one
    assert copy["raw_data"]["original"]["holdings"] == "1000"
    assert copy["raw_data"]["raw_data"] == {"n": 1}
    original = stored(database, one)
    assert original["status"] == "rejected"
    assert original["holdings"] == 1000
    assert original["review_note"] == f"corrected by {copy['id']}: a digit was lost"


def test_a_correction_of_an_approved_one_takes_its_place_in_the_chain(
    database: Database, admin: Person
) -> None:
    acme = company(database)
    first, second = snapshot(database, acme, JAN, 100), snapshot(database, acme, JAN, 110)
    approve(admin, first)
    approve(admin, second)
    answer = correct(admin, second, holdings="111")
    assert answer.json["superseded_id"] == first
    copy = answer.json["snapshot"]["id"]
    assert statuses(database, acme) == {first: "superseded", second: "rejected", copy: "approved"}
    assert reject(admin, copy).json["restored_id"] == first


def test_a_corrected_date_frees_the_old_one(database: Database, admin: Person) -> None:
    acme = company(database)
    first, second = snapshot(database, acme, JAN, 100), snapshot(database, acme, JAN, 110)
    approve(admin, first)
    approve(admin, second)
    copy = correct(admin, second, snapshot_date=FEB).json["snapshot"]["id"]
    assert statuses(database, acme) == {first: "approved", second: "rejected", copy: "approved"}
    assert current(database, acme) == (110, date(2025, 2, 28), copy)


def test_a_correction_may_empty_what_the_document_does_not_state(database: Database, admin: Person) -> None:
    one = snapshot(database, company(database), JAN, 100, shares_outstanding=5)
    copy = correct(admin, one, shares_outstanding=None, share_basis=None).json["snapshot"]
    assert (copy["holdings"], copy["shares_outstanding"], copy["share_basis"]) == ("100", None, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nothing_corrected"),
        ({"holdings": "100.0"}, "nothing_corrected"),
        ({"holdings": None}, "invalid_input"),
        ({"holdings": "-1"}, "invalid_input"),
        ({"snapshot_date": None}, "invalid_input"),
        ({"shares_outstanding": "5"}, "share_basis_missing"),
        ({"period_start": FEB, "period_end": JAN}, "period"),
        ({"status": "approved"}, "invalid_input"),
        ({"snapshot_date": "2099-12-31"}, "invalid_input"),
        ({"shares_unit_date": "2099-12-31"}, "invalid_input"),
        ({"snapshot_date": "0"}, "invalid_input"),
    ],
)
def test_a_correction_that_makes_no_sense_changes_nothing(
    database: Database, admin: Person, body: dict[str, Any], code: str
) -> None:
    acme = company(database)
    one = snapshot(database, acme, JAN, 100)
    answer = correct(admin, one, **body)
    assert (answer.status, answer.code) == (422, code)
    assert statuses(database, acme) == {one: "pending"}
