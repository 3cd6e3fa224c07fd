"""Portfolios at size: reports over long histories, booking at the end of one, and the midnight snapshot of everybody.

Reports and bookings go through the services, as a signed-in person, answer and all. The snapshot of 100,000 portfolios with
ten positions each takes turns with a bare INSERT … SELECT of the same finished rows into the same table; medians.
Run: ./holdfast bench portfolio
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from bench.report import table
from chalicelib.core import clock, db, migrate, settings
from chalicelib.core.principal import Principal
from local.embedded import Embedded

YEARS = 5
TODAY = datetime.now(UTC).date()
FIRST = TODAY - timedelta(days=365 * YEARS + 1)
DAYS = (TODAY - FIRST).days
CURRENCIES = ["USD"] * 12 + ["EUR"] * 5 + ["JPY"] * 3
SIZES = (14_400, 1_900)
GOALS = {14_400: 200, 1_900: 40}
BEFORE_POST = 10_000
RANGES = ("1D", "1W", "MTD", "1M", "3M", "6M", "YTD", "1Y", "3Y", "5Y", "max")
ROLES = ("api", "jobs", "owner")
YESTERDAY = TODAY - timedelta(days=1)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--portfolios", type=int, default=100_000)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="hf-bench-") as folder:
        server = Embedded(Path(folder) / "pg")
        try:
            server.create_database("bench")
            migrate.migrate(server.url("owner", "bench"))
            for role in ROLES:
                os.environ[f"HOLDFAST_{role.upper()}_DATABASE_URL"] = server.url(role, "bench")
            os.environ["HOLDFAST_LOG_LEVEL"] = "error"
            settings.forget()
            with psycopg.connect(server.url("owner", "bench"), autocommit=True) as conn:
                run(conn, options.rounds, options.portfolios)
        finally:
            db.close_all()
            server.stop()


def run(conn: psycopg.Connection, rounds: int, portfolios: int) -> None:
    user = uuid.uuid4()
    conn.execute(
        "insert into identity.users (id, email, password_hash) values (%s, 'bench@example.com', 'none')",
        [user],
    )
    assets = market(conn)
    owned = {size: history(conn, user, assets, size) for size in (*SIZES, BEFORE_POST)}
    conn.execute("vacuum analyze")
    for size in SIZES:
        reports(user, owned[size], size, rounds)
    booking(user, owned[BEFORE_POST], assets[0], rounds)
    snapshots(conn, user, portfolios, max(3, rounds // 2))


# What is there ------------------------------------------------------------------------------------------------------


def market(conn: psycopg.Connection) -> list[int]:
    """20 assets with a bar every day of five years (and one before), and daily rates as the ECB publishes them."""
    assets = [
        int(
            conn.execute(
                "insert into market.assets (symbol, name, asset_type, native_currency) "
                "values (%s, 'Bench', 'crypto', %s) returning id",
                [f"BENCH{number}", currency],
            ).fetchone()[0]  # type: ignore[index]
        )
        for number, currency in enumerate(CURRENCIES)
    ]
    with conn.cursor().copy(
        "copy market.asset_prices (asset_id, timestamp, close, source) from stdin"
    ) as copy:
        for number, asset in enumerate(assets):
            for day in range(-365, DAYS + 1):
                close = 100 + 50 * math.sin(day / (30 + number)) + day / 100
                copy.write_row([asset, f"{FIRST + timedelta(days=day)} 00:00+00", f"{close:.4f}", "bench"])
    with conn.cursor().copy(
        "copy market.exchange_rates (currency_code, timestamp, rate_to_usd, source) from stdin"
    ) as copy:
        for currency, rate in (("EUR", 1.1), ("JPY", 0.0067)):
            for day in range(-365, DAYS + 1):
                if (at := FIRST + timedelta(days=day)).weekday() < 5:
                    copy.write_row(
                        [currency, f"{at} 15:00+00", f"{rate * (1 + math.sin(day / 90) / 20):.18g}", "bench"]
                    )
    return assets


def history(conn: psycopg.Connection, user: uuid.UUID, assets: Sequence[int], size: int) -> int:
    """A portfolio in euro with that many transactions, spread over the five years and all assets, booked by the ledger."""
    from chalicelib.portfolio import bookkeeping

    row = conn.execute(
        "insert into portfolio.portfolios (user_id, name, currency) values (%s, %s, 'EUR') returning id",
        [user, f"{size} transactions"],
    ).fetchone()
    identity = int(row[0])  # type: ignore[index]
    columns = "portfolio_id, asset_id, transaction_type, quantity, price, currency, fee, fee_currency, tax, timestamp"
    chance = random.Random(size)
    held = [0] * len(assets)
    with conn.cursor().copy(f"copy portfolio.transactions ({columns}) from stdin") as copy:
        for number in range(size):
            at = (
                datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC)
                + timedelta(days=DAYS - 1) * number / size
            )
            place = chance.randrange(len(assets))
            currency, kind = CURRENCIES[place], "buy"
            quantity, price = chance.randint(1, 20), Decimal(chance.randint(5000, 15000)) / 100
            if number % 5 == 4 and held[place] > quantity:
                kind = "sell"
            elif number % 20 == 10 and held[place]:
                kind, price = "dividend", Decimal(1)
            held[place] += {"buy": quantity, "sell": -quantity}.get(kind, 0)
            copy.write_row([identity, assets[place], kind, quantity, price, currency, 1, currency, 0, at])
    with db.transaction(Principal("user", user)) as tx:
        locked = bookkeeping.lock(tx, identity)
        bookkeeping.rewrite(tx, locked, bookkeeping.history(tx, identity))
    return identity


# Reports and bookings -----------------------------------------------------------------------------------------------


def reports(user: uuid.UUID, portfolio: int, size: int, rounds: int) -> None:
    from chalicelib.portfolio import performance
    from chalicelib.portfolio.performance_models import ChartQuery, PerformanceQuery

    def report(name: str) -> Callable[[], object]:
        def once() -> object:
            with db.transaction(Principal("user", user)) as tx:
                found = performance.report(tx, portfolio, PerformanceQuery.model_validate({"range": name}))
                return found.model_dump_json()

        return once

    def chart() -> object:
        with db.transaction(Principal("user", user)) as tx:
            return performance.chart(tx, portfolio, ChartQuery(range="max")).model_dump_json()

    ways = {**{f"report {name}": report(name) for name in RANGES}, "chart max": chart}
    taken = in_turn(ways, rounds)
    print(f"\n{size:,} transactions over {YEARS} years in {len(CURRENCIES)} assets; goal: {GOALS[size]} ms\n")
    print_medians(taken)


def booking(user: uuid.UUID, portfolio: int, asset: int, rounds: int) -> None:
    from chalicelib.portfolio import transactions
    from chalicelib.portfolio.models import NewTransaction

    def book() -> object:
        new = NewTransaction.model_validate(
            {"type": "buy", "asset_id": asset, "quantity": "1", "price": "100", "timestamp": clock.now()}
        )
        with db.transaction(Principal("user", user)) as tx:
            return transactions.add(tx, portfolio, new).model_dump_json()

    taken = in_turn({f"a transaction at the end of {BEFORE_POST:,}": book}, rounds * 5)
    print("\nbooking, committed; goal: 20 ms\n")
    print_medians(taken)


def in_turn(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each way, taking turns; a first round is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            milliseconds = timed(way) * 1000
            if number:
                taken[name].append(milliseconds)
    return taken


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def print_medians(taken: dict[str, list[float]]) -> None:
    table(
        ["", "median ms", "least", "most"],
        [
            [name, f"{statistics.median(each):.1f}", f"{min(each):.1f}", f"{max(each):.1f}"]
            for name, each in taken.items()
        ],
    )


# Snapshots ----------------------------------------------------------------------------------------------------------


def snapshots(conn: psycopg.Connection, user: uuid.UUID, count: int, rounds: int) -> None:
    from chalicelib.portfolio import jobs

    crowd(conn, user, count)
    conn.execute("set role holdfast_jobs")
    conn.execute("set timezone = 'UTC'")
    conn.execute("select set_config('app.role', 'job', false)")
    ours: list[float] = []
    bare: list[float] = []
    for number in range(rounds + 1):
        empty(conn)
        took = timed(lambda: jobs.take_day(YESTERDAY))
        if not number:
            ready(conn)
            continue
        ours.append(took)
        empty(conn)
        bare.append(timed(lambda: insert_ready(conn)))
    ratio = statistics.median(ours) / statistics.median(bare)
    print(
        f"\nsnapshots of {count:,} portfolios with ten positions each; goal: 3 times the bare INSERT … SELECT\n"
    )
    print(
        "Both are called by the jobs' role, acting as a job, and insert into the same emptied table with its keys "
        "and foreign key.\ntake_snapshots reads positions, prices and rates with its owner's rights; the other reads "
        f"finished rows.\n{rounds} rounds in turn, after a checkpoint each. The job takes two halves at once, on "
        f"{os.cpu_count()} processors; the bare statement is one.\n"
    )
    rows: list[tuple[str, Any]] = [("the job", ours), ("INSERT … SELECT of the same rows", bare)]
    table(["", "median s", "times"], [
        [name, f"{statistics.median(each):.2f}", f"{statistics.median(each) / statistics.median(bare):.2f}"]
        for name, each in rows
    ])  # fmt: skip
    print(f"\n{'met' if ratio <= 3 else 'missed'}: {ratio:.2f}")


def crowd(conn: psycopg.Connection, user: uuid.UUID, count: int) -> None:
    """Portfolios with ten positions and some cash each, as the ledger would have written them."""
    conn.execute("delete from portfolio.portfolios")
    conn.execute(
        "insert into portfolio.portfolios (user_id, name) select %s, 'bench ' || n from generate_series(1, %s) as n",
        [user, count],
    )
    conn.execute(
        "insert into portfolio.portfolio_positions "
        "(portfolio_id, asset_id, quantity, average_buy_price, currency, first_purchase_date) "
        "select portfolio.id, asset.id, round((random() * 100)::numeric, 4), 100, asset.native_currency, "
        "current_date - 9 "
        "from portfolio.portfolios as portfolio cross join generate_series(0, 18, 2) as n "
        "join (select row_number() over (order by id) as number, id, native_currency from market.assets "
        "      where symbol like 'BENCH%') as asset on asset.number = (portfolio.id + n) % 20 + 1"
    )
    conn.execute(
        "insert into portfolio.cash_balances (portfolio_id, currency, amount) "
        "select id, 'USD', 100 from portfolio.portfolios"
    )
    conn.execute(
        "insert into portfolio.entries (portfolio_id, place, day, kind, asset_id, currency, amount) "
        "select portfolio_id, row_number() over (partition by portfolio_id), current_date - 9, 'holding', asset_id, "
        "null, quantity from portfolio.portfolio_positions union all "
        "select portfolio_id, 100, current_date - 9, 'cash', null, 'USD', 100 from portfolio.cash_balances"
    )
    conn.execute("vacuum analyze")


def ready(conn: psycopg.Connection) -> None:
    """Keeps the rows of the first run, for the bare insert."""
    conn.execute("reset role")
    conn.execute("create table portfolio.ready as select * from portfolio.portfolio_snapshots")
    conn.execute("grant select on portfolio.ready to holdfast_jobs")
    conn.execute("analyze portfolio.ready")
    conn.execute("set role holdfast_jobs")


def insert_ready(conn: psycopg.Connection) -> None:
    conn.execute(
        "insert into portfolio.portfolio_snapshots (portfolio_id, total_value_usd, snapshot_date, positions_snapshot) "
        "select portfolio_id, total_value_usd, snapshot_date, positions_snapshot from portfolio.ready"
    )


def empty(conn: psycopg.Connection) -> None:
    conn.execute("reset role")
    conn.execute("truncate portfolio.portfolio_snapshots")
    conn.execute("checkpoint")
    conn.execute("set role holdfast_jobs")


if __name__ == "__main__":
    main()
