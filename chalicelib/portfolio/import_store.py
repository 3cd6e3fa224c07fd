"""Between an import and the ledger: rows become transactions, in one replay; what the ledger refuses gets its line."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import Rollback
from pydantic import ValidationError

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.errors import Problem
from chalicelib.portfolio import service, transactions
from chalicelib.portfolio.checks import DEFAULTS
from chalicelib.portfolio.import_rows import Row
from chalicelib.portfolio.models import NewTransaction, PortfolioChange
from chalicelib.portfolio.profiles.drafts import Reading, Remark

queries = db.Queries(__file__, "extras.sql")


class Refused(Exception):
    """What keeps rows from being stored, each with its line where it has one."""

    def __init__(self, remarks: list[Remark]) -> None:
        self.remarks = remarks
        super().__init__()


def store(
    tx: Tx, portfolio_id: int, rows: list[Row], settings: Reading | None, *, dry: bool
) -> dict[int, int]:
    """Books the rows that are new, after the settings of a file where these are wanted; returns their ids by place.

    `dry` finds out whether that could be done, and leaves nothing behind. Raises Refused.
    """
    places = [place for place, row in enumerate(rows) if row.duplicate_of is None]
    new = _transactions([rows[place] for place in places])
    ids: list[int] = []
    with tx.conn.transaction():
        if settings is not None and settings.settings:
            _take_settings(tx, portfolio_id, settings)
        try:
            ids = transactions.add_many(tx, portfolio_id, new, dry_run=dry).ids
        except Problem as problem:
            raise Refused([_remark(problem, [rows[place] for place in places])]) from None
        if dry:
            raise Rollback
    return dict(zip(places, ids, strict=False))


def add_dividend(
    tx: Tx,
    portfolio_id: int,
    *,
    asset_id: int,
    amount: Decimal,
    currency: str,
    tax: Decimal,
    at: datetime,
    external_id: str,
) -> int:
    """Books a dividend and returns the transaction's id."""
    new = NewTransaction(
        type="dividend",
        asset_id=asset_id,
        quantity=amount,
        price=Decimal(1),
        currency=currency,
        tax=tax,
        timestamp=at,
        external_id=external_id,
    )
    return transactions.add(tx, portfolio_id, new).transaction.id


def _transactions(rows: list[Row]) -> list[NewTransaction]:
    """Rows as the API takes them. Raises Refused with what it would not take."""
    made: list[NewTransaction] = []
    remarks: list[Remark] = []
    for row in rows:
        try:
            made.append(NewTransaction.model_validate(_fields(row)))
        except ValidationError as exc:
            remarks += [
                Remark(row.line, f"{error['msg']}.", error["type"], ".".join(map(str, error["loc"])))
                for error in exc.errors(include_input=False, include_url=False, include_context=False)
            ]
    if remarks:
        raise Refused(remarks)
    return made


def _fields(row: Row) -> dict[str, Any]:
    return {
        "type": row.type,
        "asset_id": row.asset_id,
        "quantity": row.quantity,
        "price": row.price,
        "currency": row.currency,
        "fee": row.fee,
        "fee_currency": row.fee_currency,
        "tax": row.tax,
        "timestamp": row.at,
        "notes": row.notes,
        "external_id": row.external_id,
    }


def _take_settings(tx: Tx, portfolio_id: int, reading: Reading) -> None:
    """Currency, methods and rules as the file has them; the name stays."""
    wanted = {name: value for name, value in (reading.settings or {}).items() if name != "name"}
    try:
        service.change_portfolio(tx, portfolio_id, PortfolioChange.model_validate(wanted))
    except ValidationError:
        words = "The settings in the file are not those of a portfolio. Import without `settings`."
        raise Refused([Remark(None, words, "settings_unknown")]) from None
    except Problem as problem:
        raise Refused([_remark(problem, [])]) from None
    for rule in reading.rules:
        if rule.get("rule") not in DEFAULTS or rule["threshold"] < 0:
            raise Refused([Remark(None, f"{rule.get('rule')!r} is no rule that is known.", "rule_unknown")])
        queries.set_rule(
            tx.conn,
            id=portfolio_id,
            rule=rule["rule"],
            threshold=rule["threshold"],
            enabled=bool(rule.get("enabled", True)),
        )


def _remark(problem: Problem, rows: list[Row]) -> Remark:
    """A refusal of the ledger's, with the line of the transaction that it is about."""
    index = problem.extra.get("index", 0 if problem.fields and len(rows) == 1 else None)
    line = rows[index].line if index is not None else None
    words = "; ".join(error.message for error in problem.fields) or problem.detail
    if line is None and problem.extra.get("transaction_id"):
        words = f"{words} It is transaction {problem.extra['transaction_id']}, which was there before."
    return Remark(line, words, problem.fields[0].code if problem.fields else problem.code)
