"""Examples for the documentation: a request and its answer for each of the operations of scraping."""

from __future__ import annotations

SOURCE = {
    "id": 1,
    "name": "SEC EDGAR",
    "type": "sec_edgar",
    "base_url": "https://www.sec.gov",
    "is_active": True,
    "check_every_minutes": 60,
    "company_sources": 31,
    "active_company_sources": 29,
    "last_checked_at": "2025-01-06T14:00:07Z",
    "health": {
        "state": "some_failing",
        "succeeded": 28,
        "failed": 1,
        "waiting": 0,
        "last_succeeded_at": "2025-01-06T14:00:09Z",
        "last_failed_at": "2025-01-06T13:00:04Z",
        "last_error_code": "not_found",
        "last_error": "edgar: CIK 0009999999 is not known",
    },
}
COMPANY_SOURCE = {
    "id": 4,
    "company_id": 1,
    "ticker": "MSTR",
    "company_name": "Strategy Inc",
    "source_id": 1,
    "source": "SEC EDGAR",
    "type": "sec_edgar",
    "external_id": "0001050446",
    "is_active": True,
    "verified_at": "2025-01-03T09:00:00Z",
    "verification": "CIK 0001050446 is Strategy Inc (MSTR, STRC, STRD, STRF, STRK): the ticker MSTR agrees",
    "priority": 1,
    "last_checked_at": "2025-01-06T14:00:07Z",
    "last_document_at": "2025-01-06T00:00:00Z",
    "last_job_id": 12,
    "last_job_status": "succeeded",
}
JOB = {
    "id": 12,
    "company_source_id": 4,
    "company_id": 1,
    "ticker": "MSTR",
    "source": "SEC EDGAR",
    "external_id": "0001050446",
    "status": "succeeded",
    "priority": 1,
    "reason": "schedule",
    "scheduled_at": "2025-01-06T14:00:00Z",
    "not_before": "2025-01-06T14:00:00Z",
    "started_at": "2025-01-06T14:00:07Z",
    "finished_at": "2025-01-06T14:00:09Z",
    "attempts": 1,
    "error_code": None,
    "last_error": None,
    "documents_listed": 6,
    "documents_read": 1,
    "candidates_found": 1,
    "snapshots_created": 1,
    "raw_size": 153147,
    "requested_by": None,
}
DETAIL = JOB | {
    "log": [
        {"at": "2025-01-06T14:00:07Z", "what": "6 listed"},
        {"at": "2025-01-06T14:00:08Z", "what": "0001193125-25-002212: 447470 BTC as of 2025-01-05"},
    ],
    "documents": [
        {
            "document_key": "0001193125-25-002212",
            "form": "8-K",
            "title": "8-K",
            "filed": "2025-01-06",
            "url": "https://www.sec.gov/Archives/edgar/data/1050446/000119312525002212/d887111d8k.htm",
            "outcome": "candidates",
            "warnings": [],
            "read_at": "2025-01-06T14:00:08Z",
        }
    ],
}

LIST_SOURCES = {"answer": {"items": [SOURCE]}}
CHANGE_SOURCE = {"path": {"source_id": 1}, "body": {"check_every_minutes": 60}, "answer": SOURCE}
LIST_COMPANY_SOURCES = {
    "query": {"company_id": 1},
    "answer": {"items": [COMPANY_SOURCE], "next_cursor": None},
}
ADD_COMPANY_SOURCE = {
    "body": {"company_id": 1, "source_id": 1, "external_id": "0001050446", "priority": 1},
    "answer": COMPANY_SOURCE
    | {"is_active": False, "verified_at": None, "verification": None, "last_checked_at": None, "last_document_at": None,
       "last_job_status": "queued"},
}  # fmt: skip
CHANGE_COMPANY_SOURCE = {"path": {"company_source_id": 4}, "body": {"priority": 1}, "answer": COMPANY_SOURCE}
DELETE_COMPANY_SOURCE = {"path": {"company_source_id": 4}}
QUEUED = JOB | {
    "status": "queued", "reason": "manual", "started_at": None, "finished_at": None, "attempts": 0, "documents_listed": 0,
    "documents_read": 0, "candidates_found": 0, "snapshots_created": 0, "raw_size": None,
    "requested_by": "3f2b8c1e-1f0a-4f57-9f6e-0a4d6f1b2c3d",
}  # fmt: skip
VERIFY = {"path": {"company_source_id": 4}, "answer": QUEUED}
LIST_JOBS = {"query": {"status": "succeeded"}, "answer": {"items": [JOB], "next_cursor": None}}
SHOW_JOB = {"path": {"job_id": 12}, "answer": DETAIL}
START_JOBS = {"body": {"company_id": 1}, "answer": {"items": [QUEUED]}}
RETRY_JOB = {"path": {"job_id": 12}, "answer": QUEUED | {"id": 13, "reason": "retry"}}
CANCEL_JOB = {
    "path": {"job_id": 12},
    "answer": QUEUED | {"status": "cancelled", "finished_at": "2025-01-06T14:00:05Z"},
}
SHOW_RAW = {
    "path": {"job_id": 12},
    "answer": {"size": 153147, "is_whole": True, "content": '{"cik":"0001050446","name":"Strategy Inc"}'},
}
