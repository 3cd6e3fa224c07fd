"""What administrators do with scraping: look after sources, start and retry jobs, see what a source answered."""

from __future__ import annotations

import re
import zlib
from datetime import timedelta
from typing import Any

from chalicelib.core import db, queue
from chalicelib.core.db import Tx
from chalicelib.core.errors import Conflict, FieldError, InvalidInput, NotFound, name_constraints
from chalicelib.core.models import Page, decode_cursor
from chalicelib.treasury.scrape_models import (
    CompanySource,
    CompanySourceChange,
    CompanySourcesQuery,
    DataSource,
    DataSources,
    NewCompanySource,
    NewScraperJob,
    RawResponse,
    ScrapedDocument,
    ScraperJob,
    ScraperJobDetail,
    ScraperJobsQuery,
    SourceChange,
    SourceHealth,
    StartedJobs,
)

queries = db.Queries(__file__, "scraping.sql")

name_constraints(
    {
        "company_sources_key": (
            Conflict, "company_source_exists", "The company is looked for under this id at this source already."),
        "company_sources_company_id_fkey": (
            NotFound, "company_unknown", "There is no such company in the tracker."),
        "company_sources_source_id_fkey": (NotFound, "source_unknown", "There is no such source."),
    }
)  # fmt: skip

SHOWN_RAW = 3_000_000
"""Characters of a source's answer in a response: what a Lambda may answer is bounded."""
_WRITTEN = {
    "sec_edgar": (r"[0-9]{1,10}", "A CIK has up to ten digits, such as 0001050446."),
    "tse": (r"[0-9][0-9A-Za-z]{3}[0-9]", "TDnet's codes have five characters, such as 33500."),
    "hkex": (r"[0-9]{1,5}", "A stock code has up to five digits, such as 00434."),
    "globenewswire": (r".*\S.*", "Name the issuer as the newswire writes it."),
    "prnewswire": (r".*\S.*", "Name the issuer as the newswire writes it."),
}


def sources(tx: Tx) -> DataSources:
    """Where numbers come from, each with how many companies are looked for there, and how that goes."""
    return DataSources(items=[_source(row) for row in queries.sources(tx.conn)])


def change_source(tx: Tx, source_id: int, change: SourceChange) -> DataSource:
    """Switches a source on or off for all companies, or says how often it is looked at. Raises NotFound."""
    minutes = change.check_every_minutes
    every = None if minutes is None else timedelta(minutes=minutes)
    if queries.change_source(tx.conn, id=source_id, is_active=change.is_active, check_every=every) is None:
        raise NotFound("source_unknown", f"There is no source {source_id}.")
    return next(source for source in sources(tx).items if source.id == source_id)


def company_sources(tx: Tx, query: CompanySourcesQuery) -> Page[CompanySource]:
    """Where companies are looked for, the first added first."""
    after = decode_cursor(query.cursor, int)
    rows = queries.company_sources(
        tx.conn,
        id=None,
        company_id=query.company_id,
        source_id=query.source_id,
        after=after[0] if after else None,
        limit=query.limit + 1,
    )
    found = [CompanySource.model_validate(row) for row in rows]
    return Page[CompanySource].of(found, query.limit, lambda source: [source.id])


def add_company_source(tx: Tx, source: NewCompanySource) -> CompanySource:
    """Says where a company is found at a source. It is verified in the background, and scraped only once it agrees.

    Raises NotFound for the company or source, InvalidInput for an id that the source cannot have, Conflict where it is
    there already.
    """
    external_id = _checked(queries.source_type(tx.conn, id=source.source_id), source.external_id)
    made = queries.add_company_source(
        tx.conn,
        company_id=source.company_id,
        source_id=source.source_id,
        external_id=external_id,
        priority=source.priority,
    )
    _start(tx, [made], "manual")
    return _company_source(tx, made)


