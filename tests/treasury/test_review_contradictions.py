"""Two statements about one day and amount: what both say has to agree, and what only one says is not lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Database
from tests.identity.factory import make_admin
from tests.treasury.factory import (
    approve,
    candidate,
    company,
    current,
    propose,
    reject,
    reviewer,
    share,
    snapshot,
    source,
    split,
    statuses,
    stored,
)

JAN, FEB = "2025-01-31", "2025-02-28"
PATH = "/v1/admin/treasury/snapshots"


def said(database: Database, acme: int, one: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
    """What became of two sources' statements."""
    (first,) = propose(acme, [one], source(database))
    (second,) = propose(acme, [other], source(database, "prnewswire"))
    return [first, second]


@pytest.mark.parametrize(
    ("one", "other", "flag"),
    [
        ({"total_cost": "1000000"}, {"total_cost": "9000000"}, "contradicts_cost"),
        ({"total_cost": "27900000000"}, {"total_cost": "27960000000"}, "contradicts_cost"),
        ({"average_price": "62428"}, {"average_price": "62431"}, "contradicts_average"),
        (
            {"shares_outstanding": "1000", "share_basis": "basic"},
            {"shares_outstanding": "9000", "share_basis": "basic"},
            "contradicts_shares",
        ),
        (
            {"shares_outstanding": "2000", "share_basis": "assumed_diluted", "shares_basic": "1000"},
            {"shares_outstanding": "1100", "share_basis": "basic"},
            "contradicts_shares",
        ),
        (
            {"purchased": "12", "period_start": JAN, "period_end": FEB},
            {"purchased": "13", "period_start": JAN, "period_end": FEB},
            "contradicts_purchase",
        ),
    ],
    ids=["cost", "cost beyond rounding", "average", "shares", "basic shares", "purchase"],
)
def test_two_that_say_otherwise_wait_for_a_person(
    database: Database, one: dict[str, Any], other: dict[str, Any], flag: str
) -> None:
    acme = company(database, auto_approve_confidence="0.5")
    first, second = said(database, acme, candidate(FEB, 100, **one), candidate(FEB, 100, **other))
    assert (first["outcome"], second["outcome"]) == ("created", "created")
    for made in (first, second):
        row = stored(database, made["id"])
        assert (row["status"], row["flags"], row["corroborated_by"]) == ("pending", [flag], [])
    assert current(database, acme) == (None, None, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"total_cost": "27900000000"}, {"total_cost": "27903500000"}),
        ({"average_price": "62428"}, {"average_price": "62428.4"}),
        ({"total_cost": "100", "currency": "USD"}, {"total_cost": "15000", "currency": "JPY"}),
        (
            {"purchased": "12", "period_start": JAN, "period_end": FEB},
            {"purchased": "40", "period_start": "2024-12-31", "period_end": FEB},
        ),
        (
            {"shares_outstanding": "1000", "share_basis": "basic"},
            {"shares_outstanding": "1000", "share_basis": "basic", "shares_unit_date": FEB},
        ),
    ],
    ids=["$27.9 billion", "an average in whole dollars", "another currency", "another period", "the same"],
)
def test_what_rounding_explains_or_is_about_something_else_agrees(
    database: Database, one: dict[str, Any], other: dict[str, Any]
) -> None:
    acme = company(database, auto_approve_confidence="0.5")
    first, second = said(database, acme, candidate(FEB, 100, **one), candidate(FEB, 100, **other))
    assert (second["outcome"], second["id"]) == ("approved", first["id"])


def test_counts_are_compared_in_shares_of_one_day(database: Database) -> None:
    """A thousand shares before ten for one are ten thousand after it."""
    listed = share(database)
    acme = company(database, share_asset_id=listed, auto_approve_confidence="0.5")
    split(database, listed, FEB, 10)
    before = candidate(JAN, 100, shares_outstanding="1234", share_basis="basic")
    after = candidate(JAN, 100, shares_outstanding="12340", share_basis="basic", shares_unit_date=FEB)
    assert said(database, acme, before, after)[1]["outcome"] == "approved"
    other = candidate(JAN, 100, shares_outstanding="12340", share_basis="basic", shares_unit_date=JAN)
    (found,) = propose(acme, [other], source(database, "hkex"))
    assert (found["outcome"], found["flags"]) == ("created", ["contradicts_shares"])


