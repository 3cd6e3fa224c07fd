"""Examples for the documentation: a request and its answer for each of the treasury tracker's operations."""

from __future__ import annotations

from collections.abc import Mapping

TIER_OVERRIDE = {
    "value": "1",
    "original": "2",
    "reason": "it buys every week",
    "source": "admin",
    "since": "2025-01-06T14:00:00Z",
    "expires_at": None,
}
COMPANY = {
    "id": 1,
    "external_id": "mstr",
    "ticker": "MSTR",
    "name": "Strategy Inc",
    "asset_id": 1,
    "asset": "BTC",
    "share_asset_id": 17,
    "currency": "USD",
    "exchange": "NASDAQ",
    "country": "US",
    "tier": 1,
    "is_miner": False,
    "is_active": True,
    "website": "https://www.strategy.com",
    "twitter": None,
    "leader": "Michael Saylor",
    "strategy": "Buys Bitcoin with equity and convertible debt.",
    "notes": None,
    "dat_start_date": "2020-08-11",
    "tokenized_address": None,
    "tokenized_chain": None,
    "current_holdings": "446400",
    "current_holdings_date": "2024-12-29",
    "current_snapshot_id": 88,
    "overridden": {"tier": TIER_OVERRIDE},
    "updated_at": "2024-12-30T13:00:00Z",
}
ADMIN_COMPANY = COMPANY | {"auto_approve_confidence": "0.95", "stored": {"tier": "2"}}
LIST_COMPANIES_FOR_ADMINS = {
    "query": {"active": False, "limit": 50},
    "answer": {"items": [ADMIN_COMPANY | {"is_active": False}], "next_cursor": None},
}
FINANCIALS = {
    "id": 3,
    "effective_date": "2024-12-29",
    "end_date": None,
    "currency": "USD",
    "market_cap": None,
    "shares_basic": "246500000",
    "shares_assumed_diluted": "281418000",
    "shares_fully_diluted": None,
    "shares_unit_date": None,
    "total_debt": "7260000000",
    "preferred_equity": "0",
    "cash": "46300000",
    "cost_basis_avg": "62428",
    "staking_pct": None,
    "staking_apy": None,
    "staking_method": None,
    "capital_raised_atm": None,
    "capital_raised_pipe": None,
    "capital_raised_converts": None,
    "quarterly_burn": None,
    "avg_daily_volume": None,
    "leverage_ratio": None,
    "mined_annual": None,
    "has_options": True,
    "options_open_interest": None,
    "source": "8-K of 2024-12-30",
    "source_url": None,
    "accession": None,
    "flags": [],
    "created_at": "2024-12-30T14:00:00Z",
}
KNOWN_DEBT = {
    "value": "7260000000",
    "effective_date": "2024-12-29",
    "currency": "USD",
    "financials_id": 3,
    "source": "8-K of 2024-12-30",
    "source_url": None,
    "accession": None,
    "reason": None,
}
SNAPSHOT = {
    "id": 88,
    "company_id": 1,
    "snapshot_date": "2024-12-29",
    "holdings": "446400",
    "shares_outstanding": "281418000",
    "share_basis": "assumed_diluted",
    "shares_basic": "245459000",
    "shares_unit_date": "2024-12-30",
    "split_factor": "1",
    "shares_adjusted": "281418000",
    "holdings_per_share": "0.001586252478519497",
    "purchased": "2138",
    "period_start": "2024-12-23",
    "period_end": "2024-12-29",
    "purchase_cost": "209000000",
    "purchase_average_price": "97837",
    "total_cost": "27900000000",
    "average_price": "62428",
    "currency": "USD",
    "source": "8-K",
    "source_url": "https://www.sec.gov/Archives/edgar/data/1050446/000119312524291231/d916190d8k.htm",
    "accession": "0001193125-24-291231",
    "evidence": "As of December 29, 2024, the Company held an aggregate of approximately 446,400 bitcoins.",
    "confidence": "0.95",
    "reviewed_at": "2024-12-30T13:00:00Z",
}
ADMIN_SNAPSHOT = SNAPSHOT | {
    "status": "approved",
    "ticker": "MSTR",
    "company_name": "Strategy Inc",
    "asset": "BTC",
    "source_id": 1,
    "scraper_job_id": 12,
    "rule": "aggregate_holdings",
    "corroborated_by": [],
    "flags": [],
    "reviewed_by": "3f2b8c1e-1f0a-4f57-9f6e-0a4d6f1b2c3d",
    "review_note": None,
    "superseded_by": None,
    "created_at": "2024-12-30T12:10:00Z",
    "previous_holdings": "444262",
    "previous_date": "2024-12-22",
    "change": "2138",
    "change_percent": "0.481248",
}
DETAIL = ADMIN_SNAPSHOT | {"raw_data": {"notes": []}}
CURRENT = {
    "company_id": 1,
    "current_holdings": "446400",
    "current_holdings_date": "2024-12-29",
    "current_snapshot_id": 88,
}
DECISION = {"snapshot": DETAIL, "superseded_id": None, "restored_id": None, "current": CURRENT}
OVERRIDE = TIER_OVERRIDE | {
    "id": 5,
    "company_id": 1,
    "ticker": "MSTR",
    "field": "tier",
    "is_active": True,
    "created_by": "3f2b8c1e-1f0a-4f57-9f6e-0a4d6f1b2c3d",
    "deactivated_at": None,
    "deactivated_by": None,
}


