"""Signing up and in: who may, with which passwords, and how often."""

from __future__ import annotations

from functools import partial
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from chalicelib.core import db
from chalicelib.core.principal import Principal
from chalicelib.identity import passwords, service
from chalicelib.identity.models import Registration
from tests.conftest import Api, Database
from tests.identity.factory import PASSWORD, make_admin, new_email, sign_in, sign_up
from tests.identity.together import codes, together


def test_a_new_person_is_signed_in_and_has_a_profile_and_settings(api: Api) -> None:
    ada = sign_up("Ada@Example.com", display_name="  Ada ")
    me = ada.api.get("/v1/auth/me").json
    assert (me["id"], me["email"], me["role"], me["scopes"]) == (str(ada.id), "ada@example.com", "user", None)
    profile = ada.api.get("/v1/profile").json
    assert (profile["display_name"], profile["paper_balance"]) == ("Ada", "100000")
    names = [setting["name"] for setting in ada.api.get("/v1/settings").json["items"]]
    assert names == ["currency", "notifications", "theme", "timezone"]


def test_a_session_is_answered_in_the_words_of_oauth(api: Api) -> None:
    answer = api.post("/v1/auth/register", {"email": new_email(), "password": PASSWORD})
    assert answer.status == 201
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    assert answer.headers["cache-control"] == "no-store"


def test_an_address_has_one_account_however_it_is_written(api: Api) -> None:
    sign_up("ada@example.com")
    for written in ("ADA@example.COM", " ada@example.com ", "\uff41da@example.com"):
        answer = api.post("/v1/auth/register", {"email": written, "password": PASSWORD})
        assert (answer.status, answer.code) == (409, "email_taken")
        assert sign_in(written)["user_id"]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a@b@c",
        "a da@example.com",
        "a\u0000@example.com",
        "x" * 250 + "@y.zz",
    ],
)
def test_what_is_no_address_is_refused(api: Api, email: str) -> None:
    answer = api.post("/v1/auth/register", {"email": email, "password": PASSWORD})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "body.email")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "too_short"),
        ("long " * 26, "too_long"),
        ("PassWord1234", "too_common"),
        ("abababababababab", "too_common"),
        ("my name is Lovelace", "contains_email"),
    ],
)
def test_a_weak_password_is_refused_with_what_to_do(api: Api, password: str, code: str) -> None:
    answer = api.post("/v1/auth/register", {"email": "lovelace@example.com", "password": password})
    assert (answer.status, answer.code) == (422, "weak_password")
    assert (answer.json["errors"][0]["field"], answer.json["errors"][0]["code"]) == ("body.password", code)
    assert password not in answer.text


def test_a_password_keeps_its_spaces_and_is_the_same_from_any_keyboard(api: Api) -> None:
    sign_up("ada@example.com", "  caf\u00e9 au lait, twice ")
    assert sign_in("ada@example.com", "  cafe\u0301 au lait, twice ")
    trimmed = api.post("/v1/auth/login", {"email": "ada@example.com", "password": "caf\u00e9 au lait, twice"})
    assert trimmed.status == 401


def test_wrong_password_and_unknown_address_are_told_alike(api: Api) -> None:
    ada = sign_up()
    wrong = api.post("/v1/auth/login", {"email": ada.email, "password": "not the right one"})
    unknown = api.post("/v1/auth/login", {"email": new_email(), "password": "not the right one"})
    assert (wrong.status, wrong.code) == (unknown.status, unknown.code) == (401, "wrong_credentials")
    assert wrong.json["detail"] == unknown.json["detail"]


def test_an_unknown_address_costs_a_hash_as_well(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[bool] = []
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda text, stored: checked.append(real(text, stored)))
    api.post("/v1/auth/login", {"email": new_email(), "password": PASSWORD})
    assert checked == [False]


def test_nobody_has_the_hash_that_unknown_addresses_are_checked_against() -> None:
    assert not passwords.matches("x" * 20, None)
    assert not passwords.outdated(passwords._NOBODY)


def test_a_hash_of_another_cost_is_replaced_at_the_next_sign_in(api: Api, database: Database) -> None:
    from argon2 import PasswordHasher

    ada = sign_up()
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with db.job_transaction() as tx:
        tx.execute("update identity.users set password_hash = %s where id = %s", [old, ada.id])
    ada.log_in()
    with db.job_transaction() as tx:
        row = tx.execute("select password_hash from identity.users where id = %s", [ada.id]).fetchone()
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    ada.log_in()


def test_an_account_takes_ten_attempts_and_counts_those_that_fail(api: Api) -> None:
    ada = sign_up()
    for _ in range(10):
        assert api.post("/v1/auth/login", {"email": ada.email, "password": "wrong"}).status == 401
    answer = api.post("/v1/auth/login", {"email": ada.email, "password": PASSWORD})
    assert (answer.status, answer.code) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 91
    assert api.post("/v1/auth/login", {"email": sign_up().email, "password": PASSWORD}).status == 200


