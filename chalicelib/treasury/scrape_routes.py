"""Scraping over HTTP, for administrators: sources, where companies are found in them, and the jobs that look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.later import later
from chalicelib.core.models import Id, Page
from chalicelib.treasury import scrape_examples as examples

if TYPE_CHECKING:
    from chalicelib.treasury import scrape_admin as scraping
    from chalicelib.treasury import scrape_models as models
else:
    scraping, models = later("chalicelib.treasury", "scrape_admin", "scrape_models")

routes = Routes(__name__, "treasury")

ADMIN = "/v1/admin/treasury"


@routes.get(f"{ADMIN}/sources", access="admin", scope=None, example=examples.LIST_SOURCES)
def list_data_sources(tx: Tx) -> models.DataSources:
    """Where the tracker's numbers come from, and how often each is looked at."""
    return scraping.sources(tx)


@routes.patch(f"{ADMIN}/sources/{{source_id}}", access="admin", scope=None, example=examples.CHANGE_SOURCE)
def change_data_source(tx: Tx, source_id: Id, body: models.SourceChange) -> models.DataSource:
    """Switch a source on or off for all companies, or change how often it is looked at."""
    return scraping.change_source(tx, source_id, body)


@routes.get(f"{ADMIN}/company-sources", access="admin", scope=None, example=examples.LIST_COMPANY_SOURCES)
def list_company_sources(tx: Tx, query: models.CompanySourcesQuery) -> Page[models.CompanySource]:
    """Under which id each company is found at which source, and whether that was verified."""
    return scraping.company_sources(tx, query)


@routes.post(
    f"{ADMIN}/company-sources",
    access="admin",
    scope=None,
    status=201,
    idempotent=True,
    example=examples.ADD_COMPANY_SOURCE,
)
def add_company_source(tx: Tx, body: models.NewCompanySource) -> models.CompanySource:
    """Say under which id a company is found at a source.

    The source is asked in the background who that is. Only where its own record agrees with the company it becomes active,
    and its documents are read, back to the beginning of the company's treasury.
    """
    return scraping.add_company_source(tx, body)


@routes.patch(
    f"{ADMIN}/company-sources/{{company_source_id}}",
    access="admin",
    scope=None,
    example=examples.CHANGE_COMPANY_SOURCE,
)
def change_company_source(
    tx: Tx, company_source_id: Id, body: models.CompanySourceChange
) -> models.CompanySource:
    """Change where a company is found, its priority, or whether it is scraped. Another id is verified anew."""
    return scraping.change_company_source(tx, company_source_id, body)


@routes.delete(
    f"{ADMIN}/company-sources/{{company_source_id}}",
    access="admin",
    scope=None,
    example=examples.DELETE_COMPANY_SOURCE,
)
def delete_company_source(tx: Tx, company_source_id: Id) -> None:
    """Delete a company's source that nothing has come of, such as a mistyped id, with its jobs.

    One whose documents state holdings, or that a worker is at, is refused (409): switch it off instead.
    """
    scraping.delete_company_source(tx, company_source_id)


@routes.post(
    f"{ADMIN}/company-sources/{{company_source_id}}/verify",
    access="admin",
    scope=None,
    status=202,
    idempotent=True,
    example=examples.VERIFY,
)
def verify_company_source(tx: Tx, company_source_id: Id) -> models.ScraperJob:
    """Ask the source who this is, by a job. The company source's `verification` tells the result."""
    return scraping.verify(tx, company_source_id)


@routes.get(f"{ADMIN}/scraper-jobs", access="admin", scope=None, example=examples.LIST_JOBS)
def list_scraper_jobs(tx: Tx, query: models.ScraperJobsQuery) -> Page[models.ScraperJob]:
    """Scraper jobs, the newest first."""
    return scraping.jobs(tx, query)


@routes.post(
    f"{ADMIN}/scraper-jobs",
    access="admin",
    scope=None,
    status=202,
    idempotent=True,
    example=examples.START_JOBS,
)
def start_scraper_jobs(tx: Tx, body: models.NewScraperJob) -> models.StartedJobs:
    """Look at a company's sources now, back to the beginning of its treasury. What was read already is not read again."""
    return scraping.start(tx, body)


@routes.get(f"{ADMIN}/scraper-jobs/{{job_id}}", access="admin", scope=None, example=examples.SHOW_JOB)
def show_scraper_job(tx: Tx, job_id: Id) -> models.ScraperJobDetail:
    """One job: what it did, line by line, and what became of each document."""
    return scraping.show(tx, job_id)


@routes.post(
    f"{ADMIN}/scraper-jobs/{{job_id}}/retry",
    access="admin",
    scope=None,
    status=202,
    idempotent=True,
    example=examples.RETRY_JOB,
)
def retry_scraper_job(tx: Tx, job_id: Id) -> models.ScraperJob:
    """Do a job again: one that waits at once, one that has ended by a new job."""
    return scraping.retry(tx, job_id)


@routes.post(
    f"{ADMIN}/scraper-jobs/{{job_id}}/cancel",
    access="admin",
    scope=None,
    idempotent=True,
    example=examples.CANCEL_JOB,
)
def cancel_scraper_job(tx: Tx, job_id: Id) -> models.ScraperJob:
    """Stop a job that waits: for its turn, or after a failure.

    One that a worker is at, or that has ended, is refused (409). The source is looked at again when it is next due; to stop
    that, switch the company's source off.
    """
    return scraping.cancel(tx, job_id)


@routes.get(f"{ADMIN}/scraper-jobs/{{job_id}}/raw", access="admin", scope=None, example=examples.SHOW_RAW)
def show_raw_response(tx: Tx, job_id: Id) -> models.RawResponse:
    """What the source answered when the job asked what there is."""
    return scraping.raw(tx, job_id)
