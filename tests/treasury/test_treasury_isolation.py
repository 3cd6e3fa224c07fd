"""What is approved is everybody's to read; what waits, who decided and how it was found is administrators'; and nobody
writes past the functions that keep the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest

from chalicelib.core.operation import operations
from tests.conftest import Api, Database
from tests.identity.factory import Person, machine, make_admin, sign_up
from tests.treasury.factory import company, financials, override, reviewer, snapshot, source

TABLES = {
    "companies": "everybody",
    "company_financials": "everybody",
    "data_sources": "everybody",
    "mnav_snapshots": "everybody",
    "stated_holdings": "everybody",
    "known_financials": "everybody",
    "holdings_snapshots": "partly",
    "company_overrides": "partly",
    "company_sources": "admins",
    "scraper_jobs": "admins",
    "scraped_documents": "admins",
    "wire_feeds": "jobs",
    "wire_releases": "jobs",
}
"""Each table, and who sees its rows: of those seen partly, everybody sees one of the rows that the town has; those of jobs
nobody may ask for."""

Sql = Callable[..., list[Any]]


@dataclass
class Town:
    user: Person
    admin: Person
    company: int
    pending: int
    approved: int
    override: int


@pytest.fixture
def town(database: Database, api: Api) -> Town:
    """A company with something in every table: one public snapshot and override each, and others that are not."""
    user, admin, acme, who = sign_up(), make_admin(), company(database), reviewer(database)
    approved = snapshot(database, acme, "2025-01-31", 1, "approved", reviewed_by=who.user_id)
    pending = snapshot(database, acme, "2025-02-28", 2)
    snapshot(database, acme, "2025-02-28", 3, "rejected")
    snapshot(database, acme, "2025-01-31", 4, "superseded", superseded_by=approved)
    financials(database, acme, "2025-01-01", cash="1")
    shown = override(who, acme, "tier", "1")
    ended = override(who, acme, "cash", "1")
    expired = override(who, acme, "notes", "x")
    database.run(
        "update treasury.company_overrides set is_active = false, deactivated_at = now() where id = %s", ended
    )
    database.run("update treasury.company_overrides set expires_at = now() where id = %s", expired)
    link = database.row(
        "insert into treasury.company_sources (company_id, source_id, external_id) values (%s, %s, '1') returning id",
        acme,
        source(database),
    )["id"]
    database.run("insert into treasury.scraper_jobs (company_source_id) values (%s)", link)
    database.run(
        "insert into treasury.scraped_documents (company_source_id, document_key, filed, url, outcome) "
        "values (%s, 'k', '2025-01-01', 'u', 'candidates')",
        link,
    )
    database.run(
        "insert into treasury.stated_holdings (company_id, stated_date, holdings, source) "
        "values (%s, '2025-01-01', 1, 'x')",
        acme,
    )
    database.run("insert into treasury.wire_feeds (wire) values ('prnewswire')")
    database.run(
        "insert into treasury.wire_releases (wire, link, title, at, issuer, description) "
        "values ('prnewswire', 'https://example.com', 't', now(), 'i', 'd')"
    )
    database.run("insert into treasury.mnav_snapshots (company_id, day) values (%s, '2025-01-01')", acme)
    return Town(user, admin, acme, pending, approved, shown)


@pytest.fixture
def sql(database: Database) -> Iterator[Sql]:
    """Runs a statement as the API's role, acting as somebody: its rows, or a list of how many it changed."""
    with psycopg.connect(database.url("api"), autocommit=True) as conn:

        def run(who: UUID | None, role: str, statement: str, params: Any = None) -> list[Any]:
            with conn.transaction():
                conn.execute("select app.act_as(%s, %s)", [who, role])
                cursor = conn.execute(statement, params)
                return cursor.fetchall() if cursor.description else [cursor.rowcount]

        yield run


def everyone(town: Town) -> list[tuple[UUID | None, str]]:
    return [(None, "anonymous"), (town.user.id, "user"), (town.user.id, "affiliate")]


def test_every_table_is_here(database: Database) -> None:
    rows = database.rows("select tablename from pg_tables where schemaname = 'treasury'")
    assert {row["tablename"] for row in rows} == set(TABLES)


@pytest.mark.parametrize(("table", "seen_by"), TABLES.items())
def test_who_sees_which_rows(database: Database, town: Town, sql: Sql, table: str, seen_by: str) -> None:
    there = database.row(f"select count(*) from treasury.{table}")["count"]
    assert there > 0
    if seen_by == "jobs":
        for who, role in [*everyone(town), (town.admin.id, "admin")]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                sql(who, role, f"select count(*) from treasury.{table}")
        return
    expected = {"everybody": there, "partly": 1, "admins": 0}[seen_by]
    for who, role in everyone(town):
        assert sql(who, role, f"select count(*) from treasury.{table}") == [(expected,)], (role, table)
    assert sql(town.admin.id, "admin", f"select count(*) from treasury.{table}") == [(there,)]


def test_everybody_sees_the_approved_snapshot_and_the_override_in_force(town: Town, sql: Sql) -> None:
    for who, role in everyone(town):
        assert sql(who, role, "select id from treasury.holdings_snapshots") == [(town.approved,)]
        assert sql(who, role, "select id from treasury.company_overrides") == [(town.override,)]
        assert sql(who, role, "select company_id from treasury.v_active_overrides") == [(town.company,)]


