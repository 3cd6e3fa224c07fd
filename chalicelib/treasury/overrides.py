"""Overrides: values that an administrator puts in the place of stored ones, one by one or from a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, InvalidInput, NotFound
from chalicelib.core.models import Page, decode_cursor
from chalicelib.treasury import companies, override_csv
from chalicelib.treasury.override_csv import Line, Wrong
from chalicelib.treasury.override_models import (
    LineError,
    NewOverride,
    Override,
    OverridesImport,
    OverridesQuery,
    OverridesReport,
    PlannedOverride,
    PublicOverride,
    PublicOverrides,
)
from chalicelib.treasury.override_values import Unfit, fitting

queries = db.Queries(__file__)

SHOWN_ERRORS = 200


def of_company(tx: Tx, company_id: int) -> PublicOverrides:
    """What is overridden of a company now. Raises NotFound."""
    companies.find(tx, company_id)
    rows = queries.active_overrides(tx.conn, company_id=company_id)
    return PublicOverrides(items=[PublicOverride.model_validate(row) for row in rows])


def listed(tx: Tx, query: OverridesQuery) -> Page[Override]:
    """Overrides that are in force and those that were, the newest first."""
    before = decode_cursor(query.cursor, int)
    rows = queries.overrides(
        tx.conn,
        id=None,
        company_id=query.company_id,
        active=query.active,
        before=before[0] if before else None,
        limit=query.limit + 1,
    )
    return Page[Override].of(
        [Override.model_validate(row) for row in rows], query.limit, lambda override: [override.id]
    )


def add(tx: Tx, override: NewOverride) -> Override:
    """Overrides one field; an override of the same field ends. Raises NotFound, and InvalidInput for a value that does
    not fit its field or a moment of expiry that has passed."""
    wrong = []
    value = ""
    try:
        value = fitting(override.field, override.value)
    except Unfit as error:
        wrong.append(FieldError("body.value", "value_does_not_fit", str(error)))
    if override.expires_at is not None and override.expires_at <= clock.now():
        wrong.append(FieldError("body.expires_at", "expired", "That moment has passed already."))
    if wrong:
        raise InvalidInput(fields=wrong)
    item = override.model_dump(mode="json") | {"value": value}
    (made,) = queries.override_fields(tx.conn, items=json.dumps([item]), source="admin")
    (row,) = queries.overrides(tx.conn, id=made["id"], company_id=None, active=None, before=None, limit=1)
    return Override.model_validate(row)


def deactivate(tx: Tx, override_id: int) -> None:
    """Ends an override; its record stays. Raises NotFound where there is none in force."""
    if not queries.deactivate_override(tx.conn, id=override_id):
        raise NotFound("override_unknown", f"There is no override {override_id} in force.")


def import_csv(tx: Tx, request: OverridesImport) -> OverridesReport:
    """Overrides from a spreadsheet's export: all of them or none. A dry run says what would be done, and what is wrong.

    Raises InvalidInput with every line that is wrong, unless it is a dry run.
    """
    reading = override_csv.read(request.content, clock.now())
    planned, errors = _planned(tx, reading.lines)
    errors = sorted([*reading.errors, *errors])
    if errors and not request.dry_run:
        raise InvalidInput(
            "import_refused",
            f"Nothing was imported: {len(errors)} problem{'s' if len(errors) > 1 else ''}. See `errors`.",
            fields=[_field_error(error) for error in errors[:SHOWN_ERRORS]],
        )
    if not request.dry_run and planned:
        items = [
            row.model_dump(mode="json", include={"company_id", "field", "value", "reason", "expires_at"})
            for row in planned
        ]
        list(queries.override_fields(tx.conn, items=json.dumps(items), source="csv"))
    return OverridesReport(
        dry_run=request.dry_run,
        rows=planned,
        errors=[LineError.model_validate(error._asdict()) for error in errors[:SHOWN_ERRORS]],
    )


def _planned(tx: Tx, lines: Iterable[Line]) -> tuple[list[PlannedOverride], list[Wrong]]:
    """What the lines would do, and which of them name no company, or the same field twice."""
    lines = list(lines)
    known = list(
        queries.companies_called(tx.conn, names=sorted({line.company for line in lines}), day=clock.today())
    )
    planned: list[PlannedOverride] = []
    errors: list[Wrong] = []
    first_at: dict[tuple[int, str], int] = {}
    for line in lines:
        found = [row for row in known if _is_called(row, line)]
        if len(found) != 1:
            errors.append(_no_company(line, found))
            continue
        company = found[0]
        earlier = first_at.setdefault((company["id"], line.field), line.number)
        if earlier != line.number:
            message = f"Line {earlier} overrides {line.field} of {company['ticker']} already."
            errors.append(Wrong(line.number, "field", "twice", message))
            continue
        planned.append(_plan(line, company))
    return planned, errors


def _is_called(company: dict[str, Any], line: Line) -> bool:
    names = (company["external_id"], company["ticker"].lower(), str(company["id"]))
    return line.company in names and line.asset in (None, company["asset"])


def _no_company(line: Line, found: list[dict[str, Any]]) -> Wrong:
    if not found:
        return Wrong(line.number, "company", "company_unknown", f"There is no company {line.written}.")
    choices = ", ".join(f"{row['external_id']} ({row['asset']})" for row in found)
    message = f"{line.written} may be {choices}: write that name, or the coin in a column asset."
    return Wrong(line.number, "company", "company_ambiguous", message)


def _plan(line: Line, company: dict[str, Any]) -> PlannedOverride:
    standing = company["overridden"].get(line.field)
    return PlannedOverride(
        line=line.number,
        company_id=company["id"],
        ticker=company["ticker"],
        field=line.field,
        value=line.value,
        original=company["stored"].get(line.field),
        replaces=standing["value"] if standing else None,
        reason=line.reason,
        expires_at=line.expires_at,
    )


def _field_error(error: Wrong) -> FieldError:
    place = f"body.content.{error.line}" + (f".{error.column}" if error.column else "")
    return FieldError(place, error.code, f"Line {error.line}: {error.message}")
