"""The system's own routes: is it alive and ready, what does it offer, what happened, what has it been doing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from chalicelib.core import clock, db, examples, outbox, queue
from chalicelib.core.db import Tx
from chalicelib.core.http import Raw, Routes
from chalicelib.core.migrate import scripts
from chalicelib.core.models import BIGGEST, Model, Page, PageQuery, decode_cursor
from chalicelib.core.settings import settings

routes = Routes(__name__, "system")
queries = db.Queries(__file__)


class Health(Model):
    status: str
    version: str
    stage: str
    time: datetime


class Readiness(Model):
    status: str
    database: bool
    migrations_current: bool
    queues: bool


class Event(Model):
    topic: str
    seq: int
    kind: str
    payload: dict[str, Any]
    created_at: datetime


class Events(Model):
    items: list[Event]
    last_seq: int = Field(description="Send it as `after` to get what comes next.")


class EventsQuery(Model):
    after: int | None = Field(
        None,
        ge=0,
        le=BIGGEST,
        description="The last number already seen; left out: no events, only where the topic stands.",
    )
    limit: int = Field(100, ge=1, le=500)


class JobRun(Model):
    id: int
    job: str
    as_of: datetime
    started_at: datetime
    finished_at: datetime | None
    status: str
    rows_changed: int
    error: str | None
    details: dict[str, Any]


class JobRunsQuery(PageQuery):
    job: str | None = Field(None, max_length=100)


class AuditEntry(Model):
    id: int
    at: datetime
    table_name: str
    record_id: str
    action: str
    old_values: dict[str, Any] | None
    new_values: dict[str, Any] | None
    changed_fields: list[str] | None
    user_id: UUID | None
    role: str | None
    origin: str | None


class AuditQuery(PageQuery):
    table: str | None = Field(None, max_length=100, description="Such as identity.users.")
    record: str | None = Field(None, max_length=100, description="The record's key.")


@routes.get("/health", access="public", example=examples.HEALTH)
def health() -> Health:
    """Whether the process is alive.

    Touches nothing else.
    """
    return Health(status="alive", version=settings().version, stage=settings().stage, time=clock.now())


@routes.get("/ready", access="public")
def ready() -> Raw:
    """Whether it can serve: the database answers, its migrations are those of this code, the queues are reachable.

    503 with the same body while it cannot.
    """
    database, migrated = _database_state()
    state = Readiness(status="", database=database, migrations_current=migrated, queues=queue.reachable())
    good = state.database and state.migrations_current and state.queues
    state.status = "ready" if good else "not ready"
    return Raw(state.model_dump_json(), {"Content-Type": "application/json"}, 200 if good else 503)


@routes.get("/v1/openapi.json", access="public", cache_seconds=300)
def openapi() -> dict[str, Any]:
    """This API as an OpenAPI 3.1 document."""
    from chalicelib.core.openapi import document

    return document()


@routes.get("/docs", access="public")
def docs() -> Raw:
    """This API for people: one page that needs nothing from elsewhere."""
    from chalicelib.core.docs import page

    return page()


@routes.get("/v1/events/{topic}", access="public", example=examples.LIST_EVENTS)
def list_events(tx: Tx, topic: str, query: EventsQuery) -> Events:
    """What happened under a topic, oldest first.

    Ask first without `after` to learn where the topic stands, then again and again with `after` set to `last_seq`; with
    `after=0` you get everything that is kept (a week).
    """
    if query.after is None:
        return Events(items=[], last_seq=outbox.last_seq(tx, topic))
    items = [Event.model_validate(row) for row in outbox.read(tx, topic, query.after, query.limit)]
    return Events(items=items, last_seq=items[-1].seq if items else query.after)


@routes.get("/v1/admin/job-runs", access="admin", example=examples.LIST_JOB_RUNS)
def list_job_runs(tx: Tx, query: JobRunsQuery) -> Page[JobRun]:
    """Runs of jobs, the newest first."""
    rows = queries.list_runs(tx.conn, job=query.job, before=_before(query), limit=query.limit + 1)
    return Page[JobRun].of([JobRun.model_validate(row) for row in rows], query.limit, lambda run: [run.id])


@routes.get("/v1/admin/audit-log", access="admin", example=examples.LIST_AUDIT_LOG)
def list_audit_log(tx: Tx, query: AuditQuery) -> Page[AuditEntry]:
    """Who changed what, the newest first."""
    rows = queries.list_audit(
        tx.conn, table_name=query.table, record_id=query.record, before=_before(query), limit=query.limit + 1
    )
    entries = [AuditEntry.model_validate(row) for row in rows]
    return Page[AuditEntry].of(entries, query.limit, lambda entry: [entry.id])


def _before(query: PageQuery) -> int | None:
    key = decode_cursor(query.cursor, int)
    return key[0] if key else None


def _database_state() -> tuple[bool, bool]:
    import psycopg

    try:
        with db.transaction() as tx:
            ledger = {row["name"]: row["checksum"] for row in queries.ledger(tx.conn)}
    except psycopg.ProgrammingError:  # it answers, but not even the ledger is there
        return True, False
    except (psycopg.OperationalError, LookupError):
        return False, False
    return True, all(ledger.get(script.name) == script.checksum for script in scripts())
