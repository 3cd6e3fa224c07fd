"""What a tracker's file states a company to hold: it stands beside the reviewed snapshots, and gives way to them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from tests.conftest import Api, Database
from tests.treasury.factory import (
    approve,
    candidate,
    coin,
    company,
    current,
    financials,
    propose,
    reject,
    reviewer,
    snapshot,
)
from tests.treasury.scraped import source_of


def state(database: Database, company_id: int, day: str | date, holdings: Any, **fields: Any) -> None:
    """What a file states, as an import stores it."""
    values = {"source": "press release", "source_url": "https://example.com/release", **fields}
    database.run(
        "insert into treasury.stated_holdings (company_id, stated_date, holdings, source, source_url) "
        "values (%s, %s, %s, %s, %s) "
        "on conflict (company_id, stated_date) do update set holdings = excluded.holdings",
        company_id, day, holdings, values["source"], values["source_url"],
    )  # fmt: skip


def shown(api: Api, company_id: int) -> dict[str, Any]:
    answer = api.get(f"/v1/treasury/companies/{company_id}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


@pytest.fixture
def acme(database: Database) -> int:
    coin(database, "100", "BTC")
    return company(database)


def test_a_company_without_a_history_holds_what_is_stated(database: Database, api: Api, acme: int) -> None:
    state(database, acme, "2026-01-10", 700)
    found = shown(api, acme)
    assert (found["figures"]["holdings"], found["figures"]["holdings_value"]) == ("700", "70000")
    assert (found["figures"]["holdings_date"], found["figures"]["holdings_source"]) == (
        "2026-01-10",
        "stated",
    )
    assert found["statement"] == {
        "id": None, "snapshot_date": "2026-01-10", "holdings": "700", "source": "press release",
        "source_url": "https://example.com/release", "accession": None, "evidence": None, "confidence": None,
        "reviewed_at": None, "flags": [],
    }  # fmt: skip
    assert api.get(f"/v1/treasury/companies/{acme}/holdings").json["items"] == [], "it is no snapshot"


def test_a_stated_zero_is_a_value(database: Database, api: Api, acme: int) -> None:
    state(database, acme, "2026-01-10", 0)
    assert (shown(api, acme)["figures"]["holdings"], current(database, acme)[0]) == ("0", 0)


def test_what_was_approved_of_an_earlier_day_gives_way_to_it(database: Database, api: Api, acme: int) -> None:
    snapshot(database, acme, "2024-12-31", 446400, "approved")
    state(database, acme, "2026-01-10", 673783)
    assert current(database, acme) == (673783, date(2026, 1, 10), None)


@pytest.mark.parametrize("day", ["2026-01-10", "2026-01-12"])
def test_it_gives_way_to_a_snapshot_of_its_day_or_later(
    database: Database, api: Api, acme: int, day: str
) -> None:
    state(database, acme, "2026-01-10", 700)
    filed = snapshot(database, acme, day, 690, evidence="It held 690.")
    approve(reviewer(database), filed)
    assert current(database, acme) == (690, date.fromisoformat(day), filed)
    found = shown(api, acme)
    assert (found["statement"]["id"], found["statement"]["evidence"]) == (filed, "It held 690.")
    assert found["figures"]["holdings_source"] == "snapshot"


def test_and_counts_again_where_that_one_is_rejected(database: Database, acme: int) -> None:
    who = reviewer(database)
    state(database, acme, "2026-01-10", 700)
    filed = snapshot(database, acme, "2026-01-12", 690)
    approve(who, filed)
    reject(who, filed)
    assert current(database, acme) == (700, date(2026, 1, 10), None)


def test_of_two_statements_the_later_counts_whichever_came_first(database: Database, acme: int) -> None:
    state(database, acme, "2026-01-17", 710)
    state(database, acme, "2026-01-10", 700)
    assert current(database, acme)[0] == 710
    state(database, acme, "2026-01-17", 711)
    assert current(database, acme)[0] == 711
    database.run("delete from treasury.stated_holdings where stated_date = '2026-01-17'")
    assert current(database, acme)[0] == 700


def test_its_figures_are_the_financials_of_the_day(database: Database, api: Api, acme: int) -> None:
    """A snapshot before it, with its share count and its cost, speaks of another day."""
    snapshot(
        database, acme, "2024-12-31", 500, "approved", shares_outstanding=10, average_price=50, currency="USD"
    )
    financials(database, acme, "2026-01-10", shares_assumed_diluted=1000, cost_basis_avg=60)
    state(database, acme, "2026-01-10", 700)
    figures = shown(api, acme)["figures"]
    assert (figures["holdings_per_share"], figures["total_cost_usd"]) == ("0.7", "42000")
    assert figures["cost_basis_source"] == "financials"


def test_candidates_are_held_against_it(database: Database, acme: int) -> None:
    state(database, acme, "2026-01-10", 700)
    series = [("2026-01-05", 690), ("2026-01-10", 701), ("2026-01-12", 699), ("2026-01-19", 800)]
    flags = [row["flags"] for row in propose(acme, [candidate(day, amount) for day, amount in series])]
    assert flags == [["backdated"], ["contradicts"], ["shrinks"], ["differs_much"]]


def test_a_document_that_states_the_same_is_worth_having(database: Database, acme: int) -> None:
    """A statement has no document: the one that a filing has takes its place, once approved."""
    state(database, acme, "2026-01-10", 700)
    (row,) = propose(acme, [candidate("2026-01-10", 700, evidence="It held 700.")])
    assert (row["outcome"], row["flags"]) == ("created", [])
    approve(reviewer(database), row["id"])
    assert current(database, acme) == (700, date(2026, 1, 10), row["id"])


def test_a_purchase_after_it_is_the_difference_from_it(database: Database, api: Api, acme: int) -> None:
    """And it is itself no purchase: over how long its coins were bought is not known."""
    today = clock.today()
    snapshot(database, acme, today - timedelta(days=300), 400, "approved")
    state(database, acme, today - timedelta(days=5), 700)
    assert api.get("/v1/treasury/leaders").json["recent_purchases"] == []
    snapshot(database, acme, today, 710, "approved")
    (bought,) = api.get(f"/v1/treasury/companies/{acme}/purchases").json["items"]
    assert (bought["amount"], bought["previous_date"]) == ("10", str(today - timedelta(days=5)))
    assert [row["amount"] for row in api.get("/v1/treasury/leaders").json["recent_purchases"]] == ["10"]


def test_past_days_know_what_was_known_of_them(database: Database, acme: int) -> None:
    snapshot(database, acme, "2024-12-31", 500, "approved")
    state(database, acme, "2026-01-10", 700)
    snapshot(database, acme, "2026-02-01", 800, "approved")
    for day, holdings, source in (("2026-01-09", 500, "snapshot"), ("2026-01-10", 700, "stated"),
                                  ("2026-01-31", 700, "stated"), ("2026-02-01", 800, "snapshot")):  # fmt: skip
        row = database.row(
            "select holdings, holdings_source from treasury.companies_at(now(), %s) where company_id = %s",
            day,
            acme,
        )
        assert (row["holdings"], row["holdings_source"]) == (holdings, source), day


def test_what_is_written_is_in_the_audit_log(database: Database, acme: int) -> None:
    state(database, acme, "2026-01-10", 700)
    state(database, acme, "2026-01-10", 701)
    rows = database.rows(
        "select action, record_id from app.audit_log where table_name = 'treasury.stated_holdings' order by id"
    )
    assert [(row["action"], row["record_id"]) for row in rows] == [
        ("insert", str(acme)),
        ("update", str(acme)),
    ]


def test_filings_are_looked_for_since_the_last_approved_one_and_not_since_it(
    database: Database, acme: int
) -> None:
    """It states an amount without a document: the documents are still to be found."""
    database.run("update treasury.companies set dat_start_date = '2020-08-11' where id = %s", acme)
    state(database, acme, "2026-01-10", 700)
    source = source_of(database, acme, "0001")

    def since() -> Any:
        job = database.row(
            "insert into treasury.scraper_jobs (company_source_id) values (%s) returning id", source
        )["id"]
        row = database.row("select since from treasury.claim_scrape(%s, '15 minutes')", job)
        database.run("update treasury.scraper_jobs set status = 'cancelled' where id = %s", job)
        return row["since"]

    assert since() == date(2020, 8, 11)
    snapshot(database, acme, "2024-12-31", 500, "approved")
    assert since() == date(2024, 12, 31) - timedelta(days=45)
