"""The life of a snapshot: pending → approved | rejected; approved → superseded | rejected; and back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Database
from tests.identity.factory import Person, make_admin
from tests.treasury.factory import company, current, snapshot, source, split, statuses, stored
from tests.treasury.factory import share as new_share

PATH = "/v1/admin/treasury/snapshots"
JAN, FEB, MAR = "2025-01-31", "2025-02-28", "2025-03-31"


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def approve(admin: Person, snapshot_id: int, **body: Any) -> Any:
    return admin.api.post(f"{PATH}/{snapshot_id}/approve", body)


def reject(admin: Person, snapshot_id: int, **body: Any) -> Any:
    return admin.api.post(f"{PATH}/{snapshot_id}/reject", {"note": "wrong", **body})


def correct(admin: Person, snapshot_id: int, **body: Any) -> Any:
    return admin.api.post(f"{PATH}/{snapshot_id}/correct", {"note": "misread", **body})


def test_a_pending_snapshot_counts_for_nothing(database: Database, admin: Person) -> None:
    acme = company(database)
    snapshot(database, acme, JAN, 100)
    assert current(database, acme) == (None, None, None)
    assert admin.api.get(f"/v1/treasury/companies/{acme}/holdings").json["items"] == []


def test_an_approved_one_is_what_the_company_holds(database: Database, admin: Person) -> None:
    acme = company(database)
    found = snapshot(database, acme, JAN, "100.5")
    answer = approve(admin, found, note="as in the filing")
    assert answer.status == 200
    assert answer.json["snapshot"]["status"] == "approved"
    assert answer.json["snapshot"]["reviewed_by"] == str(admin.id)
    assert answer.json["snapshot"]["review_note"] == "as in the filing"
    assert answer.json["snapshot"]["reviewed_at"] is not None
    assert answer.json["current"] == {
        "company_id": acme,
        "current_holdings": "100.5",
        "current_holdings_date": JAN,
        "current_snapshot_id": found,
    }
    assert current(database, acme) == (Decimal("100.5"), date(2025, 1, 31), found)


def test_zero_is_a_value(database: Database, admin: Person) -> None:
    acme = company(database)
    sold = snapshot(database, acme, JAN, 0)
    assert approve(admin, sold).json["current"]["current_holdings"] == "0"


def test_the_latest_date_counts_and_not_the_latest_approval(database: Database, admin: Person) -> None:
    acme = company(database)
    march, january = snapshot(database, acme, MAR, 300), snapshot(database, acme, JAN, 100)
    approve(admin, march)
    assert approve(admin, january).json["current"]["current_snapshot_id"] == march
    items = admin.api.get(f"/v1/treasury/companies/{acme}/holdings").json["items"]
    assert [item["snapshot_date"] for item in items] == [MAR, JAN]


def test_a_later_approval_for_the_same_date_supersedes(database: Database, admin: Person) -> None:
    acme = company(database)
    first, second = snapshot(database, acme, JAN, 100), snapshot(database, acme, JAN, 110)
    approve(admin, first)
    answer = approve(admin, second)
    assert answer.json["superseded_id"] == first
    assert statuses(database, acme) == {first: "superseded", second: "approved"}
    assert stored(database, first)["superseded_by"] == second
    assert current(database, acme)[0] == 110


def test_rejecting_it_brings_the_superseded_one_back_with_its_own_review(
    database: Database, admin: Person
) -> None:
    acme = company(database)
    first, second = snapshot(database, acme, JAN, 100), snapshot(database, acme, JAN, 110)
    approve(admin, first, note="mine")
    approve(admin, second)
    other = make_admin()
    answer = reject(other, second)
    assert answer.json["restored_id"] == first
    assert answer.json["current"]["current_holdings"] == "100"
    row = stored(database, first)
    assert (row["status"], row["superseded_by"], row["reviewed_by"], row["review_note"]) == (
        "approved",
        None,
        admin.id,
        "mine",
    )
    assert stored(database, second)["reviewed_by"] == other.id


def test_a_chain_is_walked_back_one_by_one(database: Database, admin: Person) -> None:
    acme = company(database)
    chain = [snapshot(database, acme, JAN, 100 + n) for n in range(3)]
    for one in chain:
        approve(admin, one)
    for gone, back in ((chain[2], chain[1]), (chain[1], chain[0])):
        assert reject(admin, gone).json["restored_id"] == back
        assert current(database, acme)[2] == back
    assert reject(admin, chain[0]).json["restored_id"] is None
    assert current(database, acme) == (None, None, None)


def test_without_one_for_its_date_the_latest_earlier_date_counts_again(
    database: Database, admin: Person
) -> None:
    acme = company(database)
    january, february, march = (snapshot(database, acme, day, n) for day, n in ((JAN, 1), (FEB, 2), (MAR, 3)))
    for one in (march, january, february):
        approve(admin, one)
    assert reject(admin, march).json["current"]["current_snapshot_id"] == february
    reject(admin, january)
    assert current(database, acme)[2] == february


@pytest.mark.parametrize("step", [approve, reject, correct])
@pytest.mark.parametrize("status", ["rejected", "superseded"])
def test_what_is_decided_stays_decided(database: Database, admin: Person, step: Any, status: str) -> None:
    acme = company(database)
    one = snapshot(database, acme, JAN, 100, status)
    answer = step(admin, one)
    assert (answer.status, answer.code) == (409, "snapshot_decided")
    assert statuses(database, acme) == {one: status}


def test_an_approved_one_is_not_approved_again(database: Database, admin: Person) -> None:
    one = snapshot(database, company(database), JAN, 100)
    approve(admin, one)
    answer = approve(admin, one)
    assert (answer.status, answer.code) == (409, "snapshot_decided")


@pytest.mark.parametrize("step", [approve, reject, correct])
def test_what_is_not_there_is_404(admin: Person, step: Any) -> None:
    answer = step(admin, 999)
    assert (answer.status, answer.code) == (404, "snapshot_unknown")
    assert admin.api.get(f"{PATH}/999").status == 404


def test_a_rejection_says_why(database: Database, admin: Person) -> None:
    one = snapshot(database, company(database), JAN, 100)
    assert admin.api.post(f"{PATH}/{one}/reject", {}).status == 422
    assert stored(database, one)["status"] == "pending"


def test_a_rejection_may_say_what_it_believes_the_status_to_be(database: Database, admin: Person) -> None:
    one = snapshot(database, company(database), JAN, 100)
    approve(admin, one)
    answer = reject(admin, one, expected_status="pending")
    assert (answer.status, answer.code) == (409, "snapshot_changed")
    assert reject(admin, one, expected_status="approved").status == 200


# ------------------------------------------------------------ what a reviewer sees


def test_the_queue_shows_each_beside_what_was_approved_before(database: Database, admin: Person) -> None:
    acme = company(database, ticker="ACME")
    approve(admin, snapshot(database, acme, JAN, 100))
    waiting = snapshot(database, acme, FEB, 120, flags=["differs_much"], source_id=source(database))
    (item,) = admin.api.get(f"{PATH}?status=pending").json["items"]
    assert (item["id"], item["ticker"], item["asset"], item["flags"]) == (
        waiting,
        "ACME",
        "BTC",
        ["differs_much"],
    )
    assert (item["previous_holdings"], item["previous_date"]) == ("100", JAN)
    assert (item["change"], item["change_percent"]) == ("20", "20")
    assert admin.api.get(f"{PATH}?flag=shrinks").json["items"] == []


def test_a_companys_history_in_every_status_pages(database: Database, admin: Person) -> None:
    acme, other = company(database), company(database)
    ids = [snapshot(database, acme, JAN, n, status) for n, status in enumerate(("rejected", "pending"), 1)]
    ids.append(snapshot(database, acme, JAN, 3, "approved"))
    snapshot(database, other, JAN, 1)
    first = admin.api.get(f"{PATH}?company_id={acme}&limit=2").json
    rest = admin.api.get(f"{PATH}?company_id={acme}&limit=2&cursor={first['next_cursor']}").json
    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None


def test_share_counts_are_shown_as_stated_and_in_todays_shares(database: Database, admin: Person) -> None:
    share = new_share(database)
    acme = company(database, share_asset_id=share)
    split(database, share, "2025-02-10", 10)
    for day, unit in ((JAN, None), (FEB, None), (MAR, "2025-01-01")):
        snapshot(
            database,
            acme,
            day,
            100,
            "approved",
            shares_outstanding=1000,
            share_basis="basic",
            shares_unit_date=unit,
        )
    items = admin.api.get(f"/v1/treasury/companies/{acme}/holdings").json["items"]
    assert [
        (
            item["shares_outstanding"],
            item["split_factor"],
            item["shares_adjusted"],
            item["holdings_per_share"],
        )
        for item in items
    ] == [("1000", "10", "10000", "0.01"), ("1000", "1", "1000", "0.1"), ("1000", "10", "10000", "0.01")]


def test_the_audit_log_tells_every_step(database: Database, admin: Person) -> None:
    acme = company(database)
    first, second = (
        snapshot(database, acme, JAN, 100, raw_data='{"long": "text"}'),
        snapshot(database, acme, JAN, 110),
    )
    approve(admin, first)
    approve(admin, second)
    reject(admin, second)
    rows = admin.api.get(f"/v1/admin/audit-log?table=treasury.holdings_snapshots&record={first}").json[
        "items"
    ]
    told = [(row["action"], (row["new_values"] or {}).get("status"), row["user_id"]) for row in rows][::-1]
    who = str(admin.id)
    assert told == [
        ("insert", "pending", None),
        ("update", "approved", who),
        ("update", "superseded", who),
        ("update", "approved", who),
    ]
    assert "raw_data" not in rows[-1]["new_values"]
    holdings = [
        row["new_values"]["current_holdings"]
        for row in admin.api.get(f"/v1/admin/audit-log?table=treasury.companies&record={acme}").json["items"]
    ][::-1]
    assert holdings == [None, 100, 110, 100]
