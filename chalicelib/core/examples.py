"""Examples for the documentation: a request and its answer for each of the system's own operations."""

from __future__ import annotations

HEALTH = {"answer": {"status": "alive", "version": "2026.2", "stage": "prod", "time": "2026-02-07T12:00:00Z"}}
LIST_EVENTS = {
    "path": {"topic": "prices"},
    "query": {"after": 41},
    "answer": {
        "items": [
            {
                "topic": "prices",
                "seq": 42,
                "kind": "prices_refreshed",
                "payload": {"source": "binance", "prices": {"BTC": "70214.05"}},
                "created_at": "2026-02-07T12:00:01Z",
            }
        ],
        "last_seq": 42,
    },
}
LIST_JOB_RUNS = {
    "query": {"job": "refresh_exchange_rates"},
    "answer": {
        "items": [
            {
                "id": 318,
                "job": "refresh_exchange_rates",
                "as_of": "2026-02-07T12:00:00Z",
                "started_at": "2026-02-07T12:00:02Z",
                "finished_at": "2026-02-07T12:00:03Z",
                "status": "succeeded",
                "rows_changed": 170,
                "error": None,
                "details": {"openexchangerates": 170, "ecb": 0},
            }
        ],
        "next_cursor": None,
    },
}
LIST_AUDIT_LOG = {
    "query": {"table": "identity.users"},
    "answer": {
        "items": [
            {
                "id": 12,
                "at": "2026-02-07T12:00:00Z",
                "table_name": "identity.users",
                "record_id": "3f2b8c1e-1f0a-4f57-9f6e-0a4d6f1b2c3d",
                "action": "update",
                "old_values": {"role": "user"},
                "new_values": {"role": "affiliate"},
                "changed_fields": ["role"],
                "user_id": "9c1d6a52-7f0e-4f57-8a52-2f6a35d1b9c4",
                "role": "admin",
                "origin": "203.0.113.7",
            }
        ],
        "next_cursor": None,
    },
}