def test_what_only_one_says_comes_together_while_it_waits(database: Database) -> None:
    acme = company(database)
    counted = candidate(
        FEB, 100, shares_outstanding="5000", share_basis="assumed_diluted", shares_unit_date=FEB
    )
    paid = candidate(FEB, 100, total_cost="9000000", purchased="3", period_start=JAN, period_end=FEB)
    basic = candidate(FEB, 100, shares_outstanding="4000", share_basis="basic")
    first, second = said(database, acme, paid, counted)
    assert (second["outcome"], second["id"]) == ("corroborated", first["id"])
    assert propose(acme, [basic], source(database))[0]["outcome"] == "known"
    row = stored(database, first["id"])
    assert (row["shares_outstanding"], row["share_basis"], row["shares_basic"]) == (
        5000,
        "assumed_diluted",
        4000,
    )
    assert (row["total_cost"], row["purchased"]) == (9000000, 3)
    (beside,) = row["raw_data"]["beside"]
    assert (beside["shares_outstanding"], beside["source_id"]) == (
        "5000",
        str(source(database, "prnewswire")),
    )


@pytest.mark.parametrize("basis_first", [True, False])
def test_a_second_basis_of_the_day_is_kept_whichever_came_first(
    database: Database, basis_first: bool
) -> None:
    """Each in its own shares: ten for one lies between the two."""
    listed = share(database)
    acme = company(database, share_asset_id=listed)
    split(database, listed, FEB, 10)
    basic = candidate(JAN, 100, shares_outstanding="400", share_basis="basic")
    diluted = candidate(
        JAN, 100, shares_outstanding="5000", share_basis="assumed_diluted", shares_unit_date=FEB
    )
    first, _ = said(database, acme, *((basic, diluted) if basis_first else (diluted, basic)))
    row = stored(database, first["id"])
    assert (row["share_basis"], row["shares_outstanding"], row["shares_basic"]) == (
        "assumed_diluted",
        5000,
        4000,
    )


def test_what_adds_to_an_approved_one_waits_as_a_proposal_that_has_both(database: Database) -> None:
    acme, admin = company(database), reviewer(database)
    held = snapshot(database, acme, FEB, 100, "approved", total_cost=9000000, currency="USD")
    counted = candidate(FEB, 100, shares_outstanding="5000", share_basis="assumed_diluted")
    (found,) = propose(acme, [counted], source(database))
    assert (found["outcome"], found["flags"]) == ("created", ["adds"])
    row = stored(database, found["id"])
    assert (row["status"], row["shares_outstanding"], row["total_cost"]) == ("pending", 5000, 9000000)
    assert stored(database, held)["shares_outstanding"] is None
    assert propose(acme, [counted], source(database))[0]["outcome"] == "known", "it waits already"
    approve(admin, found["id"])
    assert statuses(database, acme) == {held: "superseded", found["id"]: "approved"}


def test_an_administrator_enters_the_right_share_count_of_a_day_that_is_approved(database: Database) -> None:
    """The entry waits, keeps what only the approved one says, and takes its place when it is approved."""
    admin, acme = make_admin(), company(database)
    held = snapshot(
        database, acme, FEB, 189150, "approved", shares_outstanding=17_500_000, total_cost=5_895_000_000
    )
    body = {
        "company_id": acme,
        "snapshot_date": FEB,
        "holdings": "189150",
        "shares_outstanding": "207636000",
        "share_basis": "assumed_diluted",
        "shares_basic": "168681000",
        "shares_unit_date": "2025-03-30",
        "source": "8-K",
    }
    answer = admin.api.post(PATH, body)
    assert (answer.status, answer.json["outcome"]) == (201, "created")
    made = answer.json["snapshot"]
    assert (made["status"], made["flags"], made["total_cost"]) == (
        "pending",
        ["contradicts_shares"],
        "5895000000",
    )
    assert (made["shares_outstanding"], made["shares_basic"]) == ("207636000", "168681000")
    admin.api.post(f"{PATH}/{made['id']}/approve", {})
    assert statuses(database, acme) == {held: "superseded", made["id"]: "approved"}


