"""The list of companies, and one company's history, as CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.core import clock, spreadsheet
from chalicelib.core.db import Tx
from chalicelib.core.http import Raw
from chalicelib.treasury import companies, reports
from chalicelib.treasury.report_models import CompanyFigures, ListQuery

COMPANIES = (
    *(name for name in CompanyFigures.model_fields if name not in ("overridden", "reasons")),
    "overridden",
    "reasons",
)
HISTORY = (
    "snapshot_date",
    "holdings",
    "shares_outstanding",
    "share_basis",
    "shares_unit_date",
    "split_factor",
    "shares_adjusted",
    "holdings_per_share",
    "total_cost",
    "average_price",
    "currency",
    "source",
    "source_url",
    "accession",
)


def companies_file(tx: Tx, query: ListQuery) -> Raw:
    """All active companies with their figures, the greatest value first. What is overridden is named in a column, and so
    are the reasons of what is empty (figure=code)."""
    rows = reports.ranked(
        tx, asset=query.asset, tier=None, is_miner=None, sort="value", limit=reports.EVERYTHING
    )
    return _file("companies", COMPANIES, (_company(row) for row in rows))


def history_file(tx: Tx, company_id: int) -> Raw:
    """A company's approved snapshots, the earliest first: shares as stated, and in today's. Raises NotFound."""
    company = companies.show_company(tx, company_id)
    rows = reports.queries.history(tx.conn, company_id=company_id)
    return _file(company.external_id, HISTORY, rows)


def _company(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = reports.listed_company(row)
    return dict(shown) | {
        "overridden": " ".join(sorted(shown.overridden)),
        "reasons": " ".join(f"{figure}={code}" for figure, code in sorted(shown.reasons.items())),
    }


def _file(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Raw:
    headers = {
        "Content-Type": spreadsheet.TYPE,
        "Content-Disposition": f'attachment; filename="{name}-{clock.today():%Y-%m-%d}.csv"',
    }
    return Raw(spreadsheet.table(columns, rows), headers)
