"""Financials: what changes slowly about a company, one row in force on each day."""

from __future__ import annotations

import json

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.errors import NotFound
from chalicelib.treasury import companies
from chalicelib.treasury.models import Financials, FinancialsHistory, FinancialsQuery, NewFinancials

queries = db.Queries(__file__)

FIELDS = frozenset(Financials.model_fields)


def add(tx: Tx, company_id: int, row: NewFinancials) -> Financials:
    """A new row, in force from its date until the next one's; the one before it ends there.

    Raises NotFound for the company, Conflict where a row begins on that date already.
    """
    figures = row.model_dump(mode="json", exclude_unset=True, exclude={"carry_forward"})
    financials_id = queries.add_financials(
        tx.conn, company_id=company_id, figures=json.dumps(figures), carry=row.carry_forward
    )
    (stored,) = queries.financials(tx.conn, company_id=None, id=financials_id, as_of=None)
    return _shown(stored)


def history(tx: Tx, company_id: int, query: FinancialsQuery) -> FinancialsHistory:
    """A company's financials, the newest first, or only those of one day. Raises NotFound."""
    overridden = companies.find(tx, company_id)["overridden"]
    rows = queries.financials(tx.conn, company_id=company_id, id=None, as_of=query.as_of)
    return FinancialsHistory(
        items=[_shown(row) for row in rows],
        overridden=companies.shown_overrides(overridden, *FIELDS),
    )


def remove(tx: Tx, financials_id: int) -> None:
    """Takes a row out; the one before it is in force until the one after. Raises NotFound."""
    if not queries.remove_financials(tx.conn, id=financials_id):
        raise NotFound("financials_unknown", f"There are no financials {financials_id}.")


def _shown(row: dict[str, object]) -> Financials:
    return Financials.model_validate({name: row[name] for name in FIELDS})
