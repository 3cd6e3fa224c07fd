"""Examples for the documentation: import, export, allocation, rules and dividends."""

from __future__ import annotations

PORTFOLIO = {"portfolio_id": 12}

ROW = {
    "line": 2,
    "status": "new",
    "id": None,
    "type": "buy",
    "asset_id": 1,
    "symbol": "BTC",
    "quantity": "0.05",
    "price": "45304.61",
    "currency": "USD",
    "fee": "2.50",
    "fee_currency": "USD",
    "tax": "0",
    "timestamp": "2024-02-08T14:30:00Z",
    "notes": None,
    "external_id": None,
}
BITCOIN = {"id": 1, "symbol": "BTC", "name": "Bitcoin", "exchange": None, "currency": "USD"}
PROPOSAL = {
    "id": 5,
    "asset_id": 32,
    "symbol": "MSFT",
    "ex_date": "2026-02-19",
    "pay_date": "2026-03-12",
    "quantity": "10",
    "per_share": "0.91",
    "amount": "9.10",
    "currency": "USD",
    "status": "proposed",
    "transaction_id": None,
}
RULE = {
    "rule": "single_position",
    "status": "warning",
    "value": "61.25",
    "threshold": "25",
    "unit": "%",
    "enabled": True,
    "is_default": True,
    "explanation": "BTC is 61.25 % of the portfolio, the largest position; the limit is 25 %.",
}

IMPORT = {
    "path": PORTFOLIO,
    "body": {
        "format": "csv",
        "content": "Date,Action,Symbol,Quantity,Price,Currency,Fees\n2024-02-08T14:30:00Z,Buy,BTC,0.05,45304.61,USD,2.50\n",
        "mapping": {"fee": "Fees"},
        "dry_run": True,
    },
    "answer": {
        "dry_run": True,
        "format": "csv",
        "title": "CSV of any kind",
        "encoding": "text",
        "delimiter": ",",
        "decimal": ".",
        "date_order": "ymd",
        "time_zone": "UTC",
        "columns": ["Date", "Action", "Symbol", "Quantity", "Price", "Currency", "Fees"],
        "mapping": [{"field": "fee", "column": "Fees", "confidence": 100, "others": []}],
        "counts": {"new": 1, "duplicates": 0, "skipped": 0, "errors": 0},
        "transactions": [ROW],
        "assets": [{"written": "BTC", "status": "matched", "asset": BITCOIN, "lines": 1, "suggestions": []}],
        "errors": [],
        "skipped": [],
        "notes": [],
        "settings": None,
    },
}
EXPORT = {"path": PORTFOLIO, "query": {"format": "csv"}}
ALLOCATION = {
    "path": PORTFOLIO,
    "answer": {
        "currency": "USD",
        "as_of": "2026-02-07T12:00:00Z",
        "total": "14042.81",
        "complete": True,
        "by_asset": [
            {"key": "BTC", "value": "14042.81", "share": "100.00", "parts": 1},
        ],
        "by_type": [{"key": "crypto", "value": "14042.81", "share": "100.00", "parts": 1}],
        "by_currency": [{"key": "USD", "value": "14042.81", "share": "100.00", "parts": 1}],
        "by_exchange": [{"key": "none", "value": "14042.81", "share": "100.00", "parts": 1}],
        "concentration": {
            "herfindahl": "10000.00",
            "effective_positions": "1.00",
            "top_1": "100.00",
            "top_5": "100.00",
        },
        "unknown": [],
    },
}
RULES = {"path": PORTFOLIO, "answer": {"items": [RULE]}}
SET_RULE = {
    "path": {**PORTFOLIO, "rule": "single_position"},
    "body": {"threshold": "70", "enabled": True},
    "answer": {
        **RULE,
        "status": "ok",
        "threshold": "70",
        "is_default": False,
        "explanation": "BTC is 61.25 % of the portfolio, the largest position; the limit is 70 %.",
    },
}
DIVIDENDS = {
    "path": PORTFOLIO,
    "answer": {
        "currency": "USD",
        "received": [
            {
                "month": "2025-12",
                "asset_id": 32,
                "symbol": "MSFT",
                "currency": "USD",
                "gross": "9.10",
                "tax": "1.37",
                "net": "7.73",
                "payments": 1,
                "value": "9.10",
            }
        ],
        "expected": [
            {
                "asset_id": 32,
                "symbol": "MSFT",
                "ex_date": "2026-05-21",
                "pay_date": "2026-06-11",
                "quantity": "10",
                "per_share": "0.91",
                "amount": "9.10",
                "currency": "USD",
            }
        ],
        "proposals": [PROPOSAL],
    },
}
BOOK_DIVIDEND = {
    "path": {**PORTFOLIO, "proposal_id": 5},
    "body": {"tax": "1.37"},
    "answer": {**PROPOSAL, "status": "booked", "transaction_id": 4711},
}
DISMISS_DIVIDEND = {
    "path": {**PORTFOLIO, "proposal_id": 5},
    "answer": {**PROPOSAL, "status": "dismissed"},
}
