"""Examples for the documentation: a request and its answer for each of the market's operations."""

from __future__ import annotations

from collections.abc import Mapping

BITCOIN = {
    "id": 1,
    "symbol": "BTC",
    "name": "Bitcoin",
    "asset_type": "crypto",
    "exchange": None,
    "native_currency": "USD",
    "is_active": True,
    "price_sources": ["binance", "coingecko"],
    "metadata": {},
}
BAR = {
    "timestamp": "2024-02-08T00:00:00Z",
    "open": "44349.60",
    "high": "45614.30",
    "low": "44336.40",
    "close": "45304.61",
    "volume": "32126.31",
    "source": "binance",
}
LATEST = {
    "asset_id": 1,
    "symbol": "BTC",
    "exchange": None,
    "price": "70214.05",
    "currency": "USD",
    "as_of": "2026-02-07T12:00:00Z",
    "change_24h": "-310.20",
    "change_percentage_24h": "-0.44",
    "high_24h": "71000.00",
    "low_24h": "69100.10",
    "volume_24h": "20111.52",
    "volume_24h_value": "1412113000.12",
    "market_cap": "1400000000000",
    "source": "binance",
    "updated_at": "2026-02-07T12:00:01Z",
}
MARKET_DATA = {
    "asset_id": 1,
    "symbol": "BTC",
    "name": "Bitcoin",
    "exchange": None,
    "asset_type": "crypto",
    "price_usd": "70214.05",
    "price_aud": "99500.12",
    "volume_24h_usd": "1412113000.12",
    "volume_24h_aud": None,
    "change_24h": "-310.20",
    "change_percentage_24h": "-0.44",
    "market_cap_usd": "1400000000000",
    "market_cap_aud": None,
    "high_24h": "71000.00",
    "low_24h": "69100.10",
    "source": "binance",
    "last_updated": "2026-02-07T12:00:00Z",
}
BACKFILL = {
    "id": 7,
    "asset_id": 1,
    "symbol": "BTC",
    "start_date": "2023-02-08",
    "end_date": "2026-02-06",
    "next_date": "2026-02-07",
    "status": "completed",
    "reason": "holder",
    "source": "binance",
    "attempts": 1,
    "max_attempts": 5,
    "retry_after": None,
    "rows_landed": 1095,
    "rows_flagged": 0,
    "error_message": None,
    "note": None,
    "created_at": "2026-02-07T11:59:58Z",
    "updated_at": "2026-02-07T12:00:00Z",
    "completed_at": "2026-02-07T12:00:00Z",
    "progress_percent": 100,
}
FLAG = {
    "id": 3,
    "asset_id": 9,
    "symbol": "KULR",
    "timestamp": "2025-06-23T00:00:00Z",
    "kind": "large_move",
    "reason": "612.00 % from the close before",
    "source": "alpaca",
    "bar": {"open": "9.1", "high": "9.4", "low": "8.8", "close": "9.0", "volume": "100000"},
    "previous_close": "1.26",
    "status": "open",
    "created_at": "2025-06-24T00:15:02Z",
    "resolved_at": None,
    "resolved_by": None,
}


def _page(item: Mapping[str, object]) -> dict[str, object]:
    return {"items": [item], "next_cursor": None}


