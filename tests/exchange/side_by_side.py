"""An offering in the database and the pure rules' book of it, side by side: every step is taken in both and compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from chalicelib.core import clock
from chalicelib.exchange import money
from chalicelib.exchange.matching import Outcome
from chalicelib.exchange.records import Account, Fill, NewOrder, Order, Refused
from tests.conftest import Database
from tests.exchange.factory import Trader, deposit, offering, place, sold, traders, wish
from tests.exchange.streams import PEOPLE, Amend, Cancel, Place, Step, Stream, answer_to, named

NO_SUCH_ORDER = 10**15
Answer = dict[str, Any]


class Exchange:
    """A stream's offering and people in the database, and beside it the book of the pure rules."""

    def __init__(self, database: Database, stream: Stream) -> None:
        self.database = database
        shares = max(1, sum(stream.shares.values())) * 2
        shares += -shares % stream.lot
        self.listed = offering(database, shares=shares, price=stream.tick, tick=stream.tick, lot=stream.lot)
        self.people = dict(zip(PEOPLE, traders(database, len(PEOPLE)), strict=True))
        self.names = {person.id: name for name, person in self.people.items()}
        for name, person in self.people.items():
            spent = money.cost_at_most(stream.paid[name], stream.shares[name], stream.lot)
            fund(person, stream.cash[name] + spent)
            if stream.shares[name]:
                sold(self.listed, person, stream.shares[name], stream.paid[name])
        if stream.phase == "call":
            self.listed.set(calls_from=clock.now())
        before = self.listed.row
        self.book = replace(
            stream.book(),
            accounts={name: Account(person.cash["balance"]) for name, person in self.people.items()},
            last_price=before["current_share_price"],
            commission_earned=self.commission(),
        )
        self.fills: list[Fill] = []
        self.ids: list[int] = []
        self.first_order = max((row["id"] for row in self.listed.orders()), default=0) + 1
        self.first_trade = max((row["id"] for row in self.listed.trades()), default=0) + 1
        self.totals = {name: before[name] for name in before if name.startswith("total_")}

    def commission(self) -> Decimal:
        rows = self.database.rows(
            "select balance from exchange.cash_accounts where offering_id = %s", self.listed.id
        )
        return rows[0]["balance"] if rows else Decimal(0)

    def id(self, number: int) -> int:
        """What the database calls an order of the book."""
        return self.ids[number - 1] if 0 < number <= len(self.ids) else NO_SUCH_ORDER

    # -------------------------------------------------------- what the rules say

    def follow(self, step: Step, told: Answer) -> None:
        """Takes a step in the book, and compares the rules' answer to it with the database's."""
        outcome = answer_to(self.book, step)
        if isinstance(outcome, Refused):
            assert "problem" in told, (step, outcome, told)
            assert self.problem(outcome) == normal(told["problem"]), step
            return
        assert "order" in told, (step, outcome.order, told)
        if isinstance(step, Place):
            self.ids.append(told["order"]["id"])
        assert traded(outcome) == [
            (
                trade["shares_traded"],
                Decimal(trade["price_per_share"]),
                Decimal(trade["nuke_commission_amount"]),
            )
            for trade in told["trades"]
        ], step
        assert self.shape(outcome.order) == columns(told["order"]), step
        self.book = outcome.book
        self.fills += outcome.fills

    def problem(self, refused: Refused) -> dict[str, Any]:
        facts = dict(refused.facts)
        if "order_id" in facts:
            facts["order_id"] = self.id(facts["order_id"])
        return normal({"code": refused.code, **facts})

    def shape(self, order: Order) -> dict[str, Any]:
        """What the database should say of an order."""
        filled = order.shares_filled
        return {
            "id": self.id(order.id),
            "user_id": str(self.people[str(order.user)].id),
            "order_type": order.order_type,
            "pricing": order.pricing,
            "time_in_force": order.time_in_force,
            "status": order.status,
            "shares_requested": order.shares_requested,
            "shares_filled": filled,
            "price_per_share": order.price_per_share,
            "lot_size": order.lot_size,
            "filled_value": order.filled_value,
            "commission": order.commission,
            "average_fill_price": round(order.filled_value / filled, 6) if filled else None,
            "reserved_cash": order.reserved_cash,
            "client_order_id": order.client_order_id,
            "cancel_reason": order.cancel_reason,
        }

    # -------------------------------------------------------- what there is

    def compare(self) -> None:
        """Orders and their turn, trades, holdings, cash, the house's commission, the quote: all of it."""
        book, rows = self.book, [row for row in self.listed.orders() if row["id"] >= self.first_order]
        assert [row["id"] for row in rows] == sorted(self.ids), "no others, and none for what was refused"
        found = {row["id"]: row for row in rows}
        for number, order in book.orders.items():
            assert columns(found[self.id(number)]) == self.shape(order)
        by_turn = sorted(rows, key=lambda row: int(row["priority"]))
        turns = sorted(book.orders.values(), key=lambda order: order.priority)
        assert [row["id"] for row in by_turn] == [self.id(order.id) for order in turns]
        self.compare_trades()
        for name, person in self.people.items():
            account, holding = book.account(name), book.holding(name)
            cash, held = person.cash, person.holding(self.listed)
            assert (cash["balance"], cash["reserved"]) == (account.balance, account.reserved), name
            assert (
                held["shares_owned"], held["shares_reserved"], held["cost"], held["realised_gain"]
            ) == (
                holding.shares_owned, holding.shares_reserved, holding.cost, holding.realised_gain
            ), name  # fmt: skip
        assert self.commission() == book.commission_earned
        row = self.listed.row
        assert (row["current_share_price"], row["highest_bid"], row["lowest_ask"]) == (
            book.last_price, book.highest_bid, book.lowest_ask
        )  # fmt: skip
        assert {name: row[name] - before for name, before in self.totals.items()} == {
            "total_trades": len(self.fills),
            "total_volume_shares": sum(fill.shares for fill in self.fills),
            "total_volume_usd": sum(fill.value for fill in self.fills),
        }

    def compare_trades(self) -> None:
        trades = [row for row in self.listed.trades() if row["id"] >= self.first_trade]
        assert [
            (
                row["buy_order_id"], row["sell_order_id"], self.names[row["buyer_id"]], self.names[row["seller_id"]],
                row["shares_traded"], row["price_per_share"], row["nuke_commission_amount"], row["taker"],
                row["seller_cost"],
            )
            for row in trades
        ] == [
            (
                self.id(fill.buy_order_id), self.id(fill.sell_order_id), fill.buyer, fill.seller, fill.shares,
                fill.price, fill.commission, fill.taker, fill.seller_cost,
            )
            for fill in self.fills
        ]  # fmt: skip

    # -------------------------------------------------------- what is done

    def ask(self, user: str, statement: str, *values: Any) -> Any:
        """What a function of the database answers this person."""
        with self.people[user].tx() as tx:
            row = tx.execute(f"select {statement} as answer", values).fetchone()
        assert row is not None
        return row["answer"]

    def take(self, step: Step) -> Answer:
        """One step by itself."""
        if isinstance(step, Place):
            return place(self.people[step.user], self.listed, [asked(step.order)])[0]
        user, number = named(self.book, step)
        number = self.id(number)
        if isinstance(step, Cancel):
            return dict(self.ask(user, "exchange.cancel_order(%s, %s)", number, clock.now()))
        assert isinstance(step, Amend)
        return dict(
            self.ask(
                user,
                "exchange.amend_order(%s, %s, %s, %s)",
                number,
                step.shares,
                step.price,
                clock.now(),
            )
        )

    def in_line(self, steps: Sequence[Place], leader: int) -> list[Answer]:
        """The orders wait for a book that is taken; when it is free, the leader places them all."""
        waiting = []
        with self.database.owner() as conn, conn.transaction():
            conn.execute("select exchange.lock_book(%s)", [self.listed.id])
            for step in steps:
                order = json.dumps(asked(step.order))
                answer = self.ask(
                    step.user,
                    "exchange.place_order(%s, %s::jsonb, null, %s)",
                    self.listed.id,
                    order,
                    clock.now(),
                )
                waiting.append(answer["waiting"])
        for place_in_line in (leader % len(steps), *range(len(steps))):
            user = steps[place_in_line].user
            self.ask(user, "exchange.await_order(%s, %s)", waiting[place_in_line], clock.now())
        return [
            dict(self.ask(step.user, "exchange.await_order(%s, %s)", number, clock.now()))
            for step, number in zip(steps, waiting, strict=True)
        ]


