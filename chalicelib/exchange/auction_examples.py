"""Examples for the documentation of auctions: an opening at 108 for 150 shares."""

from __future__ import annotations

PATH = {"offering_id": 7}

SHOW_AUCTION = {
    "path": PATH,
    "answer": {
        "offering_id": 7,
        "phase": "call",
        "event_type": "opening_auction",
        "auction_day": "2026-02-09",
        "scheduled_at": "2026-02-09T14:30:00Z",
        "calls_from": "2026-02-09T14:20:00Z",
        "bids": {"orders": 2, "shares": 300, "market_shares": 0},
        "asks": {"orders": 2, "shares": 250, "market_shares": 0},
        "reference_price": "108.00",
        "price": "108.00",
        "shares": 150,
        "surplus_side": "buy",
        "surplus_shares": 150,
    },
}
LIST_AUCTIONS = {
    "path": PATH,
    "query": {"event_type": "opening_auction", "limit": 1},
    "answer": {
        "items": [
            {
                "id": 91,
                "offering_id": 7,
                "event_type": "opening_auction",
                "auction_day": "2026-02-09",
                "scheduled_at": "2026-02-09T14:30:00Z",
                "executed_at": "2026-02-09T14:30:04Z",
                "equilibrium_price": "108.00",
                "reference_price": "108.00",
                "bids_collected": 2,
                "asks_collected": 2,
                "bid_shares": 300,
                "ask_shares": 250,
                "orders_matched": 3,
                "trades": 2,
                "shares_matched": 150,
                "surplus_side": "buy",
                "surplus_shares": 150,
            }
        ],
        "next_cursor": None,
    },
}