def test_an_address_is_limited_before_anything_is_hashed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LOGINS_PER_ADDRESS", 3)
    monkeypatch.setattr(service, "REGISTRATIONS_PER_ADDRESS", 2)
    monkeypatch.setattr(service, "REFRESHES_PER_ADDRESS", 2)
    hashed: list[str] = []
    monkeypatch.setattr(passwords, "matches", lambda text, stored: hashed.append(text))
    for count in range(5):
        api.post("/v1/auth/login", {"email": new_email(), "password": f"guess {count}"})
    assert hashed == ["guess 0", "guess 1", "guess 2"]
    taken = [
        api.post("/v1/auth/register", {"email": new_email(), "password": PASSWORD}).status for _ in range(3)
    ]
    assert taken == [201, 201, 429]
    assert [api.post("/v1/auth/refresh", {"refresh_token": "x"}).status for _ in range(3)] == [401, 401, 429]


def test_an_ipv6_network_is_one_address_and_buckets_hold_no_personal_data(database: Database) -> None:
    places = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "203.0.113.7", None, "rubbish"]
    buckets = [service._address("login", Principal("anonymous", origin=place)) for place in places]
    assert buckets[0] == buckets[1] != buckets[2]
    assert buckets[4] == buckets[5]
    assert not any("2001" in bucket or "203.0" in bucket for bucket in buckets)
    sign_up("somebody@example.com").log_in()
    with db.job_transaction() as tx:
        kept = str(tx.execute("select bucket from app.rate_limits").fetchall())
    assert "login:account" in kept
    assert "somebody" not in kept
    assert "127.0.0.1" not in kept


def test_a_new_password_ends_all_sessions_and_starts_one(api: Api) -> None:
    ada = sign_up()
    old = ada.session
    body = {"current_password": PASSWORD, "new_password": "seven quiet lighthouses"}
    answer = ada.api.put("/v1/auth/password", body)
    assert answer.status == 200
    assert api.post("/v1/auth/refresh", {"refresh_token": old["refresh_token"]}).status == 401
    assert ada.api.get("/v1/auth/me").code == "token_revoked"
    assert ada.use(answer.json).api.get("/v1/auth/me").status == 200
    assert api.post("/v1/auth/login", {"email": ada.email, "password": PASSWORD}).status == 401
    assert sign_in(ada.email, "seven quiet lighthouses")


def test_a_new_password_needs_the_old_one_and_must_be_good(api: Api) -> None:
    ada = sign_up()
    wrong = ada.api.put("/v1/auth/password", {"current_password": "wrong", "new_password": PASSWORD})
    weak = ada.api.put("/v1/auth/password", {"current_password": PASSWORD, "new_password": "short"})
    assert (wrong.status, wrong.code) == (422, "wrong_password")
    assert (weak.code, weak.json["errors"][0]["field"]) == ("weak_password", "body.new_password")
    assert ada.api.get("/v1/auth/me").status == 200


def test_no_transaction_is_open_while_a_password_is_hashed(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = sign_up()
    open_ones: list[int] = []

    def count() -> None:
        with psycopg.connect(database.url("owner")) as conn:
            cursor = conn.execute(
                "select from pg_stat_activity "
                "where state like 'idle in transaction%' and datname = current_database()"
            )
            open_ones.append(cursor.rowcount)

    def watch(name: str) -> None:
        real = getattr(passwords, name)

        def watched(*args: Any) -> Any:
            count()
            return real(*args)

        monkeypatch.setattr(passwords, name, watched)

    watch("matches")
    watch("digest")
    ada.log_in()
    api.post("/v1/auth/register", {"email": new_email(), "password": PASSWORD})
    change = {"current_password": PASSWORD, "new_password": "seven quiet lighthouses"}
    ada.api.put("/v1/auth/password", change)
    assert open_ones == [0, 0, 0, 0]
    with db.transaction() as tx:
        tx.execute("select")
        count()
    assert open_ones[-1] == 1


def test_a_deactivated_account_hears_so_only_with_the_right_password(api: Api) -> None:
    admin, ada = make_admin(), sign_up()
    admin.api.put(f"/v1/admin/users/{ada.id}/active", {"is_active": False})
    right = api.post("/v1/auth/login", {"email": ada.email, "password": PASSWORD})
    wrong = api.post("/v1/auth/login", {"email": ada.email, "password": "wrong"})
    assert (right.status, right.code) == (403, "account_deactivated")
    assert wrong.code == "wrong_credentials"


def test_unknown_fields_are_refused(api: Api) -> None:
    answer = api.post("/v1/auth/register", {"email": new_email(), "password": PASSWORD, "role": "admin"})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "body.role")


def test_of_two_that_register_one_address_at_once_one_gets_it(api: Api) -> None:
    body = Registration(email="ada@example.com", password=SecretStr(PASSWORD))
    register = partial(service.register, Principal("anonymous"), body)
    assert codes(together(register, register)) == ["done", "email_taken"]


def test_a_person_without_a_token_is_told_how_to_get_in(api: Api) -> None:
    answer = api.get("/v1/auth/me")
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")
