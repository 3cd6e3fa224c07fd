"""The migration runner: once each, in order, one at a time, and never a history that was edited."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from chalicelib.core import migrate
from chalicelib.core.migrate import EditedMigration, MissingMigration
from local.embedded import Embedded

BOOTSTRAP = (migrate.SQL / "bootstrap.sql").read_text()


class House:
    """A folder of SQL files of the test's own, and an empty database to apply them to."""

    def __init__(self, root: Path, url: str) -> None:
        self.root, self.url = root, url
        self.write("bootstrap.sql", BOOTSTRAP)
        # what a reference script needs of the ground floor
        self.write("migrations/0001_app.sql", "create table app.notes (line text)")
        self.write(
            "routines/app.sql",
            "create or replace function app.act_as(uuid, text, text) returns void language sql as $$ select $$",
        )

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def migrate(self) -> list[str]:
        return migrate.migrate(self.url, self.root)

    def ask(self, statement: str) -> list[Any]:
        with psycopg.connect(self.url) as conn:
            return conn.execute(statement).fetchall()

    def notes(self) -> list[str]:
        return [line for (line,) in self.ask("select line from app.notes order by ctid")]


@pytest.fixture
def house(server: Embedded, tmp_path: Path) -> Iterator[House]:
    name = f"m_{uuid.uuid4().hex[:12]}"
    server.create_database(name)
    yield House(tmp_path, server.url("owner", name))
    server.drop_database(name)


def note(text: str) -> str:
    return f"insert into app.notes values ('{text}')"


def test_all_that_is_new_applies_in_order_and_a_second_run_does_nothing(house: House) -> None:
    house.write("migrations/0002_b.sql", note("2"))
    house.write("migrations/0010_c.sql", note("10"))
    house.write("routines/zoo.sql", note("zoo"))
    house.write("routines/market.sql", note("market"))
    house.write("routines/affiliate.sql", note("affiliate"))
    house.write("reference/rows.sql", note("rows"))
    applied = house.migrate()
    assert applied == [
        "migrations/0001_app.sql", "migrations/0002_b.sql", "migrations/0010_c.sql",
        "routines/app.sql", "routines/market.sql", "routines/affiliate.sql", "routines/zoo.sql",
        "reference/rows.sql"]  # fmt: skip
    assert house.notes() == ["2", "10", "market", "affiliate", "zoo", "rows"]
    assert house.migrate() == []
    assert len(house.notes()) == 6


def test_after_a_new_migration_all_routines_apply_again_and_nothing_else(house: House) -> None:
    """It may have dropped what they bring: a column with the views on it, a function whose result changes."""
    house.write("routines/market.sql", note("market"))
    house.migrate()
    house.write("migrations/0002_b.sql", note("2"))
    assert house.migrate() == ["migrations/0002_b.sql", "routines/app.sql", "routines/market.sql"]


def test_a_changed_routine_applies_again_and_all_that_stand_on_it(house: House) -> None:
    for name in ("identity", "market", "zoo"):
        house.write(f"routines/{name}.sql", note(name))
    house.write("reference/rows.sql", note("rows"))
    house.migrate()
    house.write("routines/market.sql", note("market again"))
    assert house.migrate() == ["routines/market.sql", "routines/zoo.sql"]


def test_changed_reference_rows_apply_again_alone(house: House) -> None:
    house.write("reference/a.sql", note("a"))
    house.write("reference/b.sql", note("b"))
    house.migrate()
    house.write("reference/a.sql", note("a again"))
    assert house.migrate() == ["reference/a.sql"]


def test_an_edited_migration_is_refused_and_says_what_to_do(house: House) -> None:
    house.migrate()
    house.write("migrations/0001_app.sql", "create table app.notes (line text, extra text)")
    house.write("migrations/0002_b.sql", note("2"))
    with pytest.raises(
        EditedMigration, match=r"migrations/0001_app\.sql was edited .* write a new migration"
    ):
        house.migrate()
    assert house.notes() == [], "and nothing else was applied"


