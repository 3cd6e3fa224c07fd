"""Work in two transactions: the first half is committed and seen by others before the second begins."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from chalicelib.core import db, idempotency
from chalicelib.core.errors import Conflict
from chalicelib.core.idempotency import Answer
from chalicelib.core.principal import Principal
from tests.conftest import Database

REQUEST, BODY = "POST /v1/things", b'{"name": "first"}'


@pytest.fixture
def who(database: Database) -> Principal:
    person = uuid.uuid4()
    database.run(
        "insert into identity.users (id, email, password_hash) values (%s, 'a@example.com', 'x')", person
    )
    return Principal("user", person, origin="198.51.100.7")


def keys(database: Database) -> list[str]:
    return [row["key"] for row in database.rows("select key from app.idempotency_keys order by key")]


def facts(tx: db.Tx) -> dict[str, object]:
    row = tx.execute(
        "select pg_backend_pid() as pid, app.user_id() as person, app.role() as role, "
        "current_setting('app.origin') as origin"
    ).fetchone()
    assert row is not None
    return row


def test_the_first_half_is_there_before_the_second_begins(database: Database, who: Principal) -> None:
    with db.transaction(who) as tx:
        idempotency.claim(tx, "one", REQUEST, BODY)
        before = facts(tx)
        assert keys(database) == []
        tx.renew()
        assert keys(database) == ["one"]
        assert facts(tx) == before, "on the same connection, in the same name"
        assert before["person"] == who.user_id


def test_a_second_half_that_fails_leaves_the_first(database: Database, who: Principal) -> None:
    def work() -> None:
        with db.transaction(who) as tx:
            idempotency.claim(tx, "one", REQUEST, BODY)
            tx.renew()
            idempotency.claim(tx, "two", REQUEST, BODY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert keys(database) == ["one"]


def test_what_was_put_off_until_the_commit_is_done_at_each_of_them(
    database: Database, who: Principal
) -> None:
    done: list[str] = []
    with db.transaction(who) as tx:
        tx.after_commit(lambda: done.append("first"))
        tx.renew()
        assert done == ["first"]
        tx.after_commit(lambda: done.append("second"))
        assert done == ["first"]
    assert done == ["first", "second"], "each once"


def test_a_connection_that_is_lost_in_between_is_an_error_and_is_not_kept(
    database: Database, who: Principal
) -> None:
    def work() -> None:
        with db.transaction(who) as tx:
            idempotency.claim(tx, "one", REQUEST, BODY)
            database.cut_off("holdfast_api")
            tx.renew()

    with pytest.raises(psycopg.OperationalError):
        work()
    assert keys(database) == []
    with db.transaction(who) as tx:
        assert facts(tx)["person"] == who.user_id


# ------------------------------------------------------------ keys


def test_a_key_without_an_answer_lets_the_same_request_through_again(
    database: Database, who: Principal
) -> None:
    with db.transaction(who) as tx:
        assert idempotency.claim(tx, "one", REQUEST, BODY) is None
        tx.renew()  # and the process dies
    with db.transaction(who) as tx:
        assert idempotency.claim(tx, "one", REQUEST, BODY) is None
        idempotency.keep(tx, "one", Answer(201, "made"))
    with db.transaction(who) as tx:
        assert idempotency.claim(tx, "one", REQUEST, BODY) == Answer(201, "made")


def test_a_key_that_was_let_go_is_free_and_one_with_an_answer_is_not_let_go(
    database: Database, who: Principal
) -> None:
    with db.transaction(who) as tx:
        idempotency.claim(tx, "one", REQUEST, BODY)
        tx.renew()
        idempotency.release(tx, "one")
        assert idempotency.claim(tx, "one", REQUEST, b"{}") is None
        idempotency.keep(tx, "one", Answer(201, "made"))
        idempotency.release(tx, "one")
    assert keys(database) == ["one"]


def test_a_key_without_an_answer_is_still_for_one_request_only(database: Database, who: Principal) -> None:
    with db.transaction(who) as tx:
        idempotency.claim(tx, "one", REQUEST, BODY)
        tx.renew()
    for request, body in ((REQUEST, b"{}"), ("POST /v1/others", BODY)):
        with pytest.raises(Conflict, match="idempotency_key_reused"), db.transaction(who) as tx:
            idempotency.claim(tx, "one", request, body)
