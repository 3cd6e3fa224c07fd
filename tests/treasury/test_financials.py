"""Financials over time: one row is in force on each day, and the past can be asked for."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core import db
from tests.conftest import Api, Database
from tests.identity.factory import Person, make_admin
from tests.identity.together import codes, together
from tests.treasury.factory import company, financials, override, reviewer

JAN, FEB, MAR, APR = "2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def add(admin: Person, acme: int, day: str, **fields: Any) -> Any:
    body = {"effective_date": day, "source": "10-Q", **fields}
    return admin.api.post(f"/v1/admin/treasury/companies/{acme}/financials", body)


def read(acme: int, as_of: str | None = None) -> list[dict[str, Any]]:
    query = f"?as_of={as_of}" if as_of else ""
    answer = Api().get(f"/v1/treasury/companies/{acme}/financials{query}")
    assert answer.status == 200, answer.text
    return list(answer.json["items"])


def periods(database: Database, acme: int) -> list[tuple[date, date | None]]:
    rows = database.rows(
        "select effective_date, end_date from treasury.company_financials where company_id = %s order by 1",
        acme,
    )
    return [(row["effective_date"], row["end_date"]) for row in rows]


def test_a_new_row_closes_the_one_before_it(database: Database, admin: Person) -> None:
    acme = company(database)
    first = add(admin, acme, JAN, total_debt="100", cash="0")
    assert (first.status, first.json["end_date"], first.json["cash"]) == (201, None, "0")
    add(admin, acme, MAR, total_debt="200")
    assert [(row["effective_date"], row["end_date"]) for row in read(acme)] == [(MAR, None), (JAN, MAR)]


def test_one_in_between_is_closed_by_the_later_one(database: Database, admin: Person) -> None:
    acme = company(database)
    for day in (MAR, JAN, FEB):
        add(admin, acme, day)
    assert [(row["effective_date"], row["end_date"]) for row in read(acme)] == [
        (MAR, None),
        (FEB, MAR),
        (JAN, FEB),
    ]


def test_the_past_can_be_asked_for(database: Database, admin: Person) -> None:
    acme = company(database)
    add(admin, acme, JAN, total_debt="100")
    add(admin, acme, MAR, total_debt="200")
    debts = {
        day: [row["total_debt"] for row in read(acme, day)]
        for day in ("2024-12-31", JAN, "2025-02-28", MAR, "2030-01-01")
    }
    assert debts == {
        "2024-12-31": [],
        JAN: ["100"],
        "2025-02-28": ["100"],
        MAR: ["200"],
        "2030-01-01": ["200"],
    }


def test_what_is_left_out_is_unknown_unless_it_is_carried_forward(database: Database, admin: Person) -> None:
    acme = company(database)
    add(admin, acme, JAN, total_debt="100", cash="5", source_url="https://example.com/q1", shares_basic="7")
    assert add(admin, acme, FEB, cash="6").json["total_debt"] is None
    add(admin, acme, MAR, total_debt="300", shares_basic="8", shares_assumed_diluted="9")
    carried = add(admin, acme, APR, cash="6", carry_forward=True).json
    assert (carried["total_debt"], carried["cash"], carried["source_url"]) == ("300", "6", None)
    assert (carried["shares_basic"], carried["shares_unit_date"]) == ("8", MAR), "still in shares of March"
    emptied = add(admin, acme, "2025-05-01", total_debt=None, shares_basic="10", carry_forward=True).json
    assert (emptied["total_debt"], emptied["cash"]) == (None, "6")
    assert (emptied["shares_basic"], emptied["shares_assumed_diluted"], emptied["shares_unit_date"]) == (
        "10",
        None,
        None,
    )


def test_the_companys_currency_unless_another_is_given(database: Database, admin: Person) -> None:
    acme = company(database, currency="JPY")
    assert add(admin, acme, JAN).json["currency"] == "JPY"
    assert add(admin, acme, FEB, currency="usd").json["currency"] == "USD"


def test_one_date_has_one_row(database: Database, admin: Person) -> None:
    acme = company(database)
    add(admin, acme, JAN, cash="1")
    answer = add(admin, acme, JAN, cash="2")
    assert (answer.status, answer.code) == (409, "financials_exist")
    assert [row["cash"] for row in read(acme)] == ["1"]


def test_a_row_that_should_not_have_been_is_taken_out(database: Database, admin: Person) -> None:
    acme = company(database)
    ids = [add(admin, acme, day).json["id"] for day in (JAN, FEB, MAR)]
    path = f"/v1/admin/treasury/financials/{ids[1]}"
    assert admin.api.delete(path).status == 204
    assert periods(database, acme) == [
        (date(2025, 1, 1), date(2025, 3, 1)),
        (date(2025, 3, 1), None),
    ]
    assert (admin.api.delete(path).status, admin.api.delete(path).code) == (404, "financials_unknown")
    admin.api.delete(f"/v1/admin/treasury/financials/{ids[2]}")
    assert periods(database, acme) == [(date(2025, 1, 1), None)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"cash": "-1"},
        {"shares_basic": "0"},
        {"staking_pct": "101"},
        {"cash": 1.5},
        {"effective_date": "2025-02-30"},
        {"currency": "DOLLAR"},
        {"end_date": "2025-02-01"},
        {"source": ""},
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    database: Database, admin: Person, wrong: dict[str, Any]
) -> None:
    acme = company(database)
    body = {"effective_date": JAN, "source": "10-Q", **wrong}
    answer = admin.api.post(f"/v1/admin/treasury/companies/{acme}/financials", body)
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == f"body.{next(iter(wrong))}"
    assert periods(database, acme) == []


def test_a_company_that_is_not_there(database: Database, admin: Person) -> None:
    answer = add(admin, 999, JAN)
    assert (answer.status, answer.code) == (404, "company_unknown")
    assert Api().get("/v1/treasury/companies/999/financials").code == "company_unknown"


def test_a_read_says_what_is_overridden(database: Database) -> None:
    acme = company(database)
    financials(database, acme, JAN, cash="5")
    override(reviewer(database), acme, "cash", "6")
    override(reviewer(database), acme, "tier", "1")
    answer = Api().get(f"/v1/treasury/companies/{acme}/financials").json
    assert answer["items"][0]["cash"] == "5"
    assert {field: (one["value"], one["original"]) for field, one in answer["overridden"].items()} == {
        "cash": ("6", "5")
    }


def test_of_two_at_once_for_one_date_one_is_told(database: Database) -> None:
    acme = company(database)
    for day in (JAN, FEB, MAR):
        outcomes = together(*(lambda day=day: financials(database, acme, day) for _ in range(2)))
        assert len(set(map(type, outcomes))) == 2
        assert codes(outcomes) == ["done", "financials_exist"]
    assert [end for _, end in periods(database, acme)] == [date(2025, 2, 1), date(2025, 3, 1), None]


def test_two_at_once_for_two_dates_leave_no_overlap(database: Database) -> None:
    for _ in range(5):
        acme = company(database)
        together(*(lambda acme=acme, day=day: financials(database, acme, day) for day in (FEB, JAN, MAR)))
        assert [end for _, end in periods(database, acme)] == [date(2025, 2, 1), date(2025, 3, 1), None]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.integers(0, 400), min_size=1, max_size=15, unique=True), data=st.data())
def test_in_whatever_order_rows_come_and_go_each_day_has_the_last_one_before_it(
    database: Database, days: list[int], data: st.DataObject
) -> None:
    acme, first = company(database), date(2024, 1, 1)
    values: dict[date, int] = {}
    ids: dict[date, int] = {}
    for number, offset in enumerate(days):
        day = first + timedelta(days=offset)
        ids[day] = financials(database, acme, day, cash=str(number))
        values[day] = number
        if data.draw(st.integers(0, 3)) == 0:
            gone = data.draw(st.sampled_from(sorted(values)))
            remove(database, ids[gone])
            del values[gone]
    held = periods(database, acme)
    assert [start for start, _ in held] == sorted(values)
    assert [end for _, end in held] == [*[start for start, _ in held][1:], None][: len(held)]
    for offset in (0, 100, 200, 300, 400):
        day = first + timedelta(days=offset)
        before = [start for start in values if start <= day]
        expected = [Decimal(values[max(before)])] if before else []
        rows = database.rows(
            "select cash from treasury.company_financials "
            "where company_id = %s and effective_date <= %s and coalesce(end_date, 'infinity') > %s",
            acme, day, day,
        )  # fmt: skip
        assert [row["cash"] for row in rows] == expected


def remove(database: Database, financials_id: int) -> None:
    with db.transaction(reviewer(database)) as tx:
        tx.execute("select treasury.remove_financials(%s)", [financials_id])
