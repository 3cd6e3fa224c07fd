"""Examples for the documentation: the book of an offering, its trades, and a trading day of three people."""

from __future__ import annotations

from typing import Any

PATH = {"offering_id": 12}
USER = "3f2b8c1e-1f0a-4f57-9f6e-0a4d6f1b2c3d"

SHOW_BOOK: dict[str, Any] = {
    "path": PATH,
    "query": {"depth": "levels", "levels": 2},
    "answer": {
        "offering_id": 12,
        "depth": "levels",
        "topic": "exchange-12",
        "seq": 3071,
        "phase": "continuous",
        "current_share_price": "108.00",
        "highest_bid": "107.50",
        "lowest_ask": "108.00",
        "bid_ask_spread": "0.50",
        "bids": [
            {"price_per_share": "107.50", "shares": 120, "orders": 3, "order_id": None},
            {"price_per_share": "107.00", "shares": 40, "orders": 1, "order_id": None},
        ],
        "asks": [{"price_per_share": "108.00", "shares": 5, "orders": 1, "order_id": None}],
    },
}
LIST_TRADES: dict[str, Any] = {
    "path": PATH,
    "query": {"limit": 1},
    "answer": {
        "items": [
            {
                "id": 5501,
                "price_per_share": "108.00",
                "shares_traded": 5,
                "total_value": "540.00",
                "trade_type": "continuous",
                "taker": "buy",
                "executed_at": "2026-02-06T15:04:12Z",
            }
        ],
        "next_cursor": "WzU1MDFd",
    },
}
LIST_CANDLES: dict[str, Any] = {
    "path": PATH,
    "query": {"interval": "1h", "from": "2026-02-06T14:00:00Z", "to": "2026-02-06T16:00:00Z"},
    "answer": {
        "offering_id": 12,
        "interval": "1h",
        "items": [
            {
                "opens_at": "2026-02-06T15:00:00Z",
                "open_price": "107.00",
                "high_price": "108.50",
                "low_price": "106.90",
                "close_price": "108.00",
                "volume_shares": 65,
                "volume_usd": "7001.50",
                "trade_count": 9,
            }
        ],
    },
}
STATISTICS = {
    "offering_id": 12,
    "symbol": "GTB4",
    "since": "2026-02-05T16:00:00Z",
    "current_mark": "108.00",
    "mark_before": "105.00",
    "change": "3.00",
    "change_pct": "2.86",
    "high_price": "108.50",
    "low_price": "104.00",
    "volume_shares": 410,
    "volume_usd": "43752.50",
    "trade_count": 37,
}
SHOW_STATISTICS: dict[str, Any] = {"path": PATH, "answer": STATISTICS}
LIST_STATISTICS: dict[str, Any] = {"answer": {"items": [STATISTICS], "next_cursor": None}}
LIST_TRENDING: dict[str, Any] = {
    "query": {"by": "change", "limit": 5},
    "answer": {"by": "change", "items": [STATISTICS]},
}
LIST_MARKET_STATES: dict[str, Any] = {
    "answer": {
        "items": [
            {
                "offering_id": 12,
                "symbol": "GTB4",
                "status": "trading",
                "current_share_price": "108.00",
                "previous_close": "105.00",
                "buy_side_depth": 4,
                "sell_side_depth": 1,
                "buy_side_shares": 160,
                "sell_side_shares": 5,
                "holders": 31,
                "volume_shares_24h": 410,
                "volume_usd_24h": "43752.50",
                "trades_24h": 37,
                "market_value": "108000.00",
                "refreshed_at": "2026-02-06T15:05:00Z",
            }
        ],
        "next_cursor": None,
    }
}
TRADING_DAY = {
    "day": "2026-02-06",
    "starts_after": "2026-02-05T21:15:00Z",
    "ends_at": "2026-02-06T21:15:00Z",
    "closed_at": "2026-02-06T21:16:00Z",
    "traders": 3,
    "trades": 37,
    "volume_usd": "43752.50",
}
LIST_TRADING_DAYS: dict[str, Any] = {
    "query": {"limit": 1},
    "answer": {"items": [TRADING_DAY], "next_cursor": "Wzk1MzNd"},
}
SHOW_LEADERBOARD: dict[str, Any] = {
    "query": {"date": "2026-02-06", "limit": 1},
    "answer": {
        "trading_day": TRADING_DAY,
        "items": [
            {
                "rank": 1,
                "user_id": USER,
                "display_name": "Bob",
                "daily_gain_loss": "150.00",
                "daily_gain_loss_pct": "8.5000",
                "portfolio_value": "1914.71",
                "consecutive_profitable_days": 3,
            }
        ],
        "next_cursor": "Wzk1MzMsMV0",
    },
}
LIST_OWN_STATS: dict[str, Any] = {
    "query": {"limit": 1},
    "answer": {
        "items": [
            {
                "stat_date": "2026-02-06",
                "rank": 1,
                "trades_executed": 2,
                "shares_bought": 5,
                "shares_sold": 2,
                "value_bought": "540.00",
                "value_sold": "220.00",
                "commission": "10.80",
                "realised_gain": "4.00",
                "unrealised_change": "156.80",
                "opening_equity": "1764.71",
                "closing_equity": "2014.71",
                "net_deposits": "100.00",
                "daily_gain_loss": "150.00",
                "daily_gain_loss_pct": "8.5000",
                "win_rate_pct": "100.00",
                "consecutive_profitable_days": 3,
            }
        ],
        "next_cursor": None,
    },
}
CLOSE_TRADING_DAY: dict[str, Any] = {
    "path": {"day": "2026-02-06"},
    "answer": {"trading_day": TRADING_DAY, "changed": 0, "ranked": 0},
}
