"""Everything of a portfolio as one file, JSON or CSV, that imports back to the same portfolio."""

from __future__ import annotations

import re
from typing import Literal

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.errors import TooLarge
from chalicelib.core.http import Raw
from chalicelib.portfolio.imports import settings_of
from chalicelib.portfolio.profiles import holdfast

queries = db.Queries(__file__, "extras.sql")

LARGEST = 5 * 1024 * 1024
"""A response of the platform holds 6 MB, and an import takes 5."""
TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


def export(tx: Tx, portfolio_id: int, form: Literal["json", "csv"]) -> Raw:
    """The portfolio's settings, rules and transactions as a file. Raises NotFound, TooLarge."""
    settings = settings_of(tx, portfolio_id)
    rules = list(queries.rule_settings(tx.conn, id=portfolio_id))
    transactions = list(queries.all_transactions(tx.conn, id=portfolio_id))
    chosen = {name: settings[name] for name in holdfast.SETTINGS}
    write = holdfast.write_json if form == "json" else holdfast.write_csv
    body = write(chosen, rules, transactions)
    if len(body.encode()) > LARGEST:
        detail = "The portfolio is too large for one file of this form. Export it as CSV, which takes half the room."
        raise TooLarge("export_too_large", detail)
    headers = {
        "Content-Type": TYPES[form],
        "Content-Disposition": f'attachment; filename="{file_name(settings["name"], form)}"',
    }
    return Raw(body, headers)


def file_name(name: str, form: str) -> str:
    """A name for the file that is safe everywhere: letters, digits and hyphens, and the day."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:60] or "portfolio"
    return f"{plain}-{clock.today():%Y-%m-%d}.{form}"