@pytest.mark.parametrize("table", TABLES)
def test_nobody_but_an_administrator_writes(town: Town, sql: Sql, table: str) -> None:
    for who, role in everyone(town):
        for statement in (
            f"delete from treasury.{table}",
            f"insert into treasury.{table} default values",
            f"truncate treasury.{table}",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                sql(who, role, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "update treasury.companies set name = 'mine'",
        "update treasury.data_sources set is_active = false",
        "update treasury.company_sources set priority = 1",
    ],
)
def test_what_administrators_change_directly_others_do_not(town: Town, sql: Sql, statement: str) -> None:
    for who, role in everyone(town):
        assert sql(who, role, statement) == [0]
    assert sql(town.admin.id, "admin", statement)[0] > 0


@pytest.mark.parametrize(
    "statement",
    [
        "update treasury.holdings_snapshots set status = 'approved', reviewed_at = now()",
        "delete from treasury.holdings_snapshots",
        "update treasury.companies set current_holdings = 1",
        "delete from treasury.companies",
        "update treasury.company_financials set cash = 1",
        "update treasury.company_overrides set override_value = '1'",
        "delete from treasury.company_overrides",
        "update treasury.data_sources set base_url = 'https://elsewhere.example'",
        "update treasury.mnav_snapshots set mnav_basic = 1",
    ],
)
def test_not_even_an_administrator_writes_past_the_functions(town: Town, sql: Sql, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(town.admin.id, "admin", statement)


CALLS = [
    "select treasury.approve_snapshots(array[1::bigint], null)",
    "select treasury.reject_snapshot(1, 'x', null)",
    "select treasury.correct_snapshot(1, '{}', 'x', null)",
    "select treasury.propose_snapshots(1, null, null, '[]')",
    'select treasury.add_financials(1, \'{"effective_date": "2025-01-01"}\', false)',
    "select treasury.remove_financials(1)",
    "select treasury.override_fields('[]', 'admin')",
    "select treasury.deactivate_override(1)",
    "select treasury.start_scrapes(array[1::bigint], 'manual')",
    "select treasury.retry_scrape(1)",
    "select treasury.cancel_scrape(1)",
    "select treasury.abandon_scrapes(1)",
    "select treasury.delete_company_source(1)",
]
INSIDE = [
    "select treasury.approve_now(array[1::bigint], null, null)",
    "select treasury.reject_now(1, 'x')",
    "select treasury.approve_corroborated(array[1::bigint])",
    "select treasury.corroborate(1, 1, null)",
    "select treasury.store_candidate(null, null)",
    "select treasury.sharpen(null, null)",
    "select treasury.refresh_current(array[1::bigint])",
    "select treasury.expire_overrides(now())",
    "select treasury.take_feed('prnewswire', '1 minute', '1 minute')",
    "select treasury.keep_feed('prnewswire', '[]', 0, '1 day')",
]


def test_the_lists_of_functions_are_complete(database: Database) -> None:
    """Every function with the owner's rights that the API may call is in the test below."""
    rows = database.rows(
        "select proname from pg_proc as proc join pg_namespace as namespace on namespace.oid = pronamespace "
        "where nspname = 'treasury' and prosecdef and has_function_privilege('holdfast_api', proc.oid, 'execute') "
        "and pg_get_functiondef(proc.oid) like %s",
        "%treasury.%",
    )
    named = {call.partition("treasury.")[2].partition("(")[0] for call in CALLS}
    assert named == {row["proname"] for row in rows}


@pytest.mark.parametrize("call", CALLS)
def test_decisions_are_administrators_only(town: Town, sql: Sql, call: str) -> None:
    for who, role in everyone(town):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql(who, role, call)


@pytest.mark.parametrize("call", INSIDE)
def test_what_decisions_are_made_of_is_nobodys_to_call(town: Town, sql: Sql, call: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql(town.admin.id, "admin", call)


def test_a_job_sees_and_writes_everything_and_decides_nothing(database: Database, town: Town) -> None:
    with psycopg.connect(database.url("jobs"), autocommit=True) as conn:
        with conn.transaction():
            conn.execute("select app.act_as(null, 'job')")
            for table in TABLES:
                row = conn.execute(f"select count(*) from treasury.{table}").fetchone()
                assert row is not None
                assert row[0] > 0, table
        conn.execute("select app.act_as(null, 'job')")
        for call in (CALLS[0], CALLS[1], CALLS[2], CALLS[6], CALLS[7]):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(call.encode())


# ------------------------------------------------------------ by route


def routes(prefix: str) -> list[Any]:
    return [operation for operation in operations if operation.path.startswith(prefix)]


def test_every_route_for_administrators_is_closed_to_others(town: Town) -> None:
    Api()
    found, key = routes("/v1/admin/treasury"), machine(town.admin, "treasury:read")
    assert len(found) >= 16
    for operation in found:
        path = operation.path.format(**dict.fromkeys(operation.path_adapters, 1))
        body = operation.example.get("body")
        assert Api().call(operation.method, path, body).status == 401, operation.template
        refused = town.user.api.call(operation.method, path, body)
        assert (refused.status, refused.code) == (403, "admins_only"), operation.template
        assert key.call(operation.method, path, body).status == 403, operation.template


def test_no_public_route_shows_what_waits_or_who_decided(database: Database, town: Town) -> None:
    secret = {str(row["id"]) for row in database.rows("select id from identity.users where role = 'admin'")}
    for operation in routes("/v1/treasury"):
        if operation.method != "GET":
            continue
        path = operation.path.format(**dict.fromkeys(operation.path_adapters, town.company))
        answer = Api().get(path)
        assert answer.status == 200, operation.template
        assert not [one for one in secret if one in answer.text], operation.template
    holdings = Api().get(f"/v1/treasury/companies/{town.company}/holdings").json["items"]
    assert [item["id"] for item in holdings] == [town.approved]
