"""Backfill through the worker beside raw COPY of the same rows into an identical table, in one run.

The worker is the real one: it claims rows of the queue, asks a source over HTTP (Binance's wire format, served by another
process from ready-made pages), judges every bar and upserts it. COPY gets the rows that the worker stored, as ready text.
Run: ./holdfast bench backfill
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql

from bench.report import table
from chalicelib.core import db, migrate, queue, settings
from local.embedded import Embedded

DAY_MS = 86_400_000
ROLES = ("api", "jobs", "owner")


def klines(days: int) -> list[list[object]]:
    """`days` daily candles up to yesterday, laid out as Binance answers them; a sine wave, so never an impossible bar."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    rows: list[list[object]] = []
    previous = 100.0
    for number in range(days):
        day = yesterday - timedelta(days=days - 1 - number)
        at = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
        close = 100 + 50 * math.sin(number / 40) + number / 100
        high, low = max(previous, close) * 1.01, min(previous, close) * 0.99
        volume = 1000 + number % 700
        rows.append(
            [at, f"{previous:.8f}", f"{high:.8f}", f"{low:.8f}", f"{close:.8f}", f"{volume}.12345678", at + DAY_MS - 1,
             "1000000.00000000", 4321, "500.00000000", "50000.00000000", "0"]
        )  # fmt: skip
        previous = close
    return rows


def serve(days: int, port: int, ready: multiprocessing.synchronize.Event) -> None:
    """The source: answers /api/v3/klines with ready-made pages of up to 1,000 candles."""
    rows = klines(days)
    pages = {start: json.dumps(rows[start : start + 1000]).encode() for start in range(0, len(rows), 1000)}
    first = rows[0][0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            start = int(parse_qs(urlsplit(self.path).query)["startTime"][0])
            body = pages[(start - int(str(first))) // DAY_MS]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing: it would be timed."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    ready.set()
    server.serve_forever()


def prepare(conn: psycopg.Connection, assets: int, days: int) -> list[int]:
    """Assets to fetch, an identical table for COPY, and the ids of the backfills."""
    start = datetime.now(UTC).date() - timedelta(days=days)
    conn.execute(
        "insert into market.assets (symbol, name, asset_type, native_currency, binance_symbol, price_sources) "
        "select 'BENCH' || n, 'Bench', 'crypto', 'USD', 'BENCH' || n || 'USDT', '{binance}' "
        "from generate_series(1, %s) as n",
        [assets],
    )
    ids = conn.execute(
        "insert into market.backfill_queue (asset_id, start_date, end_date, next_date) "
        "select id, %s, %s, %s from market.assets where symbol like 'BENCH%%' order by id returning id",
        [start, datetime.now(UTC).date() - timedelta(days=1), start],
    ).fetchall()
    copy_structure(conn)
    return [row[0] for row in ids]


def copy_structure(conn: psycopg.Connection) -> None:
    """market.copied: the same columns, constraints, key, foreign key and partitions as market.asset_prices."""
    conn.execute(
        "create table market.copied (like market.asset_prices including all, "
        "foreign key (asset_id) references market.assets (id)) partition by range (timestamp)"
    )
    partitions = conn.execute(
        "select class.relname, pg_get_expr(class.relpartbound, class.oid) from pg_inherits "
        "join pg_class as class on class.oid = inhrelid where inhparent = 'market.asset_prices'::regclass"
    ).fetchall()
    for name, bound in partitions:
        conn.execute(
            sql.SQL("create table market.{} partition of market.copied {}").format(
                sql.Identifier(name.replace("asset_prices", "copied")), sql.SQL(bound)
            )
        )


def reset(conn: psycopg.Connection, start: date) -> None:
    conn.execute("truncate market.asset_prices, market.price_flags, app.rate_limits, app.outbox")
    conn.execute(
        "update market.backfill_queue set status = 'pending', attempts = 0, completed_at = null, leased_until = null, "
        "next_date = %s, rows_landed = 0",
        [start],
    )
    conn.execute("checkpoint")


def timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def through_the_worker(ids: list[int], workers: int) -> None:
    """One message per backfill, in batches as the queue hands them out."""
    from chalicelib.market import backfill

    size = queue.BACKFILL.batch_size
    batches = [ids[start : start + size] for start in range(0, len(ids), size)]

    def handle(batch: list[int]) -> None:
        records = [{"messageId": str(n), "body": json.dumps({"id": n})} for n in batch]
        failures = queue.consume(records, backfill.work_on)["batchItemFailures"]
        if failures:
            raise RuntimeError(f"failed: {failures}")

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(handle, batches))


def copy_rows(conn: psycopg.Connection, text: bytes) -> None:
    with conn.cursor().copy("copy market.copied from stdin") as copy:
        copy.write(text)


def rows_as_text(conn: psycopg.Connection) -> bytes:
    with conn.cursor().copy("copy (select * from market.asset_prices) to stdout") as copy:
        return b"".join(bytes(part) for part in copy)


def main() -> None:
    """Measures and prints medians and ratios."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--assets", type=int, default=60)
    arguments.add_argument("--days", type=int, default=3650)
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    port = 18431
    ready = multiprocessing.Event()
    source = multiprocessing.Process(target=serve, args=(options.days, port, ready), daemon=True)
    source.start()
    ready.wait()
    with tempfile.TemporaryDirectory(prefix="hf-bench-") as folder:
        server = Embedded(Path(folder) / "pg")
        try:
            measure(server, port, options)
        finally:
            db.close_all()
            server.stop()
            source.terminate()


def measure(server: Embedded, port: int, options: argparse.Namespace) -> None:
    server.create_database("bench")
    migrate.migrate(server.url("owner", "bench"))
    for role in ROLES:
        os.environ[f"HOLDFAST_{role.upper()}_DATABASE_URL"] = server.url(role, "bench")
    os.environ.update(HOLDFAST_BINANCE_URL=f"http://127.0.0.1:{port}", HOLDFAST_LOG_LEVEL="error")
    settings.forget()
    seconds: dict[str, list[float]] = {"COPY": [], "worker, one at a time": [], "worker, two at a time": []}
    with psycopg.connect(server.url("owner", "bench"), autocommit=True) as conn:
        ids = prepare(conn, options.assets, options.days)
        start = datetime.now(UTC).date() - timedelta(days=options.days)
        text = b""
        for number in range(options.rounds + 1):
            for name, workers in (("worker, one at a time", 1), ("worker, two at a time", 2)):
                reset(conn, start)
                taken = timed(partial(through_the_worker, ids, workers))
                if number:  # the first round warms up
                    seconds[name].append(taken)
            text = text or rows_as_text(conn)
            conn.execute("truncate market.copied")
            conn.execute("checkpoint")
            taken = timed(partial(copy_rows, conn, text))
            if number:
                seconds["COPY"].append(taken)
        same = conn.execute(
            "select count(*) = %s from "
            "(select * from market.asset_prices intersect select * from market.copied) as in_both",
            [options.assets * options.days],
        ).fetchone()
    assert same == (True,), "the worker and COPY did not store the same rows"
    rows = options.assets * options.days
    yardstick = statistics.median(seconds["COPY"])
    print(
        f"{rows:,} rows: {options.assets} assets of {options.days} daily bars; medians of {options.rounds} rounds\n"
    )
    table(
        ["", "rows/s", "of COPY"],
        [
            [name, f"{rows / statistics.median(taken):,.0f}", f"{yardstick / statistics.median(taken):.2f}"]
            for name, taken in seconds.items()
        ],
    )


if __name__ == "__main__":
    main()