LIST_ASSETS = {"query": {"q": "bitc", "type": "crypto"}, "answer": _page(BITCOIN)}
SHOW_ASSET = {"path": {"asset_id": 1}, "answer": BITCOIN}
LIST_PRICES = {
    "path": {"asset_id": 1},
    "query": {"from": "2024-02-08", "to": "2024-02-08", "interval": "1d"},
    "answer": _page(BAR),
}
PRICE_AT = {
    "path": {"asset_id": 1},
    "query": {"at": "2024-02-09T12:00:00Z"},
    "answer": {
        "asset_id": 1,
        "at": "2024-02-09T12:00:00Z",
        "close": "45304.61",
        "currency": "USD",
        "timestamp": "2024-02-08T00:00:00Z",
        "age_days": 0,
        "source": "binance",
    },
}
LIST_LATEST_PRICES = {"query": {"symbols": "BTC,XYZ"}, "answer": {"items": [LATEST], "unknown": ["XYZ"]}}
LIST_MARKET_DATA = {"query": {"symbols": "BTC"}, "answer": {"items": [MARKET_DATA]}}
LIST_EXCHANGE_RATES = {
    "query": {"at": "2026-02-07T12:00:00Z"},
    "answer": {
        "base": "USD",
        "items": [
            {
                "currency_code": "EUR",
                "rate_to_usd": "1.1794",
                "timestamp": "2026-02-06T15:00:00Z",
                "source": "ecb",
            }
        ],
    },
}
CONVERT = {
    "query": {"amount": "100", "from": "EUR", "to": "USD"},
    "answer": {
        "amount": "117.94",
        "currency": "USD",
        "rate": "1.1794",
        "from_as_of": "2026-02-06T15:00:00Z",
        "from_source": "ecb",
        "to_as_of": "2026-02-07T12:00:00Z",
        "to_source": "definition",
    },
}
LIST_WATCHED_ASSETS = {
    "answer": {
        "items": [
            {
                "id": 1,
                "symbol": "BTC",
                "name": "Bitcoin",
                "exchange": None,
                "since": "2024-02-08",
                "price": "70214.05",
                "currency": "USD",
                "as_of": "2026-02-07T12:00:00Z",
            }
        ]
    }
}
WATCH_ASSET = {
    "path": {"asset_id": 1},
    "body": {"since": "2024-02-08"},
    "answer": {"asset_id": 1, "since": "2024-02-08", "backfills": [7]},
}
UNWATCH_ASSET = {"path": {"asset_id": 1}}
LIST_BACKFILLS = {"query": {"status": "completed"}, "answer": _page(BACKFILL)}
RETRY_BACKFILL = {"path": {"backfill_id": 7}}
LIST_SOURCES = {
    "answer": {
        "items": [
            {
                "source": "binance",
                "last_success_at": "2026-02-07T12:00:00Z",
                "last_failure_at": None,
                "last_error": None,
                "consecutive_failures": 0,
            }
        ]
    }
}
LIST_PRICE_FLAGS = {"query": {"status": "open"}, "answer": _page(FLAG)}
RESOLVE_PRICE_FLAG = {
    "path": {"flag_id": 3},
    "body": {"action": "kept"},
    "answer": FLAG
    | {
        "status": "kept",
        "resolved_at": "2025-06-24T08:00:00Z",
        "resolved_by": "3f2b8c1e-1f0a-4f57-9f6e-0a4d6f1b2c3d",
    },
}
ADD_ASSET = {
    "body": {
        "symbol": "KULR",
        "name": "KULR Technology Group",
        "asset_type": "stock",
        "exchange": "NYSE",
        "native_currency": "USD",
        "alpaca_symbol": "KULR",
        "price_sources": ["alpaca"],
    },
    "answer": BITCOIN
    | {
        "id": 99,
        "symbol": "KULR",
        "name": "KULR Technology Group",
        "asset_type": "stock",
        "exchange": "NYSE",
        "price_sources": ["alpaca"],
    },
}
CHANGE_ASSET = {"path": {"asset_id": 1}, "body": {"is_active": True}, "answer": BITCOIN}
SPLIT = {
    "id": 5,
    "asset_id": 20,
    "action_type": "split",
    "ex_date": "2024-08-08",
    "pay_date": None,
    "ratio": "10",
    "amount": None,
    "currency": None,
    "source": "the company's announcement of 2024-07-11",
    "applied_at": None,
    "created_at": "2024-07-12T08:00:00Z",
}
BOOK_ACTION = {
    "body": {
        "asset_id": 20,
        "action_type": "split",
        "ex_date": "2024-08-08",
        "new_shares": "10",
        "old_shares": "1",
        "source": "the company's announcement of 2024-07-11",
    },
    "answer": SPLIT,
}
LIST_ACTIONS = {"path": {"asset_id": 20}, "answer": _page(SPLIT | {"applied_at": "2024-08-08T00:00:04Z"})}
