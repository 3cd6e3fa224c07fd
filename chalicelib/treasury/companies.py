"""Companies: added, changed, shown."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.core import clock, db, queue
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, InvalidInput, NotFound
from chalicelib.core.models import Page, decode_cursor
from chalicelib.market import service as market
from chalicelib.market.models import NewAsset
from chalicelib.treasury.models import (
    AdminCompaniesQuery,
    AdminCompany,
    Company,
    CompanyChange,
    NewCompany,
    Overridden,
    given,
    unknown_nulls,
)

queries = db.Queries(__file__)

SERVED_BY_ALPACA = frozenset({"NASDAQ", "NYSE", "NYSE AMERICAN", "NYSE ARCA", "AMEX", "BATS"})
NEVER_EMPTY = ("ticker", "name", "external_id", "currency", "is_miner", "is_active")


def show_company(tx: Tx, company_id: int) -> Company:
    """One company as the public sees it, overrides in place. Raises NotFound."""
    row = find(tx, company_id)
    return Company.model_validate({name: row[name] for name in Company.model_fields})


def show_for_admins(tx: Tx, company_id: int) -> AdminCompany:
    """One company with what only administrators decide about it. Raises NotFound."""
    return _for_admins(tx, [find(tx, company_id)])[0]


def list_for_admins(tx: Tx, query: AdminCompaniesQuery) -> Page[AdminCompany]:
    """All companies by name, also those that are not tracked any more, overrides in place."""
    after = decode_cursor(query.cursor, str, int)
    words = market.words(query.q)
    if query.q is not None and words is None:
        return Page[AdminCompany](items=[], next_cursor=None)
    rows = list(
        queries.companies_for_admins(
            tx.conn,
            words=words,
            ticker=(query.q or "").strip().upper(),
            active=query.active,
            after_name=after[0] if after else None,
            after_id=after[1] if after else None,
            limit=query.limit + 1,
        )
    )
    names = {row["id"]: row["name"].lower() for row in rows}
    listed = _for_admins(tx, [_in_place(row) for row in rows])
    return Page[AdminCompany].of(listed, query.limit, lambda one: [names[one.id], one.id])


def _for_admins(tx: Tx, rows: list[dict[str, Any]]) -> list[AdminCompany]:
    """Companies with what is stored now of the fields that are overridden."""
    overridden = [row["id"] for row in rows if row["overridden"]]
    stored = {}
    if overridden:
        found = queries.stored_values(tx.conn, ids=overridden, day=clock.today())
        stored = {row["id"]: row["stored"] for row in found}
    fields = [name for name in AdminCompany.model_fields if name != "stored"]
    return [
        AdminCompany.model_validate(
            {name: row[name] for name in fields}
            | {"stored": {field: stored[row["id"]].get(field) for field in row["overridden"]}}
        )
        for row in rows
    ]


def find(tx: Tx, company_id: int) -> dict[str, Any]:
    """A company's row, with `asset` (the coin's symbol) and `overridden`, whose values are in place. Raises NotFound."""
    row: dict[str, Any] | None = queries.show_company(tx.conn, id=company_id)
    if row is None:
        raise company_unknown(company_id)
    return _in_place(row)


def _in_place(row: dict[str, Any]) -> dict[str, Any]:
    stands_in = {field: one["value"] for field, one in row["overridden"].items() if field in row}
    return row | stands_in


def shown_overrides(overridden: dict[str, Any], *fields: str) -> dict[str, Overridden]:
    """Active overrides of some fields, as responses carry them."""
    return {field: Overridden.model_validate(overridden[field]) for field in fields if field in overridden}


def company_unknown(company_id: int) -> NotFound:
    return NotFound("company_unknown", f"There is no company {company_id} in the tracker.")


def add_company(tx: Tx, company: NewCompany) -> AdminCompany:
    """Puts a company into the tracker, and has the market keep its coin and its share priced.

    Its share is found in the catalogue by ticker and currency, or added there. Raises InvalidInput for a coin that is not
    in the catalogue or a ticker that several listings have, Conflict where the company is in the tracker already.
    """
    asset_id = queries.coin_named(tx.conn, symbol=company.asset)
    if asset_id is None:
        message = f"There is no coin {company.asset} in the catalogue: add it there first."
        raise InvalidInput(fields=[FieldError("body.asset", "asset_unknown", message)])
    share_asset_id = _listed(tx, company.share_asset_id) or _share(tx, company)
    fields = company.model_dump(exclude={"asset"}) | {
        "external_id": company.external_id or company.ticker.lower(),
        "asset_id": asset_id,
        "share_asset_id": share_asset_id,
    }
    company_id = queries.add_company(tx.conn, **fields)
    _settle_priced(tx, {asset_id, share_asset_id})
    return show_for_admins(tx, company_id)


def change_company(tx: Tx, company_id: int, change: CompanyChange) -> AdminCompany:
    """Changes what is named; null empties a field. Raises NotFound, and InvalidInput for what cannot be empty."""
    if empty := unknown_nulls(change, NEVER_EMPTY):
        raise InvalidInput(
            fields=[FieldError(f"body.{name}", "missing", "This cannot be empty.") for name in empty]
        )
    share_asset_id = _listed(tx, change.share_asset_id)
    before = find(tx, company_id)
    queries.change_company(tx.conn, id=company_id, changes=json.dumps(given(change)))
    _settle_priced(tx, {before["asset_id"], before["share_asset_id"], share_asset_id})
    return show_for_admins(tx, company_id)


def _settle_priced(tx: Tx, assets: set[int | None]) -> None:
    """Has the market keep an asset priced while an active company has it, and no longer."""
    wanted = sorted(asset for asset in assets if asset is not None)
    started = [row["backfill"] for row in queries.settle_priced(tx.conn, assets=wanted)]
    queue.ring_after_commit(tx, queue.BACKFILL, started)


def _listed(tx: Tx, share_asset_id: int | None) -> int | None:
    """The id of a share that a caller names, which must be one. Raises NotFound, and InvalidInput for another asset."""
    if share_asset_id is not None and market.show_asset(tx, share_asset_id).asset_type != "stock":
        message = "This asset is no share."
        raise InvalidInput(fields=[FieldError("body.share_asset_id", "not_a_share", message)])
    return share_asset_id


def _share(tx: Tx, company: NewCompany) -> int:
    listed = list(
        queries.listed_shares(
            tx.conn, symbol=company.ticker, currency=company.currency, exchange=company.exchange
        )
    )
    if len(listed) > 1 and not listed[0]["exact"]:
        message = (
            f"Several listings have this ticker ({', '.join(str(row['id']) for row in listed)}): name one."
        )
        raise InvalidInput(fields=[FieldError("body.share_asset_id", "ambiguous_share", message)])
    if listed:
        return int(listed[0]["id"])
    served = company.currency == "USD" and (company.exchange or "").upper() in SERVED_BY_ALPACA
    share = NewAsset(
        symbol=company.ticker,
        name=company.name,
        asset_type="stock",
        exchange=company.exchange,
        native_currency=company.currency,
        alpaca_symbol=company.ticker if served else None,
        price_sources=["alpaca"] if served else [],
        metadata={"kind": "share"},
    )
    return market.add_asset(tx, share).id
