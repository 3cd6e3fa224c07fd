"""The treasury tracker over HTTP: companies, their history, and what administrators decide about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.later import later
from chalicelib.core.models import Id, Page, PageQuery
from chalicelib.treasury import examples

if TYPE_CHECKING:
    from chalicelib.treasury import (
        companies,
        financials,
        models,
        override_models,
        overrides,
        review,
        review_models,
    )
else:
    companies, financials, models, override_models, overrides, review, review_models = later(
        "chalicelib.treasury",
        "companies",
        "financials",
        "models",
        "override_models",
        "overrides",
        "review",
        "review_models",
    )

routes = Routes(__name__, "treasury")

CACHE = 60
MAX_FILE = 1024 * 1024


# What everybody reads --------------------------------------------------------------------------------------------------


@routes.get(
    "/v1/treasury/companies/{company_id}/holdings",
    access="public",
    cache_seconds=CACHE,
    example=examples.LIST_HOLDINGS,
)
def list_company_holdings(tx: Tx, company_id: Id, query: PageQuery) -> review_models.Holdings:
    """What a company held, by approved snapshots, the latest date first, each with the document that says so.

    Share counts are shown as they were stated, and in today's shares beside.
    """
    return review.holdings(tx, company_id, query)


@routes.get(
    "/v1/treasury/companies/{company_id}/financials",
    access="public",
    cache_seconds=CACHE,
    example=examples.LIST_FINANCIALS,
)
def list_company_financials(
    tx: Tx, company_id: Id, query: models.FinancialsQuery
) -> models.FinancialsHistory:
    """A company's financials over time, or those in force on one day (`as_of`).

    Each row holds from effective_date until before end_date.
    """
    return financials.history(tx, company_id, query)


@routes.get(
    "/v1/treasury/companies/{company_id}/overrides",
    access="public",
    cache_seconds=CACHE,
    example=examples.LIST_COMPANY_OVERRIDES,
)
def list_company_overrides(tx: Tx, company_id: Id) -> override_models.PublicOverrides:
    """Which of a company's fields show another value than the stored one, since when, and why."""
    return overrides.of_company(tx, company_id)


# Companies -------------------------------------------------------------------------------------------------------------


@routes.post(
    "/v1/admin/treasury/companies",
    access="admin",
    scope=None,
    status=201,
    idempotent=True,
    example=examples.ADD_COMPANY,
)
def add_company(tx: Tx, body: models.NewCompany) -> models.AdminCompany:
    """Put a company into the tracker.

    Its listed share is found in the catalogue by ticker and currency, or added there; from then on the prices of its share
    and coin are kept fresh. A company that holds two coins is two companies with one ticker.
    """
    return companies.add_company(tx, body)


@routes.get(
    "/v1/admin/treasury/companies", access="admin", scope=None, example=examples.LIST_COMPANIES_FOR_ADMINS
)
def list_companies_for_admins(tx: Tx, query: models.AdminCompaniesQuery) -> Page[models.AdminCompany]:
    """All companies by name, those that are not tracked any more among them (`active=false`: only those)."""
    return companies.list_for_admins(tx, query)


@routes.get(
    "/v1/admin/treasury/companies/{company_id}",
    access="admin",
    scope=None,
    example=examples.SHOW_COMPANY_FOR_ADMINS,
)
def show_company_for_admins(tx: Tx, company_id: Id) -> models.AdminCompany:
    """One company, with what only administrators decide about it."""
    return companies.show_for_admins(tx, company_id)


@routes.patch(
    "/v1/admin/treasury/companies/{company_id}", access="admin", scope=None, example=examples.CHANGE_COMPANY
)
def change_company(tx: Tx, company_id: Id, body: models.CompanyChange) -> models.AdminCompany:
    """Change a company. Fields left out stay as they are; null empties a field."""
    return companies.change_company(tx, company_id, body)


@routes.post(
    "/v1/admin/treasury/companies/{company_id}/financials",
    access="admin",
    scope=None,
    status=201,
    idempotent=True,
    example=examples.ADD_FINANCIALS,
)
def add_financials(tx: Tx, company_id: Id, body: models.NewFinancials) -> models.Financials:
    """Say what holds of a company's financials from a date on.

    The row before it ends there; if there is a later one, this one ends where that begins.
    """
    return financials.add(tx, company_id, body)


@routes.delete(
    "/v1/admin/treasury/financials/{financials_id}",
    access="admin",
    scope=None,
    example=examples.REMOVE_FINANCIALS,
)
def remove_financials(tx: Tx, financials_id: Id) -> None:
    """Take a row of financials out. The one before it is in force until the one after."""
    financials.remove(tx, financials_id)


# Review ----------------------------------------------------------------------------------------------------------------


