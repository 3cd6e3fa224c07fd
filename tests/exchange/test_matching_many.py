"""Many orders in one call come to exactly what they come to one after the other."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest

from chalicelib.core import clock
from tests.conftest import Database
from tests.exchange.factory import Offering, broken_books, offering, order, place, sold, trader, traders, wish

D = Decimal
NOW = clock.now()


STATE = {
    "orders": "select id, user_id, order_type, status, shares_requested, shares_filled, price_per_share, "
    "filled_value, commission, average_fill_price, reserved_cash, cancel_reason, priority "
    "from exchange.market_orders order by id",
    "trades": "select id, buyer_id, seller_id, buy_order_id, sell_order_id, "
    "shares_traded, price_per_share, nuke_commission_amount, taker, seller_cost from exchange.market_trades order by id",
    "holdings": "select offering_id, holder_id, shares_owned, shares_reserved, cost, realised_gain "
    "from exchange.share_holdings order by 1, 2",
    "cash": "select kind, user_id, balance, reserved from exchange.cash_accounts "
    "where balance <> 0 or reserved <> 0 order by kind, user_id",
    "ledger": "select debit.user_id, credit.user_id, ledger.kind, amount, trade_id "
    "from exchange.ledger_transfers as ledger join exchange.cash_accounts as debit on debit.id = debit_account_id "
    "join exchange.cash_accounts as credit on credit.id = credit_account_id order by trade_id, kind",
    "candles": "select * from exchange.market_snapshots order by 1, 2",
    "offering": "select current_share_price, total_trades, total_volume_shares, total_volume_usd, highest_bid, lowest_ask "
    "from exchange.vehicle_offerings order by id",
}
SEQUENCES = ("market_orders_id_seq", "market_trades_id_seq", "priorities")


def outcome(
    database: Database, listed: Offering, asked: Sequence[tuple[UUID, dict[str, Any]]], *, together: bool
) -> dict[str, Any]:
    """What the orders come to. Nothing of it stays, and the same numbers are given again."""
    found: dict[str, Any] = {}
    with database.owner() as conn:
        numbers = {
            name: conn.execute(f"select last_value from exchange.{name}").fetchone() for name in SEQUENCES
        }
        with conn.transaction():
            if together:
                row = conn.execute(
                    "select exchange.place_many(%s, %s, %s, %s) as results",
                    [listed.id, [who for who, _ in asked], json.dumps([wanted for _, wanted in asked]), NOW],
                ).fetchone()
                found["results"] = row["results"]  # type: ignore[index]
            else:
                found["results"] = [one(conn, listed, who, wanted) for who, wanted in asked]
            for name, statement in STATE.items():
                found[name] = conn.execute(statement).fetchall()
            raise psycopg.Rollback
        for name, row in numbers.items():
            conn.execute("select setval(%s, %s)", [f"exchange.{name}", row["last_value"]])  # type: ignore[index]
    return found


def one(conn: psycopg.Connection[dict[str, Any]], listed: Offering, who: UUID, wanted: dict[str, Any]) -> Any:
    row = conn.execute(
        "select exchange.place_one(%s, %s, %s, %s) as result", [listed.id, who, json.dumps(wanted), NOW]
    ).fetchone()
    return row["result"]  # type: ignore[index]


def random_order(chance: random.Random, lot: int) -> dict[str, Any]:
    side = chance.choice(("buy", "sell"))
    force = chance.choices(("gtc", "day", "ioc", "fok", "at_open", "at_close"), (8, 4, 3, 3, 1, 1))[0]
    pricing = "market" if force not in ("gtc", "day") and chance.random() < 0.4 else "limit"
    price = None if pricing == "market" and side == "sell" else f"{chance.randint(9_960, 10_040) / 100:.2f}"
    if chance.random() < 0.03:
        price = "100.005"
    shares = chance.randint(1, 12) * lot + (chance.random() < 0.03) * (lot > 1)
    client = f"c{chance.randint(1, 9)}" if chance.random() < 0.2 else None
    return wish(side, shares, price, force=force, pricing=pricing, client_order_id=client)


@pytest.mark.parametrize("seed", range(12))
def test_many_at_once_come_to_the_same_as_one_after_the_other(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    lot = chance.choice((1, 1, 10))
    listed = offering(database, shares=lot * 600, lot=lot)
    people = traders(database, 9, cash=9_000 * lot)
    for person in people:
        sold(listed, person, 50 * lot)
    for person in people:  # something rests already
        for _ in range(3):
            place(person, listed, [random_order(chance, lot)])
    everybody = [*(person.id for person in people), trader(database).id]
    asked = [(chance.choice(everybody), random_order(chance, lot)) for _ in range(80)]

    apart, together = (outcome(database, listed, asked, together=way) for way in (False, True))

    for name, expected in apart.items():
        assert together[name] == expected, name
    codes = {result.get("problem", {}).get("code") for result in apart["results"]}
    assert {None, "self_trade"} < codes, "the stream is worth looking at"
    assert sum(len(result.get("trades", [])) for result in apart["results"]) > 0


def test_a_batch_of_ones_own_orders(database: Database) -> None:
    listed = offering(database)
    buyer = trader(database, "1000")
    order(listed.seller, listed, "sell", 3, "100.00")
    first, second, third, fourth = place(
        buyer,
        listed,
        [
            wish("buy", 2, "100.00"),
            wish("buy", 3, "101.00"),
            wish("buy", 50, "99.00"),
            wish("sell", 1, "101.00", client_order_id="mine"),
        ],
    )
    assert (first["order"]["status"], len(first["trades"])) == ("filled", 1)
    assert (second["order"]["status"], second["order"]["shares_filled"]) == ("partially_filled", 1)
    assert third["problem"]["code"] == "insufficient_cash"
    assert fourth["problem"] == {
        "code": "self_trade", "order_id": second["order"]["id"],
        "detail": f"It could trade with your own order {second['order']['id']}. Cancel that first.",
    }  # fmt: skip
    (told,) = database.rows(
        "select payload from app.outbox where kind = 'market' and payload -> 'trades' <> '[]'"
    )
    assert [trade[1:] for trade in told["payload"]["trades"]] == [["100.00", 2, "buy"], ["100.00", 1, "buy"]]
    assert told["payload"]["book"] == [["sell", "100.00", -3], ["buy", "101.00", 2]]
    assert (told["payload"]["bid"], told["payload"]["ask"]) == ("101.00", None)
    assert broken_books() == []


def test_a_batch_says_of_each_order_how_it_was_when_it_had_been_placed(database: Database) -> None:
    listed = offering(database)
    first, second = traders(database, 2, cash="1000")
    sold(listed, first, 5)
    row = database.row(
        "select exchange.place_many(%s, %s, %s, %s) as results",
        listed.id,
        [first.id, second.id],
        json.dumps([wish("sell", 5, "100.00"), wish("buy", 5, "100.00")]),
        NOW,
    )
    offered, bought = row["results"]
    assert (offered["order"]["status"], offered["trades"]) == ("active", [])
    assert bought["order"]["status"] == "filled"
    assert {made["status"] for made in listed.orders()} == {"filled"}
    assert broken_books() == []


def test_a_batch_that_is_refused_whole_leaves_nothing_behind(database: Database) -> None:
    listed = offering(database)
    nobody = trader(database)
    before = database.row("select count(*) as events from app.outbox")
    results = place(nobody, listed, [wish("buy", 1, "100.00"), wish("sell", 1, "100.00")])
    assert [result["problem"]["code"] for result in results] == ["insufficient_cash", "insufficient_shares"]
    assert listed.orders() == []
    assert database.row("select count(*) as events from app.outbox") == before
