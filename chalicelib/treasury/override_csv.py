"""Overrides in the shape of a spreadsheet's export: a header, and a line for each field of a company. Pure.

Headers are tolerant (Company or Ticker, Value or Override, Expires or Valid until …); a byte-order mark, semicolons and
tabs are understood. Numbers are read only where they can mean one thing: `1,234` may be a thousand or a little more than
one, and is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from chalicelib.treasury.override_values import KINDS, NUMBERS, Unfit, fitting

COLUMNS = {
    "company": ("company", "company_id", "external_id", "id", "ticker", "symbol"),
    "asset": ("asset", "coin", "token"),
    "field": ("field", "field_name", "column", "metric", "attribute"),
    "value": ("value", "override", "override_value", "new_value"),
    "reason": ("reason", "note", "notes", "comment", "why"),
    "expires": ("expires", "expires_at", "expiry", "expiration", "valid_until", "until"),
}
NEEDED = ("company", "field", "value", "reason")
MAX_LINES = 2000


class Wrong(NamedTuple):
    """What is wrong with a line."""

    line: int
    column: str | None
    code: str
    message: str


@dataclass(frozen=True)
class Line:
    """One override as the file states it; `company` is an id, an external id or a ticker, in small letters, and `written`
    as the file writes it."""

    number: int
    written: str
    company: str
    asset: str | None
    field: str
    value: str
    reason: str
    expires_at: datetime | None


class Reading(NamedTuple):
    """The lines that are sound, and what is wrong with the others."""

    lines: list[Line]
    errors: list[Wrong]


def read(text: str, now: datetime) -> Reading:
    """Reads a file. An override that would have expired by `now` is an error."""
    text = text.removeprefix("\ufeff")
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(
        ",;\t", key=lambda mark: (len(_columns(next(csv.reader([head], delimiter=mark)))), mark == ",")
    )
    try:
        rows = list(_rows(text, delimiter))
    except csv.Error as error:
        return Reading([], [Wrong(1, None, "malformed_csv", f"This is no CSV: {error}.")])
    if not rows:
        return Reading([], [Wrong(1, None, "empty", "The file is empty.")])
    (header_line, header), *body = rows
    places = _columns(header)
    missing = [name for name in NEEDED if name not in places]
    if missing:
        message = f"The header lacks {', '.join(missing)}: it needs {', '.join(NEEDED)}, and may have asset and expires."
        return Reading([], [Wrong(header_line, None, "missing_columns", message)])
    if len(body) > MAX_LINES:
        message = f"The file has {len(body)} lines; an import takes {MAX_LINES}."
        return Reading([], [Wrong(header_line, None, "too_many_lines", message)])
    lines: list[Line] = []
    errors: list[Wrong] = []
    for number, row in body:
        cells = {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
        wrong = [*_surplus(number, row, header), *_empty(number, cells)] or list(
            _line(number, cells, delimiter, now, lines)
        )
        errors += wrong
    return Reading(lines, errors)


def _line(
    number: int, cells: dict[str, str], delimiter: str, now: datetime, lines: list[Line]
) -> Iterator[Wrong]:
    """Adds the line to `lines`, or says what is wrong with it."""
    field = _normal(cells["field"])
    if field not in KINDS:
        yield Wrong(
            number, "field", "field_not_overridable", f"{cells['field']} is no field that can be overridden."
        )
        return
    value, expires_at = "", None
    wrong = []
    try:
        value = fitting(field, _plain(cells["value"], KINDS[field], delimiter))
    except Unfit as error:
        wrong.append(Wrong(number, "value", "value_does_not_fit", str(error)))
    try:
        expires_at = _moment(cells.get("expires", ""))
        if expires_at is not None and expires_at <= now:
            wrong.append(Wrong(number, "expires", "expired", "That moment has passed already."))
    except ValueError:
        message = "Write the day as 2026-12-31, or a moment as 2026-12-31T18:00Z."
        wrong.append(Wrong(number, "expires", "not_a_date", message))
    if wrong:
        yield from wrong
    else:
        lines.append(
            Line(
                number,
                cells["company"],
                cells["company"].lower(),
                cells.get("asset", "").upper() or None,
                field,
                value,
                cells["reason"],
                expires_at,
            )
        )


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    for row in reader:
        if any(cell.strip() for cell in row):
            yield before + 1, row
        before = reader.line_num


def _columns(header: list[str]) -> dict[str, int]:
    """Where each column is that the header names, in words of ours."""
    names = [_normal(name) for name in header]
    return {
        column: min(names.index(word) for word in words if word in names)
        for column, words in COLUMNS.items()
        if set(words) & set(names)
    }


def _normal(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def _surplus(number: int, row: list[str], header: list[str]) -> Iterator[Wrong]:
    if any(cell.strip() for cell in row[len(header) :]):
        message = "The line has more cells than the header: put values that hold the delimiter into quotes."
        yield Wrong(number, None, "too_many_cells", message)


def _empty(number: int, cells: dict[str, str]) -> Iterator[Wrong]:
    for name in NEEDED:
        if not cells[name]:
            yield Wrong(number, name, "missing", f"{name} is empty.")
        elif name == "reason" and len(cells[name]) > 2000:
            yield Wrong(number, name, "too_long", "A reason has at most 2000 characters.")
        elif name == "reason" and re.fullmatch(r"[0-9.,]+", cells[name]):
            message = (
                f"A reason is words: {cells[name]} may be the rest of a value that a comma has cut in two."
            )
            yield Wrong(number, name, "not_words", message)


def _plain(text: str, kind: str, delimiter: str) -> str:
    """A number as a spreadsheet shows it in plain digits. Raises Unfit where it could be read in two ways.

    With semicolons between cells, a comma is likely to stand before decimals; then 1.234 is as doubtful as 1,234.
    """
    if kind not in NUMBERS:
        return text
    digits = re.sub(r"(?<=[0-9])[ \u00a0\u202f'’_](?=[0-9]{3}(?![0-9]))", "", text)
    if kind == "percent":
        digits = digits.removesuffix("%").strip()
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3}){2,}(\.[0-9]+)?|[0-9]{1,3}(,[0-9]{3})+\.[0-9]+", digits):
        return digits.replace(",", "")
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3}){2,}(,[0-9]+)?|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+", digits):
        return digits.replace(".", "").replace(",", ".")
    doubtful = re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", digits) or (
        delimiter == ";" and re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", digits)
    )
    if doubtful:
        raise Unfit(
            f"{text} may be a thousand times as much: write plain digits, with a point before decimals (1234.50)."
        )
    if delimiter == ";" and re.fullmatch(r"[0-9]+,[0-9]+", digits):
        return digits.replace(",", ".")
    if re.fullmatch(r"[0-9.,]+[eE]\+?[0-9]+", digits):
        raise Unfit(f"{text} was rounded by the spreadsheet: format the cell as a number.")
    return digits


def _moment(text: str) -> datetime | None:
    """A day (its start, in UTC) or a moment with its time zone. Raises ValueError for anything else."""
    if not text:
        return None
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return datetime.combine(date.fromisoformat(text), time(0), UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 1900 <= moment.year < 2200:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)
