"""Examples for the documentation: five shares bought at 108.00 of ten that were offered."""

from __future__ import annotations

OFFERING = {"offering_id": 7}
ONE = {"order_id": 1207}
MOMENT = "2025-10-20T14:31:07.250000Z"

NEW = {
    "order_type": "buy",
    "pricing": "limit",
    "time_in_force": "gtc",
    "shares_requested": 5,
    "price_per_share": "110.00",
    "client_order_id": "spring-42",
}
FILLED = {
    "id": 1207,
    "offering_id": 7,
    "order_type": "buy",
    "pricing": "limit",
    "time_in_force": "gtc",
    "status": "filled",
    "shares_requested": 5,
    "shares_filled": 5,
    "price_per_share": "110.00",
    "average_fill_price": "108.000000",
    "filled_value": "540.00",
    "commission": "10.80",
    "reserved_cash": "0.00",
    "client_order_id": "spring-42",
    "cancel_reason": None,
    "created_at": MOMENT,
    "updated_at": MOMENT,
}
RESTING = {
    **FILLED,
    "id": 1208,
    "status": "active",
    "shares_requested": 10,
    "shares_filled": 0,
    "price_per_share": "105.00",
    "average_fill_price": None,
    "filled_value": "0.00",
    "commission": "0.00",
    "reserved_cash": "1071.00",
    "client_order_id": None,
}
TRADE = {
    "id": 511,
    "price_per_share": "108.00",
    "shares_traded": 5,
    "total_value": "540.00",
    "nuke_commission_amount": "10.80",
    "executed_at": MOMENT,
}

PLACE_ORDER = {"path": OFFERING, "body": NEW, "answer": {"order": FILLED, "trades": [TRADE]}}
PLACE_ORDERS = {
    "path": OFFERING,
    "body": {
        "orders": [
            {"order_type": "buy", "shares_requested": 10, "price_per_share": "105.00"},
            {"order_type": "sell", "shares_requested": 3, "price_per_share": "104.00"},
        ]
    },
    "answer": {
        "accepted": 1,
        "refused": 1,
        "results": [
            {"order": RESTING, "trades": [], "problem": None},
            {
                "order": None,
                "trades": [],
                "problem": {
                    "code": "self_trade",
                    "detail": "It could trade with your own order 1208. Cancel that first.",
                    "facts": {"order_id": 1208},
                },
            },
        ],
    },
}
PREVIEW_ORDER = {
    "path": OFFERING,
    "body": NEW,
    "answer": {
        "phase": "continuous",
        "status": "filled",
        "shares_filled": 5,
        "shares_open": 0,
        "average_fill_price": "108.000000",
        "filled_value": "540.00",
        "commission": "10.80",
        "reserved_cash": "0",
        "available_after": "449.20",
        "levels": [{"price_per_share": "108.00", "shares": 5, "value": "540.00"}],
    },
}
LIST_ORDERS = {"query": {"status": "open"}, "answer": {"items": [RESTING], "next_cursor": None}}
SHOW_ORDER = {"path": ONE, "answer": FILLED}
AMEND_ORDER = {
    "path": {"order_id": 1208},
    "body": {"shares_requested": 8},
    "answer": {"order": {**RESTING, "shares_requested": 8, "reserved_cash": "856.80"}, "trades": []},
}
CANCELLED = {**RESTING, "status": "cancelled", "cancel_reason": "user", "reserved_cash": "0.00"}
CANCEL_ORDER = {"path": {"order_id": 1208}, "answer": CANCELLED}
CANCEL_ORDERS = {"path": OFFERING, "answer": {"cancelled": 1, "order_ids": [1208]}}
CANCEL_ALL_ORDERS = {"answer": {"cancelled": 2, "order_ids": [1208, 1311]}}
LIST_FILLS = {
    "query": {"offering_id": 7},
    "answer": {
        "items": [
            {
                "trade_id": 511,
                "order_id": 1207,
                "offering_id": 7,
                "symbol": "ROADSTER",
                "order_type": "buy",
                "shares_traded": 5,
                "price_per_share": "108.00",
                "total_value": "540.00",
                "nuke_commission_amount": "10.80",
                "realised_gain": None,
                "trade_type": "continuous",
                "role": "taker",
                "executed_at": MOMENT,
            }
        ],
        "next_cursor": None,
    },
}
