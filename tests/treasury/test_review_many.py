"""Approving many at once, and several administrators at the same moment."""

from __future__ import annotations

from tests.conftest import Database
from tests.identity.factory import make_admin
from tests.identity.together import codes, together
from tests.treasury.factory import (
    approve,
    company,
    correct,
    current,
    reject,
    reviewer,
    snapshot,
    statuses,
    stored,
)

PATH = "/v1/admin/treasury/snapshots"
JAN, FEB = "2025-01-31", "2025-02-28"


def test_all_that_can_be_approved_are_and_each_has_its_result(database: Database) -> None:
    admin, acme, other = make_admin(), company(database), company(database)
    good, better = snapshot(database, acme, JAN, 1), snapshot(database, other, JAN, 2)
    bad = snapshot(database, acme, FEB, 3, "rejected")
    answer = admin.api.post(f"{PATH}/bulk-approve", {"ids": [good, 999, bad, better], "note": "read"})
    assert answer.json == {
        "items": [
            {"id": good, "approved": True, "status": "approved", "superseded_id": None, "code": None},
            {"id": 999, "approved": False, "status": None, "superseded_id": None, "code": "snapshot_unknown"},
            {"id": bad, "approved": False, "status": "rejected", "superseded_id": None, "code": "snapshot_decided"},
            {"id": better, "approved": True, "status": "approved", "superseded_id": None, "code": None},
        ],
        "approved": 2,
    }  # fmt: skip
    assert (current(database, acme)[0], current(database, other)[0]) == (1, 2)
    assert stored(database, good)["review_note"] == "read"


def test_of_several_for_one_date_the_last_in_the_list_counts(database: Database) -> None:
    admin, acme = reviewer(database), company(database)
    before = snapshot(database, acme, JAN, 1, "approved")
    first, last, middle = (snapshot(database, acme, JAN, n) for n in (2, 4, 3))
    results = approve(admin, first, middle, last, first)
    assert [(row["snapshot_id"], row["status"], row["superseded_id"]) for row in results] == [
        (first, "superseded", before),
        (middle, "superseded", first),
        (last, "approved", middle),
    ]
    assert current(database, acme)[0] == 4
    for gone, back in ((last, middle), (middle, first), (first, before)):
        assert reject(admin, gone)[0]["restored_id"] == back


def test_the_company_changes_once_however_many_are_approved(database: Database) -> None:
    admin, acme = reviewer(database), company(database)
    ids = [snapshot(database, acme, f"2025-01-{day:02}", day) for day in range(1, 29)]
    approve(admin, *ids)
    changes = database.row(
        "select count(*) from app.audit_log where table_name = 'treasury.companies' and action = 'update'"
    )
    assert (current(database, acme)[0], changes["count"]) == (28, 1)


def test_an_import_of_a_history_updates_its_company_once(database: Database) -> None:
    acme = company(database)
    database.run(
        "insert into treasury.holdings_snapshots "
        "(company_id, snapshot_date, holdings, status, source, reviewed_at) "
        "select %s, date '2020-01-01' + n, n, 'approved', 'history', now() from generate_series(1, 1000) as n",
        acme,
    )
    changes = database.row(
        "select count(*) from app.audit_log where table_name = 'treasury.companies' and action = 'update'"
    )
    assert (current(database, acme)[0], changes["count"]) == (1000, 1)


def test_of_two_who_approve_the_same_one_is_told(database: Database) -> None:
    acme = company(database)
    ann, bob = make_admin(), make_admin()
    for day in range(1, 6):
        one = snapshot(database, acme, f"2025-03-{day:02}", day)
        answers = together(
            lambda one=one: ann.api.post(f"{PATH}/{one}/approve", {}),
            lambda one=one: bob.api.post(f"{PATH}/{one}/approve", {}),
        )
        assert sorted(answer.status for answer in answers) == [200, 409]
        winner = (ann, bob)[[answer.status for answer in answers].index(200)]
        assert stored(database, one)["reviewed_by"] == winner.id


def test_of_two_for_one_date_approved_at_once_one_counts(database: Database) -> None:
    admin, acme = reviewer(database), company(database)
    for day in range(1, 9):
        one, two = (snapshot(database, acme, f"2025-03-{day:02}", n) for n in (day, day + 1))
        outcomes = together(lambda one=one: approve(admin, one), lambda two=two: approve(admin, two))
        assert codes(outcomes) == ["done", "done"]
        mine = [statuses(database, acme)[n] for n in (one, two)]
        assert sorted(mine) == ["approved", "superseded"]
        assert current(database, acme)[2] == (one, two)[mine.index("approved")]


def test_approving_while_another_rejects_and_a_third_corrects_leaves_one_truth(database: Database) -> None:
    admin, acme = reviewer(database), company(database)
    for day in range(1, 6):
        at = f"2025-04-{day:02}"
        old = snapshot(database, acme, at, 1)
        approve(admin, old)
        new = snapshot(database, acme, at, 2)
        together(
            lambda new=new: approve(admin, new),
            lambda old=old: reject(admin, old),
            lambda new=new: correct(admin, new, holdings=3),
        )
        counts = database.row(
            "select count(*) filter (where status = 'approved') as approved, "
            "count(*) filter (where status = 'superseded' and superseded_by is null) as lost "
            "from treasury.holdings_snapshots where company_id = %s and snapshot_date = %s",
            acme, at,
        )  # fmt: skip
        assert counts["approved"] <= 1
        assert counts["lost"] == 0
        latest = database.rows(
            "select id from treasury.holdings_snapshots where company_id = %s and status = 'approved' "
            "order by snapshot_date desc limit 1",
            acme,
        )
        assert current(database, acme)[2] == (latest[0]["id"] if latest else None)


def test_bulk_approvals_in_opposite_orders_do_not_block_each_other(database: Database) -> None:
    admin = reviewer(database)
    firms = [company(database) for _ in range(4)]
    for day in range(1, 6):
        ids = [snapshot(database, firm, f"2025-05-{day:02}", day) for firm in firms]
        more = [snapshot(database, firm, f"2025-05-{day:02}", day + 1) for firm in reversed(firms)]
        outcomes = together(lambda ids=ids: approve(admin, *ids), lambda more=more: approve(admin, *more))
        assert codes(outcomes) == ["done", "done"]
