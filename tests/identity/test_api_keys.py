"""API keys: what a machine may do in a person's name, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chalicelib.core import clock, db
from chalicelib.core.http import operations
from chalicelib.identity import keys
from tests.conftest import Api
from tests.identity.factory import machine, make_admin, make_affiliate, sign_up

BODY = {"name": "importer", "scopes": ["identity:read"]}


def test_a_key_is_shown_once_and_acts_for_its_owner(api: Api) -> None:
    ada = sign_up()
    created = ada.api.post("/v1/api-keys", BODY)
    assert created.status == 201
    key = created.json["key"]
    assert key.startswith(created.json["prefix"])
    me = api.get("/v1/auth/me", X_Api_Key=key).json
    assert (me["id"], me["role"], me["scopes"]) == (str(ada.id), "user", ["identity:read"])
    listed = ada.api.get("/v1/api-keys")
    assert "key" not in listed.json["items"][0]
    assert key not in listed.text


def test_a_key_does_what_its_scopes_name_and_no_more(api: Api) -> None:
    ada = sign_up()
    reader, writer = machine(ada, "identity:read"), machine(ada, "identity:write")
    assert reader.get("/v1/settings").status == 200
    refused = reader.put("/v1/settings/theme", {"value": "dark"})
    assert (refused.status, refused.code) == (403, "missing_scope")
    assert writer.put("/v1/settings/theme", {"value": "dark"}).status == 200
    assert writer.get("/v1/settings/theme").code == "missing_scope"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/auth/password"),
        ("POST", "/v1/auth/login"),
        ("PATCH", "/v1/profile"),
        ("GET", "/v1/api-keys"),
        ("POST", "/v1/api-keys"),
        ("DELETE", "/v1/api-keys/5f0c3a52-6e0b-4d0e-9a54-0d7f5d8f2f11"),
    ],
)
def test_some_things_only_a_person_signed_in_may_do(api: Api, method: str, path: str) -> None:
    everything = machine(sign_up(), *keys.known_scopes())
    assert everything.call(method, path, {}).code == "missing_scope"


def test_an_administrators_key_is_no_administrator(api: Api) -> None:
    admin = make_admin()
    client = machine(admin, *keys.known_scopes())
    assert client.get("/v1/auth/me").json["role"] == "user"
    for path in ("/v1/admin/users", "/v1/admin/audit-log"):
        assert client.get(path).code == "admins_only"


def test_an_affiliates_key_acts_as_affiliate(api: Api) -> None:
    client = machine(make_affiliate(make_admin()), "identity:read")
    assert client.get("/v1/auth/me").json["role"] == "affiliate"


def test_only_known_scopes_can_be_asked_for(api: Api) -> None:
    ada = sign_up()
    answer = ada.api.post("/v1/api-keys", {"name": "x", "scopes": ["identity:read", "everything"]})
    assert answer.status == 422
    error = answer.json["errors"][0]
    assert (error["field"], error["code"]) == ("body.scopes.1", "unknown_scope")
    assert "identity:write" in error["message"]
    assert ada.api.post("/v1/api-keys", {"name": "x", "scopes": []}).status == 422


def test_known_scopes_are_those_of_the_routes_without_the_administrators(api: Api) -> None:
    declared = {operation.scope for operation in operations if operation.access != "admin"} - {None}
    assert set(keys.known_scopes()) == declared
    assert {"identity:read", "identity:write"} <= declared


def test_a_key_expires(api: Api) -> None:
    client = machine(sign_up(), "identity:read", expires_in_days=7)
    with clock.at(clock.now() + timedelta(days=6, hours=23)):
        assert client.get("/v1/auth/me").status == 200
    with clock.at(clock.now() + timedelta(days=7)):
        answer = client.get("/v1/auth/me")
        assert (answer.status, answer.code) == (401, "api_key_invalid")


@pytest.mark.parametrize("days", [0, 366, "x"])
def test_a_key_lives_a_year_at_most(api: Api, days: object) -> None:
    assert sign_up().api.post("/v1/api-keys", {**BODY, "expires_in_days": days}).status == 422


def test_a_revoked_key_is_refused_at_once_and_stays_listed(api: Api) -> None:
    ada = sign_up()
    client = machine(ada, "identity:read")
    key_id = ada.api.get("/v1/api-keys").json["items"][0]["id"]
    assert ada.api.delete(f"/v1/api-keys/{key_id}").status == 204
    assert client.get("/v1/auth/me").code == "api_key_invalid"
    first = ada.api.get("/v1/api-keys").json["items"][0]["revoked_at"]
    assert first is not None
    assert ada.api.delete(f"/v1/api-keys/{key_id}").status == 204
    assert ada.api.get("/v1/api-keys").json["items"][0]["revoked_at"] == first


def test_a_name_is_one_keys_until_it_is_revoked(api: Api) -> None:
    ada = sign_up()
    first = ada.api.post("/v1/api-keys", BODY).json
    taken = ada.api.post("/v1/api-keys", BODY)
    assert (taken.status, taken.code) == (409, "api_key_name_taken")
    ada.api.delete(f"/v1/api-keys/{first['id']}")
    assert ada.api.post("/v1/api-keys", BODY).status == 201
    assert sign_up().api.post("/v1/api-keys", BODY).status == 201


def test_a_person_has_twenty_keys_at_most(api: Api) -> None:
    ada = sign_up()
    for number in range(20):
        assert ada.api.post("/v1/api-keys", {**BODY, "name": f"key {number}"}).status == 201
    answer = ada.api.post("/v1/api-keys", BODY)
    assert (answer.status, answer.code) == (409, "too_many_api_keys")


def test_keys_are_listed_by_page_the_newest_first(api: Api) -> None:
    ada = sign_up()
    for number in range(5):
        ada.api.post("/v1/api-keys", {**BODY, "name": f"key {number}"})
    names, cursor = [], ""
    while cursor is not None:
        page = ada.api.get(f"/v1/api-keys?limit=2{cursor and '&cursor=' + cursor}").json
        names += [key["name"] for key in page["items"]]
        cursor = page["next_cursor"]
    assert names == [f"key {number}" for number in (4, 3, 2, 1, 0)]


def test_last_use_is_noted_once_a_minute(api: Api) -> None:
    ada = sign_up()
    client = machine(ada, "identity:read")
    start = clock.now()
    seen = []
    for seconds in (0, 30, 59, 61):
        with clock.at(start + timedelta(seconds=seconds)):
            client.get("/v1/auth/me")
        seen.append(datetime.fromisoformat(ada.api.get("/v1/api-keys").json["items"][0]["last_used_at"]))
    assert seen == [start, start, start, start + timedelta(seconds=61)]


def test_deactivation_revokes_keys_for_good(api: Api) -> None:
    admin, ada = make_admin(), sign_up()
    client = machine(ada, "identity:read")
    for active in (False, True):
        admin.api.put(f"/v1/admin/users/{ada.id}/active", {"is_active": active})
        assert client.get("/v1/auth/me").code == "api_key_invalid"


def test_only_a_hash_of_a_key_is_kept(api: Api) -> None:
    ada = sign_up()
    key = ada.api.post("/v1/api-keys", BODY).json["key"]
    with db.job_transaction() as tx:
        row = tx.execute(
            "select api_keys::text as everything, length(key_hash) as size from identity.api_keys"
        ).fetchone()
    assert row is not None
    assert row["size"] == 32
    assert key[11:] not in row["everything"]


def test_what_is_no_key_is_refused(api: Api) -> None:
    for key in ("hf_nonsense", "nonsense", "hf_" + "A" * 43):
        answer = api.get("/v1/auth/me", X_Api_Key=key)
        assert (answer.status, answer.code) == (401, "api_key_invalid")