def test_basic_shares_stand_beside_others_only(database: Database) -> None:
    admin, acme = make_admin(), company(database)
    body = {"company_id": acme, "snapshot_date": FEB, "holdings": "1", "source": "x", "shares_basic": "5"}
    answer = admin.api.post(PATH, body)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "body.shares_basic")
    made = admin.api.post(PATH, {**body, "shares_basic": None}).json["snapshot"]
    answer = admin.api.post(f"{PATH}/{made['id']}/correct", {"shares_basic": "5", "note": "stated"})
    assert (answer.status, answer.code) == (422, "shares_basic_alone")


def test_what_was_decided_against_does_not_come_back_but_another_count_does(database: Database) -> None:
    acme, admin = company(database), reviewer(database)
    stated = candidate(FEB, 100, shares_outstanding="5000", share_basis="assumed_diluted", accession="a-1")
    (made,) = propose(acme, [stated], source(database))
    reject(admin, made["id"])
    assert propose(acme, [stated], source(database))[0]["outcome"] == "known"
    (again,) = propose(acme, [stated | {"shares_outstanding": "50000"}], source(database))
    assert again["outcome"] == "created"


def test_each_of_several_that_wait_for_a_date_is_told_so(database: Database) -> None:
    acme = company(database)
    (first,) = propose(acme, [candidate(FEB, 100)], source(database))
    (second,) = propose(acme, [candidate(FEB, 101)], source(database))
    assert second["flags"] == ["contradicts"]
    assert stored(database, first["id"])["flags"] == ["contradicts"]


# ------------------------------------------------------------ approximately


def about(holdings: str, **fields: Any) -> dict[str, Any]:
    return candidate(FEB, holdings, raw_data={"approximate": True}, **fields)


@pytest.mark.parametrize("stated", ["446400", "446000", "446390"])
def test_an_approximate_amount_agrees_with_what_it_may_mean(database: Database, stated: str) -> None:
    acme = company(database, auto_approve_confidence="0.95")
    first, second = said(database, acme, candidate(FEB, 446400), about(stated))
    wanted = {"446400": "approved", "446000": "approved", "446390": "created"}[stated]
    assert second["outcome"] == wanted
    if wanted == "approved":
        assert second["id"] == first["id"]
        assert current(database, acme)[0] == 446400


def test_an_exact_amount_takes_the_place_of_an_approximate_one_that_waits(database: Database) -> None:
    acme = company(database, auto_approve_confidence="0.95")
    exact = candidate(FEB, 446400, evidence="446,400 bitcoins", accession="a-2")
    first, second = said(database, acme, about("446000", evidence="approximately 446,000"), exact)
    assert (second["outcome"], second["id"]) == ("approved", first["id"])
    row = stored(database, first["id"])
    assert (row["holdings"], row["evidence"], row["accession"]) == (446400, "446,400 bitcoins", "a-2")
    assert row["raw_data"]["approximately"][0]["evidence"] == "approximately 446,000"
    assert row["confidence"] == Decimal("0.99")


def test_a_doubted_approximate_amount_agrees_with_nothing_but_itself(database: Database) -> None:
    acme = company(database, auto_approve_confidence="0.95")
    first, second = said(database, acme, candidate(FEB, 446400), about("446000", flags=["reader_notes"]))
    assert (second["outcome"], second["flags"]) == ("created", ["contradicts", "reader_notes"])
    assert stored(database, first["id"])["status"] == "pending"
