"""Examples for the documentation: a request and its answer for each operation on offerings, cash and holdings.

A thousand shares of one vehicle at 100 dollars; somebody deposits 2,000 and buys five at 108.
"""

from __future__ import annotations

SELLER = "9c1d6a52-7f0e-4f57-8a52-2f6a35d1b9c4"
USER = "3f2b8c1e-1f0a-4f57-9f6e-0a4d6f1b2c3d"
ADMIN = "0b7a4c1d-6a33-4a0e-9d2e-5f1a2b3c4d5e"
AT = "2026-02-06T15:00:00Z"

VEHICLE = {
    "id": 4,
    "name": "1967 Ferrari 275 GTB/4",
    "description": "Chassis 10227, kept in Maranello.",
    "created_at": "2026-02-02T12:00:00Z",
    "updated_at": "2026-02-02T12:00:00Z",
}
NEW_OFFERING = {
    "vehicle_id": 4,
    "symbol": "GTB4",
    "seller_id": SELLER,
    "shares_issued": 1000,
    "issue_price": "100.00",
    "tick_size": "0.01",
    "lot_size": 1,
    "hours": "always",
}
FRESH_OFFERING = {
    "id": 12,
    "vehicle_id": 4,
    "vehicle_name": "1967 Ferrari 275 GTB/4",
    "symbol": "GTB4",
    "status": "trading",
    "status_note": None,
    "phase": "continuous",
    "hours": "always",
    "shares_issued": 1000,
    "issue_price": "100.00",
    "tick_size": "0.01",
    "lot_size": 1,
    "next_auction": {
        "event_type": "closing_auction",
        "day": "2026-02-06",
        "at": "2026-02-06T21:00:00Z",
        "calls_from": "2026-02-06T20:50:00Z",
    },
    "current_share_price": None,
    "opening_price": None,
    "closing_price": None,
    "previous_close": None,
    "highest_bid": None,
    "lowest_ask": None,
    "bid_ask_spread": None,
    "total_trades": 0,
    "total_volume_shares": 0,
    "total_volume_usd": "0.00",
    "last_trade_at": None,
    "created_at": "2026-02-06T14:45:00Z",
}
OFFERING = FRESH_OFFERING | {
    "current_share_price": "108.00",
    "highest_bid": "107.50",
    "lowest_ask": "108.00",
    "bid_ask_spread": "0.50",
    "total_trades": 1,
    "total_volume_shares": 5,
    "total_volume_usd": "540.00",
    "last_trade_at": AT,
}
DEPOSIT = {
    "id": 81,
    "kind": "deposit",
    "amount": "2000.00",
    "status": "pending",
    "reference": "HF-2026-0081",
    "note": None,
    "requested_at": "2026-02-05T09:00:00Z",
    "decided_at": None,
}
WITHDRAWAL = DEPOSIT | {
    "id": 93,
    "kind": "withdrawal",
    "amount": "500.00",
    "reference": None,
    "requested_at": "2026-02-07T12:00:00Z",
}
DECIDED = {"decided_at": "2026-02-05T10:00:00Z", "user_id": USER, "decided_by": ADMIN}
CASH = {"balance": "1449.20", "reserved": "500.00", "available": "949.20"}
HOLDING = {
    "offering_id": 12,
    "symbol": "GTB4",
    "shares_owned": 5,
    "shares_reserved": 0,
    "entry_price": "108.000000",
    "cost": "540.00",
    "current_mark": "112.00",
    "market_value": "560.00",
    "unrealized_gain_loss": "20.00",
    "unrealized_gain_loss_pct": "3.70",
    "realised_gain": "0",
}
PORTFOLIO = {
    "equity": "2009.20",
    "cash": CASH,
    "totals": {
        "total_positions": 1,
        "total_shares_owned": 5,
        "total_value_at_cost": "540.00",
        "total_market_value": "560.00",
        "unrealized_gain_loss": "20.00",
        "unrealized_gain_loss_pct": "3.70",
        "realised_gain": "0",
    },
    "positions": [HOLDING],
}
LEDGER = [
    {
        "id": 20513,
        "kind": "commission",
        "amount": "-10.80",
        "balance_after": "1449.20",
        "trade_id": 7301,
        "transfer_id": None,
        "created_at": AT,
    },
    {
        "id": 20512,
        "kind": "trade",
        "amount": "-540.00",
        "balance_after": "1460.00",
        "trade_id": 7301,
        "transfer_id": None,
        "created_at": AT,
    },
]