def _page(item: Mapping[str, object]) -> dict[str, object]:
    return {"items": [item], "next_cursor": None}


LIST_HOLDINGS = {
    "path": {"company_id": 1},
    "query": {"limit": 50},
    "answer": _page(SNAPSHOT) | {"overridden": {}},
}
LIST_FINANCIALS = {
    "path": {"company_id": 1},
    "query": {"as_of": "2025-01-02"},
    "answer": {"items": [FINANCIALS], "known": {"total_debt": KNOWN_DEBT}, "overridden": {}},
}
LIST_COMPANY_OVERRIDES = {
    "path": {"company_id": 1},
    "answer": {"items": [TIER_OVERRIDE | {"field": "tier"}]},
}
ADD_COMPANY = {
    "body": {"ticker": "MSTR", "name": "Strategy Inc", "asset": "BTC", "exchange": "NASDAQ", "country": "US"},
    "answer": ADMIN_COMPANY,
}
SHOW_COMPANY_FOR_ADMINS = {"path": {"company_id": 1}, "answer": ADMIN_COMPANY}
CHANGE_COMPANY = {
    "path": {"company_id": 1},
    "body": {"auto_approve_confidence": "0.95", "notes": None},
    "answer": ADMIN_COMPANY,
}
ADD_FINANCIALS = {
    "path": {"company_id": 1},
    "body": {
        "effective_date": "2024-12-29",
        "shares_basic": "246500000",
        "shares_assumed_diluted": "281418000",
        "source": "8-K of 2024-12-30",
        "carry_forward": True,
    },
    "answer": FINANCIALS,
}
REMOVE_FINANCIALS = {"path": {"financials_id": 3}}
PENDING = {"status": "pending", "reviewed_by": None, "reviewed_at": None}
LIST_SNAPSHOTS = {"query": {"status": "pending"}, "answer": _page(ADMIN_SNAPSHOT | PENDING)}
ENTER_SNAPSHOT = {
    "body": {
        "company_id": 1,
        "snapshot_date": "2024-12-29",
        "holdings": "446400",
        "source": "the company's web page, seen on 2024-12-30",
    },
    "answer": {"outcome": "created", "snapshot": DETAIL | PENDING},
}
SHOW_SNAPSHOT = {"path": {"snapshot_id": 88}, "answer": DETAIL}
BULK_APPROVE = {
    "body": {"ids": [88, 89], "note": "read side by side with the filings"},
    "answer": {
        "items": [
            {"id": 88, "approved": True, "status": "approved", "superseded_id": None, "code": None},
            {
                "id": 89,
                "approved": False,
                "status": "rejected",
                "superseded_id": None,
                "code": "snapshot_decided",
            },
        ],
        "approved": 1,
    },
}
APPROVE_SNAPSHOT = {"path": {"snapshot_id": 88}, "body": {"note": "as in the filing"}, "answer": DECISION}
REJECT_SNAPSHOT = {
    "path": {"snapshot_id": 88},
    "body": {"note": "that is the purchase of the week, not the total"},
    "answer": DECISION | {"snapshot": DETAIL | {"status": "rejected"}, "restored_id": 87},
}
CORRECT_SNAPSHOT = {
    "path": {"snapshot_id": 88},
    "body": {"holdings": "446400", "note": "a digit was lost"},
    "answer": DECISION,
}
LIST_OVERRIDES = {"query": {"active": True}, "answer": _page(OVERRIDE)}
ADD_OVERRIDE = {
    "body": {"company_id": 1, "field": "tier", "value": "1", "reason": "it buys every week"},
    "answer": OVERRIDE,
}
DEACTIVATE_OVERRIDE = {"path": {"override_id": 5}}
IMPORT_OVERRIDES = {
    "body": {
        "content": "Ticker,Field,Value,Reason,Expires\nMSTR,tier,1,it buys every week,\n",
        "dry_run": True,
    },
    "answer": {
        "dry_run": True,
        "rows": [
            {
                "line": 2,
                "company_id": 1,
                "ticker": "MSTR",
                "field": "tier",
                "value": "1",
                "original": "2",
                "replaces": None,
                "reason": "it buys every week",
                "expires_at": None,
            }
        ],
        "errors": [],
    },
}
