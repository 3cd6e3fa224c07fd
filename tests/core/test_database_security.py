"""What the database itself guarantees, read from its catalog: for every table, view, function, role and key there is."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import psycopg
import pytest

import chalicelib
from chalicelib.core import db, errors
from chalicelib.core.principal import Principal
from tests.conftest import Database

OURS = "namespace.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and namespace.nspname !~ '^pg_'"
ROLES = ("holdfast_api", "holdfast_jobs", "holdfast_owner")

NOT_INDEXED: set[str] = {
    # orders and offerings stay for good; where their keys are looked up, it is by indexes over a part of the rows
    "exchange.market_orders.market_orders_offering_id_fkey",
    # assets are deactivated, never deleted: an index would only cost every write
    "portfolio.entries.entries_asset_id_fkey",
    "portfolio.lots.lots_asset_id_fkey",
    "portfolio.transactions.transactions_asset_id_fkey",
}
"""Foreign keys that deliberately have no index of their own. Say why beside each."""


def names(database: Database, statement: str) -> list[str]:
    return [row["name"] for row in database.rows(statement)]


# ------------------------------------------------------------ row level security


def test_every_table_has_row_security_on_and_forced(database: Database) -> None:
    assert names(database, f"""
        select class.oid::regclass::text as name
        from pg_class as class join pg_namespace as namespace on namespace.oid = relnamespace
        where relkind in ('r', 'p') and {OURS} and not (relrowsecurity and relforcerowsecurity)
    """) == []  # fmt: skip


def test_every_table_has_a_policy(database: Database) -> None:
    """Partitions have none: they are reached through their parent, and show nothing of their own."""
    assert names(database, f"""
        select class.oid::regclass::text as name
        from pg_class as class join pg_namespace as namespace on namespace.oid = relnamespace
        where relkind in ('r', 'p') and {OURS} and not relispartition
            and not exists (select from pg_policy where polrelid = class.oid)
    """) == []  # fmt: skip


def test_nobody_but_the_owner_is_let_into_a_partition(database: Database) -> None:
    assert names(database, """
        select oid::regclass::text as name from pg_class
        where relispartition and relkind in ('r', 'p')
            and (has_table_privilege('holdfast_api', oid, 'select, insert, update, delete, truncate')
                 or has_table_privilege('holdfast_jobs', oid, 'select, insert, update, delete, truncate'))
    """) == []  # fmt: skip


def test_no_policy_of_the_api_lets_everybody_write(database: Database) -> None:
    assert names(database, """
        select policyname || ' on ' || tablename as name from pg_policies
        where 'holdfast_api' = any (roles) and cmd <> 'SELECT'
            and (coalesce(qual, with_check) = 'true' or with_check = 'true')
    """) == []  # fmt: skip


def test_no_policy_is_for_public(database: Database) -> None:
    assert (
        names(
            database,
            "select policyname || ' on ' || tablename as name from pg_policies where 'public' = any (roles)",
        )
        == []
    )


def test_every_view_sees_no_more_than_its_reader(database: Database) -> None:
    assert names(database, f"""
        select class.oid::regclass::text as name
        from pg_class as class join pg_namespace as namespace on namespace.oid = relnamespace
        where relkind in ('v', 'm') and {OURS}
            and (relkind = 'm' or not coalesce(reloptions @> '{{security_invoker=true}}', false))
    """) == []  # fmt: skip


# ------------------------------------------------------------ functions and roles


def test_every_function_with_its_owners_rights_has_a_fixed_search_path(database: Database) -> None:
    assert names(database, f"""
        select proc.oid::regprocedure::text as name
        from pg_proc as proc join pg_namespace as namespace on namespace.oid = pronamespace
        where prosecdef and {OURS}
            and not exists (select from unnest(proconfig) as setting where setting = 'search_path=pg_catalog')
    """) == []  # fmt: skip


def test_nothing_of_ours_is_everybodys_to_call_or_to_read(database: Database) -> None:
    assert names(database, f"""
        select proc.oid::regprocedure::text as name
        from pg_proc as proc join pg_namespace as namespace on namespace.oid = pronamespace,
            aclexplode(coalesce(proacl, acldefault('f', proowner))) as acl
        where {OURS} and acl.grantee = 0
        union all
        select class.oid::regclass::text
        from pg_class as class join pg_namespace as namespace on namespace.oid = relnamespace,
            aclexplode(relacl) as acl
        where {OURS} and acl.grantee = 0
        union all
        select namespace.nspname from pg_namespace as namespace, aclexplode(nspacl) as acl
        where {OURS} and acl.grantee = 0 and nspname <> 'public'
    """) == []  # fmt: skip


def test_nobody_makes_tables_in_the_public_schema(database: Database) -> None:
    for role in ("holdfast_api", "holdfast_jobs"):
        row = database.row("select has_schema_privilege(%s, 'public', 'create') as may", role)
        assert row["may"] is False


def test_the_roles_that_log_in_own_nothing_and_bypass_nothing(database: Database) -> None:
    rows = database.rows(
        "select rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication from pg_roles "
        "where rolname = any (%s)",
        list(ROLES),
    )
    assert {row.pop("rolname"): row.pop("rolcanlogin") for row in rows} == {
        "holdfast_api": True, "holdfast_jobs": True, "holdfast_owner": False}  # fmt: skip
    assert not any(any(row.values()) for row in rows)
    owned = names(database, """
        select classid::regclass || ' ' || objid as name from pg_shdepend
        where deptype = 'o' and refobjid in (select oid from pg_roles where rolname in ('holdfast_api', 'holdfast_jobs'))
            and dbid in (0, (select oid from pg_database where datname = current_database()))
    """)  # fmt: skip
    assert owned == []
    members = names(database, """
        select member::regrole || ' in ' || roleid::regrole as name from pg_auth_members
        where member::regrole::text in ('holdfast_api', 'holdfast_jobs')
    """)  # fmt: skip
    assert members == [], "and neither can become somebody else"


def test_the_api_never_acts_as_a_job(database: Database) -> None:
    with psycopg.connect(database.url("api")) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select app.act_as(null, 'job')")
        conn.rollback()
        # nor does it help to write the settings that act_as writes: no policy of the API's knows that role
        conn.execute("select set_config('app.role', 'job', true)")
        for table in ("identity.users", "market.asset_holders", "market.backfill_queue", "app.audit_log"):
            assert conn.execute(f"select count(*) from {table}").fetchone() == (0,)


def test_who_has_not_said_who_they_are_sees_nothing_of_anybodys(database: Database) -> None:
    for role in ("api", "jobs"):
        with psycopg.connect(database.url(role), autocommit=True) as conn:
            tables = conn.execute(
                "select distinct tablename from pg_policies where schemaname = 'identity' and %s = any (roles)",
                [f"holdfast_{role}"],
            ).fetchall()
            for (table,) in tables:
                assert conn.execute(f"select count(*) from identity.{table}").fetchone() == (0,), (
                    role,
                    table,
                )


def test_a_pooled_connection_forgets_who_it_was(database: Database) -> None:
    from uuid import uuid4

    with db.transaction(Principal("admin", uuid4())) as tx:
        pid = tx.execute("select pg_backend_pid() as pid").fetchone()
    with db.transaction() as tx:
        row = tx.execute(
            "select pg_backend_pid() as pid, app.user_id() as who, app.is_admin() as admin"
        ).fetchone()
    assert row is not None
    assert pid is not None
    assert (row["pid"], row["who"], row["admin"]) == (pid["pid"], None, False)


# ------------------------------------------------------------ keys and constraints


def test_every_foreign_key_is_indexed(database: Database) -> None:
    """Without one, deleting or changing what it points at reads the whole table."""
    missing = names(database, f"""
        select con.conrelid::regclass || '.' || con.conname as name
        from pg_constraint as con join pg_namespace as namespace on namespace.oid = con.connamespace
        where con.contype = 'f' and {OURS} and con.conparentid = 0
            and not exists (
                select from pg_index as held
                where held.indrelid = con.conrelid
                    and (held.indkey::int2[])[0:cardinality(con.conkey) - 1] @> con.conkey
                    -- a partial index of all that point somewhere serves as well
                    and (held.indpred is null or pg_get_expr(held.indpred, held.indrelid) = (
                        select format('(%I IS NOT NULL)', attname) from pg_attribute
                        where attrelid = con.conrelid and array[attnum] = con.conkey)))
    """)  # fmt: skip
    assert set(missing) == NOT_INDEXED


def registered() -> frozenset[str]:
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        importlib.import_module(module.name)
    return errors.named_constraints()


def test_every_constraint_that_code_gives_words_to_exists(database: Database) -> None:
    real = set(
        names(
            database,
            "select conname as name from pg_constraint union select relname from pg_class where relkind in ('i', 'I')",
        )
    )
    raised = set(names(database, r"""
        select match[1] as name
        from pg_proc, regexp_matches(prosrc, 'constraint = ''([a-z_0-9]+)''', 'g') as match
    """))  # fmt: skip
    assert registered() - real - raised == set()
    assert raised - registered() == set(), "and what functions raise has words"


def test_one_constraint_has_one_meaning() -> None:
    from chalicelib.core.errors import Conflict, name_constraints

    name_constraints({"assets_symbol_exchange_key": errors._constraints["assets_symbol_exchange_key"]})
    with pytest.raises(ValueError, match="two meanings"):
        name_constraints({"assets_symbol_exchange_key": (Conflict, "other", "Other.")})


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("57014", 503), ("55P03", 503), ("40001", 503), ("40P01", 503),  # took too long, locked, contradicted
        ("57P01", 503), ("57P03", 503), ("08006", 503), ("53300", 503),  # going down, coming up, lost, full
        ("42501", 403),
        ("22003", 422), ("22021", 422),  # out of range, not storable
        ("23502", None), ("42P01", None), ("XX000", None),  # faults of ours
    ],
)  # fmt: skip
def test_what_the_databases_errors_amount_to(state: str, status: int | None) -> None:
    problem = errors.from_database(psycopg.errors.lookup(state)("words of the database's"))
    assert (problem.status if problem else None) == status
    assert problem is None or "words of the database's" not in problem.detail


def test_comments_say_what_tables_are_for(database: Database) -> None:
    """At least the ground floor's and the market's own kinds of table."""
    rows: list[dict[str, Any]] = database.rows(
        "select obj_description(%s::regclass) as words union all select obj_description(%s::regclass)",
        "app.outbox",
        "market.asset_prices",
    )
    assert all(row["words"] for row in rows)
