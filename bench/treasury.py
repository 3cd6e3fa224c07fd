"""The treasury tracker's views over 1,000 companies with ten years of weekly snapshots.

Each is read as the API reads it, row security and all, and takes turns with a yardstick: the same rows from a table that
holds them ready. Medians. Run: ./holdfast bench treasury
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.report import table
from chalicelib.core import db, migrate, settings
from local.embedded import Embedded

ROLES = ("api", "jobs", "owner")
GOAL = 20
"""Milliseconds for v_company_holdings."""
FILL = (
    # every tenth company is listed in another currency; every coin and share has a price of this minute
    """
    insert into market.assets (symbol, name, asset_type, exchange, native_currency)
    select 'SHARE' || n, 'Share ' || n, 'stock', 'BENCH',
        case when n %% 10 = 0 then (array['JPY', 'HKD', 'EUR', 'CAD', 'GBP', 'SEK', 'BRL', 'AUD'])[n / 10 %% 8 + 1]
             else 'USD' end
    from generate_series(1, %(companies)s) as n
    """,
    """
    insert into market.latest_prices (
        asset_id, price, currency, as_of, market_cap, circulating_supply, supply_as_of, source)
    select id, 100 + id % 97, native_currency, now(), case asset_type when 'crypto' then 1e12 end,
        case asset_type when 'crypto' then 1e10 end, now(), 'bench'
    from market.assets where asset_type in ('stock', 'crypto')
    """,
    """
    insert into market.exchange_rates (currency_code, timestamp, rate_to_usd, source)
    select currency, now() - hour * interval '1 hour', 0.5, 'bench'
    from unnest(array['JPY', 'HKD', 'EUR', 'CAD', 'GBP', 'SEK', 'BRL', 'AUD']) as currency,
        generate_series(1, 24 * 365) as hour
    """,
    """
    insert into treasury.companies (external_id, ticker, name, asset_id, share_asset_id, currency, tier, is_miner)
    select lower(share.symbol), share.symbol, share.name,
        (array(select id from market.assets where asset_type = 'crypto' order by id limit 10))[share.id %% 10 + 1],
        share.id, share.native_currency, share.id %% 3 + 1, share.id %% 5 = 0
    from market.assets as share where share.exchange = 'BENCH' and %(companies)s > 0
    """,
    """
    insert into market.corporate_actions (asset_id, action_type, ex_date, ratio, source, history_adjusted, applied_at)
    select share_asset_id, 'split', current_date - 700, 10, 'bench', true, now()
    from treasury.companies where id %% 20 = 0 and %(companies)s > 0
    """,
    """
    insert into treasury.holdings_snapshots (
        company_id, snapshot_date, holdings, shares_outstanding, share_basis, average_price, currency, status, source,
        evidence, reviewed_at)
    select company.id, current_date - 7 * week, 100000 - 100 * week + company.id, 1000000 - week,
        case company.id %% 10 when 1 then 'basic' else 'assumed_diluted' end, 40000, company.currency, 'approved', '8-K',
        repeat('As of that day it held as much. ', 8), now()
    from treasury.companies as company, generate_series(0, %(weeks)s - 1) as week
    """,
    """
    insert into treasury.company_financials (
        company_id, effective_date, end_date, currency, market_cap, shares_basic, shares_assumed_diluted, total_debt,
        preferred_equity, cash, cost_basis_avg, source)
    select company.id, current_date - 91 * quarter, case when quarter > 0 then current_date - 91 * (quarter - 1) end,
        company.currency, 1e9, 1000000, 1200000, 1e8, 0, 1e7, 35000, 'bench'
    from treasury.companies as company, generate_series(0, %(weeks)s / 13) as quarter
    """,
    """
    insert into treasury.company_overrides (company_id, field, override_value, reason)
    select id, 'cash', '5', 'bench' from treasury.companies where id %% 10 = 0 and %(companies)s > 0
    """,
)
READ = {
    "v_company_holdings": "select * from treasury.v_company_holdings",
    "the same rows, ready in a table": "select * from treasury.ready",
    "v_company_holdings of one company": "select * from treasury.v_company_holdings where company_id = 500",
    "v_company_yields": "select * from treasury.v_company_yields",
    "yields of one company": "select * from treasury.yields(500)",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=21)
    arguments.add_argument("--companies", type=int, default=1000)
    arguments.add_argument("--weeks", type=int, default=520)
    arguments.add_argument("--explain", action="store_true", help="Show how v_company_holdings is read.")
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
                fill(conn, options.companies, options.weeks)
            measure(options)
        finally:
            db.close_all()
            server.stop()


def fill(conn: psycopg.Connection, companies: int, weeks: int) -> None:
    for statement in FILL:
        conn.execute(statement.replace("%%", "%").encode() if "%(" not in statement else statement.encode(),
                     {"companies": companies, "weeks": weeks} if "%(" in statement else None)  # fmt: skip
    conn.execute("create table treasury.ready as select * from treasury.v_company_holdings")
    conn.execute("grant select on treasury.ready to holdfast_api")
    conn.execute("vacuum analyze")


def measure(options: argparse.Namespace) -> None:
    taken: dict[str, list[float]] = {name: [] for name in READ}
    rows = {}
    for number in range(options.rounds + 1):
        for name, statement in READ.items():
            milliseconds, rows[name] = timed(statement)
            if number:
                taken[name].append(milliseconds)
    print(f"\n{options.companies:,} companies with {options.weeks} weekly snapshots each; goal: {GOAL} ms\n")
    table(
        ["", "rows", "median ms", "least", "most"],
        [
            [
                name,
                f"{rows[name]:,.0f}",
                f"{statistics.median(each):.1f}",
                f"{min(each):.1f}",
                f"{max(each):.1f}",
            ]
            for name, each in taken.items()
        ],
    )
    whole = statistics.median(taken["v_company_holdings"])
    print(f"\n{'met' if whole <= GOAL else 'missed'}: {whole:.1f} ms")
    day()
    if options.explain:
        explain(READ["v_company_holdings"])


def day() -> None:
    """mNAV of one day for everybody, computed and stored."""
    with db.job_transaction() as tx:
        began = time.perf_counter()
        tx.execute("select treasury.snapshot_mnav(current_date - 1)")
        print(f"\nsnapshot_mnav of a day: {(time.perf_counter() - began) * 1000:.0f} ms")


def timed(statement: str) -> tuple[float, int]:
    """Milliseconds that the database takes to run a statement and to write its rows out, and how many rows there are."""
    with db.transaction() as tx:
        told: Any = tx.execute(
            "explain (analyze, timing off, buffers off, serialize text, format json) " + statement
        ).fetchone()
        (plan,) = told["QUERY PLAN"]
        return plan["Execution Time"], plan["Plan"]["Actual Rows"]


def explain(statement: str) -> None:
    with db.transaction() as tx:
        lines: list[Any] = tx.execute("explain (analyze, buffers) " + statement).fetchall()
        print("\n" + "\n".join(row["QUERY PLAN"] for row in lines))


if __name__ == "__main__":
    main()