def test_a_migration_that_is_gone_is_refused(house: House) -> None:
    house.write("migrations/0002_b.sql", note("2"))
    house.migrate()
    (house.root / "migrations/0002_b.sql").unlink()
    with pytest.raises(MissingMigration, match=r"migrations/0002_b\.sql"):
        house.migrate()


def test_a_file_that_fails_leaves_nothing_and_the_next_run_resumes_there(house: House) -> None:
    house.write("migrations/0002_b.sql", note("2"))
    house.write("migrations/0003_c.sql", f"{note('3')}; create table app.half (x int); select 1 / 0")
    house.write("migrations/0004_d.sql", note("4"))
    with pytest.raises(psycopg.errors.DivisionByZero):
        house.migrate()
    assert house.notes() == ["2"]
    assert house.ask("select to_regclass('app.half')") == [(None,)]
    assert house.ask("select count(*) from app.schema_migrations where name like 'migrations/%'") == [(2,)]
    house.write("migrations/0003_c.sql", note("3"))
    applied = house.migrate()
    assert applied[:2] == ["migrations/0003_c.sql", "migrations/0004_d.sql"]
    assert house.notes() == ["2", "3", "4"]


def test_two_runs_at_once_apply_everything_once(house: House) -> None:
    for n in range(2, 9):
        house.write(f"migrations/000{n}_x.sql", f"{note(str(n))}; select pg_sleep(0.01)")
    barrier, results = threading.Barrier(2), []

    def run() -> None:
        barrier.wait()
        results.append(house.migrate())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, results)) == [0, 9]
    assert house.notes() == [str(n) for n in range(2, 9)]


def test_a_run_waits_for_the_one_before_it(house: House) -> None:
    with psycopg.connect(house.url) as other:
        other.execute("select pg_advisory_lock(%s)", [migrate.LOCK])
        done: list[list[str]] = []
        thread = threading.Thread(target=lambda: done.append(house.migrate()))
        thread.start()
        while not house.ask(
            "select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()"
        ):
            assert thread.is_alive(), "it did not wait"
        assert done == []
        other.execute("select pg_advisory_unlock(%s)", [migrate.LOCK])
        thread.join(30)
    assert len(done[0]) == 2


def test_passwords_are_set_and_never_in_the_ledger(house: House) -> None:
    migrate.migrate(house.url, house.root, passwords={"holdfast_api": "it's a secret"})
    assert house.ask("select rolpassword is not null from pg_authid where rolname = 'holdfast_api'") == [
        (True,)
    ]
    assert "secret" not in str(house.ask("select * from app.schema_migrations"))


def test_objects_belong_to_the_owner_who_cannot_log_in(house: House) -> None:
    house.migrate()
    assert house.ask("select tableowner from pg_tables where schemaname = 'app' and tablename = 'notes'") == [
        ("holdfast_owner",)
    ]
    assert house.ask(
        "select rolcanlogin, rolsuper, rolbypassrls from pg_roles where rolname = 'holdfast_owner'"
    ) == [(False, False, False)]


def test_the_real_files_apply_twice_over_as_nothing(house: House) -> None:
    first = migrate.migrate(house.url)
    assert first == [script.name for script in migrate.scripts()]
    assert migrate.migrate(house.url) == []


def test_every_routine_can_be_applied_over_itself(house: House) -> None:
    migrate.migrate(house.url)
    with psycopg.connect(house.url, autocommit=True) as conn:
        conn.execute("update app.schema_migrations set checksum = 'older' where kind <> 'migration'")
    before = house.ask(
        "select schemaname, tablename, policyname, roles, cmd, qual from pg_policies order by 1, 2, 3"
    )
    assert migrate.migrate(house.url) == [
        script.name for script in migrate.scripts() if script.kind != "migration"
    ]
    assert (
        house.ask(
            "select schemaname, tablename, policyname, roles, cmd, qual from pg_policies order by 1, 2, 3"
        )
        == before
    )
