"""What tests of the exchange are made of: traders, offerings (which trade continuously unless told otherwise), orders."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.principal import JOB, Principal
from chalicelib.exchange import cash as cash_desk
from chalicelib.exchange.models import NewTransfer, TransferKind
from chalicelib.identity import tokens
from tests.conftest import Answer, Api, Database
from tests.exchange.known_days import know_days

FAR_AUCTION = datetime(2100, 1, 4, 14, 30, tzinfo=UTC)
CALL = timedelta(minutes=10)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Trader:
    """Somebody with an account, in whose name things are done: by SQL (`tx`) or over HTTP (`api`)."""

    database: Database
    id: UUID
    role: str = "user"

    @contextmanager
    def tx(self) -> Iterator[Tx]:
        """A transaction of the API's role in this person's name."""
        with db.transaction(Principal(self.role, self.id)) as tx:  # type: ignore[arg-type]
            yield tx

    @cached_property
    def api(self) -> Api:
        """A client that is signed in as this person, whatever time the clock was set to."""
        return SignedIn(self)

    @property
    def cash(self) -> dict[str, Decimal]:
        """balance, reserved and available."""
        rows = self.database.rows(
            "select balance, reserved, balance - reserved as available from exchange.cash_accounts where user_id = %s",
            self.id,
        )
        return rows[0] if rows else dict.fromkeys(("balance", "reserved", "available"), Decimal(0))

    def holding(self, offering: Offering) -> dict[str, Any]:
        """shares_owned, shares_reserved, cost, entry_price and realised_gain; zeros where there never was any."""
        rows = self.database.rows(
            "select shares_owned, shares_reserved, cost, entry_price, realised_gain from exchange.share_holdings "
            "where holder_id = %s and offering_id = %s",
            self.id,
            offering.id,
        )
        nothing = {"cost": Decimal(0), "entry_price": None, "realised_gain": Decimal(0)}
        return rows[0] if rows else {"shares_owned": 0, "shares_reserved": 0, **nothing}

    def shares(self, offering: Offering) -> int:
        return int(self.holding(offering)["shares_owned"])


@dataclass(frozen=True)
class Offering:
    """A listed offering and the person whom its shares were issued to."""

    database: Database
    id: int
    symbol: str
    seller: Trader

    @property
    def row(self) -> dict[str, Any]:
        """The offering's row as it is now."""
        return self.database.row("select * from exchange.vehicle_offerings where id = %s", self.id)

    def set(self, **columns: Any) -> None:
        """Changes columns past all rules: to bring about what a test begins with."""
        for name, value in columns.items():
            self.database.run(
                f"update exchange.vehicle_offerings set {name} = %s where id = %s", value, self.id
            )

    def orders(self) -> list[dict[str, Any]]:
        """All its orders in the order of their ids."""
        return self.database.rows(
            "select * from exchange.market_orders where offering_id = %s order by id", self.id
        )

    def trades(self) -> list[dict[str, Any]]:
        """All its trades in the order of their ids."""
        found = "select * from exchange.market_trades where offering_id = %s order by id"
        return self.database.rows(found, self.id)


class SignedIn(Api):
    """A client with a session of its own. Each call carries a token of that moment: tests move the clock."""

    def __init__(self, trader: Trader) -> None:
        super().__init__()
        self.claims = tokens.Claims(trader.id, trader.role, uuid4())
        trader.database.run(
            "insert into identity.refresh_tokens (family_id, user_id, token_hash, expires_at) "
            "values (%s, %s, %s, 'infinity')",
            self.claims.session,
            trader.id,
            tokens.fingerprint(str(self.claims.session)),
        )

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        self.headers["Authorization"] = f"Bearer {tokens.sign(self.claims)}"
        return super().call(method, path, body, headers)


# ---------------------------------------------------------------- people and their cash


def trader(database: Database, cash: Any = 0, role: str = "user") -> Trader:
    """A new person with so much cash, which was deposited and confirmed."""
    (made,) = traders(database, 1, role=role)
    if Decimal(str(cash)):
        deposit(made, cash)
    return made


def admin(database: Database) -> Trader:
    """A new administrator."""
    return trader(database, role="admin")


def traders(database: Database, count: int, cash: Any = 0, role: str = "user") -> list[Trader]:
    """Many people at once, each with so much cash; the books are as if it had been deposited."""
    people = [uuid4() for _ in range(count)]
    with database.owner() as conn, conn.transaction():
        conn.execute(
            "insert into identity.users (id, email, password_hash, role) "
            "select id, id || '@example.com', 'none', %s from unnest(%s::uuid[]) as id",
            [role, people],
        )
        if Decimal(str(cash)):
            conn.execute(_DEPOSITS, {"people": people, "cash": Decimal(str(cash))})
    return [Trader(database, person, role) for person in people]


def deposit(person: Trader, amount: Any, at: datetime | None = None) -> int:
    """Asks for a deposit and confirms it; returns the transfer's id."""
    return _transfer(person, "deposit", amount, at)


def withdraw(person: Trader, amount: Any, at: datetime | None = None) -> int:
    """Asks for a withdrawal and confirms it; returns the transfer's id."""
    return _transfer(person, "withdrawal", amount, at)


def deposit_over_http(person: Trader, office: Trader, amount: Any) -> dict[str, Any]:
    """The whole way: the person asks, the administrator confirms. Returns the confirmed transfer."""
    asked = request_transfer(person.api, "deposits", {"amount": str(amount)})
    assert asked.status == 201, asked.text
    answer = office.api.post(f"/v1/admin/exchange/transfers/{asked.json['id']}/confirm", {})
    assert answer.status == 200, answer.text
    return dict(answer.json)


