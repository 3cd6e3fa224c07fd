"""The exchange: orders a second beside pgbench's simple-update, and what reading and auctions take with millions stored.

One durable server. Orders come from pgbench, each call in somebody's name through the API's role, as the service makes it;
its own simple-update (-N) runs on the same server with as many clients. All take turns; medians. Reports, the end of a
trading day and auctions go through the services. Run: ./holdfast bench exchange
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg

from bench import exchange_auctions, exchange_bare
from bench.exchange_market import OFFERINGS, PEOPLE, Size, build, person
from bench.exchange_pgbench import (
    ANY_OFFERING,
    BATCH,
    BUSY,
    CALM,
    HOT_OFFERING,
    LOCK_MATCH_COMMIT,
    PLACE_ORDER,
    Pgbench,
    batch,
)
from bench.report import table
from chalicelib.core import db, migrate, settings
from chalicelib.core.models import PageQuery
from chalicelib.core.principal import JOB, Principal
from chalicelib.exchange import holdings, market_data, schedule
from chalicelib.exchange import statistics as trading_days
from chalicelib.exchange.report_models import BookQuery, LeaderboardQuery
from local.embedded import Embedded

ROLES = ("api", "jobs", "owner")
STORED = Size(pairs=6_813, resting=15_625, called=3, collected=100_000)
"""Two million orders, half of them open, and a million trades; and three auctions with 100,000 orders each."""

Row = tuple[str, str, str, bool]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=int, default=10, help="of each run of pgbench")
    arguments.add_argument("--only", choices=("orders", "stored"))
    options = arguments.parse_args()
    os.environ["HOLDFAST_LOG_LEVEL"] = "error"
    folder = Path(tempfile.mkdtemp(prefix="hf-bench-"))
    server = Embedded(folder / "pg")
    rows: list[Row] = []
    try:
        if options.only != "stored":
            rows += orders(server, options.rounds, options.seconds)
        if options.only != "orders":
            rows += stored(server, options.rounds * 4)
    finally:
        db.close_all()
        server.stop()
        shutil.rmtree(folder)
    print()
    table(
        ["", "measured", "goal", ""],
        [[name, measured, goal, "met" if met else "missed"] for name, measured, goal, met in rows],
    )


@contextmanager
def database(server: Embedded, name: str) -> Iterator[psycopg.Connection]:
    """A migrated database to which the services are connected; gives the administrator's connection."""
    server.create_database(name)
    migrate.migrate(server.url("owner", name))
    for role in ROLES:
        os.environ[f"HOLDFAST_{role.upper()}_DATABASE_URL"] = server.url(role, name)
    settings.forget()
    with psycopg.connect(server.url("owner", name), autocommit=True) as conn:
        yield conn
    db.close_all()


# Orders -------------------------------------------------------------------------------------------------------------


