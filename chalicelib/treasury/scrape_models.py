"""Sources, companies' sources and scraper jobs: requests and responses, all for administrators."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from chalicelib.core.models import Id, Model, PageQuery

SourceType = Literal["sec_edgar", "tse", "hkex", "globenewswire", "prnewswire", "import", "manual"]
JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Outcome = Literal["candidates", "nothing_stated", "not_relevant", "unreadable"]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Priority = Annotated[int, Field(ge=1, le=9, description="1 is looked at first.")]


class SourceHealth(Model):
    """How the source is, by the last job of each company that is looked for there and by what it met."""

    state: Literal["ok", "failing", "some_failing", "unknown"] = Field(
        description="failing: no company's last look succeeded; unknown: none has ended yet."
    )
    succeeded: int = Field(description="Companies whose last look succeeded.")
    failed: int = Field(description="Companies whose last look failed for good.")
    waiting: int = Field(description="Companies whose look met an error and is tried again.")
    last_succeeded_at: datetime | None
    last_failed_at: datetime | None
    last_error_code: str | None = Field(
        description="Of the newest job that met an error and did not succeed since."
    )
    last_error: str | None


class DataSource(Model):
    id: int
    name: str
    type: SourceType
    base_url: str | None
    is_active: bool
    check_every_minutes: int
    company_sources: int
    active_company_sources: int
    last_checked_at: datetime | None
    health: SourceHealth


class DataSources(Model):
    items: list[DataSource]


class SourceChange(Model):
    is_active: bool | None = Field(None, description="False: none of its companies is scraped.")
    check_every_minutes: int | None = Field(
        None, ge=5, le=7 * 24 * 60, description="How often each company is looked at."
    )


class CompanySource(Model):
    id: int
    company_id: int
    ticker: str
    company_name: str
    source_id: int
    source: str
    type: SourceType
    external_id: str
    is_active: bool
    verified_at: datetime | None
    verification: str | None = Field(description="What the source's own record says about who this is.")
    priority: int
    last_checked_at: datetime | None
    last_document_at: datetime | None
    last_job_id: int | None
    last_job_status: JobStatus | None


class CompanySourcesQuery(PageQuery):
    company_id: Id | None = None
    source_id: Id | None = None


class NewCompanySource(Model):
    company_id: Id
    source_id: Id
    external_id: ExternalId = Field(
        description="A CIK at the SEC, a stock code at TSE (five characters) and HKEX, the issuer's name at a newswire."
    )
    priority: Priority = 5


class CompanySourceChange(Model):
    external_id: ExternalId | None = Field(None, description="Another one has to be verified anew.")
    priority: Priority | None = None
    is_active: bool | None = Field(None, description="True is refused before it is verified.")


class LogEntry(Model):
    at: datetime
    what: str


class ScrapedDocument(Model):
    document_key: str
    form: str | None
    title: str | None
    filed: date
    url: str
    outcome: Outcome
    warnings: list[str]
    read_at: datetime


class ScraperJob(Model):
    id: int
    company_source_id: int
    company_id: int
    ticker: str
    source: str
    external_id: str
    status: JobStatus
    priority: int
    reason: Literal["schedule", "stale", "manual", "retry"]
    scheduled_at: datetime
    not_before: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    error_code: str | None
    last_error: str | None
    documents_listed: int = Field(description="Filings or announcements that the source listed.")
    documents_read: int = Field(
        description="Of these, those that were new and were looked at; one counts once, with all its exhibits."
    )
    candidates_found: int
    snapshots_created: int
    raw_size: int | None = Field(description="Bytes of the source's answer, before it was compressed.")
    requested_by: UUID | None


class ScraperJobDetail(ScraperJob):
    log: list[LogEntry]
    documents: list[ScrapedDocument] = Field(description="What this job read, the first thousand.")


class ScraperJobsQuery(PageQuery):
    status: JobStatus | None = None
    company_id: Id | None = None
    source_id: Id | None = Field(None, description="Only jobs at this source.")
    company_source_id: Id | None = Field(None, description="Only jobs of this one of a company's sources.")


class NewScraperJob(Model):
    company_id: Id | None = Field(None, description="All active sources of this company.")
    company_source_id: Id | None = Field(None, description="Or one source of a company.")


class StartedJobs(Model):
    items: list[ScraperJob] = Field(
        description="One for each source; one that was open already is moved to the front."
    )


class RawResponse(Model):
    size: int = Field(description="Bytes of the whole answer.")
    is_whole: bool = Field(description="False: the end was cut off to bound what is kept.")
    content: str = Field(description="The answer's text, as much of it as is shown.")
