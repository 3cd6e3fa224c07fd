"""People for tests: signed up, signed in, and ready to call the API."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from chalicelib.identity import service
from tests.conftest import Api

PASSWORD = "four green bicycles"
_numbers = itertools.count(1)


@dataclass
class Person:
    """Somebody signed in: `api` calls in their name."""

    api: Api
    id: UUID
    email: str
    password: str
    session: dict[str, Any]

    @property
    def access_token(self) -> str:
        return str(self.session["access_token"])

    @property
    def refresh_token(self) -> str:
        return str(self.session["refresh_token"])

    def use(self, session: dict[str, Any]) -> Self:
        """Goes on with another session's tokens."""
        self.session = session
        self.api.headers["Authorization"] = f"Bearer {session['access_token']}"
        return self

    def log_in(self) -> Self:
        """Signs in again, and goes on with the new session."""
        return self.use(sign_in(self.email, self.password))


def new_email(name: str = "person") -> str:
    """An address that nobody has yet."""
    return f"{name}{next(_numbers)}@example.com"


def sign_up(email: str | None = None, password: str = PASSWORD, **fields: Any) -> Person:
    """A new person with the role user, signed in."""
    email = email or new_email()
    answer = Api().post("/v1/auth/register", {"email": email, "password": password, **fields})
    assert answer.status == 201, answer.text
    return _person(email, password, answer.json)


def make_admin(email: str | None = None, password: str = PASSWORD) -> Person:
    """A new administrator, signed in."""
    email = email or new_email("admin")
    service.make_admin(email, password)
    return _person(email, password, sign_in(email, password))


def make_affiliate(admin: Person, email: str | None = None) -> Person:
    """A new person whom `admin` gave the role affiliate, signed in with it."""
    person = sign_up(email)
    answer = admin.api.put(f"/v1/admin/users/{person.id}/role", {"role": "affiliate"})
    assert answer.status == 200, answer.text
    return person.log_in()


def sign_in(email: str, password: str = PASSWORD) -> dict[str, Any]:
    """A new session's tokens."""
    answer = Api().post("/v1/auth/login", {"email": email, "password": password})
    assert answer.status == 200, answer.text
    return dict(answer.json)


def machine(owner: Person, *scopes: str, **fields: Any) -> Api:
    """A client that calls with a new API key of `owner`."""
    body = {"name": f"machine {next(_numbers)}", "scopes": list(scopes), **fields}
    answer = owner.api.post("/v1/api-keys", body)
    assert answer.status == 201, answer.text
    client = Api()
    client.headers["X-Api-Key"] = answer.json["key"]
    return client


def _person(email: str, password: str, session: dict[str, Any]) -> Person:
    return Person(Api(), UUID(session["user_id"]), email, password, session).use(session)
