"""Examples for the documentation: a request and its answer for each operation on portfolios and transactions.

Ten shares of MSTR bought in January 2024, before it was split ten for one that August.
"""

from __future__ import annotations

PATH = {"portfolio_id": 12}
ONE = {"portfolio_id": 12, "transaction_id": 345}

PORTFOLIO = {
    "id": 12,
    "name": "Retirement",
    "currency": "USD",
    "cost_method": "average",
    "cash_mode": "automatic",
    "allow_short": False,
    "created_at": "2026-02-07T12:00:00Z",
    "updated_at": "2026-02-07T12:00:00Z",
}
BUY = {
    "type": "buy",
    "asset_id": 20,
    "quantity": "10",
    "price": "480.50",
    "fee": "1.25",
    "timestamp": "2024-01-16T15:30:00Z",
    "notes": "first ten",
}
TRANSACTION = {
    "id": 345,
    "portfolio_id": 12,
    "type": "buy",
    "asset_id": 20,
    "symbol": "MSTR",
    "quantity": "10",
    "price": "480.50",
    "currency": "USD",
    "fee": "1.25",
    "fee_currency": "USD",
    "tax": "0",
    "timestamp": "2024-01-16T15:30:00Z",
    "notes": "first ten",
    "external_id": None,
    "realised_gain": None,
    "implied_deposits": [{"currency": "USD", "amount": "4806.25"}],
    "created_at": "2026-02-07T12:00:00Z",
    "updated_at": "2026-02-07T12:00:00Z",
}
POSITION = {
    "asset_id": 20,
    "symbol": "MSTR",
    "name": "Strategy Inc",
    "asset_type": "stock",
    "exchange": "NASDAQ",
    "quantity": "100",
    "average_buy_price": "48.05",
    "cost": "4805",
    "cost_currency": "USD",
    "first_purchase_date": "2024-01-16",
    "realised_gain": "0",
    "dividends": "0",
    "currency": "USD",
    "price": "134.93",
    "price_as_of": "2026-02-06T21:00:00Z",
    "value": "13493",
    "unrealised_gain": "8688",
    "unrealised_gain_pct": "180.81",
    "base_currency": "USD",
    "value_base": "13493",
    "cost_base": "4805",
    "unrealised_gain_base": "8688",
    "unknown": [],
}
BACKFILL = {
    "id": 7,
    "asset_id": 20,
    "start_date": "2023-01-16",
    "end_date": "2026-02-06",
    "next_date": "2023-01-16",
    "status": "pending",
    "retry_after": None,
}
BOOKED = {"transaction": TRANSACTION, "position": POSITION, "backfills": [BACKFILL]}
SUMMARY = {
    "value_usd": "13493.00",
    "invested_usd": "4806.25",
    "total_return_pct": "180.74",
    "day_change_pct": "-1.20",
    "is_current": True,
    "as_of": "2026-02-07T12:00:00Z",
}
OPEN_LOT = {
    "asset_id": 20,
    "symbol": "MSTR",
    "status": "open",
    "quantity": "100",
    "cost": "4805",
    "proceeds": None,
    "gain": None,
    "currency": "USD",
    "opened_at": "2024-01-16T15:30:00Z",
    "opened_by": None,
    "closed_at": None,
    "closed_by": None,
}

ADD_PORTFOLIO = {
    "body": {"name": "Retirement", "currency": "USD", "cost_method": "average"},
    "answer": PORTFOLIO,
}
LIST_PORTFOLIOS = {"query": {"limit": 50}, "answer": {"items": [PORTFOLIO], "next_cursor": None}}
SHOW_PORTFOLIO = {"path": PATH, "answer": PORTFOLIO | {"summary": SUMMARY}}
CHANGE_PORTFOLIO = {
    "path": PATH,
    "body": {"cost_method": "fifo"},
    "answer": PORTFOLIO | {"cost_method": "fifo"},
}
DELETE_PORTFOLIO = {"path": PATH}
ADD_TRANSACTION = {"path": PATH, "body": BUY, "answer": BOOKED}
LIST_TRANSACTIONS = {
    "path": PATH,
    "query": {"asset_id": 20, "type": "buy", "from": "2024-01-01", "to": "2024-12-31"},
    "answer": {"items": [TRANSACTION], "next_cursor": None},
}
SHOW_TRANSACTION = {"path": ONE, "answer": TRANSACTION}
CHANGE_TRANSACTION = {
    "path": ONE,
    "body": {"notes": "the first ten"},
    "answer": BOOKED | {"transaction": TRANSACTION | {"notes": "the first ten"}, "backfills": []},
}
DELETE_TRANSACTION = {"path": ONE}
LIST_POSITIONS = {"path": PATH, "query": {"closed": False}, "answer": {"items": [POSITION]}}
LIST_LOTS = {
    "path": PATH,
    "query": {"asset_id": 20, "status": "open"},
    "answer": {"cost_method": "average", "items": [OPEN_LOT]},
}
LIST_CASH = {
    "path": PATH,
    "answer": {
        "items": [{"currency": "EUR", "amount": "250.00", "base_currency": "USD", "amount_base": "294.85"}]
    },
}