@routes.get("/v1/admin/treasury/snapshots", access="admin", scope=None, example=examples.LIST_SNAPSHOTS)
def list_holdings_snapshots(tx: Tx, query: review_models.SnapshotsQuery) -> Page[review_models.AdminSnapshot]:
    """Snapshots, the newest first, each beside the approved one before its date.

    `status=pending` is the queue of work; with `company_id` alone it is a company's whole history, rejected ones included.
    """
    return review.snapshots(tx, query)


@routes.post(
    "/v1/admin/treasury/snapshots",
    access="admin",
    scope=None,
    status=201,
    idempotent=True,
    example=examples.ENTER_SNAPSHOT,
)
def enter_holdings_snapshot(tx: Tx, body: review_models.NewSnapshot) -> review_models.Proposed:
    """Enter what a company holds by hand. It waits for its approval like what scrapers find.

    One that is known already is not entered again: the answer shows that one.
    """
    return review.enter(tx, body)


@routes.get(
    "/v1/admin/treasury/snapshots/{snapshot_id}", access="admin", scope=None, example=examples.SHOW_SNAPSHOT
)
def show_holdings_snapshot(tx: Tx, snapshot_id: Id) -> review_models.SnapshotDetail:
    """One snapshot with all that its reader found in the document."""
    return review.show(tx, snapshot_id)


@routes.post(
    "/v1/admin/treasury/snapshots/bulk-approve",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.BULK_APPROVE,
)
def bulk_approve_holdings_snapshots(tx: Tx, body: review_models.BulkApproval) -> review_models.BulkResults:
    """Approve all of these snapshots that are pending, in the order given; a result for each."""
    return review.approve_many(tx, body)


@routes.post(
    "/v1/admin/treasury/snapshots/{snapshot_id}/approve",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.APPROVE_SNAPSHOT,
)
def approve_holdings_snapshot(
    tx: Tx, snapshot_id: Id, body: review_models.Approval
) -> review_models.Decision:
    """Approve a pending snapshot: it counts from now on. What was approved for its date is superseded."""
    return review.approve(tx, snapshot_id, body)


@routes.post(
    "/v1/admin/treasury/snapshots/{snapshot_id}/reject",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.REJECT_SNAPSHOT,
)
def reject_holdings_snapshot(
    tx: Tx, snapshot_id: Id, body: review_models.Rejection
) -> review_models.Decision:
    """Reject a pending snapshot, or take an approved one back.

    Then the one that it superseded is approved again, and the company holds what the latest approved one says.
    """
    return review.reject(tx, snapshot_id, body)


@routes.post(
    "/v1/admin/treasury/snapshots/{snapshot_id}/correct",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.CORRECT_SNAPSHOT,
)
def correct_holdings_snapshot(
    tx: Tx, snapshot_id: Id, body: review_models.Correction
) -> review_models.Decision:
    """Approve a snapshot with other values. Name only what is wrong.

    The original is rejected and kept; a corrected copy of it is approved. The answer shows the copy.
    """
    return review.correct(tx, snapshot_id, body)


# Overrides -------------------------------------------------------------------------------------------------------------


@routes.get("/v1/admin/treasury/overrides", access="admin", scope=None, example=examples.LIST_OVERRIDES)
def list_overrides(tx: Tx, query: override_models.OverridesQuery) -> Page[override_models.Override]:
    """Overrides in force, and those that were, the newest first."""
    return overrides.listed(tx, query)


@routes.post(
    "/v1/admin/treasury/overrides",
    access="admin",
    scope=None,
    status=201,
    idempotent=True,
    example=examples.ADD_OVERRIDE,
)
def add_override(tx: Tx, body: override_models.NewOverride) -> override_models.Override:
    """Put a value in the place of a stored one, for good or until a moment. The stored value stays."""
    return overrides.add(tx, body)


@routes.delete(
    "/v1/admin/treasury/overrides/{override_id}",
    access="admin",
    scope=None,
    example=examples.DEACTIVATE_OVERRIDE,
)
def deactivate_override(tx: Tx, override_id: Id) -> None:
    """End an override: the stored value shows again. The record stays."""
    overrides.deactivate(tx, override_id)


@routes.post(
    "/v1/admin/treasury/overrides/import",
    access="admin",
    scope=None,
    idempotent=True,
    max_body=MAX_FILE,
    example=examples.IMPORT_OVERRIDES,
)
def import_overrides(tx: Tx, body: override_models.OverridesImport) -> override_models.OverridesReport:
    """Override many fields from a spreadsheet's CSV: all of its lines, or none.

    A dry run (the default) shows what would be done and what is wrong, by line. `company` is an external_id, a ticker or
    an id; a ticker of a company that holds two coins needs a column `asset`. Numbers that could be read in two ways, such
    as 1,234, are refused.
    """
    return overrides.import_csv(tx, body)