def fund(person: Trader, amount: Decimal) -> None:
    if amount:
        deposit(person, amount)


def asked(order: NewOrder) -> dict[str, Any]:
    return wish(
        order.order_type,
        order.shares_requested,
        order.price_per_share,
        force=order.time_in_force,
        pricing=order.pricing,
        client_order_id=order.client_order_id,
    )


def traded(outcome: Outcome) -> list[tuple[int, Decimal, Decimal]]:
    return [(fill.shares, fill.price, fill.commission) for fill in outcome.fills]


AMOUNTS = ("price_per_share", "filled_value", "commission", "average_fill_price", "reserved_cash")
COLUMNS = (
    "id", "user_id", "order_type", "pricing", "time_in_force", "status", "shares_requested", "shares_filled",
    "lot_size", "client_order_id", "cancel_reason", *AMOUNTS,
)  # fmt: skip


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """An order as the database has it or tells it; amounts as numbers."""
    found = {name: row[name] for name in COLUMNS} | {"user_id": str(row["user_id"])}
    return found | {name: None if row[name] is None else Decimal(row[name]) for name in AMOUNTS}


def normal(problem: dict[str, Any]) -> dict[str, Any]:
    """A refusal's code and facts, without its words; amounts as numbers. A call's end is told in two formats."""
    numbers = {"needed", "available", "tick_size", "maximum"}
    return {
        name: Decimal(value) if name in numbers else value
        for name, value in problem.items()
        if name not in ("detail", "ends_at")
    }
