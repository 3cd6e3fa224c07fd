"""Importing a file: what it would do, exactly; and doing it, all or nothing.

A dry run goes the whole way through the ledger and back (a savepoint), so that what it shows is what an
import does, down to a sale beyond the holding. Errors carry their lines and say what to do; an import
with an error changes nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, InvalidInput, NotFound, Problem
from chalicelib.portfolio import import_assets, import_rows, import_store
from chalicelib.portfolio.import_assets import Matches
from chalicelib.portfolio.import_models import (
    MAX_TRANSACTIONS,
    ImportCounts,
    ImportedTransaction,
    ImportReport,
    ImportRequest,
    LineRemark,
    MappedColumn,
)
from chalicelib.portfolio.import_rows import Row
from chalicelib.portfolio.profiles import Profile, any_csv, profiles, recognise
from chalicelib.portfolio.profiles.drafts import Draft, LineError, Options, Reading, Remark
from chalicelib.portfolio.profiles.table import decode

queries = db.Queries(__file__, "extras.sql")

SHOWN = 200


@dataclass
class Import:
    """An import under way: what was read, what was made of it, and what is wrong with it."""

    request: ImportRequest
    profile: Profile
    encoding: str
    reading: Reading
    matches: Matches = field(default_factory=Matches)
    rows: list[Row] = field(default_factory=list)
    errors: list[Remark] = field(default_factory=list)
    ids: dict[int, int] = field(default_factory=dict)
    """Of stored transactions, by the place of their rows."""


def settings_of(tx: Tx, portfolio_id: int) -> dict[str, Any]:
    """The portfolio's settings. Raises NotFound where it is not the caller's."""
    row: dict[str, Any] | None = queries.portfolio_settings(tx.conn, id=portfolio_id)
    if row is None:
        raise NotFound("portfolio_unknown", f"You have no portfolio {portfolio_id}.")
    return row


def run(tx: Tx, portfolio_id: int, request: ImportRequest) -> ImportReport:
    """Imports a file into a portfolio, or shows what that would do.

    Raises NotFound; InvalidInput (import_refused) with an error for each line, where a real run cannot be done as a whole.
    """
    settings = settings_of(tx, portfolio_id)
    queries.lock_portfolio(tx.conn, id=portfolio_id)
    text, encoding = _text(request)
    work = _read(text, encoding, request)
    if not work.errors or work.reading.drafts:
        _make_rows(tx, portfolio_id, work, settings["currency"])
    if not work.errors:
        try:
            work.ids = import_store.store(
                tx, portfolio_id, work.rows, work.reading if request.settings else None, dry=request.dry_run
            )
        except import_store.Refused as refused:
            work.errors += refused.remarks
    if work.errors and not request.dry_run:
        raise _refusal(work.errors)
    return _report(work)


def _text(request: ImportRequest) -> tuple[str, str]:
    if request.content is not None:
        return request.content, "text"
    try:
        raw = base64.b64decode(request.content_base64 or "", validate=True)
        return decode(raw)
    except binascii.Error:
        message = "This is not Base64."
        raise InvalidInput(fields=[FieldError("body.content_base64", "not_base64", message)]) from None
    except LineError as error:
        raise InvalidInput(fields=[FieldError("body.content_base64", error.code, error.message)]) from None


def _read(text: str, encoding: str, request: ImportRequest) -> Import:
    options = Options(
        mapping={str(name): column for name, column in request.mapping.items()},
        type_words={word: str(kind) for word, kind in request.type_words.items()},
        date_order=request.date_order,
        decimal=request.decimal,
        time_zone=ZoneInfo(request.time_zone) if request.time_zone else None,
        currency=request.currency,
        stablecoins_are_usd=request.stablecoins == "usd",
    )
    profile = _profile(text, request)
    try:
        reading = profile.read(text, options)
    except any_csv.Unmapped as question:
        question.reading.errors.append(Remark(None, question.message, question.code))
        reading = question.reading
    except LineError as error:
        reading = Reading(errors=[Remark(None, error.message, error.code, error.column)])
    left_out = set(request.skip_lines)
    reading.drafts = [draft for draft in reading.drafts if draft.line not in left_out]
    reading.skipped += [Remark(line, "Left out as you said.") for line in sorted(left_out)]
    errors = [error for error in reading.errors if error.line not in left_out]
    if len(reading.drafts) > MAX_TRANSACTIONS:
        words = f"The file has {len(reading.drafts)} transactions; an import takes {MAX_TRANSACTIONS}. Split it by years."
        errors.append(Remark(None, words, "too_many_transactions"))
        reading.drafts = []
    return Import(request, profile, encoding, reading, errors=errors)


def _profile(text: str, request: ImportRequest) -> Profile:
    any_kind = Profile(any_csv.NAME, any_csv.TITLE, lambda _: True, any_csv.read)
    if request.format == "csv":
        return any_kind
    if request.format != "auto":
        return profiles()[request.format]
    told = request.mapping or request.type_words
    return any_kind if told else recognise(text) or any_kind


def _make_rows(tx: Tx, portfolio_id: int, work: Import, own_currency: str) -> None:
    drafts = work.reading.drafts
    work.matches = matches = import_assets.match(tx, drafts, dict(work.request.assets))
    kept = [draft for draft in drafts if not _left_out(draft, matches)]
    work.reading.skipped += [
        Remark(draft.line, f"{draft.asset.written}: left out as you said.")
        for draft in drafts
        if draft.asset and _left_out(draft, matches)
    ]
    known = import_assets.closes(tx, import_rows.valued_on(kept, matches))
    made, errors = import_rows.rows(import_rows.in_order(kept), matches, known, own_currency)
    marked, repeated = import_rows.with_duplicates(
        made, queries.stored_transactions(tx.conn, id=portfolio_id)
    )
    work.rows = marked
    work.errors += [*errors, *repeated]
    if any(draft.price is None for draft in kept):
        work.reading.note("Coins whose worth the file does not say are valued at the close of their day.")


def _left_out(draft: Draft, matches: Matches) -> bool:
    return draft.asset is not None and draft.asset.written in matches.left_out


def _refusal(errors: list[Remark]) -> Problem:
    fields = [
        FieldError(f"line {error.line}" if error.line else "file", error.code, error.message)
        for error in _in_order(errors)[:SHOWN]
    ]
    count = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
    words = f"Nothing was imported: {count}; see `errors`. A dry run shows more."
    return InvalidInput("import_refused", words, fields=fields)


def _report(work: Import) -> ImportReport:
    request, reading = work.request, work.reading
    duplicates = sum(row.duplicate_of is not None for row in work.rows)
    shown = list(enumerate(work.rows))[request.offset : request.offset + request.limit]
    return ImportReport(
        dry_run=request.dry_run,
        format=work.profile.name,
        title=work.profile.title,
        encoding=work.encoding,
        delimiter=reading.delimiter,
        decimal=reading.decimal,
        date_order=reading.date_order,
        time_zone=reading.time_zone,
        columns=reading.columns,
        mapping=[MappedColumn(**one) for one in reading.mapping],
        counts=ImportCounts(
            new=len(work.rows) - duplicates,
            duplicates=duplicates,
            skipped=len(reading.skipped),
            errors=len(work.errors),
        ),
        transactions=[_shown(row, work.ids.get(place)) for place, row in shown],
        assets=work.matches.reports,
        errors=_remarks(work.errors),
        skipped=_remarks(reading.skipped),
        notes=[*reading.notes, *work.matches.notes],
        settings=reading.settings or None,
    )


def _shown(row: Row, identity: int | None) -> ImportedTransaction:
    return ImportedTransaction(
        line=row.line,
        status="new" if row.duplicate_of is None else "duplicate",
        id=identity if row.duplicate_of is None else row.duplicate_of,
        type=row.type,
        asset_id=row.asset_id,
        symbol=row.symbol,
        quantity=row.quantity,
        price=row.price,
        currency=row.currency,
        fee=row.fee,
        fee_currency=row.fee_currency,
        tax=row.tax,
        timestamp=row.at,
        notes=row.notes,
        external_id=row.external_id,
    )


def _in_order(remarks: Iterable[Remark]) -> list[Remark]:
    return sorted(remarks, key=lambda remark: (remark.line is not None, remark.line or 0))


def _remarks(remarks: list[Remark]) -> list[LineRemark]:
    return [
        LineRemark(line=one.line, column=one.column, code=one.code or "left_out", message=one.message)
        for one in _in_order(remarks)[:SHOWN]
    ]
