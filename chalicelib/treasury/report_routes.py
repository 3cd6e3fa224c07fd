"""What companies hold and what it is worth, over HTTP: for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Raw, Routes
from chalicelib.core.later import later
from chalicelib.core.models import Id, Page, PageQuery
from chalicelib.treasury import report_examples as examples

if TYPE_CHECKING:
    from chalicelib.treasury import report_files, reports
    from chalicelib.treasury import report_models as models
else:
    report_files, reports, models = later("chalicelib.treasury", "report_files", "reports", "report_models")

routes = Routes(__name__, "treasury")

CACHE = 60


@routes.get("/v1/treasury/companies", access="public", cache_seconds=CACHE, example=examples.LIST_COMPANIES)
def list_companies(tx: Tx, query: models.CompaniesQuery) -> Page[models.CompanyFigures]:
    """Companies that hold digital assets: holdings × the latest price × the exchange rate, and what the market pays for it.

    A figure that lacks an input is null, and `reasons` says why; a zero is a value. Prices move between two pages, so a
    company may then be on both of them or on neither.
    """
    return reports.list_companies(tx, query)


@routes.get(
    "/v1/treasury/companies/{company_id}", access="public", cache_seconds=CACHE, example=examples.SHOW_COMPANY
)
def show_company(tx: Tx, company_id: Id) -> models.CompanyReport:
    """One company: what it is, how much it holds by which document, and what follows from it.

    `overridden` says which fields show a value that an administrator put in the place of the stored one.
    """
    return reports.show_company(tx, company_id)


@routes.get(
    "/v1/treasury/companies/{company_id}/yield",
    access="public",
    cache_seconds=CACHE,
    example=examples.LIST_YIELDS,
)
def list_yields(tx: Tx, company_id: Id, query: PageQuery) -> Page[models.YieldItem]:
    """By how much a company's coins per share grew, the latest snapshot first.

    By period, against the snapshot before; quarter and year to date, against the last snapshot before the quarter or year
    began, on assumed diluted shares alone. All in today's shares.
    """
    return reports.yields(tx, company_id, query)


@routes.get(
    "/v1/treasury/companies/{company_id}/purchases",
    access="public",
    cache_seconds=CACHE,
    example=examples.LIST_PURCHASES,
)
def list_purchases(tx: Tx, company_id: Id, query: PageQuery) -> Page[models.Purchase]:
    """What a company bought or sold, the latest first: as its documents state it, else by the difference of holdings."""
    return reports.purchases(tx, company_id, query)


@routes.get(
    "/v1/treasury/companies/{company_id}/mnav",
    access="public",
    cache_seconds=CACHE,
    example=examples.LIST_MNAV,
)
def list_mnav(tx: Tx, company_id: Id, query: models.MnavQuery) -> Page[models.MnavDay]:
    """A company's mNAV at the end of each day (UTC), the latest first: of that day's prices, and of what held on it."""
    return reports.mnav_history(tx, company_id, query)


@routes.get("/v1/treasury/summary", access="public", cache_seconds=CACHE, example=examples.SHOW_TOTALS)
def show_treasury_summary(tx: Tx) -> models.Summary:
    """Totals by coin, and which share of all its coins in circulation that is."""
    return reports.summary(tx)


@routes.get("/v1/treasury/leaders", access="public", cache_seconds=CACHE, example=examples.SHOW_LEADERS)
def show_leaders(tx: Tx, query: models.LeadersQuery) -> models.Leaders:
    """Tables: who holds most, whose coins per share grew most this year, what the market pays most and least
    for, who bought most lately."""
    return reports.leaders(tx, query)


@routes.get(
    "/v1/treasury/export.csv", access="public", cache_seconds=CACHE, example=examples.EXPORT_COMPANIES
)
def export_companies(tx: Tx, query: models.ListQuery) -> Raw:
    """All companies with their figures as CSV."""
    return report_files.companies_file(tx, query)


@routes.get(
    "/v1/treasury/companies/{company_id}/export.csv",
    access="public",
    cache_seconds=CACHE,
    example=examples.EXPORT_HISTORY,
)
def export_company_history(tx: Tx, company_id: Id) -> Raw:
    """A company's approved snapshots as CSV, the earliest first: shares as stated, and in today's shares."""
    return report_files.history_file(tx, company_id)
