"""What tests of the treasury tracker are made of: coins with prices, companies, snapshots, and who reviews them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from chalicelib.core import db
from chalicelib.core.principal import Principal
from tests.conftest import Database
from tests.market.factory import asset_id, new_asset, new_holder

_numbers = itertools.count(1)

STATUSES = ("pending", "approved", "rejected", "superseded")


def price(database: Database, asset: int, value: Any, at: datetime | None = None, **fields: Any) -> None:
    """The latest price of an asset, in its own currency; now, unless told otherwise."""
    values = {"market_cap": None, "source": "test", **fields}
    moment = at or datetime.now(UTC)
    database.run(
        "insert into market.latest_prices as held (asset_id, price, currency, as_of, market_cap, circulating_supply, "
        "supply_as_of, source) "
        "select id, %s, native_currency, %s, %s, market.supply(%s, %s), %s, %s from market.assets where id = %s "
        "on conflict (asset_id) do update set price = excluded.price, as_of = excluded.as_of, "
        "market_cap = excluded.market_cap, circulating_supply = excluded.circulating_supply, "
        "supply_as_of = excluded.supply_as_of, source = excluded.source",
        value, moment, values["market_cap"], values["market_cap"], value, moment, values["source"], asset,
    )  # fmt: skip


def coin(database: Database, usd: Any = None, symbol: str | None = None, **fields: Any) -> int:
    """A coin: one of the reference rows by its symbol, or a new one; with a latest price where one is given."""
    asset = asset_id(database, symbol) if symbol in ("BTC", "ETH", "SOL") else new_asset(database, symbol)
    if usd is not None:
        price(database, asset, usd, **fields)
    return asset


def share(database: Database, value: Any = None, currency: str = "USD", **fields: Any) -> int:
    """A listed share, with a latest price where one is given."""
    asset = new_asset(
        database, **{"asset_type": "stock", "exchange": "NASDAQ", "native_currency": currency, **fields}
    )
    if value is not None:
        price(database, asset, value)
    return asset


def split(database: Database, asset: int, day: str | date, ratio: Any) -> int:
    """A split that has been applied: `ratio` new shares for one old from `day` on."""
    row = database.row(
        "insert into market.corporate_actions "
        "(asset_id, action_type, ex_date, ratio, source, history_adjusted, applied_at) "
        "values (%s, 'split', %s, %s, 'test', true, now()) returning id",
        asset, day, ratio,
    )  # fmt: skip
    return int(row["id"])


def company(database: Database, **fields: Any) -> int:
    """A company that holds Bitcoin unless `asset_id` says otherwise."""
    number = next(_numbers)
    values = {
        "external_id": f"company-{number}",
        "ticker": f"CO{number}",
        "name": f"Company {number}",
        "asset_id": fields.get("asset_id") or coin(database, symbol="BTC"),
        **fields,
    }
    return _insert(database, "treasury.companies", values)


def source(database: Database, type: str = "sec_edgar") -> int:
    """The id of a data source."""
    return int(
        database.row("select id from treasury.data_sources where type = %s order by id limit 1", type)["id"]
    )


def snapshot(
    database: Database,
    company_id: int,
    day: str | date,
    holdings: Any,
    status: str = "pending",
    **fields: Any,
) -> int:
    """A snapshot as stored: pending, unless told otherwise; an approved one as an import writes it."""
    reviewed = {} if status == "pending" else {"reviewed_at": datetime.now(UTC)}
    values = {
        "company_id": company_id,
        "snapshot_date": day,
        "holdings": holdings,
        "status": status,
        "source": "test",
        **reviewed,
        **fields,
    }
    if values.get("shares_outstanding") is not None:
        values.setdefault("share_basis", "assumed_diluted")
    return _insert(database, "treasury.holdings_snapshots", values)


def financials(database: Database, company_id: int, effective_date: str | date, **fields: Any) -> int:
    """A row of financials from a date on, which closes the one before it."""
    carry = fields.pop("carry_forward", False)
    body = {"effective_date": effective_date, "source": "test", **fields}
    with db.job_transaction() as tx:
        row = tx.execute(
            "select treasury.add_financials(%s, %s::jsonb, %s) as id",
            [company_id, json.dumps(body, default=str), carry],
        ).fetchone()
    assert row is not None
    return int(row["id"])


def reviewer(database: Database) -> Principal:
    """An administrator who decides."""
    user: UUID = new_holder(database)
    database.run("update identity.users set role = 'admin' where id = %s", user)
    return Principal("admin", user)


def approve(who: Principal, *ids: int, note: str | None = None) -> list[dict[str, Any]]:
    """Approves snapshots in the order given; what became of each."""
    return _call(who, "select * from treasury.approve_snapshots(%s::bigint[], %s)", list(ids), note)


def reject(who: Principal, snapshot_id: int, note: str = "wrong") -> list[dict[str, Any]]:
    return _call(who, "select * from treasury.reject_snapshot(%s, %s, null)", snapshot_id, note)


def correct(who: Principal, snapshot_id: int, note: str = "misread", **values: Any) -> int:
    """Approves a snapshot with other values; the id of the corrected one."""
    rows = _call(
        who,
        "select * from treasury.correct_snapshot(%s, %s::jsonb, %s, null)",
        snapshot_id, json.dumps(values, default=str), note,
    )  # fmt: skip
    return int(rows[0]["snapshot_id"])


def override(who: Principal, company_id: int, field: str, value: str, **more: Any) -> int:
    """Overrides one field of a company; the override's id."""
    item = {"company_id": company_id, "field": field, "value": value, "reason": "a reason", **more}
    rows = _call(
        who, "select * from treasury.override_fields(%s::jsonb, 'admin')", json.dumps([item], default=str)
    )
    return int(rows[0]["id"])