def request_transfer(api: Api, what: str, body: Any) -> Answer:
    """Asks over HTTP for one of the "deposits" or "withdrawals"."""
    return api.post(f"/v1/exchange/{what}", body, Idempotency_Key=str(uuid4()))


def _transfer(person: Trader, kind: TransferKind, amount: Any, at: datetime | None) -> int:
    wanted = NewTransfer(amount=Decimal(str(amount)))
    with clock.at(at or clock.now()):
        with person.tx() as tx:
            transfer = cash_desk.request_transfer(tx, kind, wanted).id
        with db.transaction(Principal("admin")) as tx:
            cash_desk.decide_transfer(tx, transfer, "confirmed", None)
    return transfer


_DEPOSITS = """
    with account as (
        insert into exchange.cash_accounts (kind, user_id, balance)
        select 'user', id, %(cash)s from unnest(%(people)s::uuid[]) as id returning id, user_id
    ), transfer as (
        insert into exchange.cash_transfers (user_id, kind, amount, status, decided_at)
        select user_id, 'deposit', %(cash)s, 'confirmed', now() from account returning id, user_id
    ), outside as (
        update exchange.cash_accounts set balance = balance - %(cash)s * cardinality(%(people)s::uuid[])
        where kind = 'outside' returning id
    )
    insert into exchange.ledger_transfers
        (debit_account_id, credit_account_id, amount, kind, cash_transfer_id, created_at)
    select outside.id, account.id, %(cash)s, 'deposit', transfer.id, now()
    from account join transfer on transfer.user_id = account.user_id cross join outside
"""


# ---------------------------------------------------------------- offerings


def offering(
    database: Database,
    seller: Trader | None = None,
    shares: int = 1_000,
    price: Any = "100.00",
    tick: Any = "0.01",
    lot: int = 1,
    *,
    symbol: str | None = None,
    hours: str = "always",
    next_auction: str = "opening_auction",
    auction_day: date | None = None,
    auction_at: datetime = FAR_AUCTION,
    calls_from: datetime | None = None,
    at: datetime | None = None,
) -> Offering:
    """A new vehicle and an offering of it, whose shares were all issued to `seller` (somebody new unless given)."""
    seller = seller or trader(database)
    number = next(_numbers)
    symbol = symbol or f"V{number}"
    know_days(at or clock.now())
    with db.transaction(Principal("admin")) as tx:
        vehicle = tx.execute(
            "select (exchange.add_vehicle(%s, null)).id as id", [f"Vehicle {number}"]
        ).fetchone()
        assert vehicle is not None
        fields = {
            "vehicle_id": vehicle["id"], "symbol": symbol, "hours": hours, "shares_issued": shares,
            "issue_price": str(price), "tick_size": str(tick), "lot_size": lot, "next_auction": next_auction,
            "next_auction_day": str(auction_day or auction_at.date()), "next_auction_at": auction_at.isoformat(),
            "calls_from": (calls_from or auction_at - CALL).isoformat(),
        }  # fmt: skip
        row = tx.execute(
            "select (exchange.list_offering(%s::jsonb, %s, %s)).id as id",
            [json.dumps(fields), seller.id, at or clock.now()],
        ).fetchone()
    assert row is not None
    return Offering(database, int(row["id"]), symbol, seller)


# ---------------------------------------------------------------- orders


def wish(
    side: str,
    shares: int,
    price: Any = None,
    *,
    force: str = "gtc",
    pricing: str = "limit",
    client_order_id: str | None = None,
) -> dict[str, Any]:
    """An order as it is asked for, by SQL and over HTTP alike."""
    return {
        "order_type": side,
        "pricing": pricing,
        "time_in_force": force,
        "shares_requested": shares,
        "price_per_share": None if price is None else str(price),
        "client_order_id": client_order_id,
    }


def place(
    person: Trader, listed: Offering, wishes: Sequence[dict[str, Any]], at: datetime | None = None
) -> list[dict[str, Any]]:
    """Places orders in one call; one result for each: {"order", "trades"} or {"problem"}."""
    with person.tx() as tx:
        row = tx.execute(
            "select exchange.place_orders(%s, %s::jsonb, %s) as results",
            [listed.id, json.dumps(list(wishes)), at or clock.now()],
        ).fetchone()
    assert row is not None
    return list(row["results"])


def order(
    person: Trader, listed: Offering, side: str, shares: int, price: Any = None, at: Any = None, **more: Any
) -> dict[str, Any]:
    """Places one order that is accepted; returns it as it is after matching."""
    (result,) = place(person, listed, [wish(side, shares, price, **more)], at)
    assert "order" in result, result
    return dict(result["order"])


def refused(
    person: Trader, listed: Offering, side: str, shares: int, price: Any = None, at: Any = None, **more: Any
) -> dict[str, Any]:
    """Places one order that is refused; returns the problem."""
    (result,) = place(person, listed, [wish(side, shares, price, **more)], at)
    assert "problem" in result, result
    return dict(result["problem"])


def sold(
    listed: Offering, buyer: Trader, shares: int, price: Any = "100.00", at: datetime | None = None
) -> None:
    """The seller sells shares to `buyer` in continuous trading, where nothing else is in the book at that price."""
    order(listed.seller, listed, "sell", shares, price, at)
    assert order(buyer, listed, "buy", shares, price, at)["status"] == "filled"


# ---------------------------------------------------------------- the books


def broken_books(at: datetime | None = None) -> list[dict[str, Any]]:
    """What does not agree: [] where cash, ledger, shares, orders, trades, candles and quotes do."""
    with db.transaction(JOB) as tx:
        return tx.execute("select * from exchange.check_books(%s)", [at or clock.now()]).fetchall()