def change_company_source(tx: Tx, company_source_id: int, change: CompanySourceChange) -> CompanySource:
    """Changes a company's source. Raises NotFound, InvalidInput, and Conflict for one that is to be active unverified."""
    held = _company_source(tx, company_source_id)
    external_id = change.external_id and _checked(held.type, change.external_id)
    if change.is_active and (held.verified_at is None or external_id not in (None, held.external_id)):
        raise Conflict(
            "source_unverified", "It is active once the source's own record agrees: verify it first."
        )
    if external_id not in (None, held.external_id):
        queries.abandon(tx.conn, company_source_id=company_source_id)
    row = queries.change_company_source(
        tx.conn,
        id=company_source_id,
        external_id=external_id,
        priority=change.priority,
        is_active=change.is_active,
    )
    if row["unverified"] and external_id not in (None, held.external_id):
        _start(tx, [company_source_id], "manual")
    return _company_source(tx, company_source_id)


def delete_company_source(tx: Tx, company_source_id: int) -> None:
    """Deletes a company's source that nothing has come of. Raises NotFound, and Conflict where something has or may."""
    outcome = queries.delete_company_source(tx.conn, id=company_source_id)
    if outcome is None:
        raise _unknown_source(company_source_id)
    if outcome == "running":
        raise Conflict(
            "scraper_job_running", "A worker is at this source: it ends within minutes. Delete it after that."
        )
    if outcome == "productive":
        raise Conflict(
            "company_source_productive",
            "Documents found by this source state holdings: it stays, so that they can be traced. Switch it off instead.",
        )


def verify(tx: Tx, company_source_id: int) -> ScraperJob:
    """Asks the source who this is, in the background; where it agrees, it is scraped. Raises NotFound."""
    _company_source(tx, company_source_id)
    (job,) = _start(tx, [company_source_id], "manual")
    return job


def start(tx: Tx, wanted: NewScraperJob) -> StartedJobs:
    """Looks at a company's sources now, from the beginning of its treasury on. Raises NotFound, InvalidInput."""
    if (wanted.company_id is None) == (wanted.company_source_id is None):
        message = "Name a company or one of its sources, not both."
        raise InvalidInput(fields=[FieldError("body.company_id", "one_of_two", message)])
    if wanted.company_source_id is not None:
        _company_source(tx, wanted.company_source_id)
        return StartedJobs(items=_start(tx, [wanted.company_source_id], "manual"))
    ids = [row["id"] for row in queries.active_sources(tx.conn, company_id=wanted.company_id)]
    if not ids:
        raise NotFound(
            "no_active_source", "There is no such company, or none of its sources is verified and active."
        )
    return StartedJobs(items=_start(tx, ids, "manual"))


def jobs(tx: Tx, query: ScraperJobsQuery) -> Page[ScraperJob]:
    """Scraper jobs, the newest first."""
    before = decode_cursor(query.cursor, int)
    rows = queries.scraper_jobs(
        tx.conn,
        id=None,
        status=query.status,
        company_id=query.company_id,
        source_id=query.source_id,
        company_source_id=query.company_source_id,
        before=before[0] if before else None,
        limit=query.limit + 1,
    )
    return Page[ScraperJob].of([_job(row) for row in rows], query.limit, lambda job: [job.id])


def show(tx: Tx, job_id: int) -> ScraperJobDetail:
    """One job with its log and what it read. Raises NotFound."""
    row = _row(tx, job_id)
    documents = [ScrapedDocument.model_validate(found) for found in queries.job_documents(tx.conn, id=job_id)]
    return ScraperJobDetail.model_validate({**row, "documents": documents})


def retry(tx: Tx, job_id: int) -> ScraperJob:
    """Does a job again: one that waits at once, one that has ended by a new job. Raises NotFound."""
    again = queries.retry(tx.conn, id=job_id)
    if again is None:
        raise _unknown(job_id)
    queue.ring_after_commit(tx, queue.SCRAPE, [again])
    return _job(_row(tx, again))