def candidate(day: str | date, holdings: Any, **fields: Any) -> dict[str, Any]:
    """A candidate as a reader of documents proposes it."""
    return {
        "snapshot_date": day,
        "holdings": str(holdings),
        "source": "8-K",
        "confidence": "0.9",
        "currency": "USD",
        **fields,
    }


def propose(
    company_id: int, candidates: Iterable[dict[str, Any]], source_id: int | None = None
) -> list[dict[str, Any]]:
    """Proposes candidates as a job does: what became of each."""
    with db.job_transaction() as tx:
        return tx.execute(
            "select place, outcome, id, flags from treasury.propose_snapshots(%s, %s, null, %s::jsonb)",
            [company_id, source_id, json.dumps(list(candidates), default=str)],
        ).fetchall()


def current(database: Database, company_id: int) -> tuple[Any, Any, Any]:
    """What a company holds now: amount, date, snapshot."""
    row = database.row(
        "select current_holdings, current_holdings_date, current_snapshot_id from treasury.companies where id = %s",
        company_id,
    )
    return row["current_holdings"], row["current_holdings_date"], row["current_snapshot_id"]


def stored(database: Database, snapshot_id: int) -> dict[str, Any]:
    """A snapshot's whole row."""
    return database.row("select * from treasury.holdings_snapshots where id = %s", snapshot_id)


def statuses(database: Database, company_id: int) -> dict[int, str]:
    """The status of each of a company's snapshots."""
    rows = database.rows(
        "select id, status from treasury.holdings_snapshots where company_id = %s order by id", company_id
    )
    return {row["id"]: row["status"] for row in rows}


def _call(who: Principal, statement: str, *params: Any) -> list[dict[str, Any]]:
    with db.transaction(who) as tx:
        return tx.execute(statement, list(params)).fetchall()


def _insert(database: Database, table: str, values: dict[str, Any]) -> int:
    columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    row = database.row(f"insert into {table} ({columns}) values ({marks}) returning id", *values.values())
    return int(row["id"])
