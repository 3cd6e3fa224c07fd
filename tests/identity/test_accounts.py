"""What administrators do with accounts, and that somebody always can."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import db
from chalicelib.core.errors import InvalidInput
from chalicelib.core.principal import Principal
from chalicelib.identity import people, service
from tests.conftest import Api, Database
from tests.identity.factory import PASSWORD, Person, make_admin, make_affiliate, new_email, sign_in, sign_up
from tests.identity.together import codes, together


@pytest.fixture
def admin(api: Api) -> Person:
    return make_admin()


def set_role(admin: Person, person: Person, role: str) -> Any:
    return admin.api.put(f"/v1/admin/users/{person.id}/role", {"role": role})


def set_active(admin: Person, person: Person, is_active: bool) -> Any:
    return admin.api.put(f"/v1/admin/users/{person.id}/active", {"is_active": is_active})


def listed(admin: Person, query: str) -> list[str]:
    answer = admin.api.get(f"/v1/admin/users{query}")
    assert answer.status == 200, answer.text
    return [user["email"] for user in answer.json["items"]]


def test_accounts_are_found_by_address_name_and_role(admin: Person) -> None:
    sign_up("grace@example.com", display_name="Rear Admiral 100%")
    sign_up("ada@example.com")
    assert listed(admin, "?q=GRACE") == ["grace@example.com"]
    assert listed(admin, "?q=admiral") == ["grace@example.com"]
    assert listed(admin, "?q=100%25") == ["grace@example.com"]
    assert listed(admin, "?q=_") == []
    assert listed(admin, "?role=admin") == [admin.email]
    assert listed(admin, "?role=user") == ["ada@example.com", "grace@example.com"]


def test_accounts_are_listed_by_page_the_newest_first(admin: Person) -> None:
    emails = [sign_up().email for _ in range(4)]
    found, cursor = [], ""
    while cursor is not None:
        page = admin.api.get(f"/v1/admin/users?limit=2{cursor and '&cursor=' + cursor}").json
        found += [user["email"] for user in page["items"]]
        cursor = page["next_cursor"]
    assert found == [*reversed(emails), admin.email]


@pytest.mark.parametrize(
    "query", ["?role=king", "?limit=0", "?limit=201", "?cursor=x", "?q=%00", "?sort=email"]
)
def test_a_bad_question_is_refused(admin: Person, query: str) -> None:
    assert admin.api.get(f"/v1/admin/users{query}").status == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/admin/users", None),
        ("PUT", "/v1/admin/users/{id}/role", {"role": "admin"}),
        ("PUT", "/v1/admin/users/{id}/active", {"is_active": True}),
    ],
)
def test_only_administrators_administer(admin: Person, method: str, path: str, body: Any) -> None:
    ada = sign_up()
    for person in (ada, make_affiliate(admin)):
        answer = person.api.call(method, path.replace("{id}", str(ada.id)), body)
        assert (answer.status, answer.code) == (403, "admins_only")
    assert Api().call(method, path.replace("{id}", str(ada.id)), body).status == 401


def test_a_role_is_gained_at_the_next_refresh_or_sign_in(admin: Person, api: Api) -> None:
    ada = sign_up()
    assert set_role(admin, ada, "admin").json["role"] == "admin"
    assert ada.api.get("/v1/auth/me").json["role"] == "user"
    assert ada.api.get("/v1/admin/users").code == "admins_only"
    ada.use(api.post("/v1/auth/refresh", {"refresh_token": ada.refresh_token}).json)
    assert ada.api.get("/v1/admin/users").status == 200


def test_a_demoted_administrator_loses_power_at_once(admin: Person) -> None:
    other = make_admin()
    assert set_role(admin, other, "user").status == 200
    assert other.api.get("/v1/admin/users").code == "admins_only"
    assert other.api.get("/v1/auth/me").json["role"] == "user"


def test_a_deactivated_account_is_out_at_once(admin: Person, api: Api) -> None:
    ada = sign_up()
    assert set_active(admin, ada, False).json["is_active"] is False
    assert ada.api.get("/v1/auth/me").code == "token_revoked"
    assert api.post("/v1/auth/refresh", {"refresh_token": ada.refresh_token}).code == "refresh_revoked"


def test_a_reactivated_account_signs_in_anew_and_old_sessions_stay_ended(admin: Person, api: Api) -> None:
    ada = sign_up()
    set_active(admin, ada, False)
    assert set_active(admin, ada, True).json["is_active"] is True
    assert ada.api.get("/v1/auth/me").code == "token_revoked"
    assert api.post("/v1/auth/refresh", {"refresh_token": ada.refresh_token}).code == "refresh_revoked"
    assert ada.log_in().api.get("/v1/auth/me").status == 200


def test_a_deactivated_administrator_loses_power_at_once(admin: Person) -> None:
    other = make_admin()
    set_active(admin, other, False)
    assert other.api.get("/v1/admin/users").status == 401


def test_the_last_administrator_stays(admin: Person) -> None:
    for answer in (set_role(admin, admin, "user"), set_active(admin, admin, False)):
        assert (answer.status, answer.code) == (409, "last_admin")
    other = make_admin()
    assert set_active(admin, other, False).status == 200
    assert set_role(admin, admin, "user").code == "last_admin"
    assert set_active(admin, other, True).status == 200
    assert set_role(admin, admin, "user").status == 200


def test_no_job_removes_the_last_administrator_either(admin: Person) -> None:
    import psycopg

    with pytest.raises(psycopg.errors.IntegrityError, match="administer"), db.job_transaction() as tx:
        tx.execute("delete from identity.users where id = %s", [admin.id])
    assert admin.api.get("/v1/admin/users").status == 200


def test_two_administrators_cannot_demote_each_other_at_once(admin: Person) -> None:
    def demote(by: Person, whom: Person) -> None:
        with db.transaction(Principal("admin", by.id)) as tx:
            people.change_role(tx, whom.id, "user")

    for _ in range(5):
        other = make_admin()
        outcomes = together(partial(demote, admin, other), partial(demote, other, admin))
        assert codes(outcomes) == ["done", "last_admin"]
        service.make_admin(admin.email)
        with db.job_transaction() as tx:
            tx.execute("update identity.users set role = 'user' where id = %s", [other.id])


def test_nobody_is_nobody(admin: Person) -> None:
    for path, body in (("role", {"role": "user"}), ("active", {"is_active": True})):
        assert admin.api.put(f"/v1/admin/users/{uuid4()}/{path}", body).status == 404
        assert admin.api.put(f"/v1/admin/users/17/{path}", body).status == 422
    assert set_role(admin, admin, "job").status == 422


def test_the_command_line_makes_the_first_administrator(database: Database) -> None:
    made = service.make_admin(" Root@Example.com ")
    assert (made.email, made.created) == ("root@example.com", True)
    assert made.password is not None
    assert sign_in("root@example.com", made.password)
    again = service.make_admin("root@example.com")
    assert (again.id, again.created, again.password) == (made.id, False, None)
    assert sign_in("root@example.com", made.password)


def test_the_command_line_promotes_and_activates_an_account(admin: Person) -> None:
    ada = sign_up()
    set_active(admin, ada, False)
    assert service.make_admin(ada.email).id == ada.id
    assert ada.log_in().api.get("/v1/admin/users").status == 200


def test_a_password_set_on_the_command_line_ends_all_sessions(api: Api) -> None:
    ada = sign_up()
    made = service.make_admin(ada.email, "seven quiet lighthouses")
    assert made.password is None
    assert ada.api.get("/v1/auth/me").code == "token_revoked"
    assert sign_in(ada.email, "seven quiet lighthouses")


@pytest.mark.parametrize(("email", "password"), [("nobody", PASSWORD), (new_email(), "short")])
def test_the_command_line_refuses_what_registration_refuses(
    database: Database, email: str, password: str
) -> None:
    with pytest.raises(InvalidInput):
        service.make_admin(email, password)