def cancel(tx: Tx, job_id: int) -> ScraperJob:
    """Stops a job that waits. Raises NotFound, and Conflict for one that a worker is at, or that has ended."""
    status = queries.cancel(tx.conn, id=job_id)
    if status is None:
        raise _unknown(job_id)
    if status == "running":
        raise Conflict(
            "scraper_job_running",
            f"A worker is at job {job_id}: it ends within minutes. To stop what follows, switch its source off.",
        )
    if status != "queued":
        raise Conflict("scraper_job_ended", f"Job {job_id} has ended already: it is {status}.")
    return _job(_row(tx, job_id))


def raw(tx: Tx, job_id: int) -> RawResponse:
    """What the source answered, as it came. Raises NotFound."""
    row = queries.raw_response(tx.conn, id=job_id)
    if row is None or row["raw_response"] is None:
        raise NotFound("raw_response_unknown", f"There is no job {job_id}, or its source has not answered.")
    kept = zlib.decompress(row["raw_response"])
    text = kept.decode("utf-8", "replace")
    whole = len(kept) == row["raw_size"] and len(text) <= SHOWN_RAW
    return RawResponse(size=row["raw_size"], is_whole=whole, content=text[:SHOWN_RAW])


def _start(tx: Tx, ids: list[int], reason: str) -> list[ScraperJob]:
    started = [row["id"] for row in queries.start(tx.conn, ids=ids, reason=reason)]
    queue.ring_after_commit(tx, queue.SCRAPE, started)
    return [_job(_row(tx, job_id)) for job_id in sorted(started)]


def _checked(source_type: str | None, external_id: str) -> str:
    if source_type is None:
        raise NotFound("source_unknown", "There is no such source.")
    if source_type not in _WRITTEN:
        message = f"Nothing is scraped from a source of the type {source_type}."
        raise InvalidInput(fields=[FieldError("body.source_id", "not_scraped", message)])
    form, message = _WRITTEN[source_type]
    if not re.fullmatch(form, external_id):
        raise InvalidInput(fields=[FieldError("body.external_id", "malformed", message)])
    return (
        external_id.zfill(10)
        if source_type == "sec_edgar"
        else external_id.upper()
        if source_type == "tse"
        else external_id
    )


def _company_source(tx: Tx, company_source_id: int) -> CompanySource:
    rows = queries.company_sources(
        tx.conn, id=company_source_id, company_id=None, source_id=None, after=None, limit=1
    )
    for row in rows:
        return CompanySource.model_validate(row)
    raise _unknown_source(company_source_id)


def _unknown_source(company_source_id: int) -> NotFound:
    return NotFound("company_source_unknown", f"There is no company source {company_source_id}.")


def _source(row: dict[str, Any]) -> DataSource:
    """A source with its health: how the last look for each of its companies went."""
    bad = row["failed"] + row["waiting"]
    state = (
        "unknown"
        if not bad + row["succeeded"]
        else "ok"
        if not bad
        else "some_failing"
        if row["succeeded"]
        else "failing"
    )
    health = {name: row[name] for name in SourceHealth.model_fields if name != "state"}
    kept = {name: row[name] for name in DataSource.model_fields if name != "health"}
    return DataSource.model_validate({**kept, "health": {"state": state, **health}})


def _row(tx: Tx, job_id: int) -> dict[str, Any]:
    rows = queries.scraper_jobs(
        tx.conn, id=job_id, status=None, company_id=None, source_id=None, company_source_id=None, before=None, limit=1
    )  # fmt: skip
    for row in rows:
        found: dict[str, Any] = row
        return found
    raise _unknown(job_id)


def _job(row: dict[str, Any]) -> ScraperJob:
    return ScraperJob.model_validate({name: row[name] for name in ScraperJob.model_fields})


def _unknown(job_id: int) -> NotFound:
    return NotFound("scraper_job_unknown", f"There is no scraper job {job_id}.")
