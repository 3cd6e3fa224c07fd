"""Examples for the documentation: what the reports about a portfolio's worth answer.

They tell of one portfolio: on 2 January 2026 10,000.00 EUR came in and bought 100 shares at 100.00 EUR; on 30 January the
share stood at 103.70 EUR after a dividend of 20.00 EUR, of which 5.00 EUR were withheld; buying cost 10.00 EUR, paid from
10.00 EUR more.
"""

from __future__ import annotations

from chalicelib.portfolio.methods import EQUIVALENT, MONEY_WEIGHTED, RISK, SIMPLE, TIME_WEIGHTED

SPAN = {
    "range": "MTD",
    "from": "2026-01-01",
    "to": "2026-01-30",
    "measured_from": "2026-01-02",
    "days": 29,
    "portfolio_id": 1,
    "currency": "EUR",
}
GAIN = "375.00"
CHANGE = {
    "opening_value": "0",
    "net_flows": "10010.00",
    "realised": "0",
    "unrealised": "370.00",
    "dividends": "20.00",
    "interest": "0",
    "fees": "10.00",
    "taxes": "5.00",
    "currency_effect": "0",
    "closing_value": "10385.00",
}
BENCHMARK = {
    "asset_id": 7,
    "symbol": "SPY",
    "plain_return_percent": "1.500000",
    "equivalent_value": "10160.15000000",
    "difference": "224.85000000",
    "money_weighted_percent": "20.608236",
    "method": EQUIVALENT,
    "reason": None,
}


def _measure(words: tuple[str, str], percent: str, annual: str | None) -> dict[str, str | None]:
    return {
        "percent": percent,
        "annual_percent": annual,
        "absolute": GAIN,
        "method": words[0],
        "denominator": words[1],
        "reason": None,
    }


SHOW_PERFORMANCE = {
    "path": {"portfolio_id": 1},
    "query": {"range": "MTD", "benchmark": "SPY"},
    "answer": {
        **SPAN,
        "change": CHANGE,
        "time_weighted": _measure(TIME_WEIGHTED, "3.746254", None),
        "money_weighted": _measure(MONEY_WEIGHTED, "3.746254", "58.864471"),
        "simple": _measure(SIMPLE, "3.746254", None),
        "risk": {
            "volatility_percent": "14.210000",
            "max_drawdown": {
                "percent": "-1.870000",
                "peak": "2026-01-14",
                "trough": "2026-01-20",
                "recovered": "2026-01-27",
            },
            "sharpe": "3.260000",
            "sortino": "5.410000",
            "risk_free_rate_percent": "0",
            "daily_returns": 29,
            "method": RISK,
        },
        "benchmark": BENCHMARK,
        "gaps": [],
        "notes": ["The portfolio began on 2026-01-02; figures are from then on."],
    },
}
SHOW_CHART = {
    "path": {"portfolio_id": 1},
    "query": {"range": "MTD", "interval": "1M", "benchmark": "SPY"},
    "answer": {
        **SPAN,
        "benchmark": {"asset_id": 7, "symbol": "SPY"},
        "points": [
            {
                "day": "2026-01-01",
                "value": "0",
                "invested": "0",
                "index": "100.000000",
                "benchmark_index": "100.000000",
            },
            {
                "day": "2026-01-30",
                "value": "10385.00",
                "invested": "10010.00",
                "index": "103.746254",
                "benchmark_index": "101.500000",
            },
        ],
        "gaps": [],
    },
}
COMPARE_PORTFOLIO = {
    "path": {"portfolio_id": 1},
    "query": {"asset_id": 7, "range": "MTD"},
    "answer": {
        **SPAN,
        "closing_value": "10385.00",
        "time_weighted_percent": "3.746254",
        "money_weighted_percent": "58.864471",
        "benchmark": BENCHMARK,
    },
}
SNAPSHOT = {
    "snapshot_date": "2026-01-30",
    "total_value_usd": "12358.15000000",
    "positions": [
        {
            "asset_id": 9,
            "symbol": "SAP",
            "quantity": "100",
            "price": "103.70",
            "currency": "EUR",
            "rate": "1.19",
            "value": "12340.30000000",
        }
    ],
    "cash": [{"currency": "EUR", "amount": "15.00", "rate": "1.19", "value": "17.85000000"}],
    "created_at": "2026-01-31T00:00:04Z",
}
LIST_SNAPSHOTS = {
    "path": {"portfolio_id": 1},
    "query": {"limit": 1},
    "answer": {"items": [SNAPSHOT], "next_cursor": "WyIyMDI2LTAxLTMwIl0"},
}
SHOW_SUMMARY = {
    "path": {"portfolio_id": 1},
    "answer": {
        "current_value_usd": "12358.15000000",
        "total_invested_usd": "11711.70000000",
        "total_return_pct": "3.746254",
        "day_change_pct": "0.410000",
        "week_change_pct": "1.920000",
        "month_change_pct": "3.746254",
        "year_change_pct": "3.746254",
        "last_updated": "2026-01-30T17:15:00Z",
        "method": SIMPLE[0],
        "denominator": SIMPLE[1],
    },
}