def orders(server: Embedded, rounds: int, seconds: int) -> list[Row]:
    """Orders a second, one at a time and in batches, from an empty book on."""
    batches = [batch(turn) for turn in range(8)]
    with database(server, "orders") as conn:
        build(conn, Size(), datetime.now(UTC))
        runs = Pgbench(server, "orders", seconds, PEOPLE, OFFERINGS)
        runs.prepare()
        ways: dict[str, Callable[[], float]] = {
            "simple-update, 16 clients": lambda: runs.simple_update(16),
            "64 offerings, 16 clients, calm": lambda: runs.scripts(16, ANY_OFFERING + CALM + PLACE_ORDER),
            "64 offerings, 16 clients, busy": lambda: runs.scripts(16, ANY_OFFERING + BUSY + PLACE_ORDER),
            "lock, match, commit": lambda: runs.scripts(64, HOT_OFFERING + LOCK_MATCH_COMMIT),
            "1 offering, 64 clients": lambda: runs.scripts(64, HOT_OFFERING + PLACE_ORDER),
            "batches of 1,000, 2 clients": lambda: BATCH * runs.scripts(2, *batches),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        traded: dict[str, list[int]] = {name: [0, 0] for name in ways}
        for turn in range(rounds + 1):
            for name, way in ways.items():
                conn.execute("checkpoint")
                before = counted(conn)
                rate = way()
                if turn:  # the first fills the books
                    taken[name].append(rate)
                    traded[name] = [
                        total + now - then
                        for total, now, then in zip(traded[name], counted(conn), before, strict=True)
                    ]
        shape(conn)
        shutil.rmtree(runs.folder)
    taken |= bare(server, rounds, seconds)
    traded |= {name: [0, 0] for name in taken if name not in traded}
    print(f"\na second, medians of {rounds} runs of {seconds} s each\n")
    table(
        ["", "median", "least", "most", "trades an order"],
        [
            [name, f"{statistics.median(each):,.0f}", f"{min(each):,.0f}", f"{max(each):,.0f}",
             f"{traded[name][1] / traded[name][0]:.2f}" if traded[name][0] else ""]
            for name, each in taken.items()
        ],
    )  # fmt: skip
    yardstick, calm, busy, naive, hot, batched, bare_calm, bare_busy = (
        statistics.median(each) for each in taken.values()
    )
    print(
        f"\nThe writes alone reach {bare_calm / yardstick:.2f} (calm) and {bare_busy / yardstick:.2f} (busy) of "
        f"simple-update; orders reach {calm / bare_calm:.2f} and {busy / bare_busy:.2f} of the writes alone."
    )
    return [
        ratio(
            "one order a call over 64 offerings, 16 clients, to simple-update, calm", calm / yardstick, 0.6
        ),
        ratio("the same, busy", busy / yardstick, 0.6),
        ratio("one offering, 64 clients, to lock-match-commit of each order", hot / naive, 2),
        (
            "orders a second in batches of 1,000 from 2 clients",
            f"{batched:,.0f}",
            "15,000",
            batched >= 15_000,
        ),
    ]


def bare(server: Embedded, rounds: int, seconds: int) -> dict[str, list[float]]:
    """What those rows cost that an order leaves, in a database of its own: nothing in it agrees afterwards."""
    with database(server, "bare") as conn:
        build(conn, Size(), datetime.now(UTC))
        exchange_bare.prepare(conn)
        runs = Pgbench(server, "bare", seconds, PEOPLE, OFFERINGS)
        taken: dict[str, list[float]] = {}
        for _ in range(rounds):
            for kind in exchange_bare.TRADING:
                conn.execute("checkpoint")
                rate = runs.scripts(16, exchange_bare.script(kind))
                taken.setdefault(f"writes alone, 16 clients, {kind}", []).append(rate)
        shutil.rmtree(runs.folder)
    return taken


def counted(conn: psycopg.Connection) -> tuple[int, int]:
    """Orders and trades so far."""
    row = conn.execute(
        "select (select count(*) from exchange.market_orders), (select count(*) from exchange.market_trades)"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def ratio(name: str, measured: float, goal: float) -> Row:
    return name, f"{measured:.2f}", f"{goal:g}", measured >= goal


def shape(conn: psycopg.Connection) -> None:
    """What the orders were like, and whether the books agree."""
    row = conn.execute(
        "select count(*), count(*) filter (where shares_filled > 0), count(*) filter (where is_open), "
        "(select count(*) from exchange.market_trades), (select count(*) from exchange.waiting_orders), "
        "(select count(*) from exchange.waiting_orders where result is null or result ? 'problem') "
        "from exchange.market_orders"
    ).fetchone()
    assert row is not None
    print(
        f"\n{row[0]:,} orders, of which {row[1]:,} have traded and {row[2]:,} are open; {row[3]:,} trades. "
        f"{row[4]:,} orders waited for a book, {row[5]:,} of them in vain."
    )
    agree(conn)


def agree(conn: psycopg.Connection) -> None:
    wrong = conn.execute("select * from exchange.check_books()").fetchall()
    assert not wrong, wrong[:5]


# With millions stored -----------------------------------------------------------------------------------------------


def stored(server: Embedded, rounds: int) -> list[Row]:
    """Milliseconds of what is asked for often, and of what a day ends with."""
    now = datetime.now(UTC)
    due = schedule.auction_after(now - timedelta(days=1), "always").at
    while due > now:
        due -= timedelta(hours=1)
    with database(server, "stored") as conn:
        build(conn, STORED, now, due)
        agree(conn)
        with db.transaction(JOB) as tx:
            days = trading_days.ended_days(tx, now)
            for day in days:
                trading_days.close_day(tx, day, now)
        conn.execute("vacuum analyze")
        taken = reading(rounds)
        taken["the end of a trading day, 2,000 users"] = ends_of_days(conn, days[-1], now)
    called = range(OFFERINGS + 1, OFFERINGS + STORED.called + 1)
    taken["an auction over 100,000 orders"], written = exchange_auctions.hold(
        server, "stored", called, due + timedelta(seconds=1)
    )
    with psycopg.connect(server.url("owner", "stored"), autocommit=True) as conn:
        agree(conn)
        count = counted(conn)
    print(f"\nmilliseconds with {count[0]:,} orders and {count[1]:,} trades stored\n")
    goals = dict(zip(taken, (5, 5, 10, 10, 500, 2_000), strict=True))
    table(
        ["", "median", "least", "most"],
        [
            [name, f"{statistics.median(each):.1f}", f"{min(each):.1f}", f"{max(each):.1f}"]
            for name, each in {**taken, "the auction's writes alone": written}.items()
        ],
    )
    return [
        (
            f"{name}, ms",
            f"{statistics.median(each):.1f}",
            f"{goals[name]:,}",
            statistics.median(each) < goals[name],
        )
        for name, each in taken.items()
    ]


def reading(rounds: int) -> dict[str, list[float]]:
    """What somebody who is signed in asks for, answer and all; each time somebody else, of another offering."""

    def book(turn: int) -> str:
        with db.transaction(somebody(turn)) as tx:
            return market_data.show_book(tx, turn % OFFERINGS + 1, BookQuery()).model_dump_json()

    def leaderboard(turn: int) -> str:
        with db.transaction(somebody(turn)) as tx:
            return trading_days.show_leaderboard(tx, LeaderboardQuery()).model_dump_json()

    def portfolio(turn: int) -> str:
        with db.transaction(somebody(turn)) as tx:
            return holdings.show_portfolio(tx).model_dump_json()

    def volumes(turn: int) -> str:
        with db.transaction(somebody(turn)) as tx:
            return market_data.list_statistics(tx, PageQuery(limit=100)).model_dump_json()

    ways = {
        "order book, ten levels": book,
        "leaderboard": leaderboard,
        "portfolio of 67 holdings": portfolio,
        "24 hours of all offerings": volumes,
    }
    return {
        name: [timed(lambda turn=turn, way=way: way(turn)) for turn in range(rounds + 1)][1:]  # type: ignore[misc]
        for name, way in ways.items()
    }


def somebody(turn: int) -> Principal:
    return Principal("user", UUID(person(turn * 97 % PEOPLE + 1)))


def ends_of_days(conn: psycopg.Connection, day: object, now: datetime, rounds: int = 5) -> list[float]:
    """Closing the last trading day, as if it had not been closed yet."""
    taken = []
    for _ in range(rounds):
        for statement in (
            "delete from exchange.leaderboard_snapshots where snapshot_date = %s",
            "delete from exchange.user_trading_stats where stat_date = %s",
            "delete from exchange.trading_days where day = %s",
        ):
            conn.execute(statement.encode(), [day])

        def close() -> object:
            with db.transaction(JOB) as tx:
                return trading_days.close_day(tx, day, now)  # type: ignore[arg-type]

        taken.append(timed(close))
    return taken


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
