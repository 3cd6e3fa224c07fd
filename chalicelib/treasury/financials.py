"""Financials: what changes slowly about a company, one row in force on each day."""

from __future__ import annotations

import json
from datetime import date

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, InvalidInput, NotFound
from chalicelib.treasury import companies, metrics
from chalicelib.treasury.models import (
    Financials,
    FinancialsHistory,
    FinancialsQuery,
    KnownFigure,
    NewFinancials,
)

queries = db.Queries(__file__)

FIELDS = frozenset(Financials.model_fields)


def add(tx: Tx, company_id: int, row: NewFinancials) -> Financials:
    """A new row, in force from its date until the next one's; the one before it ends there.

    Raises NotFound for the company, Conflict where a row begins on that date already, and InvalidInput for a day that has
    not begun: what will hold is not known.
    """
    if row.effective_date > clock.today():
        message = "Name a day that has begun."
        raise InvalidInput(fields=[FieldError("body.effective_date", "in_the_future", message)])
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
        known=known(tx, company_id, query.as_of or clock.today()),
        overridden=companies.shown_overrides(overridden, *FIELDS),
    )


def known(tx: Tx, company_id: int, day: date) -> dict[str, KnownFigure]:
    """Of each field of a company's financials the latest value stated by a day, with its own day and source."""
    found = {}
    for row in queries.known_financials(tx.conn, company_id=company_id, as_of=day):
        name = row.pop("field")
        reason = metrics.stated_reason(name, row["effective_date"], day)
        found[name] = KnownFigure.model_validate({**row, "reason": reason})
    return found


def remove(tx: Tx, financials_id: int) -> None:
    """Takes a row out; the one before it is in force until the one after. Raises NotFound."""
    if not queries.remove_financials(tx.conn, id=financials_id):
        raise NotFound("financials_unknown", f"There are no financials {financials_id}.")


def _shown(row: dict[str, object]) -> Financials:
    return Financials.model_validate({name: row[name] for name in FIELDS})
