"""Demo data, made the first time: people, assets that they watch, a portfolio, and an exchange on which they trade.

Watching an asset asks for its history, so that the backfill, the queue and the stand-in sources get to work
at once.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from local import demo_exchange, demo_portfolio, state

WATCHED = {
    "BTC": "2024-02-08",
    "ETH": "2024-02-08",
    "SOL": "2024-06-03",
    "LINK": "2024-06-03",
    "MSTR": "2021-08-03",
    "MARA": "2023-01-03",
    "RIOT": "2024-01-02",
}
"""Symbol: since when. A backfill begins one year before."""
TIMEOUT_SECONDS = 20


class DemoFailed(Exception):
    """The demo data could not be made; the message says at which request and why."""


class Login(NamedTuple):
    """Somebody who can sign in."""

    title: str
    email: str
    password: str


def logins() -> list[Login]:
    """The two demo people. Their passwords are made once per state folder."""
    return [
        Login("Demo", "demo@example.com", str(state.secret("password:demo@example.com"))),
        Login("Admin", "admin@example.com", str(state.secret("password:admin@example.com"))),
    ]


def traders() -> list[Login]:
    """Two more people, for the demo person to trade with: who quotes prices, and who takes them."""
    return [
        Login("Mika", "maker@example.com", str(state.secret("password:maker@example.com"))),
        Login("Ravi", "trader@example.com", str(state.secret("password:trader@example.com"))),
    ]


def seed(url: str) -> list[Login]:
    """Makes the demo data unless it is there, and returns who can sign in. Raises DemoFailed."""
    demo, admin = logins()
    if not state.done("demo"):
        client = signed_in(url, demo)
        make_admin(admin)
        for symbol, since in WATCHED.items():
            client.watch(symbol, since)
        make_portfolio(client)
        make_exchange(url, demo, admin)
        state.mark_done("demo")
    return [demo, admin]


def signed_in(url: str, person: Login) -> Client:
    """A client of somebody, who is registered unless that was done before. Raises DemoFailed."""
    client = Client(url)
    if not client.try_sign_in(person):
        if not client.register(person):
            raise DemoFailed(
                f"{person.email} exists already, with a password that this state folder does not know"
            )
        client.try_sign_in(person)
    return client


def make_admin(person: Login) -> None:
    """Makes the administrator: the first cannot be made through the API. Raises DemoFailed."""
    from chalicelib.core.errors import Problem
    from chalicelib.identity import service

    try:
        service.make_admin(person.email, person.password)
    except Problem as exc:
        raise DemoFailed(f"{person.email} could not be made an administrator: {exc.detail}") from exc


def make_portfolio(client: Client) -> None:
    """Makes the demo person's portfolio, if the catalogue has its assets. Raises DemoFailed."""
    from chalicelib.sources.errors import SourceError

    assets = {symbol: client.asset(symbol) for symbol in demo_portfolio.SOURCES}
    known = {symbol: number for symbol, number in assets.items() if number is not None}
    if len(known) < len(assets):
        return
    try:
        demo_portfolio.make(client.call, known)
    except (demo_portfolio.Failed, SourceError) as exc:
        raise DemoFailed(f"making the demo portfolio: {exc}") from exc


def make_exchange(url: str, demo: Login, admin: Login) -> None:
    """Makes the demo exchange. Raises DemoFailed."""
    from chalicelib.core.errors import Problem

    maker, trader = traders()
    people = demo_exchange.People(*(signed_in(url, each).number() for each in (maker, demo, trader, admin)))
    try:
        demo_exchange.make(people, datetime.now(UTC))
    except Problem as exc:
        raise DemoFailed(f"making the demo exchange: {exc.detail}") from exc


class Client:
    """The few requests that the demo data takes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._token: str | None = None

    def try_sign_in(self, person: Login) -> bool:
        """Signs in and keeps the token; False where e-mail address and password do not fit."""
        status, answer = self.call(
            "POST", "/v1/auth/login", {"email": person.email, "password": person.password}
        )
        if status != 200:
            return False
        self._token = answer["access_token"]
        return True

    def token(self) -> str | None:
        return self._token

    def number(self) -> UUID:
        """Who is signed in. Raises DemoFailed."""
        status, answer = self.call("GET", "/v1/auth/me")
        if status != 200:
            raise DemoFailed(f"asking who is signed in: {status} {answer.get('detail', '')}")
        return UUID(answer["id"])

    def register(self, person: Login) -> bool:
        """Registers; False where the address is taken."""
        body = {"email": person.email, "password": person.password, "display_name": person.title}
        status, answer = self.call("POST", "/v1/auth/register", body)
        if status >= 400 and status != 409:
            raise DemoFailed(f"registering {person.email}: {status} {answer.get('detail', '')}")
        return status < 400

    def asset(self, symbol: str) -> int | None:
        """The number of an asset of the catalogue; None where it is not there."""
        status, answer = self.call("GET", f"/v1/assets?q={symbol}")
        if status != 200:
            raise DemoFailed(f"looking for {symbol}: {status} {answer.get('detail', '')}")
        return next((asset["id"] for asset in answer["items"] if asset["symbol"] == symbol), None)

    def watch(self, symbol: str, since: str) -> None:
        """Watches an asset of the catalogue; one that is not there is passed over."""
        number = self.asset(symbol)
        if number is not None:
            status, answer = self.call("PUT", f"/v1/assets/{number}/watch", {"since": since})
            if status >= 400:
                raise DemoFailed(f"watching {symbol}: {status} {answer.get('detail', '')}")

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """One request; the answer's status and JSON. Raises DemoFailed where nothing answers."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        raw = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data=raw, headers=headers, method=method)
        try:
            with _DIRECT.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as exc:
            with exc:
                try:
                    return exc.code, json.loads(exc.read() or b"{}")
                except ValueError:
                    return exc.code, {}
        except OSError as exc:
            raise DemoFailed(f"{method} {path}: {exc}") from exc


# never through a proxy that the shell's environment may name: it is this machine
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
