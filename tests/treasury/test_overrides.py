"""Overrides: a value in the place of a stored one, until it expires or is deactivated; every read says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from chalicelib.core import jobs
from chalicelib.treasury.expiry import EXPIRE_OVERRIDES
from chalicelib.treasury.override_values import KINDS, Unfit, fitting
from tests.conftest import Api, Database
from tests.identity.factory import Person, make_admin
from tests.identity.together import codes, together
from tests.treasury.factory import company, current, financials, override, reviewer, snapshot

PATH = "/v1/admin/treasury/overrides"


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def add(admin: Person, acme: int, field: str, value: str, **more: Any) -> Any:
    body = {"company_id": acme, "field": field, "value": value, "reason": "told by phone", **more}
    return admin.api.post(PATH, body)


def shown(acme: int) -> dict[str, Any]:
    answer = Api().get(f"/v1/treasury/companies/{acme}")
    assert answer.status == 200, answer.text
    return dict(answer.json)


def soon() -> str:
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat()


def let_it_expire(database: Database, override_id: int) -> None:
    """As if its time had passed."""
    database.run(
        "update treasury.company_overrides set expires_at = now() - interval '1 second' where id = %s",
        override_id,
    )


def test_a_read_shows_the_value_and_says_what_it_stands_in_for(database: Database, admin: Person) -> None:
    acme = company(database, tier=2, is_miner=False)
    snapshot(database, acme, "2025-01-31", 100, "approved")
    assert shown(acme)["overridden"] == {}
    made = add(admin, acme, "current_holdings", "120.50")
    assert (made.status, made.json["original"], made.json["created_by"]) == (201, "100", str(admin.id))
    add(admin, acme, "tier", "1")
    add(admin, acme, "is_miner", "Yes")
    read = shown(acme)
    assert (read["current_holdings"], read["tier"], read["is_miner"]) == ("120.50", 1, True)
    assert set(read["overridden"]) == {"current_holdings", "tier", "is_miner"}
    since = read["overridden"]["tier"].pop("since")
    assert datetime.fromisoformat(since) <= datetime.now(UTC)
    assert read["overridden"]["tier"] == {
        "value": "1",
        "original": "2",
        "reason": "told by phone",
        "source": "admin",
        "expires_at": None,
    }
    history = Api().get(f"/v1/treasury/companies/{acme}/holdings").json
    assert history["items"][0]["holdings"] == "100", "the stored value stays"
    assert history["overridden"]["current_holdings"]["value"] == "120.50"
    assert current(database, acme)[0] == 100


def test_a_new_override_of_a_field_ends_the_one_before(database: Database, admin: Person) -> None:
    acme = company(database, tier=3)
    first = add(admin, acme, "tier", "2").json["id"]
    second = add(admin, acme, "tier", "1").json
    assert (second["original"], shown(acme)["tier"]) == ("3", 1), (
        "the original is what is stored, not the first"
    )
    items = admin.api.get(f"{PATH}?company_id={acme}").json["items"]
    assert [(item["id"], item["is_active"], item["deactivated_by"]) for item in items] == [
        (second["id"], True, None),
        (first, False, str(admin.id)),
    ]
    assert [item["id"] for item in admin.api.get(f"{PATH}?active=false").json["items"]] == [first]


def test_deactivated_it_stays_on_record(database: Database, admin: Person) -> None:
    acme = company(database, tier=3)
    made = add(admin, acme, "tier", "2").json["id"]
    assert admin.api.delete(f"{PATH}/{made}").status == 204
    assert (shown(acme)["tier"], shown(acme)["overridden"]) == (3, {})
    (item,) = admin.api.get(f"{PATH}?company_id={acme}").json["items"]
    assert (item["is_active"], item["deactivated_by"]) == (False, str(admin.id))
    answer = admin.api.delete(f"{PATH}/{made}")
    assert (answer.status, answer.code) == (404, "override_unknown")


def test_it_is_over_the_moment_it_expires_and_a_job_writes_that_down(
    database: Database, admin: Person
) -> None:
    acme = company(database, tier=3)
    made = add(admin, acme, "tier", "2", expires_at=soon()).json["id"]
    assert shown(acme)["tier"] == 2
    let_it_expire(database, made)
    assert (shown(acme)["tier"], shown(acme)["overridden"]) == (3, {})
    assert Api().get(f"/v1/treasury/companies/{acme}/overrides").json["items"] == []
    (item,) = admin.api.get(PATH).json["items"]
    assert (item["is_active"], item["deactivated_at"]) == (False, None)
    lasting = add(admin, company(database), "tier", "2", expires_at=soon()).json["id"]
    assert jobs.run(EXPIRE_OVERRIDES)["rows"] == 1
    rows = {row["id"]: row for row in admin.api.get(PATH).json["items"]}
    assert (rows[made]["deactivated_by"], rows[made]["deactivated_at"] is None) == (None, False)
    assert rows[lasting]["is_active"] is True
    assert jobs.run(EXPIRE_OVERRIDES)["rows"] == 0


def test_an_expired_one_that_no_job_has_ended_yet_is_no_obstacle(database: Database, admin: Person) -> None:
    acme = company(database)
    let_it_expire(database, add(admin, acme, "tier", "2", expires_at=soon()).json["id"])
    assert add(admin, acme, "tier", "1").status == 201


def test_the_original_of_a_financial_field_is_that_in_force_today(database: Database, admin: Person) -> None:
    acme, today = company(database), datetime.now(UTC).date()
    financials(database, acme, today - timedelta(days=400), total_debt="1")
    financials(database, acme, today - timedelta(days=30), total_debt="2")
    financials(database, acme, today + timedelta(days=30), total_debt="3")
    assert add(admin, acme, "total_debt", "5").json["original"] == "2"
    assert add(admin, acme, "cash", "5").json["original"] is None


def test_the_public_sees_the_reason_and_not_the_person(database: Database, admin: Person) -> None:
    acme = company(database, tier=2)
    add(admin, acme, "tier", "1")
    answer = Api().get(f"/v1/treasury/companies/{acme}/overrides")
    (item,) = answer.json["items"]
    assert (item["field"], item["value"], item["original"], item["reason"]) == (
        "tier",
        "1",
        "2",
        "told by phone",
    )
    assert str(admin.id) not in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("current_holdings", "-1"),
        ("current_holdings", "1,000"),
        ("current_holdings", "1e6"),
        ("market_cap", "NaN"),
        ("shares_basic", "0"),
        ("shares_basic", "0.0"),
        ("staking_pct", "100.1"),
        ("tier", "0"),
        ("tier", "1.5"),
        ("is_miner", "maybe"),
        ("website", "strategy.com"),
        ("country", "USA"),
        ("name", "x" * 256),
    ],
)
def test_a_value_that_its_field_cannot_take_is_refused(
    database: Database, admin: Person, field: str, value: str
) -> None:
    answer = add(admin, company(database), field, value)
    assert answer.status == 422
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [
        ("body.value", "value_does_not_fit")
    ]
    assert database.rows("select 1 from treasury.company_overrides") == []


def test_what_else_is_refused(database: Database, admin: Person) -> None:
    acme = company(database)
    assert add(admin, acme, "ticker", "X").status == 422
    assert add(admin, acme, "tier", "1", reason="").status == 422
    assert add(admin, 999, "tier", "1").code == "company_unknown"
    past = add(admin, acme, "tier", "1", expires_at="2020-01-01T00:00:00Z")
    assert (past.status, past.json["errors"][0]["code"]) == (422, "expired")
    assert database.rows("select 1 from treasury.company_overrides") == []


GOOD = [
    "0",
    "1",
    "1.5",
    "12345678901234567890.123456789012345678",
    "100",
    "9",
    "true",
    "false",
    "US",
    "https://x",
    "x",
]
BAD = [
    "-1",
    "+1",
    ".5",
    "1.",
    "1e3",
    "Infinity",
    "",
    "0.0",
    "101",
    "10",
    "TRUE",
    "usa",
    "ftp://x",
    "123456789012345678901",
]


@pytest.mark.parametrize("field", KINDS)
def test_the_database_takes_exactly_what_the_rules_here_take(database: Database, field: str) -> None:
    """Readers cast what is stored: a value that does not fit would break them all."""
    acme = company(database)
    for value in [*GOOD, *BAD]:
        try:
            fits = fitting(field, value) == value
        except Unfit:
            fits = False
        statement = (
            "insert into treasury.company_overrides "
            "(company_id, field, override_value, reason, is_active, deactivated_at) "
            "values (%s, %s, %s, 'test', false, now())"
        )
        try:
            database.run(statement, acme, field, value)
            taken = True
        except (psycopg.errors.RaiseException, psycopg.errors.CheckViolation):
            taken = False
        lenient = KINDS[field] == "flag" and value in ("TRUE", "1", "0")
        assert taken == fits or lenient, (field, value)


def test_both_lists_of_fields_are_the_same(database: Database) -> None:
    rows = database.rows("select field, kind from treasury.overridable()")
    assert {row["field"]: row["kind"] for row in rows} == KINDS
    spec = Api().get("/v1/openapi.json").json["components"]["schemas"]["NewOverride"]
    assert set(spec["properties"]["field"]["enum"]) == set(KINDS)


def test_of_two_at_once_one_is_in_force_and_both_are_on_record(database: Database) -> None:
    acme, who = company(database), reviewer(database)
    for _ in range(5):
        outcomes = together(*(lambda tier=tier: override(who, acme, "tier", tier) for tier in ("1", "2")))
        assert codes(outcomes) == ["done", "done"]
    counts = database.row(
        "select count(*), count(*) filter (where is_active) as active from treasury.company_overrides"
    )
    assert (counts["count"], counts["active"]) == (10, 1)


def test_it_is_audited(database: Database, admin: Person) -> None:
    made = add(admin, company(database), "tier", "1").json["id"]
    admin.api.delete(f"{PATH}/{made}")
    items = admin.api.get(f"/v1/admin/audit-log?table=treasury.company_overrides&record={made}").json["items"]
    assert [(item["action"], item["user_id"]) for item in items] == [
        ("update", str(admin.id)),
        ("insert", str(admin.id)),
    ]