ONE_OFFERING = {"offering_id": 12}
LIST_VEHICLES = {"query": {"limit": 50}, "answer": {"items": [VEHICLE], "next_cursor": None}}
SHOW_VEHICLE = {"path": {"vehicle_id": 4}, "answer": VEHICLE}
ADD_VEHICLE = {"body": {name: VEHICLE[name] for name in ("name", "description")}, "answer": VEHICLE}
CHANGE_VEHICLE = {
    "path": {"vehicle_id": 4},
    "body": {"description": "Chassis 10227."},
    "answer": VEHICLE | {"description": "Chassis 10227."},
}
LIST_OFFERINGS = {"query": {"status": "trading"}, "answer": {"items": [OFFERING], "next_cursor": None}}
SHOW_OFFERING = {"path": ONE_OFFERING, "answer": OFFERING}
LIST_OFFERING = {"body": NEW_OFFERING, "answer": FRESH_OFFERING}
_HALTED = {"status": "halted", "phase": "halted", "status_note": "News is expected."}
HALT_OFFERING = {
    "path": ONE_OFFERING,
    "body": {"note": "News is expected."},
    "answer": OFFERING | _HALTED,
}
RESUME_OFFERING = {"path": ONE_OFFERING, "body": {}, "answer": OFFERING}
_CLOSED = {
    "status": "closed",
    "phase": "closed",
    "status_note": "The vehicle was sold.",
    "next_auction": None,
}
CLOSE_OFFERING = {
    "path": ONE_OFFERING,
    "body": {"note": "The vehicle was sold."},
    "answer": OFFERING | _CLOSED | {"highest_bid": None, "lowest_ask": None, "bid_ask_spread": None},
}
SHOW_CASH = {"answer": CASH}
LIST_LEDGER = {"query": {"limit": 2}, "answer": {"items": LEDGER, "next_cursor": "WzIwNTEyLCAyMDAwMDBd"}}
REQUEST_DEPOSIT = {"body": {"amount": "2000.00", "reference": "HF-2026-0081"}, "answer": DEPOSIT}
REQUEST_WITHDRAWAL = {"body": {"amount": "500.00"}, "answer": WITHDRAWAL}
LIST_TRANSFERS = {"query": {"status": "pending"}, "answer": {"items": [WITHDRAWAL], "next_cursor": None}}
CANCEL_TRANSFER = {"path": {"transfer_id": 93}}
LIST_HOLDINGS = {"query": {"limit": 50}, "answer": {"items": [HOLDING], "next_cursor": None}}
SHOW_PORTFOLIO = {"answer": PORTFOLIO}
LIST_ALL_TRANSFERS = {
    "query": {"status": "confirmed"},
    "answer": {"items": [DEPOSIT | {"status": "confirmed"} | DECIDED], "next_cursor": None},
}
CONFIRM_TRANSFER = {
    "path": {"transfer_id": 81},
    "body": {},
    "answer": DEPOSIT | {"status": "confirmed"} | DECIDED,
}
_REJECTED = {"status": "rejected", "note": "Nothing came in under this reference."}
REJECT_TRANSFER = {
    "path": {"transfer_id": 81},
    "body": {"note": "Nothing came in under this reference."},
    "answer": DEPOSIT | _REJECTED | DECIDED,
}
LIST_COMMISSIONS = {
    "answer": {"total": "10.80", "items": [{"offering_id": 12, "symbol": "GTB4", "earned": "10.80"}]}
}
CHECK_BOOKS = {
    "answer": {
        "at": "2026-02-07T12:00:00Z",
        "agrees": False,
        "disagreements": [
            {"rule": "balance_is_ledger", "subject": "account 17", "expected": "1449.20", "found": "1449.21"}
        ],
    }
}
